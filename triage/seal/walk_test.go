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

// TestSealedFoldsAsOpen: any log, sealed, folds to the same ledger and the same
// items, sealed; the one made anew after keys are gone is the same bytes.
func TestSealedFoldsAsOpen(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ctx, keys := t.Context(), newShelf()
		r, _, err := seal.OpenRing(ctx, seal.NewMaster(), keys)
		if err != nil {
			t.Fatal(err)
		}
		var lost []string
		s := seal.Sealer{Ring: r, Lost: func(name string) { lost = append(lost, name) }}
		open, sealed := audit.NewWorld(nil), audit.NewWorld(nil)
		walker := redistest.Walker{Model: open, Below: func(n int) int { return rapid.IntRange(0, n-1).Draw(t, "roll") }}
		var log []triage.Commit
		for range rapid.IntRange(1, 25).Draw(t, "commits") {
			c, err := walker.Next(ctx)
			if err != nil {
				t.Fatal(err)
			}
			left, err := open.Load(ctx, c.Items()...)
			if err != nil {
				t.Fatal(err)
			}
			var items []*triage.Item
			for _, i := range left.Items {
				items = append(items, i)
			}
			out, err := s.Seal(ctx, c, items)
			if err == nil {
				_, err = sealed.Apply(ctx, out)
			}
			if err != nil {
				t.Fatalf("commit %d: %v", c.Seq, err)
			}
			log = append(log, out)
		}
		if d := cmp.Diff(open.Ledger(), sealed.Ledger(), cmpopts.EquateEmpty()); d != "" {
			t.Fatalf("the ledger:\n%s", d)
		}
		want := open.Items()
		for n, i := range sealed.Items() {
			opened, err := s.Item(ctx, i)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(want[n], opened, cmpopts.EquateEmpty()); d != "" {
				t.Fatalf("item %s opened (+):\n%s", i.ID, d)
			}
		}
		if len(lost) > 0 {
			t.Fatalf("keys were missed: %v", lost)
		}
		before, err := sealed.Hash()
		if err != nil {
			t.Fatal(err)
		}
		for name := range keys.keys {
			if err := r.Erase(ctx, name); err != nil {
				t.Fatal(err)
			}
		}
		again := audit.NewWorld(nil)
		if _, err := again.Apply(ctx, log...); err != nil {
			t.Fatalf("the log after every key was erased: %v", err)
		}
		opened := audit.NewWorld(nil)
		for _, c := range log {
			o, err := seal.Sealer{Ring: r}.Commit(ctx, c)
			if err == nil {
				_, err = opened.Apply(ctx, o)
			}
			if err != nil {
				t.Fatalf("commit %d opened after every key was erased: %v", c.Seq, err)
			}
		}
		if after, err := again.Hash(); err != nil || after != before {
			t.Errorf("the world after every key was erased is another, %v", err)
		}
	})
}
