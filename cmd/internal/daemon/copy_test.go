package daemon

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/ppn-triage/ppn-triage/triage/jet"
)

// count is a stream of so many records.
func count(last uint64) records {
	return func(_ context.Context, from uint64, most int) (out []jet.Record, err error) {
		for seq := from; seq <= last && len(out) < most; seq++ {
			out = append(out, jet.Record{Seq: seq, Time: time.Unix(1, 0), Subject: "s", Data: []byte("d")})
		}
		return out, nil
	}
}

func advance(t *testing.T, c *streamCopy) (uint64, bool) {
	t.Helper()
	last, more, err := c.Advance(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return last, more
}

func TestACopyGoesOnInSteps(t *testing.T) {
	c := &streamCopy{dir: t.TempDir(), identity: "i", stream: count(copyBatch + 3), first: firstCommit}
	if last, more := advance(t, c); last != copyBatch || !more {
		t.Errorf("Advance() = %d, %v", last, more)
	}
	if last, more := advance(t, c); last != copyBatch+3 || more {
		t.Errorf("Advance() = %d, %v", last, more)
	}
	if last, more := advance(t, c); last != copyBatch+3 || more {
		t.Errorf("Advance() with nothing new = %d, %v", last, more)
	}
	if err := errors.Join(c.Close(), c.Close()); err != nil {
		t.Error(err)
	}
}

// TestACopyOfAStreamWhoseFrontHasAged begins where the stream does.
func TestACopyOfAStreamWhoseFrontHasAged(t *testing.T) {
	c := &streamCopy{dir: t.TempDir(), identity: "i", stream: count(9), first: func(context.Context) (uint64, error) { return 7, nil }}
	if last, _ := advance(t, c); last != 9 || c.First() != 7 {
		t.Errorf("copied %d to %d, want 7 to 9", c.First(), last)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
}

// TestACopyThatCouldNotBeWritten is opened anew when its place is there again,
// and goes on from what was safe.
func TestACopyThatCouldNotBeWritten(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a")
	c := &streamCopy{dir: dir, identity: "i", stream: count(5), first: firstCommit}
	advance(t, c)
	if err := c.to.Close(); err != nil { // what a failed write does to it
		t.Fatal(err)
	}
	c.stream = count(8)
	if last, _, err := c.Advance(t.Context()); err == nil || last != 5 {
		t.Errorf("Advance() = %d, %v; want an error and what was safe", last, err)
	}
	if err := os.Rename(dir, dir+".away"); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(dir, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if last, _, err := c.Advance(t.Context()); err == nil || last != 0 {
			t.Errorf("Advance() = %d, %v while a file is in the folder's place", last, err)
		}
	}
	if err := errors.Join(os.Remove(dir), os.Rename(dir+".away", dir)); err != nil {
		t.Fatal(err)
	}
	if last, _ := advance(t, c); last != 8 {
		t.Errorf("Advance() = %d, want all 8", last)
	}
	if err := errors.Join(c.to.Verify(), c.Close()); err != nil {
		t.Error(err)
	}
}
