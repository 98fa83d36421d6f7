package queueapi

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"time"

	"google.golang.org/grpc"

	pb "github.com/ppn-triage/ppn-triage/api/triagev1"
	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/wire"
)

// resume is a place in the stream of changes: of the commit after a position,
// the first so many of the items that it names are done.
type resume struct {
	Position uint64 `json:"p"`
	Sent     int    `json:"n"`
	Stream   string `json:"s"`
	Filter   string `json:"f"`
}

func (r resume) token() string {
	b, _ := json.Marshal(r) // strings and numbers always encode
	return base64.RawURLEncoding.EncodeToString(b)
}

func readResume(token, filter string) (r resume, err error) {
	b, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || json.Unmarshal(b, &r) != nil {
		return r, bad(pb.ErrorReason_ERROR_REASON_PAGE_TOKEN, "resume_token", "not one of ours")
	}
	if r.Filter != filter {
		return r, bad(pb.ErrorReason_ERROR_REASON_PAGE_TOKEN, "resume_token", "of another query; start without one")
	}
	return r, nil
}

// beat is how often an idle watch says that it lives.
const beat = 10 * time.Second

// mostMissed is how many commits a watch may have missed and still go on where
// it stopped; beyond that, sending the queue anew is cheaper for both.
const mostMissed = 5000

// WatchItems sends the queue, then its changes.
func (s queueService) WatchItems(r *pb.WatchItemsRequest, out grpc.ServerStreamingServer[pb.WatchItemsResponse]) error {
	return stream(r, out, s.watch)
}

// watcher is one running watch.
type watcher struct {
	*Server
	door   *front
	filter filter
	view   pb.ItemView
	out    grpc.ServerStreamingServer[pb.WatchItemsResponse]
	done   resume                   // what has been sent
	listed map[triage.ItemID]uint64 // items sent with the first list, and the commit that each was sent after
}

func (s *Server) watch(ctx context.Context, r *pb.WatchItemsRequest, out grpc.ServerStreamingServer[pb.WatchItemsResponse]) error {
	d, err := s.door(r.GetFrontDoor())
	if err != nil {
		return err
	}
	w := &watcher{Server: s, door: d, view: r.GetView(), out: out, listed: map[triage.ItemID]uint64{}}
	if w.filter, err = newFilter(r.GetFilter()); err != nil {
		return err
	}
	if err := w.begin(ctx, r.GetResumeToken()); err != nil {
		return err
	}
	if err := w.catchUp(ctx); err != nil {
		return err
	}
	seat, from, err := d.hub.join()
	if err != nil {
		return err
	}
	defer d.hub.leave(seat)
	// Sending blocks while the caller does not read. So that a watch can be cut
	// then too, it runs beside this call and ends with it.
	ended := make(chan error, 1)
	go func() { ended <- w.run(ctx, seat, from) }()
	select {
	case err := <-ended:
		return err
	case <-seat.cut:
		return &fault{reason: pb.ErrorReason_ERROR_REASON_SLOW_READER, text: "this watch was read too slowly; resume it with its last token"}
	}
}

// run sends what lies before the hub's first change, then those of the hub.
func (w *watcher) run(ctx context.Context, seat *seat, from uint64) error {
	for w.done.Position < from {
		if more, err := w.sendMissed(ctx); err != nil {
			return err
		} else if !more {
			return fmt.Errorf("%w: the queue was emptied", triage.ErrBehind)
		}
	}
	return w.follow(ctx, seat.changes)
}

// begin goes on where the token says, or sends the queue from the start.
func (w *watcher) begin(ctx context.Context, token string) error {
	_, st, err := w.door.current(ctx)
	if err != nil {
		return err
	}
	if token == "" {
		return w.list(ctx)
	}
	r, err := readResume(token, w.filter.hash)
	if err != nil {
		return err
	}
	why := ""
	switch {
	case r.Stream != w.door.Identity:
		why = "the log is another one"
	case r.Position > st.log:
		why = "the log is shorter than it was"
	case st.applied > r.Position+mostMissed:
		why = "too much has happened since"
	}
	if why == "" {
		w.done = r
		return nil
	}
	if err := w.out.Send(&pb.WatchItemsResponse{Change: &pb.WatchItemsResponse_Resync{Resync: &pb.Resync{Reason: why}}}); err != nil {
		return err
	}
	return w.list(ctx)
}

// list sends every item that matches, without a token: a watch that breaks off
// here starts anew. A heartbeat ends it.
func (w *watcher) list(ctx context.Context) error {
	now := w.cfg.Now().UTC()
	var failed error
	st, err := w.door.walk(ctx, now, nil, func(_ *triage.Snapshot, row triage.Row) bool {
		sent, twice := w.listed[row.Item.ID]
		if !w.filter.match(row.Item, w.door.tier(row.Item, now)) || twice && sent == row.Item.Touched {
			return true
		}
		w.listed[row.Item.ID] = row.Item.Touched
		failed = w.out.Send(&pb.WatchItemsResponse{Change: &pb.WatchItemsResponse_Changed{Changed: w.door.listed(row.Item, now, w.view)}})
		return failed == nil
	})
	if err == nil {
		err = failed
	}
	if err != nil {
		return err
	}
	w.done = resume{Position: st.applied, Stream: w.door.Identity, Filter: w.filter.hash}
	return w.heartbeat(ctx)
}

// catchUp sends what was missed, from the log; the hub has only what is new.
func (w *watcher) catchUp(ctx context.Context) error {
	for {
		if more, err := w.sendMissed(ctx); err != nil || !more {
			return err
		}
	}
}

func (w *watcher) sendMissed(ctx context.Context) (more bool, err error) {
	missed, err := w.door.changes(ctx, w.done.Position)
	if err != nil {
		return false, err
	}
	for _, c := range missed {
		if err := w.send(c); err != nil {
			return false, err
		}
	}
	return len(missed) > 0, nil
}

// send sends the changes of one commit that have not been sent. The token of
// the last one stands for the whole commit.
func (w *watcher) send(c change) error {
	if c.seq <= w.done.Position {
		return nil
	}
	now := w.cfg.Now().UTC()
	for k, i := range c.items {
		if sent, ok := w.listed[i.ID]; i.n < w.done.Sent || ok && sent >= i.Touched {
			continue
		}
		at := w.done
		if at.Position, at.Sent = c.seq-1, i.n+1; k == len(c.items)-1 {
			at.Position, at.Sent = c.seq, 0
		}
		m := &pb.WatchItemsResponse{ResumeToken: at.token()}
		if w.filter.match(i.Item, w.door.tier(i.Item, now)) {
			m.Change = &pb.WatchItemsResponse_Changed{Changed: w.door.listed(i.Item, now, w.view)}
		} else {
			m.Change = &pb.WatchItemsResponse_Left{Left: &pb.ItemLeft{ItemId: string(i.ID), State: wire.StateProto(i.State()), JoinedInto: string(i.JoinedInto)}}
		}
		if err := w.out.Send(m); err != nil {
			return err
		}
		delete(w.listed, i.ID)
	}
	w.done.Position, w.done.Sent = c.seq, 0
	return nil
}

// follow sends changes as they come until the caller goes.
func (w *watcher) follow(ctx context.Context, changes <-chan change) error {
	tick := time.NewTicker(w.beat)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
			if err := w.heartbeat(ctx); err != nil {
				return err
			}
		case c := <-changes:
			if err := w.send(c); err != nil {
				return err
			}
		}
	}
}

// heartbeat says how far the watch is. If the log does not answer, the watch
// ends: a watch that goes on in silence would hide what is new.
func (w *watcher) heartbeat(ctx context.Context) error {
	_, st, err := w.door.current(ctx)
	if err != nil {
		return err
	}
	return w.out.Send(&pb.WatchItemsResponse{ResumeToken: w.done.token(), Change: &pb.WatchItemsResponse_Heartbeat{Heartbeat: &pb.Heartbeat{
		AppliedPosition: w.done.Position, LogPosition: st.log, UnreadNotices: st.unread,
		Degraded: st.degraded != "", DegradedReason: st.degraded,
	}}})
}
