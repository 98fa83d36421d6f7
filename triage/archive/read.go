package archive

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sort"

	"github.com/ppn-triage/ppn-triage/triage"
)

// First returns the lowest sequence that counts, 0 if there is none.
func (a *Archive) First() uint64 {
	segs := a.snapshot()
	if len(segs) == 0 || segs[0].count() == 0 {
		return 0
	}
	return segs[0].first
}

// Last returns the highest sequence that counts, 0 if there is none.
func (a *Archive) Last() uint64 {
	segs := a.snapshot()
	if len(segs) == 0 {
		return 0
	}
	last := segs[len(segs)-1]
	if len(segs) == 1 && last.count() == 0 {
		return 0
	}
	return last.next() - 1
}

// snapshot is what counts now. Its entries are never changed, only added to.
func (a *Archive) snapshot() []segment {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.segments)
}

// Read returns the record of a sequence, proved by its hash;
// triage.ErrNotFound if the archive does not hold it.
func (a *Archive) Read(seq uint64) (Record, error) {
	segs := a.snapshot()
	i := sort.Search(len(segs), func(i int) bool { return segs[i].first > seq }) - 1
	if seq == 0 || i < 0 || seq >= segs[i].next() {
		return Record{}, fmt.Errorf("read archive at %d: %w", seq, triage.ErrNotFound)
	}
	c, err := segs[i].open(a.identity, seq)
	if err != nil {
		return Record{}, err
	}
	defer c.close()
	rec, err := c.next()
	if errors.Is(err, io.EOF) {
		err = c.wrong("it is missing, though it was synced")
	}
	return rec, err
}

// Scan calls f with every record from a sequence on, in order, each proved. It
// ends at the last record that counted when it began, or with f's error. A
// start before the first record is triage.ErrChain, after the last no error.
func (a *Archive) Scan(from uint64, f func(Record) error) error {
	segs := a.snapshot()
	if len(segs) > 0 && from < segs[0].first {
		return fmt.Errorf("read archive from %d: it begins at %d: %w", from, segs[0].first, triage.ErrChain)
	}
	for i := range segs {
		s := &segs[i]
		if from >= s.next() {
			continue
		}
		if _, err := a.walk(s, max(from, s.first), f); err != nil {
			return err
		}
	}
	return nil
}

// walk calls f with the records of one segment and returns where it ended.
func (a *Archive) walk(s *segment, from uint64, f func(Record) error) (*cursor, error) {
	c, err := s.open(a.identity, from)
	if err != nil {
		return nil, err
	}
	defer c.close()
	for c.seq < s.next() {
		rec, err := c.next()
		if errors.Is(err, io.EOF) {
			return nil, c.wrong("it is missing, though it was synced")
		}
		if err != nil {
			return nil, err
		}
		if err := f(rec); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// Verify reads everything that counts and proves it: identity, every head,
// record and index entry, and that all follow on. It returns a CorruptError
// that names the first one that is wrong.
func (a *Archive) Verify() error { return a.Prove(func(Record) error { return nil }) }

// Prove is Verify, and calls f with every record on the way.
func (a *Archive) Prove(f func(Record) error) error {
	if err := a.checkIdentity(); err != nil {
		return err
	}
	prev := hash{}
	for i, segs := 0, a.snapshot(); i < len(segs); i++ {
		s := &segs[i]
		if err := a.verifyIndex(s); err != nil {
			return err
		}
		first, err := s.open(a.identity, s.first)
		if err != nil {
			return err
		}
		first.close()
		if i > 0 && first.prev != prev {
			return first.wrong("it does not follow on from the segment before it")
		}
		c, err := a.walk(s, s.first, f)
		if err != nil {
			return err
		}
		if prev = c.prev; i == len(segs)-1 {
			break
		}
		info, err := os.Stat(filepath.Join(a.dir, s.segName()))
		if err != nil {
			return fmt.Errorf("read archive: %w", err)
		}
		if info.Size() != c.at {
			return c.wrong("there is something after the last record")
		}
	}
	return nil
}

// verifyIndex compares the index on the disk with what is known of it.
func (a *Archive) verifyIndex(s *segment) error {
	found := segment{dir: s.dir, first: s.first}
	if err := found.loadIndex(); err != nil {
		return err
	}
	for i := 0; i < len(s.entries); i += entrySize {
		if !bytes.HasPrefix(found.entries[min(i, len(found.entries)):], s.entries[i:i+entrySize]) {
			return &CorruptError{File: s.idxName(), Seq: s.first + uint64(i/entrySize), At: int64(indexHead + i), Why: "the index has changed"} //nolint:gosec // not negative
		}
	}
	if found.torn > 0 && a.lock == nil {
		return &CorruptError{File: s.idxName(), Seq: s.next(), At: int64(indexHead + len(s.entries)), Why: cutIndex}
	}
	return nil
}
