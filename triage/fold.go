package triage

import (
	"fmt"
	"maps"
	"slices"
	"time"
)

// Ledger is what the log has come to beside its items: the counts of the
// conservation law, the claims that run, and what is in force. It is a value;
// Fold returns a new one.
type Ledger struct {
	Seq      uint64 // last commit folded
	Through  uint64 // last notice taken in
	Notices  uint64 // notices folded; equals Through
	Kinds    map[LetterKind]uint64
	Parts    uint64 // entries of all notices: the sum of k
	Opened   uint64 // items ever opened, by a notice or a split
	Joined   uint64 // entries that joined an item that was there, less those split off
	States   map[State]uint64
	Claims   map[ItemID]Claim
	Rules    string // hash of the active ruleset
	RulesSeq uint64 // commit that activated it
	Archived Archived
}

// Check names a breach of the conservation law (design, section 4.2), or
// returns nil: every notice is counted once, and every part of one stands in
// an item.
func (l *Ledger) Check() error {
	var kinds, states uint64
	for _, n := range l.Kinds {
		kinds += n
	}
	for _, n := range l.States {
		states += n
	}
	switch {
	case l.Notices != l.Through:
		return fmt.Errorf("%w: %d notices folded, %d taken in", ErrChain, l.Notices, l.Through)
	case kinds != l.Notices:
		return fmt.Errorf("%w: %d notices by kind, %d folded", ErrChain, kinds, l.Notices)
	case l.Opened != states:
		return fmt.Errorf("%w: %d items opened, %d in a state", ErrChain, l.Opened, states)
	case l.Parts != l.Opened+l.Joined:
		return fmt.Errorf("%w: %d parts of notices, %d opened items and %d joined", ErrChain, l.Parts, l.Opened, l.Joined)
	}
	return nil
}

func (l *Ledger) clone() Ledger {
	c := *l
	c.Kinds, c.States, c.Claims = maps.Clone(l.Kinds), maps.Clone(l.States), maps.Clone(l.Claims)
	if c.Kinds == nil {
		c.Kinds, c.States, c.Claims = map[LetterKind]uint64{}, map[State]uint64{}, map[ItemID]Claim{}
	}
	return c
}

// Fold applies a commit to the ledger and to the items it touches. get returns
// an item as it stood before the commit, or ErrNotFound; Fold never changes
// what get returned. It returns the new ledger and the changed items in the
// order in which the commit touches them. A commit that does not follow the
// ledger's position, or an event that its item refuses, changes nothing.
//
// The queue in Redis, the API's checks and the audit's replay all go through
// Fold, so there is one way to understand the log.
func Fold(l Ledger, get func(ItemID) (*Item, error), c *Commit) (Ledger, []*Item, error) {
	if c.Seq != l.Seq+1 {
		return l, nil, fmt.Errorf("%w: commit %d after %d", ErrChain, c.Seq, l.Seq)
	}
	if c.Through < l.Through {
		return l, nil, fmt.Errorf("%w: commit %d goes back from notice %d to %d", ErrChain, c.Seq, l.Through, c.Through)
	}
	f := folder{ledger: l.clone(), get: get, commit: c, items: map[ItemID]*Item{}}
	for n, e := range c.Events {
		if err := f.fold(e); err != nil {
			return l, nil, fmt.Errorf("commit %d event %d: %w", c.Seq, n, err)
		}
	}
	f.ledger.Seq, f.ledger.Through = c.Seq, c.Through
	changed := f.settle()
	return f.ledger, changed, nil
}

// folder is one run of Fold.
type folder struct {
	ledger Ledger
	get    func(ItemID) (*Item, error)
	commit *Commit
	items  map[ItemID]*Item
	order  []ItemID
	before map[ItemID]State
}

// touch returns the item to change, a copy of what stood before the commit.
func (f *folder) touch(id ItemID) (*Item, error) {
	if i, ok := f.items[id]; ok {
		return i, nil
	}
	i, err := f.get(id)
	if err != nil {
		return nil, fmt.Errorf("item %s: %w", id, err)
	}
	i = i.Clone()
	f.keep(i, i.State())
	return i, nil
}

func (f *folder) keep(i *Item, before State) {
	if f.before == nil {
		f.before = map[ItemID]State{}
	}
	f.items[i.ID], f.before[i.ID] = i, before
	f.order = append(f.order, i.ID)
}

func (f *folder) fold(e Event) error {
	switch e := e.(type) {
	case NoticeRead:
		f.ledger.Notices++
		f.ledger.Kinds[e.Kind]++
		return nil
	case RulesActivated:
		f.ledger.Rules, f.ledger.RulesSeq = e.Hash, f.commit.Seq
		return nil
	case Archived:
		f.ledger.Archived = e
		return nil
	case ItemOpened:
		return f.open(e)
	case ItemJoined:
		return f.joinItems(e)
	case NoticeSplit:
		return f.split(e)
	}
	i, err := f.touch(e.Target())
	if err != nil {
		return err
	}
	if _, joined := e.(NoticeJoined); joined {
		f.ledger.Parts++
		f.ledger.Joined++
	}
	return i.Apply(f.commit, e)
}

func (f *folder) open(e ItemOpened) error {
	if _, err := f.touch(e.Item); err == nil {
		return fmt.Errorf("item %s: %w: opened twice", e.Item, ErrState)
	}
	i := &Item{}
	if err := i.Apply(f.commit, e); err != nil {
		return err
	}
	f.keep(i, StateUnknown)
	f.ledger.Parts++
	f.ledger.Opened++
	return nil
}

// joinItems moves everything of the absorbed item to the survivor. The
// survivor is scored anew by an ItemScored in the same commit.
func (f *folder) joinItems(e ItemJoined) error {
	to, err := f.touch(e.Item)
	if err != nil {
		return err
	}
	from, err := f.touch(e.Absorbed)
	if err != nil {
		return err
	}
	switch {
	case e.Item == e.Absorbed, to.JoinedInto != "", from.JoinedInto != "":
		return fmt.Errorf("item %s: %w: cannot join %s", e.Item, ErrState, e.Absorbed)
	case from.Claim != nil && from.Claim.By != f.commit.Actor.Name:
		return fmt.Errorf("item %s: %w", e.Absorbed, ErrClaimed)
	case e.Reason == "":
		return fmt.Errorf("%w: a join needs a reason", ErrInvalid)
	}
	to.absorb(from)
	from.JoinedInto, from.Claim = to.ID, nil
	to.Version, from.Version = f.commit.Seq, f.commit.Seq
	return nil
}

// absorb takes over another item's notices, links, looks and trail. Received
// and Due become the earlier of both, so that a join never costs a child time.
func (i *Item) absorb(o *Item) {
	i.Entries = append(i.Entries, o.Entries...)
	slices.SortStableFunc(i.Entries, func(a, b Entry) int {
		if c := a.Received.Compare(b.Received); c != 0 {
			return c
		}
		return int(a.Seq) - int(b.Seq)
	})
	i.Received, i.Seq = earlier(i.Received, o.Received), min(i.Seq, o.Seq)
	if i.State() == DecidedState && o.State() != DecidedState {
		i.Due = o.Due
	} else if o.State() != DecidedState {
		i.Due = earlier(i.Due, o.Due)
	}
	for _, l := range o.Links {
		if l.To != i.ID {
			_ = i.link(l)
		}
	}
	i.Looks, i.Interims = append(i.Looks, o.Looks...), append(i.Interims, o.Interims...)
	i.Questions = append(i.Questions, o.Questions...)
	i.Decisions = append(i.Decisions, o.Decisions...)
	i.flagAll(o.Flags)
	i.Open = i.childIDs()
	i.BreachRisk, i.Overdue = false, false
}

func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// split gives a notice an item of its own, with its own first receipt. Both
// are scored anew by ItemScored events in the same commit, and never join
// again by themselves.
func (f *folder) split(e NoticeSplit) error {
	from, err := f.touch(e.Item)
	if err != nil {
		return err
	}
	entry := from.entry(e.Notice, e.Part)
	switch {
	case entry == nil:
		return fmt.Errorf("item %s: %w: notice %s", e.Item, ErrNotFound, e.Notice)
	case from.JoinedInto != "" || len(from.Entries) < 2:
		return fmt.Errorf("item %s: %w: nothing to split", e.Item, ErrState)
	case e.Reason == "":
		return fmt.Errorf("%w: a split needs a reason", ErrInvalid)
	}
	moved := *entry
	if _, err := f.touch(e.New); err == nil {
		return fmt.Errorf("item %s: %w: it exists", e.New, ErrState)
	}
	from.drop(e.Notice, e.Part)
	moved.Relation = RelationNew
	part := &Item{}
	if err := part.Apply(f.commit, ItemOpened{Item: e.New, Entry: moved}); err != nil {
		return err
	}
	part.Apart, from.Apart = append(part.Apart, from.ID), append(from.Apart, part.ID)
	from.Version = f.commit.Seq
	f.keep(part, StateUnknown)
	f.ledger.Opened++
	f.ledger.Joined--
	return nil
}

// drop takes a notice out of the item and sets the clock back to what the
// notices that stay give; ItemScored sets the due time anew.
func (i *Item) drop(n NoticeID, part int) {
	i.Entries = slices.DeleteFunc(i.Entries, func(e Entry) bool { return e.Notice == n && e.Part == part })
	i.Received, i.Seq, i.Due = i.Entries[0].Received, i.Entries[0].Seq, time.Time{}
	for _, e := range i.Entries {
		i.Received, i.Seq = earlier(i.Received, e.Received), min(i.Seq, e.Seq)
	}
	i.Children, i.Open, i.Flags = nil, []string{""}, nil
	for _, e := range i.Entries {
		i.flagAll(e.Reading.Flags)
	}
}

// settle counts the states the commit left behind and returns what changed.
func (f *folder) settle() []*Item {
	changed := make([]*Item, 0, len(f.order))
	for _, id := range f.order {
		i := f.items[id]
		if b := f.before[id]; b != StateUnknown {
			f.ledger.States[b]--
		}
		f.ledger.States[i.State()]++
		delete(f.ledger.Claims, id)
		if i.Claim != nil {
			f.ledger.Claims[id] = *i.Claim
		}
		changed = append(changed, i)
	}
	return changed
}
