// Package audit folds the log into the world it describes, in memory, and
// compares worlds.
//
// Commits come in, in log order; items, counts and differences go out. It is
// pure: the same log gives the same world. The daemon's queue in Redis is the
// same fold (triage.Fold), so a World is also the model that the queue is
// tested against, and the store of tools that run without servers.
package audit

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/ppn-triage/ppn-triage/triage"
)

// Index is an item's linking record and the plain keys it is found under.
type Index func(*triage.Item) (record []byte, keys []string, err error)

// World is what a log has come to. It is safe for concurrent use. Items that
// it hands out must not be changed.
type World struct {
	lock    sync.RWMutex
	index   Index // nil: no linking
	ledger  triage.Ledger
	items   map[triage.ItemID]*triage.Item
	records map[triage.ItemID]record
	byKey   map[string]map[triage.ItemID]bool
}

type record struct {
	data []byte
	keys []string
}

// NewWorld returns the world of an empty log. index may be nil where nothing
// is linked.
func NewWorld(index Index) *World {
	return &World{
		index: index, items: map[triage.ItemID]*triage.Item{},
		records: map[triage.ItemID]record{}, byKey: map[string]map[triage.ItemID]bool{},
	}
}

// Position returns the last commit folded.
func (w *World) Position(context.Context) (uint64, error) {
	w.lock.RLock()
	defer w.lock.RUnlock()
	return w.ledger.Seq, nil
}

// Ledger returns the counts.
func (w *World) Ledger() triage.Ledger {
	w.lock.RLock()
	defer w.lock.RUnlock()
	return w.ledger
}

// Items returns every item, in the order of their ids.
func (w *World) Items() []*triage.Item {
	w.lock.RLock()
	defer w.lock.RUnlock()
	all := make([]*triage.Item, 0, len(w.items))
	for _, i := range w.items {
		all = append(all, i)
	}
	slices.SortFunc(all, func(a, b *triage.Item) int { return cmp.Compare(a.ID, b.ID) })
	return all
}

// Load returns the ledger and the items asked for that exist.
func (w *World) Load(_ context.Context, ids ...triage.ItemID) (*triage.Snapshot, error) {
	w.lock.RLock()
	defer w.lock.RUnlock()
	snap := w.snapshot()
	for _, id := range ids {
		if i, ok := w.items[id]; ok {
			snap.Items[id] = i
		}
	}
	return snap, nil
}

func (w *World) snapshot() *triage.Snapshot {
	return &triage.Snapshot{Position: w.ledger.Seq, Ledger: w.ledger, Items: map[triage.ItemID]*triage.Item{}}
}

// Candidates returns every item that shares one of the linking keys, by id.
func (w *World) Candidates(_ context.Context, keys []string) (*triage.Snapshot, []triage.Candidate, error) {
	w.lock.RLock()
	defer w.lock.RUnlock()
	found := map[triage.ItemID][]int{}
	for n, k := range keys {
		for id := range w.byKey[k] {
			found[id] = append(found[id], n)
		}
	}
	out := make([]triage.Candidate, 0, len(found))
	for id, under := range found {
		out = append(out, triage.Candidate{Item: id, Record: w.records[id].data, Under: under})
	}
	slices.SortFunc(out, func(a, b triage.Candidate) int { return cmp.Compare(a.Item, b.Item) })
	return w.snapshot(), out, nil
}

// Preview returns the items as a commit would leave them.
func (w *World) Preview(_ context.Context, c triage.Commit) ([]*triage.Item, error) {
	w.lock.RLock()
	defer w.lock.RUnlock()
	if err := w.follows(&c); err != nil {
		return nil, err
	}
	_, changed, err := triage.Fold(w.ledger, w.get, &c)
	return changed, err
}

// Apply folds commits that follow the world's position and returns the items as
// they leave them, each once. A commit that is refused changes nothing; those
// before it stand.
func (w *World) Apply(_ context.Context, commits ...triage.Commit) ([]*triage.Item, error) {
	w.lock.Lock()
	defer w.lock.Unlock()
	var order []triage.ItemID
	latest := map[triage.ItemID]*triage.Item{}
	for n := range commits {
		changed, err := w.apply(&commits[n])
		if err != nil {
			return nil, err
		}
		for _, i := range changed {
			if latest[i.ID] == nil {
				order = append(order, i.ID)
			}
			latest[i.ID] = i
		}
	}
	all := make([]*triage.Item, len(order))
	for n, id := range order {
		all[n] = latest[id]
	}
	return all, nil
}

func (w *World) apply(c *triage.Commit) ([]*triage.Item, error) {
	if err := w.follows(c); err != nil {
		return nil, err
	}
	ledger, changed, err := triage.Fold(w.ledger, w.get, c)
	if err != nil {
		return nil, err
	}
	records := make([]record, len(changed))
	for n, i := range changed {
		if records[n], err = w.record(i); err != nil {
			return nil, err
		}
	}
	w.ledger = ledger
	for n, i := range changed {
		w.items[i.ID] = i
		w.learn(i.ID, records[n])
	}
	return changed, nil
}

// follows refuses a commit that is made for another position.
func (w *World) follows(c *triage.Commit) error {
	if c.Seq != w.ledger.Seq+1 {
		return fmt.Errorf("%w: the world stands at %d, the commit is %d", triage.ErrPosition, w.ledger.Seq, c.Seq)
	}
	return nil
}

func (w *World) get(id triage.ItemID) (*triage.Item, error) {
	if i, ok := w.items[id]; ok {
		return i, nil
	}
	return nil, triage.ErrNotFound
}

func (w *World) record(i *triage.Item) (r record, err error) {
	if w.index == nil {
		return r, nil
	}
	if r.data, r.keys, err = w.index(i); err != nil {
		return r, fmt.Errorf("index item %s: %w", i.ID, err)
	}
	return r, nil
}

func (w *World) learn(id triage.ItemID, r record) {
	for _, k := range w.records[id].keys {
		delete(w.byKey[k], id)
	}
	for _, k := range r.keys {
		if w.byKey[k] == nil {
			w.byKey[k] = map[triage.ItemID]bool{}
		}
		w.byKey[k][id] = true
	}
	w.records[id] = r
}
