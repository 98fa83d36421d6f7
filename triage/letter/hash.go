package letter

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"slices"
	"strings"
	"unicode"

	"github.com/ppn-triage/ppn-triage/triage"
)

// contentHash is what a resend keeps (policy.md, "Same, update, repeat"): the
// words of the text, of the form and of hidden text in their order, and the
// attachments. Quote marks, line breaks, footers, signatures, pasted headers,
// greetings and a covering line make no difference, nor does a subject that
// says nothing that the text does not. A mail whose body was lost is like no
// other: then the hash is of its bytes.
func (r *reading) contentHash(raw []byte, pieces []piece) string {
	names := r.nameWords(pieces)
	var text []string
	for _, p := range pieces {
		switch p.kind {
		case triage.SectionSignature, triage.SectionDisclaimer, triage.SectionQuoted:
			continue
		}
		text = append(text, contentWords(p, names, len(text) == 0)...)
	}
	sums := r.sums()
	if len(text) == 0 && len(sums) == 0 {
		for _, p := range pieces {
			text = append(text, words(p.text)...)
		}
	}
	h := sha256.New()
	_, _ = io.WriteString(h, strings.Join(text, " "))
	_, _ = io.WriteString(h, "\x00"+strings.Join(r.subjectWords(text, names), " "))
	_, _ = io.WriteString(h, "\x00"+strings.Join(sums, " "))
	if r.lostBody() || len(text) == 0 && len(sums) == 0 {
		_, _ = h.Write(raw)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// sums are the attachments that a resend keeps, each once, in order.
func (r *reading) sums() []string {
	var out []string
	for _, a := range r.letter.Attachments {
		if !r.inline[a.SHA256] {
			out = append(out, a.SHA256)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// lostBody tells whether text of the mail itself was lost: two mails must not
// be taken for one by what is left of them.
func (r *reading) lostBody() bool {
	for _, p := range r.letter.Problems {
		switch p.Code {
		case CodeTruncated, CodeTooLarge, CodeTooDeep, CodeTooManyParts, CodeDecodedLimit, CodeTextLimit, CodeBoundary,
			CodeEncodingLost, CodePanic, CodeNotAMail, CodePartial, CodeExternal, CodeEncryptedMail:
			return true
		}
	}
	return false
}

// contentWords are the words of a piece without pasted headers and, where the
// text begins with it, without the paragraphs that only hand the mail on.
func contentWords(p piece, names map[string]bool, begins bool) []string {
	var out, para []string
	only := true // the paragraph says nothing so far but stock words
	flush := func() {
		if !only {
			out = append(out, para...)
		}
		para, only = nil, true
	}
	pasted := false
	for l := range strings.Lines(p.text) {
		if strings.TrimSpace(l) == "" || isRule(l) {
			flush()
			pasted = false
			continue
		}
		if pasted = pastedHeader(l, pasted, p.kind); pasted {
			continue
		}
		w := words(l)
		para = append(para, w...)
		only = only && begins && len(out) == 0 && p.kind != triage.SectionTable && p.kind != triage.SectionForm && stockWords(w, names)
	}
	flush()
	return out
}

// pastedHeader tells the header lines above a forwarded mail. A line below one
// belongs to it only if it is one itself.
func pastedHeader(l string, before bool, kind triage.SectionKind) bool {
	if kind != triage.SectionForwarded {
		return false
	}
	s := strings.ToLower(strings.Trim(strings.TrimSpace(l), "*>- "))
	name, _, ok := strings.Cut(s, ":")
	switch strings.Trim(name, "* ") {
	case "from":
		return ok
	case "sent", "date", "to", "cc", "subject", "importance", "attachments", "reply-to":
		return ok && before
	case "original message", "forwarded message", "begin forwarded message":
		return true
	}
	return strings.HasPrefix(s, "on ") && strings.HasSuffix(s, "wrote:")
}

// nameWords are the words that a covering line may have besides stock: names
// and addresses of those who handed the mail on.
func (r *reading) nameWords(pieces []piece) map[string]bool {
	names := map[string]bool{}
	add := func(s string) {
		for _, w := range words(s) {
			names[w] = true
		}
	}
	for _, n := range []string{"from", "to", "cc", "sender", "reply-to"} {
		add(decodeWords(r.head.get(n)))
	}
	for _, m := range r.mails {
		for _, n := range m.names {
			add(decodeWords(n))
		}
	}
	for _, p := range pieces {
		before := false
		for l := range strings.Lines(p.text) {
			before = pastedHeader(l, before, p.kind)
			if low := strings.ToLower(l); before && (strings.HasPrefix(low, "from:") || strings.HasPrefix(low, "to:")) {
				add(l)
			}
		}
		if p.kind == triage.SectionSignature {
			add(p.text)
		}
	}
	return names
}

// handing are the words that a subject gains when a mail is sent again.
var handing = wordSet("re fw fwd rv resend resent resending again duplicate copy chaser chasing reminder forwarded in clear 2nd second attempt")

// subjectWords are what the subjects say and the text does not, in order of
// the alphabet. A new grade in the subject makes another notice of it.
func (r *reading) subjectWords(text []string, names map[string]bool) []string {
	known := map[string]bool{}
	for _, w := range text {
		known[w] = true
	}
	var out []string
	subjects := []string{r.letter.Subject}
	for _, m := range r.mails {
		subjects = append(subjects, m.subject)
	}
	for _, s := range subjects {
		for _, w := range words(s) {
			if !known[w] && !handing[w] && !stock[w] && !names[w] && hasLetterOrDigit(w) {
				out = append(out, w)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func hasLetterOrDigit(w string) bool {
	return strings.ContainsFunc(w, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) })
}
