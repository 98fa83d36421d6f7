package intake

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/link"
)

// scene is what a commit is made from: the items that may concern one another,
// with their linking records, all of one position of the log. The items are
// its own to change.
type scene struct {
	rules   *Ruleset
	records map[triage.ItemID]link.Record
	byKey   map[string][]triage.ItemID
	items   map[triage.ItemID]*triage.Item // as the commit leaves them
}

// newScene brings in every item that is found under the linking keys, and the
// items those are linked to. It returns triage.ErrPosition unless the store
// stands at the position all along.
func newScene(ctx context.Context, store Store, rs *Ruleset, at uint64, keys []string) (*scene, error) {
	s := &scene{
		rules: rs, records: map[triage.ItemID]link.Record{}, byKey: map[string][]triage.ItemID{},
		items: map[triage.ItemID]*triage.Item{},
	}
	snap, found, err := store.Candidates(ctx, union(keys, nil))
	if err != nil {
		return nil, err
	}
	if snap.Position != at {
		return nil, triage.ErrPosition
	}
	var ids []triage.ItemID
	for _, c := range found {
		r, err := link.DecodeRecord(c.Record)
		if err != nil {
			return nil, fmt.Errorf("candidate %s: %w", c.Item, err)
		}
		s.learn(r)
		ids = append(ids, c.Item)
	}
	linked, err := s.load(ctx, store, at, ids)
	if err != nil {
		return nil, err
	}
	_, err = s.load(ctx, store, at, linked)
	return s, err
}

// load brings in items as they stand at the position, and returns the ids of
// those that they are linked to and that are not in yet: history needs them.
func (s *scene) load(ctx context.Context, store Store, at uint64, ids []triage.ItemID) (linked []triage.ItemID, err error) {
	if len(ids) == 0 {
		return nil, nil
	}
	snap, err := store.Load(ctx, ids...)
	if err != nil {
		return nil, err
	}
	if snap.Position != at {
		return nil, triage.ErrPosition
	}
	for id, i := range snap.Items {
		s.items[id] = i.Clone()
	}
	for _, i := range snap.Items {
		for _, l := range i.Links {
			if s.items[l.To] == nil {
				linked = append(linked, l.To)
			}
		}
	}
	return linked, nil
}

// learn makes an item known under its keys.
func (s *scene) learn(r link.Record) {
	s.records[r.Item] = r
	for _, k := range s.rules.Linker.Keys(r) {
		if !slices.Contains(s.byKey[k], r.Item) {
			s.byKey[k] = append(s.byKey[k], r.Item)
		}
	}
}

// candidates are the known items that share a linking key with the part.
func (s *scene) candidates(e triage.Entry) (out []link.Candidate) {
	var ids []triage.ItemID
	for _, k := range keysOf(s.rules, e) {
		ids = append(ids, s.byKey[k]...)
	}
	slices.Sort(ids)
	for _, id := range slices.Compact(ids) {
		out = append(out, link.Candidate{Item: id, Record: s.records[id]})
	}
	return out
}

// past lists the items that a link ties to this one, whichever of the two it
// stands on.
func (s *scene) past(item *triage.Item) (past []*triage.Item) {
	for _, id := range slices.Sorted(maps.Keys(s.items)) {
		if o := s.items[id]; id != item.ID && (linked(item, id) || linked(o, item.ID)) {
			past = append(past, o)
		}
	}
	return past
}

func linked(from *triage.Item, to triage.ItemID) bool {
	return slices.ContainsFunc(from.Links, func(l triage.Link) bool { return l.To == to })
}

// keysOf are the linking keys that a part would have as an item of its own.
func keysOf(rs *Ruleset, e triage.Entry) []string {
	return rs.Linker.Keys(rs.Linker.RecordOfEntry(e))
}

// Index is what the store keeps of an item for linking: its record and the
// plain keys it is found under.
func (rs *Ruleset) Index(i *triage.Item) (record []byte, keys []string, err error) {
	r := rs.Linker.RecordOf(i)
	record, err = r.Encode()
	return record, rs.Linker.Keys(r), err
}

func union(a, b []string) []string {
	all := slices.Concat(a, b)
	slices.Sort(all)
	return slices.Compact(all)
}
