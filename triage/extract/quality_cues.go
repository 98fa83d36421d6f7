package extract

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// remark is what a phrase of labels.yaml's cues says.
type remark uint8

// The cues.
const (
	remarkNone remark = iota
	remarkOutcome
	remarkLateOutcome // an outcome if it stands towards the end
	remarkVoice       // a child was seen, spoken to, or not seen for a reason
	remarkSpeech      // what somebody said
	remarkDemeanour
	remarkShare
	remarkShareObject // what is passed on, or to whom
	remarkShareWord   // how somebody stands to it
	remarkRestricted
)

var remarkNames = map[string]remark{"outcome": remarkOutcome, "late_outcome": remarkLateOutcome, "voice": remarkVoice, "speech": remarkSpeech,
	"demeanour": remarkDemeanour, "share": remarkShare, "share_object": remarkShareObject, "share_word": remarkShareWord, "restricted": remarkRestricted}

// remarkTree finds phrases with endings left open ("arrest*"), choices
// ("(left|gone) with", "(lego|dressing gown)"), options ("(any )?further") and gaps of up to four words ("agreed _ stay").
type remarkTree struct {
	byHead map[string][]remarkPhrase // first word, or its first three letters where its ending is open
	open   [26 * 26 * 26]bool        // the first three letters of words with an open ending
}

type remarkPhrase struct {
	remark remark
	elems  []remarkElem
}

type remarkElem struct {
	words []string // lower case; a trailing * leaves the ending open
	gap   bool
}

// newRemarkTree compiles the cues.
func newRemarkTree(lists map[string][]string) (*remarkTree, error) {
	t := &remarkTree{byHead: map[string][]remarkPhrase{}}
	var errs []error
	for name, phrases := range lists {
		c, ok := remarkNames[name]
		if !ok {
			errs = append(errs, fmt.Errorf("labels: unknown remark %q", name))
			continue
		}
		for _, s := range phrases {
			for _, one := range spellOut(s) {
				if err := t.add(c, one); err != nil {
					errs = append(errs, err)
				}
			}
		}
	}
	for k := range t.byHead {
		slices.SortFunc(t.byHead[k], func(a, b remarkPhrase) int { return len(b.elems) - len(a.elems) })
	}
	return t, errors.Join(errs...)
}

// spellOut writes out what a phrase leaves open: a choice of several words
// ("(dressing gown|pyjamas) on") becomes phrases of its own, an optional group
// ("(any )?further") one with it and one without.
func spellOut(s string) []string {
	for i := 0; i < len(s); i++ {
		if s[i] != '(' {
			continue
		}
		n := strings.IndexByte(s[i:], ')')
		if n < 0 {
			return []string{s}
		}
		group, rest := s[i+1:i+n], s[i+n+1:]
		if after, ok := strings.CutPrefix(rest, "?"); ok {
			return append(spellOut(s[:i]+strings.TrimSpace(group)+" "+after), spellOut(s[:i]+after)...)
		}
		if !strings.Contains(group, " ") {
			i += n
			continue
		}
		var short, out []string
		for w := range strings.SplitSeq(group, "|") {
			if strings.Contains(w, " ") {
				out = append(out, spellOut(s[:i]+w+rest)...)
			} else {
				short = append(short, w)
			}
		}
		if len(short) > 0 {
			out = append(out, spellOut(s[:i]+"("+strings.Join(short, "|")+")"+rest)...)
		}
		return out
	}
	return []string{s}
}

// add compiles one phrase.
func (t *remarkTree) add(c remark, s string) error {
	ph := remarkPhrase{remark: c}
	for _, w := range strings.Fields(lowerASCII(s)) {
		switch {
		case w == "_":
			ph.elems = append(ph.elems, remarkElem{gap: true})
		case strings.HasPrefix(w, "(") && strings.HasSuffix(w, ")"):
			ph.elems = append(ph.elems, remarkElem{words: strings.Split(w[1:len(w)-1], "|")})
		default:
			ph.elems = append(ph.elems, remarkElem{words: []string{w}})
		}
	}
	for i, e := range ph.elems {
		for _, w := range e.words {
			if strings.Contains(w, "'") {
				ph.elems[i].words = append(ph.elems[i].words, strings.ReplaceAll(w, "'", "’"))
			}
		}
	}
	if len(ph.elems) == 0 || ph.elems[0].gap {
		return fmt.Errorf("labels: remark %q begins with no word", s)
	}
	for _, w := range ph.elems[0].words {
		head, open := strings.CutSuffix(w, "*")
		if open {
			if len(head) < 3 {
				return fmt.Errorf("labels: remark %q: an open ending needs three letters", s)
			}
			k, ok := letterKey(head)
			if !ok {
				return fmt.Errorf("labels: cue %q: an open ending needs three letters", s)
			}
			t.open[k] = true
			head = head[:3] + "*"
		}
		t.byHead[head] = append(t.byHead[head], ph)
	}
	return nil
}

// letterKey numbers the first three letters of a word.
func letterKey(w string) (k int, ok bool) {
	if len(w) < 3 {
		return 0, false
	}
	for i := range 3 {
		if w[i] < 'a' || w[i] > 'z' {
			return 0, false
		}
		k = k*26 + int(w[i]-'a')
	}
	return k, true
}

// opens tells whether a cue with an open ending may begin with the word.
func (t *remarkTree) opens(w string) bool {
	k, ok := letterKey(w)
	return ok && t.open[k]
}

// remarkHit is a remark found at pieces[first:last].
type remarkHit struct {
	remark      remark
	first, last int
}

// find appends the cues of pieces[first:last], the longest at each place.
func (t *remarkTree) find(p *page, first, last int, out []remarkHit) []remarkHit {
	for i := first; i < last; i++ {
		if !p.is(i, traitRemark) {
			continue
		}
		w := p.lower(i)
		for _, ph := range t.byHead[w] {
			if end := ph.match(p, i, last, 0); end > i {
				out = append(out, remarkHit{ph.remark, i, end})
			}
		}
		if len(w) >= 3 {
			var key [4]byte
			copy(key[:], w[:3])
			key[3] = '*'
			for _, ph := range t.byHead[string(key[:])] {
				if end := ph.match(p, i, last, 0); end > i {
					out = append(out, remarkHit{ph.remark, i, end})
				}
			}
		}
	}
	return out
}

// match tells where the phrase from element k on ends if it begins at piece i;
// 0 if it does not.
func (ph *remarkPhrase) match(p *page, i, last, k int) int {
	if k == len(ph.elems) {
		return i
	}
	e := ph.elems[k]
	if e.gap {
		for skip := 0; skip <= 4 && i < last; skip++ {
			if end := ph.match(p, i, last, k+1); end > 0 {
				return end
			}
			if i = p.nextWord(i+1, last); i >= last {
				break
			}
		}
		return 0
	}
	if k > 0 {
		if i = p.nextWord(i, last); i >= last {
			return 0
		}
	}
	w := p.lower(i)
	for _, v := range e.words {
		if v == w || len(v) > 1 && v[len(v)-1] == '*' && strings.HasPrefix(w, v[:len(v)-1]) {
			return ph.match(p, i+1, last, k+1)
		}
	}
	return 0
}

// nextWord is the next word or number at or after piece i in the sentence.
func (p *page) nextWord(i, last int) int {
	for i < last {
		switch {
		case p.kind(i) == pieceWord || p.kind(i) == pieceNumber:
			return i
		case p.kind(i) == pieceBreak && !p.soft(i), p.mark(i, '.') && i+1 < last && p.pieces[i+1].start > p.pieces[i].end:
			return last
		}
		i++
	}
	return last
}
