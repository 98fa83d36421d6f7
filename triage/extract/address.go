package extract

import (
	"strings"

	"github.com/ppn-triage/ppn-triage/triage"
)

// postcodeAreas are the letters that a postcode of the United Kingdom begins
// with (Royal Mail, Postcode Address File).
var postcodeAreas = func() map[string]bool {
	m := map[string]bool{}
	for a := range strings.FieldsSeq(`AB AL B BA BB BD BH BL BN BR BS BT CA CB CF CH CM CO CR CT CV CW DA DD DE DG DH DL DN DT DY
		E EC EH EN EX FK FY G GL GU GY HA HD HG HP HR HS HU HX IG IM IP IV JE KA KT KW KY L LA LD LE LL LN LS LU M ME MK ML N NE NG NN NP NR NW
		OL OX PA PE PH PL PO PR RG RH RM S SA SE SG SK SL SM SN SO SP SR SS ST SW SY TA TD TF TN TQ TR TS TW UB W WA WC WD WF WN WR WS WV YO ZE`) {
		m[a] = true
	}
	return m
}()

// readPostcode reads a postcode at the start of s, one or two slips repaired:
// O for 0 and I or L for 1 where a digit must stand. It returns the "BD8 9TZ"
// form and the bytes read, 0 if none stands there. The shapes are those of
// domain.md 5.3.
func readPostcode(s string) (code string, n int) {
	for area := 2; area > 0; area-- {
		if len(s) > area && isLetter(s[0]) && isLetter(s[area-1]) && isDigit(asDigit(s[area])) && postcodeAreas[strings.ToUpper(s[:area])] {
			if code, n = postcodeIn(s, area); n > 0 {
				return code, n
			}
		}
	}
	return "", 0
}

// postcodeIn reads the postcode whose area is s[:area].
func postcodeIn(s string, area int) (code string, n int) {
	end := area
	for end < len(s) && isAlnum(s[end]) && end < area+6 {
		end++
	}
	out, in := s[area:end], ""
	switch {
	case len(out) <= 2:
		k := end
		for k < len(s) && s[k] == ' ' && k < end+2 {
			k++
		}
		if k == end || len(s) < k+3 {
			return "", 0
		}
		in, n = s[k:k+3], k+3
	case len(out) >= 4:
		out, in, n = out[:len(out)-3], out[len(out)-3:], end
	default:
		return "", 0
	}
	if n < len(s) && isAlnum(s[n]) || len(out) == 0 || len(out) > 2 {
		return "", 0
	}
	return repairPostcode(strings.ToUpper(s[:area]), []byte(strings.ToUpper(out)), []byte(strings.ToUpper(in)), n)
}

// repairPostcode checks the parts of a postcode and mends at most two slips.
// One digit at least must be written as one, or "SHIPLEY" would be a postcode.
func repairPostcode(area string, out, in []byte, n int) (string, int) {
	slips, real := 0, 0
	mend := func(c *byte) bool {
		if isDigit(*c) {
			real++
		} else if *c = asDigit(*c); isDigit(*c) {
			slips++
		}
		return isDigit(*c)
	}
	if !mend(&out[0]) || len(out) == 2 && !mend(&out[1]) && !isLetter(out[1]) || !mend(&in[0]) {
		return "", 0
	}
	if !isUnitLetter(in[1]) || !isUnitLetter(in[2]) || slips > 2 || real == 0 {
		return "", 0
	}
	return area + string(out) + " " + string(in), n
}

func upper(c byte) byte {
	if c >= 'a' && c <= 'z' {
		return c - 'a' + 'A'
	}
	return c
}

// asDigit repairs the letters that are taken for digits.
func asDigit(c byte) byte {
	switch upper(c) {
	case 'O':
		return '0'
	case 'I', 'L':
		return '1'
	}
	return c
}

// isUnitLetter tells whether c may stand in a postcode's last two places.
func isUnitLetter(c byte) bool {
	return c >= 'A' && c <= 'Z' && !strings.ContainsRune("CIKMV", rune(c))
}

// addressEnd is the piece after an address that begins at piece i with a house
// number, a flat or a named house; i if none begins there.
func (x *labels) addressEnd(p *page, i, end int) int {
	j := i
	if j < end && dwelling(p.lower(j)) {
		j++
		for j < end && (p.kind(j) == pieceNumber || p.kind(j) == pieceWord && p.pieces[j].end-p.pieces[j].start <= 2 || p.mark(j, ',')) {
			j++
		}
	} else if p.lower(j) == "no" && p.kind(j+1) == pieceNumber {
		j++
	}
	if j >= end || p.kind(j) != pieceNumber && j == i || p.kind(j) == pieceNumber && !houseNumber(p.str(j)) {
		return i
	}
	if p.kind(j) == pieceNumber && p.kind(j+1) == pieceWord && p.pieces[j+1].shape == shapeLower && p.lower(j+1) != "the" {
		return x.lowerAddress(p, i, j, end)
	}
	if j+1 < end && p.kind(j) == pieceNumber && p.kind(j+1) != pieceWord && !p.mark(j+1, ',') && !p.soft(j+1) && !(p.mark(j+1, '-') && p.kind(j+2) == pieceNumber) {
		return i
	}
	words, street := 0, 0
	for j < end {
		switch {
		case p.kind(j) == pieceGap, p.kind(j) == pieceBreak && !p.soft(j):
			return street
		case p.kind(j) == pieceWord || p.kind(j) == pieceNumber:
			if _, n := readPostcode(p.text[p.pieces[j].start:]); n > 0 {
				return p.at(p.pieces[j].start + n)
			}
			if p.kind(j) == pieceWord && x.streets.has(p.lower(j)) && words > 0 || words > 0 && p.kind(j) == pieceWord && street > 0 && p.mark(j-1, ',') && p.pieces[j].shape != shapeLower {
				street = j + 1
			} else if p.pieces[j].shape == shapeLower && p.kind(j) == pieceWord && !addressWord(p.lower(j)) {
				return street
			}
			if p.kind(j) == pieceWord {
				words++
			}
		case p.mark(j, ',') || p.mark(j, '-') || p.mark(j, '/') || p.kind(j) == pieceBreak:
		default:
			return max(street, i)
		}
		if j++; words > 9 {
			break
		}
	}
	return max(street, i)
}

// lowerAddress reads an address in lower case whose number is piece j: one to
// three words and a word for a street, then a comma, a postcode or the end
// ("8 cormorant rise, baildon, bd17 0xq"). It returns i if none stands there.
func (x *labels) lowerAddress(p *page, i, j, end int) int {
	street := 0
	for k := j + 1; k < min(end, j+5) && p.kind(k) == pieceWord; k++ {
		if w := p.lower(k); measures[w] || p.is(k, traitPronoun) {
			return i
		} else if k > j+1 && x.streets.has(w) {
			street = k + 1
		}
	}
	if street == 0 {
		return i
	}
	for k := street; k < min(end, street+8) && (p.kind(k) == pieceWord || p.mark(k, ',') || p.soft(k)); k++ {
		if _, n := readPostcode(p.text[p.pieces[k].start:]); n > 0 {
			return p.at(p.pieces[k].start + n)
		}
	}
	if street >= end || p.mark(street, ',') || p.kind(street) == pieceBreak {
		return street
	}
	return i
}

// measures are words after a number that is no house's.
var measures = map[string]bool{"minutes": true, "minute": true, "mins": true, "hours": true, "hrs": true, "weeks": true, "days": true, "months": true, "years": true, "year": true, "miles": true, "yards": true, "metres": true, "m": true,
	"times": true, "x": true, "of": true, "other": true, "more": true, "and": true, "in": true, "at": true, "to": true, "or": true, "people": true, "children": true, "kids": true, "doors": true}

// namedHouse is the piece after an address that begins with the name of a
// house at piece i ("Rookery Cottage, Back Lane, Cullingworth, BD13 0QX"); i if
// none begins there.
func (x *labels) namedHouse(p *page, i, end int) int {
	j := i
	for j < end && j < i+4 && p.kind(j) == pieceWord && p.pieces[j].shape != shapeLower {
		j++
	}
	if j == i || !p.mark(j, ',') || !(houseNames[p.lower(j-1)] && j > i+1 || p.lower(i) == "the") {
		return i
	}
	for k := j; k < min(end, j+14); k++ {
		switch {
		case p.kind(k) == pieceWord || p.kind(k) == pieceNumber:
			if _, n := readPostcode(p.text[p.pieces[k].start:]); n > 0 {
				return p.at(p.pieces[k].start + n)
			}
			if p.kind(k) == pieceWord && p.pieces[k].shape == shapeLower && !addressWord(p.lower(k)) {
				return i
			}
		case p.mark(k, ',') || p.mark(k, '-') || p.soft(k):
		default:
			return i
		}
	}
	return i
}

// houseNames end the name of a house.
var houseNames = map[string]bool{"cottage": true, "house": true, "farm": true, "lodge": true, "barn": true, "villa": true, "hall": true, "chapel": true, "bungalow": true, "farmhouse": true, "croft": true, "grange": true, "mill": true,
	"gate": true, "vicarage": true, "rectory": true, "manor": true, "cottages": true, "court": true, "towers": true, "tower": true, "mews": true, "stables": true, "inn": true}

// dwelling words begin an address before its number.
func dwelling(w string) bool {
	switch w {
	case "flat", "apartment", "apt", "unit", "room", "plot", "pitch", "caravan", "fflat":
		return true
	}
	return false
}

func addressWord(w string) bool {
	switch w {
	case "of", "the", "on", "upon", "le", "in", "by", "under", "and", "off":
		return true
	}
	return false
}

// houseNumber knows 5, 12B, 118, 12a and no year or reference.
func houseNumber(s string) bool {
	v, n := digits(s, 0, 5)
	return v > 0 && n <= 4 && (len(s) == n || len(s) == n+1 && isLetter(s[n])) && (n < 4 || v < 1900)
}

// address is the text of pieces[first:last] as an address.
func (p *page) address(first, last int) (a triage.Address) {
	for i := first; i < last; i++ {
		if p.kind(i) != pieceWord || i > first && p.pieces[i-1].end == p.pieces[i].start && p.kind(i-1) != piecePunct {
			continue
		}
		if code, n := readPostcode(p.text[p.pieces[i].start:p.pieces[last-1].end]); n > 0 {
			a.Postcode = code
			last = i
			break
		}
	}
	for last > first && (p.kind(last-1) != pieceWord && p.kind(last-1) != pieceNumber || p.lower(last-1) == "at") {
		last--
	}
	if last > first {
		a.Line = strings.Trim(strings.Join(strings.Fields(p.text[p.pieces[first].start:p.pieces[last-1].end]), " "), " ,.;")
	}
	return a
}

// findAddress is the first piece of an address with a door in
// pieces[first:last], -1 if there is none.
func (x *labels) findAddress(p *page, first, last int) int {
	for i := first; i < last; i++ {
		switch {
		case p.kind(i) == pieceNumber || p.kind(i) == pieceWord && dwelling(p.lower(i)):
			if x.addressEnd(p, i, last) > i {
				return i
			}
		case p.kind(i) == pieceWord && p.pieces[i].shape != shapeLower && (i == first || p.kind(i-1) != pieceWord || p.pieces[i-1].shape == shapeLower):
			if x.namedHouse(p, i, last) > i {
				return i
			}
		}
	}
	return -1
}

// goesOnTo is the end of line n, or of the lines it runs on into.
func (p *page) goesOnTo(n int) int {
	last := p.lines[n].last
	if p.soft(last) && n+1 < len(p.lines) {
		last = p.lines[n+1].last
	}
	return last
}
