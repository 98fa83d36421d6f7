package extract

import "github.com/ppn-triage/ppn-triage/triage"

// Words of the field: ConText (Harkema et al. 2009) and NegEx (Chapman et al.
// 2001) read the state of a finding from cue phrases: each looks forward or
// backward up to a termination; a longer pseudo cue switches a shorter one
// off. Here the cues are data (deploy/rules/lexicon).

// sigKind is what a cue does to the facts it covers.
type sigKind uint8

const (
	sigNone sigKind = iota
	sigAbsent
	sigPossible
	sigHypothetical // conditions, worries, questions
	sigAdvice       // leaflets, policy, signposting
	sigHistoric
	sigCurrent // takes historic away
	sigOther   // of another person or household
	sigAffirm  // "yes", "confirmed": takes absent and hypothetical away
	sigPseudo  // looks like a cue and is none
	sigEnd     // ends the reach of cues
	sigNo      // "no", "nil" as the answer of a form field or question
	sigYes
	sigQuestion // the beginning of a question
	sigBirth    // a date beside it is a date of birth
	sigReported // there was an earlier report
	sigDealt    // it was dealt with
	sigNoContact
	sigCount
)

var sigNames = map[string]sigKind{"absent": sigAbsent, "possible": sigPossible, "hypothetical": sigHypothetical, "advice": sigAdvice,
	"historic": sigHistoric, "current": sigCurrent, "other": sigOther, "affirm": sigAffirm, "pseudo": sigPseudo, "end": sigEnd,
	"no": sigNo, "yes": sigYes, "question": sigQuestion, "birth": sigBirth, "reported": sigReported, "dealt": sigDealt, "no_contact": sigNoContact}

// scoped tells whether a cue of the kind reaches over words beside it.
func (k sigKind) scoped() bool { return k >= sigAbsent && k <= sigAffirm }

// sigSet is a set of cue kinds.
type sigSet uint32

func (s sigSet) has(k sigKind) bool { return s&(1<<k) != 0 }

// orAll reads the empty set as every kind.
func (s sigSet) orAll() sigSet {
	if s == 0 {
		return 1<<sigCount - 1
	}
	return s
}

// look is the way a cue reaches.
type look uint8

const (
	lookForward look = 1 << iota
	lookBackward
	lookBoth = lookForward | lookBackward
)

var lookNames = map[string]look{"forward": lookForward, "backward": lookBackward, "both": lookBoth}

// signal is one group of cue phrases.
type signal struct {
	kind       sigKind
	looks      look
	within     int  // words it reaches; 0: to the end of the clause
	afterBreak bool // counts only behind a comma, bracket or dash
	ends       sigSet
}

// reach is a cue found in the text and the tokens it covers.
type reach struct {
	kind     sigKind
	lo, hi   int32 // the cue's own tokens
	from, to int32 // the tokens it covers
}

// state is what the cues say of one fact.
type state struct {
	polarity triage.Polarity
	time     triage.Time
	other    bool
	cue      string // the deciding words
}

// Cues reads the state of single findings by the cues of a lexicon; it is
// the door for public yardsticks of negation and time.
type Cues struct{ x *lexicon }

// LoadCues compiles the lexicon files against the vocabulary, as New does,
// for use of their cues alone.
func LoadCues(files map[string][]byte, vocabulary []byte) (*Cues, error) {
	x, err := loadLexicon(files, vocabulary)
	if err != nil {
		return nil, err
	}
	return &Cues{x}, nil
}

// Context returns the state of the finding sentence[start:end]: polarity,
// time, HolderOther if it is said of somebody else (else HolderUnknown), and
// the cue that decided. It reads the sentence alone and knows no date to
// measure from.
func (c *Cues) Context(sentence string, start, end int) (triage.Polarity, triage.Time, triage.Holder, string) {
	p := c.x.newPassage(sentence, span{0, len(sentence)}, nil, "")
	lo, hi := p.tokensOf(start, end)
	st := p.state(hit{lo: lo, hi: hi}, 0)
	holder := triage.HolderUnknown
	if st.other {
		holder = triage.HolderOther
	}
	return st.polarity, st.time, holder, st.cue
}

// tokensOf returns the range of tokens that touch the bytes [start,end).
func (p *passage) tokensOf(start, end int) (lo, hi int32) {
	lo = int32(len(p.toks))
	for i := range p.toks {
		if int(p.toks[i].end) > start && int(p.toks[i].start) < end {
			lo, hi = min(lo, int32(i)), int32(i+1)
		}
	}
	return lo, hi
}

// state weighs the cues that cover the words of a hit. Cues among its own
// words and kinds in despite say nothing; a negation in a gap of it does.
func (p *passage) state(h hit, despite sigSet) state {
	lo, hi := h.lo, h.hi
	var by [sigCount]*reach
	if int(lo) >= len(p.toks) {
		return state{polarity: triage.Present, time: triage.Current}
	}
	for i := p.cuesOf(p.of[lo]); i < len(p.cues) && p.of[p.cues[i].from] == p.of[lo]; i++ {
		c := &p.cues[i]
		if !c.kind.scoped() || despite.has(c.kind) || c.lo >= lo && c.hi <= hi && c.kind != sigOther && !(c.kind == sigAbsent && h.inGap(c.lo) && !p.ownNegation(h, c.hi-1)) {
			continue
		}
		if c.kind == sigAbsent && c.lo < lo && c.hi > lo && p.ownNegation(h, lo) {
			continue // "with no shoes": the fact itself says "no"
		}
		if lo >= c.from && lo < c.to || hi > c.from && hi <= c.to || c.lo >= lo && c.hi <= hi {
			if by[c.kind] == nil || distance(c, lo, hi) < distance(by[c.kind], lo, hi) {
				by[c.kind] = c
			}
		}
	}
	st := state{polarity: triage.Present, time: triage.Current, other: by[sigOther] != nil}
	decided := by[sigOther]
	if by[sigHistoric] != nil && by[sigCurrent] == nil {
		st.time, decided = triage.Historic, by[sigHistoric]
	}
	switch {
	case by[sigAbsent] != nil && by[sigAffirm] == nil:
		st.polarity, decided = triage.Absent, by[sigAbsent]
	case by[sigAdvice] != nil:
		st.polarity, decided = triage.Hypothetical, by[sigAdvice]
	case by[sigHypothetical] != nil && by[sigAffirm] == nil:
		st.polarity, decided = triage.Hypothetical, by[sigHypothetical]
	case by[sigPossible] != nil:
		st.polarity, decided = triage.Possible, by[sigPossible]
	}
	if decided != nil {
		st.cue = p.words(decided.lo, decided.hi)
	}
	return st
}

// ownNegation tells whether token t is a "no" among the words of the hit.
func (p *passage) ownNegation(h hit, t int32) bool { return !h.inGap(t) && p.isIn(t, "negation") }

// inGap tells whether token t stands in a gap of the hit.
func (h hit) inGap(t int32) bool { return t-h.lo < 64 && h.gaps&(1<<(t-h.lo)) != 0 }

func distance(c *reach, lo, hi int32) int32 {
	if c.hi <= lo {
		return lo - c.hi
	}
	return max(c.lo-hi, 0)
}

// words returns the text of tokens [lo,hi).
func (p *passage) words(lo, hi int32) string {
	if lo >= hi {
		return ""
	}
	return p.text[p.toks[lo].start:p.toks[hi-1].end]
}
