package queueapi

import (
	"context"
	"fmt"

	pb "github.com/ppn-triage/ppn-triage/api/triagev1"
	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/wire"
)

// The acts here change what was read or linked. Each is one commit: the
// person's event, and for every item that it touches the rules' new answer.

// JoinItems makes one item of two. The older one survives, whichever the
// request names first; the other answers joined_into for ever.
func (s queueService) JoinItems(ctx context.Context, r *pb.JoinItemsRequest) (*pb.JoinItemsResponse, error) {
	return answer(ctx, r, s.joinItems)
}

func (s queueService) joinItems(ctx context.Context, r *pb.JoinItemsRequest) (*pb.JoinItemsResponse, error) {
	d, err := s.door(r.GetFrontDoor())
	if err != nil {
		return nil, err
	}
	a, b := triage.ItemID(r.GetItemId()), triage.ItemID(r.GetOtherItemId())
	if a == b {
		return nil, invalid("other_item_id", "the same item")
	}
	out, err := s.do(ctx, command{
		door: d, request: r, load: []triage.ItemID{a, b}, amends: true,
		build: func(_ context.Context, m moment) ([]triage.Event, error) {
			older, err := m.item(a, r.GetVersion())
			if err != nil {
				return nil, err
			}
			younger, err := m.item(b, r.GetOtherVersion())
			if err != nil {
				return nil, err
			}
			if younger.Older(older) {
				older, younger = younger, older
			}
			return []triage.Event{triage.ItemJoined{Item: older.ID, Absorbed: younger.ID, Reason: r.GetReason()}}, nil
		},
	})
	if err != nil {
		return nil, err
	}
	joined, ok := out.commit.Events[0].(triage.ItemJoined)
	if !ok {
		return nil, fmt.Errorf("commit %d joins nothing: %w", out.commit.Seq, triage.ErrChain)
	}
	i, err := out.item(joined.Item)
	if err != nil {
		return nil, err
	}
	return &pb.JoinItemsResponse{Item: s.full(d, i), AbsorbedItemId: string(joined.Absorbed)}, nil
}

// SplitNotice gives a notice an item of its own.
func (s queueService) SplitNotice(ctx context.Context, r *pb.SplitNoticeRequest) (*pb.SplitNoticeResponse, error) {
	return answer(ctx, r, s.splitNotice)
}

func (s queueService) splitNotice(ctx context.Context, r *pb.SplitNoticeRequest) (*pb.SplitNoticeResponse, error) {
	d, err := s.door(r.GetFrontDoor())
	if err != nil {
		return nil, err
	}
	id := triage.ItemID(r.GetItemId())
	out, err := s.do(ctx, command{
		door: d, request: r, load: []triage.ItemID{id}, amends: true,
		build: func(_ context.Context, m moment) ([]triage.Event, error) {
			if _, err := m.item(id, r.GetVersion()); err != nil {
				return nil, err
			}
			return []triage.Event{triage.NoticeSplit{
				Item: id, Notice: triage.NoticeID(r.GetNoticeId()), Part: int(r.GetPart()), Reason: r.GetReason(),
				New: triage.NewItemID(d.Name, d.Identity, m.seq, 0), // named by the commit's place, which no notice has
			}}, nil
		},
	})
	if err != nil {
		return nil, err
	}
	split, ok := out.commit.Events[0].(triage.NoticeSplit)
	if !ok {
		return nil, fmt.Errorf("commit %d splits nothing: %w", out.commit.Seq, triage.ErrChain)
	}
	left, err := out.item(split.Item)
	if err != nil {
		return nil, err
	}
	part, err := out.item(split.New)
	if err != nil {
		return nil, err
	}
	return &pb.SplitNoticeResponse{Item: s.full(d, left), SplitItem: s.full(d, part)}, nil
}

// ConfirmLink says that a link is right: it counts as history from now on.
func (s queueService) ConfirmLink(ctx context.Context, r *pb.ConfirmLinkRequest) (*pb.ConfirmLinkResponse, error) {
	return answer(ctx, r, func(ctx context.Context, r *pb.ConfirmLinkRequest) (*pb.ConfirmLinkResponse, error) {
		i, err := s.amend(ctx, r, same(judgement(r, true)))
		return &pb.ConfirmLinkResponse{Item: i}, err
	})
}

// RejectLink says that a link is wrong, for ever.
func (s queueService) RejectLink(ctx context.Context, r *pb.RejectLinkRequest) (*pb.RejectLinkResponse, error) {
	return answer(ctx, r, func(ctx context.Context, r *pb.RejectLinkRequest) (*pb.RejectLinkResponse, error) {
		i, err := s.amend(ctx, r, same(judgement(r, false)))
		return &pb.RejectLinkResponse{Item: i}, err
	})
}

func judgement(r interface {
	GetItemId() string
	GetToItemId() string
	GetChildId() string
	GetReason() string
}, confirmed bool,
) triage.LinkJudged {
	return triage.LinkJudged{
		Item: triage.ItemID(r.GetItemId()), To: triage.ItemID(r.GetToItemId()), Child: r.GetChildId(),
		Confirmed: confirmed, Reason: r.GetReason(),
	}
}

// CorrectFact puts a person's reading of a fact in the place of the program's.
// It may lower.
func (s queueService) CorrectFact(ctx context.Context, r *pb.CorrectFactRequest) (*pb.CorrectFactResponse, error) {
	return answer(ctx, r, func(ctx context.Context, r *pb.CorrectFactRequest) (*pb.CorrectFactResponse, error) {
		polarity, err := wire.PolarityFromProto(r.GetPolarity())
		if err != nil {
			return nil, invalid("polarity", "not known")
		}
		when, err := wire.FactTimeFromProto(r.GetTime())
		if err != nil {
			return nil, invalid("time", "not known")
		}
		holder, err := wire.HolderFromProto(r.GetHolder())
		if err != nil {
			return nil, invalid("holder", "not known")
		}
		i, err := s.amend(ctx, r, same(triage.FactCorrected{
			Item: triage.ItemID(r.GetItemId()), Notice: triage.NoticeID(r.GetNoticeId()), Part: int(r.GetPart()), Fact: int(r.GetFact()),
			Polarity: polarity, Time: when, Holder: holder, Reason: r.GetReason(),
		}))
		return &pb.CorrectFactResponse{Item: i}, err
	})
}

// StrikeNotice takes a notice out of what counts for its item.
func (s queueService) StrikeNotice(ctx context.Context, r *pb.StrikeNoticeRequest) (*pb.StrikeNoticeResponse, error) {
	return answer(ctx, r, func(ctx context.Context, r *pb.StrikeNoticeRequest) (*pb.StrikeNoticeResponse, error) {
		i, err := s.amend(ctx, r, same(triage.NoticeStruck{
			Item: triage.ItemID(r.GetItemId()), Notice: triage.NoticeID(r.GetNoticeId()), Part: int(r.GetPart()), Reason: r.GetReason(),
		}))
		return &pb.StrikeNoticeResponse{Item: i}, err
	})
}

// SetChildStatus records what a person knows of a child in the case system.
func (s queueService) SetChildStatus(ctx context.Context, r *pb.SetChildStatusRequest) (*pb.SetChildStatusResponse, error) {
	return answer(ctx, r, func(ctx context.Context, r *pb.SetChildStatusRequest) (*pb.SetChildStatusResponse, error) {
		i, err := s.amend(ctx, r, func(m moment, i *triage.Item) (triage.Event, error) {
			today := m.now.Format("2006-01-02")
			asOf := r.GetAsOf()
			if asOf == "" {
				asOf = today
			}
			if asOf > today || r.GetClosedAt() > asOf {
				return nil, invalid("as_of", "a day that has not come yet, or before the closing")
			}
			return triage.ChildStatusSet{
				Item: i.ID, Child: r.GetChildId(), Status: r.GetStatus(), ClosedAt: r.GetClosedAt(), AsOf: asOf, Source: "person",
			}, nil
		})
		return &pb.SetChildStatusResponse{Item: i}, err
	})
}
