package extract

import "strings"

// bothNames reads a row that asks for surname and forename at once:
// "last name / first name   oyebanji-hart / tobias".
func (r *roster) bothNames(f field) bool {
	p := r.p
	for i := f.first + 1; i+1 < f.last; i++ {
		if !p.mark(i, '/') && !p.mark(i, ',') && !p.mark(i, '|') {
			continue
		}
		one, two := f, f
		one.last, one.also = i, fieldNone
		two.first, two.key, two.also = i+1, f.also, fieldNone
		r.nameField(one)
		r.nameField(two)
		return true
	}
	return false
}

// birthdays gives the dates of one row to the children named together before
// it, one each: "Names: A; B" and "Dates of birth: 3/5/15; 17/12/19".
func (r *roster) birthdays(f field) bool {
	var ds []date
	for i := f.first; i < f.last; i++ {
		if d, n := readDate(r.p.low[r.p.pieces[i].start:], r.p.pivot); r.p.kind(i) == pieceNumber && n > 0 && d.full() {
			ds = append(ds, d)
			i = r.p.at(r.p.pieces[i].start+n) - 1
		}
	}
	n := len(r.ms) - len(ds)
	if len(ds) < 2 || n < 0 {
		return false
	}
	for i := n; i < len(r.ms); i++ {
		if r.ms[i].dated() {
			return false
		}
	}
	for i, d := range ds {
		r.ms[n+i].born = d
	}
	return true
}

// shareBirthday gives twins the one birthday that is written for both.
func (r *roster) shareBirthday(in []int, f field) {
	if !strings.Contains(r.p.low[r.p.pieces[f.first].start:r.p.pieces[f.last-1].end], "twin") {
		return
	}
	last := r.ms[in[len(in)-1]].born
	for _, i := range in {
		if m := &r.ms[i]; !m.dated() {
			m.born = last
		}
	}
}

// shareSurname gives the people of one list the surname that stands after the
// last of them: "Jack, Ella and Tom SMITH".
func (r *roster) shareSurname(in []int) {
	family := ""
	for k := len(in) - 1; k >= 0; k-- {
		m := &r.ms[in[k]]
		switch {
		case m.Family != "" && (m.name.sure || m.name.parts == 2 && (m.kin == kinNone || m.kin == kinChild)):
			family = m.Family
		case m.Family == "" && m.Given != "" && family != "" && m.name.parts == 1:
			m.Family, m.Name = family, m.Given+" "+family
		}
	}
}

// wholeLower tells whether a value is nothing but a name in lower case: two or
// three words, one of which stands in the subject or is joined by a hyphen.
func (r *roster) wholeLower(f field, m *mention) bool {
	if m.last < f.last || m.name.parts < 2 || m.name.parts > 4 {
		return false
	}
	for w := range strings.FieldsSeq(m.Name) {
		if strings.Contains(w, "-") || len(w) > 3 && r.p.inSubjectLine(w) {
			return true
		}
	}
	return false
}
