package daemon

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/archive"
	"github.com/ppn-triage/ppn-triage/triage/copies"
	"github.com/ppn-triage/ppn-triage/triage/jet"
	"github.com/ppn-triage/ppn-triage/triage/seal"
)

// copyBatch is how many records are copied before they are synced.
const copyBatch = 500

// streamCopy copies one stream into its archive, and is the second copy that
// its readers fall back on. An archive that could not be written takes nothing
// more, so it is opened anew: the copy goes on when there is room again.
type streamCopy struct {
	dir, identity string
	stream        copies.Stream
	first         func(ctx context.Context) (uint64, error) // where the stream begins

	ring *seal.Ring // of what is sealed in it; nil: nothing

	lock sync.Mutex
	to   *vault // nil while it cannot be written
}

func (c *streamCopy) open() (*vault, error) {
	c.lock.Lock()
	defer c.lock.Unlock()
	if c.to == nil {
		a, err := archive.Open(c.dir, c.identity)
		if err != nil {
			return nil, err
		}
		c.to = &vault{a, c.ring}
	}
	return c.to, nil
}

// Close gives the archive free.
func (c *streamCopy) Close() error {
	c.lock.Lock()
	defer c.lock.Unlock()
	if c.to == nil {
		return nil
	}
	a := c.to
	c.to = nil
	return a.Close()
}

// Advance copies what follows, syncs it and returns the last sequence that is
// safe.
func (c *streamCopy) Advance(ctx context.Context) (uint64, bool, error) {
	to, err := c.open()
	if err != nil {
		return 0, false, err
	}
	last, from := to.Last(), uint64(0)
	if last == 0 {
		if from, err = c.first(ctx); err != nil {
			return 0, false, err
		}
	}
	records, err := c.stream.Read(ctx, max(last+1, from), copyBatch)
	if len(records) == 0 {
		return last, false, err
	}
	werr := to.Append(records...)
	if werr == nil {
		werr = to.Sync()
	}
	if werr != nil {
		return last, false, errors.Join(werr, c.Close())
	}
	return to.Last(), len(records) == copyBatch, err
}

// now is the archive while it can be read, or nil.
func (c *streamCopy) now() *vault {
	c.lock.Lock()
	defer c.lock.Unlock()
	return c.to
}

// First returns the lowest sequence that is safe, 0 if there is none.
func (c *streamCopy) First() uint64 {
	if a := c.now(); a != nil {
		return a.First()
	}
	return 0
}

// Last returns the highest sequence that is safe, 0 if there is none.
func (c *streamCopy) Last() uint64 {
	if a := c.now(); a != nil {
		return a.Last()
	}
	return 0
}

// Read returns a record that is safe.
func (c *streamCopy) Read(seq uint64) (archive.Record, error) {
	a := c.now()
	if a == nil {
		return archive.Record{}, fmt.Errorf("read archive at %d: %w", seq, archive.ErrClosed)
	}
	return a.Read(seq)
}

// Scan calls f with the records that are safe, from one on.
func (c *streamCopy) Scan(from uint64, f func(archive.Record) error) error {
	a := c.now()
	if a == nil {
		return archive.ErrClosed
	}
	return a.Scan(from, f)
}

// farCopy is the second copy of a node that does not write it: where the folder
// is within reach, what the stream lacks is read there. It compares nothing;
// the worker does.
type farCopy struct {
	dir, identity string
	ring          *seal.Ring
}

func (farCopy) First() uint64 { return 0 }
func (farCopy) Last() uint64  { return 0 }

func (c farCopy) Read(seq uint64) (archive.Record, error) {
	if _, err := os.Stat(c.dir); errors.Is(err, fs.ErrNotExist) {
		return archive.Record{}, fmt.Errorf("archive %s is not on this node: %w", c.dir, triage.ErrNotFound)
	}
	a, err := archive.OpenReadOnly(c.dir, c.identity)
	if err != nil {
		return archive.Record{}, err
	}
	return vault{a, c.ring}.Read(seq)
}

func (c farCopy) Scan(uint64, func(archive.Record) error) error { return nil }

// records gives a stream of the log in the archive's words.
type records func(ctx context.Context, from uint64, max int) ([]jet.Record, error)

func (r records) Read(ctx context.Context, from uint64, max int) ([]archive.Record, error) {
	found, err := r(ctx, from, max)
	out := make([]archive.Record, len(found))
	for n, f := range found {
		out[n] = archive.Record(f)
	}
	return out, err
}

// openCopies opens the second copy of both streams and the readers of both
// copies of each.
func (d *Daemon) openCopies(dr *door) error {
	notices, commits := dr.log.Identity()
	for _, s := range []struct {
		kind, identity string
		first          records
		begin          func(context.Context) (uint64, error)
		ring           *seal.Ring
		reader         **copies.Reader
		copy           **streamCopy
	}{
		{"notices", notices, dr.log.ReadNoticeRecords, dr.firstNotice, dr.sealer.Ring, &dr.notices, &dr.noticeCopy},
		{"commits", commits, dr.log.ReadCommitRecords, firstCommit, nil, &dr.commits, &dr.commitCopy}, // sealed as they are
	} {
		dir := filepath.Join(d.cfg.Archive.Dir, dr.name, s.kind)
		alarm := d.gauge.found(dr.name, s.kind)
		if d.cfg.Role == "api" {
			*s.reader = &copies.Reader{First: s.first, Second: farCopy{dir, s.identity, s.ring}, Alarm: alarm}
			continue
		}
		c := &streamCopy{dir: dir, identity: s.identity, stream: s.first, first: s.begin, ring: s.ring}
		if _, err := c.open(); err != nil {
			return fmt.Errorf("archive of %s: %w", s.kind, err)
		}
		d.onStop("archive "+s.kind, func() { _ = c.Close() })
		*s.copy, *s.reader = c, &copies.Reader{First: s.first, Second: c, Alarm: alarm}
	}
	return nil
}

// firstNotice is where the stream of notices begins: old ones have aged out.
func (dr *door) firstNotice(ctx context.Context) (uint64, error) {
	e, err := dr.log.End(ctx)
	return e.Notices.First, err
}

func firstCommit(context.Context) (uint64, error) { return 1, nil }

// bothCopies is the log as its readers see it, read from both copies, and as its
// writers do, who never write below a high-water mark.
type bothCopies struct{ *door }

// ReadCommits returns commits by position, from whichever copy has them.
func (b bothCopies) ReadCommits(ctx context.Context, from uint64, max int) ([]triage.Commit, error) {
	found, err := b.commits.Read(ctx, from, max)
	list := make([]jet.Record, len(found))
	for n, f := range found {
		list[n] = jet.Record(f)
	}
	out, derr := b.log.Decode(list)
	if derr != nil {
		err = derr
	}
	return out, err
}

// Append stores a commit at the log's end.
func (b bothCopies) Append(ctx context.Context, c triage.Commit, expected uint64) (uint64, error) {
	if err := b.marks.Writable(ctx, b.log.CommitsName(), expected); err != nil {
		return 0, err
	}
	seq, err := b.log.Append(ctx, c, expected)
	if err == nil {
		b.marks.Wrote(b.log.CommitsName(), seq)
	}
	return seq, err
}

// Bytes returns the commits as they are stored.
func (b bothCopies) Bytes(ctx context.Context, from uint64, max int) ([][]byte, error) {
	found, err := b.commits.Read(ctx, from, max)
	if err != nil {
		return nil, err
	}
	out := make([][]byte, len(found))
	for n, f := range found {
		out[n] = f.Data
	}
	return out, nil
}

// mail returns a mail as it was accepted.
func (dr *door) mail(ctx context.Context, seq uint64) ([]byte, error) {
	found, err := dr.notices.Read(ctx, seq, 1)
	if err != nil {
		return nil, err
	}
	if len(found) == 0 || len(found[0].Data) == 0 { // not there yet, or erased
		return nil, fmt.Errorf("notice %d: %w", seq, triage.ErrNotFound)
	}
	return found[0].Data, nil
}

// ends says how far both streams reach.
func (dr *door) ends(ctx context.Context) (notices, commits uint64, err error) {
	e, err := dr.log.End(ctx)
	return e.Notices.Last, e.Commits.Last, err
}

// viewed records that somebody read something again.
func (dr *door) viewed(ctx context.Context, record []byte) error {
	_, err := dr.log.PublishRead(ctx, record)
	return err
}

// push hands in a mail as the police would.
func (dr *door) push(ctx context.Context, force string, mail []byte) (uint64, error) {
	data, truncated := jet.Truncate(mail)
	return dr.log.PublishNotice(ctx, force, data, truncated)
}
