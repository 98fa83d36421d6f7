package faults

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ppn-triage/ppn-triage/api/client"
)

// Options say what to run.
type Options struct {
	Seed    uint64
	Faults  int
	Dir     string // empty folder for everything that the servers keep; its path must be short
	Program string // path of a program that calls Child first
	Tool    string // path of auditreplay
	Tell    func(format string, a ...any)
}

// supervisors and pushers at work at the same time.
const (
	supervisors = 12
	pushers     = 2
)

// Run brings up the service in an empty folder, has clients work on it while
// the plan's faults happen, mends everything and checks the world. An error
// says that the play itself could not go on.
func Run(ctx context.Context, o Options) (*Report, error) {
	began := time.Now()
	s, err := newStage(ctx, o.Dir, o.Program)
	if err != nil {
		return nil, err
	}
	defer s.close()
	watch, unwatch := context.WithCancel(ctx)
	defer unwatch()
	s.wg.Go(func() { s.watch(watch) })
	c := &checker{stage: s, diary: &diary{}, police: &police{}, clients: map[string]*client.Client{}, tool: o.Tool}
	clients, hangUp, err := s.dial()
	if err != nil {
		return nil, err
	}
	defer hangUp()
	for n, node := range daemons {
		c.clients[node] = clients[n]
	}
	faults := plan(o.Seed, o.Faults, s.disks)
	if err := c.play(ctx, o, faults); err != nil {
		return nil, err
	}
	o.Tell("all faults are mended")
	r, err := c.checkWorld(ctx, o.Tell)
	if err != nil {
		return nil, errors.Join(err, fmt.Errorf("%q", c.deaths()))
	}
	r.Faults, r.Took = len(faults), time.Since(began)
	return r, nil
}

// dial reaches both daemons' APIs as a number of people.
func (s *stage) dial(who ...string) (clients []*client.Client, hangUp func(), err error) {
	hangUp = func() {
		for _, c := range clients {
			_ = c.Close()
		}
	}
	for _, node := range daemons {
		c, err := client.Dial(client.Options{Addr: s.links[node+"-api"].addr(), Actor: append(who, "auditor")[0]})
		if err != nil {
			hangUp()
			return nil, nil, err
		}
		clients = append(clients, c)
	}
	return clients, hangUp, nil
}

// play has the clients work until the faults are over and mended.
func (c *checker) play(ctx context.Context, o Options, faults []fault) error {
	work, stop := context.WithCancel(ctx)
	defer stop()
	var busy sync.WaitGroup
	conn, err := c.connect(ctx, c.links["police-nats"])
	if err != nil {
		return err
	}
	defer conn.Close()
	if c.police.pusher, err = conn.Pusher(frontDoor); err != nil {
		return err
	}
	var number atomic.Int64
	c.police.mails = func() int { return int(number.Add(1)) }
	for range pushers {
		busy.Go(func() { c.police.push(ctx, work) })
	}
	for n := range supervisors {
		name := fmt.Sprintf("supervisor-%d", n)
		clients, hangUp, err := c.dial(name)
		if err != nil {
			return err
		}
		defer hangUp()
		s := supervisor{
			name: name, clients: clients, diary: c.diary, held: map[string]uint64{},
			dice: rand.New(rand.NewPCG(o.Seed, uint64(10+n))), //nolint:gosec // to be repeated, not to be secret
		}
		busy.Go(func() { s.work(ctx, work) })
	}
	busy.Go(func() { c.diary.lookOn(work, daemons, []*client.Client{c.clients[nodeOne], c.clients[nodeTwo]}) })
	n := nemesis{stage: c.stage, tell: o.Tell}
	err = n.run(ctx, faults)
	stop()
	busy.Wait()
	return err
}
