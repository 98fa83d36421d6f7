package extract

import "strings"

// guessStems are what the words of a label begin with that no list names, by
// what it then asks for; the first that fits. "*" leaves the ending open.
var guessStems = []struct {
	key   fieldKey
	words []string
}{
	{fieldConsent, []string{"consent*", "share*", "sharing", "permission*", "agree*", "objection*", "gateway", "caniat*", "disclosure basis", "happy", "informed", "ok with", "okay with", "passing on", "passed on"}},
	{fieldGrade, []string{"grad*", "rag", "brag", "rating", "rated", "tier", "level", "how serious", "how bad", "how worried", "severity", "priority", "asesiad", "colour", "assessed as", "assessed at", "assessment", "put as", "risk", "our view", "scored"}},
	{fieldOutcome, []string{"outcome*", "result*", "disposal", "resolution", "done", "next", "what next", "ended", "end", "finished", "finish", "action*", "closure", "how left", "follow-up", "way forward", "what happens", "conclusion", "finalised", "steps", "dealt", "canlyniad", "measures", "arrangements"}},
	{fieldVoice, []string{"voice*", "words", "came across", "chat", "chatted", "presented", "presentation", "demeanour", "mood", "appearance", "how was", "how were", "seemed", "what child said", "the child said", "child says", "wishes", "llais", "lived"}},
	{fieldOfficer, []string{"officer", "author*", "writer", "written by", "typed by", "signed", "signature", "done by", "made by", "compiled by", "filed by", "logged by", "recorded by", "sent by", "report of", "entered by", "by", "swyddog", "collar", "staff"}},
}

// guessLabel reads a label that is in no list by the words it is made of: "OK
// to share with you -", "How she came across::", "Put as". It stands at the
// start of a line and ends in a mark or a gap.
func (x *labels) guessLabel(p *page, i, end int) (field, bool) {
	stop := i
	for stop < end && stop < i+9 && (p.kind(stop) == pieceWord || p.kind(stop) == pieceNumber && stop > i || p.mark(stop, '-') && p.kind(stop+1) == pieceNumber && p.kind(stop-1) == pieceNumber || p.mark(stop, '/') || p.mark(stop, '(') || p.mark(stop, ')') || p.mark(stop, '_') || p.mark(stop, '\'')) {
		stop++
	}
	if stop == i || stop == i+9 || p.is(i, traitPronoun) || p.is(i, traitRank) {
		return field{}, false
	}
	alone := stop >= end
	marked := !alone && (p.mark(stop, ':') || p.mark(stop, '=') || p.mark(stop, '?') || p.mark(stop, '}') || p.mark(stop, '|'))
	dashed := !alone && (p.mark(stop, '-') || p.str(stop) == "–" || p.str(stop) == "—") && stop-i <= 4
	gap := !alone && p.kind(stop) == pieceGap && stop-i <= 5
	if !marked && !dashed && !gap && (!alone || stop-i > 4 || p.pieces[i].shape == shapeLower) {
		return field{}, false
	}
	if p.mark(stop, ':') && p.kind(stop+1) == pieceNumber && p.pieces[stop+1].start == p.pieces[stop].end && p.kind(stop-1) == pieceNumber {
		return field{}, false // a time of day
	}
	key := guess(p, i, stop)
	if key == fieldOfficer && stop-i > 3 {
		return field{}, false
	}
	if key == fieldNone || alone && guess(p, stop-1, stop) != key {
		return field{}, false
	}
	if p.mark(stop, '?') {
		stop++
	}
	return field{key: key, start: i, first: skipMarks(p, stop, end), hard: true}, true
}

// guess is the field whose stems stand among the words pieces[first:last].
func guess(p *page, first, last int) fieldKey {
	for _, g := range guessStems {
		for _, w := range g.words {
			if p.saysStem(w, first, last) {
				return g.key
			}
		}
	}
	return fieldNone
}

// saysStem tells whether a word, an open ending or two words stand in
// pieces[first:last].
func (p *page) saysStem(w string, first, last int) bool {
	one, two, more := strings.Cut(w, " ")
	stem, open := strings.CutSuffix(one, "*")
	for i := first; i < last; i++ {
		v := p.lower(i)
		if (v == stem || open && strings.HasPrefix(v, stem)) && (!more || p.lower(i+1) == two) {
			return true
		}
	}
	return false
}
