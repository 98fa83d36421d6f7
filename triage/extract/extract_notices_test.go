package extract_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestNotices reads invented notices in layouts that the corpus does not have.
// A file's first line says what must be read, its second is the subject.
func TestNotices(t *testing.T) {
	files, err := filepath.Glob("testdata/notices/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("Glob = %v, %v", files, err)
	}
	type said struct {
		Children []string `json:"children"`
		Refs     []string `json:"refs"`
		Date     string   `json:"date"`
		Quality  []string `json:"quality"`
		Grade    string   `json:"grade"`
	}
	for _, f := range files {
		t.Run(filepath.Base(f), func(t *testing.T) {
			raw, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			parts := strings.SplitN(string(raw), "\n", 3)
			var want said
			if err := json.Unmarshal([]byte(parts[0]), &want); err != nil {
				t.Fatal(err)
			}
			r := newReader(t).Read(note(parts[1], parts[2]))[0]
			got := said{Children: shownChildren(r), Refs: []string{}, Date: r.IncidentDate, Quality: slices.Clip(r.Quality), Grade: r.PoliceGrade}
			if got.Quality == nil {
				got.Quality = []string{}
			}
			for _, ref := range r.References {
				if ref.Own && ref.Kind != "log" {
					got.Refs = append(got.Refs, ref.Norm)
				}
			}
			slices.Sort(got.Refs)
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("reading (-want +got):\n%s", d)
			}
		})
	}
}
