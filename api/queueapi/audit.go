package queueapi

import (
	"context"
	"slices"
	"time"

	"google.golang.org/grpc"

	pb "github.com/ppn-triage/ppn-triage/api/triagev1"
	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/wire"
)

// ListEvents sends the log's commits in order from a place on.
func (s auditService) ListEvents(r *pb.ListEventsRequest, out grpc.ServerStreamingServer[pb.ListEventsResponse]) error {
	ctx := out.Context()
	return toStatus(ctx, s.events(ctx, r, out))
}

func (s auditService) events(ctx context.Context, r *pb.ListEventsRequest, out grpc.ServerStreamingServer[pb.ListEventsResponse]) error {
	d, err := s.door(r.GetFrontDoor())
	if err == nil && r.GetItemId() != "" {
		err = checkUUID("item_id", r.GetItemId())
	}
	if err != nil {
		return err
	}
	at, item := r.GetAfterSequence(), triage.ItemID(r.GetItemId())
	for ctx.Err() == nil {
		commits, err := d.Log.ReadCommits(ctx, at+1, 200)
		if err != nil {
			return err
		}
		for n := range commits {
			at = commits[n].Seq
			if item != "" && !slices.Contains(touched(&commits[n]), item) {
				continue
			}
			if err := out.Send(&pb.ListEventsResponse{Sequence: at, Commit: wire.CommitProto(&commits[n])}); err != nil {
				return err
			}
		}
		if len(commits) > 0 {
			continue
		}
		if !r.GetFollow() {
			return nil
		}
		select {
		case <-ctx.Done():
		case <-time.After(followEvery):
		}
	}
	return ctx.Err()
}

// followEvery is how often a follower of the log looks for more.
const followEvery = 250 * time.Millisecond
