package extract

import (
	"github.com/ppn-triage/ppn-triage/triage"
)

// fieldKey is what a label asks for.
type fieldKey uint8

// The fields of labels.yaml.
const (
	fieldNone fieldKey = iota
	fieldOccurrence
	fieldCrime
	fieldFormRef
	fieldMissingRef
	fieldLog
	fieldWhen
	fieldDate
	fieldTime
	fieldLastSeen
	fieldReturned
	fieldReportedWhen
	fieldPlace
	fieldAddress
	fieldHome
	fieldPostcode
	fieldStaying
	fieldGrade
	fieldDash
	fieldConsent
	fieldOfficer
	fieldSupervisor
	fieldFormType
	fieldChild
	fieldUnborn
	fieldSubject
	fieldPersons
	fieldAdult
	fieldMother
	fieldFather
	fieldPartner
	fieldRelative
	fieldVictim
	fieldSuspect
	fieldReporter
	fieldName
	fieldSurname
	fieldForename
	fieldDOB
	fieldAge
	fieldSex
	fieldEDD
	fieldRole
	fieldRelation
	fieldAlias
	fieldSchool
	fieldGP
	fieldNHS
	fieldUPN
	fieldPhone
	fieldSeen
	fieldVoice
	fieldOutcome
	fieldNarrative
	fieldHistory
)

var fieldNames = map[string]fieldKey{
	"occurrence": fieldOccurrence, "crime": fieldCrime, "form_ref": fieldFormRef, "missing_ref": fieldMissingRef, "log": fieldLog,
	"when": fieldWhen, "date": fieldDate, "time": fieldTime, "last_seen": fieldLastSeen, "returned": fieldReturned, "reported_when": fieldReportedWhen,
	"place": fieldPlace, "address": fieldAddress, "home": fieldHome, "postcode": fieldPostcode, "staying": fieldStaying,
	"grade": fieldGrade, "dash": fieldDash, "consent": fieldConsent, "officer": fieldOfficer, "supervisor": fieldSupervisor, "form_type": fieldFormType,
	"child": fieldChild, "unborn": fieldUnborn, "subject": fieldSubject, "persons": fieldPersons, "adult": fieldAdult, "mother": fieldMother, "father": fieldFather,
	"partner": fieldPartner, "relative": fieldRelative, "victim": fieldVictim, "suspect": fieldSuspect, "reporter": fieldReporter,
	"name": fieldName, "surname": fieldSurname, "forename": fieldForename, "dob": fieldDOB, "age": fieldAge, "sex": fieldSex, "edd": fieldEDD,
	"role": fieldRole, "relation": fieldRelation, "alias": fieldAlias, "school": fieldSchool, "gp": fieldGP, "nhs": fieldNHS, "upn": fieldUPN, "phone": fieldPhone,
	"seen": fieldSeen, "voice": fieldVoice, "outcome": fieldOutcome, "narrative": fieldNarrative, "history": fieldHistory,
}

// person tells whether a person stands in the field's value or below it.
func (k fieldKey) person() bool { return k >= fieldChild && k <= fieldReporter }

// about tells whether the field says something of one person.
func (k fieldKey) about() bool { return k >= fieldName && k <= fieldPhone }

// prose tells whether running text stands below the label.
func (k fieldKey) prose() bool { return k >= fieldVoice }

// field is one label with its value, in pieces. A heading has no value.
type field struct {
	key         fieldKey
	also        fieldKey // second label joined by a stroke: "When / where"
	owner       kin      // whose field it is, by the label: "Mother's DOB"
	whose       fieldKey // the person that the label asks something of: "Subject family name"
	line        int
	start       int // first piece of the label
	first, last int // value: pieces[first:last]
	hard        bool
	heading     bool
}

// fields finds every label with its value, in order of the text.
func (x *labels) scanFields(p *page) []field {
	out := make([]field, 0, 32)
	for n := range p.lines {
		switch p.section(n) {
		case triage.SectionSubject, triage.SectionSignature:
			continue
		}
		out = x.lineFields(p, n, out)
	}
	return x.carryValues(p, out)
}

// lineFields adds the fields of one line: a label at its start and after
// every gap, stroke, bar, comma or stop. A label about a person does not end
// the value of the person it is about: that value is read as a whole.
func (x *labels) lineFields(p *page, n int, out []field) []field {
	ln := p.lines[n]
	i := x.skipNumbering(p, ln.first, ln.last)
	open := -1
	for start := i; i < ln.last; i = nextCell(p, i, ln.last) {
		f, ok := x.label(p, i, ln.last, i == start)
		ok = ok && !(f.key == fieldConsent && !f.hard && i != start && p.pieces[f.start].shape == shapeLower)
		ok = ok && !(f.key == fieldLog && f.first < ln.last && !p.digitSoon(f.first, ln.last))
		if !ok || i != start && f.first >= ln.last && f.key != fieldConsent || open >= 0 && !out[open].cutBy(p, f) || open < 0 && i != start && f.key.about() {
			continue
		}
		if open >= 0 {
			out[open].last = trimEnd(p, out[open].first, f.start)
		}
		f.line, f.last = n, ln.last
		out = append(out, f)
		open = len(out) - 1
		i = max(f.first-1, i)
		if f.key.prose() && f.hard {
			break
		}
	}
	if open >= 0 {
		out[open].last = trimEnd(p, out[open].first, ln.last)
		out[open].heading = out[open].first >= out[open].last
	}
	return out
}

// digitSoon tells whether a number, or a word with a digit, is among the first
// words of a value: "Storm" before a surname is a child's name and no log.
func (p *page) digitSoon(i, end int) bool {
	for ; i < end && p.kind(i) == pieceGap; i++ {
	}
	return i < end && countDigits(p.str(i))+countDigits(p.str(min(i+1, end-1)))+countDigits(p.str(min(i+2, end-1))) > 0 && p.kind(i+1) != pieceGap || i < end && countDigits(p.str(i)) > 0
}

// cutBy tells whether label g ends the value of f on the same line.
func (f field) cutBy(p *page, g field) bool {
	if f.key == fieldConsent && g.key.person() && g.start == f.first && !p.mark(g.first-1, ':') {
		return false // "Consent   Mother - yes"
	}
	cell := g.start > 0 && (p.kind(g.start-1) == pieceGap || p.mark(g.start-1, '|'))
	switch {
	case g.key >= fieldDOB && g.key <= fieldEDD, g.key == fieldAlias, g.key == fieldRole, g.key == fieldRelation:
		return !f.key.person() && f.key != fieldName && (cell || g.hard) || f.first >= g.start
	case g.key.prose():
		return g.hard && cell
	case g.key.person() || g.key.about():
		return cell || g.hard && p.mark(g.first-1, ':')
	}
	return true
}

// nextCell is the piece after the next gap, bar or spaced stroke.
func nextCell(p *page, i, end int) int {
	for ; i < end; i++ {
		if p.kind(i) == pieceGap || p.mark(i, '|') || p.mark(i, ';') {
			return i + 1
		}
		if p.mark(i, '/') && i+1 < end && p.pieces[i+1].start > p.pieces[i].end || p.mark(i, '.') && i+1 < end && p.pieces[i+1].start > p.pieces[i].end ||
			p.mark(i, ',') && i+2 < end && p.kind(i+1) == pieceWord {
			return i + 1
		}
	}
	return end
}

func trimEnd(p *page, first, end int) int {
	for end > first && (p.kind(end-1) == pieceGap || p.mark(end-1, '/') || p.mark(end-1, '|') || p.mark(end-1, ',') || p.mark(end-1, ';')) {
		end--
	}
	return end
}

// skipNumbering skips "1.", "7)", "Section 2 -", "***", bullets and quote
// marks at the start of a line.
func (x *labels) skipNumbering(p *page, i, end int) int {
	for i < end && (p.kind(i) == pieceGap || p.mark(i, '*') || p.mark(i, '-') || p.mark(i, '#') || p.mark(i, '=') || p.mark(i, '|') || p.mark(i, '{') || p.kind(i) == piecePunct && p.str(i) == "•") {
		i++
	}
	if w := p.lower(i); (w == "q" || w == "a") && (p.kind(i+1) == pieceGap || p.mark(i+1, ':') || p.mark(i+1, '.')) {
		return i + 2
	}
	j := i
	if j < end && (p.lower(j) == "section" || p.lower(j) == "part" || p.lower(j) == "rhan") {
		j++
	}
	if j < end && (p.kind(j) == pieceNumber || p.kind(j) == pieceWord && p.pieces[j].end-p.pieces[j].start == 1) && p.pieces[j].end-p.pieces[j].start <= 2 {
		for _, c := range []byte{'.', ')', ':', '-', '/'} {
			if p.mark(j+1, c) && j+2 < end && (c != '/' && c != '-' && c != '.' || p.pieces[j+2].start > p.pieces[j+1].end || p.kind(j+2) == pieceGap) {
				for j += 2; j < end && p.kind(j) == pieceGap; j++ {
				}
				return j
			}
		}
		if p.kind(j+1) == pieceGap && j > i {
			return j + 2
		}
		if p.kind(j) == pieceNumber && p.kind(j+1) == pieceGap {
			return j + 2
		}
	}
	return i
}

// label reads a label at piece i. At the start of a line a label may have no
// mark after it if its value is of the right type.
func (x *labels) label(p *page, i, end int, lineStart bool) (field, bool) {
	if i >= end || p.kind(i) != pieceWord {
		return field{}, false
	}
	v, next := uint8(0), i
	if lineStart && p.lower(i) == "the" && p.is(i+1, traitField) {
		i++
	}
	if next = i; p.is(i, traitField) {
		v, next = x.fields.match(p, i, end)
	}
	f := field{key: fieldKey(v), start: i}
	if next == i {
		if !lineStart {
			return field{}, false
		}
		if g, ok := x.tailLabel(p, i, end); ok {
			return g, true
		}
		return x.guessLabel(p, i, end)
	}
	if g, ok := x.askedOf(p, f, next, end); ok {
		return g, true
	}
	for p.mark(next, '/') || p.mark(next, '|') {
		w, after := x.fields.match(p, next+1, end)
		if after == next+1 {
			break
		}
		if f.key == fieldNone || f.key == fieldFormType {
			f.key = fieldKey(w)
		} else if fieldKey(w) != f.key {
			f.also = fieldKey(w)
		}
		next = after
	}
	if p.mark(next, ')') {
		next++
	}
	next, f.hard = labelEnd(p, next, end)
	f.first = next
	if f.key == fieldMissingRef && f.hard && f.first < end && p.kind(f.first) == pieceWord && p.pieces[f.first].shape != shapeLower && countDigits(p.str(f.first)) == 0 {
		f.key = fieldSubject // "Misper: Tia BOOTHROYD"
	}
	if !f.hard && lineStart {
		if g, ok := x.tailLabel(p, i, end); ok && !(f.key.person() && g.key == fieldPlace && x.addressEnd(p, g.first, end) == g.first) {
			return g, true
		}
		if g, ok := x.guessLabel(p, i, end); ok {
			return g, true
		}
		if at := colonSoon(p, next, end); at > 0 {
			f.first, f.hard = skipMarks(p, at, end), true
		}
	}
	return f, f.hard || x.fits(p, f, end)
}

// askedOf reads a label that names a person and what is asked of them:
// "Subject family name", "CHILD   dob", "Child 2 surname".
func (x *labels) askedOf(p *page, f field, next, end int) (field, bool) {
	if p.mark(next, ')') {
		next++
	}
	if f.key.about() && (p.lower(next) == "of" || p.lower(next) == "for") {
		at := next + 1
		if p.lower(at) == "the" {
			at++
		}
		v, after := x.fields.match(p, at, end)
		if after == at || !fieldKey(v).person() {
			return field{}, false
		}
		g := field{key: f.key, start: f.start, owner: fieldKin(fieldKey(v)), whose: fieldKey(v)}
		g.first, g.hard = labelEnd(p, after, end)
		return g, g.hard
	}
	if !f.key.person() {
		return field{}, false
	}
	for next < end && (p.kind(next) == pieceGap || p.kind(next) == pieceNumber && p.pieces[next].end-p.pieces[next].start == 1 || p.lower(next) == "s") {
		next++
	}
	v, after := x.fields.match(p, next, end)
	if after == next || !fieldKey(v).about() {
		return field{}, false
	}
	g := field{key: fieldKey(v), start: f.start, owner: fieldKin(f.key), whose: f.key}
	if p.mark(after, '/') {
		if w, last := x.fields.match(p, after+1, end); last > after+1 {
			g.also, after = fieldKey(w), last
		}
	}
	g.first, g.hard = labelEnd(p, after, end)
	return g, g.hard
}

// colonSoon finds the colon that ends a label longer than its phrase ("Kids in
// V2:", "Consent from mother obtained:"); -1 if running text follows.
func colonSoon(p *page, i, end int) int {
	for j := i; j < end && j < i+5; j++ {
		switch {
		case p.mark(j, ':'):
			return j
		case p.kind(j) != pieceWord && !p.mark(j, '/') && !p.mark(j, '(') && !p.mark(j, ')'):
			return -1
		}
	}
	return -1
}

// tailLabel reads a label whose last words are known ("Officer's own risk
// grade:"); what stands before them may say whose it is ("Mother's DOB:").
func (x *labels) tailLabel(p *page, i, end int) (field, bool) {
	stop := i
	for stop < end && stop < i+8 && !p.mark(stop, ':') && p.kind(stop) != pieceGap {
		stop++
	}
	if stop >= end || stop == i+8 {
		return field{}, false
	}
	for k := i + 1; k < stop; k++ {
		if p.kind(k) != pieceWord {
			continue
		}
		if v, next := x.fields.match(p, k, stop); next == stop {
			f := field{key: fieldKey(v), start: i, first: skipMarks(p, stop, end), hard: true}
			who, after := x.roles.match(p, i, k)
			if after > i {
				f.owner = kin(who)
			}
			return f, true
		}
	}
	return field{}, false
}
