package audit

import (
	"bytes"
	"errors"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/wire"
)

// drawn makes commits of events at random: some fit, many do not.
type drawn struct {
	*rapid.T
	world *World
	now   time.Time
}

// id is an item that is there, or one that may not be.
func (d *drawn) id() triage.ItemID {
	items := d.world.Items()
	if n := rapid.IntRange(0, len(items)).Draw(d.T, "item"); n < len(items) {
		return items[n].ID
	}
	return triage.NewItemID("f", "s", rapid.Uint64Range(1, 12).Draw(d.T, "any item"), 0)
}

// notice is one of the item's, or another.
func (d *drawn) notice(id triage.ItemID) triage.NoticeID {
	if i := d.world.items[id]; i != nil && rapid.IntRange(0, 4).Draw(d.T, "own") > 0 {
		return rapid.SampledFrom(i.Entries).Draw(d.T, "entry").Notice
	}
	return triage.NewNoticeID("f", "s", rapid.Uint64Range(0, 12).Draw(d.T, "notice"))
}

func (d *drawn) token(id triage.ItemID) uint64 {
	if i := d.world.items[id]; i != nil && i.Claim != nil {
		return i.Claim.Token
	}
	return rapid.Uint64Range(0, 30).Draw(d.T, "token")
}

func (d *drawn) word() string {
	return rapid.SampledFrom([]string{"", "words", "words"}).Draw(d.T, "words")
}

func (d *drawn) time() time.Time {
	return d.now.Add(time.Duration(rapid.IntRange(-90, 90).Draw(d.T, "minutes")) * time.Minute)
}

func (d *drawn) entry(seq uint64) triage.Entry {
	e := triage.Entry{
		Notice: triage.NewNoticeID("f", "s", seq), Seq: seq, Received: d.time(), Readable: rapid.Bool().Draw(d.T, "readable"),
		Relation: rapid.SampledFrom([]triage.Relation{triage.RelationNew, triage.RelationResend, triage.RelationUpdate}).Draw(d.T, "relation"),
		Content:  rapid.SampledFrom([]string{"", "a", "b"}).Draw(d.T, "content"),
	}
	e.Reading.Facts = make([]triage.Fact, rapid.IntRange(0, 2).Draw(d.T, "facts"))
	return e
}

func (d *drawn) children() (cs []triage.Child) {
	for n := range rapid.IntRange(0, 3).Draw(d.T, "children") {
		cs = append(cs, triage.Child{ID: fmt.Sprint("c", n+1), From: []triage.Mention{{Entry: rapid.IntRange(0, 2).Draw(d.T, "mention")}}})
	}
	return cs
}

func (d *drawn) scored(id triage.ItemID) triage.Event {
	return triage.ItemScored{
		Item: id, Children: d.children(), Score: triage.Score{Band: d.band(), Points: rapid.IntRange(0, 12000).Draw(d.T, "points")},
		Due: d.time(), Rescore: rapid.Bool().Draw(d.T, "rescore"),
	}
}

func (d *drawn) band() triage.Band {
	return triage.Band(rapid.IntRange(int(triage.Blue), int(triage.Red)).Draw(d.T, "band"))
}

func (d *drawn) decided(id triage.ItemID) triage.Event {
	e := triage.Decided{Item: id, Token: d.token(id)}
	for range rapid.IntRange(0, 3).Draw(d.T, "decisions") {
		child := rapid.SampledFrom([]string{"", "c1", "c2", "c3"}).Draw(d.T, "child")
		e.Decisions = append(e.Decisions, triage.Decision{Child: child, Outcome: d.word(), Rationale: d.word()})
	}
	return e
}

// event is any event of the log on any item.
func (d *drawn) event(seq uint64) triage.Event {
	id, next := d.id(), d.world.ledger.Through+1
	switch rapid.IntRange(0, 21).Draw(d.T, "event") {
	case 0, 1, 2:
		return triage.ItemOpened{Item: triage.NewItemID("f", "s", next, 0), Entry: d.entry(next)}
	case 3, 4:
		return triage.NoticeJoined{Item: id, Entry: d.entry(next)}
	case 5, 6:
		return d.scored(id)
	case 7:
		return triage.ItemLinked{Item: id, Link: triage.Link{To: d.id(), Kind: triage.LinkChild, Child: "c1", Notices: []triage.NoticeID{d.notice(id)}}}
	case 8:
		if i := d.world.items[id]; i != nil && i.News() != nil && rapid.Bool().Draw(d.T, "newest") {
			return triage.Opened{Item: id, Notice: i.News().Notice}
		}
		return triage.Opened{Item: id, Notice: d.notice(id)}
	case 9, 10:
		return triage.Claimed{Item: id, Token: seq, Until: d.time().Add(5 * time.Hour)}
	case 11:
		return triage.ClaimRenewed{Item: id, Token: d.token(id), Until: d.time().Add(5 * time.Hour)}
	case 12:
		return triage.Released{Item: id, Token: d.token(id), Reason: d.word()}
	case 13:
		return triage.ClaimExpired{Item: id, Token: d.token(id)}
	case 14, 15:
		return d.decided(id)
	case 16:
		return triage.BandOverridden{Item: id, Token: d.token(id), Band: d.band(), Due: d.time(), Reason: d.word()}
	case 17:
		return triage.ItemJoined{Item: id, Absorbed: d.id(), Reason: d.word()}
	case 18:
		return triage.NoticeSplit{Item: id, Notice: d.notice(id), New: triage.NewItemID("f", "split", seq, 0), Reason: d.word()}
	case 19:
		return triage.NoticeStruck{Item: id, Notice: d.notice(id), Reason: d.word()}
	case 20:
		return triage.FactCorrected{
			Item: id, Notice: d.notice(id), Fact: rapid.IntRange(-1, 2).Draw(d.T, "fact"),
			Polarity: triage.Absent, Time: triage.Current, Holder: triage.HolderChild, Reason: d.word(),
		}
	default:
		return d.rare(id)
	}
}

func (d *drawn) rare(id triage.ItemID) triage.Event {
	return rapid.SampledFrom([]triage.Event{
		triage.InterimRecorded{Item: id, Words: d.word()}, triage.BreachRisk{Item: id}, triage.Overdue{Item: id},
		triage.LinkJudged{Item: id, To: d.id(), Confirmed: true, Reason: "r"}, triage.LinkJudged{Item: id, To: d.id(), Reason: "r"},
		triage.ChildStatusSet{Item: id, Child: "c1", Status: "looked_after"}, triage.PoliceAsked{Item: id, Force: "wyp", Question: d.word()},
		triage.NoticeRecalled{Item: id, Notice: d.notice(id), By: "r"}, triage.RulesActivated{Hash: "h"}, triage.Archived{Notices: 1, Commits: 1},
		triage.BellRung{Item: id, Notice: d.notice(id), To: "night", Outcome: triage.BellCalling}, triage.BellRung{Item: id, Notice: d.notice(id), To: "night", Outcome: triage.BellFailed},
		triage.BellAnswered{Item: id, Notice: d.notice(id)},
	}).Draw(d.T, "rare")
}

// commit is a commit of one to three events. One that adds a notice takes it in.
func (d *drawn) commit() triage.Commit {
	l := d.world.Ledger()
	c := triage.Commit{ID: "c", Seq: l.Seq + 1, Through: l.Through, At: d.time(), Actor: triage.Actor{Name: rapid.SampledFrom([]string{"ann", "ann", "ann", "bob"}).Draw(d.T, "who")}}
	for range rapid.IntRange(1, 3).Draw(d.T, "events") {
		e := d.event(c.Seq)
		var in bool
		switch e.(type) {
		case triage.ItemOpened, triage.NoticeJoined:
			in = true
		}
		if in && c.Through == l.Through {
			c.Through++
			c.Events = append(c.Events, triage.NoticeRead{Notice: triage.NewNoticeID("f", "s", c.Through), Seq: c.Through, Kind: triage.LetterNotice})
		}
		c.Events = append(c.Events, e)
	}
	return c
}

// image is everything a world holds, in bytes.
func image(t *rapid.T, w *World) []byte {
	all, err := wire.EncodeLedger(w.Ledger())
	for _, i := range w.Items() {
		var b []byte
		if err == nil {
			b, err = wire.EncodeItem(i)
		}
		all = append(all, b...)
	}
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// foldAnything: no string of events makes the fold panic; what is refused
// changes nothing, not even a value handed out before; what is taken keeps the
// conservation law, and folding it again gives the same world.
func foldAnything(t *rapid.T) {
	d := &drawn{T: t, world: NewWorld(byState), now: epoch}
	var taken []triage.Commit
	for range rapid.IntRange(1, 60).Draw(t, "commits") {
		d.now = d.now.Add(10 * time.Minute)
		c := d.commit()
		before := image(t, d.world)
		held := d.world.Items()
		was := make([][]byte, len(held))
		for n, i := range held {
			was[n], _ = wire.EncodeItem(i)
		}
		previewed, perr := d.world.Preview(t.Context(), c)
		if !bytes.Equal(image(t, d.world), before) {
			t.Fatalf("a preview changed the world: %+v", c.Events)
		}
		changed, err := d.world.Apply(t.Context(), c)
		if (err == nil) != (perr == nil) || len(previewed) != len(changed) {
			t.Fatalf("Preview() = %v, Apply() = %v", perr, err)
		}
		for n, i := range held {
			if b, _ := wire.EncodeItem(i); !bytes.Equal(b, was[n]) {
				t.Fatalf("an item handed out before was changed by %+v", c.Events)
			}
		}
		if err != nil {
			if !known(err) {
				t.Fatalf("Apply() = %v: no error of package triage", err)
			}
			if !bytes.Equal(image(t, d.world), before) {
				t.Fatalf("a refused commit changed the world: %+v", c.Events)
			}
			continue
		}
		taken = append(taken, c)
		if l := d.world.Ledger(); l.Check() != nil {
			t.Fatalf("%v after %+v", l.Check(), c.Events)
		}
	}
	again := NewWorld(nil)
	if _, err := again.Apply(t.Context(), taken...); err != nil {
		t.Fatal(err)
	}
	if ds := Diff(again, d.world); len(ds) > 0 {
		t.Fatalf("the same commits give another world: %v", ds)
	}
}

func known(err error) bool {
	for _, k := range []error{triage.ErrNotFound, triage.ErrState, triage.ErrInvalid, triage.ErrToken, triage.ErrClaimed, triage.ErrUnopened, triage.ErrStale} {
		if errors.Is(err, k) {
			return true
		}
	}
	return false
}

func TestFoldAnything(t *testing.T) { rapid.Check(t, foldAnything) }

func FuzzFold(f *testing.F) { f.Fuzz(rapid.MakeFuzz(foldAnything)) }
