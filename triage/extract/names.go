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
	comma         bool
}

// text is the name as the notice writes it.
func (n name) text(p *page) string {
	return strings.Join(strings.Fields(p.text[p.pieces[n.first].start:p.pieces[n.last-1].end]), " ")
}

// particles stand inside a name in lower case.
var particles = map[string]bool{"de": true, "da": true, "del": true, "della": true, "di": true, "dos": true, "van": true, "von": true, "der": true, "den": true,
	"la": true, "le": true, "al": true, "el": true, "ul": true, "ur": true, "bin": true, "bint": true, "ibn": true, "ap": true, "ferch": true, "y": true, "e": true}

// readName reads a name that begins at piece i. loose allows a name in lower
// case, where a label says that a name stands there.
func (x *labels) readName(p *page, i, end int, loose bool) (n name, ok bool) {
	n.first = i
	var given, family, plain []string
	add := func(j int) {
		w := p.str(j)
		plain = append(plain, w)
		if p.pieces[j].shape == shapeUpper && utf8.RuneCountInString(w) > 1 {
			family = append(family, w)
		} else {
			given = append(given, w)
		}
	}
	j := i
	for ; j < end && len(plain) < 6; j++ {
		if p.mark(j, '.') && len(plain) > 0 && len(plain[len(plain)-1]) == 1 {
			continue
		}
		if p.mark(j, ',') && !n.comma && x.surnameFirst(p, j, end, plain, given, family, loose) {
			n.comma = true
			family, given = plain, nil
			for k := j + 1; k < end && len(given) < 4 && (x.namePart(p, k, end, k > j+1, loose) || p.mark(k, '.') && len(p.str(k-1)) == 1); k++ {
				if !p.mark(k, '.') {
					given = append(given, p.str(k))
				}
				j = k
			}
			j++
			break
		}
		if p.soft(j) && len(plain) > 0 && len(family) == 0 && j+1 < end && p.kind(j+1) == pieceWord && p.pieces[j+1].shape == shapeUpper {
			continue // the surname stands in the next line
		}
		if !x.namePart(p, j, end, len(plain) > 0, loose) {
			break
		}
		add(j)
	}
	for j > i && (p.mark(j-1, '.') || p.mark(j-1, ',')) {
		j--
	}
	n.last, n.parts = j, len(plain)
	if n.comma {
		n.parts = len(family) + len(given)
	}
	if len(plain) == 0 || n.parts > 6 {
		return name{}, false
	}
	n.order(plain, given, family)
	return n, true
}

// order tells surname and forenames apart: by comma, by capitals, else the
// last word is taken for the surname.
func (n *name) order(plain, given, family []string) {
	n.upper = len(family) > 0 && len(given) == 0
	switch {
	case n.comma:
		n.given, n.family, n.sure = strings.Join(given, " "), strings.Join(family, " "), true
		n.upper = strings.ToUpper(n.given) == n.given
	case len(given) > 0 && len(family) > 0:
		n.given, n.family, n.sure = strings.Join(given, " "), strings.Join(family, " "), true
	case len(plain) == 1:
		n.given = plain[0]
	default:
		n.given, n.family = strings.Join(plain[:len(plain)-1], " "), plain[len(plain)-1]
	}
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
	if pc.shape == shapeLower && !loose {
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
func (x *labels) surnameFirst(p *page, j, end int, plain, given, family []string, loose bool) bool {
	if len(plain) == 0 || len(plain) > 3 || j+1 >= end || !x.namePart(p, j+1, end, false, loose) || p.kind(j+1) == pieceWord && p.pieces[j+1].shape == shapeLower {
		return false
	}
	caps := p.pieces[j+1].shape == shapeUpper
	switch {
	case len(given) == 0 && !caps:
		return true
	case len(given) > 0 && len(family) > 0:
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
	if len(plain) > 2 || k-j > 4 || p.mark(k, ',') && k+1 < end && x.namePart(p, k+1, end, false, loose) {
		return false
	}
	if k < end && (p.lower(k) == "and" || p.mark(k, '&')) {
		return false
	}
	return caps && len(family) > 0 || loose && len(family) == 0
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
