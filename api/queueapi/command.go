package queueapi

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/ppn-triage/ppn-triage/api/guard"
	pb "github.com/ppn-triage/ppn-triage/api/triagev1"
	"github.com/ppn-triage/ppn-triage/triage"
)

// tries is how often a command is tried against others' writes.
const tries = 10

// command is one change that a person asked for.
type command struct {
	door    *front
	request asked
	load    []triage.ItemID // items that build needs
	amends  bool            // it changes what was read: items are linked and scored anew in the same commit

	// build makes the events from what stands before them; they are checked by
	// folding them. None: there is nothing to do.
	build func(ctx context.Context, m moment) ([]triage.Event, error)
}

// asked is what every request for a change has.
type asked interface {
	proto.Message
	GetRequestId() string
}

// moment is what a command's events are made from.
type moment struct {
	snap *triage.Snapshot
	by   triage.Actor
	now  time.Time // the server's
	seq  uint64    // place that the commit will have
}

// item returns an item that the command has loaded, in the version that the
// caller has read (0 for any).
func (m moment) item(id triage.ItemID, version uint64) (*triage.Item, error) {
	i, ok := m.snap.Items[id]
	if !ok {
		return nil, fmt.Errorf("item %s: %w", id, triage.ErrNotFound)
	}
	if version != 0 && version != i.Version {
		return nil, fmt.Errorf("item %s: %w: it is at version %d", id, triage.ErrStale, i.Version)
	}
	return i, nil
}

// done is what became of a command: its commit and the items that it touches,
// as it left them, or for a repeated request as they are now. Without a commit
// there was nothing to do.
type done struct {
	commit *triage.Commit
	items  []*triage.Item
}

func (d done) item(id triage.ItemID) (*triage.Item, error) {
	for _, i := range d.items {
		if i.ID == id {
			return i, nil
		}
	}
	return nil, fmt.Errorf("item %s: %w", id, triage.ErrNotFound)
}

// do appends the command's commit. A request_id that was used before gets its
// first commit; used for another command it is refused.
func (s *Server) do(ctx context.Context, c command) (done, error) {
	actor, ok := guard.Caller(ctx)
	if !ok {
		return done{}, unnamed()
	}
	hash, err := fingerprint(c.request)
	if err != nil {
		return done{}, err
	}
	var first *triage.Commit
	commit, items, err := c.door.Book.Append(ctx, tries, func(ctx context.Context, at uint64) (*triage.Commit, error) {
		if first, err = c.door.firstAnswer(ctx, c.request.GetRequestId()); first != nil || err != nil {
			return nil, err
		}
		snap, err := c.door.Queue.Load(ctx, c.load...)
		if err != nil {
			return nil, err
		}
		if snap.Position != at {
			return nil, triage.ErrPosition
		}
		m := moment{snap: snap, by: actor, now: s.cfg.Now().UTC(), seq: at + 1}
		events, err := c.build(ctx, m)
		if err != nil || len(events) == 0 {
			return nil, err
		}
		commit := &triage.Commit{
			ID: uuid.Must(uuid.NewV7()).String(), RequestID: c.request.GetRequestId(), Request: hash, Actor: actor, At: m.now,
			Through: snap.Ledger.Through, Events: events, Seq: m.seq,
		}
		if c.amends {
			err = c.door.amend(ctx, snap.Ledger, commit)
		}
		return commit, err
	})
	switch {
	case err != nil:
		return done{}, err
	case first == nil:
		return done{commit, items}, nil
	case first.Request != hash || first.Actor.Name != actor.Name:
		return done{}, bad(pb.ErrorReason_ERROR_REASON_REQUEST_ID, "request_id", "used before for another request")
	}
	snap, err := c.door.Queue.Load(ctx, first.Items()...)
	if err != nil {
		return done{}, err
	}
	for _, id := range first.Items() {
		if i := snap.Items[id]; i != nil {
			items = append(items, i)
		}
	}
	return done{first, items}, nil
}

// fingerprint tells commands apart. It holds nothing that could be read back.
func fingerprint(r proto.Message) (string, error) {
	b, err := proto.MarshalOptions{Deterministic: true}.Marshal(r)
	if err != nil {
		return "", fmt.Errorf("read request: %w", err)
	}
	sum := sha256.Sum256(append([]byte(r.ProtoReflect().Descriptor().FullName()+"\x00"), b...))
	return hex.EncodeToString(sum[:16]), nil
}

// firstAnswer returns the commit that carried the request id, if there is one.
func (f *front) firstAnswer(ctx context.Context, request string) (*triage.Commit, error) {
	if request == "" {
		return nil, nil
	}
	seq, err := f.Queue.Request(ctx, request)
	if err != nil || seq == 0 {
		return nil, err
	}
	return f.commit(ctx, seq)
}

// amend completes a commit that changes what was read.
func (f *front) amend(ctx context.Context, l triage.Ledger, c *triage.Commit) error {
	rs, err := f.Rules(ctx, l)
	if err != nil {
		return err
	}
	return f.scorer().Amend(ctx, f.Book.Store, rs, c)
}

// act is a command about one item.
type act interface {
	asked
	GetFrontDoor() string
	GetItemId() string
}

// act does a command of one event on one item and returns the item.
func (s *Server) act(ctx context.Context, r act, event func(m moment, i *triage.Item) (triage.Event, error)) (*pb.Item, error) {
	return s.change(ctx, r, false, event)
}

// amend is act for what changes how the item was read.
func (s *Server) amend(ctx context.Context, r act, event func(m moment, i *triage.Item) (triage.Event, error)) (*pb.Item, error) {
	return s.change(ctx, r, true, event)
}

func (s *Server) change(ctx context.Context, r act, amends bool, event func(m moment, i *triage.Item) (triage.Event, error)) (*pb.Item, error) {
	d, err := s.door(r.GetFrontDoor())
	if err != nil {
		return nil, err
	}
	id, version := triage.ItemID(r.GetItemId()), uint64(0)
	if v, ok := r.(interface{ GetVersion() uint64 }); ok {
		version = v.GetVersion()
	}
	out, err := s.do(ctx, command{
		door: d, request: r, load: []triage.ItemID{id}, amends: amends,
		build: func(_ context.Context, m moment) ([]triage.Event, error) {
			i, err := m.item(id, version)
			if err != nil {
				return nil, err
			}
			e, err := event(m, i)
			return []triage.Event{e}, err
		},
	})
	if err != nil {
		return nil, err
	}
	i, err := out.item(id)
	if err != nil {
		return nil, err
	}
	return s.full(d, i), nil
}

// same is an event that needs nothing of the item.
func same(e triage.Event) func(moment, *triage.Item) (triage.Event, error) {
	return func(moment, *triage.Item) (triage.Event, error) { return e, nil }
}

// lease is the end of a claim that begins now. Nobody gets more than the
// service's own lease.
func (s *Server) lease(d *durationpb.Duration, now time.Time) (time.Time, error) {
	if d == nil {
		return now.Add(s.cfg.Lease), nil
	}
	if want := d.AsDuration(); want <= 0 || want > s.cfg.Lease {
		return now, invalid("lease", fmt.Sprintf("more than 0 and at most %s", s.cfg.Lease))
	}
	return now.Add(d.AsDuration()), nil
}
