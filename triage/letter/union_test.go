package letter

import (
	"strings"
	"testing"

	"github.com/ppn-triage/ppn-triage/triage"
)

func body(text string) []piece { return []piece{{triage.SectionBody, "body", text}} }

func TestUnion(t *testing.T) {
	tests := map[string]struct{ first, second, want string }{
		"the same":                {"Baby seen at home.\n", "Baby seen at home.\n", ""},
		"other line breaks":       {"Baby seen\nat home today.\n", "Baby seen at home today.\n", ""},
		"other signs":             {"Name: Zoe\nIt's mum\n", "Name\tZoe\nIt’s mum.\n", ""},
		"links written out":       {"See the form.\n", "See the form <https://north.police.example/f?x=1>.\n", ""},
		"one line more":           {"Baby seen.\n", "Baby seen.\nBurns on both hands.\n", "Burns on both hands.\n"},
		"a word between":          {"There were weapons in the house.\n", "There were no weapons in the house.\n", "There were no weapons in the house.\n"},
		"words there, order not":  {"The father hit the mother.\n", "The mother hit the father.\n", "The mother hit the father.\n"},
		"nothing first":           {"", "Baby seen.\n", "Baby seen.\n"},
		"nothing second":          {"Baby seen.\n", "", ""},
		"signs alone are not new": {"Baby seen.\n", "-----\n***\n", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			first := body(tt.first)
			var got strings.Builder
			for _, p := range union(first, body(tt.second))[len(first):] {
				got.WriteString(p.text)
			}
			if got.String() != tt.want {
				t.Errorf("added %q, want %q", got.String(), tt.want)
			}
		})
	}
}

func alternative(plain, htmlText string) []byte {
	return typedMail("Content-Type: multipart/alternative; boundary=b", "--b\nContent-Type: text/plain; charset=utf-8\n\n"+plain+"\n--b\nContent-Type: text/html; charset=utf-8\n\n"+htmlText+"\n--b--\n")
}

func TestAlternatives(t *testing.T) {
	t.Run("the same text stands once", func(t *testing.T) {
		l := Read(alternative("Baby seen at home.\nNo injuries.", "<p>Baby seen at home.</p><p>No injuries.</p>"))
		if n := strings.Count(l.Text, "Baby seen"); n != 1 {
			t.Errorf("%d times: %q", n, l.Text)
		}
		wantNone(t, l, triage.SectionTable, "Baby")
	})
	t.Run("a table comes from the HTML", func(t *testing.T) {
		l := Read(alternative("Surname\nHALE\nForename\nZoe", "<table><tr><td>Surname</td><td>HALE</td></tr><tr><td>Forename</td><td>Zoe</td></tr></table>"))
		wantText(t, l, triage.SectionTable, "Surname\tHALE\nForename\tZoe\n")
		wantNone(t, l, triage.SectionBody, "HALE")
	})
	t.Run("what only the plain text says is kept", func(t *testing.T) {
		l := Read(alternative("Baby seen.\nFather has a gun.", "<table><tr><td>Child</td><td>Baby seen.</td></tr></table>"))
		wantText(t, l, triage.SectionBody, "Father has a gun.")
	})
	t.Run("what only the HTML says is kept", func(t *testing.T) {
		l := Read(alternative("Baby seen.", "<p>Baby seen.</p><p>Father has a gun.</p>"))
		if !strings.Contains(l.Text, "Father has a gun.") {
			t.Errorf("text %q", l.Text)
		}
	})
	t.Run("hidden words of the HTML are kept as hidden", func(t *testing.T) {
		l := Read(alternative("Baby seen.", `<p>Baby seen.</p><p style="display:none">Father has a gun.</p>`))
		wantText(t, l, triage.SectionHidden, "Father has a gun.")
		wantCode(t, l, CodeHidden)
	})
}

// Comparing two readings is linear: two texts of a megabyte take no time that
// a person would notice.
func TestUnionOfLargeTexts(t *testing.T) {
	var a, b strings.Builder
	for i := range 20_000 {
		a.WriteString("The officer attended the address and saw child number " + strings.Repeat("x", i%50) + "\n")
		b.WriteString("The officer attended the address and saw no child number " + strings.Repeat("y", i%50) + "\n")
	}
	out := union(body(a.String()), body(b.String()))
	if len(out) != 2 || strings.Count(out[1].text, "\n") != 20_000 {
		t.Errorf("%d pieces", len(out))
	}
}
