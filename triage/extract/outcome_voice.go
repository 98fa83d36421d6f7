package extract

import "strings"

// voice tells whether the notice says how a child was seen, heard or found.
func (x *labels) voice(p *page, fs []field, ss []clause, hits []remarkHit, pt part) bool {
	for _, f := range fs {
		if f.line < pt.first || f.line >= pt.last {
			continue
		}
		if f.key == fieldSeen && f.first < f.last && p.seenValue(f) || f.key == fieldVoice && p.filled(f, fs) && !p.whereaboutsOnly(f, fs, hits) {
			return true
		}
	}
	for k := range ss {
		if p.quotes(&ss[k]) && ss[k].heading != fieldHistory {
			return true
		}
	}
	for _, h := range hits {
		if h.remark != remarkVoice && h.remark != remarkDemeanour && h.remark != remarkSpeech {
			continue
		}
		k := -1
		for i := range ss {
			if ss[i].first <= h.first && h.first < ss[i].last {
				k = i
			}
		}
		if k >= 0 && p.saysOfChild(ss, k, h) {
			return true
		}
	}
	return false
}

// unseen tells whether a cue says that a child was not seen.
func (p *page) unseen(h remarkHit) bool {
	for i := max(0, h.first-2); i < h.last; i++ {
		if w := p.lower(i); (w == "not" || strings.HasSuffix(w, "n't") || strings.HasSuffix(w, "n’t")) && (p.lower(h.last-1) == "seen" || p.lower(h.last-1) == "spoken") {
			return true
		}
	}
	return false
}

// reasoned tells whether a sentence says why, or where the child was instead.
func (p *page) reasoned(s *clause) bool {
	for i := s.first; i < s.last; i++ {
		switch p.lower(i) {
		case "as", "because", "since", "so", "due", "asleep", "sleeping", "bed", "school", "nursery", "away", "holiday", "out", "at", "in", "with", "woken", "wake", "disturb", "unwell", "ill", "refused", "gone", "late", "staying", "hospital", "reason", "dad's", "nan's", "gran's", "friend's", "missing", "moved", "off", "if", "would":
			return true
		}
	}
	return false
}

// nobodyBefore tells whether pieces[first:last] deny that anybody saw the child.
func (p *page) nobodyBefore(first, last int) bool {
	for i := first; i < last; i++ {
		switch p.lower(i) {
		case "nobody", "no-one", "never", "last", "nor":
			return true
		case "no":
			if p.lower(i+1) == "one" || p.lower(i+1) == "police" || p.lower(i+1) == "officer" {
				return true
			}
		}
	}
	return false
}

// quotes tells whether a sentence gives a child's words in quotation marks.
func (p *page) quotes(s *clause) bool {
	for i := s.first; i < s.last; i++ {
		if q := p.str(i); q != "\"" && q != "“" && q != "‘" || p.kind(i) != piecePunct {
			continue
		}
		who := p.nearest(s.first, i)
		if first := p.firstPersonOf(s); who == whoNone && first < i {
			who = s.about
		}
		j := i + 1
		for j < s.last && p.kind(j) != piecePunct {
			j++
		}
		if wordsBetween(p, i, j) >= 3 && who == whoChild && (i == s.first || p.said(i-1)) {
			return true
		}
		i = j
	}
	return false
}

// said tells whether the mark or word before a quotation is one that leads
// into what somebody says.
func (p *page) said(i int) bool {
	return p.mark(i, ':') || p.mark(i, ',') || p.mark(i, '-') || saying[p.lower(i)]
}

// saying are the words straight before a quotation.
var saying = map[string]bool{"said": true, "says": true, "saying": true, "say": true, "told": true, "asked": true, "replied": true, "answered": true, "added": true, "shouted": true, "whispered": true, "me": true, "us": true, "was": true, "were": true,
	"that": true, "as": true, "like": true, "and": true, "feels": true, "is": true, "it's": true, "it’s": true}

// ofTheHome tells whether pieces[first:last] speak of the house: "house clean
// and tidy" says nothing of the child.
func (p *page) ofTheHome(first, last int) bool {
	for i := first; i < last; i++ {
		switch p.lower(i) {
		case "house", "home", "property", "address", "flat", "kitchen", "premises", "room", "bedroom", "bedrooms", "lounge", "conditions":
			return true
		}
	}
	return false
}

// seenValue reads "Y", "Yes, chatty", "N - asleep"; a bare no says nothing of
// why.
func (p *page) seenValue(f field) bool {
	w := p.lower(f.first)
	if w == "n" || w == "no" || w == "not" {
		return f.last-f.first > 2
	}
	return !blankValue(p.low[p.pieces[f.first].start:p.pieces[f.last-1].end])
}

// whereaboutsOnly tells whether the text under a voice label is short and says
// no more than where the child was.
func (p *page) whereaboutsOnly(f field, fs []field, hits []remarkHit) bool {
	first, last := f.first, f.last
	if first >= last {
		first = p.lines[f.line+1].first
	}
	for n := f.line + 1; n < len(p.lines) && p.lines[n].first < p.lines[n].last && !hasField(fs, n); n++ {
		last = p.lines[n].last
	}
	for _, h := range hits {
		if h.first >= first && h.first < last && (h.remark == remarkVoice || h.remark == remarkDemeanour || h.remark == remarkSpeech) {
			return false
		}
	}
	words := 0
	for i := first; i < last; i++ {
		if p.kind(i) == pieceWord {
			words++
		}
		if p.mark(i, '"') || p.str(i) == "“" || p.str(i) == "”" {
			return false
		}
	}
	return words < 12
}

// saysOfChild tells whether a cue in sentence k is said of a child: the nearest
// person before it is one, or, where somebody is seen, one follows it; or the
// sentence goes on about a child by a pronoun or without a subject.
func (p *page) saysOfChild(ss []clause, k int, h remarkHit) bool {
	s := ss[k]
	if s.heading == fieldVoice || s.heading == fieldChild {
		return true
	}
	if first := p.lower(s.first); h.remark == remarkSpeech && (first == "nothing" || first == "no") {
		return false
	}
	if w := p.lower(h.first - 1); h.remark == remarkSpeech && (w == "i" || w == "we" || w == "officers" || w == "police") {
		return false
	}
	if h.remark == remarkDemeanour && p.ofTheHome(max(s.first, h.first-4), h.first) {
		return false
	}
	if h.remark == remarkVoice && p.nobodyBefore(max(s.first, h.first-6), h.first) {
		return false
	}
	near := p.nearest(s.first, h.first)
	switch {
	case near == whoChild && !(h.remark == remarkVoice && p.unseen(h) && !p.reasoned(&s)):
		return true
	case near == whoGrown:
		return h.remark == remarkVoice && s.child && p.firstOf(whoChild, s.first, h.last+5) >= 0
	case h.remark == remarkVoice && p.firstOf(whoChild, h.last, min(s.last, h.last+5)) >= 0:
		return true
	case h.remark == remarkVoice && p.firstOf(whoGrown, h.last, min(s.last, h.last+3)) >= 0:
		return false
	case h.remark == remarkVoice && p.unseen(h) && !p.reasoned(&s):
		return false
	case h.remark == remarkVoice && strings.HasPrefix(p.lower(h.first), "not") && (s.about != whoGrown || p.lower(h.last-1) == "seen"):
		return true
	}
	return s.about == whoChild
}
