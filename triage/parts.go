package triage

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// Older tells whether the item was received before the other: of two that are
// joined the older one survives.
func (i *Item) Older(o *Item) bool {
	return cmp.Or(i.Received.Compare(o.Received), cmp.Compare(i.Seq, o.Seq), cmp.Compare(i.ID, o.ID)) < 0
}

// joinItems moves everything of the absorbed item to the survivor. The
// survivor is scored anew by an ItemScored in the same commit.
func (f *folder) joinItems(e ItemJoined) error {
	to, err := f.touch(e.Item)
	if err != nil {
		return err
	}
	from, err := f.touch(e.Absorbed)
	if err != nil {
		return err
	}
	switch {
	case e.Item == e.Absorbed, to.JoinedInto != "", from.JoinedInto != "":
		return fmt.Errorf("item %s: %w: cannot join %s", e.Item, ErrState, e.Absorbed)
	case !to.Older(from):
		return fmt.Errorf("item %s: %w: %s is older and must survive", e.Item, ErrState, e.Absorbed)
	case e.Reason == "":
		return fmt.Errorf("%w: a join needs a reason", ErrInvalid)
	}
	for _, i := range []*Item{to, from} {
		if err := i.free(f.commit); err != nil {
			return fmt.Errorf("item %s: %w", i.ID, err)
		}
	}
	to.absorb(from)
	if to.Hold == nil {
		to.Hold = from.Hold
	}
	from.JoinedInto, from.Claim, from.Hold = to.ID, nil, nil
	to.Version, from.Version = f.commit.Seq, f.commit.Seq
	return nil
}

// absorb takes over another item's notices, children, links, looks and trail.
// Band and due time become the more urgent of both, so that a join never costs
// a child time; where either waited for a decision, every child of both does.
func (i *Item) absorb(o *Item) {
	i.absorbClock(o)
	i.absorbChildren(o)
	i.Looks, i.Interims = append(i.Looks, o.Looks...), append(i.Interims, o.Interims...)
	i.Questions = append(i.Questions, o.Questions...)
	i.flagAll(o.Flags)
	i.History.ClosedAt = max(i.History.ClosedAt, o.History.ClosedAt)
	i.Proposed = nil
	i.Apart = slices.DeleteFunc(append(i.Apart, o.Apart...), func(id ItemID) bool { return id == i.ID || id == o.ID })
}

func (i *Item) absorbClock(o *Item) {
	i.Override = strongest(i, o)
	i.Score.Band, i.Score.Points = max(i.Score.Band, o.Score.Band), max(i.Score.Points, o.Score.Points)
	switch mine, theirs := i.Queued(), o.Queued(); {
	case mine && theirs:
		i.Due = earlier(i.Due, o.Due)
		i.BreachRisk, i.Overdue = i.BreachRisk || o.BreachRisk, i.Overdue || o.Overdue
	case theirs:
		i.Due, i.BreachRisk, i.Overdue = o.Due, o.BreachRisk, o.Overdue
	}
}

// strongest is the override that an item keeps when it absorbs another: the
// higher one, unless it would put the children of either below where they were.
func strongest(i, o *Item) *Override {
	best := i.Override
	if best == nil || o.Override != nil && o.Override.Band > best.Band {
		best = o.Override
	}
	if best == nil || best.Band < max(i.Band(), o.Band()) {
		return nil
	}
	return best
}

// absorbChildren numbers the other item's children after the own ones; the
// linker's next answer makes one of those that are the same.
func (i *Item) absorbChildren(o *Item) {
	waits := i.Queued() || o.Queued()
	next, names := i.NextChild(), map[string]string{"": ""}
	renamed := func(id string) string {
		if _, ok := names[id]; !ok {
			names[id] = next()
		}
		return names[id]
	}
	own := len(i.Entries)
	for n, e := range o.Entries {
		if n == 0 {
			e.Relation, e.Why = RelationSameIncident, []string{"joined by a person"}
		}
		i.Entries = append(i.Entries, e)
	}
	for _, c := range o.Children {
		c.ID, c.From = renamed(c.ID), slices.Clone(c.From)
		for n := range c.From {
			c.From[n].Entry += own
		}
		i.Children = append(i.Children, c)
	}
	for _, d := range o.Decisions {
		d.Child = renamed(d.Child)
		i.Decisions = append(i.Decisions, d)
	}
	i.Links = slices.DeleteFunc(i.Links, func(l Link) bool { return l.To == o.ID })
	for _, l := range o.Links {
		if l.Child = renamed(l.Child); l.To != i.ID {
			i.link(l)
		}
	}
	i.sortEntries()
	i.retime()
	i.Open = nil
	if waits {
		i.Open = i.childIDs()
	}
}

// sortEntries puts the notices in order of receipt; the children's mentions go
// with them.
func (i *Item) sortEntries() {
	order := make([]int, len(i.Entries))
	for n := range order {
		order[n] = n
	}
	slices.SortStableFunc(order, func(a, b int) int {
		x, y := i.Entries[a], i.Entries[b]
		return cmp.Or(x.Received.Compare(y.Received), cmp.Compare(x.Seq, y.Seq), cmp.Compare(x.Part, y.Part))
	})
	sorted, at := make([]Entry, len(order)), make([]int, len(order))
	for n, was := range order {
		sorted[n], at[was] = i.Entries[was], n
	}
	i.Entries = sorted
	i.moveMentions(at)
}

// moveMentions follows notices to their new places; -1 is none any more. A
// child that no notice is left of goes.
func (i *Item) moveMentions(at []int) {
	var kept []Child
	for _, c := range i.Children {
		var from []Mention
		for _, m := range c.From {
			if m.Entry < len(at) && at[m.Entry] >= 0 {
				from = append(from, Mention{Entry: at[m.Entry], Person: m.Person})
			}
		}
		if len(from) > 0 || len(c.From) == 0 {
			c.From = from
			kept = append(kept, c)
		}
	}
	i.Children = kept
}

// split gives a notice, with what is the same text again, an item of its own,
// with its own first receipt. Both are scored anew by ItemScored events in the
// same commit, and never join again by themselves.
func (f *folder) split(e NoticeSplit) error {
	from, err := f.touch(e.Item)
	if err != nil {
		return err
	}
	entry := from.entry(e.Notice, e.Part)
	switch {
	case entry == nil:
		return fmt.Errorf("item %s: %w: notice %s", e.Item, ErrNotFound, e.Notice)
	case from.JoinedInto != "":
		return fmt.Errorf("item %s: %w: joined into item %s", e.Item, ErrState, from.JoinedInto)
	case e.Reason == "":
		return fmt.Errorf("%w: a split needs a reason", ErrInvalid)
	}
	if err := from.free(f.commit); err != nil {
		return fmt.Errorf("item %s: %w", e.Item, err)
	}
	if _, err := f.touch(e.New); err == nil {
		return fmt.Errorf("item %s: %w: it exists", e.New, ErrState)
	}
	same := entry.sameText()
	if stays := slices.ContainsFunc(from.Entries, func(x Entry) bool { return !same(x) && (!x.Struck || entry.Struck) }); !stays {
		return fmt.Errorf("item %s: %w: nothing would be left of it", e.Item, ErrState)
	}
	part := from.part(same, e.New, f.commit)
	f.keep(part, StateUnknown)
	f.ledger.Opened++
	f.ledger.Joined--
	return nil
}

// part takes notices out of the item and makes an item of them.
func (i *Item) part(moves func(Entry) bool, id ItemID, c *Commit) *Item {
	p := &Item{ID: id, Version: c.Seq, Open: []string{""}, Apart: []ItemID{i.ID}, Hold: i.Hold}
	for _, e := range i.Entries {
		if !moves(e) {
			continue
		}
		if e.Relation, e.Why, e.Struck, e.Settled = RelationResend, nil, false, false; len(p.Entries) == 0 {
			e.Relation = RelationNew
		}
		p.Entries = append(p.Entries, e)
		p.flagAll(e.Reading.Flags)
	}
	for _, l := range i.Looks {
		if slices.ContainsFunc(p.Entries, func(e Entry) bool { return e.Notice == l.Notice }) {
			p.Looks = append(p.Looks, l)
		}
	}
	if o := i.Override; o != nil && o.Band > i.Score.Band { // a raise holds for both until a person has looked again
		raised := *o
		p.Override, p.Due = &raised, i.Due
	} else {
		i.Override = nil
	}
	p.retime()
	i.remove(moves)
	i.Apart, i.Version = append(i.Apart, id), c.Seq
	return p
}

// remove takes notices out, and with them the children and links that no other
// notice gives. The clock is that of the notices that stay; if a decision has
// taken in all of those, the item is decided again.
func (i *Item) remove(moves func(Entry) bool) {
	at, kept, gone := make([]int, len(i.Entries)), []Entry(nil), []NoticeID(nil)
	for n, e := range i.Entries {
		if at[n] = -1; moves(e) {
			gone = append(gone, e.Notice)
			continue
		}
		at[n] = len(kept)
		kept = append(kept, e)
	}
	kept[0].Relation, kept[0].Why = RelationNew, nil
	i.Entries = kept
	i.moveMentions(at)
	i.unlink(gone)
	chased := slices.Contains(i.Flags, "chased") && slices.ContainsFunc(kept, func(e Entry) bool { return e.Relation == RelationResend })
	i.Flags = nil
	for _, e := range kept {
		i.flagAll(e.Reading.Flags)
	}
	if chased {
		i.flag("chased")
	}
	i.retime()
	i.anew()
	i.reopen()
}

// sameText matches the notice itself and those that are its text again.
func (e *Entry) sameText() func(Entry) bool {
	notice, part, content := e.Notice, e.Part, e.Content
	return func(x Entry) bool {
		return x.Part == part && (x.Notice == notice || content != "" && x.Content == content)
	}
}

// retime takes first receipt and place from the notices that stand; from all,
// if none does.
func (i *Item) retime() {
	all := i.live() == 0
	i.Received, i.Seq = time.Time{}, 0
	for _, e := range i.Entries {
		if e.Struck && !all {
			continue
		}
		i.Received = earlier(i.Received, e.Received)
		if i.Seq == 0 || e.Seq < i.Seq {
			i.Seq = e.Seq
		}
	}
}

// anew gives the item the due time that ItemScored will say next, also a later
// one: what set the old one has been taken back by a person. A due time that a
// person set stays.
func (i *Item) anew() {
	if i.Override == nil {
		i.Due, i.BreachRisk, i.Overdue = time.Time{}, false, false
	}
}

func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}
