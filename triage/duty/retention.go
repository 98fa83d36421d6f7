package duty

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/intake"
)

// Periods are how long what is personal is kept after the last that happened to
// an item: a notice received, a decision, an action, a question.
type Periods struct {
	Mail    time.Duration // the words of notices, and mails in the second copy
	Linking time.Duration // who they name: with it the family is not found again
	Audit   time.Duration // what people wrote
}

// Retention erases what its time has come for. It follows the log once for each
// period, as far behind its end as that is long: every item is met once more
// when the last of its commits comes by. What waits in the queue or is held is
// left, and met again when that ends.
type Retention struct {
	Book    *intake.Book
	Log     intake.Log
	Places  intake.Places
	Out     Outbox // keeps its positions
	Stamp   Stamp
	Periods Periods

	behind [4]cursor
	next   time.Time
}

// retentionEvery is how often the retention looks when nothing is left to do.
const retentionEvery = time.Minute

// margin is how much older than its period a commit is when its items are
// looked at: the clocks of servers differ.
const margin = 24 * time.Hour

// part is one kind of what is erased together.
type part struct {
	name                  string
	after                 time.Duration
	text, identity, words bool
}

func (r *Retention) parts() []part {
	return []part{
		{name: "retention_mail", after: r.Periods.Mail, text: true},
		{name: "retention_linking", after: r.Periods.Linking, identity: true},
		{name: "retention_audit", after: r.Periods.Audit, words: true},
	}
}

// Step looks at the items whose commits have come of age, and at those that
// nobody holds back any more.
func (r *Retention) Step(ctx context.Context) (more bool, err error) {
	if r.Stamp.Now().Before(r.next) {
		return false, nil
	}
	defer func() {
		if err == nil && !more {
			r.next = r.Stamp.Now().Add(retentionEvery)
		}
	}()
	at, err := r.Book.Store.Position(ctx)
	if err != nil {
		return false, err
	}
	t, parts := trail{book: r.Book, log: r.Log, out: r.Out}, r.parts()
	for n, p := range parts {
		m, ferr := t.follow(ctx, &r.behind[n], p.name, at, func(ctx context.Context, c *triage.Commit, now *triage.Snapshot) (bool, error) {
			if r.Stamp.Now().Sub(c.At) < p.after+margin {
				return false, nil
			}
			return true, errors.Join(r.automatic(ctx, c, p), r.erase(ctx, due(now, c, p, r.Stamp.Now()), p))
		})
		more, err = more || m, errors.Join(err, ferr)
	}
	m, ferr := t.follow(ctx, &r.behind[len(parts)], "retention_holds", at, r.lifted)
	return more || m, errors.Join(err, ferr)
}

// lifted looks at what was held when its time came.
func (r *Retention) lifted(ctx context.Context, c *triage.Commit, now *triage.Snapshot) (bool, error) {
	if !slices.ContainsFunc(c.Events, func(e triage.Event) bool { _, is := e.(triage.HoldLifted); return is }) {
		return true, nil
	}
	for _, p := range r.parts() {
		if err := r.erase(ctx, due(now, c, p, r.Stamp.Now()), p); err != nil {
			return false, err
		}
	}
	return true, nil
}

// due lists the items of a commit whose time has come.
func due(now *triage.Snapshot, c *triage.Commit, p part, at time.Time) (ids []triage.ItemID) {
	for _, id := range c.Items() {
		if i := now.Items[id]; i != nil && i.JoinedInto == "" && p.due(i, at) == nil && p.left(i) {
			ids = append(ids, id)
		}
	}
	return ids
}

var errEarly = errors.New("its time has not come")

// due says why the part of an item is not to be erased yet, or nil. An item that
// was joined into another goes with it.
func (p part) due(i *triage.Item, at time.Time) error {
	if err := i.Erasable(); err != nil || i.JoinedInto != "" {
		return err
	}
	if at.Sub(last(i)) < p.after {
		return fmt.Errorf("item %s: %w", i.ID, errEarly)
	}
	return nil
}

// left tells whether there is anything of the part.
func (p part) left(i *triage.Item) bool {
	return p.words && !i.WordsErased || slices.ContainsFunc(i.Entries, p.in)
}

func (p part) in(x triage.Entry) bool {
	return p.text && !x.TextErased || p.identity && !x.IdentityErased
}

// last is when something happened to an item last.
func last(i *triage.Item) (at time.Time) {
	later := func(t time.Time) {
		if t.After(at) {
			at = t
		}
	}
	for _, x := range i.Entries {
		later(x.Received)
	}
	for _, d := range i.Decisions {
		later(d.At)
	}
	for _, m := range i.Interims {
		later(m.At)
	}
	for _, q := range i.Questions {
		later(q.At)
	}
	return at
}

// erase commits that the part of these items is erased, each notice only where
// the time of every item has come that holds a part of it.
func (r *Retention) erase(ctx context.Context, ids []triage.ItemID, p part) error {
	if len(ids) == 0 {
		return nil
	}
	_, _, err := r.Book.Append(ctx, tries, func(ctx context.Context, at uint64) (*triage.Commit, error) {
		now := r.Stamp.Now()
		plan := intake.Erasing{Log: r.Log, Store: r.Book.Store, Places: r.Places, At: at}
		for _, id := range ids {
			i, err := plan.Item(ctx, id)
			if err != nil {
				return nil, err
			}
			if p.due(i, now) != nil {
				continue
			}
			if err := p.plan(ctx, &plan, i, now); err != nil {
				return nil, err
			}
		}
		return r.commit(ctx, at, plan.Events("retention"))
	})
	if err != nil {
		return fmt.Errorf("retention: %w", err)
	}
	return nil
}

func (p part) plan(ctx context.Context, plan *intake.Erasing, i *triage.Item, now time.Time) error {
	for _, x := range i.Entries {
		if !p.in(x) {
			continue
		}
		err := plan.Notice(ctx, x, p.text, p.identity, func(o *triage.Item) error { return p.due(o, now) })
		if err != nil && !errors.Is(err, errEarly) && !errors.Is(err, triage.ErrState) {
			return err
		}
	}
	if p.words && !i.WordsErased {
		for _, x := range i.Entries { // to know what was joined into it
			if _, err := plan.Holders(ctx, x.Notice); err != nil {
				return err
			}
		}
		plan.Words(i)
	}
	return nil
}

// automatic erases the mails that stand in no item.
func (r *Retention) automatic(ctx context.Context, c *triage.Commit, p part) error {
	gone := triage.Erased{Text: true, Ground: "retention"}
	for _, e := range c.Events {
		if n, ok := e.(triage.NoticeRead); ok && n.Kind != triage.LetterNotice && n.Kind != triage.LetterCanary && p.text {
			gone.Notices = append(gone.Notices, n.Seq)
		}
	}
	if len(gone.Notices) == 0 {
		return nil
	}
	_, _, err := r.Book.Append(ctx, tries, func(ctx context.Context, at uint64) (*triage.Commit, error) {
		return r.commit(ctx, at, []triage.Event{gone})
	})
	return err
}

func (r *Retention) commit(ctx context.Context, at uint64, events []triage.Event) (*triage.Commit, error) {
	if len(events) == 0 {
		return nil, nil
	}
	snap, err := r.Book.Store.Load(ctx)
	if err != nil {
		return nil, err
	}
	if snap.Position != at {
		return nil, triage.ErrPosition
	}
	c := r.Stamp.commit(snap.Ledger, "retention")
	c.Events = events
	return c, nil
}
