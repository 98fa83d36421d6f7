package jet

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/ppn-triage/ppn-triage/triage"
)

// The oldest server that is safe: below 2.14 a consumer can hide new notices
// after a crash (nats-server issue 5412) and compaction ignores sync_interval.
const (
	minMajor = 2
	minMinor = 14
)

// InProcess is a NATS server in the same program, see package embed.
type InProcess interface {
	InProcessConn() (net.Conn, error)
}

// User says who connects, by files that hold the secret.
type User struct {
	Credentials string // path of a .creds file (JWT and seed)
	NKey        string // path of an nkey seed
	InboxPrefix string // subject of this user's answers, e.g. "_INBOX_wyp". Defaults to "_INBOX"
}

// Options say how to reach the NATS servers.
type Options struct {
	URL         string    // one server or several, joined by commas; nats:// or tls://
	InProcess   InProcess // instead of URL
	User        User
	CA          string       // path of the certificate authority's PEM file; Defaults to the system's
	Cert, Key   string       // paths of the client certificate and its key
	InboxPrefix string       // subject of this user's answers. Defaults to _INBOX
	Name        string       // name shown by the server. Defaults to "ppn-triage"
	Monitor     []string     // http URLs of the servers' monitoring ports, for VerifySync
	System      User         // user of the system account, for VerifySync
	Log         *slog.Logger // connection trouble. Defaults to none
}

func (o *Options) validate() error {
	switch {
	case o.URL == "" && o.InProcess == nil:
		return fmt.Errorf("%w: no NATS URL", triage.ErrInvalid)
	case o.URL != "" && o.InProcess != nil:
		return fmt.Errorf("%w: both a NATS URL and an embedded server", triage.ErrInvalid)
	case (o.Cert == "") != (o.Key == ""):
		return fmt.Errorf("%w: a client certificate needs both its file and its key's file", triage.ErrInvalid)
	}
	if o.Name == "" {
		o.Name = "ppn-triage"
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return nil
}

// Conn is a connection to NATS that mends itself. It is safe for concurrent
// use. Nothing is buffered while the server is away: a write then fails at
// once, so no write happens later than its caller believes.
type Conn struct {
	nc     *nats.Conn
	js     jetstream.JetStream
	opts   Options
	closed chan struct{}

	mu      sync.Mutex
	pending map[*request]struct{}
}

// Connect reaches the server once or says why not; a server older than 2.14 is
// refused. Afterwards the connection is kept up until Close.
func Connect(ctx context.Context, o Options) (*Conn, error) {
	if err := o.validate(); err != nil {
		return nil, fmt.Errorf("connect to NATS: %w", err)
	}
	c := &Conn{opts: o, closed: make(chan struct{}), pending: map[*request]struct{}{}}
	opts, err := c.options(ctx, o.User)
	if err != nil {
		return nil, fmt.Errorf("connect to %s: %w", o.where(), err)
	}
	opts = append(opts, nats.ClosedHandler(func(*nats.Conn) { close(c.closed) }))
	if c.nc, err = nats.Connect(o.URL, opts...); err != nil {
		return nil, fmt.Errorf("connect to %s: %w", o.where(), err)
	}
	if err := checkVersion(c.nc.ConnectedServerName(), c.nc.ConnectedServerVersion()); err != nil {
		c.Close()
		return nil, err
	}
	if c.js, err = jetstream.New(c.nc); err != nil {
		c.Close()
		return nil, fmt.Errorf("connect to %s: %w", o.where(), err)
	}
	return c, nil
}

func (c *Conn) options(ctx context.Context, u User) ([]nats.Option, error) {
	o, timeout := c.opts, 5*time.Second
	if d, ok := ctx.Deadline(); ok {
		timeout = min(timeout, max(time.Until(d), time.Millisecond))
	}
	opts := []nats.Option{
		nats.Name(o.Name), nats.Timeout(timeout), nats.MaxReconnects(-1), nats.ReconnectWait(200 * time.Millisecond),
		nats.ReconnectBufSize(-1), nats.PingInterval(5 * time.Second), nats.MaxPingsOutstanding(2),
		nats.ErrorHandler(c.asyncError),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			c.end("", errGone)
			if err != nil {
				o.Log.Warn("NATS connection lost", "cause", err)
			}
		}),
		nats.ReconnectHandler(func(nc *nats.Conn) {
			o.Log.Info("NATS connection restored", "server", nc.ConnectedServerName(), "version", nc.ConnectedServerVersion())
		}),
	}
	if o.InProcess != nil {
		opts = append(opts, nats.InProcessServer(o.InProcess))
	}
	if o.CA != "" {
		opts = append(opts, nats.RootCAs(o.CA))
	}
	if o.Cert != "" {
		opts = append(opts, nats.ClientCert(o.Cert, o.Key))
	}
	who, err := u.options()
	return append(opts, who...), err
}

func (u User) options() (opts []nats.Option, _ error) {
	if u.InboxPrefix != "" {
		opts = append(opts, nats.CustomInboxPrefix(u.InboxPrefix))
	}
	if u.Credentials != "" {
		opts = append(opts, nats.UserCredentials(u.Credentials))
	}
	if u.NKey != "" {
		nkey, err := nats.NkeyOptionFromSeed(u.NKey)
		if err != nil {
			return nil, fmt.Errorf("read the nkey file %s: %w", u.NKey, err)
		}
		opts = append(opts, nkey)
	}
	return opts, nil
}

// Close ends the connection and waits until its goroutines have been told.
func (c *Conn) Close() {
	c.nc.Close()
	<-c.closed
}

// Up tells whether the server can be reached at this moment.
func (c *Conn) Up() bool { return c.nc.IsConnected() }

// where names the server without any password of its URL.
func (o *Options) where() string {
	if o.InProcess != nil {
		return "the embedded NATS server"
	}
	parts := strings.Split(o.URL, ",")
	for i, p := range parts {
		u, err := url.Parse(strings.TrimSpace(p))
		if err != nil {
			return "the NATS URL given"
		}
		parts[i] = u.Redacted()
	}
	return strings.Join(parts, ",")
}

// checkVersion refuses a server below 2.14.
func checkVersion(name, version string) error {
	major, rest, _ := strings.Cut(version, ".")
	minor, _, _ := strings.Cut(rest, ".")
	ma, err1 := strconv.Atoi(major)
	mi, err2 := strconv.Atoi(minor)
	if err := errors.Join(err1, err2); err != nil {
		return fmt.Errorf("NATS server %s: version %q cannot be read", name, version)
	}
	if ma < minMajor || ma == minMajor && mi < minMinor {
		return fmt.Errorf("NATS server %s: version %s is too old: older than %d.%d it can hide or lose notices after a crash; install 2.14.9",
			name, version, minMajor, minMinor)
	}
	return nil
}

// answerWithin is how long one request may go without an answer.
const answerWithin = 5 * time.Second

// slowestLink is the bytes a second that a large mail's way is reckoned with.
const slowestLink = 256 << 10

// errGone ends the requests under way when the connection breaks: their answers
// will not come.
var errGone = errors.New("the connection broke while waiting for the answer")

// request is one request under way and how to end it early.
type request struct {
	subject string
	cancel  context.CancelCauseFunc
}

// guard bounds a request of that many bytes on a subject. The context ends with
// the connection, or when the server refuses the subject. done must be called.
func (c *Conn) guard(ctx context.Context, subject string, size int) (_ context.Context, done func()) {
	within := answerWithin + time.Duration(size/slowestLink)*time.Second
	timed, stop := context.WithTimeout(ctx, within)
	guarded, cancel := context.WithCancelCause(timed)
	r := &request{subject: subject, cancel: cancel}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.pending[r] = struct{}{}
	return guarded, func() {
		c.mu.Lock()
		delete(c.pending, r)
		c.mu.Unlock()
		cancel(nil)
		stop()
	}
}

// end ends the requests under way on a subject; on all if it is empty.
func (c *Conn) end(subject string, why error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for r := range c.pending {
		if subject == "" || r.subject == subject {
			r.cancel(why)
		}
	}
}

// reason returns why a guarded request failed, where the context knows better
// than the library.
func reason(ctx context.Context, err error) error {
	if why := context.Cause(ctx); err != nil && (errors.Is(why, ErrDenied) || errors.Is(why, errGone)) {
		return why
	}
	return err
}

// call makes one guarded request that carries no more than a few words.
func (c *Conn) call(ctx context.Context, subject string, f func(context.Context) error) error {
	ctx, done := c.guard(ctx, subject, 0)
	defer done()
	return reason(ctx, f(ctx))
}

// asyncError hands a refused permission to the request that waits for it: the
// server answers such a request with silence and this error on the side.
func (c *Conn) asyncError(_ *nats.Conn, _ *nats.Subscription, err error) {
	c.opts.Log.Warn("NATS error", "cause", err)
	if !errors.Is(err, nats.ErrPermissionViolation) {
		return
	}
	_, rest, _ := strings.Cut(err.Error(), `"`)
	if subject, _, ok := strings.Cut(rest, `"`); ok {
		c.end(subject, ErrDenied)
	}
}

// publish writes one message to the stream and returns its sequence.
func (c *Conn) publish(ctx context.Context, m *nats.Msg, stream string, opts ...jetstream.PublishOpt) (uint64, error) {
	ctx, done := c.guard(ctx, m.Subject, len(m.Data))
	defer done()
	ack, err := c.js.PublishMsg(ctx, m, append(opts, jetstream.WithExpectStream(stream))...)
	if err != nil {
		return 0, writeError(reason(ctx, err))
	}
	return ack.Sequence, nil
}
