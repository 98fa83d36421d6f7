package letter

import (
	"regexp"
	"slices"
	"strings"
)

// carve marks signature and disclaimer lines within one person's text.
func carve(lines []line, marks []mark) {
	was := marks[0]
	carveDisclaimers(lines, marks)
	end := len(lines)
	for end > 0 && (marks[end-1] == disclaimer || strings.TrimSpace(lines[end-1].text) == "") {
		end--
	}
	carveSignatures(lines[:end], marks[:end], was)
}

// cues are turns of phrase of legal footers and gateway banners. One may stand
// in any text; several close together stand in a footer only. Those in strong
// stand hardly anywhere else.
var (
	strong = []string{
		"this e-mail", "this email", "this communication", "this transmission", "any attachment", "its attachments", "intended recipient", "intended solely", "intended only",
		"addressee", "named recipient", "received this", "received it in error", "received in error", "disclaimer", "please delete", "notify the sender", "tell the sender",
		"inform the sender", "contact the sender", "advise the sender", "views expressed", "opinions expressed", "accept service", "does not accept", "freedom of information",
		"data protection act", "gdpr", "privacy notice", "minicom", "textphone", "po box", "registered office", "registered in england", "consider the environment",
		"think before you print", "follow us", "visit our website", "crimestoppers", "crime stoppers", "originated from outside", "outside of the organisation",
		"outside the organisation", "outside of your organi", "external email", "external e-mail", "external sender", "do not click", "open attachments unless",
		"recognise the sender", "recognize the sender", "scanned for", "scanned by", "mimecast", "message labs", "messagelabs", "neges e-bost", "ebost hwn",
		"croesawn ohebiaeth", "we welcome correspondence in welsh",
	}
	weak = []string{
		"this message", "the e-mail", "attachments are", "in error", "confidential", "privileged", "personal data", "unauthorised", "unauthorized", "copying", "disclosure",
		"disseminat", "delete it", "delete this", "destroy", "notify us", "views of the", "opinions of the", "not necessarily", "virus", "malware", "monitored", "monitoring",
		"intercepted", "recorded in accordance", "accepts no", "liability", "legally binding", "switchboard", "headquarters", "dial 999", "call 999", "ring 999",
		"non-emergency", "visit us", "printed 0", "printed 1", "printed 2", "cyfrinachol", "in confidence on 0",
	}
	cues = slices.Concat(strong, weak)
)

// maxFooterWords is the longest paragraph looked at as a footer.
const maxFooterWords = 250

// carveDisclaimers marks paragraphs that are mostly turns of a legal footer,
// and what stands between a ruled line and such a paragraph.
func carveDisclaimers(lines []line, marks []mark) {
	ruled := -1 // the ruled line above, while only footer paragraphs follow it
	begun := false
	for start := 0; start < len(lines); {
		end := paragraph(lines, start)
		if isRule(lines[start].text) {
			ruled, begun = start, false
			start++
			continue
		}
		if strings.TrimSpace(lines[start].text) == "" {
			start = end
			continue
		}
		first, score, sure := footerScore(lines[start:end])
		switch {
		case score >= 2 && ruled >= 0 && !begun:
			setMarks(marks[ruled:end], disclaimer)
			begun = true
		case score >= 2 && (sure || begun) || score >= 1 && begun:
			setMarks(marks[start+first:end], disclaimer)
			begun = true
		default:
			ruled, begun = -1, false
		}
		start = end
	}
}

// paragraph returns the end of the run of lines that begins at start: up to a
// blank line, a ruled line, or after one line of HTML.
func paragraph(lines []line, start int) int {
	for i := start; i < len(lines); i++ {
		s := strings.TrimSpace(lines[i].text)
		if s == "" || isRule(s) {
			return max(i, start+1)
		}
		if lines[i].block || lines[i].row {
			return i + 1
		}
	}
	return len(lines)
}

// footerScore counts different cues in a paragraph, 0 if it says too much else
// (fewer than one cue in 30 words), and finds the first line that has one; sure
// says that one of them is strong. Lines of the paragraph before it are not given away: they may be the
// sender's last words.
func footerScore(lines []line) (first, score int, sure bool) {
	words, size := 0, 0
	first = -1
	seen := make([]bool, len(cues))
	for i, l := range lines {
		if size += len(l.text); size > maxFooterWords*10 {
			return 0, 0, false
		}
		low := strings.ToLower(l.text)
		words += strings.Count(low, " ") + 1
		if n := countCues(low, seen); n > 0 {
			score += n
			if first < 0 {
				first = i
			}
		}
	}
	if score == 0 || words > maxFooterWords || words > 30*score {
		return 0, 0, false
	}
	return first, score, slices.Contains(seen[:len(strong)], true)
}

// cueIndex finds the cues by their first four bytes.
var cueIndex = func() map[string][]int {
	index := map[string][]int{}
	for i, cue := range cues {
		index[cue[:4]] = append(index[cue[:4]], i)
	}
	return index
}()

// countCues counts the cues that begin at a word of low and were not seen yet.
func countCues(low string, seen []bool) (n int) {
	inWord := false
	for i := 0; i+4 <= len(low); i++ {
		letter := low[i] >= 'a' && low[i] <= 'z' || low[i] >= '0' && low[i] <= '9' || low[i] >= 0x80
		if letter && !inWord {
			for _, c := range cueIndex[low[i:i+4]] {
				if !seen[c] && strings.HasPrefix(low[i:], cues[c]) {
					seen[c] = true
					n++
				}
			}
		}
		inWord = letter
	}
	return n
}

// isRule tells a drawn line: ten or more of one sign.
func isRule(s string) bool {
	s = strings.TrimSpace(s)
	return len(s) >= 10 && strings.Trim(s, s[:1]) == "" && strings.ContainsRune("_-=*~#", rune(s[0]))
}

func setMarks(marks []mark, m mark) {
	for i := range marks {
		marks[i] = m
	}
}

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
			break
		}
		used++
		n = i + 1
	}
	return n
}

// nameLine tells a line that may stand in a name block: short, no sentence, no
// form field.
func nameLine(s string) bool {
	if len(s) > maxSignatureLine || fieldLine(s) || sentence(s) {
		return false
	}
	return strongLine(s) || len(strings.Fields(s)) <= 8
}

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
// sign-off: short lines, the first of them a name with a rank or one of them a
// telephone or address.
func carveLastBlock(lines []line, marks []mark, was mark) {
	end := len(lines)
	for end > 0 && (marks[end-1] == signature || strings.TrimSpace(lines[end-1].text) == "") {
		end--
	}
	start := end
	for start > 0 && end-start <= maxLastBlock && strings.TrimSpace(lines[start-1].text) != "" && marks[start-1] == was && nameLine(strings.TrimSpace(lines[start-1].text)) {
		start--
	}
	above := start > 0 && strings.TrimSpace(lines[start-1].text) != ""
	if start == end || end-start > maxLastBlock || above && !lines[start].block {
		return
	}
	sure := rankedName(strings.TrimSpace(lines[start].text))
	for _, l := range lines[start:end] {
		sure = sure || phone.MatchString(l.text) || address.MatchString(l.text)
	}
	if sure && someText(lines[:start]) {
		setSignature(marks[start:end], was)
	}
}

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
