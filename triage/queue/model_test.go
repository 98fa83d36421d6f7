package queue

import (
	"cmp"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/ppn-triage/ppn-triage/triage"
)

// The reference model: policy.md written out a second time, in another way and
// without a thought for speed, against which the package is compared.

var london = func() *time.Location {
	l, err := time.LoadLocation("Europe/London")
	if err != nil {
		panic(err)
	}
	return l
}()

func standard(tb testing.TB) *Calendar {
	tb.Helper()
	c, err := NewCalendar(Config{})
	if err != nil {
		tb.Fatalf("NewCalendar(Config{}) = %v, want a calendar", err)
	}
	return c
}

// modelHoliday follows the Banking and Financial Dealings Act 1971 and the
// customary days, for years without a one-off holiday.
func modelHoliday(y int, m time.Month, d int) bool {
	on := time.Date(y, m, d, 12, 0, 0, 0, time.UTC)
	is := func(t time.Time) bool { return t.Equal(on) }
	date := func(m time.Month, d int) time.Time { return time.Date(y, m, d, 12, 0, 0, 0, time.UTC) }
	first := func(t time.Time) time.Time { // Monday at or after
		for t.Weekday() != time.Monday {
			t = t.AddDate(0, 0, 1)
		}
		return t
	}
	easter := modelEaster(y)
	if is(easter.AddDate(0, 0, -2)) || is(easter.AddDate(0, 0, 1)) ||
		is(first(date(time.May, 1))) || is(first(date(time.May, 25))) || is(first(date(time.August, 25))) {
		return true
	}
	newYear := date(time.January, 1)
	if weekend(newYear) {
		newYear = first(newYear)
	}
	switch date(time.December, 25).Weekday() {
	case time.Friday: // Boxing Day on Saturday
		return is(newYear) || is(date(time.December, 25)) || is(date(time.December, 28))
	case time.Saturday:
		return is(newYear) || is(date(time.December, 27)) || is(date(time.December, 28))
	case time.Sunday:
		return is(newYear) || is(date(time.December, 26)) || is(date(time.December, 27))
	default:
		return is(newYear) || is(date(time.December, 25)) || is(date(time.December, 26))
	}
}

// modelEaster finds Easter from the full moons of the 19-year cycle, 1900–2199.
func modelEaster(y int) time.Time {
	// Days of the paschal full moon after 21 March, by golden number.
	moons := [19]int{24, 13, 2, 21, 10, 29, 18, 7, 26, 15, 4, 23, 12, 1, 20, 9, 28, 17, 6}
	t := time.Date(y, time.March, 21, 12, 0, 0, 0, time.UTC).AddDate(0, 0, moons[y%19])
	if moons[y%19] >= 28 { // the two corrected moons of the Gregorian table
		t = t.AddDate(0, 0, -1)
	}
	for t = t.AddDate(0, 0, 1); t.Weekday() != time.Sunday; t = t.AddDate(0, 0, 1) {
	}
	return t
}

func weekend(t time.Time) bool { return t.Weekday() == time.Saturday || t.Weekday() == time.Sunday }

func modelWorking(t time.Time) bool {
	t = t.In(london)
	return !weekend(t) && !modelHoliday(t.Date())
}

func clock(t time.Time, hh, mm int) time.Time {
	t = t.In(london)
	return time.Date(t.Year(), t.Month(), t.Day(), hh, mm, 0, 0, london)
}

func modelClose(t time.Time) time.Time {
	if t.In(london).Weekday() == time.Friday {
		return clock(t, 16, 30)
	}
	return clock(t, 17, 0)
}

func modelNext(t time.Time) time.Time {
	for t = clock(t, 12, 0).AddDate(0, 0, 1); !modelWorking(t); t = t.AddDate(0, 0, 1) {
	}
	return t
}

func modelDue(band triage.Band, received time.Time) time.Time {
	switch band {
	case triage.Red:
		return received.Add(4 * time.Hour)
	case triage.Amber:
		due := received.Add(24 * time.Hour)
		in := modelWorking(due) && !due.Before(clock(due, 8, 30)) && !due.After(modelClose(due))
		switch {
		case in:
		case modelWorking(received) && received.Before(clock(received, 12, 0)):
			due = modelClose(received)
		default:
			due = clock(modelNext(received), 12, 0)
		}
		if ceiling := modelClose(modelNext(received)); due.After(ceiling) {
			due = ceiling
		}
		return due
	default:
		return modelClose(modelNext(received))
	}
}

// modelOffice counts the office time between two times a day at a time.
func modelOffice(from, to time.Time) (sum time.Duration) {
	for day := clock(from, 12, 0); !clock(day, 0, 0).After(to); day = day.AddDate(0, 0, 1) {
		if !modelWorking(day) {
			continue
		}
		start, end := clock(day, 8, 30), modelClose(day)
		if start.Before(from) {
			start = from
		}
		if end.After(to) {
			end = to
		}
		if end.After(start) {
			sum += end.Sub(start)
		}
	}
	return sum
}

// modelCompare is the section "Order of the queue", word for word.
func modelCompare(c *Calendar, now time.Time, a, b Key) int {
	return cmp.Or(
		cmp.Compare(modelTier(c, now, a), modelTier(c, now, b)),
		a.Due.Compare(b.Due),
		cmp.Compare(b.Points, a.Points),
		cmp.Compare(a.Seq, b.Seq),
		cmp.Compare(a.Part, b.Part),
	)
}

// modelTier numbers the tiers and the groups that stand first in them.
func modelTier(c *Calendar, now time.Time, k Key) int {
	late := !now.Before(k.Due)
	manual := func(group int) int {
		if k.Manual {
			return group
		}
		return group + 1
	}
	switch {
	case k.Band == triage.Red && k.Unsafe:
		return 0
	case k.Band == triage.Red:
		return manual(1)
	case k.Band == triage.Amber && !now.Before(c.BreachRiskAt(k.Band, time.Time{}, k.Due)):
		return manual(10)
	case k.Band != triage.Amber && late:
		return manual(12)
	case k.Band == triage.Amber:
		return manual(20)
	case k.Band == triage.Green:
		return manual(30)
	}
	return manual(40)
}

// moment draws any second of 2026 to 2036, and often one where clocks, days or
// office hours turn.
func moment() *rapid.Generator[time.Time] {
	start := time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC)
	seconds := int(time.Date(2037, time.January, 1, 0, 0, 0, 0, time.UTC).Sub(start) / time.Second)
	return rapid.Custom(func(t *rapid.T) time.Time {
		at := start.Add(time.Duration(rapid.IntRange(0, seconds-1).Draw(t, "second")) * time.Second)
		switch rapid.IntRange(0, 4).Draw(t, "near") {
		case 0: // Christmas and New Year
			at = clock(time.Date(at.Year(), time.December, rapid.IntRange(22, 35).Draw(t, "day"), 12, 0, 0, 0, london), at.Hour(), at.Minute())
		case 1: // the last week of March or October, where clocks change
			month := rapid.SampledFrom([]time.Month{time.March, time.October}).Draw(t, "month")
			at = time.Date(at.Year(), month, rapid.IntRange(24, 32).Draw(t, "day"), at.Hour(), at.Minute(), at.Second(), 0, time.UTC)
		case 2: // a turn of the day
			turn := rapid.SampledFrom([][2]int{{0, 0}, {1, 0}, {2, 0}, {8, 30}, {12, 0}, {16, 30}, {17, 0}, {23, 59}}).Draw(t, "turn")
			at = clock(at, turn[0], turn[1]).Add(time.Duration(rapid.IntRange(-1, 1).Draw(t, "off")) * time.Second)
		}
		return at
	})
}

func band() *rapid.Generator[triage.Band] {
	return rapid.SampledFrom([]triage.Band{triage.Blue, triage.Green, triage.Amber, triage.Red})
}
