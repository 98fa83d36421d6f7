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
	What  string        `json:"what"` // "red", "breach_risk", "overdue", "allocated_worker"
	Due   time.Time     `json:"due,omitzero"`
	Since time.Time     `json:"since"`
}

// alert tells the desk of what still cannot wait: not of an item that has left
// the queue meanwhile, nor of one for which the out-of-hours team has acted
// since its last news.
func (r *Relay) alert(ctx context.Context, c *triage.Commit, now *triage.Snapshot) (bool, error) {
	for _, a := range alerts(c) {
		i := now.Items[a.Item]
		if i == nil || !i.Queued() || a.What != "allocated_worker" && silenced(i) || a.What == "red" && i.Band() != triage.Red {
			continue
		}
		if err := r.send(ctx, "desk", "alert", c.Seq, a); err != nil {
			return false, err
		}
	}
	return true, nil
}

// alerts lists what the commit says that cannot wait, once for each item. That
// new rules were applied is no news, but where they raise an item to RED.
func alerts(c *triage.Commit) (all []Alert) {
	news := map[triage.ItemID]bool{}
	tell := func(what string, e triage.Event, due time.Time) {
		a := Alert{Item: e.Target(), What: what, Due: due, Since: c.At}
		same := func(o Alert) bool { return o.Item == a.Item && o.What == what }
		all = append(slices.DeleteFunc(all, same), a)
	}
	for _, e := range c.Events {
		switch e := e.(type) {
		case triage.ItemOpened, triage.NoticeJoined:
			news[e.Target()] = true
		case triage.ItemScored:
			if e.Score.Band == triage.Red && (!e.Rescore || e.Raised) {
				tell("red", e, e.Due)
			}
			if allocated(e.Children) && (news[e.Item] || e.Rescore) {
				tell("allocated_worker", e, e.Due)
			}
		case triage.BreachRisk:
			tell("breach_risk", e, time.Time{})
		case triage.Overdue:
			tell("overdue", e, time.Time{})
		}
	}
	return all
}

// allocated tells whether a child has a worker by the case list, who must hear
// of news. A list or rules that are applied anew tell again at worst: whether
// the worker knows is not in the log.
func allocated(children []triage.Child) bool {
	return slices.ContainsFunc(children, func(c triage.Child) bool { return c.Worker != "" })
}

// silenced tells whether the out-of-hours team has acted since the item's last
// news (policy.md, "Clock": it silences only the bell).
func silenced(i *triage.Item) bool {
	news := i.News()
	return news != nil && slices.ContainsFunc(i.Interims, func(m triage.Interim) bool { return m.At.After(news.Received) })
}
