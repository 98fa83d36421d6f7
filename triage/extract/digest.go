package extract

import "github.com/ppn-triage/ppn-triage/triage"

// households cuts a digest into its entries: two or more stretches that each
// begin with a number of their own and hold an address of their own. Any other
// letter is one part.
func (x *labels) households(p *page, fs []field) []part {
	whole := []part{{first: 0, last: len(p.lines)}}
	type entry struct {
		line int
		norm string
	}
	var starts []entry
	for n := range p.lines {
		switch p.section(n) {
		case triage.SectionSubject, triage.SectionSignature:
			continue
		}
		if norm := x.entryRef(p, n); norm != "" {
			starts = append(starts, entry{n, norm})
		}
	}
	if len(starts) < 2 {
		return whole
	}
	parts := make([]part, 0, len(starts))
	seen := map[string]bool{}
	for i, s := range starts {
		var last int
		if i+1 < len(starts) {
			last = starts[i+1].line
		} else {
			last = x.entryEnd(p, s.line, starts[i-1].line)
		}
		door := p.firstPostcode(s.line, last)
		if door == "" || seen[s.norm] || seen[door] {
			return whole
		}
		seen[s.norm], seen[door] = true, true
		parts = append(parts, part{first: s.line, last: last, digest: true})
	}
	return parts
}

// entryRef is the number that a line begins with, after its numbering and a
// label; empty if none.
func (x *labels) entryRef(p *page, n int) string {
	ln := p.lines[n]
	digits := 0
	for i := ln.first; i < min(ln.last, ln.first+10); i++ {
		if p.kind(i) == pieceNumber {
			digits += p.pieces[i].end - p.pieces[i].start
		}
	}
	if digits < 6 {
		return ""
	}
	i := x.skipNumbering(p, ln.first, ln.last)
	if _, next := x.fields.match(p, i, ln.last); next > i {
		i = skipMarks(p, next, ln.last)
	}
	for k := 0; i < ln.last && k < 6; k++ {
		if r, next := p.refAt(i, ln.last); next > i && r.Kind != "log" {
			return r.Norm
		}
		if p.kind(i) == pieceWord && p.pieces[i].shape == shapeLower {
			return ""
		}
		i++
	}
	return ""
}

// entryEnd ends the last entry: a row of a table ends with its line, a
// paragraph at the first blank line after as many lines as the one before.
func (x *labels) entryEnd(p *page, line, before int) int {
	if p.section(line) == triage.SectionTable || line-before == 1 {
		return line + 1
	}
	end := min(len(p.lines), line+line-before)
	for end > line+1 && (p.section(end-1) == triage.SectionSignature || p.lines[end-1].first == p.lines[end-1].last) {
		end--
	}
	return end
}

// firstPostcode is the first postcode of some lines.
func (p *page) firstPostcode(first, last int) string {
	for n := first; n < last; n++ {
		for i := p.lines[n].first; i < p.lines[n].last; i++ {
			if p.kind(i) == pieceWord {
				if code, k := readPostcode(p.text[p.pieces[i].start:p.lines[n].end]); k > 0 {
					return code
				}
			}
		}
	}
	return ""
}
