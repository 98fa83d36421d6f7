package link

import (
	"cmp"
	"slices"

	"github.com/ppn-triage/ppn-triage/triage"
)

// History returns the incidents that count for an item, oldest first: past
// items that a confirmed child or household link ties to it, whichever of the
// two the link stands on, so that a late notice reaches both sides. A link
// that a person rejected on either side never counts, nor does an item that
// was joined into another or whose notices were all struck. What an item is as
// a past incident, and whether its date lies before, is for the rules to say:
// incident is rules.Set.Incident.
func History(item *triage.Item, past []*triage.Item, incident func(triage.Matter) triage.PastIncident) triage.History {
	return history(item, past, incident, false)
}

// HistoryIfConfirmed is History with every possible link taken as confirmed.
// Where it would raise the band, policy.md makes the item GREEN at least and
// flags it confirm_first.
func HistoryIfConfirmed(item *triage.Item, past []*triage.Item, incident func(triage.Matter) triage.PastIncident) triage.History {
	return history(item, past, incident, true)
}

func history(item *triage.Item, past []*triage.Item, incident func(triage.Matter) triage.PastIncident, possible bool) triage.History {
	h := triage.History{ClosedAt: item.History.ClosedAt}
	for _, p := range past {
		known := p.ID == item.ID || slices.ContainsFunc(h.Incidents, func(i triage.PastIncident) bool { return i.Item == p.ID })
		if s := p.State(); known || s == triage.JoinedState || s == triage.StruckState || !counts(item, p, possible) {
			continue
		}
		i := incident(p.Matter(p.Received))
		i.Item = p.ID
		h.Incidents = append(h.Incidents, i)
	}
	slices.SortFunc(h.Incidents, func(a, b triage.PastIncident) int {
		return cmp.Or(cmp.Compare(a.Date, b.Date), cmp.Compare(a.Item, b.Item))
	})
	return h
}

// counts tells whether the links between two items let the one count for the
// other.
func counts(a, b *triage.Item, possible bool) bool {
	var between []triage.Link
	for _, k := range a.Links {
		if k.To == b.ID {
			between = append(between, k)
		}
	}
	for _, k := range b.Links {
		if k.To == a.ID {
			between = append(between, k)
		}
	}
	if slices.ContainsFunc(between, func(k triage.Link) bool { return k.Rejected && k.Kind != triage.LinkAlleged }) {
		return slices.ContainsFunc(between, func(k triage.Link) bool { return k.Confirmed && !k.Rejected && k.Kind == triage.LinkHousehold })
	}
	return slices.ContainsFunc(between, func(k triage.Link) bool {
		switch k.Kind {
		case triage.LinkChild, triage.LinkHousehold, triage.LinkPossible:
			return k.Confirmed || possible && k.Kind == triage.LinkPossible
		}
		return false
	})
}
