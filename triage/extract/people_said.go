package extract

import "strings"

// suffixSaid reads what "who's", "she is", "just turned" lead to: an age or the
// word for a birthday; it gives back the word before k otherwise.
func (x *labels) suffixSaid(p *page, m *mention, k, end int) int {
	for k < end && (p.lower(k) == "is" || p.lower(k) == "was" || p.lower(k) == "has" || p.lower(k) == "turned" || p.lower(k) == "now" || p.lower(k) == "just" || p.lower(k) == "only") {
		k++
	}
	if k >= end {
		return k - 1
	}
	if dobWord(p, k) > k {
		return k
	}
	at := p.low[p.pieces[k].start:]
	a, n, sure := readAge(at)
	if v := numberWords[p.lower(k)]; n == 0 && v > 0 && !p.is(k+1, traitChild) {
		a, n = age{n: v, unit: 'y'}, len(p.lower(k))
	}
	next := p.at(p.pieces[k].start + n)
	if n == 0 || !sure && next < end && p.kind(next) == pieceWord && p.lower(next) != "and" && p.lower(next) != "in" {
		return k - 1
	}
	if p.lower(next) == "in" && month(p.lower(next+1)) > 0 {
		next += 2
	}
	if !m.aged {
		m.age, m.aged = a, true
	}
	return next
}

// suffixSurname reads "surname Wilczek", "family name is Jimcaale" after a name
// without one.
func (x *labels) suffixSurname(p *page, m *mention, k, end int) int {
	i := k + 1
	for i < end && (p.lower(i) == "name" || p.lower(i) == "is" || p.mark(i, ':') || p.lower(i) == "of") {
		i++
	}
	n, ok := x.readName(p, i, end, false)
	if !ok || i == k+1 && p.lower(k) != "surname" {
		return k
	}
	n.spell(p)
	family := n.text(p)
	if !m.name.sure && !strings.Contains(" "+foldName(m.Name)+" ", " "+foldName(family)+" ") {
		m.Given, m.Family = m.Name, family
		m.Name = m.Name + " " + family
		m.name.parts += n.parts
		m.name.sure = true
	}
	return n.last
}

// suffixAlias reads "aka Mo", "known as Alfie", "née KHAN".
func (x *labels) suffixAlias(p *page, m *mention, k, end int) int {
	i := k
	for i < end && (p.kind(i) == pieceWord && (p.pieces[i].shape == shapeLower || p.pieces[i].end-p.pieces[i].start <= 3 || i == k) || p.kind(i) == piecePunct && strings.Contains("./\"'‘“:", p.str(i))) && i < k+6 {
		i++
		if n, ok := x.readName(p, i, end, false); ok {
			m.Aliases = append(m.Aliases, n.text(p))
			return n.last
		}
	}
	return k
}

// suffixDue reads the date after "EDD" or "due".
func (x *labels) suffixDue(p *page, m *mention, k, end int) int {
	for k < end && (p.kind(k) != pieceNumber && p.kind(k) != pieceBreak) {
		if p.kind(k) == pieceWord && p.lower(k) != "date" && p.lower(k) != "on" && p.lower(k) != "is" && month(p.lower(k)) == 0 {
			return k
		}
		k++
	}
	if k >= end || p.kind(k) == pieceBreak {
		return k
	}
	d, n := readDate(p.low[p.pieces[k].start:], p.pivot)
	if n == 0 {
		return k
	}
	if d.y == 0 {
		d = p.nextYear(d)
	}
	m.edd = d
	return p.at(p.pieces[k].start + n)
}

// nextYear completes a coming date without a year.
func (p *page) nextYear(d date) date {
	d.y = p.today.y
	if d.time().Before(p.today.time().AddDate(0, -2, 0)) {
		d.y++
	}
	return d
}
