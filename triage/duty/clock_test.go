package duty

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/queue"
)

// wakeful steps the clock every ten minutes and returns at which times of the day
// (summer time) it said what.
func (d *desk) wakeful(c *Clock, until time.Time) (said []string) {
	d.Helper()
	for ; !d.now.After(until); d.now = d.now.Add(10 * time.Minute) {
		at := d.world.Ledger().Seq
		d.step("clock", c.Step)
		for _, e := range d.since(at) {
			said = append(said, d.now.Add(time.Hour).Format("Mon 15:04 ")+e[len("triage."):])
		}
	}
	return said
}

func (d *desk) wantSaid(got []string, want ...string) {
	d.Helper()
	if !slices.Equal(got, want) {
		d.Errorf("the clock said\n%q, want\n%q", got, want)
	}
}

// TestEachIsSaidOnce, at the band's own time.
func TestEachIsSaidOnce(t *testing.T) {
	for band, want := range map[triage.Band][]string{
		triage.Red:   {"Mon 12:20 BreachRisk", "Mon 13:00 Overdue"}, // 80 % of 4 h is 12:12
		triage.Amber: {"Mon 15:30 BreachRisk", "Tue 09:00 Overdue"}, // 2 office hours before
		triage.Blue:  {"Tue 15:00 BreachRisk", "Tue 17:00 Overdue"},
	} {
		d := newDesk(t)
		id := d.take(band)
		for n := range want {
			want[n] += " " + string(id)
		}
		d.wantSaid(d.wakeful(d.clock(), monday.AddDate(0, 0, 2)), want...)
	}
}

// TestAfterARaise the time of the new band counts from the notice that raised
// it, not from the first.
func TestAfterARaise(t *testing.T) {
	d := newDesk(t)
	id := d.take(triage.Green)
	d.now = monday.Add(5 * time.Hour)
	d.join(id, triage.RelationUpdate, "worse", triage.Red)
	d.wantSaid(d.wakeful(d.clock(), monday.Add(10*time.Hour)), "Mon 17:20 BreachRisk "+string(id), "Mon 18:00 Overdue "+string(id))
}

// TestARaiseWhileQuiet: an item that needs nothing for a long time does as soon
// as it stands under another order.
func TestARaiseWhileQuiet(t *testing.T) {
	d := newDesk(t)
	c, id := d.clock(), d.take(triage.Amber)
	d.wantSaid(d.wakeful(c, monday.Add(7*time.Hour)), "Mon 15:30 BreachRisk "+string(id))
	d.now = monday.Add(7 * time.Hour)
	d.join(id, triage.RelationUpdate, "worse", triage.Red)
	d.wantSaid(d.wakeful(c, monday.Add(12*time.Hour)), "Mon 20:00 Overdue "+string(id))
}

// TestTheFirstDueComeFirst, over all commits of a step.
func TestTheFirstDueComeFirst(t *testing.T) {
	d := newDesk(t)
	for range clockBatch + 20 {
		d.now = d.now.Add(time.Second)
		d.take(triage.Red)
	}
	d.now = monday.Add(6 * time.Hour)
	at := d.world.Ledger().Seq
	d.step("clock", d.clock().Step)
	cs, err := d.log.ReadCommits(t.Context(), at+1, 10)
	if err != nil || len(cs) != 2 || len(cs[0].Events) != clockBatch || len(cs[1].Events) != 20 {
		t.Fatalf("%d commits, %v", len(cs), err)
	}
	for _, e := range cs[1].Events {
		if i := d.item(e.Target()); i.Seq <= clockBatch {
			t.Errorf("the item of notice %d, due %v, comes in the second commit", i.Seq, i.Due)
		}
	}
}

// TestNewsAfterADecision is timed and told anew; a resend is not.
func TestNewsAfterADecision(t *testing.T) {
	d := newDesk(t)
	c, id := d.clock(), d.take(triage.Red)
	d.wakeful(c, monday.Add(5*time.Hour))
	d.decide(id)
	d.join(id, triage.RelationResend, "1", triage.Red)
	d.wantSaid(d.wakeful(c, monday.Add(24*time.Hour)))
	d.join(id, triage.RelationUpdate, "worse", triage.Red)
	d.wantSaid(d.wakeful(c, monday.Add(30*time.Hour)), "Tue 12:30 BreachRisk "+string(id), "Tue 13:10 Overdue "+string(id))
}

// TestClaimsRunOut as events, in one sweep, whoever was the holder; the item
// keeps its age and its place.
func TestClaimsRunOut(t *testing.T) {
	d := newDesk(t)
	a, b, kept := d.take(triage.Green), d.take(triage.Green), d.take(triage.Green)
	before := d.item(a)
	d.claim(b, 20*time.Minute)
	d.claim(a, 20*time.Minute)
	d.claim(kept, time.Hour)
	c := d.clock()
	d.wantSaid(d.wakeful(c, monday.Add(30*time.Minute)), "Mon 09:20 ClaimExpired "+string(b), "Mon 09:20 ClaimExpired "+string(a))
	if after := d.item(a); after.State() != triage.Waiting || !after.Received.Equal(before.Received) || !after.Due.Equal(before.Due) {
		t.Errorf("the item is %v, received %v, due %v; want it waiting with its age", after.State(), after.Received, after.Due)
	}
	if held := d.world.Ledger().Claims; len(held) != 1 || held[kept].By != "ann" {
		t.Errorf("claims %v, want the one that runs", held)
	}
}

// TestManyItemsStarveNobody: more items than one commit looks at, all due at
// the same time, and one that is due after them.
func TestManyItemsStarveNobody(t *testing.T) {
	d := newDesk(t)
	var all []triage.ItemID
	for range 2*clockBatch + 100 {
		all = append(all, d.take(triage.Red))
	}
	d.now = d.now.Add(time.Minute)
	last := d.take(triage.Red)
	c := d.clock()
	for _, want := range []struct {
		after time.Duration
		event string
		items int
	}{
		{3 * time.Hour, "", 0},
		{3*time.Hour + 12*time.Minute, "BreachRisk", len(all)},
		{3*time.Hour + 13*time.Minute, "BreachRisk", 1},
		{3*time.Hour + 30*time.Minute, "", 0},
		{4 * time.Hour, "Overdue", len(all)},
		{4*time.Hour + time.Minute, "Overdue", 1},
		{5 * time.Hour, "", 0},
	} {
		d.now = monday.Add(want.after)
		at := d.world.Ledger().Seq
		d.step("clock", c.Step)
		said := d.since(at)
		if len(said) != want.items {
			t.Fatalf("after %v: %d events, want %d", want.after, len(said), want.items)
		}
		for _, e := range said {
			if e[len("triage."):len("triage.")+len(want.event)] != want.event {
				t.Fatalf("after %v: %s, want %s", want.after, e, want.event)
			}
		}
		if want.items == 1 && said[0] != fmt.Sprintf("triage.%s %s", want.event, last) {
			t.Errorf("after %v: %v, want item %s", want.after, said, last)
		}
	}
}

// TestADeadClockHidesNothing: what nobody has called overdue stands above what
// is in time all the same, and a clock that comes back says it.
func TestADeadClockHidesNothing(t *testing.T) {
	d := newDesk(t)
	late := d.take(triage.Blue)
	d.now = monday.AddDate(0, 0, 2)
	fresh := d.take(triage.Amber)
	v := d.cal.View(d.now)
	if v.Compare(queue.KeyOf(d.item(late)), queue.KeyOf(d.item(fresh))) >= 0 {
		t.Error("a BLUE item past due stands below an AMBER one in time")
	}
	at := d.world.Ledger().Seq
	d.step("clock", d.clock().Step)
	d.wantSaid(d.since(at), "triage.Overdue "+string(late))
}

// TestAnotherClock that starts later, or beside the first, says nothing twice.
func TestAnotherClock(t *testing.T) {
	d := newDesk(t)
	d.take(triage.Red)
	d.now = monday.Add(6 * time.Hour)
	for range 3 {
		d.step("clock", d.clock().Step)
	}
	if got := len(d.since(1)); got != 1 {
		t.Errorf("three clocks said %d events, want 1", got)
	}
}

// TestAClockWithoutQueue says so.
func TestAClockWithoutQueue(t *testing.T) {
	d := newDesk(t)
	c := d.clock()
	c.Queue = noQueue{}
	if _, err := c.Step(t.Context()); err != errFault { //nolint:errorlint // as it is
		t.Errorf("Step() = %v", err)
	}
}

type noQueue struct{}

func (noQueue) Orders(context.Context) (map[triage.ItemID]uint64, error) { return nil, errFault }

// still answers with the same orders.
type still map[triage.ItemID]uint64

func (s still) Orders(context.Context) (map[triage.ItemID]uint64, error) { return s, nil }

// BenchmarkClockStep is a look over 100,000 items of which none needs an event,
// a tenth of them at risk or overdue and said to be. Budget: 100 ms, every 10 s.
func BenchmarkClockStep(b *testing.B) {
	d := newDesk(b)
	c, orders := d.clock(), still{}
	d.now = monday.AddDate(0, 0, 1)
	c.quiet = map[triage.ItemID]quiet{}
	for n := range uint64(100_000) {
		id := triage.NewItemID("f", "s", n, 0)
		due := d.now.Add(time.Duration(n%90) * time.Hour)
		orders[id] = queue.Key{Band: triage.Green, Due: due, Seq: n}.Order()
		if !due.After(d.cal.RiskBound(d.now)) {
			c.quiet[id] = quiet{order: orders[id]}
		}
	}
	c.Queue = orders
	for b.Loop() {
		if _, err := c.Step(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}
