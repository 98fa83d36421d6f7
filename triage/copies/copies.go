// Package copies reads a stream of the log and its second copy as one.
//
// In come positions, out come the records there, contiguous and proved: what
// the stream lacks, or holds otherwise than the second copy, is taken from the
// second copy and told. What neither holds is an error, never skipped. The
// package knows no server and no disk, and it writes nothing: it never mends a
// stream, which is the operator's decision.
package copies

import (
	"context"
	"errors"
	"fmt"

	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/archive"
)

// Stream is the first copy. Read returns the records from a sequence on, at
// most max, contiguous; none if the stream is not that long yet. What was read
// before a sequence that it lacks is returned with an error that is a Missing.
type Stream interface {
	Read(ctx context.Context, from uint64, max int) ([]archive.Record, error)
}

// Missing is an error of a Stream that lacks a sequence. aged says that
// it lies before the first one that the stream keeps, as old mails do.
type Missing interface {
	error
	Missing() (seq uint64, aged bool)
}

// Second is the second copy. First and Last are the lowest and highest sequence
// that can be compared, 0 if none can at this time; Read and Scan return records
// that are proved. Scan calls f with those from a sequence on.
type Second interface {
	First() uint64
	Last() uint64
	Read(seq uint64) (archive.Record, error)
	Scan(from uint64, f func(archive.Record) error) error
}

// What is wrong with a record.
const (
	Hole    = "hole"    // the stream lacks it
	Altered = "altered" // the stream holds another record than the second copy
	Damaged = "damaged" // the second copy cannot be read there
	Lost    = "lost"    // neither copy has it
)

// Reader reads both copies of one stream. It is safe for concurrent use if its
// parts are.
type Reader struct {
	First  Stream
	Second Second
	Alarm  func(seq uint64, what string) // told of each record that is not as it should be, at every read of it
}

// Read returns the records from a sequence on, at most max, contiguous. An
// error that is triage.ErrChain says that neither copy has the next one.
func (r *Reader) Read(ctx context.Context, from uint64, max int) (out []archive.Record, err error) {
	for len(out) < max {
		next := from + uint64(len(out))
		records, err := r.First.Read(ctx, next, max-len(out))
		r.compare(records)
		out = append(out, records...)
		hole, ok := errors.AsType[Missing](err)
		if !ok {
			return out, err
		}
		rec, err := r.through(hole)
		if err != nil {
			return out, err
		}
		out = append(out, rec)
	}
	return out, nil
}

// through reads through a hole. That the second copy cannot be read at this time
// is trouble that passes; that it lacks the record, or has it damaged, is not.
func (r *Reader) through(hole Missing) (archive.Record, error) {
	seq, aged := hole.Missing()
	rec, err := r.Second.Read(seq)
	damaged := errors.Is(err, triage.ErrChain)
	switch {
	case err == nil && !aged:
		r.Alarm(seq, Hole)
	case damaged && aged:
		r.Alarm(seq, Damaged)
	case err != nil && aged: // gone by its age, and never copied
	case damaged || errors.Is(err, triage.ErrNotFound):
		r.Alarm(seq, Lost)
		err = fmt.Errorf("%w, and the second copy does not have it: %w", hole, err)
	case err != nil:
		r.Alarm(seq, Hole)
		err = fmt.Errorf("sequence %d is missing, and the second copy cannot be read: %w", seq, err)
	}
	return rec, err
}

// errEnough ends a scan.
var errEnough = errors.New("enough")

// compare puts the second copy's record in the place of one that differs.
func (r *Reader) compare(records []archive.Record) {
	for first := r.Second.First(); len(records) > 0 && records[0].Seq < first; {
		records = records[1:]
	}
	if len(records) == 0 || records[0].Seq > r.Second.Last() {
		return
	}
	at := 0
	err := r.Second.Scan(records[0].Seq, func(rec archive.Record) error {
		if len(rec.Data) > 0 && !rec.Equal(&records[at]) { // nothing can be said of a mail that was erased there
			r.Alarm(rec.Seq, Altered)
			records[at] = rec
		}
		if at++; at == len(records) {
			return errEnough
		}
		return nil
	})
	if err != nil && !errors.Is(err, errEnough) && !errors.Is(err, triage.ErrNotFound) {
		r.Alarm(records[at].Seq, Damaged)
	}
}
