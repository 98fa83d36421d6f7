package extract

import (
	"slices"
	"strings"
)

// prose takes the people out of running text: names with a birthday or an age
// beside them, and names after a word of kinship.
func (r *roster) prose(first, last int) {
	p := r.p
	for i := first; i < last; i++ {
		if p.kind(i) != pieceWord {
			continue
		}
		if i > first && p.is(i-1, traitRank) || p.is(i, traitRank) {
			i = p.skipOfficer(i, last)
			continue
		}
		if !r.startsPerson(i, last) {
			continue
		}
		m, ok := r.x.mention(p, i, last, mentionProse)
		if ok && p.nickname(m.name.first) {
			r.nicknamed(m)
		}
		if !ok || !r.worth(&m, i) {
			continue
		}
		m.field = r.proseField(&m)
		r.add(m)
		next := m.last
		before := m.name.first - 1
		for p.mark(before, ',') || p.mark(before, ':') || p.mark(before, '-') {
			before--
		}
		if childNouns[p.lower(before)] == 2 && m.kin == kinChild && !m.dated() {
			next = r.othersCalled(m.last, last)
			r.twinned(before)
		}
		i = max(i, next-1)
	}
}

// twinned gives twins named together the birthday or age that stands after the
// last of them.
func (r *roster) twinned(noun int) {
	p := r.p
	if w := p.lower(noun - 1); w != "twin" && p.lower(noun) != "twins" || len(r.ms) < 2 {
		return
	}
	a, b := &r.ms[len(r.ms)-2], &r.ms[len(r.ms)-1]
	if b.dated() && !a.dated() {
		a.born, a.age, a.aged = b.born, b.age, b.aged
	}
}

// othersCalled takes the names that go on a list of children: "her boys Cohen
// & Carter". It returns the piece after them.
func (r *roster) othersCalled(i, last int) int {
	p := r.p
	for p.mark(i, ',') || p.mark(i, '&') || p.lower(i) == "and" {
		k := i + 1
		for p.mark(k, '&') || p.lower(k) == "and" {
			k++
		}
		n, ok := r.x.readName(p, k, last, false)
		if !ok || n.last-k > 2 {
			return i
		}
		m := r.named(n)
		m.kin = kinChild
		r.x.suffixes(p, &m, last, mentionProse)
		r.add(m)
		i = m.last
	}
	return i
}

// startsPerson is the cheap check in front of a mention: a word of kinship or
// a word written as a name that does not go on a name begun before it.
func (r *roster) startsPerson(i, last int) bool {
	t := r.p.pieces[i].trait
	return t&traitRole != 0 || r.p.pieces[i].shape != shapeLower && t&traitNotName == 0
}

// worth tells whether a mention in prose is a person of the notice rather than
// a word with a capital.
func (r *roster) worth(m *mention, at int) bool {
	switch {
	case m.kin == kinNone && m.name.parts > 1 && r.x.streets.has(r.p.lower(m.name.last-1)) && !m.born.full():
		return false // "Barkerend Rd. 11/7/27"
	case r.p.nickname(m.name.first), m.born.y == 0 && r.livesElsewhere(m), m.name.parts == 1 && month(lowerASCII(m.Name)) > 0 && prepositions[r.p.lower(m.name.first-1)], r.p.mark(m.name.last, '(') && r.p.mark(m.name.last+2, '-'), m.born.y == 0 && (r.elsewhere(at) || r.quoted(m)):
		return false
	case m.name.parts == 0:
		return m.Unborn && m.edd.m > 0
	case m.Unborn:
		return m.name.parts > 0 && !m.name.upper || m.edd.m > 0
	case m.born.full():
		return true
	case m.born.y > 0: // "DOMESTIC VIOLENCE 2023" is nobody
		return m.name.parts > 1 && !r.drowned(m, at) || m.kin != kinNone
	case m.aged && m.name.parts == 1 && r.drowned(m, at):
		return false
	case m.aged: // nor is "A ROUND BRUISE ABOUT 1CM"
		return m.name.parts > 1 && (m.name.sure || m.kin != kinNone || !m.name.upper || !r.drowned(m, at)) || m.kin != kinNone || m.age.approx && !r.drowned(m, at) || r.known(m) >= 0 || r.bracketed(m) || r.counted(m)
	case m.kin == kinNone:
		return false
	}
	if m.kin == kinChild && !r.possessed(m, at) {
		return false
	}
	if m.name.parts == 1 && m.name.upper && m.End-m.Start < 4 {
		return false
	}
	return m.name.first > at && (!m.name.upper || m.name.parts == 1 && !r.shouted(at))
}

// possessed tells whether a word for a child that stands before a name without
// an age makes it a child of the household: a son or daughter, a baby of
// somebody, or a child whose surname is in capitals.
func (r *roster) possessed(m *mention, at int) bool {
	if m.name.first <= at {
		return false
	}
	p := r.p
	for i := at; i < m.name.first; i++ {
		switch w := p.lower(i); w {
		case "son", "daughter", "stepson", "stepdaughter", "sons", "daughters", "boys", "girls", "lads", "grandson", "granddaughter":
			return !outsiders[p.lower(max(0, at-1))]
		case "baby", "child", "children", "kids", "twins", "toddler", "infant", "boy", "girl", "eldest", "youngest", "one", "lad":
			return m.name.sure && m.name.parts > 1 || p.agedBefore(i) || owners[p.lower(max(0, at-1))] || p.lower(max(0, at-1)) == "the" && w != "boy" && w != "girl" && w != "lad"
		}
	}
	return false
}

// elsewhere tells whether the words before piece at speak of another family.
func (r *roster) elsewhere(at int) bool {
	p := r.p
	for i := at - 1; i > max(0, at-16) && !p.stops(i, len(p.pieces)); i-- {
		switch p.lower(i) {
		case "family", "household", "families", "child", "case":
			if w := p.lower(i - 1); w == "another" || w == "different" || w == "separate" || w == "unrelated" {
				return true
			}
		}
	}
	return false
}

// nicknamed gives a by-name to the last person with a birthday or an age.
func (r *roster) nicknamed(m mention) {
	for i := len(r.ms) - 1; i >= max(0, len(r.ms)-2); i-- {
		if o := &r.ms[i]; o.dated() {
			o.Aliases = append(o.Aliases, m.Given)
			return
		}
	}
}

// nickname tells whether the words before piece i say that a person is called
// so besides: "who goes by Ash".
func (p *page) nickname(i int) bool {
	w, v := p.lower(i-1), p.lower(i-2)
	return w == "by" && v == "goes" || w == "as" && (v == "known" || v == "all" && p.lower(i-3) == "to") || w == "called" && v == "be"
}

// livesElsewhere tells whether the words after a name say that the child lives
// in another household: "Mason (9) who lives with his dad in Skipton".
func (r *roster) livesElsewhere(m *mention) bool {
	p := r.p
	for i := m.last; i < min(len(p.pieces)-3, m.last+6) && !p.stops(i, len(p.pieces)); i++ {
		switch p.lower(i) {
		case "lives", "living", "resides", "stays", "live":
			w := p.lower(i + 1)
			if w == "elsewhere" || w == "away" || w == "abroad" {
				return true
			}
			if v := p.lower(i + 2); w == "with" && (v == "his" || v == "her" || v == "dad" || v == "father" || v == "mum" || v == "mother" || v == "grandparents" || v == "nan" || v == "gran") {
				return p.notThere(i)
			}
		}
	}
	return false
}

// notThere tells whether the sentence from piece i on says that somebody was
// not at the scene.
func (p *page) notThere(i int) bool {
	for ; i < len(p.pieces) && !p.stops(i, len(p.pieces)); i++ {
		if w, v := p.lower(i), p.lower(i+1); (w == "not" || w == "wasn't" || w == "wasn’t") && (v == "there" || v == "present" || v == "involved" || v == "here" || v == "at") {
			return true
		}
	}
	return false
}

// quoted tells whether a name of somebody without kinship opens a quotation:
// a user name or what somebody calls himself.
func (r *roster) quoted(m *mention) bool {
	i := m.name.first - 1
	return m.kin == kinNone && r.p.kind(i) == piecePunct && strings.Contains("\"“‘", r.p.str(i)) && !(i > 1 && r.p.kind(i-1) == pieceWord && r.p.pieces[i-1].shape != shapeLower)
}

// bracketed tells whether the age stands in brackets straight after the name.
func (r *roster) bracketed(m *mention) bool {
	return r.p.mark(m.name.last, '(') || r.p.mark(m.name.last, ',')
}

// agedBefore tells whether an age stands before the word for a child at piece
// i: "a 15-year-old girl, Anaya Patel-Smith".
func (p *page) agedBefore(i int) bool {
	for j := max(0, i-5); j < i; j++ {
		if p.kind(j) != pieceNumber {
			continue
		}
		if _, n, sure := readAge(p.low[p.pieces[j].start:]); n > 0 && sure && p.at(p.pieces[j].start+n) >= i-1 {
			return true
		}
	}
	return false
}

// counted tells whether a name with an age stands in a bracket after a word
// that counts children: "her three (Zayn 7, Hana 5)".
func (r *roster) counted(m *mention) bool {
	p := r.p
	for i := m.name.first - 1; i > max(0, m.name.first-14); i-- {
		switch {
		case p.mark(i, '(') || p.mark(i, ':') || p.str(i) == "–" || p.mark(i, '-') && p.kind(i-1) != pieceNumber:
			for j := i - 1; j > max(0, i-6); j-- {
				if p.is(j, traitChild) || p.is(j, traitCount) && j > i-3 {
					return true
				}
			}
			return false
		case p.mark(i, '.') || p.mark(i, ')'):
			return false
		}
	}
	return false
}

// drowned tells whether a name is in capitals as all around it is.
func (r *roster) drowned(m *mention, at int) bool {
	return strings.ToUpper(m.Name) == m.Name && r.shouted(at)
}

// shouted tells whether the line of piece i is in capitals, where capitals
// mark no name.
func (r *roster) shouted(i int) bool {
	p := r.p
	upper, lower := 0, 0
	for j := max(0, i-12); j < min(len(p.pieces), i+12); j++ {
		if p.kind(j) == pieceWord && p.pieces[j].end-p.pieces[j].start > 2 {
			if p.pieces[j].shape == shapeUpper {
				upper++
			} else {
				lower++
			}
		}
	}
	return upper > 2*lower
}

// proseField is the section that a mention in running text inherits: only a
// list of people hands its role on.
func (r *roster) proseField(m *mention) fieldKey {
	if m.kin == kinNone && r.sect.person() && m.dated() {
		return r.sect
	}
	return fieldNone
}

// rank tells whether a word is a police rank before a name or number.
func rank(w string) bool { return slices.Contains(ranks, w) }

// skipOfficer skips a rank with number and name and returns its last piece.
func (p *page) skipOfficer(i, last int) int {
	j := i
	if p.is(j, traitRank) {
		j++
	}
	for k := 0; j < last && k < 5; k++ {
		switch {
		case p.kind(j) == pieceNumber && p.pieces[j].end-p.pieces[j].start <= 7:
		case p.kind(j) == pieceWord && (p.pieces[j].shape != shapeLower && !p.is(j, traitRank)):
		case p.mark(j, '.') && p.pieces[j-1].end-p.pieces[j-1].start <= 4:
		default:
			return max(i, j-1)
		}
		j++
	}
	return max(i, j-1)
}
