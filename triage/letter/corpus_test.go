package letter

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ppn-triage/ppn-triage/triage"
)

// corpus is the folder of labelled mails.
const corpus = "../intake/testdata/corpus"

// labelled is what the corpus says of a mail, as far as reading it goes.
type labelled struct {
	File       string
	Received   time.Time
	Kind       string
	Readable   bool
	Item       string
	Relation   string
	Children   []struct{ Name string }
	References []string
}

func labels(t testing.TB) []labelled {
	t.Helper()
	f, err := os.Open(filepath.Join(corpus, "labels.jsonl"))
	if err != nil {
		t.Fatalf("open the corpus: %v", err)
	}
	defer f.Close()
	var out []labelled
	for s := bufio.NewScanner(f); s.Scan(); {
		var l labelled
		if err := json.Unmarshal(s.Bytes(), &l); err != nil {
			t.Fatalf("read a label: %v", err)
		}
		out = append(out, l)
	}
	if len(out) != 80 {
		t.Fatalf("%d labels, want 80", len(out))
	}
	return out
}

func corpusMail(t testing.TB, file string) []byte {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(corpus, file))
	if err != nil {
		t.Fatalf("read a mail of the corpus: %v", err)
	}
	return raw
}

func TestCorpus(t *testing.T) {
	for _, want := range labels(t) {
		t.Run(want.File, func(t *testing.T) {
			l := Read(corpusMail(t, want.File))
			checkLetter(t, l)
			if !l.Received.Equal(want.Received) {
				t.Errorf("received %v, want %v", l.Received, want.Received)
			}
			if (l.Kind == triage.LetterNotice) != (want.Kind == "notice") {
				t.Errorf("kind %v (%s), want %s", l.Kind, l.Why, want.Kind)
			}
			if l.Lost() == want.Readable {
				t.Errorf("problems %q, readable %v", codes(l), want.Readable)
			}
			if want.Kind != "notice" || !want.Readable {
				return
			}
			wrote := ownText(l)
			for _, ref := range want.References {
				if !strings.Contains(strings.Join(words(wrote), ""), strings.Join(words(ref), "")) {
					t.Errorf("reference %s is not in what the sender wrote", ref)
				}
			}
			for _, c := range want.Children {
				for _, w := range words(c.Name) {
					if !strings.Contains(strings.ToLower(wrote), w) {
						t.Errorf("a name of a child is not in what the sender wrote")
					}
				}
			}
			if len(words(wrote)) < 60 {
				t.Errorf("%d words, too few for a body", len(words(wrote)))
			}
		})
	}
}

// ownText is what the sender wrote or handed on: all but footers, signatures
// and what he answers.
func ownText(l triage.Letter) string {
	var b strings.Builder
	for _, s := range l.Sections {
		switch s.Kind {
		case triage.SectionSubject, triage.SectionBody, triage.SectionTable, triage.SectionForm, triage.SectionForwarded:
			b.WriteString(l.Text[s.Start:s.End])
		}
	}
	return b.String()
}

// The kinds of the three that are no notices, and the codes of the two that
// nobody but a person can read.
func TestCorpusKindsAndProblems(t *testing.T) {
	for file, want := range map[string]triage.LetterKind{"028.eml": triage.LetterAutoReply, "041.eml": triage.LetterRecall, "078.eml": triage.LetterBounce} {
		if l := Read(corpusMail(t, file)); l.Kind != want || l.Why == "" {
			t.Errorf("%s: kind %v, why %q", file, l.Kind, l.Why)
		}
	}
	for file, code := range map[string]string{"055.eml": CodeEncrypted, "069.eml": CodePDFNoText} {
		l := Read(corpusMail(t, file))
		wantCode(t, l, code)
	}
}

// The force's footer holds the postcode and telephone of its headquarters: in
// no mail may they pass for the family's.
func TestCorpusFooters(t *testing.T) {
	for _, want := range labels(t) {
		l := Read(corpusMail(t, want.File))
		for _, s := range []string{"WF1 9ZZ", "01632 960100"} {
			if strings.Contains(ownText(l), s) {
				t.Errorf("%s: %s of the headquarters is read as the family's", want.File, s)
			}
		}
	}
}

// A resend has the hash of what it repeats, and no other mail has.
func TestCorpusHashes(t *testing.T) {
	items := map[string]string{}
	for _, want := range labels(t) {
		h := Read(corpusMail(t, want.File)).ContentHash
		item, seen := items[h]
		if seen != (want.Relation == "resend") || seen && item != want.Item {
			t.Errorf("%s: relation %q, hash seen %v", want.File, want.Relation, seen)
		}
		items[h] = want.Item
	}
}
