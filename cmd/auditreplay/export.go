package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"golang.org/x/mod/sumdb/note"

	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/archive"
	"github.com/ppn-triage/ppn-triage/triage/audit"
	"github.com/ppn-triage/ppn-triage/triage/intake"
	"github.com/ppn-triage/ppn-triage/triage/jet"
	"github.com/ppn-triage/ppn-triage/triage/wire"
)

// step is how many records are copied before they are synced.
const step = 500

// exportCmd copies a front door's log into a folder, up to the newest signed
// checkpoint, so that every byte of it is signed for. What a record holds beside
// that is left out or follows from it.
type exportCmd struct {
	NATS        string `name:"nats" default:"nats://127.0.0.1:4222" help:"NATS servers." env:"PPN_NATS"`
	Credentials string `type:"existingfile" help:"Credentials file."`
	NKey        string `name:"nkey" type:"existingfile" help:"File of an nkey seed."`
	CA          string `type:"existingfile" help:"Certificate authority of the servers."`
	FrontDoor   string `default:"bradford" help:"Front door to export."`
	To          string `required:"" type:"path" help:"Folder of the export; one that is there is continued."`
	Unsigned    bool   `help:"Copy everything, signed for or not."`
	sealFlags
}

func (c *exportCmd) Run(out io.Writer) error {
	ctx := context.Background()
	conn, err := jet.Connect(ctx, jet.Options{URL: c.NATS, User: jet.User{Credentials: c.Credentials, NKey: c.NKey}, CA: c.CA, Name: "auditreplay"})
	if err != nil {
		return err
	}
	defer conn.Close()
	log, err := conn.OpenLog(ctx, jet.LogOptions{FrontDoor: c.FrontDoor, Codec: wire.Codec{}, MustExist: true})
	if err != nil {
		return err
	}
	e := &exporting{exportCmd: c, ctx: ctx, log: log, out: out}
	for _, copying := range []func() error{e.commits, e.notices, e.views, e.keys} {
		if err := copying(); err != nil {
			return err
		}
	}
	fmt.Fprintf(out, "exported notices to %d, commits to %d and views to %d into %s\n", e.last[noticesDir], e.last[commitsDir], e.last[viewsDir], c.To)
	return nil
}

// exporting is one run of exportCmd.
type exporting struct {
	*exportCmd
	ctx     context.Context
	log     *jet.Log
	out     io.Writer
	through uint64 // last notice that the commits copied have taken in
	last    map[string]uint64
}

// signed is a checkpoint that the daemon has sent out, with its key.
type signed struct {
	audit.Checkpoint
	note, key []byte
}

// errUnsigned says that the daemon has signed nothing yet.
var errUnsigned = errors.New("no checkpoint has been signed yet: wait for the daemon's next one (checkpoint_every), or copy with --unsigned")

// checkpoint fetches the newest checkpoint of a kind.
func (e *exporting) checkpoint(kind string) (s signed, err error) {
	if s.note, err = e.log.LastOut(e.ctx, "auditor", kind); err != nil {
		return s, err
	}
	_, err = note.Open(s.note, nil)
	unverified, ok := errors.AsType[*note.UnverifiedNoteError](err)
	if !ok || len(unverified.Note.UnverifiedSigs) == 0 {
		return s, fmt.Errorf("checkpoint: it is not signed: %w", cmp.Or(err, triage.ErrChain))
	}
	if s.key, err = e.log.ReadOut(e.ctx, "auditor", "key", uint64(unverified.Note.UnverifiedSigs[0].Hash)); err != nil {
		return s, err
	}
	v, err := audit.ParseKey(s.key)
	if err == nil {
		s.Checkpoint, err = audit.OpenCheckpoint(s.note, note.VerifierList(v))
	}
	return s, err
}

// keep puts a checkpoint beside what it is of. One that is there, perhaps with a
// partner's signature, stays if it says the same.
func (e *exporting) keep(name string, s signed) error {
	v, err := audit.ParseKey(s.key)
	if err != nil {
		return err
	}
	path := filepath.Join(e.To, name)
	if old, err := os.ReadFile(filepath.Clean(path)); err == nil {
		if c, err := audit.OpenCheckpoint(old, note.VerifierList(v)); err == nil && c == s.Checkpoint {
			return nil
		}
	}
	return errors.Join(replace(filepath.Join(e.To, keyFile), s.key), replace(path, s.note))
}

// replace writes a file anew so that it is the old or the new one.
func replace(path string, data []byte) error {
	err := os.WriteFile(path+".tmp", data, 0o600)
	if err == nil {
		err = os.Rename(path+".tmp", path)
	}
	return err
}

func (e *exporting) commits() error {
	s, err := e.checkpoint(checkpointFile)
	if errors.Is(err, triage.ErrNotFound) && !e.Unsigned {
		err = errUnsigned
	}
	if err != nil && !errors.Is(err, triage.ErrNotFound) {
		return fmt.Errorf("export commits: %w", err)
	}
	end := uint64(s.Size) //nolint:gosec // not negative
	if e.Unsigned {
		ends, err := e.log.End(e.ctx)
		if err != nil {
			return err
		}
		end = ends.Commits.Last
	}
	_, id := e.log.Identity()
	err = e.copy(commitsDir, id, 1, end, e.log.ReadCommitRecords, func(r *archive.Record) error {
		c, err := wire.DecodeCommit(r.Data)
		r.Time, r.Header, e.through = c.At, nil, c.Through
		return err
	})
	if err == nil && !e.Unsigned {
		err = e.keep(checkpointFile, s)
	}
	if err != nil {
		return fmt.Errorf("export commits: %w", err)
	}
	return nil
}

// notices come after the commits: every mail that a commit speaks of is there,
// and none that no commit speaks of is copied.
func (e *exporting) notices() error {
	ends, err := e.log.End(e.ctx)
	if err != nil {
		return err
	}
	end := e.through
	if e.Unsigned {
		end = ends.Notices.Last
	}
	seals, err := e.sealing()
	if err != nil {
		return fmt.Errorf("export notices: %w", err)
	}
	id, _ := e.log.Identity()
	err = e.copy(noticesDir, id, max(ends.Notices.First, 1), end, e.log.ReadNoticeRecords, func(r *archive.Record) error {
		v := r.Header[jet.HeaderTruncated]
		if r.Header = nil; len(v) > 0 {
			r.Header = map[string][]string{jet.HeaderTruncated: {cmp.Or(intake.Whole(v[0]), "?")}}
		}
		return seals(r)
	})
	if err != nil {
		return fmt.Errorf("export notices: %w", err)
	}
	return nil
}

func (e *exporting) views() error {
	s, err := e.checkpoint(viewCheckpointFile)
	if errors.Is(err, triage.ErrNotFound) && !e.Unsigned {
		return nil // nobody has viewed anything yet
	}
	if err != nil && !errors.Is(err, triage.ErrNotFound) {
		return fmt.Errorf("export views: %w", err)
	}
	end := uint64(s.Size) //nolint:gosec // not negative
	if e.Unsigned {
		all, err := e.log.ReadsEnd(e.ctx)
		if err != nil {
			return err
		}
		end = all.Last
	}
	err = e.copy(viewsDir, e.log.ReadsIdentity(), 1, end, e.log.ReadViewRecords, func(r *archive.Record) error {
		v, err := decodeView(r.Data)
		r.Time, r.Header = v.At, nil
		return err
	})
	if err == nil && !e.Unsigned {
		err = e.keep(viewCheckpointFile, s)
	}
	if err != nil {
		return fmt.Errorf("export views: %w", err)
	}
	return nil
}

// copy copies what the folder lacks up to an end, each record as tidy leaves it.
func (e *exporting) copy(stream, identity string, first, end uint64,
	read func(context.Context, uint64, int) ([]jet.Record, error), tidy func(*archive.Record) error,
) (err error) {
	a, err := archive.Open(filepath.Join(e.To, stream), identity)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	bar := progress{out: e.out, what: stream, total: end}
	defer bar.end()
	for at := max(a.Last()+1, first); at <= end; at = a.Last() + 1 {
		records, err := read(e.ctx, at, int(min(step, end-at+1)))
		if err != nil {
			return err
		}
		if len(records) == 0 {
			return fmt.Errorf("%s end before %d: %w", stream, at, triage.ErrChain)
		}
		batch := make([]archive.Record, len(records))
		for n, r := range records {
			batch[n] = archive.Record(r)
			if err := tidy(&batch[n]); err != nil {
				return fmt.Errorf("%s %d: %w", stream, r.Seq, err)
			}
		}
		if err := errors.Join(a.Append(batch...), a.Sync()); err != nil {
			return err
		}
		bar.at(a.Last())
	}
	return e.copied(stream, a, tidy)
}

// copied remembers how far a stream is copied, and what its last record says.
func (e *exporting) copied(stream string, a *archive.Archive, tidy func(*archive.Record) error) error {
	if e.last == nil {
		e.last = map[string]uint64{}
	}
	if e.last[stream] = a.Last(); a.Last() == 0 {
		return nil
	}
	r, err := a.Read(a.Last())
	if err == nil {
		err = tidy(&r)
	}
	return err
}
