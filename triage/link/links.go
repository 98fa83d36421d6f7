package link

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/ppn-triage/ppn-triage/triage"
)

// found is a child of the notice and a child of an earlier item that may be
// one.
type found struct {
	child int
	at    *evidence
	other *Person
	match Match
}

// link finds which earlier items concern the same child, household or alleged
// person.
func (l *Linker) link(v *Verdict, n *Record, all []evidence, joined *evidence) {
	var sure, maybe []found
	for i := range n.Children {
		s, m := l.findChild(i, all, joined)
		sure, maybe = append(sure, s...), append(maybe, m...)
	}
	linked := map[triage.ItemID]bool{}
	for _, f := range sure {
		l.linkChild(v, n, f, triage.LinkChild)
		linked[f.at.item.Item] = true
	}
	slices.SortStableFunc(maybe, func(a, b found) int { return cmp.Compare(b.match.Weight, a.match.Weight) })
	kept := 0
	for _, f := range maybe {
		if item := f.at.item.Item; !linked[item] && kept < l.inc.MaxPossible {
			linked[item] = true
			kept++
			l.linkChild(v, n, f, triage.LinkPossible)
			v.Flags = append(v.Flags, FlagPossible)
		}
	}
	for i := range all {
		if e := &all[i]; e != joined && !linked[e.item.Item] {
			l.linkOthers(v, n, e)
		}
	}
	if v.Relation == triage.RelationNew && len(sure) > 0 {
		v.Relation = triage.RelationRepeat
	}
	slices.SortFunc(v.Links, func(a, b triage.Link) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.To, b.To), cmp.Compare(a.Child, b.Child))
	})
}

// findChild finds a child in earlier items. Only a unique match is sure: where
// two of those found cannot be one child, or a person has parted their items,
// nobody can tell which it is and all are possible. A child found surely is
// not looked for among the possible ones.
func (l *Linker) findChild(i int, all []evidence, joined *evidence) (sure, maybe []found) {
	for j := range all {
		if &all[j] == joined {
			continue
		}
		best := all[j].best[i]
		best.at = &all[j]
		switch best.match.Outcome {
		case Same:
			sure = append(sure, best)
		case Possible:
			maybe = append(maybe, best)
		}
	}
	if l.ambiguous(sure) {
		return nil, append(sure, maybe...)
	}
	if len(sure) > 0 {
		maybe = nil
	}
	return sure, maybe
}

// ambiguous tells whether two of the children found cannot be one.
func (l *Linker) ambiguous(fs []found) bool {
	for i, a := range fs {
		for _, b := range fs[:i] {
			if rejected(&a.at.item.Record, &b.at.item.Record) {
				return true
			}
			if !a.other.Unborn && !b.other.Unborn && l.Compare(*a.other, *b.other).Outcome == Different {
				return true
			}
		}
	}
	return false
}

func (l *Linker) linkChild(v *Verdict, n *Record, f found, kind triage.LinkKind) {
	v.Links = append(v.Links, triage.Link{
		To: f.at.item.Item, Kind: kind, Child: n.Children[f.child].ID, Weight: f.match.Weight,
		Why: f.match.why(), Confirmed: kind == triage.LinkChild,
	})
	if b := f.match.Level(string(fieldBorn)); kind == triage.LinkChild && (b == "swapped" || b == "digit" || b == "apart") {
		v.Flags = append(v.Flags, FlagDOB)
	}
}

// linkOthers links an item that shares no child with the notice: the
// household, the reference, or the alleged person.
func (l *Linker) linkOthers(v *Verdict, n *Record, e *evidence) {
	k := triage.Link{To: e.item.Item}
	switch sure, some := l.household(n, e); {
	case sure:
		k.Kind, k.Confirmed, k.Why = triage.LinkHousehold, true, []string{"home address", "surname or adult of the household"}
	case some:
		k.Kind, k.Why = triage.LinkPossible, []string{"home address", "surname of the household, but other adults"}
	case e.ref != "":
		k.Kind, k.Why = triage.LinkPossible, e.why()
	default:
		m, ok := l.sameAlleged(n, &e.item.Record)
		if !ok {
			return
		}
		k.Kind, k.Confirmed, k.Weight, k.Why = triage.LinkAlleged, true, m.Weight, m.why()
	}
	v.Links = append(v.Links, k)
	if k.Kind == triage.LinkPossible {
		v.Flags = append(v.Flags, FlagPossible)
	}
}

// household tells whether notice and item are about one household: the same
// house, and the same surname or adult in it. New tenants are new. A surname
// that half the town bears is not sure where both name adults and none agrees.
func (l *Linker) household(n *Record, e *evidence) (sure, some bool) {
	if !e.home || len(n.Children) == 0 || len(e.item.Record.Children) == 0 {
		return false, false
	}
	if e.adult || e.family && l.strongFamily(n, &e.item.Record) {
		return true, false
	}
	strangers := len(carers(n)) > 0 && len(carers(&e.item.Record)) > 0
	return e.family && !strangers, e.family && strangers
}

func (l *Linker) strongFamily(a, b *Record) bool {
	return slices.ContainsFunc(a.families(), func(x Name) bool {
		return slices.ContainsFunc(b.families(), func(y Name) bool {
			lv, _ := l.meetTokens(l.strong(x.Family), l.strong(y.Family), l.surname)
			return lv == "exact" || lv == "ending" || lv == "sound"
		})
	})
}

func carers(r *Record) []Adult {
	return slices.DeleteFunc(slices.Clone(r.Adults), func(a Adult) bool { return !a.Cares })
}

// sameAlleged finds an alleged person that both name.
func (l *Linker) sameAlleged(a, b *Record) (Match, bool) {
	for _, x := range a.Adults {
		for _, y := range b.Adults {
			if !x.Alleged || !y.Alleged || l.strangers(&x.Person, &y.Person) {
				continue
			}
			if m := l.Compare(x.Person, y.Person); m.Outcome == Same {
				return m, true
			}
		}
	}
	return Match{}, false
}

// why says in one line a step what the weights were, without the names.
func (m Match) why() []string {
	var out []string
	for _, s := range m.Waterfall {
		out = append(out, fmt.Sprintf("%s %s %+.2f", s.Field, s.Level, float64(s.Weight)/100))
	}
	return out
}
