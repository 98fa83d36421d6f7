package intake

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/ppn-triage/ppn-triage/triage"
)

// Rescorer scores the items of the queue anew when other rules or another case
// list have come into force: a band may rise by it, a lower one is only proposed. It keeps no truth
// of its own, so it goes on after a crash and on any node. All fields are
// required.
type Rescorer struct {
	Book   *Book
	Orders func(ctx context.Context) (map[triage.ItemID]uint64, error) // the items in the queue
	Rules  func(ctx context.Context, l triage.Ledger) (*Ruleset, error)
	Scorer Scorer
	Now    func() time.Time

	done [2]string       // ruleset and case list that it is at work for
	left []triage.ItemID // items not looked at yet
}

// rescoreBatch is how many items one commit scores anew: some kilobytes each,
// so that it stays far below the 1 MB of a commit.
const rescoreBatch = 50

// Step scores the next items anew, in a commit of their own. It returns true
// while there are more.
func (r *Rescorer) Step(ctx context.Context) (bool, error) {
	snap, err := r.Book.Store.Load(ctx)
	if err != nil || snap.Ledger.Rules == "" {
		return false, err
	}
	if now := [2]string{snap.Ledger.Rules, snap.Ledger.Cases.ID}; r.done != now {
		orders, err := r.Orders(ctx)
		if err != nil {
			return false, err
		}
		r.done, r.left = now, slices.Sorted(maps.Keys(orders))
	}
	if len(r.left) == 0 {
		return false, nil
	}
	batch := r.left[:min(len(r.left), rescoreBatch)]
	if err := r.rescore(ctx, batch); err != nil {
		return false, err
	}
	r.left = r.left[len(batch):]
	return len(r.left) > 0, nil
}

func (r *Rescorer) rescore(ctx context.Context, ids []triage.ItemID) error {
	_, _, err := r.Book.Append(ctx, 10, func(ctx context.Context, at uint64) (*triage.Commit, error) {
		snap, err := r.Book.Store.Load(ctx, ids...)
		if err != nil {
			return nil, err
		}
		if snap.Position != at {
			return nil, triage.ErrPosition
		}
		rs, err := r.Rules(ctx, snap.Ledger)
		if err != nil {
			return nil, err
		}
		c := &triage.Commit{
			ID: uuid.Must(uuid.NewV7()).String(), At: r.Now().UTC(), Through: snap.Ledger.Through,
			Actor: triage.Actor{Name: "rescorer", Role: "service", Verified: true},
		}
		if c.Events, err = r.Scorer.Anew(ctx, r.Book.Store, rs, snap, c.At); err != nil || len(c.Events) == 0 {
			return nil, err
		}
		return c, nil
	})
	return err
}

// stale tells whether the item was scored by other rules, or its children have
// another status by the case list.
func stale(rs *Ruleset, i *triage.Item) bool {
	by := i.Score.Ruleset
	if i.Proposed != nil {
		by = i.Proposed.Ruleset
	}
	marked, closed := rs.Cases.Mark(i, i.Children)
	return by != rs.Hash || closed != i.History.ClosedAt || !slices.EqualFunc(marked, i.Children, sameStatus)
}

func sameStatus(a, b triage.Child) bool {
	return a.Status == b.Status && a.AsOf == b.AsOf && a.Case == b.Case && a.Worker == b.Worker
}

// Anew scores those items of a snapshot that wait and that the rules and the
// list in force have not scored. It returns the events of the rescorer's commit.
func (s Scorer) Anew(ctx context.Context, store Store, rs *Ruleset, snap *triage.Snapshot, at time.Time) (events []triage.Event, err error) {
	var todo []*triage.Item
	for _, id := range slices.Sorted(maps.Keys(snap.Items)) {
		i := snap.Items[id]
		if i.Queued() && stale(rs, i) {
			todo = append(todo, i)
		}
	}
	if len(todo) == 0 {
		return nil, nil
	}
	sc, err := newScene(ctx, store, rs, snap.Position, nil)
	if err != nil {
		return nil, err
	}
	for _, i := range todo {
		past, err := sc.past(ctx, i)
		if err != nil {
			return nil, err
		}
		e, err := s.Rescored(rs, i, past, at)
		if err != nil {
			return nil, err
		}
		if !proposed(i, e) {
			events = append(events, e)
		}
	}
	return events, nil
}

// proposed tells whether an answer is only what is proposed for the item
// already.
func proposed(i *triage.Item, e triage.ItemScored) bool {
	p := i.Proposed
	return p != nil && e.Score.Band < i.Score.Band && p.Ruleset == e.Score.Ruleset && p.Band == e.Score.Band && p.Points == e.Score.Points
}
