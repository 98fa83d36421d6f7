package queueapi

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"sort"
	"time"

	pb "github.com/ppn-triage/ppn-triage/api/triagev1"
	"github.com/ppn-triage/ppn-triage/triage"
)

// longestQuality is the longest time that GetQuality answers for.
const longestQuality = 92 * 24 * time.Hour

// GetQuality counts by force what notices lacked, how late they came and what
// became of them.
func (s noticeService) GetQuality(ctx context.Context, r *pb.GetQualityRequest) (*pb.GetQualityResponse, error) {
	return answer(ctx, r, s.quality)
}

func (s noticeService) quality(ctx context.Context, r *pb.GetQualityRequest) (*pb.GetQualityResponse, error) {
	d, err := s.door(r.GetFrontDoor())
	if err != nil {
		return nil, err
	}
	from, to := r.GetFrom().AsTime(), s.cfg.Now()
	if r.GetTo() != nil {
		to = r.GetTo().AsTime()
	}
	switch {
	case !from.Before(to):
		return nil, invalid("to", "must lie after from")
	case to.Sub(from) > longestQuality:
		return nil, invalid("to", "at most 92 days after from")
	}
	arrivals, err := d.arrivals(ctx, from, to)
	if err != nil {
		return nil, err
	}
	tallies, err := d.tally(ctx, arrivals)
	if err != nil {
		return nil, err
	}
	out := &pb.GetQualityResponse{}
	for _, force := range slices.Sorted(maps.Keys(tallies)) {
		out.Forces = append(out.Forces, tallies[force].proto(force))
	}
	return out, nil
}

// arrival is one part of a notice and the item it came to.
type arrival struct {
	force string
	item  triage.ItemID
	entry triage.Entry
}

// arrivals lists the notices received in a time. One is in the log after it was
// received, so no commit before the beginning needs to be read.
func (f *front) arrivals(ctx context.Context, from, to time.Time) (out []arrival, err error) {
	_, last, err := f.Ends(ctx)
	if err != nil {
		return nil, outage("read the log", err)
	}
	first := uint64(sort.Search(int(last), func(n int) bool {
		c, cerr := f.commit(ctx, uint64(n)+1)
		err = cmp.Or(err, cerr)
		return cerr != nil || !c.At.Before(from)
	}))
	if err != nil {
		return nil, err
	}
	err = f.follow(ctx, first, false, func(c *triage.Commit) error {
		forces := map[triage.NoticeID]string{}
		for _, e := range c.Events {
			if n, ok := e.(triage.NoticeRead); ok && !n.Received.Before(from) && n.Received.Before(to) {
				forces[n.Notice] = n.Force
			}
			if entry, ok := triage.EntryOf(e); ok && forces[entry.Notice] != "" {
				out = append(out, arrival{forces[entry.Notice], e.Target(), entry})
			}
		}
		return nil
	})
	return out, err
}

// forceTally is what is counted of one force.
type forceTally struct {
	notices, resends         uint64
	findings, hours, outcome map[string]uint64
	days                     []int
}

func (f *front) tally(ctx context.Context, arrivals []arrival) (map[string]*forceTally, error) {
	var ids []triage.ItemID
	for _, a := range arrivals {
		ids = append(ids, a.item)
	}
	slices.Sort(ids)
	items, err := f.now(ctx, slices.Compact(ids))
	if err != nil {
		return nil, err
	}
	out := map[string]*forceTally{}
	for _, a := range arrivals {
		t := out[a.force]
		if t == nil {
			t = &forceTally{findings: map[string]uint64{}, hours: map[string]uint64{}, outcome: map[string]uint64{}}
			out[a.force] = t
		}
		t.notices++
		if a.entry.Relation == triage.RelationResend {
			t.resends++
			continue
		}
		for _, q := range a.entry.Reading.Quality {
			t.findings[q]++
		}
		t.hours[f.hour(a.entry.Received)]++
		t.outcome[outcomeOf(items[a.item])]++
		if day, err := time.Parse(time.DateOnly, a.entry.Reading.IncidentDate); err == nil {
			t.days = append(t.days, max(0, int(a.entry.Received.Sub(day).Hours()/24)))
		}
	}
	return out, nil
}

// now loads items as they stand; one that was joined is the other.
func (f *front) now(ctx context.Context, ids []triage.ItemID) (map[triage.ItemID]*triage.Item, error) {
	out := map[triage.ItemID]*triage.Item{}
	for some := range slices.Chunk(ids, 500) {
		snap, _, err := f.current(ctx, some...)
		if err != nil {
			return nil, err
		}
		maps.Copy(out, snap.Items)
	}
	for id, i := range out {
		if i.JoinedInto == "" {
			continue
		}
		heirs, err := f.standing(ctx, []triage.ItemID{id})
		if err != nil {
			return nil, err
		}
		if len(heirs) > 0 {
			out[id] = heirs[0]
		}
	}
	return out, nil
}

func (f *front) hour(t time.Time) string {
	switch {
	case f.Calendar.InOffice(t):
		return "office_hours"
	case f.Calendar.WorkingDay(t):
		return "out_of_hours"
	}
	return "day_off"
}

func outcomeOf(i *triage.Item) string {
	if i == nil || i.Queued() || len(i.Decisions) == 0 {
		return "waiting"
	}
	return slices.MaxFunc(i.Decisions, func(a, b triage.Decision) int { return a.At.Compare(b.At) }).Outcome
}

func (t *forceTally) proto(force string) *pb.ForceQuality {
	out := &pb.ForceQuality{
		Force: force, Notices: blurred(t.notices), Resends: blurred(t.resends),
		Findings: named(t.findings), Hours: named(t.hours), Outcomes: named(t.outcome),
	}
	if len(t.days) >= fewest {
		slices.Sort(t.days)
		median, ninetieth := int32(t.days[len(t.days)/2]), int32(t.days[len(t.days)*9/10])
		out.MedianDays, out.NinetiethDays = &median, &ninetieth
	}
	return out
}

func named(counts map[string]uint64) (out []*pb.NamedCount) {
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		out = append(out, &pb.NamedCount{Name: name, Count: blurred(counts[name])})
	}
	return out
}

// fewest is the smallest count that is shown, and what counts are rounded to:
// the DfE's practice for statistics on children in need, so that no difference
// of two figures points at one family.
const fewest = 5

func blurred(n uint64) *pb.BlurredCount {
	if n > 0 && n < fewest {
		return &pb.BlurredCount{Few: true}
	}
	return &pb.BlurredCount{About: (n + fewest/2) / fewest * fewest}
}
