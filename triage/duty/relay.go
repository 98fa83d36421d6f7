package duty

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/intake"
)

// Outbox sends messages to the forces and the desk. Sending a message again is
// harmless. Last returns the newest message of a kind about a sequence, or
// triage.ErrNotFound.
type Outbox interface {
	Send(ctx context.Context, to, kind string, seq uint64, data []byte) error
	Feedback(ctx context.Context, force string, data []byte) error
	Last(ctx context.Context, to, kind string, seq uint64) ([]byte, error)
}

// Relay tells the outside what the log says: a receipt and what the notice
// lacks to the force once the mail and the commit that took it in stand in the
// second copy; at once, an alert to the desk for what cannot wait and a question
// to the force it was asked of. It follows the log by position, once for each;
// the positions are messages themselves, so any node goes on where another
// stopped.
type Relay struct {
	Book *intake.Book
	Log  intake.Log
	Out  Outbox

	alerts, receipts, questions cursor
}

// relayBatch is how many commits are relayed before the position is saved.
const relayBatch = 200

// cursor is a position in the log that outlives the program.
type cursor struct {
	at    uint64
	known bool
}

// Step relays the commits that are new, and those that have come into the
// second copy. None waits for another.
func (r *Relay) Step(ctx context.Context) (bool, error) {
	snap, err := r.Book.Store.Load(ctx)
	if err != nil {
		return false, err
	}
	t := trail{book: r.Book, log: r.Log, out: r.Out}
	moreAlerts, err := t.follow(ctx, &r.alerts, "alerts", snap.Position, r.alert)
	moreQuestions, qerr := t.follow(ctx, &r.questions, "questions", snap.Position, r.question)
	moreReceipts, rerr := t.follow(ctx, &r.receipts, "receipts", snap.Ledger.Archived.Commits, r.receipt)
	return moreAlerts || moreQuestions || moreReceipts, errors.Join(err, qerr, rerr)
}

// tell sends what a commit has to say, or returns false when it is too early.
// The items are those that the commits relayed in one go touch, as they stand.
type tell func(ctx context.Context, c *triage.Commit, now *triage.Snapshot) (bool, error)

// trail is what following the log takes, with a position that outlives the
// program.
type trail struct {
	book *intake.Book
	log  intake.Log
	out  Outbox
	bare bool // what is told needs no items
}

// follow tells the commits after the cursor up to a limit, in order, and moves
// the cursor.
func (r trail) follow(ctx context.Context, cur *cursor, name string, limit uint64, tell tell) (more bool, err error) {
	if err := r.start(ctx, cur, name); err != nil || cur.at >= limit {
		return false, err
	}
	commits, err := r.log.ReadCommits(ctx, cur.at+1, relayBatch)
	if err != nil || len(commits) == 0 {
		return false, err
	}
	var ids []triage.ItemID
	for n := range commits {
		if !r.bare {
			ids = append(ids, commits[n].Items()...)
		}
	}
	slices.Sort(ids)
	now, err := r.book.Store.Load(ctx, slices.Compact(ids)...)
	if err != nil {
		return false, err
	}
	done := cur.at
	for n := range commits {
		c := &commits[n]
		if c.Seq > min(limit, now.Position) { // beyond its position the store knows nothing of the items
			break
		}
		told, err := tell(ctx, c, now)
		if err != nil {
			return false, fmt.Errorf("relay %s of commit %d: %w", name, c.Seq, err)
		}
		if !told {
			break
		}
		done = c.Seq
	}
	if done == cur.at {
		return false, nil
	}
	if err := r.out.Send(ctx, relayName, name, 0, []byte(strconv.FormatUint(done, 10))); err != nil {
		return false, err
	}
	cur.at = done
	return len(commits) == relayBatch && done == commits[relayBatch-1].Seq, nil
}

// relayName is whom the relay addresses its own positions to.
const relayName = "relay"

func (r trail) start(ctx context.Context, cur *cursor, name string) error {
	if cur.known {
		return nil
	}
	b, err := r.out.Last(ctx, relayName, name, 0)
	switch {
	case errors.Is(err, triage.ErrNotFound):
	case err != nil:
		return err
	default:
		if cur.at, err = strconv.ParseUint(string(b), 10, 64); err != nil {
			return fmt.Errorf("relay position: %w", err)
		}
	}
	cur.known = true
	return nil
}

func (r *Relay) send(ctx context.Context, to, kind string, seq uint64, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return r.Out.Send(ctx, to, kind, seq, data)
}
