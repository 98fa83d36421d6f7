package extract

import "strings"

// cells cuts a line into its cells: by tabs if it has any, empty ones kept,
// else by gaps.
func (r *roster) cells(n int) (out []span, tabs bool) {
	ln := r.p.lines[n]
	text := r.p.text[ln.start:ln.end]
	if strings.IndexByte(text, '\t') >= 0 {
		at := ln.start
		for {
			i := strings.IndexByte(r.p.text[at:ln.end], '\t')
			if i < 0 {
				return append(out, span{at, ln.end}), true
			}
			out = append(out, span{at, at + i})
			at += i + 1
		}
	}
	at := ln.start
	for i := ln.first; i <= ln.last; i++ {
		if i == ln.last || r.p.kind(i) == pieceGap || r.p.mark(i, '|') {
			if end := r.p.pieces[i].start; strings.TrimSpace(r.p.text[at:end]) != "" {
				out = append(out, span{at, end})
			}
			at = r.p.pieces[i].end
		}
	}
	return out, false
}

// tableLine reads a line as the head or a row of a table of people; it answers
// false if it is neither.
func (r *roster) tableLine(n int) bool {
	ln := r.p.lines[n]
	if ln.first == ln.last {
		if !r.tabs {
			r.columns = nil
		}
		return false
	}
	gap := false
	for i := ln.first; i < ln.last && !gap; i++ {
		gap = r.p.kind(i) == pieceGap || r.p.mark(i, '|')
	}
	if !gap {
		r.columns = nil
		return false
	}
	cells, tabs := r.cells(n)
	if tabs && r.columns == nil && r.acrossLine(cells, n) {
		return true
	}
	if cols := r.head(cells); cols != nil {
		r.columns, r.tabs = cols, tabs
		return true
	}
	if r.columns == nil || tabs != r.tabs || len(cells) < 2 || len(cells) > len(r.columns) {
		r.columns = nil
		return false
	}
	if !tabs && len(cells) != len(r.columns) {
		return false
	}
	return r.row(cells, n)
}

// maxHead is how many rows a table's head may stand above an entry of a digest.
const maxHead = 100

// headAbove takes the columns of a table that began before the first line.
func (r *roster) headAbove(first int) {
	for n := first - 1; n >= max(0, first-maxHead); n-- {
		if strings.IndexByte(r.p.text[r.p.lines[n].start:r.p.lines[n].end], '\t') < 0 {
			return
		}
		cells, tabs := r.cells(n)
		if cols := r.head(cells); cols != nil {
			r.columns, r.tabs = cols, tabs
			return
		}
	}
}

// head reads the columns of a table's first row: three labels or more, or two
// of which one is a name, and nothing else but numbering.
func (r *roster) head(cells []span) []fieldKey {
	if len(cells) < 2 {
		return nil
	}
	cols := make([]fieldKey, len(cells))
	known, about, strange := 0, 0, 0
	for i, c := range cells {
		first, last := r.p.at(c.start), r.p.at(c.end)
		if first >= last || r.p.kind(first) == piecePunct && last == first+1 {
			continue
		}
		if cols[i] = r.column(first, last); cols[i] == fieldNone {
			if strange++; last-first > 4 || r.p.kind(first) != pieceWord {
				return nil
			}
			continue
		}
		known++
		if k := cols[i]; k == fieldName || k == fieldSurname || k == fieldForename || k == fieldChild || k == fieldDOB || k == fieldSubject || k == fieldPersons || k == fieldAdult {
			about++
		}
	}
	if about == 0 || known < 2 || known == 2 && about < 2 || known < len(cells)-1 && about < 3 || strange > 0 && (about < 2 || known < 3 || strange > known) {
		return nil
	}
	return cols
}

// column is what the head of a column asks for, fieldNone for words that are
// no label.
func (r *roster) column(first, last int) fieldKey {
	v, next := r.x.fields.match(r.p, first, last)
	for next > first && next < last && (r.p.mark(next, '/') || r.p.mark(next, '(') || r.p.mark(next, ')') || r.p.mark(next, '?') || r.p.mark(next, '.') || r.p.mark(next, '*') || r.p.mark(next, ',')) {
		if _, after := r.x.fields.match(r.p, next+1, last); after > next+1 {
			next = after
		} else {
			next++
		}
	}
	if next < last {
		return fieldNone
	}
	return fieldKey(v)
}

// acrossLine reads a line of a table that has a person in each column: its
// first cell says what the others tell ("Surname  WALSH  WALSH  BRIGGS"), or
// it is the head that says who they are ("Child 1  Child 2  Mother").
func (r *roster) acrossLine(cells []span, n int) bool {
	first, last := r.p.at(cells[0].start), r.p.at(cells[0].end)
	if len(cells) < 3 {
		return false
	}
	if who := r.acrossHead(cells[1:]); who != nil {
		r.across, r.acrossAt = who, make([]int, len(who))
		for i := range r.acrossAt {
			r.acrossAt[i] = -1
		}
		return true
	}
	key := fieldNone
	if first < last {
		key = r.column(first, last)
	}
	if r.across == nil || len(cells)-1 > len(r.across) || key == fieldNone {
		return false
	}
	for i, c := range cells[1:] {
		f := field{key: key, line: n, first: r.p.at(c.start), last: r.p.at(c.end), hard: true}
		if f.start = f.first; f.first >= f.last {
			continue
		}
		r.cur, r.sect = r.acrossAt[i], r.across[i]
		switch {
		case key == fieldName || key == fieldSurname || key == fieldForename:
			if r.cur < 0 {
				r.begin(f)
			}
			if key == fieldName {
				r.ms[r.cur].read(r.x, r.p, f)
			} else {
				r.nameField(f)
			}
			r.acrossAt[i] = r.cur
		case key.about() && r.cur >= 0:
			r.aboutField(f)
		}
	}
	r.cur = -1
	return true
}

// bareRow reads a row without a head above it: two cells with the halves of a
// name and one with a birthday.
func (r *roster) bareRow(n int) bool {
	ln := r.p.lines[n]
	cells, _ := r.cells(n)
	if len(cells) < 3 {
		return false
	}
	a, ok1 := r.x.readName(r.p, r.p.at(cells[0].start), ln.last, false)
	b, ok2 := r.x.readName(r.p, r.p.at(cells[1].start), ln.last, false)
	if !ok1 || !ok2 || r.p.is(a.first, traitRole) || a.last != r.p.at(cells[0].end) || b.last != r.p.at(cells[1].end) {
		return false
	}
	m := mention{field: r.sect, last: b.last}
	for _, c := range cells[2:] {
		i := r.p.at(c.start)
		if next := r.x.birth(r.p, &m, i, ln.last, true); next == i || !m.born.full() {
			continue
		}
		a.spell(r.p)
		m.name, m.Family, m.Given = a, a.text(r.p), b.text(r.p)
		m.Name = m.Family + ", " + m.Given
		m.name.sure, m.name.parts, m.name.last = true, a.parts+1, b.last
		m.Start, m.End = r.p.pieces[a.first].start, r.p.pieces[b.last-1].end
		r.x.suffixes(r.p, &m, ln.last, mentionField)
		if r.fresh != fieldNone {
			m.field, r.fresh = r.fresh, fieldNone
		}
		r.add(m)
		return true
	}
	return false
}

// acrossHead reads cells that all say who stands in their column.
func (r *roster) acrossHead(cells []span) []fieldKey {
	out := make([]fieldKey, len(cells))
	for i, c := range cells {
		first, last := r.p.at(c.start), r.p.at(c.end)
		if last-first == 2 && r.p.kind(last-1) == pieceNumber && len(r.p.str(last-1)) == 1 {
			last--
		}
		if first >= last {
			return nil
		}
		if out[i] = r.column(first, last); !out[i].person() {
			return nil
		}
	}
	return out
}

// read fills a person opened for a column with the name of its cell.
func (m *mention) read(x *labels, p *page, f field) {
	o, ok := x.mention(p, f.first, f.last, mentionField)
	if !ok {
		return
	}
	o.field = m.field
	*m = o
}

// row reads one person, or several in one cell, from a row of a table.
func (r *roster) row(cells []span, n int) bool {
	r.cur, r.fresh = -1, fieldNone
	before := len(r.ms)
	found := -1
	for k := range 2 * len(cells) {
		i := k % len(cells)
		f := field{key: r.columns[i], line: n, first: r.p.at(cells[i].start), last: r.p.at(cells[i].end), hard: true}
		f.start = f.first
		naming := f.key.person() || f.key == fieldName || f.key == fieldSurname || f.key == fieldForename || !f.key.about()
		if f.first >= f.last || naming != (k < len(cells)) {
			continue // who it is comes before what is said of them
		}
		switch {
		case f.key.person() || f.key == fieldName:
			sect := r.sect
			if f.key.person() && f.key != fieldPersons {
				sect = f.key
			}
			rest := r.list(field{key: sect, line: n, first: f.first, last: f.last})
			if rest > f.first {
				found = r.cur
			}
		case f.key == fieldSurname || f.key == fieldForename:
			r.nameField(f)
			found = r.cur
		case f.key.about() && found >= 0:
			r.aboutField(f)
		case f.key == fieldAddress || f.key == fieldHome || f.key == fieldPlace:
			r.rowAddress(f, before)
		}
	}
	return found >= 0
}

// rowAddress gives the address of a row to everybody in it.
func (r *roster) rowAddress(f field, before int) {
	a := r.p.address(f.first, f.last)
	r.homes = append(r.homes, home{Address: a, key: f.key, line: f.line, cur: -1})
	for i := before; i < len(r.ms); i++ {
		r.ms[i].Address = a
	}
}
