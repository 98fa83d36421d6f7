package letter

import (
	"hash/maphash"
	"strings"

	"github.com/ppn-triage/ppn-triage/triage"
)

// gram is how many words in a row are compared. A longer stretch is new if any
// such run of it is.
const gram = 4

// said is the set of word runs of one reading of a mail.
type said struct {
	seed maphash.Seed
	runs map[uint64]struct{}
}

// readingOf collects the runs of one to gram words of texts. A run may go on
// from one line to the next: readings break their lines at different places.
func readingOf(pieces []piece) *said {
	s := &said{maphash.MakeSeed(), map[uint64]struct{}{}}
	var all []string
	for _, p := range pieces {
		all = append(all, words(noLinks(p.text))...)
	}
	for i := range all {
		for n := 1; n <= gram && i+n <= len(all); n++ {
			s.runs[s.key(all[i:i+n])] = struct{}{}
		}
	}
	return s
}

func (s *said) key(w []string) uint64 {
	return maphash.String(s.seed, strings.Join(w, " "))
}

// has tells whether the reading says text, in these words and this order.
func (s *said) has(text string) bool {
	w := words(noLinks(text))
	if len(w) == 0 {
		return true
	}
	n := min(gram, len(w))
	for i := 0; i+n <= len(w); i++ {
		if _, ok := s.runs[s.key(w[i:i+n])]; !ok {
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

// sameText tells whether neither reading says more than the other.
func sameText(a, b []piece) bool {
	return len(union(a, b)) == len(a) && len(union(b, a)) == len(b)
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
