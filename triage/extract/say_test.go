package extract

import (
	"os"
	"strings"
	"testing"

	"github.com/ppn-triage/ppn-triage/triage"
)

// TestSay shows the facts of the sentences in PPN_SAY (one a line), read with
// the people of facts.yaml.
func TestSay(t *testing.T) {
	if os.Getenv("PPN_SAY") == "" {
		t.Skip("PPN_SAY says nothing")
	}
	x := defaultLexicon(t)
	for _, text := range strings.Split(os.Getenv("PPN_SAY"), "\n") {
		t.Log(text)
		r := &triage.Reading{IncidentDate: "2026-10-01", People: casePeople}
		for _, s := range x.whole(&triage.Letter{Text: text, Sections: []triage.Section{{End: len(text)}}}, r) {
			t.Logf("    %-24s %-24s %v, %s, %s, %s by %q: %q", s.rule.id, s.Slug, s.Signs, s.Polarity, s.Time, s.Holder, s.Cue, text[s.Start:s.End])
		}
	}
}
