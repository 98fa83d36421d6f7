package link

import (
	"strings"
	"time"
)

const day = 24 * time.Hour

// date reads YYYY-MM-DD.
func date(s string) (time.Time, bool) {
	t, err := time.Parse(time.DateOnly, s)
	return t, err == nil
}

// daysBetween returns the days from a to b, or ok false where one is no date.
func daysBetween(a, b string) (int, bool) {
	ta, okA := date(a)
	tb, okB := date(b)
	return int(tb.Sub(ta) / day), okA && okB
}

// realDate tells whether a date of birth says anything: the dates that systems
// put in for "not known" never count (domain.md 5.2).
func (x *lexicon) realDate(s string) bool {
	t, ok := date(s)
	return ok && t.Year() > 1901 && !x.noDate[s]
}

// defaultDay tells whether the date is 1 January, which stands for a year of
// which no more is known.
func defaultDay(s string) bool { return strings.HasSuffix(s, "-01-01") }

// meetBorn returns the level of what is known of two births, or "".
func (a *Person) meetBorn(b *Person) string {
	best := ""
	for _, x := range a.DOBs {
		for _, y := range b.DOBs {
			if lv := meetDates(x, y); best == "" || bornRank[lv] > bornRank[best] {
				best = lv
			}
		}
	}
	if best != "" {
		return best
	}
	return meetSpans(a, b)
}

var bornRank = map[string]int{"equal": 4, "swapped": 3, "digit": 2, "apart": 1}

// meetDates compares two full dates of birth.
func meetDates(x, y string) string {
	switch {
	case x == y:
		return "equal"
	case x[:4] == y[:4] && x[5:7] == y[8:] && x[8:] == y[5:7]:
		return "swapped"
	}
	diff := 0
	for i := range x {
		if x[i] != y[i] {
			diff++
		}
	}
	if diff == 1 {
		return "digit"
	}
	return "apart"
}

// meetSpans compares births of which at least one is known as a span only.
func meetSpans(a, b *Person) string {
	if a.From == "" || a.To == "" || b.From == "" || b.To == "" {
		return ""
	}
	later, earlier := max(a.From, b.From), min(a.To, b.To)
	if later > earlier {
		if d, ok := daysBetween(earlier, later); ok && d <= 366 && len(a.DOBs)+len(b.DOBs) < 2 {
			return "off" // ages are guessed, and wrong by a year
		}
		return "apart"
	}
	wa, _ := daysBetween(a.From, a.To)
	wb, _ := daysBetween(b.From, b.To)
	switch w := max(wa, wb); {
	case w <= 366:
		return "year"
	case w <= 4*366:
		return "age"
	}
	return ""
}

// within tells whether two dates lie at most n days apart.
func within(a, b string, n int) bool {
	d, ok := daysBetween(a, b)
	return ok && d <= n && d >= -n
}
