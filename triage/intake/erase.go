package intake

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/ppn-triage/ppn-triage/triage"
)

// Places finds where a notice stands in the streams.
type Places interface {
	Notice(ctx context.Context, id triage.NoticeID) (triage.Place, error)
}

// Erasing plans one commit that erases: every item that holds a part of an
// erased notice has its own event in it, those that were joined into another
// too, so that no item is left that believes in words nobody can read.
type Erasing struct {
	Log    Log
	Store  Store
	Places Places
	At     uint64 // position that the commit is made for

	items  map[triage.ItemID]*triage.Item
	events map[triage.ItemID]*triage.Erased
}

// mostMoves bounds how often a notice is followed from item to item.
const mostMoves = 64

// Holders returns every item that holds a part of the notice, by id.
// triage.ErrPosition says that the store stands elsewhere.
func (e *Erasing) Holders(ctx context.Context, notice triage.NoticeID) (all []*triage.Item, err error) {
	place, err := e.Places.Notice(ctx, notice)
	if err != nil {
		return nil, err
	}
	commits, err := e.Log.ReadCommits(ctx, place.Commit, 1)
	if err != nil {
		return nil, err
	}
	if len(commits) == 0 {
		return nil, fmt.Errorf("notice %s: commit %d: %w", notice, place.Commit, triage.ErrChain)
	}
	seen, next := map[triage.ItemID]bool{}, commits[0].Holders(notice)
	for range mostMoves {
		next = slices.DeleteFunc(next, func(id triage.ItemID) bool { return id == "" || seen[id] })
		if len(next) == 0 {
			slices.SortFunc(all, func(a, b *triage.Item) int { return cmp.Compare(a.ID, b.ID) })
			return all, nil
		}
		if err := e.bring(ctx, next...); err != nil {
			return nil, err
		}
		var more []triage.ItemID
		for _, id := range next {
			i := e.items[id]
			if seen[id] || i == nil {
				continue
			}
			seen[id] = true
			if slices.ContainsFunc(i.Entries, func(x triage.Entry) bool { return x.Notice == notice }) {
				all = append(all, i)
			}
			more = append(append(more, i.JoinedInto), i.Apart...)
		}
		next = more
	}
	return nil, fmt.Errorf("notice %s: %w: it was moved more than %d times", notice, triage.ErrState, mostMoves)
}

func (e *Erasing) bring(ctx context.Context, ids ...triage.ItemID) error {
	snap, err := e.Store.Load(ctx, ids...)
	if err != nil {
		return err
	}
	if snap.Position != e.At {
		return triage.ErrPosition
	}
	if e.items == nil {
		e.items, e.events = map[triage.ItemID]*triage.Item{}, map[triage.ItemID]*triage.Erased{}
	}
	maps.Copy(e.items, snap.Items)
	return nil
}

// Item returns an item as it stands.
func (e *Erasing) Item(ctx context.Context, id triage.ItemID) (*triage.Item, error) {
	if err := e.bring(ctx, id); err != nil {
		return nil, err
	}
	if e.items[id] == nil {
		return nil, fmt.Errorf("item %s: %w", id, triage.ErrNotFound)
	}
	return e.items[id], nil
}

// Notice plans to erase a notice in every item that holds it, if may has nothing
// against any of them; else it returns what may said.
func (e *Erasing) Notice(ctx context.Context, x triage.Entry, text, identity bool, may func(*triage.Item) error) error {
	all, err := e.Holders(ctx, x.Notice)
	if err != nil {
		return err
	}
	for _, i := range all {
		if err := errors.Join(i.Erasable(), may(i)); err != nil {
			return err
		}
	}
	for _, i := range all {
		ev := e.event(i.ID)
		if ev.Text, ev.Identity = ev.Text || text, ev.Identity || identity; !slices.Contains(ev.Notices, x.Seq) {
			ev.Notices = append(ev.Notices, x.Seq)
		}
	}
	return nil
}

// Words plans to erase what people wrote on an item and on those that were
// joined into it. It comes after the item's notices, by which these are known.
func (e *Erasing) Words(i *triage.Item) {
	for id, o := range e.items {
		for n := 0; o != nil && n < mostMoves; n++ {
			if o.ID == i.ID {
				e.event(id).Words = true
			}
			o = e.items[o.JoinedInto]
		}
	}
}

func (e *Erasing) event(id triage.ItemID) *triage.Erased {
	if e.events[id] == nil {
		e.events[id] = &triage.Erased{Item: id}
	}
	return e.events[id]
}

// Events returns what was planned, in the order of the items' ids.
func (e *Erasing) Events(ground string) (out []triage.Event) {
	for _, id := range slices.Sorted(maps.Keys(e.events)) {
		ev := *e.events[id]
		slices.Sort(ev.Notices)
		ev.Ground = ground
		out = append(out, ev)
	}
	return out
}
