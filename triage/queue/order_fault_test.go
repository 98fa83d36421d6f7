package queue

import (
	"testing"
	"time"

	"github.com/ppn-triage/ppn-triage/triage"
)

// TestMorePointsStandFirst among items of one tier that are due at the same
// second.
func TestMorePointsStandFirst(t *testing.T) {
	due := time.Date(2026, 9, 14, 17, 0, 0, 0, time.UTC)
	more, fewer := Key{Band: triage.Amber, Due: due, Points: 5100, Seq: 2}, Key{Band: triage.Amber, Due: due, Points: 5099, Seq: 1}
	if more.Order() >= fewer.Order() {
		t.Errorf("Order() of 51.00 points = %d, of 50.99 points %d: want it lower", more.Order(), fewer.Order())
	}
}
