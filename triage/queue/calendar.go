package queue

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // the zone is known on a machine without zone files too

	"github.com/rickar/cal/v2"
	"github.com/rickar/cal/v2/gb"
)

// Bank holidays are computed for these years: what Key.Order can hold.
const (
	firstYear = 1970
	lastYear  = 2106
)

// init makes the holiday rules compute in UTC. Their default is the machine's
// own zone, and where its clocks change at midnight the day's start does not
// exist and a holiday would land on the day before.
func init() { cal.DefaultLoc = time.UTC }

// Config says when the office is staffed. Its zero value is the default policy.
type Config struct {
	// Zone is the IANA name of the zone that days and hours are in. Defaults
	// to "Europe/London".
	Zone string `yaml:"zone"`
	// Hours holds the office hours as "08:30-17:00" by English name of the
	// weekday in lower case; a day left out is closed. Defaults to Monday to
	// Thursday 08:30-17:00 and Friday 08:30-16:30, the hours that Bradford's
	// front door publishes.
	Hours map[string]string `yaml:"hours"`
	// ExtraHolidays are days as "2026-12-29" that are no working days beside
	// the bank holidays of England and Wales: one-off bank holidays, closures.
	// Defaults to none.
	ExtraHolidays []string `yaml:"extra_holidays"`
}

// Calendar computes with working days and office hours. It never changes, so
// any number of goroutines may use one.
type Calendar struct {
	zone   *time.Location
	hours  [7]hours // by time.Weekday
	closed map[day]bool
}

// hours are the minutes of the day from which and until which the office is
// staffed; zero of a day that is closed.
type hours struct{ open, close int }

// day counts civil days since 1 January 1970.
type day int

// NewCalendar makes a calendar, or says everything that is wrong with the
// configuration.
func NewCalendar(cfg Config) (*Calendar, error) {
	if cfg.Zone == "" {
		cfg.Zone = "Europe/London"
	}
	if cfg.Hours == nil {
		const long, friday = "08:30-17:00", "08:30-16:30"
		cfg.Hours = map[string]string{"monday": long, "tuesday": long, "wednesday": long, "thursday": long, "friday": friday}
	}
	zone, zoneErr := loadZone(cfg.Zone)
	week, hoursErr := parseWeek(cfg.Hours)
	closed, daysErr := holidays(cfg.ExtraHolidays)
	if err := errors.Join(zoneErr, hoursErr, daysErr); err != nil {
		return nil, err
	}
	return &Calendar{zone: zone, hours: week, closed: closed}, nil
}

// WorkingDay tells whether the day on which t falls is a working day.
func (c *Calendar) WorkingDay(t time.Time) bool { return c.working(c.day(t)) }

// Office returns when the office opens and closes on the day on which t falls;
// ok is false if it stays closed.
func (c *Calendar) Office(t time.Time) (opens, closes time.Time, ok bool) {
	return c.office(c.day(t))
}

// InOffice tells whether the office is staffed at t: its opening hour counts,
// its closing hour does not.
func (c *Calendar) InOffice(t time.Time) bool {
	opens, closes, ok := c.Office(t)
	return ok && !t.Before(opens) && t.Before(closes)
}

// AddOffice returns the earliest time by which d of office time has passed
// since t. With d zero or less it is t.
func (c *Calendar) AddOffice(t time.Time, d time.Duration) time.Time {
	for n := c.day(t); d > 0; n++ {
		opens, closes, ok := c.office(n)
		if !ok || !t.Before(closes) {
			continue
		}
		t = later(t, opens)
		if left := closes.Sub(t); left < d {
			d -= left
			continue
		}
		return t.Add(d)
	}
	return t
}

// SubOffice returns the latest time from which d of office time passes until
// t. With d zero or less it is t.
func (c *Calendar) SubOffice(t time.Time, d time.Duration) time.Time {
	for n := c.day(t); d > 0; n-- {
		opens, closes, ok := c.office(n)
		if !ok || !opens.Before(t) {
			continue
		}
		t = earlier(t, closes)
		if left := t.Sub(opens); left < d {
			d -= left
			continue
		}
		return t.Add(-d)
	}
	return t
}

func (c *Calendar) day(t time.Time) day { return civil(t.In(c.zone).Date()) }

func (c *Calendar) working(n day) bool {
	return c.hours[n.weekday()] != hours{} && !c.closed[n]
}

func (c *Calendar) nextWorking(n day) day {
	for n++; !c.working(n); n++ {
	}
	return n
}

func (c *Calendar) office(n day) (opens, closes time.Time, ok bool) {
	if !c.working(n) {
		return time.Time{}, time.Time{}, false
	}
	h := c.hours[n.weekday()]
	return c.at(n, h.open), c.at(n, h.close), true
}

// at is the minute of the day as the wall clock of the zone shows it.
func (c *Calendar) at(n day, minute int) time.Time {
	return time.Date(1970, time.January, 1+int(n), 0, minute, 0, 0, c.zone)
}

func civil(y int, m time.Month, d int) day {
	const perDay = 24 * 60 * 60
	seconds := time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix()
	return day(seconds / perDay) // exact: midnights of UTC are whole days apart
}

func (n day) weekday() time.Weekday {
	return time.Weekday(((int(n)+int(time.Thursday))%7 + 7) % 7) // day 0 was a Thursday
}

func loadZone(name string) (*time.Location, error) {
	if name == "Local" {
		return nil, errors.New(`zone "Local": name the zone, the machine's own must not decide`)
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil, fmt.Errorf("zone %q: %w", name, err)
	}
	return zone, nil
}

func parseWeek(byName map[string]string) (week [7]hours, err error) {
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		wd, err := parseWeekday(name)
		if err == nil {
			week[wd], err = parseHours(byName[name])
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("hours of %q: %w", name, err))
		}
	}
	if len(byName) == 0 {
		errs = append(errs, errors.New("hours: no day of the week is a working day, so nothing would ever be due"))
	}
	return week, errors.Join(errs...)
}

func parseWeekday(name string) (time.Weekday, error) {
	for wd := time.Sunday; wd <= time.Saturday; wd++ {
		if name == strings.ToLower(wd.String()) {
			return wd, nil
		}
	}
	return 0, errors.New("no weekday; write it like \"monday\"")
}

func parseHours(s string) (h hours, err error) {
	from, to, _ := strings.Cut(s, "-")
	if h.open, err = parseMinute(from); err != nil {
		return hours{}, err
	}
	if h.close, err = parseMinute(to); err != nil {
		return hours{}, err
	}
	if h.open >= h.close {
		return hours{}, fmt.Errorf("%q closes before it opens; leave a closed day out", s)
	}
	return h, nil
}

// parseMinute reads "08:30" as the minute of the day; "24:00" ends a day.
func parseMinute(s string) (int, error) {
	hh, mm, ok := strings.Cut(s, ":")
	h, errH := strconv.ParseUint(hh, 10, 8)
	m, errM := strconv.ParseUint(mm, 10, 8)
	if !ok || len(hh) != 2 || len(mm) != 2 || errH != nil || errM != nil || m > 59 || h*60+m > 24*60 {
		return 0, fmt.Errorf("%q is no time of day; write hours like \"08:30-17:00\"", s)
	}
	return int(h*60 + m), nil
}

// holidays are the bank holidays of England and Wales, the day itself and the
// one given instead, and the extra days.
func holidays(extra []string) (map[day]bool, error) {
	closed := make(map[day]bool)
	for y := firstYear; y <= lastYear; y++ {
		for _, h := range gb.Holidays {
			if on, instead := h.Calc(y); !on.IsZero() {
				closed[civil(on.Date())] = true
				closed[civil(instead.Date())] = true
			}
		}
	}
	var errs []error
	for _, s := range extra {
		t, err := time.Parse(time.DateOnly, s)
		if err != nil {
			errs = append(errs, fmt.Errorf("extra_holidays: %q is no date; write it like \"2026-12-29\"", s))
			continue
		}
		closed[civil(t.Date())] = true
	}
	return closed, errors.Join(errs...)
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
