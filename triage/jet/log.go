package jet

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/ppn-triage/ppn-triage/triage"
)

// Codec turns commits into bytes and back. Decode of Encode's bytes gives the
// same commit but for Seq, which is the place in the log and not encoded.
type Codec interface {
	Encode(triage.Commit) ([]byte, error)
	Decode([]byte) (triage.Commit, error)
}

// LogOptions say which log and how it must be kept.
type LogOptions struct {
	FrontDoor   string
	Codec       Codec
	Replicas    int           // copies of every stream. Defaults to 1
	KeepNotices time.Duration // age at which a mail leaves the stream. Defaults to 120 days
	MaxBytes    int64         // size limit of notices and of commits, at which they refuse new ones. Defaults to none
	MustExist   bool          // make no stream: a front door that is not there is triage.ErrNotFound
	Restored    bool          // make what is missing beside notices and commits anew, empty, though these hold something
}

func (o *LogOptions) validate() error {
	switch {
	case o.Codec == nil:
		return fmt.Errorf("%w: no codec", triage.ErrInvalid)
	case o.Replicas < 0 || o.Replicas > 5:
		return fmt.Errorf("%w: %d replicas; 1 to 5 are possible", triage.ErrInvalid, o.Replicas)
	case o.KeepNotices < 0 || o.MaxBytes < 0:
		return fmt.Errorf("%w: an age or size below zero", triage.ErrInvalid)
	}
	o.Replicas = max(o.Replicas, 1)
	if o.KeepNotices == 0 {
		o.KeepNotices = DefaultKeepNotices
	}
	return nil
}

// Log is the log of one front door. It is safe for concurrent use. Every read
// is by position and contiguous: a sequence that is missing is a HoleError. A
// stream that was deleted and made anew under a living Log is a
// triage.ErrChain.
type Log struct {
	*Pusher
	opts    LogOptions
	notices stream
	commits stream
	keys    stream
	reads   stream
}

// stream is one stream and which one it was when the log was opened.
type stream struct {
	name, id string
	restored uint64 // up to there it was put back after a loss
	// handle is never refreshed: Info on a handle is not safe beside reads.
	handle jetstream.Stream
}

// End is where one stream stands.
type End struct {
	Stream string
	ID     string    // identity: time of creation in ns and a uuid
	First  uint64    // lowest sequence kept; above 1 when old notices have aged out
	Last   uint64    // highest sequence written, 0 if none
	Time   time.Time // of the last message
	Bytes  uint64
}

// Ends is where the log stands.
type Ends struct {
	Notices, Commits End
}

// OpenLog opens the log of a front door and makes its streams if there are
// none. A stream that is missing while the log holds something is not made
// anew (triage.ErrChain). Unsafe settings of streams are refused, all of them
// in one error, see UnsafeError.
func (c *Conn) OpenLog(ctx context.Context, o LogOptions) (*Log, error) {
	l, err := c.bind(ctx, o)
	if err != nil {
		return nil, err
	}
	if err := l.Settings(ctx); err != nil {
		return nil, err
	}
	return l, nil
}

// bind finds or makes the streams and remembers which ones they are.
func (c *Conn) bind(ctx context.Context, o LogOptions) (*Log, error) {
	p, err := c.Pusher(o.FrontDoor)
	if err != nil {
		return nil, fmt.Errorf("open log: %w", err)
	}
	if err := o.validate(); err != nil {
		return nil, fmt.Errorf("open log %s: %w", o.FrontDoor, err)
	}
	err = c.call(ctx, "$JS.API.INFO", func(ctx context.Context) error {
		_, err := c.js.AccountInfo(ctx)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("open log %s: JetStream of server %s: %w", o.FrontDoor, c.nc.ConnectedServerName(), err)
	}
	l := &Log{Pusher: p, opts: o}
	found, err := l.find(ctx)
	if err != nil {
		return nil, fmt.Errorf("open log %s: %w", o.FrontDoor, err)
	}
	if err := l.create(ctx, found); err != nil {
		return nil, fmt.Errorf("open log %s: %w", o.FrontDoor, err)
	}
	for name, at := range map[string]*stream{p.noticesName(): &l.notices, p.auditName(): &l.commits, p.keysName(): &l.keys, p.readsName(): &l.reads} {
		*at = newStream(found[name].CachedInfo(), found[name])
	}
	return l, nil
}

// find returns the streams that are there, by name.
func (l *Log) find(ctx context.Context) (map[string]jetstream.Stream, error) {
	found := map[string]jetstream.Stream{}
	for _, cfg := range l.configs(l.opts) {
		st, err := l.handle(ctx, cfg.Name)
		if errors.Is(err, jetstream.ErrStreamNotFound) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("look for stream %s: %w", cfg.Name, err)
		}
		found[cfg.Name] = st
	}
	return found, nil
}

// create makes the streams that found lacks and adds them to it. Only an empty
// log may lack one: otherwise it was lost, and an empty one in its place would
// hide that. Receipts and alerts can be sent again.
func (l *Log) create(ctx context.Context, found map[string]jetstream.Stream) error {
	written := ""
	for _, name := range []string{l.noticesName(), l.auditName()} {
		if st := found[name]; st != nil && st.CachedInfo().State.LastSeq > 0 {
			written = name
		}
	}
	for _, cfg := range l.configs(l.opts) {
		if found[cfg.Name] != nil {
			continue
		}
		if l.opts.MustExist {
			return fmt.Errorf("stream %s: %w", cfg.Name, triage.ErrNotFound)
		}
		beside := cfg.Name != l.noticesName() && cfg.Name != l.auditName()
		if written != "" && cfg.Name != l.outName() && !(beside && l.opts.Restored) {
			return fmt.Errorf("stream %s is missing while %s holds messages: it was lost; build it anew from the archive: %w",
				cfg.Name, written, triage.ErrChain)
		}
		id, err := uuid.NewRandom()
		if err != nil {
			return fmt.Errorf("name stream %s: %w", cfg.Name, err)
		}
		cfg.Metadata = map[string]string{metaStream: id.String()}
		var st jetstream.Stream
		err = l.conn.call(ctx, "$JS.API.STREAM.CREATE."+cfg.Name, func(ctx context.Context) (err error) {
			st, err = l.conn.js.CreateStream(ctx, cfg)
			return err
		})
		if errors.Is(err, jetstream.ErrStreamNameAlreadyInUse) { // another node was first
			st, err = l.handle(ctx, cfg.Name)
		}
		if err != nil {
			return fmt.Errorf("make stream %s: %w", cfg.Name, err)
		}
		found[cfg.Name] = st
	}
	return nil
}

// Settings checks every setting of every stream again. OpenLog has called it
// once; a running service calls it to notice a change. Its error holds an
// UnsafeError for each setting.
func (l *Log) Settings(ctx context.Context) error {
	var errs []error
	for _, want := range l.configs(l.opts) {
		info, err := l.info(ctx, want.Name)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		want.Metadata = map[string]string{metaStream: "wanted"}
		errs = append(errs, unsafeSettings(&info.Config, &want)...)
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("verify log %s: %w", l.frontDoor, err)
	}
	return nil
}

// End returns where notices and commits stand now.
func (l *Log) End(ctx context.Context) (Ends, error) {
	n, err := l.end(ctx, l.notices)
	if err != nil {
		return Ends{}, err
	}
	c, err := l.end(ctx, l.commits)
	return Ends{Notices: n, Commits: c}, err
}

// ReadsEnd returns where the stream of who viewed what stands now.
func (l *Log) ReadsEnd(ctx context.Context) (End, error) { return l.end(ctx, l.reads) }

func (l *Log) end(ctx context.Context, s stream) (End, error) {
	info, err := l.current(ctx, s)
	if err != nil {
		return End{}, err
	}
	return End{
		Stream: s.name, ID: s.id, First: info.State.FirstSeq, Last: info.State.LastSeq,
		Time: info.State.LastTime, Bytes: info.State.Bytes,
	}, nil
}

// Identity returns which streams of notices and commits these are: they keep
// it for life, and no other stream has it.
func (l *Log) Identity() (notices, commits string) { return l.notices.id, l.commits.id }

// NoticesName returns the name of the stream of notices.
func (l *Log) NoticesName() string { return l.notices.name }

// CommitsName returns the name of the stream of commits.
func (l *Log) CommitsName() string { return l.commits.name }

// ReadsIdentity returns which stream of views this is.
func (l *Log) ReadsIdentity() string { return l.reads.id }

// FrontDoor returns the name of the front door whose log this is.
func (l *Log) FrontDoor() string { return l.frontDoor }

// current returns the stream's state and refuses another stream of its name.
func (l *Log) current(ctx context.Context, s stream) (*jetstream.StreamInfo, error) {
	info, err := l.info(ctx, s.name)
	if err != nil {
		return nil, err
	}
	if id := identityOf(info); id != s.id {
		return nil, fmt.Errorf("stream %s is not the one that was opened: found %s, opened %s: %w", s.name, id, s.id, triage.ErrChain)
	}
	return info, nil
}

func (l *Log) info(ctx context.Context, name string) (*jetstream.StreamInfo, error) {
	st, err := l.handle(ctx, name)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		return nil, fmt.Errorf("stream %s does not exist any more: %w", name, triage.ErrChain)
	}
	if err != nil {
		return nil, fmt.Errorf("ask for the end of stream %s: %w", name, err)
	}
	return st.CachedInfo(), nil
}

// handle asks for a stream and what it is now.
func (l *Log) handle(ctx context.Context, name string) (st jetstream.Stream, err error) {
	err = l.conn.call(ctx, "$JS.API.STREAM.INFO."+name, func(ctx context.Context) (err error) {
		st, err = l.conn.js.Stream(ctx, name)
		return err
	})
	return st, err
}

// identityOf is the time of creation in ns and the uuid given at creation, or
// what a stream that was built anew has taken over.
func identityOf(info *jetstream.StreamInfo) string {
	if id := info.Config.Metadata[metaIdentity]; id != "" {
		return id
	}
	return fmt.Sprintf("%d-%s", info.Created.UnixNano(), info.Config.Metadata[metaStream])
}
