package daemon

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/ppn-triage/ppn-triage/triage/audit"
	"github.com/ppn-triage/ppn-triage/triage/duty"
	"github.com/ppn-triage/ppn-triage/triage/jet"
)

// notaries returns the actors that sign checkpoints of a front door's log and
// of the record of who viewed what. The newest of each stands in
// data/checkpoints, with the public key beside it, and every one goes out for
// the auditor with its key.
func (d *Daemon) notaries(dr *door) (commits, views *duty.Notary, err error) {
	dir := filepath.Join(d.cfg.Data, "checkpoints", dr.name)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, nil, fmt.Errorf("checkpoints: %w", err)
	}
	signer, public, err := signingKey(d.cfg.SigningKey, "ppn-triage-"+dr.name)
	if err != nil {
		return nil, nil, err
	}
	if err := replaceFile(filepath.Join(dir, "key.pub"), []byte(public+"\n")); err != nil {
		return nil, nil, err
	}
	of := func(origin, name string, read duty.Messages) *duty.Notary {
		return &duty.Notary{
			Log: read, Origin: origin, Signer: signer, Every: time.Duration(d.cfg.CheckpointEvery), Now: time.Now,
			Publish: func(ctx context.Context, size uint64, signed []byte) error {
				if err := replaceFile(filepath.Join(dir, name), signed); err != nil {
					return err
				}
				key := jet.Out{To: "auditor", Kind: "key", Seq: uint64(signer.KeyHash()), Data: []byte(public + "\n")}
				if _, err := dr.log.PublishOut(ctx, key); err != nil { // again: what went out is kept for a month
					return err
				}
				_, err := dr.log.PublishOut(ctx, jet.Out{To: "auditor", Kind: name, Seq: size, Data: signed})
				return err
			},
		}
	}
	_, log := dr.log.Identity()
	return of(audit.Origin(dr.name, log), "checkpoint", bothCopies{dr}),
		of(audit.ViewsOrigin(dr.name, dr.log.ReadsIdentity()), "checkpoint-reads", messages(dr.log.ReadViewRecords)), nil
}

// signingKey reads the key that signs checkpoints, made on first use, and
// returns its public half.
func signingKey(path, name string) (note.Signer, string, error) {
	public := path + ".pub"
	b, err := os.ReadFile(filepath.Clean(path))
	if errors.Is(err, fs.ErrNotExist) {
		secret, pub, gerr := note.GenerateKey(rand.Reader, name)
		if gerr != nil {
			return nil, "", fmt.Errorf("signing key: %w", gerr)
		}
		b = []byte(secret + "\n")
		err = errors.Join(os.WriteFile(path, b, 0o600), os.WriteFile(public, []byte(pub+"\n"), 0o600))
	}
	if err != nil {
		return nil, "", fmt.Errorf("signing key: %w", err)
	}
	signer, err := note.NewSigner(strings.TrimSpace(string(b)))
	if err != nil {
		return nil, "", fmt.Errorf("signing key %s: %w", path, err)
	}
	pub, err := os.ReadFile(filepath.Clean(public))
	if err != nil {
		return nil, "", fmt.Errorf("public half of the signing key: %w", err)
	}
	return signer, strings.TrimSpace(string(pub)), nil
}

// replaceFile writes a file anew so that a reader sees the old or the new one.
func replaceFile(path string, data []byte) error {
	if err := os.WriteFile(path+".tmp", data, 0o600); err != nil {
		return fmt.Errorf("write %s: %w", filepath.Base(path), err)
	}
	return os.Rename(path+".tmp", path)
}

// messages gives the notary the messages of a stream as they are stored.
type messages func(ctx context.Context, from uint64, max int) ([]jet.Record, error)

func (read messages) Bytes(ctx context.Context, from uint64, max int) ([][]byte, error) {
	records, err := read(ctx, from, max)
	if err != nil {
		return nil, err
	}
	out := make([][]byte, len(records))
	for n, r := range records {
		out[n] = r.Data
	}
	return out, nil
}
