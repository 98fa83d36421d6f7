package letter

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ppn-triage/ppn-triage/triage"
)

var update = flag.Bool("update", false, "write the golden files of testdata")

// The mails of testdata are ugly as mails of police forces are: Outlook's
// markup, forwards of forwards, gateways' footers, wrong declarations. Beside
// each stands what is read of it.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/*.eml")
	if err != nil || len(files) < 9 {
		t.Fatalf("%d mails in testdata, error %v", len(files), err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			l := Read(raw)
			checkLetter(t, l)
			got := dump(l)
			golden := strings.TrimSuffix(file, ".eml") + ".golden"
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("what is read (-want +got):\n%s", diff)
			}
			if crlf := Read([]byte(strings.ReplaceAll(string(raw), "\n", "\r\n"))); crlf.Text != l.Text || crlf.ContentHash != l.ContentHash {
				t.Error("with CRLF it reads otherwise")
			}
		})
	}
}

// dump writes a letter for a reader; tabs are shown as arrows.
func dump(l triage.Letter) string {
	var b strings.Builder
	fmt.Fprintf(&b, "kind %d %s\nfrom %s %q\nto %s\n", l.Kind, l.Why, l.From, l.FromName, strings.Join(l.To, " "))
	for _, p := range l.Problems {
		fmt.Fprintf(&b, "problem %s severe=%v\n", p.Code, p.Severe)
	}
	for _, a := range l.Attachments {
		fmt.Fprintf(&b, "attachment %q %s read=%v\n", a.Name, a.Type, a.Read)
	}
	for _, s := range l.Sections {
		fmt.Fprintf(&b, "-- %s of %s\n%s", kindNames[s.Kind], s.Source, strings.ReplaceAll(l.Text[s.Start:s.End], "\t", " → "))
	}
	return b.String()
}
