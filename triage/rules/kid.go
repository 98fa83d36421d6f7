package rules

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ppn-triage/ppn-triage/triage"
)

// scene is a matter prepared for scoring: who is scored, and which facts
// each of them has. It is made once per Score.
type scene struct {
	p       *policy
	m       *triage.Matter
	entries []int       // not struck
	dates   []time.Time // incident date of each entry of the matter
	mention map[triage.Mention]int
	kids    []*kid
	homes   map[int]*home // as each entry sees it
	looked  []*table      // by child
}

// kid is one child being scored, or the one unknown child of an item in
// which none is found.
type kid struct {
	id    string
	views map[int]*view // by entry; what that notice shows of the child
	whole *view         // over all notices that state something
	facts map[string][]*factView
	n     *union
	e     map[int]*union
	known int // months, if stated anywhere; else ageless
}

func newScene(p *policy, m *triage.Matter) *scene {
	s := &scene{p: p, m: m, dates: make([]time.Time, len(m.Entries)), mention: map[triage.Mention]int{}}
	for i := range m.Entries {
		s.dates[i] = incidentDate(&m.Entries[i])
	}
	s.entries = scored(m.Entries)
	for i := range m.Children {
		if k := s.newKid(&m.Children[i]); k != nil {
			for _, at := range m.Children[i].From {
				s.mention[at] = len(s.kids)
			}
			s.kids = append(s.kids, k)
		}
	}
	s.addUnknown()
	s.addFacts()
	s.addHome()
	return s
}

// scored lists the notices that are scored: those not struck. One that was
// sent again says what the first one said, and its people are not merged, so
// it is left out wherever another stands.
func scored(entries []triage.Entry) []int {
	var news, all []int
	for i, e := range entries {
		if e.Struck {
			continue
		}
		all = append(all, i)
		if e.Relation != triage.RelationResend {
			news = append(news, i)
		}
	}
	if news == nil {
		return all
	}
	return news
}

// incidentDate is the day of the incident, or else of receipt.
func incidentDate(e *triage.Entry) time.Time {
	if d, err := time.Parse(time.DateOnly, e.Reading.IncidentDate); err == nil {
		return d
	}
	y, m, d := e.Received.UTC().Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}

// newKid reads a child from the notices that name it; nil for somebody who is
// no child by any of them. A stated age holds for every notice; what another
// notice leaves open stays open there, as it would alone.
func (s *scene) newKid(c *triage.Child) *kid {
	k := &kid{id: c.ID, views: map[int]*view{}, known: ageless}
	adult, named := true, len(c.From) == 0
	note := func(p *triage.Person, date time.Time) *view {
		v := newView(p, date, c.Status)
		if v.ageKnown {
			k.known = min(k.known, v.youngest)
		}
		adult = adult && v.youngest >= s.p.adult
		return v
	}
	for _, at := range c.From {
		if at.Entry < 0 || at.Entry >= len(s.m.Entries) || s.m.Entries[at.Entry].Struck {
			continue
		}
		people := s.m.Entries[at.Entry].Reading.People
		if at.Person < 0 || at.Person >= len(people) {
			continue
		}
		named = true
		v := note(&people[at.Person], s.dates[at.Entry])
		k.views[at.Entry] = v.worse(k.views[at.Entry])
	}
	if !named {
		return nil // only struck notices name this child
	}
	for _, v := range k.views {
		k.whole = v.worse(k.whole)
	}
	if k.whole == nil {
		k.whole = note(&c.Person, s.earliest())
	}
	if adult {
		return nil
	}
	return k
}

// earliest is the first incident date that a notice gives.
func (s *scene) earliest() time.Time {
	date := s.m.At
	for i, e := range s.entries {
		if i == 0 || s.dates[e].Before(date) {
			date = s.dates[e]
		}
	}
	return date
}

// worse joins two views of a child: of each part the graver.
func (v *view) worse(o *view) *view {
	if o == nil {
		return v
	}
	return &view{youngest: min(v.youngest, o.youngest), unborn: v.unborn && o.unborn, ageKnown: v.ageKnown && o.ageKnown,
		disabled: v.disabled || o.disabled, status: v.status}
}

// addUnknown gives each notice that shows no child a view of an unknown one,
// of every child of the item: alone it would be scored so, and joining must
// not lower. Without any child there is one, unknown.
func (s *scene) addUnknown() {
	if len(s.kids) == 0 {
		s.kids = []*kid{{views: map[int]*view{}, whole: unknownChild(), known: ageless}}
	}
	for _, e := range s.entries {
		if s.childless(e) {
			for _, k := range s.kids {
				k.views[e] = unknownChild()
			}
		}
	}
	for _, k := range s.kids {
		k.whole.youngest = min(k.whole.youngest, k.known)
		for _, v := range k.views {
			v.youngest = min(v.youngest, k.known)
		}
	}
}

// childless tells whether an entry shows no child of the item.
func (s *scene) childless(entry int) bool {
	for _, k := range s.kids {
		if k.views[entry] != nil {
			return false
		}
	}
	return true
}

// addFacts gives every child the facts that are its own, a carer's or the
// home's. Equal facts of one notice are looked at once, so that a long mail
// costs no more than the vocabulary allows.
func (s *scene) addFacts() {
	for _, k := range s.kids {
		k.facts, k.n, k.e = map[string][]*factView{}, newUnion(s.p.paths), map[int]*union{}
		seen := map[factAt]bool{}
		for _, e := range s.entries {
			r := &s.m.Entries[e].Reading
			k.e[e] = newUnion(s.p.paths)
			k.n.addReading(r)
			k.e[e].addReading(r)
			for i := range r.Facts {
				f := &r.Facts[i]
				if !s.concerns(k, e, f) {
					continue
				}
				v := s.newFact(f, e, i)
				if seen[factAt{e, v.key}] {
					continue
				}
				seen[factAt{e, v.key}] = true
				k.facts[f.Slug] = append(k.facts[f.Slug], v)
				k.n.add(v)
				k.e[e].add(v)
			}
		}
	}
}

// factAt is what a notice says, once.
type factAt struct {
	entry int
	key   string
}

// newFact makes a fact's view. Of facts about the situation nobody asks whose
// they are.
func (s *scene) newFact(f *triage.Fact, entry, index int) *factView {
	v := &factView{slug: f.Slug, signs: map[string]bool{}, current: f.Time == triage.Current, closed: f.Closed,
		entry: entry, index: index, paths: s.p.paths,
		key: fmt.Sprint(f.Slug, f.Signs, f.Polarity, f.Time, f.Closed, f.Holder)}
	v.asserted = (f.Polarity == triage.Present || f.Polarity == triage.Possible) &&
		(f.Holder != triage.HolderOther || s.p.anyHolder[f.Slug])
	for _, sign := range f.Signs {
		v.signs[sign] = true
	}
	return v
}

// concerns tells whether a fact of a notice is one of this child's: its own,
// one of a carer or the home, or one of a child when it is not clear which.
func (s *scene) concerns(k *kid, entry int, f *triage.Fact) bool {
	if f.Child >= 0 {
		if owner, ok := s.mention[triage.Mention{Entry: entry, Person: f.Child}]; ok {
			return s.kids[owner] == k
		}
	}
	if f.Holder != triage.HolderChild {
		return true
	}
	v := k.views[entry]
	if v == nil {
		return false // another child's notice
	}
	return !v.unborn || !s.shows(entry, func(o *view) bool { return !o.unborn })
}

// shows tells whether an entry shows a child that fits.
func (s *scene) shows(entry int, fits func(*view) bool) bool {
	return slices.ContainsFunc(s.kids, func(k *kid) bool { return k.views[entry] != nil && fits(k.views[entry]) })
}

// addHome joins the children: what is said of any of them, and how young the
// youngest can be as each notice shows them.
func (s *scene) addHome() {
	all := home{all: newUnion(s.p.paths), youngest: ageless, known: ageless}
	for _, k := range s.kids {
		for key := range k.n.keys {
			all.all.keys[key] = true
		}
		all.known = min(all.known, k.bornKnown())
		for _, v := range k.all() {
			all.born = all.born || !v.unborn
			all.unborn = all.unborn || v.unborn
		}
	}
	s.homes = map[int]*home{}
	for _, e := range s.entries {
		h := all
		for _, k := range s.kids {
			h.youngest = min(h.youngest, k.view(e).youngest)
		}
		s.homes[e] = &h
	}
}

// bornKnown is the stated age of a born child in months.
func (k *kid) bornKnown() int {
	known := ageless
	for _, v := range k.all() {
		if v.ageKnown && !v.unborn {
			known = min(known, v.youngest)
		}
	}
	return known
}

// all gives every view of the child: those of the notices, or else the whole.
func (k *kid) all() (vs []*view) {
	for _, v := range k.views {
		vs = append(vs, v)
	}
	if len(vs) == 0 {
		vs = []*view{k.whole}
	}
	return vs
}

// view is how the notice of an entry shows the child; a notice that shows
// only others knows what all notices know.
func (k *kid) view(entry int) *view {
	if v := k.views[entry]; v != nil {
		return v
	}
	return k.whole
}

// label names a row and case as the score's FloorBy does.
func label(parts ...string) string { return strings.Join(parts, "/") }
