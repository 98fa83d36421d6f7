package letter

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestTorture reads every file below the folder named by TORTURE_MAILS: mails
// of the public corpora, which are never part of this repository. No part may
// make the reader panic, no body may be lost unsaid, and none may take long.
func TestTorture(t *testing.T) {
	root := os.Getenv("TORTURE_MAILS")
	if root == "" {
		t.Skip("TORTURE_MAILS names no folder of mails")
	}
	const limit = 100 * time.Millisecond // of processor time; a busy machine takes longer
	files, lost := 0, 0
	var slowest time.Duration
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) == ".json" {
			return err
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		best := time.Hour
		for range 3 {
			start := time.Now()
			l := Read(raw)
			best = min(best, time.Since(start))
			if problem := brokenPromise(l); problem != "" || hasCode(l, CodePanic) {
				t.Errorf("%s: %s, problems %q", path, problem, codes(l))
			}
			if best < limit {
				if l.Lost() {
					lost++
				}
				break
			}
		}
		if best > limit {
			t.Errorf("%s: %v", path, best)
		}
		slowest = max(slowest, best)
		files++
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d mails, %d with a severe problem, slowest %v", files, lost, slowest)
}
