package triage

import (
	"fmt"
	"maps"
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
	Cases    CaseList // the case list in force
	Loading  CaseList // one of which not every part has come
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
// ledger's position, that takes in other notices than the next ones or says so,
// or an event that its item refuses, changes nothing.
//
// The queue in Redis, the API's checks and the audit's replay all go through
// Fold, so there is one way to understand the log.
func Fold(l Ledger, get func(ItemID) (*Item, error), c *Commit) (Ledger, []*Item, error) {
	if c.Seq != l.Seq+1 {
		return l, nil, fmt.Errorf("%w: commit %d after %d", ErrChain, c.Seq, l.Seq)
	}
	f := folder{ledger: l.clone(), get: get, commit: c, items: map[ItemID]*Item{}}
	for n, e := range c.Events {
		if err := f.fold(e); err != nil {
			return l, nil, fmt.Errorf("commit %d event %d: %w", c.Seq, n, err)
		}
	}
	if f.ledger.Through != c.Through {
		return l, nil, fmt.Errorf("%w: commit %d says that it takes in notices up to %d, they go up to %d", ErrChain, c.Seq, c.Through, f.ledger.Through)
	}
	f.ledger.Seq = c.Seq
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
		if e.Seq != f.ledger.Through+1 {
			return fmt.Errorf("%w: notice %d comes after notice %d", ErrChain, e.Seq, f.ledger.Through)
		}
		f.ledger.Through = e.Seq
		f.ledger.Notices++
		f.ledger.Kinds[e.Kind]++
		return nil
	case RulesActivated:
		f.ledger.Rules, f.ledger.RulesSeq = e.Hash, f.commit.Seq
		return nil
	case Archived:
		f.ledger.Archived = e
		return nil
	case CaseRows:
		return f.ledger.take(f.commit.Seq, e)
	case Erased:
		if e.Item == "" { // an automatic mail, which stands in no item
			return nil
		}
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

// settle counts the states the commit left behind and returns what changed.
func (f *folder) settle() []*Item {
	changed := make([]*Item, 0, len(f.order))
	for _, id := range f.order {
		i := f.items[id]
		i.Touched = f.commit.Seq
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
