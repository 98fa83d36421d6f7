package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/archive"
	"github.com/ppn-triage/ppn-triage/triage/jet"
	"github.com/ppn-triage/ppn-triage/triage/replay"
	"github.com/ppn-triage/ppn-triage/triage/seal"
)

// sealFlags say how to read what is personal in a sealed log. Without the key
// the rest can still be proved, folded and counted.
type sealFlags struct {
	MasterKey string `name:"master-key" type:"existingfile" help:"The daemons' master key, to read what is personal. The folder must hold the data keys."`
}

// errSealed says what a command needs that cannot do without names and words.
var errSealed = errors.New("the log is sealed: name its master key with --master-key")

// sealer opens what a store of keys seals; nil without a master key, and where
// nothing was ever sealed.
func (f sealFlags) sealer(ctx context.Context, store seal.Keys) (*seal.Sealer, error) {
	if f.MasterKey == "" {
		return nil, nil
	}
	m, _, err := seal.LoadMaster(f.MasterKey, false)
	if err != nil {
		return nil, err
	}
	used, err := seal.Used(ctx, store)
	if err != nil || !used {
		return nil, err
	}
	r, _, err := seal.OpenRing(ctx, m, store)
	if err != nil {
		return nil, fmt.Errorf("--master-key: %w", err)
	}
	return &seal.Sealer{Ring: r}, nil
}

// unlock makes the export readable, if a master key is given.
func (x *export) unlock(f sealFlags) error {
	k, err := archive.ReadKeys(x.folder)
	if err == nil {
		x.sealer, err = f.sealer(context.Background(), k)
	}
	return err
}

// read is each for who reads what people wrote. Words that were erased are
// marked so.
func (x *export) read(f func(*triage.Commit, archive.Record) error) error {
	return x.each(func(c *triage.Commit, r archive.Record) error {
		switch {
		case x.sealer != nil:
			opened, err := x.sealer.Commit(context.Background(), *c)
			if err != nil {
				return err
			}
			c = &opened
		case !x.bare && seal.Holds(c):
			return errSealed
		}
		return f(c, r)
	})
}

// open returns a mail as it was accepted: replay.ErrErased if it was erased or
// left out, errSealed if there is no key.
func (x *export) open(r archive.Record) ([]byte, error) {
	switch {
	case !seal.SealedMail(r.Data):
		return r.Data, nil
	case !seal.MailOf(r.Seq, r.Data):
		return nil, fmt.Errorf("mail %d is another one's: %w", r.Seq, triage.ErrChain)
	case len(r.Data) == 0:
		return nil, replay.ErrErased
	case x.sealer == nil:
		return nil, errSealed
	}
	mail, err := x.sealer.Ring.OpenMail(context.Background(), r.Seq, r.Data)
	if errors.Is(err, seal.ErrGone) {
		err = replay.ErrErased
	}
	return mail, err
}

// erased names the items of which something was erased.
func (x *export) erased() (map[triage.ItemID]bool, error) {
	gone := map[triage.ItemID]bool{}
	err := x.each(func(c *triage.Commit, _ archive.Record) error {
		for _, e := range c.Events {
			if e, ok := e.(triage.Erased); ok && e.Item != "" {
				gone[e.Item] = true
			}
		}
		return nil
	})
	return gone, err
}

// sealing seals the mails of a living log as its archive does. Without the
// master key a sealed log's mails are left out.
func (e *exporting) sealing() (func(*archive.Record) error, error) {
	used, err := seal.Used(e.ctx, e.log)
	if err != nil || !used {
		return func(*archive.Record) error { return nil }, err
	}
	s, err := e.sealer(e.ctx, e.log)
	if err != nil {
		return nil, err
	}
	if s == nil {
		fmt.Fprintln(e.out, "the log is sealed and no --master-key is given: the export holds no mails and no data keys")
	}
	return func(r *archive.Record) (err error) {
		if s == nil {
			r.Data = nil
			return nil
		}
		r.Data, err = s.Ring.Mail(e.ctx, r.Seq, r.Data)
		return err
	}, nil
}

// keys takes the wrapped data keys into the export, and those out that were
// erased.
func (e *exporting) keys() (err error) {
	if e.MasterKey == "" {
		return nil
	}
	k, err := archive.OpenKeys(e.To)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, k.Close()) }()
	return errors.Join(e.log.EachKey(e.ctx, k.Take), k.Sync())
}

// unread counts the mails that a proof cannot compare.
type unread struct {
	closed, left int
	erased       []uint64 // to be found erased in the log
}

// take counts a mail that did not open; other errors are returned.
func (u *unread) take(r archive.Record, err error) error {
	switch {
	case errors.Is(err, errSealed):
		u.closed++
	case errors.Is(err, replay.ErrErased) && len(r.Data) == 0:
		u.left++
	case errors.Is(err, replay.ErrErased):
		u.erased = append(u.erased, r.Seq)
	default:
		return err
	}
	return nil
}

// check wants the log to say of every mail whose key is gone that it was erased.
func (u *unread) check(erased map[uint64]bool) error {
	for _, seq := range u.erased {
		if !erased[seq] {
			return fmt.Errorf("%s: the key of mail %d is missing, and nobody has erased it: %w", noticesDir, seq, triage.ErrChain)
		}
	}
	return nil
}

// say tells what was not compared.
func (u *unread) say(out io.Writer) {
	if u.closed > 0 {
		fmt.Fprintf(out, "%d mails are sealed and were not compared with what was read: name the --master-key\n", u.closed)
	}
	if u.left > 0 {
		fmt.Fprintf(out, "%d mails were left out of the copy; their hashes stand in the log\n", u.left)
	}
	if len(u.erased) > 0 {
		fmt.Fprintf(out, "%d mails were erased; their hashes stand in the log\n", len(u.erased))
	}
}

var _ seal.Keys = (*jet.Log)(nil)
