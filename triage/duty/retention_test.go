package duty

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/ppn-triage/ppn-triage/triage"
)

const day = 24 * time.Hour

// Notice finds a notice in the desk's log.
func (d *desk) Notice(_ context.Context, id triage.NoticeID) (triage.Place, error) {
	cs, err := d.log.ReadCommits(context.Background(), 1, 10_000)
	for _, c := range cs {
		for _, e := range c.Events {
			if n, ok := e.(triage.NoticeRead); ok && n.Notice == id {
				return triage.Place{Notice: n.Seq, Commit: c.Seq}, nil
			}
		}
	}
	return triage.Place{}, errors.Join(err, triage.ErrNotFound)
}

func (d *desk) retention(out Outbox) *Retention {
	return &Retention{
		Book: d.book, Log: d.log, Places: d, Out: out, Stamp: d.stamp(),
		Periods: Periods{Mail: 120 * day, Linking: 731 * day, Audit: 2557 * day},
	}
}

// pass lets time pass and the retention do what there is to do.
func (d *desk) pass(r *Retention, t time.Duration) {
	d.Helper()
	d.now = d.now.Add(t)
	for more := true; more; {
		more = d.step("retention", r.Step)
	}
}

// state says in letters what was erased of an item: t and i for each notice, w.
func (d *desk) state(id triage.ItemID) (s string) {
	d.Helper()
	i := d.item(id)
	for _, x := range i.Entries {
		if x.TextErased {
			s += "t"
		}
		if x.IdentityErased {
			s += "i"
		}
	}
	if i.WordsErased {
		s += "w"
	}
	return s
}

// TestRetention follows an item through its periods, counted from the decision,
// beside one that waits.
func TestRetention(t *testing.T) {
	d := newDesk(t)
	r := d.retention(&post{})
	waits, id := d.take(triage.Green), d.take(triage.Green)
	d.pass(r, 50*day)
	d.decide(id)
	for _, step := range []struct {
		days int
		want string
	}{{100, ""}, {19, ""}, {3, "t"}, {600, "t"}, {13, "ti"}, {1800, "ti"}, {30, "tiw"}, {500, "tiw"}} {
		d.pass(r, time.Duration(step.days)*day)
		if got := d.state(id); got != step.want {
			t.Errorf("%s: erased %q, want %q", d.now.Format(time.DateOnly), got, step.want)
		}
	}
	if got := d.state(waits); got != "" {
		t.Errorf("of an item that waits was erased %q", got)
	}
	d.decide(waits)
	d.pass(r, 122*day)
	if got := d.state(waits); got != "t" {
		t.Errorf("after it was decided at last: %q", got)
	}
	at := d.world.Ledger().Seq
	d.pass(r, time.Hour)
	if again := d.since(at); len(again) > 0 {
		t.Errorf("nothing was left to do, and the retention wrote %v", again)
	}
	cs, err := d.log.ReadCommits(t.Context(), at, 1)
	if err != nil || cs[0].Actor.Name != "retention" {
		t.Errorf("who erased it: %+v, %v", cs, err)
	}
}

// TestLegalHold keeps an item whole past its time, and not a day longer.
func TestLegalHold(t *testing.T) {
	d := newDesk(t)
	r := d.retention(&post{})
	id := d.take(triage.Green)
	d.decide(id)
	d.append("ann", triage.HoldPlaced{Item: id, Reason: "an inquiry"})
	d.pass(r, 3000*day)
	if got := d.state(id); got != "" {
		t.Fatalf("erased %q of an item that is held", got)
	}
	d.append("ann", triage.HoldLifted{Item: id, Reason: "it is over"})
	d.pass(r, time.Hour)
	if got := d.state(id); got != "tiw" {
		t.Errorf("after the hold was lifted: %q", got)
	}
}

// TestDigest: a notice of two households stays until the time of both has come.
func TestDigest(t *testing.T) {
	d := newDesk(t)
	r := d.retention(&post{})
	read, e := d.notice(1, "digest")
	e.Relation = triage.RelationNew
	other := e
	other.Part = 1
	a, b := triage.NewItemID("f", "s", 1, 0), triage.NewItemID("f", "s", 1, 1)
	d.append("worker", read, triage.ItemOpened{Item: a, Entry: e}, d.scored(a, triage.Green), triage.ItemOpened{Item: b, Entry: other}, d.scored(b, triage.Green))
	d.decide(a)
	d.pass(r, 200*day)
	d.decide(b)
	d.pass(r, 100*day)
	if got := d.state(a) + d.state(b); got != "" {
		t.Errorf("erased %q while the other household's part is needed", got)
	}
	d.pass(r, 22*day)
	if got := d.state(a) + d.state(b); got != "tt" {
		t.Errorf("erased %q when the time of both has come", got)
	}
}

// TestJoinedAndSplit: what was joined in goes with the survivor, words too, and
// a part goes by its own time.
func TestJoinedAndSplit(t *testing.T) {
	d := newDesk(t)
	r := d.retention(&post{})
	a := d.take(triage.Green)
	d.now = d.now.Add(time.Hour)
	b := d.take(triage.Green)
	d.append("ann", triage.ItemJoined{Item: a, Absorbed: b, Reason: "one incident"}, d.scored(a, triage.Green))
	d.decide(a)
	d.pass(r, 2600*day)
	if got := d.state(a) + " " + d.state(b); got != "titiw tiw" {
		t.Errorf("erased %q of survivor and absorbed", got)
	}
	c := d.take(triage.Green)
	n := d.join(c, triage.RelationUpdate, "more", triage.Green)
	part := triage.NewItemID("f", "commits", 1, 0)
	d.append("ann", triage.NoticeSplit{Item: c, Notice: n, New: part, Reason: "another"}, d.scored(c, triage.Green), d.scored(part, triage.Green))
	d.decide(c)
	d.pass(r, 122*day)
	if got := d.state(c) + " " + d.state(part); got != "t " {
		t.Errorf("erased %q of an item decided and a part of it that waits", got)
	}
}

// TestAutomaticMails stand in no item; their words go all the same.
func TestAutomaticMails(t *testing.T) {
	d := newDesk(t)
	r := d.retention(&post{})
	read, _ := d.notice(1, "out of office")
	read.Kind = triage.LetterAutoReply
	d.append("worker", read)
	d.pass(r, 119*day)
	at := d.world.Ledger().Seq
	if at != 1 {
		t.Fatalf("the log ends at %d before its time", at)
	}
	d.pass(r, 3*day)
	e := &Eraser{Book: d.book, Log: d.log, Out: &post{}}
	var gone []string
	e.Erase = func(_ context.Context, name string) error { gone = append(gone, name); return nil }
	d.step("eraser", e.Step)
	if !slices.Equal(gone, []string{"n1-t"}) {
		t.Errorf("keys deleted: %v", gone)
	}
}

// TestEraser deletes the keys of every erasure, and goes on where it failed.
func TestEraser(t *testing.T) {
	d := newDesk(t)
	out := &post{}
	id, other := d.take(triage.Green), d.take(triage.Green)
	d.decide(id)
	d.decide(other)
	d.append("ann", triage.Erased{Item: id, Notices: []uint64{1}, Text: true, Identity: true, Words: true, Ground: "request"},
		triage.Erased{Item: other, Notices: []uint64{2}, Identity: true, Ground: "request"})
	fails, gone := 2, []string{}
	step := func() error {
		e := &Eraser{Book: d.book, Log: d.log, Out: out} // another process each time
		e.Erase = func(_ context.Context, name string) error {
			if fails--; fails == 0 {
				return errFault
			}
			gone = append(gone, name)
			return nil
		}
		_, err := e.Step(t.Context())
		return err
	}
	if err := step(); !errors.Is(err, errFault) {
		t.Errorf("Step() = %v", err)
	}
	for range 2 {
		if err := step(); err != nil {
			t.Fatal(err)
		}
	}
	want := []string{"n1-t", "n1-t", "n1-i", fmt.Sprint("w-", id), "n2-i"} // the first one twice: it failed behind that
	if !slices.Equal(gone, want) {
		t.Errorf("keys deleted: %v, want %v", gone, want)
	}
}
