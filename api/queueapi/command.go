package queueapi

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
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
	request string
	item    triage.ItemID
	version uint64 // as the caller read it, 0 for any
	also    []triage.ItemID

	// events are made from the item as it stands; they are checked by folding
	// them. at is the server's time, seq the place the commit will have.
	events func(snap *triage.Snapshot, i *triage.Item, by triage.Actor, at time.Time, seq uint64) ([]triage.Event, error)
}

// addressed is what every request for a change of one item has.
type addressed interface {
	GetFrontDoor() string
	GetRequestId() string
	GetItemId() string
}

// command checks what all such requests share.
func (s *Server) command(r addressed) (command, error) {
	d, err := s.door(r.GetFrontDoor())
	if err != nil {
		return command{}, err
	}
	if err := checkUUID("request_id", r.GetRequestId()); err != nil {
		return command{}, err
	}
	if err := checkUUID("item_id", r.GetItemId()); err != nil {
		return command{}, err
	}
	return command{door: d, request: r.GetRequestId(), item: triage.ItemID(r.GetItemId())}, nil
}

func checkUUID(field, v string) error {
	if v == "" {
		return invalid(field, "required")
	}
	if _, err := uuid.Parse(v); err != nil {
		return invalid(field, "not a UUID")
	}
	return nil
}

// do appends the command's commit and returns it with the item as it leaves
// it. A request_id that was used before gets its first commit and the item as
// it is now; used for another item it is refused.
func (s *Server) do(ctx context.Context, c command) (*triage.Commit, *triage.Item, error) {
	actor, ok := guard.Caller(ctx)
	if !ok {
		return nil, nil, fmt.Errorf("%w: no caller", triage.ErrInvalid)
	}
	var first *triage.Commit
	commit, items, err := c.door.Book.Append(ctx, tries, func(ctx context.Context, at uint64) (*triage.Commit, error) {
		var err error
		if first, err = c.door.firstAnswer(ctx, c.request); first != nil || err != nil {
			return nil, err
		}
		snap, err := c.door.Queue.Load(ctx, append(c.also, c.item)...)
		if err != nil {
			return nil, err
		}
		if snap.Position != at {
			return nil, triage.ErrPosition
		}
		return s.build(c, snap, actor, at+1)
	})
	if err != nil {
		return nil, nil, err
	}
	if first != nil {
		return s.repeat(ctx, c, first, actor)
	}
	for _, i := range items {
		if i.ID == c.item {
			return commit, i, nil
		}
	}
	return nil, nil, fmt.Errorf("item %s: %w", c.item, triage.ErrNotFound)
}

func (s *Server) build(c command, snap *triage.Snapshot, actor triage.Actor, seq uint64) (*triage.Commit, error) {
	item, ok := snap.Items[c.item]
	if !ok {
		return nil, fmt.Errorf("item %s: %w", c.item, triage.ErrNotFound)
	}
	if c.version != 0 && c.version != item.Version {
		return nil, fmt.Errorf("item %s: %w: it is at version %d", c.item, triage.ErrStale, item.Version)
	}
	now := s.cfg.Now().UTC()
	events, err := c.events(snap, item, actor, now, seq)
	if err != nil || len(events) == 0 {
		return nil, err
	}
	return &triage.Commit{
		ID: uuid.Must(uuid.NewV7()).String(), RequestID: c.request, Actor: actor, At: now,
		Through: snap.Ledger.Through, Events: events,
	}, nil
}

// firstAnswer returns the commit that carried the request id, if there is one.
func (f *front) firstAnswer(ctx context.Context, request string) (*triage.Commit, error) {
	seq, err := f.Queue.Request(ctx, request)
	if err != nil || seq == 0 {
		return nil, err
	}
	commits, err := f.Log.ReadCommits(ctx, seq, 1)
	if err != nil || len(commits) == 0 {
		return nil, fmt.Errorf("read commit %d: %w", seq, err)
	}
	return &commits[0], nil
}

func (s *Server) repeat(ctx context.Context, c command, first *triage.Commit, actor triage.Actor) (*triage.Commit, *triage.Item, error) {
	same := first.Actor.Name == actor.Name
	for _, e := range first.Events {
		if id := e.Target(); id != "" && c.item == "" {
			c.item = id
		}
	}
	same = same && len(first.Events) > 0 && touches(first, c.item)
	if !same {
		return nil, nil, &fault{reason: pb.ErrorReason_ERROR_REASON_REQUEST_ID, text: "request_id: used before for another request", field: "request_id"}
	}
	snap, err := c.door.Queue.Load(ctx, c.item)
	if err != nil {
		return nil, nil, err
	}
	i, ok := snap.Items[c.item]
	if !ok {
		return nil, nil, fmt.Errorf("item %s: %w", c.item, triage.ErrNotFound)
	}
	return first, i, nil
}

func touches(c *triage.Commit, id triage.ItemID) bool {
	for _, e := range c.Events {
		if e.Target() == id {
			return true
		}
	}
	return false
}

// lease is the end of a claim that begins now. Nobody gets more than the
// service's own lease.
func (s *Server) lease(d *durationpb.Duration, now time.Time) (time.Time, error) {
	if d == nil {
		return now.Add(s.cfg.Lease), nil
	}
	want := d.AsDuration()
	if d.CheckValid() != nil || want <= 0 || want > s.cfg.Lease {
		return now, invalid("lease", fmt.Sprintf("more than 0 and at most %s", s.cfg.Lease))
	}
	return now.Add(want), nil
}
