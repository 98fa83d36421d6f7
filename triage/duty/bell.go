package duty

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/intake"
	"github.com/ppn-triage/ppn-triage/triage/queue"
)

// Call is what somebody is told out of hours: no name and no word of the mail,
// only which item waits and where to look.
type Call struct {
	FrontDoor string        `json:"front_door"`
	Item      triage.ItemID `json:"item_id"`
	Band      string        `json:"band"`
	Due       time.Time     `json:"due"`
	Step      int           `json:"step"` // place in the order of who is called, from 1
	Look      string        `json:"look"`
	Answer    string        `json:"answer"`
}

// Place is who is called, a person or a team, and the way there.
type Place struct {
	Name string
	Ring func(ctx context.Context, c Call) error // nil: it has gone out
}

// Bell calls somebody for every RED item that waits out of hours while nobody
// sees to it: the first place at once, the next ones after a time without an
// answer, the last one again and again. A call that cannot go out goes to the
// next place at once. Every call stands in the log before it goes out, so several
// nodes call once and a restart goes on. In office hours the desk sees the queue
// and nobody is called.
type Bell struct {
	Book      *intake.Book
	Queue     Orders
	Calendar  *queue.Calendar
	Stamp     Stamp
	FrontDoor string
	Places    []Place       // in the order in which they are called
	After     time.Duration // without an answer, until the next one

	Waits func(items int)               // RED items that nobody sees to now; told at every step
	Rang  func(place string, err error) // told of every call
}

const (
	callTime   = time.Minute     // a call of which nothing more is heard after it has failed: its node has gone
	bellRest   = 5 * time.Minute // after the last place could not be reached, until the first is called again
	ringWithin = 20 * time.Second
)

// Step makes the calls that are due, and writes down what became of them.
func (b *Bell) Step(ctx context.Context) (bool, error) {
	now := b.Stamp.Now()
	if b.Calendar.InOffice(now) {
		b.Waits(0)
		return false, nil
	}
	ids, err := b.red(ctx)
	if err != nil {
		return false, fmt.Errorf("bell: %w", err)
	}
	c, items, err := b.append(ctx, ids, func(snap *triage.Snapshot) []triage.Event { return b.due(snap, now) })
	if err != nil || c == nil {
		return false, err
	}
	ended := b.ring(ctx, c, items)
	_, _, err = b.append(ctx, ids, func(snap *triage.Snapshot) []triage.Event { return stillOpen(snap, ended) })
	return slices.ContainsFunc(ended, func(e triage.BellRung) bool { return e.Outcome == triage.BellFailed }), err
}

// red lists the items of the queue that stand at RED.
func (b *Bell) red(ctx context.Context) (ids []triage.ItemID, err error) {
	orders, err := b.Queue.Orders(ctx)
	for id, order := range orders {
		if queue.RedOf(order) {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids, err
}

func (b *Bell) append(ctx context.Context, ids []triage.ItemID, events func(*triage.Snapshot) []triage.Event) (*triage.Commit, []*triage.Item, error) {
	return b.Book.Append(ctx, tries, func(ctx context.Context, at uint64) (*triage.Commit, error) {
		snap, err := b.Book.Store.Load(ctx, ids...)
		if err != nil {
			return nil, err
		}
		if snap.Position != at {
			return nil, triage.ErrPosition
		}
		c := b.Stamp.commit(snap.Ledger, "bell")
		if c.Events = events(snap); len(c.Events) == 0 {
			return nil, nil
		}
		return c, nil
	})
}

// due lists the calls that must be made now, those of the items due first first.
func (b *Bell) due(snap *triage.Snapshot, now time.Time) (calls []triage.Event) {
	var waiting []*triage.Item
	for _, i := range snap.Items {
		if i.Queued() && i.Band() == triage.Red && !attended(i) {
			waiting = append(waiting, i)
		}
	}
	b.Waits(len(waiting))
	slices.SortFunc(waiting, func(x, y *triage.Item) int { return cmp.Or(x.Due.Compare(y.Due), cmp.Compare(x.ID, y.ID)) })
	for _, i := range waiting {
		if step, rings := b.next(i, now); rings {
			calls = append(calls, triage.BellRung{Item: i.ID, Notice: i.News().Notice, Step: step, To: b.Places[step].Name, Outcome: triage.BellCalling})
		}
	}
	return calls
}

// stillOpen lists the outcomes of calls that the items still wait for: one may
// have been joined into another, or have news, meanwhile.
func stillOpen(snap *triage.Snapshot, ended []triage.BellRung) (events []triage.Event) {
	for _, e := range ended {
		if i := snap.Items[e.Item]; i != nil && i.JoinedInto == "" && i.Bell != nil && i.Bell.Notice == e.Notice && i.Bell.Step == e.Step && i.Bell.Outcome == triage.BellCalling {
			events = append(events, e)
		}
	}
	return events
}

// next is the place to call for an item, if one is to be called now.
func (b *Bell) next(i *triage.Item, now time.Time) (step int, rings bool) {
	was, last := i.Bell, len(b.Places)-1
	if was == nil || was.Notice != i.News().Notice {
		return 0, true
	}
	silent := now.Sub(was.At)
	switch {
	case was.Outcome == triage.BellCalling && silent < callTime:
		return 0, false
	case was.Outcome == triage.BellSent:
		return min(was.Step+1, last), silent >= b.After
	case was.Step >= last:
		return 0, silent >= bellRest
	}
	return was.Step + 1, true
}

// attended tells whether somebody has seen to the item since its news.
func attended(i *triage.Item) bool {
	news := i.News()
	opened := func(l triage.Look) bool { return l.Notice == news.Notice }
	decided := func(d triage.Decision) bool { return d.At.After(news.Received) }
	return i.Claim != nil || i.Answered() || silenced(i) || slices.ContainsFunc(i.Looks, opened) || slices.ContainsFunc(i.Decisions, decided) ||
		i.Override != nil && i.Override.At.After(news.Received)
}

// ring makes the calls of a commit, all at the same time, and returns what
// became of each.
func (b *Bell) ring(ctx context.Context, c *triage.Commit, items []*triage.Item) []triage.BellRung {
	ctx, cancel := context.WithTimeout(ctx, ringWithin)
	defer cancel()
	ended, errs := make([]triage.BellRung, len(c.Events)), make([]error, len(c.Events))
	var wg sync.WaitGroup
	for n, e := range c.Events {
		ended[n] = e.(triage.BellRung)
		wg.Go(func() { errs[n] = b.call(ctx, ended[n], items) })
	}
	wg.Wait()
	for n, err := range errs {
		ended[n].Outcome = triage.BellSent
		if err != nil {
			ended[n].Outcome = triage.BellFailed
		}
		b.Rang(ended[n].To, err)
	}
	return ended
}

func (b *Bell) call(ctx context.Context, e triage.BellRung, items []*triage.Item) error {
	c := Call{
		FrontDoor: b.FrontDoor, Item: e.Item, Band: triage.Red.String(), Step: e.Step + 1,
		Look: "triageq show " + string(e.Item), Answer: "triageq answer " + string(e.Item),
	}
	for _, i := range items {
		if i.ID == e.Item {
			c.Due = i.Due
		}
	}
	return b.Places[e.Step].Ring(ctx, c)
}
