package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/archive"
	"github.com/ppn-triage/ppn-triage/triage/audit"
)

// errMissing says that a checkpoint covers commits that the export lacks.
var errMissing = errors.New("the export holds fewer commits than were signed for")

// checkpointFlags say which signed checkpoint an export must stand under.
type checkpointFlags struct {
	Checkpoint string `type:"existingfile" help:"Signed checkpoint of the log, as the daemon keeps it in data/checkpoints/FRONT_DOOR."`
	Key        string `type:"existingfile" help:"Public key of the checkpoint, got from somebody outside. Without it the key beside the checkpoint is taken, which proves nothing against whoever could rewrite both."`
}

// prove recomputes the Merkle root over the commits and compares it with the
// one that was signed. Every byte of every commit is under it, and with the
// commits the hash of every mail.
func (c checkpointFlags) prove(a *archive.Archive, out io.Writer) error {
	if c.Checkpoint == "" {
		fmt.Fprintln(out, "no checkpoint given: that nobody has rewritten the whole log is not proved")
		return nil
	}
	signed, err := c.open(out)
	if err != nil {
		return err
	}
	var tree audit.Tree
	if err := a.Scan(1, func(r archive.Record) error { return tree.Append(r.Data) }); err != nil {
		return fmt.Errorf("verify checkpoint: %w", err)
	}
	switch root, err := tree.Root(min(signed.Size, tree.Size())); {
	case err != nil:
		return err
	case !strings.HasSuffix(signed.Origin, "/"+a.Identity()):
		return fmt.Errorf("verify checkpoint: it is of the log %s: %w", signed.Origin, triage.ErrChain)
	case tree.Size() < signed.Size:
		return fmt.Errorf("verify checkpoint: %d signed for, %d here: %w", signed.Size, tree.Size(), errMissing)
	case root != signed.Root:
		return fmt.Errorf("verify checkpoint: the first %d commits are not the ones that were signed for: %w", signed.Size, triage.ErrChain)
	}
	fmt.Fprintf(out, "the first %d of %d commits are the ones that were signed for\n", signed.Size, tree.Size())
	return nil
}

// open reads the checkpoint by the key given, else by the one beside it.
func (c checkpointFlags) open(out io.Writer) (audit.Checkpoint, error) {
	path := c.Key
	if path == "" {
		path = filepath.Join(filepath.Dir(c.Checkpoint), "key.pub")
		fmt.Fprintln(out, "not anchored: the key is the one beside the checkpoint; whoever could rewrite the log could rewrite both")
	}
	key, err := os.ReadFile(filepath.Clean(path))
	if err != nil {
		return audit.Checkpoint{}, fmt.Errorf("key of the checkpoint: %w", err)
	}
	v, err := note.NewVerifier(strings.TrimSpace(string(key)))
	if err != nil {
		return audit.Checkpoint{}, fmt.Errorf("key of the checkpoint %s: %w", path, err)
	}
	b, err := os.ReadFile(filepath.Clean(c.Checkpoint))
	if err != nil {
		return audit.Checkpoint{}, err
	}
	return audit.OpenCheckpoint(b, note.VerifierList(v))
}
