package daemon

import (
	"context"
	"errors"
	"fmt"

	"github.com/ppn-triage/ppn-triage/triage/archive"
	"github.com/ppn-triage/ppn-triage/triage/jet"
)

// copyBatch is how many records are copied before they are synced.
const copyBatch = 500

// streamCopy copies one stream into its archive. An archive that could not be
// written takes nothing more, so it is opened anew: the copy goes on when there
// is room again.
type streamCopy struct {
	dir, identity string
	read          func(ctx context.Context, from uint64, max int) ([]archive.Record, error)

	to *archive.Archive // nil while it cannot be written
}

func (c *streamCopy) open() (err error) {
	if c.to == nil {
		c.to, err = archive.Open(c.dir, c.identity)
	}
	return err
}

// Close gives the archive free.
func (c *streamCopy) Close() error {
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
	if err := c.open(); err != nil {
		return 0, false, err
	}
	last := c.to.Last()
	records, err := c.read(ctx, last+1, copyBatch)
	if err != nil || len(records) == 0 {
		return last, false, err
	}
	err = c.to.Append(records...)
	if err == nil {
		err = c.to.Sync()
	}
	if err != nil {
		return last, false, errors.Join(err, c.Close())
	}
	return c.to.Last(), len(records) == copyBatch, nil
}

func (dr *door) noticeRecords(ctx context.Context, from uint64, max int) ([]archive.Record, error) {
	notices, err := dr.log.ReadNotices(ctx, from, max)
	if err != nil {
		return nil, fmt.Errorf("copy notices from %d: %w", from, err)
	}
	out := make([]archive.Record, len(notices))
	for k, n := range notices {
		out[k] = archive.Record{Seq: n.Seq, Time: n.Time, Subject: n.Subject, Header: n.Header, Data: n.Data}
	}
	return out, nil
}

func (dr *door) commitRecords(ctx context.Context, from uint64, max int) ([]archive.Record, error) {
	records, err := dr.log.ReadCommitRecords(ctx, from, max)
	if err != nil {
		return nil, fmt.Errorf("copy commits from %d: %w", from, err)
	}
	out := make([]archive.Record, len(records))
	for k, r := range records {
		out[k] = archive.Record{Seq: r.Seq, Time: r.Time, Subject: r.Subject, Header: r.Header, Data: r.Data}
	}
	return out, nil
}

// mail returns a mail as it was accepted.
func (dr *door) mail(ctx context.Context, seq uint64) ([]byte, error) {
	n, err := dr.log.ReadNotice(ctx, seq)
	return n.Data, err
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
