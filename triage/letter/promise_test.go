package letter

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/ppn-triage/ppn-triage/triage"
)

// brokenPromise says which promise of triage.Letter a letter breaks, "" for none.
func brokenPromise(l triage.Letter) string {
	switch {
	case !utf8.ValidString(l.Text):
		return "text is not valid UTF-8"
	case strings.ContainsAny(l.Text, "\r\x00"):
		return "text holds a carriage return or a NUL"
	case len(l.Text) > maxText:
		return "text is longer than maxText"
	case !utf8.ValidString(l.Subject + l.From + l.FromName + l.MessageID + strings.Join(l.To, "") + strings.Join(l.Auth, "")):
		return "a field of the header is not valid UTF-8"
	case strings.Contains(l.Subject, "\n"):
		return "subject holds a line end"
	case len(l.ContentHash) != 64:
		return "content hash is no SHA-256"
	case l.Kind == triage.LetterUnknown:
		return "kind is unknown"
	case (l.Kind != triage.LetterNotice) != (l.Why != ""):
		return fmt.Sprintf("kind %v with why %q", l.Kind, l.Why)
	}
	if first, _, ok := strings.Cut(l.Text, "\n"); !ok || first != l.Subject {
		return fmt.Sprintf("first line %q is not the subject %q", first, l.Subject)
	}
	at := 0
	for i, s := range l.Sections {
		switch {
		case s.Start != at || s.End <= s.Start:
			return fmt.Sprintf("section %d is [%d:%d] after %d", i, s.Start, s.End, at)
		case s.Kind == triage.SectionUnknown || s.Source == "":
			return fmt.Sprintf("section %d is %v of %q", i, s.Kind, s.Source)
		case !utf8.ValidString(l.Text[s.Start:s.End]):
			return fmt.Sprintf("section %d begins or ends inside a character", i)
		}
		at = s.End
	}
	if at != len(l.Text) {
		return fmt.Sprintf("sections cover %d of %d bytes", at, len(l.Text))
	}
	for _, p := range l.Problems {
		if m, ok := meanings[p.Code]; !ok || m.severe != p.Severe || !strings.HasPrefix(p.Detail, m.detail) {
			return fmt.Sprintf("problem %+v is not in the list", p)
		}
	}
	if len(strings.TrimSpace(l.Text)) == len(l.Subject) && !l.Lost() {
		return "no text, and nothing severe says so"
	}
	return ""
}
