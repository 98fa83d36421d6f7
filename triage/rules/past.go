package rules

import (
	"time"

	"github.com/ppn-triage/ppn-triage/triage"
)

// window is a stretch of time before an incident: days or calendar months.
type window struct{ days, months int }

// holds tells whether a date lies in the window that ends at an incident.
// A later date does not: history counts by incident date, whatever came first.
func (w window) holds(incident, date time.Time) bool {
	return date.IsZero() || !date.After(incident) && !date.Before(incident.AddDate(0, -w.months, -w.days))
}

// past is the history of an item as seen from the incident dates that its
// notices give. Counts are at their highest over these dates.
type past struct {
	dates     []time.Time
	incidents []pastIncident
}

type pastIncident struct {
	date    time.Time // zero if unreadable: within every window, as when in doubt, up
	harm    bool
	counted bool
	rules   map[string]bool
}

func newPast(h triage.History, dates []time.Time) *past {
	p := &past{dates: dates}
	for _, i := range h.Incidents {
		q := pastIncident{harm: i.Harm, counted: i.Counted, rules: map[string]bool{}}
		if d, err := time.Parse(time.DateOnly, i.Date); err == nil {
			q.date = d
		}
		for _, s := range i.Slugs {
			q.rules[s] = true
		}
		p.incidents = append(p.incidents, q)
	}
	return p
}

// with counts the earlier incidents in a window in which a rule counted.
func (p *past) with(rule string, w window) (most int) {
	for _, d := range p.dates {
		n := 0
		for _, i := range p.incidents {
			if i.rules[rule] && w.holds(d, i.date) {
				n++
			}
		}
		most = max(most, n)
	}
	return most
}

// counted gives the counted incidents of the window that ends at a date.
func (p *past) counted(w window, at time.Time) (in []pastIncident) {
	for _, i := range p.incidents {
		if i.counted && w.holds(at, i.date) {
			in = append(in, i)
		}
	}
	return in
}
