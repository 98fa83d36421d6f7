package duty

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ppn-triage/ppn-triage/triage"
)

// night is a desk out of hours with three places to call.
type night struct {
	*desk
	lock  sync.Mutex
	calls []string // "19:00 first <item>", what went out
	down  map[string]bool
	waits int
}

// newNight begins on Monday at 20:00 in Bradford.
func newNight(t *testing.T) *night {
	n := &night{desk: newDesk(t), down: map[string]bool{}}
	n.now = monday.Add(11 * time.Hour)
	return n
}

func (n *night) bell() *Bell {
	b := &Bell{
		Book: n.book, Queue: n.desk, Calendar: n.cal, Stamp: n.stamp(), FrontDoor: "bradford", After: 15 * time.Minute,
		Waits: func(items int) { n.waits = items }, Rang: func(string, error) {},
	}
	for _, name := range []string{"first", "second", "manager"} {
		b.Places = append(b.Places, Place{Name: name, Ring: func(_ context.Context, c Call) error {
			n.lock.Lock()
			defer n.lock.Unlock()
			if n.down[name] {
				return errFault
			}
			n.calls = append(n.calls, fmt.Sprintf("%s %s %s", n.now.Format("15:04"), name, c.Item))
			return nil
		}})
	}
	return b
}

// until steps the bells every minute, in turn, and returns who was called when.
func (n *night) until(end time.Time, bells ...*Bell) (calls []string) {
	n.Helper()
	for n.calls = nil; n.now.Before(end); n.now = n.now.Add(time.Minute) {
		for _, b := range bells {
			for n.step("bell", b.Step) {
			}
		}
	}
	for _, c := range n.calls {
		calls = append(calls, strings.Join(strings.Fields(c)[:2], " "))
	}
	return calls
}

func (n *night) want(what string, got []string, want ...string) {
	n.Helper()
	if !slices.Equal(got, want) {
		n.Errorf("%s: called %q, want %q", what, got, want)
	}
}

// TestTheBellGoesOn until somebody sees to it: the first at once, the next after
// a quarter of an hour, then the manager again and again; two nodes call once, a
// restart goes on, and every call and its outcome is in the log.
func TestTheBellGoesOn(t *testing.T) {
	n := newNight(t)
	id := n.take(triage.Red)
	n.take(triage.Amber)
	begin := n.now
	n.want("two nodes", n.until(begin.Add(20*time.Minute), n.bell(), n.bell()), "19:00 first", "19:15 second")
	n.want("after a restart", n.until(begin.Add(61*time.Minute), n.bell(), n.bell()), "19:30 manager", "19:45 manager", "20:00 manager")
	if rung := slices.DeleteFunc(n.since(0), func(e string) bool { return e != "triage.BellRung "+string(id) }); len(rung) != 10 || n.waits != 1 {
		t.Errorf("%d events of 5 calls, want each call and its outcome; %d items wait, want 1", len(rung), n.waits)
	}
	if b := n.item(id).Bell; b.Calls != 5 || b.To != "manager" || b.Outcome != triage.BellSent {
		t.Errorf("the bell is %+v", b)
	}
	n.append("night", triage.BellAnswered{Item: id, Notice: n.item(id).News().Notice})
	n.want("answered", n.until(begin.Add(3*time.Hour), n.bell()))
	if n.waits != 0 {
		t.Errorf("%d items wait that nobody sees to", n.waits)
	}
	n.join(id, triage.RelationUpdate, "worse", triage.Red)
	n.want("news", n.until(begin.Add(181*time.Minute), n.bell()), "22:00 first")
}

// TestTheBellIsSilent for what somebody has seen to, in any way, and in office
// hours.
func TestTheBellIsSilent(t *testing.T) {
	for what, act := range map[string]func(n *night, id triage.ItemID){
		"claimed": func(n *night, id triage.ItemID) { n.claim(id, 10*time.Hour) },
		"opened": func(n *night, id triage.ItemID) {
			n.append("ann", triage.Opened{Item: id, Notice: n.item(id).News().Notice})
		},
		"interim": func(n *night, id triage.ItemID) { n.append("edt", triage.InterimRecorded{Item: id, Words: "w"}) },
		"decided": func(n *night, id triage.ItemID) { n.decide(id) },
		"lowered": func(n *night, id triage.ItemID) {
			n.append("ann", triage.BandOverridden{Item: id, Token: n.claim(id, time.Minute), Band: triage.Green, Due: n.now, Reason: "r"})
		},
		"answered": func(n *night, id triage.ItemID) {
			n.append("edt", triage.BellAnswered{Item: id, Notice: n.item(id).News().Notice})
		},
		"morning": func(n *night, _ triage.ItemID) { n.now = monday.Add(24 * time.Hour) },
	} {
		n := newNight(t)
		id, b := n.take(triage.Red), n.bell()
		n.want(what+": before", n.until(n.now.Add(10*time.Minute), b), "19:00 first")
		act(n, id)
		n.want(what, n.until(n.now.Add(2*time.Hour), b))
	}
}

// TestTheOfficeCloses on an item that nobody has seen to.
func TestTheOfficeCloses(t *testing.T) {
	n := newNight(t)
	n.now = monday.Add(7*time.Hour + 50*time.Minute)
	n.take(triage.Red)
	n.want("at five in Bradford", n.until(n.now.Add(20*time.Minute), n.bell()), "16:00 first")
}

// TestACallThatCannotGoOut goes to the next place at once; when nobody can be
// reached it begins anew after a while, and the log says so each time.
func TestACallThatCannotGoOut(t *testing.T) {
	n := newNight(t)
	id, b := n.take(triage.Red), n.bell()
	n.down["first"] = true
	n.want("the first is away", n.until(n.now.Add(10*time.Minute), b), "19:00 second")
	n.down["second"], n.down["manager"] = true, true
	n.want("nobody can be reached", n.until(monday.Add(12*time.Hour), b))
	if got := n.item(id).Bell; got.Outcome != triage.BellFailed || got.Calls != 1 {
		t.Errorf("the bell is %+v", got)
	}
	delete(n.down, "first")
	got := n.until(n.now.Add(6*time.Minute), b)
	if len(got) != 1 || !strings.HasSuffix(got[0], "first") {
		t.Errorf("called %q, want the first within five minutes", got)
	}
}

// TestANodeThatDiesWhileItCalls: nobody knows whether the call went out, so the
// next place is called after a minute.
func TestANodeThatDiesWhileItCalls(t *testing.T) {
	n := newNight(t)
	id := n.take(triage.Red)
	n.append("bell", triage.BellRung{Item: id, Notice: n.item(id).News().Notice, To: "first", Outcome: triage.BellCalling})
	n.want("another node", n.until(n.now.Add(10*time.Minute), n.bell()), "19:01 second")
}
