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
	switch e.(type) {
	case Opened, BreachRisk, Overdue, BellRung, BellAnswered: // nothing that a person decides on
	default:
		i.Version = c.Seq
	}
	return nil
}

func (i *Item) apply(c *Commit, e Event) error {
	if e, ok := e.(Erased); ok { // an item that was joined into another keeps what it held
		return i.erase(e)
	}
	if i.JoinedInto != "" {
		return fmt.Errorf("%w: joined into item %s", ErrState, i.JoinedInto)
	}
	switch e := e.(type) {
	case ItemOpened:
		return i.open(e)
	case NoticeJoined:
		return i.join(e.Entry)
	case ItemScored:
		return i.score(e)
	case ItemLinked:
		i.link(e.Link)
		return nil
	case LinkJudged:
		return i.judge(c, e)
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
		return i.correct(c, e)
	case NoticeStruck:
		return i.strike(c, e)
	case NoticeRecalled:
		return i.recall(e)
	case ChildStatusSet:
		return i.status(e)
	case PoliceAsked:
		return i.ask(c, e)
	case BellRung:
		return i.ring(c, e)
	case BellAnswered:
		return i.answer(c, e)
	case HoldPlaced:
		return i.hold(c, e)
	case HoldLifted:
		return i.liftHold(e)
	}
	return fmt.Errorf("%w: %T does not change one item", ErrInvalid, e)
}

func refuse(why string) error { return fmt.Errorf("%w: %s", ErrInvalid, why) }

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
		return refuse("an interim action needs words")
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
// needs a decision again. After a decision news has a clock of its own.
func (i *Item) join(e Entry) error {
	state := i.State()
	i.Entries = append(i.Entries, e)
	i.flagAll(e.Reading.Flags)
	i.retime()
	if e.Relation == RelationResend && state != StruckState {
		if state == DecidedState || e.Received.Sub(i.Received) > chaseAfter {
			i.flag("chased")
		}
		return nil
	}
	if state == DecidedState || state == StruckState {
		i.Due, i.BreachRisk, i.Overdue = time.Time{}, false, false
	}
	i.Open = i.childIDs()
	return nil
}

// chaseAfter is the age from which a resend means that the force is chasing
// (policy.md, "Same, update, repeat").
const chaseAfter = 48 * time.Hour

// score takes the rules' answer. A due time only ever moves earlier, unless a
// person has taken back what set it; a band lowered by new rules is only
// proposed.
func (i *Item) score(e ItemScored) error {
	if e.Rescore && e.Score.Band < i.Score.Band {
		proposed := e.Score
		i.Proposed = &proposed
		return nil
	}
	raised := e.Score.Band > i.Score.Band
	i.takeChildren(e.Children)
	i.History, i.Score, i.Proposed = e.History, e.Score, nil
	if o := i.Override; o != nil && !e.Rescore && e.Score.Band > o.Band && (raised || i.newsAfter(o.Through)) {
		i.Override = nil // a person lowered what was known then, not this
	}
	i.Due = earlier(i.Due, e.Due)
	return nil
}

func (i *Item) newsAfter(through uint64) bool {
	return slices.ContainsFunc(i.Entries, func(e Entry) bool { return e.Seq > through && !e.Struck && e.Relation != RelationResend })
}

func (i *Item) look(c *Commit, e Opened) error {
	known := slices.ContainsFunc(i.Entries, func(n Entry) bool { return n.Notice == e.Notice })
	if !known {
		return fmt.Errorf("%w: notice %s", ErrNotFound, e.Notice)
	}
	if !slices.ContainsFunc(i.Looks, func(l Look) bool { return l.Notice == e.Notice && l.By == c.Actor.Name }) {
		i.Looks = append(i.Looks, Look{Notice: e.Notice, By: c.Actor.Name, At: c.At})
	}
	return nil
}

func (i *Item) ask(c *Commit, e PoliceAsked) error {
	if e.Question == "" || e.Force == "" {
		return refuse("a question needs words and a force")
	}
	i.Questions = append(i.Questions, Question{Force: e.Force, Words: e.Question, By: c.Actor.Name, At: c.At, Code: AnswerCode(i.ID)})
	return nil
}
