package extract

import (
	"strings"

	"github.com/ppn-triage/ppn-triage/triage"
)

// niche are the forces whose numbers are FF YY and seven digits (domain.md
// 1.4); all eleven digits, of which the first two are never a dialling code.
var niche = map[string]bool{"10": true, "11": true, "12": true, "13": true, "14": true, "16": true, "17": true, "20": true, "21": true, "22": true, "23": true,
	"30": true, "31": true, "32": true, "33": true, "34": true, "35": true, "36": true, "37": true, "40": true, "41": true, "42": true, "43": true, "44": true,
	"45": true, "46": true, "47": true, "48": true, "50": true, "52": true, "53": true, "54": true, "55": true, "60": true, "61": true, "62": true, "63": true}

// refKinds are the kinds that a label gives a number.
var refKinds = map[fieldKey]string{fieldOccurrence: "occurrence", fieldCrime: "crime", fieldFormRef: "form", fieldMissingRef: "missing", fieldLog: "log"}

// references finds every number under which the police know the incident: in
// the fields, in the subject, and by its format in the running text.
func (x *labels) references(p *page, fs []field, force string, first, last int) []triage.Reference {
	c := refs{p: p, force: force, seen: map[string]int{}}
	for _, f := range fs {
		if kind := refKinds[f.key]; kind != "" && f.first < f.last && f.line >= first && f.line < last {
			c.field(f, kind)
		}
	}
	for n := range p.lines {
		if p.section(n) == triage.SectionSubject || n >= first && n < last && p.section(n) != triage.SectionSignature {
			c.line(p.lines[n])
		}
	}
	c.setOwn()
	if !c.others(-1) {
		c.said(first, last)
	}
	return append(c.out, p.answerCodes(first, last)...)
}

// refs collects references.
type refs struct {
	p     *page
	force string
	out   []triage.Reference
	seen  map[string]int
	prose []bool // found in running text only
}

// add keeps a reference once; the label's kind wins over the format's.
func (c *refs) add(r triage.Reference, prose bool) {
	if i, ok := c.seen[r.Norm]; ok {
		if c.prose[i] && !prose {
			c.prose[i], c.out[i].Kind, c.out[i].Own = false, r.Kind, true
		}
		return
	}
	c.seen[r.Norm] = len(c.out)
	c.out = append(c.out, r)
	c.prose = append(c.prose, prose)
}

// field reads the number in a label's value.
func (c *refs) field(f field, kind string) {
	p := c.p
	if kind == "log" {
		if r, _ := p.logAt(f.first, f.last); r.Norm != "" {
			c.add(r, false)
			return
		}
	}
	for i := f.first; i < f.last; i++ {
		if r, next := p.letterRef(i, f.last); next > i && r.Kind == "log" && (kind != "log" || p.lower(f.start) == "incident" && p.lower(f.start+1) != "log") {
			r.Kind, r.Norm, r.Own = "occurrence", normRef(r.Raw), true // an incident's number with its day
			c.add(r, false)
			i = next - 1
			continue
		}
		if r, next := p.refAt(i, f.last); next > i {
			r.Own = true
			if r.Kind == "occurrence" && kind != "log" {
				r.Kind = kind
			}
			c.add(r, false)
			i = next - 1
		}
	}
	if r, ok := p.anyRef(f, kind); ok && len(c.seen) == 0 || ok && kind != "log" && c.none(f) {
		c.add(r, false)
	}
}

// none tells whether no reference was found in a field's value.
func (c *refs) none(f field) bool {
	from, to := c.p.pieces[f.first].start, c.p.pieces[f.last-1].end
	for _, r := range c.out {
		if r.Start >= from && r.Start < to {
			return false
		}
	}
	return true
}

// line finds references by their format.
func (c *refs) line(ln line) {
	p := c.p
	for i := ln.first; i < ln.last; i++ {
		switch p.kind(i) {
		case pieceNumber:
			if r, next := p.refAt(i, ln.last); next > i {
				r.Own = true
				c.add(r, true)
				i = next - 1
			}
		case pieceWord:
			if logWord(p.lower(i)) {
				if r, next := p.logAt(i+1, ln.last); r.Norm != "" {
					c.add(r, true)
					i = next - 1
				}
			} else if r, next := p.letterRef(i, ln.last); next > i {
				r.Own = r.Kind != "log"
				c.add(r, true)
				i = next - 1
			}
		}
	}
}

// said looks for a number after the word "reference" where no format is known.
func (c *refs) said(first, last int) {
	p := c.p
	for n := first; n < last; n++ {
		if s := p.section(n); s == triage.SectionSubject || s == triage.SectionSignature {
			continue
		}
		for i := p.lines[n].first; i < p.lines[n].last; i++ {
			if w := p.lower(i); w == "ref" || w == "reference" {
				if r, next := p.saidRef(i+1, p.lines[n].last); next > i {
					c.add(r, true)
					return
				}
			}
		}
	}
}

// saidRef reads a number of unknown format after the word "reference": six
// digits or more that are no date.
func (p *page) saidRef(i, end int) (r triage.Reference, next int) {
	for j := i; j < min(end, i+4); j++ {
		stop := j
		for stop < end && (stop == j || p.pieces[stop].start == p.pieces[stop-1].end) && p.kind(stop) != pieceGap && !p.mark(stop, ',') && !p.mark(stop, ')') {
			stop++
		}
		for stop > j && p.kind(stop-1) == piecePunct {
			stop--
		}
		if stop > j && countDigits(p.text[p.pieces[j].start:p.pieces[stop-1].end]) >= 6 {
			if _, n := p.refAt(j, end); n > j {
				return r, i - 1
			}
			if d, n := readDate(p.low[p.pieces[j].start:], p.pivot); n > 0 && d.full() || p.text[p.pieces[j].start] == '0' && countDigits(p.str(j)) == 11 {
				return r, i - 1
			}
			r = p.ref("occurrence", "", p.pieces[j].start, p.pieces[stop-1].end)
			r.Own = true
			return r, stop
		}
		if p.kind(j) == pieceWord && p.pieces[j].shape == shapeLower && p.lower(j) != "is" && p.lower(j) != "no" && p.lower(j) != "number" && p.lower(j) != "for" {
			break
		}
	}
	return r, i - 1
}

func logWord(w string) bool {
	return w == "fwin" || w == "log" || w == "cad" || w == "storm" || w == "inc" || w == "incident"
}

// refAt reads a reference that begins with digits at piece i: 13260398812,
// 13/260/398812 apart, 26PAC184402, 6527719/26, 118846/26 only by label,
// 42/12345/26, 0126*12345.
func (p *page) refAt(i, end int) (r triage.Reference, next int) {
	if p.kind(i) != pieceNumber || i > 0 && p.kind(i-1) == piecePunct && p.pieces[i-1].end == p.pieces[i].start && strings.Contains("/+-.", p.str(i-1)) && i > 1 && p.kind(i-2) == pieceNumber && p.pieces[i-2].end == p.pieces[i-1].start {
		return r, i
	}
	at := p.pieces[i].start
	w := strings.ToUpper(p.str(i))
	switch {
	case len(w) == 11 && allDigits(w) && niche[w[:2]] && p.plausibleYear(w[2:4]):
		return p.ref("occurrence", w[:2], at, p.pieces[i].end), i + 1
	case len(w) == 11 && allDigits(w[:2]) && (w[2:5] == "PAC" || w[2:5] == "MIS") && allDigits(w[5:]):
		kind := "form"
		if w[2:5] == "MIS" {
			kind = "missing"
		}
		return p.ref(kind, "01", at, p.pieces[i].end), i + 1
	case len(w) == 7 && allDigits(w) && p.yearAfter(i+1):
		return p.ref("crime", "01", at, p.pieces[i+2].end), i + 3
	}
	if n := p.spacedNiche(at); n > 0 {
		return p.ref("occurrence", p.text[at:at+2], at, at+n), p.at(at + n)
	}
	if v, n := digits(w, 0, 2); v > 0 && n == 2 && len(w) == 2 && p.mark(i+1, '/') && p.kind(i+2) == pieceNumber && p.pieces[i+2].start == p.pieces[i+1].end && p.yearAfter(i+3) {
		if l := len(p.str(i + 2)); l >= 4 && l <= 7 && allDigits(p.str(i+2)) {
			return p.ref("occurrence", w, at, p.pieces[i+4].end), i + 5
		}
	}
	return r, i
}

// yearAfter tells whether "/26" with a likely year stands at piece i.
func (p *page) yearAfter(i int) bool {
	return p.mark(i, '/') && p.kind(i+1) == pieceNumber && p.pieces[i].end == p.pieces[i+1].start && p.pieces[i-1].end == p.pieces[i].start && p.plausibleYear(p.str(i+1))
}

// plausibleYear tells whether two digits are a year of the last fifteen.
func (p *page) plausibleYear(s string) bool {
	v, n := digits(s, 0, 3)
	return n == 2 && len(s) == 2 && v <= p.pivot && v > p.pivot-15
}

// spacedNiche reads an eleven-digit number written in groups: "1326 0398812",
// "13/26/0398812", "13-260-398812". It returns its bytes, 0 if none.
func (p *page) spacedNiche(at int) int {
	var d []byte
	groups, i := 1, at
	for ; i < len(p.text) && len(d) < 12; i++ {
		c := p.text[i]
		if isDigit(c) {
			d = append(d, c)
			continue
		}
		if c != ' ' && c != '/' && c != '-' || i+1 >= len(p.text) || !isDigit(p.text[i+1]) {
			break
		}
		groups++
	}
	if len(d) != 11 || groups > 4 || groups == 1 || i < len(p.text) && isAlnum(p.text[i]) || !niche[string(d[:2])] || !p.plausibleYear(string(d[2:4])) {
		return 0
	}
	return i - at
}

func allDigits(s string) bool { return countDigits(s) == len(s) && s != "" }

// ref makes a reference of text[start:end].
func (p *page) ref(kind, force string, start, end int) triage.Reference {
	raw := p.text[start:end]
	return triage.Reference{Kind: kind, Force: force, Raw: raw, Norm: normRef(raw), Start: start, End: end}
}

// normRef keeps the letters and digits of a reference, in upper case.
func normRef(s string) string {
	return strings.Map(func(r rune) rune {
		if r < 0x80 && isAlnum(byte(r)) {
			return rune(upper(byte(r)))
		}
		return -1
	}, s)
}

// letterRef reads the formats that begin with letters: CRI/06AB/0012345/26,
// LC-20260912-0123 and PS-20260912-1234 (logs of a day), LA12340926.
func (p *page) letterRef(i, end int) (r triage.Reference, next int) {
	if p.pieces[i].shape != shapeUpper {
		return r, i
	}
	at := p.pieces[i].start
	switch w := p.str(i); {
	case w == "CRI" && p.mark(i+1, '/'):
		stop := i
		for stop < end && p.kind(stop) != pieceGap && (stop == i || p.pieces[stop].start == p.pieces[stop-1].end) {
			stop++
		}
		for stop > i && p.kind(stop-1) == piecePunct {
			stop--
		}
		if countDigits(p.text[at:p.pieces[stop-1].end]) >= 9 {
			return p.ref("crime", "06", at, p.pieces[stop-1].end), stop
		}
	case (w == "LC" || w == "PS") && p.mark(i+1, '-') && p.kind(i+2) == pieceNumber && len(p.str(i+2)) == 8 && p.mark(i+3, '-') && p.kind(i+4) == pieceNumber:
		y, m, d := p.str(i + 2)[:4], p.str(i + 2)[4:6], p.str(i + 2)[6:]
		r := p.ref("log", "", at, p.pieces[i+4].end)
		r.Norm = "LOG" + w + p.str(i+4) + "/" + y + "-" + m + "-" + d
		return r, i + 5
	}
	if p.mark(i+1, '-') && p.kind(i+2) == pieceNumber && len(p.str(i+2)) == 8 && p.mark(i+3, '-') && p.kind(i+4) == pieceNumber && p.pieces[i+4].end-p.pieces[i].start < 24 {
		if d, n := bareDate(p.low[p.pieces[i+2].start:], p.pivot); n == 8 && d.y > 2000 { // NYP-18072027-0019
			r := p.ref("log", "", at, p.pieces[i+4].end)
			r.Norm = "LOG" + p.str(i) + p.str(i+4) + "/" + d.String()
			return r, i + 5
		}
	}
	return r, i
}

// logAt reads a log number with its date: "1288 of 01/09/2026", "6120/02SEP26",
// "0966 10/10/2026".
func (p *page) logAt(i, end int) (r triage.Reference, next int) {
	for i < end && (p.mark(i, ':') || p.mark(i, '.') || p.mark(i, '#') || p.kind(i) == pieceGap || p.lower(i) == "no" || p.lower(i) == "log" || p.lower(i) == "number" || p.lower(i) == "ref" || p.lower(i) == "incident") {
		i++
	}
	if i >= end || p.kind(i) != pieceNumber || !allDigits(p.str(i)) || len(p.str(i)) > 5 {
		return r, i
	}
	start, no := p.pieces[i].start, p.str(i)
	j := i + 1
	for j < end && (p.lower(j) == "of" || p.lower(j) == "on" || p.lower(j) == "dated" || p.mark(j, '/') || p.mark(j, '-') || p.mark(j, ',') || p.mark(j, '(') || p.kind(j) == pieceGap || weekday(p.lower(j)) >= 0 && p.kind(j) == pieceWord) {
		j++
	}
	if d, ok := p.dayBefore(i); ok && (j >= end || p.kind(j) != pieceNumber) {
		r = p.ref("log", "", start, p.pieces[i].end)
		r.Norm = "LOG" + strings.TrimLeft(no, "0") + "/" + d.String()
		return r, i + 1
	}
	if j >= end {
		return r, i
	}
	s := p.low[p.pieces[j].start:]
	d, n := readDate(s, p.pivot)
	if n == 0 || d.d == 0 {
		if d, n = bareDate(s, p.pivot); n == 0 {
			return r, i
		}
	}
	d, n = p.sameYear(s, d, n)
	if !d.full() {
		return r, i
	}
	r = p.ref("log", "", start, p.pieces[j].start+n)
	r.Norm = "LOG" + strings.TrimLeft(no, "0") + "/" + d.String()
	return r, p.at(p.pieces[j].start + n)
}

// dayBefore reads the date that ends shortly before the word for a log at piece
// i: "on 1 June (log 1950)".
func (p *page) dayBefore(i int) (date, bool) {
	for j := i - 2; j >= max(0, i-6) && p.kind(j) != pieceBreak; j-- {
		if p.kind(j) != pieceNumber {
			continue
		}
		d, n := readDate(p.low[p.pieces[j].start:], p.pivot)
		if n == 0 || d.m == 0 || d.d == 0 || p.at(p.pieces[j].start+n) < i-3 {
			continue
		}
		d, _ = p.sameYear(p.low[p.pieces[j].start:], d, n)
		return d, d.full()
	}
	return date{}, false
}

// anyRef takes a label's value of unknown format: letters, digits and marks
// with four digits or more.
func (p *page) anyRef(f field, kind string) (triage.Reference, bool) {
	stop := f.first
	for stop < f.last && (stop == f.first || p.pieces[stop].start == p.pieces[stop-1].end) && p.kind(stop) != pieceGap && !p.mark(stop, ',') && !p.mark(stop, '(') {
		stop++
	}
	for stop > f.first && p.kind(stop-1) == piecePunct {
		stop--
	}
	if stop == f.first || kind == "log" {
		return triage.Reference{}, false
	}
	raw := p.text[p.pieces[f.first].start:p.pieces[stop-1].end]
	if d, n := readDate(lowerASCII(raw), p.pivot); n == len(raw) && d.full() || countDigits(raw) < 4 || len(raw) > 30 {
		return triage.Reference{}, false
	}
	r := p.ref(kind, "", p.pieces[f.first].start, p.pieces[stop-1].end)
	r.Own = true
	return r, true
}
