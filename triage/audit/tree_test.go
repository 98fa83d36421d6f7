package audit_test

import (
	"crypto/rand"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"

	"github.com/ppn-triage/ppn-triage/triage/audit"
)

func grown(t *testing.T, commits ...string) *audit.Tree {
	t.Helper()
	tree := &audit.Tree{}
	for _, c := range commits {
		if err := tree.Append([]byte(c)); err != nil {
			t.Fatal(err)
		}
	}
	return tree
}

func words(n int) (out []string) {
	for i := range n {
		out = append(out, fmt.Sprintf("commit %d", i+1))
	}
	return out
}

func checkpoint(t *testing.T, tree *audit.Tree, size int64) audit.Checkpoint {
	t.Helper()
	root, err := tree.Root(size)
	if err != nil {
		t.Fatal(err)
	}
	return audit.Checkpoint{Origin: audit.Origin("bradford", "s"), Size: size, Root: root}
}

// TestTreeStandsForEveryByte changes, swaps, drops and adds commits: each makes
// another root.
func TestTreeStandsForEveryByte(t *testing.T) {
	log := words(23)
	root := checkpoint(t, grown(t, log...), 23).Root
	for name, other := range map[string][]string{
		"one letter":   append(append(words(11), "commit 1Z"), log[12:]...),
		"two swapped":  append([]string{log[1], log[0]}, log[2:]...),
		"one dropped":  append(words(10), log[11:]...),
		"cut tail":     log[:22],
		"one added":    append(words(23), "x"),
		"empty commit": append(words(22), ""),
	} {
		tree := grown(t, other...)
		if got, err := tree.Root(tree.Size()); err != nil || got == root {
			t.Errorf("%s: the root is the same (%v)", name, err)
		}
	}
}

// TestProofs proves every commit under every size, and every size under every
// later one; a proof of something else is refused.
func TestProofs(t *testing.T) {
	const n = 17
	log := words(n)
	tree := grown(t, log...)
	for size := int64(1); size <= n; size++ {
		newer := checkpoint(t, tree, size)
		for k := int64(1); k <= size; k++ {
			p, err := tree.Includes(size, k)
			if err != nil {
				t.Fatal(err)
			}
			if err := audit.CheckIncludes(p, newer, k, []byte(log[k-1])); err != nil {
				t.Errorf("commit %d of %d: %v", k, size, err)
			}
			if err := audit.CheckIncludes(p, newer, k, []byte("another")); err == nil {
				t.Errorf("commit %d of %d: other bytes are proved", k, size)
			}
			q, err := tree.Extends(size, k)
			if err != nil {
				t.Fatal(err)
			}
			older := checkpoint(t, tree, k)
			if err := audit.CheckExtends(q, newer, older); err != nil {
				t.Errorf("%d extends %d: %v", size, k, err)
			}
			older.Root[0] ^= 1
			if err := audit.CheckExtends(q, newer, older); err == nil {
				t.Errorf("%d extends another log of %d", size, k)
			}
		}
	}
}

// TestCheckpointIsSigned opens a checkpoint by its key; every flipped byte, and
// another key, are refused. A partner's signature beside it does not matter.
func TestCheckpointIsSigned(t *testing.T) {
	key := func(name string) (note.Signer, note.Verifier) {
		s, v, err := note.GenerateKey(rand.Reader, name)
		if err != nil {
			t.Fatal(err)
		}
		signer, err := note.NewSigner(s)
		if err != nil {
			t.Fatal(err)
		}
		verifier, err := note.NewVerifier(v)
		if err != nil {
			t.Fatal(err)
		}
		return signer, verifier
	}
	signer, verifier := key("bradford")
	partner, other := key("police")
	c := checkpoint(t, grown(t, words(9)...), 9)
	signed, err := c.Sign(signer)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := audit.OpenCheckpoint(signed, note.VerifierList(verifier)); err != nil || got != c {
		t.Errorf("OpenCheckpoint() = %v, %v, want %v", got, err, c)
	}
	if _, err := audit.OpenCheckpoint(signed, note.VerifierList(other)); err == nil {
		t.Error("a checkpoint opens by a key that did not sign it")
	}
	for n := range signed {
		bad := []byte(string(signed))
		for bit := range 8 {
			bad[n] = signed[n] ^ 1<<bit
			if got, err := audit.OpenCheckpoint(bad, note.VerifierList(verifier)); err == nil {
				t.Errorf("bit %d of byte %d flipped: opened as %v", bit, n, got)
			}
		}
	}
	opened, err := note.Open(signed, note.VerifierList(verifier))
	if err != nil {
		t.Fatal(err)
	}
	both, err := note.Sign(opened, partner)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range []note.Verifier{verifier, other} {
		if got, err := audit.OpenCheckpoint(both, note.VerifierList(v)); err != nil || got != c {
			t.Errorf("countersigned, by %s: %v, %v", v.Name(), got, err)
		}
	}
	for _, text := range []string{"a\n", "a\n01\n" + strings.Repeat("A", 43) + "=\n", "a\n1\nroot\n", "a\n-1\nx\n"} {
		b, err := note.Sign(&note.Note{Text: text}, signer)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := audit.OpenCheckpoint(b, note.VerifierList(verifier)); err == nil {
			t.Errorf("%q opens as a checkpoint", text)
		}
	}
}

// TestKeyHasOneSpelling flips every bit of a key's file.
func TestKeyHasOneSpelling(t *testing.T) {
	_, public, err := note.GenerateKey(rand.Reader, "bradford")
	if err != nil {
		t.Fatal(err)
	}
	file := public + "\n"
	if v, err := audit.ParseKey([]byte(file)); err != nil || v.Name() != "bradford" {
		t.Errorf("ParseKey() = %v, %v", v, err)
	}
	for n := range len(file) * 8 {
		bad := []byte(file)
		bad[n/8] ^= 1 << (n % 8)
		if _, err := audit.ParseKey(bad); err == nil {
			t.Errorf("bit %d flipped: %q is a key", n, bad)
		}
	}
	for _, bad := range []string{"", public, file + "\n", " " + file} {
		if _, err := audit.ParseKey([]byte(bad)); err == nil {
			t.Errorf("%q is a key", bad)
		}
	}
}

// TestEdgeIsTheTree: both come to the same root at every size.
func TestEdgeIsTheTree(t *testing.T) {
	log := words(70)
	tree, edge := &audit.Tree{}, &audit.Edge{}
	for n, c := range append([]string{""}, log...) {
		if n > 0 {
			if err := tree.Append([]byte(c)); err != nil {
				t.Fatal(err)
			}
			edge.Append([]byte(c))
		}
		root, err := tree.Root(int64(n))
		if err != nil || edge.Root() != root || edge.Size() != int64(n) {
			t.Fatalf("after %d commits the roots differ (%v)", n, err)
		}
	}
}

func BenchmarkTree(b *testing.B) {
	tree, commit := &audit.Tree{}, make([]byte, 4096)
	b.SetBytes(int64(len(commit)))
	for b.Loop() {
		if err := tree.Append(commit); err != nil {
			b.Fatal(err)
		}
	}
}
