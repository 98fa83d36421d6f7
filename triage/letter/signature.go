package letter

import (
	"regexp"
	"strings"
)

// Signs of a name block.
var (
	phone   = regexp.MustCompile(`\b0\d{2,4}[ -]?\d{3,4}[ -]?\d{3,4}\b|\+44[ (]|\b(?i:ext|extn|tel|mob|mobile|phone|fax|ddi)\b[.:]? ?\d`)
	address = regexp.MustCompile(`(?i)\b[\w.+'-]+@[\w-]+(\.[\w-]+)+|\bwww\.|https?://`)
	rank    = regexp.MustCompile(`^\s*(?:T/|A/)?(?:(?:PC|PS|DC|DS|DI|TDC|TDS|PCSO|SC|INSP|Insp|Sgt|SGT|Sergeant|Inspector|Det|Supt|CI|DCI|WPC|CSO|Detective|Constable|Chief|Acting)\b\.? ?)+`)
	label   = regexp.MustCompile(`^\s*([\pL][\pL0-9 /().'&-]{0,40}?)\s*(?:[.]{2,}|:|\t| {3,})`)
	contact = regexp.MustCompile(`(?i)^(t|m|e|w|f|tel|telephone|mob|mobile|phone|fax|email|e-mail|mail|web|website|ext|extn|ddi|office|direct|duty|twitter|facebook|internal|external)$`)
)

const (
	maxSignatureLines = 12
	maxSignatureLine  = 90
	maxLastBlock      = 6 // lines of a name block without sign-off
)

// carveSignatures marks the name blocks: after the mark "-- ", after a sign-off
// as long as lines look like a name block, and a last paragraph that is one.
func carveSignatures(lines []line, marks []mark, was mark) {
	for i := range lines {
		if marks[i] != was || lines[i].hidden {
			continue
		}
		s := strings.TrimSpace(lines[i].text)
		switch {
		case s == "--":
			n := nameBlock(lines[i+1:], true)
			if n > 0 || i+1 == len(lines) {
				setSignature(marks[i:i+1+n], was)
			}
		case isSignOff(s):
			if n := nameBlock(lines[i+1:], false); n > 0 || blankFrom(lines, i+1) {
				setSignature(marks[i:i+1+n], was)
			}
		case isSentBy(s):
			setSignature(marks[i:i+1], was)
		}
	}
	carveLastBlock(lines, marks, was)
}

// The words of a sign-off: at least one of closing, the others of either.
var (
	closing  = wordSet("regards thanks thank cheers best wishes sincerely faithfully rgds thx ta diolch cofion")
	courtesy = wordSet("many kind kindest warm with yours all the you again in advance and very much team gyda")
)

// isSignOff tells a line that closes a mail and says nothing else.
func isSignOff(s string) bool {
	if len(s) == 0 || len(s) > 40 || strings.ContainsAny(s, "0123456789:") {
		return false
	}
	closes := false
	for _, w := range words(s) {
		if closing[w] {
			closes = true
		} else if !courtesy[w] {
			return false
		}
	}
	return closes
}

// isSentBy tells the line that a telephone adds.
func isSentBy(s string) bool {
	if len(s) > 80 || len(s) < 9 {
		return false
	}
	low := strings.ToLower(s)
	for _, p := range []string{"sent from my ", "sent from outlook", "sent from yahoo", "sent from samsung", "sent from mail", "sent via ", "get outlook for "} {
		if strings.HasPrefix(low, p) {
			return true
		}
	}
	return false
}

// setSignature leaves alone what is a disclaimer already.
func setSignature(marks []mark, was mark) {
	for i := range marks {
		if marks[i] == was {
			marks[i] = signature
		}
	}
}

// nameBlock counts the lines that go on a name block. Before the first blank
// line names are enough; behind it a line needs a sign of its own, so that a
// form below a covering note is not taken for a signature.
func nameBlock(lines []line, marked bool) int {
	n, used, gap := 0, 0, false
	for i, l := range lines {
		s := strings.TrimSpace(l.text)
		if s == "" {
			gap = gap || used > 0
			continue
		}
		if used == maxSignatureLines || l.row || !nameLine(s) || gap && !marked && !strongLine(s) {
			return n - headings(lines[:n], i == n)
		}
		used++
		n = i + 1
	}
	return n
}

// headings counts the last lines in capitals of a block that text follows at
// once: they head that text.
func headings(lines []line, follows bool) (n int) {
	for i := len(lines) - 1; follows && i >= 0; i-- {
		s := strings.TrimSpace(lines[i].text)
		if s != strings.ToUpper(s) || strongLine(s) {
			break
		}
		n++
	}
	return n
}

// nameLine tells a line that may stand in a name block: short, no sentence, no
// form field, nobody of a family, no date.
func nameLine(s string) bool {
	if len(s) > maxSignatureLine || fieldLine(s) || sentence(s) || dated.MatchString(s) {
		return false
	}
	for _, w := range words(s) {
		if family[w] {
			return false
		}
	}
	return strongLine(s) || len(strings.Fields(s)) <= 8
}

// dated tells a date, as one of birth.
var dated = regexp.MustCompile(`\b\d{1,2}[/.-]\d{1,2}[/.-](?:19|20)?\d\d\b`)

// family are words of those a notice is about.
var family = wordSet(`mum mom dad mother father son daughter baby babies kids gran grandma nan nana grandad grandmother grandfather mgm mgf pgm pgf
	aunt auntie aunty uncle sister brother stepdad stepmum stepfather stepmother partner husband wife boyfriend girlfriend ex ip vp susp suspect victim
	neighbour carer nok fam tad`)

// sentence tells a line that says something: it ends as a sentence does, or has
// words in lower case other than those of names and offices, or is a run of
// capitals that is neither.
func sentence(s string) bool {
	words := strings.Fields(s)
	switch {
	case isSentBy(s):
		return false
	case strings.HasSuffix(s, "?"), strings.HasSuffix(s, "!"), len(words) > 4 && (strings.HasSuffix(s, ".") || strings.Contains(s, ". ")):
		return true
	}
	lower, capitals := 0, 0
	for _, w := range words {
		switch {
		case titled[strings.Trim(strings.ToLower(w), ",.:|-")]:
			capitals -= len(words)
		case w[0] >= 'a' && w[0] <= 'z' && !strings.ContainsAny(w, "@."):
			lower++
		case len(w) > 1 && w == strings.ToUpper(w) && strings.Trim(w, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == "":
			capitals++
		}
	}
	reach := phone.MatchString(s) || address.MatchString(s)
	return lower >= 2 || !reach && (lower == 1 && len(words) >= 3 || capitals >= 4)
}

// titled are words of names and offices.
var titled = wordSet("and of the for at in on van de y m t e w tel mob ext phone team desk unit hub office officer lead manager police npt nights days hq headquarters constabulary pc ps dc ds di pcso insp sgt t/dc a/ps")

// strongLine tells a line that stands nowhere but in a name block.
func strongLine(s string) bool {
	if len(s) > maxSignatureLine || fieldLine(s) || sentence(s) {
		return false
	}
	return phone.MatchString(s) || address.MatchString(s) || isSentBy(s) || rankedName(s)
}

// rankedName tells "PC 1234 Name" or "DS Name, Team": a rank, a number, and no
// more than two words before the next comma.
func rankedName(s string) bool {
	name := strings.TrimLeft(s[len(rank.FindString(s)):], "0123456789 ")
	if i := strings.IndexAny(name, ",|-"); i > 0 {
		name = name[:i]
	}
	n := len(strings.Fields(name))
	return rank.MatchString(s) && n >= 1 && n <= 2
}

// fieldLine tells "label: value" other than the fields of a name block.
func fieldLine(s string) bool {
	m := label.FindStringSubmatch(s)
	return m != nil && !contact.MatchString(strings.TrimSpace(m[1])) && !strings.HasPrefix(strings.ToLower(s), "http")
}

// carveLastBlock marks the last paragraph if it is a name block without
// sign-off: short lines, and among them a name with a rank, or an office with a
// telephone or address. A telephone alone may be a family's.
func carveLastBlock(lines []line, marks []mark, was mark) {
	end := len(lines)
	for end > 0 && (marks[end-1] == signature || strings.TrimSpace(lines[end-1].text) == "") {
		end--
	}
	start := end
	for start > 0 && end-start <= maxLastBlock && strings.TrimSpace(lines[start-1].text) != "" && marks[start-1] == was && nameLine(strings.TrimSpace(lines[start-1].text)) {
		start--
	}
	for start < end && lines[start].block && !officeLine(lines[start].text) {
		start++ // of paragraphs, only those from the first sure one on
	}
	above := start > 0 && strings.TrimSpace(lines[start-1].text) != ""
	if start == end || end-start > maxLastBlock || above && !lines[start].block {
		return
	}
	if blockOfOffice(lines[start:end]) && someText(lines[:start]) {
		setSignature(marks[start:end], was)
	}
}

// officeLine tells a name with a rank, or an office that can be reached.
func officeLine(s string) bool {
	s = strings.TrimSpace(s)
	return rankedName(s) || strongLine(s) && blockOfOffice([]line{{text: s}})
}

// blockOfOffice tells whether lines begin with a name with a rank, or name an
// office beside a telephone, or hold an address of mail or web.
func blockOfOffice(lines []line) bool {
	office, reach := false, false
	for i, l := range lines {
		if i == 0 && rankedName(strings.TrimSpace(l.text)) || address.MatchString(l.text) {
			return true
		}
		reach = reach || phone.MatchString(l.text)
		for _, w := range words(l.text) {
			office = office || offices[w]
		}
	}
	return office && reach
}

// offices are words of the names of police teams.
var offices = wordSet("team desk unit hub office officer police npt cid hq headquarters constabulary mash safeguarding response neighbourhood ppu cpu cse dat sergeant inspector admin coordinator custody control room pc ps dc ds di pcso")

// someText tells whether anything is said above: a mail that is nothing but a
// name block is kept as its text.
func someText(lines []line) bool {
	for _, l := range lines {
		if strings.TrimSpace(l.text) != "" {
			return true
		}
	}
	return false
}

func blankFrom(lines []line, i int) bool { return !someText(lines[i:]) }
