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
func gradeWord(w string) string {
	if g := grades[w]; g != "" {
		return g
	}
	if a, b, ok := strings.Cut(w, "-"); ok && grades[a] != "" {
		if grades[b] != "" {
			return higher(grades[a], grades[b]) // "low-medium", not "high-visibility"
		}
	}
	return ""
}

// higher is the higher of two grades.
func higher(a, b string) string {
	for _, g := range []string{"high", "medium", "standard"} {
		if a == g || b == g {
			return g
		}
	}
	return a
}

// valueGrades are words that are a grade only where a label asks for one.
var valueGrades = map[string]string{"bronze": "standard", "silver": "medium", "gold": "high", "none": "standard", "nil": "standard", "minimal": "standard", "negligible": "standard",
	"lowest": "standard", "highest": "high", "severe": "high", "significant": "medium", "information": "standard", "info": "standard", "routine": "standard", "urgent": "high", "elevated": "medium", "substantial": "medium"}

// letterGrades are the initials of grades.
var letterGrades = map[string]string{"h": "high", "r": "high", "m": "medium", "a": "medium", "s": "standard", "l": "standard", "g": "standard", "b": "standard"}

// gradeIn is the highest grade of a label's value, short of the DASH grade. A
// number ("1 of 4", "tier 2") is a grade whose height nobody here knows:
// standard, which lowers nothing.
func (p *page) gradeIn(first, last int) (grade string) {
	first, last = p.ticked(first, last)
	number := false
	for i := first; i < last; i++ {
		switch w := p.lower(i); {
		case w == "dash" || w == "dara":
			return grade
		case p.mark(i, '/') && p.lower(i+1) == "grade":
			return grade
		case w == "not" || w == "ungraded" || w == "tbc" || w == "tba":
			return grade
		case gradeWord(w) != "":
			grade = higher(grade, gradeWord(w))
		case valueGrades[w] != "":
			grade = higher(grade, valueGrades[w])
		case w == "no" && (p.lower(i+1) == "risk" || p.lower(i+1) == "concerns"):
			grade = higher(grade, "standard")
		case len(w) == 1 && letterGrades[w] != "" && wordsBetween(p, first, last) == 1:
			grade = higher(grade, letterGrades[w])
		case p.kind(i) == pieceNumber && len(w) == 1, p.kind(i) == pieceWord && len(w) == 2 && isDigit(w[1]):
			number = true
		}
	}
	if grade == "" && number && last-first < 8 {
		return "standard"
	}
	return grade
}

// ticked narrows a value with boxes to what stands after the ticked one; to
// nothing where none is ticked.
func (p *page) ticked(first, last int) (int, int) {
	if a, b, ok := p.tickedBefore(first, last); ok {
		return a, b
	}
	boxes, from := false, -1
	for i := first; i < last; i++ {
		open := p.mark(i, '[') || p.mark(i, '(')
		empty, cross := open && (p.mark(i+1, ']') || p.mark(i+1, ')')), open && (p.mark(i+2, ']') || p.mark(i+2, ')')) && (p.lower(i+1) == "x" || p.str(i+1) == "✓" || p.str(i+1) == "✔" || p.lower(i+1) == "y" || p.mark(i+1, '*'))
		switch s := p.str(i); {
		case s == "☒" || s == "☑" || s == "✓" || s == "✔" || s == "✅":
			cross = true
		case s == "☐" || s == "□":
			empty = true
		}
		switch {
		case from >= 0 && (empty || cross):
			return from, i
		case cross:
			boxes, from = true, i+1
			if open {
				from = i + 3
			}
		case empty:
			boxes = true
		}
	}
	switch {
	case from >= 0:
		return from, last
	case boxes:
		return last, last
	}
	return first, last
}

// tickedBefore narrows a value whose boxes stand behind their words ("Bronze [x]
// Silver [ ]").
func (p *page) tickedBefore(first, last int) (int, int, bool) {
	from := first
	if p.kind(first) != pieceWord {
		return 0, 0, false
	}
	for i := first; i+1 < last; i++ {
		if !p.mark(i, '[') {
			continue
		}
		switch {
		case p.mark(i+1, ']'):
			from = i + 2
		case i+2 < last && p.mark(i+2, ']') && (p.lower(i+1) == "x" || p.lower(i+1) == "y" || p.str(i+1) == "✓"):
			return from, i, i+3 >= last || p.kind(i+3) == pieceWord || p.kind(i+3) == pieceGap
		}
	}
	return 0, 0, false
}

// gradeLeads are words after which a grade stands in running text.
var gradeLeads = map[string]bool{"grade": true, "graded": true, "grading": true, "grades": true, "ppn": true, "vist": true, "risk": true, "assessed": true, "assess": true, "assessment": true, "scarf": true,
	"rated": true, "rate": true, "rating": true, "rag": true, "brag": true, "level": true, "tier": true, "classed": true, "worth": true, "scored": true, "ragged": true, "triaged": true, "categorised": true}

// gradeTails are words that may follow a grade in its sentence; a noun there
// makes it a word like another ("high wall", "low mood").
var gradeTails = map[string]bool{"risk": true, "grade": true, "level": true, "on": true, "for": true, "from": true, "in": true, "by": true, "and": true, "but": true, "as": true, "please": true, "obviously": true,
	"overall": true, "only": true, "though": true, "because": true, "given": true, "due": true, "at": true, "i": true, "end": true, "then": true, "again": true, "this": true, "per": true, "if": true, "since": true, "so": true, "too": true, "with": true, "rather": true, "until": true, "is": true, "was": true, "would": true, "now": true, "here": true, "all": true, "both": true}

// gradeNear is the grade that word i gives in running text: "graded LOW", "risk
// as STANDARD", "PPN LOW", "Low from me", "I've gone amber", a sentence of the
// one word, a grade in the subject.
func (p *page) gradeNear(i int, ln line, sec triage.SectionKind, table bool) string {
	g := gradeWord(p.lower(i))
	switch {
	case g == "" && sec != triage.SectionSubject:
		return p.otherGrade(i)
	case g == "":
		return ""
	case sec == triage.SectionSubject:
		if p.pieces[i].shape == shapeLower && p.lower(i) != "std" && p.lower(i) != "standard" {
			return ""
		}
		return g
	case i == ln.first && i+1 >= ln.last, table && p.pieces[i].shape == shapeUpper:
		return g
	case p.dashBefore(i, ln):
		return ""
	case p.standsAlone(i, ln), p.gradeLed(i, ln), p.gradeOpens(i, ln):
		return g
	}
	if w := p.lower(i + 1); (w == "risk" || w == "grade") && p.pieces[i].shape != shapeLower {
		return g
	}
	return ""
}

// standsAlone tells whether a word is a sentence or a cell of its own: "Standard.",
// "· HIGH ·", "13260400123, high."
func (p *page) standsAlone(i int, ln line) bool {
	before, after := i-1, i+1
	ends := after >= ln.last || p.kind(after) == pieceGap || p.kind(after) == piecePunct && !p.mark(after, '-') && !p.mark(after, '\'') || p.mark(after, '-') && p.pieces[after].start > p.pieces[i].end
	if !ends {
		return false
	}
	switch {
	case i == ln.first && !p.soft(before), p.kind(before) == pieceGap, p.mark(before, '.') && p.pieces[i].start > p.pieces[before].end:
		return p.pieces[i].shape != shapeLower || after >= ln.last || p.mark(after, '.') || p.kind(after) == pieceGap
	case p.kind(before) == piecePunct || p.soft(before):
		return p.pieces[i].shape != shapeLower || p.kind(before-1) == pieceNumber || before == ln.first
	}
	return false
}

// gradeLed tells whether the words before a grade announce it.
func (p *page) gradeLed(i int, ln line) bool {
	if p.noun(i+1, ln.last) {
		return false
	}
	for j, k := i-1, 0; j >= 0 && k < 6; j, k = j-1, k+1 {
		switch w := p.lower(j); {
		case w == "dash" || w == "dara" || w == "not" || w == "previously":
			return false
		case gradeLeads[w]:
			return true
		case k < 3 && w == "with" && (p.lower(j-1) == "along" || p.lower(j-1) == "agree"), k < 3 && w == "as" && p.putAs(j), k < 2 && w == "it" && (p.lower(j-1) == "call" || p.lower(j-1) == "make" || p.lower(j-1) == "made" || p.lower(j-1) == "put"):
			return true
		case k < 2 && (w == "gone" || w == "going" || w == "went" || w == "marked" || w == "say" || w == "said" || w == "set" || w == "put") && p.firstPerson(j-1):
			return true
		case p.mark(j, '.') && p.pieces[j+1].start > p.pieces[j].end, p.kind(j) == pieceGap, p.kind(j) == pieceBreak && !p.soft(j):
			return false
		}
	}
	return false
}

// putAs tells whether "as" at piece j follows a word for setting a grade.
func (p *page) putAs(j int) bool {
	for k := j - 1; k >= max(0, j-4); k-- {
		switch p.lower(k) {
		case "treat", "treated", "put", "down", "have", "has", "marked", "recorded", "logged", "set", "classed", "flagged", "submitted", "scored", "it", "this", "going", "gone", "sent", "treating", "entered", "see", "stands", "ticked":
			return true
		}
	}
	return false
}

// firstPerson tells whether a word just before piece j+1 means the writer.
func (p *page) firstPerson(j int) bool {
	for k := j; k >= max(0, j-2); k-- {
		switch p.lower(k) {
		case "i", "we", "i've", "i’ve", "i'm", "i’m", "we've", "we’ve", "i'd", "i’d", "we'd", "we’d", "officer", "officers", "police":
			return true
		}
	}
	return false
}

// gradeOpens tells whether a grade opens its clause and what follows says whose
// it is: "Low from me", "High obviously", "Amber in my view".
func (p *page) gradeOpens(at int, ln line) bool {
	i := at
	if w := p.lower(i - 1); i > ln.first && (w == "very" || w == "pretty" || w == "definitely") {
		i--
	}
	if i > ln.first && !p.mark(i-1, '.') && !p.mark(i-1, ',') && !p.mark(i-1, '-') && p.lower(i-1) != "and" && p.lower(i-1) != "so" && p.kind(i-1) != pieceGap && !p.soft(i-1) {
		return false
	}
	j := at + 1
	if p.mark(j, ',') {
		j++
	}
	switch w := p.lower(j + 1); p.lower(j) {
	case "all", "both", "across", "obviously", "overall", "please", "throughout":
		return true
	case "as", "because", "given", "due", "until", "pending":
		return at == ln.first || p.mark(i-1, '.')
	case "end":
		return w == "of"
	case "from", "for":
		return w == "me" || w == "us" || w == "police" || w == "this" || w == "the" || w == "now"
	case "in", "by":
		return w == "my" || w == "our" || w == "me" || w == "officer"
	case "i":
		return w == "think" || w == "would" || w == "reckon"
	case "i'd", "i’d", "officer", "officer's":
		return true
	}
	return false
}

// noun tells whether a word that goes on from a grade stands at piece i.
func (p *page) noun(i, end int) bool {
	return i < end && p.kind(i) == pieceWord && p.pieces[i].shape == shapeLower && !gradeTails[p.lower(i)]
}

// dashBefore tells whether the sentence up to word i speaks of the DASH: the
// grade is the adult's then.
func (p *page) dashBefore(i int, ln line) bool {
	for j := i - 1; j >= ln.first && !p.mark(j, '.') && !p.mark(j, ';') && p.kind(j) != pieceGap; j-- {
		if w := p.lower(j); w == "dash" || w == "dara" {
			return true
		}
	}
	return false
}

// otherGrade finds a grade that no grade word gives: "lowest tier", "graded 2",
// "information only".
func (p *page) otherGrade(i int) string {
	w, next := p.lower(i), p.lower(i+1)
	switch w {
	case "lowest", "bottom", "highest", "top", "middle":
		switch next {
		case "tier", "level", "band", "grade", "category", "grading", "risk", "rung":
			if w == "highest" || w == "top" {
				return "high"
			}
			return "standard"
		}
	case "graded", "tier", "grading":
		if p.kind(i+1) == pieceNumber && len(next) == 1 {
			return "standard"
		}
	case "info", "information":
		if next == "only" {
			return "standard"
		}
	}
	return ""
}
