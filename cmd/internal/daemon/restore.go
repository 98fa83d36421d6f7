package daemon

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"time"

	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/archive"
	"github.com/ppn-triage/ppn-triage/triage/duty"
	"github.com/ppn-triage/ppn-triage/triage/jet"
	"github.com/ppn-triage/ppn-triage/triage/seal"
)

// RestoreOptions say what is built anew.
type RestoreOptions struct {
	Streams []string // "notices", "commits". Defaults to both, those that are there left alone
	Replace bool     // delete what is there, after what only it holds was saved
}

// Restore builds the streams of every front door anew from the archive, with
// the same sequences, and says on w what it did. All daemons must be stopped.
// What the old stream holds beyond the archive is never thrown away: it goes
// into the archive where it follows on; mails that stand where the archive has
// others are handed in again as new ones, and commits put aside.
func Restore(ctx context.Context, cfg Config, o RestoreOptions, w io.Writer) error {
	d, err := New(cfg)
	if err != nil {
		return err
	}
	defer d.Stop()
	if err := d.lockData(); err != nil {
		return err
	}
	if d.nats, err = d.connectNATS(ctx); err != nil {
		return err
	}
	for _, door := range d.cfg.FrontDoors {
		r := &restoring{daemon: d, door: door, opts: o, log: d.logOptions(door, false), w: w}
		if err := r.run(ctx); err != nil {
			return fmt.Errorf("restore %s: %w", door, err)
		}
	}
	return nil
}

// restoring is the restore of one front door.
type restoring struct {
	daemon *Daemon
	door   string
	opts   RestoreOptions
	log    jet.LogOptions
	w      io.Writer
	marks  []duty.Mark
	keys   *archive.Keys
	ring   *seal.Ring // over the archive's keys
}

func (r *restoring) say(format string, a ...any) {
	fmt.Fprintf(r.w, r.door+" "+format+"\n", a...)
}

// run restores the commits first: they say how far the mails were read.
func (r *restoring) run(ctx context.Context) (err error) {
	if err := r.openKeys(ctx); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.keys.Close()) }()
	kinds := r.opts.Streams
	if len(kinds) == 0 {
		kinds = []string{string(jet.Commits), string(jet.Notices)}
	}
	for _, k := range kinds {
		if err := r.stream(ctx, jet.Kind(k)); err != nil {
			return fmt.Errorf("%s: %w", k, err)
		}
	}
	o := r.log
	o.Restored = true
	log, err := r.daemon.nats.OpenLog(ctx, o)
	if err != nil {
		return err
	}
	if err := r.putKeys(ctx, log); err != nil {
		return err
	}
	e, err := log.End(ctx)
	if err != nil {
		return err
	}
	r.marks = []duty.Mark{
		{Stream: e.Notices.Stream, ID: e.Notices.ID, Last: e.Notices.Last},
		{Stream: e.Commits.Stream, ID: e.Commits.ID, Last: e.Commits.Last},
	}
	return r.mark()
}

// mark makes the new ends the high-water marks, and says what is below the old
// ones: it was accepted and stands in neither copy.
func (r *restoring) mark() error {
	file := marksFile{path: r.daemon.marksPath(r.door)}
	old, err := file.Load()
	if err != nil {
		return err
	}
	for _, o := range old {
		for _, m := range r.marks {
			if o.Stream == m.Stream && o.ID == m.ID && o.Last > m.Last {
				r.say("%s reached %d once and reaches %d now: the last %d messages are in neither copy; no receipt went out for them", m.Stream, o.Last, m.Last, o.Last-m.Last)
			}
		}
	}
	return file.Save(r.marks)
}

func (r *restoring) stream(ctx context.Context, k jet.Kind) (err error) {
	there, err := r.daemon.nats.There(ctx, r.log, k)
	if err != nil {
		return err
	}
	if there && len(r.opts.Streams) == 0 {
		r.say("%s: the stream is there and is left alone; name it, with --replace, to build it anew", k)
		return nil
	}
	if there && !r.opts.Replace {
		return fmt.Errorf("the stream is there: --replace deletes it, after what only it holds was saved: %w", jet.ErrExists)
	}
	whole, err := openWhole(filepath.Join(r.daemon.cfg.Archive.Dir, r.door, string(k)))
	if err != nil {
		return err
	}
	copy := vault{Archive: whole}
	if k == jet.Notices {
		copy.ring = r.ring
	}
	defer func() { err = errors.Join(err, copy.Close()) }()
	s := &salvage{restoring: r, kind: k, copy: copy, next: copy.Last() + 1, asideDir: filepath.Join(r.daemon.cfg.Archive.Dir, r.door+".aside", string(k))}
	defer func() { err = errors.Join(err, s.close()) }()
	if there {
		if err := s.saveAll(ctx); err != nil {
			return err
		}
		if err := r.daemon.nats.Remove(ctx, r.log, k); err != nil {
			return err
		}
	}
	return s.rebuild(ctx)
}

// openWhole opens an archive for writing and proves all of it.
func openWhole(dir string) (*archive.Archive, error) {
	look, err := archive.OpenReadOnly(dir, "")
	if err != nil {
		return nil, fmt.Errorf("nothing to restore from: %w", err)
	}
	a, err := archive.Open(dir, look.Identity())
	if err != nil {
		return nil, err
	}
	if err = a.Verify(); err == nil && a.Last() == 0 {
		err = fmt.Errorf("archive %s is empty: %w", dir, triage.ErrNotFound)
	}
	if err != nil {
		return nil, errors.Join(err, a.Close())
	}
	return a, nil
}

// through is how far the mails were read, by the last commit that is known.
func (r *restoring) through(ctx context.Context) (through uint64, err error) {
	a, err := archive.OpenReadOnly(filepath.Join(r.daemon.cfg.Archive.Dir, r.door, string(jet.Commits)), "")
	if err != nil {
		return 0, err
	}
	take := func(data []byte) error {
		c, err := r.log.Codec.Decode(data)
		through = max(through, c.Through)
		return err
	}
	if a.Last() > 0 {
		rec, err := a.Read(a.Last())
		if err == nil {
			err = take(rec.Data)
		}
		if err != nil {
			return 0, err
		}
	}
	err = r.daemon.nats.Salvage(ctx, r.log, jet.Commits, a.Last()+1, func(id string, rec jet.Record) error {
		if id != a.Identity() {
			return nil
		}
		return take(rec.Data)
	})
	if errors.Is(err, triage.ErrNotFound) {
		err = nil
	}
	return through, err
}

// firstKept is where the stream begins anew: mails whose time in the stream is
// over stay out of it, as far as they were read.
func (s *salvage) firstKept(through uint64) (uint64, error) {
	first := s.copy.First()
	if s.kind == jet.Commits {
		if first != 1 {
			return 0, fmt.Errorf("the archive begins at %d: %w", first, triage.ErrChain)
		}
		return first, nil
	}
	keep := s.log.KeepNotices
	if keep == 0 {
		keep = jet.DefaultKeepNotices
	}
	young := time.Now().Add(-keep)
	err := s.copy.Scan(first, func(r archive.Record) error {
		if r.Time.After(young) || r.Seq > through || r.Seq == s.copy.Last() {
			return errFound
		}
		first = r.Seq + 1
		return nil
	})
	if errors.Is(err, errFound) {
		err = nil
	}
	return first, err
}

var errFound = errors.New("found")

// rebuild puts the archive's records into a new stream, and behind them the
// mails that were put aside.
func (s *salvage) rebuild(ctx context.Context) error {
	through, err := uint64(0), error(nil)
	if s.kind == jet.Notices {
		if through, err = s.through(ctx); err == nil {
			err = s.fillUp(through)
		}
	}
	if err != nil {
		return err
	}
	first, err := s.firstKept(through)
	if err != nil {
		return err
	}
	b, err := s.daemon.nats.Rebuild(ctx, s.log, s.kind, s.copy.Identity(), first)
	if err != nil {
		return err
	}
	last := s.copy.Last()
	if b.Next() <= last {
		err = s.copy.Scan(b.Next(), func(r archive.Record) error { return b.Put(ctx, jet.Record(r)) })
	}
	if err == nil {
		err = s.putBack(ctx, b, last)
	}
	if err == nil {
		err = b.Finish(ctx)
	}
	if err == nil {
		s.say("%s: built anew from the archive, %d to %d", s.kind, first, last)
		err = s.settle()
	}
	return err
}
