package extract

import (
	"slices"
	"sort"

	"github.com/ppn-triage/ppn-triage/triage"
)

// passage is one stretch of a letter cut into tokens, with everything the
// lexicon finds in it.
type passage struct {
	x         *lexicon
	text      string
	ref       string // incident date, YYYY-MM-DD, or empty
	people    []triage.Person
	names     *nameIndex // may be nil
	toks      []token
	sentences []sentence
	of        []int32  // sentence of each token
	cues      []reach  // in order of the sentence they cover
	ends      []sigSet // end cues that begin at each token
	made      []reach  // cues that dates, answers and boxes make
	ended     []sigSet // end cues that end at each token
	persons   []found
	marks     []hit // out is the index of the mark
	rules     []hit // out is the index of the rule
}

// sentence is tokens [lo,hi) and how it ends.
type sentence struct {
	lo, hi int32
	end    brk
}

// newPassage reads one stretch. People may be nil.
func (x *lexicon) newPassage(text string, sp span, names *nameIndex, ref string) *passage {
	p := &passage{x: x, text: text, ref: ref}
	p.toks = scan(x.words, text, sp, make([]token, 0, (sp.end-sp.start)/5+8))
	n := len(p.toks)
	m := matcher{sets: make([]*symset, 0, n), masks: make([]mask, 0, n), hits: make([]hit, 0, n), trie: x.trie, words: x.words, toks: p.toks, numbers: x.numbers}
	if names != nil {
		p.people, p.names = names.people, names
		names.mark(p)
		m.extra = names.syms
	}
	m.match()
	p.split(text, sp.end)
	p.sort(m.hits)
	return p
}

// split finds the sentences.
func (p *passage) split(text string, end int) {
	p.of = make([]int32, len(p.toks))
	for i := range p.toks {
		if i == 0 || p.toks[i].brk >= brkStop {
			if n := len(p.sentences); n > 0 {
				p.sentences[n-1].hi, p.sentences[n-1].end = int32(i), p.toks[i].brk
			}
			p.sentences = append(p.sentences, sentence{lo: int32(i)})
		}
		p.of[i] = int32(len(p.sentences) - 1)
	}
	if n := len(p.sentences); n > 0 {
		p.sentences[n-1].hi, p.sentences[n-1].end = int32(len(p.toks)), brkLine
		for i := int(p.toks[len(p.toks)-1].end); i < end; i++ {
			if text[i] == '?' {
				p.sentences[n-1].end = brkQuestion
			}
		}
	}
}

// sort parts the hits by kind: idioms take away the rules they cover, of
// overlapping cues the longest stays.
func (p *passage) sort(hits []hit) {
	slices.SortFunc(hits, func(a, b hit) int {
		if a.lo != b.lo {
			return int(a.lo - b.lo)
		}
		if a.hi != b.hi {
			return int(b.hi - a.hi)
		}
		return int(a.out - b.out)
	})
	hits = slices.Compact(hits)
	var idioms, cues, people []hit
	for _, h := range hits {
		switch o := p.x.outs[h.out]; o.kind {
		case outIdiom:
			idioms = append(idioms, h)
		case outCue:
			if h.hi-h.lo > 1 || !p.surname(h.lo) { // "PRIOR interviewed"
				cues = append(cues, hit{o.at, h.lo, h.hi, 0})
			}
		case outMark:
			p.marks = append(p.marks, hit{o.at, h.lo, h.hi, 0})
		case outRule:
			p.rules = append(p.rules, hit{o.at, h.lo, h.hi, h.gaps})
		case outPerson:
			people = append(people, hit{o.at, h.lo, h.hi, 0})
		}
	}
	places := p.places()
	p.rules = slices.DeleteFunc(p.rules, func(r hit) bool { return p.covered(r, idioms) || named(r, places) })
	p.marks = slices.DeleteFunc(p.marks, func(r hit) bool { return p.covered(r, idioms) })
	for _, h := range people {
		if !p.covered(h, idioms) { // "child height" is nobody
			p.person(h)
		}
	}
	p.reaches(p.longest(cues))
}

// covered tells whether an idiom overlaps the hit and is longer, or as long
// and elsewhere, or joins its words with what stands in its gaps: a phrase
// that a rule names in full is no idiom to it.
func (p *passage) covered(r hit, idioms []hit) bool {
	for _, i := range idioms {
		if i.lo < r.hi && r.lo < i.hi && (p.joinsGap(i, r) || r.hi-r.lo < i.hi-i.lo || r.hi-r.lo == i.hi-i.lo && r.lo != i.lo) {
			return true
		}
	}
	return false
}

// joinsGap tells whether the idiom covers both words and gap words of the hit;
// a preposition ("at the bottom") is no word of weight.
func (p *passage) joinsGap(idiom, r hit) bool {
	gap, word := false, false
	for t := max(idiom.lo, r.lo); t < min(idiom.hi, r.hi); t++ {
		if r.inGap(t) {
			gap = true
		} else {
			word = word || !p.isIn(t, "preposition")
		}
	}
	return gap && word
}

// longest drops every cue that a longer one overlaps.
func (p *passage) longest(cues []hit) []hit {
	keep := make([]bool, len(cues))
	for i, c := range cues {
		keep[i] = true
		for j := i - 1; j >= 0 && c.lo-cues[j].lo < 12; j-- {
			keep[i] = keep[i] && (p.plain(c) || p.plain(cues[j]) || !longer(cues[j], c))
		}
		for j := i + 1; j < len(cues) && cues[j].lo < c.hi; j++ {
			keep[i] = keep[i] && (p.plain(c) || p.plain(cues[j]) || !longer(cues[j], c))
		}
	}
	out := cues[:0]
	for i, c := range cues {
		if keep[i] {
			out = append(out, c)
		}
	}
	return out
}

func longer(a, b hit) bool { return a.lo < b.hi && b.lo < a.hi && a.hi-a.lo > b.hi-b.lo }

// plain tells whether a cue only says something, without reach or answer: it
// neither switches off others nor is switched off.
func (p *passage) plain(h hit) bool { return p.x.cues[h.out].kind >= sigQuestion }

// reaches works out what each cue covers.
func (p *passage) reaches(cues []hit) {
	p.ends, p.ended = make([]sigSet, len(p.toks)+1), make([]sigSet, len(p.toks)+1)
	kept := cues[:0]
	for _, h := range cues {
		c := p.x.cues[h.out]
		if c.kind == sigEnd {
			if !c.afterBreak || p.toks[h.lo].brk >= brkComma {
				p.ends[h.lo] |= c.ends.orAll()
				p.ended[h.hi] |= c.ends.orAll()
			}
			continue
		}
		kept = append(kept, h)
		p.cues = append(p.cues, reach{kind: c.kind, lo: h.lo, hi: h.hi, from: h.lo, to: h.hi})
	}
	for i := range p.cues {
		if c := p.x.cues[kept[i].out]; c.kind.scoped() {
			p.stretch(&p.cues[i], c)
		}
	}
	p.made = p.cues[len(p.cues):]
	p.dates()
	p.looksBack()
	p.answers()
	p.boxes()
	p.questions()
	p.cues = append(p.cues, p.made...)
	slices.SortStableFunc(p.cues, func(a, b reach) int { return int(p.of[a.from] - p.of[b.from]) })
}

// cuesOf returns the index of the first cue that covers sentence s or a later
// one.
func (p *passage) cuesOf(s int32) int {
	return sort.Search(len(p.cues), func(i int) bool { return p.of[p.cues[i].from] >= s })
}

// cuesAt returns the index of the first cue that begins at token t or later,
// while the cues stand in the order of their own words.
func (p *passage) cuesAt(t int32) int {
	return sort.Search(len(p.cues), func(i int) bool { return p.cues[i].lo >= t })
}

// stretch sets how far a scoped cue reaches.
func (p *passage) stretch(r *reach, c signal) {
	s := p.sentences[p.of[r.lo]]
	if c.looks&lookForward != 0 {
		r.to = p.forward(r.kind, r.hi, s.hi, c.within)
	}
	if c.looks&lookBackward != 0 {
		r.from = p.backward(r.kind, r.lo, s.lo, c.within)
	}
	if c.kind == sigAbsent && c.looks == lookForward && p.isField(r.lo) {
		r.from = p.labelStart(r.lo, 3) // "Weapons: none seen at any point"
	}
}

// forward returns where the reach of a cue that ends at token hi stops.
func (p *passage) forward(kind sigKind, hi, limit int32, within int) int32 {
	if within > 0 {
		limit = min(limit, hi+int32(within))
	}
	for t := hi; t < limit; t++ {
		if p.toks[t].kind == tokenTick || p.toks[t].kind == tokenUntick || t > hi && p.breaks(kind, t) || p.ends[t].has(kind) && (t > hi || kind != sigHistoric || p.toks[t].brk != brkColon) {
			return t
		}
	}
	return limit
}

// backward returns where the reach of a cue that begins at token lo starts.
func (p *passage) backward(kind sigKind, lo, limit int32, within int) int32 {
	if within > 0 {
		limit = max(limit, lo-int32(within))
	}
	for t := lo; t > limit; t-- {
		if t < lo && p.breaks(kind, t) || (p.ended[t] | p.ends[t]).has(kind) {
			return t
		}
	}
	return limit
}

// breaks tells whether the mark in front of token t ends a cue's reach.
func (p *passage) breaks(kind sigKind, t int32) bool {
	b := p.toks[t].brk
	return b >= brkSemi || b == brkDash && kind == sigAbsent
}

// isField tells whether token t opens the value of a form field.
func (p *passage) isField(t int32) bool {
	b := p.toks[t].brk
	return b == brkColon || b == brkTab
}

// labelStart returns the first token of the label before t, or t if the label
// is longer than most words.
func (p *passage) labelStart(t int32, most int) int32 {
	from := t
	for from > 0 && p.toks[from-1].kind == tokenWord {
		from--
		if int(t-from) > most {
			return t
		}
		if p.toks[from].brk >= brkColon {
			break
		}
	}
	return from
}
