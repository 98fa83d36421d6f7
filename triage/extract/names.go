package extract

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// kin is what the word beside a name says of its bearer.
type kin uint8

// The kins of labels.yaml.
const (
	kinNone kin = iota
	kinChild
	kinSibling
	kinMother
	kinFather
	kinCarer
	kinOther
	kinAlleged
	kinVictim
	kinOutside // a child of another household
	kinUnborn
)

var kinNames = map[string]kin{"child": kinChild, "sibling": kinSibling, "mother": kinMother, "father": kinFather, "carer": kinCarer,
	"other": kinOther, "alleged": kinAlleged, "victim": kinVictim, "outside": kinOutside, "unborn": kinUnborn}

// name is a name as read: pieces[first:last].
type name struct {
	given, family string
	first, last   int
	parts         int
	sure          bool // the surname is marked by capitals or a comma
	upper         bool // all of it in capitals
}

// text is the name as the notice writes it.
func (n name) text(p *page) string {
	text := p.text[p.pieces[n.first].start:p.pieces[n.last-1].end]
	if i := strings.IndexAny(text, "\"“‘("); i > 0 {
		if j := strings.LastIndexAny(text, "\"”’)"); j > i {
			_, w := utf8.DecodeRuneInString(text[j:])
			text = text[:i] + text[j+w:]
		}
	}
	return strings.Join(strings.Fields(text), " ")
}

// particles stand inside a name in lower case.
var particles = map[string]bool{"de": true, "da": true, "del": true, "della": true, "di": true, "dos": true, "van": true, "von": true, "der": true, "den": true,
	"la": true, "le": true, "al": true, "el": true, "ul": true, "ur": true, "bin": true, "bint": true, "ibn": true, "ap": true, "ferch": true, "y": true, "e": true}

// maxParts is the most words that a name is read of.
const maxParts = 6

// parts are the words of a name that is being read, as pieces.
type parts struct {
	at    [maxParts]int
	n     int
	caps  int // how many are in capitals
	comma int // words before the comma of "SURNAME, Forename", 0 without one
}

func (s *parts) add(p *page, j int) {
	s.at[s.n] = j
	s.n++
	if isCaps(p, j) {
		s.caps++
	}
}

// isCaps tells whether a word is in capitals and longer than an initial.
func isCaps(p *page, j int) bool {
	return p.pieces[j].shape == shapeUpper && utf8.RuneCountInString(p.str(j)) > 1
}

// readName reads a name that begins at piece i. loose allows a name in lower
// case, where a label says that a name stands there.
func (x *labels) readName(p *page, i, end int, loose bool) (n name, ok bool) {
	var s parts
	j := i
	for ; j < end && s.n < maxParts; j++ {
		if p.mark(j, '.') && s.n > 0 && p.initial(s.at[s.n-1]) {
			continue
		}
		if k := x.nickname(p, j, end); s.n > 0 && k > j {
			j = k - 1
			continue
		}
		if p.mark(j, ',') && s.n > 0 && x.surnameFirst(p, j, end, &s, loose) {
			j = x.forenames(p, j+1, end, &s, loose)
			break
		}
		if p.soft(j) && s.n > 0 && s.caps == 0 && j+1 < end && p.kind(j+1) == pieceWord && p.pieces[j+1].shape == shapeUpper {
			continue // the surname stands in the next line
		}
		if !x.namePart(p, j, end, s.n > 0, loose) {
			break
		}
		s.add(p, j)
	}
	if s.n == 0 {
		return name{}, false
	}
	for p.mark(j-1, '.') || p.mark(j-1, ',') || p.kind(j-1) == pieceBreak {
		j--
	}
	n = name{first: i, last: j, parts: s.n}
	return n, true
}

// byName is what stands in quotes or brackets within a name.
func (n name) byName(p *page) []string {
	for j := n.first + 1; j+2 < n.last; j++ {
		if p.kind(j) == piecePunct && p.kind(j+2) == piecePunct && !p.mark(j, ',') && !p.mark(j, '.') {
			return []string{p.str(j + 1)}
		}
	}
	return nil
}

// nickname is the piece after a name in quotes or brackets within a name:
// "Albert "Bertie" LOFTHOUSE"; i if none stands there.
func (x *labels) nickname(p *page, i, end int) int {
	if p.kind(i) != piecePunct || !strings.Contains("\"'“‘(", p.str(i)) || i+3 >= end {
		return i
	}
	if !x.namePart(p, i+1, end, true, false) || p.kind(i+2) != piecePunct || !strings.Contains("\"'”’)", p.str(i+2)) || !x.namePart(p, i+3, end, true, false) || p.is(i+3, traitRole) {
		return i
	}
	return i + 3
}

// initial tells whether piece j is a single letter.
func (p *page) initial(j int) bool { return p.pieces[j].end-p.pieces[j].start == 1 }

// forenames reads the words after the comma of a name; it returns the piece
// after them.
func (x *labels) forenames(p *page, j, end int, s *parts, loose bool) int {
	s.comma = s.n
	for k := j; k < end && s.n < maxParts; k++ {
		if p.mark(k, '.') && k > j && p.initial(k-1) {
			continue
		}
		if !x.namePart(p, k, end, k > j, loose) {
			return k
		}
		s.add(p, k)
		j = k + 1
	}
	return j
}

// spell writes the surname and the forenames of a name as read: told apart by
// comma, by capitals, else the last word is taken for the surname.
func (n *name) spell(p *page) {
	var s parts
	for j := n.first; j < n.last && s.n < maxParts; j++ {
		switch {
		case p.kind(j) == piecePunct && j+3 < n.last && p.kind(j+2) == piecePunct && !p.mark(j, ',') && !p.mark(j, '.'):
			j += 2 // a nickname
		case p.kind(j) == pieceWord:
			s.add(p, j)
		case p.mark(j, ',') && s.comma == 0:
			s.comma = s.n
		}
	}
	n.parts = s.n
	family := func(k int) bool {
		switch {
		case s.comma > 0:
			return k < s.comma
		case s.caps > 0 && s.caps < s.n:
			return isCaps(p, s.at[k])
		}
		return s.n > 1 && k == s.n-1
	}
	n.sure = s.comma > 0 || s.caps > 0 && s.caps < s.n
	n.upper = s.caps == s.n
	for k := range s.n {
		if family(k) {
			n.family = joinName(n.family, p.str(s.at[k]))
		} else {
			n.given = joinName(n.given, p.str(s.at[k]))
		}
	}
}

func joinName(a, b string) string {
	if a == "" {
		return b
	}
	return a + " " + b
}

// namePart tells whether piece j can be part of a name.
func (x *labels) namePart(p *page, j, end int, inside, loose bool) bool {
	if p.kind(j) != pieceWord {
		return false
	}
	pc, w := p.pieces[j], p.lower(j)
	if strings.ContainsAny(w, "0123456789") {
		return false
	}
	if inside && particles[w] && j+1 < end && p.kind(j+1) == pieceWord && p.pieces[j+1].shape != shapeLower {
		return true
	}
	if pc.shape == shapeLower && (!loose || pc.trait&traitCount != 0) {
		return false
	}
	if pc.end-pc.start == 1 {
		if p.mark(j+1, '/') || p.is(j, traitNotName) {
			return false
		}
		return pc.shape != shapeLower && (inside || j+1 < end && p.kind(j+1) == pieceWord && p.pieces[j+1].shape != shapeLower && !p.is(j+1, traitNotName))
	}
	return !p.is(j, traitNotName)
}

// surnameFirst tells whether the comma at piece j stands between a surname and
// its forenames, and not between two people.
func (x *labels) surnameFirst(p *page, j, end int, s *parts, loose bool) bool {
	if s.n > 3 || j+1 >= end || !x.namePart(p, j+1, end, false, loose) {
		return false
	}
	if p.pieces[j+1].shape == shapeLower {
		k := j + 2
		return loose && s.n == 1 && s.caps == 0 && p.pieces[s.at[0]].shape == shapeLower && (k >= end || p.kind(k) != pieceWord || x.namePart(p, k, end, true, loose))
	}
	caps := p.pieces[j+1].shape == shapeUpper
	switch {
	case s.caps == s.n && !caps:
		return true
	case s.caps > 0 && s.caps < s.n:
		return false
	}
	// one case for all: "Frost, Kayden" or "HUSSAIN, MOHAMMED"; a list goes on with another comma or "and"
	k := j + 1
	for k < end && x.namePart(p, k, end, k > j+1, loose) {
		if p.pieces[k].shape == shapeUpper != caps {
			return false
		}
		k++
	}
	if s.n > 2 || k-j > 4 || p.mark(k, ',') && k+1 < end && x.namePart(p, k+1, end, false, loose) {
		return false
	}
	if k < end && (p.lower(k) == "and" || p.mark(k, '&')) {
		return false
	}
	return caps && s.caps > 0 || loose && s.caps == 0 || s.n == 1 && dobWord(p, p.skipSeparators(k, end)) > k && p.opens(s.at[0])
}

// opens tells whether piece i begins a line, a sentence or a cell.
func (p *page) opens(i int) bool {
	return i == 0 || p.kind(i-1) == pieceBreak && !p.soft(i-1) || p.kind(i-1) == pieceGap || p.kind(i-1) == piecePunct && !p.mark(i-1, ',')
}

// foldName is a name as compared: letters of the base alphabet in lower case,
// words apart by one blank.
func foldName(s string) string {
	var b strings.Builder
	gap := false
	for _, r := range s {
		switch {
		case r == '\'' || r == '’' || r == '`':
			continue
		case unicode.IsLetter(r):
			if gap && b.Len() > 0 {
				b.WriteByte(' ')
			}
			gap = false
			b.WriteString(foldLetter(unicode.ToLower(r)))
		case unicode.Is(unicode.Mn, r):
		default:
			gap = true
		}
	}
	return b.String()
}

// foldLetter maps a letter with a mark to its base letters.
func foldLetter(r rune) string {
	if r < 0x80 {
		return string(r)
	}
	if s, ok := baseLetters[r]; ok {
		return s
	}
	return string(r)
}

// baseLetters holds the letters with marks of the Latin-script languages that
// names in England are written in.
var baseLetters = func() map[rune]string {
	m := map[rune]string{'ß': "ss", 'æ': "ae", 'œ': "oe", 'ø': "o", 'ł': "l", 'đ': "d", 'ð': "d", 'þ': "th", 'ı': "i"}
	for base, marked := range map[string]string{"a": "àáâãäåāăą", "c": "çćčĉċ", "d": "ď", "e": "èéêëēĕėęě", "g": "ğģĝġ", "h": "ĥ", "i": "ìíîïĩīįi̇", "j": "ĵ", "k": "ķ",
		"l": "ĺļľ", "n": "ñńņňŋ", "o": "òóôõöōŏő", "r": "ŕŗř", "s": "śŝşšș", "t": "ţťț", "u": "ùúûüũūŭůűų", "w": "ŵẁẃẅ", "y": "ýÿŷỳ", "z": "źżž"} {
		for _, r := range marked {
			if r >= 0x80 && !unicode.Is(unicode.Mn, r) {
				m[r] = base
			}
		}
	}
	return m
}()
