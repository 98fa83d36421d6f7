package extract

import (
	"strconv"
	"strings"
)

// earlierWords before a reference in running text say that it is of an earlier
// incident.
var earlierWords = map[string]bool{"see": true, "previous": true, "previously": true, "prev": true, "earlier": true, "history": true, "historic": true, "last": true,
	"prior": true, "before": true, "refers": true, "cf": true, "ago": true, "linked": true, "links": true, "related": true, "repeat": true, "past": true, "separate": true, "separately": true, "recent": true}

// ownGap is how far behind the notice's own number another one of the same
// force and year may lie and still be of this incident: two days' numbers of a
// large force, some 1,300 a day in the dev corpus.
const ownGap = 2600

// setOwn tells the references of this incident from those of earlier ones,
// by the words before them and by how far back their number lies.
func (c *refs) setOwn() {
	top := ""
	for i, r := range c.out {
		if r.Kind != "log" && (!c.prose[i] || c.inSubject(r.Start)) && len(r.Norm) == 11 && r.Norm > top {
			top = r.Norm
		}
	}
	for i := range c.out {
		r := &c.out[i]
		switch {
		case r.Kind == "log":
			r.Own = !c.prose[i] || !c.earlier(r.Start)
		case !c.prose[i] || c.inSubject(r.Start):
		case c.earlier(r.Start) && c.others(i), behind(r.Norm, top), c.ofYearsAgo(r.Norm):
			r.Own = false
		}
	}
}

// ofYearsAgo tells whether a number's year lies two years or more before the
// incident's.
func (c *refs) ofYearsAgo(norm string) bool {
	if len(norm) != 11 || !allDigits(norm) || !niche[norm[:2]] {
		return false
	}
	y, _ := digits(norm, 2, 2)
	return century(y, 2, c.p.pivot) < c.p.today.y-1
}

// others tells whether another reference may be the notice's own.
func (c *refs) others(i int) bool {
	for j, r := range c.out {
		if j != i && r.Own && r.Kind != "log" {
			return true
		}
	}
	return false
}

func (c *refs) inSubject(at int) bool {
	s := c.p.letter.Sections
	return len(s) > 0 && at < s[0].End && len(c.p.lines) > 0 && at < c.p.lines[0].end
}

// earlier tells whether a word in the sentence before the reference speaks of
// an earlier incident.
func (c *refs) earlier(at int) bool {
	p := c.p
	for i, n := p.at(at)-1, 0; i >= 0 && n < 12; i, n = i-1, n+1 {
		switch {
		case p.mark(i, '.') && i+1 < len(p.pieces) && p.pieces[i+1].start > p.pieces[i].end, p.kind(i) == pieceBreak && !p.soft(i), p.mark(i, ';'):
			return false
		case p.kind(i) == pieceWord && earlierWords[strings.TrimSuffix(p.lower(i), "s")] || earlierWords[p.lower(i)]:
			return true
		}
	}
	return false
}

// behind tells whether a number of the same force lies a year or many numbers
// behind the notice's own.
func behind(norm, top string) bool {
	if len(norm) != 11 || len(top) != 11 || !allDigits(norm) || !allDigits(top) || norm[:2] != top[:2] {
		return false
	}
	if norm[:4] != top[:4] {
		return norm < top
	}
	a, err1 := strconv.Atoi(norm[4:])
	b, err2 := strconv.Atoi(top[4:])
	return err1 == nil && err2 == nil && b-a > ownGap
}
