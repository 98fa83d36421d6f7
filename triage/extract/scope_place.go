package extract

// places are the names of roads, houses and schools in mixed case, "Knife Hill
// Lane": words of a name that state nothing.
func (p *passage) places() []hit {
	var out []hit
	for i := range p.toks {
		t := int32(i)
		if t == 0 || !p.capital(t) || !p.isIn(t, "place_word") {
			continue
		}
		lo := t
		for lo > 0 && p.toks[lo].brk == brkNone && p.capital(lo-1) && t-lo < 4 {
			lo--
		}
		if lo < t {
			out = append(out, hit{lo: lo, hi: t + 1})
		}
	}
	return out
}

// named tells whether a word of the hit, and not only of its gaps, stands in a
// name.
func named(r hit, names []hit) bool {
	for _, n := range names {
		for t := max(n.lo, r.lo); t < min(n.hi, r.hi); t++ {
			if !r.inGap(t) {
				return true
			}
		}
	}
	return false
}

// capital tells whether token t is a word with a capital in front and small
// letters behind.
func (p *passage) capital(t int32) bool {
	w := p.words(t, t+1)
	return p.toks[t].kind == tokenWord && len(w) > 2 && w[0] >= 'A' && w[0] <= 'Z' && w[1] >= 'a' && w[1] <= 'z'
}
