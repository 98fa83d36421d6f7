package seal_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/audit"
	"github.com/ppn-triage/ppn-triage/triage/redisq/redistest"
	"github.com/ppn-triage/ppn-triage/triage/seal"
)

// sealedWalk is a random log, folded as it is and sealed.
type sealedWalk struct {
	*rapid.T
	keys         *shelf
	ring         *seal.Ring
	open, sealed *audit.World
	log          []triage.Commit // sealed
}

func walkSealed(t *rapid.T, s seal.Sealer, keys *shelf) *sealedWalk {
	ctx := t.Context()
	w := &sealedWalk{T: t, keys: keys, ring: s.Ring, open: audit.NewWorld(nil), sealed: audit.NewWorld(nil)}
	walker := redistest.Walker{Model: w.open, Below: func(n int) int { return rapid.IntRange(0, n-1).Draw(t, "roll") }}
	for range rapid.IntRange(1, 25).Draw(t, "commits") {
		c, err := walker.Next(ctx)
		if err != nil {
			t.Fatal(err)
		}
		left, err := w.open.Load(ctx, c.Items()...)
		if err != nil {
			t.Fatal(err)
		}
		var items []*triage.Item
		for _, i := range left.Items {
			items = append(items, i)
		}
		out, err := s.Seal(ctx, c, items)
		if err == nil {
			_, err = w.sealed.Apply(ctx, out)
		}
		if err != nil {
			t.Fatalf("commit %d: %v", c.Seq, err)
		}
		w.log = append(w.log, out)
	}
	return w
}

// TestSealedFoldsAsOpen: any log, sealed, folds to the same ledger and the same
// items, sealed; the one made anew after keys are gone is the same bytes.
func TestSealedFoldsAsOpen(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		keys := newShelf()
		r, _, err := seal.OpenRing(t.Context(), seal.NewMaster(), keys)
		if err != nil {
			t.Fatal(err)
		}
		var lost []string
		s := seal.Sealer{Ring: r, Lost: func(name string) { lost = append(lost, name) }}
		w := walkSealed(t, s, keys)
		w.sameOpened(s)
		if len(lost) > 0 {
			t.Fatalf("keys were missed: %v", lost)
		}
		w.sameWithoutKeys()
	})
}

// sameOpened compares what was sealed and opened with what never was sealed.
func (w *sealedWalk) sameOpened(s seal.Sealer) {
	if d := cmp.Diff(w.open.Ledger(), w.sealed.Ledger(), cmpopts.EquateEmpty()); d != "" {
		w.Fatalf("the ledger:\n%s", d)
	}
	want := w.open.Items()
	for n, i := range w.sealed.Items() {
		opened, err := s.Item(w.Context(), i)
		if err != nil {
			w.Fatal(err)
		}
		if d := cmp.Diff(want[n], opened, cmpopts.EquateEmpty()); d != "" {
			w.Fatalf("item %s opened (+):\n%s", i.ID, d)
		}
	}
}

// sameWithoutKeys erases every key: the sealed log folds to the same world, and
// what is left when it is opened folds too.
func (w *sealedWalk) sameWithoutKeys() {
	ctx := w.Context()
	before, err := w.sealed.Hash()
	if err != nil {
		w.Fatal(err)
	}
	for name := range w.keys.keys {
		if err := w.ring.Erase(ctx, name); err != nil {
			w.Fatal(err)
		}
	}
	again, opened := audit.NewWorld(nil), audit.NewWorld(nil)
	if _, err := again.Apply(ctx, w.log...); err != nil {
		w.Fatalf("the log after every key was erased: %v", err)
	}
	for _, c := range w.log {
		o, err := seal.Sealer{Ring: w.ring}.Commit(ctx, c)
		if err == nil {
			_, err = opened.Apply(ctx, o)
		}
		if err != nil {
			w.Fatalf("commit %d opened after every key was erased: %v", c.Seq, err)
		}
	}
	if after, err := again.Hash(); err != nil || after != before {
		w.Errorf("the world after every key was erased is another, %v", err)
	}
}
