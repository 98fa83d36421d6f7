package extract

import (
	"strings"
	"time"
	_ "time/tzdata" // Europe/London must exist on any machine
)

// date is a calendar day as written. A part that is not written is 0.
type date struct{ y, m, d int }

// london is the time zone of every time a notice states.
var london = mustLoad("Europe/London")

func mustLoad(name string) *time.Location {
	loc, err := time.LoadLocation(name)
	if err != nil {
		panic(err) // the zone data are linked into the program
	}
	return loc
}

// full tells whether year, month and day are written.
func (d date) full() bool { return d.y > 0 && d.m > 0 && d.d > 0 }

// String is the YYYY-MM-DD form, empty unless the date is full.
func (d date) String() string {
	if !d.full() {
		return ""
	}
	return d.time().Format(time.DateOnly)
}

// time is midnight UTC of the day; a missing month or day counts as the first.
func (d date) time() time.Time {
	return time.Date(d.y, time.Month(max(d.m, 1)), max(d.d, 1), 0, 0, 0, 0, time.UTC)
}

// dateOf is the day of a time in London.
func dateOf(t time.Time) date {
	t = t.In(london)
	return date{t.Year(), int(t.Month()), t.Day()}
}

// valid tells whether the day exists in the calendar; without a year the 29th
// of February does.
func (d date) valid() bool {
	if d.m < 1 || d.m > 12 || d.d < 1 {
		return false
	}
	y := d.y
	if y == 0 {
		y = 2024
	}
	return d.d <= time.Date(y, time.Month(d.m)+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

// month knows the names and short names of the months, English and Welsh.
func month(w string) int {
	w = strings.ToLower(strings.TrimSuffix(w, "."))
	if len(w) < 3 {
		return 0
	}
	if m, ok := months[w]; ok {
		return m
	}
	return 0
}

var months = func() map[string]int {
	m := map[string]int{"sept": 9, "ionawr": 1, "chwefror": 2, "mawrth": 3, "ebrill": 4, "mai": 5, "mehefin": 6, "gorffennaf": 7,
		"awst": 8, "medi": 9, "hydref": 10, "tachwedd": 11, "rhagfyr": 12}
	for i := time.January; i <= time.December; i++ {
		name := strings.ToLower(i.String())
		m[name], m[name[:3]] = int(i), int(i)
	}
	return m
}()

// digits reads up to n digits at s[i:] and returns their value and the place
// after them; -1 if there is none.
func digits(s string, i, n int) (v, end int) {
	end = i
	for end < len(s) && end < i+n && s[end] >= '0' && s[end] <= '9' {
		v = v*10 + int(s[end]-'0')
		end++
	}
	if end == i {
		return -1, i
	}
	return v, end
}

// endsNumber tells whether no digit follows at s[i].
func endsNumber(s string, i int) bool {
	return i >= len(s) || s[i] < '0' || s[i] > '9'
}

// readDate reads a date at the start of low text: 04/09/2026, 4.9.26,
// 04-Jan-2019, 3rd November, 2026-09-04, 02SEP26, January 15, 2015, Nov 2023.
// pivot is the last two digits of the year up to which a two-digit year is of
// this century. It returns the bytes read, 0 if no date stands there.
func readDate(s string, pivot int) (d date, n int) {
	if len(s) == 0 {
		return date{}, 0
	}
	if s[0] < '0' || s[0] > '9' {
		return monthFirst(s, pivot)
	}
	a, i := digits(s, 0, 4)
	if i == 4 && endsNumber(s, i) {
		return isoDate(s, a)
	}
	if i > 2 || i >= len(s) {
		return date{}, 0
	}
	if m, j := monthAfter(s, i); m > 0 {
		return withYear(s, date{0, m, a}, j, pivot)
	}
	sep := s[i]
	if sep != '/' && sep != '.' && sep != '-' && sep != '\\' {
		return date{}, 0
	}
	b, j := digits(s, i+1, 2)
	if b < 0 {
		return date{}, 0
	}
	d = date{0, b, a}
	if j >= len(s) || s[j] != sep {
		if sep != '/' || !endsNumber(s, j) || !d.valid() {
			return date{}, 0
		}
		return d, j
	}
	y, k := digits(s, j+1, 4)
	if y >= 0 && endsNumber(s, k) && (k-j == 3 || k-j == 5) {
		d.y = century(y, k-j-1, pivot)
		if d.valid() {
			return d, k
		}
		return date{}, 0
	}
	return date{}, 0
}

func isoDate(s string, y int) (date, int) {
	if len(s) < 8 || s[4] != '-' && s[4] != '/' && s[4] != '.' || y < 1900 || y > 2099 {
		return date{}, 0
	}
	m, i := digits(s, 5, 2)
	if m < 0 || i >= len(s) || s[i] != s[4] {
		return date{}, 0
	}
	day, j := digits(s, i+1, 2)
	d := date{y, m, day}
	if day < 0 || !endsNumber(s, j) || !d.valid() {
		return date{}, 0
	}
	return d, j
}

// newline tells whether one line break stands at s[i] between two words.
func newline(s string, i int) bool {
	return s[i] == '\n' && i+1 < len(s) && (isAlnum(s[i+1])) && i > 0 && s[i-1] != '\n'
}

// monthAfter reads "th of November", "-Jan-", " Sept", "SEP" after a day.
func monthAfter(s string, i int) (m, end int) {
	for _, suf := range []string{"st", "nd", "rd", "th"} {
		if strings.HasPrefix(s[i:], suf) {
			i += 2
			break
		}
	}
	for i < len(s) && (s[i] == ' ' || s[i] == '-' || s[i] == '/' || s[i] == '.' || newline(s, i)) {
		i++
	}
	if strings.HasPrefix(s[i:], "of ") {
		i += 3
	}
	j := letters(s, i)
	if m = month(s[i:j]); m == 0 {
		return 0, 0
	}
	return m, j
}

// withYear reads the year after day and month, if one follows.
func withYear(s string, d date, i, pivot int) (date, int) {
	if !d.valid() {
		return date{}, 0
	}
	j := i
	for j < len(s) && j < i+3 && (s[j] == ' ' || newline(s, j) || s[j] == ',' || s[j] == '-' || s[j] == '/' || s[j] == '.' || s[j] == '\'') {
		j++
	}
	y, k := digits(s, j, 4)
	switch n := k - j; {
	case y < 0 || !endsNumber(s, k) || n == 2 && k+1 < len(s) && s[k] == '/' && isDigit(s[k+1]) || k < len(s) && (s[k] == ':' || s[k] == 'h' || isLetter(s[k])):
		return d, i
	case n == 4 && y >= 1900 && y < 2100, n == 2 && (j == i || s[j-1] != ','):
		d.y = century(y, n, pivot)
		return d, k
	}
	return d, i
}

// monthFirst reads "January 15, 2015" and "Nov 2023".
func monthFirst(s string, pivot int) (date, int) {
	i := letters(s, 0)
	m := month(s[:i])
	if m == 0 {
		return date{}, 0
	}
	j := i
	for j < len(s) && (s[j] == ' ' || s[j] == '.') {
		j++
	}
	a, k := digits(s, j, 4)
	switch {
	case k-j == 4 && a >= 1900 && a < 2100 && endsNumber(s, k):
		return date{a, m, 0}, k
	case a > 0 && a <= 31 && k-j <= 2 && endsNumber(s, k):
		for _, suf := range []string{"st", "nd", "rd", "th"} {
			if strings.HasPrefix(s[k:], suf) {
				k += 2
				break
			}
		}
		return withYear(s, date{0, m, a}, k, pivot)
	}
	return date{}, 0
}

// bareDate reads a date without marks, ddmmyyyy or ddmmyy, where a label says
// that a date must stand.
func bareDate(s string, pivot int) (date, int) {
	_, n := digits(s, 0, 9)
	if n != 8 && n != 6 {
		return date{}, 0
	}
	day, _ := digits(s, 0, 2)
	m, _ := digits(s, 2, 2)
	y, _ := digits(s, 4, 4)
	d := date{century(y, n-4, pivot), m, day}
	if !d.valid() {
		return date{}, 0
	}
	return d, n
}

// century completes a year of n digits.
func century(y, n, pivot int) int {
	switch {
	case n == 4:
		return y
	case y <= pivot:
		return 2000 + y
	}
	return 1900 + y
}

func letters(s string, i int) int {
	for i < len(s) && (isLetter(s[i]) || s[i] >= 0x80) {
		i++
	}
	return i
}

// clock is a time of day in minutes after midnight.
type clock int

// readClock reads 2105hrs, 21:05, 21.05 hrs, 9pm, 9.30 pm, 0735; bare tells
// whether four digits alone are a time there.
func readClock(s string, bare bool) (c clock, n int) {
	h, i := digits(s, 0, 4)
	if h < 0 || !endsNumber(s, i) {
		return 0, 0
	}
	m, marked := 0, false
	switch {
	case i >= 3:
		h, m = h/100, h%100
	case i < len(s) && (s[i] == ':' || s[i] == '.'):
		v, j := digits(s, i+1, 2)
		if j-i != 3 || !endsNumber(s, j) {
			return 0, 0
		}
		marked = s[i] == ':'
		m, i = v, j
		if marked && i+2 < len(s) && s[i] == ':' {
			if _, k := digits(s, i+1, 2); k == i+3 {
				i = k
			}
		}
	}
	j := i
	for j < len(s) && s[j] == ' ' {
		j++
	}
	switch rest := s[j:]; {
	case word(rest, "pm") && h < 12:
		h, i, marked = h+12, j+2, true
	case word(rest, "am") || word(rest, "pm"):
		h, i, marked = h%24, j+2, true
		if h == 12 && word(rest, "am") {
			h = 0
		}
	case word(rest, "hrs") || word(rest, "hours"):
		i, marked = j+letters(rest, 0), marked || i >= 3 || m > 0
	case word(rest, "hr") || word(rest, "h"):
		i, marked = j+letters(rest, 0), marked || i >= 4
	case word(rest, "o'clock"):
		i, marked = j+len("o'clock"), true
	default:
		marked = marked || bare && i == 4
	}
	if !marked || h > 24 || m > 59 || h == 24 && m > 0 {
		return 0, 0
	}
	return clock(h%24*60 + m), i
}

// word tells whether s begins with the whole word w.
func word(s, w string) bool {
	return strings.HasPrefix(s, w) && (len(s) == len(w) || !isAlnum(s[len(w)]))
}

// on is the time of day c on day d in London.
func (d date) on(c clock) time.Time {
	return time.Date(d.y, time.Month(d.m), d.d, int(c)/60, int(c)%60, 0, 0, london)
}
