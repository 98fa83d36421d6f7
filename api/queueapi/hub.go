package queueapi

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/ppn-triage/ppn-triage/triage"
)

// change is one commit as the watches see it: the items that it left changed.
type change struct {
	seq   uint64
	items []changed
}

// changed is an item whose last change is in a commit, and the item's number
// among all that the commit touches.
type changed struct {
	n int
	*triage.Item
}

// hub reads the log once for all watches of a front door.
type hub struct {
	lock     sync.Mutex
	at       uint64 // last commit passed on
	watchers map[chan change]bool
}

// watchBuffer is how many commits a watcher may fall behind before it is cut.
const watchBuffer = 256

func newHub() *hub { return &hub{watchers: map[chan change]bool{}} }

// join adds a watcher and says after which commit its changes begin.
func (h *hub) join() (<-chan change, uint64, func()) {
	ch := make(chan change, watchBuffer)
	h.lock.Lock()
	defer h.lock.Unlock()
	h.watchers[ch] = true
	return ch, h.at, func() {
		h.lock.Lock()
		defer h.lock.Unlock()
		if h.watchers[ch] {
			delete(h.watchers, ch)
			close(ch)
		}
	}
}

// pass hands a change to every watcher; one whose buffer is full is cut.
func (h *hub) pass(c change) {
	h.lock.Lock()
	defer h.lock.Unlock()
	h.at = c.seq
	for ch := range h.watchers {
		select {
		case ch <- c:
		default:
			delete(h.watchers, ch)
			close(ch)
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
	started := false
	for ctx.Err() == nil {
		if !started {
			if snap, err := f.Queue.Load(ctx); err == nil {
				f.hub.pass(change{seq: snap.Position})
				started = true
			}
		} else if err := f.feedNext(ctx); err == nil {
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
	f.hub.lock.Lock()
	at := f.hub.at
	f.hub.lock.Unlock()
	changes, err := f.changes(ctx, at, 100)
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

// changes returns the commits after a position that the queue reflects. An item
// is in the last commit that changed it: an earlier state of it that nobody was
// sent is not sent late, and none is sent twice.
func (f *front) changes(ctx context.Context, after uint64, max int) ([]change, error) {
	commits, err := f.Log.ReadCommits(ctx, after+1, max)
	if err != nil || len(commits) == 0 {
		return nil, err
	}
	var ids []triage.ItemID
	for _, c := range commits {
		ids = append(ids, touched(&c)...)
	}
	snap, err := f.Queue.Load(ctx, ids...)
	if err != nil {
		return nil, err
	}
	var out []change
	for n := range commits {
		c := &commits[n]
		if c.Seq > snap.Position {
			break
		}
		ch := change{seq: c.Seq}
		for n, id := range touched(c) {
			if i := snap.Items[id]; i != nil && i.Version == c.Seq {
				ch.items = append(ch.items, changed{n, i})
			}
		}
		out = append(out, ch)
	}
	return out, nil
}

// touched lists the items of a commit, each once, in the order of its events.
func touched(c *triage.Commit) (ids []triage.ItemID) {
	add := func(id triage.ItemID) {
		if id != "" && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	for _, e := range c.Events {
		add(e.Target())
		switch e := e.(type) {
		case triage.ItemJoined:
			add(e.Absorbed)
		case triage.NoticeSplit:
			add(e.New)
		}
	}
	return ids
}
