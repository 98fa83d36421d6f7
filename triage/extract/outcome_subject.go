package extract

import "strings"

// turnBack is how many sentences back a person may stand of whom a sentence
// without a name goes on to speak.
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
func (p *page) markPeople(names map[string]known) {
	p.whose, p.sexes = make([]who, len(p.pieces)), make([]string, len(p.pieces))
	for i, pc := range p.pieces {
		if pc.kind != pieceWord {
			continue
		}
		switch {
		case pc.trait&traitMinor != 0, pc.trait&traitChild != 0 && !notAChild[p.lower(i+1)] && !childServices(p, i):
			p.whose[i] = whoChild
		case pc.trait&traitGrown != 0:
			p.whose[i] = whoGrown
		case pc.trait&traitNotName == 0:
			if v := p.named(i, names); pc.shape != shapeLower || v.low {
				p.whose[i], p.sexes[i] = v.who, v.sex
			}
			continue
		}
		if p.sexes[i] = wordSex(p.lower(i)); p.sexes[i] == "" && childNouns[p.lower(i)] != 1 && strings.HasSuffix(p.lower(i), "s") || p.lower(i) == "children" {
			p.sexes[i] = "P"
		}
	}
}

// wordSex is the sex of a word for a relative or a child.
func wordSex(w string) string {
	switch w {
	case "mother", "mum", "wife", "woman", "lady", "mam", "mummy", "gran", "nan", "grandmother", "aunt", "auntie", "girlfriend":
		return "F"
	case "father", "dad", "husband", "man", "grandad", "grandfather", "uncle", "boyfriend", "stepdad", "bloke", "stepfather":
		return "M"
	}
	return sexOf(strings.TrimSuffix(w, "s"))
}

// named is whom a word or a part of it names. A plain word is looked up as it
// is; only marked, joined and possessive ones are folded.
func (p *page) named(i int, names map[string]known) known {
	w := p.lower(i)
	plain := true
	for k := 0; k < len(w) && plain; k++ {
		plain = isLetter(w[k])
	}
	if plain {
		return names[w]
	}
	if k := strings.IndexAny(w, "'’"); k > 1 { // "Callie'd"
		if v := names[foldName(w[:k])]; v.who != whoNone {
			return v
		}
	}
	for part := range strings.FieldsSeq(foldName(w)) {
		if v := names[part]; v.who != whoNone {
			return v
		}
		if v := names[strings.TrimSuffix(part, "s")]; v.who != whoNone {
			return v
		}
	}
	return known{}
}

// subjectReach is within how many words of its beginning the subject of a
// sentence is looked for.
const subjectReach = 7

// turn is a person whom a later sentence may go on about.
type turn struct {
	who who
	sex string // "P" of several
	at  int    // sentence
}

// talk remembers of whom the sentences so far have spoken.
type talk struct {
	p        *page
	seen     []turn // the latest last
	children int    // how many the notice has
}

// last is the latest person whose sex agrees; "P" wants several people.
func (t *talk) last(k int, sex string) who {
	for i := len(t.seen) - 1; i >= 0 && k-t.seen[i].at <= turnBack; i-- {
		if s := t.seen[i]; sex == "" || s.sex == "" && sex != "P" || s.sex == sex {
			return s.who
		}
	}
	if sex == "P" {
		return t.last(k, "")
	}
	return whoNone
}

// subjects finds whom each sentence is about: the person it begins with, whom
// its pronoun means by sex, whom the writer saw or spoke to, or, without any of
// them, whom the last was about. It marks whom each pronoun means.
func (p *page) subjects(ss []clause, children int) {
	t := talk{p: p, children: children}
	p.meant = make([]who, len(p.pieces))
	for k := range ss {
		s := &ss[k]
		at, sex, pronoun := p.subject(s)
		if pronoun {
			if s.about = t.last(k, sex); p.countsAll(at, children) {
				s.about = whoChild
			}
			p.meant[at] = s.about
		}
		t.mark(s, k, at)
		switch {
		case pronoun:
			if s.about != whoNone {
				t.seen = append(t.seen, turn{s.about, sex, k})
			}
			continue
		case at < 0 && p.impersonal(s):
			s.about = t.last(k, "")
			continue
		case at < 0:
			at = p.firstPersonOf(s)
		}
		if at < 0 {
			s.about = t.last(k, p.pronounIn(s))
			continue
		}
		t.turnTo(s, k, at)
	}
}

// turnTo makes the person at a piece the one that is spoken of.
func (t *talk) turnTo(s *clause, k, at int) {
	p := t.p
	s.about = p.whose[at]
	now := turn{s.about, p.sexes[at], k}
	if n := len(t.seen); n > 0 && p.introduces(s, at) {
		t.seen = append(t.seen[:n-1], now, t.seen[n-1])
		return
	}
	if i := p.otherThan(s, at); i >= 0 {
		t.seen = append(t.seen, turn{p.whose[i], p.sexes[i], k})
	}
	t.seen = append(t.seen, now)
}

// mark finds whom the pronouns of a sentence after its subject mean: somebody
// named before in it, else the latest whose sex agrees.
func (t *talk) mark(s *clause, k, subject int) {
	p := t.p
	for i := s.first; i < s.last; i++ {
		if i == subject || p.kind(i) != pieceWord || p.pieces[i].trait&traitPronoun == 0 {
			continue
		}
		sex := pronounSex(p.lower(i))
		if sex == "" || (sex == "F" && p.lower(i) == "her") && i+1 < s.last && p.kind(i+1) == pieceWord && !p.is(i+1, traitNotName) {
			continue
		}
		for j := i - 1; j >= s.first && p.meant[i] == whoNone; j-- {
			if p.whose[j] != whoNone && (p.sexes[j] == sex || p.sexes[j] == "" && sex != "P") {
				p.meant[i] = p.whose[j]
			}
		}
		if p.meant[i] == whoNone {
			p.meant[i] = t.last(k, sex)
		}
	}
}

// pronounSex is the sex of a pronoun, "P" of several people.
func pronounSex(w string) string {
	w, _, _ = strings.Cut(strings.ReplaceAll(w, "’", "'"), "'")
	switch w {
	case "he", "him":
		return "M"
	case "she", "her":
		return "F"
	case "they", "them":
		return "P"
	}
	return ""
}

// countsAll tells whether "all three" at a piece counts the notice's children.
func (p *page) countsAll(i, children int) bool {
	return p.lower(i) == "all" && children > 1 && numberWords[p.lower(i+1)] == children
}

// firstPersonOf is the first person that a sentence without a subject is about,
// -1 if none: whom the writer saw or spoke to, or one that is no mere companion
// or relative.
func (p *page) firstPersonOf(s *clause) int {
	w := p.lower(s.first)
	met := w == "i" || w == "we" || w == "spoke" || w == "met" || w == "saw" || w == "officers" || w == "police" || w == "attended"
	for i := s.first; i < s.last; i++ {
		if p.whose[i] != whoNone && p.lower(i) != "who" && (met || !prepositions[p.lower(i-1)] && !possessives[p.lower(i-1)]) {
			return i
		}
	}
	return -1
}

var possessives = map[string]bool{"his": true, "her": true, "their": true, "the": true, "and": true}

// pronounIn is the sex of the first pronoun of a sentence, empty if it has none.
func (p *page) pronounIn(s *clause) string {
	for i := s.first; i < s.last; i++ {
		if sex := pronounSex(p.lower(i)); sex != "" {
			return sex
		}
	}
	return ""
}

// reporting are the verbs of whoever called the police: the next sentence goes
// on about whom the call was.
var reporting = map[string]bool{"rang": true, "phoned": true, "called": true, "contacted": true, "dialled": true, "reported": true, "rings": true, "calls": true, "alerted": true, "flagged": true}

// introduces tells whether a sentence only says who somebody's relatives are
// ("His dad is Trevor, mum is in Nairobi"): the next goes on about him.
func (p *page) introduces(s *clause, at int) bool {
	if at+2 < s.last && reporting[p.lower(at+1)] {
		return true // "Dad rang us"
	}
	if at == s.first || !possessives[p.lower(at-1)] || p.lower(at-1) == "the" || p.lower(at-1) == "and" {
		return false
	}
	for i := at + 1; i < min(s.last, at+5); i++ {
		switch p.lower(i) {
		case "is", "are", "lives", "works":
			return p.lower(i+1) != "not" && !p.is(i+1, traitRemark) || p.whose[min(i+1, len(p.whose)-1)] != whoNone
		}
	}
	return false
}

// otherThan is the first person after piece at who is no child if that one is,
// and the other way round; -1 if there is none.
func (p *page) otherThan(s *clause, at int) int {
	for i := at + 1; i < s.last; i++ {
		if w := p.whose[i]; w != whoNone && w != p.whose[at] && !p.is(i-1, traitPronoun) {
			return i
		}
	}
	return -1
}

// impersonal tells whether a sentence begins with a word that is nobody
// ("Nothing at the house, dad let us look") or with a verb or a state whose
// subject is left out ("Said he is fine", "Spoken to by video").
func (p *page) impersonal(s *clause) bool {
	next := min(s.first+1, len(p.whose)-1)
	return leftOut[p.lower(s.first)] && (next >= s.last || p.whose[next] == whoNone)
}

// leftOut are the words meant by impersonal.
var leftOut = map[string]bool{"nothing": true, "nobody": true, "no": true, "there": true, "it": true, "not": true, "none": true, "spoken": true, "seen": true, "said": true, "says": true, "told": true, "tells": true, "looked": true, "looks": true,
	"reported": true, "returned": true, "found": true, "located": true, "taken": true, "brought": true, "stopped": true, "asked": true, "appeared": true, "presented": true, "denied": true, "denies": true, "wants": true, "wanted": true, "was": true, "is": true, "has": true, "had": true, "does": true, "did": true, "seemed": true, "seems": true, "describes": true, "described": true,
	"states": true, "stated": true, "admitted": true, "thinks": true, "loves": true, "likes": true, "misses": true, "feels": true, "felt": true, "gave": true, "showed": true, "played": true, "playing": true, "crying": true, "cried": true, "chatted": true, "would": true, "wouldn't": true, "wouldn’t": true}

// subject is the first person or pronoun of a sentence that no preposition
// stands before, -1 if there is none near its beginning.
func (p *page) subject(s *clause) (at int, sex string, pronoun bool) {
	if p.impersonal(s) {
		return -1, "", false
	}
	skipped := -2
	for i, n := s.first, 0; i < s.last && n < subjectReach; i++ {
		if p.kind(i) != pieceWord {
			continue
		}
		n++
		if i > s.first && p.whose[i] != whoNone && (prepositions[p.lower(i-1)] || skipped == i-1 || possessives[p.lower(i-1)] && prepositions[p.lower(i-2)]) {
			skipped = i // "with mum Donna"
			continue
		}
		if p.whose[i] != whoNone && p.lower(i) != "who" {
			for i+1 < s.last && p.whose[i+1] != whoNone && p.pieces[i+1].shape != shapeLower {
				i++ // "Victim Ethan"
			}
			return i, "", false
		}
		switch w := p.lower(i); {
		case w == "her" || w == "his" || w == "their":
			if w == "her" && p.whose[min(i+1, len(p.whose)-1)] == whoNone && i == s.first {
				return i, "F", true
			}
		case pronounSex(w) != "":
			return i, pronounSex(w), true
		case w == "both" || w == "pair" || w == "all" && numberWords[p.lower(i+1)] > 0:
			return i, "P", true
		}
	}
	return -1, "", false
}

// prepositions before a person keep it from being the subject.
var prepositions = map[string]bool{"with": true, "to": true, "by": true, "from": true, "of": true, "for": true, "at": true, "near": true, "on": true, "behind": true, "and": true, "about": true, "against": true}

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
		if p.mark(i, ')') { // what stands in brackets is said beside
			for i > first && !p.mark(i, '(') {
				i--
			}
			continue
		}
		if w := p.lower(i); w == "him" || w == "her" || w == "them" {
			continue
		}
		if w := p.means(i); w != whoNone {
			return w
		}
	}
	return whoNone
}

// means is whom a word or a pronoun means.
func (p *page) means(i int) who {
	if w := p.whose[i]; w != whoNone {
		return w
	}
	return p.meant[i]
}

// firstOf is the first piece of pieces[first:last] that means one of a kind,
// -1 if none does.
func (p *page) firstOf(w who, first, last int) int {
	for i := first; i < min(last, len(p.whose)); i++ {
		if p.means(i) == w {
			return i
		}
	}
	return -1
}

func wordsBetween(p *page, first, last int) (n int) {
	for i := first; i < last; i++ {
		if p.kind(i) == pieceWord {
			n++
		}
	}
	return n
}
