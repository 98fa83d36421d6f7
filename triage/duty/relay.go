package duty

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/intake"
)

// Outbox sends messages to the forces and the desk. Sending a message again is
// harmless. Last returns the newest message of a kind about a sequence, or
// triage.ErrNotFound.
type Outbox interface {
	Send(ctx context.Context, to, kind string, seq uint64, data []byte) error
	Last(ctx context.Context, to, kind string, seq uint64) ([]byte, error)
}

// Relay tells the outside what the log says: a receipt to the force once the
// mail and the commit that took it in stand in the second copy, an alert to the
// desk for what cannot wait. It follows the log by position; the position is
// itself a message, so any node goes on where another stopped.
type Relay struct {
	Book *intake.Book
	Log  intake.Log
	Out  Outbox

	at    uint64
	known bool
}

// Receipt is what a force is told of a mail it sent. It holds nothing of the
// mail, no score and no name.
type Receipt struct {
	Notice      triage.NoticeID `json:"notice_id"`
	Seq         uint64          `json:"seq"` // in the notices stream: what the publish was answered with
	SHA256      string          `json:"sha256"`
	Received    time.Time       `json:"received"`
	Kind        string          `json:"kind"` // "notice" or "not_a_notice"
	Already     bool            `json:"already_received"`
	Readable    bool            `json:"readable"`
	ArchivedSeq uint64          `json:"archived_through"`
}

// Alert is what the desk is told at once: no name, only the item.
type Alert struct {
	Item  triage.ItemID `json:"item_id"`
	What  string        `json:"what"` // "red", "breach_risk", "overdue"
	Due   time.Time     `json:"due,omitzero"`
	Since time.Time     `json:"since"`
}

// relayBatch is how many commits are relayed before the position is saved.
const relayBatch = 200

// Step relays the commits that have come into the second copy.
func (r *Relay) Step(ctx context.Context) (bool, error) {
	if err := r.start(ctx); err != nil {
		return false, err
	}
	snap, err := r.Book.Store.Load(ctx)
	if err != nil {
		return false, err
	}
	safe := snap.Ledger.Archived
	if safe.Commits <= r.at {
		return false, nil
	}
	commits, err := r.Log.ReadCommits(ctx, r.at+1, relayBatch)
	if err != nil {
		return false, err
	}
	done := r.at
	for n := range commits {
		c := &commits[n]
		if c.Seq > safe.Commits || c.Through > safe.Notices {
			break
		}
		if err := r.relay(ctx, c, safe); err != nil {
			return false, err
		}
		done = c.Seq
	}
	if done == r.at {
		return false, nil
	}
	if err := r.Out.Send(ctx, relayName, positionKind, 0, []byte(strconv.FormatUint(done, 10))); err != nil {
		return false, err
	}
	r.at = done
	return len(commits) == relayBatch, nil
}

// Where the relay keeps its own position among the messages it sends.
const relayName, positionKind = "relay", "position"

func (r *Relay) start(ctx context.Context) error {
	if r.known {
		return nil
	}
	b, err := r.Out.Last(ctx, relayName, positionKind, 0)
	switch {
	case errors.Is(err, triage.ErrNotFound):
	case err != nil:
		return err
	default:
		if r.at, err = strconv.ParseUint(string(b), 10, 64); err != nil {
			return fmt.Errorf("relay position: %w", err)
		}
	}
	r.known = true
	return nil
}

func (r *Relay) relay(ctx context.Context, c *triage.Commit, safe triage.Archived) error {
	for _, e := range c.Events {
		var err error
		switch e := e.(type) {
		case triage.NoticeRead:
			err = r.send(ctx, e.Force, "receipt", e.Seq, receipt(c, e, safe))
		case triage.ItemScored:
			if e.Score.Band == triage.Red && !e.Rescore {
				err = r.send(ctx, "desk", "alert", c.Seq, Alert{Item: e.Item, What: "red", Due: e.Due, Since: c.At})
			}
		case triage.BreachRisk:
			err = r.send(ctx, "desk", "alert", c.Seq, Alert{Item: e.Item, What: "breach_risk", Since: c.At})
		case triage.Overdue:
			err = r.send(ctx, "desk", "alert", c.Seq, Alert{Item: e.Item, What: "overdue", Since: c.At})
		}
		if err != nil {
			return fmt.Errorf("relay commit %d: %w", c.Seq, err)
		}
	}
	return nil
}

func (r *Relay) send(ctx context.Context, to, kind string, seq uint64, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return r.Out.Send(ctx, to, kind, seq, data)
}

// receipt gathers what the commit says of the notice.
func receipt(c *triage.Commit, n triage.NoticeRead, safe triage.Archived) Receipt {
	out := Receipt{
		Notice: n.Notice, Seq: n.Seq, SHA256: n.SHA256, Received: n.Received, Kind: "not_a_notice",
		Readable: true, ArchivedSeq: safe.Notices,
	}
	if n.Kind == triage.LetterNotice {
		out.Kind = "notice"
	}
	for _, e := range c.Events {
		var entry triage.Entry
		switch e := e.(type) {
		case triage.ItemOpened:
			entry = e.Entry
		case triage.NoticeJoined:
			entry = e.Entry
		}
		if entry.Notice != n.Notice {
			continue
		}
		out.Already = out.Already || entry.Relation == triage.RelationResend
		out.Readable = out.Readable && entry.Readable
	}
	return out
}
