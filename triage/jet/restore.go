package jet

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/ppn-triage/ppn-triage/triage"
)

// Kind is one of the two streams that have a second copy.
type Kind string

// The streams of a log.
const (
	Notices Kind = "notices"
	Commits Kind = "commits"
)

const (
	// metaIdentity is the metadata key of the identity that a rebuilt stream has
	// taken over; metaRestored of the last sequence that was put back.
	metaIdentity = "ppn_identity"
	metaRestored = "ppn_restored"

	// headerRestored holds what the server would not take from us: when the
	// message was first stored, and its headers. It counts only up to metaRestored,
	// in a stream that only an operator can make.
	headerRestored = "Ppn-Restored"

	// restorePrefix is before the subjects of a stream while it is rebuilt, so that
	// nobody else can write to it.
	restorePrefix = "ppn.restore."
)

// Rebuild builds a stream anew with the sequences, times, subjects and headers
// that its messages had. While it is under way the stream listens to nobody and
// OpenLog refuses it; one that was cut off is gone on with.
type Rebuild struct {
	log    *Log
	want   jetstream.StreamConfig
	stream stream
	next   uint64
}

// Rebuild begins to build a stream anew that is not there (ErrExists if it is),
// or goes on with it. identity is the one it had, first the first sequence to be
// put.
func (c *Conn) Rebuild(ctx context.Context, o LogOptions, k Kind, identity string, first uint64) (*Rebuild, error) {
	l, want, err := c.one(o, k)
	if err != nil {
		return nil, err
	}
	_, uuid, _ := strings.Cut(identity, "-")
	want.Metadata, want.FirstSeq = map[string]string{metaStream: uuid, metaIdentity: identity}, first
	r := &Rebuild{log: l, want: want, next: first}
	st, err := l.handle(ctx, want.Name)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		err = c.call(ctx, "$JS.API.STREAM.CREATE."+want.Name, func(ctx context.Context) (err error) {
			st, err = c.js.CreateStream(ctx, underWay(want))
			return err
		})
	}
	if err != nil {
		return nil, fmt.Errorf("rebuild stream %s: %w", want.Name, err)
	}
	info := st.CachedInfo()
	if info.Config.SubjectTransform == nil || identityOf(info) != identity {
		return nil, fmt.Errorf("rebuild stream %s: it %w", want.Name, ErrExists)
	}
	r.stream = stream{name: want.Name, id: identity, handle: st}
	r.next = max(first, info.State.LastSeq+1)
	return r, nil
}

// one is the log of a front door with no stream of it opened, and the settings of
// one stream.
func (c *Conn) one(o LogOptions, k Kind) (*Log, jetstream.StreamConfig, error) {
	p, err := c.Pusher(o.FrontDoor)
	if err := errors.Join(err, o.validate()); err != nil {
		return nil, jetstream.StreamConfig{}, fmt.Errorf("stream of %s: %w", o.FrontDoor, err)
	}
	l := &Log{Pusher: p, opts: o}
	all := l.configs(o)
	switch k {
	case Notices:
		return l, all[0], nil
	case Commits:
		return l, all[1], nil
	}
	return nil, jetstream.StreamConfig{}, fmt.Errorf("%w: no stream %q", triage.ErrInvalid, k)
}

// underWay is a stream's configuration while it is rebuilt: other subjects, and
// room for the header that the restored ones are wrapped in.
func underWay(want jetstream.StreamConfig) jetstream.StreamConfig {
	real := want.Subjects[0]
	want.Subjects = []string{restorePrefix + real}
	want.SubjectTransform = &jetstream.SubjectTransformConfig{Source: restorePrefix + real, Destination: strings.ReplaceAll(real, "*", "{{wildcard(1)}}")}
	want.MaxMsgSize, want.MaxBytes, want.MaxAge = MaxPayload, -1, 0
	return want
}

// Next returns the sequence that Put wants.
func (r *Rebuild) Next() uint64 { return r.next }

// Put puts the next message in its place.
func (r *Rebuild) Put(ctx context.Context, rec Record) error {
	if rec.Seq != r.next {
		return fmt.Errorf("rebuild stream %s: sequence %d where %d must come: %w", r.want.Name, rec.Seq, r.next, triage.ErrChain)
	}
	head, err := wrap(rec)
	if err != nil {
		return fmt.Errorf("rebuild stream %s at %d: %w", r.want.Name, rec.Seq, err)
	}
	m := &nats.Msg{Subject: restorePrefix + rec.Subject, Data: rec.Data, Header: nats.Header{headerRestored: {head}}}
	seq, err := r.log.conn.publish(ctx, m, r.want.Name, jetstream.WithExpectLastSequence(rec.Seq-1))
	if err == nil && seq != rec.Seq {
		err = fmt.Errorf("stored as %d: %w", seq, triage.ErrChain)
	}
	if err != nil {
		return fmt.Errorf("rebuild stream %s at %d: %w", r.want.Name, rec.Seq, err)
	}
	r.next++
	return nil
}

// Finish gives the stream its subjects and limits: from here on it is the one
// that it was.
func (r *Rebuild) Finish(ctx context.Context) error {
	cfg := r.want
	cfg.Metadata = maps.Clone(cfg.Metadata)
	cfg.Metadata[metaRestored] = strconv.FormatUint(r.next-1, 10)
	err := r.log.conn.call(ctx, "$JS.API.STREAM.UPDATE."+cfg.Name, func(ctx context.Context) error {
		_, err := r.log.conn.js.UpdateStream(ctx, cfg)
		return err
	})
	if err != nil {
		return fmt.Errorf("finish stream %s: %w", cfg.Name, err)
	}
	return nil
}

// Salvage calls f with every message of a stream from a sequence on that can
// still be read, in order, passing over what it lacks, and says which stream it
// is; triage.ErrNotFound if there is none, or only one that is being rebuilt.
func (c *Conn) Salvage(ctx context.Context, o LogOptions, k Kind, from uint64, f func(identity string, r Record) error) error {
	l, cfg, err := c.one(o, k)
	if err != nil {
		return err
	}
	st, err := l.standing(ctx, cfg.Name)
	if err != nil {
		return fmt.Errorf("salvage stream %s: %w", cfg.Name, err)
	}
	info := st.CachedInfo()
	s := newStream(info, st)
	for at := max(info.State.FirstSeq, from, 1); at <= info.State.LastSeq; {
		recs, err := l.read(ctx, s, at, chunk)
		for _, r := range recs {
			if err := f(s.id, r); err != nil {
				return err
			}
		}
		at += uint64(len(recs))
		if _, hole := errors.AsType[*HoleError](err); hole {
			at++
		} else if err != nil {
			return fmt.Errorf("salvage stream %s: %w", cfg.Name, err)
		}
	}
	return nil
}

// There tells whether a stream is there, other than one that is being rebuilt.
func (c *Conn) There(ctx context.Context, o LogOptions, k Kind) (bool, error) {
	l, cfg, err := c.one(o, k)
	if err != nil {
		return false, err
	}
	_, err = l.standing(ctx, cfg.Name)
	if errors.Is(err, triage.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

func (l *Log) standing(ctx context.Context, name string) (jetstream.Stream, error) {
	st, err := l.handle(ctx, name)
	if errors.Is(err, jetstream.ErrStreamNotFound) || err == nil && st.CachedInfo().Config.SubjectTransform != nil {
		return nil, triage.ErrNotFound
	}
	return st, err
}

// Remove deletes a stream with all that it holds: for one that is beyond repair,
// after Salvage. The server's permissions keep it from everybody but an operator.
func (c *Conn) Remove(ctx context.Context, o LogOptions, k Kind) error {
	_, cfg, err := c.one(o, k)
	if err != nil {
		return err
	}
	err = c.call(ctx, "$JS.API.STREAM.DELETE."+cfg.Name, func(ctx context.Context) error { return c.js.DeleteStream(ctx, cfg.Name) })
	if err != nil {
		return fmt.Errorf("remove stream %s: %w", cfg.Name, err)
	}
	return nil
}

// newStream remembers which stream a handle is of.
func newStream(info *jetstream.StreamInfo, handle jetstream.Stream) stream {
	restored, _ := strconv.ParseUint(info.Config.Metadata[metaRestored], 10, 64)
	return stream{name: info.Config.Name, id: identityOf(info), restored: restored, handle: handle}
}

// field is one line of a header, byte for byte.
type field struct{ Name, Value []byte }

// wrap is the time and the headers of a message as the value of one header.
func wrap(r Record) (string, error) {
	fields := []field{}
	for _, name := range slices.Sorted(maps.Keys(r.Header)) {
		for _, v := range r.Header[name] {
			fields = append(fields, field{[]byte(name), []byte(v)})
		}
	}
	b, err := json.Marshal(fields)
	return strconv.FormatInt(r.Time.UnixNano(), 10) + " " + string(b), err
}

// record is a message as it was first stored.
func (s stream) record(r Record) (Record, error) {
	if r.Seq > s.restored {
		return r, nil
	}
	at, head, _ := strings.Cut(nats.Header(r.Header).Get(headerRestored), " ")
	ns, err := strconv.ParseInt(at, 10, 64)
	var fields []field
	if err == nil {
		err = json.Unmarshal([]byte(head), &fields)
	}
	if err != nil {
		return r, fmt.Errorf("stream %s: sequence %d was not put back as the others were: %w", s.name, r.Seq, triage.ErrChain)
	}
	r.Time, r.Header = time.Unix(0, ns).UTC(), nil
	for _, f := range fields {
		if r.Header == nil {
			r.Header = map[string][]string{}
		}
		r.Header[string(f.Name)] = append(r.Header[string(f.Name)], string(f.Value))
	}
	return r, nil
}
