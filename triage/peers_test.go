package triage_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestPeersBugsHaveTheirTests holds the tables of other systems' bugs in the
// package comments to tests that exist.
func TestPeersBugsHaveTheirTests(t *testing.T) {
	var tests strings.Builder
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		b, err := os.ReadFile(filepath.Clean(path))
		tests.Write(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for doc, least := range map[string]int{"link/doc.go": 13, "duty/doc.go": 16} {
		b, err := os.ReadFile(doc)
		if err != nil {
			t.Fatal(err)
		}
		rows := regexp.MustCompile(`(?m)^//\t\d+ .*\bTest\w+`).FindAllString(string(b), -1)
		if len(rows) < least {
			t.Errorf("the table of %s has %d rows with tests, want one for each of %d bugs at least", doc, len(rows), least)
		}
		for _, n := range regexp.MustCompile(`\bTest\w+`).FindAllString(string(b), -1) {
			if !strings.Contains(tests.String(), "\nfunc "+n+"(") {
				t.Errorf("the table of %s names %s, and there is no such test", doc, n)
			}
		}
	}
}
