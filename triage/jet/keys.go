package jet

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/ppn-triage/ppn-triage/triage"
)

// The keys stream has one subject a key. A message without bytes is a key that
// was erased: its name stays taken, so that nobody makes it anew for what is to
// stay forgotten.

// OpenKeys opens the stream of keys of a front door and nothing else of its log;
// triage.ErrNotFound if it is not there.
func (c *Conn) OpenKeys(ctx context.Context, o LogOptions) (*Log, error) {
	p, err := c.Pusher(o.FrontDoor)
	if err != nil {
		return nil, fmt.Errorf("open keys: %w", err)
	}
	l := &Log{Pusher: p, opts: o}
	st, err := l.handle(ctx, p.keysName())
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		err = triage.ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("open stream %s: %w", p.keysName(), err)
	}
	l.keys = stream{name: p.keysName(), id: identityOf(st.CachedInfo()), handle: st}
	return l, nil
}

// PutKey stores a wrapped key under a name that nobody has used; ErrExists if
// somebody has, also when that key was erased. Names are tokens of a-z, A-Z,
// 0-9, hyphen and underscore.
func (l *Log) PutKey(ctx context.Context, name string, wrapped []byte) error {
	_, err := l.publishKey(ctx, name, wrapped, 0)
	if errors.Is(err, triage.ErrPosition) {
		err = ErrExists
	}
	if err != nil {
		return fmt.Errorf("put key %s: %w", name, err)
	}
	return nil
}

// GetKey returns a wrapped key; triage.ErrNotFound if there is none or it was
// erased.
func (l *Log) GetKey(ctx context.Context, name string) ([]byte, error) {
	m, err := l.lastKey(ctx, name)
	if err == nil && len(m.Data) == 0 {
		err = triage.ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("get key %s: %w", name, err)
	}
	return m.Data, nil
}

// EraseKey erases a key from the stream, its bytes on disk overwritten, and
// keeps its name taken, also one that was never used. Again is no error. Copies
// that a backup of the server's disk holds are out of its reach.
func (l *Log) EraseKey(ctx context.Context, name string) error {
	var last uint64
	m, err := l.lastKey(ctx, name)
	switch {
	case err == nil && len(m.Data) == 0:
		last = m.Sequence
	case err == nil:
		last, err = l.publishKey(ctx, name, nil, m.Sequence)
	case errors.Is(err, triage.ErrNotFound):
		last, err = l.publishKey(ctx, name, nil, 0)
	}
	if err == nil {
		err = l.deleteKeys(ctx, name, last)
	}
	if err != nil {
		return fmt.Errorf("erase key %s: %w", name, err)
	}
	return nil
}

// ReplaceKey stores another wrapping of a key and erases the former one.
func (l *Log) ReplaceKey(ctx context.Context, name string, wrapped []byte) error {
	m, err := l.lastKey(ctx, name)
	if err == nil && len(m.Data) == 0 {
		err = triage.ErrNotFound
	}
	var last uint64
	if err == nil {
		last, err = l.publishKey(ctx, name, wrapped, m.Sequence)
	}
	if err == nil {
		err = l.deleteKeys(ctx, name, last)
	}
	if err != nil {
		return fmt.Errorf("replace key %s: %w", name, err)
	}
	return nil
}

// EachKey visits every name that was ever used, in the order of the stream;
// wrapped is empty where the key was erased. It ends with visit's error.
func (l *Log) EachKey(ctx context.Context, visit func(name string, wrapped []byte) error) error {
	_, err := l.KeysSince(ctx, 0, visit)
	return err
}

// KeysSince is EachKey for what has changed after a place in the stream of keys,
// and returns the place to go on after.
func (l *Log) KeysSince(ctx context.Context, after uint64, visit func(name string, wrapped []byte) error) (uint64, error) {
	info, err := l.current(ctx, l.keys)
	if err == nil && info.State.LastSeq > after {
		err = l.eachKey(ctx, after, visit)
	}
	if err != nil {
		return after, fmt.Errorf("read keys of %s: %w", l.frontDoor, err)
	}
	return info.State.LastSeq, nil
}

func (l *Log) eachKey(ctx context.Context, after uint64, visit func(name string, wrapped []byte) error) error {
	ctx, done := l.conn.guard(ctx, "$JS.API.CONSUMER.CREATE."+l.keys.name, 2*chunkBytes)
	defer done()
	cfg := jetstream.ConsumerConfig{
		DeliverPolicy: jetstream.DeliverLastPerSubjectPolicy, FilterSubject: l.keySubject("*"), AckPolicy: jetstream.AckNonePolicy,
		MemoryStorage: true, Replicas: 1, InactiveThreshold: keysWithin,
	}
	if after > 0 {
		cfg.DeliverPolicy, cfg.OptStartSeq = jetstream.DeliverByStartSequencePolicy, after+1
	}
	cons, err := l.conn.js.CreateConsumer(ctx, l.keys.name, cfg)
	if err != nil {
		return reason(ctx, err)
	}
	defer l.dropConsumer(ctx, l.keys.name, cons)
	for left := cons.CachedInfo().NumPending; left > 0; {
		n, err := l.someKeys(ctx, cons, int(min(left, chunk)), visit) //nolint:gosec // at most chunk
		if err != nil {
			return reason(ctx, err)
		}
		if n == 0 {
			return fmt.Errorf("stream %s: %d keys did not come: %w", l.keys.name, left, triage.ErrChain)
		}
		left -= min(left, n)
	}
	return nil
}

// keysWithin is how long the server waits for the next request of a listing.
const keysWithin = 5 * answerWithin

func (l *Log) someKeys(ctx context.Context, cons jetstream.Consumer, most int, visit func(string, []byte) error) (n uint64, err error) {
	batch, err := cons.Fetch(most, jetstream.FetchContext(ctx))
	if err != nil {
		return 0, err
	}
	for m := range batch.Messages() { // to its end, whatever visit says: its goroutine waits
		if n++; err == nil {
			err = visit(strings.TrimPrefix(m.Subject(), l.keySubject("")), m.Data())
		}
	}
	return n, errors.Join(err, batch.Error())
}

// publishKey writes a key's message if the last one of its name is expected.
func (l *Log) publishKey(ctx context.Context, name string, wrapped []byte, expected uint64) (uint64, error) {
	subject, err := l.key(name)
	if err != nil {
		return 0, err
	}
	return l.conn.publish(ctx, &nats.Msg{Subject: subject, Data: wrapped}, l.keysName(), jetstream.WithExpectLastSequencePerSubject(expected))
}

// deleteKeys overwrites and deletes every message of a name before the last.
func (l *Log) deleteKeys(ctx context.Context, name string, last uint64) error {
	subject, err := l.key(name)
	if err != nil {
		return err
	}
	for {
		var m *jetstream.RawStreamMsg
		err := l.conn.call(ctx, "$JS.API.STREAM.MSG.GET."+l.keys.name, func(ctx context.Context) (err error) {
			m, err = l.keys.handle.GetMsg(ctx, 1, jetstream.WithGetMsgSubject(subject))
			return err
		})
		if err != nil || m.Sequence >= last {
			return err
		}
		err = l.conn.call(ctx, "$JS.API.STREAM.MSG.DELETE."+l.keys.name, func(ctx context.Context) error {
			return l.keys.handle.SecureDeleteMsg(ctx, m.Sequence)
		})
		if err != nil {
			return err
		}
	}
}

func (l *Log) lastKey(ctx context.Context, name string) (m *jetstream.RawStreamMsg, err error) {
	subject, err := l.key(name)
	if err != nil {
		return nil, err
	}
	err = l.conn.call(ctx, "$JS.API.STREAM.MSG.GET."+l.keys.name, func(ctx context.Context) (err error) {
		m, err = l.keys.handle.GetLastMsgForSubject(ctx, subject)
		return err
	})
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return nil, triage.ErrNotFound
	}
	return m, err
}

func (l *Log) key(name string) (string, error) {
	bad := func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' && r != '_'
	}
	if name == "" || len(name) > 128 || strings.ContainsFunc(name, bad) {
		return "", fmt.Errorf("%w: a key's name must be 1 to 128 of a-z, A-Z, 0-9, '-' and '_'", triage.ErrInvalid)
	}
	return l.keySubject(name), nil
}
