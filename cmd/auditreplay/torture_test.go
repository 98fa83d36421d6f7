package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jhillyerd/enmime/v2"

	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/letter"
)

// slowest is how long one mail may take from bytes to facts.
const slowest = 100 * time.Millisecond

// TestTorture reads public mails that were made or collected to break readers:
// those that enmime is tested with, and those of the folder PPN_TORTURE ("make
// torture" fetches them). None may make the reader panic, none may lose a body
// without saying so, none may take long.
func TestTorture(t *testing.T) {
	dirs := []string{enmimeMails(t)}
	if dir := os.Getenv("PPN_TORTURE"); dir != "" {
		dirs = append(dirs, dir)
	}
	rs, err := compileRules("")
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range dirs {
		r := rack{}
		for _, path := range mailFiles(t, dir) {
			b, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if trouble := r.stretch(rs.Reader, b); trouble != "" {
				t.Errorf("%s: %s", filepath.Base(path), trouble)
			}
			if r.took > r.worst {
				r.worst, r.file = r.took, filepath.Base(path)
			}
		}
		t.Logf("%d mails of %s: %d panics, %d lost bodies, %d severe problems, slowest %s (%s), %.1f MB/s",
			r.mails, filepath.Base(dir), r.panics, r.lost, r.severe, r.worst.Round(100*time.Microsecond), r.file, float64(r.bytes)/1e6/r.all.Seconds())
		if r.worst > slowest {
			t.Errorf("%s took %s, want %s at most", r.file, r.worst, slowest)
		}
		if r.mails < 70 {
			t.Errorf("%d mails in %s", r.mails, dir)
		}
	}
}

// rack counts what became of mails.
type rack struct {
	mails, panics, lost, severe, bytes int
	took, worst, all                   time.Duration
	file                               string
}

type reader interface {
	Read(*triage.Letter) []triage.Reading
}

// stretch reads one mail, the best of a few times, and says what is wrong.
func (r *rack) stretch(facts reader, mail []byte) (trouble string) {
	r.mails++
	r.bytes += len(mail)
	defer func() {
		if p := recover(); p != nil {
			r.panics++
			trouble = "panic"
		}
	}()
	var l triage.Letter
	for n := range 5 { // the machine is shared: a slow turn is no slow mail
		began := time.Now()
		l = letter.Read(mail)
		facts.Read(&l)
		if took := time.Since(began); n == 0 || took < r.took {
			r.took = took
		}
		if r.took < slowest/2 {
			break
		}
	}
	r.all += r.took
	if slices.ContainsFunc(l.Problems, func(p triage.Problem) bool { return p.Code == letter.CodePanic }) {
		r.panics++
		return "a part made the reader panic"
	}
	if l.Lost() {
		r.severe++
		return ""
	}
	if words := bodyOf(mail); len(words) > 0 && !hasBody(&l) {
		r.lost++
		return "the body is lost, and nothing says so: " + strings.Join(words[:min(8, len(words))], " ")
	}
	return ""
}

// hasBody tells whether a letter holds more than its subject.
func hasBody(l *triage.Letter) bool {
	return slices.ContainsFunc(l.Sections, func(s triage.Section) bool {
		return s.Kind != triage.SectionSubject && strings.TrimSpace(l.Text[s.Start:s.End]) != ""
	})
}

var letters = regexp.MustCompile(`\p{L}{2,}`)

// bodyOf are the words of a mail's text as another reader finds them.
func bodyOf(mail []byte) []string {
	e, err := enmime.ReadEnvelope(bytes.NewReader(mail))
	if err != nil {
		return nil // refused there, and read here
	}
	return letters.FindAllString(e.Text, -1)
}

func enmimeMails(t *testing.T) string {
	t.Helper()
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/jhillyerd/enmime/v2").Output()
	if err != nil {
		t.Fatalf("find enmime's module: %v", err)
	}
	return filepath.Join(strings.TrimSpace(string(dir)), "testdata")
}

func mailFiles(t *testing.T, dir string) (files []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if ext := filepath.Ext(path); err == nil && !e.IsDir() && (ext == ".raw" || ext == ".eml" || ext == ".txt") {
			files = append(files, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}
