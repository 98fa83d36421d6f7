package faults

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"
)

// atOnce is how many faults there are at a time.
const atOnce = 3

// nemesis carries out a plan.
type nemesis struct {
	*stage
	tell func(format string, a ...any)

	lock  sync.Mutex
	wrong []error
}

// run brings about all faults and mends them again.
func (n *nemesis) run(ctx context.Context, faults []fault) error {
	slots := make(chan struct{}, atOnce)
	var under sync.WaitGroup
	for _, f := range faults {
		select {
		case <-ctx.Done():
		case <-time.After(f.after):
		}
		slots <- struct{}{}
		under.Go(func() {
			defer func() { <-slots }()
			if err := n.one(ctx, f); err != nil {
				n.lock.Lock()
				n.wrong = append(n.wrong, fmt.Errorf("%s: %w", f, err))
				n.lock.Unlock()
			}
		})
	}
	under.Wait()
	return errors.Join(append(n.wrong, ctx.Err())...)
}

// one brings about a fault, alone on its target, and mends it.
func (n *nemesis) one(ctx context.Context, f fault) error {
	for _, name := range targets(f) {
		n.busy[name].Lock()
		defer n.busy[name].Unlock()
	}
	n.tell("%s", f)
	if k := n.links[f.target]; k != nil {
		n.onLink(ctx, k, f)
		return nil
	}
	return n.onNode(ctx, f)
}

func targets(f fault) []string {
	if f.target == "both" {
		return daemons
	}
	return []string{f.target}
}

func (n *nemesis) onLink(ctx context.Context, k *link, f fault) {
	modes := map[kind]way{refused: refuse, held: hold, delayed: slow, unasked: deaf, untold: mute}
	if f.kind == cutOff {
		k.cut()
		return
	}
	k.late.Store(int64(f.part * float64(150*time.Millisecond)))
	k.set(modes[f.kind])
	rest(ctx, f.lasts)
	k.set(pass)
}

func rest(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

func (n *nemesis) onNode(ctx context.Context, f fault) error {
	p := n.nodes[f.target]
	switch f.kind {
	case paused:
		p.pause()
		rest(ctx, f.lasts)
		p.goOn()
		return nil
	case flushed:
		return n.flush(ctx)
	case unarchived:
		return n.unarchive(ctx, f)
	case full:
		return n.fillUp(ctx, f)
	case rollBoth:
		for _, name := range daemons {
			n.nodes[name].kill()
		}
		rest(ctx, f.lasts)
		return errors.Join(n.nodes[nodeTwo].start(ctx), n.nodes[nodeOne].start(ctx))
	case lateKill:
		p.pause()
		rest(ctx, f.lasts)
	}
	p.kill()
	if err := n.damage(f); err != nil {
		return err
	}
	if f.kind != lateKill {
		rest(ctx, f.lasts)
	}
	return p.start(ctx)
}

// damage is what a dead server's disk has lost.
func (n *nemesis) damage(f fault) error {
	folder := n.path(nodeRedis, "appendonlydir")
	switch f.kind {
	case emptied:
		return os.RemoveAll(folder)
	case thrownBack:
		return throwBack(folder, f.part)
	}
	return nil
}

// throwBack takes up to half of Redis' log away, as a replica lacks it that was
// behind: whole transactions. A redis-server 7.0 that finds half of one takes
// only its end away, and would run the rest at the start after the next.
func throwBack(folder string, part float64) error {
	files, err := filepath.Glob(filepath.Join(folder, "*.incr.aof"))
	if err != nil || len(files) == 0 {
		return err
	}
	file := slices.MaxFunc(files, func(a, b string) int { return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b)) })
	b, err := os.ReadFile(file) //nolint:gosec // our own folder
	if err != nil {
		return err
	}
	end, keep := []byte("$4\r\nEXEC\r\n"), int64(0)
	if at := bytes.LastIndex(b[:len(b)-int(part*float64(len(b))/2)], end); at >= 0 {
		keep = int64(at + len(end))
	}
	return os.Truncate(file, keep)
}

func (n *nemesis) flush(ctx context.Context) error {
	c, err := n.redis(ctx, 0)
	if err != nil {
		return err
	}
	return errors.Join(c.FlushAll(ctx).Err(), c.Close())
}

// unarchive puts a file where a daemon's archive is. Started anew, it must
// refuse to serve.
func (n *nemesis) unarchive(ctx context.Context, f fault) error {
	p, at := n.nodes[f.target], filepath.Join(n.archive(f.target), frontDoor)
	if err := os.Rename(at, at+".away"); err != nil {
		return err
	}
	if err := os.WriteFile(at, nil, 0o600); err != nil {
		return err
	}
	p.kill()
	rest(ctx, f.lasts)
	started := p.try(ctx) == nil
	if err := errors.Join(os.Remove(at), os.Rename(at+".away", at)); err != nil {
		return err
	}
	if started {
		return errors.New("the daemon serves without its archive")
	}
	return p.start(ctx)
}

// fillUp fills a disk. A nats-server that met one is started anew; an archive
// goes on by itself.
func (n *nemesis) fillUp(ctx context.Context, f fault) error {
	empty, err := n.fill(f.target)
	if err != nil {
		return err
	}
	rest(ctx, f.lasts)
	if err := empty(); err != nil || f.target != nodeNATS {
		return err
	}
	n.nodes[nodeNATS].kill()
	return n.nodes[nodeNATS].start(ctx)
}

// watch starts servers that have ended by themselves, until ctx ends.
func (s *stage) watch(ctx context.Context) {
	for ctx.Err() == nil {
		for _, name := range nodes {
			if s.busy[name].TryLock() {
				_ = s.nodes[name].revive(ctx) // tried again with the next round
				s.busy[name].Unlock()
			}
		}
		rest(ctx, 50*time.Millisecond)
	}
}

// deaths are the ends of processes that nobody brought about.
func (s *stage) deaths() (all []string) {
	for _, name := range nodes {
		s.busy[name].Lock()
		all = append(all, s.nodes[name].deaths...)
		s.busy[name].Unlock()
	}
	return all
}
