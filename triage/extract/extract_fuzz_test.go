package extract_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/ppn-triage/ppn-triage/triage"
)

// FuzzRead wants a Reading for any text, whatever its sections, with every
// place inside the text, and the same Reading twice.
func FuzzRead(f *testing.F) {
	for _, l := range corpus(f) {
		f.Add(readMail(f, l.File).Text, uint8(40), uint8(2))
	}
	for _, c := range peopleCases {
		f.Add(c.subject+"\n"+c.body, uint8(0), uint8(3))
	}
	x := newReader(f)
	f.Fuzz(func(t *testing.T, text string, cut, kind uint8) {
		text = strings.ToValidUTF8(text, "?")
		at := int(cut) * len(text) / 255
		for at < len(text) && text[at]&0xc0 == 0x80 {
			at++
		}
		l := &triage.Letter{Text: text, Subject: text[:at], Kind: triage.LetterNotice, Sections: []triage.Section{
			{Kind: triage.SectionSubject, End: at}, {Kind: triage.SectionKind(kind % 10), Start: at, End: len(text)}}}
		rs := x.Read(l)
		if len(rs) == 0 {
			t.Fatal("Read gave no reading of a notice")
		}
		for _, r := range rs {
			for _, p := range r.People {
				if p.Start < 0 || p.End < p.Start || p.End > len(text) {
					t.Fatalf("person at %d:%d of %d bytes", p.Start, p.End, len(text))
				}
				if p.Role == triage.RoleChild && !p.Unborn && p.Name == "" && !p.Placeholder {
					t.Fatal("a child without name is no placeholder")
				}
			}
			for _, ref := range r.References {
				if ref.Start < 0 || ref.End > len(text) || text[ref.Start:ref.End] != ref.Raw {
					t.Fatalf("reference %q is not at %d:%d", ref.Raw, ref.Start, ref.End)
				}
			}
		}
		if d := cmp.Diff(rs, x.Read(l)); d != "" {
			t.Fatalf("Read differs the second time:\n%s", d)
		}
	})
}

// The golden rule of a concurrent Reader: goroutines share nothing.
func TestReadConcurrently(t *testing.T) {
	x := newReader(t)
	want := make([][]triage.Reading, 0, 10)
	var letters []triage.Letter
	for _, l := range corpus(t)[:10] {
		letters = append(letters, readMail(t, filepath.Base(l.File)))
		want = append(want, x.Read(&letters[len(letters)-1]))
	}
	for range 4 {
		t.Run("reader", func(t *testing.T) {
			t.Parallel()
			for i := range letters {
				if d := cmp.Diff(want[i], x.Read(&letters[i])); d != "" {
					t.Errorf("letter %d differs:\n%s", i, d)
				}
			}
		})
	}
}
