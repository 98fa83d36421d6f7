package queueapi

import (
	"context"
	"fmt"
	"time"

	pb "github.com/ppn-triage/ppn-triage/api/triagev1"
	"github.com/ppn-triage/ppn-triage/triage"
)

// ClaimItem gives one item to the caller.
func (s queueService) ClaimItem(ctx context.Context, r *pb.ClaimItemRequest) (*pb.ClaimItemResponse, error) {
	return answer(ctx, r, s.claimItem)
}

func (s queueService) claimItem(ctx context.Context, r *pb.ClaimItemRequest) (*pb.ClaimItemResponse, error) {
	d, err := s.door(r.GetFrontDoor())
	if err != nil {
		return nil, err
	}
	id := triage.ItemID(r.GetItemId())
	out, err := s.do(ctx, command{
		door: d, request: r, load: []triage.ItemID{id},
		build: func(_ context.Context, m moment) ([]triage.Event, error) {
			until, err := s.lease(r.GetLease(), m.now)
			if err != nil {
				return nil, err
			}
			i, err := m.item(id, r.GetVersion())
			if err != nil {
				return nil, err
			}
			return s.claim(m, i, until)
		},
	})
	if err != nil {
		return nil, err
	}
	i, err := out.item(id)
	if err != nil {
		return nil, err
	}
	return &pb.ClaimItemResponse{Item: s.full(d, i), Token: tokenOf(out.commit)}, nil
}

// claim makes the events that give an item to somebody: a claim that has run
// out is ended first, in the same commit, so nobody waits for the clock.
func (s *Server) claim(m moment, i *triage.Item, until time.Time) (events []triage.Event, err error) {
	held := 0
	for id, c := range m.snap.Ledger.Claims {
		if c.By == m.by.Name && id != i.ID && m.now.Before(c.Until) {
			held++
		}
	}
	if held >= s.cfg.ClaimCap {
		return nil, fmt.Errorf("%w: %d held, %d allowed; decide or release one first", triage.ErrClaimCap, held, s.cfg.ClaimCap)
	}
	if i.Claim != nil && !m.now.Before(i.Claim.Until) {
		events = append(events, triage.ClaimExpired{Item: i.ID, Token: i.Claim.Token})
	}
	return append(events, triage.Claimed{Item: i.ID, Token: m.seq, Until: until}), nil
}

// tokenOf is the fencing token that a commit has given or kept.
func tokenOf(c *triage.Commit) uint64 {
	for _, e := range c.Events {
		switch e := e.(type) {
		case triage.Claimed:
			return e.Token
		case triage.ClaimRenewed:
			return e.Token
		}
	}
	return 0
}

// ClaimNext gives the caller the first item of the queue that nobody holds.
func (s queueService) ClaimNext(ctx context.Context, r *pb.ClaimNextRequest) (*pb.ClaimNextResponse, error) {
	return answer(ctx, r, s.claimNext)
}

func (s queueService) claimNext(ctx context.Context, r *pb.ClaimNextRequest) (*pb.ClaimNextResponse, error) {
	d, err := s.door(r.GetFrontDoor())
	if err != nil {
		return nil, err
	}
	filter, err := newFilter(r.GetFilter())
	if err != nil {
		return nil, err
	}
	out, err := s.do(ctx, command{
		door: d, request: r,
		build: func(ctx context.Context, m moment) ([]triage.Event, error) {
			until, err := s.lease(r.GetLease(), m.now)
			if err != nil {
				return nil, err
			}
			next, at, err := d.next(ctx, filter, m.now)
			switch {
			case next == nil || err != nil:
				return nil, err
			case at.Position+1 != m.seq:
				return nil, triage.ErrPosition
			}
			return s.claim(m, next, until)
		},
	})
	if err != nil || out.commit == nil {
		return &pb.ClaimNextResponse{}, err
	}
	return &pb.ClaimNextResponse{Item: s.full(d, out.items[0]), Token: tokenOf(out.commit)}, nil
}

// next finds the first item of the queue that nobody holds, with the snapshot
// of the page it stands on.
func (f *front) next(ctx context.Context, filter filter, now time.Time) (found *triage.Item, at *triage.Snapshot, err error) {
	_, err = f.walk(ctx, now, nil, func(snap *triage.Snapshot, row triage.Row) bool {
		i := row.Item
		free := i.Claim == nil || !now.Before(i.Claim.Until)
		if free && filter.match(i, f.tier(i, now)) {
			found, at = i, snap
		}
		return found == nil
	})
	return found, at, err
}

// RenewClaim moves the end of the caller's claim.
func (s queueService) RenewClaim(ctx context.Context, r *pb.RenewClaimRequest) (*pb.RenewClaimResponse, error) {
	return answer(ctx, r, func(ctx context.Context, r *pb.RenewClaimRequest) (*pb.RenewClaimResponse, error) {
		i, err := s.act(ctx, r, func(m moment, i *triage.Item) (triage.Event, error) {
			until, err := s.lease(r.GetLease(), m.now)
			return triage.ClaimRenewed{Item: i.ID, Token: r.GetToken(), Until: until}, err
		})
		return &pb.RenewClaimResponse{Item: i, Token: r.GetToken()}, err
	})
}

// ReleaseItem gives an item back with its age. A skip needs a reason.
func (s queueService) ReleaseItem(ctx context.Context, r *pb.ReleaseItemRequest) (*pb.ReleaseItemResponse, error) {
	return answer(ctx, r, func(ctx context.Context, r *pb.ReleaseItemRequest) (*pb.ReleaseItemResponse, error) {
		if r.GetSkip() && blank(r.GetReason()) {
			return nil, invalid("reason", "a skip needs one")
		}
		i, err := s.act(ctx, r, same(triage.Released{Item: triage.ItemID(r.GetItemId()), Token: r.GetToken(), Reason: r.GetReason()}))
		return &pb.ReleaseItemResponse{Item: i}, err
	})
}
