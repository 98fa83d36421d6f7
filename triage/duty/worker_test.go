package duty

import (
	"encoding/json"
	"testing"

	"github.com/ppn-triage/ppn-triage/triage"
)

// TestAWorkerHearsOfNews: the desk is told of every item with a child that has
// a worker, when it is new, has news, or when a list names the worker; not when
// somebody works on it. The item stays in the queue.
func TestAWorkerHearsOfNews(t *testing.T) {
	d, p := newDesk(t), &post{}
	r := d.relay(p)
	heard := func(what string, want int) {
		t.Helper()
		d.step("relay", r.Step)
		if got := p.fresh(); len(got) != want {
			t.Errorf("%s: sent %v, want %d", what, got, want)
		}
	}
	id := d.take(triage.Green)
	heard("an item without a worker", 0)
	with := d.scored(id, triage.Green)
	with.Children[0].Worker, with.Rescore = "A. Worker", true
	seq := d.append("rescorer", with)
	heard("a list that names the worker", 1)
	var a Alert
	if err := json.Unmarshal(p.last["desk alert 2"], &a); err != nil || seq != 2 || a.Item != id || a.What != "allocated_worker" {
		t.Errorf("alert %+v, %v", a, err)
	}
	if s := d.item(id).State(); s != triage.Waiting {
		t.Errorf("the item is %s, want it to wait for a decision", s)
	}
	again := with
	again.Rescore = false
	d.append("ann", again)
	heard("what a person did to the item", 0)
	read, e := d.notice(2, "news")
	e.Relation = triage.RelationUpdate
	d.append("worker", read, triage.NoticeJoined{Item: id, Entry: e}, again)
	heard("news", 1)
	d.join(id, triage.RelationResend, "news", triage.Green)
	heard("the same text again", 0)
	d.append("rescorer", with)
	d.decide(id)
	heard("an item that is decided meanwhile", 0)
}
