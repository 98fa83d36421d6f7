package rules

import (
	"cmp"
	"slices"

	"github.com/ppn-triage/ppn-triage/triage"
)

// row is what one rule finds for one child: its gravest fact, or one that is
// only shown.
type row struct {
	rule   *rule
	kase   *ruleCase // nil where nothing counts
	fact   *factView
	full   bool // counts in full: current, or historic and kept
	floor  triage.Band
	weight int

	youngest int // age in months that its notice allows; orders equal facts
}

// table is all rows of one child.
type table struct {
	kid  *kid
	rows []row
	at   standing
	f    *frame
	s    *scene
}

// look evaluates every rule for a child, but for one left out (empty: none).
func (s *scene) look(k *kid, h *past, without string) *table {
	t := &table{kid: k, s: s, f: newFrame(s.p), at: standing{hit: map[string]bool{}, red: map[string]bool{}}}
	t.f.n.v, t.f.row.v, t.f.h.v = k.n, &t.at, h
	for _, u := range s.p.rules {
		if u.id == without {
			continue
		}
		r, ok := t.rule(u, s.p)
		if !ok {
			continue
		}
		t.rows = append(t.rows, r)
		if r.full {
			t.at.note(r)
		}
	}
	return t
}

func (st *standing) note(r row) {
	st.hit[r.rule.id] = true
	st.hit[label(r.rule.id, r.kase.id)] = true
	if r.floor == triage.Red {
		for _, tag := range r.rule.tags {
			st.red[tag] = true
		}
	}
}

// rule finds the gravest of all facts that a rule looks at. Weight and floor
// are each at their highest, so that no further fact can lower either.
func (t *table) rule(u *rule, p *policy) (best row, ok bool) {
	weight, floor := 0, triage.BandUnknown
	for _, slug := range u.on {
		for _, f := range t.kid.facts[slug] {
			r, fits := t.fact(u, f, p)
			if !fits {
				continue
			}
			weight, floor = max(weight, r.weight), max(floor, r.floor)
			if !ok || graver(r, best) > 0 {
				best, ok = r, true
			}
		}
	}
	best.weight, best.floor = weight, floor
	return best, ok
}

// graver orders rows of one rule: what counts in full before the rest, then
// by floor, weight and case; what is only shown by how near it comes to
// counting. The last keys make the order of facts and notices irrelevant.
func graver(a, b row) int {
	return cmp.Or(
		cmp.Compare(a.floor, b.floor),
		compareBool(a.full, b.full),
		compareBool(a.kase != nil, b.kase != nil),
		cmp.Compare(a.weight, b.weight),
		cmp.Compare(b.casePlace(), a.casePlace()),
		compareBool(a.fact.asserted, b.fact.asserted),
		compareBool(a.fact.current, b.fact.current),
		cmp.Compare(b.fact.key, a.fact.key),
		cmp.Compare(b.youngest, a.youngest),
		cmp.Compare(b.fact.entry, a.fact.entry),
		cmp.Compare(b.fact.index, a.fact.index))
}

// casePlace is the place of the row's case in its rule.
func (r row) casePlace() int { return slices.Index(r.rule.cases, r.kase) }

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

// fact looks at one fact. A fact that is denied, hypothetical or somebody
// else's is shown; an asserted one that no case fits is none of this factor.
func (t *table) fact(u *rule, f *factView, p *policy) (row, bool) {
	t.focus(f)
	if u.only != nil && !u.only.holds(t.f) {
		return row{}, false
	}
	r := row{rule: u, fact: f, youngest: t.f.child.youngest}
	if !f.asserted {
		return r, true
	}
	for _, k := range u.cases {
		if k.when.holds(t.f) {
			r.kase = k
			break
		}
	}
	if r.kase == nil {
		return row{}, false
	}
	r.full, r.weight, r.floor = true, r.kase.weight, r.kase.floor
	kept := u.dagger != nil && u.dagger.holds(t.f)
	if !f.current && !u.though && (!kept || f.closed) {
		r.full, r.floor = false, triage.BandUnknown
		r.weight = min(r.weight*p.historic.share/100, p.historic.cap)
		if kept {
			r.floor = min(p.historic.closed, r.kase.floor)
		}
	}
	return r, true
}

// cinOf is the factor code of a row.
func (t *table) cinOf(r row) string {
	t.focus(r.fact)
	for _, c := range r.rule.cinIf {
		if c.when.holds(t.f) {
			return c.cin
		}
	}
	return r.rule.cin
}

// focus sets the frame to a fact: its notice, and the child and home as that
// notice shows them.
func (t *table) focus(f *factView) {
	t.f.setFact(f)
	t.f.setChild(t.kid.view(f.entry))
	t.f.setHome(t.s.homes[f.entry])
	t.f.e.v = t.kid.e[f.entry]
}

// asks tells whether a condition of a rule holds for any fact of the row's
// rule that is asserted; counting asks for current ones alone.
func (t *table) asks(c *cond, u *rule, current bool) bool {
	if c == nil {
		return false
	}
	return slices.ContainsFunc(u.on, func(slug string) bool {
		return slices.ContainsFunc(t.kid.facts[slug], func(f *factView) bool {
			if !f.asserted || current && !f.current {
				return false
			}
			t.focus(f)
			return c.holds(t.f)
		})
	})
}
