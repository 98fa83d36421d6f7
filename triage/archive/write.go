package archive

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/ppn-triage/ppn-triage/triage"
)

// Append writes records that follow on from the last one appended; the first
// record of all may have any sequence. They count when Sync has returned nil.
// A record that does not follow on is triage.ErrChain and nothing is written.
func (a *Archive) Append(records ...Record) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if err := a.writable(); err != nil {
		return err
	}
	for i, r := range records {
		want := r.Seq
		if i > 0 {
			want = records[i-1].Seq + 1
		} else if a.w != nil {
			want = a.w.next
		}
		if r.Seq != want || r.Seq == 0 {
			return fmt.Errorf("append to archive: sequence %d where %d must come: %w", r.Seq, want, triage.ErrChain)
		}
		if err := r.check(); err != nil {
			return fmt.Errorf("append to archive: %w", err)
		}
	}
	for len(records) > 0 {
		n, err := a.fill(records)
		if err != nil {
			return err
		}
		records = records[n:]
	}
	return nil
}

func (a *Archive) writable() error {
	if a.broken == nil && a.lock == nil {
		return ErrClosed
	}
	return a.broken
}

// fill writes as many records as the segment takes, at least one.
func (a *Archive) fill(records []Record) (n int, _ error) {
	if a.w == nil || a.w.size >= segmentSize {
		if err := a.roll(records[0].Seq); err != nil {
			return 0, err
		}
	}
	w := a.w
	var buf, entries []byte
	prev := w.prev
	for n < len(records) && (n == 0 || w.size+int64(len(buf)) < segmentSize && len(buf) < 1<<20) {
		buf, prev = appendRecord(buf, records[n], prev)
		entries = append(entries, encodeEntry(w.size+int64(len(buf)), prev)...)
		n++
	}
	if _, err := w.seg.Write(buf); err != nil {
		return 0, a.breaks("write records", err)
	}
	w.size, w.next, w.prev = w.size+int64(len(buf)), w.next+uint64(n), prev //nolint:gosec // not negative
	w.pending = append(w.pending, entries...)
	return n, nil
}

// Sync puts all that was appended on the disk. When it returns nil, Last is the
// last record appended. After a failure nothing more is taken: a sync that
// failed once says nothing when it succeeds later.
func (a *Archive) Sync() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if err := a.writable(); err != nil {
		return err
	}
	return a.sync()
}

func (a *Archive) sync() error {
	w := a.w
	if w == nil || len(w.pending) == 0 {
		return nil
	}
	if err := w.seg.Sync(); err != nil {
		return a.breaks("sync the segment", err)
	}
	if _, err := w.idx.Write(w.pending); err != nil {
		return a.breaks("write the index", err)
	}
	if err := w.idx.Sync(); err != nil {
		return a.breaks("sync the index", err)
	}
	last := &a.segments[len(a.segments)-1]
	last.entries = append(last.entries, w.pending...)
	w.pending = nil
	return nil
}

// breaks remembers that the state of the files is not known any more.
func (a *Archive) breaks(op string, err error) error {
	a.broken = &WriteError{Op: op, Err: err}
	return a.broken
}

// roll syncs the last segment and begins the next one. The index comes first,
// so a segment without one is damage and not a crash.
func (a *Archive) roll(first uint64) error {
	prev := hash{}
	if a.w != nil {
		if err := a.sync(); err != nil {
			return err
		}
		prev = a.w.prev
		if err := errors.Join(a.w.seg.Close(), a.w.idx.Close()); err != nil {
			return a.breaks("close the segment", err)
		}
	}
	s := segment{dir: a.dir, first: first}
	a.w = nil
	err := a.create(s.idxName(), encodeIndexHead(first))
	if err == nil {
		err = a.create(s.segName(), encodeSegmentHead(a.identity, first, prev))
	}
	if err == nil {
		err = a.resume(&s, segmentHead, prev)
	}
	if err != nil {
		a.broken = err
		return err
	}
	a.segments = append(a.segments, s)
	return nil
}

// create makes a whole file or none: written under another name, synced,
// renamed, and the folder synced.
func (a *Archive) create(name string, content []byte) error {
	tmp := filepath.Join(a.dir, name+".tmp")
	f, err := a.disk(tmp, os.O_WRONLY|os.O_CREATE|os.O_TRUNC)
	if err != nil {
		return &WriteError{Op: "make " + name, Err: err}
	}
	_, err = f.Write(content)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(tmp, filepath.Join(a.dir, name))
	}
	if err == nil {
		err = a.syncDir()
	}
	if err != nil {
		return &WriteError{Op: "make " + name, Err: err}
	}
	return nil
}

func (a *Archive) syncDir() error {
	d, err := a.disk(a.dir, os.O_RDONLY)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

func encodeIdentity(identity string) []byte {
	b := []byte("ppn-archive 1\n" + identity + "\n")
	return fmt.Appendf(b, "%x\n", sha256.Sum256(b))
}

// checkIdentity reads which stream the folder is of, and takes that if the
// caller has named none.
func (a *Archive) checkIdentity() error {
	b, err := os.ReadFile(filepath.Join(a.dir, "stream"))
	if errors.Is(err, os.ErrNotExist) {
		return &CorruptError{File: "stream", Why: "the file that says which stream this is is missing"}
	}
	if err != nil {
		return fmt.Errorf("read archive: %w", err)
	}
	lines := bytes.Split(b, []byte("\n"))
	if len(lines) != 4 || !bytes.Equal(b, encodeIdentity(string(lines[1]))) {
		return &CorruptError{File: "stream", Why: "the file that says which stream this is is damaged"}
	}
	found := string(lines[1])
	if a.identity == "" {
		a.identity = found
	}
	if a.identity != found {
		return fmt.Errorf("%w: found %s, wanted %s", ErrIdentity, found, a.identity)
	}
	return nil
}
