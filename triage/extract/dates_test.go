package extract

import (
	"testing"
	"time"
)

func TestReadDate(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"04/09/2026", "2026-09-04"}, {"4/9/26", "2026-09-04"}, {"04.09.26", "2026-09-04"}, {"04-09-2026", "2026-09-04"}, {"4.9.2012,", "2012-09-04"},
		{"04 sep 2012", "2012-09-04"}, {"4th september 2012", "2012-09-04"}, {"4 sept 12", "2012-09-04"}, {"04-sep-2012", "2012-09-04"}, {"04sep12", "2012-09-04"},
		{"3rd of november 2019", "2019-11-03"}, {"september 4, 2012", "2012-09-04"}, {"2012-09-04", "2012-09-04"}, {"2012/09/04", "2012-09-04"}, {"29/02/2012", "2012-02-29"},
		{"02sep26", "2026-09-02"}, {"15 january 2015,", "2015-01-15"}, {"30/08/99", "1999-08-30"}, {"4 medi 2012", "2012-09-04"},
		{"29/02/2013", ""}, {"31/04/2012", ""}, {"13/13/2012", ""}, {"30/40", ""}, {"6/52", ""}, {"13260398812", ""}, {"1/2/3", ""}, {"07700 900123", ""}, {"2012-13-01", ""},
	} {
		got, n := readDate(c.in, 26)
		if got.String() != c.want {
			t.Errorf("readDate(%q) = %v, %d, want %s", c.in, got, n, c.want)
		}
	}
	for _, c := range []struct {
		in   string
		want date
	}{{"15/09", date{0, 9, 15}}, {"3rd november at", date{0, 11, 3}}, {"nov 2023", date{2023, 11, 0}}, {"10/10 2010", date{0, 10, 10}}, {"8th october.", date{0, 10, 8}}, {"11 oct 2130hrs", date{0, 10, 11}}} {
		if got, _ := readDate(c.in, 26); got != c.want {
			t.Errorf("readDate(%q) = %v, want %v", c.in, got, c.want)
		}
	}
}

func TestBareDate(t *testing.T) {
	for in, want := range map[string]string{"04092012": "2012-09-04", "040912": "2012-09-04", "311299": "1999-12-31", "99999999": "", "1234567": "", "0409201": ""} {
		if got, _ := bareDate(in, 26); got.String() != want {
			t.Errorf("bareDate(%q) = %v, want %q", in, got, want)
		}
	}
}

func TestReadClock(t *testing.T) {
	for _, c := range []struct {
		in   string
		bare bool
		want int // minutes, -1 for none
	}{
		{"2105hrs", false, 1265}, {"2105 hrs", false, 1265}, {"21:05", false, 1265}, {"21.05hrs", false, 1265}, {"9pm", false, 1260}, {"9.30 pm", false, 1290},
		{"12am", false, 0}, {"12pm", false, 720}, {"0735", true, 455}, {"0735", false, -1}, {"2010", true, 1210}, {"00:15hrs", false, 15}, {"2460", true, -1}, {"7", true, -1},
		{"10:15:30", false, 615}, {"9 o'clock", false, 540}, {"24/09", true, -1},
	} {
		got, n := readClock(c.in, c.bare)
		if n == 0 {
			got = -1
		}
		if int(got) != c.want {
			t.Errorf("readClock(%q, %v) = %d, want %d", c.in, c.bare, got, c.want)
		}
	}
}

func TestReadAge(t *testing.T) {
	for _, c := range []struct {
		in   string
		n    int
		unit byte
		sure bool
	}{
		{"4yo", 4, 'y', true}, {"4 y/o", 4, 'y', true}, {"15yo male", 15, 'y', true}, {"14 yr old", 14, 'y', true}, {"6 year old", 6, 'y', true}, {"6-year-old", 6, 'y', true},
		{"18mths", 18, 'm', false}, {"14 month old", 14, 'm', true}, {"3/12", 3, 'm', false}, {"6/52", 6, 'w', false}, {"5/7 old", 5, 'd', false}, {"6 week old", 6, 'w', true}, {"six week old", 6, 'w', true},
		{"aged 9", 9, 'y', true}, {"age: 9", 9, 'y', true}, {"approx 13", 13, 'y', false}, {"39)", 39, 'y', false}, {"2yrs", 2, 'y', false}, {"10 days old", 10, 'd', true},
	} {
		a, n, sure := readAge(c.in)
		if n == 0 || a.n != c.n || a.unit != c.unit || sure != c.sure {
			t.Errorf("readAge(%q) = %d%c, %d, %v, want %d%c, sure %v", c.in, a.n, a.unit, n, sure, c.n, c.unit, c.sure)
		}
	}
	for _, in := range []string{"13260398812", "2105hrs", "999", "three", "12/10/2026", "21:05", "4x"} {
		if a, n, _ := readAge(in); n > 0 {
			t.Errorf("readAge(%q) = %v, want none", in, a)
		}
	}
}

func TestBorn(t *testing.T) {
	on := date{2026, 9, 1}
	for _, c := range []struct {
		a        age
		from, to string
	}{
		{age{n: 4, unit: 'y'}, "2021-09-02", "2022-09-01"},
		{age{n: 6, unit: 'w'}, "2026-07-15", "2026-07-21"},
		{age{n: 3, unit: 'm'}, "2026-05-02", "2026-06-01"},
		{age{n: 13, unit: 'y', approx: true}, "2010-09-02", "2015-09-01"},
		{age{n: 0, unit: 'y', approx: true}, "2024-09-02", "2026-09-01"},
	} {
		if from, to := c.a.born(on); from != c.from || to != c.to {
			t.Errorf("%+v.born(%v) = %s, %s, want %s, %s", c.a, on, from, to, c.from, c.to)
		}
	}
	if from, to := schoolYear(7, on); from != "2014-09-01" || to != "2015-08-31" {
		t.Errorf("schoolYear(7, %v) = %s, %s", on, from, to)
	}
}

// The clock change of 25 October 2026: half past twelve is still summer time.
func TestOnIsLondonTime(t *testing.T) {
	for c, want := range map[clock]string{30: "2026-10-24T23:30:00Z", 3 * 60: "2026-10-25T03:00:00Z"} {
		if got := (date{2026, 10, 25}).on(c).UTC().Format(time.RFC3339); got != want {
			t.Errorf("on(%d) = %s, want %s", c, got, want)
		}
	}
}

func TestIdentifiers(t *testing.T) {
	for _, s := range []string{"9434765919", "9990000018", "9990000026", "9990000034", "9990000042", "9990000050", "9990001235"} {
		if !ValidNHS(s) {
			t.Errorf("ValidNHS(%s) = false", s)
		}
	}
	for _, s := range []string{"9434765918", "999000001", "99900000181", "999000001X", ""} {
		if ValidNHS(s) {
			t.Errorf("ValidNHS(%s) = true", s)
		}
	}
	for _, s := range []string{"E380123412001", "N380000022001"} {
		if !ValidUPN(s) {
			t.Errorf("ValidUPN(%s) = false", s)
		}
	}
	for _, s := range []string{"A380123412001", "E38012341200", "E38012341200I", "E3801234120O1"} {
		if ValidUPN(s) {
			t.Errorf("ValidUPN(%s) = true", s)
		}
	}
	if got := nhsIn("NHS No: 999 000 0018 (mother's 123 456 7890)"); got != "9990000018" {
		t.Errorf("nhsIn = %q", got)
	}
}

func TestReadPostcode(t *testing.T) {
	for in, want := range map[string]string{"BD8 9TZ": "BD8 9TZ", "bd8 9tz": "BD8 9TZ", "BD89TZ": "BD8 9TZ", "BD16 6QT.": "BD16 6QT", "BD166QT": "BD16 6QT", "BD8 OTZ": "BD8 0TZ",
		"LS29 6TZ": "LS29 6TZ", "BDI6 6QT": "BD16 6QT", "W1A 1AA": "W1A 1AA", "SW1A 2AA": "SW1A 2AA", "HX7 8AB": "HX7 8AB",
		"SHIPLEY": "", "ROOLEY BANK": "", "BD2": "", "BD2 on": "", "TOLLER": "", "XX1 1AA": "", "PC 5512": "", "BD8 9TZX": "", "CR0 7ZX": "CR0 7ZX"} {
		if got, _ := readPostcode(in); got != want {
			t.Errorf("readPostcode(%q) = %q, want %q", in, got, want)
		}
	}
}
