package intake

import (
	"context"
	"maps"
	"reflect"
	"slices"

	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/link"
)

// amending completes one commit of a person's.
type amending struct {
	Scorer
	*scene
	commit *triage.Commit
	before map[triage.ItemID]*triage.Item
	acts   []triage.Event         // what the person did
	ids    []triage.ItemID        // of the items that it changes
	own    map[triage.ItemID]bool // the same
}

// Amend completes a commit that holds what a person has done to items: those
// are linked and scored anew, and so is every item of the queue whose history
// that changes, all in this one commit. Links that pointed at an absorbed item
// point at the survivor. c.Seq says at which position the commit is made:
// triage.ErrPosition if the store stands elsewhere. What the items refuse is
// returned as it is.
func (s Scorer) Amend(ctx context.Context, store Store, rs *Ruleset, c *triage.Commit) error {
	before, err := store.Load(ctx, c.Items()...)
	if err != nil {
		return err
	}
	if before.Position+1 != c.Seq {
		return triage.ErrPosition
	}
	get := func(id triage.ItemID) (*triage.Item, error) {
		if i, ok := before.Items[id]; ok {
			return i, nil
		}
		return nil, triage.ErrNotFound
	}
	_, changed, err := triage.Fold(before.Ledger, get, c)
	if err != nil {
		return err
	}
	var keys []string
	for _, i := range before.Items {
		keys = append(keys, rs.Linker.Keys(rs.Linker.RecordOf(i))...)
	}
	for _, i := range changed {
		keys = append(keys, rs.Linker.Keys(rs.Linker.RecordOf(i))...)
		for _, e := range i.Entries { // a notice may be linked anew as when it came
			keys = append(keys, keysOf(rs, e)...)
		}
	}
	sc, err := newScene(ctx, store, rs, before.Position, keys)
	if err != nil {
		return err
	}
	a := &amending{Scorer: s, scene: sc, commit: c, before: before.Items, acts: slices.Clone(c.Events), own: map[triage.ItemID]bool{}}
	return a.complete(ctx, changed)
}

func (a *amending) complete(ctx context.Context, changed []*triage.Item) error {
	for _, i := range changed {
		a.items[i.ID] = i
		a.ids, a.own[i.ID] = append(a.ids, i.ID), true
		a.learn(i)
	}
	if err := a.gather(ctx, slices.Concat(slices.Collect(maps.Values(a.before)), changed)...); err != nil {
		return err
	}
	for _, e := range a.acts {
		var err error
		switch e := e.(type) {
		case triage.ItemJoined:
			err = a.repoint(e)
		case triage.NoticeSplit:
			err = a.relink(e.Item, e.New)
		case triage.NoticeStruck:
			err = a.relink(e.Item, "")
		}
		if err != nil {
			return err
		}
	}
	for _, id := range a.ids {
		i := a.items[id]
		if s := i.State(); s == triage.JoinedState || s == triage.StruckState {
			continue
		}
		if err := a.score(ctx, i); err != nil {
			return err
		}
	}
	return a.neighbours(ctx)
}

// neighbours scores the other items of the queue that were or are linked to
// those changed, where their past says something else now.
func (a *amending) neighbours(ctx context.Context) error {
	for _, id := range slices.Sorted(maps.Keys(a.items)) {
		i := a.items[id]
		if a.own[id] || !i.Queued() || !a.touched(i) {
			continue
		}
		past, err := a.past(ctx, i)
		if err != nil {
			return err
		}
		e, err := a.beside(a.rules, i, past, a.commit.At, a.commit.At)
		if err != nil {
			return err
		}
		if e.Score.Band == i.Score.Band && e.Score.Points == i.Score.Points && reflect.DeepEqual(e.History, i.History) {
			continue
		}
		if err := a.apply(i, e); err != nil {
			return err
		}
	}
	return nil
}

// touched tells whether a link ties the item to one that was changed, or did.
func (a *amending) touched(i *triage.Item) bool {
	for _, id := range a.ids {
		was := a.before[id]
		if linked(i, id) || linked(a.items[id], i.ID) || was != nil && linked(was, i.ID) {
			return true
		}
	}
	return false
}

func (a *amending) score(ctx context.Context, i *triage.Item) error {
	past, err := a.past(ctx, i)
	if err != nil {
		return err
	}
	e, err := a.Scored(a.rules, i, remerge(a.rules.Linker, i), past, a.commit.At)
	if err != nil {
		return err
	}
	return a.apply(i, e)
}

// apply changes the item and keeps the event for the commit.
func (a *amending) apply(i *triage.Item, e triage.Event) error {
	if err := i.Apply(a.commit, e); err != nil {
		return err
	}
	a.commit.Events = append(a.commit.Events, e)
	return nil
}

// repoint gives every item that is linked to the absorbed one the same link to
// the survivor.
func (a *amending) repoint(e triage.ItemJoined) error {
	for _, id := range slices.Sorted(maps.Keys(a.items)) {
		i := a.items[id]
		if a.own[id] || i.JoinedInto != "" {
			continue
		}
		for _, l := range slices.Clone(i.Links) {
			if l.To != e.Absorbed {
				continue
			}
			l.To = e.Item
			if err := a.apply(i, triage.ItemLinked{Item: id, Link: l}); err != nil {
				return err
			}
		}
	}
	return nil
}

// relink finds the links of the items that were linked to one whose notices
// have become fewer, and of the part that they are now, if they are one. A link
// that what is left does not give any more is taken back.
func (a *amending) relink(left, part triage.ItemID) error {
	if part != "" {
		if err := a.linkTo(a.items[part], func(triage.Link) bool { return true }, a.candidates); err != nil {
			return err
		}
	}
	for _, id := range slices.Sorted(maps.Keys(a.items)) {
		i := a.items[id]
		if a.own[id] || i.JoinedInto != "" || !linked(i, left) {
			continue
		}
		among := func(triage.Entry) (cands []link.Candidate) {
			for _, of := range []triage.ItemID{id, left, part} {
				if of != "" {
					cands = append(cands, link.Candidate{Item: of, Record: a.rules.Linker.RecordOf(a.items[of])})
				}
			}
			return cands
		}
		still := false
		toPart := func(l triage.Link) bool {
			still = still || l.To == left
			return l.To == part
		}
		if err := a.linkTo(i, toPart, among); err != nil {
			return err
		}
		if !still {
			if err := a.apply(i, triage.ItemLinked{Item: id, Link: triage.Link{To: left}}); err != nil {
				return err
			}
		}
	}
	return nil
}

// linkTo links the item to what its notices and the candidates say, as far as
// that is meant.
func (a *amending) linkTo(i *triage.Item, meant func(triage.Link) bool, candidates func(triage.Entry) []link.Candidate) error {
	for _, e := range i.Entries {
		if e.Struck || e.Relation == triage.RelationResend {
			continue
		}
		for _, l := range a.rules.Linker.Decide(e, candidates(e), a.commit.At).Links {
			if l.Notices = []triage.NoticeID{e.Notice}; !meant(l) {
				continue
			}
			if err := a.apply(i, triage.ItemLinked{Item: i.ID, Link: l}); err != nil {
				return err
			}
		}
	}
	return nil
}

// remerge merges the children over the notices that stand. A child keeps its
// id, and what a person or the case list said of it.
func remerge(l *link.Linker, i *triage.Item) []triage.Child {
	children := l.Children(i.Entries)
	taken, next := map[string]bool{}, i.NextChild()
	for n := range children {
		c := &children[n]
		c.ID = ""
		for _, was := range i.Children {
			if !was.Shares(*c) {
				continue
			}
			if c.ID == "" && !taken[was.ID] {
				c.ID, taken[was.ID] = was.ID, true
			}
			if was.AsOf > c.AsOf || c.Status == "" {
				c.Status, c.AsOf = was.Status, was.AsOf
			}
		}
		if c.ID == "" {
			c.ID = next()
		}
	}
	return children
}
