package letter

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/jhillyerd/enmime/v2"
)

// oracleMails are the mails that enmime is tested with, from its module.
func oracleMails(t testing.TB) []string {
	t.Helper()
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/jhillyerd/enmime/v2").Output()
	if err != nil {
		t.Fatalf("find enmime's module: %v", err)
	}
	var out []string
	for _, folder := range []string{"mail", "low-quality", "parts"} {
		files, err := filepath.Glob(filepath.Join(strings.TrimSpace(string(dir)), "testdata", folder, "*.raw"))
		if err != nil {
			t.Fatalf("list enmime's mails: %v", err)
		}
		out = append(out, files...)
	}
	if len(out) < 70 {
		t.Fatalf("%d mails of enmime, want 70 or more", len(out))
	}
	return out
}

// differs are the mails that we read otherwise on purpose.
var differs = map[string]string{
	"non-mime-missing-charset.raw": "UTF-8 without a declaration: enmime reads it as Latin-1",
	"chardet-detection.raw":        "UTF-8 declared as another set: enmime reads it as declared",
	"chardet-success-big-5.raw":    "Big5 declared as ASCII: no set outside Europe is guessed, charset_wrong is told",
	"chardet-fail.raw":             "a picture called text: we do not show its bytes as text",
}

// What enmime reads, we read: every word of its text, which it makes of the
// HTML where there is no plain part.
func TestReadsWhatEnmimeReads(t *testing.T) {
	for _, file := range oracleMails(t) {
		t.Run(filepath.Base(file), func(t *testing.T) {
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			l := Read(raw)
			checkLetter(t, l)
			e, err := enmime.ReadEnvelope(bytes.NewReader(raw))
			if err != nil {
				return // refused by the oracle, and read by us
			}
			if differs[filepath.Base(file)] != "" {
				return
			}
			have := words(noLinks(l.Text))
			for _, text := range []string{e.Text, e.GetHeader("Subject")} {
				for _, w := range words(noLinks(clean(text))) {
					if !slices.Contains(have, w) {
						t.Errorf("word %q is missing", w)
					}
				}
			}
		})
	}
}
