package duty

import (
	"context"
	"testing"
	"time"

	"github.com/ppn-triage/ppn-triage/triage"
)

// TestAForceFallsSilent: a force that sends in office hours is not told for its
// nights and weekends, and is when a working day goes by without a mail; one that
// sends once in a while never is. A new start knows what the old one did.
func TestAForceFallsSilent(t *testing.T) {
	d := newDesk(t)
	told := map[string]bool{}
	habit := func() *Habit {
		return &Habit{
			Log: d.log, Now: func() time.Time { return d.now },
			End:  func(ctx context.Context) (uint64, error) { return d.world.Ledger().Seq, nil },
			Tell: func(force string, _ time.Time, silent bool) { told[force] = silent },
		}
	}
	h := habit()
	look := func() bool {
		t.Helper()
		for d.step("habit", h.Step) {
		}
		return told["wyp"] || told["rare"]
	}
	mail := func(force string, kind triage.LetterKind) {
		d.append("worker", triage.NoticeRead{Seq: d.world.Ledger().Through + 1, Kind: kind, Force: force, StreamTime: d.now})
	}
	mail("rare", triage.LetterNotice)
	for day := range 40 {
		d.now = monday.AddDate(0, 0, day)
		weekend := d.now.Weekday() == time.Saturday || d.now.Weekday() == time.Sunday
		for range 9 {
			if !weekend {
				mail("wyp", triage.LetterNotice)
			}
			mail("canary", triage.LetterCanary)
			if look() {
				t.Fatalf("silent at %s: %v", d.now, told)
			}
			d.now = d.now.Add(time.Hour)
		}
	}
	// The last mail came on a Friday at 16:00; the longest silence is a weekend of 64 hours.
	last := d.now.Add(-time.Hour)
	if last.Weekday() != time.Friday {
		t.Fatalf("the last mail came on a %s", last.Weekday())
	}
	d.now = last.Add(95 * time.Hour)
	if look() {
		t.Errorf("silent after 95 hours: %v", told)
	}
	d.now = last.Add(97 * time.Hour)
	if !look() || !told["wyp"] || told["rare"] {
		t.Errorf("after 97 hours: %v, want wyp silent and the rare one not", told)
	}
	if _, ok := told["canary"]; ok {
		t.Error("the canary is a force")
	}
	h, told = habit(), map[string]bool{}
	if !look() {
		t.Errorf("after a new start: %v", told)
	}
	if _, ok := told["rare"]; ok {
		t.Error("a new start has read beyond the time of habits")
	}
	mail("wyp", triage.LetterNotice)
	if look() {
		t.Errorf("silent although a mail came: %v", told)
	}
}
