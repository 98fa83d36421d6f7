package extract

import (
	"strings"

	"github.com/ppn-triage/ppn-triage/triage"
)

// group is a number of children that a text speaks of without names.
type group struct {
	n        int
	at, last int  // pieces
	unnamed  bool // said to be unknown or not named
	home     bool // said to belong to the household
	sex      string
	age      age
	aged     bool
}

// unnamed adds a placeholder for every child of the household that the text
// counts and does not name, and an unborn child for a pregnancy.
func (r *roster) unnamed(first, last int) {
	named := r.hasNamedChild()
	best := group{}
	for n := first; n < last; n++ {
		switch r.p.section(n) {
		case triage.SectionSubject, triage.SectionSignature:
			continue
		}
		ln := r.p.lines[n]
		for i := ln.first; i < ln.last; i++ {
			if !r.p.is(i, traitChild|traitCount) || r.p.lower(i-1) == "unborn" {
				continue
			}
			if g, ok := r.group(i, ln); ok && (g.unnamed || g.home && !named) {
				if g.unnamed && !best.unnamed || g.unnamed == best.unnamed && g.n > best.n {
					best = g
				}
				i = max(i, g.last-1)
			}
		}
	}
	if named && best.unnamed {
		best.n = min(best.n, 6)
	}
	for k := range best.n {
		m := mention{kin: kinChild, last: best.last, prose: true, age: best.age, aged: best.aged}
		m.Placeholder, m.Sex = true, best.sex
		m.Start, m.End = r.p.pieces[best.at].start, r.p.pieces[best.last-1].end
		r.ms = append(r.ms, m)
		_ = k
	}
	r.pregnancies(first, last)
}

func (r *roster) hasNamedChild() bool {
	for i := range r.ms {
		if r.ms[i].Name != "" && !r.ms[i].Unborn && r.isChild(&r.ms[i]) {
			return true
		}
	}
	return false
}

// childNouns are the words for children; the value is 2 for a plural.
var childNouns = map[string]int{"child": 1, "children": 2, "kid": 1, "kids": 2, "baby": 1, "babies": 2, "infant": 1, "infants": 2, "toddler": 1, "toddlers": 2,
	"son": 1, "sons": 2, "daughter": 1, "daughters": 2, "boy": 1, "boys": 2, "girl": 1, "girls": 2, "lad": 1, "lads": 2, "twins": 2, "juvenile": 1, "juveniles": 2,
	"youngster": 1, "youngsters": 2, "newborn": 1, "bairn": 1, "bairns": 2, "teenager": 1, "teenagers": 2, "ones": 2, "schoolgirl": 1, "schoolboy": 1, "dependants": 2, "siblings": 2, "kiddie": 1, "kiddies": 2, "tot": 1, "tots": 2, "lass": 1, "lasses": 2, "wean": 1, "weans": 2, "nipper": 1, "nippers": 2, "youth": 1, "pupil": 1, "schoolchild": 1, "schoolchildren": 2}

// notAChild are words after "child" or "baby" that make it no child.
var notAChild = map[string]bool{"protection": true, "social": true, "services": true, "benefit": true, "abuse": true, "safeguarding": true, "maintenance": true, "arrangements": true,
	"concern": true, "coming": true, "notice": true, "line": true, "seat": true, "welfare": true, "ppn": true, "care": true, "line's": true, "height": true, "contact": true, "exploitation": true,
	"in-need": true, "wipes": true, "food": true, "milk": true, "monitor": true, "bottle": true, "clothes": true, "gate": true, "sitter": true, "father": true, "minder": true, "at-risk": true,
	"form": true, "details": true, "psychologist": true, "support": true, "tax": true, "grade": true, "occupant": true, "passenger": true, "support's": true, "cot": true, "bump": true, "friend": true, "friends": true, "scene": true}

// outsiders hold children of other households.
var outsiders = map[string]bool{"neighbour": true, "neighbours": true, "neighbour's": true, "neighbours'": true, "friend's": true, "friends": true, "friends'": true, "friend": true, "sister's": true, "sisters": true,
	"brother's": true, "brothers": true, "aunt's": true, "aunty's": true, "local": true, "other": true, "others'": true, "someone's": true, "victim's": true, "group": true, "older": true, "big": true, "another": true, "mate's": true, "mates": true, "landlord's": true, "cousin's": true}

var owners = map[string]bool{"her": true, "his": true, "their": true, "our": true, "ip's": true, "ips": true, "ip’s": true, "mother's": true, "father's": true, "couple's": true, "couples": true, "parties": true, "mum's": true, "mothers": true, "victim’s": true, "of": true, "has": true, "have": true, "got": true, "with": true, "shares": true, "share": true}

// aboutChildren are words before "of the child" that speak of no child in
// particular.
var aboutChildren = map[string]bool{"voice": true, "view": true, "views": true, "wishes": true, "impact": true, "welfare": true, "name": true, "names": true, "details": true, "number": true, "age": true, "ages": true, "interests": true, "safety": true, "account": true, "neglect": true, "charge": true, "abuse": true, "protection": true, "assault": true}

var places = map[string]bool{"upstairs": true, "asleep": true, "bed": true, "house": true, "home": true, "address": true, "property": true, "present": true, "bedroom": true, "room": true, "premises": true, "flat": true, "downstairs": true, "resident": true, "live": true, "lives": true, "reside": true, "household": true, "there": true, "settee": true, "sofa": true, "cot": true}

// group reads a count of children at piece i: "3 x children", "x2 kids", "1 x
// unknown female child approx 13", "her two", "the children upstairs".
func (r *roster) group(i int, ln line) (g group, ok bool) {
	p := r.p
	noun := childNouns[p.lower(i)]
	if noun == 0 {
		return r.elliptic(i, ln)
	}
	next := i + 1
	if next < ln.last && p.kind(next) == pieceWord && notAChild[p.lower(next)] || p.lower(i) == "ones" && p.lower(i-1) != "little" {
		return g, false
	}
	g = group{n: noun, at: i, last: i + 1, sex: sexOf(strings.TrimSuffix(p.lower(i), "s"))}
	if !r.groupBefore(&g, i, ln) {
		return g, false
	}
	r.groupAfter(&g, ln)
	return g, true
}

// groupBefore reads the words in front of the noun, back to the count or the
// owner; it answers false where they deny the child or give it to others.
func (r *roster) groupBefore(g *group, i int, ln line) bool {
	p := r.p
	counted := false
	for j, k := i-1, 0; j >= ln.first && k < 7; j, k = j-1, k+1 {
		w := p.lower(j)
		switch {
		case p.kind(j) == piecePunct && !p.mark(j, '-') && !p.mark(j, '/'), p.kind(j) == pieceGap:
			return true
		case w == "no" || w == "nil" || w == "not" || w == "without" || w == "any" || w == "zero" || w == "never" || w == "0":
			return false
		case outsiders[w]:
			return false
		case w == "unknown" || w == "unnamed" || w == "unidentified":
			g.unnamed, g.at = true, j
		case w == "male" || w == "female":
			g.sex, g.at = sexOf(w), j
		case w == "of" && aboutChildren[p.lower(j-1)]:
			return false // "Voice of the child"
		case counted && w == "the" && g.at == j+1:
			g.home = true
		case owners[w]:
			g.home, g.at = true, j
			return true
		case !counted && countOf(strings.TrimLeft(w, "x")) > 0 && (p.kind(j) == pieceNumber || w[0] == 'x' || numberWords[w] > 0):
			if p.kind(j+1) == pieceNumber || j+1 == i || countable(p.lower(j+1)) {
				g.n, g.at, counted = countOf(strings.Trim(w, "x")), j, true
			}
		}
	}
	return true
}

// countOf is the value of "3", "x2", "2x", "three".
func countOf(w string) int {
	w = strings.Trim(w, "x")
	if v := numberWords[w]; v > 0 {
		return v
	}
	v, n := digits(w, 0, 2)
	if n == 0 || n < len(w) || v > 12 {
		return 0
	}
	return v
}

// countable tells whether a word may stand between the count and the children.
func countable(w string) bool {
	switch w {
	case "x", "young", "small", "little", "unknown", "unnamed", "unidentified", "male", "female", "primary", "school", "other", "further", "more", "additional", "younger", "older", "teenage", "dependent", "dependant":
		return true
	}
	return false
}

// groupAfter reads what follows the noun: "names not obtained", "asleep
// upstairs", "approx 13".
func (r *roster) groupAfter(g *group, ln line) {
	p := r.p
	words := 0
	for j := g.last; j < ln.last && words < 12; j++ {
		w := p.lower(j)
		if p.mark(j, '.') {
			return
		}
		if words < 4 && !g.aged && (p.kind(j) == pieceNumber || p.is(j, traitAge)) {
			if a, n, sure := readAge(p.low[p.pieces[j].start:ln.end]); n > 0 && (sure || a.approx) {
				g.age, g.aged = a, true
				g.last = p.at(p.pieces[j].start + n)
			}
		}
		if p.kind(j) != pieceWord {
			continue
		}
		words++
		switch {
		case words < 6 && g.n == 2 && g.last == g.at+1 && numberWords[w] > 2 && (p.lower(j+1) == "i" || p.lower(j+1) == "of" || p.lower(j+1) == "or" || p.lower(j+1) == "at"):
			g.n = numberWords[w]
		case w == "names" || w == "name" || w == "details" || w == "identity" || w == "dobs":
			g.unnamed = g.unnamed || denied(p, j+1, ln.last)
		case w == "unknown" || w == "unnamed" || w == "unidentified":
			g.unnamed = g.unnamed || words < 4
		case w == "adopted" || w == "removed" || w == "died" || w == "stillborn" || w == "miscarried" || w == "taken" && p.lower(j+1) == "off" || w == "grown" && p.lower(j+1) == "up":
			g.n, g.home, g.unnamed = 0, false, false
			return
		case w == "at" && p.kind(j+1) == pieceNumber && words < 3:
			g.home = true
		case places[w]:
			g.home = true
		}
	}
}

// denied tells whether "not", "refused", "unknown" follows soon.
func denied(p *page, j, end int) bool {
	for k := j; k < min(end, j+5); k++ {
		switch p.lower(k) {
		case "not", "refused", "unknown", "withheld", "unobtained", "declined", "n", "tbc", "never":
			return true
		}
	}
	return false
}

// elliptic reads "her two were at her mum's": children named by their number
// alone.
func (r *roster) elliptic(i int, ln line) (g group, ok bool) {
	p := r.p
	n := numberWords[p.lower(i)]
	if n < 1 || n > 8 || i == ln.first || !(p.lower(i-1) == "her" || p.lower(i-1) == "his" || p.lower(i-1) == "their") {
		return g, false
	}
	switch p.lower(i + 1) {
	case "were", "are", "was", "had", "have", "in", "at", "asleep", "with", "who", "stay", "live", "go", "stayed", "upstairs", "both":
		return group{n: n, at: i - 1, last: i + 1, home: true}, true
	}
	return g, false
}

// pregnancies adds the unborn child of a pregnant woman of the notice.
func (r *roster) pregnancies(first, last int) {
	for i := range r.ms {
		if r.ms[i].Unborn {
			return
		}
	}
	for i := range r.ms {
		if m := &r.ms[i]; m.preg || m.edd.m > 0 {
			r.expect(m.Name, m.edd, m.Start, m.End)
			return
		}
	}
	for n := first; n < last; n++ {
		switch r.p.section(n) {
		case triage.SectionSubject, triage.SectionSignature:
			continue
		}
		ln := r.p.lines[n]
		for i := ln.first; i < ln.last; i++ {
			if r.p.expecting(i) && r.ownPregnancy(i, ln) {
				r.expect(r.motherName(), r.p.dueNear(i, ln), r.p.pieces[i].start, r.p.pieces[i].end)
				return
			}
		}
	}
}

// expecting tells whether the words at piece i say that somebody is with child.
func (p *page) expecting(i int) bool {
	next, after := p.lower(i+1), p.lower(i+2)
	switch p.lower(i) {
	case "pregnant", "mum-to-be", "mother-to-be":
		return true
	case "expecting":
		return next == "a" || next == "twins" || next == "in" || next == "at" || next == "again" || (next == "her" || next == "their") && (after == "first" || after == "second" || after == "third" || after == "fourth" || after == "baby" || p.mark(i+2, ','))
	case "weeks", "wks", "months":
		if p.kind(i-1) != pieceNumber && numberWords[p.lower(i-1)] == 0 {
			return false
		}
		if w := p.lower(i - 2); (w == "is" || w == "she's" || w == "she’s" || w == "be") && p.lower(i) != "months" && (p.mark(i+1, ',') || p.mark(i+1, '.') || p.mark(i+1, ';')) {
			return true
		}
		return next == "gone" || next == "gestation" || next == "with" && (after == "child" || after == "her" && (p.lower(i+3) == "first" || p.lower(i+3) == "second" || p.lower(i+3) == "third" || p.lower(i+3) == "fourth" || p.lower(i+3) == "baby"))
	case "unborn":
		return next == "child" || next == "baby"
	case "baby":
		return next == "due" || next == "is" && after == "due" || next == "bump"
	case "40":
		return p.mark(i-1, '/') && p.kind(i-2) == pieceNumber && p.pieces[i-1].end == p.pieces[i].start && !p.mark(i+1, '/')
	}
	return false
}

// expect adds an unborn child.
func (r *roster) expect(mother string, edd date, start, end int) {
	m := mention{kin: kinUnborn, edd: edd, prose: true}
	m.Unborn, m.Mother, m.Start, m.End = true, mother, start, end
	r.ms = append(r.ms, m)
}

// ownPregnancy tells whether the word is said of a woman of the notice and not
// denied, wondered at or past.
func (r *roster) ownPregnancy(i int, ln line) bool {
	p := r.p
	if p.mark(i+1, '?') || p.mark(i+1, ':') || p.mark(i+1, '-') {
		switch p.lower(i + 2) {
		case "no", "n", "nil", "none", "not", "never":
			return false // "Pregnant? No chance"
		}
	}
	for j, k := i-1, 0; j >= ln.first && k < 9; j, k = j-1, k+1 {
		w := p.lower(j)
		switch {
		case p.mark(j, '.') || p.mark(j, ';'):
			return true
		case w == "not" || w == "no" || w == "isn't" || w == "isn’t" || w == "never" || w == "denies" || w == "if" || w == "was" && k > 1 || w == "when" || w == "got" || w == "get" || w == "whether" || w == "while" || w == "previously":
			return false
		case w == "sister" || w == "friend" || w == "neighbour" || w == "aunt" || w == "teacher" || w == "cousin" || w == "another":
			return false
		}
	}
	return true
}

func (r *roster) motherName() string {
	for i := range r.ms {
		if m := &r.ms[i]; m.kin == kinMother || m.field == fieldMother || m.kin == kinVictim || m.field == fieldVictim {
			return m.Name
		}
	}
	return ""
}

// dueNear finds the date after "EDD" or "due" on the line of a pregnancy.
func (p *page) dueNear(i int, ln line) date {
	for j := i; j < ln.last; j++ {
		if w := p.lower(j); w == "edd" || w == "due" {
			var m mention
			(&labels{}).suffixDue(p, &m, j+1, ln.last)
			return m.edd
		}
	}
	return date{}
}
