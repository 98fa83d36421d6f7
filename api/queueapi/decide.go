package queueapi

import (
	"context"
	"fmt"
	"slices"

	pb "github.com/ppn-triage/ppn-triage/api/triagev1"
	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/wire"
)

// DecideItem records decisions on children of an item.
func (s queueService) DecideItem(ctx context.Context, r *pb.DecideItemRequest) (*pb.DecideItemResponse, error) {
	return answer(ctx, r, func(ctx context.Context, r *pb.DecideItemRequest) (*pb.DecideItemResponse, error) {
		decisions, err := readDecisions(r.GetDecisions())
		if err != nil {
			return nil, err
		}
		i, err := s.act(ctx, r, same(triage.Decided{Item: triage.ItemID(r.GetItemId()), Token: r.GetToken(), Decisions: decisions}))
		return &pb.DecideItemResponse{Item: i}, err
	})
}

func readDecisions(list []*pb.Decision) (out []triage.Decision, err error) {
	for n, m := range list {
		d, err := wire.DecisionFromProto(m)
		if err != nil {
			return nil, invalid(fmt.Sprintf("decisions[%d]", n), "not readable")
		}
		if d.Consent == "dispensed" && blank(d.ConsentWhy) {
			return nil, invalid(fmt.Sprintf("decisions[%d].consent_why", n), "required: why consent was dispensed with")
		}
		out = append(out, d)
	}
	return out, nil
}

// RecordInterim records what the out-of-hours team did. It silences the bell
// and keeps item and clock.
func (s queueService) RecordInterim(ctx context.Context, r *pb.RecordInterimRequest) (*pb.RecordInterimResponse, error) {
	return answer(ctx, r, func(ctx context.Context, r *pb.RecordInterimRequest) (*pb.RecordInterimResponse, error) {
		i, err := s.act(ctx, r, same(triage.InterimRecorded{Item: triage.ItemID(r.GetItemId()), Words: r.GetWords(), SafeWith: r.GetSafeWith()}))
		return &pb.RecordInterimResponse{Item: i}, err
	})
}

// AnswerBell says that the caller has heard the bell of an item and sees to it.
// The bell falls silent until there is news; item and clock stay.
func (s queueService) AnswerBell(ctx context.Context, r *pb.AnswerBellRequest) (*pb.AnswerBellResponse, error) {
	return answer(ctx, r, func(ctx context.Context, r *pb.AnswerBellRequest) (*pb.AnswerBellResponse, error) {
		i, err := s.act(ctx, r, func(_ moment, i *triage.Item) (triage.Event, error) {
			e := triage.BellAnswered{Item: i.ID}
			if news := i.News(); news != nil {
				e.Notice = news.Notice
			}
			return e, nil
		})
		return &pb.AnswerBellResponse{Item: i}, err
	})
}

// OverrideBand sets a band by a person's judgement. A lower one has the time of
// that band, counted from the receipt: only this lengthens a clock. A higher
// one is never due later than before.
func (s queueService) OverrideBand(ctx context.Context, r *pb.OverrideBandRequest) (*pb.OverrideBandResponse, error) {
	return answer(ctx, r, func(ctx context.Context, r *pb.OverrideBandRequest) (*pb.OverrideBandResponse, error) {
		d, err := s.door(r.GetFrontDoor())
		if err != nil {
			return nil, err
		}
		band, err := wire.BandFromProto(r.GetBand())
		if err != nil {
			return nil, invalid("band", "BLUE, GREEN, AMBER or RED")
		}
		i, err := s.act(ctx, r, func(m moment, i *triage.Item) (triage.Event, error) {
			due := i.Due
			switch at := i.Clocked(); {
			case band > i.Band():
				due = d.Calendar.Raise(i.Due, band, m.now)
			case band < i.Band() && len(at) > 0:
				due = d.Calendar.Due(band, i.Entries[at[0]].Received)
			}
			return triage.BandOverridden{Item: i.ID, Token: r.GetToken(), Band: band, Due: due, Reason: r.GetReason()}, nil
		})
		return &pb.OverrideBandResponse{Item: i}, err
	})
}

// AskPolice asks a force about an item. The item stays and its clock runs; the
// relay sends the question with the item's references, and the answer comes in
// as a notice.
func (s queueService) AskPolice(ctx context.Context, r *pb.AskPoliceRequest) (*pb.AskPoliceResponse, error) {
	return answer(ctx, r, func(ctx context.Context, r *pb.AskPoliceRequest) (*pb.AskPoliceResponse, error) {
		i, err := s.act(ctx, r, func(_ moment, i *triage.Item) (triage.Event, error) {
			force := addressee(i, r.GetForce())
			if force == "" {
				return nil, invalid("force", "no notice of this item is from that force")
			}
			if i.Discloses(force, r.GetQuestion()) {
				return nil, invalid("question", "it names somebody whom that force has not named: a question says no more than the force has sent")
			}
			return triage.PoliceAsked{Item: i.ID, Force: force, Question: r.GetQuestion()}, nil
		})
		return &pb.AskPoliceResponse{Item: i}, err
	})
}

// addressee is the force that handed in a notice of the item, by its own code or
// that of the form; where none is named, the newest one's. Empty if there is none.
func addressee(i *triage.Item, named string) string {
	if news := i.News(); named == "" && news != nil {
		return news.Sender()
	}
	for _, e := range slices.Backward(i.Entries) {
		if e.Sender() == named || e.Reading.Force == named {
			return e.Sender()
		}
	}
	return ""
}
