package rules

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/ppn-triage/ppn-triage/triage"
)

// lifts is what the item as a whole adds to each child's own score: history,
// closure, and the floors of what could not be read.
type lifts struct {
	parts    []triage.Part
	floors   []floorBy
	flags    []string
	incident incident
}

type floorBy struct {
	band triage.Band
	by   string
}

// incident is this item as the history rules count it.
type incident struct {
	counts bool
	harm   bool
	rules  map[string]bool
}

// lifts computes what history and the safety net give the item.
func (s *scene) lifts() lifts {
	l := lifts{incident: s.incident()}
	h := newPast(s.m.History, s.days())
	if l.incident.counts {
		s.steps(h, &l)
	}
	s.closed(&l)
	s.nets(&l)
	return l
}

// incident tells what of this item counts, over all its children. An item
// with nothing but rows that make no incident, or that count in their own row
// only, is none.
func (s *scene) incident() incident {
	in := incident{rules: map[string]bool{}}
	for _, t := range s.looked {
		for _, w := range t.rows {
			if w.full {
				in.rules[w.rule.id] = true
				in.harm = in.harm || w.rule.harm
			}
		}
	}
	in.counts = s.p.history.counts(in.rules)
	return in
}

// counts tells whether an incident with these rows is one for the others.
func (h *historyRules) counts(rows map[string]bool) bool {
	return slices.ContainsFunc(slices.Collect(maps.Keys(rows)), func(id string) bool { return !h.ownRow[id] && !h.silent[id] })
}

// steps takes the highest points and floor of all steps that are reached.
func (s *scene) steps(h *past, l *lifts) {
	points, why, lesser := 0, "", false
	best := floorBy{}
	for _, day := range h.dates {
		for _, st := range s.p.history.steps {
			before := h.counted(st.within, day)
			if len(before)+1 < st.count {
				continue
			}
			if st.points > points {
				points, why = st.points, fmt.Sprintf("%s: %d incidents", st.id, len(before)+1)
			}
			f := floorBy{st.floor, label("history", st.id)}
			if st.floor != triage.BandUnknown && s.p.history.pattern.all(l.incident, before) {
				f.band = min(f.band, s.p.history.pattern.floor)
				lesser = true
			}
			if f.band > best.band {
				best = f
			}
		}
	}
	l.parts = append(l.parts, part("history", why, points)...)
	if best.band == triage.BandUnknown {
		return
	}
	l.floors = append(l.floors, best)
	if lesser && best.band == s.p.history.pattern.floor {
		l.flags = append(l.flags, s.p.history.pattern.flag)
	}
}

// all tells whether this incident and those before are all of the lesser kind.
func (p *pattern) all(now incident, before []pastIncident) bool {
	only := func(rows map[string]bool) bool {
		for id := range rows {
			if !p.rules[id] {
				return false
			}
		}
		return len(rows) > 0
	}
	return only(now.rules) && !slices.ContainsFunc(before, func(i pastIncident) bool { return !only(i.rules) })
}

// thirdIncident is the one rule by which history lifts to its floor: enough
// incidents, enough of them with harm in the home, and the child's own band
// already set by a floor.
func (s *scene) thirdIncident(r *result, l lifts) []floorBy {
	rule := s.p.history.third
	if !l.incident.counts || r.ownBand != rule.own || r.floor < rule.own {
		return nil
	}
	h := newPast(s.m.History, s.days())
	for _, day := range h.dates {
		before := h.counted(rule.within, day)
		harm := 0
		if l.incident.harm {
			harm++
		}
		for _, i := range before {
			if i.harm {
				harm++
			}
		}
		if len(before)+1 >= rule.count && harm >= rule.harm {
			return []floorBy{{rule.floor, label("history", "third_incident")}}
		}
	}
	return nil
}

// closed adds for a case that was closed shortly before, at its highest.
func (s *scene) closed(l *lifts) {
	day, err := time.Parse(time.DateOnly, s.m.History.ClosedAt)
	if err != nil {
		return
	}
	best := 0
	for _, at := range s.days() {
		for _, c := range s.p.history.closed {
			// A closing after the incident is the nearest of all.
			if day.After(at) || c.within.holds(at, day) {
				best = max(best, c.points)
			}
		}
	}
	l.parts = append(l.parts, part("history", "closed "+s.m.History.ClosedAt, best)...)
}

// nets sets the floors of notices that could not be read, or of which
// nothing was understood.
func (s *scene) nets(l *lifts) {
	add := func(n net) {
		if !slices.Contains(l.flags, n.flag) {
			l.floors, l.flags = append(l.floors, floorBy{n.floor, n.flag}), append(l.flags, n.flag)
		}
	}
	for _, e := range s.entries {
		switch {
		case !s.m.Entries[e].Readable:
			add(s.p.manualRead)
		case !s.understood(e):
			add(s.p.nothingRead)
		}
	}
}

// understood tells whether a notice shows a child and any fact, asserted or
// not, that says what it is about.
func (s *scene) understood(entry int) bool {
	child := false
	for at := range s.mention {
		child = child || at.Entry == entry
	}
	return child && slices.ContainsFunc(s.m.Entries[entry].Reading.Facts, func(f triage.Fact) bool {
		return !s.p.nothingRead.except[f.Slug]
	})
}
