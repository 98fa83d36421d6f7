package link

import (
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ppn-triage/ppn-triage/triage"
)

// shipped returns the Linker of the files under deploy/rules.
func shipped(t testing.TB) *Linker {
	t.Helper()
	weights, errW := os.ReadFile("../../deploy/rules/link.yaml")
	names, errN := os.ReadFile("../../deploy/rules/names.yaml")
	if errW != nil || errN != nil {
		t.Fatal(errW, errN)
	}
	l, err := New(Config{Weights: weights, Names: names})
	if err != nil {
		t.Fatalf("New(shipped rules) = %v", err)
	}
	return l
}

// told is a notice as a test writes it. People are "Given/FAMILY/born", parted
// by semicolons; born is a date, "EDD date", a span "from..to" or empty. A "!"
// before an adult is the alleged person, a "?" a placeholder child.
type told struct {
	file, refs, other string // other: references that are not the notice's own
	when              string // incident date, and time if told
	place, home       string // "line|postcode"; home "=" is the place
	kids, adults      string
	received          string // "2006-01-02 15:04"
	text              string // content hash; the file's name if empty
	message           string
	form, force       string
	part              int
	unreadable        bool
}

func (n told) entry() triage.Entry {
	e := triage.Entry{
		Notice: triage.NoticeID("n" + n.file + strconv.Itoa(n.part)), Part: n.part, Received: clock(n.received), Readable: !n.unreadable,
		Content: "text of " + n.file, MessageID: n.message,
	}
	if n.text != "" {
		e.Content = n.text
	}
	r := &e.Reading
	r.Form, r.Force, r.Place = n.form, n.force, addressOf(n.place)
	if r.Force == "" {
		r.Force = "13"
	}
	r.IncidentDate, _, _ = strings.Cut(n.when, " ")
	if len(n.when) > 10 {
		r.IncidentAt = clock(n.when)
	}
	for i, refs := range []string{n.refs, n.other} {
		for _, s := range strings.Fields(refs) {
			kind := "occurrence"
			if strings.HasPrefix(s, "LOG") {
				kind = "log"
			}
			r.References = append(r.References, triage.Reference{Kind: kind, Raw: s, Norm: s, Own: i == 0})
		}
	}
	home := n.home
	if home == "=" {
		home = n.place
	}
	for _, s := range split(n.kids) {
		r.People = append(r.People, kid(s, home))
	}
	for _, s := range split(n.adults) {
		r.People = append(r.People, adult(s))
	}
	return e
}

func split(s string) []string {
	return slices.DeleteFunc(strings.Split(s, ";"), func(p string) bool { return strings.TrimSpace(p) == "" })
}

func kid(s, home string) triage.Person {
	p := named(strings.TrimPrefix(strings.TrimSpace(s), "?"))
	p.Role, p.Address = triage.RoleChild, addressOf(home)
	if strings.HasPrefix(strings.TrimSpace(s), "?") {
		p.Placeholder, p.Name, p.Given, p.Family = true, "", "", ""
	}
	return p
}

func adult(s string) triage.Person {
	s = strings.TrimSpace(s)
	alleged := strings.HasPrefix(s, "!")
	p := named(strings.TrimPrefix(s, "!"))
	p.Role, p.Alleged = triage.RoleCarer, alleged
	return p
}

func named(s string) triage.Person {
	part := append(strings.Split(s, "/"), "", "", "")
	p := triage.Person{Given: strings.TrimSpace(part[0]), Family: part[1]}
	p.Name = strings.TrimSpace(p.Given + " " + p.Family)
	from, to, span := strings.Cut(part[2], "..")
	switch due, unborn := strings.CutPrefix(part[2], "EDD"); {
	case unborn:
		p.Unborn, p.EDD, p.Mother = true, strings.TrimSpace(due), part[3]
	case span:
		p.BornFrom, p.BornTo, p.AgeStated = from, to, true
	case len(part[2]) == 10:
		p.DOB, p.BornFrom, p.BornTo, p.AgeStated = part[2], part[2], part[2], true
	}
	return p
}

func addressOf(s string) triage.Address {
	line, post, _ := strings.Cut(s, "|")
	return triage.Address{Line: line, Postcode: post}
}

func clock(s string) time.Time {
	if len(s) == 10 {
		s += " 12:00"
	}
	t, err := time.Parse("2006-01-02 15:04", s)
	if err != nil {
		panic(err)
	}
	return t
}

// world is a queue of items as the pipeline would keep it: candidates come by
// blocking key only, so a missing key shows as a missed link.
type world struct {
	l     *Linker
	items []*triage.Item
	where map[triage.NoticeID]*triage.Item // of a digest the first part's
}

func newWorld(l *Linker) *world { return &world{l: l, where: map[triage.NoticeID]*triage.Item{}} }

func (w *world) candidates(e triage.Entry) []Candidate {
	keys := w.l.Keys(w.l.RecordOfEntry(e))
	var out []Candidate
	for _, it := range w.items {
		r := w.l.RecordOf(it)
		if slices.ContainsFunc(w.l.Keys(r), func(k string) bool { _, ok := slices.BinarySearch(keys, k); return ok }) {
			out = append(out, Candidate{Item: it.ID, Record: r})
		}
	}
	return out
}

// take runs one notice through and returns its verdict.
func (w *world) take(e triage.Entry) Verdict {
	v := w.l.Decide(e, w.candidates(e), e.Received)
	e.Relation = v.Relation
	i := slices.IndexFunc(w.items, func(it *triage.Item) bool { return it.ID == v.Item })
	if i < 0 {
		id := triage.ItemID("item of " + string(e.Notice))
		w.items = append(w.items, &triage.Item{ID: id, Received: e.Received, Open: []string{""}})
		i = len(w.items) - 1
	}
	it := w.items[i]
	it.Entries = append(it.Entries, e)
	if v.Relation != triage.RelationResend {
		it.Children = w.l.Merge(it.Children, len(it.Entries)-1, e.Reading)
	}
	it.Links = append(it.Links, v.Links...)
	w.where[e.Notice] = it
	return v
}
