package queueapi

import (
	"context"
	"slices"
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
		return out.Send(&pb.ListEventsResponse{Sequence: c.Seq, Commit: wire.CommitProto(c)})
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

// replay folds the log up to the last commit that is meant, in memory, and
// returns the world with the time of that commit. One replay runs at a time:
// each holds every item.
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
// the log itself and does not ask the queue.
func (s auditService) GetCheckpoint(ctx context.Context, r *pb.GetCheckpointRequest) (*pb.GetCheckpointResponse, error) {
	return answer(ctx, r, func(ctx context.Context, r *pb.GetCheckpointRequest) (*pb.GetCheckpointResponse, error) {
		d, err := s.door(r.GetFrontDoor())
		if err != nil {
			return nil, err
		}
		w, at, err := d.replay(ctx, func(*triage.Commit) bool { return true })
		if err != nil {
			return nil, err
		}
		hash, err := w.Hash()
		ledger := w.Ledger()
		return &pb.GetCheckpointResponse{
			Stream: d.Identity, Position: ledger.Seq, WorldHash: hash, At: wire.TimeProto(at), Ledger: wire.LedgerProto(&ledger),
		}, err
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
