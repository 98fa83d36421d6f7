package extract

import (
	"strings"

	"github.com/ppn-triage/ppn-triage/triage"
)

// consentValue reads the value of a label that asks for leave to share, boxes
// and all. Words that say neither yes nor no tell at least that it was thought
// of.
func (p *page) consentValue(f field) string {
	first, last := p.ticked(f.first, f.last)
	if first >= last {
		return ""
	}
	text := p.low[p.pieces[first].start:p.pieces[last-1].end]
	if w := p.lower(f.start); w == "informed" || w == "aware" || w == "agencies" || w == "told" {
		for i := first; i < last; i++ {
			switch p.lower(i) {
			case "edt", "csc", "mash", "sgt", "ps", "insp", "inspector", "supervisor", "cid", "pvp", "school":
				return "" // who was told of the incident
			}
		}
	}
	if c := consentOf(text); c != "" || blankValue(text) {
		return c
	}
	switch n := wordsBetween(p, first, last); {
	case n > 0 && n < 4 && p.pieces[first].shape != shapeLower && !p.is(first, traitNotName):
		return "given" // a name: who agreed
	case n > 1:
		return "not_sought"
	}
	return ""
}

// shareReach is how many words may stand between what is passed on and how
// somebody stands to it.
const shareReach = 12

// consentInProse takes leave to share from running text where no row gave it: a
// cue that says it alone, or in one sentence what is passed on and how somebody
// stands to it.
func (x *labels) consentInProse(p *page, fs []field, ss []clause, hits []remarkHit, r *triage.Reading) {
	if r.Consent != "" {
		return
	}
	k := 0
	for i := range ss {
		s := &ss[i]
		var whole, object, word *remarkHit
		for ; k < len(hits) && hits[k].first < s.last; k++ {
			switch h := &hits[k]; {
			case h.first < s.first || p.mark(h.last, ':') || inRow(fs, fieldConsent, h.first) || p.toSomethingElse(h, s.last):
			case h.remark == remarkShare:
				whole = h
			case h.remark == remarkShareObject:
				object = h
			case h.remark == remarkShareWord && p.firstPerson(h.first-1) && strings.HasPrefix(p.lower(h.first), "ask"):
			case h.remark == remarkShareWord && (word == nil || object == nil || h.first >= object.last && word.first >= object.first):
				word = h
			}
		}
		if object != nil && word != nil && (wordsBetween(p, min(object.last, word.last), max(object.first, word.first)) > shareReach || word.first >= object.first && word.last <= object.last) {
			object = nil
		}
		if whole == nil && p.plainYes(s) {
			whole = &remarkHit{}
		}
		if whole == nil && (object == nil || word == nil) || s.heading == fieldHistory || p.wondered(s) {
			continue
		}
		if r.Consent = consentOf(p.low[p.pieces[s.first].start:p.pieces[s.last-1].end]); r.Consent == "" {
			r.Consent = "given"
		}
		return
	}
}

// plainYes tells whether a sentence is no more than that somebody agreed:
// "Ioana agreed."
func (p *page) plainYes(s *clause) bool {
	if wordsBetween(p, s.first, s.last) != 2 {
		return false
	}
	switch p.lower(s.last - 1) {
	case "agreed", "agrees", "consents", "consented", "agree", "consent":
		return p.kind(s.first) == pieceWord && p.lower(s.first) != "not"
	}
	return false
}

// wondered tells whether the writer does not know what the sentence is about:
// "no idea if she understood", "I couldn't say what mum thinks".
func (p *page) wondered(s *clause) bool {
	for i := s.first; i+1 < s.last; i++ {
		switch w, v := p.lower(i), p.lower(i+1); {
		case w == "no" && v == "idea", (w == "couldn't" || w == "couldn’t" || w == "cannot") && v == "say", w == "not" && v == "sure", (w == "don't" || w == "don’t") && v == "know" && p.lower(i-1) == "i", w == "nothing" && v == "said":
			return true
		}
	}
	return false
}

// inRow tells whether piece i stands in a label of a key or in its value.
func inRow(fs []field, key fieldKey, i int) bool {
	for _, f := range fs {
		if f.key == key && i >= f.start && i < max(f.first, f.last) {
			return true
		}
	}
	return false
}

// toSomethingElse tells whether a consent is one to a search, a treatment or
// the like, or sex by consent.
func (p *page) toSomethingElse(h *remarkHit, end int) bool {
	if strings.HasPrefix(p.lower(h.first), "consensual") {
		return true
	}
	if !strings.HasPrefix(p.lower(h.first), "consent") {
		return false
	}
	if p.lower(h.first-1) == "of" && p.lower(h.first-2) == "age" {
		return true
	}
	for i := h.last; i < min(end, h.last+6); i++ {
		switch p.lower(i) {
		case "search", "searched", "treatment", "medical", "examination", "surgery", "interview", "sex", "swabs", "samples", "photographs", "entry", "enter", "operation", "travel", "marry", "marriage", "anaesthetic", "exam", "skeletal", "vaccination":
			return true
		case "share", "shared", "sharing", "referral", "information", "info", "refer":
			return false
		}
	}
	return false
}

// consentOf reads what a value says of leave to share; empty for a blank.
func consentOf(low string) string {
	s := strings.TrimSpace(strings.Map(func(r rune) rune {
		if r == '.' || r == ',' || r == '-' || r == '–' || r == '(' || r == ')' || r == '/' || r == '"' || r == ';' || r == ':' {
			return ' '
		}
		return r
	}, low))
	if blankValue(s) && s != "refused" && !strings.HasPrefix(s, "n/a") && s != "na" {
		return ""
	}
	words := strings.Fields(s)
	has := func(list ...string) bool {
		for _, w := range words {
			for _, v := range list {
				if w == v || strings.HasSuffix(v, "*") && strings.HasPrefix(w, v[:len(v)-1]) {
					return true
				}
			}
		}
		return false
	}
	switch {
	case has("vital", "overrid*", "overridden", "dispens*", "s46", "s47", "unfit", "unwell", "drunk", "without", "protocol", "n/a", "na", "unconscious", "incapable", "public", "lawful", "act", "statutory", "duty", "s11", "s17", "safeguard*"):
		if has("refus*") {
			return "refused"
		}
		return "dispensed"
	case has("refus*", "declin*", "objects", "object", "against", "withheld", "unhappy"):
		return "refused"
	case has("not", "no", "n", "none", "never", "unable", "cannot"):
		if has("sought", "asked", "needed", "required", "obtained", "given", "possible", "applicable", "available", "reply", "requested", "known") || len(words) > 2 {
			return "not_sought"
		}
		return "refused"
	case has("yes", "y", "ok", "okay", "obtained", "given", "gave", "agree*", "consent*", "happy", "aware", "informed", "granted", "verbal", "both", "mother", "mum", "father", "dad", "parent*", "ip", "asks", "ydw", "do", "oes", "signed", "guardian", "fine", "whatever", "content", "ok'd", "okayed", "accepts", "accepted", "approved", "supportive", "willing", "welcomes", "nod", "permission", "care", "carer", "subject", "written", "implied", "confirmed"):
		return "given"
	}
	return ""
}
