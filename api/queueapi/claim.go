package queueapi

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/ppn-triage/ppn-triage/api/guard"
	pb "github.com/ppn-triage/ppn-triage/api/triagev1"
	"github.com/ppn-triage/ppn-triage/triage"
)

// ClaimItem gives one item to the caller.
func (s queueService) ClaimItem(ctx context.Context, r *pb.ClaimItemRequest) (*pb.ClaimItemResponse, error) {
	c, err := s.command(r)
	if err != nil {
		return nil, toStatus(ctx, err)
	}
	c.version = r.GetVersion()
	c.events = func(snap *triage.Snapshot, i *triage.Item, by triage.Actor, at time.Time, seq uint64) ([]triage.Event, error) {
		until, err := s.lease(r.GetLease(), at)
		if err != nil {
			return nil, err
		}
		return s.claim(snap, i, by, until, seq)
	}
	commit, item, err := s.do(ctx, c)
	if err != nil {
		return nil, toStatus(ctx, err)
	}
	return &pb.ClaimItemResponse{Item: s.full(ctx, c.door, item), Token: tokenOf(commit)}, nil
}

// claim makes the events that give an item to somebody: a claim that has run
// out is ended first, in the same commit, so nobody waits for the clock.
func (s *Server) claim(snap *triage.Snapshot, i *triage.Item, by triage.Actor, until time.Time, seq uint64) (events []triage.Event, err error) {
	now := s.cfg.Now()
	held := 0
	for id, c := range snap.Ledger.Claims {
		if c.By == by.Name && id != i.ID && now.Before(c.Until) {
			held++
		}
	}
	if held >= s.cfg.ClaimCap {
		return nil, fmt.Errorf("%w: %d held, %d allowed; decide or release one first", triage.ErrClaimCap, held, s.cfg.ClaimCap)
	}
	if i.Claim != nil && !now.Before(i.Claim.Until) {
		events = append(events, triage.ClaimExpired{Item: i.ID, Token: i.Claim.Token})
	}
	return append(events, triage.Claimed{Item: i.ID, Token: seq, Until: until}), nil
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
	d, err := s.door(r.GetFrontDoor())
	if err == nil {
		err = checkUUID("request_id", r.GetRequestId())
	}
	if err != nil {
		return nil, toStatus(ctx, err)
	}
	filter, err := newFilter(r.GetFilter())
	if err != nil {
		return nil, toStatus(ctx, err)
	}
	commit, item, err := s.claimNext(ctx, d, r, filter)
	if err != nil {
		return nil, toStatus(ctx, err)
	}
	if item == nil {
		return &pb.ClaimNextResponse{}, nil
	}
	return &pb.ClaimNextResponse{Item: s.full(ctx, d, item), Token: tokenOf(commit)}, nil
}

func (s queueService) claimNext(ctx context.Context, d *front, r *pb.ClaimNextRequest, filter filter) (*triage.Commit, *triage.Item, error) {
	actor, ok := guard.Caller(ctx)
	if !ok {
		return nil, nil, fmt.Errorf("%w: no caller", triage.ErrInvalid)
	}
	var first *triage.Commit
	commit, items, err := d.Book.Append(ctx, tries, func(ctx context.Context, at uint64) (c *triage.Commit, err error) {
		if first, err = d.firstAnswer(ctx, r.GetRequestId()); first != nil || err != nil {
			return nil, err
		}
		now := s.cfg.Now().UTC()
		until, err := s.lease(r.GetLease(), now)
		if err != nil {
			return nil, err
		}
		next, snap, err := s.next(ctx, d, filter, now)
		if next == nil || err != nil {
			return nil, err
		}
		if snap.Position != at {
			return nil, triage.ErrPosition
		}
		events, err := s.claim(snap, next, actor, until, at+1)
		return &triage.Commit{
			ID: uuid.Must(uuid.NewV7()).String(), RequestID: r.GetRequestId(), Actor: actor, At: now,
			Through: snap.Ledger.Through, Events: events,
		}, err
	})
	switch {
	case err != nil:
		return nil, nil, err
	case first != nil:
		return s.repeat(ctx, command{door: d, request: r.GetRequestId()}, first, actor)
	case commit == nil:
		return nil, nil, nil
	}
	return commit, items[0], nil
}

// next finds the first item of the queue that nobody holds, with the snapshot
// of the page it stands on.
func (s *Server) next(ctx context.Context, d *front, filter filter, now time.Time) (*triage.Item, *triage.Snapshot, error) {
	var found *triage.Item
	var at *triage.Snapshot
	err := d.walk(ctx, now, nil, func(snap *triage.Snapshot, row triage.Row) bool {
		i := row.Item
		free := i.Claim == nil || !now.Before(i.Claim.Until)
		if free && filter.match(i, d.tier(i, now)) {
			found, at = i, snap
		}
		return found == nil
	})
	return found, at, err
}

// RenewClaim moves the end of the caller's claim.
func (s queueService) RenewClaim(ctx context.Context, r *pb.RenewClaimRequest) (*pb.RenewClaimResponse, error) {
	c, err := s.command(r)
	if err != nil {
		return nil, toStatus(ctx, err)
	}
	c.events = func(_ *triage.Snapshot, i *triage.Item, _ triage.Actor, at time.Time, _ uint64) ([]triage.Event, error) {
		until, err := s.lease(r.GetLease(), at)
		return []triage.Event{triage.ClaimRenewed{Item: i.ID, Token: r.GetToken(), Until: until}}, err
	}
	_, item, err := s.do(ctx, c)
	if err != nil {
		return nil, toStatus(ctx, err)
	}
	return &pb.RenewClaimResponse{Item: s.full(ctx, c.door, item), Token: r.GetToken()}, nil
}

// ReleaseItem gives an item back with its age. A skip needs a reason.
func (s queueService) ReleaseItem(ctx context.Context, r *pb.ReleaseItemRequest) (*pb.ReleaseItemResponse, error) {
	c, err := s.command(r)
	if err == nil && r.GetSkip() && blank(r.GetReason()) {
		err = invalid("reason", "a skip needs one")
	}
	if err != nil {
		return nil, toStatus(ctx, err)
	}
	c.events = one(triage.Released{Item: c.item, Token: r.GetToken(), Reason: r.GetReason()})
	_, item, err := s.do(ctx, c)
	if err != nil {
		return nil, toStatus(ctx, err)
	}
	return &pb.ReleaseItemResponse{Item: s.full(ctx, c.door, item)}, nil
}

// one makes a command of a single event that needs nothing of the item.
func one(e triage.Event) func(*triage.Snapshot, *triage.Item, triage.Actor, time.Time, uint64) ([]triage.Event, error) {
	return func(*triage.Snapshot, *triage.Item, triage.Actor, time.Time, uint64) ([]triage.Event, error) {
		return []triage.Event{e}, nil
	}
}
