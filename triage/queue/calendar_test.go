package queue

import (
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/ppn-triage/ppn-triage/triage"
)

func parse(tb testing.TB, s string) time.Time {
	tb.Helper()
	at, err := time.ParseInLocation("2006-01-02 15:04:05", s, london)
	if err != nil {
		at, err = time.ParseInLocation("2006-01-02 15:04", s, london)
	}
	if err != nil {
		tb.Fatal(err)
	}
	return at
}

// The lists of gov.uk/bank-holidays for England and Wales, and two years in
// which clocks somewhere skipped the midnight of New Year's Day.
func TestBankHolidays(t *testing.T) {
	c := standard(t)
	published := map[int]string{
		1986: "01-01 03-28 03-31 05-05 05-26 08-25 12-25 12-26",
		1993: "01-01 04-09 04-12 05-03 05-31 08-30 12-27 12-28",
		2025: "01-01 04-18 04-21 05-05 05-26 08-25 12-25 12-26",
		2026: "01-01 04-03 04-06 05-04 05-25 08-31 12-25 12-28",
		2027: "01-01 03-26 03-29 05-03 05-31 08-30 12-27 12-28",
	}
	for year, days := range published {
		var got []string
		for d := time.Date(year, time.January, 1, 12, 0, 0, 0, london); d.Year() == year; d = d.AddDate(0, 0, 1) {
			if !weekend(d) && !c.WorkingDay(d) {
				got = append(got, d.Format("01-02"))
			}
		}
		if strings.Join(got, " ") != days {
			t.Errorf("weekdays off in %d = %v, want %s", year, got, days)
		}
	}
}

func TestWorkingDayAgreesWithTheModelForTenYears(t *testing.T) {
	c := standard(t)
	for d := parse(t, "2026-01-01 00:00"); d.Year() < 2037; d = d.AddDate(0, 0, 1) {
		for _, at := range []time.Time{clock(d, 0, 0), clock(d, 23, 59)} {
			if got, want := c.WorkingDay(at), modelWorking(at); got != want {
				t.Errorf("WorkingDay(%v) = %v, want %v", at, got, want)
			}
		}
	}
}

// A receipt day does not count, as in the statutory working-day clocks.
func TestWorkingDayCounts(t *testing.T) {
	c := standard(t)
	for _, tt := range []struct {
		from                     string
		after1, after15, after45 string
	}{
		{"2026-12-24", "2026-12-29", "2027-01-19", "2027-03-02"},
		{"2026-12-31", "2027-01-04", "2027-01-22", "2027-03-05"},
		{"2027-03-25", "2027-03-30", "2027-04-19", "2027-06-02"},
	} {
		at := parse(t, tt.from+" 23:59")
		for n := 1; n <= 45; n++ {
			at = c.Due(triage.Green, at)
			want, checked := map[int]string{1: tt.after1, 15: tt.after15, 45: tt.after45}[n]
			if got := at.In(london).Format(time.DateOnly); checked && got != want {
				t.Errorf("%d working days after %s = %s, want %s", n, tt.from, got, want)
			}
		}
	}
}

func TestConfig(t *testing.T) {
	c, err := NewCalendar(Config{
		Zone:          "Europe/London",
		Hours:         map[string]string{"saturday": "00:00-24:00", "sunday": "00:00-24:00", "monday": "09:00-12:30"},
		ExtraHolidays: []string{"2026-12-27"},
	})
	if err != nil {
		t.Fatal(err)
	}
	for at, want := range map[string]bool{
		"2026-11-02 09:00":    true,
		"2026-11-02 12:30":    false,
		"2026-11-03 10:00":    false, // Tuesday, left out
		"2026-12-19 00:00":    true,
		"2026-12-19 23:59:59": true,
		"2026-12-26 10:00":    false, // Boxing Day itself, not only the day given instead
		"2026-12-27 10:00":    false, // extra
		"2026-12-28 10:00":    false, // instead of Boxing Day
	} {
		if got := c.InOffice(parse(t, at)); got != want {
			t.Errorf("InOffice(%s) = %v, want %v", at, got, want)
		}
	}
	// Two days that touch are one stretch of office time, 49 hours of two days
	// in which the clocks go back.
	from, want := parse(t, "2026-10-24 00:00"), parse(t, "2026-10-26 09:00")
	if got := c.AddOffice(from, 49*time.Hour); !got.Equal(parse(t, "2026-10-26 00:00")) {
		t.Errorf("AddOffice(%v, 49h) = %v, want the end of Sunday", from, got)
	}
	if got := c.AddOffice(from, 49*time.Hour+time.Second); !got.Equal(want.Add(time.Second)) {
		t.Errorf("AddOffice(%v, 49h1s) = %v, want %v", from, got, want.Add(time.Second))
	}
}

func TestConfigErrorsNameEverythingThatIsWrong(t *testing.T) {
	for _, tt := range []struct {
		cfg  Config
		want string
	}{
		{Config{Zone: "Europe/Bradford"}, `zone "Europe/Bradford": unknown time zone Europe/Bradford`},
		{Config{Zone: "Local"}, `zone "Local": name the zone, the machine's own must not decide`},
		{Config{Hours: map[string]string{}}, "hours: no day of the week is a working day, so nothing would ever be due"},
		{Config{Hours: map[string]string{"Monday": "08:30-17:00"}}, `hours of "Monday": no weekday; write it like "monday"`},
		{Config{Hours: map[string]string{"monday": "8:30-17:00"}}, `hours of "monday": "8:30" is no time of day; write hours like "08:30-17:00"`},
		{Config{Hours: map[string]string{"monday": "08:30"}}, `hours of "monday": "" is no time of day; write hours like "08:30-17:00"`},
		{Config{Hours: map[string]string{"monday": "08:30-24:01"}}, `hours of "monday": "24:01" is no time of day; write hours like "08:30-17:00"`},
		{Config{Hours: map[string]string{"monday": "08:60-17:00"}}, `hours of "monday": "08:60" is no time of day; write hours like "08:30-17:00"`},
		{Config{Hours: map[string]string{"monday": "17:00-08:30"}}, `hours of "monday": "17:00-08:30" closes before it opens; leave a closed day out`},
		{
			Config{Hours: map[string]string{"friday": "closed", "xday": "08:30-17:00"}, ExtraHolidays: []string{"29.12.2026", "2026-02-30"}},
			`hours of "friday": "closed" is no time of day; write hours like "08:30-17:00"` + "\n" +
				`hours of "xday": no weekday; write it like "monday"` + "\n" +
				`extra_holidays: "29.12.2026" is no date; write it like "2026-12-29"` + "\n" +
				`extra_holidays: "2026-02-30" is no date; write it like "2026-12-29"`,
		},
	} {
		c, err := NewCalendar(tt.cfg)
		if err == nil || err.Error() != tt.want || c != nil {
			t.Errorf("NewCalendar(%+v) = %v, %v; want\n%s", tt.cfg, c, err, tt.want)
		}
	}
}

func TestOfficeTime(t *testing.T) {
	c := standard(t)
	rapid.Check(t, func(t *rapid.T) {
		at := moment().Draw(t, "at")
		d := time.Duration(rapid.IntRange(1, 40*3600).Draw(t, "seconds")) * time.Second

		end := c.AddOffice(at, d)
		if got := modelOffice(at, end); got != d {
			t.Fatalf("AddOffice(%v, %v) = %v, after %v", at, d, end, got)
		}
		if got := modelOffice(at, end.Add(-time.Second)); got >= d {
			t.Fatalf("AddOffice(%v, %v) = %v is not the earliest", at, d, end)
		}
		start := c.SubOffice(at, d)
		if got := modelOffice(start, at); got != d {
			t.Fatalf("SubOffice(%v, %v) = %v, before by %v", at, d, start, got)
		}
		if got := modelOffice(start.Add(time.Second), at); got >= d {
			t.Fatalf("SubOffice(%v, %v) = %v is not the latest", at, d, start)
		}
	})
}

// The machine's zone decides nothing: not time.Local when it is set later, not
// the TZ of the process, in which the holiday rules would compute otherwise.
func TestAnyZoneOfTheMachine(t *testing.T) {
	// Lima and Managua skipped midnight on a bank holiday; the others are far off.
	zones := []string{"UTC", "America/Lima", "America/Managua", "Pacific/Kiritimati", "Pacific/Pago_Pago", "Africa/Cairo", "Asia/Amman", "Australia/Lord_Howe"}
	local := time.Local
	defer func() { time.Local = local }()
	for _, name := range zones {
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		time.Local = zone
		if got, want := digest(t, zone), digest(t, time.UTC); got != want {
			t.Errorf("with time.Local = %s due times differ from those in UTC", name)
		}
		if testing.Short() {
			continue
		}
		cmd := exec.Command(os.Args[0], "-test.run=^TestBankHolidays$|^TestWorkingDayAgrees")
		cmd.Env = append(os.Environ(), "TZ="+name)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("with TZ=%s: %v\n%s", name, err, out)
		}
	}
}

// digest is every due time of receipts over a year, given in a zone.
func digest(t *testing.T, zone *time.Location) string {
	t.Helper()
	c := standard(t)
	var b strings.Builder
	for at := parse(t, "2026-03-01 00:00"); at.Before(parse(t, "2027-03-31 00:00")); at = at.Add(7*time.Hour + 13*time.Minute) {
		for band := triage.Blue; band <= triage.Red; band++ {
			b.WriteString(c.Due(band, at.In(zone)).UTC().Format(time.RFC3339))
		}
	}
	return b.String()
}
