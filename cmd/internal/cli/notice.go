package cli

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	pb "github.com/ppn-triage/ppn-triage/api/triagev1"
)

// Notice prints a mail's text as the service read it. The words that facts were
// read from stand between brackets with a number, and a list below says what
// was read from them. Nothing of the text is left out.
func (s Screen) Notice(n *pb.GetNoticeResponse) {
	l := n.GetLetter()
	s.line("%s · received %s", n.GetNoticeId(), When(n.GetReceived()))
	s.line("from %s, written %s", strings.TrimSpace(l.GetFromName()+" <"+l.GetFrom()+">"), When(l.GetDate()))
	for _, p := range l.GetProblems() {
		if p.GetSevere() {
			s.line("%s", s.Palette.paint(alarm, "NOT ALL OF IT COULD BE READ: "+p.GetDetail()))
			continue
		}
		s.line("trouble: %s", p.GetDetail())
	}
	for _, a := range l.GetAttachments() {
		read := "read: its text is below"
		if !a.GetRead() {
			read = "NOT READ: open it in the mail system"
		}
		s.line("attachment: %s", joined(a.GetName(), a.GetType(), fmt.Sprintf("%d bytes", a.GetSize()), read))
	}
	fmt.Fprintln(s.W)
	marks, notes := footnotes(n.GetHighlights())
	s.text(l, marks)
	if len(notes) > 0 {
		s.head("READ FROM IT")
	}
	for k, note := range notes {
		s.line("%4d  %s", k+1, s.footnote(note))
	}
}

func (s Screen) footnote(h *pb.Highlight) string {
	title := h.GetTitle()
	if title == h.GetSlug() {
		title = slugWords(title)
	}
	return joined(title, readAs(h), s.worth(h.GetPoints()))
}

// mark is something to write between two bytes of a text.
type mark struct {
	at    int
	from  int // of the end of a stretch: where it began
	end   bool
	words string
}

// footnotes numbers the highlights in order of their words; the same words with
// the same reading are one.
func footnotes(list []*pb.Highlight) (marks []mark, notes []*pb.Highlight) {
	type key struct {
		start, end int32
		slug       string
	}
	seen, numbers := map[key]bool{}, map[[2]int32][]string{}
	var ranges [][2]int32
	for _, h := range list {
		k := key{h.GetStart(), h.GetEnd(), h.GetSlug()}
		if seen[k] || h.GetEnd() <= h.GetStart() {
			continue
		}
		seen[k] = true
		notes = append(notes, h)
		r := [2]int32{h.GetStart(), h.GetEnd()}
		if numbers[r] == nil {
			ranges = append(ranges, r)
		}
		numbers[r] = append(numbers[r], fmt.Sprint(len(notes)))
	}
	for _, r := range ranges {
		marks = append(marks, mark{at: int(r[0]), words: "["}, mark{at: int(r[1]), from: int(r[0]), end: true, words: "](" + strings.Join(numbers[r], ",") + ")"})
	}
	return marks, notes
}

var sectionWords = map[pb.SectionKind]string{
	pb.SectionKind_SECTION_KIND_FORWARDED: "forwarded mail", pb.SectionKind_SECTION_KIND_QUOTED: "an earlier mail, quoted",
	pb.SectionKind_SECTION_KIND_SIGNATURE: "signature", pb.SectionKind_SECTION_KIND_DISCLAIMER: "footer",
	pb.SectionKind_SECTION_KIND_HIDDEN: "hidden: a mail program would not show this",
}

// text prints a letter's text with marks in it.
func (s Screen) text(l *pb.Letter, marks []mark) {
	text := l.GetText()
	marks = append(marks, sections(l)...)
	slices.SortStableFunc(marks, func(a, b mark) int {
		// What ends here goes before what begins, and the inner end first.
		return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(b2i(b.end), b2i(a.end)), cmp.Compare(b.from, a.from))
	})
	var out strings.Builder
	done := 0
	for _, m := range marks {
		at := min(max(m.at, done), len(text))
		out.WriteString(body(text[done:at]))
		switch heading := strings.HasPrefix(m.words, "---"); {
		case heading && out.Len() > 0 && !strings.HasSuffix(out.String(), "\n"):
			out.WriteString("\n" + string(s.Palette.paint(faint, m.words)) + "\n")
		case heading:
			out.WriteString(string(s.Palette.paint(faint, m.words)) + "\n")
		default:
			out.WriteString(string(s.Palette.paint(bold, m.words)))
		}
		done = at
	}
	out.WriteString(body(text[done:]))
	fmt.Fprintln(s.W, strings.TrimRight(out.String(), " \n"))
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

// sections are headings where a stretch of another kind begins. What is not the
// sender's own words must not look so.
func sections(l *pb.Letter) (marks []mark) {
	last, source := "", ""
	for _, sec := range l.GetSections() {
		words := sectionWords[sec.GetKind()]
		if strings.HasPrefix(sec.GetSource(), "attachment") && sec.GetSource() != source {
			words = joined(sec.GetSource(), words)
		}
		if words != last && words != "" {
			marks = append(marks, mark{at: int(sec.GetStart()), words: "--- " + words + " ---"})
		}
		if words == "" && last != "" && sec.GetSource() != "subject" {
			marks = append(marks, mark{at: int(sec.GetStart()), words: "--- the sender's words ---"})
		}
		last, source = sectionWords[sec.GetKind()], sec.GetSource()
	}
	return marks
}

// body makes a stretch of several lines plain.
func body(s string) string {
	return strings.Map(func(r rune) rune {
		if r != '\n' && r != '\t' && unsafe(r) {
			return ' '
		}
		return r
	}, strings.ReplaceAll(s, "\r\n", "\n"))
}
