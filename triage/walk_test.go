package triage_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/audit"
	"github.com/ppn-triage/ppn-triage/triage/redisq/redistest"
	"github.com/ppn-triage/ppn-triage/triage/wire"
)

// TestWalk holds after every commit of any log what must always hold of items
// and counts (design, section 4).
func TestWalk(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		world := audit.NewWorld(nil)
		walker := redistest.Walker{Model: world, Below: func(n int) int { return rapid.IntRange(0, n-1).Draw(t, "roll") }}
		for range rapid.IntRange(1, 30).Draw(t, "commits") {
			before := snapshots(t, world)
			c, err := walker.Next(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for _, old := range before {
				if d := cmp.Diff(old.copy, old.item, cmpopts.EquateEmpty()); d != "" {
					t.Fatalf("commit %d changed an item that it was given in place:\n%s", c.Seq, d)
				}
			}
			holds(t, world, c)
		}
	})
}

type snapshot struct{ item, copy *triage.Item }

// snapshots keeps each item beside a copy made through its encoding, which
// shares nothing with it.
func snapshots(t *rapid.T, w *audit.World) (all []snapshot) {
	for _, i := range w.Items() {
		b, err := wire.EncodeItem(i)
		if err != nil {
			t.Fatal(err)
		}
		c, err := wire.DecodeItem(b)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, snapshot{i, c})
	}
	return all
}

func holds(t *rapid.T, w *audit.World, c triage.Commit) {
	l := w.Ledger()
	if err := l.Check(); err != nil {
		t.Fatalf("after commit %d: %v", c.Seq, err)
	}
	var parts uint64
	claims := map[triage.ItemID]triage.Claim{}
	for _, i := range w.Items() {
		if i.JoinedInto == "" {
			parts += uint64(len(i.Entries))
		}
		if i.Claim != nil {
			claims[i.ID] = *i.Claim
		}
		if touched := slices.Contains(c.Items(), i.ID); touched != (i.Touched == c.Seq) {
			t.Fatalf("commit %d names item %s: %t, but the item was touched last at %d", c.Seq, i.ID, touched, i.Touched)
		}
		if why := unsound(i); why != "" {
			t.Fatalf("after commit %d item %s: %s", c.Seq, i.ID, why)
		}
	}
	if parts != l.Parts {
		t.Fatalf("after commit %d: %d parts stand in items, %d were taken in", c.Seq, parts, l.Parts)
	}
	if d := cmp.Diff(l.Claims, claims, cmpopts.EquateEmpty()); d != "" {
		t.Fatalf("after commit %d the ledger's claims (-) are not the items' (+):\n%s", c.Seq, d)
	}
}

// unsound names what an item holds that it must not.
func unsound(i *triage.Item) string {
	ids := []string{""}
	for n, c := range i.Children {
		if n == 0 {
			ids = nil
		}
		if slices.Contains(ids, c.ID) {
			return "two children have one id"
		}
		ids = append(ids, c.ID)
		for _, m := range c.From {
			if m.Entry >= len(i.Entries) || m.Person >= len(i.Entries[m.Entry].Reading.People) {
				return "a child is mentioned by nobody"
			}
		}
	}
	for _, o := range i.Open {
		if !slices.Contains(ids, o) {
			return "a decision is awaited on a child that is none of its own"
		}
	}
	switch {
	case i.Claim != nil && !i.Queued():
		return "it is held but not in the queue"
	case i.JoinedInto == "" && i.State() != triage.StruckState && len(i.Open) > 0 != i.Queued():
		return "it is in the queue exactly if a decision is awaited"
	case !slices.IsSorted(i.Flags):
		return "its flags are not sorted"
	}
	return ""
}
