package daemon

import (
	"context"
	"log/slog"
	"time"

	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/duty"
	"github.com/ppn-triage/ppn-triage/triage/queue"
)

// figures are what of the queue depends on the time.
type figures struct {
	now      time.Time
	calendar *queue.Calendar

	oldest, unseen map[triage.Band]float64 // seconds
	overdue        map[triage.Band]float64
	soon, old      int
}

func newFigures(now time.Time, cal *queue.Calendar) *figures {
	return &figures{now: now, calendar: cal, oldest: map[triage.Band]float64{}, unseen: map[triage.Band]float64{}, overdue: map[triage.Band]float64{}}
}

// add counts an item of the queue with the order that it stands under.
func (f *figures) add(r triage.Row) {
	i := r.Item
	age := f.now.Sub(i.Received).Seconds()
	f.oldest[i.Band()] = max(f.oldest[i.Band()], age)
	if len(i.Looks) == 0 {
		f.unseen[i.Band()] = max(f.unseen[i.Band()], age)
	}
	if f.now.After(i.Due) {
		f.overdue[i.Band()]++
	}
	if !queue.DueOf(r.Order).After(f.calendar.RiskBound(f.now)) {
		f.soon++
	}
	if news := i.News(); news != nil && i.Override == nil && f.now.After(f.calendar.Due(triage.Blue, news.Received)) {
		f.old++
	}
}

// noneDue tells whether the order of the queue knows nothing that is due soon
// although an item must be past due, whatever its band. The one goes by what was
// stored, the other by what was received, so a clock or an order that is wrong
// shows.
func (f *figures) noneDue() bool { return f.soon == 0 && f.old > 0 }

// measureQueue reads the whole queue once for what depends on the time.
func (m *metrics) measureQueue(ctx context.Context, dr *door) error {
	f := newFigures(time.Now(), dr.calendar)
	var after *triage.Row
	for {
		_, rows, err := dr.bare.Page(ctx, 0, 1<<53-1, after, 500)
		if err != nil {
			return err
		}
		for _, r := range rows {
			f.add(r)
		}
		if len(rows) < 500 {
			break
		}
		after = &rows[len(rows)-1]
	}
	for b := triage.Blue; b <= triage.Red; b++ {
		m.unseen.WithLabelValues(dr.name, b.String()).Set(f.unseen[b])
		m.oldest.WithLabelValues(dr.name, b.String()).Set(f.oldest[b])
		m.overdue.WithLabelValues(dr.name, b.String()).Set(f.overdue[b])
	}
	m.noneDue.WithLabelValues(dr.name).Set(flag(f.noneDue()))
	if f.noneDue() {
		slog.ErrorContext(ctx, "nothing is due soon although old items wait: due times or the order of the queue are wrong", "front_door", dr.name, "old", f.old)
	}
	return nil
}

// habit watches that the forces go on sending.
func (d *Daemon) habit(dr *door) *duty.Habit {
	return &duty.Habit{
		Log: bothCopies{dr}, End: dr.store.Position, Now: time.Now,
		Tell: func(force string, last time.Time, silent bool) {
			d.gauge.lastMail.WithLabelValues(dr.name, force).Set(float64(last.Unix()))
			d.gauge.silent.WithLabelValues(dr.name, force).Set(flag(silent))
		},
	}
}

func flag(on bool) float64 {
	if on {
		return 1
	}
	return 0
}
