package triage

import (
	"fmt"
	"slices"
	"time"
)

// Apply changes the item by one event of a commit, or refuses it and changes
// nothing: ErrState, ErrToken, ErrClaimed, ErrUnopened or ErrInvalid, wrapped.
// It is the only way an item changes, in the queue as in the audit's replay.
// Events that concern two items (ItemJoined, NoticeSplit) are applied by Fold.
func (i *Item) Apply(c *Commit, e Event) error {
	if err := i.apply(c, e); err != nil {
		return fmt.Errorf("item %s: %w", i.ID, err)
	}
	if _, look := e.(Opened); !look {
		i.Version = c.Seq
	}
	return nil
}

func (i *Item) apply(c *Commit, e Event) error {
	switch e := e.(type) {
	case ItemOpened:
		return i.open(e)
	case NoticeJoined:
		return i.join(e.Entry)
	case ItemScored:
		return i.score(e)
	case ItemLinked:
		return i.link(e.Link)
	case LinkJudged:
		return i.judge(e)
	case Opened:
		return i.look(c, e)
	case Claimed:
		return i.claim(c, e)
	case ClaimRenewed:
		return i.renew(c, e)
	case Released:
		return i.release(c, e.Token)
	case ClaimExpired:
		return i.expire(c, e)
	case Decided:
		return i.decide(c, e)
	case InterimRecorded:
		return i.interim(c, e)
	case BandOverridden:
		return i.override(c, e)
	case BreachRisk:
		return i.mark(false)
	case Overdue:
		return i.mark(true)
	case FactCorrected:
		return i.correct(e)
	case NoticeStruck:
		return i.strike(e)
	case ChildStatusSet:
		return i.status(e)
	case PoliceAsked:
		i.Questions = append(i.Questions, Question{Force: e.Force, Words: e.Question, By: c.Actor.Name, At: c.At})
		return nil
	}
	return fmt.Errorf("%w: %T does not change one item", ErrInvalid, e)
}

func (i *Item) must(ok bool, why string) error {
	if !ok {
		return fmt.Errorf("%w: %s", ErrInvalid, why)
	}
	return nil
}

func (i *Item) queued() error {
	if !i.Queued() {
		return fmt.Errorf("%w: it is not in the queue", ErrState)
	}
	return nil
}

func (i *Item) mark(overdue bool) error {
	if err := i.queued(); err != nil {
		return err
	}
	i.BreachRisk, i.Overdue = true, overdue
	return nil
}

func (i *Item) interim(c *Commit, e InterimRecorded) error {
	if e.Words == "" {
		return i.must(false, "an interim action needs words")
	}
	i.Interims = append(i.Interims, Interim{Words: e.Words, SafeWith: e.SafeWith, By: c.Actor.Name, At: c.At})
	return nil
}

func (i *Item) open(e ItemOpened) error {
	if i.ID != "" {
		return fmt.Errorf("%w: opened twice", ErrState)
	}
	i.ID, i.Seq, i.Received = e.Item, e.Entry.Seq, e.Entry.Received
	i.Entries = []Entry{e.Entry}
	i.Open = []string{""}
	i.flagAll(e.Entry.Reading.Flags)
	return nil
}

// join adds a notice. Anything but a resend is news: every child of the item
// needs a decision again, and the clock's marks start anew.
func (i *Item) join(e Entry) error {
	if i.JoinedInto != "" {
		return fmt.Errorf("%w: joined into another item", ErrState)
	}
	decided := i.State() == DecidedState
	i.Entries = append(i.Entries, e)
	i.flagAll(e.Reading.Flags)
	if e.Received.Before(i.Received) {
		i.Received = e.Received
	}
	if e.Relation == RelationResend {
		if decided || e.Received.Sub(i.Received) > chaseAfter {
			i.flag("chased")
		}
		return nil
	}
	if decided {
		i.Due = time.Time{} // news after a decision has its own clock
	}
	i.Open = i.childIDs()
	i.BreachRisk, i.Overdue = false, false
	return nil
}

// chaseAfter is the age from which a resend means that the force is chasing
// (policy.md, "Same, update, repeat").
const chaseAfter = 48 * time.Hour

// score takes the rules' answer. A due time only ever moves earlier; a band
// lowered by new rules is only proposed.
func (i *Item) score(e ItemScored) error {
	if e.Rescore && e.Score.Band < i.Score.Band {
		proposed := e.Score
		i.Proposed = &proposed
		return nil
	}
	known := i.childIDs()
	i.Children, i.History = e.Children, e.History
	i.Score, i.Proposed = e.Score, nil
	for _, id := range i.childIDs() {
		if !slices.Contains(known, id) && !slices.Contains(i.Open, id) {
			i.Open = append(i.Open, id)
		}
	}
	if len(i.Children) > 0 {
		i.Open = slices.DeleteFunc(i.Open, func(id string) bool { return id == "" })
	}
	if i.Override != nil && !e.Rescore && i.Score.Band > i.Override.Band && i.newsSince(i.Override.At) {
		i.Override = nil // a person lowered what was known then, not this
	}
	if i.Due.IsZero() || e.Due.Before(i.Due) {
		i.Due = e.Due
	}
	return nil
}

func (i *Item) newsSince(t time.Time) bool {
	news := i.News()
	return news != nil && news.Received.After(t)
}

// childIDs lists the children to decide on: "" stands for an item that names
// none.
func (i *Item) childIDs() []string {
	if len(i.Children) == 0 {
		return []string{""}
	}
	ids := make([]string, len(i.Children))
	for n, c := range i.Children {
		ids[n] = c.ID
	}
	return ids
}

func (i *Item) link(l Link) error {
	at := slices.IndexFunc(i.Links, func(o Link) bool { return o.To == l.To && o.Child == l.Child && o.Kind == l.Kind })
	switch {
	case at < 0:
		i.Links = append(i.Links, l)
	case !i.Links[at].Rejected:
		i.Links[at] = l
	}
	return nil
}

func (i *Item) judge(e LinkJudged) error {
	if e.Reason == "" {
		return i.must(false, "a judgement on a link needs a reason")
	}
	found := false
	for n := range i.Links {
		if l := &i.Links[n]; l.To == e.To && (e.Child == "" || l.Child == e.Child) {
			l.Confirmed, l.Rejected, found = e.Confirmed, !e.Confirmed, true
		}
	}
	if !found {
		return fmt.Errorf("%w: no such link", ErrNotFound)
	}
	return nil
}

func (i *Item) look(c *Commit, e Opened) error {
	known := slices.ContainsFunc(i.Entries, func(n Entry) bool { return n.Notice == e.Notice })
	if !known {
		return fmt.Errorf("%w: notice %s", ErrNotFound, e.Notice)
	}
	i.Looks = append(i.Looks, Look{Notice: e.Notice, By: c.Actor.Name, At: c.At})
	return nil
}

func (i *Item) correct(e FactCorrected) error {
	entry := i.entry(e.Notice, e.Part)
	if entry == nil || e.Fact < 0 || e.Fact >= len(entry.Reading.Facts) {
		return fmt.Errorf("%w: no such fact", ErrNotFound)
	}
	if e.Reason == "" {
		return i.must(false, "a correction needs a reason")
	}
	f := &entry.Reading.Facts[e.Fact]
	f.Polarity, f.Time, f.Holder, f.Cue = e.Polarity, e.Time, e.Holder, "corrected by a person"
	return nil
}

func (i *Item) strike(e NoticeStruck) error {
	entry := i.entry(e.Notice, e.Part)
	if entry == nil {
		return fmt.Errorf("%w: notice %s", ErrNotFound, e.Notice)
	}
	if e.Reason == "" {
		return i.must(false, "striking a notice needs a reason")
	}
	entry.Struck = true
	return nil
}

func (i *Item) status(e ChildStatusSet) error {
	at := slices.IndexFunc(i.Children, func(c Child) bool { return c.ID == e.Child })
	if at < 0 {
		return fmt.Errorf("%w: child %s", ErrNotFound, e.Child)
	}
	i.Children[at].Status = e.Status
	i.History.ClosedAt = max(i.History.ClosedAt, e.ClosedAt)
	return nil
}
