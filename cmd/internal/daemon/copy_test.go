package daemon

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/copies"
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

// TestANodeThatOnlyServes reads through a hole where the worker's archive is
// within reach, also while that is written; elsewhere it stops there.
func TestANodeThatOnlyServes(t *testing.T) {
	dir := t.TempDir()
	c := &streamCopy{dir: dir, identity: "i", stream: count(5), first: firstCommit}
	advance(t, c)
	t.Cleanup(func() { _ = c.Close() })
	lacking := records(func(_ context.Context, from uint64, _ int) ([]jet.Record, error) {
		return nil, &jet.HoleError{Stream: "S", Seq: from, First: 1, Last: 9}
	})
	var told []string
	r := copies.Reader{First: lacking, Second: farCopy{dir, "i", nil}, Alarm: func(seq uint64, what string) { told = append(told, fmt.Sprint(seq, " ", what)) }}
	got, err := r.Read(t.Context(), 2, 2)
	if err != nil || len(got) != 2 || got[1].Seq != 3 {
		t.Errorf("Read = %+v, %v", got, err)
	}
	c.stream = count(7)
	advance(t, c)
	if got, err := r.Read(t.Context(), 7, 1); err != nil || len(got) != 1 {
		t.Errorf("Read of what was copied since = %+v, %v", got, err)
	}
	for _, second := range []copies.Second{farCopy{dir, "i", nil}, farCopy{filepath.Join(dir, "nowhere"), "i", nil}, farCopy{dir, "other", nil}} {
		r.Second = second
		if _, err := r.Read(t.Context(), 8, 1); !errors.Is(err, triage.ErrChain) {
			t.Errorf("Read of what %v has not = %v, want triage.ErrChain", second, err)
		}
	}
	if want := []string{"2 hole", "3 hole", "7 hole", "8 lost", "8 lost", "8 lost"}; !slices.Equal(told, want) {
		t.Errorf("told %q, want %q", told, want)
	}
}
