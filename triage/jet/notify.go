package jet

import (
	"context"
	"fmt"
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
	wake := make(chan struct{}, 1)
	hint := func() {
		select {
		case wake <- struct{}{}:
		default:
		}
	}
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
		defer close(wake)
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
	return wake, nil
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
