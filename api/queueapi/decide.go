package queueapi

import (
	"context"
	"fmt"
	"time"

	pb "github.com/ppn-triage/ppn-triage/api/triagev1"
	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/wire"
)

// longest is how long a person's words may be, in bytes.
const longest = 20_000

// DecideItem records decisions on children of an item.
func (s queueService) DecideItem(ctx context.Context, r *pb.DecideItemRequest) (*pb.DecideItemResponse, error) {
	c, err := s.command(r)
	if err != nil {
		return nil, toStatus(ctx, err)
	}
	decisions, err := readDecisions(r.GetDecisions())
	if err != nil {
		return nil, toStatus(ctx, err)
	}
	c.version = r.GetVersion()
	c.events = one(triage.Decided{Item: c.item, Token: r.GetToken(), Decisions: decisions})
	_, item, err := s.do(ctx, c)
	if err != nil {
		return nil, toStatus(ctx, err)
	}
	return &pb.DecideItemResponse{Item: s.full(ctx, c.door, item)}, nil
}

func readDecisions(list []*pb.Decision) (out []triage.Decision, err error) {
	if len(list) == 0 {
		return nil, invalid("decisions", "at least one")
	}
	for n, m := range list {
		at := func(field string) string { return fmt.Sprintf("decisions[%d].%s", n, field) }
		d, err := wire.DecisionFromProto(m)
		switch {
		case err != nil:
			return nil, invalid(at("strategy_at"), "not a time")
		case blank(d.Outcome):
			return nil, invalid(at("outcome"), "required")
		case blank(d.Rationale):
			return nil, invalid(at("rationale"), "required: why, in your words")
		case len(d.Rationale) > longest:
			return nil, invalid(at("rationale"), "longer than 20,000 bytes")
		case d.By != "" || !d.At.IsZero():
			return nil, invalid(at("by"), "who and when are the server's to say")
		}
		out = append(out, d)
	}
	return out, nil
}

// RecordInterim records what the out-of-hours team did. It silences the bell
// and keeps item and clock.
func (s queueService) RecordInterim(ctx context.Context, r *pb.RecordInterimRequest) (*pb.RecordInterimResponse, error) {
	c, err := s.command(r)
	if err == nil {
		err = words("words", r.GetWords())
	}
	if err != nil {
		return nil, toStatus(ctx, err)
	}
	c.events = one(triage.InterimRecorded{Item: c.item, Words: r.GetWords(), SafeWith: r.GetSafeWith()})
	_, item, err := s.do(ctx, c)
	if err != nil {
		return nil, toStatus(ctx, err)
	}
	return &pb.RecordInterimResponse{Item: s.full(ctx, c.door, item)}, nil
}

// OverrideBand sets a band by a person's judgement, with the time that band
// has from now: only this lengthens a clock.
func (s queueService) OverrideBand(ctx context.Context, r *pb.OverrideBandRequest) (*pb.OverrideBandResponse, error) {
	c, err := s.command(r)
	if err == nil {
		err = words("reason", r.GetReason())
	}
	band, berr := wire.BandFromProto(r.GetBand())
	if err == nil && (berr != nil || band == triage.BandUnknown) {
		err = invalid("band", "BLUE, GREEN, AMBER or RED")
	}
	if err != nil {
		return nil, toStatus(ctx, err)
	}
	c.events = func(_ *triage.Snapshot, i *triage.Item, _ triage.Actor, at time.Time, _ uint64) ([]triage.Event, error) {
		due := c.door.Calendar.Due(band, i.Received)
		if band > i.Band() {
			due = c.door.Calendar.Raise(i.Due, band, at)
		}
		return []triage.Event{triage.BandOverridden{Item: i.ID, Token: r.GetToken(), Band: band, Due: due, Reason: r.GetReason()}}, nil
	}
	_, item, err := s.do(ctx, c)
	if err != nil {
		return nil, toStatus(ctx, err)
	}
	return &pb.OverrideBandResponse{Item: s.full(ctx, c.door, item)}, nil
}

// words checks what a person has to say.
func words(field, v string) error {
	if blank(v) {
		return invalid(field, "required, in your words")
	}
	if len(v) > longest {
		return invalid(field, "longer than 20,000 bytes")
	}
	return nil
}
