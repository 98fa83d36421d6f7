package duty

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/audit"
	"github.com/ppn-triage/ppn-triage/triage/intake"
)

// post is an Outbox in memory.
type post struct {
	sent  []string // "to kind seq"
	last  map[string][]byte
	told  []string // feedback: "force json"
	fails int      // sends until one fails, 0 for never
}

func (p *post) Send(_ context.Context, to, kind string, seq uint64, data []byte) error {
	if p.fails--; p.fails == 0 {
		return errFault
	}
	if p.last == nil {
		p.last = map[string][]byte{}
	}
	at := fmt.Sprintf("%s %s %d", to, kind, seq)
	p.last[at] = data
	if to != relayName {
		p.sent = append(p.sent, at)
	}
	return nil
}

func (p *post) Feedback(_ context.Context, force string, data []byte) error {
	if p.fails--; p.fails == 0 {
		return errFault
	}
	p.told = append(p.told, force+" "+string(data))
	return nil
}

func (p *post) Last(_ context.Context, to, kind string, seq uint64) ([]byte, error) {
	if b, ok := p.last[fmt.Sprintf("%s %s %d", to, kind, seq)]; ok {
		return b, nil
	}
	return nil, triage.ErrNotFound
}

// fresh is what was sent since the last look.
func (p *post) fresh() []string {
	sent := p.sent
	p.sent = nil
	return sent
}

func (d *desk) relay(p *post) *Relay { return &Relay{Book: d.book, Log: d.log, Out: p} }

// archive says that all there is stands in the second copy.
func (d *desk) archive() {
	d.Helper()
	l := d.world.Ledger()
	d.append("archiver", triage.Archived{Notices: l.Through, Commits: l.Seq})
}

func (d *desk) wantSent(p *post, want ...string) {
	d.Helper()
	if got := p.fresh(); !slices.Equal(got, want) {
		d.Errorf("sent %q, want %q", got, want)
	}
}

func receiptOf(t testing.TB, p *post, seq uint64) (r Receipt) {
	t.Helper()
	if err := json.Unmarshal(p.last[fmt.Sprint("wyp receipt ", seq)], &r); err != nil {
		t.Fatalf("receipt %d: %v", seq, err)
	}
	return r
}

// TestNoReceiptBeforeTheCopy, of the mail and of the commit that took it in.
func TestNoReceiptBeforeTheCopy(t *testing.T) {
	d, p := newDesk(t), &post{}
	r := d.relay(p)
	d.take(triage.Green)
	d.take(triage.Green)
	d.step("relay", r.Step)
	d.wantSent(p)
	d.append("archiver", triage.Archived{Notices: 1, Commits: 2}) // the second mail is not copied yet
	d.step("relay", r.Step)
	d.wantSent(p, "wyp receipt 1")
	d.append("archiver", triage.Archived{Notices: 2, Commits: 1}) // nor is the commit, of which an older copy says so
	d.step("relay", r.Step)
	d.wantSent(p)
	d.archive()
	d.step("relay", r.Step)
	d.wantSent(p, "wyp receipt 2")
	if got := receiptOf(t, p, 2); got.SHA256 != "sha of 2" || got.Kind != "notice" || !got.Readable || got.Already || got.ArchivedSeq != 2 {
		t.Errorf("receipt %+v", got)
	}
}

// TestAnAlertWaitsForNoCopy.
func TestAnAlertWaitsForNoCopy(t *testing.T) {
	d, p := newDesk(t), &post{}
	r := d.relay(p)
	id := d.take(triage.Red)
	d.step("relay", r.Step)
	d.wantSent(p, "desk alert 1")
	var a Alert
	if err := json.Unmarshal(p.last["desk alert 1"], &a); err != nil || a.Item != id || a.What != "red" || !a.Due.Equal(monday.Add(4*time.Hour)) {
		t.Errorf("alert %+v, %v", a, err)
	}
	d.now = monday.Add(5 * time.Hour)
	d.append("clock", triage.Overdue{Item: id})
	d.step("relay", r.Step)
	d.wantSent(p, "desk alert 2")
	d.take(triage.Amber)
	d.step("relay", r.Step)
	d.wantSent(p)
}

// TestAnotherNodeGoesOn where the last one stopped; one that does not know says
// it again, in the same words.
func TestAnotherNodeGoesOn(t *testing.T) {
	d, p := newDesk(t), &post{}
	d.take(triage.Red)
	d.archive()
	d.step("relay", d.relay(p).Step)
	d.wantSent(p, "desk alert 1", "wyp receipt 1")
	first := string(p.last["wyp receipt 1"])
	d.take(triage.Green)
	d.archive()
	d.step("relay", d.relay(p).Step)
	d.wantSent(p, "wyp receipt 2")
	delete(p.last, "relay receipts 0")
	d.step("relay", d.relay(p).Step)
	d.wantSent(p, "wyp receipt 1", "wyp receipt 2")
	if again := string(p.last["wyp receipt 1"]); strings.ReplaceAll(again, `through":2`, `through":1`) != first {
		t.Errorf("the same receipt in other words:\n%s\n%s", first, again)
	}
	p.last["relay alerts 0"] = []byte("many")
	if _, err := d.relay(p).Step(t.Context()); err == nil || !strings.Contains(err.Error(), "relay position") {
		t.Errorf("Step() = %v with a position that is none", err)
	}
}

// TestASendThatFails is tried again from the last position saved; alerts and
// receipts do not wait for one another.
func TestASendThatFails(t *testing.T) {
	d := newDesk(t)
	d.take(triage.Red)
	d.take(triage.Red)
	d.archive()
	for fails := 1; fails <= 6; fails++ {
		p := &post{fails: fails}
		r := d.relay(p)
		if _, err := r.Step(t.Context()); !errors.Is(err, errFault) {
			t.Fatalf("send %d fails: Step() = %v", fails, err)
		}
		if fails <= 3 && !slices.Contains(p.sent, "wyp receipt 2") {
			t.Errorf("an alert that could not be sent kept the receipts: %v", p.sent)
		}
		d.step("relay", r.Step)
		d.step("relay", r.Step)
		all := p.fresh()
		slices.Sort(all)
		if got := slices.Compact(all); len(got) != 4 {
			t.Errorf("send %d fails: sent %v, want two alerts and two receipts", fails, got)
		}
	}
}

// TestWhatIsKnown of a mail that came again, and of one that is restricted.
func TestWhatIsKnown(t *testing.T) {
	d, p := newDesk(t), &post{}
	open, secret := d.take(triage.Green), d.take(triage.Green, "restricted")
	d.join(open, triage.RelationUpdate, "more", triage.Green)
	d.join(open, triage.RelationResend, "1", triage.Green)
	d.join(secret, triage.RelationResend, "2", triage.Green)
	d.append("worker", triage.NoticeRead{Notice: "bounce", Seq: 6, Force: "wyp", Kind: triage.LetterBounce})
	d.archive()
	d.step("relay", d.relay(p).Step)
	if got := receiptOf(t, p, 3); got.Already || got.AlreadyAs != "" {
		t.Errorf("an update is called known: %+v", got)
	}
	if got := receiptOf(t, p, 4); !got.Already || got.AlreadyAs != triage.NewNoticeID("f", "s", 1) {
		t.Errorf("a resend's receipt is %+v, want it known as the first notice", got)
	}
	plain, neutral := receiptOf(t, p, 1), receiptOf(t, p, 5)
	plain.Notice, plain.Seq, plain.SHA256 = neutral.Notice, neutral.Seq, neutral.SHA256
	if plain != neutral {
		t.Errorf("a restricted item's receipt is %+v, want it to look like any first one: %+v", neutral, plain)
	}
	if got := receiptOf(t, p, 6); got.Kind != "not_a_notice" {
		t.Errorf("a bounce's receipt is %+v", got)
	}
}

// TestTheBellIsForWhatStillWaits: an alert that is late (the outbox was down, or
// its position lost) is not sent of what is done, lowered by a person, or in
// the hands of the out-of-hours team; news after that rings again.
func TestTheBellIsForWhatStillWaits(t *testing.T) {
	for name, c := range map[string]struct {
		then  func(d *desk, id triage.ItemID)
		rings int
	}{
		"nothing happened": {func(*desk, triage.ItemID) {}, 1},
		"decided":          {func(d *desk, id triage.ItemID) { d.decide(id) }, 0},
		"claimed":          {func(d *desk, id triage.ItemID) { d.claim(id, time.Hour) }, 1},
		"the out-of-hours team acted": {func(d *desk, id triage.ItemID) {
			d.append("edt", triage.InterimRecorded{Item: id, Words: "w", SafeWith: "aunt"})
		}, 0},
		"it acted, then came news": {func(d *desk, id triage.ItemID) {
			d.append("edt", triage.InterimRecorded{Item: id, Words: "w", SafeWith: "aunt"})
			d.now = d.now.Add(time.Hour)
			d.join(id, triage.RelationUpdate, "worse", triage.Red)
		}, 2},
		"a person lowered it": {func(d *desk, id triage.ItemID) {
			d.append("ann", triage.BandOverridden{Item: id, Token: d.claim(id, time.Hour), Band: triage.Green, Due: d.now.Add(time.Hour), Reason: "r"})
		}, 0},
		"new rules say the same": {func(d *desk, id triage.ItemID) {
			e := d.scored(id, triage.Red)
			e.Rescore = true
			d.append("rescorer", e)
		}, 1},
		"a person lowered it, new rules raise it to less": {func(d *desk, id triage.ItemID) {
			d.append("ann", triage.BandOverridden{Item: id, Token: d.claim(id, time.Hour), Band: triage.Green, Due: d.now.Add(time.Hour), Reason: "r"})
			e := d.scored(id, triage.Red)
			e.Rescore, e.Raised = true, true
			d.append("rescorer", e)
		}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			d, p := newDesk(t), &post{}
			id := d.take(triage.Red)
			d.now = d.now.Add(time.Minute)
			c.then(d, id)
			d.step("relay", d.relay(p).Step)
			if got := p.fresh(); len(got) != c.rings {
				t.Errorf("the bell rang for %v, want %d times", got, c.rings)
			}
		})
	}
}

// TestARaiseByRulesRings: what only new rules put at RED is as new to the desk
// as what a notice puts there, once.
func TestARaiseByRulesRings(t *testing.T) {
	d, p := newDesk(t), &post{}
	r, id := d.relay(p), d.take(triage.Amber)
	d.step("relay", r.Step)
	d.wantSent(p)
	d.now = d.now.Add(time.Hour)
	e := d.scored(id, triage.Red)
	e.Rescore, e.Raised = true, true
	d.append("rescorer", e)
	again := e
	again.Raised = false
	d.append("rescorer", again)
	d.step("relay", r.Step)
	d.wantSent(p, "desk alert 2")
}

// TestAStoreThatIsWiped between two looks loses no alert: what it does not know
// of is not passed over.
func TestAStoreThatIsWiped(t *testing.T) {
	d, p := newDesk(t), &post{}
	d.take(triage.Red)
	s := &wiped{World: d.world, at: 2}
	r := &Relay{Book: &intake.Book{Log: d.log, Store: s}, Log: d.log, Out: p}
	d.step("relay", r.Step)
	d.wantSent(p)
	d.step("relay", r.Step)
	d.wantSent(p, "desk alert 1")
}

// wiped is empty at its nth look.
type wiped struct {
	*audit.World
	n, at int
}

func (s *wiped) Load(ctx context.Context, ids ...triage.ItemID) (*triage.Snapshot, error) {
	if s.n++; s.n == s.at {
		return &triage.Snapshot{}, nil
	}
	return s.World.Load(ctx, ids...)
}

// TestOneAlertAnItemAndCommit, with the due time it ends with.
func TestOneAlertAnItemAndCommit(t *testing.T) {
	d := newDesk(t)
	id := d.take(triage.Green)
	first, second := d.scored(id, triage.Red), d.scored(id, triage.Red)
	second.Due = second.Due.Add(-time.Hour)
	c := &triage.Commit{Events: []triage.Event{first, triage.BreachRisk{Item: id}, second}}
	if got := alerts(c); len(got) != 2 || got[1].What != "red" || !got[1].Due.Equal(second.Due) {
		t.Errorf("alerts() = %+v", got)
	}
}

// TestMoreThanABatch is relayed in one go after another.
func TestMoreThanABatch(t *testing.T) {
	d, p := newDesk(t), &post{}
	for range relayBatch + 5 {
		d.take(triage.Green)
	}
	d.archive()
	r := d.relay(p)
	if more := d.step("relay", r.Step); !more || len(p.fresh()) != relayBatch {
		t.Errorf("Step() more = %v; want a full batch and more", more)
	}
	if more := d.step("relay", r.Step); more || len(p.fresh()) != 5 {
		t.Errorf("Step() more = %v; want the rest and no more", more)
	}
}
