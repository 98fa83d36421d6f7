package intake

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/link"
	"github.com/ppn-triage/ppn-triage/triage/queue"
)

// Notices is the stream of mails. Read returns what follows by position, at
// most max notices and about 8 MB, or triage.ErrChain if one is missing.
type Notices interface {
	Read(ctx context.Context, from uint64, max int) ([]Notice, error)
}

// Hand remembers over a crash which notices were being read. Before says how
// often the program ended uncleanly with that notice in hand; Take takes
// notices in hand, Drop puts them down.
type Hand interface {
	Before(seq uint64) int
	Take(from, to uint64) error
	Drop() error
}

// Worker takes in notices. All fields are required.
type Worker struct {
	Book      *Book
	Notices   Notices
	Hand      Hand
	Letter    func(mail []byte) triage.Letter
	Rules     func(ctx context.Context, l triage.Ledger) (*Ruleset, error) // the active ruleset
	Calendar  *queue.Calendar
	Now       func() time.Time
	FrontDoor string
	Stream    string // identity of the notices stream
	Program   string // version, for the trail
}

// maxBatch is how many notices one commit takes in at most (design, section 3).
const maxBatch = 200

// maxCommit keeps a commit under the stream's limit of 1 MB with room to
// spare: facts and reasons of one notice are a few kilobytes.
const maxCommit = 700 << 10

// Step takes in the next notices and returns how many; 0 when there is none.
// A notice is taken in exactly once, whoever else takes in notices at the same
// time: the commit that takes it in moves Through, and only one commit can.
func (w *Worker) Step(ctx context.Context) (int, error) {
	for size := maxBatch; ; size /= 2 {
		n, err := w.step(ctx, max(size, 1))
		if !errors.Is(err, triage.ErrPosition) || size <= 1 {
			return n, err
		}
	}
}

func (w *Worker) step(ctx context.Context, size int) (taken int, err error) {
	var batch []reading
	var first uint64
	defer func() {
		if len(batch) > 0 {
			err = errors.Join(err, w.Hand.Drop())
		}
	}()
	_, _, err = w.Book.Append(ctx, 3, func(ctx context.Context, at uint64) (*triage.Commit, error) {
		snap, err := w.Book.Store.Load(ctx)
		if err != nil {
			return nil, err
		}
		if snap.Position != at {
			return nil, triage.ErrPosition
		}
		rs, err := w.Rules(ctx, snap.Ledger)
		if err != nil {
			return nil, err
		}
		if from := snap.Ledger.Through + 1; batch == nil || from != first {
			if batch, err = w.take(ctx, rs, from, size); err != nil {
				return nil, err
			}
			first = from
		}
		if len(batch) == 0 {
			taken = 0
			return nil, nil
		}
		c, err := w.commit(ctx, rs, at, batch)
		if err == nil {
			taken = int(c.Through - snap.Ledger.Through)
		}
		return c, err
	})
	return taken, err
}

// take reads the next notices. A batch that the program died over is read one
// by one; a notice that it died over twice is not read a third time.
func (w *Worker) take(ctx context.Context, rs *Ruleset, from uint64, size int) ([]reading, error) {
	before := w.Hand.Before(from)
	if before > 0 {
		size = 1
	}
	notices, err := w.Notices.Read(ctx, from, size)
	if err != nil || len(notices) == 0 {
		return nil, err
	}
	if before >= 2 {
		return []reading{w.unreadable(notices[0], "reader_died", "reading it has ended the program twice")}, nil
	}
	if err := w.Hand.Take(from, notices[len(notices)-1].Seq); err != nil {
		return nil, err
	}
	return w.readAll(rs, notices), nil
}

// commit links and scores the batch against the state at a position. It takes
// in as many notices as one commit can hold.
func (w *Worker) commit(ctx context.Context, rs *Ruleset, at uint64, batch []reading) (*triage.Commit, error) {
	p, err := w.prepare(ctx, rs, at, batch)
	if err != nil {
		return nil, err
	}
	size := 0
	for _, r := range batch {
		if size += weigh(r); size > maxCommit && len(p.commit.Events) > 0 {
			break
		}
		p.commit.Events = append(p.commit.Events, r.event)
		p.commit.Through = r.event.Seq
		for _, e := range r.parts {
			if err := p.place(e); err != nil {
				return nil, fmt.Errorf("place notice %d: %w", r.event.Seq, err)
			}
		}
	}
	return &p.commit, nil
}

// weigh estimates the encoded bytes of a notice's events: the reading twice
// over (entry and reasons), and the children.
func weigh(r reading) int {
	n := 1 << 10
	for _, e := range r.parts {
		n += 2<<10 + 600*len(e.Reading.Facts) + 600*len(e.Reading.People)
	}
	return n
}

// prepare reads every candidate of the batch, and the items they are linked
// to, all of one position.
func (w *Worker) prepare(ctx context.Context, rs *Ruleset, at uint64, batch []reading) (*placing, error) {
	p := &placing{worker: w, rules: rs, records: map[triage.ItemID]link.Record{}, byKey: map[string][]triage.ItemID{}, items: map[triage.ItemID]*triage.Item{}}
	p.commit = triage.Commit{
		ID: uuid.Must(uuid.NewV7()).String(), Actor: triage.Actor{Name: "worker", Role: "service", Verified: true},
		At: w.Now().UTC(), Seq: at + 1,
	}
	var keys []string
	for _, r := range batch {
		for _, e := range r.parts {
			keys = append(keys, keysOf(rs, e)...)
		}
	}
	snap, found, err := w.Book.Store.Candidates(ctx, union(keys, nil))
	if err != nil {
		return nil, err
	}
	var ids []triage.ItemID
	for _, c := range found {
		r, err := link.DecodeRecord(c.Record)
		if err != nil {
			return nil, fmt.Errorf("candidate %s: %w", c.Item, err)
		}
		p.learn(r)
		ids = append(ids, c.Item)
	}
	if snap.Position != at {
		return nil, triage.ErrPosition
	}
	if ids, err = p.load(ctx, at, ids); err != nil {
		return nil, err
	}
	_, err = p.load(ctx, at, ids)
	return p, err
}

// load brings in items as they stand at the position, and returns the ids of
// those that they are linked to and that are not in yet: history needs them.
func (p *placing) load(ctx context.Context, at uint64, ids []triage.ItemID) (linked []triage.ItemID, err error) {
	if len(ids) == 0 {
		return nil, nil
	}
	snap, err := p.worker.Book.Store.Load(ctx, ids...)
	if err != nil {
		return nil, err
	}
	if snap.Position != at {
		return nil, triage.ErrPosition
	}
	for id, i := range snap.Items {
		p.items[id] = i.Clone()
	}
	for _, i := range snap.Items {
		for _, l := range i.Links {
			if p.items[l.To] == nil {
				linked = append(linked, l.To)
			}
		}
	}
	return linked, nil
}
