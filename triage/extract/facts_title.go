package extract

// honorific is a mention that names an adult by title and surname: "Ms ASHCOMBE",
// "Mr and Mrs STRANG".
type honorific struct {
	lo, hi int32
	sex    byte
	pair   bool // "Mr and Mrs"
}

// titles finds the surnames of the notice's people behind a title: they are
// adults, also where children bear the same name.
func (n *nameIndex) titles(p *passage) []honorific {
	var out []honorific
	var buf [48]byte
	for i := 0; i+1 < len(p.toks); i++ {
		t := int32(i)
		if !p.isIn(t, "title_word") {
			continue
		}
		m := honorific{lo: t, hi: t + 1, sex: 'f'}
		if p.isIn(t, "title_male") {
			m.sex = 'm'
		}
		if int(t+3) < len(p.toks) && p.isIn(t+2, "title_word") {
			m.hi, m.sex, m.pair = t+3, 0, true
		}
		from := m.hi
		for int(m.hi) < len(p.toks) && m.hi < from+2 && p.toks[m.hi].kind == tokenWord && p.toks[m.hi].brk < brkComma {
			w := &p.toks[m.hi]
			if _, known := n.byName[string(foldInto(buf[:0], p.text[w.start:w.end]))]; !known {
				break
			}
			m.hi++
		}
		if m.hi > from {
			out = append(out, m)
			i = int(m.hi) - 1
		}
	}
	return out
}

// titled turns the titles of a passage into mentions of the adults meant, a
// carer of that sex where the notice lists none of that name.
func (p *passage) titled(n *nameIndex) {
	var buf [48]byte
	for _, m := range n.titles(p) {
		f := found{lo: m.lo, hi: m.hi, role: roleCarer, sex: m.sex}
		for t := m.lo + 1; t < m.hi; t++ {
			name := foldInto(buf[:0], p.text[p.toks[t].start:p.toks[t].end])
			for _, at := range n.adults[string(name)] {
				if have := sexByte(n.people[at-1].Sex); !m.pair && f.person == 0 && (have == 0 || have == m.sex) {
					f.person, f.role = at, n.roles[at]
				}
			}
			p.toks[t].person = 0
		}
		p.persons = append(p.persons, f)
	}
}
