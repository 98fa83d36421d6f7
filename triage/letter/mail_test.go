package letter

import (
	"slices"
	"strings"
	"testing"

	"github.com/ppn-triage/ppn-triage/triage"
)

// crlf makes a mail of a literal: mails have CRLF, source files have not.
func crlf(s string) []byte {
	return []byte(strings.ReplaceAll(strings.TrimPrefix(s, "\n"), "\n", "\r\n"))
}

// plainMail is a mail of one text part.
func plainMail(body string) []byte {
	return crlf("From: PC Test <pc.test@north.police.example>\nTo: door@council.example\nSubject: Notice\n\n" + body)
}

// typedMail is a mail whose body has the MIME fields given.
func typedMail(fields, body string) []byte {
	return crlf("From: pc.test@north.police.example\nTo: door@council.example\nSubject: Notice\nMIME-Version: 1.0\n" + fields + "\n\n" + body)
}

// part returns the text of all sections of a kind.
func part(l triage.Letter, kind triage.SectionKind) string {
	var b strings.Builder
	for _, s := range l.Sections {
		if s.Kind == kind {
			b.WriteString(l.Text[s.Start:s.End])
		}
	}
	return b.String()
}

func codes(l triage.Letter) []string {
	var out []string
	for _, p := range l.Problems {
		out = append(out, p.Code)
	}
	return out
}

func hasCode(l triage.Letter, code string) bool { return slices.Contains(codes(l), code) }

// wantText fails unless a section of the kind holds each of the texts.
func wantText(t *testing.T, l triage.Letter, kind triage.SectionKind, texts ...string) {
	t.Helper()
	got := part(l, kind)
	for _, s := range texts {
		if !strings.Contains(got, s) {
			t.Errorf("sections %s lack %q; they hold %q", kindNames[kind], s, got)
		}
	}
}

// wantNone fails if a section of the kind holds any of the texts.
func wantNone(t *testing.T, l triage.Letter, kind triage.SectionKind, texts ...string) {
	t.Helper()
	got := part(l, kind)
	for _, s := range texts {
		if strings.Contains(got, s) {
			t.Errorf("sections %s hold %q: %q", kindNames[kind], s, got)
		}
	}
}

func wantCode(t *testing.T, l triage.Letter, code string) {
	t.Helper()
	if !hasCode(l, code) {
		t.Errorf("no problem %q, only %q", code, codes(l))
	}
}

func wantNoProblem(t *testing.T, l triage.Letter) {
	t.Helper()
	if len(l.Problems) > 0 {
		t.Errorf("problems %q, want none", codes(l))
	}
}

var kindNames = map[triage.SectionKind]string{
	triage.SectionUnknown: "unknown", triage.SectionSubject: "subject", triage.SectionBody: "body", triage.SectionTable: "table", triage.SectionForm: "form",
	triage.SectionForwarded: "forwarded", triage.SectionQuoted: "quoted", triage.SectionSignature: "signature", triage.SectionDisclaimer: "disclaimer", triage.SectionHidden: "hidden",
}

// checkLetter fails where a Letter breaks what triage.Letter promises.
func checkLetter(t *testing.T, l triage.Letter) {
	t.Helper()
	if problem := brokenPromise(l); problem != "" {
		t.Error(problem)
	}
}
