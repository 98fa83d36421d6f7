package extract

import (
	"strings"
	"time"
)

// age is an age as stated: n years, months, weeks or days.
type age struct {
	n      int
	unit   byte // 'y', 'm', 'w', 'd'
	approx bool
}

// ageUnits are the units an officer writes after a number, longest first
// where one begins another.
var ageUnits = []struct {
	word string
	unit byte
	sure bool // it is an age wherever it stands
}{
	{"yr old", 'y', true}, {"yrs old", 'y', true}, {"year old", 'y', true}, {"years old", 'y', true}, {"years of age", 'y', true}, {"yrs of age", 'y', true},
	{"year-old", 'y', true}, {"yr-old", 'y', true}, {"years-old", 'y', true},
	{"y/o", 'y', true}, {"y.o", 'y', true}, {"yo", 'y', true}, {"y o", 'y', true}, {"yro", 'y', true}, {"yrold", 'y', true}, {"yearold", 'y', true},
	{"years", 'y', false}, {"year", 'y', false}, {"yrs", 'y', false}, {"yr", 'y', false}, {"ys", 'y', false}, {"y", 'y', false}, {"oed", 'y', false}, {"mlwydd oed", 'y', true},
	{"month old", 'm', true}, {"months old", 'm', true}, {"mth old", 'm', true}, {"mths old", 'm', true}, {"month-old", 'm', true}, {"months of age", 'm', true},
	{"m/o", 'm', true}, {"mo old", 'm', true}, {"months", 'm', false}, {"month", 'm', false}, {"mths", 'm', false}, {"mth", 'm', false}, {"mnths", 'm', false}, {"mos", 'm', false}, {"mo", 'm', false}, {"/12", 'm', false},
	{"week old", 'w', true}, {"weeks old", 'w', true}, {"wk old", 'w', true}, {"wks old", 'w', true}, {"week-old", 'w', true}, {"w/o", 'w', true},
	{"weeks", 'w', false}, {"week", 'w', false}, {"wks", 'w', false}, {"wk", 'w', false}, {"/52", 'w', false},
	{"day old", 'd', true}, {"days old", 'd', true}, {"day-old", 'd', true}, {"days", 'd', false}, {"/7", 'd', false},
}

var numberWords = map[string]int{"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
	"eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16, "seventeen": 17, "eighteen": 18}

// readAge reads an age at the start of low text. sure says that the words can
// be nothing but an age ("4yo"); otherwise ("6 weeks", "3/12", "22") it is one
// only beside a person. It returns the bytes read, 0 if no age stands there.
func readAge(s string) (a age, n int, sure bool) {
	i := 0
	for _, w := range []string{"aged approx ", "aged about ", "aged around ", "aged ", "age ", "age: ", "age:", "oed "} {
		if strings.HasPrefix(s, w) {
			i, sure = len(w), true
			break
		}
	}
	i, a.approx = skipApprox(s, i)
	v, j := digits(s, i, 3)
	if v < 0 {
		k := letters(s, i)
		if v = numberWords[s[i:k]]; v == 0 {
			return age{}, 0, false
		}
		j = k
	}
	if !endsNumber(s, j) || v > 110 {
		return age{}, 0, false
	}
	if j < len(s) && s[j] == '+' {
		j, a.approx = j+1, true
	}
	a.n, a.unit = v, 'y'
	k := j
	if k < len(s) && (s[k] == ' ' || s[k] == '-') {
		k++
	}
	for _, u := range ageUnits {
		at := k
		if u.word[0] == '/' {
			at = j
		}
		if word(s[at:], u.word) {
			a.unit = u.unit
			return a, at + len(u.word), sure || u.sure
		}
	}
	if i == 0 && j < len(s) && isAlnum(s[j]) || j < len(s) && (s[j] == '/' || s[j] == ':' || s[j] == '.' && !endsNumber(s, j+1)) {
		return age{}, 0, false
	}
	if v, ok := numberWords[s[i:j]]; ok && v > 0 && !sure {
		return age{}, 0, false // a bare word is a count, not an age
	}
	return a, j, sure
}

// skipApprox skips "approx", "about", "c.", "~" and says that it did.
func skipApprox(s string, i int) (int, bool) {
	for _, w := range []string{"approximately ", "approx. ", "approx ", "apx ", "circa ", "about ", "around ", "roughly ", "c. ", "c ", "c.", "~", "maybe ", "possibly ", "looks ", "under ", "nearly ", "almost "} {
		if strings.HasPrefix(s[i:], w) {
			return i + len(w), true
		}
	}
	return i, false
}

// born is the interval of birthdays that the age allows on a day: 4 years on
// 1 September 2026 is 2 September 2021 to 1 September 2022. An approximate age
// is read two years wide from ten years up, one year below, and a quarter of
// itself for months and weeks.
func (a age) born(on date) (from, to string) {
	t, lo, hi := on.time(), a.n, a.n
	if a.approx {
		slack := max(1, a.n/4)
		if a.unit == 'y' {
			slack = 1 + min(1, a.n/10)
		}
		lo, hi = max(0, lo-slack), hi+slack
	}
	back := func(n int) time.Time {
		switch a.unit {
		case 'y':
			return t.AddDate(-n, 0, 0)
		case 'm':
			return t.AddDate(0, -n, 0)
		case 'w':
			return t.AddDate(0, 0, -7*n)
		}
		return t.AddDate(0, 0, -n)
	}
	return back(hi+1).AddDate(0, 0, 1).Format(time.DateOnly), back(lo).Format(time.DateOnly)
}

// schoolYear is the interval of birthdays of English and Welsh year n (0 is
// reception) in the school year that the day lies in: a year 7 child of
// 2026/27 was born from 1 September 2014 to 31 August 2015.
func schoolYear(n int, on date) (from, to string) {
	start := on.y
	if on.m < 9 {
		start--
	}
	return date{start - n - 5, 9, 1}.String(), date{start - n - 4, 8, 31}.String()
}

// bornIn is the interval of a year or month of birth.
func (d date) bornIn() (from, to string) {
	switch {
	case d.full():
		return d.String(), d.String()
	case d.m > 0:
		first := d.time()
		return first.Format(time.DateOnly), first.AddDate(0, 1, -1).Format(time.DateOnly)
	}
	return date{d.y, 1, 1}.String(), date{d.y, 12, 31}.String()
}
