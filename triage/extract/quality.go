package extract

import (
	"maps"
	"slices"
	"strings"

	"github.com/ppn-triage/ppn-triage/triage"
)

// grades maps a force's word for a grade to high, medium or standard: BRAG's
// green and blue and low are standard.
var grades = map[string]string{"high": "high", "red": "high", "critical": "high", "serious": "high", "uchel": "high", "coch": "high",
	"medium": "medium", "med": "medium", "amber": "medium", "moderate": "medium", "canolig": "medium", "oren": "medium", "melyn": "medium",
	"standard": "standard", "std": "standard", "low": "standard", "green": "standard", "blue": "standard", "stan": "standard", "isel": "standard", "gwyrdd": "standard",
	"glas": "standard", "safonol": "standard", "stnd": "standard", "lower": "standard"}

var gradeWords = slices.Collect(maps.Keys(grades))

// gradeWord is the grade that a word means; empty for another word.
func gradeWord(w string) string { return grades[w] }

// higher is the higher of two grades.
func higher(a, b string) string {
	for _, g := range []string{"high", "medium", "standard"} {
		if a == g || b == g {
			return g
		}
	}
	return a
}

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
				r.Consent = consentOf(text)
			}
		case fieldOfficer:
			if r.Officer == "" && !blankValue(text) {
				r.Officer = strings.TrimSpace(p.text[p.pieces[f.first].start:p.pieces[f.last-1].end])
			}
		}
	}
	x.proseManner(p, pt, r)
}

// gradeIn is the highest grade word of a value, short of the DASH grade.
func (p *page) gradeIn(first, last int) (grade string) {
	for i := first; i < last; i++ {
		switch w := p.lower(i); {
		case w == "dash" || w == "dara":
			return grade
		case p.mark(i, '/') && p.lower(i+1) == "grade":
			return grade
		case gradeWord(w) != "":
			grade = higher(grade, gradeWord(w))
		case w == "no" && p.lower(i+1) == "risk", w == "information" || w == "info" || w == "nil":
			grade = higher(grade, "standard")
		}
	}
	return grade
}

// dash reads the grade and the ticks that stand after the word.
func (p *page) dash(first, last int, r *triage.Reading) {
	for i := first; i < min(last, first+10); i++ {
		w := p.lower(i)
		if p.mark(i, '.') || p.kind(i) == pieceBreak && !p.soft(i) {
			return
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

// gradeNear is the grade that word i gives in running text: "graded LOW", "risk
// as STANDARD", "PPN LOW", a sentence of the one word, a grade in the subject.
func (p *page) gradeNear(i int, ln line, sec triage.SectionKind, table bool) string {
	g := gradeWord(p.lower(i))
	if g == "" {
		return ""
	}
	if sec == triage.SectionSubject {
		if p.pieces[i].shape == shapeLower && p.lower(i) != "std" && p.lower(i) != "standard" {
			return ""
		}
		return g
	}
	if i == ln.first && i+1 >= ln.last || table && p.pieces[i].shape == shapeUpper {
		return g
	}
	before, after := i-1, i+1
	alone := (i == ln.first || p.mark(before, '.') || p.mark(before, ',') || p.kind(before) == pieceGap || p.soft(before)) && (after >= ln.last || p.mark(after, '.') || p.mark(after, ',') || p.kind(after) == pieceGap)
	if alone && p.pieces[i].shape != shapeLower && !p.dashBefore(i, ln) {
		return g
	}
	for j, k := i-1, 0; j >= ln.first && k < 6; j, k = j-1, k+1 {
		switch p.lower(j) {
		case "grade", "graded", "grading", "grades", "ppn", "vist", "risk", "assessed", "scarf", "rated":
			return g
		case "dash", "dara", "not", "previously":
			return ""
		}
		if p.mark(j, '.') || p.kind(j) == pieceGap {
			break
		}
	}
	if (p.lower(after) == "risk" || p.lower(after) == "grade") && p.pieces[i].shape != shapeLower {
		return g
	}
	return ""
}

// dashBefore tells whether the sentence up to word i speaks of the DASH: the
// grade is the adult's then.
func (p *page) dashBefore(i int, ln line) bool {
	for j := i - 1; j >= ln.first && !p.mark(j, '.'); j-- {
		if w := p.lower(j); w == "dash" || w == "dara" {
			return true
		}
	}
	return false
}

// officerAt reads "PC 5512 HALLAM", "DS Smith" at a rank; empty if neither a
// number nor a name follows.
func (p *page) officerAt(i, end int) string {
	j := i + 1
	if p.mark(j, '.') {
		j++
	}
	ok := false
	for k := 0; j < end && k < 4; k++ {
		num := p.kind(j) == pieceNumber && p.pieces[j].end-p.pieces[j].start <= 7
		nm := p.kind(j) == pieceWord && p.pieces[j].shape != shapeLower && p.pieces[j].end-p.pieces[j].start > 1
		if !num && !nm && !(p.kind(j) == pieceWord && p.pieces[j].shape == shapeUpper) {
			break
		}
		ok = true
		j++
	}
	if !ok || p.pieces[i].shape == shapeLower && p.lower(i) != "pc" && p.lower(i) != "pcso" && p.lower(i) != "sgt" && p.lower(i) != "insp" {
		return ""
	}
	return strings.Join(strings.Fields(p.text[p.pieces[i].start:p.pieces[j-1].end]), " ")
}

// otherAuthor is an author with no rank in the text: the sender's display name
// with a rank, or a named member of staff.
func (x *labels) otherAuthor(p *page) string {
	for w := range strings.FieldsSeq(lowerASCII(p.letter.FromName)) {
		if rank(strings.Trim(w, "().,")) {
			return p.letter.FromName
		}
	}
	for n := range p.lines {
		ln := p.lines[n]
		for i := ln.first; i+1 < ln.last; i++ {
			switch p.lower(i) {
			case "researcher", "staff", "investigator", "detective", "constable", "sergeant", "inspector", "epin", "collar", "shoulder", "warrant":
				if p.kind(i+1) == pieceNumber || p.kind(i+1) == pieceWord && p.pieces[i+1].shape != shapeLower && !p.is(i+1, traitNotName) || p.lower(i+1) == "no" || p.lower(i+1) == "number" {
					return strings.Join(strings.Fields(p.text[p.pieces[i].start:p.pieces[min(ln.last, i+4)-1].end]), " ")
				}
			}
		}
	}
	return ""
}

// consentOf reads what a value says of leave to share; empty for a blank.
func consentOf(low string) string {
	s := strings.TrimSpace(strings.Map(func(r rune) rune {
		if r == '.' || r == ',' || r == '-' || r == '–' || r == '(' || r == ')' || r == '/' || r == '"' || r == ';' || r == ':' {
			return ' '
		}
		return r
	}, low))
	if blankValue(s) && s != "refused" && !strings.HasPrefix(s, "n/a") && s != "na" {
		return ""
	}
	words := strings.Fields(s)
	has := func(list ...string) bool {
		for _, w := range words {
			for _, v := range list {
				if w == v || strings.HasSuffix(v, "*") && strings.HasPrefix(w, v[:len(v)-1]) {
					return true
				}
			}
		}
		return false
	}
	switch {
	case has("vital", "overrid*", "overridden", "dispens*", "s46", "s47", "unfit", "unwell", "drunk", "without", "protocol", "n/a", "na", "unconscious", "incapable", "public", "lawful", "act", "statutory", "duty", "s11", "s17", "safeguard*"):
		if has("refus*") {
			return "refused"
		}
		return "dispensed"
	case has("refus*", "declin*", "objects", "object", "against", "withheld", "unhappy"):
		return "refused"
	case has("not", "no", "n", "none", "never", "unable", "cannot"):
		if has("sought", "asked", "needed", "required", "obtained", "given", "possible", "applicable", "available", "reply", "requested", "known") || len(words) > 2 {
			return "not_sought"
		}
		return "refused"
	case has("yes", "y", "ok", "okay", "obtained", "given", "gave", "agree*", "consent*", "happy", "aware", "informed", "granted", "verbal", "both", "mother", "mum", "father", "dad", "parent*", "ip", "asks", "ydw", "do", "oes", "signed", "guardian", "fine", "whatever", "care", "carer", "subject", "written", "implied", "confirmed"):
		return "given"
	}
	return ""
}
