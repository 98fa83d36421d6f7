package daemon

import (
	"bytes"
	"context"
	"errors"

	"github.com/ppn-triage/ppn-triage/triage/archive"
	"github.com/ppn-triage/ppn-triage/triage/intake"
	"github.com/ppn-triage/ppn-triage/triage/seal"
)

// vault is an archive whose data are sealed where it has a ring: what goes in is
// as it came, and what comes out is again. A mail that was erased comes out
// empty.
type vault struct {
	*archive.Archive
	ring *seal.Ring
}

// Append seals records and adds them.
func (v vault) Append(records ...archive.Record) error {
	sealed := make([]archive.Record, len(records))
	for n, r := range records {
		if v.ring != nil && !bytes.Equal(r.Data, intake.CanaryMail()) { // which says nothing of anybody, twice a minute
			var err error
			if r.Data, err = v.ring.Mail(context.Background(), r.Seq, r.Data); err != nil {
				return err
			}
		}
		sealed[n] = r
	}
	return v.Archive.Append(sealed...)
}

// Read opens the record of a sequence.
func (v vault) Read(seq uint64) (archive.Record, error) {
	r, err := v.Archive.Read(seq)
	if err != nil {
		return r, err
	}
	return v.open(r)
}

// Scan opens the records from a sequence on.
func (v vault) Scan(from uint64, f func(archive.Record) error) error {
	return v.Archive.Scan(from, func(r archive.Record) error {
		r, err := v.open(r)
		if err != nil {
			return err
		}
		return f(r)
	})
}

func (v vault) open(r archive.Record) (archive.Record, error) {
	if v.ring == nil {
		return r, nil
	}
	mail, err := v.ring.OpenMail(context.Background(), r.Seq, r.Data)
	if errors.Is(err, seal.ErrGone) {
		mail, err = nil, nil
	}
	r.Data = mail
	return r, err
}
