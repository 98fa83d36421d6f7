package duty

import (
	"cmp"
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

	quiet map[triage.ItemID]quiet
}

// quiet says that an item needs no event before a time, as long as it stands
// under that order; a zero time is never.
type quiet struct {
	order uint64
	until time.Time
}

// clockBatch is how many items one commit of the clock looks at.
const clockBatch = 500

// Step commits the events that are due, those of the items due first first.
func (c *Clock) Step(ctx context.Context) (bool, error) {
	now := c.Stamp.Now()
	late, err := c.late(ctx, now)
	if err != nil {
		return false, err
	}
	if err := c.commit(ctx, now, nil); err != nil { // claims
		return false, err
	}
	for ids := range slices.Chunk(late, clockBatch) {
		if err := c.commit(ctx, now, ids); err != nil {
			return false, err
		}
	}
	return false, nil
}

func (c *Clock) commit(ctx context.Context, now time.Time, ids []triage.ItemID) error {
	_, _, err := c.Book.Append(ctx, tries, func(ctx context.Context, at uint64) (*triage.Commit, error) {
		snap, err := c.Book.Store.Load(ctx, ids...)
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
	return err
}

// expired lists the claims whose time is up, in the order in which they were
// made.
func expired(l triage.Ledger, now time.Time) (events []triage.Event) {
	var over []triage.ClaimExpired
	for id, claim := range l.Claims {
		if !now.Before(claim.Until) {
			over = append(over, triage.ClaimExpired{Item: id, Token: claim.Token})
		}
	}
	slices.SortFunc(over, func(a, b triage.ClaimExpired) int { return cmp.Compare(a.Token, b.Token) })
	for _, e := range over {
		events = append(events, e)
	}
	return events
}

// late returns the items that may need an event, by due time: those due soon or
// past due that were not found quiet.
func (c *Clock) late(ctx context.Context, now time.Time) (ids []triage.ItemID, err error) {
	orders, err := c.Queue.Orders(ctx)
	if err != nil {
		return nil, err
	}
	bound := c.Calendar.RiskBound(now)
	if soon := now.Add(time.Hour); soon.After(bound) {
		bound = soon // RED is at risk 48 minutes before its time
	}
	still := map[triage.ItemID]quiet{}
	for id, order := range orders {
		switch q, ok := c.quiet[id]; {
		case ok && q.order == order && (q.until.IsZero() || now.Before(q.until)):
			still[id] = q
		case !queue.DueOf(order).After(bound):
			ids = append(ids, id)
		}
	}
	c.quiet = still
	slices.SortFunc(ids, func(a, b triage.ItemID) int {
		return cmp.Or(queue.DueOf(orders[a]).Compare(queue.DueOf(orders[b])), cmp.Compare(a, b))
	})
	return ids, nil
}

// events lists what is to be said of the items, and notes of the others until
// when nothing is.
func (c *Clock) events(snap *triage.Snapshot, now time.Time) (events []triage.Event) {
	for id, i := range snap.Items {
		if !i.Queued() {
			continue
		}
		risk := c.Calendar.RiskOf(i)
		switch {
		case i.Overdue:
			c.quiet[id] = quiet{order: queue.KeyOf(i).Order()}
		case !now.Before(i.Due):
			events = append(events, triage.Overdue{Item: id})
		case i.BreachRisk:
			c.quiet[id] = quiet{queue.KeyOf(i).Order(), i.Due}
		case !now.Before(risk):
			events = append(events, triage.BreachRisk{Item: id})
		default:
			c.quiet[id] = quiet{queue.KeyOf(i).Order(), risk}
		}
	}
	slices.SortFunc(events, func(a, b triage.Event) int { return cmp.Compare(a.Target(), b.Target()) })
	return events
}
