package queueapi

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/ppn-triage/ppn-triage/api/guard"
	pb "github.com/ppn-triage/ppn-triage/api/triagev1"
	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/wire"
)

// GetItem returns one item in full. Whoever reads it under a name is recorded;
// a restricted one is shown to nobody without a name.
func (s queueService) GetItem(ctx context.Context, r *pb.GetItemRequest) (*pb.GetItemResponse, error) {
	return answer(ctx, r, func(ctx context.Context, r *pb.GetItemRequest) (*pb.GetItemResponse, error) {
		d, i, at, err := s.read(ctx, r.GetFrontDoor(), r.GetItemId(), "item")
		if err != nil {
			return nil, err
		}
		return &pb.GetItemResponse{Item: s.full(d, i), AppliedPosition: at.applied}, nil
	})
}

// read finds one item for a caller to see in full, and writes down who does.
func (s *Server) read(ctx context.Context, frontDoor, id, what string) (*front, *triage.Item, standing, error) {
	d, err := s.door(frontDoor)
	if err != nil {
		return nil, nil, standing{}, err
	}
	i, at, err := d.item(ctx, id)
	if err != nil {
		return nil, nil, at, err
	}
	if _, named := guard.Caller(ctx); !named && restricted(i) {
		return nil, nil, at, unnamed()
	}
	return d, i, at, s.viewed(ctx, d, what, id)
}

// full is an item with everything, for one who has asked for that item.
func (s *Server) full(d *front, i *triage.Item) *pb.Item {
	out := wire.ItemProto(i)
	out.FrontDoor, out.Summary = d.Name, d.summary(i, s.cfg.Now().UTC())
	return out
}

// listed is an item as one row of a list. Names and words of a restricted item
// are left out (policy.md, "Restricted items"), whatever the view: whoever opens
// it by its id sees it, and that is recorded.
func (f *front) listed(i *triage.Item, now time.Time, view pb.ItemView) *pb.Item {
	sum := f.summary(i, now)
	if restricted(i) {
		mask(sum)
	} else if view == pb.ItemView_ITEM_VIEW_FULL {
		out := wire.ItemProto(i)
		out.FrontDoor, out.Summary = f.Name, sum
		return out
	}
	return &pb.Item{Id: string(i.ID), FrontDoor: f.Name, Version: i.Version, Touched: i.Touched, Summary: sum}
}

func restricted(i *triage.Item) bool { return slices.Contains(allFlags(i), "restricted") }

func mask(s *pb.ItemSummary) {
	s.Masked, s.WorstFact, s.AllegedNow, s.ChildWith, s.Interim, s.References = true, "", "", "", "", nil
	for _, c := range s.GetChildren() {
		c.Name = ""
	}
}

// summary is an item in one line, as of now.
func (f *front) summary(i *triage.Item, now time.Time) *pb.ItemSummary {
	out := &pb.ItemSummary{
		Band: wire.BandProto(i.Band()), State: wire.StateProto(i.State()), Tier: int32(f.tier(i, now)),
		Received: wire.TimeProto(i.Received), Due: wire.TimeProto(i.Due),
		BreachRisk: i.Queued() && !now.Before(f.Calendar.RiskOf(i)),
		Overdue:    i.Queued() && !now.Before(i.Due),
		WorstFact:  worst(i), Flags: allFlags(i), Points: int32(i.Score.Points), Notices: int32(len(i.Entries)),
		Overridden: i.Override != nil,
	}
	if i.Claim != nil && now.Before(i.Claim.Until) {
		out.HeldBy, out.HeldUntil = i.Claim.By, wire.TimeProto(i.Claim.Until)
	}
	if i.Proposed != nil {
		out.ProposedBand = wire.BandProto(i.Proposed.Band)
	}
	for _, l := range i.Looks {
		if at := wire.TimeProto(l.At); out.GetFirstOpened() == nil || l.At.Before(out.GetFirstOpened().AsTime()) {
			out.FirstOpened = at
		}
	}
	if n := len(i.Interims); n > 0 && (i.News() == nil || i.Interims[n-1].At.After(i.News().Received)) {
		out.Interim = i.Interims[n-1].Words
	}
	f.summaryOfNotices(out, i)
	out.Children = children(i, now)
	return out
}

func (f *front) summaryOfNotices(out *pb.ItemSummary, i *triage.Item) {
	for _, e := range i.Entries {
		if e.Struck {
			continue
		}
		if out.Force == "" {
			out.Force, out.IncidentDate = e.Reading.Force, e.Reading.IncidentDate
		}
		if e.Reading.AllegedNow != "" {
			out.AllegedNow = e.Reading.AllegedNow
		}
		if e.Reading.ChildWith != "" {
			out.ChildWith = e.Reading.ChildWith
		}
		for _, r := range e.Reading.References {
			if r.Own && !slices.Contains(out.GetReferences(), r.Raw) {
				out.References = append(out.References, r.Raw)
			}
		}
	}
	for _, l := range i.Links {
		if !l.Rejected && l.Kind == triage.LinkChild && !slices.Contains(out.GetRepeatOf(), string(l.To)) {
			out.RepeatOf = append(out.RepeatOf, string(l.To))
		}
	}
}

// worst is the fact that weighs most, in the rule's words and the notice's.
func worst(i *triage.Item) string {
	for _, h := range i.Score.Hits {
		if h.Case == "" || h.Entry >= len(i.Entries) || h.Fact >= len(i.Entries[h.Entry].Reading.Facts) || h.Fact < 0 || h.Entry < 0 {
			continue
		}
		return fmt.Sprintf("%s: “%s”", h.Title, i.Entries[h.Entry].Reading.Facts[h.Fact].Quote)
	}
	return ""
}

func children(i *triage.Item, now time.Time) (out []*pb.ChildSummary) {
	for _, c := range i.Children {
		line := &pb.ChildSummary{
			ChildId: c.ID, Name: c.Person.Name, Age: age(c.Person, now), Status: c.Status, StatusAsOf: c.AsOf,
			Band: wire.BandProto(i.Score.Band), Open: slices.Contains(i.Open, c.ID),
		}
		for _, s := range i.Score.Children {
			if s.Child == c.ID {
				line.Band = wire.BandProto(s.Band)
			}
		}
		out = append(out, line)
	}
	return out
}

// age is a child's age in words: weeks under 3 months, months under 2 years.
func age(p triage.Person, now time.Time) string {
	if p.Unborn {
		return "unborn"
	}
	young, err1 := time.Parse(time.DateOnly, p.BornTo)
	old, err2 := time.Parse(time.DateOnly, p.BornFrom)
	if err1 != nil || err2 != nil {
		return "not known"
	}
	words := ageWords(young, now)
	if other := ageWords(old, now); other != words {
		return words + " to " + other
	}
	return words
}

func ageWords(born, now time.Time) string {
	months := (now.Year()-born.Year())*12 + int(now.Month()) - int(born.Month())
	if now.Day() < born.Day() {
		months--
	}
	switch {
	case months < 3:
		return plural(max(int(now.Sub(born).Hours()/24/7), 0), "week")
	case months < 24:
		return plural(months, "month")
	}
	return plural(months/12, "year")
}

func plural(n int, unit string) string {
	if n == 1 {
		return "1 " + unit
	}
	return fmt.Sprintf("%d %ss", n, unit)
}

// viewed writes down that the caller read something that is recorded.
func (s *Server) viewed(ctx context.Context, d *front, what, id string) error {
	actor, ok := guard.Caller(ctx)
	if !ok {
		return nil
	}
	record, err := json.Marshal(View{
		At: s.cfg.Now().UTC(), By: actor.Name, Role: actor.Role, Verified: actor.Verified, What: what, ID: id,
	})
	if err != nil {
		return fmt.Errorf("record view: %w", err)
	}
	if err := d.Viewed(ctx, record); err != nil {
		return outage("record view", err)
	}
	return nil
}

// View is one line of who has read what, as PPN_READS keeps it in JSON.
type View struct {
	At       time.Time `json:"at"`
	By       string    `json:"by"`
	Role     string    `json:"role"`
	Verified bool      `json:"verified"`
	What     string    `json:"what"` // "item", "explanation", "notice" or "world"
	ID       string    `json:"id,omitempty"`
}
