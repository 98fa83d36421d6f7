package letter

import (
	"strings"

	"github.com/ppn-triage/ppn-triage/triage"
)

// piece is a stretch of text before it has its place in Letter.Text.
type piece struct {
	kind   triage.SectionKind
	source string
	text   string // ends in a newline, or is empty
}

// place says where lines stand: as whose text, and in which part of the mail.
type place struct {
	kind   triage.SectionKind // SectionBody, SectionForwarded, SectionQuoted, SectionHidden
	source string
	reply  bool // the mail answers another: what it quotes was sent to us before
}

// mark is the role of a line within its text.
type mark uint8

const (
	own mark = iota
	earlier
	signature
	disclaimer
)

// segment tells apart what the sender wrote, the mail he forwards or answers,
// his signature and the legal footers.
func segment(lines []line, at place) []piece {
	marks := make([]mark, len(lines))
	markEarlier(lines, marks)
	for start := 0; start < len(lines); {
		end := start + 1
		for end < len(lines) && marks[end] == marks[start] && lines[end].quote == lines[start].quote {
			end++
		}
		carve(lines[start:end], marks[start:end])
		start = end
	}
	for i := range lines {
		if lines[i].aside {
			marks[i] = disclaimer
		}
	}
	before := triage.SectionForwarded
	if at.reply && hasOwnWords(lines, marks) {
		before = triage.SectionQuoted
	}
	return group(lines, marks, at, before)
}

// group makes one piece of each run of lines of one kind.
func group(lines []line, marks []mark, at place, before triage.SectionKind) []piece {
	var out []piece
	var b strings.Builder
	kind := triage.SectionUnknown
	flush := func() {
		if text := strings.Trim(b.String(), "\n"); strings.TrimSpace(text) != "" {
			out = append(out, piece{kind, at.source, text + "\n"})
		}
		b.Reset()
	}
	for i, l := range lines {
		k := kindOf(l, marks[i], at, before)
		if strings.TrimSpace(l.text) == "" {
			k = kind
		}
		if k != kind {
			flush()
			kind = k
		}
		b.WriteString(l.text)
		b.WriteByte('\n')
	}
	flush()
	return out
}

// kindOf says what section a line belongs to. Who wrote it comes before how it
// is laid out: a table in a quoted mail is quoted.
func kindOf(l line, m mark, at place, before triage.SectionKind) triage.SectionKind {
	switch {
	case l.hidden || at.kind == triage.SectionHidden:
		return triage.SectionHidden
	case m == signature:
		return triage.SectionSignature
	case m == disclaimer:
		return triage.SectionDisclaimer
	case m == earlier || l.quote > 0:
		if at.kind != triage.SectionBody {
			return at.kind
		}
		return before
	case l.row && at.kind == triage.SectionBody:
		return triage.SectionTable
	}
	return at.kind
}

// markEarlier finds where an earlier mail begins that was pasted below: from
// there to the end everything is of that mail.
func markEarlier(lines []line, marks []mark) {
	begun := false
	for i := range lines {
		if !begun && !lines[i].hidden {
			begun = separator(lines, i)
		}
		if begun || lines[i].quote > 0 {
			marks[i] = earlier
		}
	}
}

// separator tells whether line i begins an earlier mail, in the words of the
// usual mail programs.
func separator(lines []line, i int) bool {
	s := strings.Trim(strings.TrimSpace(lines[i].text), "*>_ \t")
	if s == "" || len(s) > 400 {
		return false
	}
	low := strings.ToLower(s)
	if dashed := strings.Trim(low, "- "); dashed != low || strings.HasPrefix(low, "begin") {
		switch {
		case dashed == "original message", dashed == "forwarded message", dashed == "original appointment",
			dashed == "begin forwarded message:", dashed == "forwarded by", dashed == "neges wreiddiol",
			strings.HasPrefix(dashed, "forwarded message from "), strings.HasPrefix(dashed, "forwarded by "):
			return true
		}
	}
	return isHeaderBlock(lines, i, low) || wrote(lines, i, low)
}

// isHeaderBlock tells the header that Outlook pastes above an earlier mail:
// "From:" and, within the next lines, two of the others.
func isHeaderBlock(lines []line, i int, low string) bool {
	if !strings.HasPrefix(low, "from:") && !strings.HasPrefix(low, "from\t") {
		return false
	}
	seen, sent := 0, false
	for j := i + 1; j < len(lines) && j <= i+8; j++ {
		s := strings.ToLower(strings.Trim(strings.TrimSpace(lines[j].text), "*> "))
		label, _, ok := strings.Cut(s, ":")
		if !ok {
			continue
		}
		switch strings.Trim(label, "* ") {
		case "sent", "subject":
			seen++
			sent = true
		case "to", "cc", "date", "importance", "reply-to", "attachments":
			seen++
		}
	}
	return seen >= 2 && sent
}

// wrote tells "On Mon, 7 Sep 2026 at 09:11, A B <a@b> wrote:", also broken over
// three lines.
func wrote(lines []line, i int, low string) bool {
	if !strings.HasPrefix(low, "on ") || !strings.ContainsAny(low, "0123456789") {
		return false
	}
	for j := i; j < len(lines) && j < i+3; j++ {
		s := strings.ToLower(strings.TrimSpace(lines[j].text))
		if strings.HasSuffix(s, " wrote:") || s == "wrote:" || strings.HasSuffix(s, ">wrote:") {
			return true
		}
		if s == "" {
			return false
		}
	}
	return false
}

// hasOwnWords tells whether the sender says anything himself beyond handing
// the mail on: without that, a reply is a way of sending what is below.
func hasOwnWords(lines []line, marks []mark) bool {
	for i, l := range lines {
		if marks[i] == own && !l.hidden && !stockOnly(l.text, nil) {
			return true
		}
	}
	return false
}
