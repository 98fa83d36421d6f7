package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"time"

	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/archive"
	"github.com/ppn-triage/ppn-triage/triage/audit"
	"github.com/ppn-triage/ppn-triage/triage/intake"
	"github.com/ppn-triage/ppn-triage/triage/jet"
	"github.com/ppn-triage/ppn-triage/triage/seal"
	"github.com/ppn-triage/ppn-triage/triage/wire"
)

// The subjects of the streams, before the front door's name.
const (
	commitSubject = "ppn.audit."
	noticeSubject = "ppn.notice."
	viewSubject   = "ppn.reads."
)

// export is a log on disk: a copy made by export, or a daemon's own archive of
// one front door.
type export struct {
	folder    string
	frontDoor string
	commits   *archive.Archive
	mails     *archive.Archive // nil until the first one is asked for
	out       io.Writer        // for the progress

	sealer *seal.Sealer // nil: what is sealed stays so
	bare   bool         // who reads it needs no words
}

// openExport opens an export. That it is whole shows when it is read.
func openExport(folder string, out io.Writer) (*export, error) {
	if err := checkNames(folder); err != nil {
		return nil, err
	}
	a, err := openStream(folder, commitsDir)
	if err != nil {
		return nil, err
	}
	x := &export{folder: folder, commits: a, out: out}
	if a.Last() == 0 {
		return x, nil
	}
	first, err := a.Read(1)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", commitsDir, err)
	}
	door, ok := strings.CutPrefix(first.Subject, commitSubject)
	if !ok || jet.CheckToken("front door", door) != nil {
		return nil, fmt.Errorf("commit 1 came on a subject of no front door: %w", triage.ErrChain)
	}
	x.frontDoor = door
	return x, nil
}

// errEnough ends a walk over the commits early.
var errEnough = errors.New("enough")

// each calls f with every commit in order, its Seq set, and the record that it
// stood in. f ends it with errEnough, which is no error.
func (x *export) each(f func(*triage.Commit, archive.Record) error) error {
	bar := progress{out: x.out, what: commitsDir, total: x.commits.Last()}
	err := decoded(x.commits, func(c *triage.Commit, r archive.Record) error {
		bar.at(r.Seq)
		return f(c, r)
	})
	bar.end()
	if err == nil || errors.Is(err, errEnough) {
		return nil
	}
	return fmt.Errorf("%s: %w", commitsDir, err)
}

// decodeBatch is how many commits one goroutine decodes at a time.
const decodeBatch = 64

// decoding is a batch of records on its way.
type decoding struct {
	records []archive.Record
	commits []triage.Commit
	err     error // of the record after the last commit
	done    chan struct{}
}

func (d *decoding) run() {
	defer close(d.done)
	for _, r := range d.records {
		c, err := wire.DecodeCommit(r.Data)
		if err != nil {
			d.err = fmt.Errorf("commit %d: %w", r.Seq, err)
			return
		}
		c.Seq = r.Seq
		d.commits = append(d.commits, c)
	}
}

// decoded walks over an archive of commits. Decoding takes most of the time of
// reading a log, so batches are decoded side by side and used in order.
func decoded(a *archive.Archive, f func(*triage.Commit, archive.Record) error) error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	batches := make(chan *decoding, runtime.GOMAXPROCS(0))
	scanned := make(chan error, 1)
	go func() {
		defer close(batches)
		d := &decoding{done: make(chan struct{})}
		send := func() error {
			go d.run()
			select {
			case batches <- d:
			case <-ctx.Done():
				return ctx.Err()
			}
			d = &decoding{done: make(chan struct{})}
			return nil
		}
		err := a.Prove(func(r archive.Record) error {
			if d.records = append(d.records, r); len(d.records) < decodeBatch {
				return nil
			}
			return send()
		})
		if len(d.records) > 0 {
			err = errors.Join(send(), err)
		}
		scanned <- err
	}()
	for d := range batches {
		<-d.done
		for n := range d.commits {
			if err := f(&d.commits[n], d.records[n]); err != nil {
				return err
			}
		}
		if d.err != nil {
			return d.err
		}
	}
	return <-scanned
}

// until folds the commits made until a moment, all of them if it is zero, with an
// index of links if that is wanted. It
// returns the moment of the last one folded.
func (x *export) until(moment time.Time, index audit.Index) (*audit.World, time.Time, error) {
	var at time.Time
	w := audit.NewWorld(index)
	err := x.read(func(c *triage.Commit, _ archive.Record) error {
		if !moment.IsZero() && c.At.After(moment) {
			return errEnough
		}
		at = c.At
		_, err := w.Apply(context.Background(), *c)
		return err
	})
	if err != nil {
		return nil, at, fmt.Errorf("fold the export: %w", err)
	}
	if !moment.IsZero() {
		at = moment
	}
	return w, at, nil
}

// archiveOf opens another stream of the export.
func (x *export) archiveOf(stream string) (*archive.Archive, error) {
	return openStream(x.folder, stream)
}

// mail returns a mail as it was accepted; triage.ErrNotFound if it has aged
// out, replay.ErrErased if it was erased.
func (x *export) mail(seq uint64) (intake.Notice, error) {
	if x.mails == nil {
		a, err := x.archiveOf(noticesDir)
		if err != nil {
			return intake.Notice{}, err
		}
		x.mails = a
	}
	r, err := x.mails.Read(seq)
	if err == nil {
		r.Data, err = x.open(r)
	}
	if err != nil {
		return intake.Notice{}, err
	}
	n := intake.Notice{Seq: r.Seq, Force: r.Subject[strings.LastIndexByte(r.Subject, '.')+1:], Time: r.Time, Data: r.Data}
	if v := r.Header[jet.HeaderTruncated]; len(v) > 0 {
		n.Truncated = v[0]
	}
	return n, nil
}
