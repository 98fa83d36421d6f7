package extract

import (
	"strings"
	"time"

	"github.com/ppn-triage/ppn-triage/triage"
)

// moment is a date, with a time of day if one is said, and the end of a range.
type moment struct {
	day   date
	at    clock
	timed bool
	end   time.Time
}

// begins is when the moment began, zero if no time of day is said.
func (m moment) begins() time.Time {
	if !m.timed || !m.day.full() {
		return time.Time{}
	}
	return m.day.on(m.at)
}

// whenOrder ranks the fields that say when it happened, best first.
var whenOrder = map[fieldKey]int{fieldWhen: 1, fieldLastSeen: 2, fieldDate: 3, fieldLog: 5, fieldReportedWhen: 6, fieldReturned: 7}

// lateDays is the age of an incident from which a report of it is a late
// disclosure, dated by the day it was made (policy.md, History).
const lateDays = 90

// incident finds when it happened: in the fields, else in the running text,
// else in the log number's date, else in the subject.
func (x *labels) incident(p *page, fs []field, first, last int) (m moment) {
	best := 99
	var reported date
	for _, f := range fs {
		rank := whenOrder[f.key]
		if rank == 0 || f.line < first || f.line >= last || f.first >= f.last || f.key == fieldDate && f.line > first && p.aboutBirth(fs, f) {
			continue
		}
		got, ok := p.moment(f.first, f.last, f.key != fieldLog)
		if !ok {
			continue
		}
		if f.key == fieldReportedWhen {
			reported = got.day
		}
		if rank < best {
			m, best = got, rank
		}
	}
	if !m.timed && m.day.full() {
		x.timeField(p, fs, &m, first, last)
	}
	if best > 4 {
		if got, ok := p.momentInProse(first, last); ok && (best > 5 || got.day == m.day) {
			m, best = got, 4
		}
	}
	if !m.day.full() {
		if got, ok := p.momentInSubject(); ok {
			m = got
		}
	}
	if m.day.full() && reported.full() && reported.time().Sub(m.day.time()) > lateDays*24*time.Hour {
		return moment{day: reported}
	}
	return m
}

// aboutBirth tells whether a bare "Date" stands in the row of a person.
func (p *page) aboutBirth(fs []field, f field) bool {
	for _, g := range fs {
		if g.line == f.line && g.about() {
			return true
		}
	}
	return false
}

func (f field) about() bool { return f.key.about() }

// timeField adds the time of a "Time:" row to a day.
func (x *labels) timeField(p *page, fs []field, m *moment, first, last int) {
	for _, f := range fs {
		if f.key == fieldTime && f.first < f.last && f.line >= first && f.line < last {
			if c, n := readClock(p.low[p.pieces[f.first].start:], true); n > 0 {
				m.at, m.timed = c, true
				return
			}
		}
	}
}

// moment reads the first date of pieces[first:last], with the times beside it:
// "Mon 31/08/2026 2105hrs", "2100 02/09/26 to 2235", "10/10 2010".
func (p *page) moment(first, last int, bare bool) (m moment, ok bool) {
	end := p.pieces[last-1].end
	for i := first; i < last; i++ {
		if p.kind(i) == pieceBreak && !p.soft(i) && m.day.full() {
			break
		}
		if p.kind(i) != pieceNumber && p.kind(i) != pieceWord {
			continue
		}
		s := p.low[p.pieces[i].start:end]
		if d, n := readDate(s, p.pivot); n > 0 && p.kind(i) == pieceNumber || n > 0 && d.full() {
			d, n = p.sameYear(s, d, n)
			switch {
			case !m.day.full():
				m.day = d
			case m.timed && m.end.IsZero():
				p.rangeEnd(&m, d, i, n, last)
				return m, true
			}
			i = p.at(p.pieces[i].start+n) - 1
			continue
		}
		if d, ok := p.relativeDay(i); ok && !m.day.full() {
			m.day = d
			continue
		}
		if c, n := readClock(s, bare); n > 0 {
			switch {
			case !m.timed:
				m.at, m.timed = c, true
			case m.end.IsZero() && m.day.full() && toBefore(p, i):
				m.end = m.after(c)
			}
			i = p.at(p.pieces[i].start+n) - 1
		}
	}
	return m, m.day.full()
}

// after is the first time c that is not before the moment began.
func (m moment) after(c clock) time.Time {
	t := m.day.on(c)
	if t.Before(m.begins()) {
		t = t.AddDate(0, 0, 1)
	}
	return t
}

// toBefore tells whether the words before piece i make it the end of a range.
func toBefore(p *page, i int) bool {
	return i > 0 && (p.lower(i-1) == "to" || p.lower(i-1) == "and" || p.lower(i-1) == "until" || p.lower(i-1) == "till" || p.mark(i-1, '-') || p.str(i-1) == "–")
}

// rangeEnd sets the end from a second date and the time beside it.
func (p *page) rangeEnd(m *moment, d date, i, n, last int) {
	if !d.full() || d.time().Before(m.day.time()) || d.time().Sub(m.day.time()) > 31*24*time.Hour {
		return
	}
	next := p.at(p.pieces[i].start + n)
	if next < last {
		if c, k := readClock(p.low[p.pieces[next].start:], true); k > 0 {
			m.end = d.on(c)
			return
		}
	}
	if c, k := readClock(p.low[p.pieces[i-1].start:], true); k > 0 && p.kind(i-1) == pieceNumber {
		m.end = d.on(c)
	}
}

// sameYear completes a date without a year by the mail's, and takes back a
// "year" that is a time of day: "10/10 2010".
func (p *page) sameYear(s string, d date, n int) (date, int) {
	if d.full() && d.y > p.today.y && n > 4 {
		if short, k := readDate(s[:n-4], p.pivot); k > 0 {
			d, n = short, k
		}
	}
	if d.y == 0 && d.m > 0 && d.d > 0 {
		d.y = p.today.y
		if d.time().After(p.today.time().AddDate(0, 0, 1)) {
			d.y--
		}
	}
	return d, n
}

// relativeDay reads "today", "last night", "yesterday", "this morning",
// "tonight", "Saturday night" as a day before the mail's.
func (p *page) relativeDay(i int) (date, bool) {
	back := -1
	switch p.lower(i) {
	case "today", "tonight", "todays":
		back = 0
	case "this":
		if w := p.lower(i + 1); w == "morning" || w == "afternoon" || w == "evening" {
			back = 0
		}
	case "yesterday", "yesterdays":
		back = 1
	case "last":
		if w := p.lower(i + 1); w == "night" || w == "evening" {
			back = 1
		} else if d := weekday(w); d >= 0 {
			back = p.daysBack(d)
			if back == 0 {
				back = 7
			}
		}
	}
	if d := weekday(p.lower(i)); back < 0 && d >= 0 && len(p.lower(i)) > 3 {
		return p.weekdaySaid(i, d)
	}
	if back < 0 {
		return date{}, false
	}
	return dateOf(p.today.time().AddDate(0, 0, -back)), true
}

// weekdaySaid reads "on Monday night", "Wednesday (12th)", "Friday 21st": the
// last such day before the mail's.
func (p *page) weekdaySaid(i, day int) (date, bool) {
	j := i + 1
	if p.mark(j, '(') || p.lower(j) == "the" {
		j++
	}
	if v, n := digits(p.lower(j), 0, 2); p.kind(j) == pieceNumber && v > 0 && v <= 31 && n < len(p.lower(j)) && ordinal(p.lower(j)[n:]) && month(p.lower(j+1)) == 0 && !(p.lower(j+1) == "of") {
		for back := range 31 {
			if d := dateOf(p.today.time().AddDate(0, 0, -back)); d.d == v {
				return d, true
			}
		}
	}
	before := p.lower(i - 1)
	switch p.lower(i + 1) {
	case "night", "evening", "morning", "afternoon", "teatime":
	default:
		if before != "on" && before != "this" {
			return date{}, false
		}
	}
	if before == "next" || before == "every" || before == "until" || before == "by" || before == "each" || p.kind(i+1) == pieceNumber {
		return date{}, false
	}
	return dateOf(p.today.time().AddDate(0, 0, -p.daysBack(day))), true
}

// ordinal knows the endings of ordinal numbers.
func ordinal(s string) bool { return s == "st" || s == "nd" || s == "rd" || s == "th" }

func (p *page) daysBack(d int) int {
	return (int(p.today.time().Weekday()) - d + 7) % 7
}

// weekday knows the days by name, Sunday 0; -1 for another word.
func weekday(w string) int {
	if len(w) < 3 {
		return -1
	}
	for d := time.Sunday; d <= time.Saturday; d++ {
		name := strings.ToLower(d.String())
		if strings.HasPrefix(name, w) || w == "weds" && d == time.Wednesday {
			return int(d)
		}
	}
	return -1
}

// momentInProse finds the first date in the running text that has a time of
// day beside it, else one with a weekday, else a word like "last night", else
// the first date near the mail's own.
func (p *page) momentInProse(first, last int) (best moment, ok bool) {
	score := 0
	for n := first; n < last; n++ {
		ln := p.lines[n]
		switch p.section(n) {
		case triage.SectionSubject, triage.SectionSignature:
			continue
		}
		for i := ln.first; i < ln.last; i++ {
			got, s, next := p.dateScore(i, ln.last)
			if s > score {
				best, score = got, s
			}
			i = max(i, next-1)
		}
		if score >= 4 {
			break
		}
	}
	return best, score > 0
}

// dateScore weighs a date at piece i as the day of the incident.
func (p *page) dateScore(i, last int) (m moment, score, next int) {
	if p.kind(i) != pieceNumber && p.kind(i) != pieceWord {
		return m, 0, i
	}
	s := p.low[p.pieces[i].start:]
	if d, ok := p.relativeDay(i); ok {
		if got, ok := p.moment(p.before(i, 3), min(i+5, last), false); ok && got.day == d {
			return got, 1, i + 1
		}
		return moment{day: d}, 1, i + 1
	}
	if p.kind(i) == pieceWord && month(p.lower(i)) == 0 {
		return m, 0, i
	}
	d, n := readDate(s, p.pivot)
	if n == 0 || d.d == 0 || d.m == 0 {
		return m, 0, i
	}
	d, n = p.sameYear(s, d, n)
	age := p.today.time().Sub(d.time())
	if !d.full() || age < -48*time.Hour || age > lateDays*24*time.Hour || i > 0 && dobWordBefore(p, i) {
		return m, 0, i
	}
	next = p.at(p.pieces[i].start + n)
	score = 2
	if got, ok := p.moment(p.before(i, 3), min(next+5, last), false); ok && got.day == d {
		m = got
	}
	m.day = d
	if c, n := readClock(p.low[p.pieces[min(next+1, len(p.pieces)-1)].start:], true); !m.timed && n == 4 && p.mark(next, ',') && (p.mark(next+2, '.') || p.mark(next+2, ',') || p.kind(next+2) == pieceBreak) {
		m.at, m.timed = c, true // "09/05, 2150."
	}
	if m.timed || i > 0 && weekday(p.lower(i-1)) >= 0 {
		score = 4
	}
	if p.pieces[i].start >= p.letter.Sections[0].End && i > 0 && p.kind(i-1) == pieceWord && p.pieces[i-1].shape == shapeUpper && p.pieces[i-1].end-p.pieces[i-1].start > 3 && weekday(p.lower(i-1)) < 0 && !m.timed {
		return m, 0, next // stands beside a name
	}
	if i > 1 && (p.lower(i-1) == "of" || p.lower(i-1) == "sent") {
		score = 1
	}
	return m, score, next
}

// before is the piece n places before i, on the same line.
func (p *page) before(i, n int) int {
	from := i
	for from > 0 && i-from < n && p.kind(from-1) != pieceBreak {
		from--
	}
	return from
}

func dobWordBefore(p *page, i int) bool {
	for j := max(0, i-3); j < i; j++ {
		if d := dobWord(p, j); d > j && d >= i {
			return true
		}
	}
	return false
}

// momentInSubject reads a date in the subject line.
func (p *page) momentInSubject() (moment, bool) {
	for n := range p.lines {
		if p.section(n) == triage.SectionSubject && p.lines[n].first < p.lines[n].last {
			for i := p.lines[n].first; i < p.lines[n].last; i++ {
				if got, s, _ := p.dateScore(i, p.lines[n].last); s > 1 {
					return got, true
				}
			}
		}
	}
	return moment{}, false
}
