package extract

import (
	"strings"

	"github.com/ppn-triage/ppn-triage/triage"
)

// clause is pieces[first:last] of running text.
type clause struct {
	first, last int
	child       bool  // names or means a child
	grown       bool  // names a grown-up, or begins with a word for one
	traits      trait // of all its words
	heading     fieldKey
	bullet      int // first piece of the paragraph or of its "Name - " entry
	about       who // whom its subject means, also by a pronoun or from the sentences before
}

// maxClause is how many pieces a sentence may have and still go on in the next
// line: a text without a stop would be read again from its start at each line.
const maxClause = 400

// sentences cuts lines[first:last], without subject and signatures, and marks
// those that speak of a child of the notice.
func (x *labels) sentences(p *page, fs []field, ro *roster, first, last int) []clause {
	var out []clause
	p.markPeople(ro.forenames())
	head, bullet, inline := fieldNone, -1, false
	fi := 0
	for n := first; n < last; n++ {
		ln := p.lines[n]
		switch p.section(n) {
		case triage.SectionSubject, triage.SectionSignature:
			continue
		}
		for ; fi < len(fs) && fs[fi].line <= n; fi++ {
			if fs[fi].line == n && (fs[fi].key.prose() || fs[fi].key.person() || fs[fi].key == fieldFormType) {
				head, inline = fs[fi].key, !fs[fi].heading
			}
		}
		if ln.first == ln.last {
			bullet = -1
			if inline {
				head = fieldNone
			}
			continue
		}
		if bullet < 0 || n == first || !p.soft(p.lines[n-1].last) {
			bullet = ln.first
		}
		at := ln.first
		if len(out) > 0 && n > first && p.soft(p.lines[n-1].last) && out[len(out)-1].last == p.lines[n-1].last && at-out[len(out)-1].first < maxClause {
			at = out[len(out)-1].first // goes on from the line before
			out = out[:len(out)-1]
		}
		for i := at; i <= ln.last; i++ {
			if i < ln.last && !p.stops(i, ln.last) {
				continue
			}
			if i > at {
				c := clause{first: at, last: i, heading: head, bullet: bullet}
				p.whom(&c)
				out = append(out, c)
			}
			at = i + 1
		}
	}
	p.subjects(out, ro.childrenCounted())
	return out
}

// stops tells whether a clause ends at piece i.
func (p *page) stops(i, end int) bool {
	if !p.mark(i, '.') && !p.mark(i, '!') && !p.mark(i, '?') && !p.mark(i, ';') {
		return false
	}
	if p.mark(i, '.') && i > 0 && p.pieces[i-1].end == p.pieces[i].start && i+1 < end && (p.initial(i-1) && p.kind(i-1) == pieceWord || abbreviated[p.lower(i-1)]) {
		return false
	}
	return i+1 >= end || p.pieces[i+1].start > p.pieces[i].end || p.kind(i+1) == pieceBreak
}

// abbreviated are words that a full stop ends without ending the sentence.
var abbreviated = map[string]bool{"mr": true, "mrs": true, "ms": true, "dr": true, "st": true, "no": true, "approx": true, "yrs": true, "insp": true, "sgt": true, "ref": true, "prof": true, "dob": true}

// childrenCounted is how many born children the notice has.
func (r *roster) childrenCounted() (n int) {
	for i := range r.ms {
		if m := &r.ms[i]; m.Role == triage.RoleChild && !m.Unborn {
			n++
		}
	}
	return n
}

// known is whom a forename means.
type known struct {
	who who
	sex string
	low bool // the notice writes the name in lower case
}

// forenames maps the folded forenames and by-names of the people to whom they
// mean; a child's wins.
func (r *roster) forenames() map[string]known {
	out := map[string]known{}
	families := map[string]int{}
	for i := range r.ms {
		for w := range strings.FieldsSeq(foldName(r.ms[i].Family)) {
			families[w]++
		}
	}
	for i := range r.ms {
		m := &r.ms[i]
		v := known{whoGrown, m.Sex, m.Name != "" && lowerASCII(m.Name) == m.Name}
		switch {
		case m.Role == triage.RoleChild:
			v.who = whoChild
		case m.Role == triage.RoleOther && (m.kin == kinSibling || m.kin == kinOutside):
			continue
		}
		switch m.kin {
		case kinMother:
			v.sex = "F"
		case kinFather:
			v.sex = "M"
		}
		names := m.Given + " " + strings.Join(m.Aliases, " ")
		if m.Given == "" || m.name.upper && !m.name.sure {
			names = m.Name
		}
		for w := range strings.FieldsSeq(foldName(m.Family)) {
			if families[w] == 1 {
				names += " " + w
			}
		}
		for w := range strings.FieldsSeq(foldName(names)) {
			if len(w) > 1 && out[w].who != whoChild {
				out[w] = v
			}
		}
	}
	return out
}

// outcome tells whether the notice says what was done: a filled row of that
// label, or a cue that is not of an earlier matter.
func (x *labels) outcome(p *page, fs []field, ss []clause, hits []remarkHit, pt part) bool {
	for _, f := range fs {
		if f.key == fieldOutcome && f.line >= pt.first && f.line < pt.last && p.filled(f, fs) {
			return true
		}
	}
	late := -1
	for _, h := range hits {
		if h.remark == remarkLateOutcome && late < 0 {
			late = p.lateFrom(ss)
		}
		if h.remark != remarkOutcome && (h.remark != remarkLateOutcome || h.first < late) {
			continue
		}
		s := clauseOf(ss, h.first)
		if s != nil && !p.bygone(s, h.first) && !p.denies(s, h.first) {
			return true
		}
	}
	return false
}

// filled tells whether words stand in a field's value or below its heading.
func (p *page) filled(f field, fs []field) bool {
	if f.first < f.last {
		return !blankValue(p.low[p.pieces[f.first].start:p.pieces[f.last-1].end])
	}
	for n := f.line + 1; n < len(p.lines) && n < f.line+4; n++ {
		if p.lines[n].first < p.lines[n].last && p.section(n) != triage.SectionSignature {
			return !hasField(fs, n) && !blankValue(p.low[p.lines[n].start:p.lines[n].end])
		}
	}
	return false
}

func clauseOf(ss []clause, i int) *clause {
	for k := range ss {
		if ss[k].first <= i && i < ss[k].last {
			return &ss[k]
		}
	}
	return nil
}

// bygone tells whether the words before piece i, back to the beginning of the
// entry, date the matter to an earlier year or call it history.
func (p *page) bygone(s *clause, i int) bool {
	traced := false
	for j := max(s.bullet, i-60); j < i; j++ {
		switch w := p.lower(j); {
		case j >= s.first && (w == "previously" || w == "previous" || w == "historic" || w == "historically" || w == "history"):
			return true
		case w == "trace" || w == "traces" || w == "marker" || w == "intel":
			traced = true
		case p.kind(j) == pieceNumber:
			y, n := yearOnly(w)
			if n > 0 && y.y < p.today.y && y.y > p.today.y-40 && (traced || j >= s.first) && !p.mark(j-1, '/') {
				return true
			}
		}
	}
	return false
}

// denies tells whether the cue at piece i is wished, asked or feared and not
// done.
func (p *page) denies(s *clause, i int) bool {
	for j := max(s.first, i-3); j < i; j++ {
		switch p.lower(j) {
		case "could", "if", "before", "would", "never", "wanted", "court":
			return true
		}
	}
	return false
}

// lateFrom is the piece from which on the notice tells how it ended: the last
// two fifths of its sentences of six words or more, which rows seldom have.
func (p *page) lateFrom(ss []clause) int {
	long := make([]int, 0, len(ss))
	for _, s := range ss {
		if wordsBetween(p, s.first, s.last) >= 6 {
			long = append(long, s.first)
		}
	}
	if len(long) == 0 {
		return 0
	}
	return long[len(long)*3/5]
}
