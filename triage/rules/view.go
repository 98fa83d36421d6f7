package rules

import (
	"time"

	"github.com/ppn-triage/ppn-triage/triage"
)

// gradeRank orders the words of police grades and DASH gradings.
var gradeRank = map[string]int{"standard": 1, "medium": 2, "high": 3}

// factView is a fact as conditions see it: what is said, never who said it
// or in which words.
type factView struct {
	slug     string
	signs    map[string]bool
	current  bool
	closed   bool
	asserted bool // present or possible, and of the child, a carer or the home
	entry    int
	index    int    // in the entry's reading
	key      string // equal for facts that say the same
	paths    map[string]path
}

func (f *factView) has(s string) bool {
	p, ok := f.paths[s]
	if !ok || p.slug != f.slug {
		return false
	}
	if len(p.signs) == 0 {
		return true
	}
	for _, sign := range p.signs {
		if f.signs[sign] {
			return true
		}
	}
	return false
}

// counts tells whether the fact scores in full.
func (f *factView) counts() bool { return f.asserted && f.current }

// union is what some facts say together: those of one notice or of all.
type union struct {
	keys  map[string]bool // "slug" and "slug/sign"
	paths map[string]path
	grade int
	dash  int
	ticks int
}

func newUnion(paths map[string]path) *union {
	return &union{keys: map[string]bool{}, paths: paths, ticks: -1}
}

func (u *union) add(f *factView) {
	if !f.counts() {
		return
	}
	u.keys[f.slug] = true
	for s := range f.signs {
		u.keys[f.slug+"/"+s] = true
	}
}

func (u *union) addReading(r *triage.Reading) {
	u.grade = max(u.grade, gradeRank[r.PoliceGrade])
	u.dash = max(u.dash, gradeRank[r.Dash])
	u.ticks = max(u.ticks, r.DashTicks)
}

func (u *union) has(s string) bool {
	for _, k := range u.paths[s].keys {
		if u.keys[k] {
			return true
		}
	}
	return false
}

// findings are the quality findings of one notice.
type findings map[string]bool

// view is a child as one notice shows it.
type view struct {
	youngest int // months at the incident that the text allows at least
	unborn   bool
	ageKnown bool
	disabled bool
	status   string
}

// unknownAge is a view of a child of whom nothing is said: the youngest that
// the text allows decides.
func unknownChild() *view { return &view{} }

// home is every child of the item together.
type home struct {
	all      *union
	youngest int // months, over all children
	known    int // months, of those whose age is stated
	born     bool
	unborn   bool
}

// standing is what the rows looked at so far give one child.
type standing struct {
	hit map[string]bool // "rule" and "rule/case" that count in full
	red map[string]bool // tags of rows that count in full with floor RED
}

// ageless is more months than any age.
const ageless = 1 << 20

// newView reads a child's age, at the date of the incident, from a person.
func newView(p *triage.Person, date time.Time, status string) *view {
	v := &view{unborn: p.Unborn, ageKnown: p.AgeStated || p.Unborn, disabled: p.Disabled, status: status}
	latest := p.BornTo
	if latest == "" {
		latest = p.DOB
	}
	if born, err := time.Parse(time.DateOnly, latest); err == nil && !p.Unborn {
		v.youngest = months(born, date)
	}
	return v
}

// months counts full months from birth to a date; 0 before birth.
func months(born, at time.Time) int {
	m := (at.Year()-born.Year())*12 + int(at.Month()) - int(born.Month())
	if at.Day() < born.Day() {
		m--
	}
	return max(m, 0)
}
