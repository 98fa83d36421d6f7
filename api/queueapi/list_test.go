package queueapi

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"google.golang.org/grpc/codes"

	pb "github.com/ppn-triage/ppn-triage/api/triagev1"
	"github.com/ppn-triage/ppn-triage/triage"
)

// pages lists the queue in pages of a size, while nothing changes.
func (n *node) pages(t *testing.T, size int32) (got []string) {
	t.Helper()
	for r := (&pb.ListItemsRequest{PageSize: size}); ; {
		out, err := n.queue().ListItems(n.ctx(t), r)
		if err != nil {
			t.Fatal(err)
		}
		if len(out.GetRisen()) != 0 {
			t.Errorf("nothing changed, and %d items rose", len(out.GetRisen()))
		}
		for _, i := range out.GetItems() {
			got = append(got, i.GetId())
		}
		if r.PageToken = out.GetNextPageToken(); r.PageToken == "" {
			return got
		}
	}
}

// TestPages: every item once and in order over pages of any size, with what
// rose meanwhile.
func TestPages(t *testing.T) {
	h := newHouse(t)
	n := h.node()
	var last *triage.Item
	for k := range 23 {
		last = h.open(k, []string{"offending", "dash", "substance_misuse", "threat_to_kill"}[k%4])
	}
	whole := n.list(t)
	for _, size := range []int32{1, 5, 23} {
		if got := n.pages(t, size); !slices.Equal(got, whole) {
			t.Errorf("pages of %d give %d items, want the %d of the whole in order", size, len(got), len(whole))
		}
	}
	first, err := n.queue().ListItems(n.ctx(t), &pb.ListItemsRequest{PageSize: 10})
	if err != nil {
		t.Fatal(err)
	}
	_, err = n.queue().ListItems(n.ctx(t), &pb.ListItemsRequest{PageSize: 10, PageToken: first.GetNextPageToken(), Filter: &pb.ItemFilter{Unheld: true}})
	wantError(t, "a page token of another query", err, codes.InvalidArgument, "PAGE_TOKEN")
	// One rises because its band does, one comes, one rises by its time.
	token := n.claim(t, last.ID)
	if _, err := n.queue().OverrideBand(n.ctx(t), &pb.OverrideBandRequest{RequestId: uuid.NewString(), ItemId: string(last.ID), Token: token, Band: pb.Band_BAND_RED, Reason: "seen"}); err != nil {
		t.Fatal(err)
	}
	fresh := h.open(30, "threat_to_kill")
	h.wait(34 * time.Hour) // GREEN and BLUE are past due, AMBER too
	second, err := n.queue().ListItems(n.ctx(t), &pb.ListItemsRequest{PageSize: 10, PageToken: first.GetNextPageToken()})
	if err != nil {
		t.Fatal(err)
	}
	risen := map[string]bool{}
	for _, i := range second.GetRisen() {
		risen[i.GetId()] = true
	}
	if !risen[string(last.ID)] || !risen[string(fresh.ID)] {
		t.Errorf("risen are %d items without the one overridden or the one that came", len(risen))
	}
	seen := map[string]bool{}
	for _, i := range slices.Concat(first.GetItems(), second.GetItems(), second.GetRisen()) {
		seen[i.GetId()] = true
	}
	for r := (&pb.ListItemsRequest{PageSize: 10, PageToken: second.GetNextPageToken()}); r.GetPageToken() != ""; {
		out, err := n.queue().ListItems(n.ctx(t), r)
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range slices.Concat(out.GetItems(), out.GetRisen()) {
			seen[i.GetId()] = true
		}
		r.PageToken = out.GetNextPageToken()
	}
	for _, id := range n.list(t) {
		if !seen[id] {
			t.Errorf("item %s stood on no page and rose on none", id)
		}
	}
}

// TestFilters: each picks what it says.
func TestFilters(t *testing.T) {
	h := newHouse(t)
	n := h.node()
	red, amber := h.open(0, "threat_to_kill"), h.open(1, "dash")
	n.look(t, red)
	n.claim(t, red.ID)
	state := func(s ...pb.ItemState) *pb.ItemFilter { return &pb.ItemFilter{States: s} }
	for name, tt := range map[string]struct {
		filter *pb.ItemFilter
		want   []*triage.Item
	}{
		"none":       {nil, []*triage.Item{red, amber}},
		"band":       {&pb.ItemFilter{Bands: []pb.Band{pb.Band_BAND_AMBER}}, []*triage.Item{amber}},
		"tier":       {&pb.ItemFilter{Tiers: []int32{0, 4}}, []*triage.Item{red}},
		"waiting":    {state(pb.ItemState_ITEM_STATE_WAITING), []*triage.Item{amber}},
		"claimed":    {state(pb.ItemState_ITEM_STATE_CLAIMED), []*triage.Item{red}},
		"held by":    {&pb.ItemFilter{HeldBy: "ash"}, []*triage.Item{red}},
		"another's":  {&pb.ItemFilter{HeldBy: "blake"}, nil},
		"unheld":     {&pb.ItemFilter{Unheld: true}, []*triage.Item{amber}},
		"unopened":   {&pb.ItemFilter{Unopened: true}, []*triage.Item{amber}},
		"force":      {&pb.ItemFilter{Forces: []string{"met"}}, nil},
		"reference":  {&pb.ItemFilter{Reference: "1326-0000001"}, []*triage.Item{amber}},
		"flag":       {&pb.ItemFilter{Flags: []string{"restricted"}}, nil},
		"both bands": {&pb.ItemFilter{Bands: []pb.Band{pb.Band_BAND_AMBER, pb.Band_BAND_RED}, Unheld: true}, []*triage.Item{amber}},
	} {
		out, err := n.queue().ListItems(n.ctx(t), &pb.ListItemsRequest{Filter: tt.filter})
		if err != nil {
			t.Fatal(err)
		}
		var got, want []string
		for _, i := range out.GetItems() {
			got = append(got, i.GetId())
		}
		for _, i := range tt.want {
			want = append(want, string(i.ID))
		}
		if !slices.Equal(got, want) {
			t.Errorf("filter %s picks %v, want %v", name, got, want)
		}
	}
}

// TestNeverAShortList: Redis wiped while it runs. Until it is rebuilt every
// answer is UNAVAILABLE, afterwards it is whole; no answer lacks an item.
func TestNeverAShortList(t *testing.T) {
	h := newHouse(t)
	n := h.node()
	for k := range 30 {
		h.open(k, "dash")
	}
	want := n.list(t)
	if err := h.redis.FlushAll(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	id := want[0]
	for what, call := range map[string]func() error{
		"list":  func() error { _, err := n.queue().ListItems(n.ctx(t), &pb.ListItemsRequest{}); return err },
		"get":   func() error { _, err := n.queue().GetItem(n.ctx(t), &pb.GetItemRequest{ItemId: id}); return err },
		"stats": func() error { _, err := n.queue().GetQueueStats(n.ctx(t), &pb.GetQueueStatsRequest{}); return err },
		"watch": func() error {
			w, err := n.queue().WatchItems(n.ctx(t), &pb.WatchItemsRequest{})
			if err == nil {
				_, err = w.Recv()
			}
			return err
		},
		"explain": func() error {
			_, err := n.queue().ExplainItem(n.ctx(t), &pb.ExplainItemRequest{ItemId: id})
			return err
		},
	} {
		wantError(t, what+" of an empty Redis", call(), codes.Unavailable, "BEHIND")
	}
	done := make(chan struct{})
	go func() { // as the worker does, again and again
		defer close(done)
		for range 10 {
			_, _ = h.book().CatchUp(t.Context())
			time.Sleep(5 * time.Millisecond)
			_ = h.redis.FlushAll(t.Context()).Err()
		}
		_, _ = h.book().CatchUp(t.Context())
	}()
	whole := 0
	for running := true; running || whole == 0; {
		select {
		case <-done:
			running = false
		default:
		}
		out, err := n.queue().ListItems(n.ctx(t), &pb.ListItemsRequest{PageSize: 1000})
		if err != nil {
			wantError(t, "a list while Redis is wiped", err, codes.Unavailable, "BEHIND")
			continue
		}
		if len(out.GetItems()) != len(want) || out.GetAppliedPosition() != out.GetLogPosition() {
			t.Fatalf("a short list of %d items, at %d of %d", len(out.GetItems()), out.GetAppliedPosition(), out.GetLogPosition())
		}
		whole++
	}
	if got := n.list(t); !slices.Equal(got, want) {
		t.Error("the rebuilt list is another one")
	}
}

// TestEveryAnswerSaysHowFarItIs: unread mail stands beside the list, and a
// commit of another node is in the next answer here.
func TestEveryAnswerSaysHowFarItIs(t *testing.T) {
	h := newHouse(t)
	n := h.node()
	h.open(0, "dash")
	h.entry(reading(1)) // accepted, not taken in
	out, err := n.queue().ListItems(n.ctx(t), &pb.ListItemsRequest{})
	if err != nil || out.GetUnreadNotices() != 1 || out.GetAppliedPosition() != out.GetLogPosition() || out.GetDegraded() {
		t.Errorf("ListItems() = %d unread, %d of %d, %v", out.GetUnreadNotices(), out.GetAppliedPosition(), out.GetLogPosition(), err)
	}
	stats, err := n.queue().GetQueueStats(n.ctx(t), &pb.GetQueueStatsRequest{})
	if err != nil || stats.GetNotices() != 1 || stats.GetUnreadNotices() != 1 || stats.GetBands()[1].GetWaiting() != 1 || stats.GetBands()[1].GetUnopened() != 1 {
		t.Errorf("GetQueueStats() = %v, %v", stats, err)
	}
	// Written to the log by a node that could not apply it.
	end := must(h.log.End(t.Context())).Commits.Last
	snap := must(h.store().Load(t.Context()))
	c := triage.Commit{ID: uuid.NewString(), At: h.clock(), Through: snap.Ledger.Through, Actor: triage.Actor{Name: "archiver", Role: "service"}, Events: []triage.Event{triage.Archived{Notices: 1, Commits: end}}}
	if _, err := h.log.Append(t.Context(), c, end); err != nil {
		t.Fatal(err)
	}
	out, err = n.queue().ListItems(n.ctx(t), &pb.ListItemsRequest{})
	if err != nil || out.GetAppliedPosition() != end+1 {
		t.Errorf("after a commit of another node the list stands at %d, %v; want %d", out.GetAppliedPosition(), err, end+1)
	}
}

// TestRiskAfterARaise: what a notice has just put at RED has its own time, in
// the list as in the figures; 80 % of the first notice's is long gone.
func TestRiskAfterARaise(t *testing.T) {
	h := newHouse(t)
	n := h.node()
	i := h.open(0, "dash")
	h.wait(4 * time.Hour)
	read, e := h.entry(reading(0), "threat_to_kill")
	i = h.take(read, e, i.ID)
	for _, c := range []struct {
		wait time.Duration
		want bool
	}{{0, false}, {3 * time.Hour, false}, {13 * time.Minute, true}} { // 80 % of 4 h is 3 h 12 min
		h.wait(c.wait)
		full, err := n.queue().GetItem(n.ctx(t), &pb.GetItemRequest{ItemId: string(i.ID)})
		if err != nil {
			t.Fatal(err)
		}
		stats, err := n.queue().GetQueueStats(n.ctx(t), &pb.GetQueueStatsRequest{})
		if err != nil {
			t.Fatal(err)
		}
		if s := full.GetItem().GetSummary(); s.GetBand() != pb.Band_BAND_RED || s.GetBreachRisk() != c.want || stats.GetBands()[0].GetBreachRisk() == 1 != c.want {
			t.Errorf("%s after the raise: %s at risk %v, %d counted; want %v", c.wait, s.GetBand(), s.GetBreachRisk(), stats.GetBands()[0].GetBreachRisk(), c.want)
		}
	}
}

// moving is a queue in which something moves after it was read for the first
// time.
type moving struct {
	Queue
	once sync.Once
	move func()
}

func (m *moving) Page(ctx context.Context, from, to uint64, after *triage.Row, n int) (*triage.Snapshot, []triage.Row, error) {
	snap, rows, err := m.Queue.Page(ctx, from, to, after, n)
	if len(rows) > 0 {
		m.once.Do(m.move)
	}
	return snap, rows, err
}

// TestAnItemThatMovesDown while a list is read stands in it once.
func TestAnItemThatMovesDown(t *testing.T) {
	h := newHouse(t)
	red, other := h.open(0, "threat_to_kill"), h.open(1, "offending")
	moved := false
	n := h.node(func(c *Config, s *Server) {
		if s != nil {
			return
		}
		c.Doors[0].Queue = &moving{Queue: c.Doors[0].Queue, move: func() {
			moved = true
			h.append(triage.ItemScored{Item: red.ID, Children: red.Children, Score: triage.Score{Band: triage.Blue}, Due: red.Due})
		}}
	})
	if got := n.list(t); !moved || len(got) != 2 || got[0] != string(red.ID) || got[1] != string(other.ID) {
		t.Errorf("moved %v, the list is %v; want each item once", moved, got)
	}
}
