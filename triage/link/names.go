package link

import (
	"cmp"
	"slices"
)

// nameMatch is how two names agree.
type nameMatch struct {
	given, family           string // levels, "" where one side says nothing
	givenShare, familyShare float64
	swapped                 bool
	bits                    int
}

// meetNames returns the best agreement of any name of one person with any name
// of the other, the surname taken for the forename and the other way round too.
func (l *Linker) meetNames(as, bs []Name) nameMatch {
	var all []nameMatch
	for _, a := range as {
		for _, b := range bs {
			m := l.meetName(a, b)
			all = append(all, m)
			if m.given == "" || m.given == "different" || m.family == "different" {
				all = append(all, l.swapped(a, b.turned()), l.swapped(a.turned(), b))
			}
		}
	}
	if len(all) == 0 {
		return nameMatch{}
	}
	return slices.MaxFunc(all, nameMatch.compare)
}

// compare orders matches by weight; of equals any fixed order will do, so that
// the result does not hang on who was compared with whom.
func (m nameMatch) compare(o nameMatch) int {
	turn := func(m nameMatch) int {
		if m.swapped {
			return 0
		}
		return 1
	}
	return cmp.Or(
		cmp.Compare(m.bits, o.bits), cmp.Compare(turn(m), turn(o)), cmp.Compare(m.given, o.given), cmp.Compare(m.family, o.family),
		cmp.Compare(m.givenShare, o.givenShare), cmp.Compare(m.familyShare, o.familyShare),
	)
}

func (n Name) turned() Name { return Name{Given: n.Family, Family: n.Given} }

func (l *Linker) swapped(a, b Name) nameMatch {
	m := l.meetName(a, b)
	m.swapped = true
	m.bits += l.weight(fieldOrder, "swapped", 0)
	if m.given == "" || m.family == "" {
		m.bits += l.weight(fieldGiven, "different", 0) // half a name turned is no evidence
	}
	return m
}

func (l *Linker) meetName(a, b Name) nameMatch {
	var m nameMatch
	m.given, m.givenShare = l.meetTokens(a.Given, b.Given, l.forename)
	m.family, m.familyShare = l.meetTokens(a.Family, b.Family, l.surname)
	if m.given != "" {
		m.bits += l.weight(fieldGiven, m.given, m.givenShare)
	}
	if m.family != "" {
		m.bits += l.weight(fieldFamily, surnameLevel(m.family), m.familyShare)
	}
	return m
}

// surnameLevel maps the levels that surnames do not tell apart.
func surnameLevel(lv string) string {
	switch lv {
	case "nickname":
		return "sound"
	case "weak":
		return "part"
	}
	return lv
}

// levelRank orders the levels of one token pair.
var levelRank = map[string]int{"": 0, "near": 1, "sound": 2, "nickname": 3, "ending": 3, "exact": 4}

// meetTokens compares two lists of name tokens in any order. Weak tokens
// (Muhammad, Khan, Begum) decide only where a side has no other.
func (l *Linker) meetTokens(as, bs []string, pair func(a, b string) string) (string, float64) {
	if len(as) == 0 || len(bs) == 0 {
		return "", 0
	}
	sa, sb := l.strong(as), l.strong(bs)
	switch {
	case len(sa) > 0 && len(sb) > 0:
		return l.meetStrong(sa, sb, pair)
	case len(sa)+len(sb) == 0:
		if share, ok := l.shared(as, bs); ok {
			return "exact", share
		}
		return "different", 1
	}
	if share, ok := l.shared(as, bs); ok {
		return "weak", share // Muhammad, and Muhammad Umar
	}
	return "different", 1
}

// meetStrong takes the best pair of tokens; if both sides also have a token
// that the other lacks (Evie-Grace, Evie-Mae) they agree in part only.
func (l *Linker) meetStrong(as, bs []string, pair func(a, b string) string) (string, float64) {
	best, share := "", 1.0
	restA, restB := 0, len(bs)
	var hitB [16]bool
	for _, a := range as {
		got := ""
		for j, b := range bs {
			lv := pair(a, b)
			if lv == "" {
				continue
			}
			if levelRank[lv] > levelRank[got] {
				got = lv
			}
			if j < len(hitB) && !hitB[j] {
				hitB[j] = true
				restB--
			}
			s := max(l.lex.rarity(a), l.lex.rarity(b))
			if levelRank[lv] > levelRank[best] || levelRank[lv] == levelRank[best] && s < share {
				best, share = lv, s
			}
		}
		if got == "" {
			restA++
		}
	}
	switch {
	case best == "":
		return "different", 1
	case restA > 0 && restB > 0:
		return "part", share
	}
	return best, share
}

func (l *Linker) strong(tokens []string) []string {
	out := make([]string, 0, len(tokens))
	for _, t := range tokens {
		if !l.lex.weak[t] {
			out = append(out, t)
		}
	}
	return out
}

func (l *Linker) shared(as, bs []string) (float64, bool) {
	share, ok := 1.0, false
	for _, a := range as {
		if slices.Contains(bs, a) {
			share, ok = min(share, l.lex.rarity(a)), true
		}
	}
	return share, ok
}

// forename compares two forename tokens.
func (l *Linker) forename(a, b string) string {
	switch {
	case a == b:
		return "exact"
	case l.lex.nicknames(a, b):
		return "nickname"
	}
	return spelt(a, b)
}

// surname compares two surname tokens.
func (l *Linker) surname(a, b string) string {
	switch {
	case a == b:
		return "exact"
	case l.sameStem(a, b):
		return "ending"
	}
	return spelt(a, b)
}

// spelt tells whether two tokens are spellings of one sound, or near it.
func spelt(a, b string) string {
	d, short := edits(a, b, 2), min(len(a), len(b))
	switch {
	case exchanged(a, b), d <= slack(short) && sound(a) == sound(b), d == 1 && slip(a, b, short):
		return "sound"
	case d <= 1 && short >= 4, short >= 5 && a[0] == b[0] && alike(a, b) >= 0.94:
		return "near"
	}
	return ""
}

// slip tells whether one letter inside a longer name is a slip rather than
// another name: a vowel, or any in a long one. The first and the last letter
// part names (Kayden and Jayden, Maria and Marie).
func slip(a, b string, short int) bool {
	ends := a[0] == b[0] && a[len(a)-1] == b[len(b)-1]
	return ends && (short >= 7 || short >= 4 && skeleton(a) == skeleton(b) && len(a)+len(b) > 9)
}

// slack is how many letters two spellings of one sound may differ by.
func slack(shorter int) int {
	if shorter >= 5 {
		return 2
	}
	return 1
}

func (l *Linker) sameStem(a, b string) bool {
	if a[:min(3, len(a))] != b[:min(3, len(b))] {
		return false
	}
	for _, s := range l.lex.stems(a) {
		if slices.Contains(l.lex.stems(b), s) {
			return true
		}
	}
	return false
}

// meetParents returns the level of two lists of parents, or "".
func (l *Linker) meetParents(as, bs []Name) string {
	if len(as) == 0 || len(bs) == 0 {
		return ""
	}
	best := "different"
	for _, a := range as {
		for _, b := range bs {
			switch l.meetParent(a, b) {
			case "same":
				return "same"
			case "near":
				best = "near"
			}
		}
	}
	return best
}

func (l *Linker) meetParent(a, b Name) string {
	m := l.meetName(a, b)
	if m.given != "exact" && m.given != "nickname" && m.given != "sound" || len(l.strong(a.Given))+len(l.strong(b.Given)) < 2 {
		return ""
	}
	switch m.family {
	case "exact", "ending", "sound", "near", "part", "weak":
		return "same"
	case "":
		return "near"
	}
	for _, x := range a.Family {
		for _, y := range b.Family {
			if alike(x, y) >= 0.85 {
				return "near"
			}
		}
	}
	return ""
}
