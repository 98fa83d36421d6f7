package intake

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/ppn-triage/ppn-triage/triage"
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
//
// A commit that cannot be stored as it is (a mail whose reading is too large or
// cannot be encoded) is tried with fewer notices; one that fails alone is not
// read again but is for a person to read.
func (w *Worker) Step(ctx context.Context) (int, error) {
	for size := maxBatch; ; size = max(size/2, 1) {
		n, err := w.step(ctx, size, false)
		switch {
		case errors.Is(err, triage.ErrInvalid) && size == 1:
			return w.step(ctx, 1, true)
		case size == 1, !errors.Is(err, triage.ErrPosition) && !errors.Is(err, triage.ErrInvalid):
			return n, err
		}
	}
}

func (w *Worker) step(ctx context.Context, size int, unread bool) (taken int, err error) {
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
			if batch, err = w.take(ctx, rs, from, size, unread); err != nil {
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
func (w *Worker) take(ctx context.Context, rs *Ruleset, from uint64, size int, unread bool) ([]reading, error) {
	before := w.Hand.Before(from)
	if before > 0 {
		size = 1
	}
	notices, err := w.Notices.Read(ctx, from, size)
	if err != nil || len(notices) == 0 {
		return nil, err
	}
	if unread {
		return []reading{w.unreadable(notices[0], "reader_refused", "what was read of it cannot be stored")}, nil
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
	var keys []string
	for _, r := range batch {
		for _, e := range r.parts {
			keys = append(keys, keysOf(rs, e)...)
		}
	}
	sc, err := newScene(ctx, w.Book.Store, rs, at, keys)
	if err != nil {
		return nil, err
	}
	return &placing{scene: sc, worker: w, commit: triage.Commit{
		ID: uuid.Must(uuid.NewV7()).String(), Actor: triage.Actor{Name: "worker", Role: "service", Verified: true},
		At: w.Now().UTC(), Seq: at + 1,
	}}, nil
}

func (w *Worker) scorer() Scorer { return Scorer{Calendar: w.Calendar} }
