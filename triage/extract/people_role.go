package extract

import (
	"strings"

	"github.com/ppn-triage/ppn-triage/triage"
)

// adultAge is the age from which nobody is a child (Children Act 1989 s105).
const adultAge = 18

// settle turns the mentions into people: order of names, roles, birthdays.
func (r *roster) settle() []triage.Person {
	r.orderNames()
	out := make([]triage.Person, 0, len(r.ms))
	for i := range r.ms {
		m := &r.ms[i]
		if m.Name == "" && !m.Unborn && !m.Placeholder {
			continue
		}
		r.setBirth(m)
		m.Role = r.role(m)
		m.Alleged = m.Alleged && (m.Role == triage.RoleCarer || m.Role == triage.RoleChild)
		if m.Role == triage.RoleUnknown {
			continue
		}
		if m.Sex == "" && m.Role != triage.RoleChild {
			m.Sex = sexByKin(m)
		}
		out = append(out, m.Person)
	}
	return out
}

// sexByKin is what an adult's kinship says of the sex: "she" and "her" are
// followed by it. A child's is never guessed.
func sexByKin(m *mention) string {
	switch m.kin {
	case kinMother:
		return "F"
	case kinFather:
		return "M"
	default:
	}
	words := strings.Fields(foldName(m.Relation))
	if len(words) == 0 {
		return ""
	}
	switch words[len(words)-1] { // "mother's boyfriend" is he
	case "mother", "mum", "mam", "stepmother", "stepmum", "grandmother", "grandma", "gran", "nan", "nana", "aunt", "aunty", "auntie", "wife", "girlfriend":
		return "F"
	case "father", "dad", "stepfather", "stepdad", "grandfather", "grandad", "uncle", "husband", "boyfriend":
		return "M"
	}
	return ""
}

// orderNames turns names round whose surname stands first: their first word is
// a surname that others have, and their last is not.
func (r *roster) orderNames() {
	families := map[string]int{}
	for i := range r.ms {
		if m := &r.ms[i]; m.name.sure && m.Family != "" {
			families[foldName(m.Family)] += 2
		}
	}
	for i := range r.ms {
		if w := strings.Fields(foldName(r.ms[i].Name)); !r.ms[i].name.sure && len(w) > 1 {
			families[w[0]]++
		}
	}
	turned := 0
	for i := range r.ms {
		m := &r.ms[i]
		words := strings.Fields(m.Name)
		if m.name.sure || len(words) < 2 || m.Unborn {
			continue
		}
		first, last := foldName(words[0]), foldName(words[len(words)-1])
		if turned > 0 && !m.prose || families[first] > 1 && families[last] < families[first] || r.p.inSubjectLine(words[0]) && !r.p.inSubjectLine(words[len(words)-1]) && m.name.upper {
			m.Family, m.Given = words[0], strings.Join(words[1:], " ")
			turned++
		}
	}
}

// inSubjectLine tells whether a word stands in the subject, where the surname
// is what officers write.
func (p *page) inSubjectLine(w string) bool {
	return strings.Contains(lowerASCII(p.letter.Subject), lowerASCII(w))
}

// setBirth writes birthday and interval from what was read.
func (r *roster) setBirth(m *mention) {
	switch {
	case m.born.full():
		m.DOB = m.born.String()
		m.BornFrom, m.BornTo, m.AgeStated = m.DOB, m.DOB, true
	case m.aged:
		m.BornFrom, m.BornTo = m.age.born(r.p.today)
		m.AgeStated = true
	case m.born.y > 0:
		m.BornFrom, m.BornTo = m.born.bornIn()
		m.AgeStated = true
	case m.year > 0:
		m.BornFrom, m.BornTo = schoolYear(m.year-1, r.p.today)
	}
	if m.Unborn {
		m.EDD, m.DOB, m.BornFrom, m.BornTo, m.AgeStated = m.edd.String(), "", "", "", false
	}
}

// isChild is the verdict of role on a mention whose birthday is not yet set.
func (r *roster) isChild(m *mention) bool {
	c := *m
	r.setBirth(&c)
	return r.role(&c) == triage.RoleChild
}

// youngest is the least whole age that the interval allows; -1 if unknown.
func (r *roster) youngest(m *mention) int {
	if m.BornTo == "" {
		return -1
	}
	d, n := readDate(m.BornTo, 99)
	if n == 0 {
		return -1
	}
	t := r.p.today
	y := t.y - d.y
	if t.m < d.m || t.m == d.m && t.d < d.d {
		y--
	}
	return y
}

// role decides what a person is: by age first, then by the words beside the
// name, then by the label or heading above it.
func (r *roster) role(m *mention) triage.Role {
	k := m.kin
	by := fieldKin(m.field)
	m.Alleged = m.Alleged || by == kinAlleged
	if m.Unborn {
		return triage.RoleChild
	}
	switch age := r.youngest(m); {
	case age >= adultAge:
		return adultRole(k, by)
	case age >= 0:
		if k == kinOutside && by != kinChild && !m.born.full() || m.prose && m.field == fieldNone && (k == kinOutside || k == kinOther) {
			return triage.RoleOther
		}
		if m.born.y > 0 && !m.born.full() && !m.aged && (k == kinMother || k == kinFather || k == kinCarer) {
			return triage.RoleCarer
		}
		return triage.RoleChild
	}
	switch {
	case k == kinChild:
		return triage.RoleChild // worth and possessed have seen to whose child
	case k == kinSibling && (by == kinChild || m.field == fieldPersons):
		return triage.RoleChild
	case k == kinMother || k == kinFather || k == kinCarer || k == kinAlleged || k == kinOther || k == kinSibling:
		return adultRole(k, by)
	case by == kinChild:
		return triage.RoleChild
	case k == kinOutside:
		return triage.RoleOther
	case m.field == fieldSubject && !r.hasChild():
		return triage.RoleChild
	case m.field == fieldNone && m.kin == kinNone && !m.prose && !r.hasChild():
		return triage.RoleChild // a form with one unlabelled name is about a child
	}
	return adultRole(k, by)
}

// hasChild tells whether somebody is surely a child, by age or by label.
func (r *roster) hasChild() bool {
	for i := range r.ms {
		m := &r.ms[i]
		c := *m
		r.setBirth(&c)
		if a := r.youngest(&c); a >= 0 && a < adultAge || a < 0 && (m.field == fieldChild || m.kin == kinChild) {
			return true
		}
	}
	return false
}

// adultRole is the role of a grown-up by kinship and label.
func adultRole(k, by kin) triage.Role {
	if k == kinAlleged && (by == kinMother || by == kinFather || by == kinCarer) {
		return triage.RoleCarer
	}
	for _, v := range []kin{k, by} {
		switch v {
		case kinMother, kinFather, kinCarer:
			return triage.RoleCarer
		case kinAlleged:
			return triage.RoleAlleged
		case kinOther, kinSibling, kinOutside:
			return triage.RoleOther
		case kinVictim:
			return triage.RoleCarer
		}
	}
	return triage.RoleOther
}
