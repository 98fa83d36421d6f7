package extract

import "strings"

// reachBefore and reachAfter are how many words away from a verb its subject
// and object are looked for.
const (
	reachBefore = 14
	reachAfter  = 6
)

// parties returns whom a rule's words are about and who did it, nil where
// the sentence does not say.
func (p *passage) parties(r *rule, h hit) (patient, agent *found) {
	switch r.whom {
	case whomNobody:
		return nil, nil
	case whomSubject:
		if f := p.before(h); f != nil {
			return p.subject(r, f), nil
		}
		return p.inside(h), nil
	case whomObject:
		return p.transitive(h)
	case whomOwner:
		return p.ownerInside(h), nil
	case whomDoer:
		return nil, p.before(h)
	}
	if f := p.inside(h); f != nil {
		return f, nil
	}
	if f := p.owner(h); f != nil {
		return f, p.byWhom(h)
	}
	if f := p.before(h); f != nil && p.of[f.lo] == p.of[h.lo] {
		return p.subject(r, f), p.byWhom(h)
	}
	return p.after(h, reachAfter), nil
}

// subject returns the one whom a rule can be about where the nearest mention f
// cannot be: "Dad had taken the kids to the park and was found drunk" is about
// Dad, who opens the sentence, and not about the kids, who open no clause.
func (p *passage) subject(r *rule, f *found) *found {
	if r.about(f) || p.opens(f) {
		return f
	}
	for i := p.personFrom(f.lo) - 1; i >= 0 && p.of[p.persons[i].lo] == p.of[f.lo]; i-- {
		if c := &p.persons[i]; p.opens(c) && r.about(c) {
			return c
		}
	}
	return f
}

// about tells whether the rule yields a fact about a person of f's class.
func (r *rule) about(f *found) bool {
	switch f.class() {
	case classChild:
		return r.child != nil
	case classAdult:
		return r.adult != nil
	}
	return false
}

// ownerInside returns the first person among the words, a thing where he owns
// it himself or the police do it: "Ann checked her phone".
func (p *passage) ownerInside(h hit) *found {
	i, subject := p.personFrom(h.lo), p.before(h)
	inside := i < len(p.persons) && p.persons[i].lo < h.hi
	if subject != nil && (subject.role == roleOfficial || inside && p.reflexive(h, &p.persons[i], subject)) {
		return &found{role: roleThing}
	}
	if !inside || p.persons[i].role == roleNone {
		return nil
	}
	return &p.persons[i]
}

// transitive returns patient and agent of a verb: "he hit her", "she was hit
// by him", "IP punched to the face", "a slap from dad".
func (p *passage) transitive(h hit) (patient, agent *found) {
	subject, object := p.before(h), p.inside(h)
	if object == nil {
		object = p.after(h, reachAfter)
	}
	if object != nil && object.lo > h.hi+1 && p.meetsThing(h.hi) {
		object = nil // "thumped the roof of his own car"
	}
	by := p.byWhom(h)
	if p.passive(h) || by != nil {
		if subject != nil && p.thingOf(subject, h) {
			return &found{role: roleThing}, by
		}
		if subject == nil || by != nil && subject.lo == by.lo {
			return object, by
		}
		return subject, by
	}
	if object != nil && (p.reflexive(h, object, subject) || p.ownsThing(object)) {
		return &found{role: roleThing}, subject
	}
	if object != nil {
		return object, subject
	}
	if p.meetsThing(h.hi) {
		return &found{role: roleThing}, subject
	}
	if subject != nil && (subject.role == roleVictim || subject.role == roleChild) && p.participle(h) {
		return subject, nil
	}
	return nil, subject
}

// reflexive tells whether somebody did it to what is his own: "Ann hit her
// head", "grabbed his coat".
func (p *passage) reflexive(h hit, object, subject *found) bool {
	last := p.personFrom(h.lo) - 1
	if subject == nil || last < 0 || subject != &p.persons[last] || object.lo <= h.lo && p.inside(h) != nil || object.lo-h.lo > 2 || !object.pro || !p.isIn(object.lo, "possessive") || p.endsObject(object.hi) {
		return false
	}
	return object.means == subject.lo+1 || subject.means > 0 && object.means == subject.means
}

// ownsThing tells whether a mention only says whose the thing behind it is:
// "threw Ann's bag". A part of the body is no thing.
func (p *passage) ownsThing(f *found) bool {
	if int(f.hi) >= len(p.toks) || p.toks[f.hi].brk > brkNone || p.toks[f.hi].kind != tokenWord {
		return false
	}
	return p.genitive(f) && !p.isIn(f.hi, "body") && !p.isIn(f.hi, "preposition")
}

// genitive tells whether a mention ends in an apostrophe and s: "Ann's".
func (p *passage) genitive(f *found) bool {
	w := p.words(f.hi-1, f.hi)
	return len(w) > 2 && w[len(w)-1] == 's' && !isLetter(w[len(w)-2])
}

// meetsThing tells whether an article and no part of a body stands at token t:
// "punched the wardrobe".
func (p *passage) meetsThing(t int32) bool {
	return int(t)+1 < len(p.toks) && p.toks[t].brk == brkNone && p.isIn(t, "article") && p.toks[t+1].brk == brkNone && !p.isIn(t+1, "body")
}

// thingOf tells whether a thing of the person's, and not he, is the subject of
// a passive: "Ms Hall's car was struck", "her phone was grabbed".
func (p *passage) thingOf(f *found, h hit) bool {
	if !p.isIn(f.lo, "possessive") && !p.genitive(f) || f.hi >= h.lo || p.toks[f.hi].brk > brkNone {
		return false
	}
	for t := f.hi; t < h.lo; t++ {
		if p.isIn(t, "passive") {
			return t > f.hi
		}
		if p.isIn(t, "body") || p.toks[t].brk > brkNone {
			return false
		}
	}
	return false
}

// withOutsider tells whether an outsider is a party in the sentence of the
// hit, and not only one who rang the police or heard it.
func (p *passage) withOutsider(h hit) bool {
	s := p.sentences[p.of[h.lo]]
	for i := p.personFrom(s.lo); i < len(p.persons) && p.persons[i].lo < s.hi; i++ {
		f := &p.persons[i]
		if f.role != roleOutsider || f.pro {
			continue
		}
		reports := false
		for t := max(s.lo, f.lo-4); t < s.hi && t < f.hi+3; t++ {
			reports = reports || p.isIn(t, "reports")
		}
		if !reports {
			return true
		}
	}
	return false
}

// aimedElsewhere tells whether the words are aimed at a child or at somebody
// who is no party of the household, and at no adult of it beside him: "Mum
// shouted at Tyler", "swearing at staff".
func (p *passage) aimedElsewhere(h hit) bool {
	end := p.sentences[p.of[h.lo]].hi
	t := h.hi - 1
	for ; t < end && t < h.hi+4 && (t < h.hi || p.toks[t].brk == brkNone); t++ {
		if p.isIn(t, "aim_word") {
			break
		}
	}
	elsewhere := false
	for i := p.personFrom(t); t < end && p.isIn(t, "aim_word") && i < len(p.persons) && p.persons[i].lo < min(end, t+8); i++ {
		switch f := &p.persons[i]; f.class() {
		case classAdult:
			return false
		case classChild, classOutside:
			elsewhere = elsewhere || f.lo <= t+3 && !p.ownsNext(i)
		}
	}
	return elsewhere
}

// inside returns the last person among the phrase's own words.
func (p *passage) inside(h hit) *found {
	var last *found
	for i := p.personFrom(h.lo); i < len(p.persons) && p.persons[i].hi <= h.hi; i++ {
		if p.persons[i].role != roleNone {
			last = &p.persons[i]
		}
	}
	return last
}

// owner returns the person right behind "of", "on" or "to" after the phrase,
// or right in front of it ("his", "Tommy's").
func (p *passage) owner(h hit) *found {
	i := p.personFrom(h.lo) - 1
	if i >= 0 && p.persons[i].role != roleNone && h.lo-p.persons[i].hi <= 2 && p.joined(p.persons[i].hi, h.lo) {
		return &p.persons[i]
	}
	if int(h.hi) < len(p.toks) && p.toks[h.hi].brk == brkNone && p.isIn(h.hi, "of_word") {
		return p.after(h, 4)
	}
	return nil
}

// joined tells whether no mark stands in front of the tokens [lo,hi].
func (p *passage) joined(lo, hi int32) bool {
	for t := lo; t <= hi; t++ {
		if p.toks[t].brk > brkNone {
			return false
		}
	}
	return true
}

// before returns the nearest person in front of the words in their clause,
// else the subject of the sentence, else the one the sentence before is about.
func (p *passage) before(h hit) *found {
	s := p.of[h.lo]
	var fallback *found
	for i := p.personFrom(h.lo) - 1; i >= 0; i-- {
		f := &p.persons[i]
		if s-p.of[f.lo] > 1 || h.lo-f.hi > 3*reachBefore || fallback != nil && p.of[f.lo] != s {
			return fallback
		}
		if f.role == roleOfficial && p.of[f.lo] == s && h.lo-f.hi <= 2 {
			return f
		}
		if f.role == roleNone || f.object && p.of[f.lo] == s || f.role == roleOfficial {
			continue
		}
		if p.of[f.lo] == s && fallback == nil && p.afterBy(f) {
			fallback = f // "found by her sister having taken": rather who was found
			continue
		}
		if p.of[f.lo] == s {
			return f
		}
		if next := p.personFrom(h.hi); next < len(p.persons) && p.of[p.persons[next].lo] == s && p.persons[next].role != roleOfficial &&
			!p.isIn(p.persons[next].lo-1, "preposition") {
			return nil // the sentence has a person of its own
		}
		if first := p.firstOf(p.of[f.lo]); first != nil {
			return first
		}
		return f
	}
	return fallback
}

// afterBy tells whether "by" or "with" stands in front of a mention, perhaps
// with an owner in between: he is not the subject of what follows.
func (p *passage) afterBy(f *found) bool {
	t := f.lo - 1
	if t > 0 && p.isIn(t, "article") {
		t--
	}
	return t >= 0 && p.of[t] == p.of[f.lo] && (p.isIn(t, "by_word") || p.isIn(t, "with_word"))
}

// firstOf returns the first person of a sentence.
func (p *passage) firstOf(s int32) *found {
	for i := p.personFrom(p.sentences[s].lo); i < len(p.persons) && p.persons[i].lo < p.sentences[s].hi; i++ {
		if f := &p.persons[i]; f.role != roleNone && f.role != roleOfficial {
			return f
		}
	}
	return nil
}

// after returns the first person behind the words, at most n words on and in
// the same clause.
func (p *passage) after(h hit, n int32) *found {
	s := p.sentences[p.of[h.lo]]
	for i := p.personFrom(h.hi); i < len(p.persons); i++ {
		f := &p.persons[i]
		if f.lo >= s.hi || f.lo-h.hi > n {
			return nil
		}
		for t := h.hi; t <= f.lo; t++ {
			if p.toks[t].brk >= brkComma || p.isIn(t, "clause_word") {
				return nil
			}
		}
		if f.role != roleNone && !p.ownsNext(i) {
			return f
		}
	}
	return nil
}

// ownsNext tells whether the person i only owns the one behind him: "hit her
// mum" is about the mother.
func (p *passage) ownsNext(i int) bool {
	f := &p.persons[i]
	return i+1 < len(p.persons) && p.persons[i+1].lo == f.hi && p.persons[i+1].role != roleNone && p.toks[f.hi].brk == brkNone &&
		(p.isIn(f.lo, "possessive") || p.genitive(f))
}

// passive tells whether the verb stands in the passive: "was", "got", "being"
// at most two words in front.
func (p *passage) passive(h hit) bool {
	if p.ongoing(h) {
		return false // "was hitting"
	}
	for t := h.lo - 1; t >= 0 && t >= h.lo-2 && p.of[t] == p.of[h.lo]; t-- {
		if p.isIn(t, "passive") {
			return true
		}
		if p.toks[t+1].brk > brkNone {
			return false
		}
	}
	return p.isIn(h.lo, "passive")
}

// ongoing tells whether the verb is a form in -ing, which has no passive.
func (p *passage) ongoing(h hit) bool {
	for t := h.lo; t < h.hi; t++ {
		if w := p.words(t, t+1); len(w) > 4 && strings.EqualFold(w[len(w)-3:], "ing") {
			return true
		}
	}
	return false
}

// participle tells whether the words have a form that may stand for a passive
// without "was" ("IP punched to the face"): none in -ing, -s or the bare verb.
func (p *passage) participle(h hit) bool {
	if p.ongoing(h) {
		return false
	}
	for t := h.lo; t < h.hi; t++ {
		if p.isIn(t, "bare_verb") {
			return false
		}
	}
	return true
}

// byWhom returns the person behind "by" or "from" after the words.
func (p *passage) byWhom(h hit) *found {
	s := p.sentences[p.of[h.lo]]
	for t := h.hi - 1; t < s.hi && t < h.hi+8; t++ {
		if p.toks[t].brk >= brkSemi && t >= h.hi {
			return nil
		}
		if p.isIn(t, "by_word") {
			for i := p.personFrom(t); i < len(p.persons) && p.persons[i].lo <= t+4 && p.persons[i].lo < s.hi; i++ {
				if f := &p.persons[i]; f.role != roleNone && !p.ownsNext(i) && !(int(f.hi) < len(p.toks) && p.isIn(f.hi, "body")) {
					return f // but not "by his arm"
				}
			}
		}
	}
	return nil
}

// personFrom returns the index of the first mention that begins at token t or
// behind it.
func (p *passage) personFrom(t int32) int {
	lo, hi := 0, len(p.persons)
	for lo < hi {
		if m := (lo + hi) / 2; p.persons[m].lo < t {
			lo = m + 1
		} else {
			hi = m
		}
	}
	return lo
}
