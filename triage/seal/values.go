package seal

import (
	"slices"
	"strings"

	"github.com/ppn-triage/ppn-triage/triage"
)

// walker visits every personal value of a commit or an item, with the names of
// the keys that it belongs under. It is the one list of what is personal; a test
// holds it against the nouns. It changes values in place, in copies that it
// makes of every list on the way.
type walker struct {
	text   func(names string, s *string)
	person func(names string, p *triage.Person)
	row    func(r *triage.CaseRow)

	// left are the items as the commit leaves them, for what is sealed under
	// the notices it rests on.
	left map[triage.ItemID]*triage.Item
}

func (w *walker) list(names string, all []string) []string {
	all = slices.Clone(all)
	for n := range all {
		w.text(names, &all[n])
	}
	return all
}

// event returns a copy of an event, its personal values visited.
func (w *walker) event(e triage.Event) triage.Event {
	switch e := e.(type) {
	case triage.NoticeRead:
		e.Auth = w.list(TextKey(e.Seq), e.Auth)
		return e
	case triage.ItemOpened:
		w.entry(&e.Entry)
		return e
	case triage.NoticeJoined:
		w.entry(&e.Entry)
		return e
	case triage.ItemScored:
		e.Children = slices.Clone(e.Children)
		for n := range e.Children {
			w.child(e.Item, &e.Children[n])
		}
		return e
	case triage.ItemLinked:
		w.link(e.Item, &e.Link)
		return e
	case triage.CaseRows:
		e.Rows = slices.Clone(e.Rows)
		for n := range e.Rows {
			w.row(&e.Rows[n])
		}
		return e
	}
	return w.words(e)
}

// words visits what people write on an item.
func (w *walker) words(e triage.Event) triage.Event {
	key := WordsKey(e.Target())
	switch e := e.(type) {
	case triage.Released:
		w.text(key, &e.Reason)
		return e
	case triage.Decided:
		e.Decisions = w.decisions(key, e.Decisions)
		return e
	case triage.InterimRecorded:
		w.text(key, &e.Words)
		w.text(key, &e.SafeWith)
		return e
	case triage.BandOverridden:
		w.text(key, &e.Reason)
		return e
	case triage.ItemJoined:
		w.text(key, &e.Reason)
		return e
	case triage.NoticeSplit:
		w.text(key, &e.Reason)
		return e
	case triage.LinkJudged:
		w.text(key, &e.Reason)
		return e
	case triage.FactCorrected:
		w.text(key, &e.Reason)
		return e
	case triage.NoticeStruck:
		w.text(key, &e.Reason)
		return e
	case triage.PoliceAsked:
		w.text(key, &e.Question)
		return e
	case triage.HoldPlaced:
		w.text(key, &e.Reason)
		return e
	case triage.HoldLifted:
		w.text(key, &e.Reason)
		return e
	}
	return e
}

func (w *walker) entry(e *triage.Entry) {
	text, identity, r := TextKey(e.Seq), IdentityKey(e.Seq), &e.Reading
	e.Why = w.list(identity, e.Why)
	r.People, r.References, r.Facts = slices.Clone(r.People), slices.Clone(r.References), slices.Clone(r.Facts)
	for n := range r.People {
		w.person(identity, &r.People[n])
	}
	for n := range r.References {
		w.text(identity, &r.References[n].Raw)
		w.text(identity, &r.References[n].Norm)
	}
	for n := range r.Facts {
		w.text(text, &r.Facts[n].Quote)
		w.text(text, &r.Facts[n].Cue)
	}
	w.text(identity, &e.Title)
	w.text(identity, &r.Place.Line)
	w.text(identity, &r.Place.Postcode)
	w.text(text, &r.FormVersion)
	w.text(text, &r.Officer)
	w.text(text, &r.AllegedNow)
	w.text(text, &r.ChildWith)
}

func (w *walker) child(item triage.ItemID, c *triage.Child) {
	names := w.of(item, func(n int, _ triage.Entry) bool {
		return slices.ContainsFunc(c.From, func(m triage.Mention) bool { return m.Entry == n })
	})
	w.person(names, &c.Person)
	c.DOBs = w.list(names, c.DOBs)
	w.text(names, &c.Case)
	w.text(names, &c.Worker)
}

func (w *walker) link(item triage.ItemID, l *triage.Link) {
	l.Why = w.list(w.of(item, func(_ int, e triage.Entry) bool { return slices.Contains(l.Notices, e.Notice) }), l.Why)
}

// of names the identity keys of the notices that a value of an item rests on,
// all of them together: with one erased the value is. What rests on none is a
// person's.
func (w *walker) of(item triage.ItemID, on func(n int, e triage.Entry) bool) string {
	var names []string
	if i := w.left[item]; i != nil {
		for n, e := range i.Entries {
			if name := IdentityKey(e.Seq); on(n, e) && !e.IdentityErased && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	if names == nil {
		return WordsKey(item)
	}
	return strings.Join(names, "+")
}

func (w *walker) decisions(names string, all []triage.Decision) []triage.Decision {
	all = slices.Clone(all)
	for n := range all {
		d := &all[n]
		for _, s := range []*string{&d.Threshold, &d.Rationale, &d.ParentSpoken, &d.ConsentWhy, &d.SeenBy, &d.CaseID} {
			w.text(names, s)
		}
		d.Checks = w.list(names, d.Checks)
	}
	return all
}

// item returns a copy of an item, its personal values visited.
func (w *walker) item(i *triage.Item) *triage.Item {
	c, words := i.Clone(), WordsKey(i.ID)
	for n := range c.Entries {
		w.entry(&c.Entries[n])
	}
	for n := range c.Children {
		w.child(i.ID, &c.Children[n])
	}
	for n := range c.Links {
		w.link(i.ID, &c.Links[n])
	}
	c.Decisions = w.decisions(words, c.Decisions)
	for n := range c.Interims {
		w.text(words, &c.Interims[n].Words)
		w.text(words, &c.Interims[n].SafeWith)
	}
	for n := range c.Questions {
		w.text(words, &c.Questions[n].Words)
	}
	if c.Override != nil {
		o := *c.Override
		w.text(words, &o.Reason)
		c.Override = &o
	}
	if c.Hold != nil {
		h := *c.Hold
		w.text(words, &h.Reason)
		c.Hold = &h
	}
	return c
}
