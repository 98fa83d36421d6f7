package cli

import (
	"testing"

	pb "github.com/ppn-triage/ppn-triage/api/triagev1"
)

// TestKnown: a status is never shown without the day and the source it is of.
func TestKnown(t *testing.T) {
	for want, c := range map[string]*pb.Child{
		"": {Status: "none", StatusAsOf: "2026-09-01", StatusByList: true},
		"CHILD PROTECTION PLAN (case list, 2026-09-01)": {Status: "child_protection", StatusAsOf: "2026-09-01", StatusByList: true},
		"LOOKED AFTER (by a person, 2026-09-02)":        {Status: "looked_after", StatusAsOf: "2026-09-02"},
	} {
		if got := known(c); got != want {
			t.Errorf("known(%v) = %q, want %q", c, got, want)
		}
	}
}
