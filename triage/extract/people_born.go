package extract

import (
	"strings"

	"github.com/ppn-triage/ppn-triage/triage"
)

// bearerReach is how many pieces before a birthday its bearer's name may stand.
const bearerReach = 70

// births gives every birthday of a child that no name stands beside to the
// child it is said of: "Ayaan WARSAME is in year 3 at Kingfisher, dob 14/6/19",
// "Kira walked in. She is fourteen (b. 8/1/13)". A name that was no person yet
// becomes a child by it.
func (r *roster) births(first, last int) {
	p := r.p
	for n := first; n < last; n++ {
		switch p.section(n) {
		case triage.SectionSubject, triage.SectionSignature:
			continue
		}
		for i := p.lines[n].first; i < p.lines[n].last; i++ {
			if d, from, to := p.childsBirthday(i, p.lines[n]); to > i {
				if !r.bornOn(d) || p.lower(from) == "both" {
					r.bear(d, from, first)
				}
				i = to - 1
			}
		}
	}
}

// promote makes a child of another household, friend or classmate, the child of
// a notice that names no other, if the name and an age are given in full.
func (r *roster) promote() {
	if r.hasNamedChild() {
		return
	}
	at := -1
	for i := range r.ms {
		if m := &r.ms[i]; m.kin == kinOutside && m.dated() && m.name.parts > 1 {
			if at >= 0 {
				return
			}
			at = i
		}
	}
	if at >= 0 {
		r.ms[at].kin = kinChild
	}
}

// called takes the name that a notice without any other child's gives to one:
// "a lad at the shops. He is called Kieran".
func (r *roster) called(first, last int) {
	if r.hasNamedChild() {
		return
	}
	p := r.p
	minor, grown := -1, -9
	for n := first; n < last; n++ {
		switch p.section(n) {
		case triage.SectionSubject, triage.SectionSignature:
			continue
		}
		for i := p.lines[n].first; i < p.lines[n].last; i++ {
			if p.is(i, traitChild) && childNouns[p.lower(i)] > 0 && !outsiders[p.lower(i-1)] {
				minor, grown = i, -9
			}
			if p.is(i, traitGrown) || p.lower(i) == "woman" || p.lower(i) == "man" {
				grown = i
			}
			if minor < 0 || i-grown < 4 || i-minor > 40 || !p.calls(i) {
				continue
			}
			if r.callThem(i+1, p.lines[n].last) {
				return
			}
		}
	}
}

// callThem takes the names of a list that begins at piece i: "Aleena, Hadi and
// Mustafa Raja". It answers false if none is new.
func (r *roster) callThem(i, end int) bool {
	var in []int
	for i < end {
		name, ok := r.x.readName(r.p, i, end, false)
		if !ok {
			break
		}
		m := r.named(name)
		if r.known(&m) >= 0 {
			break
		}
		if _, is := r.x.noPerson(r.p, i, name.last, end); is {
			break
		}
		m.kin = kinChild
		r.x.suffixes(r.p, &m, end, mentionProse)
		if m.kin != kinChild || m.aged && m.age.n >= adultAge && m.age.unit == 'y' {
			break
		}
		in = append(in, r.add(m))
		for i = m.last; i < end && (r.p.mark(i, ',') || r.p.mark(i, '&') || r.p.lower(i) == "and" || r.p.soft(i)); i++ {
		}
		if i == m.last {
			break
		}
	}
	r.shareSurname(in)
	return len(in) > 0
}

// calls tells whether piece i is the end of "is called", "by the name of",
// "gave his name as".
func (p *page) calls(i int) bool {
	w, v := p.lower(i), p.lower(i-1)
	if p.mark(i, ':') || p.mark(i, ',') || p.mark(i, '(') || p.mark(i, '-') || p.str(i) == "–" {
		for j := i - 1; j > max(0, i-5); j-- {
			if p.is(j, traitChild) && childNouns[p.lower(j)] == 2 {
				return true // "her three children: Bailey, Brooke and Blake"
			}
		}
	}
	return w == "are" && (v == "they" || v == "children" || v == "kids" || v == "names") || w == "called" || w == "named" || w == "of" && v == "name" || w == "as" && v == "name" || w == "is" && (v == "name" || v == "forename")
}

// childsBirthday reads a birthday of somebody under 18 at piece i, after a word
// that announces it or alone in its cell. from is the first piece of it all.
func (p *page) childsBirthday(i int, ln line) (d date, from, to int) {
	at := dobWord(p, i)
	told := at > i
	if w := p.lower(i); w == "both" || w == "twins" {
		for at = i + 1; p.mark(at, ',') || p.kind(at) == pieceWord && dobPart(p, at, true) > at; at++ {
		}
		told = p.kind(at) == pieceNumber
	}
	for k := 0; told && k < 6 && papers[p.lower(at)]; k++ {
		at++ // "date of birth on his bus pass 9 October 2014"
	}
	if !told {
		at = i
		if p.kind(i) != pieceNumber || !p.ownCell(i, ln) {
			return d, i, i
		}
	}
	if p.kind(at) != pieceNumber && month(p.lower(at)) == 0 {
		return d, i, i
	}
	s := p.low[p.pieces[at].start:]
	n := 0
	if d, n = readDate(s, p.pivot); n == 0 && told {
		if d, n = bareDate(s, p.pivot); n == 0 {
			d, n = spacedDate(s, p.pivot)
		}
	}
	if told && n > 0 && d.y == 0 && d.m > 0 && d.d > 0 && p.infantSoon(at) {
		d, n = p.sameYear(s, d, n)
	}
	if n == 0 || !d.full() || !p.birthday(d, told) || !d.time().After(p.today.time().AddDate(-adultAge, 0, 0)) {
		return d, i, i
	}
	return d, i, p.at(p.pieces[at].start + n)
}

// infantSoon tells whether an age in weeks or months stands near piece i.
func (p *page) infantSoon(i int) bool {
	for k := max(0, i-9); k < min(len(p.pieces), i+7); k++ {
		switch p.lower(k) {
		case "weeks", "wks", "week", "months", "mths", "days":
			return true
		}
	}
	return false
}

// papers are the words between "date of birth" and the date that tell where it
// was read.
var papers = map[string]bool{"on": true, "his": true, "her": true, "the": true, "from": true, "per": true, "bus": true, "pass": true, "passport": true, "register": true, "school": true, "by": true, "system": true, "systems": true, "given": true, "as": true, "card": true, "records": true, "mum": true, "mother": true, "according": true, "to": true, "believed": true, "possibly": true, "in": true, "file": true}

// ownCell tells whether piece i begins a cell of a line that bars or gaps cut.
func (p *page) ownCell(i int, ln line) bool {
	return i > ln.first && (p.mark(i-1, '|') || p.kind(i-1) == pieceGap && p.kind(i-2) != pieceBreak)
}

// bornOn tells whether somebody of the notice has the birthday already.
func (r *roster) bornOn(d date) bool {
	for i := range r.ms {
		if r.ms[i].born == d {
			return true
		}
	}
	return false
}

// bear gives a birthday to the name that it is said of; one for both goes to
// the last two.
func (r *roster) bear(d date, at, firstLine int) {
	names := r.namesBefore(at, firstLine)
	if m, ok := r.lowerName(at); ok && len(names) == 0 {
		names = append(names, m)
	}
	if len(names) == 0 {
		if i := r.onlyChild(); i >= 0 && r.ms[i].born.y == 0 && !r.ms[i].Placeholder {
			r.ms[i].born = d
		}
		return
	}
	if alias, ok := r.aliasBefore(at); ok {
		m := &names[len(names)-1]
		m.Aliases = append(m.Aliases, alias)
	}
	take := 1
	if w := r.p.lower(at); w == "both" || w == "twins" {
		take = min(2, len(names))
	}
	var in []int
	for _, m := range names[len(names)-take:] {
		m.born = d
		in = append(in, r.add(m))
	}
	r.shareSurname(in)
}

// namesBefore are the names that a birthday at a piece may be said of, the
// likeliest last: of the nearest sentence that has any, full names before
// forenames.
func (r *roster) namesBefore(at, firstLine int) []mention {
	p := r.p
	from := max(at-bearerReach, p.lines[firstLine].first)
	for i := at - 1; i > from; i-- {
		if p.kind(i) == pieceBreak && p.kind(i-1) == pieceBreak {
			from = i // a paragraph ends
		}
	}
	var single []mention
	for end := at; end > from; {
		begin := end - 1
		for begin > from && !(p.stops(begin-1, len(p.pieces)) || p.kind(begin-1) == pieceBreak && !p.soft(begin-1)) {
			begin--
		}
		switch out := r.candidates(begin, end); {
		case len(out) > 0 && (out[len(out)-1].name.parts > 1 || r.known(&out[len(out)-1]) >= 0):
			return out
		case len(out) > 0 && single == nil:
			single = out
		}
		end = begin
	}
	return single
}

// candidates are the names in pieces[first:last] that can be a child's.
func (r *roster) candidates(first, last int) (out []mention) {
	p := r.p
	var single []mention
	for i := first; i < last; i++ {
		if p.kind(i) == pieceNumber {
			if stop := r.x.addressEnd(p, i, last); stop > i {
				i = p.postcodeAfter(stop, last) - 1
			}
			continue
		}
		if p.kind(i) != pieceWord || p.pieces[i].shape == shapeLower {
			continue
		}
		if p.is(i, traitRank) || i > 0 && (p.is(i-1, traitRank) || title(p.lower(i-1))) {
			i = p.skipOfficer(i, last)
			continue
		}
		n, ok := r.x.readName(p, i, last, false)
		if !ok {
			continue
		}
		next := n.last
		if stop, is := r.x.noPerson(p, i, n.last, last); is {
			i = max(i, stop-1)
			continue
		}
		m := r.named(n)
		switch {
		case !r.canBeChild(&m), p.nickname(n.first):
		case m.name.parts > 1 || r.known(&m) >= 0:
			out = append(out, m)
		case p.lower(next) == "and" && p.kind(next+1) == pieceWord && p.pieces[next+1].shape != shapeLower:
			out = append(out, m) // "Haider and Hasan Sadiq"
		case i > first || p.mark(next, ',') || p.mark(next, '('):
			single = append(single, m)
		}
		i = next - 1
	}
	if len(out) == 0 {
		return single
	}
	return out
}

// aliasBefore reads the by-name in the words before piece at: "who goes by Ash".
func (r *roster) aliasBefore(at int) (string, bool) {
	p := r.p
	for i := at - 1; i > max(1, at-8); i-- {
		if p.kind(i) == pieceWord && p.pieces[i].shape != shapeLower && p.nickname(i) {
			return p.str(i), true
		}
	}
	return "", false
}

// lowerName reads the name in lower case that ends straight before a birthday:
// "son is brandon hargreave, dob 19/8/13".
func (r *roster) lowerName(at int) (mention, bool) {
	p, end := r.p, at
	for end > 0 && (p.mark(end-1, ',') || p.mark(end-1, '(') || p.mark(end-1, '-') || p.kind(end-1) == pieceGap) {
		end--
	}
	first := end
	for first > 0 && end-first < 3 && p.kind(first-1) == pieceWord && p.pieces[first-1].shape == shapeLower && !p.is(first-1, traitNotName|traitRole|traitPronoun) {
		first--
	}
	if end-first < 2 && !(first > 0 && end > first && p.is(first-1, traitRole)) {
		return mention{}, false
	}
	if before := p.lower(first - 1); end-first == 3 && before != "is" && before != "called" && !p.is(first-1, traitRole) {
		return mention{}, false
	}
	return r.named(name{first: first, last: end}), true
}

// postcodeAfter is the piece after the postcode that follows an address within
// eight pieces, i if none does.
func (p *page) postcodeAfter(i, last int) int {
	for k := i; k < min(last, i+8) && !p.stops(k, last); k++ {
		if _, n := readPostcode(p.text[p.pieces[k].start:]); n > 0 && p.kind(k) == pieceWord {
			return p.at(p.pieces[k].start + n)
		}
	}
	return i
}

// named is the mention of a bare name.
func (r *roster) named(n name) mention {
	n.spell(r.p)
	m := mention{name: n, prose: true, last: n.last}
	m.Name, m.Given, m.Family = n.text(r.p), n.given, n.family
	m.Start, m.End = r.p.pieces[n.first].start, r.p.pieces[n.last-1].end
	return m
}

// canBeChild tells whether nobody known of that name is grown up or has another
// birthday.
func (r *roster) canBeChild(m *mention) bool {
	i := r.known(m)
	if i < 0 {
		return true
	}
	o := &r.ms[i]
	if o.born.y > 0 || o.Unborn {
		return false
	}
	switch o.kin {
	case kinMother, kinFather, kinCarer, kinOther, kinAlleged:
		return false
	}
	return !o.aged || o.age.n < adultAge || o.age.unit != 'y'
}

// noPerson tells whether the words at pieces[i:end] are a school, a street, a
// town before a postcode or a service rather than a person, and where they end.
func (x *labels) noPerson(p *page, i, end, last int) (int, bool) {
	for j := i; j < min(end+3, last) && (p.kind(j) == pieceWord || p.kind(j) == pieceNumber); j++ {
		if j >= end && p.pieces[j].shape == shapeLower {
			break
		}
		w := p.lower(j)
		if j > i && x.streets.has(w) || schoolWords[w] {
			return j + 1, true
		}
		if _, n := readPostcode(p.text[p.pieces[j].start:]); n > 0 {
			return j + 1, true
		}
	}
	for j := i - 1; j >= max(0, i-3) && p.kind(j) != pieceBreak; j-- {
		if p.kind(j) == pieceNumber && houseNumber(p.str(j)) && j == i-1 {
			return end, true
		}
		if w := p.lower(j); j == i-1 && (w == "at" || w == "in" || w == "from") && end-i == 1 {
			return end, true
		}
	}
	return end, strings.HasSuffix(p.lower(end-1), "'s") || strings.HasSuffix(p.lower(end-1), "’s")
}
