package wire_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/wire"
)

var update = flag.Bool("update", false, "rewrite testdata/*.json, and testdata/*.binpb where missing")

// TestGoldenCommit holds the log's encoding still. commit.binpb is a commit
// with every event as a log of today may hold it, and is never written anew:
// later programs must read it, and write it again byte for byte. commit.json
// says what it means.
func TestGoldenCommit(t *testing.T) {
	const bytesFile, meaningFile = "testdata/commit.binpb", "testdata/commit.json"
	want, err := os.ReadFile(bytesFile)
	if *update && errors.Is(err, fs.ErrNotExist) {
		if want, err = wire.EncodeCommit(everything(1)); err == nil {
			err = os.WriteFile(bytesFile, want, 0o600)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	c, err := wire.DecodeCommit(want)
	if err != nil {
		t.Fatalf("DecodeCommit of a log kept from before = %v", err)
	}
	got, err := wire.EncodeCommit(c)
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("EncodeCommit gives other bytes than before (%v)", err)
	}
	meaning := meaningOf(t, c)
	if *update {
		if err := os.WriteFile(meaningFile, meaning, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	before, err := os.ReadFile(meaningFile)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(before), string(meaning)); d != "" {
		t.Errorf("the same bytes mean something else, before (-) and now (+):\n%s", d)
	}
}

func meaningOf(t *testing.T, c triage.Commit) []byte {
	t.Helper()
	named := make([]map[string]triage.Event, len(c.Events))
	for n, e := range c.Events {
		named[n] = map[string]triage.Event{fmt.Sprintf("%T", e): e}
	}
	head := c
	head.Events = nil
	b, err := json.MarshalIndent(struct {
		Commit triage.Commit
		Events []map[string]triage.Event
	}{head, named}, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return append(b, '\n')
}

// FuzzDecodeCommit: no bytes make it panic, and what it accepts it means.
func FuzzDecodeCommit(f *testing.F) {
	for _, c := range []triage.Commit{{}, {ID: "a", Through: 3}, everything(1), everything(2)} {
		b, err := wire.EncodeCommit(c)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	for _, e := range events {
		b, err := wire.EncodeCommit(triage.Commit{Events: []triage.Event{e}})
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := wire.DecodeCommit(b)
		if err != nil {
			return
		}
		again, err := wire.EncodeCommit(c)
		if err != nil || !bytes.Equal(again, b) {
			t.Errorf("DecodeCommit accepts %x, EncodeCommit then gives %x, %v", b, again, err)
		}
	})
}
