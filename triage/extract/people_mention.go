package extract

import (
	"strings"

	"github.com/ppn-triage/ppn-triage/triage"
)

// mode says where a mention is looked for.
type mode uint8

const (
	mentionProse mode = iota
	mentionField      // in the value of a label that asks for a person
)

// mention is one place where a notice names a person.
type mention struct {
	triage.Person
	name  name
	kin   kin // by the words before and after the name
	born  date
	age   age
	aged  bool
	edd   date
	preg  bool // said to be pregnant
	year  int  // school year plus one
	last  int  // piece after all that was read
	field fieldKey
	prose bool
}

// dated tells whether a birthday or an age stands beside the name.
func (m *mention) dated() bool { return m.born.y > 0 || m.aged }

// mention reads one person at piece i: words of kinship, a name, and after it
// in any order birthday, age, sex, kinship, alias, address.
func (x *labels) mention(p *page, i, end int, how mode) (m mention, ok bool) {
	j := x.skipBullet(p, i, end)
	first := j
	j, m.kin = x.kinBefore(p, j, end)
	sex := ""
	for j < end && title(p.lower(j)) {
		sex = titleSex(p.lower(j))
		j++
		if p.mark(j, '.') {
			j++
		}
	}
	n, ok := x.readName(p, j, end, how == mentionField && (j < end && p.kind(j) == pieceWord && p.pieces[j].shape == shapeLower))
	if !ok {
		if m.kin != kinUnborn {
			return mention{}, false
		}
		n = name{first: first, last: j}
	}
	if how == mentionProse && m.kin == kinNone && !p.ageSoon(n.last, end) {
		return mention{}, false
	}
	if ok {
		n.spell(p)
	}
	m.name, m.prose, m.Sex = n, how == mentionProse, sex
	m.Aliases = n.byName(p)
	m.Start, m.End = p.pieces[n.first].start, p.pieces[max(n.last, n.first+1)-1].end
	m.Name, m.Given, m.Family = "", n.given, n.family
	if ok {
		m.Name = n.text(p)
	}
	if m.kin == kinUnborn {
		m.unbornName(p, first, n, ok)
	}
	m.last = n.last
	x.suffixes(p, &m, end, how)
	return m, true
}

// ageSoon is the cheap check before a name in running text is read to its end:
// a number or a word that announces a birthday or an age must follow at once.
func (p *page) ageSoon(i, end int) bool {
	for j := i; j < end && j < i+6; j++ {
		switch p.kind(j) {
		case pieceNumber:
			return true
		case pieceWord:
			switch p.lower(j) {
			case "dob", "d", "b", "born", "aged", "age", "approx", "dg", "date", "m", "f", "male", "female", "about", "who", "who's", "who’s", "he's", "she's", "he’s", "she’s", "is", "so", "of", "from", "at", "has", "was", "turned", "unborn", "edd", "surname", "family", "goes", "just", "now", "ganwyd", "birthday", "her", "his", "their":
			default:
				return p.is(j, traitRole|traitCount)
			}
		}
	}
	return false
}

// unbornName keeps "Unborn DOYLE" as it is written.
func (m *mention) unbornName(p *page, first int, n name, named bool) {
	m.Unborn = true
	m.Start = p.pieces[first].start
	m.Name, m.Given = "Unborn", ""
	if named {
		m.Name = "Unborn " + n.text(p)
		if n.parts == 1 {
			m.Family = n.given
			m.name.parts = 2
		} else {
			m.Mother = n.text(p)
		}
	}
}

// titleSex is the sex that a title says.
func titleSex(w string) string {
	switch w {
	case "mr", "master":
		return "M"
	case "mrs", "miss", "ms":
		return "F"
	}
	return ""
}

func title(w string) bool {
	switch w {
	case "mr", "mrs", "miss", "ms", "master", "dr", "mx":
		return true
	}
	return false
}

// skipBullet skips "1)", "2.", "-", "*", "#1", "a)" before a person.
func (x *labels) skipBullet(p *page, i, end int) int {
	for i < end && (p.kind(i) == pieceGap || p.kind(i) == piecePunct && strings.Contains("-*#•–([:/|,;", p.str(i))) {
		i++
	}
	if i+1 < end && (p.kind(i) == pieceNumber || p.kind(i) == pieceWord && p.pieces[i].end-p.pieces[i].start == 1) && p.pieces[i].end-p.pieces[i].start <= 2 &&
		(p.mark(i+1, ')') || p.mark(i+1, '.') || p.mark(i+1, ':') || p.kind(i+1) == pieceGap && p.kind(i) == pieceNumber) {
		i += 2
		for i < end && p.kind(i) == pieceGap {
			i++
		}
	}
	return i
}

// kinBefore reads the words of kinship before a name: "their baby,", "IP",
// "eldest daughter", "M/O -", "a lad she called".
func (x *labels) kinBefore(p *page, i, end int) (int, kin) {
	k, from := kinNone, i
	for range 4 {
		v, next := uint8(0), i
		if p.is(i, traitRole) {
			v, next = x.roles.match(p, i, end)
		}
		if next == i && i+1 < end && p.is(i+1, traitRole) && owners[p.lower(i)] {
			i++
			v, next = x.roles.match(p, i, end)
		}
		if next == i {
			break
		}
		if k == kinNone || kin(v) == kinUnborn || k == kinVictim || k == kinAlleged && kin(v) != kinVictim || k == kinOther && kin(v) == kinChild {
			k = kin(v)
		}
		i = next
		for i < end && (p.kind(i) == piecePunct && (strings.Contains(",:-–(/", p.str(i)) || p.mark(i, '.') && p.pieces[i-1].end-p.pieces[i-1].start < 3) || p.kind(i) == pieceGap || p.soft(i) ||
			p.kind(i) == pieceNumber && p.pieces[i].end-p.pieces[i].start == 1 || naming(p.lower(i))) {
			i++
		}
	}
	if from > 0 && (k == kinCarer || k == kinOther) && p.lower(from-1) == "a" {
		k = kinNone // "she has a boyfriend Kyle": hers, not the mother's
	}
	return i, k
}

// naming words may stand between kinship and name.
func naming(w string) bool {
	switch w {
	case "called", "named", "name", "is", "she", "he", "known", "as":
		return true
	}
	return false
}

// suffixes reads what stands after the name, up to the first thing it does not
// know.
func (x *labels) suffixes(p *page, m *mention, end int, how mode) {
	for {
		k := p.skipSeparators(m.last, end)
		if k >= end {
			return
		}
		next := x.suffix(p, m, k, end, how)
		if next <= k {
			return
		}
		m.last = next
	}
}

// skipSeparators skips the marks between a name and what is said of it.
func (p *page) skipSeparators(i, end int) int {
	for i < end {
		switch {
		case p.kind(i) == pieceGap || p.soft(i):
		case p.kind(i) == piecePunct && strings.Contains(",/-–—()[]:;|.\"", p.str(i)):
			if p.mark(i, '.') && i+1 < end && p.kind(i+1) == pieceWord && p.pieces[i+1].shape == shapeTitle && dobWord(p, i+1) == i+1 && !p.sexAlone(i+1) {
				return i // a sentence ends
			}
		case p.kind(i) == pieceBreak && i+1 < end && dobWord(p, i+1) > i+1:
		default:
			return i
		}
		i++
	}
	return i
}

// sexAlone tells whether a sentence of the one word "Male", "Female" stands at
// piece i.
func (p *page) sexAlone(i int) bool {
	w := p.lower(i)
	return (w == "male" || w == "female") && (p.mark(i+1, '.') || p.mark(i+1, ',') || p.kind(i+1) == pieceBreak)
}

// suffix reads one thing said of the person at piece k and returns the piece
// after it, k if it knows none.
func (x *labels) suffix(p *page, m *mention, k, end int, how mode) int {
	if d := dobWord(p, k); d > k {
		return x.birth(p, m, d, end, true)
	}
	switch p.kind(k) {
	case pieceNumber:
		return x.suffixNumber(p, m, k, end, how)
	case pieceWord:
		return x.suffixWord(p, m, k, end, how)
	}
	return k
}

// dobWord skips "dob", "D.O.B.", "born on", "DG/DOB:"; i if none stands there.
func dobWord(p *page, i int) int {
	j := i
	for p.kind(j) == pieceWord {
		next := dobPart(p, j, j > i)
		if next == j {
			return j
		}
		for j = next; p.kind(j) == piecePunct && strings.Contains(":.-/=–", p.str(j)) || p.kind(j) == pieceGap || p.soft(j); {
			j++
		}
	}
	return j
}

// dobPart skips one word that announces a birthday; inside says that one stood
// before it.
func dobPart(p *page, j int, inside bool) int {
	switch w := p.lower(j); w {
	case "dob", "born", "dg", "geni", "d-o-b", "birthdate", "birthday", "ganwyd", "dobs":
		return j + 1
	case "b":
		if p.mark(j+1, '.') || p.kind(j+1) == pieceNumber {
			return j + 1
		}
	case "d":
		if (p.mark(j+1, '.') || p.mark(j+1, '/')) && p.lower(j+2) == "o" && p.lower(j+4) == "b" {
			return j + 5
		}
	case "birth":
		if p.lower(j+1) == "date" {
			return j + 2
		}
	case "date":
		if p.lower(j+1) == "of" && p.lower(j+2) == "birth" {
			return j + 3
		}
	case "on", "in", "is", "given", "as", "the", "was":
		if inside {
			return j + 1
		}
	}
	return j
}

// birth reads a birthday, a year of birth or an age. told says that a word
// announced it, so that digits without marks count too.
func (x *labels) birth(p *page, m *mention, k, end int, told bool) int {
	if k >= end {
		return k
	}
	at := p.low[p.pieces[k].start:]
	d, n := readDate(at, p.pivot)
	if n == 0 && told {
		if d, n = bareDate(at, p.pivot); n == 0 {
			if d, n = spacedDate(at, p.pivot); n == 0 && p.kind(k) == pieceNumber {
				d, n = yearOnly(at)
			}
		}
	}
	if n > 0 && d.y > 0 && p.birthday(d, told) {
		if m.born.y == 0 {
			m.born = d
		}
		return p.at(p.pieces[k].start + n)
	}
	if told {
		if w := p.lower(k); w == "not" || w == "unknown" || w == "refused" || w == "n" || w == "tbc" {
			return k + 1
		}
	}
	return k
}

// birthday tells whether a person of the notice can be born on the day: not
// in the future, within 110 years, and, unless a word says so, not in the days
// of the incident itself.
func (p *page) birthday(d date, told bool) bool {
	t, now := d.time(), p.today.time()
	if told {
		return !t.After(now.AddDate(0, 0, 40)) && t.After(now.AddDate(-111, 0, 0))
	}
	return t.Before(now.AddDate(0, 0, -13)) && t.After(now.AddDate(-111, 0, 0))
}

// spacedDate reads "04 09 2012", "04 / 09 / 2012".
func spacedDate(s string, pivot int) (date, int) {
	a, i := digits(s, 0, 2)
	b, j := digits(s, afterMark(s, i), 2)
	y, k := digits(s, afterMark(s, j), 4)
	if n := k - afterMark(s, j); a >= 0 && b >= 0 && y >= 0 && (n == 2 || n == 4) && endsNumber(s, k) {
		if d := (date{century(y, n, pivot), b, a}); d.valid() {
			return d, k
		}
	}
	return date{}, 0
}

// afterMark is the place after a blank, or a mark between blanks, at s[i]; past
// the end if none stands there.
func afterMark(s string, i int) int {
	if i >= len(s) || s[i] != ' ' {
		return len(s)
	}
	if i+2 < len(s) && strings.IndexByte("/-.", s[i+1]) >= 0 && s[i+2] == ' ' {
		return i + 3
	}
	return i + 1
}

// yearOnly reads a year of birth.
func yearOnly(s string) (date, int) {
	y, n := digits(s, 0, 5)
	if n == 4 && y >= 1900 && y < 2100 && (len(s) == 4 || !isAlnum(s[4])) {
		return date{y: y}, 4
	}
	return date{}, 0
}
