package extract_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/letter"
)

// BenchmarkRead reads the letters of the corpus. The budget of the whole
// package is 10 MB of text a second and core.
func BenchmarkRead(b *testing.B) {
	x := newReader(b)
	var letters []triage.Letter
	size := 0
	for _, l := range corpus(b) {
		raw, err := os.ReadFile(filepath.Join(corpusDir, l.File))
		if err != nil {
			b.Fatal(err)
		}
		letters = append(letters, letter.Read(raw))
		size += len(letters[len(letters)-1].Text)
	}
	b.SetBytes(int64(size))
	b.ReportAllocs()
	for b.Loop() {
		for i := range letters {
			x.Read(&letters[i])
		}
	}
}
