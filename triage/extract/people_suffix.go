package extract

import (
	"strings"

	"github.com/ppn-triage/ppn-triage/triage"
)

// suffixNumber reads a birthday, a year of birth, an age, weeks of pregnancy or
// an address that begins with a number.
func (x *labels) suffixNumber(p *page, m *mention, k, end int, how mode) int {
	at := p.low[p.pieces[k].start:]
	if wk, n := digits(at, 0, 2); wk > 0 && strings.HasPrefix(at[n:], "/40") {
		m.preg = true
		return p.at(p.pieces[k].start + n + len("/40"))
	}
	if next := x.birth(p, m, k, end, false); next > k {
		return next
	}
	if d, n := yearOnly(at); n > 0 && m.name.parts > 1 && m.born.y == 0 && p.birthday(d, true) && !timeAfter(at[n:]) && x.yearStands(p, m, k, end) {
		m.born = d
		return k + 1
	}
	if a, n, sure := readAge(at); n > 0 && (sure || p.ageHere(m, k, n, end)) {
		if !m.aged {
			m.age, m.aged = a, true
		}
		return p.at(p.pieces[k].start + n)
	}
	return x.suffixAddress(p, m, k, end, how)
}

// yearStands tells whether a bare year after a name is its year of birth:
// nothing but a word of kinship may follow it in its clause.
func (x *labels) yearStands(p *page, m *mention, k, end int) bool {
	next := k + 1
	if next >= end || p.kind(next) != pieceWord || p.pieces[next].shape != shapeLower && !m.name.upper {
		return !p.mark(next, '/') && (!m.prose || k == m.name.last || !p.mark(k-1, '-'))
	}
	_, after := x.roles.match(p, next, end)
	return after > next || p.lower(next) == "and" || sexOf(p.lower(next)) != ""
}

// timeAfter tells whether the four digits before s were a time of day.
func timeAfter(s string) bool {
	s = strings.TrimLeft(s, " ")
	return word(s, "hrs") || word(s, "hours") || word(s, "hr")
}

// ageHere tells whether a number that could be anything is an age: it stands
// alone between marks, or a unit follows it.
func (p *page) ageHere(m *mention, k, n, end int) bool {
	if k == 0 || m.name.parts == 0 {
		return false
	}
	prev := p.kind(k-1) == piecePunct || p.kind(k-1) == pieceGap || k == m.name.last || p.pieces[k-1].kind == pieceWord && p.pieces[k-1].shape == shapeUpper
	next := p.at(p.pieces[k].start + n)
	if !prev {
		return false
	}
	if next >= end || p.kind(next) == pieceBreak || p.kind(next) == pieceGap {
		return true
	}
	if p.kind(next) == piecePunct {
		return strings.Contains("),.;/-–]([:", p.str(next))
	}
	w := p.lower(next)
	if p.kind(k-1) != piecePunct && n > 2 && !isLetter(p.text[p.pieces[k].end-1]) && p.text[p.pieces[k].end] != '/' {
		return false // "split 3 weeks ago"
	}
	return w != "ago" && (n > 2 || w == "m" || w == "f" || w == "male" || w == "female" || w == "and")
}

// suffixAddress reads the person's own address.
func (x *labels) suffixAddress(p *page, m *mention, k, end int, how mode) int {
	if next := x.addressEnd(p, k, end); next > k {
		if m.Address == (triage.Address{}) {
			m.Address = p.address(k, next)
		}
		return next
	}
	return k
}

// suffixWord reads sex, kinship, alias, age in words, school year, due date.
func (x *labels) suffixWord(p *page, m *mention, k, end int, how mode) int {
	w := p.lower(k)
	if next := x.suffixKin(p, m, k, end, how); next > k {
		return next
	}
	if s := sexOf(w); s != "" {
		if m.Sex == "" {
			m.Sex = s
		}
		return k + 1
	}
	if a, n, sure := readAge(p.low[p.pieces[k].start:]); n > 0 && (sure || a.approx || numberWords[w] > 0 && n > len(w) && p.lower(p.at(p.pieces[k].start+n)) != "ago") && m.name.parts > 0 {
		if !m.aged {
			m.age, m.aged = a, true
		}
		return p.at(p.pieces[k].start + n)
	}
	switch w {
	case "she", "he", "they":
		if p.mark(k+1, '/') {
			return min(k+3, end) // "(she/her)"
		}
	case "surname", "family", "last":
		return x.suffixSurname(p, m, k, end)
	case "goes":
		if p.lower(k+1) == "by" {
			return x.suffixAlias(p, m, k+1, end)
		}
	case "who":
		if w := p.lower(k + 1); w == "goes" {
			return k + 1
		}
		if next := x.suffixSaid(p, m, k+1, end); next > k {
			return next
		}
	case "who's", "who’s", "he's", "she's", "he’s", "she’s", "is", "was", "just":
		return x.suffixSaid(p, m, k+1, end)
	case "sex", "gender", "so", "approx", "now", "today", "currently", "also", "dd", "rhyw":
		if next := p.skipSeparators(k+1, end); next < end && (p.kind(next) == pieceNumber || sexOf(p.lower(next)) != "" || w == "also" && p.lower(next) == "of") {
			return next
		}
	case "of", "from", "at", "address", "residing", "resides", "lives", "home", "living":
		next := k + 1
		for next < end && (p.lower(next) == "at" || p.lower(next) == "address" || p.lower(next) == "of" || p.mark(next, ':') || p.kind(next) == pieceGap) {
			next++
		}
		if next < end && (p.kind(next) == pieceNumber || dwelling(p.lower(next))) {
			return max(k, x.suffixAddress(p, m, next, end, how))
		}
	case "flat", "apartment", "unit":
		return x.suffixAddress(p, m, k, end, how)
	case "pregnant", "preg":
		m.preg = true
		return k + 1
	case "edd", "due":
		return x.suffixDue(p, m, k+1, end)
	case "aka", "a", "known", "nee", "née", "formerly", "alias", "prev", "kna":
		return x.suffixAlias(p, m, k, end)
	case "junior", "senior", "jnr", "jr", "snr", "sr":
		return k + 1
	case "nhs", "upn", "school", "nursery":
		return x.suffixNumbered(p, m, k, end)
	}
	if y, ok := yearGroup(p, k); ok {
		m.year = y + 1
		return x.restOfSchool(p, m, k, end)
	}
	return x.suffixSchool(p, m, k, end)
}

// schoolWords end the names of schools.
var schoolWords = map[string]bool{"primary": true, "school": true, "academy": true, "high": true, "college": true, "nursery": true, "infants": true, "infant": true,
	"juniors": true, "grammar": true, "secondary": true, "preschool": true, "pre-school": true, "playgroup": true, "kindergarten": true}

// suffixSchool reads the name of a school: capitalised words that end in a
// word for one.
func (x *labels) suffixSchool(p *page, m *mention, k, end int) int {
	stop := k
	for i := k; i < end && i < k+7 && p.kind(i) == pieceWord && (p.pieces[i].shape != shapeLower || p.lower(i) == "of" || p.lower(i) == "the" || p.lower(i) == "at"); i++ {
		if schoolWords[p.lower(i)] {
			stop = i + 1
		}
	}
	if stop > k+1 && m.School == "" {
		m.School = p.text[p.pieces[k].start:p.pieces[stop-1].end]
	}
	if stop <= k+1 {
		return k
	}
	return stop
}

// sexOf reads M, F, male, female, U; a word of kinship says it too.
func sexOf(w string) string {
	switch w {
	case "m", "male", "gwryw", "boy", "lad", "son", "brother":
		return "M"
	case "f", "female", "fem", "benyw", "fenyw", "girl", "lass", "daughter", "sister":
		return "F"
	}
	return ""
}

// suffixKin reads kinship after a name: "(mother)", "- arrested father",
// "child of both", "IP". In prose it must end there, or else it begins the
// next clause ("Chloe, 12, mum says").
func (x *labels) suffixKin(p *page, m *mention, k, end int, how mode) int {
	i, not := k, false
	for i < end && (p.lower(i) == "not" || p.lower(i) == "the" || p.lower(i) == "is" || p.lower(i) == "also" || p.lower(i) == "his" || p.lower(i) == "her" || p.lower(i) == "their" || p.lower(i) == "s") {
		not = not || p.lower(i) == "not"
		i++
	}
	if !p.is(i, traitRole) {
		return k
	}
	v, next := x.roles.match(p, i, end)
	if next == i {
		return k
	}
	if next < end && p.kind(next) == pieceWord && p.pieces[next].shape != shapeLower && !p.is(next, traitNotName) && !m.name.upper {
		return k // it stands before the next name
	}
	if how == mentionProse && k == m.name.last && !(i > k && grownKin(kin(v)) && !strings.ContainsAny(p.str(m.name.last-1), "'’")) {
		return k // "Lexi's grandad"
	}
	closed := next >= end || p.kind(next) == pieceBreak || p.kind(next) == pieceGap || p.kind(next) == piecePunct || p.lower(next) == "of" || p.lower(next) == "and"
	bracket := p.mark(k-1, '(') || p.mark(k-1, '-') || p.str(k-1) == "–" || p.mark(k-1, '/') || p.kind(k-1) == pieceGap
	if how == mentionProse && !closed && !bracket && k != m.name.last {
		return k
	}
	if p.lower(i) == "m" || p.lower(i) == "f" || p.lower(i) == "mo" || p.lower(i) == "fo" {
		if next-i < 3 {
			return k // "M" alone is a sex
		}
	}
	if !not {
		m.addKin(kin(v))
		if s := sexOf(p.lower(next - 1)); s != "" && m.Sex == "" {
			m.Sex = s
		}
	}
	stop := x.phraseEnd(p, next, end, how == mentionField || bracket)
	if m.Relation == "" {
		m.Relation = strings.TrimSpace(p.text[p.pieces[k].start:p.pieces[stop-1].end])
	}
	return stop
}

// grownKin tells whether a kinship is a grown-up's.
func grownKin(k kin) bool {
	return k == kinMother || k == kinFather || k == kinCarer || k == kinAlleged
}

// addKin keeps the kinship that says most: a parent who is also the suspect is
// both.
func (m *mention) addKin(k kin) {
	switch {
	case k == kinAlleged:
		m.Alleged = true
		if m.kin == kinNone || m.kin == kinVictim {
			m.kin = k
		}
	case m.kin == kinNone || m.kin == kinVictim || m.kin == kinAlleged:
		m.Alleged = m.Alleged || m.kin == kinAlleged
		m.kin = k
	}
}

// phraseEnd is the end of a phrase of kinship: up to six more words before the
// next mark.
func (x *labels) phraseEnd(p *page, i, end int, free bool) int {
	if !free {
		return i
	}
	for j := i; j < end && j < i+7; j++ {
		if p.kind(j) != pieceWord {
			if p.kind(j) == pieceNumber || p.kind(j) == piecePunct && p.lower(j) == "/" {
				break
			}
			return j
		}
		if dobWord(p, j) > j {
			return j
		}
	}
	if i+7 >= end {
		for j := i; j < end; j++ {
			if p.kind(j) == pieceNumber || p.kind(j) == pieceBreak {
				return i
			}
		}
		return end
	}
	return i
}

// suffixNumbered reads an NHS number, a UPN or a school after its word.
func (x *labels) suffixNumbered(p *page, m *mention, k, end int) int {
	stop := k + 1
	for stop < end && stop < k+10 && p.kind(stop) != pieceBreak && p.kind(stop) != pieceGap && !p.mark(stop, ',') && !p.mark(stop, ';') {
		stop++
	}
	text := p.text[p.pieces[k].end:p.pieces[stop-1].end]
	switch p.lower(k) {
	case "nhs":
		if v := nhsIn(text); v != "" {
			m.NHS = v
			return stop
		}
	case "upn":
		if v := upnIn(text); v != "" {
			m.UPN = v
			return stop
		}
	default:
		if p.mark(k+1, ':') {
			m.School = strings.Trim(text, " :.")
			return stop
		}
	}
	return k
}

// yearGroup reads "Y7", "Yr 7", "Year 7", "Reception".
func yearGroup(p *page, k int) (int, bool) {
	w := p.lower(k)
	if w == "reception" {
		return 0, true
	}
	rest, ok := strings.CutPrefix(w, "year")
	if !ok {
		if rest, ok = strings.CutPrefix(w, "yr"); !ok {
			rest, ok = strings.CutPrefix(w, "y")
		}
	}
	if !ok {
		return 0, false
	}
	if rest == "" && p.kind(k+1) == pieceNumber {
		rest = p.lower(k + 1)
	}
	y, n := digits(rest, 0, 2)
	return y, n == len(rest) && n > 0 && y >= 1 && y <= 13
}

// restOfSchool reads "Y7 at Highmoor Academy".
func (x *labels) restOfSchool(p *page, m *mention, k, end int) int {
	i := k + 1
	if p.kind(i) == pieceNumber {
		i++
	}
	from := i
	for i < end && i < from+8 && p.kind(i) == pieceWord && (p.pieces[i].shape != shapeLower || p.lower(i) == "at" || p.lower(i) == "of") {
		i++
	}
	if from < i && p.lower(from) == "at" {
		from++
	}
	if from < i && m.School == "" {
		m.School = p.text[p.pieces[from].start:p.pieces[i-1].end]
	}
	return i
}
