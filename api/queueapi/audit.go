package queueapi

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"google.golang.org/grpc"

	pb "github.com/ppn-triage/ppn-triage/api/triagev1"
	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/audit"
	"github.com/ppn-triage/ppn-triage/triage/queue"
	"github.com/ppn-triage/ppn-triage/triage/wire"
)

// ListEvents sends the log's commits in order from a place on.
func (s auditService) ListEvents(r *pb.ListEventsRequest, out grpc.ServerStreamingServer[pb.ListEventsResponse]) error {
	return stream(r, out, s.events)
}

func (s auditService) events(ctx context.Context, r *pb.ListEventsRequest, out grpc.ServerStreamingServer[pb.ListEventsResponse]) error {
	d, err := s.door(r.GetFrontDoor())
	if err != nil {
		return err
	}
	item := triage.ItemID(r.GetItemId())
	return d.follow(ctx, r.GetAfterSequence(), r.GetFollow(), func(c *triage.Commit) error {
		if item != "" && !slices.Contains(c.Items(), item) {
			return nil
		}
		opened, err := d.Open(ctx, *c)
		if err != nil {
			return outage("read the log", err)
		}
		return out.Send(&pb.ListEventsResponse{Sequence: c.Seq, Commit: wire.CommitProto(&opened)})
	})
}

// followEvery is how often a follower of the log looks for more.
const followEvery = 250 * time.Millisecond

// follow visits the commits after a position, and goes on with new ones until
// ctx ends if that is wanted.
func (f *front) follow(ctx context.Context, after uint64, on bool, visit func(*triage.Commit) error) error {
	for ctx.Err() == nil {
		commits, err := f.commits(ctx, after+1, 200)
		if err != nil {
			return err
		}
		for n := range commits {
			if err := visit(&commits[n]); err != nil {
				return err
			}
			after = commits[n].Seq
		}
		if len(commits) > 0 {
			continue
		}
		if !on {
			return nil
		}
		select {
		case <-ctx.Done():
		case <-time.After(followEvery):
		}
	}
	return ctx.Err()
}

// running is a replay that goes on from call to call: a log that is too long for
// one call's time is folded in several. It is given up when nobody asks for a
// while, because it holds every item.
type running struct {
	turn  chan struct{} // one at a time
	lock  sync.Mutex
	world *audit.World
	at    time.Time // of the last commit folded
	idle  *time.Timer
}

const (
	keepRunning = 10 * time.Minute
	// inTime is what is left for the answer when a call's time runs out.
	inTime = 2 * time.Second
)

// reached folds what the log has got since the last call and shows the world
// with the time of its last commit; it must not be kept. Where the call's time does not do for it
// triage.ErrBehind says how far it has come; the next call goes on from there.
func (f *front) reached(ctx context.Context, show func(*audit.World, time.Time) error) error {
	r := &f.running
	select {
	case r.turn <- struct{}{}:
		defer func() { <-r.turn }()
	case <-ctx.Done():
		return ctx.Err()
	}
	w := r.take()
	defer r.give()
	end, limited := ctx.Deadline()
	for {
		position := w.Ledger().Seq
		if limited && time.Until(end) < inTime {
			return fmt.Errorf("%w: the log is folded up to commit %d; ask again, it goes on from there", triage.ErrBehind, position)
		}
		commits, err := f.commits(ctx, position+1, 500)
		if err != nil {
			return err
		}
		if len(commits) == 0 {
			return show(w, r.at)
		}
		if _, err := w.Apply(ctx, commits...); err != nil {
			return err
		}
		r.at = commits[len(commits)-1].At
	}
}

func (r *running) take() *audit.World {
	r.lock.Lock()
	defer r.lock.Unlock()
	if r.idle != nil {
		r.idle.Stop()
	}
	if r.world == nil {
		r.world, r.at = audit.NewWorld(nil), time.Time{}
	}
	return r.world
}

func (r *running) give() {
	r.lock.Lock()
	defer r.lock.Unlock()
	w := r.world
	r.idle = time.AfterFunc(keepRunning, func() {
		r.lock.Lock()
		defer r.lock.Unlock()
		if r.world == w {
			r.world = nil
		}
	})
}

// replay folds the log up to the last commit that is meant, in memory, and
// returns the world with the time of that commit. One replay runs at a time:
// each holds every item. A stream has no deadline of the service's, so it may
// take what the log takes (a million commits: under a minute and a half); a
// caller who goes away ends it.
func (f *front) replay(ctx context.Context, meant func(*triage.Commit) bool) (*audit.World, time.Time, error) {
	select {
	case f.replays <- struct{}{}:
		defer func() { <-f.replays }()
	case <-ctx.Done():
		return nil, time.Time{}, ctx.Err()
	}
	w, at, position := audit.NewWorld(nil), time.Time{}, uint64(0)
	for {
		commits, err := f.commits(ctx, position+1, 500)
		if err != nil || len(commits) == 0 {
			return w, at, err
		}
		for n := range commits {
			if !meant(&commits[n]) {
				return w, at, nil
			}
			if _, err := w.Apply(ctx, commits[n]); err != nil {
				return nil, at, err
			}
			position, at = commits[n].Seq, commits[n].At
		}
	}
}

// GetCheckpoint says what the log has come to, in figures to compare: it folds
// the log itself and does not ask the queue. Of a long log the first calls may
// be told to ask again.
func (s auditService) GetCheckpoint(ctx context.Context, r *pb.GetCheckpointRequest) (*pb.GetCheckpointResponse, error) {
	return answer(ctx, r, func(ctx context.Context, r *pb.GetCheckpointRequest) (*pb.GetCheckpointResponse, error) {
		d, err := s.door(r.GetFrontDoor())
		if err != nil {
			return nil, err
		}
		var out *pb.GetCheckpointResponse
		err = d.reached(ctx, func(w *audit.World, at time.Time) error {
			hash, err := w.Hash()
			ledger := w.Ledger()
			out = &pb.GetCheckpointResponse{
				Stream: d.Identity, Position: ledger.Seq, WorldHash: hash, At: wire.TimeProto(at), Ledger: wire.LedgerProto(&ledger),
			}
			return err
		})
		return out, err
	})
}

// GetWorldAt replays the log up to a place or time: the ledger, then the items
// in the order of the queue at that time, then those that had left it.
func (s auditService) GetWorldAt(r *pb.GetWorldAtRequest, out grpc.ServerStreamingServer[pb.GetWorldAtResponse]) error {
	return stream(r, out, s.world)
}

func (s auditService) world(ctx context.Context, r *pb.GetWorldAtRequest, out grpc.ServerStreamingServer[pb.GetWorldAtResponse]) error {
	d, err := s.door(r.GetFrontDoor())
	if err != nil {
		return err
	}
	until := s.cfg.Now().UTC()
	if t := r.GetTime(); t != nil {
		until = t.AsTime()
	}
	w, at, err := d.replay(ctx, func(c *triage.Commit) bool {
		switch r.GetMoment().(type) {
		case *pb.GetWorldAtRequest_Position:
			return c.Seq <= r.GetPosition()
		case *pb.GetWorldAtRequest_Time:
			return !c.At.After(until)
		}
		return true
	})
	if err != nil {
		return err
	}
	if err := s.viewed(ctx, d, "world", r.GetItemId()); err != nil {
		return err
	}
	if r.GetTime() == nil {
		until = at
	}
	ledger := w.Ledger()
	if err := out.Send(&pb.GetWorldAtResponse{Part: &pb.GetWorldAtResponse_Ledger{Ledger: wire.LedgerProto(&ledger)}}); err != nil {
		return err
	}
	items := w.Items()
	inOrder(items, d.view(until))
	for _, i := range items {
		if id := r.GetItemId(); id != "" && id != string(i.ID) {
			continue
		}
		if i, err = d.OpenItem(ctx, i); err != nil {
			return outage("read the log", err)
		}
		m := wire.ItemProto(i)
		m.FrontDoor = d.Name
		if err := out.Send(&pb.GetWorldAtResponse{Part: &pb.GetWorldAtResponse_Item{Item: m}}); err != nil {
			return err
		}
	}
	return nil
}

// inOrder sorts items as the queue does, those that are not in it last.
func inOrder(items []*triage.Item, v queue.View) {
	slices.SortStableFunc(items, func(a, b *triage.Item) int {
		switch in, too := a.Queued(), b.Queued(); {
		case in && too:
			return v.Compare(queue.KeyOf(a), queue.KeyOf(b))
		case in:
			return -1
		case too:
			return 1
		}
		return 0
	})
}
