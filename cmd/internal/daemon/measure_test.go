package daemon

import (
	"testing"
	"time"

	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/queue"
)

// TestNothingDueSoon: due times that are wrong show by the age of what waits, and
// a queue of new items, or one in which the old ones are due, is no alarm.
func TestNothingDueSoon(t *testing.T) {
	cal, err := queue.NewCalendar(queue.Config{})
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 9, 9, 10, 0, 0, 0, time.UTC) // a Wednesday
	row := func(band triage.Band, received, due time.Time) triage.Row {
		i := &triage.Item{
			ID: "i", Received: received, Due: due, Score: triage.Score{Band: band}, Open: []string{""},
			Entries: []triage.Entry{{Notice: "n", Received: received, Relation: triage.RelationNew}},
		}
		return triage.Row{Order: queue.KeyOf(i).Order(), Item: i}
	}
	monday := now.AddDate(0, 0, -2)
	wrong := row(triage.Green, monday, now.AddDate(0, 1, 0))
	looked := row(triage.Amber, monday, cal.Due(triage.Amber, monday))
	looked.Item.Looks = []triage.Look{{Notice: "n", By: "ann"}}
	put := row(triage.Green, monday, now.AddDate(0, 1, 0))
	put.Item.Override = &triage.Override{Band: triage.Green}
	fresh := row(triage.Blue, now.Add(-time.Hour), cal.Due(triage.Blue, now.Add(-time.Hour)))
	for name, tt := range map[string]struct {
		rows []triage.Row
		want bool
	}{
		"an empty queue":                         {nil, false},
		"new items":                              {[]triage.Row{fresh}, false},
		"an old one that is due":                 {[]triage.Row{row(triage.Blue, monday, cal.Due(triage.Blue, monday))}, false},
		"an old one with a due time of nobody's": {[]triage.Row{fresh, wrong}, true},
		"a person's own due time":                {[]triage.Row{put}, false},
		"another is due":                         {[]triage.Row{wrong, looked}, false},
	} {
		f := newFigures(now, cal)
		for _, r := range tt.rows {
			f.add(r)
		}
		if f.noneDue() != tt.want {
			t.Errorf("%s: noneDue is %t", name, f.noneDue())
		}
	}
	f := newFigures(now, cal)
	f.add(looked)
	f.add(wrong)
	if days := 48 * 3600.0; f.oldest[triage.Amber] != days || f.unseen[triage.Amber] != 0 || f.unseen[triage.Green] != days || f.overdue[triage.Amber] != 1 || f.overdue[triage.Green] != 0 {
		t.Errorf("figures are %+v", f)
	}
}
