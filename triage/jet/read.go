package jet

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/ppn-triage/ppn-triage/triage"
)

// Notice is one mail as it was accepted.
type Notice struct {
	Seq       uint64
	Subject   string
	Force     string    // last token of the subject
	Time      time.Time // when the stream stored it, UTC
	Truncated string    // "<original size> <SHA-256 in hex>" if Data is only the mail's head, else empty
	Header    map[string][]string
	Data      []byte // RFC 5322 message
}

// Record is one message of either stream as it is, for the archive.
type Record struct {
	Seq     uint64
	Subject string
	Time    time.Time // when the stream stored it, UTC
	Header  map[string][]string
	Data    []byte
}

const (
	// fewest is how many messages make a consumer cheaper than single requests.
	fewest = 6
	// chunk and chunkBytes bound what is under way at once: the server drops a
	// client that has more than max_pending (64 MB) waiting for it.
	chunk      = 1000
	chunkBytes = 32 << 20
	// patience is how long one chunk may take. The rest is then asked for one by
	// one, which also tells whether it is there.
	patience = 5 * time.Second
)

// ReadNotice returns the notice at a sequence; triage.ErrNotFound if the
// stream is not that long yet, HoleError if it should be there and is not.
func (l *Log) ReadNotice(ctx context.Context, seq uint64) (Notice, error) {
	r, err := l.get(ctx, l.notices, seq)
	if err != nil {
		return Notice{}, err
	}
	return NewNotice(r), nil
}

// ReadNotices returns the notices from a sequence on, at most max and at most
// 32 MB beyond the first, without a gap; none if the stream is not that long
// yet. What was read before a hole is returned with the HoleError.
func (l *Log) ReadNotices(ctx context.Context, from uint64, max int) ([]Notice, error) {
	recs, err := l.read(ctx, l.notices, from, max)
	out := make([]Notice, len(recs))
	for i, r := range recs {
		out[i] = NewNotice(r)
	}
	return out, err
}

// NewNotice returns the mail that a record of the notices stream is.
func NewNotice(r Record) Notice {
	n := Notice{
		Seq: r.Seq, Subject: r.Subject, Force: r.Subject[strings.LastIndexByte(r.Subject, '.')+1:],
		Time: r.Time, Header: r.Header, Data: r.Data,
	}
	if t := r.Header[HeaderTruncated]; len(t) > 0 {
		n.Truncated = t[0]
	}
	return n
}

// ReadCommits returns the commits from a sequence on, at most max, in order
// and without a gap, each with Seq set; none if the log is not that long yet.
// What was read before a hole or a commit that cannot be decoded is returned
// with the error.
func (l *Log) ReadCommits(ctx context.Context, from uint64, max int) ([]triage.Commit, error) {
	recs, err := l.read(ctx, l.commits, from, max)
	out, derr := l.Decode(recs)
	if derr != nil {
		err = derr
	}
	return out, err
}

// Decode returns the commits that records of their stream are, up to the first
// that cannot be decoded.
func (l *Log) Decode(recs []Record) ([]triage.Commit, error) {
	out := make([]triage.Commit, 0, len(recs))
	for _, r := range recs {
		c, err := l.opts.Codec.Decode(r.Data)
		if err != nil {
			return out, &DecodeError{Stream: l.commits.name, Seq: r.Seq, Err: err}
		}
		c.Seq = r.Seq
		out = append(out, c)
	}
	return out, nil
}

// ReadNoticeRecords returns the same messages as ReadNotices, as they are.
func (l *Log) ReadNoticeRecords(ctx context.Context, from uint64, max int) ([]Record, error) {
	return l.read(ctx, l.notices, from, max)
}

// ReadCommitRecords returns the same messages as ReadCommits, undecoded.
func (l *Log) ReadCommitRecords(ctx context.Context, from uint64, max int) ([]Record, error) {
	return l.read(ctx, l.commits, from, max)
}

// ReadViewRecords returns who viewed what, as PublishRead recorded it.
func (l *Log) ReadViewRecords(ctx context.Context, from uint64, max int) ([]Record, error) {
	return l.read(ctx, l.reads, from, max)
}

// read returns messages from..., contiguous, at most most and about chunkBytes.
func (l *Log) read(ctx context.Context, s stream, from uint64, most int) ([]Record, error) {
	if from == 0 || most < 1 {
		return nil, fmt.Errorf("read stream %s: %w: from %d, at most %d", s.name, triage.ErrInvalid, from, most)
	}
	info, err := l.current(ctx, s)
	if err != nil {
		return nil, err
	}
	first, last := info.State.FirstSeq, info.State.LastSeq
	if from > last {
		return nil, nil
	}
	if from < first {
		return nil, l.hole(s, from, first, last)
	}
	n := most
	if left := last - from + 1; left < uint64(most) {
		n = int(left) //nolint:gosec // below most, an int
	}
	recs := make([]Record, 0, min(n, chunk))
	if n >= fewest {
		// A consumer is fast but passes over what it cannot read without a word,
		// so it is believed only as far as its sequences follow on.
		if recs, err = l.deliver(ctx, s, recs, from, n); err != nil {
			return recs, err
		}
	}
	size := 0
	for _, r := range recs {
		size += len(r.Data)
	}
	for len(recs) < n && size < chunkBytes {
		r, err := l.get(ctx, s, from+uint64(len(recs)))
		if err != nil {
			return recs, err
		}
		recs, size = append(recs, r), size+len(r.Data)
	}
	return recs, nil
}

// deliver appends to recs what a consumer delivers from a sequence on, up to n
// messages or the first that does not follow on.
func (l *Log) deliver(ctx context.Context, s stream, recs []Record, from uint64, n int) ([]Record, error) {
	ctx, done := l.conn.guard(ctx, "$JS.API.CONSUMER.CREATE."+s.name, 2*chunkBytes)
	defer done()
	cons, err := l.conn.js.CreateConsumer(ctx, s.name, jetstream.ConsumerConfig{
		DeliverPolicy: jetstream.DeliverByStartSequencePolicy, OptStartSeq: from, AckPolicy: jetstream.AckNonePolicy,
		MemoryStorage: true, Replicas: 1, InactiveThreshold: time.Minute,
	})
	if err != nil {
		return recs, fmt.Errorf("read stream %s from %d: %w", s.name, from, reason(ctx, err))
	}
	defer l.dropConsumer(ctx, s.name, cons)
	if pending := cons.CachedInfo().NumPending; pending < uint64(n) { //nolint:gosec // n > 0
		n = int(pending) //nolint:gosec // below n; do not wait for what the consumer says it has not
	}
	for size, more := 0, true; more && len(recs) < n && size < chunkBytes; {
		before := len(recs)
		if recs, more, err = s.fetch(ctx, cons, recs, from, min(chunk, n-len(recs))); err != nil {
			return recs, fmt.Errorf("read stream %s from %d: %w", s.name, from, reason(ctx, err))
		}
		for _, r := range recs[before:] {
			size += len(r.Data)
		}
	}
	return recs, nil
}

// dropConsumer is best effort: the server removes it by itself after a while.
func (l *Log) dropConsumer(ctx context.Context, stream string, cons jetstream.Consumer) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	_ = l.conn.js.DeleteConsumer(ctx, stream, cons.CachedInfo().Name)
}

// fetch appends one chunk; more is false when a sequence did not follow on or
// nothing came.
func (s stream) fetch(ctx context.Context, cons jetstream.Consumer, recs []Record, from uint64, n int) (_ []Record, more bool, _ error) {
	cctx, cancel := context.WithTimeout(ctx, patience)
	batch, err := cons.Fetch(n, jetstream.FetchMaxBytes(chunkBytes), jetstream.FetchContext(cctx))
	if err != nil {
		cancel()
		return recs, false, err
	}
	defer func() {
		cancel()
		for range batch.Messages() { // until its goroutine has ended
		}
	}()
	for m := range batch.Messages() {
		meta, err := m.Metadata()
		if err != nil {
			return recs, false, err
		}
		if meta.Sequence.Stream != from+uint64(len(recs)) {
			return recs, false, nil
		}
		r, err := s.record(Record{
			Seq: meta.Sequence.Stream, Subject: m.Subject(), Time: meta.Timestamp.UTC(), Header: m.Headers(), Data: m.Data(),
		})
		if err != nil {
			return recs, false, err
		}
		more, recs = true, append(recs, r)
	}
	return recs, more, ctx.Err()
}

// get returns one message by sequence, from the stream's leader.
func (l *Log) get(ctx context.Context, s stream, seq uint64) (Record, error) {
	if seq == 0 {
		return Record{}, fmt.Errorf("read stream %s: %w: sequence 0", s.name, triage.ErrInvalid)
	}
	gctx, done := l.conn.guard(ctx, "$JS.API.STREAM.MSG.GET."+s.name, MaxNotice)
	defer done()
	m, err := s.handle.GetMsg(gctx, seq)
	if err == nil {
		return s.record(Record{Seq: m.Sequence, Subject: m.Subject, Time: m.Time.UTC(), Header: m.Header, Data: m.Data})
	}
	if !errors.Is(err, jetstream.ErrMsgNotFound) {
		return Record{}, fmt.Errorf("read stream %s at %d: %w", s.name, seq, reason(gctx, err))
	}
	info, err := l.current(ctx, s)
	if err != nil {
		return Record{}, err
	}
	if seq > info.State.LastSeq {
		return Record{}, fmt.Errorf("read stream %s at %d: %w", s.name, seq, triage.ErrNotFound)
	}
	return Record{}, l.hole(s, seq, info.State.FirstSeq, info.State.LastSeq)
}

func (l *Log) hole(s stream, seq, first, last uint64) *HoleError {
	return &HoleError{Stream: s.name, Seq: seq, First: first, Last: last, Ages: s.name == l.noticesName()}
}
