package extract

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/ppn-triage/ppn-triage/triage"
)

// pieceKind says what a piece of a page is.
type pieceKind uint8

const (
	pieceWord   pieceKind = iota // letters, with inner apostrophes and hyphens; may end in digits ("BD7")
	pieceNumber                  // begins with a digit: "2105hrs", "6", "26PAC184402"
	piecePunct                   // one other character
	pieceGap                     // two or more blanks, a tab or a leader of dots
	pieceBreak                   // end of line
)

// shape says how a word is written.
type shape uint8

const (
	shapeLower shape = iota
	shapeTitle       // Zoé, McKay, O'Neill, Anne-Marie
	shapeUpper       // ZOÉ; single letters too
)

// piece is a word, number, mark, gap or line end at text[start:end].
type piece struct {
	start, end int
	kind       pieceKind
	shape      shape
	trait      trait
}

// line is pieces[first:last] and text[start:end], without quote marks.
type line struct {
	start, end  int
	first, last int // the break is pieces[last]
	section     int // index in Letter.Sections
}

// page is a letter cut into pieces and lines, to be read by many readers. It
// leaves out disclaimers and hidden text; signatures are kept apart.
type page struct {
	letter *triage.Letter
	text   string
	low    string // text with ASCII letters in lower case: the same offsets
	pieces []piece
	lines  []line
	whose  []who    // whom each piece means, for the findings
	sexes  []string // and of which sex they are, if known
	meant  []who    // whom each pronoun means
	froms  []string // who wrote the mails that are forwarded or quoted

	today date // the day of the incident, else of the mail: ages count from it
	pivot int  // two-digit years up to this one are of this century
}

// wrapped is the length from which a line is taken to go on in the next.
const wrapped = 60

// newPage cuts a letter.
func (x *labels) newPage(l *triage.Letter) *page {
	p := &page{letter: l, text: l.Text, low: lowerASCII(l.Text)}
	p.pieces = make([]piece, 0, len(l.Text)/4+8)
	for i, s := range l.Sections {
		switch s.Kind {
		case triage.SectionDisclaimer, triage.SectionHidden:
			continue
		}
		p.cut(i, s.Start, s.End)
	}
	p.dropMailHeaders()
	for i := range p.pieces {
		if pc := &p.pieces[i]; pc.kind == pieceWord {
			pc.trait = x.traitOf(p.low[pc.start:pc.end])
		}
	}
	for n := 1; n < len(p.lines); n++ {
		ln, next := p.lines[n-1], p.lines[n]
		if ln.end-ln.start >= wrapped && next.last > next.first && next.section == ln.section {
			p.pieces[ln.last].shape = shapeUpper // stands for "goes on"
		}
	}
	return p
}

// soft tells whether the line that ends at piece i goes on in the next one.
func (p *page) soft(i int) bool {
	return i >= 0 && i < len(p.pieces) && p.kind(i) == pieceBreak && p.pieces[i].shape == shapeUpper
}

// lowerASCII lowers A to Z and nothing else, so that offsets stay.
func lowerASCII(s string) string {
	b := []byte(s)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}

// cut adds the lines of text[start:end].
func (p *page) cut(section, start, end int) {
	for start < end {
		stop := end
		if i := strings.IndexByte(p.text[start:end], '\n'); i >= 0 {
			stop = start + i
		}
		at := start
		for at < stop && (p.text[at] == '>' || p.text[at] == ' ' && strings.HasPrefix(strings.TrimLeft(p.text[at:stop], " "), ">")) {
			at++
		}
		ln := line{start: at, end: stop, first: len(p.pieces), section: section}
		p.cutLine(at, stop)
		ln.last = len(p.pieces)
		p.pieces = append(p.pieces, piece{start: stop, end: stop, kind: pieceBreak})
		p.lines = append(p.lines, ln)
		start = stop + 1
	}
}

// cutLine adds the pieces of one line.
func (p *page) cutLine(at, stop int) {
	for at < stop {
		c := p.text[at]
		switch {
		case c == ' ' || c == '\t' || c == '\r' || c == '.' || c == '_' || strings.HasPrefix(p.text[at:stop], "\u00a0"):
			n := blanks(p.text[at:stop])
			if n == 0 {
				p.pieces = append(p.pieces, piece{start: at, end: at + 1, kind: piecePunct})
				at++
				continue
			}
			if wide(p.text[at : at+n]) {
				p.pieces = append(p.pieces, piece{start: at, end: at + n, kind: pieceGap})
			}
			at += n
		case c >= '0' && c <= '9':
			at = p.number(at, stop)
		default:
			at = p.word(at, stop)
		}
	}
}

// blanks measures a run of blanks and of leader dots or underscores; 0 for a
// single full stop.
func blanks(s string) int {
	n := 0
	for n < len(s) {
		switch {
		case s[n] == ' ' || s[n] == '\t' || s[n] == '\r':
			n++
		case strings.HasPrefix(s[n:], "\u00a0"):
			n += len("\u00a0")
		case s[n] == '.' || s[n] == '_':
			m := n
			for m < len(s) && (s[m] == '.' || s[m] == '_') {
				m++
			}
			if m-n < 3 {
				return n
			}
			n = m
		default:
			return n
		}
	}
	return n
}

func wide(s string) bool {
	return len(s) > 1 || s == "\t"
}

// number adds the run of letters and digits that begins with a digit.
func (p *page) number(at, stop int) int {
	end := at
	for end < stop && isAlnum(p.text[end]) {
		end++
	}
	p.pieces = append(p.pieces, piece{start: at, end: end, kind: pieceNumber})
	return end
}

// word adds a word, or one mark if no letter stands at the place.
func (p *page) word(at, stop int) int {
	end, upper, lower, first := at, 0, 0, false
	for end < stop {
		if c := p.text[end]; isLetter(c) { // nearly every time
			if c >= 'a' {
				lower++
			} else {
				upper++
				first = first || end == at
			}
			end++
			continue
		}
		r, n := utf8.DecodeRuneInString(p.text[end:stop])
		switch {
		case unicode.IsUpper(r):
			upper++
			first = first || end == at
		case unicode.IsLetter(r), unicode.Is(unicode.Mn, r):
			lower++
		case r >= '0' && r <= '9' && end > at:
		case joins(r) && end > at && nextIsLetter(p.text[end+n:stop]):
		default:
			n = 0
		}
		if n == 0 {
			break
		}
		end += n
	}
	if end == at {
		_, n := utf8.DecodeRuneInString(p.text[at:stop])
		p.pieces = append(p.pieces, piece{start: at, end: at + n, kind: piecePunct})
		return at + n
	}
	pc := piece{start: at, end: end, kind: pieceWord}
	switch {
	case upper > 0 && lower == 0 || upper > 1 && isMacUpper(p.text[at:end]):
		pc.shape = shapeUpper
	case first:
		pc.shape = shapeTitle
	}
	p.pieces = append(p.pieces, pc)
	return end
}

// joins tells whether a mark may stand inside a word.
func joins(r rune) bool { return r == '\'' || r == '’' || r == '-' || r == '‘' || r == '`' }

func nextIsLetter(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return unicode.IsLetter(r)
}

// isMacUpper knows surnames in capitals whose prefix is not: McKAY, MacLEAN,
// O'BRIENs apart, d'ARCY.
func isMacUpper(w string) bool {
	for _, pre := range []string{"Mc", "Mac", "O’", "O'", "d'", "d’", "De", "Fitz"} {
		if rest, ok := strings.CutPrefix(w, pre); ok && len(rest) > 1 {
			return strings.ToUpper(rest) == rest && strings.ToLower(rest) != rest
		}
	}
	return false
}

// str is the text of a piece, lower its ASCII-lowered text; both are empty
// outside the page.
func (p *page) str(i int) string {
	if i < 0 || i >= len(p.pieces) {
		return ""
	}
	return p.text[p.pieces[i].start:p.pieces[i].end]
}

func (p *page) lower(i int) string {
	if i < 0 || i >= len(p.pieces) {
		return ""
	}
	return p.low[p.pieces[i].start:p.pieces[i].end]
}

// mark tells whether piece i is the given mark.
func (p *page) mark(i int, c byte) bool {
	return i >= 0 && i < len(p.pieces) && p.pieces[i].kind == piecePunct && p.text[p.pieces[i].start] == c
}

// kind is the kind of piece i, a break outside the page.
func (p *page) kind(i int) pieceKind {
	if i < 0 || i >= len(p.pieces) {
		return pieceBreak
	}
	return p.pieces[i].kind
}

// section is the section that line n stands in.
func (p *page) section(n int) triage.SectionKind {
	return p.letter.Sections[p.lines[n].section].Kind
}

// at is the index of the first piece that starts at or after a text offset.
func (p *page) at(off int) int {
	lo, hi := 0, len(p.pieces)
	for lo < hi {
		if m := (lo + hi) / 2; p.pieces[m].start < off {
			lo = m + 1
		} else {
			hi = m
		}
	}
	return lo
}

// dropMailHeaders empties the header lines of forwarded and quoted mails: runs
// of three lines or more that begin with "From:", "Sent:", "To:" and the like.
func (p *page) dropMailHeaders() {
	for n := 0; n < len(p.lines); n++ {
		m, from := n, false
		for m < len(p.lines) && p.mailHeader(p.lines[m]) {
			from = from || p.lower(p.lines[m].first) == "from"
			m++
		}
		if from && m-n >= 3 {
			for k := n; k < m; k++ {
				if p.lower(p.lines[k].first) == "from" {
					p.froms = append(p.froms, strings.TrimSpace(p.text[p.pieces[p.lines[k].first+1].end:p.lines[k].end]))
				}
				for i := p.lines[k].first; i < p.lines[k].last; i++ {
					p.pieces[i].kind = pieceBreak
				}
				p.lines[k].first = p.lines[k].last
			}
		}
		n = max(n, m-1)
	}
}

func (p *page) mailHeader(ln line) bool {
	if ln.first+1 >= ln.last || !p.mark(ln.first+1, ':') {
		return false
	}
	switch p.lower(ln.first) {
	case "from", "sent", "to", "cc", "subject", "date", "importance", "bcc", "attachments":
		return true
	}
	return false
}
