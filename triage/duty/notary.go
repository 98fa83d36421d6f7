package duty

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/ppn-triage/ppn-triage/triage/audit"
)

// Messages reads the messages of a stream as they are stored, by position.
type Messages interface {
	Bytes(ctx context.Context, from uint64, max int) ([][]byte, error)
}

// Notary signs what a stream has come to: a Merkle root over every byte of
// every message. Whoever holds an older checkpoint can prove that nothing before
// it was changed. A partner should hold them, and countersign.
type Notary struct {
	Log    Messages
	Origin string // audit.Origin
	Signer note.Signer
	Every  time.Duration // shortest time between two checkpoints
	Now    Now

	// Publish puts a checkpoint where auditors find it. It may be called again
	// with the same one.
	Publish func(ctx context.Context, size uint64, signed []byte) error

	tree   audit.Edge
	signed int64 // size of the last checkpoint
	at     time.Time
}

// notaryBatch is how many commits are read in one step.
const notaryBatch = 1000

// Step takes new commits into the tree and signs a checkpoint when it is time.
func (n *Notary) Step(ctx context.Context) (bool, error) {
	commits, err := n.Log.Bytes(ctx, uint64(n.tree.Size())+1, notaryBatch)
	if err != nil {
		return false, fmt.Errorf("read what the checkpoint is of: %w", err)
	}
	for _, c := range commits {
		n.tree.Append(c)
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
	signed, err := audit.Checkpoint{Origin: n.Origin, Size: size, Root: n.tree.Root()}.Sign(n.Signer)
	if err != nil {
		return err
	}
	if err := n.Publish(ctx, uint64(size), signed); err != nil {
		return fmt.Errorf("publish checkpoint %d: %w", size, err)
	}
	n.signed, n.at = size, now
	return nil
}
