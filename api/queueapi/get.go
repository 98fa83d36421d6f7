package queueapi

import (
	"context"
	"fmt"

	pb "github.com/ppn-triage/ppn-triage/api/triagev1"
	"github.com/ppn-triage/ppn-triage/triage"
)

// GetItem returns one item in full. Whoever reads it under a name is recorded.
func (s queueService) GetItem(ctx context.Context, r *pb.GetItemRequest) (*pb.GetItemResponse, error) {
	d, i, at, err := s.item(ctx, r.GetFrontDoor(), r.GetItemId())
	if err == nil {
		err = s.viewed(ctx, d, "item", string(i.ID))
	}
	if err != nil {
		return nil, toStatus(ctx, err)
	}
	return &pb.GetItemResponse{Item: s.full(ctx, d, i), AppliedPosition: at.applied}, nil
}

// item finds one item in a queue that is up to date.
func (s *Server) item(ctx context.Context, frontDoor, id string) (*front, *triage.Item, standing, error) {
	d, err := s.door(frontDoor)
	if err == nil {
		err = checkUUID("item_id", id)
	}
	if err != nil {
		return nil, nil, standing{}, err
	}
	snap, err := d.Queue.Load(ctx, triage.ItemID(id))
	if err != nil {
		return nil, nil, standing{}, err
	}
	st, err := d.fresh(ctx, snap)
	if err != nil {
		return nil, nil, standing{}, err
	}
	i, ok := snap.Items[triage.ItemID(id)]
	if !ok {
		return nil, nil, standing{}, fmt.Errorf("item %s: %w", id, triage.ErrNotFound)
	}
	return d, i, st, nil
}
