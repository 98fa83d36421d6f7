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

// PutKey stores a wrapped key under a name that is not taken; ErrExists if it
// is. Names are tokens of a-z, A-Z, 0-9, hyphen and underscore.
func (l *Log) PutKey(ctx context.Context, name string, wrapped []byte) error {
	subject, err := l.key(name)
	if err != nil {
		return fmt.Errorf("put key: %w", err)
	}
	_, err = l.conn.publish(ctx, &nats.Msg{Subject: subject, Data: wrapped}, l.keysName(), jetstream.WithExpectLastSequencePerSubject(0))
	if errors.Is(err, triage.ErrPosition) {
		err = ErrExists
	}
	if err != nil {
		return fmt.Errorf("put key %s: %w", name, err)
	}
	return nil
}

// GetKey returns a wrapped key; triage.ErrNotFound if there is none or it was
// deleted.
func (l *Log) GetKey(ctx context.Context, name string) ([]byte, error) {
	m, err := l.lastKey(ctx, name)
	if err != nil {
		return nil, fmt.Errorf("get key %s: %w", name, err)
	}
	return m.Data, nil
}

// DeleteKey erases a key from the stream, its bytes on disk overwritten;
// triage.ErrNotFound if there is none. Copies that a backup of the server's
// disk holds are out of its reach.
func (l *Log) DeleteKey(ctx context.Context, name string) error {
	m, err := l.lastKey(ctx, name)
	if err == nil {
		err = l.conn.call(ctx, "$JS.API.STREAM.MSG.DELETE."+l.keys.name, func(ctx context.Context) error {
			return l.keys.handle.SecureDeleteMsg(ctx, m.Sequence)
		})
	}
	if err != nil {
		return fmt.Errorf("delete key %s: %w", name, err)
	}
	return nil
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
