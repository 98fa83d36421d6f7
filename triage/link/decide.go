package link

import (
	"slices"
	"time"

	"github.com/ppn-triage/ppn-triage/triage"
)

// Candidate is an earlier item that shares a blocking key with a notice.
type Candidate struct {
	Item   triage.ItemID
	Record Record
}

// Flags of a verdict.
const (
	FlagChased       = "chased"
	FlagPossible     = "possible_link"
	FlagDOB          = "dob_conflict"
	FlagOtherContent = "same_message_id_other_content"
)

// Verdict is what becomes of a notice.
type Verdict struct {
	Relation triage.Relation
	Item     triage.ItemID // the item it joins; empty if it opens one
	Why      []string      // the evidence of the join, for a person
	Links    []triage.Link // to other, earlier items; Child is the id that Merge gives
	Flags    []string      // sorted
}

// Decide tells what becomes of a notice, by the table of policy.md ("Same,
// update, repeat"). The order of the candidates does not matter. If one of them
// already holds the notice (it is being linked again), what a person rejected
// for that item is never joined or linked. A decided item of which nothing was
// received within history_days before at is as good as not there.
func (l *Linker) Decide(e triage.Entry, cands []Candidate, at time.Time) Verdict {
	if e.Received.IsZero() {
		e.Received = at
	}
	n := l.RecordOfEntry(e)
	all := l.weighAll(&n, e, cands, at)
	v := Verdict{Relation: triage.RelationNew}
	if slices.ContainsFunc(all, func(x evidence) bool { return x.message && x.content == nil }) {
		v.Flags = append(v.Flags, FlagOtherContent)
	}
	joined := l.join(&v, &n, all)
	l.nameChildren(&v, &n, joined)
	if v.Relation != triage.RelationResend {
		l.link(&v, &n, all, joined)
	}
	slices.Sort(v.Flags)
	v.Flags = slices.Compact(v.Flags)
	return v
}

// weighAll weighs every candidate that may be joined or linked, in order of
// first receipt.
func (l *Linker) weighAll(n *Record, e triage.Entry, cands []Candidate, at time.Time) []evidence {
	own := slices.IndexFunc(cands, func(c Candidate) bool {
		return slices.ContainsFunc(c.Record.Notices, func(m Notice) bool { return m.ID == e.Notice && m.Part == e.Part })
	})
	homes := n.homes()
	all := make([]evidence, 0, len(cands))
	for i := range cands {
		c := &cands[i]
		if i == own || l.past(&c.Record, at) || own >= 0 && rejected(&c.Record, &cands[own].Record) {
			continue
		}
		x := l.weigh(n, homes, c)
		x.parted = own >= 0 && parted(&c.Record, &cands[own].Record)
		all = append(all, x)
	}
	slices.SortFunc(all, func(a, b evidence) int { return Older(&a.item.Record, &b.item.Record) })
	return all
}

// past tells whether an item is too long ago to be linked: it is decided, and
// its last notice lies beyond the horizon.
func (l *Linker) past(r *Record, at time.Time) bool {
	if !r.Decided {
		return false
	}
	horizon := at.AddDate(0, 0, -l.inc.HistoryDays).Unix()
	return !slices.ContainsFunc(r.Notices, func(n Notice) bool { return n.Received >= horizon })
}

// join finds the item that the notice belongs to, if any: the one of the same
// text, else the one with which most agrees, of equals the earliest. Where a
// person has parted the equals, the notice stays apart.
func (l *Linker) join(v *Verdict, n *Record, all []evidence) *evidence {
	for i := range all {
		if all[i].content != nil && !all[i].parted {
			why, chased := l.resent(n, all[i])
			v.Relation, v.Item, v.Why = triage.RelationResend, all[i].item.Item, why
			if chased {
				v.Flags = append(v.Flags, FlagChased)
			}
			return &all[i]
		}
	}
	var best *evidence
	for i := range all {
		why, ok := all[i].joins()
		switch {
		case !ok || best != nil && len(why) < len(v.Why):
		case best != nil && len(why) == len(v.Why):
			if parted(&best.item.Record, &all[i].item.Record) {
				v.Relation, v.Item, v.Why = triage.RelationNew, "", nil
				return nil
			}
		default:
			best, v.Why, v.Item = &all[i], why, all[i].item.Item
		}
	}
	if best != nil {
		v.Relation = best.relation(n)
	}
	return best
}

// rejected tells whether a person said that two items are not about one child.
func rejected(a, b *Record) bool {
	return slices.Contains(a.Rejected, b.Item) || slices.Contains(b.Rejected, a.Item)
}

// parted tells whether a person said that two items are not one incident.
func parted(a, b *Record) bool {
	return rejected(a, b) || slices.Contains(a.Apart, b.Item) || slices.Contains(b.Apart, a.Item)
}

// nameChildren gives the notice's children the ids that Merge will give them
// in the item they join, and flags dates of birth that differ.
func (l *Linker) nameChildren(v *Verdict, n *Record, joined *evidence) {
	if joined == nil {
		return
	}
	have := joined.item.Record.Children
	to := l.assign(have, n.Children)
	last := joined.item.Record.LastChild
	for i := range n.Children {
		if to[i] < 0 {
			last++
			n.Children[i].ID = childID(last)
			continue
		}
		n.Children[i].ID = have[to[i]].ID
		switch have[to[i]].meetBorn(&n.Children[i]) {
		case "swapped", "digit", "apart":
			v.Flags = append(v.Flags, FlagDOB)
		}
	}
}
