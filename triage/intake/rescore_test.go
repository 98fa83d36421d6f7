package intake

import (
	"bytes"
	"context"
	"testing"
	"time"

	"github.com/ppn-triage/ppn-triage/deploy"
	"github.com/ppn-triage/ppn-triage/triage"
)

// otherRules are the default ones but for two rows: high_dash is RED, and a
// threat to kill weighs as little as nothing.
func otherRules(t *testing.T) *Ruleset {
	t.Helper()
	files := deploy.Rules()
	policy := files["policy.yaml"]
	for _, edit := range [][2]string{
		{"when: f.has('dash/high|fourteen_or_more|marac')\n        floor: AMBER", "when: f.has('dash/high|fourteen_or_more|marac')\n        floor: RED"},
		{"when: \"true\"\n        floor: RED\n        weight: 85\n        fires: {child: 10y, facts: [threat_to_kill", "when: \"true\"\n        floor: none\n        weight: 1\n        fires: {child: 10y, facts: [threat_to_kill"},
	} {
		if !bytes.Contains(policy, []byte(edit[0])) {
			t.Fatalf("policy.yaml has no %q", edit[0])
		}
		policy = bytes.Replace(policy, []byte(edit[0]), []byte(edit[1]), 1)
	}
	files["policy.yaml"] = policy
	return must(CompileAll(files))
}

// TestRescorer: by other rules a band may rise; a lower one is only proposed.
// Every item is scored once by them, whatever is cut off between.
func TestRescorer(t *testing.T) {
	d := newDesk(t)
	var up, down, held *triage.Item
	up, down = d.take(d.entry(family(0), "dash")), d.take(d.entry(family(1), "threat_to_kill"))
	held = d.take(d.entry(family(2), "dash"))
	decided := d.take(d.entry(family(3), "dash"))
	d.decide(decided.ID)
	d.plain(triage.Claimed{Item: held.ID, Token: d.world.Ledger().Seq + 1, Until: d.now.Add(time.Hour)})
	other := otherRules(t)
	d.plain(triage.RulesActivated{Hash: other.Hash, Bytes: other.Bytes})
	rescorer := func() *Rescorer {
		return &Rescorer{
			Book: d.book(), Scorer: Scorer{Calendar: calendar()}, Now: func() time.Time { return d.now },
			Rules: func(context.Context, triage.Ledger) (*Ruleset, error) { return other, nil },
			Orders: func(context.Context) (map[triage.ItemID]uint64, error) {
				orders := map[triage.ItemID]uint64{}
				for _, i := range d.world.Items() {
					if i.Queued() {
						orders[i.ID] = 0
					}
				}
				return orders, nil
			},
		}
	}
	before := d.world.Ledger().Seq
	for range 3 { // the second and third are nodes that come later
		r := rescorer()
		for more := true; more; {
			var err error
			if more, err = r.Step(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
	if after := d.world.Ledger().Seq; after != before+1 {
		t.Errorf("three items were scored anew in %d commits, want 1", after-before)
	}
	for _, i := range []*triage.Item{up, held} {
		if got := d.item(i.ID); got.Band() != triage.Red || !got.Due.Equal(calendar().Raise(i.Due, triage.Red, d.now)) || got.Score.Ruleset != other.Hash {
			t.Errorf("an item that other rules raise is %s, due %s", got.Band(), got.Due)
		}
	}
	for _, e := range commits(t, d.log)[before].Events {
		if s, ok := e.(triage.ItemScored); !ok || !s.Rescore || s.Raised != (s.Item != down.ID) {
			t.Errorf("%T of %s is marked as raised wrongly: the bell hangs on it", e, e.Target())
		}
	}
	got := d.item(down.ID)
	if got.Band() != triage.Red || !got.Due.Equal(down.Due) || got.Proposed == nil || got.Proposed.Band >= triage.Red || got.Proposed.Ruleset != other.Hash {
		t.Errorf("an item that other rules lower is %s, due %s, proposed %+v", got.Band(), got.Due, got.Proposed)
	}
	if i := d.item(decided.ID); i.State() != triage.DecidedState || i.Score.Ruleset == other.Hash {
		t.Error("a decided item was scored anew")
	}
	d.check(t, int(d.seq))
}
