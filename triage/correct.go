package triage

import (
	"fmt"
	"slices"
)

// byPerson is the cue of a fact that a person has corrected.
const byPerson = "corrected by a person"

// correct puts a person's reading of a fact in the place of the program's. A
// resend is the same text again: its facts are the same ones.
func (i *Item) correct(c *Commit, e FactCorrected) error {
	entry := i.entry(e.Notice, e.Part)
	switch {
	case entry == nil || e.Fact < 0 || e.Fact >= len(entry.Reading.Facts):
		return fmt.Errorf("%w: no such fact", ErrNotFound)
	case entry.Struck:
		return fmt.Errorf("%w: the notice is struck", ErrState)
	case e.Polarity == PolarityUnknown || e.Time == TimeUnknown || e.Holder == HolderUnknown:
		return refuse("a corrected fact needs polarity, time and holder")
	case e.Reason == "":
		return refuse("a correction needs a reason")
	}
	if err := i.free(c); err != nil {
		return err
	}
	same := entry.sameText()
	for n := range i.Entries {
		if x := &i.Entries[n]; same(*x) && e.Fact < len(x.Reading.Facts) {
			x.Reading.Facts = slices.Clone(x.Reading.Facts) // the event that brought them keeps its own
			f := &x.Reading.Facts[e.Fact]
			f.Polarity, f.Time, f.Holder, f.Cue = e.Polarity, e.Time, e.Holder, byPerson
		}
	}
	i.anew()
	return nil
}

// strike takes a notice out of what counts, with what is its text again. An
// item of which nothing is left leaves the queue.
func (i *Item) strike(c *Commit, e NoticeStruck) error {
	entry := i.entry(e.Notice, e.Part)
	switch {
	case entry == nil:
		return fmt.Errorf("%w: notice %s", ErrNotFound, e.Notice)
	case entry.Struck:
		return fmt.Errorf("%w: the notice is struck", ErrState)
	case e.Reason == "":
		return refuse("striking a notice needs a reason")
	}
	if err := i.free(c); err != nil {
		return err
	}
	same := entry.sameText()
	var gone []NoticeID
	for n := range i.Entries {
		if x := &i.Entries[n]; same(*x) {
			x.Struck = true
			gone = append(gone, x.Notice)
		}
	}
	i.unlink(gone)
	if i.live() == 0 {
		i.Claim = nil
		return nil
	}
	i.retime()
	i.anew()
	if i.settled() {
		i.Open, i.Claim = nil, nil
	}
	return nil
}

// FlagRecalled says that the sender has asked for a notice of the item back.
const FlagRecalled = "recalled"

// recall flags the notice and with it the item. The flag goes where the notice
// goes; nothing that it says counts less.
func (i *Item) recall(e NoticeRecalled) error {
	entry := i.entry(e.Notice, e.Part)
	if entry == nil {
		return fmt.Errorf("%w: notice %s", ErrNotFound, e.Notice)
	}
	if flags := entry.Reading.Flags; !slices.Contains(flags, FlagRecalled) {
		flags = append(slices.Clone(flags), FlagRecalled) // the event that brought them keeps its own
		slices.Sort(flags)
		entry.Reading.Flags = flags
	}
	i.flag(FlagRecalled)
	return nil
}

// statuses are what a case system says of a child.
var statuses = []string{"child_protection", "looked_after", "child_in_need", "none"}

func (i *Item) status(e ChildStatusSet) error {
	at := slices.IndexFunc(i.Children, func(c Child) bool { return c.ID == e.Child })
	switch {
	case at < 0:
		return fmt.Errorf("%w: child %s", ErrNotFound, e.Child)
	case !slices.Contains(statuses, e.Status):
		return refuse("a status is child_protection, looked_after, child_in_need or none")
	}
	c := &i.Children[at]
	if c.Status, c.AsOf = e.Status, e.AsOf; e.Status == "none" {
		c.Status = ""
	}
	i.History.ClosedAt = max(i.History.ClosedAt, e.ClosedAt)
	return nil
}
