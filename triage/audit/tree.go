package audit

import (
	"fmt"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/ppn-triage/ppn-triage/triage"
)

// Tree is the Merkle tree (RFC 6962) over the bytes of a log's commits in
// stream order: its root stands for every byte of every one of them. Commit n
// is leaf n-1. It keeps 64 bytes a commit. Not safe for concurrent use.
type Tree struct {
	hashes []tlog.Hash // as tlog stores them
	size   int64
}

// Append adds the next commit's bytes.
func (t *Tree) Append(commit []byte) error {
	more, err := tlog.StoredHashes(t.size, commit, t)
	if err != nil {
		return fmt.Errorf("add commit %d to the tree: %w", t.size+1, err)
	}
	t.hashes = append(t.hashes, more...)
	t.size++
	return nil
}

// ReadHashes serves tlog.
func (t *Tree) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for n, i := range indexes {
		if i < 0 || i >= int64(len(t.hashes)) {
			return nil, fmt.Errorf("hash %d is not in the tree", i)
		}
		out[n] = t.hashes[i]
	}
	return out, nil
}

// Size is how many commits are in the tree.
func (t *Tree) Size() int64 { return t.size }

// Root returns the root over the first size commits.
func (t *Tree) Root(size int64) (tlog.Hash, error) {
	if size < 0 || size > t.size {
		return tlog.Hash{}, fmt.Errorf("%w: the tree holds %d commits, not %d", triage.ErrInvalid, t.size, size)
	}
	return tlog.TreeHash(size, t)
}

// Edge is the same tree without what only proofs need: it keeps the right edge
// alone, 32 bytes for every doubling of the log. Not safe for concurrent use.
type Edge struct {
	peaks []tlog.Hash // roots of the full subtrees, the largest first
	size  int64
}

// Append adds the next commit's bytes.
func (e *Edge) Append(commit []byte) {
	h := tlog.RecordHash(commit)
	for n := e.size; n&1 == 1; n >>= 1 {
		last := len(e.peaks) - 1
		h, e.peaks = tlog.NodeHash(e.peaks[last], h), e.peaks[:last]
	}
	e.peaks = append(e.peaks, h)
	e.size++
}

// Size is how many commits were added.
func (e *Edge) Size() int64 { return e.size }

// Root returns the root over all of them.
func (e *Edge) Root() tlog.Hash {
	if e.size == 0 {
		root, _ := tlog.TreeHash(0, nil) // of no commits
		return root
	}
	root := e.peaks[len(e.peaks)-1]
	for n := len(e.peaks) - 2; n >= 0; n-- {
		root = tlog.NodeHash(e.peaks[n], root)
	}
	return root
}

// Includes proves that a commit (from 1) is under the root of the first size
// ones; CheckIncludes checks such a proof.
func (t *Tree) Includes(size, commit int64) (tlog.RecordProof, error) {
	return tlog.ProveRecord(size, commit-1, t)
}

// CheckIncludes returns nil if the proof shows that the bytes are commit number
// commit under the checkpoint's root.
func CheckIncludes(p tlog.RecordProof, c Checkpoint, commit int64, bytes []byte) error {
	return tlog.CheckRecord(p, c.Size, c.Root, commit-1, tlog.RecordHash(bytes))
}

// Extends proves that the tree of size commits begins with the older one's.
func (t *Tree) Extends(size, older int64) (tlog.TreeProof, error) {
	return tlog.ProveTree(size, older, t)
}

// CheckExtends returns nil if the proof shows that the log under the newer
// checkpoint begins with the log under the older one: nothing of it was changed
// or taken out.
func CheckExtends(p tlog.TreeProof, newer, older Checkpoint) error {
	return tlog.CheckTree(p, newer.Size, newer.Root, older.Size, older.Root)
}
