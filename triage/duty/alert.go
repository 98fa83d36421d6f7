package duty

import (
	"context"
	"slices"
	"time"

	"github.com/ppn-triage/ppn-triage/triage"
)

// Alert is what the desk is told at once: no name, only the item.
type Alert struct {
	Item  triage.ItemID `json:"item_id"`
	What  string        `json:"what"` // "red", "breach_risk", "overdue"
	Due   time.Time     `json:"due,omitzero"`
	Since time.Time     `json:"since"`
}

// alert tells the desk of what still cannot wait: not of an item that has left
// the queue meanwhile, nor of one for which the out-of-hours team has acted
// since its last news.
func (r *Relay) alert(ctx context.Context, c *triage.Commit, now *triage.Snapshot) (bool, error) {
	for _, a := range alerts(c) {
		i := now.Items[a.Item]
		if i == nil || !i.Queued() || silenced(i) || a.What == "red" && i.Band() != triage.Red {
			continue
		}
		if err := r.send(ctx, "desk", "alert", c.Seq, a); err != nil {
			return false, err
		}
	}
	return true, nil
}

// alerts lists what the commit says that cannot wait, once for each item. That
// new rules were applied is no news.
func alerts(c *triage.Commit) (all []Alert) {
	for _, e := range c.Events {
		a := Alert{Item: e.Target(), Since: c.At}
		switch e := e.(type) {
		case triage.ItemScored:
			if e.Score.Band != triage.Red || e.Rescore {
				continue
			}
			a.What, a.Due = "red", e.Due
		case triage.BreachRisk:
			a.What = "breach_risk"
		case triage.Overdue:
			a.What = "overdue"
		default:
			continue
		}
		same := func(o Alert) bool { return o.Item == a.Item && o.What == a.What }
		all = append(slices.DeleteFunc(all, same), a)
	}
	return all
}

// silenced tells whether the out-of-hours team has acted since the item's last
// news (policy.md, "Clock": it silences only the bell).
func silenced(i *triage.Item) bool {
	news := i.News()
	return news != nil && slices.ContainsFunc(i.Interims, func(m triage.Interim) bool { return m.At.After(news.Received) })
}
