package queueapi

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/queue"
)

// standing is how far an answer is behind what has been accepted.
type standing struct {
	applied, log, unread uint64
	degraded             string
}

// slack is how many commits the queue may lack for a call to bring them in by
// itself; if it lacks more it is being rebuilt.
const slack = 64

// current loads items from a queue that has taken in every commit that was in
// the log when it was asked. A queue that is being rebuilt is
// triage.ErrBehind: an answer from it might be a short list.
func (f *front) current(ctx context.Context, ids ...triage.ItemID) (*triage.Snapshot, standing, error) {
	snap, err := f.Queue.Load(ctx, ids...)
	if err != nil {
		return nil, standing{}, err
	}
	notices, commits, err := f.Ends(ctx)
	if err != nil {
		return nil, standing{}, fmt.Errorf("%w: the log does not answer: %w", triage.ErrBehind, err)
	}
	if snap.Position < commits {
		if snap.Position == 0 || snap.Position+slack < commits {
			return nil, standing{}, fmt.Errorf("%w: it stands at %d of %d", triage.ErrBehind, snap.Position, commits)
		}
		if _, err := f.Book.CatchUp(ctx); err != nil {
			return nil, standing{}, err
		}
		if snap, err = f.Queue.Load(ctx, ids...); err != nil {
			return nil, standing{}, err
		}
		if snap.Position < commits {
			return nil, standing{}, fmt.Errorf("%w: it stands at %d of %d", triage.ErrBehind, snap.Position, commits)
		}
	}
	st := standing{applied: snap.Position, log: max(commits, snap.Position)}
	if notices > snap.Ledger.Through {
		st.unread = notices - snap.Ledger.Through
	}
	if err := snap.Ledger.Check(); err != nil {
		st.degraded = "the counts of notices and items contradict each other: tell the operator"
	}
	return snap, st, nil
}

// item finds one item.
func (f *front) item(ctx context.Context, id string) (*triage.Item, standing, error) {
	snap, st, err := f.current(ctx, triage.ItemID(id))
	if err != nil {
		return nil, st, err
	}
	i, ok := snap.Items[triage.ItemID(id)]
	if !ok {
		return nil, st, fmt.Errorf("item %s: %w", id, triage.ErrNotFound)
	}
	return i, st, nil
}

// commits reads the log. One that does not answer is triage.ErrBehind.
func (f *front) commits(ctx context.Context, from uint64, most int) ([]triage.Commit, error) {
	commits, err := f.Log.ReadCommits(ctx, from, most)
	if err != nil {
		return nil, outage("read the log", err)
	}
	return commits, nil
}

// commit reads one commit that is in the log.
func (f *front) commit(ctx context.Context, seq uint64) (*triage.Commit, error) {
	commits, err := f.commits(ctx, seq, 1)
	if err == nil && len(commits) == 0 {
		err = fmt.Errorf("read commit %d: %w", seq, triage.ErrChain)
	}
	if err != nil {
		return nil, err
	}
	return &commits[0], nil
}

// outage tells what does not answer from what cannot be.
func outage(what string, err error) error {
	for _, o := range outcomes {
		if errors.Is(err, o.is) {
			return fmt.Errorf("%s: %w", what, err)
		}
	}
	return fmt.Errorf("%s: %w: %w", what, triage.ErrBehind, err)
}

func (f *front) view(now time.Time) queue.View { return f.Calendar.View(now) }

func (f *front) tier(i *triage.Item, now time.Time) int {
	return f.view(now).Tier(i.Band(), i.Due)
}

// chunk is how many rows are read in one step.
const chunk = 200

// walk visits the queue as it stands now, from a place on, until visit returns
// false. Every row reflects at least the position that it returns. An item that
// moves down while it is read is visited where it was met first, and once.
func (f *front) walk(ctx context.Context, now time.Time, from *cursor, visit func(*triage.Snapshot, triage.Row) bool) (standing, error) {
	before, st, err := f.current(ctx)
	if err != nil {
		return st, err
	}
	v, start, seen := f.view(now), uint64(0), map[triage.ItemID]bool{}
	if from != nil {
		start = from.At
	}
	for _, stretch := range v.Ranges(start) {
		m := merge{door: f, view: v, least: before.Position}
		for _, r := range stretch {
			m.parts = append(m.parts, &part{rng: r})
		}
		for {
			row, snap, err := m.next(ctx)
			if err != nil {
				return st, err
			}
			if row == nil {
				break
			}
			if seen[row.Item.ID] || from != nil && !after(v, *row, from) {
				continue
			}
			seen[row.Item.ID] = true
			if !visit(snap, *row) {
				return st, nil
			}
		}
	}
	return st, nil
}

func after(v queue.View, r triage.Row, c *cursor) bool {
	at := v.At(r.Order)
	return at > c.At || at == c.At && r.Member > c.Member
}

// merge reads the ranges of a stretch side by side in one order.
type merge struct {
	door  *front
	view  queue.View
	least uint64 // position that every page must have reached: Redis may be wiped meanwhile
	parts []*part
}

// part is a range with the rows read ahead of it.
type part struct {
	rng  queue.Range
	rows []triage.Row
	last *triage.Row
	snap *triage.Snapshot
	end  bool
}

func (m *merge) next(ctx context.Context) (*triage.Row, *triage.Snapshot, error) {
	var best *part
	for _, p := range m.parts {
		if err := m.fill(ctx, p); err != nil {
			return nil, nil, err
		}
		if len(p.rows) > 0 && (best == nil || m.before(p.rows[0], best.rows[0])) {
			best = p
		}
	}
	if best == nil {
		return nil, nil, nil
	}
	row := best.rows[0]
	best.rows = best.rows[1:]
	return &row, best.snap, nil
}

func (m *merge) before(a, b triage.Row) bool {
	return cmp.Or(cmp.Compare(m.view.At(a.Order), m.view.At(b.Order)), strings.Compare(a.Member, b.Member)) < 0
}

func (m *merge) fill(ctx context.Context, p *part) error {
	if p.end || len(p.rows) > 0 {
		return nil
	}
	snap, rows, err := m.door.Queue.Page(ctx, p.rng.Min, p.rng.Max, p.last, chunk)
	if err != nil {
		return err
	}
	if snap.Position < m.least {
		return fmt.Errorf("%w: it was emptied while it was read", triage.ErrBehind)
	}
	p.snap, p.rows, p.end = snap, rows, len(rows) < chunk
	if len(rows) > 0 {
		p.last = &rows[len(rows)-1]
	}
	return nil
}
