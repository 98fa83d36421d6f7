package queueapi

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/ppn-triage/ppn-triage/api/guard"
	pb "github.com/ppn-triage/ppn-triage/api/triagev1"
	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/wire"
)

// GetNotice returns a mail's text with the words that score. The caller's first
// look at a notice of an item is a commit: it stops the first-look time and
// unlocks the decision. Later looks are recorded beside the log.
func (s noticeService) GetNotice(ctx context.Context, r *pb.GetNoticeRequest) (*pb.GetNoticeResponse, error) {
	out, err := s.notice(ctx, r)
	return out, toStatus(ctx, err)
}

func (s noticeService) notice(ctx context.Context, r *pb.GetNoticeRequest) (*pb.GetNoticeResponse, error) {
	d, err := s.door(r.GetFrontDoor())
	if err == nil {
		err = checkUUID("notice_id", r.GetNoticeId())
	}
	if err != nil {
		return nil, err
	}
	id := triage.NoticeID(r.GetNoticeId())
	place, err := d.Queue.Notice(ctx, id)
	if err != nil {
		return nil, err
	}
	mail, err := d.Mail(ctx, place.Notice)
	if err != nil {
		return nil, fmt.Errorf("mail %d: %w", place.Notice, err)
	}
	items, err := d.itemsOf(ctx, id, place.Commit)
	if err != nil {
		return nil, err
	}
	first, err := s.looked(ctx, d, r, id)
	if err != nil {
		return nil, err
	}
	l := d.Letter(mail)
	out := &pb.GetNoticeResponse{NoticeId: string(id), Sequence: place.Notice, Letter: wire.LetterProto(&l), FirstLook: first}
	for _, i := range items {
		describe(out, i, id)
	}
	slices.SortStableFunc(out.GetHighlights(), func(a, b *pb.Highlight) int { return cmp.Compare(a.GetStart(), b.GetStart()) })
	return out, nil
}

// itemsOf finds the items that the parts of a notice stand in now.
func (f *front) itemsOf(ctx context.Context, id triage.NoticeID, commit uint64) (items []*triage.Item, err error) {
	commits, err := f.Log.ReadCommits(ctx, commit, 1)
	if err != nil || len(commits) == 0 {
		return nil, err
	}
	next := touched(&commits[0])
	for range 8 { // an item that was joined leads to the one that survived
		snap, err := f.Queue.Load(ctx, next...)
		if err != nil {
			return nil, err
		}
		next = nil
		for _, i := range snap.Items {
			switch {
			case i.JoinedInto != "":
				next = append(next, i.JoinedInto)
			case slices.ContainsFunc(i.Entries, func(e triage.Entry) bool { return e.Notice == id }):
				items = append(items, i)
			default:
				next = append(next, i.Apart...)
			}
		}
		if len(next) == 0 {
			break
		}
	}
	slices.SortFunc(items, func(a, b *triage.Item) int { return cmp.Compare(a.ID, b.ID) })
	return slices.CompactFunc(items, func(a, b *triage.Item) bool { return a.ID == b.ID }), nil
}

// describe adds what an item says of the notice.
func describe(out *pb.GetNoticeResponse, i *triage.Item, id triage.NoticeID) {
	for n, e := range i.Entries {
		if e.Notice != id {
			continue
		}
		out.Received = wire.TimeProto(e.Received)
		out.Parts = append(out.Parts, &pb.NoticePart{Part: int32(e.Part), ItemId: string(i.ID), Reading: wire.ReadingProto(&e.Reading), Struck: e.Struck})
		for k, f := range e.Reading.Facts {
			h := &pb.Highlight{
				Start: int32(f.Start), End: int32(f.End), Slug: f.Slug, Title: f.Slug, Polarity: wire.PolarityProto(f.Polarity),
				Time: wire.FactTimeProto(f.Time), Holder: wire.HolderProto(f.Holder), Part: int32(e.Part), Fact: int32(k),
			}
			for _, hit := range i.Score.Hits {
				if hit.Entry == n && hit.Fact == k {
					h.Slug, h.Title, h.Points = hit.Slug, hit.Title, h.Points+int32(hit.Points)
				}
			}
			out.Highlights = append(out.Highlights, h)
		}
	}
}

// looked records the look. Without an item nothing is unlocked.
func (s *Server) looked(ctx context.Context, d *front, r *pb.GetNoticeRequest, id triage.NoticeID) (first bool, err error) {
	actor, ok := guard.Caller(ctx)
	if !ok || r.GetItemId() == "" {
		return false, s.viewed(ctx, d, "notice", string(id))
	}
	if err := checkUUID("item_id", r.GetItemId()); err != nil {
		return false, err
	}
	item := triage.ItemID(r.GetItemId())
	c, _, err := d.Book.Append(ctx, tries, func(ctx context.Context, at uint64) (*triage.Commit, error) {
		snap, err := d.Queue.Load(ctx, item)
		if err != nil {
			return nil, err
		}
		i, ok := snap.Items[item]
		switch {
		case !ok:
			return nil, fmt.Errorf("item %s: %w", item, triage.ErrNotFound)
		case snap.Position != at:
			return nil, triage.ErrPosition
		case slices.ContainsFunc(i.Looks, func(l triage.Look) bool { return l.By == actor.Name && l.Notice == id }):
			return nil, nil
		}
		return &triage.Commit{
			ID: uuid.Must(uuid.NewV7()).String(), Actor: actor, At: s.cfg.Now().UTC(), Through: snap.Ledger.Through,
			Events: []triage.Event{triage.Opened{Item: item, Notice: id}},
		}, nil
	})
	if err == nil && c == nil {
		err = s.viewed(ctx, d, "notice", string(id))
	}
	return c != nil, err
}

// GetReceipt says how far a mail has come, by the notice's id.
func (s noticeService) GetReceipt(ctx context.Context, r *pb.GetReceiptRequest) (*pb.GetReceiptResponse, error) {
	out, err := s.receipt(ctx, r)
	return out, toStatus(ctx, err)
}

func (s noticeService) receipt(ctx context.Context, r *pb.GetReceiptRequest) (*pb.GetReceiptResponse, error) {
	d, err := s.door(r.GetFrontDoor())
	if err == nil {
		err = checkUUID("notice_id", r.GetNoticeId())
	}
	if err != nil {
		return nil, err
	}
	id := triage.NoticeID(r.GetNoticeId())
	place, err := d.Queue.Notice(ctx, id)
	if err != nil {
		return nil, err
	}
	commits, err := d.Log.ReadCommits(ctx, place.Commit, 1)
	if err != nil || len(commits) == 0 {
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
	for _, e := range commits[0].Events {
		if n, ok := e.(triage.NoticeRead); ok && n.Notice == id {
			out.Sha256, out.Received, out.Kind = n.SHA256, wire.TimeProto(n.Received), wire.LetterKindProto(n.Kind)
		}
	}
	return out, nil
}

// maxMail is the largest mail taken over gRPC: the notices stream's own limit.
const maxMail = 25 << 20

// SubmitNotice takes in a mail in chunks.
func (s noticeService) SubmitNotice(in pb.NoticeService_SubmitNoticeServer) error {
	ctx := in.Context()
	out, err := s.submit(ctx, in)
	if err != nil {
		return toStatus(ctx, err)
	}
	return in.SendAndClose(out)
}

func (s noticeService) submit(ctx context.Context, in pb.NoticeService_SubmitNoticeServer) (*pb.SubmitNoticeResponse, error) {
	m, err := in.Recv()
	if err != nil {
		return nil, err
	}
	h := m.GetHeader()
	switch {
	case h == nil:
		return nil, invalid("header", "the first message holds it")
	case h.GetForce() == "":
		return nil, invalid("header.force", "required")
	case h.GetSize() <= 0:
		return nil, invalid("header.size", "the mail's size in bytes, required")
	case h.GetSize() > maxMail:
		return nil, &fault{reason: pb.ErrorReason_ERROR_REASON_TOO_LARGE, text: fmt.Sprintf("header.size: %d bytes; at most %d: push it with noticepush, which sends the head of it", h.GetSize(), maxMail), field: "header.size"}
	}
	d, err := s.door(h.GetFrontDoor())
	if err != nil {
		return nil, err
	}
	mail, err := receive(in, h)
	if err != nil {
		return nil, err
	}
	seq, err := d.Push(ctx, h.GetForce(), mail)
	if err != nil {
		return nil, err
	}
	return &pb.SubmitNoticeResponse{
		NoticeId: string(triage.NewNoticeID(d.Name, d.NoticeIdentity, seq)), Sequence: seq,
		Sha256: hexDigest(mail), Accepted: wire.TimeProto(s.cfg.Now().UTC().Truncate(time.Millisecond)),
	}, nil
}
