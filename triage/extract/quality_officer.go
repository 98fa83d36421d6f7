package extract

import (
	"strings"

	"github.com/ppn-triage/ppn-triage/triage"
)

// lowerRanks are ranks that officers write in lower case before a number.
var lowerRanks = map[string]bool{"pc": true, "pcso": true, "sgt": true, "insp": true, "dc": true, "ps": true, "ds": true, "inspector": true, "sergeant": true, "constable": true, "cso": true, "psi": true}

// officerAt reads "PC 5512 HALLAM", "DS Smith" at a rank; empty if neither a
// number nor a name follows.
func (p *page) officerAt(i, end int) string {
	j := i + 1
	for p.mark(j, '.') || p.mark(j, '/') || p.mark(j, '-') || p.mark(j, '#') || p.lower(j) == "no" || p.is(j, traitRank) {
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
	if !ok || p.pieces[i].shape == shapeLower && (!lowerRanks[p.lower(i)] || p.kind(i+1) == pieceWord && p.pieces[i+1].shape == shapeLower) {
		return ""
	}
	return strings.Join(strings.Fields(p.text[p.pieces[i].start:p.pieces[j-1].end]), " ")
}

// otherAuthor is an author with no rank in the text: the owner of the mailbox,
// a member of staff, a name with a collar number, or whoever signed.
func (x *labels) otherAuthor(p *page) string {
	if personalBox(p.letter.From, p.letter.FromName) {
		return p.letter.FromName
	}
	for n := range p.lines {
		ln := p.lines[n]
		if by := x.collared(p, ln); by != "" {
			return by
		}
		for i := ln.first; i+1 < ln.last; i++ {
			switch p.lower(i) {
			case "researcher", "staff", "investigator", "detective", "constable", "sergeant", "inspector", "epin", "collar", "shoulder", "warrant":
				if p.kind(i+1) == pieceNumber || p.kind(i+1) == pieceWord && p.pieces[i+1].shape != shapeLower && !p.is(i+1, traitNotName) || p.lower(i+1) == "no" || p.lower(i+1) == "number" {
					return strings.Join(strings.Fields(p.text[p.pieces[i].start:p.pieces[min(ln.last, i+4)-1].end]), " ")
				}
			}
		}
	}
	if by := x.signed(p); by != "" {
		return by
	}
	for _, from := range p.froms {
		name, _, _ := strings.Cut(from, "<")
		if personalBox("", strings.Trim(name, " \"")) {
			return strings.Trim(name, " \"")
		}
	}
	return x.lastName(p)
}

// lastName is the name that stands alone in one of the last two lines of the
// mail's first part, where a letter is signed without a close.
func (x *labels) lastName(p *page) string {
	seen := 0
	for n := len(p.lines) - 1; n >= 0 && seen < 2; n-- {
		ln := p.lines[n]
		if ln.first == ln.last || p.section(n) == triage.SectionSubject {
			continue
		}
		seen++
		name, ok := x.readName(p, ln.first, ln.last, false)
		if k := ln.last - 2; k >= ln.first && ln.last-ln.first < 9 && p.kind(k) == pieceWord && p.initial(k) && p.pieces[k].shape == shapeUpper && p.pieces[k+1].shape == shapeTitle && !desk(p, ln) {
			return p.text[p.pieces[k].start:p.pieces[k+1].end] // "Capt. J Ferris"
		}
		if ok && name.last == ln.last && ln.last-ln.first >= 2 && ln.last-ln.first <= 3 && !desk(p, ln) && p.pieces[ln.first].shape == shapeTitle {
			return name.text(p)
		}
	}
	return ""
}

// personalBox tells whether a mailbox is a person's own: a rank or a collar
// number in its name, "SURNAME, Forename", or an address of initial and surname.
func personalBox(from, name string) bool {
	for w := range strings.FieldsSeq(lowerASCII(name)) {
		if deskWords[w] {
			return false
		}
	}
	for w := range strings.FieldsSeq(lowerASCII(name)) {
		w = strings.Trim(w, "().,")
		if rank(w) || len(w) >= 3 && allDigits(w) {
			return true
		}
	}
	if a, b, ok := strings.Cut(name, ","); ok && a != "" && len(strings.Fields(a)) <= 2 && len(strings.Fields(b)) >= 1 {
		return true
	}
	local, _, _ := strings.Cut(lowerASCII(from), "@")
	initial, family, ok := strings.Cut(local, ".")
	return ok && len(initial) == 1 && len(family) > 1 && strings.Contains(foldName(name), strings.TrimRight(family, "0123456789"))
}

// collared reads a short line that is a name with a number of three to six
// digits: "Sam Iredale, 8862".
func (x *labels) collared(p *page, ln line) string {
	if w := p.str(ln.first); ln.last-ln.first <= 4 && p.kind(ln.first) == pieceNumber && allDigits(w) && len(w) >= 3 && len(w) <= 6 {
		if n, ok := x.readName(p, ln.first+1, ln.last, false); ok && n.last == ln.last {
			return p.text[p.pieces[ln.first].start:p.pieces[ln.last-1].end] // "9188 Naz"
		}
	}
	if ln.last-ln.first > 7 || p.kind(ln.first) != pieceWord {
		return ""
	}
	n, ok := x.readName(p, ln.first, ln.last, false)
	if !ok || p.is(ln.first, traitField) && p.mark(ln.first+1, ':') {
		return ""
	}
	i := n.last
	for i < ln.last && p.kind(i) == piecePunct {
		i++
	}
	if w := p.str(i); p.kind(i) == pieceNumber && allDigits(w) && len(w) >= 3 && len(w) <= 6 && i+2 >= ln.last {
		return p.text[p.pieces[ln.first].start:p.pieces[i].end]
	}
	return ""
}

// closers end a letter before the name of who wrote it.
var closers = map[string]bool{"regards": true, "thanks": true, "cheers": true, "sincerely": true, "faithfully": true, "ta": true, "wishes": true, "diolch": true, "cofion": true, "best": true, "rgds": true, "kr": true}

// signed is the name below the close of a letter.
func (x *labels) signed(p *page) string {
	for n := range p.lines {
		ln := p.lines[n]
		if ln.last-ln.first == 0 || ln.last-ln.first > 4 || !p.closes(ln) {
			continue
		}
		for k := n + 1; k < min(len(p.lines), n+4); k++ {
			at := p.lines[k]
			name, ok := x.readName(p, at.first, at.last, false)
			if ok && !desk(p, at) && (name.last >= at.last || name.parts > 1 || name.last-name.first > 1 || at.last-name.last < 4) {
				return p.text[p.pieces[at.first].start:p.pieces[at.last-1].end]
			}
			if at.last > at.first {
				break
			}
		}
	}
	return ""
}

// desk tells whether a line names an office and not a person.
func desk(p *page, ln line) bool {
	for i := ln.first; i < ln.last; i++ {
		if deskWords[p.lower(i)] {
			return true
		}
	}
	return false
}

// deskWords are words in the name of an office.
var deskWords = map[string]bool{"desk": true, "team": true, "hub": true, "unit": true, "office": true, "summary": true, "police": true, "control": true, "force": true, "safeguarding": true, "mash": true, "constabulary": true,
	"admin": true, "central": true, "mailbox": true, "service": true, "services": true, "response": true, "district": true, "npt": true, "neighbourhood": true, "nbhd": true, "custody": true, "encompass": true, "referrals": true, "casework": true, "missing": true}

// closes tells whether a line is nothing but the close of a letter.
func (p *page) closes(ln line) bool {
	for i := ln.first; i < ln.last; i++ {
		if closers[p.lower(i)] {
			return true
		}
	}
	return false
}
