package duty

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/ppn-triage/ppn-triage/triage/audit"
)

// CommitBytes reads the commits of the log as they are stored, by position.
type CommitBytes interface {
	Bytes(ctx context.Context, from uint64, max int) ([][]byte, error)
}

// Notary signs what the log has come to: a Merkle root over every byte of every
// commit. Whoever holds an older checkpoint can prove that nothing before it
// was changed. A partner should hold them, and countersign.
type Notary struct {
	Log    CommitBytes
	Origin string // audit.Origin
	Signer note.Signer
	Every  time.Duration // shortest time between two checkpoints
	Now    Now

	// Publish puts a checkpoint where auditors find it. It may be called again
	// with the same one.
	Publish func(ctx context.Context, size uint64, signed []byte) error

	tree   audit.Tree
	signed int64 // size of the last checkpoint
	at     time.Time
}

// notaryBatch is how many commits are read in one step.
const notaryBatch = 1000

// Step takes new commits into the tree and signs a checkpoint when it is time.
func (n *Notary) Step(ctx context.Context) (bool, error) {
	commits, err := n.Log.Bytes(ctx, uint64(n.tree.Size())+1, notaryBatch)
	if err != nil {
		return false, fmt.Errorf("read commits for the checkpoint: %w", err)
	}
	for _, c := range commits {
		if err := n.tree.Append(c); err != nil {
			return false, err
		}
	}
	if len(commits) == notaryBatch {
		return true, nil
	}
	now := n.Now()
	if n.tree.Size() == n.signed || now.Sub(n.at) < n.Every {
		return false, nil
	}
	return false, n.sign(ctx, now)
}

func (n *Notary) sign(ctx context.Context, now time.Time) error {
	size := n.tree.Size()
	root, err := n.tree.Root(size)
	if err != nil {
		return err
	}
	signed, err := audit.Checkpoint{Origin: n.Origin, Size: size, Root: root}.Sign(n.Signer)
	if err != nil {
		return err
	}
	if err := n.Publish(ctx, uint64(size), signed); err != nil {
		return fmt.Errorf("publish checkpoint %d: %w", size, err)
	}
	n.signed, n.at = size, now
	return nil
}
