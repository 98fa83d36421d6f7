package duty

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/audit"
	"github.com/ppn-triage/ppn-triage/triage/intake"
)

// TestAClaimOutlivesTheStore (asynq #1144: an active task whose lease key had
// vanished stayed active for ever). Redis is wiped under a claim: the log has it,
// it still holds, and one sweep ends it when its time is up.
func TestAClaimOutlivesTheStore(t *testing.T) {
	d := newDesk(t)
	id := d.take(triage.Green)
	token := d.claim(id, 20*time.Minute)
	d.world = audit.NewWorld(nil)
	d.book = &intake.Book{Log: d.log, Store: d.world}
	c := d.clock()
	d.step("clock", c.Step)
	if held := d.world.Ledger().Claims[id]; held.Token != token || held.By != "ann" {
		t.Errorf("after the wipe the claim is %+v, want ann's with token %d", held, token)
	}
	d.now = monday.Add(20 * time.Minute)
	at := d.world.Ledger().Seq
	d.step("clock", c.Step)
	if got := d.since(at); !slices.Equal(got, []string{"triage.ClaimExpired " + string(id)}) || d.item(id).State() != triage.Waiting {
		t.Errorf("one sweep says %q and leaves the item %v", got, d.item(id).State())
	}
}

// TestOverdueRingsThoughNothingIsDueSoon (Zammad #3523: the list of what is due
// soon was empty while tickets were overdue, and nobody looked further). The
// clock was dead when the time came near.
func TestOverdueRingsThoughNothingIsDueSoon(t *testing.T) {
	d, p := newDesk(t), &post{}
	r := d.relay(p)
	id := d.take(triage.Amber)
	d.step("relay", r.Step)
	p.fresh()
	d.now = monday.AddDate(0, 0, 3)
	at := d.world.Ledger().Seq
	d.step("clock", d.clock().Step)
	if got := d.since(at); !slices.Equal(got, []string{"triage.Overdue " + string(id)}) {
		t.Errorf("the clock says %q", got)
	}
	d.step("relay", r.Step)
	if got := p.fresh(); len(got) != 1 || !strings.HasPrefix(got[0], "desk alert") {
		t.Errorf("the bell rang for %q, want once", got)
	}
}

// TestWhatWasDealtWithMonthsAgoNeverRings (OnCall #3111: alerts acknowledged
// months before rang at half past five in the morning): what is decided and what
// the out-of-hours team has dealt with, on any night after, whatever node begins
// anew.
func TestWhatWasDealtWithMonthsAgoNeverRings(t *testing.T) {
	d, p := newDesk(t), &post{}
	r := d.relay(p)
	decided, interim := d.take(triage.Red), d.take(triage.Red)
	d.decide(decided)
	d.now = d.now.Add(time.Minute)
	d.append("edt", triage.InterimRecorded{Item: interim, Words: "w", SafeWith: "aunt"})
	d.step("relay", r.Step)
	p.fresh()
	c := d.clock()
	for night := range 180 {
		d.now = time.Date(2026, 9, 8+night, 4, 30, 0, 0, time.UTC)
		if night%30 == 0 {
			c, r = d.clock(), d.relay(p) // another node
		}
		d.step("clock", c.Step)
		d.step("relay", r.Step)
		if got := p.fresh(); len(got) > 0 {
			t.Fatalf("on night %d the bell rang for %q", night, got)
		}
	}
	if i := d.item(interim); !i.Overdue || !i.Queued() {
		t.Error("the item that is silent has left the queue, or nobody says that it is overdue")
	}
}
