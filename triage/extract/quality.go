package extract

import (
	"strings"

	"github.com/ppn-triage/ppn-triage/triage"
)

// manner reads how the police graded, shared and signed the notice.
func (x *labels) manner(p *page, fs []field, pt part, r *triage.Reading) {
	for _, f := range fs {
		if f.first >= f.last || pt.digest && (f.line < pt.first || f.line >= pt.last) {
			continue
		}
		text := p.low[p.pieces[f.first].start:p.pieces[f.last-1].end]
		switch f.key {
		case fieldGrade:
			r.PoliceGrade = higher(r.PoliceGrade, p.gradeIn(f.first, f.last))
		case fieldDash:
			p.dash(f.first, f.last, r)
		case fieldConsent:
			if r.Consent == "" {
				r.Consent = p.consentValue(f)
			}
		case fieldOfficer:
			if r.Officer == "" && !blankValue(text) {
				r.Officer = strings.TrimSpace(p.text[p.pieces[f.first].start:p.pieces[f.last-1].end])
			}
		}
	}
	x.proseManner(p, pt, r)
}

// dash reads the grade and the ticks that stand after the word.
func (p *page) dash(first, last int, r *triage.Reading) {
	for i := first; i < min(last, first+10); i++ {
		w := p.lower(i)
		if p.mark(i, '.') || p.kind(i) == pieceBreak && !p.soft(i) {
			return
		}
		if len(w) == 1 && i <= first+2 && letterGrades[w] != "" && w != "a" && r.Dash == "" && p.pieces[i].shape == shapeUpper {
			r.Dash = letterGrades[w] // "DASH H 14"
			continue
		}
		if g := gradeWord(w); g != "" && w != "serious" && r.Dash != "refused" {
			r.Dash = higher(r.Dash, g)
			continue
		}
		if strings.HasPrefix(w, "refus") || strings.HasPrefix(w, "declin") {
			if r.Dash == "" {
				r.Dash = "refused"
			}
		}
		if v, n := digits(w, 0, 3); n > 0 && n == len(w) && v <= 30 && r.DashTicks < 0 && !p.mark(i+1, '/') && !p.mark(i-1, '/') {
			r.DashTicks = v
		}
	}
}

// proseManner looks for grade, DASH, consent and officer in running text.
func (x *labels) proseManner(p *page, pt part, r *triage.Reading) {
	graded := ""
	for n := range p.lines {
		ln := p.lines[n]
		sec := p.section(n)
		if pt.digest && sec != triage.SectionSignature && (n < pt.first || n >= pt.last) {
			continue
		}
		for i := ln.first; i < ln.last; i++ {
			if p.kind(i) != pieceWord {
				continue
			}
			w := p.lower(i)
			switch {
			case p.is(i, traitRank) && r.Officer == "":
				r.Officer = p.officerAt(i, ln.last)
			case sec == triage.SectionSignature:
			case w == "dash" || w == "dara":
				if i > ln.first && (strings.HasPrefix(p.lower(i-1), "refus") || strings.HasPrefix(p.lower(i-1), "declin")) && r.Dash == "" {
					r.Dash = "refused"
				}
				p.dash(i+1, ln.last, r)
			case graded != "high" && p.is(i, traitGrade):
				graded = higher(graded, p.gradeNear(i, ln, sec, pt.digest))
			}
		}
	}
	if r.PoliceGrade == "" {
		r.PoliceGrade = graded
	}
	if r.Officer == "" {
		r.Officer = x.otherAuthor(p)
	}
}
