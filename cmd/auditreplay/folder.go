package main

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"time"

	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/archive"
	"github.com/ppn-triage/ppn-triage/triage/audit"
	"github.com/ppn-triage/ppn-triage/triage/jet"
	"github.com/ppn-triage/ppn-triage/triage/wire"
)

// The streams of an export, as folders in the archive's format. A daemon's
// own archive of a front door is the same, without the views.
const (
	noticesDir = "notices"
	commitsDir = "commits"
	viewsDir   = "reads" // who viewed what
	step       = 500     // records copied before they are synced
)

// exportCmd copies a front door's log into a folder.
type exportCmd struct {
	NATS        string `name:"nats" default:"nats://127.0.0.1:4222" help:"NATS servers." env:"PPN_NATS"`
	Credentials string `type:"existingfile" help:"Credentials file."`
	NKey        string `name:"nkey" type:"existingfile" help:"File of an nkey seed."`
	CA          string `type:"existingfile" help:"Certificate authority of the servers."`
	FrontDoor   string `default:"bradford" help:"Front door to export."`
	To          string `required:"" type:"path" help:"Folder of the export; one that is there is continued."`
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
	notices, commits := log.Identity()
	ends, err := log.End(ctx)
	if err != nil {
		return err
	}
	k, err := copyStream(ctx, out, filepath.Join(c.To, commitsDir), commits, 1, ends.Commits.Last, log.ReadCommitRecords)
	if err != nil {
		return fmt.Errorf("export commits: %w", err)
	}
	// The mails come second, so that every mail a commit speaks of is there.
	if ends, err = log.End(ctx); err != nil {
		return err
	}
	n, err := copyStream(ctx, out, filepath.Join(c.To, noticesDir), notices, max(ends.Notices.First, 1), ends.Notices.Last, log.ReadNoticeRecords)
	if err != nil {
		return fmt.Errorf("export notices: %w", err)
	}
	end, err := log.ReadsEnd(ctx)
	if err != nil {
		return err
	}
	v, err := copyStream(ctx, out, filepath.Join(c.To, viewsDir), end.ID, 1, end.Last, log.ReadViewRecords)
	if err != nil {
		return fmt.Errorf("export views: %w", err)
	}
	fmt.Fprintf(out, "exported notices to %d, commits to %d and views to %d into %s\n", n, k, v, c.To)
	return nil
}

// copyStream copies what the folder lacks up to the stream's end.
func copyStream(ctx context.Context, out io.Writer, dir, identity string, first, end uint64,
	read func(context.Context, uint64, int) ([]jet.Record, error),
) (last uint64, err error) {
	a, err := archive.Open(dir, identity)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	bar := progress{out: out, what: filepath.Base(dir), total: end}
	for a.Last() < end {
		records, err := read(ctx, max(a.Last()+1, first), step)
		if err != nil {
			return a.Last(), err
		}
		if len(records) == 0 {
			break
		}
		batch := make([]archive.Record, len(records))
		for n, r := range records {
			batch[n] = archive.Record(r)
		}
		if err := errors.Join(a.Append(batch...), a.Sync()); err != nil {
			return a.Last(), err
		}
		bar.at(a.Last())
	}
	bar.end()
	return a.Last(), nil
}

// verifyCmd checks an export without any server.
type verifyCmd struct {
	Folder string `arg:"" type:"existingdir" help:"Export, or a daemon's archive of one front door."`
	checkpointFlags
}

func (c *verifyCmd) Run(out io.Writer) error {
	w, err := verify(c.Folder, nil, out)
	if err != nil {
		return err
	}
	commits, err := checkFolder(c.Folder)
	if err == nil {
		err = c.prove(commits, out)
	}
	if err != nil {
		return err
	}
	l := w.Ledger()
	fmt.Fprintf(out, "good: %d commits, %d notices, %d items; every record is whole, nothing is missing, and the counts add up\n", l.Seq, l.Notices, len(w.Items()))
	return nil
}

// verify proves every record of both streams, folds the commits, and compares
// every mail with the hash in the event that took it in.
func verify(folder string, index audit.Index, out io.Writer) (*audit.World, error) {
	known, err := checkFolder(folder)
	if err != nil {
		return nil, err
	}
	hashes := map[uint64]string{}
	w := audit.NewWorld(index)
	bar := progress{out: out, what: commitsDir, total: known.Last()}
	err = known.Scan(1, func(r archive.Record) error {
		c, err := wire.DecodeCommit(r.Data)
		if err != nil {
			return fmt.Errorf("commit %d: %w", r.Seq, err)
		}
		c.Seq = r.Seq
		for _, e := range c.Events {
			if n, ok := e.(triage.NoticeRead); ok {
				hashes[n.Seq] = n.SHA256
			}
		}
		bar.at(r.Seq)
		_, err = w.Apply(context.Background(), c)
		return err
	})
	bar.end()
	if err != nil {
		return nil, fmt.Errorf("verify commits: %w", err)
	}
	l := w.Ledger()
	return w, errors.Join(l.Check(), verifyMails(folder, hashes, out))
}

// checkFolder opens the commits of an export and refuses what does not belong
// to one.
func checkFolder(folder string) (*archive.Archive, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		if !slices.Contains([]string{noticesDir, commitsDir, viewsDir}, e.Name()) || !e.IsDir() {
			return nil, fmt.Errorf("verify: %s does not belong to an export", e.Name())
		}
		files, err := os.ReadDir(filepath.Join(folder, e.Name()))
		if err != nil {
			return nil, err
		}
		for _, f := range files {
			if !ofArchive.MatchString(f.Name()) {
				return nil, fmt.Errorf("verify: %s/%s does not belong to an export", e.Name(), f.Name())
			}
		}
	}
	a, err := archive.OpenReadOnly(filepath.Join(folder, commitsDir), "")
	if err != nil {
		return nil, fmt.Errorf("verify commits: %w", err)
	}
	if err := a.Verify(); err != nil {
		return nil, fmt.Errorf("verify commits: %w", err)
	}
	return a, nil
}

// ofArchive are the names of an archive's files; see package archive.
var ofArchive = regexp.MustCompile(`^(stream|lock|\d{20}\.(seg|idx))(\.tmp)?$`)

// verifyMails compares every mail with the hash of the event that took it in.
// Mails leave the stream when they have aged out, from the first on; any other
// that was taken in must be there.
func verifyMails(folder string, hashes map[uint64]string, out io.Writer) error {
	a, err := archive.OpenReadOnly(filepath.Join(folder, noticesDir), "")
	if err == nil {
		err = a.Verify()
	}
	if err != nil {
		return fmt.Errorf("verify notices: %w", err)
	}
	bar := progress{out: out, what: noticesDir, total: a.Last()}
	err = a.Scan(cmp.Or(a.First(), 1), func(r archive.Record) error {
		sum := sha256.Sum256(r.Data)
		want, taken := hashes[r.Seq]
		if got := hex.EncodeToString(sum[:]); taken && got != want {
			return fmt.Errorf("notice %d: the mail is not the one that was read: %w", r.Seq, triage.ErrChain)
		}
		bar.at(r.Seq)
		return nil
	})
	bar.end()
	if err != nil {
		return fmt.Errorf("verify notices: %w", err)
	}
	for _, seq := range slices.Sorted(maps.Keys(hashes)) {
		if seq > a.Last() {
			return fmt.Errorf("verify notices: notice %d was taken in, and its mail is missing: %w", seq, triage.ErrChain)
		}
	}
	return nil
}

// progress shows how far a long run is: a line that is written again on a
// terminal, nothing elsewhere.
type progress struct {
	out   io.Writer
	what  string
	total uint64
	shown time.Time
}

func (p *progress) at(n uint64) {
	f, ok := p.out.(*os.File)
	if !ok || !isTerminal(f) || time.Since(p.shown) < 100*time.Millisecond && n < p.total {
		return
	}
	p.shown = time.Now()
	const width = 30
	full := int(width * n / max(p.total, 1))
	fmt.Fprintf(f, "\r%-8s [%-*s] %d of %d", p.what, width, bars[:full], n, p.total)
}

const bars = "##############################"

func (p *progress) end() {
	if !p.shown.IsZero() {
		fmt.Fprintln(p.out)
	}
}

func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
