package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/archive"
	"github.com/ppn-triage/ppn-triage/triage/audit"
)

// verifyCmd proves an export without any server: every byte of every file
// follows from what was signed.
type verifyCmd struct {
	Folder     string   `arg:"" type:"existingdir" help:"Export, or a daemon's archive of one front door."`
	Key        string   `type:"existingfile" help:"Public key of the service, got from somebody outside. Without it the key in the folder is taken, which proves nothing against whoever could rewrite everything."`
	Checkpoint []string `type:"existingfile" help:"Further checkpoints, got at any time before: the log must begin with what each was signed for."`
	Partner    []string `type:"existingfile" help:"Public keys of partners, each of whom must have signed the checkpoint of the export too."`
	Unsigned   bool     `help:"Of an archive without a checkpoint: prove only that it is whole and consistent in itself."`
	Fold       bool     `help:"Fold every commit too, and check that the counts add up. Takes memory for every item."`
	sealFlags
	KeepNotices time.Duration `default:"2880h" help:"Age at which mails leave the stream: a younger one that is missing was taken out."`
}

// errUnproved says that nobody has signed for an export.
var errUnproved = errors.New("no checkpoint: that nobody has rewritten it is not proved; give --checkpoint, or accept it with --unsigned")

func (c *verifyCmd) Run(out io.Writer) error {
	x, err := openExport(c.Folder, out)
	if err != nil {
		return fmt.Errorf("verify: %w", err)
	}
	if err := x.unlock(c.sealFlags); err != nil {
		return fmt.Errorf("verify: %w", err)
	}
	p, err := c.proof(x, out)
	if err != nil {
		return fmt.Errorf("verify: %w", err)
	}
	if err := errors.Join(p.run(), p.views(c)); err != nil {
		return fmt.Errorf("verify: %w", err)
	}
	p.say(out)
	return nil
}

// proof gathers what the export must stand under.
func (c *verifyCmd) proof(x *export, out io.Writer) (*proof, error) {
	p := &proof{x: x, keep: c.KeepNotices}
	if c.Fold {
		p.world = audit.NewWorld(nil)
	}
	own := filepath.Join(c.Folder, checkpointFile)
	_, err := os.Stat(own)
	switch {
	case err == nil:
		p.exact = true
	case !errors.Is(err, fs.ErrNotExist):
		return nil, err
	case len(c.Checkpoint) == 0 && !c.Unsigned:
		return nil, errUnproved
	case len(c.Checkpoint) == 0:
		fmt.Fprintln(out, "not signed for: that nobody has rewritten the whole log is not proved")
		return p, nil
	}
	keys, err := c.keys(out)
	if err != nil {
		return nil, err
	}
	p.keys, p.origin = keys, audit.Origin(x.frontDoor, x.commits.Identity())
	if p.exact {
		if err := p.add(own, p.origin, true, c.Partner); err != nil {
			return nil, err
		}
	}
	for _, path := range c.Checkpoint {
		if err := p.add(path, p.origin, false, nil); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// keys reads the key given, else the one in the folder or beside the first
// checkpoint.
func (c *verifyCmd) keys(out io.Writer) (note.Verifiers, error) {
	path := c.Key
	if path == "" {
		fmt.Fprintln(out, "not anchored: the key comes with the export, and whoever could rewrite the one could rewrite the other; give --key FILE, got from somebody outside")
		path = filepath.Join(c.Folder, keyFile)
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) && len(c.Checkpoint) > 0 {
			path = filepath.Join(filepath.Dir(c.Checkpoint[0]), keyFile)
		}
	} else if err := c.sameKey(); err != nil {
		return nil, err
	}
	v, err := readKey(path)
	if err != nil {
		return nil, err
	}
	return note.VerifierList(v), nil
}

// sameKey refuses a key in the folder that is not the one given: somebody has
// put it there.
func (c *verifyCmd) sameKey() error {
	here, err := os.ReadFile(filepath.Clean(filepath.Join(c.Folder, keyFile)))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	given, gerr := os.ReadFile(filepath.Clean(c.Key))
	if err := errors.Join(err, gerr); err != nil {
		return err
	}
	if string(here) != string(given) {
		return fmt.Errorf("%s is not the key given: %w", keyFile, triage.ErrChain)
	}
	return nil
}

func readKey(path string) (note.Verifier, error) {
	b, err := os.ReadFile(filepath.Clean(path))
	if err != nil {
		return nil, fmt.Errorf("public key: %w", err)
	}
	v, err := audit.ParseKey(b)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.Base(path), err)
	}
	return v, nil
}

// mark is a checkpoint that the export must stand under.
type mark struct {
	audit.Checkpoint
	name string
	all  bool // nothing may stand beyond it
}

// open reads a checkpoint, which must be signed by the service and by every
// partner named.
func (p *proof) open(path, origin string, partners []string) (audit.Checkpoint, error) {
	name := filepath.Base(path)
	b, err := os.ReadFile(filepath.Clean(path))
	if err != nil {
		return audit.Checkpoint{}, err
	}
	c, err := audit.OpenCheckpoint(b, p.keys)
	if err != nil {
		return c, fmt.Errorf("%s: %w", name, err)
	}
	if c.Origin != origin {
		return c, fmt.Errorf("%s: it is of %s, the export of %s: %w", name, c.Origin, origin, triage.ErrChain)
	}
	for _, k := range partners {
		v, err := readKey(k)
		if err != nil {
			return c, err
		}
		if _, err := audit.OpenCheckpoint(b, note.VerifierList(v)); err != nil {
			return c, fmt.Errorf("%s: signature of %s: %w", name, v.Name(), err)
		}
	}
	return c, nil
}

func (p *proof) add(path, origin string, all bool, partners []string) error {
	c, err := p.open(path, origin, partners)
	p.marks = append(p.marks, mark{c, filepath.Base(path), all})
	return err
}

// views proves the record of who viewed what. A daemon's archive has none.
func (p *proof) views(c *verifyCmd) error {
	path := filepath.Join(c.Folder, viewCheckpointFile)
	_, err := os.Stat(path)
	_, derr := os.Stat(filepath.Join(c.Folder, viewsDir))
	switch {
	case errors.Is(derr, fs.ErrNotExist) && errors.Is(err, fs.ErrNotExist):
		return nil
	case derr != nil:
		return fmt.Errorf("%s: %w", viewsDir, derr)
	}
	a, err := p.x.archiveOf(viewsDir)
	if err != nil {
		return err
	}
	under := marks{}
	if p.exact {
		signed, err := p.open(path, audit.ViewsOrigin(p.x.frontDoor, a.Identity()), c.Partner)
		if err != nil {
			return err
		}
		under = append(under, mark{signed, viewCheckpointFile, true})
	}
	var tree audit.Edge
	err = a.Prove(func(r archive.Record) error {
		v, err := decodeView(r.Data)
		switch {
		case err != nil:
		case r.Subject != viewSubject+p.x.frontDoor || len(r.Header) > 0 || !r.Time.Equal(v.At):
			err = errBeside
		default:
			tree.Append(r.Data)
			err = under.passed(&tree)
		}
		if err != nil {
			return fmt.Errorf("%s %d: %w", viewsDir, r.Seq, err)
		}
		return nil
	})
	if err == nil {
		err = under.end(&tree)
	}
	if p.viewed = tree.Size(); err != nil {
		return fmt.Errorf("%s: %w", viewsDir, err)
	}
	return nil
}

func (p *proof) say(out io.Writer) {
	for _, m := range p.marks {
		fmt.Fprintf(out, "the first %d of %d commits are the ones that %s was signed for\n", m.Size, p.tree.Size(), m.name)
	}
	if p.aged > 0 {
		fmt.Fprintf(out, "%d mails have aged out; their hashes stand in the log\n", p.aged)
	}
	p.unread.say(out)
	if p.world != nil {
		l := p.world.Ledger()
		fmt.Fprintf(out, "folded: %d items, and the counts add up\n", l.Opened)
	}
	fmt.Fprintf(out, "good: %d commits, %d notices and %d views; every record is whole, and nothing is missing\n", p.tree.Size(), p.through, p.viewed)
}

// fold folds a commit if that is wanted.
func (p *proof) fold(c *triage.Commit) error {
	if p.world == nil {
		return nil
	}
	_, err := p.world.Apply(context.Background(), *c)
	return err
}
