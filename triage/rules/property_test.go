package rules

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/ppn-triage/ppn-triage/triage"
)

// draw makes random matters from the whole vocabulary.
type draw struct {
	slugs []string
	vocab vocabulary
}

func newDraw(s *Set) draw { return draw{slices.Sorted(maps.Keys(s.vocab)), s.vocab} }

func (d draw) fact(t *rapid.T, people int) triage.Fact {
	f := triage.Fact{Slug: rapid.SampledFrom(d.slugs).Draw(t, "slug"),
		Polarity: rapid.SampledFrom([]triage.Polarity{triage.Present, triage.Present, triage.Possible, triage.Absent, triage.Hypothetical}).Draw(t, "polarity"),
		Time:     rapid.SampledFrom([]triage.Time{triage.Current, triage.Current, triage.Current, triage.Historic}).Draw(t, "time"),
		Holder:   rapid.SampledFrom([]triage.Holder{triage.HolderChild, triage.HolderCarer, triage.HolderHome, triage.HolderOther}).Draw(t, "holder"),
		Closed:   rapid.Bool().Draw(t, "closed"),
		Child:    rapid.IntRange(-1, people-1).Draw(t, "child"),
	}
	if signs := slices.Sorted(maps.Keys(d.vocab[f.Slug])); len(signs) > 0 {
		f.Signs = rapid.SliceOfNDistinct(rapid.SampledFrom(signs), 0, min(3, len(signs)), rapid.ID[string]).Draw(t, "signs")
		slices.Sort(f.Signs)
	}
	return f
}

func (d draw) person(t *rapid.T, day time.Time) triage.Person {
	p := triage.Person{Role: triage.RoleChild, Disabled: rapid.IntRange(0, 5).Draw(t, "disabled") == 0}
	switch rapid.IntRange(0, 4).Draw(t, "kind") {
	case 0:
		p.Unborn = true
	case 1: // nothing said
	default:
		born := day.AddDate(0, 0, -rapid.IntRange(0, 17*365).Draw(t, "age"))
		p.BornTo, p.AgeStated = born.Format(time.DateOnly), rapid.Bool().Draw(t, "stated")
	}
	return p
}

// entry makes a notice about children of the matter, new ones among them.
func (d draw) entry(t *rapid.T, m *triage.Matter) {
	e := triage.Entry{Readable: rapid.IntRange(0, 9).Draw(t, "readable") > 0, Received: trialDay}
	day := trialDay.AddDate(0, 0, rapid.IntRange(-3, 3).Draw(t, "day"))
	e.Reading.IncidentDate = day.Format(time.DateOnly)
	e.Reading.PoliceGrade = rapid.SampledFrom([]string{"", "standard", "medium", "high"}).Draw(t, "grade")
	e.Reading.DashTicks = rapid.IntRange(-1, 20).Draw(t, "ticks")
	e.Reading.Quality = rapid.SliceOfDistinct(rapid.SampledFrom([]string{"no_child_details", "no_address", "no_outcome"}), rapid.ID[string]).Draw(t, "quality")
	for i := range rapid.IntRange(0, 3).Draw(t, "children") {
		id := fmt.Sprintf("c%d", rapid.IntRange(1, 4).Draw(t, "id"))
		at := slices.IndexFunc(m.Children, func(c triage.Child) bool { return c.ID == id })
		if at < 0 {
			at = len(m.Children)
			m.Children = append(m.Children, triage.Child{ID: id, Status: rapid.SampledFrom(append(statuses, "")).Draw(t, "status")})
		}
		m.Children[at].From = append(m.Children[at].From, triage.Mention{Entry: len(m.Entries), Person: i})
		e.Reading.People = append(e.Reading.People, d.person(t, day))
	}
	for range rapid.IntRange(0, 6).Draw(t, "facts") {
		e.Reading.Facts = append(e.Reading.Facts, d.fact(t, len(e.Reading.People)))
	}
	m.Entries = append(m.Entries, e)
}

func (d draw) matter(t *rapid.T) triage.Matter {
	m := triage.Matter{At: trialDay}
	for range rapid.IntRange(1, 3).Draw(t, "entries") {
		d.entry(t, &m)
	}
	for range rapid.IntRange(0, 4).Draw(t, "past") {
		m.History.Incidents = append(m.History.Incidents, triage.PastIncident{
			Date: trialDay.AddDate(0, 0, -rapid.IntRange(0, 400).Draw(t, "ago")).Format(time.DateOnly),
			Harm: rapid.Bool().Draw(t, "harm"), Counted: rapid.IntRange(0, 3).Draw(t, "counted") > 0,
			Slugs: []string{rapid.SampledFrom([]string{"offending", "missing", "domestic_abuse"}).Draw(t, "before")}})
	}
	return m
}

func clone(m triage.Matter) triage.Matter {
	m.Children, m.Entries = slices.Clone(m.Children), slices.Clone(m.Entries)
	for i := range m.Children {
		m.Children[i].From = slices.Clone(m.Children[i].From)
	}
	for i := range m.Entries {
		m.Entries[i].Reading.Facts = slices.Clone(m.Entries[i].Reading.Facts)
		m.Entries[i].Reading.People = slices.Clone(m.Entries[i].Reading.People)
	}
	return m
}

// higher compares scores as the queue does, child by child too.
func higher(t *rapid.T, what string, before, after triage.Score) {
	t.Helper()
	if c := cmp.Or(cmp.Compare(after.Band, before.Band), cmp.Compare(after.Points, before.Points)); c < 0 {
		t.Fatalf("%s lowers the item from %v %d to %v %d", what, before.Band, before.Points, after.Band, after.Points)
	}
	for _, b := range before.Children {
		for _, a := range after.Children {
			if a.Child == b.Child && (a.Band < b.Band || a.Points < b.Points) {
				t.Fatalf("%s lowers child %s from %v %d to %v %d", what, b.Child, b.Band, b.Points, a.Band, a.Points)
			}
		}
	}
}

// TestAddingAFact: more bad news never lowers a rank. Only the facts declared
// under "softening" may; and a notice of which nothing was understood loses
// its net when something is.
func TestAddingAFact(t *testing.T) {
	s := mustLoad(t)
	d := newDraw(s)
	soft := map[string]bool{"alleged_kept_away": true, "alleged_not_in_home": true, "safe_carer": true, "child_elsewhere": true}
	rapid.Check(t, func(t *rapid.T) {
		m := d.matter(t)
		e := rapid.IntRange(0, len(m.Entries)-1).Draw(t, "to")
		f := d.fact(t, len(m.Entries[e].Reading.People))
		more := clone(m)
		more.Entries[e].Reading.Facts = append(more.Entries[e].Reading.Facts, f)
		before, after := s.Score(m), s.Score(more)
		if soft[f.Slug] || slices.Contains(before.Flags, "nothing_read") && !slices.Contains(after.Flags, "nothing_read") {
			t.Skip("declared to soften, or the net is not needed any more")
		}
		higher(t, "fact "+f.Slug, before, after)
	})
}

// TestAddingANotice: joining can only raise, whatever the notice says.
func TestAddingANotice(t *testing.T) {
	s := mustLoad(t)
	d := newDraw(s)
	rapid.Check(t, func(t *rapid.T) {
		m := d.matter(t)
		more := clone(m)
		d.entry(t, &more)
		higher(t, "a notice", s.Score(m), s.Score(more))
	})
}

// said is a score without the places of its facts, which may move.
func said(sc triage.Score) triage.Score {
	sc.Hits = slices.Clone(sc.Hits)
	for i := range sc.Hits {
		sc.Hits[i].Entry, sc.Hits[i].Fact = 0, 0
	}
	return sc
}

// TestOrder: neither the order of facts nor that of notices matters.
func TestOrder(t *testing.T) {
	s := mustLoad(t)
	d := newDraw(s)
	rapid.Check(t, func(t *rapid.T) {
		m := d.matter(t)
		turned := clone(m)
		to := rapid.Permutation(sequence(len(m.Entries))).Draw(t, "entries")
		for i, e := range to {
			turned.Entries[e] = m.Entries[i]
			turned.Entries[e].Reading.Facts = rapid.Permutation(m.Entries[i].Reading.Facts).Draw(t, "facts")
		}
		for i := range turned.Children {
			for j := range turned.Children[i].From {
				turned.Children[i].From[j].Entry = to[turned.Children[i].From[j].Entry]
			}
		}
		if diff := gocmp.Diff(said(s.Score(m)), said(s.Score(turned))); diff != "" {
			t.Fatalf("order matters (-as received +turned):\n%s", diff)
		}
	})
}

func sequence(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}

// TestNeverFeatures: names, sex, place and the words themselves move nothing.
func TestNeverFeatures(t *testing.T) {
	s := mustLoad(t)
	d := newDraw(s)
	rapid.Check(t, func(t *rapid.T) {
		m := d.matter(t)
		other := clone(m)
		for i := range other.Entries {
			r := &other.Entries[i].Reading
			r.Place, r.Officer, r.Force = triage.Address{Line: rapid.String().Draw(t, "line"), Postcode: "BD1 1AA"}, "PC 1", "WYP"
			for j := range r.People {
				p := &r.People[j]
				p.Name, p.Given, p.Family = rapid.String().Draw(t, "name"), "A", "B"
				p.Sex, p.Address.Postcode, p.School, p.NHS = "F", "LS1 1AA", "a school", "9990000018"
			}
			for j := range r.Facts {
				r.Facts[j].Quote, r.Facts[j].Cue, r.Facts[j].Start, r.Facts[j].End = "words", "cue", 3, 8
			}
		}
		if diff := gocmp.Diff(s.Score(m), s.Score(other)); diff != "" {
			t.Fatalf("a name, sex or place moves the score:\n%s", diff)
		}
	})
}

// TestStruck: a struck notice is as none.
func TestStruck(t *testing.T) {
	s := mustLoad(t)
	d := newDraw(s)
	rapid.Check(t, func(t *rapid.T) {
		m := d.matter(t)
		more := clone(m)
		before := len(more.Children)
		d.entry(t, &more)
		more.Entries[len(more.Entries)-1].Struck = true
		more.Children = more.Children[:before]
		if diff := gocmp.Diff(s.Score(m), s.Score(more)); diff != "" {
			t.Fatalf("a struck notice counts:\n%s", diff)
		}
	})
}

// TestBounds: points stay in 0..120, the band is never below the floor, the
// worst child's score is the item's, and every hit has its place.
func TestBounds(t *testing.T) {
	s := mustLoad(t)
	d := newDraw(s)
	rapid.Check(t, func(t *rapid.T) {
		m := d.matter(t)
		sc := s.Score(m)
		if sc.Points < 0 || sc.Points > 12000 || sc.Band < sc.Floor || sc.Band < sc.OwnBand || sc.Band == triage.BandUnknown {
			t.Fatalf("score out of bounds: %+v", sc)
		}
		sum := 0
		for _, h := range sc.Hits {
			if h.Entry >= len(m.Entries) || h.Fact >= len(m.Entries[h.Entry].Reading.Facts) {
				t.Fatalf("hit %s points nowhere", h.Slug)
			}
			sum += h.Points
		}
		for _, p := range sc.Parts {
			sum += p.Points
		}
		if min(sum, 12000) != sc.Points {
			t.Fatalf("hits and parts add up to %d, points are %d", sum, sc.Points)
		}
	})
}
