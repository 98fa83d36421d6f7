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
// the first so many of the items that it touches are done.
type resume struct {
	Position uint64 `json:"p"`
	Sent     int    `json:"n"`
	Stream   string `json:"s"`
}

func (r resume) token() string {
	b, _ := json.Marshal(r) // strings and numbers always encode
	return base64.RawURLEncoding.EncodeToString(b)
}

func readResume(token string) (r resume, err error) {
	b, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || json.Unmarshal(b, &r) != nil {
		return r, &fault{reason: pb.ErrorReason_ERROR_REASON_PAGE_TOKEN, text: "resume_token: not one of ours", field: "resume_token"}
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
	ctx := out.Context()
	return toStatus(ctx, s.watch(ctx, r, out))
}

// watcher is one running watch.
type watcher struct {
	*Server
	door   *front
	filter filter
	view   pb.ItemView
	out    grpc.ServerStreamingServer[pb.WatchItemsResponse]
	done   resume                   // what has been sent
	listed map[triage.ItemID]uint64 // versions sent with the first items
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
	changes, from, leave := d.hub.join()
	defer leave()
	if err := w.begin(ctx, r.GetResumeToken()); err != nil {
		return err
	}
	// What lies between the place to go on from and the first change of the hub.
	for w.done.Position < from {
		missed, err := d.changes(ctx, w.done.Position, 100)
		if err != nil {
			return err
		}
		if len(missed) == 0 {
			return fmt.Errorf("%w: the queue was emptied", triage.ErrBehind)
		}
		for _, c := range missed {
			if err := w.send(ctx, c); err != nil {
				return err
			}
		}
	}
	return w.follow(ctx, changes)
}

// begin goes on where the token says, or sends the queue from the start.
func (w *watcher) begin(ctx context.Context, token string) error {
	snap, err := w.door.Queue.Load(ctx)
	if err != nil {
		return err
	}
	st, err := w.door.fresh(ctx, snap)
	if err != nil {
		return err
	}
	if token == "" {
		return w.list(ctx, st)
	}
	r, err := readResume(token)
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
	return w.list(ctx, st)
}

// list sends every item that matches, without a token: a watch that breaks off
// here starts anew. A heartbeat ends it.
func (w *watcher) list(ctx context.Context, st standing) error {
	now := w.cfg.Now().UTC()
	w.done = resume{Position: st.applied, Stream: w.door.Identity}
	var failed error
	err := w.door.walk(ctx, now, nil, func(_ *triage.Snapshot, row triage.Row) bool {
		if !w.filter.match(row.Item, w.door.tier(row.Item, now)) {
			return true
		}
		w.listed[row.Item.ID] = row.Item.Version
		failed = w.out.Send(&pb.WatchItemsResponse{Change: &pb.WatchItemsResponse_Changed{Changed: w.present(ctx, w.door, row.Item, now, w.view)}})
		return failed == nil
	})
	if err == nil {
		err = failed
	}
	if err == nil {
		err = w.heartbeat(ctx)
	}
	return err
}

// send sends the changes of one commit that have not been sent. The token of
// the last one stands for the whole commit.
func (w *watcher) send(ctx context.Context, c change) error {
	if c.seq <= w.done.Position {
		return nil
	}
	now := w.cfg.Now().UTC()
	for k, i := range c.items {
		if i.n < w.done.Sent || w.listed[i.ID] == i.Version {
			continue
		}
		at := resume{Position: c.seq - 1, Sent: i.n + 1, Stream: w.done.Stream}
		if k == len(c.items)-1 {
			at = resume{Position: c.seq, Stream: w.done.Stream}
		}
		m := &pb.WatchItemsResponse{ResumeToken: at.token()}
		if w.filter.match(i.Item, w.door.tier(i.Item, now)) {
			m.Change = &pb.WatchItemsResponse_Changed{Changed: w.present(ctx, w.door, i.Item, now, w.view)}
		} else {
			m.Change = &pb.WatchItemsResponse_Left{Left: &pb.ItemLeft{ItemId: string(i.ID), State: wire.StateProto(i.State()), JoinedInto: string(i.JoinedInto)}}
		}
		if err := w.out.Send(m); err != nil {
			return err
		}
		delete(w.listed, i.ID)
	}
	w.done = resume{Position: c.seq, Stream: w.done.Stream}
	return nil
}

// follow sends changes as they come until the caller goes or is too slow.
func (w *watcher) follow(ctx context.Context, changes <-chan change) error {
	tick := time.NewTicker(beat)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
			if err := w.heartbeat(ctx); err != nil {
				return err
			}
		case c, open := <-changes:
			if !open {
				return &fault{reason: pb.ErrorReason_ERROR_REASON_SLOW_READER, text: "this watch was read too slowly; resume it with its last token"}
			}
			if err := w.send(ctx, c); err != nil {
				return err
			}
		}
	}
}

// heartbeat says how far the watch is. If the log does not answer, the watch
// ends: a watch that goes on in silence would hide what is new.
func (w *watcher) heartbeat(ctx context.Context) error {
	snap, err := w.door.Queue.Load(ctx)
	if err != nil {
		return fmt.Errorf("%w: %w", triage.ErrBehind, err)
	}
	st, err := w.door.fresh(ctx, snap)
	if err != nil {
		return err
	}
	return w.out.Send(&pb.WatchItemsResponse{ResumeToken: w.done.token(), Change: &pb.WatchItemsResponse_Heartbeat{Heartbeat: &pb.Heartbeat{
		AppliedPosition: w.done.Position, LogPosition: st.log, UnreadNotices: st.unread,
		Degraded: st.degraded != "", DegradedReason: st.degraded,
	}}})
}
