package extract

// answers turns "no" and "yes" behind a label or question into cues over it:
// "Weapons: N", "Strangulation - No", "Has he ever choked you? YES".
func (p *passage) answers() {
	for i := range p.cues {
		c := &p.cues[i]
		if c.kind != sigNo && c.kind != sigYes || !p.isAnswer(c) {
			continue
		}
		c.to = c.lo
		c.from = p.asked(c.lo)
		if c.kind == sigNo {
			c.kind = sigAbsent
		} else {
			c.kind = sigAffirm
		}
	}
	p.plainNo()
}

// isAnswer tells whether the words stand alone behind a label or a question.
func (p *passage) isAnswer(c *reach) bool {
	if c.lo > 0 && p.isBox(c.lo-1) || int(c.hi) < len(p.toks) && p.isBox(c.hi) {
		return false // the box says which
	}
	b := p.toks[c.lo].brk
	alone := int(c.hi) == len(p.toks) || p.toks[c.hi].brk >= brkComma || p.nextLabel(c.hi)
	switch b {
	case brkColon, brkTab, brkQuestion, brkDash, brkParen:
		return alone && c.lo > 0
	case brkComma:
		return alone && p.inSentence(c.lo, sigQuestion)
	case brkNone:
		return c.lo > 0 && c.hi-c.lo == 1 && p.words(c.lo, c.hi) == "N" && (int(c.hi) == len(p.toks) || p.toks[c.hi].brk >= brkComma)
	case brkStop, brkLine:
		return c.lo > 0 && (int(c.hi) == len(p.toks) || p.toks[c.hi].brk >= brkStop) &&
			(p.inSentence(c.lo-1, sigQuestion) || p.sentences[p.of[c.lo-1]].end == brkQuestion)
	}
	return false
}

// nextLabel tells whether the words from t on are the next label of the line:
// "Weapons: No Drugs: No".
func (p *passage) nextLabel(t int32) bool {
	for n := t + 1; n < t+4 && int(n) < len(p.toks); n++ {
		if p.toks[n].brk == brkColon {
			return true
		}
		if p.toks[n].brk > brkNone {
			return false
		}
	}
	return false
}

func (p *passage) inSentence(t int32, kind sigKind) bool {
	s := p.sentences[p.of[t]]
	for i := p.cuesAt(s.lo); i < len(p.cues) && p.cues[i].lo < s.hi; i++ {
		if p.cues[i].kind == kind {
			return true
		}
	}
	return false
}

// asked returns the first token of what the answer at token t answers.
func (p *passage) asked(t int32) int32 {
	from := t
	first := p.toks[t].brk
	for from > 0 {
		from--
		b := p.toks[from].brk
		if b >= brkTab || b == brkSemi || p.toks[from].kind != tokenWord && p.toks[from].kind != tokenNumber ||
			b == brkColon && first != brkQuestion && first != brkComma || p.answered(from) {
			break
		}
	}
	if p.answered(from) {
		from++
	}
	return from
}

// answered tells whether token t is itself an answer to an earlier label.
func (p *passage) answered(t int32) bool {
	for i := p.cuesAt(t - 4); i < len(p.cues) && p.cues[i].lo <= t; i++ {
		if c := &p.cues[i]; t < c.hi && (c.kind == sigAbsent || c.kind == sigAffirm) && c.to == c.lo && c.from < c.lo {
			return true
		}
	}
	return false
}

// plainNo makes every "no" that is no answer negate what follows; "yes" that
// is no answer says nothing.
func (p *passage) plainNo() {
	for i := range p.cues {
		if c := &p.cues[i]; c.kind == sigNo && c.hi-c.lo == 1 {
			c.kind = sigAbsent
			p.stretch(c, signal{kind: sigAbsent, looks: lookForward})
		}
	}
}

// boxes reads tick boxes: an unticked one denies its label, before or behind
// it; ticked or unticked beside yes or no they answer the label in front.
func (p *passage) boxes() {
	for i := 0; i < len(p.toks); i++ {
		if k := p.toks[i].kind; k != tokenTick && k != tokenUntick {
			continue
		}
		s := p.line(int32(i))
		trailing := p.toks[s.lo].kind == tokenWord && p.isBox(s.hi-1)
		first := int32(i)
		for t := int32(i); t < s.hi; t++ {
			if p.isBox(t) {
				p.box(t, s, trailing, first)
			}
		}
		i = int(s.hi) - 1
	}
}

func (p *passage) isBox(t int32) bool {
	return p.toks[t].kind == tokenTick || p.toks[t].kind == tokenUntick
}

// line returns the tokens of the line around t.
func (p *passage) line(t int32) sentence {
	s := sentence{lo: t, hi: t + 1}
	for s.lo > 0 && p.toks[s.lo].brk < brkStop {
		s.lo--
	}
	for int(s.hi) < len(p.toks) && p.toks[s.hi].brk < brkStop {
		s.hi++
	}
	return s
}

// box reads one box of a line.
func (p *passage) box(t int32, s sentence, trailing bool, first int32) {
	from, to := t+1, t+1
	for to < s.hi && !p.isBox(to) {
		to++
	}
	if trailing {
		from, to = t, t
		for from > s.lo && !p.isBox(from-1) {
			from--
		}
	}
	ticked := p.toks[t].kind == tokenTick
	if from >= to {
		return
	}
	at := to - 1
	if !trailing {
		at = from
	}
	if yes, no := p.saysAt(at, sigYes, sigAffirm), p.saysAt(at, sigNo, sigAbsent); yes || no {
		label := reach{lo: t, hi: t + 1, from: p.asked(first), to: first}
		if trailing && p.saysAt(s.lo, sigYes, sigAffirm, sigNo, sigAbsent) {
			label.from, label.to = p.asked(s.lo), s.lo // the question stands in front
		} else if trailing {
			label.from, label.to = s.lo, at
		}
		if ticked {
			label.kind = sigAffirm
			if no {
				label.kind = sigAbsent
			}
			p.made = append(p.made, label)
		}
		return
	}
	if !ticked {
		p.made = append(p.made, reach{kind: sigAbsent, lo: t, hi: t + 1, from: from, to: to})
	}
}

func (p *passage) saysAt(t int32, kinds ...sigKind) bool {
	for i := p.cuesAt(t - 4); i < len(p.cues) && p.cues[i].lo <= t; i++ {
		c := &p.cues[i]
		if t < c.hi && c.hi-c.lo == 1 && (int(c.hi) == len(p.toks) || p.toks[c.hi].brk > brkNone || p.isBox(c.hi)) {
			for _, k := range kinds {
				if c.kind == k {
					return true
				}
			}
		}
	}
	return false
}

// questions makes what is asked hypothetical, and a word with a question mark
// possible ("?fracture", "fracture?").
func (p *passage) questions() {
	for _, s := range p.sentences {
		if s.end != brkQuestion {
			continue
		}
		kind := sigPossible
		for i := p.cuesAt(s.lo); i < len(p.cues) && p.cues[i].lo < min(s.lo+4, s.hi); i++ {
			if p.cues[i].kind == sigQuestion {
				kind = sigHypothetical
			}
		}
		p.made = append(p.made, reach{kind: kind, lo: s.hi, hi: s.hi, from: s.lo, to: s.hi})
	}
	for i := range p.toks {
		if p.toks[i].kind == tokenDoubt {
			t := int32(i)
			p.made = append(p.made, reach{kind: sigPossible, lo: t, hi: t + 1, from: t + 1, to: min(t+5, p.sentences[p.of[t]].hi)})
		}
	}
}
