package duty

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/archive"
	"github.com/ppn-triage/ppn-triage/triage/copies"
)

// FullRead reads a stream from its first message to its last, against the
// second copy, when it starts and then at intervals. Nothing else finds every
// hole: a server can say that it has all messages, and leave some out. It reads
// as every reader does, so what it finds is told as at any other reading; it
// changes nothing and stops nobody.
type FullRead struct {
	Reader copies.Reader
	Ends   func(ctx context.Context) (first, last uint64, err error) // of the stream, now
	Verify func() error                                              // proves all of the second copy; nil where that is another node's
	Every  time.Duration
	Now    Now
	Done   func(faults int) // told after each whole reading how many records were not as they should be

	next, last uint64
	faults     int
	reading    bool
	ended      time.Time
}

// fullReadBatch is how many records are read in one step.
const fullReadBatch = 500

// Step reads a batch. After the last one the second copy is proved by itself.
func (f *FullRead) Step(ctx context.Context) (bool, error) {
	if !f.reading && !f.ended.IsZero() && f.Now().Sub(f.ended) < f.Every {
		return false, nil
	}
	if !f.reading {
		if err := f.begin(ctx); err != nil {
			return false, err
		}
	}
	if f.next <= f.last {
		return true, f.read(ctx)
	}
	if f.Verify != nil {
		switch err := f.Verify(); {
		case errors.Is(err, triage.ErrChain):
			f.faults++
			seq := uint64(0)
			if damage, ok := errors.AsType[*archive.CorruptError](err); ok {
				seq = damage.Seq
			}
			f.Reader.Alarm(seq, copies.Damaged)
		case err != nil:
			return false, fmt.Errorf("prove the second copy: %w", err)
		}
	}
	f.reading, f.ended = false, f.Now()
	f.Done(f.faults)
	return false, nil
}

func (f *FullRead) begin(ctx context.Context) (err error) {
	if f.next, f.last, err = f.Ends(ctx); err != nil {
		return fmt.Errorf("full read: %w", err)
	}
	f.next = max(f.next, 1)
	f.reading, f.faults = true, 0
	return nil
}

func (f *FullRead) read(ctx context.Context) error {
	r := f.Reader
	r.Alarm = func(seq uint64, what string) {
		f.faults++
		f.Reader.Alarm(seq, what)
	}
	records, err := r.Read(ctx, f.next, fullReadBatch)
	f.next += uint64(len(records))
	_, lost := errors.AsType[copies.Missing](err)
	switch {
	case lost:
		f.next++ // told by the reader; the rest is read nevertheless
	case errors.Is(err, triage.ErrNotFound): // it has aged out meanwhile
		first, _, err := f.Ends(ctx)
		f.next = max(f.next, first)
		return err
	case err != nil:
		return fmt.Errorf("full read: %w", err)
	case len(records) == 0:
		return fmt.Errorf("full read: the stream ends before %d and was said to reach %d", f.next, f.last)
	}
	return nil
}
