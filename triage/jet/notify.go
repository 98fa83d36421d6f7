package jet

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// lookAnyway is how often a reader is woken without a hint, so that a hint that
// got lost delays and never hides.
const lookAnyway = time.Second

// Notify returns a channel that gets a value after notices or commits were
// stored, and once a second in any case. It is a hint to look by position and
// carries nothing; hints that nobody takes fall together. The channel is closed
// when ctx has ended and nothing runs any more.
func (l *Log) Notify(ctx context.Context) (<-chan struct{}, error) {
	b := &bell{wake: make(chan struct{}, 1)}
	hint := b.ring
	var stops []func()
	stop := func() {
		for _, s := range stops {
			s()
		}
	}
	for _, s := range []stream{l.notices, l.commits} {
		unwatch, err := l.watch(ctx, s, hint)
		if err != nil {
			stop()
			return nil, fmt.Errorf("watch stream %s: %w", s.name, err)
		}
		stops = append(stops, unwatch)
	}
	go func() {
		defer b.end()
		defer stop()
		tick := time.NewTicker(lookAnyway)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				hint()
			}
		}
	}()
	return b.wake, nil
}

// watch calls hint after a message was stored. A plain subscription would be
// told before that, look too early and see nothing.
func (l *Log) watch(ctx context.Context, s stream, hint func()) (stop func(), _ error) {
	cons, err := l.conn.js.OrderedConsumer(ctx, s.name, jetstream.OrderedConsumerConfig{
		DeliverPolicy: jetstream.DeliverNewPolicy, HeadersOnly: true,
	})
	if err != nil {
		return nil, err
	}
	cc, err := cons.Consume(func(jetstream.Msg) { hint() },
		jetstream.ConsumeErrHandler(func(jetstream.ConsumeContext, error) { hint() }))
	if err != nil {
		return nil, err
	}
	return func() { cc.Stop(); <-cc.Closed() }, nil
}

// bell is a hint that may come from several sides and ends once. A consumer may
// report trouble after it was stopped, so a ring after the end is no fault.
type bell struct {
	lock  sync.Mutex
	wake  chan struct{}
	ended bool
}

func (b *bell) ring() {
	b.lock.Lock()
	defer b.lock.Unlock()
	if b.ended {
		return
	}
	select {
	case b.wake <- struct{}{}:
	default:
	}
}

func (b *bell) end() {
	b.lock.Lock()
	defer b.lock.Unlock()
	b.ended = true
	close(b.wake)
}
