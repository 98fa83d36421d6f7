package extract

import "strings"

// fits tells whether the value of a label without a mark is of its type.
func (x *labels) fits(p *page, f field, end int) bool {
	i := f.first
	if i >= end {
		return false
	}
	switch k := f.key; {
	case k >= fieldOccurrence && k <= fieldMissingRef:
		return p.kind(i) == pieceNumber && countDigits(p.str(i)) >= 4 || strings.Count(p.text[p.pieces[i].start:p.pieces[end-1].end], "/") > 1 && p.kind(i) == pieceWord
	case k == fieldLog:
		return p.kind(i) == pieceNumber
	case k >= fieldWhen && k <= fieldReportedWhen, k == fieldDOB, k == fieldEDD:
		return x.startsDate(p, i, end)
	case k == fieldGrade || k == fieldDash:
		return gradeWord(p.lower(i)) != "" || k == fieldDash && p.kind(i) == pieceNumber
	case k == fieldConsent:
		return len(consentOf(p.low[p.pieces[i].start:p.pieces[end-1].end])) > 0
	case k == fieldOfficer || k == fieldSupervisor:
		return rank(p.lower(i)) || p.kind(i) == pieceNumber && allDigits(p.str(i)) && len(p.str(i)) >= 3 && len(p.str(i)) <= 6 && i+1 >= end
	case k == fieldPlace || k == fieldAddress || k == fieldHome:
		return x.addressEnd(p, i, end) > i
	case k == fieldPostcode:
		_, n := readPostcode(p.text[p.pieces[i].start:])
		return n > 0
	case k.person():
		m, ok := x.mention(p, i, end, mentionField)
		return ok && p.pieces[m.name.first].shape != shapeLower && (m.dated() || m.name.sure && m.name.parts > 1)
	}
	return false
}

func countDigits(s string) (n int) {
	for i := range len(s) {
		if isDigit(s[i]) {
			n++
		}
	}
	return n
}

// startsDate tells whether a date or a weekday with a date begins at piece i.
func (x *labels) startsDate(p *page, i, end int) bool {
	if i < end && weekday(p.lower(i)) >= 0 {
		i++
	}
	for i < end && (p.mark(i, ',') || p.mark(i, '.')) {
		i++
	}
	if i >= end {
		return false
	}
	_, n := readDate(p.low[p.pieces[i].start:], 99)
	return n > 0
}

// carryValues gives a label that stands alone on its line the next line as its
// value, and an address the line that ends it.
func (x *labels) carryValues(p *page, in []field) []field {
	out := make([]field, 0, len(in)+4)
	for n, f := range in {
		out = append(out, f)
		next := f.line + 1
		free := next < len(p.lines) && p.lines[next].section == p.lines[f.line].section && (n+1 == len(in) || in[n+1].line > next)
		if !free || n+1 < len(in) && in[n+1].line == f.line || f.heading && n > 0 && in[n-1].line == f.line {
			continue
		}
		ln := p.lines[next]
		switch {
		case f.key.person() && !f.heading && p.soft(p.lines[f.line].last):
			out[len(out)-1].last = ln.last
		case f.heading && !f.key.prose() && !f.key.person() && f.key != fieldFormType:
			if ln.first < ln.last {
				out[len(out)-1].heading = false
				out = append(out, field{key: f.key, also: f.also, owner: f.owner, line: next, start: ln.first, first: ln.first, last: ln.last, hard: true})
			}
		case (f.key == fieldPlace || f.key == fieldAddress || f.key == fieldHome) && !f.heading && goesOn(p, f, ln):
			out = append(out, field{key: fieldPostcode, also: f.key, line: next, start: ln.first, first: ln.first, last: ln.last, hard: true})
		}
	}
	return out
}

// goesOn tells whether an address goes on in the next line: it ended in a
// comma, or a postcode begins there.
func goesOn(p *page, f field, ln line) bool {
	if ln.first >= ln.last {
		return false
	}
	for i := ln.first; i < ln.last; i++ {
		if _, n := readPostcode(p.text[p.pieces[i].start:]); n > 0 {
			return i-ln.first < 6
		}
	}
	return false
}

// labelEnd skips what may follow a label ("no", "1", "(if known)") up to its
// mark. hard says that a mark, a gap or the line's end follows.
func labelEnd(p *page, i, end int) (int, bool) {
	j := i
	for k := 0; j < end && k < 3; k++ {
		switch {
		case p.mark(j, '('):
			m := j + 1
			for m < end && m < j+9 && !p.mark(m, ')') {
				m++
			}
			if m >= end || !p.mark(m, ')') {
				return i, false
			}
			j = m + 1
			continue
		case p.kind(j) == pieceNumber && p.pieces[j].end-p.pieces[j].start == 1, p.lower(j) == "no", p.lower(j) == "name", p.lower(j) == "details", p.mark(j, '.'), p.mark(j, '*'), p.mark(j, '?'):
			j++
			continue
		}
		break
	}
	for _, at := range []int{j, i} {
		switch {
		case at >= end:
			return end, true
		case p.mark(at, ':') || p.mark(at, '=') || p.mark(at, '}') || p.kind(at) == pieceGap || p.mark(at, '|') || at == j && j > i && p.mark(j-1, '?'):
			return skipMarks(p, at, end), true
		case (p.mark(at, '-') || p.str(at) == "–" || p.str(at) == "—") && p.pieces[at].start > p.pieces[at-1].end:
			return skipMarks(p, at, end), true
		}
	}
	return i, false
}

func skipMarks(p *page, i, end int) int {
	for i < end && (p.kind(i) == pieceGap || p.mark(i, ':') || p.mark(i, '}') || p.mark(i, '>') || p.mark(i, '=') || p.mark(i, '|') || p.mark(i, '-') || p.str(i) == "–" || p.str(i) == "—") {
		i++
	}
	return i
}
