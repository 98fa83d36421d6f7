package audit

import (
	"slices"
	"testing"

	"github.com/ppn-triage/ppn-triage/triage"
)

// TestDiffEventsMatchesByWhatTheyAreAbout: an event that is missing, or more,
// is named alone, and not everything behind it.
func TestDiffEventsMatchesByWhatTheyAreAbout(t *testing.T) {
	then := opening(1).Events
	if d := DiffEvents(then, slices.Clone(then)); d != nil {
		t.Errorf("the same events differ: %v", d)
	}
	scored := then[2].(triage.ItemScored)
	scored.Score.Points, scored.Score.Flags = 7, []string{"x"}
	id := string(scored.Item)
	for name, c := range map[string]struct {
		then, now []triage.Event
		want      []string
	}{
		"a field":          {then, []triage.Event{then[0], then[1], scored}, []string{"ItemScored of item " + id + ": Score.Points", "ItemScored of item " + id + ": Score.Flags"}},
		"one missing":      {then, []triage.Event{then[0], then[2]}, []string{"ItemOpened of item " + id + ": only then"}},
		"one more":         {then[:2], then, []string{"ItemScored of item " + id + ": only now"}},
		"another order":    {then, []triage.Event{then[1], then[0], then[2]}, nil},
		"the second alike": {[]triage.Event{scored, scored}, []triage.Event{scored, then[2]}, []string{"ItemScored of item " + id + ": Score.Points", "ItemScored of item " + id + ": Score.Flags"}},
		"another notice":   {[]triage.Event{then[0]}, []triage.Event{opening(2).Events[0]}, []string{"NoticeRead: only then", "NoticeRead: only now"}},
	} {
		var got []string
		for _, d := range DiffEvents(c.then, c.now) {
			if (d.Index < 0) != (d.Field == "only now") {
				t.Errorf("%s: %v stands at %d", name, d, d.Index)
			}
			got = append(got, d.String())
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: DiffEvents() = %q, want %q", name, got, c.want)
		}
	}
}
