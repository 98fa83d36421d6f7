package queueapi

import (
	"context"
	"fmt"

	pb "github.com/ppn-triage/ppn-triage/api/triagev1"
	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/intake"
)

// EraseItem says in the log that an item, or one notice of it, is erased; the
// keys are deleted by the duty that follows the log. A digest's notice goes from
// every item that holds a part of it, so each of them must allow it.
func (s queueService) EraseItem(ctx context.Context, r *pb.EraseItemRequest) (*pb.EraseItemResponse, error) {
	return answer(ctx, r, func(ctx context.Context, r *pb.EraseItemRequest) (*pb.EraseItemResponse, error) {
		d, err := s.door(r.GetFrontDoor())
		if err != nil {
			return nil, err
		}
		id := triage.ItemID(r.GetItemId())
		out, err := s.do(ctx, command{
			door: d, request: r, load: []triage.ItemID{id},
			build: func(ctx context.Context, m moment) ([]triage.Event, error) {
				i, err := m.item(id, r.GetVersion())
				if err != nil {
					return nil, err
				}
				plan := intake.Erasing{Log: d.Book.Log, Store: d.Book.Store, Places: d.Queue, At: m.snap.Position}
				if err := planErasure(ctx, &plan, i, triage.NoticeID(r.GetNoticeId())); err != nil {
					return nil, err
				}
				return plan.Events(r.GetGround()), nil
			},
		})
		if err != nil {
			return nil, err
		}
		i, err := out.item(id)
		if err != nil {
			return nil, err
		}
		return &pb.EraseItemResponse{Item: s.full(d, i)}, nil
	})
}

func planErasure(ctx context.Context, plan *intake.Erasing, i *triage.Item, only triage.NoticeID) error {
	if i.JoinedInto != "" {
		return fmt.Errorf("item %s: %w: joined into item %s", i.ID, triage.ErrState, i.JoinedInto)
	}
	if err := i.Erasable(); err != nil {
		return err
	}
	found := only == ""
	for _, x := range i.Entries {
		if only != "" && x.Notice != only {
			continue
		}
		found = true
		if err := plan.Notice(ctx, x, true, true, (*triage.Item).Erasable); err != nil {
			return err
		}
	}
	switch {
	case !found:
		return fmt.Errorf("notice %s of item %s: %w", only, i.ID, triage.ErrNotFound)
	case only == "":
		plan.Words(i)
	}
	return nil
}

// PlaceHold forbids to erase anything of an item.
func (s queueService) PlaceHold(ctx context.Context, r *pb.PlaceHoldRequest) (*pb.PlaceHoldResponse, error) {
	return answer(ctx, r, func(ctx context.Context, r *pb.PlaceHoldRequest) (*pb.PlaceHoldResponse, error) {
		i, err := s.act(ctx, r, same(triage.HoldPlaced{Item: triage.ItemID(r.GetItemId()), Reason: r.GetReason()}))
		return &pb.PlaceHoldResponse{Item: i}, err
	})
}

// LiftHold takes back a hold.
func (s queueService) LiftHold(ctx context.Context, r *pb.LiftHoldRequest) (*pb.LiftHoldResponse, error) {
	return answer(ctx, r, func(ctx context.Context, r *pb.LiftHoldRequest) (*pb.LiftHoldResponse, error) {
		i, err := s.act(ctx, r, same(triage.HoldLifted{Item: triage.ItemID(r.GetItemId()), Reason: r.GetReason()}))
		return &pb.LiftHoldResponse{Item: i}, err
	})
}
