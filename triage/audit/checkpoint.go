package audit

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// Checkpoint is what a log had come to: so many commits under one root. Its
// text is that of C2SP tlog-checkpoint, signed as a note.
type Checkpoint struct {
	Origin string // "ppn-triage/<front door>/<stream identity>"
	Size   int64
	Root   tlog.Hash
}

// Origin names a log in its checkpoints.
func Origin(frontDoor, stream string) string { return "ppn-triage/" + frontDoor + "/" + stream }

// ViewsOrigin names the record of who viewed what in its checkpoints.
func ViewsOrigin(frontDoor, stream string) string { return Origin(frontDoor, "reads/"+stream) }

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

// exact refuses a note that another spelling of the same signatures would make
// too: a bit of it could be changed and nobody would see it.
func exact(signed []byte, n *note.Note) error {
	lines := strings.Split(strings.TrimPrefix(string(signed), n.Text+"\n"), "\n")
	for _, l := range lines[:len(lines)-1] {
		_, sig, _ := strings.Cut(strings.TrimPrefix(l, "— "), " ")
		if !oneSpelling(sig) {
			return errors.New("a signature is not as it was written")
		}
	}
	if want := len(n.Sigs) + len(n.UnverifiedSigs) + 1; len(lines) != want {
		return errors.New("a signature stands there twice")
	}
	return nil
}

// oneSpelling tells whether base64 is written as an encoder writes it.
func oneSpelling(s string) bool {
	b, err := base64.StdEncoding.DecodeString(s)
	return err == nil && base64.StdEncoding.EncodeToString(b) == s
}

// ParseKey reads the public key of a checkpoint from a file of one line. It
// accepts one spelling of a key only.
func ParseKey(file []byte) (note.Verifier, error) {
	line, ok := strings.CutSuffix(string(file), "\n")
	v, err := note.NewVerifier(line)
	if err == nil {
		name, rest, _ := strings.Cut(line, "+")
		hash, key, _ := strings.Cut(rest, "+")
		if !ok || name != v.Name() || hash != fmt.Sprintf("%08x", v.KeyHash()) || !oneSpelling(key) {
			err = errors.New("not as the service writes it")
		}
	}
	if err != nil {
		return nil, fmt.Errorf("public key of a checkpoint: %w", err)
	}
	return v, nil
}

// errText says that a signed note is no checkpoint.
var errText = errors.New("no checkpoint: three lines are wanted, origin, size and root")

// OpenCheckpoint reads a signed checkpoint and proves one of the signatures by
// the keys given. Other signatures, a partner's say, are passed over.
func OpenCheckpoint(signed []byte, keys note.Verifiers) (Checkpoint, error) {
	n, err := note.Open(signed, keys)
	if err == nil {
		err = exact(signed, n)
	}
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
