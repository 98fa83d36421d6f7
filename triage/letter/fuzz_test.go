package letter

import (
	"os"
	"path/filepath"
	"testing"
)

// FuzzRead holds the promises of triage.Letter for any bytes. The corpus, the
// ugly mails of testdata and enmime's mails are its seeds.
func FuzzRead(f *testing.F) {
	for _, l := range labels(f) {
		f.Add(corpusMail(f, l.File))
	}
	files := oracleMails(f)
	own, err := filepath.Glob("testdata/*.eml")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range append(files, own...) {
		raw, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	for _, seed := range attachmentSeeds() {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		l := Read(raw)
		if problem := brokenPromise(l); problem != "" {
			t.Fatal(problem)
		}
		if hasCode(l, CodePanic) {
			t.Fatal("a part made the reader panic")
		}
		if again := Read(raw); again.ContentHash != l.ContentHash || again.Text != l.Text {
			t.Fatal("the same bytes read in two ways")
		}
	})
}

// FuzzAttachment puts any bytes where the readers of documents meet them,
// behind the marks by which each is known.
func FuzzAttachment(f *testing.F) {
	for kind, data := range documents() {
		f.Add(kind, data)
	}
	f.Fuzz(func(t *testing.T, kind string, data []byte) {
		r := &reading{Reader: Reader{PDF: PDF}}
		r.attachment(file{name: kind, declared: kind, data: data}, 0, place{kind: 2, source: "body"})
		for _, p := range r.letter.Problems {
			if p.Code == CodePanic {
				t.Fatal("the reader of a document panicked")
			}
		}
	})
}
