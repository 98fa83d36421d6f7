package extract

import (
	"strings"

	"github.com/ppn-triage/ppn-triage/triage"
)

// answerCodes finds the codes of the council's own questions, which an answer
// quotes: "IFD-0123456789012" (triage.AnswerCode). They are no numbers of the
// police.
func (p *page) answerCodes(first, last int) (out []triage.Reference) {
	for n := range p.lines {
		if p.section(n) != triage.SectionSubject && (n < first || n >= last) {
			continue
		}
		for at := p.lines[n].start; at < p.lines[n].end; {
			i := strings.Index(p.low[at:p.lines[n].end], "ifd")
			if i < 0 {
				break
			}
			start := at + i
			at = start + 3
			digits := strings.TrimLeft(p.low[at:p.lines[n].end], "- ")
			end := p.lines[n].end - len(digits) + answerDigits
			if len(digits) < answerDigits || !allDigits(digits[:answerDigits]) || len(digits) > answerDigits && isAlnum(digits[answerDigits]) || start > 0 && isAlnum(p.low[start-1]) {
				continue
			}
			out = append(out, triage.Reference{Kind: triage.AnswerKind, Raw: p.text[start:end], Norm: "IFD-" + digits[:answerDigits], Start: start, End: end})
		}
	}
	return out
}

const answerDigits = 13
