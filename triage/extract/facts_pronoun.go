package extract

// pronouns gives each pronoun the nearest person before it whose sex agrees.
// An object pronoun is not the subject of its own clause.
func (p *passage) pronouns(n *nameIndex) {
	for i := range p.persons {
		f := &p.persons[i]
		if f.role != rolePronoun {
			continue
		}
		j := -1
		f.pro = true
		if f.object {
			if j = p.teller(i); j < 0 {
				j = p.antecedent(n, i, true)
			}
		}
		if j < 0 {
			j = p.antecedent(n, i, false)
		}
		if j < 0 {
			f.role = roleNone
			if f.object && (f.sex == 'm' || p.endsObject(f.hi)) {
				f.role, f.guess = roleVictim, true // somebody it was done to, not named here
			}
			continue
		}
		c := &p.persons[j]
		f.role, f.person, f.means = c.role, c.person, c.lo+1
		if c.means > 0 {
			f.means = c.means
		}
	}
}

// teller returns the index of the child that tells of what was done to it:
// "Ellie told a teacher that he hit her" means Ellie. It is -1 where the
// sentence does not begin so.
func (p *passage) teller(i int) int {
	f := &p.persons[i]
	s := p.of[f.lo]
	j := p.personFrom(p.sentences[s].lo)
	if j >= i {
		return -1
	}
	c := &p.persons[j]
	if c.role != roleChild || c.sex != 0 && c.sex != f.sex || f.lo-c.hi <= 2 {
		return -1
	}
	for t := c.hi; t < c.hi+3 && t < f.lo; t++ {
		if p.isIn(t, "says_word") {
			return j
		}
	}
	return -1
}

// lookBack is how many mentions back the person of a pronoun is looked for.
const lookBack = 12

// antecedent returns the index of the person that pronoun i means, -1 if there
// is none; sure asks for a person whose sex is known to agree.
func (p *passage) antecedent(n *nameIndex, i int, sure bool) int {
	f := &p.persons[i]
	object := f.object && (f.sex == 'm' || p.endsObject(f.hi) || f.lo > 0 && p.isIn(f.lo-1, "tell_word"))
	if !f.object {
		if j := p.topic(n, i); j >= 0 {
			return j
		}
	}
	owned, named := -1, -1
	for j := i - 1; j >= 0 && j >= i-lookBack; j-- {
		c := &p.persons[j]
		if !p.agrees(n, c, f.sex, sure) {
			continue
		}
		if c.listed {
			if named < 0 {
				named = j
			}
			continue
		}
		if object && p.of[c.lo] == p.of[f.lo] && (p.opens(c) || f.lo-c.hi <= 2) && !p.otherBetween(j, i, f.sex) {
			object = false
			continue
		}
		if owned < 0 && c.lo > 0 && (!f.object && p.isIn(c.lo-1, "possessive") ||
			c.class() == classOutside && p.isIn(c.lo-1, "possessive") || p.isIn(c.lo-1, "whose_word")) {
			owned = j // "her mum's tablets ... she": rather her than her mum
			continue
		}
		return j
	}
	if owned < 0 && !sure {
		return named // a list of persons tells of nobody, but there is nobody else
	}
	return owned
}

// opens tells whether a mention opens its sentence or a clause of it.
func (p *passage) opens(c *found) bool {
	return c.lo-p.sentences[p.of[c.lo]].lo <= 1 || p.toks[c.lo].brk >= brkComma || p.isIn(c.lo-1, "clause_word")
}

// agrees tells whether a pronoun of the sex may mean the person; sure asks for
// a sex that is known.
func (p *passage) agrees(n *nameIndex, c *found, sex byte, sure bool) bool {
	have := c.sex
	if have == 0 {
		have = n.sexOf[c.role]
	}
	return c.role != roleNone && c.role != rolePronoun && c.role != roleOfficial && (have == sex || have == 0 && !sure)
}

// topic returns the index of the person that a subject pronoun goes on about:
// the one its own sentence or clause begins with, else the first of the
// sentence before; -1 if neither agrees.
func (p *passage) topic(n *nameIndex, i int) int {
	f := &p.persons[i]
	s := p.of[f.lo]
	for j := i - 1; j >= 0 && p.of[p.persons[j].lo] == s; j-- {
		c := &p.persons[j]
		if !c.listed && p.opens(c) && p.agrees(n, c, f.sex, false) {
			return j
		}
	}
	if s == 0 || p.sentences[s-1].end == brkLine {
		return -1
	}
	for j := p.personFrom(p.sentences[s-1].lo); j < i && p.of[p.persons[j].lo] == s-1; j++ {
		if c := &p.persons[j]; !c.listed && p.agrees(n, c, f.sex, false) {
			return j
		}
	}
	return -1
}

// ofAge is the age in years from which a child may be what a rule says of
// adults alone: below it a pronoun was taken for the wrong person.
const ofAge = 10

// youngPronoun tells whether the mention is a pronoun that was taken to mean a
// child too young for what is said.
func (p *passage) youngPronoun(f *found) bool {
	if f == nil || !f.pro || f.role != roleChild || f.person == 0 {
		return false
	}
	who := &p.people[f.person-1]
	return who.Unborn || len(who.DOB) >= 4 && len(p.ref) >= 10 && yearsBetween(who.DOB, p.ref) < ofAge
}

// yearsBetween returns the full years from one day to another, both as
// YYYY-MM-DD.
func yearsBetween(from, to string) int {
	y := int(to[0]-'0')*1000 + int(to[1]-'0')*100 + int(to[2]-'0')*10 + int(to[3]-'0')
	y -= int(from[0]-'0')*1000 + int(from[1]-'0')*100 + int(from[2]-'0')*10 + int(from[3]-'0')
	if len(from) >= 10 && from[5:10] > to[5:10] {
		y--
	}
	return y
}

// adultFor returns the nearest adult before a pronoun whose sex agrees, nil if
// none does.
func (p *passage) adultFor(f *found) *found {
	for j := p.personFrom(f.lo) - 1; j >= 0; j-- {
		if c := &p.persons[j]; c.class() == classAdult && !c.listed && (c.sex == f.sex || c.sex == 0) {
			return c
		}
	}
	return nil
}

// otherBetween tells whether somebody of the other sex stands between two
// mentions: he is the clause's subject then, and the first may be its object.
func (p *passage) otherBetween(j, i int, sex byte) bool {
	for k := j + 1; k < i; k++ {
		if f := p.persons[k]; f.sex != 0 && f.sex != sex && p.of[f.lo] == p.of[p.persons[i].lo] {
			return true
		}
	}
	return false
}

// endsObject tells whether nothing that "her" could own follows.
func (p *passage) endsObject(t int32) bool {
	return int(t) >= len(p.toks) || p.toks[t].brk > brkNone || p.isIn(t, "preposition")
}
