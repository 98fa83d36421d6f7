package triage

import "slices"

// Target is empty: the event changes no item.
func (NoticeRead) Target() ItemID { return "" }

// Target is empty: the event changes no item.
func (RulesActivated) Target() ItemID { return "" }

// Target is empty: the event changes no item.
func (CaseRows) Target() ItemID { return "" }

// Target is empty: the event changes no item.
func (Archived) Target() ItemID { return "" }

// Target is the item that the event changes.
func (e ItemOpened) Target() ItemID { return e.Item }

// Target is the item that the event changes.
func (e NoticeJoined) Target() ItemID { return e.Item }

// Target is the item that the event changes.
func (e ItemScored) Target() ItemID { return e.Item }

// Target is the item that the event changes.
func (e ItemLinked) Target() ItemID { return e.Item }

// Target is the item that the event changes.
func (e Opened) Target() ItemID { return e.Item }

// Target is the item that the event changes.
func (e Claimed) Target() ItemID { return e.Item }

// Target is the item that the event changes.
func (e ClaimRenewed) Target() ItemID { return e.Item }

// Target is the item that the event changes.
func (e Released) Target() ItemID { return e.Item }

// Target is the item that the event changes.
func (e ClaimExpired) Target() ItemID { return e.Item }

// Target is the item that the event changes.
func (e Decided) Target() ItemID { return e.Item }

// Target is the item that the event changes.
func (e InterimRecorded) Target() ItemID { return e.Item }

// Target is the item that the event changes.
func (e BandOverridden) Target() ItemID { return e.Item }

// Target is the item that the event changes.
func (e BreachRisk) Target() ItemID { return e.Item }

// Target is the item that the event changes.
func (e Overdue) Target() ItemID { return e.Item }

// Target is the item that the event changes.
func (e ItemJoined) Target() ItemID { return e.Item }

// Target is the item that the event changes.
func (e NoticeSplit) Target() ItemID { return e.Item }

// Target is the item that the event changes.
func (e LinkJudged) Target() ItemID { return e.Item }

// Target is the item that the event changes.
func (e FactCorrected) Target() ItemID { return e.Item }

// Target is the item that the event changes.
func (e NoticeStruck) Target() ItemID { return e.Item }

// Target is the item of the notice recalled.
func (e NoticeRecalled) Target() ItemID { return e.Item }

// Target is the item that the event changes.
func (e ChildStatusSet) Target() ItemID { return e.Item }

// Target is the item that the event changes.
func (e PoliceAsked) Target() ItemID { return e.Item }

// EntryOf is the notice that an event puts into an item, false if it puts none.
func EntryOf(e Event) (Entry, bool) {
	switch e := e.(type) {
	case ItemOpened:
		return e.Entry, true
	case NoticeJoined:
		return e.Entry, true
	}
	return Entry{}, false
}

// Holders names the items that the commit put the parts of a notice into.
func (c *Commit) Holders(notice NoticeID) (ids []ItemID) {
	for _, e := range c.Events {
		if entry, ok := EntryOf(e); ok && entry.Notice == notice && !slices.Contains(ids, e.Target()) {
			ids = append(ids, e.Target())
		}
	}
	return ids
}
