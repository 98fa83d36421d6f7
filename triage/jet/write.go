package jet

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/ppn-triage/ppn-triage/triage"
)

// HeaderTruncated is the message header of a notice that is only the head of a
// larger mail: "<original size> <SHA-256 of the original in hex>".
const HeaderTruncated = "Ppn-Truncated"

// truncatedBody is how much of a mail over the limit is kept after its header.
const truncatedBody = 4 << 20

// Append writes a commit if the log's last sequence is expected, and returns
// the commit's sequence, which is expected+1. When it returns nil the commit is
// durable. triage.ErrPosition: somebody else has written, nothing is stored.
// ErrUnknown: catch up and look for the commit's ID before anything else.
func (l *Log) Append(ctx context.Context, c triage.Commit, expected uint64) (uint64, error) {
	data, err := l.opts.Codec.Encode(c)
	if err != nil {
		return 0, fmt.Errorf("append to %s: encode: %w", l.commits.name, err)
	}
	if len(data) > MaxCommit {
		return 0, fmt.Errorf("append to %s: %w: commit of %d bytes, limit %d", l.commits.name, ErrTooLarge, len(data), MaxCommit)
	}
	m := &nats.Msg{Subject: l.auditSubject(), Data: data}
	seq, err := l.conn.publish(ctx, m, l.commits.name, jetstream.WithExpectLastSequence(expected))
	if err != nil {
		return 0, fmt.Errorf("append to %s after %d: %w", l.commits.name, expected, err)
	}
	if seq != expected+1 {
		return 0, fmt.Errorf("append to %s after %d: stored as %d: %w", l.commits.name, expected, seq, triage.ErrChain)
	}
	return seq, nil
}

// PublishRead records that somebody viewed something.
func (l *Log) PublishRead(ctx context.Context, data []byte) (uint64, error) {
	seq, err := l.conn.publish(ctx, &nats.Msg{Subject: l.readsSubject(), Data: data}, l.readsName())
	if err != nil {
		return 0, fmt.Errorf("append to %s: %w", l.readsName(), err)
	}
	return seq, nil
}

// Pusher is the police side of a front door: it hands in mails and fetches
// receipts. It needs no more than the permission to publish on its force's
// subject and to read its force's part of PPN_OUT.
type Pusher struct {
	names
	conn *Conn
}

// Pusher returns the police side of a front door. It asks the server nothing.
func (c *Conn) Pusher(frontDoor string) (*Pusher, error) {
	n, err := newNames(frontDoor)
	return &Pusher{names: n, conn: c}, err
}

// PublishNotice hands in one mail for a force and returns its sequence. When it
// returns nil the mail is accepted and durable. Any other outcome, ErrUnknown
// too, may be tried again: the same mail twice is joined later, never doubled.
// A mail over the limit must go through Truncate first.
func (p *Pusher) PublishNotice(ctx context.Context, force string, mail []byte, truncated string) (uint64, error) {
	if err := CheckToken("force", force); err != nil {
		return 0, fmt.Errorf("push notice: %w", err)
	}
	if len(mail) == 0 {
		return 0, fmt.Errorf("push notice: %w: empty mail", triage.ErrInvalid)
	}
	if len(mail) > MaxNotice-headRoom {
		return 0, fmt.Errorf("push notice: %w: %d bytes, limit %d", ErrTooLarge, len(mail), MaxNotice-headRoom)
	}
	m := &nats.Msg{Subject: p.noticeSubject(force), Data: mail}
	if truncated != "" {
		m.Header = nats.Header{HeaderTruncated: {truncated}}
	}
	seq, err := p.conn.publish(ctx, m, p.noticesName())
	if err != nil {
		return 0, fmt.Errorf("push notice to %s: %w", m.Subject, err)
	}
	return seq, nil
}

// Truncate returns what of a mail can be handed in and the words for
// PublishNotice: the mail itself and none, or of a mail over the limit its
// header and the first 4 MB after it, with the original's size and SHA-256.
func Truncate(mail []byte) (head []byte, truncated string) {
	if len(mail) <= MaxNotice-headRoom {
		return mail, ""
	}
	end := 0
	for _, blank := range []string{"\r\n\r\n", "\n\n"} {
		if i := bytes.Index(mail, []byte(blank)); i >= 0 && (end == 0 || i+len(blank) < end) {
			end = i + len(blank)
		}
	}
	keep := min(end+truncatedBody, MaxNotice-headRoom)
	return mail[:keep], fmt.Sprintf("%d %x", len(mail), sha256.Sum256(mail))
}

// Out is one message to the outside: kind "receipt" to a force, "alert" to the
// desk.
type Out struct {
	To   string // force, or "desk"
	Kind string
	Seq  uint64 // sequence of the notice or commit it is about
	Data []byte
}

// PublishOut sends a message to the outside. Sending it again is harmless: the
// later one is the one that ReadOut returns.
func (l *Log) PublishOut(ctx context.Context, o Out) (uint64, error) {
	if err := errors.Join(CheckToken("addressee", o.To), CheckToken("kind", o.Kind)); err != nil {
		return 0, fmt.Errorf("send: %w", err)
	}
	m := &nats.Msg{Subject: l.outSubject(o.To, o.Kind, o.Seq), Data: o.Data}
	seq, err := l.conn.publish(ctx, m, l.outName())
	if err != nil {
		return 0, fmt.Errorf("send %s to %s: %w", o.Kind, o.To, err)
	}
	return seq, nil
}

// LastOut returns the newest message of a kind that was sent, whatever it is
// about; triage.ErrNotFound if there is none any more.
func (l *Log) LastOut(ctx context.Context, to, kind string) ([]byte, error) {
	if err := errors.Join(CheckToken("addressee", to), CheckToken("kind", kind)); err != nil {
		return nil, fmt.Errorf("fetch: %w", err)
	}
	st, err := l.handle(ctx, l.outName())
	if err != nil {
		return nil, fmt.Errorf("fetch the last %s: %w", kind, err)
	}
	ctx, done := l.conn.guard(ctx, "$JS.API.STREAM.MSG.GET."+l.outName(), MaxCommit)
	defer done()
	m, err := st.GetLastMsgForSubject(ctx, "ppn.out."+l.frontDoor+"."+to+"."+kind+".*")
	switch {
	case errors.Is(err, jetstream.ErrMsgNotFound):
		return nil, fmt.Errorf("fetch the last %s: %w", kind, triage.ErrNotFound)
	case err != nil:
		return nil, fmt.Errorf("fetch the last %s: %w", kind, reason(ctx, err))
	}
	return m.Data, nil
}

// ReadOut returns what was sent, e.g. the receipt for the notice at a sequence;
// triage.ErrNotFound while there is none.
func (p *Pusher) ReadOut(ctx context.Context, to, kind string, seq uint64) ([]byte, error) {
	if err := errors.Join(CheckToken("addressee", to), CheckToken("kind", kind)); err != nil {
		return nil, fmt.Errorf("fetch: %w", err)
	}
	subject := p.outSubject(to, kind, seq)
	get := "$JS.API.DIRECT.GET." + p.outName() + "." + subject
	ctx, done := p.conn.guard(ctx, get, 0)
	defer done()
	m, err := p.conn.nc.RequestWithContext(ctx, get, nil)
	switch {
	case err != nil:
		return nil, fmt.Errorf("fetch %s: %w", subject, reason(ctx, err))
	case m.Header.Get("Status") == "404":
		return nil, fmt.Errorf("fetch %s: %w", subject, triage.ErrNotFound)
	case m.Header.Get("Status") != "":
		return nil, fmt.Errorf("fetch %s: %s %s", subject, m.Header.Get("Status"), m.Header.Get("Description"))
	}
	return m.Data, nil
}
