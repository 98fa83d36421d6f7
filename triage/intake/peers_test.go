package intake

import (
	"context"
	"fmt"
	"maps"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/ppn-triage/ppn-triage/deploy"
	"github.com/ppn-triage/ppn-triage/triage"
)

// TestRulesReloadedUnderLoad (Rspamd #1880, OPA #2365: what was under way during
// a reload was judged by a mixture, or twice). While two workers take in mails,
// two rulesets take turns, each time between a worker's look at the rules and its
// commit: every score is by the rules that were in force in the log at its place,
// and every mail is taken in once.
func TestRulesReloadedUnderLoad(t *testing.T) {
	const all = 60
	files := maps.Clone(deploy.Rules())
	files["policy.yaml"] = append([]byte("# another\n"), files["policy.yaml"]...)
	turns := []*Ruleset{defaults(), must(CompileAll(files))}
	sets := map[string]*Ruleset{turns[0].Hash: turns[0], turns[1].Hash: turns[1]}
	w := newTown(mails(0, all)...)
	w.mails.atMost = 3
	activate := func(n int64) {
		_, _, err := w.book().Append(t.Context(), 1000, func(ctx context.Context, at uint64) (*triage.Commit, error) {
			snap, err := w.world.Load(ctx)
			if err != nil || snap.Position != at {
				return nil, triage.ErrPosition
			}
			return &triage.Commit{
				ID: fmt.Sprint("rules-", n), At: monday, Through: snap.Ledger.Through,
				Events: []triage.Event{triage.RulesActivated{Hash: turns[n%2].Hash}},
			}, nil
		})
		if err != nil {
			t.Error(err)
		}
	}
	activate(0)
	var looks atomic.Int64
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			worker := w.worker(w.book())
			worker.Rules = func(_ context.Context, l triage.Ledger) (*Ruleset, error) {
				if n := looks.Add(1); n%3 == 0 {
					activate(n / 3)
				}
				return sets[l.Rules], nil
			}
			for w.world.Ledger().Through < all {
				_, _ = worker.Step(t.Context()) // one of the two may lose every race
			}
		})
	}
	wg.Wait()
	inForce, by := "", map[string]int{}
	for _, c := range commits(t, w.log) {
		for _, e := range c.Events {
			switch e := e.(type) {
			case triage.RulesActivated:
				inForce = e.Hash
			case triage.ItemScored:
				by[e.Score.Ruleset]++
				if e.Score.Ruleset != inForce {
					t.Errorf("commit %d is scored by %.8s while %.8s is in force", c.Seq, e.Score.Ruleset, inForce)
				}
			}
		}
	}
	if len(by) != 2 {
		t.Errorf("scores by ruleset: %v; the rules never changed under way", by)
	}
	w.check(t, all)
}
