package rules

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ppn-triage/ppn-triage/triage"
)

// result is one child's score with its reasons.
type result struct {
	t       *table
	own     int
	ownBand triage.Band
	floor   triage.Band
	floorBy string
	points  int
	band    triage.Band
	parts   []triage.Part
	shares  []int // what each row adds
}

// assess scores every child of a matter, but for one rule left out.
func (p *policy) assess(m *triage.Matter, without string) (*scene, []*result, lifts) {
	s := newScene(p, m)
	s.tables(without)
	l := s.lifts()
	var rs []*result
	for _, t := range s.looked {
		rs = append(rs, s.result(t, l))
	}
	return s, rs, l
}

// tables looks at the rows of every child.
func (s *scene) tables(without string) {
	h := newPast(s.m.History, s.days())
	for _, k := range s.kids {
		s.looked = append(s.looked, s.look(k, h, without))
	}
}

// result adds up one child: rows, interaction and vulnerability make the own
// score; history and quality points order and may lift a little.
func (s *scene) result(t *table, l lifts) *result {
	r := &result{t: t, shares: t.shares(s.p.others)}
	for _, n := range r.shares {
		r.own += n
	}
	for _, part := range append(s.interaction(t), s.vulnerability(t)...) {
		r.parts, r.own = append(r.parts, part), r.own+part.Points
	}
	for _, w := range t.rows {
		if w.floor > r.floor {
			r.floor, r.floorBy = w.floor, label(w.rule.id, w.kase.id)
		}
	}
	r.ownBand = max(r.floor, s.p.cutBand(r.own))
	r.points = r.own
	for _, part := range append(slices.Clone(l.parts), s.qualityPart(t)...) {
		r.parts, r.points = append(r.parts, part), r.points+part.Points
	}
	r.points = min(r.points, s.p.cap)
	r.band = max(r.ownBand, min(s.p.lift, s.p.cutBand(r.points)))
	for _, f := range append(slices.Clone(l.floors), s.thirdIncident(r, l)...) {
		if f.band > r.floor {
			r.floor, r.floorBy = f.band, f.by
		}
		r.band = max(r.band, f.band)
	}
	return r
}

// shares is what each row adds: the highest weight, and of the others a
// share. Without weight a row adds nothing.
func (t *table) shares(others int) []int {
	top := -1
	for i, w := range t.rows {
		if top < 0 || w.weight > t.rows[top].weight {
			top = i
		}
	}
	out := make([]int, len(t.rows))
	for i, w := range t.rows {
		out[i] = w.weight * others / 100
		if i == top {
			out[i] = w.weight
		}
	}
	return out
}

func (s *scene) interaction(t *table) []triage.Part {
	met := 0
	for _, any := range s.p.interaction.circumstances {
		if slices.ContainsFunc(any, func(id string) bool { return t.at.hit[id] }) {
			met++
		}
	}
	return part("interaction", fmt.Sprintf("%d of %d circumstances together", met, len(s.p.interaction.circumstances)),
		s.p.interaction.points[met])
}

// vulnerability adds, of every kind, the first case that fits, at its highest
// over the notices.
func (s *scene) vulnerability(t *table) (parts []triage.Part) {
	for _, g := range s.p.vulnerable {
		best := pointCase{}
		for _, e := range s.seen(t.kid) {
			t.focus(&factView{entry: e})
			i := slices.IndexFunc(g.cases, func(k pointCase) bool { return k.when.holds(t.f) })
			if i >= 0 && cmp.Or(cmp.Compare(g.cases[i].points, best.points), cmp.Compare(g.cases[i].id, best.id)) > 0 {
				best = g.cases[i]
			}
		}
		parts = append(parts, part("vulnerability", g.name+": "+best.id, best.points)...)
	}
	return parts
}

// seen gives the entries that show the child; all, where none says so.
func (s *scene) seen(k *kid) []int {
	var es []int
	for _, e := range s.entries {
		if k.views[e] != nil {
			es = append(es, e)
		}
	}
	if len(es) == 0 {
		return s.entries
	}
	return es
}

// qualityPart adds for each essential that a notice misses, at its highest
// over the notices. What cannot be read misses nothing.
func (s *scene) qualityPart(t *table) []triage.Part {
	best, why := 0, ""
	for _, e := range s.seen(t.kid) {
		if !s.m.Entries[e].Readable {
			continue
		}
		found := findings{}
		for _, q := range s.m.Entries[e].Reading.Quality {
			found[q] = true
		}
		t.f.q.v = found
		t.focus(&factView{entry: e})
		var missing []string
		for _, k := range s.p.quality.essentials {
			if k.when.holds(t.f) {
				missing = append(missing, k.id)
			}
		}
		n, w := min(len(missing)*s.p.quality.each, s.p.quality.cap), "missing: "+strings.Join(missing, ", ")
		if cmp.Or(cmp.Compare(n, best), cmp.Compare(w, why)) > 0 {
			best, why = n, w
		}
	}
	return part("quality", why, best)
}

func part(name, why string, points int) []triage.Part {
	if points == 0 {
		return nil
	}
	return []triage.Part{{Name: name, Why: why, Points: points}}
}

// hits lists the rows of a child, highest first; rows that are only shown
// have no points.
func (s *scene) hits(r *result) []triage.Hit {
	hs := make([]triage.Hit, len(r.t.rows))
	for i, w := range r.t.rows {
		hs[i] = triage.Hit{Rule: w.rule.id, Slug: w.rule.id, Title: w.rule.title, Weight: w.weight, Points: r.shares[i],
			Floor: w.floor, CIN: r.t.cinOf(w), Harm: w.rule.harm && w.full, Entry: w.fact.entry, Fact: w.fact.index}
		if w.kase != nil {
			hs[i].Case = w.kase.id
		}
	}
	slices.SortStableFunc(hs, func(a, b triage.Hit) int {
		return cmp.Or(cmp.Compare(b.Points, a.Points), cmp.Compare(b.Floor, a.Floor), compareBool(b.Case != "", a.Case != ""),
			cmp.Compare(a.Slug, b.Slug))
	})
	return hs
}

// days gives the incident dates of the notices, in order.
func (s *scene) days() (ds []time.Time) {
	for _, e := range s.entries {
		ds = append(ds, s.dates[e])
	}
	slices.SortFunc(ds, time.Time.Compare)
	return slices.Compact(ds)
}
