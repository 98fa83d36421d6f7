package queue

import (
	"time"

	"github.com/ppn-triage/ppn-triage/triage"
)

// The times of policy.md, section "Clock".
const (
	redTime   = 4 * time.Hour
	amberTime = 24 * time.Hour
	noon      = 12 * 60        // minute of the day that parts AMBER's morning from its afternoon
	riskTime  = 2 * time.Hour  // office hours before due at which all bands but RED are at risk
	statutory = 72 * time.Hour // Children Act 1989 s46(6); statutory guidance on missing children, 2014
)

// Due returns when an item of the band received then must be decided, in whole
// seconds. A higher band is never due later than a lower one. A band that is
// none of the four is as urgent as RED.
//
// RED, GREEN and BLUE are never due earlier for a later receipt. AMBER is never
// due on an earlier day, but may be at an earlier hour: received on Thursday at
// 16:00 it has its 24 hours until Friday 16:00, received at 20:00 it is due on
// Friday at noon. The policy is so worded.
func (c *Calendar) Due(band triage.Band, received time.Time) time.Time {
	received = received.Truncate(time.Second)
	ceiling := c.closing(c.nextWorking(c.day(received)))
	if band == triage.Blue || band == triage.Green {
		return ceiling
	}
	amber := earlier(c.amber(received), ceiling)
	if band == triage.Amber {
		return amber
	}
	return earlier(received.Add(redTime), amber) // AMBER is the earlier only where offices close before 16:00
}

// amber is AMBER's time without its ceiling.
func (c *Calendar) amber(received time.Time) time.Time {
	if due := received.Add(amberTime); c.inOfficeOrClosing(due) {
		return due
	}
	today := c.day(received)
	if received.Before(c.at(today, noon)) && c.working(today) && received.Before(c.closing(today)) {
		return c.closing(today)
	}
	return c.at(c.nextWorking(today), noon)
}

func (c *Calendar) inOfficeOrClosing(t time.Time) bool {
	opens, closes, ok := c.Office(t)
	return ok && !t.Before(opens) && !t.After(closes)
}

func (c *Calendar) closing(n day) time.Time { return c.at(n, c.hours[n.weekday()].close) }

// Raise returns when an item due at old must be decided after a notice received
// then gave it a higher band: never later than before. A zero old time is none.
func (c *Calendar) Raise(old time.Time, band triage.Band, received time.Time) time.Time {
	due := c.Due(band, received)
	if old.IsZero() {
		return due
	}
	return earlier(old, due)
}

// BreachRiskAt returns when an item begins to be at risk of being decided too
// late: RED when 80 % of its time is used up, counted from the receipt of the
// notice that gave it its band; the others 2 office hours before they are due.
func (c *Calendar) BreachRiskAt(band triage.Band, received, due time.Time) time.Time {
	switch band {
	case triage.Blue, triage.Green, triage.Amber:
		return c.SubOffice(due, riskTime)
	default:
		return earlier(due, received.Add(due.Sub(received)/5*4))
	}
}

// RiskOf returns when an item begins to be at risk, by the band, the due time
// and the notices that it has. A band that something else than a notice of its
// own has raised (new rules, an earlier incident, a person) has RED's time
// before it is due.
func (c *Calendar) RiskOf(i *triage.Item) time.Time {
	since, own := i.Received, false
	for _, e := range i.Entries {
		if !e.Struck && e.Relation != triage.RelationResend && !e.Received.Before(since) && c.Due(i.Band(), e.Received).Equal(i.Due) {
			since, own = e.Received, true
		}
	}
	if started := i.Due.Add(-redTime); !own && started.After(since) {
		since = started
	}
	return c.BreachRiskAt(i.Band(), since, i.Due)
}

// RiskBound returns the latest due second at which an item of a band other than
// RED is at risk now: BreachRiskAt(band, …, due) is not after now exactly if due
// is not after RiskBound(now). It never goes back as now goes on.
func (c *Calendar) RiskBound(now time.Time) time.Time {
	next := now.Truncate(time.Second).Add(time.Second)
	return c.AddOffice(next, riskTime).Add(-time.Second)
}

// Deadlines are the statutory times that run beside an item's own. Zero if none
// runs.
type Deadlines struct {
	PoliceProtection time.Time // section 46 ends
	ReturnInterview  time.Time // a missing child who is back must have been spoken to
}

// Deadlines returns the earliest of each that the notices of an item give; it
// ignores struck ones. Police protection runs from when the child was taken,
// else from the incident, else from receipt; a date without a time of day
// counts from its first minute. The interview runs from the end of the episode,
// or from the receipt of the notice that says the child is back.
func (c *Calendar) Deadlines(entries []triage.Entry) (d Deadlines) {
	for i := range entries {
		e := &entries[i]
		if e.Struck {
			continue
		}
		for _, f := range e.Reading.Facts {
			if !f.Counts() {
				continue
			}
			if f.Slug == "police_protection" && f.Has("used") {
				d.PoliceProtection = soonest(d.PoliceProtection, c.taken(e).Add(statutory))
			}
			if f.Slug == "missing" && (f.Has("returned") || f.Has("found_within_hour")) {
				d.ReturnInterview = soonest(d.ReturnInterview, firstSaid(e.Reading.IncidentEnd, e.Received).Add(statutory))
			}
		}
		if !e.Reading.S46At.IsZero() {
			d.PoliceProtection = soonest(d.PoliceProtection, e.Reading.S46At.Add(statutory))
		}
	}
	return d
}

func (c *Calendar) taken(e *triage.Entry) time.Time {
	r := &e.Reading
	var date time.Time
	if t, err := time.Parse(time.DateOnly, r.IncidentDate); err == nil {
		date = c.at(civil(t.Date()), 0)
	}
	return firstSaid(r.S46At, r.IncidentAt, date, e.Received)
}

func firstSaid(ts ...time.Time) (t time.Time) {
	for _, t = range ts {
		if !t.IsZero() {
			break
		}
	}
	return t
}

func soonest(old, t time.Time) time.Time {
	if old.IsZero() {
		return t
	}
	return earlier(old, t)
}
