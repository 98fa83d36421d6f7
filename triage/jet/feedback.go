package jet

import (
	"context"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nuid"
)

// PublishFeedback sends a force word of its notices. All of a force's feedback
// has one subject, so that its systems need no number to listen.
func (l *Log) PublishFeedback(ctx context.Context, force string, data []byte) (uint64, error) {
	if err := CheckToken("force", force); err != nil {
		return 0, fmt.Errorf("send: %w", err)
	}
	seq, err := l.conn.publish(ctx, &nats.Msg{Subject: l.feedbackSubject(force), Data: data}, l.outName())
	if err != nil {
		return 0, fmt.Errorf("send feedback to %s: %w", force, err)
	}
	return seq, nil
}

// Feedback calls f with every message to the force since a time, as far back as
// they are kept, and with what comes until ctx ends; the connection is then to
// be closed. A message may come twice.
//
// The consumer is of the push kind and named by what it reads: so the server
// can hold a force's user to its own feedback, which it cannot where the user
// asks for the next message of a consumer.
func (p *Pusher) Feedback(ctx context.Context, force string, since time.Time, f func(data []byte)) error {
	if err := CheckToken("force", force); err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	subject, name := p.feedbackSubject(force), nuid.Next()
	create := fmt.Sprintf("$JS.API.CONSUMER.CREATE.%s.%s.%s", p.outName(), name, subject)
	err := p.conn.call(ctx, create, func(ctx context.Context) error {
		js, err := p.conn.nc.JetStream(nats.Context(ctx))
		if err != nil {
			return err
		}
		_, err = js.Subscribe(subject, func(m *nats.Msg) { f(m.Data) },
			nats.OrderedConsumer(), nats.ConsumerName(name), nats.BindStream(p.outName()), nats.StartTime(since))
		return err
	})
	if err != nil {
		return fmt.Errorf("listen on %s: %w", subject, err)
	}
	<-ctx.Done()
	return nil
}
