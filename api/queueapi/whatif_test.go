package queueapi

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"time"

	"google.golang.org/grpc/codes"

	pb "github.com/ppn-triage/ppn-triage/api/triagev1"
	"github.com/ppn-triage/ppn-triage/deploy"
	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/audit"
	"github.com/ppn-triage/ppn-triage/triage/intake"
)

// TestWhatIf: a ruleset in which a high DASH is RED is tried: one item would
// rise, the others are as they are, and nothing has changed.
func TestWhatIf(t *testing.T) {
	h := newHouse(t)
	n := h.node().as("ann", "auditor")
	dash := h.open(0, "dash")
	h.open(1, "threat_to_kill")
	h.open(2, "substance_misuse")
	files := deploy.Rules()
	row, red := []byte("when: f.has('dash/high|fourteen_or_more|marac')\n        floor: AMBER"), []byte("when: f.has('dash/high|fourteen_or_more|marac')\n        floor: RED")
	if !bytes.Contains(files["policy.yaml"], row) {
		t.Fatal("policy.yaml has no such row")
	}
	files["policy.yaml"] = bytes.Replace(files["policy.yaml"], row, red, 1)
	other := must(intake.CompileAll(files))

	s, err := n.ruleset().WhatIf(n.ctx(t), &pb.WhatIfRequest{Archive: other.Bytes})
	got := all(t, s, err)
	if len(got) != 2 {
		t.Fatalf("WhatIf() = %v", got)
	}
	d, sum := got[0].GetDifference(), got[1].GetSummary()
	if d.GetItemId() != string(dash.ID) || d.GetBefore().GetBand() != pb.Band_BAND_AMBER || d.GetAfter().GetBand() != pb.Band_BAND_RED || d.GetAfter().GetRuleset() != other.Hash {
		t.Errorf("the difference is %v", d)
	}
	if sum.GetItems() != 3 || sum.GetChanged() != 1 || sum.GetRaised() != 1 || sum.GetLowered() != 0 || sum.GetAppliedPosition() != must(h.log.End(t.Context())).Commits.Last {
		t.Errorf("the summary is %v", sum)
	}
	s, err = n.ruleset().WhatIf(n.ctx(t), &pb.WhatIfRequest{Archive: other.Bytes, Filter: &pb.ItemFilter{Bands: []pb.Band{pb.Band_BAND_RED}}})
	if got := all(t, s, err); len(got) != 1 || got[0].GetSummary().GetItems() != 1 || got[0].GetSummary().GetChanged() != 0 {
		t.Errorf("of RED items alone: %v", got)
	}
	if now := h.item(dash.ID); now.Band() != triage.Amber || now.Score.Ruleset == other.Hash {
		t.Error("trying a ruleset has changed an item")
	}
	s, err = n.ruleset().WhatIf(n.ctx(t), &pb.WhatIfRequest{Archive: []byte("-- policy.yaml --\nnonsense\n")})
	if err == nil {
		_, err = s.Recv()
	}
	wantError(t, "rules with mistakes", err, codes.InvalidArgument, "INVALID")
}

// TestCheckpointGoesOn: a call whose time is up says how far it has come, and
// the next one goes on from there.
func TestCheckpointGoesOn(t *testing.T) {
	h := newHouse(t)
	n := h.node()
	h.open(0, "dash")
	d := n.doors["bradford"]
	soon, cancel := context.WithTimeout(t.Context(), inTime/2)
	defer cancel()
	none := func(*audit.World, time.Time) error { t.Error("shown too early"); return nil }
	if err := d.reached(soon, none); !errors.Is(err, triage.ErrBehind) {
		t.Errorf("without time for it: %v", err)
	}
	for k := range 2 {
		var seq uint64
		if err := d.reached(t.Context(), func(w *audit.World, _ time.Time) error { seq = w.Ledger().Seq; return nil }); err != nil || seq != uint64(k+2) {
			t.Errorf("the world of call %d stands at %d, %v", k, seq, err)
		}
		h.open(k+1, "dash")
	}
	d.running.idle.Stop()
}
