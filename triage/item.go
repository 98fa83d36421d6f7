package triage

import (
	"slices"
	"time"
)

// Item is one row of the queue: one incident in one household, with every
// notice about it and every child in it. Its zero value is no item; ItemOpened
// makes one.
type Item struct {
	ID       ItemID
	Version  uint64 // log sequence of the last change of content, band, claim, decision or link
	Touched  uint64 // log sequence of the last commit that names the item
	Seq      uint64 // notices sequence of the first notice: the last tie-break of the order
	Received time.Time

	Entries  []Entry
	Children []Child
	Score    Score
	Proposed *Score // by new rules, lower than Score: needs a person
	History  History
	Due      time.Time
	Links    []Link
	Flags    []string // beside Score.Flags: chased, possible_link, dob_conflict …

	Open      []string // Child.IDs still without a decision; holds "" where the item names no child
	Claim     *Claim
	Override  *Override
	Looks     []Look
	Decisions []Decision
	Interims  []Interim
	Questions []Question

	BreachRisk bool // the clock has said so since the last news
	Overdue    bool

	Bell *Bell // nil while it never rang

	WordsErased bool  // what people wrote on it
	Hold        *Hold // forbids to erase anything of it

	JoinedInto ItemID
	Apart      []ItemID // items this one must never join again
}

// Claim is who works on an item, until when.
type Claim struct {
	By    string
	Token uint64
	Until time.Time
	At    time.Time
}

// Override is a person's band.
type Override struct {
	Band   Band
	By     string
	At     time.Time
	Reason string

	Through uint64 // last notice that was known to the person
}

// Look is a person's first opening of a notice.
type Look struct {
	Notice NoticeID
	By     string
	At     time.Time
}

// Interim is what the out-of-hours team did.
type Interim struct {
	Words    string
	SafeWith string
	By       string
	At       time.Time
}

// Question is what was asked of a force.
type Question struct {
	Force string
	Words string
	By    string
	At    time.Time
	Code  string // AnswerCode of the item it was asked about
}

// State is where an item stands in its life.
type State uint8

// The states; see the package comment for what leads from one to another.
const (
	StateUnknown State = iota
	Waiting
	ClaimedState
	DecidedState
	JoinedState
	StruckState
)

// State derives the item's state from what it holds.
func (i *Item) State() State {
	switch {
	case i.ID == "":
		return StateUnknown
	case i.JoinedInto != "":
		return JoinedState
	case i.live() == 0:
		return StruckState
	case i.Claim != nil:
		return ClaimedState
	case len(i.Open) == 0:
		return DecidedState
	}
	return Waiting
}

// Queued tells whether the item stands in the queue.
func (i *Item) Queued() bool {
	s := i.State()
	return s == Waiting || s == ClaimedState
}

// Band is the band the item stands at: the rules', unless a person set one.
func (i *Item) Band() Band {
	if i.Override != nil {
		return i.Override.Band
	}
	return i.Score.Band
}

// Matter is the item as the rules score it at that time.
func (i *Item) Matter(at time.Time) Matter {
	return Matter{Children: i.Children, Entries: i.Entries, History: i.History, At: at}
}

// News is the newest notice that stands and is no resend: what a person must
// have opened before deciding. Nil if no notice stands.
func (i *Item) News() *Entry {
	var resend *Entry
	for n := len(i.Entries) - 1; n >= 0; n-- {
		switch e := &i.Entries[n]; {
		case e.Struck:
		case e.Relation != RelationResend:
			return e
		case resend == nil:
			resend = e
		}
	}
	return resend
}

// OpenedBy tells whether the person has opened the source text of the newest
// notice.
func (i *Item) OpenedBy(who string) bool {
	news := i.News()
	return news == nil || slices.ContainsFunc(i.Looks, func(l Look) bool { return l.By == who && l.Notice == news.Notice })
}

// Clone returns a deep copy that Apply may change.
func (i *Item) Clone() *Item {
	c := *i
	c.Entries = slices.Clone(i.Entries)
	for n := range c.Entries {
		c.Entries[n].Reading.Facts = slices.Clone(i.Entries[n].Reading.Facts)
	}
	c.Children = slices.Clone(i.Children)
	c.Links, c.Flags, c.Open = slices.Clone(i.Links), slices.Clone(i.Flags), slices.Clone(i.Open)
	c.Looks, c.Decisions, c.Interims = slices.Clone(i.Looks), slices.Clone(i.Decisions), slices.Clone(i.Interims)
	c.Questions, c.Apart = slices.Clone(i.Questions), slices.Clone(i.Apart)
	if i.Claim != nil {
		claim := *i.Claim
		c.Claim = &claim
	}
	return &c
}

func (i *Item) live() (n int) {
	for _, e := range i.Entries {
		if !e.Struck {
			n++
		}
	}
	return n
}

func (i *Item) entry(n NoticeID, part int) *Entry {
	for k := range i.Entries {
		if e := &i.Entries[k]; e.Notice == n && e.Part == part {
			return e
		}
	}
	return nil
}

func (i *Item) flagAll(flags []string) {
	for _, f := range flags {
		i.flag(f)
	}
}

func (i *Item) flag(f string) {
	if at, found := slices.BinarySearch(i.Flags, f); !found {
		i.Flags = slices.Insert(i.Flags, at, f)
	}
}
