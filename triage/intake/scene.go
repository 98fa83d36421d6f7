package intake

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/link"
)

// scene is what a commit is made from: the linking records of all items that
// may concern one another, and those items that it looks at, all of one
// position of the log. The items are its own to change.
type scene struct {
	store   Store
	at      uint64
	rules   *Ruleset
	records map[triage.ItemID]link.Record
	byKey   map[string][]triage.ItemID
	items   map[triage.ItemID]*triage.Item // as the commit leaves them
	around  map[triage.ItemID]bool         // items of which all that link to them are in
	trouble error                          // of the store: no fault of the notice that met it
	change  func(*triage.Item) error       // of every item brought in; nil in daily work
}

// newScene knows every item that is found under the linking keys by its record.
// Here as in all that brings in more, triage.ErrPosition says that the store
// does not stand at the position any more.
func newScene(ctx context.Context, store Store, rs *Ruleset, at uint64, keys []string) (*scene, error) {
	s := &scene{
		store: store, at: at, rules: rs, records: map[triage.ItemID]link.Record{}, byKey: map[string][]triage.ItemID{},
		items: map[triage.ItemID]*triage.Item{}, around: map[triage.ItemID]bool{},
	}
	keys = union(keys, nil)
	found, err := s.find(ctx, keys)
	if err != nil {
		return nil, err
	}
	for _, c := range found {
		r, err := link.DecodeRecord(c.Record)
		if err != nil {
			return nil, fmt.Errorf("candidate %s: %w", c.Item, err)
		}
		s.records[c.Item] = r
		for _, n := range c.Under { // those of its keys that anybody here asks for
			s.byKey[keys[n]] = append(s.byKey[keys[n]], c.Item)
		}
	}
	return s, nil
}

func (s *scene) find(ctx context.Context, keys []string) ([]triage.Candidate, error) {
	snap, found, err := s.store.Candidates(ctx, keys)
	if err == nil && snap.Position != s.at {
		err = triage.ErrPosition
	}
	s.trouble = err
	return found, err
}

// bring brings in items as they stand at the position. Most candidates are
// never brought in: to compare them, their records are enough.
func (s *scene) bring(ctx context.Context, ids ...triage.ItemID) error {
	ids = slices.DeleteFunc(ids, func(id triage.ItemID) bool { return s.items[id] != nil || id == "" })
	if len(ids) == 0 {
		return nil
	}
	slices.Sort(ids)
	snap, err := s.store.Load(ctx, slices.Compact(ids)...)
	if err == nil && snap.Position != s.at {
		err = triage.ErrPosition
	}
	if s.trouble = err; err != nil {
		return err
	}
	for id, i := range snap.Items {
		s.items[id] = i.Clone()
		if s.change == nil {
			continue
		}
		if err := s.change(s.items[id]); err != nil {
			return err
		}
	}
	return nil
}

// gather brings in every item that a link ties to one of these, whichever of
// the two it stands on.
func (s *scene) gather(ctx context.Context, items ...*triage.Item) error {
	var ids []triage.ItemID
	var keys []string
	for _, i := range items {
		for _, l := range i.Links {
			ids = append(ids, l.To)
		}
		if !s.around[i.ID] {
			s.around[i.ID] = true
			keys = append(keys, backKey(i.ID))
		}
	}
	if len(keys) > 0 {
		found, err := s.find(ctx, keys)
		if err != nil {
			return err
		}
		for _, c := range found {
			ids = append(ids, c.Item)
		}
	}
	return s.bring(ctx, ids...)
}

// learn makes an item known under the keys that it has now.
func (s *scene) learn(i *triage.Item) {
	r := s.rules.Linker.RecordOf(i)
	s.records[i.ID] = r
	for _, k := range append(s.rules.Linker.Keys(r), titleKeys(i)...) {
		if !slices.Contains(s.byKey[k], i.ID) {
			s.byKey[k] = append(s.byKey[k], i.ID)
		}
	}
}

// candidates are the known items that share a linking key with the part.
func (s *scene) candidates(e triage.Entry) (out []link.Candidate) {
	for _, id := range s.under(keysOf(s.rules, e)) {
		out = append(out, link.Candidate{Item: id, Record: s.records[id]})
	}
	return out
}

// under lists the known items that have one of the keys, by id.
func (s *scene) under(keys []string) (ids []triage.ItemID) {
	for _, k := range keys {
		ids = append(ids, s.byKey[k]...)
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// past gathers and lists the items that a link ties to this one, whichever of
// the two it stands on.
func (s *scene) past(ctx context.Context, item *triage.Item) (past []*triage.Item, err error) {
	if err := s.gather(ctx, item); err != nil {
		return nil, err
	}
	for _, id := range slices.Sorted(maps.Keys(s.items)) {
		if o := s.items[id]; id != item.ID && (linked(item, id) || linked(o, item.ID)) {
			past = append(past, o)
		}
	}
	return past, nil
}

func linked(from *triage.Item, to triage.ItemID) bool {
	return slices.ContainsFunc(from.Links, func(l triage.Link) bool { return l.To == to })
}

// keysOf are the linking keys that a part would have as an item of its own.
func keysOf(rs *Ruleset, e triage.Entry) []string {
	return rs.Linker.Keys(rs.Linker.RecordOfEntry(e))
}

func union(a, b []string) []string {
	all := slices.Concat(a, b)
	slices.Sort(all)
	return slices.Compact(all)
}
