package triage

import (
	"fmt"
	"time"
)

// BellRung is one call of the out-of-hours bell. It stands in the log as
// BellCalling before the call goes out, so that of several nodes one calls, and
// once more with what became of it.
type BellRung struct {
	Item    ItemID
	Notice  NoticeID // the item's newest, for which it rings
	Step    int      // place in the order of who is called, from 0
	To      string   // who is called, as the configuration names the place
	Outcome string
}

// The outcomes of a call.
const (
	BellCalling = "calling"
	BellSent    = "sent"
	BellFailed  = "failed"
)

// BellAnswered is a person's word that he has heard the bell and sees to the
// item. It silences the bell until there is news; item and clock stay.
type BellAnswered struct {
	Item   ItemID
	Notice NoticeID // for which it rings
}

// Bell is how far the bell has come for a notice.
type Bell struct {
	Notice     NoticeID
	Step       int
	To         string
	At         time.Time // of the last call
	Outcome    string
	Calls      int // that went out
	AnsweredBy string
	AnsweredAt time.Time
}

// Target is the item that the event changes.
func (e BellRung) Target() ItemID { return e.Item }

// Target is the item that the event changes.
func (e BellAnswered) Target() ItemID { return e.Item }

// Answered tells whether somebody has answered the bell for the newest notice.
func (i *Item) Answered() bool {
	news := i.News()
	return news != nil && i.Bell != nil && i.Bell.Notice == news.Notice && i.Bell.AnsweredBy != ""
}

func (i *Item) ring(c *Commit, e BellRung) error {
	switch e.Outcome {
	case BellCalling:
		return i.call(c, e)
	case BellSent, BellFailed:
	default:
		return refuse("a call is calling, sent or failed")
	}
	if b := i.Bell; b == nil || b.Notice != e.Notice || b.Step != e.Step || b.Outcome != BellCalling {
		return fmt.Errorf("%w: no such call goes out", ErrState)
	}
	b := *i.Bell
	b.Outcome = e.Outcome
	if e.Outcome == BellSent {
		b.Calls++
	}
	i.Bell = &b
	return nil
}

func (i *Item) call(c *Commit, e BellRung) error {
	if err := i.queued(); err != nil {
		return err
	}
	switch {
	case e.Notice != i.News().Notice:
		return fmt.Errorf("%w: there is news", ErrState)
	case i.Answered():
		return fmt.Errorf("%w: %s has answered the bell", ErrState, i.Bell.AnsweredBy)
	case e.To == "" || e.Step < 0:
		return refuse("a call goes to somebody")
	}
	b := Bell{Notice: e.Notice}
	if i.Bell != nil && i.Bell.Notice == e.Notice {
		b = *i.Bell
	}
	b.Step, b.To, b.At, b.Outcome = e.Step, e.To, c.At, BellCalling
	i.Bell = &b
	return nil
}

func (i *Item) answer(c *Commit, e BellAnswered) error {
	if err := i.queued(); err != nil {
		return err
	}
	switch news := i.News(); {
	case i.Bell == nil || i.Bell.Notice != news.Notice || e.Notice != news.Notice:
		return fmt.Errorf("%w: the bell has not rung for its newest notice", ErrState)
	case i.Answered():
		return fmt.Errorf("%w: %s has answered the bell", ErrState, i.Bell.AnsweredBy)
	}
	b := *i.Bell
	b.AnsweredBy, b.AnsweredAt = c.Actor.Name, c.At
	i.Bell = &b
	return nil
}
