package letter

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ppn-triage/ppn-triage/triage"
)

func TestPlainLines(t *testing.T) {
	tests := map[string]struct {
		text          string
		flowed, delsp bool
		want          []line
	}{
		"lines":               {"a\nb \n\nc", false, false, []line{{text: "a"}, {text: "b"}, {text: ""}, {text: "c"}}},
		"quoted":              {"> a\n>> b\n> > c\nd", false, false, []line{{text: "a", quote: 1}, {text: "b", quote: 2}, {text: "c", quote: 2}, {text: "d"}}},
		"indented text":       {"  a\n > b", false, false, []line{{text: "  a"}, {text: " > b"}}},
		"flowed":              {"one \ntwo \nthree\nfour", true, false, []line{{text: "one two three"}, {text: "four"}}},
		"flowed to the end":   {"one \ntwo ", true, false, []line{{text: "one two"}}},
		"flowed, DelSp":       {"Heil \nbronn", true, true, []line{{text: "Heilbronn"}}},
		"space-stuffed":       {" From here\n  two", true, false, []line{{text: "From here"}, {text: " two"}}},
		"flowed quotes":       {"> one \n> two\n>> three \nfour", true, false, []line{{text: "one two", quote: 1}, {text: "three", quote: 2}, {text: "four"}}},
		"signature mark":      {"one \n-- \nAnn", true, false, []line{{text: "one"}, {text: "--"}, {text: "Ann"}}},
		"blank lines survive": {"one\n\ntwo", true, false, []line{{text: "one"}, {text: ""}, {text: "two"}}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := plainLines(tt.text, tt.flowed, tt.delsp)
			if diff := cmp.Diff(tt.want, got, cmp.AllowUnexported(line{})); diff != "" {
				t.Errorf("lines (-want +got):\n%s", diff)
			}
		})
	}
}

func TestFlowedMail(t *testing.T) {
	l := Read(typedMail("Content-Type: text/plain; charset=utf-8; format=flowed", "The baby has \nno \ninjuries.\n\nNext one.\n"))
	wantText(t, l, triage.SectionBody, "The baby has no injuries.\n\nNext one.")
}

// flowed2MB is a text part of 2 MB in short flowed lines.
func flowed2MB() []byte {
	return typedMail("Content-Type: text/plain; format=flowed", strings.Repeat("The officer attended and saw both of the children there in the room \n", 30_000))
}

// Peers' bug 5 (mailparser #389): joining flowed lines was quadratic, and 2 MB
// took minutes. BenchmarkFlowed2MB holds the 200 ms; here the text is whole.
func TestFlowed2MBIsWhole(t *testing.T) {
	l := Read(flowed2MB())
	if n := strings.Count(l.Text, "both of the children"); n != 30_000 {
		t.Errorf("%d sentences of 30000", n)
	}
	wantNoProblem(t, l)
}

func BenchmarkFlowed2MB(b *testing.B) {
	raw := flowed2MB()
	b.SetBytes(int64(len(raw)))
	for b.Loop() {
		Read(raw)
	}
}

func BenchmarkOrdinaryMail(b *testing.B) {
	raw := plainMail(strings.Repeat("Occurrence: 13260000001\nThe officer attended and saw both children. No injuries seen.\n\n", 30))
	b.SetBytes(int64(len(raw)))
	for b.Loop() {
		Read(raw)
	}
}
