package cli

import (
	"testing"
	"time"

	pb "github.com/ppn-triage/ppn-triage/api/triagev1"
)

// TestKnown: a status is never shown without the day and the source it is of,
// and on the item's page with how long ago that is.
func TestKnown(t *testing.T) {
	s := Screen{Now: time.Date(2026, 9, 4, 10, 0, 0, 0, time.UTC)}
	for want, c := range map[string]*pb.Child{
		"": {Status: "none", StatusAsOf: "2026-09-01", StatusByList: true},
		"CHILD PROTECTION PLAN (case list, 2026-09-01, 3 days old)": {Status: "child_protection", StatusAsOf: "2026-09-01", StatusByList: true},
		"LOOKED AFTER (by a person, 2026-09-04)":                    {Status: "looked_after", StatusAsOf: "2026-09-04"},
	} {
		if got := s.known(c); got != want {
			t.Errorf("known(%v) = %q, want %q", c, got, want)
		}
	}
	for want, c := range map[string]*pb.ChildSummary{
		"":                                       {Status: "none", StatusAsOf: "2026-09-01"},
		"child protection plan as of 2026-09-01": {Status: "child_protection", StatusAsOf: "2026-09-01"},
	} {
		if got := standing(c); got != want {
			t.Errorf("standing(%v) = %q, want %q", c, got, want)
		}
	}
}
