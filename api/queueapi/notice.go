package queueapi

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/ppn-triage/ppn-triage/api/guard"
	pb "github.com/ppn-triage/ppn-triage/api/triagev1"
	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/wire"
)

// GetNotice returns a mail's text with the words that score. The first look of
// somebody who decides at a notice of an item is a commit: it stops the
// first-look time and unlocks the decision. Every other look is recorded beside
// the log.
func (s noticeService) GetNotice(ctx context.Context, r *pb.GetNoticeRequest) (*pb.GetNoticeResponse, error) {
	return answer(ctx, r, s.notice)
}

func (s noticeService) notice(ctx context.Context, r *pb.GetNoticeRequest) (*pb.GetNoticeResponse, error) {
	d, err := s.door(r.GetFrontDoor())
	if err != nil {
		return nil, err
	}
	if _, named := guard.Caller(ctx); !named {
		return nil, unnamed()
	}
	id := triage.NoticeID(r.GetNoticeId())
	place, commit, err := d.taken(ctx, id)
	if err != nil {
		return nil, err
	}
	items, err := d.standing(ctx, commit.Holders(id))
	if err != nil {
		return nil, err
	}
	if erased(items, id) {
		return nil, fmt.Errorf("notice %s: %w: it was erased", id, triage.ErrNotFound)
	}
	mail, err := d.Mail(ctx, place.Notice)
	if err != nil {
		return nil, outage("read mail", err)
	}
	first, err := s.looked(ctx, d, r)
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

// erased tells whether the words of a notice were: its mail may still be in the
// stream for a while, and is shown to nobody.
func erased(items []*triage.Item, id triage.NoticeID) bool {
	return slices.ContainsFunc(items, func(i *triage.Item) bool {
		return slices.ContainsFunc(i.Entries, func(e triage.Entry) bool { return e.Notice == id && e.TextErased })
	})
}

// taken finds a notice and the commit that took it in.
func (f *front) taken(ctx context.Context, id triage.NoticeID) (triage.Place, *triage.Commit, error) {
	if _, _, err := f.current(ctx); err != nil {
		return triage.Place{}, nil, err
	}
	place, err := f.Queue.Notice(ctx, id)
	if err != nil {
		return place, nil, err
	}
	c, err := f.commit(ctx, place.Commit)
	return place, c, err
}

// mostMoves is how often a notice is followed from item to item.
const mostMoves = 16

// standing finds the items that have come of others by joins and splits, those
// others among them unless they were joined into another; by id.
func (f *front) standing(ctx context.Context, next []triage.ItemID) (items []*triage.Item, err error) {
	seen := map[triage.ItemID]bool{}
	for range mostMoves {
		next = slices.DeleteFunc(next, func(id triage.ItemID) bool { return seen[id] })
		if len(next) == 0 {
			break
		}
		snap, err := f.Queue.Load(ctx, next...)
		if err != nil {
			return nil, err
		}
		for _, id := range next {
			seen[id] = true
		}
		next = nil
		for _, i := range snap.Items {
			if i.JoinedInto != "" {
				next = append(next, i.JoinedInto)
				continue
			}
			items = append(items, i)
			next = append(next, i.Apart...)
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

// lookers are the roles whose first look is that of the council: an auditor's
// look does not stop a clock.
var lookers = []string{"supervisor", "manager", "edt"}

// looked records the look. Without an item nothing is unlocked.
func (s *Server) looked(ctx context.Context, d *front, r *pb.GetNoticeRequest) (first bool, err error) {
	actor, _ := guard.Caller(ctx)
	if r.GetItemId() != "" && slices.Contains(lookers, actor.Role) {
		item, id := triage.ItemID(r.GetItemId()), triage.NoticeID(r.GetNoticeId())
		out, err := s.do(ctx, command{
			door: d, request: r, load: []triage.ItemID{item},
			build: func(_ context.Context, m moment) ([]triage.Event, error) {
				i, err := m.item(item, 0)
				if err != nil || slices.ContainsFunc(i.Looks, func(l triage.Look) bool { return l.By == actor.Name && l.Notice == id }) {
					return nil, err
				}
				return []triage.Event{triage.Opened{Item: item, Notice: id}}, nil
			},
		})
		if err != nil || out.commit != nil {
			return err == nil, err
		}
	}
	return false, s.viewed(ctx, d, "notice", r.GetNoticeId())
}

// StreamNotices sends what was taken in, in order of arrival.
func (s noticeService) StreamNotices(r *pb.StreamNoticesRequest, out pb.NoticeService_StreamNoticesServer) error {
	return stream(r, out, s.notices)
}

func (s noticeService) notices(ctx context.Context, r *pb.StreamNoticesRequest, out pb.NoticeService_StreamNoticesServer) error {
	d, err := s.door(r.GetFrontDoor())
	if err != nil {
		return err
	}
	from := uint64(0)
	if after := r.GetAfterSequence(); after > 0 {
		place, _, err := d.taken(ctx, triage.NewNoticeID(d.Name, d.NoticeIdentity, after))
		if err != nil {
			return err
		}
		from = place.Commit - 1
	}
	caught := uint64(0) // the log is first with a commit, the queue follows
	return d.follow(ctx, from, r.GetFollow(), func(c *triage.Commit) error {
		if c.Seq > caught {
			snap, _, err := d.current(ctx)
			if err != nil {
				return err
			}
			caught = snap.Position
		}
		for _, e := range c.Events {
			n, ok := e.(triage.NoticeRead)
			if !ok || n.Seq <= r.GetAfterSequence() {
				continue
			}
			kind := wire.LetterKindProto(n.Kind)
			if asked := slices.Contains(r.GetKinds(), kind); !asked && (len(r.GetKinds()) > 0 || n.Kind == triage.LetterCanary) {
				continue
			}
			m := &pb.StreamNoticesResponse{
				NoticeId: string(n.Notice), Sequence: n.Seq, Sha256: n.SHA256, Accepted: wire.TimeProto(n.StreamTime), Received: wire.TimeProto(n.Received),
				Force: n.Force, Kind: kind, Why: n.Why, Problems: wire.ProblemsProto(n.Problems), LogSequence: c.Seq,
			}
			items, err := d.standing(ctx, c.Holders(n.Notice))
			if err != nil {
				return err
			}
			for _, i := range items {
				if slices.ContainsFunc(i.Entries, func(e triage.Entry) bool { return e.Notice == n.Notice }) {
					m.ItemIds = append(m.ItemIds, string(i.ID))
				}
			}
			if err := out.Send(m); err != nil {
				return err
			}
		}
		return nil
	})
}
