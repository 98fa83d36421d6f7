package link

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Limits that keep a key from becoming a crowd. With a million children, a key
// of the commonest name and day holds about ten of them, one of a pair of names
// and year at most thirty.
const (
	maxNameShare   = 5e-5 // a pair of names above this share needs a year beside it
	maxYearShare   = 5e-4 // above this one a parent's forename too: of such a pair name and year are far from enough to link
	maxParentShare = 1e-5 // a forename and a parent's above this share need a year beside them
	maxYears       = 5    // of a span of birth
	babyYears      = 2    // until this age a child may still be known as unborn
)

// Keys returns the blocking keys of a record, sorted. Two records that share
// none are never compared; no key is made of a common thing alone. They hold
// personal data: whoever stores them hashes them with a secret first.
func (l *Linker) Keys(r Record) []string {
	k := keySet{l: l, set: map[string]bool{}}
	for _, code := range r.Asked {
		k.add("o", code)
	}
	var last int64
	for _, n := range r.Notices {
		for _, code := range n.Answers {
			k.add("o", code)
		}
		last = max(last, n.Received)
		k.add("c", n.Content)
		k.add("m", n.Message)
		for _, ref := range n.Refs {
			if ref.Log {
				k.add("l", ref.Norm, ref.Force)
			} else {
				k.add("r", ref.Norm)
			}
		}
	}
	for _, c := range r.Children {
		k.addChild(c, time.Unix(last, 0).UTC())
	}
	for _, a := range r.Adults {
		if a.Alleged {
			k.addBirth(a.Person)
			k.addPair(a.Person)
		}
	}
	out := make([]string, 0, len(k.set))
	for s := range k.set {
		out = append(out, s)
	}
	slices.Sort(out)
	return out
}

// keySet collects keys; one with an empty part is no key.
type keySet struct {
	l   *Linker
	set map[string]bool
}

func (k keySet) add(kind string, parts ...string) {
	if !slices.Contains(parts, "") {
		k.set[kind+":"+strings.Join(parts, "|")] = true
	}
}

func (k keySet) addChild(p Person, at time.Time) {
	if p.Placeholder {
		return
	}
	k.add("s", p.NHS)
	k.add("u", p.UPN)
	for _, c := range p.Contacts {
		k.add("t", c)
	}
	if p.Unborn || p.From > at.AddDate(-babyYears, 0, 0).Format(time.DateOnly) {
		k.addMothers(p)
	}
	k.addHomes(p)
	if p.Unborn {
		return
	}
	k.addBirth(p)
	k.addPair(p)
	for _, n := range p.Names {
		for _, q := range p.Parents {
			k.addParent(n, q, p.years())
		}
	}
}

// addParent keys the forename with a parent's: alone where the two are rare
// enough together, else with the year of birth.
func (k keySet) addParent(child, parent Name, years []string) {
	for _, g := range k.l.strong(child.Given) {
		for _, h := range k.l.strong(parent.Given) {
			if k.l.lex.rarity(g)*k.l.lex.rarity(h) <= maxParentShare {
				k.add("g", skeleton(g), skeleton(h))
				continue
			}
			for _, y := range years {
				k.add("h", y, skeleton(g), skeleton(h))
			}
		}
	}
}

// addBirth keys a date of birth, day and month in either order, with each
// token of the name.
func (k keySet) addBirth(p Person) {
	for _, d := range p.DOBs {
		day := d[:4] + min(d[5:7], d[8:]) + max(d[5:7], d[8:])
		for _, t := range k.tokens(p.Names) {
			k.add("d", day, t)
		}
	}
}

// addPair keys forename with surname in either order: with the year of birth,
// and alone where the pair is rare enough; one of the commonest pairs with the
// year and a parent's forename.
func (k keySet) addPair(p Person) {
	years, parents := p.years(), k.tokens(givens(p.Parents))
	for _, n := range p.Names {
		for _, g := range n.Given {
			for _, f := range n.Family {
				a, b := skeleton(g), skeleton(k.stem(f))
				a, b = min(a, b), max(a, b)
				share := k.l.lex.rarity(g) * k.l.lex.rarity(f)
				if share <= maxNameShare {
					k.add("n", a, b)
				}
				for _, y := range years {
					if share <= maxYearShare {
						k.add("y", y, a, b)
						continue
					}
					for _, q := range parents {
						k.add("p", y, a, b, q)
					}
				}
			}
		}
	}
}

// addHomes keys postcode and house with each token of the household's names,
// and the postcode with the year of birth.
func (k keySet) addHomes(p Person) {
	tokens := k.tokens(append(slices.Clone(p.Names), families(p.Parents)...))
	for _, h := range p.Homes {
		for _, t := range tokens {
			k.add("z", h.Post, t)
			k.add("a", h.Number, cmp.Or(firstWord(h.Street), h.Post), t)
		}
		for _, y := range p.years() {
			k.add("b", h.Post, y)
		}
	}
}

// addMothers keys the mother of an unborn child or baby.
func (k keySet) addMothers(p Person) {
	for _, m := range p.Parents {
		for _, g := range m.Given {
			for _, f := range m.Family {
				k.add("w", skeleton(g), skeleton(k.stem(f)))
			}
		}
	}
}

// tokens returns the sounds of all name tokens, of surnames without ending.
func (k keySet) tokens(names []Name) []string {
	var out []string
	for _, n := range names {
		for _, t := range n.Given {
			out = append(out, skeleton(t))
		}
		for _, t := range n.Family {
			out = append(out, skeleton(k.stem(t)))
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// stem returns the surname without the ending that members of a family differ
// by; of several possible ones the shortest, so that all of them meet.
func (k keySet) stem(t string) string {
	best := t
	for _, s := range k.l.lex.stems(t) {
		if len(s) < len(best) {
			best = s
		}
	}
	return best
}

func families(names []Name) []Name {
	out := make([]Name, len(names))
	for i, n := range names {
		out[i].Family = n.Family
	}
	return out
}

func givens(names []Name) []Name {
	out := make([]Name, len(names))
	for i, n := range names {
		out[i].Given = n.Given
	}
	return out
}

func firstWord(s string) string {
	first, _, _ := strings.Cut(s, " ")
	return first
}

// years returns the years in which the person may be born, none if they are
// too many to say anything.
func (p Person) years() []string {
	if len(p.From) < 4 || len(p.To) < 4 {
		return nil
	}
	from, errF := strconv.Atoi(p.From[:4])
	to, errT := strconv.Atoi(p.To[:4])
	if errF != nil || errT != nil || to < from || to-from >= maxYears {
		return nil
	}
	var out []string
	for y := from; y <= to; y++ {
		out = append(out, strconv.Itoa(y))
	}
	return out
}
