package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	pb "github.com/ppn-triage/ppn-triage/api/triagev1"
	"github.com/ppn-triage/ppn-triage/cmd/internal/cli"
)

const (
	// silence is how long a watch may say nothing: the service sends a sign of
	// life every 10 seconds.
	silence = 25 * time.Second
	// Between attempts to reach the service again.
	firstWait, longestWait = 250 * time.Millisecond, 5 * time.Second
	// sayAgain is how often a person is told that there is still no connection.
	sayAgain = 30 * time.Second
)

// errSilent ends a watch that gives no sign of life.
var errSilent = errors.New("no sign of life from the service")

type watchCmd struct {
	which
	Once bool `help:"End when the queue has been shown."`
}

// Run shows the queue and every change, and goes on where it stopped after a
// break. Whether the connection is up is always said.
func (c *watchCmd) Run(ctx context.Context, a *app) error {
	f, err := c.filter(a.Actor)
	if err != nil {
		return err
	}
	w := &watch{app: a, filter: f, narrows: c.narrows(), once: c.Once, wait: firstWait}
	for {
		err := w.connect(ctx)
		switch {
		case ctx.Err() != nil || w.over:
			return nil
		case cli.Reason(err) == pb.ErrorReason_ERROR_REASON_PAGE_TOKEN:
			w.token = ""
		case !passing(err):
			return err
		}
		w.lost(err)
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(w.wait):
			w.wait = min(2*w.wait, longestWait)
		}
	}
}

// passing tells whether an error is a break that ends by itself.
func passing(err error) bool {
	switch status.Code(err) {
	case codes.Unavailable, codes.ResourceExhausted, codes.Aborted, codes.Internal, codes.Unknown, codes.Canceled, codes.DeadlineExceeded:
		return true
	default:
		return false
	}
}

// watch is one run of the command, over any number of connections.
type watch struct {
	*app
	filter  *pb.ItemFilter
	narrows bool
	once    bool
	over    bool

	token string     // of the last message: where to go on
	first []*pb.Item // the queue while it is sent for the first time
	known map[string]bool

	wait time.Duration
	down time.Time // since when there is no connection
	said time.Time
}

// connect watches until the connection breaks.
func (w *watch) connect(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	stream, err := w.Queue.WatchItems(ctx, &pb.WatchItemsRequest{FrontDoor: w.FrontDoor, Filter: w.filter, ResumeToken: w.token, View: pb.ItemView_ITEM_VIEW_SUMMARY})
	if err != nil {
		return err
	}
	w.first = nil
	if w.token == "" {
		w.known = nil
	}
	alive := time.AfterFunc(silence, func() { cancel(errSilent) })
	defer alive.Stop()
	for {
		m, err := stream.Recv()
		switch {
		case errors.Is(context.Cause(ctx), errSilent):
			return status.Error(codes.Unavailable, errSilent.Error())
		case errors.Is(err, io.EOF):
			return status.Error(codes.Unavailable, "the service ended the watch")
		case err != nil:
			return err
		}
		alive.Reset(silence)
		if err := w.take(m); err != nil || w.over {
			return err
		}
	}
}

// take shows one message.
func (w *watch) take(m *pb.WatchItemsResponse) error {
	w.screen.Now = time.Now()
	w.back()
	if m.GetResumeToken() != "" {
		w.token = m.GetResumeToken()
	}
	if w.JSON {
		w.over = w.once && m.GetHeartbeat() != nil
		return cli.JSON(w.out, m)
	}
	switch change := m.GetChange().(type) {
	case *pb.WatchItemsResponse_Changed:
		w.changed(change.Changed)
	case *pb.WatchItemsResponse_Left:
		delete(w.known, change.Left.GetItemId())
		w.say("left the queue: %s", cli.Left(change.Left))
	case *pb.WatchItemsResponse_Resync:
		w.known, w.first, w.token = nil, nil, ""
		w.say("the queue is sent anew: %s", change.Resync.GetReason())
	case *pb.WatchItemsResponse_Heartbeat:
		w.beat(change.Heartbeat)
	}
	return nil
}

// changed gathers the first items, and shows later ones as they come.
func (w *watch) changed(i *pb.Item) {
	if w.known == nil {
		w.first = append(w.first, i)
		return
	}
	mark := "changed"
	if !w.known[i.GetId()] {
		mark, w.known[i.GetId()] = "NEW", true
	}
	w.screen.Change(mark, i)
}

// beat shows the queue when it is complete for the first time. Later ones only
// speak where something is not well.
func (w *watch) beat(h *pb.Heartbeat) {
	switch {
	case w.known == nil:
		w.screen.Freshness(w.door(w.first...), h)
		if len(w.first) == 0 {
			w.screen.Empty(h, w.narrows)
		}
		w.screen.Queue(w.first)
		w.known = map[string]bool{}
		for _, i := range w.first {
			w.known[i.GetId()] = true
		}
		w.first, w.over = nil, w.once
	case !cli.Complete(h):
		w.screen.Freshness(w.FrontDoor, h)
	}
}

// lost says that what is on the screen may be out of date.
func (w *watch) lost(err error) {
	now := time.Now()
	if w.down.IsZero() {
		w.down = now
	} else if now.Sub(w.said) < sayAgain {
		return
	}
	w.said = now
	line, _ := cli.Trouble(err)
	w.screen.Now = now
	s := w.screen
	if w.JSON {
		s.W = w.err
	}
	s.Warn("%s  CONNECTION LOST since %s: what is above may be out of date; trying again. %s", clock(now), clock(w.down), line)
}

// back says that the connection is up again.
func (w *watch) back() {
	if w.down.IsZero() {
		return
	}
	w.down, w.wait = time.Time{}, firstWait
	if !w.JSON {
		w.say("connection is back")
	}
}

func (w *watch) say(format string, a ...any) {
	w.screen.Say("%s  %s", clock(w.screen.Now), fmt.Sprintf(format, a...))
}

func clock(t time.Time) string { return t.In(cli.London).Format("15:04:05") }
