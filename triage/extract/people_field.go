package extract

import (
	"strings"

	"github.com/ppn-triage/ppn-triage/triage"
)

// personField reads the people in the value of a label, or opens a section of
// people where the label is a heading.
func (r *roster) personField(f field) {
	r.sect, r.columns = f.key, nil
	if f.heading {
		r.cur, r.fresh = -1, f.key
		return
	}
	rest := r.list(f)
	if rest == f.first {
		r.cur, r.fresh = -1, fieldNone
		if f.key == fieldChild {
			r.cur = r.onlyChild()
		}
	}
	r.prose(rest, f.last)
}

// onlyChild is the index of the only child so far, -1 if there are more.
func (r *roster) onlyChild() int {
	at := -1
	for i := range r.ms {
		if r.isChild(&r.ms[i]) {
			if at >= 0 {
				return -1
			}
			at = i
		}
	}
	return at
}

// list reads one or more people in a value: "Zofia W 16/08/2016 and Zuzanna W
// 16/08/2016", "Jack, Ella and Tom SMITH", "Martin and Jo HEATON". It returns
// the piece after the last.
func (r *roster) list(f field) int {
	var in []int
	rest := f.first
	for i := f.first; i < f.last; {
		i = r.x.skipBullet(r.p, i, f.last)
		if i < f.last && (r.p.lower(i) == "and" || r.p.mark(i, '&') || r.p.mark(i, '+')) {
			i++
			continue
		}
		if rest > f.first && (r.p.mark(i-1, '(') || r.p.mark(i-1, '[')) {
			i = r.p.closing(i, f.last)
			continue
		}
		m, ok := r.x.mention(r.p, i, f.last, mentionField)
		if !ok || rest > f.first && r.p.pieces[m.name.first].shape == shapeLower && !m.dated() || !r.listed(f, &m) {
			break
		}
		m.field = f.key
		in = append(in, r.add(m))
		r.fresh = fieldNone
		i, rest = m.last, m.last
	}
	r.shareSurname(in)
	if rest < len(r.p.pieces) && len(in) > 1 {
		r.shareBirthday(in, f)
	}
	return rest
}

// closing is the piece after the bracket that is open at piece i.
func (p *page) closing(i, end int) int {
	for ; i < end; i++ {
		if p.mark(i, ')') || p.mark(i, ']') {
			return i + 1
		}
	}
	return end
}

// listed tells whether a name in the value of a label is a person and not the
// first word of a sentence about one ("Child: Lifted out by PC …").
func (r *roster) listed(f field, m *mention) bool {
	p := r.p
	if p.pieces[m.name.first].shape == shapeLower && (f.key != fieldName && f.key != fieldChild && f.key != fieldSubject || !m.born.full() && f.key != fieldName && !r.wholeLower(f, m)) {
		return false
	}
	if m.dated() || m.Unborn || m.name.sure && m.name.parts > 1 {
		return true
	}
	next := m.last
	closed := next >= f.last || p.kind(next) != pieceWord || p.lower(next) == "and" || m.last > m.name.last
	if m.name.parts == 1 {
		if r.known(m) >= 0 {
			return true
		}
		if next < f.last && p.mark(next, ':') {
			return false
		}
		sentence := next < f.last && p.kind(next) == piecePunct && (p.mark(next, '.') || p.mark(next, ',')) && next+1 < f.last && p.kind(next+1) == pieceWord && p.pieces[next+1].shape == shapeLower && p.lower(next+1) != "and"
		return closed && !sentence && (m.kin != kinNone || m.name.last-m.name.first == 1)
	}
	if closed {
		return true
	}
	return m.name.parts < 4 && !m.name.upper // capitals throughout may be a sentence
}

// nameField reads a row that holds a name or half of one.
func (r *roster) nameField(f field) {
	if f.first >= f.last {
		return
	}
	if f.key == fieldName {
		r.wholeName(f)
		return
	}
	if (f.also == fieldSurname || f.also == fieldForename) && r.bothNames(f) {
		return
	}
	n, ok := r.x.readName(r.p, f.first, f.last, true)
	text := strings.TrimSpace(r.p.text[r.p.pieces[f.first].start:r.p.pieces[f.last-1].end])
	if !ok && (f.last-f.first > 3 || blankValue(lowerASCII(text))) {
		return
	}
	if ok {
		text = n.text(r.p)
	}
	if r.cur < 0 || f.key == fieldSurname && r.ms[r.cur].Family != "" || f.key == fieldForename && r.ms[r.cur].Given != "" {
		r.begin(f)
	}
	m := &r.ms[r.cur]
	if f.key == fieldSurname {
		m.Family = text
	} else {
		m.Given = text
	}
	m.Name = strings.TrimSpace(m.Name + " " + text)
	m.name.sure = true
	m.name.parts = len(strings.Fields(m.Name))
	m.Start, m.End = min(m.Start, r.p.pieces[f.first].start), max(m.End, r.p.pieces[f.last-1].end)
}

// wholeName reads a "Name:" row.
func (r *roster) wholeName(f field) {
	m, ok := r.x.mention(r.p, f.first, f.last, mentionField)
	if !ok || !r.listed(f, &m) {
		return
	}
	m.field = r.sect
	if r.fresh != fieldNone {
		m.field, r.fresh = r.fresh, fieldNone
	}
	at := r.add(m)
	r.cur = at
}

// begin opens a person whose rows follow.
func (r *roster) begin(f field) {
	m := mention{field: r.sect, last: f.last}
	if f.owner != kinNone {
		m.field, m.kin = kinField(f.owner), f.owner
	}
	if r.fresh != fieldNone {
		m.field, r.fresh = r.fresh, fieldNone
	}
	m.Start = r.p.pieces[f.first].start
	r.ms = append(r.ms, m)
	r.cur = len(r.ms) - 1
}

// aboutField adds a row to the current person.
func (r *roster) aboutField(f field) {
	if f.first >= f.last {
		return
	}
	if r.cur < 0 {
		if r.cur = r.onlyChild(); r.cur < 0 {
			return
		}
	}
	if f.key == fieldDOB && r.birthdays(f) {
		return
	}
	m, p := &r.ms[r.cur], r.p
	text := strings.TrimSpace(p.text[p.pieces[f.first].start:p.pieces[f.last-1].end])
	switch f.key {
	case fieldDOB, fieldAge:
		if m.dated() && m.born.full() {
			return
		}
		first := f.first
		if next := r.x.birth(p, m, first, f.last, true); next > first {
			r.x.suffixes(p, m, f.last, mentionField)
			m.last = next
			return
		}
		if a, n, _ := readAge(p.low[p.pieces[first].start:]); n > 0 {
			m.age, m.aged = a, true
		}
		for i := first + 1; i < f.last; i++ { // "10 (14/09/2016)"
			if d, n := readDate(p.low[p.pieces[i].start:], p.pivot); n > 0 && d.full() && p.kind(i) == pieceNumber && p.birthday(d, true) {
				m.born = d
				return
			}
		}
	case fieldSex:
		m.Sex = sexOf(p.lower(f.first))
	case fieldEDD:
		r.x.suffixDue(p, m, f.first, f.last)
	case fieldRole, fieldRelation:
		r.relation(m, f, text)
	case fieldAlias:
		m.Aliases = append(m.Aliases, text)
	case fieldSchool:
		m.School = text
	case fieldGP:
		m.GP = text
	case fieldNHS:
		m.NHS = nhsIn(text)
	case fieldUPN:
		m.UPN = upnIn(text)
	case fieldPhone:
		m.Phone = text
	}
}

// relation reads the value of a role or relationship row.
func (r *roster) relation(m *mention, f field, text string) {
	for i := f.first; i < f.last; i++ {
		if outsiders[r.p.lower(i)] || outsiders[strings.ReplaceAll(r.p.lower(i), "’", "'")] {
			m.kin = kinOutside
			break
		}
		if v, next := r.x.roles.match(r.p, i, f.last); next > i {
			m.addKin(kin(v))
			i = next - 1
		}
	}
	if m.Relation == "" || f.key == fieldRelation {
		m.Relation = text
	}
}

// blankValue knows the words that say that a row was not filled.
func blankValue(s string) bool {
	switch strings.Trim(s, " .-?[]()<>{}*_–—/") {
	case "", "n/a", "na", "nk", "n/k", "not known", "unknown", "none", "nil", "tbc", "not given", "refused", "not provided", "not obtained", "not recorded", "details refused", "not populated", "blank", "left blank", "not completed", "not filled", "not filled in", "not entered", "not stated", "not supplied", "empty", "to follow", "no entry", "to be confirmed", "null", "select", "please select", "not answered", "unanswered", "see above", "as above", "withheld":
		return true
	}
	return false
}

// addressField keeps an address and gives it to whom it belongs.
func (r *roster) addressField(f field) {
	if f.first >= f.last {
		return
	}
	if !f.hard {
		f.last = max(f.first+1, r.x.addressEnd(r.p, f.first, f.last))
	}
	f.first = r.addressStart(f)
	a := r.p.address(f.first, f.last)
	key := f.key
	if key == fieldPostcode {
		if k := len(r.homes) - 1; k >= 0 && r.homes[k].Postcode == "" && r.homes[k].line >= f.line-2 {
			r.homes[k].Postcode = a.Postcode
			if a.Line != "" && f.also != fieldNone {
				r.homes[k].Line = strings.Trim(r.homes[k].Line+", "+a.Line, ", ")
			}
			r.giveHome(r.homes[k])
			return
		}
		a.Line = ""
	}
	if a == (triage.Address{}) || blankValue(lowerASCII(a.Line)) && a.Postcode == "" {
		return
	}
	h := home{Address: a, key: key, line: f.line, cur: r.cur, own: r.cur >= 0 && (key == fieldHome || key == fieldAddress || key == fieldPostcode)}
	r.homes = append(r.homes, h)
	r.giveHome(h)
}

// addressStart skips a date and time, or words of a sentence, in front of an
// address: "05/11/2026 1855hrs, rec ground", "with mother at 8 Cavendish Fold".
func (r *roster) addressStart(f field) int {
	p, i := r.p, f.first
	for i < f.last {
		s := p.low[p.pieces[i].start:]
		if d, n := readDate(s, p.pivot); n > 0 && d.d > 0 {
			i = p.at(p.pieces[i].start + n)
		} else if _, n := readClock(s, true); n > 0 && (i > f.first || s[n-1] == 's') {
			i = p.at(p.pieces[i].start + n)
		} else if i > f.first && (p.mark(i, ',') || p.kind(i) == pieceGap || p.lower(i) == "at") {
			i++
		} else {
			break
		}
	}
	if i >= f.last {
		return f.first
	}
	if p.kind(i) == pieceWord && p.pieces[i].shape == shapeLower && !dwelling(p.lower(i)) {
		if at := r.x.findAddress(p, i, f.last); at > 0 {
			return at
		}
	}
	return i
}

// giveHome writes an address among a person's rows into the person.
func (r *roster) giveHome(h home) {
	if h.own && h.key != fieldStaying {
		r.ms[h.cur].Address = h.Address
	}
}
