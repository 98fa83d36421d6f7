package extract

import (
	"strconv"
	"strings"
	"time"
)

// dates turns every date 12 months or more before the incident into a
// historic cue over its clause (policy.md, "historic"). A year or month alone
// is read as its last day, so that doubt keeps a fact current. Dates of birth
// are none.
func (p *passage) dates() {
	limit, err := time.Parse(time.DateOnly, p.ref)
	known := err == nil
	limit = limit.AddDate(-1, 0, 0)
	for i := range p.toks {
		t := int32(i)
		lo, last, ok := p.dateAt(t)
		if ok && known && !last.After(limit) && !p.birth(lo, last) && !p.sinceThen(lo) {
			p.past(lo, t+1)
		}
		if !p.isIn(min(t+1, int32(len(p.toks)-1)), "time_unit") && !p.isIn(min(t+2, int32(len(p.toks)-1)), "time_unit") {
			continue
		}
		if n, ok := p.ago(t); ok {
			p.past(t, n)
		}
	}
}

// followUp is how many sentences behind "one trace, Nov 2023, Kent." still
// tell what was found then.
const followUp = 3

// past adds a historic cue over the clause around tokens [lo,hi).
func (p *passage) past(lo, hi int32) {
	n := p.of[lo]
	s := p.sentences[n]
	r := reach{kind: sigHistoric, lo: lo, hi: hi, from: p.backward(sigHistoric, lo, s.lo, 0), to: p.forward(sigHistoric, hi, s.hi, 0)}
	if !p.lasts(s) {
		r.from, r.to = p.aroundDate(s, lo, hi)
	}
	p.made = append(p.made, r)
	if !p.inSentence(lo, sigReported) {
		return
	}
	for n++; int(n) < len(p.sentences) && p.sentences[n-1].end < brkLine && n <= p.of[lo]+followUp; n++ {
		next := p.sentences[n]
		p.made = append(p.made, reach{kind: sigHistoric, lo: lo, hi: hi, from: next.lo, to: p.forward(sigHistoric, next.lo, next.hi, 0)})
	}
}

// lasts tells whether the sentence speaks of what began at its date and goes
// on: an order, a marriage, bail.
func (p *passage) lasts(s sentence) bool {
	for t := s.lo; t < s.hi; t++ {
		if p.isIn(t, "lasting") {
			return true
		}
	}
	return false
}

// aroundDate returns how far a date at tokens [lo,hi) makes its sentence past:
// to the next semicolon or word of the present.
func (p *passage) aroundDate(s sentence, lo, hi int32) (from, to int32) {
	from, to = lo, hi
	for from > s.lo && p.toks[from].brk < brkSemi {
		from--
	}
	for to < s.hi && p.toks[to].brk < brkSemi {
		to++
	}
	for i := p.cuesAt(s.lo); i < len(p.cues) && p.cues[i].lo < s.hi; i++ {
		switch c := &p.cues[i]; {
		case c.kind != sigCurrent:
		case c.hi <= lo:
			from = max(from, p.backward(sigHistoric, lo, s.lo, 0))
		case c.lo >= hi:
			to = min(to, c.lo, p.forward(sigHistoric, hi, s.hi, 0))
		}
	}
	return from, to
}

// looksBack carries "That was years ago." over to the sentence it speaks of.
func (p *passage) looksBack() {
	for n := 1; n < len(p.sentences); n++ {
		s, before := p.sentences[n], p.sentences[n-1]
		if before.end >= brkLine || s.hi-s.lo < 3 || !p.isIn(s.lo, "refers_back") || !p.isIn(s.lo+1, "was_word") {
			continue
		}
		for _, cues := range [][]reach{p.cues, p.made} {
			for i := range cues {
				if c := &cues[i]; c.kind == sigHistoric && c.lo >= s.lo && c.lo < s.lo+8 && c.lo < s.hi {
					p.made = append(p.made, reach{kind: sigHistoric, lo: c.lo, hi: c.hi, from: before.lo, to: before.hi})
				}
			}
		}
	}
}

// dateAt reads a date that ends at token t: a full date, a month and year or
// a year alone. It returns where it begins and the last day it can mean.
func (p *passage) dateAt(t int32) (lo int32, last time.Time, ok bool) {
	if p.toks[t].kind != tokenDate && p.toks[t].kind != tokenNumber {
		return t, last, false
	}
	w := p.words(t, t+1)
	switch p.toks[t].kind {
	case tokenDate:
		last, ok = fullDate(w)
		return t, last, ok
	case tokenNumber:
		year, err := strconv.Atoi(w)
		if err != nil || len(w) != 4 || year < 1950 || year > 2100 || p.noYear(t, year) {
			return t, last, false
		}
		if t > 0 && p.of[t-1] == p.of[t] && p.toks[t-1].kind == tokenWord {
			if m := monthNamed(p.words(t-1, t)); m != 0 {
				return t - 1, time.Date(year, m+1, 0, 0, 0, 0, 0, time.UTC), true
			}
		}
		return t, time.Date(year, 12, 31, 0, 0, 0, 0, time.UTC), true
	}
	return t, last, false
}

// noYear tells whether four digits are no date of an incident but a time of
// day ("at 2015", "2015hrs") or a year of birth behind a name.
func (p *passage) noYear(t int32, year int) bool {
	if t > 0 && p.toks[t].brk == brkNone && p.toks[t-1].kind == tokenWord && p.toks[t-1].word == 0 && monthNamed(p.words(t-1, t)) == 0 {
		return true // "Donna SHEPHERD 1988": a name and a year of birth
	}
	if year%100 >= 60 {
		return false
	}
	if int(t+1) < len(p.toks) && p.isIn(t+1, "clock_after") {
		return true
	}
	return t > 0 && p.toks[t].brk <= brkComma && p.isIn(t-1, "clock_before")
}

// sinceThen tells whether the date at token lo is where something began that
// goes on, or where it will end: "together since 2019".
func (p *passage) sinceThen(lo int32) bool {
	return lo > 0 && p.toks[lo].brk == brkNone && p.isIn(lo-1, "since_word")
}

// dateForms are the orders of a full date; the day stands before the month.
var dateForms = []string{"2/1/2006", "2/1/06", "2006/1/2"}

func fullDate(w string) (time.Time, bool) {
	w = strings.NewReplacer(".", "/", "-", "/").Replace(w)
	for _, form := range dateForms {
		if d, err := time.Parse(form, w); err == nil {
			return d, true
		}
	}
	return time.Time{}, false
}

// monthNamed returns the month a word or its first three letters name.
func monthNamed(w string) time.Month {
	w = strings.ToLower(w)
	for m := time.January; m <= time.December; m++ {
		name := strings.ToLower(m.String())
		if w == name || w == name[:3] || w == "sept" && m == time.September {
			return m
		}
	}
	return 0
}

// birth tells whether the date at token lo is somebody's date of birth: so
// labelled, right behind a name, or known as one.
func (p *passage) birth(lo int32, day time.Time) bool {
	for i := p.cuesAt(lo - 6); i < len(p.cues) && p.cues[i].lo < lo; i++ {
		if c := &p.cues[i]; c.kind == sigBirth && c.hi <= lo && lo-c.hi <= 3 {
			return true
		}
	}
	for t := lo - 1; t >= 0 && t >= lo-2 && p.of[t] == p.of[lo] && !p.isIn(t, "preposition"); t-- {
		if p.toks[t].person != 0 {
			return true
		}
	}
	full := day.Format(time.DateOnly)
	for i := range p.people {
		if dob := p.people[i].DOB; dob == full {
			return true
		}
	}
	return false
}

// ago reads "3 years ago", "18 months ago" of 12 months or more, beginning at
// token t, and returns where it ends.
func (p *passage) ago(t int32) (hi int32, ok bool) {
	s := p.sentences[p.of[t]]
	n := p.quantity(t)
	if n == 0 {
		return 0, false
	}
	unit, hi := 0, t+1
	for ; hi < s.hi && hi <= t+3; hi++ {
		switch w := strings.ToLower(p.words(hi, hi+1)); w {
		case "year", "years", "yrs", "yr":
			unit = 12
		case "month", "months", "mths", "mth":
			unit = 1
		case "ago", "previously", "earlier", "back", "old":
			return hi + 1, w != "old" && n*unit >= 12
		}
	}
	return 0, false
}

var quantityWords = map[string]int{"a": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
	"nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "several": 3, "few": 3, "many": 5, "some": 2, "couple": 2}

// quantity returns the number a token says, 0 if none.
func (p *passage) quantity(t int32) int {
	w := p.words(t, t+1)
	if p.toks[t].kind == tokenNumber {
		n, _ := strconv.Atoi(w)
		return n
	}
	if len(w) > 7 {
		return 0
	}
	return quantityWords[strings.ToLower(w)]
}
