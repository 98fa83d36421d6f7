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
// sentence has no subject of its own and those before are about a child.
func (p *page) saysOfChild(ss []clause, k int, h remarkHit) bool {
	s := ss[k]
	if s.heading == fieldVoice || s.heading == fieldChild {
		return true
	}
	if first := p.lower(s.first); h.remark == remarkSpeech && (first == "nothing" || first == "no") {
		return false
	}
	if h.remark == remarkDemeanour && p.ofTheHome(max(s.first, h.first-4), h.first) {
		return false
	}
	switch p.nearest(s.first, h.first) {
	case whoChild:
		return true
	case whoGrown:
		return h.remark == remarkVoice && s.child && p.firstOf(whoChild, s.first, h.last+5) >= 0
	}
	if h.remark == remarkVoice && p.firstOf(whoChild, h.last, min(s.last, h.last+5)) >= 0 {
		return true
	}
	if wordsBetween(p, s.first, h.first) > 2 && !p.pronoun(s.first, h.last) {
		return false
	}
	for j := k - 1; j >= max(0, k-turnBack); j-- {
		switch {
		case ss[j].child:
			return true
		case ss[j].grown:
			return false
		}
	}
	return false
}

// turnBack is how many sentences back a child may stand of whom a sentence
// without a name goes on to speak, if none between is led by a grown-up.
const turnBack = 10

// who a word means.
type who uint8

const (
	whoNone who = iota
	whoChild
	whoGrown
)

// markPeople finds for every word whom it means, by the folded forenames of the
// people and by the words for them.
func (p *page) markPeople(names map[string]who) {
	p.whose = make([]who, len(p.pieces))
	for i, pc := range p.pieces {
		if pc.kind != pieceWord {
			continue
		}
		switch {
		case pc.trait&traitMinor != 0, pc.trait&traitChild != 0 && !notAChild[p.lower(i+1)] && !childServices(p, i):
			p.whose[i] = whoChild
		case pc.trait&traitGrown != 0:
			p.whose[i] = whoGrown
		case pc.shape != shapeLower && pc.trait&traitNotName == 0:
			p.whose[i] = p.named(i, names)
		}
	}
}

// named is whom a word or a part of it names. A plain word is looked up as it
// is; only marked, joined and possessive ones are folded.
func (p *page) named(i int, names map[string]who) who {
	w := p.lower(i)
	plain := true
	for k := 0; k < len(w) && plain; k++ {
		plain = isLetter(w[k])
	}
	if plain {
		return names[w]
	}
	for part := range strings.FieldsSeq(foldName(w)) {
		if v := names[part]; v != whoNone {
			return v
		}
		if v := names[strings.TrimSuffix(part, "s")]; v != whoNone {
			return v
		}
	}
	return whoNone
}

// childServices tells whether "children's" at piece i belongs to a service.
func childServices(p *page, i int) bool {
	switch p.lower(i + 1) {
	case "services", "social", "ward", "centre", "home":
		return strings.HasSuffix(p.lower(i), "s")
	}
	return false
}

// whom finds whether a sentence means a child, whether it names a grown-up or
// begins with a word for one, and what its words can be.
func (p *page) whom(c *clause) {
	n := 0
	for i := c.first; i < c.last; i++ {
		if p.kind(i) != pieceWord {
			continue
		}
		n++
		c.traits |= p.pieces[i].trait
		c.child = c.child || p.whose[i] == whoChild
		c.grown = c.grown || p.whose[i] == whoGrown && (n <= 2 || !p.is(i, traitGrown))
	}
}

// nearest is the last person that pieces[first:last] means.
func (p *page) nearest(first, last int) who {
	for i := last - 1; i >= first; i-- {
		if p.whose[i] != whoNone {
			return p.whose[i]
		}
	}
	return whoNone
}

// firstOf is the first piece of pieces[first:last] that means one of a kind,
// -1 if none does.
func (p *page) firstOf(w who, first, last int) int {
	for i := first; i < min(last, len(p.whose)); i++ {
		if p.whose[i] == w {
			return i
		}
	}
	return -1
}

// pronoun tells whether "he", "her", "them" stand in pieces[first:last].
func (p *page) pronoun(first, last int) bool {
	for i := first; i < last; i++ {
		if p.is(i, traitPronoun) {
			return true
		}
	}
	return false
}

func wordsBetween(p *page, first, last int) (n int) {
	for i := first; i < last; i++ {
		if p.kind(i) == pieceWord {
			n++
		}
	}
	return n
}
