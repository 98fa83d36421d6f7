package archive

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"

	"github.com/ppn-triage/ppn-triage/triage"
)

// segmentSize is where a new segment begins.
const segmentSize = 64 << 20

// Archive is the copy of one stream. It is safe for concurrent use.
type Archive struct {
	dir      string
	identity string
	disk     disk

	mu       sync.Mutex
	segments []segment // what counts
	lock     *os.File  // nil if open for reading only
	w        *writer   // nil until the first record is there or comes
	broken   error     // why nothing more is taken
}

// writer is the end of the last segment.
type writer struct {
	seg, idx file
	size     int64  // of the segment, written
	next     uint64 // sequence
	prev     hash
	pending  []byte // index entries of what is written and not synced
}

// file and disk are what a writer needs of the operating system.
type file interface {
	Write(b []byte) (int, error)
	Sync() error
	Close() error
}

type disk func(name string, flag int) (file, error)

func realDisk(name string, flag int) (file, error) { return os.OpenFile(name, flag, 0o600) }

// Open opens the archive of a stream for writing and makes the folder if there
// is none. Writes that were cut off are taken away, damage of what counts is a
// CorruptError. A second writer gets ErrLocked, another stream ErrIdentity.
func Open(dir, identity string) (*Archive, error) { return open(dir, identity, realDisk) }

func open(dir, identity string, d disk) (*Archive, error) {
	if identity == "" || strings.ContainsAny(identity, "\r\n") {
		return nil, fmt.Errorf("open archive %s: %w: identity of the stream %q", dir, triage.ErrInvalid, identity)
	}
	a := &Archive{dir: dir, identity: identity, disk: d}
	err := a.takeLock()
	if err == nil {
		err = a.recover()
	}
	if err != nil {
		_ = a.Close()
		return nil, fmt.Errorf("open archive %s: %w", dir, err)
	}
	return a, nil
}

// OpenReadOnly opens an archive to read what counts in it, also while another
// program writes. An empty identity takes whatever stream it is of.
func OpenReadOnly(dir, identity string) (*Archive, error) {
	a := &Archive{dir: dir, identity: identity}
	if err := errors.Join(a.checkIdentity(), a.load()); err != nil {
		return nil, fmt.Errorf("open archive %s: %w", dir, err)
	}
	return a, nil
}

// Identity returns which stream this is the copy of.
func (a *Archive) Identity() string { return a.identity }

func (a *Archive) takeLock() error {
	if err := os.MkdirAll(a.dir, 0o700); err != nil {
		return &WriteError{Op: "make the folder", Err: err}
	}
	f, err := os.OpenFile(filepath.Join(a.dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return &WriteError{Op: "make the lock file", Err: err}
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return ErrLocked
		}
		return &WriteError{Op: "lock", Err: err}
	}
	a.lock = f
	return nil
}

// recover reads what is there and makes the end ready to be written on.
func (a *Archive) recover() error {
	names, err := a.names(".seg", ".idx")
	if err != nil {
		return err
	}
	_, err = os.Lstat(filepath.Join(a.dir, "stream"))
	if errors.Is(err, os.ErrNotExist) && len(names) == 0 {
		if err := a.create("stream", encodeIdentity(a.identity)); err != nil {
			return err
		}
	}
	if err := a.checkIdentity(); err != nil {
		return err
	}
	if err := a.load(); err != nil {
		return err
	}
	if len(a.segments) == 0 {
		return nil
	}
	last := &a.segments[len(a.segments)-1]
	c, err := last.open(a.identity, last.first)
	if err != nil {
		return err
	}
	defer c.close()
	entries, err := replay(c, last.count()+last.torn)
	if err != nil {
		return err
	}
	if err := a.mend(last, c.at, entries); err != nil {
		return err
	}
	return a.resume(last, c.at, c.prev)
}

// replay proves every record that counts and returns the index it should have.
func replay(c *cursor, count uint64) (entries []byte, err error) {
	for range count {
		if _, err := c.next(); err != nil {
			if errors.Is(err, io.EOF) {
				err = c.wrong("it is missing, though it was synced")
			}
			return nil, err
		}
		entries = append(entries, encodeEntry(c.at, c.prev)...)
	}
	return entries, nil
}

// mend cuts off what does not count and completes the index.
func (a *Archive) mend(s *segment, end int64, entries []byte) error {
	info, err := os.Stat(filepath.Join(a.dir, s.segName()))
	if err != nil {
		return fmt.Errorf("read archive: %w", err)
	}
	if info.Size() != end {
		if err := rewrite(filepath.Join(a.dir, s.segName()), end, nil); err != nil {
			return err
		}
	}
	if s.torn > 0 {
		if err := rewrite(filepath.Join(a.dir, s.idxName()), int64(indexHead+len(s.entries)), entries[len(s.entries):]); err != nil {
			return err
		}
	}
	s.entries, s.torn = entries, 0
	return nil
}

// rewrite cuts a file and writes on from there, synced.
func rewrite(name string, at int64, b []byte) error {
	f, err := os.OpenFile(name, os.O_WRONLY, 0)
	if err != nil {
		return &WriteError{Op: "open the end", Err: err}
	}
	err = f.Truncate(at)
	if err == nil {
		_, err = f.WriteAt(b, at)
	}
	if err == nil {
		err = f.Sync()
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return &WriteError{Op: "mend the end", Err: err}
	}
	return nil
}

// resume opens the last segment to write on.
func (a *Archive) resume(s *segment, size int64, prev hash) error {
	seg, err := a.disk(filepath.Join(a.dir, s.segName()), os.O_WRONLY|os.O_APPEND)
	if err != nil {
		return &WriteError{Op: "open the segment", Err: err}
	}
	idx, err := a.disk(filepath.Join(a.dir, s.idxName()), os.O_WRONLY|os.O_APPEND)
	if err != nil {
		_ = seg.Close()
		return &WriteError{Op: "open the index", Err: err}
	}
	a.w = &writer{seg: seg, idx: idx, size: size, next: s.next(), prev: prev}
	return nil
}

// load finds the segments and checks that they follow on.
func (a *Archive) load() error {
	names, err := a.names(".idx", ".seg")
	if err != nil {
		return err
	}
	segs, err := a.names(".seg", "")
	if err != nil {
		return err
	}
	for i, first := range names {
		s, last := segment{dir: a.dir, first: first}, i == len(names)-1
		if err := s.loadIndex(); err != nil {
			return err
		}
		if !slices.Contains(segs, first) {
			if last && s.count()+s.torn == 0 {
				return a.dropStub(&s)
			}
			return &CorruptError{File: s.segName(), Seq: first, Why: "the segment of an index is missing"}
		}
		if s.torn > 0 && !last {
			return &CorruptError{File: s.idxName(), Seq: s.next(), Why: "the index ends too early"}
		}
		if i > 0 && a.segments[i-1].next() != first {
			return &CorruptError{File: s.segName(), Seq: a.segments[i-1].next(), Why: "a segment is missing before it"}
		}
		a.segments = append(a.segments, s)
	}
	return nil
}

// dropStub removes an index whose making was cut off before its segment's:
// nothing counts in it.
func (a *Archive) dropStub(s *segment) error {
	if a.lock == nil {
		return nil // another program's
	}
	if err := os.Remove(filepath.Join(a.dir, s.idxName())); err != nil {
		return &WriteError{Op: "remove an index begun", Err: err}
	}
	return nil
}

// names returns the first sequences of the files with either ending, in order.
func (a *Archive) names(suffixes ...string) ([]uint64, error) {
	list, err := os.ReadDir(a.dir)
	if err != nil {
		return nil, fmt.Errorf("read archive: %w", err)
	}
	var out []uint64
	for _, e := range list {
		base, suffix, _ := strings.Cut(e.Name(), ".")
		if suffix == "" || !slices.Contains(suffixes, "."+suffix) {
			continue
		}
		n, err := strconv.ParseUint(base, 10, 64)
		if err != nil || len(base) != 20 {
			return nil, &CorruptError{File: e.Name(), Why: "not the name of an archive's file"}
		}
		out = append(out, n)
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

// Close ends writing and frees the folder. What was not synced may be lost.
func (a *Archive) Close() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	var errs []error
	if a.w != nil {
		errs = append(errs, a.w.seg.Close(), a.w.idx.Close())
	}
	if a.lock != nil {
		errs = append(errs, a.lock.Close())
	}
	a.w, a.lock, a.broken = nil, nil, ErrClosed
	return errors.Join(errs...)
}
