package extract

import (
	"strings"

	"github.com/ppn-triage/ppn-triage/triage"
)

// add takes a mention in: as somebody known, or as a new person. It returns
// the person's index and makes them the current one.
func (r *roster) add(m mention) int {
	if i := r.known(&m); i >= 0 {
		r.ms[i].merge(&m)
		if !m.prose {
			r.cur = i
		}
		return i
	}
	r.ms = append(r.ms, m)
	if !m.prose || m.dated() {
		r.cur = len(r.ms) - 1
	}
	return len(r.ms) - 1
}

// known finds the person that a mention means: names that fit and birthdays
// that do not differ.
func (r *roster) known(m *mention) int {
	words := strings.Fields(foldName(m.Name))
	best := -1
	for i := range r.ms {
		o := &r.ms[i]
		if m.Unborn != o.Unborn || clash(m, o) {
			continue
		}
		if m.Unborn {
			if m.Family == "" || o.Family == "" || foldName(m.Family) == foldName(o.Family) {
				return i
			}
			continue
		}
		switch fitNames(words, strings.Fields(foldName(o.Name)), m, o) {
		case fitSame:
			return i
		case fitPart:
			if best >= 0 {
				return -1 // the name fits two people
			}
			best = i
		}
	}
	return best
}

// clash tells whether two mentions cannot be one person by age.
func clash(m, o *mention) bool {
	switch {
	case m.born.full() && o.born.full():
		return m.born != o.born && !slip(m.born, o.born)
	case m.born.y > 0 && o.born.y > 0:
		return m.born.y != o.born.y
	case m.aged && o.aged && m.age.unit == 'y' && o.age.unit == 'y' && !m.age.approx && !o.age.approx:
		return m.age.n != o.age.n
	case m.aged && o.born.y > 0 && m.age.unit == 'y':
		return false
	}
	return false
}

// slip tells whether two birthdays differ as a slip of the pen does: day and
// month swapped, or one digit.
func slip(a, b date) bool {
	if a.y == b.y && a.m == b.d && a.d == b.m {
		return true
	}
	diff := 0
	s, t := a.String(), b.String()
	for i := range len(s) {
		if s[i] != t[i] {
			diff++
		}
	}
	return diff == 1
}

type fit uint8

const (
	fitNone fit = iota
	fitPart     // a forename alone
	fitSame
)

// fitNames compares names as sets of words: the same set, one within the other
// with two words or more, or a forename alone.
func fitNames(a, b []string, m, o *mention) fit {
	if len(a) == 0 || len(b) == 0 {
		return fitNone
	}
	if len(a) > len(b) {
		a, b = b, a
		m, o = o, m
	}
	used := make([]bool, len(b))
	hits := 0
	for _, w := range a {
		for j, v := range b {
			if !used[j] && w == v {
				used[j] = true
				hits++
				break
			}
		}
	}
	switch {
	case hits == len(a) && len(a) == len(b), hits == len(a) && len(a) > 1:
		return fitSame
	case hits == len(a) && len(a) == 1 && sameGiven(m, o, a[0]):
		return fitPart
	}
	return fitNone
}

// sameGiven tells whether a single word is the other's forename.
func sameGiven(m, o *mention, w string) bool {
	for _, g := range strings.Fields(foldName(o.Given)) {
		if g == w {
			return true
		}
	}
	return o.name.upper && !o.name.sure
}

// merge adds what a later mention says of the same person.
func (m *mention) merge(o *mention) {
	if len(o.Name) > len(m.Name) && m.name.parts < o.name.parts || m.Name == "" {
		m.Name, m.Given, m.Family, m.name = o.Name, o.Given, o.Family, o.name
		m.Start, m.End = o.Start, o.End
	}
	if o.name.sure && !m.name.sure && len(o.Given) > 0 {
		m.Given, m.Family, m.name.sure = o.Given, o.Family, true
	}
	if m.born.y == 0 || !m.born.full() && o.born.full() {
		if o.born.y > 0 {
			m.born = o.born
		}
	}
	if !m.aged && o.aged {
		m.age, m.aged = o.age, true
	}
	if by := fieldKin(m.field); o.kin != kinNone && !(o.prose && o.kin == kinChild && by != kinNone && by != kinChild) {
		m.addKin(o.kin)
	}
	if m.field == fieldNone {
		m.field = o.field
	}
	m.Alleged = m.Alleged || o.Alleged
	m.preg = m.preg || o.preg
	if o.edd.m > 0 {
		m.edd = o.edd
	}
	if m.Address == (triage.Address{}) {
		m.Address = o.Address
	}
	for _, f := range []struct{ to, from *string }{{&m.Sex, &o.Sex}, {&m.School, &o.School}, {&m.GP, &o.GP}, {&m.NHS, &o.NHS}, {&m.UPN, &o.UPN}, {&m.Phone, &o.Phone}, {&m.Relation, &o.Relation}, {&m.Mother, &o.Mother}} {
		if *f.to == "" {
			*f.to = *f.from
		}
	}
	m.year = max(m.year, o.year)
	m.Aliases = append(m.Aliases, o.Aliases...)
	m.prose = m.prose && o.prose
}
