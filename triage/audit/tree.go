package audit

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
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

// Checkpoint is what a log had come to: so many commits under one root. Its
// text is that of C2SP tlog-checkpoint, signed as a note.
type Checkpoint struct {
	Origin string // "ppn-triage/<front door>/<stream identity>"
	Size   int64
	Root   tlog.Hash
}

// Origin names a log in its checkpoints.
func Origin(frontDoor, stream string) string { return "ppn-triage/" + frontDoor + "/" + stream }

// Text is the checkpoint as it is signed.
func (c Checkpoint) Text() string {
	return fmt.Sprintf("%s\n%d\n%s\n", c.Origin, c.Size, base64.StdEncoding.EncodeToString(c.Root[:]))
}

// Sign returns the checkpoint as a signed note.
func (c Checkpoint) Sign(s note.Signer) ([]byte, error) {
	b, err := note.Sign(&note.Note{Text: c.Text()}, s)
	if err != nil {
		return nil, fmt.Errorf("sign checkpoint %d: %w", c.Size, err)
	}
	return b, nil
}

// errText says that a signed note is no checkpoint.
var errText = errors.New("no checkpoint: three lines are wanted, origin, size and root")

// OpenCheckpoint reads a signed checkpoint and proves one of the signatures by
// the keys given. Other signatures, a partner's say, are passed over.
func OpenCheckpoint(signed []byte, keys note.Verifiers) (Checkpoint, error) {
	n, err := note.Open(signed, keys)
	if err != nil {
		return Checkpoint{}, fmt.Errorf("open checkpoint: %w", err)
	}
	lines := strings.Split(n.Text, "\n")
	if len(lines) != 4 || lines[3] != "" {
		return Checkpoint{}, fmt.Errorf("open checkpoint: %w", errText)
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || size < 0 || strconv.FormatInt(size, 10) != lines[1] {
		return Checkpoint{}, fmt.Errorf("open checkpoint: %w", errText)
	}
	root, err := tlog.ParseHash(lines[2])
	if err != nil {
		return Checkpoint{}, fmt.Errorf("open checkpoint: %w", errText)
	}
	c := Checkpoint{Origin: lines[0], Size: size, Root: root}
	if c.Text() != n.Text {
		return Checkpoint{}, fmt.Errorf("open checkpoint: %w", errText)
	}
	return c, nil
}
