package link

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestPeersBugsHaveTheirTests holds the table of the package comment to tests
// that exist.
func TestPeersBugsHaveTheirTests(t *testing.T) {
	doc, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	var tests strings.Builder
	err = filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
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
	names := regexp.MustCompile(`\bTest\w+`).FindAllString(string(doc), -1)
	if len(names) < 13 {
		t.Errorf("the table names %d tests, want one for each of 13 bugs at least", len(names))
	}
	for _, n := range names {
		if !strings.Contains(tests.String(), "\nfunc "+n+"(") {
			t.Errorf("the table names %s, and there is no such test", n)
		}
	}
}
