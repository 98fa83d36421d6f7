package faults

import (
	"context"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

func TestMain(m *testing.M) {
	if Child() {
		return
	}
	slog.SetDefault(slog.New(slog.DiscardHandler))
	os.Exit(m.Run())
}

// round is how many faults one service goes through before the world is
// checked; the next ones have a service and a seed of their own.
const round = 50

// TestFaults is "make faults": PPN_FAULTS and PPN_SEED say how many and which.
// By itself it is a short run.
func TestFaults(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes most of a minute")
	}
	if _, err := exec.LookPath("redis-server"); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("redis-server is not on the PATH, and CI is set")
		}
		t.Skip("redis-server is not on the PATH: install it, or run make test")
	}
	tool := filepath.Join(t.TempDir(), "auditreplay")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", tool, "github.com/ppn-triage/ppn-triage/cmd/auditreplay").CombinedOutput(); err != nil {
		t.Fatalf("build auditreplay: %v\n%s", err, out)
	}
	n, seed := number(t, "PPN_FAULTS", 25), number(t, "PPN_SEED", 1)
	total := &Report{}
	for ; n > 0; n, seed = n-round, seed+1 {
		r, err := one(t, seed, min(n, round), tool)
		if err != nil {
			t.Fatalf("seed %d: %v\nagain with: make faults FAULTS=%d SEED=%d", seed, err, min(n, round), seed)
		}
		total.Add(r)
		t.Logf("seed %d: %s in %s: %d mails, %d commands, %d commits, %d lists, %d Internal", seed, r.Line(), r.Took.Round(time.Second), r.Mails, r.Commands, r.Commits, r.Listings, r.Internal)
		if !r.Good() {
			for _, w := range r.Wrong[:min(len(r.Wrong), 20)] {
				t.Error(w)
			}
			t.Errorf("again with: make faults FAULTS=%d SEED=%d", r.Faults, seed)
			break
		}
	}
	t.Logf("%d mails accepted, %d commands acknowledged, %d commits, %d lists compared, %d Internal, %s",
		total.Mails, total.Commands, total.Commits, total.Listings, total.Internal, total.Took.Round(time.Second))
	t.Log(total.Line())
}

func number(t *testing.T, name string, otherwise int) int {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		t.Fatalf("%s=%q is no number", name, text)
	}
	return n
}

func one(t *testing.T, seed, n int, tool string) (*Report, error) {
	t.Helper()
	dir, err := os.MkdirTemp("", "faults") // a socket's path must be short
	if err != nil {
		return nil, err
	}
	keep := os.Getenv("PPN_KEEP") != ""
	defer func() {
		if !keep {
			_ = os.RemoveAll(dir)
		}
	}()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	began := time.Now()
	return Run(ctx, Options{
		Seed: uint64(seed), Faults: n, Dir: dir, Program: os.Args[0], Tool: tool,
		Tell: func(format string, a ...any) {
			if os.Getenv("PPN_FAULTS") != "" {
				t.Logf("%6.2fs "+format, append([]any{time.Since(began).Seconds()}, a...)...)
			}
		},
	})
}
