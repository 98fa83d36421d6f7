package queueapi

import (
	"context"

	pb "github.com/ppn-triage/ppn-triage/api/triagev1"
	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/wire"
)

// GetReceipt says how far a mail has come, by the notice's id or the mail's
// bytes: of several with the same bytes the newest is meant.
func (s noticeService) GetReceipt(ctx context.Context, r *pb.GetReceiptRequest) (*pb.GetReceiptResponse, error) {
	return answer(ctx, r, s.receipt)
}

func (s noticeService) receipt(ctx context.Context, r *pb.GetReceiptRequest) (*pb.GetReceiptResponse, error) {
	d, err := s.door(r.GetFrontDoor())
	switch {
	case err != nil:
		return nil, err
	case r.GetSha256() == "" && r.GetNoticeId() == "":
		return nil, invalid("notice_id", "required, or sha256")
	}
	id := triage.NoticeID(r.GetNoticeId())
	if sum := r.GetSha256(); sum != "" {
		if id, err = d.named(ctx, sum); err != nil {
			return nil, err
		}
	}
	place, c, err := d.taken(ctx, id)
	if err != nil {
		return nil, err
	}
	snap, err := d.Queue.Load(ctx)
	if err != nil {
		return nil, err
	}
	out := &pb.GetReceiptResponse{NoticeId: string(id), Sequence: place.Notice, Stage: pb.ReceiptStage_RECEIPT_STAGE_READ}
	if safe := snap.Ledger.Archived; safe.Notices >= place.Notice && safe.Commits >= place.Commit {
		out.Stage = pb.ReceiptStage_RECEIPT_STAGE_SAFE
	}
	for _, e := range c.Events {
		if n, ok := e.(triage.NoticeRead); ok && n.Notice == id {
			out.Sha256, out.Received, out.Kind = n.SHA256, wire.TimeProto(n.Received), wire.LetterKindProto(n.Kind)
			out.Problems = wire.ProblemsProto(n.Problems)
		}
	}
	items, err := d.standing(ctx, c.Holders(id))
	if err != nil {
		return nil, err
	}
	findings(out, items, id)
	return out, nil
}

// named is the id of the newest notice with that hex SHA-256.
func (f *front) named(ctx context.Context, sum string) (triage.NoticeID, error) {
	if _, _, err := f.current(ctx); err != nil {
		return "", err
	}
	place, err := f.Found(ctx, sum)
	return triage.NewNoticeID(f.Name, f.NoticeIdentity, place.Notice), err
}

// findings adds what a sender can mend. Of a restricted item he is told no more
// than that the mail is there (policy.md, "Restricted items").
func findings(out *pb.GetReceiptResponse, items []*triage.Item, id triage.NoticeID) {
	for _, i := range items {
		for _, e := range i.Entries {
			if e.Notice != id {
				continue
			}
			if restricted(i) {
				out.Quality, out.AlreadyReceivedAs, out.Problems = nil, "", nil
				return
			}
			out.Quality = append(out.Quality, e.Reading.Quality...)
			for _, o := range i.Entries {
				if e.Relation == triage.RelationResend && o.Content == e.Content && o.Seq < e.Seq && out.GetAlreadyReceivedAs() == "" {
					out.AlreadyReceivedAs = string(o.Notice)
				}
			}
		}
	}
}
