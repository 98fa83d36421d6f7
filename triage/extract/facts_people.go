package extract

import (
	"slices"
	"strings"

	"github.com/ppn-triage/ppn-triage/triage"
)

// found is a mention of a person: tokens [lo,hi).
type found struct {
	lo, hi int32
	role   role
	sex    byte
	person int16 // index in Reading.People plus one, 0 if not known which
	object bool  // an object pronoun
	guess  bool  // a pronoun whose person is not said
	pro    bool  // a pronoun, whoever it turned out to mean
	means  int32 // of a pronoun, the first token of the mention it stands for, plus one
	listed bool  // in a list of persons: a date of birth follows
}

// nameIndex finds the names of a reading's people among the tokens.
type nameIndex struct {
	people []triage.Person
	roles  []role             // by index plus one
	byName map[string]int16   // folded name part -> index plus one
	adults map[string][]int16 // folded surname -> indexes plus one of the adults who bear it
	given  map[string]bool    // parts that are forenames or aliases
	syms   []*symset          // by index plus one
	victim found              // what "IP" stands for, where a child is the victim
	sexOf  [roleCount]byte    // sex a role's pronouns are read with
}

// newNameIndex takes in the people of a reading. A name part that two people
// of different roles share says nothing.
func (x *lexicon) newNameIndex(people []triage.Person) *nameIndex {
	n := &nameIndex{people: people, byName: map[string]int16{}, given: map[string]bool{}, adults: map[string][]int16{}, syms: make([]*symset, len(people)+1)}
	n.sexOf[roleAlleged], n.sexOf[roleVictim] = 'm', 'f'
	n.roles = personRoles(people)
	for i, p := range people {
		at := int16(i + 1)
		n.syms[at] = x.named[n.roles[at]]
		for _, part := range strings.Fields(p.Given) {
			n.add(part, at, true)
		}
		for _, part := range strings.Fields(p.Family) {
			n.add(part, at, false)
			if p.Role != triage.RoleChild {
				n.adults[foldText(part)] = append(n.adults[foldText(part)], at)
			}
		}
		for _, alias := range p.Aliases {
			for _, part := range strings.Fields(alias) {
				n.add(part, at, true)
			}
		}
		if (p.Role == triage.RoleAlleged || p.Alleged) && p.Sex == "F" {
			n.sexOf[roleAlleged], n.sexOf[roleVictim] = 'f', 'm'
		}
	}
	return n
}

func (n *nameIndex) add(part string, at int16, given bool) {
	for _, piece := range strings.Split(part, "-") {
		name := foldText(piece)
		if len(name) < 3 {
			continue
		}
		for _, form := range []string{name, name + "s"} {
			n.given[form] = n.given[form] || given
			switch have, ok := n.byName[form]; {
			case !ok:
				n.byName[form] = at
			case have != at && have > 0 && !given && n.roles[have] != n.roles[at]:
				n.byName[form] = -1
			case given && have <= 0:
				n.byName[form] = at
			}
		}
	}
}

// personRoles returns the roles that people's names are read with, by index
// plus one. Somebody else is an outsider, unless he bears a child's surname or
// the notice names no carer: then he may well be one.
func personRoles(people []triage.Person) []role {
	roles := make([]role, len(people)+1)
	surnames, carers := map[string]bool{}, false
	for _, p := range people {
		if p.Role == triage.RoleChild && p.Family != "" {
			surnames[foldText(p.Family)] = true
		}
		carers = carers || p.Role == triage.RoleCarer
	}
	for i, p := range people {
		switch {
		case p.Role == triage.RoleChild:
			roles[i+1] = roleChild
		case p.Role == triage.RoleAlleged:
			roles[i+1] = roleAlleged
		case p.Role == triage.RoleOther && carers && !surnames[foldText(p.Family)]:
			roles[i+1] = roleOutsider
		default:
			roles[i+1] = roleCarer
		}
	}
	return roles
}

// mark sets person on every token that is part of a name. A name that is also
// a word of the lexicon ("Mark", "Grace") is no name behind an article.
func (n *nameIndex) mark(p *passage) {
	if len(n.byName) == 0 {
		return
	}
	var buf [48]byte
	for i := range p.toks {
		t := &p.toks[i]
		if t.kind != tokenWord {
			continue
		}
		name := foldInto(buf[:0], p.text[t.start:t.end])
		at := n.byName[string(name)]
		if at <= 0 || !n.given[string(name)] && n.stranger(p, i) {
			continue
		}
		if t.word > 0 && i > 0 && t.brk == brkNone && p.toks[i-1].person == 0 && p.isIn(int32(i-1), "before_common_word") {
			continue
		}
		t.person = at
	}
}

// surname tells whether the word at token t, written large, is a name of the
// notice's people.
func (p *passage) surname(t int32) bool {
	if p.names == nil || int(t) >= len(p.toks) {
		return false
	}
	w := p.words(t, t+1)
	if len(w) < 3 || w[0] < 'A' || w[0] > 'Z' {
		return false
	}
	var buf [48]byte
	_, known := p.names.byName[string(foldInto(buf[:0], w))]
	return known
}

// stranger tells whether the surname at token i stands beside a forename that
// is nobody's of the notice: a relative of that name, not the one we know.
func (n *nameIndex) stranger(p *passage, i int) bool {
	var buf [48]byte
	for _, j := range []int{i - 1, i + 1} {
		if j < 0 || j >= len(p.toks) || p.toks[max(i, j)].brk > brkComma || p.toks[j].kind != tokenWord {
			continue
		}
		t := &p.toks[j]
		_, known := n.byName[string(foldInto(buf[:0], p.text[t.start:t.end]))]
		if known {
			return false
		}
		if t.word == 0 && p.toks[max(i, j)].brk == brkNone && t.end-t.start > 2 {
			return true
		}
	}
	return false
}

func foldInto(buf []byte, w string) []byte {
	for i := 0; i < len(w) && len(buf) < cap(buf); {
		c := w[i]
		switch {
		case isLetter(c):
			buf = append(buf, c|0x20)
		case isDigit(c):
			buf = append(buf, c)
		case c >= 0x80:
			if f := foldRune(w[i:]); f != 0 {
				buf = append(buf, f)
			}
			i += runeLen(w[i:])
			continue
		}
		i++
	}
	return buf
}

// isIn tells whether token t is a word of a family that Go code asks for.
func (p *passage) isIn(t int32, family string) bool {
	s := p.x.known[family]
	if s == symNone || p.toks[t].kind != tokenWord {
		return false
	}
	return p.x.words.symbols(p.toks[t].word).has(s)
}

// person takes in a mention by a word of the lexicon.
func (p *passage) person(h hit) {
	m := p.x.people[h.out]
	f := found{lo: h.lo, hi: h.hi, role: m.role, sex: m.sex, object: m.object}
	for int(f.lo) < len(p.toks) && p.toks[f.lo].person != 0 {
		return // the name says who it is
	}
	p.persons = append(p.persons, f)
}

// settle sorts the mentions, adds the names and says whom each pronoun means.
func (p *passage) settle(n *nameIndex) {
	p.titled(n)
	for i := 0; i < len(p.toks); i++ {
		at := p.toks[i].person
		if at == 0 {
			continue
		}
		lo := i
		for i+1 < len(p.toks) && p.toks[i+1].person != 0 && p.toks[i+1].brk < brkParen &&
			n.roles[p.toks[i+1].person] == n.roles[at] {
			i++
		}
		person := n.people[at-1]
		f := found{lo: int32(lo), hi: int32(i + 1), role: n.roles[at], sex: sexByte(person.Sex), person: at}
		for t := i + 1; t < i+4 && t < len(p.toks) && p.toks[t].brk < brkStop; t++ {
			f.listed = f.listed || p.toks[t].kind == tokenDate
		}
		p.persons = append(p.persons, f)
	}
	slices.SortStableFunc(p.persons, func(a, b found) int {
		if a.lo != b.lo {
			return int(a.lo - b.lo)
		}
		return int(b.hi - a.hi)
	})
	end := int32(-1)
	p.persons = slices.DeleteFunc(p.persons, func(f found) bool {
		if f.lo < end {
			return true
		}
		end = f.hi
		return false
	})
	p.list()
	p.childVictim(n)
	p.pronouns(n)
}

// listLine is the most words a line has that lists a person: "Adult: Ann
// HALL, 01/02/1990, mother".
const listLine = 16

// list marks the mentions on lines that list persons.
func (p *passage) list() {
	for i := range p.persons {
		f := &p.persons[i]
		s := p.sentences[p.of[f.lo]]
		if s.end < brkLine || s.hi-s.lo > listLine {
			continue
		}
		for t := s.lo; t < s.hi; t++ {
			f.listed = f.listed || p.toks[t].kind == tokenDate
		}
	}
}

func sexByte(s string) byte {
	switch s {
	case "M":
		return 'm'
	case "F":
		return 'f'
	}
	return 0
}

// childVictim finds out whether "IP" is a child: the word stands beside a
// child's name and beside no adult's.
func (p *passage) childVictim(n *nameIndex) {
	for i := range p.persons {
		if p.persons[i].role != roleVictim {
			continue
		}
		for _, j := range []int{i - 1, i + 1} {
			if j < 0 || j >= len(p.persons) {
				continue
			}
			a, b := p.persons[min(i, j)], p.persons[max(i, j)]
			if b.lo-a.hi > 1 || p.toks[b.lo].brk >= brkStop || p.toks[b.lo].brk == brkNone && b.lo != a.hi {
				continue
			}
			switch who := p.persons[j]; {
			case who.person != 0 && who.role == roleChild && n.victim.role == roleNone:
				n.victim = who
			case who.role == roleCarer:
				n.victim = found{role: roleVictim}
			}
		}
	}
	if n.victim.role != roleChild {
		return
	}
	for i := range p.persons {
		if f := &p.persons[i]; f.role == roleVictim {
			f.role, f.person, f.sex = roleChild, n.victim.person, n.victim.sex
		}
	}
}

// class is the kind of person a fact is about, as the rules' keys tell them.
type class uint8

const (
	classUnclear class = iota
	classChild
	classAdult
	classOutside
	classThing // what was hit is no person
)

func (f *found) class() class {
	if f == nil {
		return classUnclear
	}
	switch f.role {
	case roleChild:
		return classChild
	case roleCarer, roleAlleged, roleVictim:
		return classAdult
	case roleThing:
		return classThing
	case rolePeer, roleOutsider, roleOfficial:
		return classOutside
	}
	return classUnclear
}
