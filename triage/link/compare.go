package link

// Outcome is what a comparison of two people comes to.
type Outcome uint8

// The outcomes. Possible is for a person to confirm and counts for nothing
// until then.
const (
	Unknown Outcome = iota
	Different
	Possible
	Same
)

// String returns the outcome's name.
func (o Outcome) String() string {
	return [...]string{"unknown", "different", "possible", "same"}[min(o, Same)]
}

// Match is the result of a comparison and all that led to it.
type Match struct {
	Outcome   Outcome
	Weight    int // hundredths of a bit, the sum of the waterfall
	Waterfall []Step
}

// Step is one comparison: the level reached and what it is worth. A guard
// weighs nothing but caps the outcome.
type Step struct {
	Field  string
	Level  string
	Weight int // hundredths of a bit
}

// Level returns the level that a field reached, or "" if it was not compared.
func (m Match) Level(field string) string {
	for _, s := range m.Waterfall {
		if s.Field == field {
			return s.Level
		}
	}
	return ""
}

func (m *Match) add(f field, level string, weight int) {
	m.Waterfall = append(m.Waterfall, Step{Field: string(f), Level: level, Weight: weight})
	m.Weight += weight
}

// Compare tells whether two people are one. It is symmetric. What is missing
// on either side weighs nothing; a person without any name is nobody.
func (l *Linker) Compare(a, b Person) Match {
	var m Match
	m.add(fieldPrior, "two people of one area", l.prior)
	if a.Unborn || b.Unborn {
		l.compareUnborn(&m, a, b)
		return m
	}
	if l.guards && (!a.named() || !b.named()) {
		m.Outcome = Different
		m.add(fieldGuard, "no name to compare", 0)
		return m
	}
	n := l.meetNames(a.Names, b.Names)
	l.addName(&m, n)
	lv := levels{given: n.given, family: n.family, born: a.meetBorn(&b), address: meetAny(a.Homes, b.Homes), parents: l.meetParents(a.Parents, b.Parents)}
	lv.nhs, lv.upn, lv.contact = meetNumber(a.NHS, b.NHS), meetNumber(a.UPN, b.UPN), meetContacts(a.Contacts, b.Contacts)
	for _, s := range []struct {
		field field
		level string
	}{
		{fieldBorn, lv.born}, {fieldAddress, lv.address}, {fieldParents, lv.parents}, {fieldNHS, lv.nhs}, {fieldUPN, lv.upn}, {fieldContact, lv.contact},
	} {
		if s.level != "" {
			m.add(s.field, s.level, l.weight(s.field, s.level, 0))
		}
	}
	m.Outcome = l.outcome(m.Weight)
	if l.guards {
		if limit, why := lv.guard(); m.Outcome > limit {
			m.Outcome = limit
			m.add(fieldGuard, why, 0)
		}
	}
	return m
}

func (l *Linker) addName(m *Match, n nameMatch) {
	if n.given != "" {
		m.add(fieldGiven, n.given, l.weight(fieldGiven, n.given, n.givenShare))
	}
	if n.family != "" {
		lv := surnameLevel(n.family)
		m.add(fieldFamily, lv, l.weight(fieldFamily, lv, n.familyShare))
	}
	if n.swapped {
		m.add(fieldOrder, "swapped", l.weight(fieldOrder, "swapped", 0))
	}
}

func (l *Linker) outcome(weight int) Outcome {
	switch {
	case weight >= l.same:
		return Same
	case weight >= l.maybe:
		return Possible
	}
	return Different
}

func meetNumber(a, b string) string {
	switch {
	case a == "" || b == "":
		return ""
	case a == b:
		return "equal"
	}
	return "different"
}

func meetContacts(as, bs []string) string {
	best := ""
	for _, a := range as {
		for _, b := range bs {
			switch {
			case a == b:
				return "equal"
			case edits(a, b, 1) == 1 || len(a) > 8 && alike(a, b) >= 0.93:
				best = "near"
			case best == "":
				best = "different"
			}
		}
	}
	return best
}

// compareUnborn compares where one or both are not born yet: the mother and
// the due date are the child's identity (policy.md; domain.md 5.2).
func (l *Linker) compareUnborn(m *Match, a, b Person) {
	mother, home := l.meetParents(a.Parents, b.Parents), meetAny(a.Homes, b.Homes)
	if mother != "" {
		m.add(fieldParents, mother, l.weight(fieldParents, mother, 0))
	}
	if home != "" {
		m.add(fieldAddress, home, l.weight(fieldAddress, home, 0))
	}
	due := l.meetDue(a, b)
	m.add(fieldUnborn, due, 0)
	switch {
	case due == "apart" || mother == "different" || mother == "" && home != "same":
		m.Outcome = Different
	case due == "agrees" && mother == "same":
		m.Outcome = Same
	default:
		m.Outcome = Possible
	}
}

// meetDue compares due dates, or a due date with a birth. A child born of whom
// no date of birth is known is not the unborn one.
func (l *Linker) meetDue(a, b Person) string {
	limit := l.inc.BirthDays
	if a.Unborn && b.Unborn {
		limit = l.inc.DueDays
	}
	fromA, toA := a.birth()
	fromB, toB := b.birth()
	switch {
	case a.Unborn && fromA == "" || b.Unborn && fromB == "":
		if a.Unborn && b.Unborn {
			return "not said"
		}
		return "apart"
	case within(toA, fromB, limit), within(toB, fromA, limit), fromA <= toB && fromB <= toA && fromA != "" && fromB != "":
		return "agrees"
	}
	return "apart"
}

// birth returns the span in which the person was or will be born.
func (p Person) birth() (from, to string) {
	if p.Unborn {
		return p.EDD, p.EDD
	}
	return p.From, p.To
}
