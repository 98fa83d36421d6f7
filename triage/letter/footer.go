package letter

import (
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
		case score >= 2 && sure && ruled >= 0 && !begun:
			setMarks(marks[ruled:end], disclaimer)
			begun = true
		case score >= 3 && sure || score >= 1 && begun:
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
