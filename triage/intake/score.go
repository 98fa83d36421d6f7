package intake

import (
	"fmt"
	"slices"
	"time"

	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/link"
	"github.com/ppn-triage/ppn-triage/triage/queue"
)

// Scorer has items scored and says by when each must be decided.
type Scorer struct{ Calendar *queue.Calendar }

// Scored is the rules' answer on an item with these children and this past,
// and the due time that follows from it. A link that waits for a person counts
// for nothing; but if it would raise the band, the item is GREEN at least and
// asks for it (policy.md, "probably the same child").
func (s Scorer) Scored(rs *Ruleset, item *triage.Item, children []triage.Child, past []*triage.Item, at time.Time) (triage.ItemScored, error) {
	if item.News() == nil {
		return triage.ItemScored{}, fmt.Errorf("score item %s: %w: no notice left", item.ID, triage.ErrState)
	}
	children, closed := rs.Cases.Mark(item, children)
	m := triage.Matter{Children: children, Entries: item.Entries, At: at}
	m.History = link.HistoryIfConfirmed(item, past, rs.Rules.Incident)
	m.History.ClosedAt = closed
	maybe := rs.Rules.Score(m)
	m.History = link.History(item, past, rs.Rules.Incident)
	m.History.ClosedAt = closed
	score := rs.Rules.Score(m)
	if maybe.Band > score.Band {
		score.Band, score.Flags = max(score.Band, triage.Green), union(score.Flags, []string{"confirm_first"})
	}
	return triage.ItemScored{
		Item: item.ID, Children: children, Score: score, History: m.History, Due: s.due(rs, item, m, score.Band),
		Raised: score.Band > item.Band(),
	}, nil
}

// Rescored is the answer of other rules on an item as it stands. A band that
// only rules have raised has its time from now.
func (s Scorer) Rescored(rs *Ruleset, item *triage.Item, past []*triage.Item, at time.Time) (triage.ItemScored, error) {
	e, err := s.beside(rs, item, past, at, at)
	e.Rescore = true
	return e, err
}

// beside is the answer on an item whose own notices have brought nothing new:
// a band that something else has raised has its time from then.
func (s Scorer) beside(rs *Ruleset, item *triage.Item, past []*triage.Item, at, since time.Time) (triage.ItemScored, error) {
	e, err := s.Scored(rs, item, item.Children, past, at)
	if e.Due = item.Due; e.Raised {
		e.Due = s.Calendar.Raise(item.Due, e.Score.Band, since)
	}
	return e, err
}

// due moves only for a notice that raised the band or turns out to be the
// first that was received, and only to an earlier time. Without a due time the
// clock is set by the notices that it runs for.
func (s Scorer) due(rs *Ruleset, item *triage.Item, m triage.Matter, band triage.Band) time.Time {
	if item.Due.IsZero() {
		return s.fresh(rs, item, m, band)
	}
	news := item.News().Received
	if band > item.Band() || !news.After(item.Received) {
		return s.Calendar.Raise(item.Due, band, news)
	}
	return item.Due
}

// fresh sets the clock from the beginning: the first notice's time by the band
// it gave, then for every notice that raised the band the earlier one.
func (s Scorer) fresh(rs *Ruleset, item *triage.Item, m triage.Matter, band triage.Band) (due time.Time) {
	clocked := item.Clocked()
	if len(clocked) < 2 {
		return s.Calendar.Due(band, item.News().Received)
	}
	var first time.Time
	before := triage.BandUnknown
	for k, n := range clocked {
		then, received := band, item.Entries[n].Received
		if k < len(clocked)-1 {
			then = min(band, upTo(rs, m, n).Band)
		}
		if due.IsZero() || then > before || received.Before(first) {
			due = s.Calendar.Raise(due, max(then, before), received)
		}
		if first.IsZero() || received.Before(first) {
			first = received
		}
		before = max(before, then)
	}
	return due
}

// upTo is the score that the notices up to one give, with the history of today.
func upTo(rs *Ruleset, m triage.Matter, last int) triage.Score {
	m.Entries = slices.Clone(m.Entries)
	for n := last + 1; n < len(m.Entries); n++ {
		m.Entries[n].Struck = true
	}
	status := m.Children
	m.Children = rs.Linker.Children(m.Entries)
	for n := range m.Children {
		for _, c := range status {
			if c.Shares(m.Children[n]) {
				m.Children[n].Status = c.Status
			}
		}
	}
	return rs.Rules.Score(m)
}
