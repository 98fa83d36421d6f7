package queueapi

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	pb "github.com/ppn-triage/ppn-triage/api/triagev1"
	"github.com/ppn-triage/ppn-triage/triage"
)

// watching is one running watch of a test.
type watching struct {
	t      testing.TB
	stream pb.QueueService_WatchItemsClient
	cancel context.CancelFunc
	got    chan *pb.WatchItemsResponse
	end    chan error
}

func watch(t testing.TB, n *node, r *pb.WatchItemsRequest) *watching {
	t.Helper()
	ctx, cancel := context.WithCancel(n.ctx(t))
	stream, err := n.queue().WatchItems(ctx, r)
	if err != nil {
		t.Fatal(err)
	}
	w := &watching{t: t, stream: stream, cancel: cancel, got: make(chan *pb.WatchItemsResponse), end: make(chan error, 1)}
	t.Cleanup(cancel)
	go func() {
		for {
			m, err := stream.Recv()
			if err != nil {
				w.end <- err
				close(w.got)
				return
			}
			select {
			case w.got <- m:
			case <-ctx.Done():
			}
		}
	}()
	return w
}

// next is the next message.
func (w *watching) next() *pb.WatchItemsResponse {
	w.t.Helper()
	select {
	case m, open := <-w.got:
		if !open {
			w.t.Fatalf("the watch ended: %v", <-w.end)
		}
		return m
	case <-time.After(10 * time.Second):
		w.t.Fatal("the watch is silent")
		return nil
	}
}

// listed reads the first items up to the heartbeat that ends them.
func (w *watching) listed() (ids []string, token string) {
	w.t.Helper()
	for {
		m := w.next()
		if m.GetHeartbeat() != nil {
			return ids, m.GetResumeToken()
		}
		if m.GetChanged() == nil || m.GetResumeToken() != "" {
			w.t.Fatalf("among the first items: %v", m)
		}
		ids = append(ids, m.GetChanged().GetId())
	}
}

// event is what a watch says of an item: its id and the commit it was touched by.
func event(m *pb.WatchItemsResponse) string {
	switch {
	case m.GetChanged() != nil:
		return fmt.Sprintf("%s@%d", m.GetChanged().GetId(), m.GetChanged().GetTouched())
	case m.GetLeft() != nil:
		return m.GetLeft().GetItemId() + " left"
	}
	return ""
}

// TestWatchDeliversEveryItemOfACommit: python-etcd3 #729, one revision with
// many events.
func TestWatchDeliversEveryItemOfACommit(t *testing.T) {
	h := newHouse(t)
	n := h.node()
	first := h.open(0, "dash")
	w := watch(t, n, &pb.WatchItemsRequest{})
	if ids, _ := w.listed(); !slices.Equal(ids, []string{string(first.ID)}) {
		t.Fatalf("the first items are %v", ids)
	}
	var events []triage.Event
	want := map[string]bool{}
	for k := range 50 {
		read, e := h.entry(reading(k+1), "dash")
		events = append(events, h.events(read, e, "")...)
		want[string(triage.NewItemID("bradford", "test", read.Seq, 0))] = true
	}
	c := h.commit(triage.Actor{Name: "worker", Role: "service"}, 50, events...)
	for range 50 {
		m := w.next()
		if id := m.GetChanged().GetId(); !want[id] || m.GetChanged().GetTouched() != c.Seq {
			t.Fatalf("delivered %v", event(m))
		}
		delete(want, m.GetChanged().GetId())
	}
	h.append(triage.PoliceAsked{Item: first.ID, Force: "wyp", Question: "where?"})
	if m := w.next(); m.GetChanged().GetId() != string(first.ID) {
		t.Errorf("after the commit of many: %v", event(m))
	}
}

// TestWatchResumesOnAnotherNode without doubling or missing a change, wherever
// it breaks off, also in the middle of a commit.
func TestWatchResumesOnAnotherNode(t *testing.T) {
	h := newHouse(t)
	nodes := []*node{h.node(), h.node()}
	var items []*triage.Item
	for k := range 12 {
		items = append(items, h.open(k, "dash"))
	}
	w := watch(t, nodes[0], &pb.WatchItemsRequest{})
	_, token := w.listed()
	dice := rand.New(rand.NewPCG(1, 2))
	want := map[string]uint64{} // the last commit that touched each item
	write := func() {
		var events []triage.Event
		for _, k := range dice.Perm(len(items))[:1+dice.IntN(6)] {
			events = append(events, triage.PoliceAsked{Item: items[k].ID, Force: "wyp", Question: "where?"})
		}
		c := h.append(events...)
		for _, e := range events {
			want[string(e.Target())] = c.Seq
		}
	}
	got, seen := map[string]uint64{}, map[string]bool{}
	take := func(m *pb.WatchItemsResponse) {
		if m.GetHeartbeat() != nil {
			return
		}
		if e := event(m); seen[e] || m.GetChanged().GetTouched() < got[m.GetChanged().GetId()] {
			t.Fatalf("doubled or out of order: %s", e)
		} else {
			seen[e] = true
		}
		got[m.GetChanged().GetId()], token = m.GetChanged().GetTouched(), m.GetResumeToken()
	}
	for round := range 60 {
		write()
		if dice.IntN(2) == 0 {
			write()
		}
		for range dice.IntN(4) {
			take(w.next())
			if len(seen) > 0 && allThere(got, want) {
				break
			}
		}
		w.cancel()
		w = watch(t, nodes[round%2], &pb.WatchItemsRequest{ResumeToken: token})
	}
	for !allThere(got, want) {
		take(w.next())
	}
}

func allThere(got, want map[string]uint64) bool {
	for id, at := range want {
		if got[id] != at {
			return false
		}
	}
	return true
}

// TestWatchSaysWhatLeaves: decided, joined, out of the filter; and what is
// merely opened changes for a watch of unopened items.
func TestWatchSaysWhatLeaves(t *testing.T) {
	h := newHouse(t)
	n := h.node()
	a, b, c := h.open(0, "dash"), h.open(1, "dash"), h.open(2, "dash")
	all, unopened := watch(t, n, &pb.WatchItemsRequest{}), watch(t, n, &pb.WatchItemsRequest{Filter: &pb.ItemFilter{Unopened: true}})
	all.listed()
	unopened.listed()
	n.look(t, a)
	if m := unopened.next(); m.GetLeft().GetItemId() != string(a.ID) || m.GetLeft().GetState() != pb.ItemState_ITEM_STATE_WAITING {
		t.Errorf("an item that was opened, in a watch of unopened ones: %v", m)
	}
	if m := all.next(); m.GetChanged().GetSummary().GetFirstOpened() == nil {
		t.Errorf("an item that was opened, in a watch of all: %v", m)
	}
	if _, err := n.queue().JoinItems(n.ctx(t), &pb.JoinItemsRequest{RequestId: uuid.NewString(), ItemId: string(b.ID), OtherItemId: string(c.ID), Reason: "because"}); err != nil {
		t.Fatal(err)
	}
	var left *pb.ItemLeft
	for left == nil {
		left = all.next().GetLeft()
	}
	if left.GetItemId() != string(c.ID) || left.GetJoinedInto() != string(b.ID) || left.GetState() != pb.ItemState_ITEM_STATE_JOINED {
		t.Errorf("an item that was joined: %v", left)
	}
}

// TestWatchResyncs where the token cannot be gone on from: another log, a log
// that is shorter, too much missed; and refuses one of another query.
func TestWatchResyncs(t *testing.T) {
	h := newHouse(t)
	n := h.node()
	i := h.open(0, "dash")
	w := watch(t, n, &pb.WatchItemsRequest{})
	_, token := w.listed()
	good := must(readResume(token, must(newFilter(nil)).hash))
	for name, spoil := range map[string]func(r *resume){
		"another log":   func(r *resume) { r.Stream = "another" },
		"a shorter log": func(r *resume) { r.Position += 1000 },
	} {
		r := good
		spoil(&r)
		w := watch(t, n, &pb.WatchItemsRequest{ResumeToken: r.token()})
		if m := w.next(); m.GetResync().GetReason() == "" {
			t.Errorf("%s: the first message is %v, want a resync", name, m)
		}
		if ids, _ := w.listed(); !slices.Equal(ids, []string{string(i.ID)}) {
			t.Errorf("%s: after the resync come %v", name, ids)
		}
	}
	stream, err := n.queue().WatchItems(n.ctx(t), &pb.WatchItemsRequest{ResumeToken: token, Filter: &pb.ItemFilter{Unheld: true}})
	if err == nil {
		_, err = stream.Recv()
	}
	wantError(t, "a token of another query", err, codes.InvalidArgument, "PAGE_TOKEN")
}

// TestWatchBeats: an idle watch says that it lives, and ends when the log does
// not answer (grafana #130332: a dead upstream must not be silence).
func TestWatchBeats(t *testing.T) {
	h := newHouse(t)
	n := h.node(func(_ *Config, s *Server) {
		if s != nil {
			s.beat = 50 * time.Millisecond
		}
	})
	w := watch(t, n, &pb.WatchItemsRequest{})
	w.listed()
	for range 3 {
		if m := w.next(); m.GetHeartbeat().GetAppliedPosition() == 0 || m.GetResumeToken() == "" {
			t.Fatalf("an idle watch says %v", m)
		}
	}
	h.lost.Store(true)
	for {
		m, open := <-w.got
		if !open {
			break
		}
		if m.GetHeartbeat() == nil {
			t.Fatalf("without a log the watch says %v", m)
		}
	}
	wantError(t, "a watch without a log", <-w.end, codes.Unavailable, "BEHIND")
}

// TestSlowWatcherIsCut: one that does not read costs nobody else anything, and
// can go on with its last token.
func TestSlowWatcherIsCut(t *testing.T) {
	h := newHouse(t)
	n := h.node()
	n.doors["bradford"].hub.buffer = 8
	i := h.open(0, "dash")
	slow, err := n.queue().WatchItems(n.ctx(t), &pb.WatchItemsRequest{View: pb.ItemView_ITEM_VIEW_FULL})
	if err != nil {
		t.Fatal(err)
	}
	if m, err := slow.Recv(); err != nil || m.GetChanged() == nil {
		t.Fatalf("the first message = %v, %v", m, err)
	}
	beat, err := slow.Recv()
	if err != nil {
		t.Fatal(err)
	}
	quick := watch(t, n, &pb.WatchItemsRequest{})
	quick.listed()
	// Each change is the whole item with every question so far, so that the
	// stream's window and the hub's buffer fill; whoever reads sees each.
	var last uint64
	for range 40 {
		last = h.append(triage.PoliceAsked{Item: i.ID, Force: "wyp", Question: fmt.Sprintf("%019000d", 0)}).Seq
		for quick.next().GetChanged().GetTouched() != last {
		}
	}
	token := beat.GetResumeToken()
	var end error
	read := 0
	for end == nil {
		var m *pb.WatchItemsResponse
		if m, end = slow.Recv(); end == nil {
			token = m.GetResumeToken()
			read++
		}
	}
	if errors.Is(end, io.EOF) || status.Code(end) != codes.ResourceExhausted || reasonOf(end) != "SLOW_READER" {
		t.Fatalf("after %d changes the slow watch ended with %v", read, end)
	}
	resumed := watch(t, n, &pb.WatchItemsRequest{ResumeToken: token})
	if m := resumed.next(); m.GetChanged().GetTouched() != last {
		t.Errorf("resumed after the cut: %v, want the item as of %d", event(m), last)
	}
}

// sink gathers what a watch sends.
type sink struct {
	pb.QueueService_WatchItemsServer
	sent chan *pb.WatchItemsResponse
}

func (s sink) Send(m *pb.WatchItemsResponse) error { s.sent <- m; return nil }

// TestWatchFillsTheGap between what it has sent and what the hub will pass on:
// commits that came just before it joined.
func TestWatchFillsTheGap(t *testing.T) {
	h := newHouse(t)
	n := h.node()
	i := h.open(0, "dash")
	d, out := n.doors["bradford"], sink{sent: make(chan *pb.WatchItemsResponse, 10)}
	w := &watcher{Server: n.Server, door: d, out: out, done: resume{Position: i.Touched, Stream: d.Identity}, listed: map[triage.ItemID]uint64{}}
	late := h.open(1, "dash")
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- w.run(ctx, &seat{changes: make(chan change)}, late.Touched) }()
	select {
	case m := <-out.sent:
		if m.GetChanged().GetId() != string(late.ID) {
			t.Errorf("sent is %v", event(m))
		}
	case <-time.After(10 * time.Second):
		t.Error("what came before the watch joined the hub is not sent")
	}
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("run() = %v", err)
	}
}
