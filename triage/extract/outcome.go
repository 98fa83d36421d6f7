package extract

import (
	"strings"

	"github.com/ppn-triage/ppn-triage/triage"
)

// clause is pieces[first:last] of running text.
type clause struct {
	first, last int
	child       bool // names or means a child
	adult       bool // names a grown-up, or begins with one
	heading     fieldKey
	bullet      int // first piece of the paragraph or of its "Name - " entry
}

// sentences cuts lines[first:last], without subject and signatures, and marks
// those that speak of a child of the notice.
func (x *labels) sentences(p *page, fs []field, ro *roster, first, last int) []clause {
	var out []clause
	given, grown := ro.forenames(true), ro.forenames(false)
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
		if len(out) > 0 && n > first && p.soft(p.lines[n-1].last) && out[len(out)-1].last == p.lines[n-1].last {
			at = out[len(out)-1].first // goes on from the line before
			out = out[:len(out)-1]
		}
		for i := at; i <= ln.last; i++ {
			if i < ln.last && !p.stops(i, ln.last) {
				continue
			}
			if i > at {
				out = append(out, clause{first: at, last: i, heading: head, bullet: bullet, child: p.meansChild(at, i, given), adult: p.leadsAdult(at, i, grown)})
			}
			at = i + 1
		}
	}
	return out
}

// stops tells whether a clause ends at piece i.
func (p *page) stops(i, end int) bool {
	if !p.mark(i, '.') && !p.mark(i, '!') && !p.mark(i, '?') && !p.mark(i, ';') {
		return false
	}
	return i+1 >= end || p.pieces[i+1].start > p.pieces[i].end || p.kind(i+1) == pieceBreak
}

// leadsAdult tells whether a clause begins with a grown-up or names one.
func (p *page) leadsAdult(first, last int, grown map[string]bool) bool {
	for i, n := first, 0; i < last; i++ {
		if p.kind(i) != pieceWord {
			continue
		}
		if n++; n <= 2 && p.adultBetween(i, i+1) {
			return true
		}
		if p.pieces[i].shape != shapeLower && !p.is(i, traitNotName) && p.named(i, grown) {
			return true
		}
	}
	return false
}

// forenames are the folded forenames of the children or of the grown-ups.
func (r *roster) forenames(children bool) map[string]bool {
	out := map[string]bool{}
	for i := range r.ms {
		m := &r.ms[i]
		if children != (m.Role == triage.RoleChild) {
			continue
		}
		for _, n := range append([]string{m.Given}, m.Aliases...) {
			for w := range strings.FieldsSeq(foldName(n)) {
				out[w] = true
			}
		}
		if m.Given == "" || m.name.upper && !m.name.sure {
			for w := range strings.FieldsSeq(foldName(m.Name)) {
				out[w] = true
			}
		}
	}
	return out
}

// meansChild tells whether a child's name or a word for children stands in
// pieces[first:last].
func (p *page) meansChild(first, last int, given map[string]bool) bool {
	for i := first; i < last; i++ {
		pc := p.pieces[i]
		if pc.kind != pieceWord {
			continue
		}
		if pc.trait&traitMinor != 0 || pc.trait&traitChild != 0 && !(i+1 < last && notAChild[p.lower(i+1)]) && !childServices(p, i) {
			return true
		}
		if pc.shape != shapeLower && pc.trait&traitNotName == 0 && p.named(i, given) {
			return true
		}
	}
	return false
}

// named tells whether a part of word i is one of some folded names.
func (p *page) named(i int, names map[string]bool) bool {
	if len(names) == 0 {
		return false
	}
	for part := range strings.FieldsSeq(foldName(p.str(i))) {
		if len(part) > 1 && names[part] {
			return true
		}
	}
	return false
}

// childServices tells whether "children's" at piece i belongs to a service.
func childServices(p *page, i int) bool {
	switch p.lower(i + 1) {
	case "services", "social", "ward", "centre", "home":
		return strings.HasSuffix(p.lower(i), "s")
	}
	return false
}

// outcome tells whether the notice says what was done: a filled row of that
// label, or a cue that is not of an earlier matter.
func (x *labels) outcome(p *page, fs []field, ss []clause, hits []remarkHit, pt part) bool {
	for _, f := range fs {
		if f.key == fieldOutcome && f.line >= pt.first && f.line < pt.last && p.filled(f, fs) {
			return true
		}
	}
	for _, h := range hits {
		if h.remark != remarkOutcome {
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

// voice tells whether the notice says how a child was seen, heard or found.
func (x *labels) voice(p *page, fs []field, ss []clause, hits []remarkHit, pt part) bool {
	for _, f := range fs {
		if f.line < pt.first || f.line >= pt.last {
			continue
		}
		if f.key == fieldSeen && f.first < f.last && p.seenValue(f) || f.key == fieldVoice && p.filled(f, fs) && !p.whereaboutsOnly(f, fs, hits) {
			return true
		}
	}
	for _, h := range hits {
		if h.remark != remarkVoice && h.remark != remarkDemeanour {
			continue
		}
		k := -1
		for i := range ss {
			if ss[i].first <= h.first && h.first < ss[i].last {
				k = i
			}
		}
		if k >= 0 && x.saysOfChild(p, ss, k, h) {
			return true
		}
	}
	return false
}

// seenValue reads "Y", "Yes, chatty", "N - asleep"; a bare no says nothing of
// why.
func (p *page) seenValue(f field) bool {
	w := p.lower(f.first)
	if w == "n" || w == "no" || w == "not" {
		return f.last-f.first > 2
	}
	return !blankValue(p.low[p.pieces[f.first].start:p.pieces[f.last-1].end])
}

// whereaboutsOnly tells whether the text under a voice label is short and says
// no more than where the child was.
func (p *page) whereaboutsOnly(f field, fs []field, hits []remarkHit) bool {
	first, last := f.first, f.last
	if first >= last {
		first = p.lines[f.line+1].first
	}
	for n := f.line + 1; n < len(p.lines) && p.lines[n].first < p.lines[n].last && !hasField(fs, n); n++ {
		last = p.lines[n].last
	}
	for _, h := range hits {
		if h.first >= first && h.first < last && (h.remark == remarkVoice || h.remark == remarkDemeanour) {
			return false
		}
	}
	words := 0
	for i := first; i < last; i++ {
		if p.kind(i) == pieceWord {
			words++
		}
		if p.mark(i, '"') || p.str(i) == "“" || p.str(i) == "”" {
			return false
		}
	}
	return words < 12
}

// saysOfChild tells whether a cue in clause k is said of a child: one is
// named before or beside it, or the clause has no subject of its own and the
// one before is about a child.
func (x *labels) saysOfChild(p *page, ss []clause, k int, h remarkHit) bool {
	s := ss[k]
	if s.heading == fieldVoice || s.heading == fieldChild {
		return true
	}
	if s.child {
		return h.remark == remarkVoice || !p.adultBetween(s.first, h.first)
	}
	if p.adultBetween(s.first, h.last) || wordsBetween(p, s.first, h.first) > 2 && !p.pronoun(s.first, h.last) {
		return false
	}
	for j := k - 1; j >= max(0, k-turnBack); j-- {
		switch {
		case ss[j].child:
			return true
		case ss[j].adult:
			return false
		}
	}
	return false
}

// turnBack is how many sentences back a child may stand of whom a clause
// without a name goes on to speak, if none between is led by a grown-up.
const turnBack = 10

// pronoun tells whether "he", "her", "them" stand in pieces[i:j].
func (p *page) pronoun(i, j int) bool {
	for ; i < j; i++ {
		if p.is(i, traitPronoun) {
			return true
		}
	}
	return false
}

func wordsBetween(p *page, i, j int) (n int) {
	for ; i < j; i++ {
		if p.kind(i) == pieceWord {
			n++
		}
	}
	return n
}

// adultBetween tells whether a word for a grown-up stands in pieces[i:j].
func (p *page) adultBetween(i, j int) bool {
	for ; i < j; i++ {
		if p.is(i, traitGrown) {
			return true
		}
	}
	return false
}
