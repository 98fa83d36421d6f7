package main

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/ppn-triage/ppn-triage/cmd/internal/cli"
	"github.com/ppn-triage/ppn-triage/triage/archive"
	"github.com/ppn-triage/ppn-triage/triage/audit"
	"github.com/ppn-triage/ppn-triage/triage/wire"
)

// proveCmd writes a proof that somebody can check who has no more than the key:
// that a commit is in the log, or that the log begins with an older one.
type proveCmd struct {
	Folder string `arg:"" type:"existingdir" help:"Export with its checkpoint."`
	Commit uint64 `help:"Prove that the log holds this commit. The proof holds the commit whole, and no other." xor:"what" required:""`
	Since  string `type:"existingfile" help:"Prove that the log begins with the one of this older checkpoint." xor:"what" required:""`
	Out    string `type:"path" required:"" help:"File for the proof."`
}

// proven is a proof as a file. Which one it is shows by what it holds.
type proven struct {
	Checkpoint string   `json:"checkpoint"`      // signed note
	Older      string   `json:"older,omitempty"` // signed note that it extends
	Commit     uint64   `json:"commit,omitempty"`
	Data       []byte   `json:"data,omitempty"` // bytes of the commit
	Hashes     [][]byte `json:"hashes"`
}

func (c *proveCmd) Run(out io.Writer) error {
	x, err := openExport(c.Folder, out)
	if err != nil {
		return err
	}
	signed, err := os.ReadFile(filepath.Join(c.Folder, checkpointFile))
	if err != nil {
		return fmt.Errorf("prove: the export has no checkpoint: %w", err)
	}
	var tree audit.Tree
	if err := x.commits.Prove(func(r archive.Record) error { return tree.Append(r.Data) }); err != nil {
		return err
	}
	p := proven{Checkpoint: string(signed), Commit: c.Commit}
	if c.Since == "" {
		err = c.includes(x, &tree, &p)
	} else {
		err = c.extends(&tree, &p)
	}
	if err != nil {
		return fmt.Errorf("prove: %w", err)
	}
	b, err := json.MarshalIndent(p, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(c.Out, append(b, '\n'), 0o600)
}

func (c *proveCmd) includes(x *export, tree *audit.Tree, p *proven) error {
	r, err := x.commits.Read(c.Commit)
	if err != nil {
		return err
	}
	proof, err := tree.Includes(tree.Size(), int64(c.Commit)) //nolint:gosec // it is in the archive
	p.Data, p.Hashes = r.Data, hashes(proof)
	return err
}

func (c *proveCmd) extends(tree *audit.Tree, p *proven) error {
	b, err := os.ReadFile(filepath.Clean(c.Since))
	if err != nil {
		return err
	}
	key, err := readKey(filepath.Join(c.Folder, keyFile))
	if err != nil {
		return err
	}
	older, err := audit.OpenCheckpoint(b, note.VerifierList(key))
	if err != nil {
		return err
	}
	proof, err := tree.Extends(tree.Size(), older.Size)
	p.Older, p.Hashes = string(b), hashes(proof)
	return err
}

func hashes[P ~[]tlog.Hash](proof P) [][]byte {
	out := make([][]byte, len(proof))
	for n := range proof {
		out[n] = proof[n][:]
	}
	return out
}

// checkCmd checks a proof by a key alone.
type checkCmd struct {
	Proof string `arg:"" type:"existingfile" help:"File that prove has written."`
	Key   string `required:"" type:"existingfile" help:"Public key of the service, got from somebody outside."`
}

func (c *checkCmd) Run(out io.Writer) error {
	p, err := readProof(c.Proof)
	if err != nil {
		return fmt.Errorf("check: %w", err)
	}
	key, err := readKey(c.Key)
	if err != nil {
		return err
	}
	words, err := p.check(note.VerifierList(key))
	if err != nil {
		return fmt.Errorf("check: %w", err)
	}
	fmt.Fprintln(out, "proved: "+cli.Plain(words))
	return nil
}

func readProof(path string) (p proven, err error) {
	b, err := os.ReadFile(filepath.Clean(path))
	if err != nil {
		return p, err
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	err = d.Decode(&p)
	if _, more := d.Token(); err == nil && !errors.Is(more, io.EOF) {
		err = errors.New("something stands behind it")
	}
	if err != nil {
		return p, fmt.Errorf("%s is no proof: %w", filepath.Base(path), err)
	}
	return p, nil
}

// check says what the proof proves.
func (p *proven) check(keys note.Verifiers) (string, error) {
	newer, err := audit.OpenCheckpoint([]byte(p.Checkpoint), keys)
	if err != nil {
		return "", err
	}
	var list []tlog.Hash
	for _, h := range p.Hashes {
		if len(h) != tlog.HashSize {
			return "", errors.New("a hash of the proof has not its length")
		}
		list = append(list, tlog.Hash(h))
	}
	if p.Older == "" {
		if err := audit.CheckIncludes(list, newer, int64(p.Commit), p.Data); err != nil { //nolint:gosec // refused if it is not in the tree
			return "", err
		}
		commit, err := wire.DecodeCommit(p.Data)
		if err != nil {
			return "", err
		}
		return fmt.Sprintf("commit %d of %s, of %s by %s, with %d events", p.Commit, newer.Origin, clock(commit.At), commit.Actor.Name, len(commit.Events)), nil
	}
	older, err := audit.OpenCheckpoint([]byte(p.Older), keys)
	switch {
	case err != nil:
		return "", err
	case older.Origin != newer.Origin:
		return "", fmt.Errorf("the older checkpoint is of %s, the newer one of %s", older.Origin, newer.Origin)
	}
	return fmt.Sprintf("the log of %d commits begins with the log of %d", newer.Size, older.Size), audit.CheckExtends(list, newer, older)
}

// countersignCmd is for a partner: he signs a checkpoint beside the service, so
// that from then on the service cannot deny it.
type countersignCmd struct {
	Checkpoint string `arg:"" type:"existingfile" help:"Checkpoint; the signature is added to the file."`
	Key        string `required:"" type:"existingfile" help:"Public key of the service, got when the partnership began."`
	Secret     string `required:"" type:"path" help:"The partner's secret key; made, with its public half in FILE.pub, if there is none."`
	Name       string `default:"partner" help:"Name of a key that is made."`
	Since      string `type:"existingfile" help:"Proof that the log begins with the one signed last, as prove --since writes it."`
}

func (c *countersignCmd) Run(out io.Writer) error {
	b, err := os.ReadFile(filepath.Clean(c.Checkpoint))
	if err != nil {
		return err
	}
	key, err := readKey(c.Key)
	if err != nil {
		return err
	}
	keys := note.VerifierList(key)
	checkpoint, err := audit.OpenCheckpoint(b, keys)
	if err == nil && c.Since != "" {
		err = c.follows(string(b), keys)
	}
	if err != nil {
		return fmt.Errorf("countersign: %w", err)
	}
	signer, err := partnerKey(c.Secret, c.Name)
	if err != nil {
		return fmt.Errorf("countersign: %w", err)
	}
	n, err := note.Open(b, keys)
	if err != nil {
		return err
	}
	if b, err = note.Sign(n, signer); err != nil {
		return err
	}
	fmt.Fprintf(out, "%s has signed that %s holds %d commits\n", signer.Name(), checkpoint.Origin, checkpoint.Size)
	return replace(c.Checkpoint, b)
}

// follows refuses a checkpoint that the proof is not about.
func (c *countersignCmd) follows(checkpoint string, keys note.Verifiers) error {
	p, err := readProof(c.Since)
	if err != nil {
		return err
	}
	if p.Older == "" || p.Checkpoint != checkpoint {
		return errors.New("the proof is not about this checkpoint")
	}
	_, err = p.check(keys)
	return err
}

// partnerKey reads a secret key, or makes one.
func partnerKey(path, name string) (note.Signer, error) {
	b, err := os.ReadFile(filepath.Clean(path))
	if errors.Is(err, os.ErrNotExist) {
		secret, public, gerr := note.GenerateKey(rand.Reader, name)
		b = []byte(secret + "\n")
		err = errors.Join(gerr, os.WriteFile(path, b, 0o600), os.WriteFile(path+".pub", []byte(public+"\n"), 0o600))
	}
	if err != nil {
		return nil, err
	}
	return note.NewSigner(strings.TrimSpace(string(b)))
}
