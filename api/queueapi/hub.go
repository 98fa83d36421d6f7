package queueapi

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/ppn-triage/ppn-triage/triage"
)

// change is one commit as the watches see it: the items that it names last.
type change struct {
	seq   uint64
	items []changed
}

// changed is an item as its last commit left it, and its number among all that
// this commit names.
type changed struct {
	n int
	*triage.Item
}

// hub reads the log once for all watches of a front door.
type hub struct {
	lock     sync.Mutex
	started  bool
	at       uint64 // last commit passed on
	watchers map[*seat]bool
	buffer   int // how many commits a watch may fall behind before it is cut
}

// seat is one watch's place at the hub.
type seat struct {
	changes chan change
	cut     chan struct{} // closed when the watch has fallen too far behind
}

// watchBuffer is a hub's usual buffer.
const watchBuffer = 256

func newHub() *hub { return &hub{watchers: map[*seat]bool{}, buffer: watchBuffer} }

// join adds a watch and says after which commit its changes begin.
func (h *hub) join() (*seat, uint64, error) {
	h.lock.Lock()
	defer h.lock.Unlock()
	if !h.started {
		return nil, 0, fmt.Errorf("%w: nothing has been read yet", triage.ErrBehind)
	}
	s := &seat{changes: make(chan change, h.buffer), cut: make(chan struct{})}
	h.watchers[s] = true
	return s, h.at, nil
}

func (h *hub) leave(s *seat) {
	h.lock.Lock()
	defer h.lock.Unlock()
	delete(h.watchers, s)
}

// start says after which commit the hub passes on what follows.
func (h *hub) start(at uint64) {
	h.lock.Lock()
	defer h.lock.Unlock()
	h.started, h.at = true, at
}

func (h *hub) place() (at uint64, started bool) {
	h.lock.Lock()
	defer h.lock.Unlock()
	return h.at, h.started
}

// pass hands a change to every watch; one whose buffer is full is cut.
func (h *hub) pass(c change) {
	h.lock.Lock()
	defer h.lock.Unlock()
	h.at = c.seq
	for s := range h.watchers {
		select {
		case s.changes <- c:
		default:
			delete(h.watchers, s)
			close(s.cut)
		}
	}
}

// Run feeds the watches of every front door until ctx ends. wake is asked for
// once a front door: a value on it means that the log may have grown.
func (s *Server) Run(ctx context.Context, wake func(frontDoor string) <-chan struct{}) {
	var wg sync.WaitGroup
	for name, d := range s.doors {
		wg.Go(func() { d.feed(ctx, wake(name)) })
	}
	wg.Wait()
}

// feed passes on what the queue has taken in since, commit by commit.
func (f *front) feed(ctx context.Context, wake <-chan struct{}) {
	for ctx.Err() == nil {
		if err := f.feedNext(ctx); err == nil {
			continue
		}
		select {
		case <-ctx.Done():
		case _, open := <-wake:
			if !open {
				return
			}
		case <-time.After(time.Second):
		}
	}
}

// errIdle says that there is nothing new.
var errIdle = errors.New("nothing new")

func (f *front) feedNext(ctx context.Context) error {
	at, started := f.hub.place()
	if !started {
		snap, _, err := f.current(ctx)
		if err == nil {
			f.hub.start(snap.Position)
		}
		return err
	}
	changes, err := f.changes(ctx, at)
	if err != nil {
		return err
	}
	for _, c := range changes {
		f.hub.pass(c)
	}
	if len(changes) == 0 {
		return errIdle
	}
	return nil
}

// How much changes reads in one step.
const (
	mostChanges = 100 // commits
	mostTouched = 500 // items that they name, beyond those of the first
)

// changes returns the next commits after a position that the queue reflects. An
// item stands in the last commit that names it: an earlier state of it that
// nobody was sent is not sent late, and none is sent twice.
func (f *front) changes(ctx context.Context, after uint64) ([]change, error) {
	commits, err := f.commits(ctx, after+1, mostChanges)
	if err != nil || len(commits) == 0 {
		return nil, err
	}
	ids := commits[0].Items()
	for n := 1; n < len(commits); n++ {
		more := commits[n].Items()
		if len(ids)+len(more) > mostTouched {
			commits = commits[:n]
			break
		}
		ids = append(ids, more...)
	}
	snap, _, err := f.current(ctx, ids...) // the log is first with a commit, the queue follows
	if err != nil {
		return nil, err
	}
	var out []change
	for k := range commits {
		c := &commits[k]
		if c.Seq > snap.Position {
			break
		}
		ch := change{seq: c.Seq}
		for n, id := range c.Items() {
			if i := snap.Items[id]; i != nil && i.Touched == c.Seq {
				ch.items = append(ch.items, changed{n, i})
			}
		}
		out = append(out, ch)
	}
	return out, nil
}
