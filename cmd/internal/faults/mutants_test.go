package faults

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"
	"time"
)

const root = "../../.."

// TestMutantsFit wants every planted bug to be a bug of today's sources. What
// the tests say of it, "make mutants" asks.
func TestMutantsFit(t *testing.T) {
	if len(Mutants) < 20 {
		t.Errorf("%d bugs, want 20 at least", len(Mutants))
	}
	for _, m := range Mutants {
		if _, err := m.overlay(root, t.TempDir()); err != nil {
			t.Errorf("%s: %v", m.Bug, err)
		}
	}
	stale := Mutant{File: "triage/fold.go", Old: "nothing of the kind"}
	if _, err := stale.overlay(root, t.TempDir()); !errors.Is(err, errFit) {
		t.Errorf("a change that does not fit: %v", err)
	}
}

// TestMutants is "make mutants": without the bug the named test passes, with it
// the test fails, and not for want of compiling.
func TestMutants(t *testing.T) {
	only := os.Getenv("PPN_MUTANTS")
	if only == "" {
		t.Skip("it takes minutes: make mutants")
	}
	chosen := regexp.MustCompile(only)
	sound(t, chosen)
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	caught := 0
	for _, m := range Mutants {
		if !chosen.MatchString(m.Bug) {
			continue
		}
		by, err := m.caughtBy(t.Context(), t.TempDir())
		if err != nil {
			t.Errorf("%s: %v", m.Bug, err)
			by = "SURVIVES"
		} else {
			caught++
		}
		fmt.Fprintf(table, "%s\t%s\t%s\n", m.Bug, m.Package, by)
	}
	_ = table.Flush()
	fmt.Printf("%d planted bugs caught\n", caught)
}

// sound wants the named tests to pass on the sources as they are.
func sound(t *testing.T, chosen *regexp.Regexp) {
	t.Helper()
	tests := map[string][]string{}
	for _, m := range Mutants {
		if chosen.MatchString(m.Bug) {
			tests[m.Package] = append(tests[m.Package], m.Test)
		}
	}
	for _, pkg := range slices.Sorted(maps.Keys(tests)) {
		names := slices.Compact(slices.Sorted(slices.Values(tests[pkg])))
		out, err := goTest(t.Context(), pkg, strings.Join(names, "|"), "-v")
		if err != nil {
			t.Fatalf("%s does not pass as it is: %v\n%s", pkg, err, out)
		}
		for _, name := range names {
			if !strings.Contains(out, "--- PASS: "+name+" ") {
				t.Errorf("%s: no test %s has passed", pkg, name)
			}
		}
	}
}

var (
	errSurvives = errors.New("its test passes")
	errBuild    = errors.New("it does not compile, or its test does not end as a test")
)

// caughtBy plants the bug and returns the name of the test that failed.
func (m Mutant) caughtBy(ctx context.Context, dir string) (string, error) {
	overlay, err := m.overlay(root, dir)
	if err != nil {
		return "", err
	}
	if overlay, err = filepath.Abs(overlay); err != nil {
		return "", err
	}
	out, err := goTest(ctx, m.Package, m.Test, "-overlay="+overlay, "-count=1")
	switch {
	case err == nil:
		return "", errSurvives
	case strings.Contains(out, "--- FAIL: "+m.Test+" "), strings.Contains(out, "panic: test timed out") && strings.Contains(out, m.Test):
		return m.Test, nil
	}
	return "", fmt.Errorf("%w: %v: %.400s", errBuild, err, out)
}

// goTest runs tests of one package. A bug may make one wait for ever.
func goTest(ctx context.Context, pkg, tests string, flags ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Minute)
	defer cancel()
	args := append([]string{"test", "-vet=off", "-timeout=120s", "-run", "^(" + tests + ")$"}, append(flags, pkg)...)
	cmd := exec.CommandContext(ctx, "go", args...) //nolint:gosec // our own list
	cmd.Dir = root
	out, err := cmd.CombinedOutput()
	return string(out), err
}
