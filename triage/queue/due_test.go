package queue

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/ppn-triage/ppn-triage/triage"
)

func TestDue(t *testing.T) {
	c := standard(t)
	for _, tt := range []struct {
		why      string
		band     triage.Band
		received string
		want     string
	}{
		{"RED runs through the night", triage.Red, "2026-11-02 23:59", "2026-11-03 03:59"},
		{"RED runs over Christmas", triage.Red, "2026-12-25 22:00", "2026-12-26 02:00"},
		{"RED while clocks go back: 4 hours elapse", triage.Red, "2026-10-25 00:30", "2026-10-25 03:30"},
		{"RED while clocks go forward: 4 hours elapse", triage.Red, "2027-03-28 00:30", "2027-03-28 05:30"},
		{"AMBER inside office hours", triage.Amber, "2026-11-02 10:15", "2026-11-03 10:15"},
		{"AMBER at the minute of closing", triage.Amber, "2026-11-02 17:00", "2026-11-03 17:00"},
		{"AMBER after closing: noon", triage.Amber, "2026-11-02 17:00:01", "2026-11-03 12:00"},
		{"AMBER at the minute of opening", triage.Amber, "2026-11-02 08:30", "2026-11-03 08:30"},
		{"AMBER before opening: that day's close", triage.Amber, "2026-11-02 08:29:59", "2026-11-02 17:00"},
		{"AMBER at 23:59", triage.Amber, "2026-11-02 23:59:59", "2026-11-03 12:00"},
		{"AMBER at 00:00", triage.Amber, "2026-11-03 00:00", "2026-11-03 17:00"},
		{"AMBER on Thursday after Friday's earlier close", triage.Amber, "2026-11-05 16:45", "2026-11-06 12:00"},
		{"AMBER on Friday morning: that day's close", triage.Amber, "2026-11-06 11:59:59", "2026-11-06 16:30"},
		{"AMBER on Friday at noon: Monday noon", triage.Amber, "2026-11-06 12:00", "2026-11-09 12:00"},
		{"AMBER on Saturday morning: no working day", triage.Amber, "2026-11-07 09:00", "2026-11-09 12:00"},
		{"AMBER on Sunday, its 24 h end in the office", triage.Amber, "2026-11-08 09:00", "2026-11-09 09:00"},
		{"AMBER on Sunday, its 24 h end before opening", triage.Amber, "2026-11-08 03:00", "2026-11-09 12:00"},
		{"AMBER before a bank holiday, afternoon", triage.Amber, "2026-12-24 14:00", "2026-12-29 12:00"},
		{"AMBER before a bank holiday, morning", triage.Amber, "2026-12-24 09:00", "2026-12-24 17:00"},
		{"AMBER over the change to winter time: 24 hours elapse", triage.Amber, "2026-10-25 00:30", "2026-10-26 12:00"},
		{"AMBER over the change to winter time, into the office", triage.Amber, "2026-10-25 09:00", "2026-10-26 09:00"},
		{"AMBER in the hour that comes twice", triage.Amber, "2026-10-24 23:30", "2026-10-26 12:00"},
		{"AMBER over the change to summer time on a bank holiday weekend", triage.Amber, "2027-03-28 10:00", "2027-03-30 12:00"},
		{"GREEN in the morning", triage.Green, "2026-11-02 08:00", "2026-11-03 17:00"},
		{"GREEN at 23:59 on Thursday", triage.Green, "2026-11-05 23:59:59", "2026-11-06 16:30"},
		{"GREEN at 00:00 on Friday", triage.Green, "2026-11-06 00:00", "2026-11-09 17:00"},
		{"GREEN over Christmas", triage.Green, "2026-12-24 09:00", "2026-12-29 17:00"},
		{"GREEN over Easter and the clock change", triage.Green, "2027-03-25 18:00", "2027-03-30 17:00"},
		{"BLUE like GREEN", triage.Blue, "2026-11-07 12:00", "2026-11-09 17:00"},
		{"a band that is none is as urgent as RED", triage.BandUnknown, "2026-11-07 12:00", "2026-11-07 16:00"},
	} {
		if got, want := c.Due(tt.band, parse(t, tt.received)), parse(t, tt.want); !got.Equal(want) {
			t.Errorf("%s: Due(%v, %s) = %v, want %v", tt.why, tt.band, tt.received, got.In(london), want)
		}
	}
}

// Offices that close early must not push a time into the past, nor RED behind
// AMBER.
func TestDueInShortOfficeHours(t *testing.T) {
	c, err := NewCalendar(Config{Hours: map[string]string{"monday": "07:00-10:30", "wednesday": "09:00-13:00", "friday": "13:00-17:00"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		why      string
		band     triage.Band
		received string
		want     string
	}{
		{"before the close of a short morning", triage.Amber, "2026-11-02 06:00", "2026-11-02 10:30"},
		{"before noon but after the close", triage.Amber, "2026-11-02 11:00", "2026-11-04 12:00"},
		{"noon after the next close: the close", triage.Amber, "2026-11-07 11:00", "2026-11-09 10:30"},
		{"noon before the next opening: noon", triage.Amber, "2026-11-05 12:30", "2026-11-06 12:00"},
		{"RED no later than AMBER", triage.Red, "2026-11-04 11:30", "2026-11-04 13:00"},
		{"GREEN as ever", triage.Green, "2026-11-02 06:00", "2026-11-04 13:00"},
	} {
		if got, want := c.Due(tt.band, parse(t, tt.received)), parse(t, tt.want); !got.Equal(want) {
			t.Errorf("%s: Due(%v, %s) = %v, want %v", tt.why, tt.band, tt.received, got.In(london), want)
		}
	}
}

func TestDueAgreesWithTheModel(t *testing.T) {
	c := standard(t)
	rapid.Check(t, func(t *rapid.T) {
		b, at := band().Draw(t, "band"), moment().Draw(t, "received")
		if got, want := c.Due(b, at.Add(999*time.Millisecond)), modelDue(b, at); !got.Equal(want) {
			t.Fatalf("Due(%v, %v) = %v, want %v", b, at.In(london), got.In(london), want.In(london))
		}
	})
}

func TestDueAtEveryTurnOfTenYears(t *testing.T) {
	c := standard(t)
	for d := parse(t, "2026-01-01 12:00"); d.Year() < 2036; d = d.AddDate(0, 0, 1) {
		for _, turn := range [][2]int{{0, 0}, {1, 0}, {2, 0}, {8, 30}, {12, 0}, {16, 30}, {17, 0}, {23, 59}} {
			for off := -time.Second; off <= time.Second; off += time.Second {
				at := clock(d, turn[0], turn[1]).Add(off)
				for b := triage.Blue; b <= triage.Red; b++ {
					if got, want := c.Due(b, at), modelDue(b, at); !got.Equal(want) {
						t.Fatalf("Due(%v, %v) = %v, want %v", b, at, got.In(london), want)
					}
				}
			}
		}
	}
}

// Office hours of every kind, some closed before noon or open for a minute.
func anyCalendar() *rapid.Generator[*Calendar] {
	hours := rapid.SampledFrom([]string{"", "08:30-17:00", "08:30-16:30", "00:00-24:00", "13:00-17:00", "07:00-10:30", "11:59-12:01", "23:00-24:00"})
	return rapid.Custom(func(t *rapid.T) *Calendar {
		week := map[string]string{"wednesday": "09:00-17:00"}
		for _, d := range []string{"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"} {
			if h := hours.Draw(t, d); h != "" {
				week[d] = h
			}
		}
		c, err := NewCalendar(Config{Hours: week, ExtraHolidays: []string{"2030-05-01", "2030-05-02", "2030-05-03"}})
		if err != nil {
			t.Fatal(err)
		}
		return c
	})
}

func TestDueProperties(t *testing.T) {
	usual := standard(t)
	rapid.Check(t, func(t *rapid.T) {
		c := usual
		if rapid.IntRange(0, 3).Draw(t, "calendar") == 0 {
			c = anyCalendar().Draw(t, "hours")
		}
		first, second := moment().Draw(t, "first"), moment().Draw(t, "second")
		if rapid.Bool().Draw(t, "close") {
			second = first.Add(time.Duration(rapid.IntRange(0, 4*24*3600).Draw(t, "gap")) * time.Second)
		}
		if second.Before(first) {
			first, second = second, first
		}
		above := c.Due(triage.Red, first)
		for b := triage.Red; b >= triage.Blue; b-- {
			due, next := c.Due(b, first), c.Due(b, second)
			if due.Before(above) {
				t.Errorf("Due(%v, %v) = %v is before %v of the band above", b, first, due, above)
			}
			if above = due; !due.After(first) {
				t.Errorf("Due(%v, %v) = %v is not after receipt", b, first, due)
			}
			if b != triage.Amber && c == usual && next.Before(due) {
				t.Errorf("Due(%v, %v) = %v is before %v of an earlier receipt %v", b, second, next, due, first)
			}
			if b == triage.Amber && c == usual && next.Before(clock(due, 0, 0)) {
				t.Errorf("Due(%v, %v) = %v is a day before %v of an earlier receipt %v", b, second, next, due, first)
			}
			if ceiling := c.Due(triage.Blue, first); due.After(ceiling) {
				t.Errorf("Due(%v, %v) = %v is after the next working day's close %v", b, first, due, ceiling)
			}
		}
	})
}

// Zammad issue 904: a ticket merged into another lost the parent's clock. Here a
// duplicate, update or raise may only bring the time forward.
func TestNoticeThatJoinsNeverStopsTheClock(t *testing.T) {
	c := standard(t)
	rapid.Check(t, func(t *rapid.T) {
		was, at := band().Draw(t, "was"), moment().Draw(t, "received")
		due := c.Due(was, at)
		for n := rapid.IntRange(1, 5).Draw(t, "notices"); n > 0; n-- {
			at = at.Add(time.Duration(rapid.IntRange(0, 200*3600).Draw(t, "gap")) * time.Second)
			b := max(was, band().Draw(t, "band"))
			raised := c.Raise(due, b, at)
			if raised.After(due) {
				t.Fatalf("Raise(%v, %v, %v) = %v is later", due, b, at, raised)
			}
			if own := c.Due(b, at); raised.After(own) {
				t.Fatalf("Raise(%v, %v, %v) = %v is later than the band's own %v", due, b, at, raised, own)
			}
			due = raised
		}
	})
	at := parse(t, "2026-11-02 10:00")
	if got, want := c.Raise(time.Time{}, triage.Red, at), at.Add(4*time.Hour); !got.Equal(want) {
		t.Errorf("Raise(zero, Red, %v) = %v, want %v", at, got, want)
	}
}

// TestRiskOf: RED's time counts from what put the item at RED, also where that
// is no notice of its own, and never from before the item was there.
func TestRiskOf(t *testing.T) {
	c := standard(t)
	entry := func(received string) triage.Entry {
		return triage.Entry{Notice: triage.NoticeID(received), Received: parse(t, received), Relation: triage.RelationUpdate}
	}
	resent := entry("2026-09-07 13:00")
	resent.Relation = triage.RelationResend
	for _, tt := range []struct {
		why     string
		band    triage.Band
		due     string
		entries []triage.Entry
		want    string
	}{
		{"its first notice", triage.Red, "2026-09-07 13:00", []triage.Entry{entry("2026-09-07 09:00")}, "2026-09-07 12:12"},
		{"the notice that raised it", triage.Red, "2026-09-07 17:00", []triage.Entry{entry("2026-09-07 09:00"), entry("2026-09-07 13:00")}, "2026-09-07 16:12"},
		{"the same text again raises nothing", triage.Red, "2026-09-07 13:00", []triage.Entry{entry("2026-09-07 09:00"), resent}, "2026-09-07 12:12"},
		{"rules that came at 14:30", triage.Red, "2026-09-07 18:30", []triage.Entry{entry("2026-09-07 09:00")}, "2026-09-07 17:42"},
		{"a due time from before the raise", triage.Red, "2026-09-07 10:00", []triage.Entry{entry("2026-09-06 10:00"), entry("2026-09-07 09:00")}, "2026-09-07 09:12"},
		{"AMBER", triage.Amber, "2026-09-08 09:00", []triage.Entry{entry("2026-09-07 09:00")}, "2026-09-07 15:30"},
	} {
		i := &triage.Item{ID: "i", Received: tt.entries[0].Received, Entries: tt.entries, Due: parse(t, tt.due), Score: triage.Score{Band: tt.band}}
		if got, want := c.RiskOf(i), parse(t, tt.want); !got.Equal(want) {
			t.Errorf("%s: RiskOf() = %v, want %v", tt.why, got.In(london), want)
		}
	}
}

func TestBreachRiskAt(t *testing.T) {
	c := standard(t)
	for _, tt := range []struct {
		why           string
		band          triage.Band
		received, due string
		want          string
	}{
		{"RED at 80 % of 4 hours", triage.Red, "2026-11-02 22:00", "2026-11-03 02:00", "2026-11-03 01:12"},
		{"RED with time left of an earlier band", triage.Red, "2026-11-02 15:00", "2026-11-02 17:00", "2026-11-02 16:36"},
		{"RED raised when already late", triage.Red, "2026-11-02 15:00", "2026-11-02 14:00", "2026-11-02 14:00"},
		{"AMBER in the afternoon", triage.Amber, "2026-11-02 15:00", "2026-11-03 15:00", "2026-11-03 13:00"},
		{"AMBER early in the morning", triage.Amber, "2026-11-02 09:30", "2026-11-03 09:30", "2026-11-02 16:00"},
		{"AMBER two hours after opening", triage.Amber, "2026-11-02 10:30", "2026-11-03 10:30", "2026-11-03 08:30"},
		{"AMBER early on Monday", triage.Amber, "2026-11-08 09:00", "2026-11-09 09:00", "2026-11-06 15:00"},
		{"GREEN", triage.Green, "2026-11-02 09:00", "2026-11-03 17:00", "2026-11-03 15:00"},
		{"BLUE on Friday", triage.Blue, "2026-11-05 09:00", "2026-11-06 16:30", "2026-11-06 14:30"},
		{"a time that a person set on a Sunday", triage.Amber, "2026-11-02 09:00", "2026-11-08 20:00", "2026-11-06 14:30"},
	} {
		got := c.BreachRiskAt(tt.band, parse(t, tt.received), parse(t, tt.due))
		if want := parse(t, tt.want); !got.Equal(want) {
			t.Errorf("%s: BreachRiskAt(%v, %s, %s) = %v, want %v", tt.why, tt.band, tt.received, tt.due, got.In(london), want)
		}
	}
}

func TestRiskBoundIsWhereRiskBegins(t *testing.T) {
	usual := standard(t)
	rapid.Check(t, func(t *rapid.T) {
		c := usual
		if rapid.IntRange(0, 3).Draw(t, "calendar") == 0 {
			c = anyCalendar().Draw(t, "hours")
		}
		now := moment().Draw(t, "now").Add(time.Duration(rapid.IntRange(0, 999).Draw(t, "ms")) * time.Millisecond)
		bound := c.RiskBound(now)
		atRisk := func(due time.Time) bool { return !c.BreachRiskAt(triage.Amber, time.Time{}, due).After(now) }
		if bound.Nanosecond() != 0 {
			t.Fatalf("RiskBound(%v) = %v is no whole second", now, bound)
		}
		if !atRisk(bound) || atRisk(bound.Add(time.Second)) {
			t.Fatalf("RiskBound(%v) = %v, but at risk there: %v, a second later: %v", now, bound, atRisk(bound), atRisk(bound.Add(time.Second)))
		}
		due := bound.Add(time.Duration(rapid.IntRange(-5*24*3600, 5*24*3600).Draw(t, "off")) * time.Second)
		if atRisk(due) == due.After(bound) {
			t.Fatalf("RiskBound(%v) = %v, but at risk with due time %v: %v", now, bound, due, atRisk(due))
		}
		if next := c.RiskBound(now.Add(time.Duration(rapid.IntRange(0, 100*3600).Draw(t, "later")) * time.Second)); next.Before(bound) {
			t.Fatalf("RiskBound went back from %v to %v", bound, next)
		}
	})
}

func TestDeadlines(t *testing.T) {
	c := standard(t)
	received := parse(t, "2026-10-26 08:00")
	taken, began, ended := parse(t, "2026-10-24 22:10"), parse(t, "2026-10-24 21:00"), parse(t, "2026-10-25 06:00")
	fact := func(slug, sign string, p triage.Polarity) []triage.Fact {
		return []triage.Fact{{Slug: slug, Signs: []string{sign}, Polarity: p, Time: triage.Current}}
	}
	used := fact("police_protection", "used", triage.Present)
	for _, tt := range []struct {
		why  string
		in   []triage.Entry
		want Deadlines
	}{
		{"nothing said", []triage.Entry{{Received: received}}, Deadlines{}},
		{
			"section 46 with its time, over the clock change",
			[]triage.Entry{{Received: received, Reading: triage.Reading{Facts: used, S46At: taken, IncidentAt: began}}},
			Deadlines{PoliceProtection: parse(t, "2026-10-27 21:10")},
		},
		{
			"section 46 by its time alone",
			[]triage.Entry{{Received: received, Reading: triage.Reading{S46At: taken}}},
			Deadlines{PoliceProtection: parse(t, "2026-10-27 21:10")},
		},
		{
			"section 46, only the incident's time",
			[]triage.Entry{{Received: received, Reading: triage.Reading{Facts: used, IncidentAt: began}}},
			Deadlines{PoliceProtection: parse(t, "2026-10-27 20:00")},
		},
		{
			"section 46, only the incident's date",
			[]triage.Entry{{Received: received, Reading: triage.Reading{Facts: used, IncidentDate: "2026-10-24"}}},
			Deadlines{PoliceProtection: parse(t, "2026-10-26 23:00")},
		},
		{
			"section 46, nothing of when",
			[]triage.Entry{{Received: received, Reading: triage.Reading{Facts: used}}},
			Deadlines{PoliceProtection: parse(t, "2026-10-29 08:00")},
		},
		{"section 46 considered or denied", []triage.Entry{
			{Received: received, Reading: triage.Reading{Facts: fact("police_protection", "considered", triage.Present)}},
			{Received: received, Reading: triage.Reading{Facts: fact("police_protection", "used", triage.Absent)}},
		}, Deadlines{}},
		{"a later notice moves nothing back, a struck one counts for nothing", []triage.Entry{
			{Received: received, Reading: triage.Reading{Facts: used, S46At: taken}},
			{Received: received, Reading: triage.Reading{Facts: used, S46At: taken.Add(time.Hour)}},
			{Received: received, Struck: true, Reading: triage.Reading{Facts: used, S46At: taken.Add(-time.Hour)}},
		}, Deadlines{PoliceProtection: parse(t, "2026-10-27 21:10")}},
		{
			"missing and back",
			[]triage.Entry{{Received: received, Reading: triage.Reading{Facts: fact("missing", "returned", triage.Present), IncidentEnd: ended}}},
			Deadlines{ReturnInterview: parse(t, "2026-10-28 06:00")},
		},
		{
			"missing and back, not said when",
			[]triage.Entry{{Received: received, Reading: triage.Reading{Facts: fact("missing", "found_within_hour", triage.Present), IncidentAt: began}}},
			Deadlines{ReturnInterview: parse(t, "2026-10-29 08:00")},
		},
		{"still missing", []triage.Entry{{Received: received, Reading: triage.Reading{Facts: fact("missing", "still_missing", triage.Present)}}}, Deadlines{}},
	} {
		got := c.Deadlines(tt.in)
		if !got.PoliceProtection.Equal(tt.want.PoliceProtection) || !got.ReturnInterview.Equal(tt.want.ReturnInterview) {
			t.Errorf("%s: Deadlines = %v, want %v", tt.why, got, tt.want)
		}
	}
}
