package extract

import (
	"github.com/ppn-triage/ppn-triage/triage"
)

// roster collects the people of a page as its lines are walked.
type roster struct {
	x        *labels
	p        *page
	ms       []mention
	cur      int      // the person whom the next rows are about, -1 if none
	fresh    fieldKey // a heading that announced a person who has no name yet
	sect     fieldKey // the heading in force
	columns  []fieldKey
	tabs     bool       // the columns are parted by tabs
	across   []fieldKey // who stands in the columns of a table read downwards
	acrossAt []int      // their indices in ms, -1 before they have a name
	homes    []home
}

// home is an address that the notice gives for somebody.
type home struct {
	triage.Address
	key  fieldKey
	line int
	own  bool // it stood among the rows of one person
	cur  int
}

// readPeople walks lines[first:last] and returns everybody they name.
func (x *labels) readPeople(p *page, fs []field, first, last int) *roster {
	r := &roster{x: x, p: p, cur: -1}
	r.headAbove(first)
	f := 0
	for f < len(fs) && fs[f].line < first {
		f++
	}
	for n := first; n < last; n++ {
		g := f
		for g < len(fs) && fs[g].line == n {
			g++
		}
		switch sec := p.section(n); {
		case sec == triage.SectionSubject || sec == triage.SectionSignature:
		case r.tableLine(n):
		case r.bareRow(n):
		case g > f:
			r.fieldLine(n, fs[f:g])
		default:
			n = r.proseLines(n, last, func(line int) bool { return hasField(fs[g:], line) })
		}
		f = g
		for f < len(fs) && fs[f].line <= n {
			f++
		}
	}
	return r
}

func hasField(fs []field, line int) bool {
	for _, f := range fs {
		if f.line >= line {
			return f.line == line
		}
	}
	return false
}

// proseLines reads the run of lines without labels that begins at line n and
// returns its last line.
func (r *roster) proseLines(n, last int, labelled func(int) bool) int {
	stop := n
	for stop+1 < last && r.p.lines[stop+1].section == r.p.lines[n].section && !labelled(stop+1) && r.columns == nil {
		stop++
	}
	first := r.p.lines[n].first
	if r.sect.person() || r.sect == fieldNone {
		r.listLines(n, stop)
	}
	r.prose(first, r.p.lines[stop].last)
	return stop
}

// listLines takes every line below a heading of people that is nothing but one
// person.
func (r *roster) listLines(n, stop int) {
	if r.sect == fieldNone {
		return
	}
	for ; n <= stop; n++ {
		ln := r.p.lines[n]
		m, ok := r.x.mention(r.p, ln.first, ln.last, mentionField)
		if !ok || r.p.pieces[m.name.first].shape == shapeLower || !m.dated() && m.name.parts < 2 {
			continue
		}
		rest := r.p.skipSeparators(m.last, ln.last)
		if rest >= ln.last || m.name.sure && r.p.kind(m.name.last) == pieceGap || m.dated() || m.name.sure && (r.p.lower(rest) == "and" || r.p.kind(rest) == pieceNumber) {
			r.list(field{key: r.sect, line: n, first: ln.first, last: ln.last})
		}
	}
}

// fieldLine reads the fields of one line.
func (r *roster) fieldLine(n int, fs []field) {
	if lead := r.p.lines[n].first; fs[0].start > lead {
		r.prose(lead, fs[0].start)
	}
	for _, f := range fs {
		if f.whose != fieldNone {
			r.sect, r.columns = f.whose, nil
		}
		if f.owner != kinNone {
			r.own(f.owner)
		}
		switch {
		case f.key.person():
			r.personField(f)
		case f.key == fieldName || f.key == fieldSurname || f.key == fieldForename:
			r.nameField(f)
		case f.key.about():
			r.aboutField(f)
		case f.key >= fieldPlace && f.key <= fieldStaying:
			r.addressField(f)
		case f.key.prose():
			r.sect, r.fresh, r.cur = f.key, fieldNone, -1
			r.prose(f.first, f.last)
		}
		if !f.hard && !f.key.person() && !f.key.about() && !f.key.prose() {
			r.prose(f.first, f.last)
		}
		if f.also >= fieldPlace && f.also <= fieldStaying && f.key != fieldPostcode {
			f.key = f.also
			r.addressField(f)
		}
	}
}

// own turns to the last person of a kinship: "Mother's DOB".
func (r *roster) own(k kin) {
	if r.cur >= 0 && (r.ms[r.cur].kin == k || fieldKin(r.ms[r.cur].field) == k) {
		return
	}
	for i := len(r.ms) - 1; i >= 0; i-- {
		if r.ms[i].kin == k || fieldKin(r.ms[i].field) == k {
			r.cur = i
			return
		}
	}
	r.cur = -1
}

// kinField is the label that asks for a person of a kinship.
func kinField(k kin) fieldKey {
	for f := fieldChild; f <= fieldReporter; f++ {
		if fieldKin(f) == k {
			return f
		}
	}
	return fieldPersons
}

// fieldKin is the kinship that a label gives.
func fieldKin(k fieldKey) kin {
	switch k {
	case fieldChild:
		return kinChild
	case fieldUnborn:
		return kinUnborn
	case fieldMother:
		return kinMother
	case fieldFather:
		return kinFather
	case fieldAdult, fieldPartner:
		return kinCarer
	case fieldRelative, fieldReporter:
		return kinOther
	case fieldSuspect:
		return kinAlleged
	case fieldVictim:
		return kinVictim
	}
	return kinNone
}
