package triage

import (
	"fmt"
	"slices"
	"time"
)

// Erased says that what is personal in an item was erased: its data keys are
// deleted, in the log and in every copy of it. Slugs, scores, bands, codes,
// positions and times stay, and who did what.
type Erased struct {
	Item     ItemID   // empty: automatic mails, which stand in no item
	Notices  []uint64 // places in the notices stream of the notices meant
	Text     bool     // their words, and their mails in the second copy
	Identity bool     // the people, addresses and references in them
	Words    bool     // what people wrote on the item
	Ground   string   // "retention", "request", "wrong_recipient" or "court_order"
}

// HoldPlaced is a person's word that nothing of an item may be erased.
type HoldPlaced struct {
	Item   ItemID
	Reason string
}

// HoldLifted takes back a hold.
type HoldLifted struct {
	Item   ItemID
	Reason string
}

// Hold is who forbade to erase anything of an item, when and why.
type Hold struct {
	By     string
	At     time.Time
	Reason string
}

// Target is the item that the event changes.
func (e Erased) Target() ItemID { return e.Item }

// Target is the item that the event changes.
func (e HoldPlaced) Target() ItemID { return e.Item }

// Target is the item that the event changes.
func (e HoldLifted) Target() ItemID { return e.Item }

// Erasable says what forbids to erase anything of the item, or nil: it must
// have left the queue, and nobody may hold it back.
func (i *Item) Erasable() error {
	switch {
	case i.Queued():
		return fmt.Errorf("item %s: %w: it waits for a decision", i.ID, ErrState)
	case i.Hold != nil:
		return fmt.Errorf("item %s: %w: %s has forbidden to erase it", i.ID, ErrState, i.Hold.By)
	}
	return nil
}

// Bare is what of a person names nobody.
func (p Person) Bare() Person {
	return Person{
		Role: p.Role, Alleged: p.Alleged, AgeStated: p.AgeStated, Unborn: p.Unborn, Placeholder: p.Placeholder,
		Sex: p.Sex, Disabled: p.Disabled, Start: p.Start, End: p.End,
	}
}

// erase drops what is personal. What rests on several notices goes with the
// first of them.
func (i *Item) erase(e Erased) error {
	if err := i.Erasable(); err != nil {
		return err
	}
	meant := func(n int) bool { return slices.Contains(e.Notices, i.Entries[n].Seq) }
	for n := range i.Entries {
		if x := &i.Entries[n]; meant(n) {
			x.erase(e)
		}
	}
	if e.Identity {
		i.eraseChildren(meant)
	}
	if e.Words {
		i.eraseWords()
	}
	return nil
}

func (x *Entry) erase(e Erased) {
	r := &x.Reading
	if e.Text {
		x.TextErased = true
		r.Officer, r.AllegedNow, r.ChildWith, r.FormVersion = "", "", "", ""
		r.Facts = slices.Clone(r.Facts) // the event that brought them keeps its own
		for n := range r.Facts {
			if f := &r.Facts[n]; f.Cue != byPerson {
				f.Quote, f.Cue = "", ""
			} else {
				f.Quote = ""
			}
		}
	}
	if e.Identity {
		x.IdentityErased, x.Why, x.Title, r.Place = true, nil, "", Address{}
		r.People, r.References = slices.Clone(r.People), slices.Clone(r.References)
		for n := range r.People {
			r.People[n] = r.People[n].Bare()
		}
		for n := range r.References {
			r.References[n].Raw, r.References[n].Norm = "", ""
		}
	}
}

func (i *Item) eraseChildren(meant func(entry int) bool) {
	for n := range i.Children {
		c := &i.Children[n]
		rests := slices.ContainsFunc(c.From, func(m Mention) bool { return m.Entry < len(i.Entries) && meant(m.Entry) })
		if rests || len(c.From) == 0 {
			c.Person, c.DOBs, c.Case, c.Worker = c.Person.Bare(), nil, "", ""
		}
	}
	for n := range i.Links {
		l := &i.Links[n]
		rests := func(x Entry) bool { return x.IdentityErased && slices.Contains(l.Notices, x.Notice) }
		if len(l.Notices) == 0 || slices.ContainsFunc(i.Entries, rests) {
			l.Why = nil
		}
	}
}

func (i *Item) eraseWords() {
	i.WordsErased = true
	for n := range i.Decisions {
		d := &i.Decisions[n]
		d.Threshold, d.Rationale, d.ParentSpoken, d.ConsentWhy, d.SeenBy, d.CaseID, d.Checks = "", "", "", "", "", "", nil
	}
	for n := range i.Interims {
		i.Interims[n].Words, i.Interims[n].SafeWith = "", ""
	}
	for n := range i.Questions {
		i.Questions[n].Words = ""
	}
	if i.Override != nil {
		o := *i.Override
		o.Reason = ""
		i.Override = &o
	}
}

func (i *Item) hold(c *Commit, e HoldPlaced) error {
	switch {
	case e.Reason == "":
		return refuse("a hold needs a reason")
	case i.Hold != nil:
		return fmt.Errorf("%w: it is held already", ErrState)
	}
	i.Hold = &Hold{By: c.Actor.Name, At: c.At, Reason: e.Reason}
	return nil
}

func (i *Item) liftHold(e HoldLifted) error {
	switch {
	case e.Reason == "":
		return refuse("lifting a hold needs a reason")
	case i.Hold == nil:
		return fmt.Errorf("%w: it is not held", ErrState)
	}
	i.Hold = nil
	return nil
}
