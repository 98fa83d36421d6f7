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
// notices in hand, Drop puts them down. What lies before a notice taken is past.
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

// maxCommit keeps the events of a commit under the 1 MB that the log takes,
// with room for who and when.
const maxCommit = 1<<20 - 4<<10

// deadly is how many unclean ends with a notice in hand are put down to it: the
// first may have been that of any notice of its batch.
const deadly = 2

// errRefused says that the first notice cannot be taken in as it was read.
var errRefused = errors.New("it cannot be taken in as it was read")

// Step takes in the next notices and returns how many; 0 when there is none.
// A notice is taken in exactly once, whoever else takes in notices at the same
// time: the commit that takes it in moves Through, and only one commit can.
//
// A commit that others are always quicker than, or that is refused, is tried
// with fewer notices; a notice that is refused alone (its reading is too large,
// cannot be encoded or makes the rules fail) is for a person to read.
func (w *Worker) Step(ctx context.Context) (int, error) {
	for size := maxBatch; ; size /= 2 {
		n, err := w.step(ctx, size, false)
		switch {
		case size == 1 && errors.Is(err, errRefused):
			return w.step(ctx, 1, true)
		case size == 1, !errors.Is(err, errRefused) && !errors.Is(err, triage.ErrPosition) && !errors.Is(err, triage.ErrUnknown):
			return n, err
		}
	}
}

func (w *Worker) step(ctx context.Context, size int, unread bool) (taken int, err error) {
	t := turn{Worker: w, size: size, unread: unread}
	c, _, err := w.Book.Append(ctx, 3, t.build)
	if c != nil {
		taken = notices(c)
	}
	if t.built && refused(err) {
		err = fmt.Errorf("notice %d: %w: %w", t.first, errRefused, err)
	}
	if t.inHand {
		t.trouble = errors.Join(t.trouble, w.Hand.Drop())
	}
	return taken, errors.Join(err, t.trouble)
}

func notices(c *triage.Commit) (n int) {
	for _, e := range c.Events {
		if _, ok := e.(triage.NoticeRead); ok {
			n++
		}
	}
	return n
}

// refused tells whether the answer to a commit will be the same every time.
func refused(err error) bool {
	return errors.Is(err, triage.ErrInvalid) || errors.Is(err, triage.ErrState) || errors.Is(err, triage.ErrNotFound)
}

// turn is one attempt to take in notices.
type turn struct {
	*Worker
	size   int
	unread bool // the first notice is not to be read

	batch   []reading
	first   uint64 // notice of the batch
	rules   string // hash of the ruleset that it was read with
	built   bool   // the last build made a commit
	inHand  bool
	trouble error // with the hand: no reason to let notices wait
}

// build makes the commit that takes in what follows the state at a position.
func (t *turn) build(ctx context.Context, at uint64) (*triage.Commit, error) {
	t.built = false
	snap, err := t.Book.Store.Load(ctx)
	if err != nil {
		return nil, err
	}
	if snap.Position != at {
		return nil, triage.ErrPosition
	}
	rs, err := t.Rules(ctx, snap.Ledger)
	if err != nil {
		return nil, err
	}
	if from := snap.Ledger.Through + 1; len(t.batch) == 0 || from != t.first || rs.Hash != t.rules {
		if err := t.take(ctx, rs, from); err != nil {
			return nil, err
		}
	}
	if len(t.batch) == 0 {
		return nil, nil
	}
	c, err := t.commit(ctx, rs, at)
	t.built = err == nil
	return c, err
}

// take reads the next notices. A batch that the program died over is read one
// by one; a notice that it died over twice is not read a third time.
func (t *turn) take(ctx context.Context, rs *Ruleset, from uint64) error {
	before := t.Hand.Before(from)
	if before > 0 {
		t.size = 1
	}
	found, err := t.Notices.Read(ctx, from, t.size)
	if err != nil {
		return err
	}
	for n := range found {
		if want := from + uint64(n); found[n].Seq != want {
			return fmt.Errorf("read notice %d: %w: got %d", want, triage.ErrChain, found[n].Seq)
		}
		if n > 0 && t.Hand.Before(found[n].Seq) > 0 {
			found = found[:n]
			break
		}
	}
	t.batch, t.first, t.rules = nil, from, rs.Hash
	switch {
	case len(found) == 0:
	case t.unread:
		t.batch = []reading{t.unreadable(found[0], "reader_refused", "what was read of it cannot be stored")}
	case before >= deadly:
		t.batch = []reading{t.unreadable(found[0], "reader_died", "reading it has ended the program twice")}
	default:
		t.trouble, t.inHand = t.Hand.Take(from, found[len(found)-1].Seq), true
		t.batch = t.readAll(rs, found)
	}
	return nil
}

// commit links and scores the batch against the state at a position. It takes
// in as many notices as one commit can hold, up to the first that is refused.
func (t *turn) commit(ctx context.Context, rs *Ruleset, at uint64) (*triage.Commit, error) {
	var keys []string
	for _, r := range t.batch {
		keys = append(keys, r.keys...)
	}
	sc, err := newScene(ctx, t.Book.Store, rs, at, keys)
	if err != nil {
		return nil, err
	}
	p := &placing{scene: sc, worker: t.Worker, commit: triage.Commit{
		ID: uuid.Must(uuid.NewV7()).String(), Actor: triage.Actor{Name: "worker", Role: "service", Verified: true},
		At: t.Now().UTC(), Seq: at + 1,
	}}
	for n, r := range t.batch {
		err := p.take(ctx, r)
		switch {
		case err == nil:
			continue
		case sc.trouble != nil:
			return nil, sc.trouble
		case n == 0:
			return nil, fmt.Errorf("notice %d: %w: %w", r.event.Seq, errRefused, err)
		}
		break
	}
	return &p.commit, nil
}

func (w *Worker) scorer() Scorer { return Scorer{Calendar: w.Calendar} }
