package letter

import (
	"strings"

	"github.com/ppn-triage/ppn-triage/triage"
)

// gram is how many words in a row are compared. A longer stretch is new if any
// such run of it is.
const gram = 4

// run is up to gram words in a row, by their numbers; 0 is no word.
type run [gram]uint32

// said is what one reading of a mail says: its words and the runs of them.
type said struct {
	numbers map[string]uint32
	runs    map[run]struct{}
}

// readingOf collects the runs of one to gram words of texts. A run may go on
// from one line to the next: readings break their lines at different places.
func readingOf(pieces []piece) *said {
	s := &said{map[string]uint32{}, map[run]struct{}{}}
	var all []uint32
	for _, p := range pieces {
		for _, w := range words(noLinks(p.text)) {
			n, ok := s.numbers[w]
			if !ok {
				n = uint32(len(s.numbers)) + 1
				s.numbers[w] = n
			}
			all = append(all, n)
		}
	}
	for i := range all {
		var r run
		for n := 0; n < gram && i+n < len(all); n++ {
			r[n] = all[i+n]
			s.runs[r] = struct{}{}
		}
	}
	return s
}

// has tells whether the reading says text, in these words and this order.
func (s *said) has(text string) bool {
	var numbers []uint32
	for _, w := range words(noLinks(text)) {
		n, ok := s.numbers[w]
		if !ok {
			return false
		}
		numbers = append(numbers, n)
	}
	for i := 0; i == 0 || i+gram <= len(numbers); i++ {
		var r run
		copy(r[:], numbers[i:])
		if _, ok := s.runs[r]; !ok && len(numbers) > 0 {
			return false
		}
	}
	return true
}

// noLinks takes out the addresses of links, which one reading writes out and
// the other does not.
func noLinks(text string) string {
	if !strings.Contains(text, "://") && !strings.Contains(text, "mailto:") && !strings.Contains(text, "cid:") {
		return text
	}
	f := strings.FieldsFunc(text, func(r rune) bool {
		return r == ' ' || r == '\n' || r == '\t' || r == '<' || r == '>' || r == '[' || r == ']'
	})
	keep := f[:0]
	for _, w := range f {
		if !strings.Contains(w, "://") && !strings.HasPrefix(w, "mailto:") && !strings.HasPrefix(w, "cid:") {
			keep = append(keep, w)
		}
	}
	return strings.Join(keep, " ")
}

// union joins two readings of the same text: the first whole, of the second
// the lines with something that the first does not say.
func union(first, second []piece) []piece {
	known := readingOf(first)
	out := first
	for _, p := range second {
		var b strings.Builder
		for l := range strings.Lines(p.text) {
			if !known.has(l) {
				b.WriteString(l)
			}
		}
		if b.Len() > 0 {
			p.text = b.String()
			out = append(out, p)
		}
	}
	return out
}

// richer chooses which of two alternatives is kept whole: the one whose tables
// still are tables; else the one that says more; else the first.
func richer(a, b []piece) (first, second []piece) {
	ta, tb := tableRows(a), tableRows(b)
	if tb > ta || tb == ta && size(b) > size(a)*11/10 {
		return b, a
	}
	return a, b
}

// tableRows counts lines with cells.
func tableRows(pieces []piece) (n int) {
	for _, p := range pieces {
		for l := range strings.Lines(p.text) {
			if strings.Contains(strings.TrimSpace(l), "\t") {
				n++
			}
		}
	}
	return n
}

// size counts the bytes that a mail program would show.
func size(pieces []piece) (n int) {
	for _, p := range pieces {
		if p.kind != triage.SectionHidden {
			n += len(p.text)
		}
	}
	return n
}
