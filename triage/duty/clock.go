package duty

import (
	"context"
	"slices"
	"time"

	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/intake"
	"github.com/ppn-triage/ppn-triage/triage/queue"
)

// Now tells the time.
type Now func() time.Time

// Orders lists the items in the queue with their orders.
type Orders interface {
	Orders(ctx context.Context) (map[triage.ItemID]uint64, error)
}

// Clock writes into the trail what time alone does: claims that ran out, items
// whose time is nearly used up or has passed. The order of the queue does not
// wait for it; a dead clock hides nothing.
type Clock struct {
	Book     *intake.Book
	Queue    Orders
	Calendar *queue.Calendar
	Stamp    Stamp

	told map[triage.ItemID]uint64 // order under which an item was last found to need no event
}

// clockBatch is how many events of the clock go into one commit.
const clockBatch = 500

// Step commits the events that are due.
func (c *Clock) Step(ctx context.Context) (bool, error) {
	now := c.Stamp.Now()
	late, err := c.late(ctx, now)
	if err != nil {
		return false, err
	}
	commit, _, err := c.Book.Append(ctx, tries, func(ctx context.Context, at uint64) (*triage.Commit, error) {
		snap, err := c.Book.Store.Load(ctx, late...)
		if err != nil {
			return nil, err
		}
		if snap.Position != at {
			return nil, triage.ErrPosition
		}
		commit := c.Stamp.commit(snap.Ledger, "clock")
		commit.Events = append(expired(snap.Ledger, now), c.events(snap, now)...)
		if len(commit.Events) == 0 {
			return nil, nil
		}
		return commit, nil
	})
	return commit != nil, err
}

// expired lists the claims whose time is up, in a fixed order.
func expired(l triage.Ledger, now time.Time) (events []triage.Event) {
	for id, claim := range l.Claims {
		if !now.Before(claim.Until) {
			events = append(events, triage.ClaimExpired{Item: id, Token: claim.Token})
		}
	}
	slices.SortFunc(events, func(a, b triage.Event) int {
		return int(a.(triage.ClaimExpired).Token) - int(b.(triage.ClaimExpired).Token)
	})
	return events
}

// late returns the items that may need an event: those due soon or past due
// that were not looked at under the order they have.
func (c *Clock) late(ctx context.Context, now time.Time) (ids []triage.ItemID, err error) {
	orders, err := c.Queue.Orders(ctx)
	if err != nil {
		return nil, err
	}
	bound := c.Calendar.RiskBound(now)
	if soon := now.Add(time.Hour); soon.After(bound) {
		bound = soon // RED is at risk 48 minutes before its time at the earliest
	}
	told := map[triage.ItemID]uint64{}
	for id, order := range orders {
		if was, ok := c.told[id]; ok && was == order {
			told[id] = was
			continue
		}
		if !queue.DueOf(order).After(bound) {
			ids = append(ids, id)
		}
	}
	c.told = told
	slices.Sort(ids)
	return ids[:min(len(ids), clockBatch)], nil
}

func (c *Clock) events(snap *triage.Snapshot, now time.Time) (events []triage.Event) {
	for id, i := range snap.Items {
		switch {
		case !i.Queued():
		case !i.Overdue && !now.Before(i.Due):
			events = append(events, triage.Overdue{Item: id})
		case !i.BreachRisk && !now.Before(c.Calendar.BreachRiskAt(i.Band(), i.Received, i.Due)):
			events = append(events, triage.BreachRisk{Item: id})
		case i.Overdue:
			c.told[id] = orderOf(i)
		}
	}
	slices.SortFunc(events, func(a, b triage.Event) int {
		return slices.Compare([]byte(a.Target()), []byte(b.Target()))
	})
	return events
}

func orderOf(i *triage.Item) uint64 { return queue.KeyOf(i).Order() }
