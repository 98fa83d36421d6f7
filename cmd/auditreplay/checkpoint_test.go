package main

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/archive"
	"github.com/ppn-triage/ppn-triage/triage/audit"
)

// signedLog writes a log of n commits whose last byte may differ, and returns
// its archive.
func signedLog(t *testing.T, n int, identity, last string) *archive.Archive {
	t.Helper()
	dir := t.TempDir()
	a, err := archive.Open(dir, identity)
	if err != nil {
		t.Fatal(err)
	}
	for k := 1; k <= n; k++ {
		data := fmt.Sprintf("commit %d%s", k, map[bool]string{true: last}[k == n])
		if err := a.Append(archive.Record{Seq: uint64(k), Time: time.Unix(1, 0).UTC(), Subject: "s", Data: []byte(data)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(a.Sync(), a.Close()); err != nil {
		t.Fatal(err)
	}
	r, err := archive.OpenReadOnly(dir, "")
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestProve compares a log with its signed checkpoint: an edited commit, a cut
// tail, another log and another key are each named.
func TestProve(t *testing.T) {
	secret, public, err := note.GenerateKey(rand.Reader, "bradford")
	if err != nil {
		t.Fatal(err)
	}
	_, other, err := note.GenerateKey(rand.Reader, "bradford")
	if err != nil {
		t.Fatal(err)
	}
	signer, err := note.NewSigner(secret)
	if err != nil {
		t.Fatal(err)
	}
	log, tree := signedLog(t, 7, "id", ""), audit.Tree{}
	if err := log.Scan(1, func(r archive.Record) error { return tree.Append(r.Data) }); err != nil {
		t.Fatal(err)
	}
	root, err := tree.Root(7)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := audit.Checkpoint{Origin: audit.Origin("bradford", "id"), Size: 7, Root: root}.Sign(signer)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, data := range map[string]string{"checkpoint": string(signed), "key.pub": public + "\n", "other.pub": other} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, c := range map[string]struct {
		log  *archive.Archive
		key  string
		is   error
		says string
	}{
		"as signed":                {log, "key.pub", nil, "the ones that were signed for"},
		"key beside it":            {log, "", nil, "not anchored"},
		"more since":               {signedLog(t, 9, "id", ""), "key.pub", nil, "the first 7 of 9"},
		"an edited commit":         {signedLog(t, 7, "id", "!"), "key.pub", triage.ErrChain, ""},
		"a cut tail":               {signedLog(t, 6, "id", ""), "key.pub", errMissing, ""},
		"another log":              {signedLog(t, 7, "id2", ""), "key.pub", triage.ErrChain, ""},
		"a key that signed it not": {log, "other.pub", errAny, ""},
	} {
		flags, out := checkpointFlags{Checkpoint: filepath.Join(dir, "checkpoint")}, bytes.Buffer{}
		if c.key != "" {
			flags.Key = filepath.Join(dir, c.key)
		}
		err := flags.prove(c.log, &out)
		if c.is == errAny && err != nil {
			continue
		}
		if !errors.Is(err, c.is) || !strings.Contains(out.String(), c.says) {
			t.Errorf("%s: prove() = %v, saying %q; want %v and %q", name, err, out.String(), c.is, c.says)
		}
	}
	var out bytes.Buffer
	if err := (checkpointFlags{}).prove(log, &out); err != nil || !strings.Contains(out.String(), "not proved") {
		t.Errorf("without a checkpoint: %v, %q", err, out.String())
	}
}

// errAny stands for an error of a library.
var errAny = errors.New("any")
