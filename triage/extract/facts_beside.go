package extract

import (
	"slices"

	"github.com/ppn-triage/ppn-triage/triage"
)

// conditions drops the facts of rules that stand only beside another fact, or
// only without one, by what the other rules state in the notice. What is denied
// needs no such support.
func conditions(all []stated) []triage.Fact {
	facts := make([]triage.Fact, 0, len(all))
	for i := range all {
		r := all[i].rule
		if all[i].Polarity == triage.Absent || (r.beside == nil || stands(all, r.beside, r)) && (r.without == nil || !stands(all, r.without, r)) {
			facts = append(facts, all[i].Fact)
		}
	}
	return facts
}

// stands tells whether a rule other than r, itself without condition, states
// one of the facts as counting.
func stands(all []stated, wanted []yield, r *rule) bool {
	for i := range all {
		if all[i].rule == r || all[i].rule.beside != nil || !all[i].Counts() {
			continue
		}
		for _, w := range wanted {
			if all[i].Slug == w.slug && (len(w.signs) == 0 || all[i].Has(w.signs[0])) {
				return true
			}
		}
	}
	return false
}

// everywhere adds the signs of marks that speak of their facts from anywhere
// in the notice.
func (x *lexicon) everywhere(facts []triage.Fact, pages []*passage) []triage.Fact {
	for _, p := range pages {
		for _, m := range p.marks {
			mk := &x.marks[m.out]
			if !mk.anywhere || p.state(m, 0).polarity != triage.Present {
				continue
			}
			for i := range facts {
				if f := &facts[i]; mk.slugs[f.Slug] && f.Counts() {
					f.Signs = append(f.Signs, mk.sign)
					slices.Sort(f.Signs)
					f.Signs = slices.Compact(f.Signs)
				}
			}
		}
	}
	return facts
}
