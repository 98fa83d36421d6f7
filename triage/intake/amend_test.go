package intake

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/google/uuid"
	"pgregory.net/rapid"

	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/queue"
)

// desk is a town whose notices are made by hand, and people who work on them.
type desk struct {
	*town
	t    testing.TB
	seq  uint64
	now  time.Time
	rule *Ruleset
}

func newDesk(t testing.TB) *desk {
	t.Helper()
	return &desk{town: newTown(), t: t, now: monday, rule: defaults()}
}

// family is an invented one; each has another name, street and day of birth.
func family(n int) triage.Reading {
	name := []string{"Brackley", "Thornwick", "Winterdale", "Hollowford", "Fenby", "Saltworth"}[n%6]
	given := []string{"Zebedee", "Philippa", "Leopold", "Ottoline", "Barnaby", "Seraphina"}[n%6]
	home := triage.Address{Line: fmt.Sprintf("%d Test Road, Bradford", n+1), Postcode: fmt.Sprintf("BD%d %dAB", n%20+1, n%9+1)}
	dob := fmt.Sprintf("%d-%02d-%02d", 2010+n%6, n%12+1, n%28+1)
	return triage.Reading{
		Force: "wyp", DashTicks: -1, IncidentDate: "2026-09-06", Form: "merlin", Place: home,
		People: []triage.Person{
			{Role: triage.RoleChild, Name: given + " " + name, Given: given, Family: name, DOB: dob, BornFrom: dob, BornTo: dob, AgeStated: true, Address: home},
			{Role: triage.RoleCarer, Name: "Ottilie " + name, Given: "Ottilie", Family: name, Relation: "mother", Address: home},
		},
	}
}

func (d *desk) entry(r triage.Reading, facts ...string) triage.Entry {
	d.seq++
	d.now = d.now.Add(time.Minute)
	r.Facts = nil
	for _, f := range facts {
		r.Facts = append(r.Facts, factOf(f))
	}
	return triage.Entry{
		Notice: triage.NewNoticeID("bradford", "s", d.seq), Seq: d.seq, Received: d.now, Readable: true,
		Content: fmt.Sprintf("text-%d", d.seq), Reading: r,
	}
}

// The facts of these tests, by the row of the policy that they meet.
func factOf(slug string) triage.Fact {
	f := triage.Fact{Slug: slug, Polarity: triage.Present, Time: triage.Current, Holder: triage.HolderHome, Child: -1, Quote: slug}
	switch slug {
	case "threat_to_kill": // RED
		f.Signs = []string{"to_partner"}
	case "dash": // AMBER
		f.Signs = []string{"high"}
	case "substance_misuse": // GREEN
		f.Signs, f.Holder = []string{"alcohol"}, triage.HolderCarer
	case "offending": // BLUE
		f.Signs, f.Holder = []string{"theft"}, triage.HolderChild
	}
	return f
}

// take takes a notice in as the worker does; into an item, where it is named,
// as a person's join would leave it to the linker to find.
func (d *desk) take(e triage.Entry) *triage.Item {
	d.t.Helper()
	var id triage.ItemID
	_, items, err := d.book().Append(d.t.Context(), 1, func(ctx context.Context, at uint64) (*triage.Commit, error) {
		sc, err := newScene(ctx, d.world, d.rule, at, keysOf(d.rule, e))
		if err != nil {
			return nil, err
		}
		p := &placing{scene: sc, worker: d.worker(d.book()), commit: triage.Commit{
			ID: uuid.NewString(), At: d.now, Through: e.Seq, Seq: at + 1, Actor: triage.Actor{Name: "worker", Role: "service"},
		}}
		p.commit.Events = append(p.commit.Events, triage.NoticeRead{Notice: e.Notice, Seq: e.Seq, Kind: triage.LetterNotice, Received: e.Received})
		if err := p.place(ctx, e); err != nil {
			return nil, err
		}
		id = p.commit.Items()[0]
		return &p.commit, nil
	})
	if err != nil {
		d.t.Fatalf("take in notice %d: %v", e.Seq, err)
	}
	for _, i := range items {
		if i.ID == id {
			return i
		}
	}
	d.t.Fatal("the commit has no item")
	return nil
}

// act is what a person does, amended.
func (d *desk) act(who string, events ...triage.Event) error {
	_, _, err := d.book().Append(d.t.Context(), 1, func(ctx context.Context, at uint64) (*triage.Commit, error) {
		snap, err := d.world.Load(ctx)
		if err != nil {
			return nil, err
		}
		d.now = d.now.Add(time.Minute)
		c := &triage.Commit{ID: uuid.NewString(), At: d.now, Through: snap.Ledger.Through, Seq: at + 1, Actor: triage.Actor{Name: who, Role: "supervisor"}, Events: events}
		return c, Scorer{Calendar: calendar()}.Amend(ctx, d.world, d.rule, c)
	})
	return err
}

func (d *desk) must(who string, events ...triage.Event) {
	d.t.Helper()
	if err := d.act(who, events...); err != nil {
		d.t.Fatal(err)
	}
	d.check(d.t, int(d.seq))
}

func (d *desk) item(id triage.ItemID) *triage.Item {
	d.t.Helper()
	snap, err := d.world.Load(d.t.Context(), id)
	if err != nil || snap.Items[id] == nil {
		d.t.Fatalf("item %s: %v", id, err)
	}
	return snap.Items[id]
}

// decide has everything of an item decided.
func (d *desk) decide(id triage.ItemID) {
	d.t.Helper()
	i := d.item(id)
	_, _, err := d.book().Append(d.t.Context(), 1, func(_ context.Context, at uint64) (*triage.Commit, error) {
		d.now = d.now.Add(time.Minute)
		decided := triage.Decided{Item: id, Token: at + 1}
		for _, c := range i.Open {
			decided.Decisions = append(decided.Decisions, triage.Decision{Child: c, Outcome: "early_help", Rationale: "because"})
		}
		return &triage.Commit{ID: uuid.NewString(), At: d.now, Through: d.seq, Actor: triage.Actor{Name: "ash", Role: "supervisor"}, Events: []triage.Event{
			triage.Claimed{Item: id, Token: at + 1, Until: d.now.Add(time.Hour)}, triage.Opened{Item: id, Notice: i.News().Notice}, decided,
		}}, nil
	})
	if err != nil {
		d.t.Fatal(err)
	}
	if s := d.item(id).State(); s != triage.DecidedState {
		d.t.Fatalf("item is %s after a decision on every child", s)
	}
}

// given is what a notice gives an item, whatever the item is called and whoever
// has touched it.
type given struct {
	State    triage.State
	Band     triage.Band
	Points   int
	Due      time.Time
	Received time.Time
	Children []string
	Links    []triage.ItemID
	Open     []string
}

func givenBy(i *triage.Item) given {
	g := given{State: i.State(), Band: i.Band(), Points: i.Score.Points, Due: i.Due, Received: i.Received, Open: i.Open}
	for _, c := range i.Children {
		g.Children = append(g.Children, c.ID+" "+c.Person.Name)
	}
	for _, l := range i.Links {
		g.Links = append(g.Links, l.To)
	}
	return g
}

// TestSplitOfAJoinRestoresBothClocks: TheHive #2300 and #1648, a wrong fold
// detached leaves both complete; Alertmanager #1153, what was folded ranks by
// itself again at once.
func TestSplitOfAJoinRestoresBothClocks(t *testing.T) {
	for _, later := range []time.Duration{2 * time.Hour, 26 * time.Hour} { // the younger, the older is due first
		joinAndSplit(t, later)
	}
}

func joinAndSplit(t *testing.T, later time.Duration) {
	t.Helper()
	d := newDesk(t)
	a := d.take(d.entry(family(0), "dash"))
	d.now = d.now.Add(later)
	e := d.entry(family(1), "threat_to_kill")
	b := d.take(e)
	wantA, wantB := givenBy(a), givenBy(b)
	if a.ID == b.ID || a.Band() != triage.Amber || b.Band() != triage.Red {
		t.Fatalf("two items, AMBER and RED, are wanted first; got %s %s and %s %s", a.ID, a.Band(), b.ID, b.Band())
	}
	d.must("ash", triage.ItemJoined{Item: a.ID, Absorbed: b.ID, Reason: "one evening"})
	joined := d.item(a.ID)
	if joined.Band() != triage.Red || joined.Due.After(wantA.Due) || joined.Due.After(wantB.Due) || len(joined.Children) != 2 || len(joined.Open) != 2 {
		t.Errorf("the joined item is %+v", givenBy(joined))
	}
	if gone := d.item(b.ID); gone.State() != triage.JoinedState || gone.JoinedInto != a.ID {
		t.Errorf("the absorbed item is %s into %s", gone.State(), gone.JoinedInto)
	}
	part := triage.ItemID(uuid.NewString())
	d.must("ash", triage.NoticeSplit{Item: a.ID, Notice: e.Notice, New: part, Reason: "two evenings"})
	if diff := cmp.Diff(wantA, givenBy(d.item(a.ID)), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("the survivor is not as before (-) the join (+):\n%s", diff)
	}
	if diff := cmp.Diff(wantB, givenBy(d.item(part)), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("the part is not as before (-) the join (+):\n%s", diff)
	}
	if i := d.item(part); !slices.Contains(i.Apart, a.ID) || !slices.Contains(d.item(a.ID).Apart, part) {
		t.Error("the two may join again by themselves")
	}
}

// TestJoinNeverLowers: invariant 5 of the design, and the peers' bug 19 (Zammad
// #904): a fold neither stops a clock nor lets it ring twice.
func TestJoinNeverLowers(t *testing.T) {
	slugs := []string{"threat_to_kill", "dash", "substance_misuse", "offending"}
	rapid.Check(t, func(rt *rapid.T) {
		d := newDesk(t)
		draw := func(n int) *triage.Item {
			d.now = d.now.Add(time.Duration(rapid.IntRange(0, 60*50).Draw(rt, "minutes")) * time.Minute)
			i := d.take(d.entry(family(n), rapid.SliceOfN(rapid.SampledFrom(slugs), 0, 3).Draw(rt, "facts")...))
			switch rapid.IntRange(0, 4).Draw(rt, "then") {
			case 0:
				d.decide(i.ID)
			case 1:
				d.must("ash", triage.Claimed{Item: i.ID, Token: d.world.Ledger().Seq + 1, Until: d.now.Add(time.Hour)})
				i = d.item(i.ID)
				band := triage.Blue + triage.Band(rapid.IntRange(0, 3).Draw(rt, "override"))
				d.override(i, band)
			case 2:
				d.plain(triage.Overdue{Item: i.ID})
			}
			return d.item(i.ID)
		}
		a, b := draw(0), draw(1)
		older, younger := a, b
		if b.Older(a) {
			older, younger = b, a
		}
		if err := d.act("ash", triage.ItemJoined{Item: older.ID, Absorbed: younger.ID, Reason: "because"}); err != nil {
			rt.Fatal(err)
		}
		j := d.item(older.ID)
		for _, i := range []*triage.Item{a, b} {
			if !i.Queued() {
				continue
			}
			if j.Band() < i.Band() || j.Due.After(i.Due) || !j.Queued() || queue.KeyOf(j).Order() > queue.KeyOf(i).Order() {
				rt.Fatalf("joined: %+v\nbefore: %+v", givenBy(j), givenBy(i))
			}
			if i.Overdue && !j.Overdue {
				rt.Fatal("the clock would say twice that the item is overdue")
			}
		}
		if !a.Queued() && !b.Queued() && j.Queued() {
			rt.Fatal("two decided items wait again")
		}
	})
}

func (d *desk) override(i *triage.Item, band triage.Band) {
	d.t.Helper()
	due := i.Due
	if band < i.Band() {
		due = calendar().Due(band, i.Received)
	}
	d.plain(triage.BandOverridden{Item: i.ID, Token: i.Claim.Token, Band: band, Due: due, Reason: "seen worse"},
		triage.Released{Item: i.ID, Token: i.Claim.Token})
}

// plain is a commit that needs no scoring.
func (d *desk) plain(events ...triage.Event) {
	d.t.Helper()
	_, _, err := d.book().Append(d.t.Context(), 1, func(context.Context, uint64) (*triage.Commit, error) {
		d.now = d.now.Add(time.Minute)
		return &triage.Commit{ID: uuid.NewString(), At: d.now, Through: d.seq, Actor: triage.Actor{Name: "ash", Role: "supervisor"}, Events: events}, nil
	})
	if err != nil {
		d.t.Fatal(err)
	}
}

// update is another notice about the family's incident.
func (d *desk) update(r triage.Reading, facts ...string) triage.Entry {
	r.References = []triage.Reference{{Kind: "occurrence", Force: "wyp", Raw: "13260000001", Norm: "13260000001", Own: true}}
	return d.entry(r, facts...)
}

// TestSplitOfNewsDecidesAgain: what a wrongly joined notice made wait again is
// decided again when it goes.
func TestSplitOfNewsDecidesAgain(t *testing.T) {
	d := newDesk(t)
	r := family(0)
	i := d.take(d.update(r, "dash"))
	d.decide(i.ID)
	before := d.item(i.ID)
	d.now = d.now.Add(5 * 24 * time.Hour)
	e := d.update(r, "threat_to_kill")
	if got := d.take(e); got.ID != i.ID || got.State() != triage.Waiting || got.Band() != triage.Red {
		t.Fatalf("news on a decided item: %+v", givenBy(got))
	} else if want := calendar().Due(triage.Red, e.Received); !got.Due.Equal(want) {
		t.Errorf("news after a decision is due %s, want its own time %s", got.Due, want)
	}
	part := triage.ItemID(uuid.NewString())
	d.must("ash", triage.NoticeSplit{Item: i.ID, Notice: e.Notice, New: part, Reason: "another evening"})
	after := d.item(i.ID)
	if after.State() != triage.DecidedState || after.Band() != before.Band() || len(after.Decisions) != 1 {
		t.Errorf("after the split the item is %+v, want it decided as before: %+v", givenBy(after), givenBy(before))
	}
	if p := d.item(part); p.State() != triage.Waiting || p.Band() != triage.Red {
		t.Errorf("the part is %+v", givenBy(p))
	}
}

// TestCorrectionLowersAndGivesTimeBack: a person's correction is one of the few
// things that lower; the clock is the band's, from the first receipt.
func TestCorrectionLowersAndGivesTimeBack(t *testing.T) {
	d := newDesk(t)
	e := d.entry(family(0), "threat_to_kill", "dash")
	i := d.take(e)
	again := e
	again.Seq, again.Notice, again.Received = d.seq+1, triage.NewNoticeID("bradford", "s", d.seq+1), d.now.Add(time.Hour)
	d.seq++
	if got := d.take(again); got.ID != i.ID || got.Entries[1].Relation != triage.RelationResend {
		t.Fatalf("the same text again became %+v", got.Entries)
	}
	correct := triage.FactCorrected{Item: i.ID, Notice: e.Notice, Fact: 0, Polarity: triage.Absent, Time: triage.Current, Holder: triage.HolderHome, Reason: "of the neighbour"}
	d.must("ash", correct)
	got := d.item(i.ID)
	if got.Band() != triage.Amber || !got.Due.Equal(calendar().Due(triage.Amber, e.Received)) {
		t.Errorf("after the correction the item is %s, due %s", got.Band(), got.Due)
	}
	correct.Fact, correct.Polarity = 0, triage.Present
	d.must("ash", correct)
	if got := d.item(i.ID); got.Band() != triage.Red || !got.Due.Equal(calendar().Due(triage.Red, e.Received)) {
		t.Errorf("corrected back the item is %s, due %s", got.Band(), got.Due)
	}
}

// TestStruckNoticeTakesWhatItGave: band, clock, children and links.
func TestStruckNoticeTakesWhatItGave(t *testing.T) {
	d := newDesk(t)
	first := d.entry(family(1), "dash")
	past := d.take(first)
	r := family(0)
	i := d.take(d.update(r, "substance_misuse"))
	before := givenBy(d.item(i.ID))
	d.now = d.now.Add(3 * time.Hour)
	both := r
	both.People = append(slices.Clone(r.People), family(1).People[0])
	both.People[2].DOB, both.People[2].BornFrom, both.People[2].BornTo = family(1).People[0].DOB, family(1).People[0].DOB, family(1).People[0].DOB
	e := d.update(both, "threat_to_kill")
	got := d.take(e)
	if got.ID != i.ID || len(got.Children) != 2 || len(got.Links) == 0 || got.Links[0].To != past.ID {
		t.Fatalf("the update with a child of %s became %+v", past.ID, givenBy(got))
	}
	strike := triage.NoticeStruck{Item: i.ID, Notice: e.Notice, Reason: "wrong child"}
	d.must("ash", strike)
	if diff := cmp.Diff(before, givenBy(d.item(i.ID)), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("with the notice struck the item is not as before (-) it (+):\n%s", diff)
	}
	if err := d.act("ash", strike); !errors.Is(err, triage.ErrState) {
		t.Errorf("striking twice = %v, want ErrState", err)
	}
	d.must("ash", triage.NoticeStruck{Item: i.ID, Notice: i.Entries[0].Notice, Reason: "wrong house"})
	if s := d.item(i.ID).State(); s != triage.StruckState {
		t.Errorf("with every notice struck the item is %s", s)
	}
	part := triage.ItemID(uuid.NewString())
	if err := d.act("ash", triage.NoticeSplit{Item: i.ID, Notice: e.Notice, New: part, Reason: "right house"}); err != nil {
		t.Fatal(err)
	}
	if p := d.item(part); p.State() != triage.Waiting || p.Band() != triage.Red {
		t.Errorf("a struck notice split off is %+v, want an item of its own", givenBy(p))
	}
}

// TestLinkJudgedReachesBothSides: a possible link counts when it is confirmed,
// never again when it is rejected, for whichever item stands later.
func TestLinkJudgedReachesBothSides(t *testing.T) {
	d := newDesk(t)
	a := d.take(d.entry(family(0), "dash"))
	b := d.take(d.entry(family(1), "dash"))
	d.plain(triage.ItemLinked{Item: b.ID, Link: triage.Link{To: a.ID, Kind: triage.LinkPossible, Child: "c1", Notices: []triage.NoticeID{b.Entries[0].Notice}}})
	plainA, plainB := d.item(a.ID).Score.Points, d.item(b.ID).Score.Points
	judge := triage.LinkJudged{Item: b.ID, To: a.ID, Child: "c1", Confirmed: true, Reason: "same boy"}
	d.must("ash", judge)
	if i := d.item(b.ID); i.Score.Points <= plainB || len(i.History.Incidents) != 1 {
		t.Errorf("a confirmed link gives %d points for %d before", i.Score.Points, plainB)
	}
	if i := d.item(a.ID); len(i.History.Incidents) != 1 {
		t.Error("the item that the link points to has no history of it")
	}
	d.decide(a.ID)
	judge.Confirmed = false
	d.must("ash", judge)
	if i := d.item(b.ID); i.Score.Points != plainB || len(i.History.Incidents) != 0 {
		t.Errorf("a rejected link leaves %d points, %d before it", i.Score.Points, plainB)
	}
	if i := d.item(a.ID); i.State() != triage.DecidedState || plainA == 0 {
		t.Error("an item that is decided came back for a link")
	}
	d.plain(triage.ItemLinked{Item: b.ID, Link: triage.Link{To: a.ID, Kind: triage.LinkPossible, Child: "c1", Confirmed: true}})
	if l := d.item(b.ID).Links[0]; !l.Rejected || l.Confirmed {
		t.Errorf("a rejected link is %+v after it was found again", l)
	}
}

// TestJoinKeepsTheHistoryOfOthers: an item linked to the absorbed one counts
// the survivor from then on.
func TestJoinKeepsTheHistoryOfOthers(t *testing.T) {
	d := newDesk(t)
	a := d.take(d.entry(family(0), "dash"))
	r := family(1)
	b := d.take(d.entry(r, "dash"))
	r.IncidentDate = "2026-09-07"
	later := d.take(d.entry(r, "substance_misuse"))
	if later.ID == b.ID || len(later.History.Incidents) != 1 || later.History.Incidents[0].Item != b.ID {
		t.Fatalf("a later incident of the child has the history %+v", later.History)
	}
	d.must("ash", triage.ItemJoined{Item: a.ID, Absorbed: b.ID, Reason: "one evening"})
	got := d.item(later.ID)
	if len(got.History.Incidents) != 1 || got.History.Incidents[0].Item != a.ID || got.Score.Points < later.Score.Points {
		t.Errorf("after the join the later item has %d points for %d, history %+v", got.Score.Points, later.Score.Points, got.History)
	}
}

// TestStatusStaysOverNews: what a person said of a child is not lost with the
// next notice or a split.
func TestStatusStaysOverNews(t *testing.T) {
	d := newDesk(t)
	r := family(0)
	i := d.take(d.update(r, "substance_misuse"))
	d.must("ash", triage.ChildStatusSet{Item: i.ID, Child: "c1", Status: "child_protection", AsOf: "2026-09-07", Source: "person"})
	raised := d.item(i.ID).Score.Points
	if raised <= i.Score.Points {
		t.Errorf("a child protection plan gives %d points for %d", raised, i.Score.Points)
	}
	e := d.update(r, "offending")
	if got := d.take(e); got.ID != i.ID || got.Children[0].Status != "child_protection" {
		t.Fatalf("after news the child is %+v", got.Children)
	}
	d.must("ash", triage.NoticeStruck{Item: i.ID, Notice: e.Notice, Reason: "wrong child"})
	if c := d.item(i.ID).Children[0]; c.Status != "child_protection" || c.AsOf != "2026-09-07" {
		t.Errorf("after a strike the child is %q as of %q", c.Status, c.AsOf)
	}
	d.must("ash", triage.ChildStatusSet{Item: i.ID, Child: "c1", Status: "none", AsOf: "2026-09-08", Source: "person"})
	if c := d.item(i.ID).Children[0]; c.Status != "" {
		t.Errorf("the status that was taken back is %q", c.Status)
	}
}

// TestOverrideEndsWithWorse: a person lowered what was known then, not what
// comes, however late its mail was delivered.
func TestOverrideEndsWithWorse(t *testing.T) {
	d := newDesk(t)
	r := family(0)
	i := d.take(d.update(r, "threat_to_kill"))
	d.plain(triage.Claimed{Item: i.ID, Token: d.world.Ledger().Seq + 1, Until: d.now.Add(time.Hour)})
	d.override(d.item(i.ID), triage.Green)
	if got := d.item(i.ID); got.Band() != triage.Green {
		t.Fatalf("overridden to GREEN the item is %s", got.Band())
	}
	e := d.update(r, "threat_to_kill", "dash")
	e.Received = i.Received.Add(time.Second) // received before the override, delivered after it
	if got := d.take(e); got.ID != i.ID || got.Band() != triage.Red || got.Due.After(calendar().Due(triage.Red, e.Received)) {
		t.Errorf("after worse news the item is %s, due %s", got.Band(), got.Due)
	}
}

// TestHeldItemsAreLeftAlone by everybody but their holder.
func TestHeldItemsAreLeftAlone(t *testing.T) {
	d := newDesk(t)
	a, b := d.take(d.entry(family(0), "dash")), d.take(d.entry(family(1), "dash"))
	d.plain(triage.Claimed{Item: a.ID, Token: d.world.Ledger().Seq + 1, Until: d.now.Add(time.Hour)})
	for _, e := range []triage.Event{
		triage.ItemJoined{Item: a.ID, Absorbed: b.ID, Reason: "because"},
		triage.FactCorrected{Item: a.ID, Notice: a.Entries[0].Notice, Polarity: triage.Absent, Time: triage.Current, Holder: triage.HolderHome, Reason: "because"},
		triage.NoticeStruck{Item: a.ID, Notice: a.Entries[0].Notice, Reason: "because"},
	} {
		if err := d.act("blake", e); !errors.Is(err, triage.ErrClaimed) {
			t.Errorf("%T by another than the holder = %v, want ErrClaimed", e, err)
		}
	}
	d.now = d.now.Add(2 * time.Hour)
	if err := d.act("blake", triage.ItemJoined{Item: a.ID, Absorbed: b.ID, Reason: "because"}); err != nil {
		t.Errorf("a join after the holder's time ran out = %v", err)
	}
}

// TestClockOfSeveralNotices: what a person takes back gives back the time that
// it took, and no more: the clock is set anew by the notices one after the other.
func TestClockOfSeveralNotices(t *testing.T) {
	d := newDesk(t)
	r := family(0)
	var notices []triage.Entry
	for _, slug := range []string{"substance_misuse", "threat_to_kill", "offending"} {
		e := d.update(r, slug)
		notices = append(notices, e)
		d.take(e)
		d.now = d.now.Add(90 * time.Minute)
	}
	i := d.world.Items()[0]
	red := calendar().Due(triage.Red, notices[1].Received)
	if len(d.world.Items()) != 1 || !i.Due.Equal(red) {
		t.Fatalf("three notices of one incident make %d items, due %s; want it due %s", len(d.world.Items()), i.Due, red)
	}
	absent := func(n int) {
		d.must("ash", triage.FactCorrected{Item: i.ID, Notice: notices[n].Notice, Polarity: triage.Absent, Time: triage.Current, Holder: triage.HolderHome, Reason: "not so"})
	}
	absent(2)
	if got := d.item(i.ID); !got.Due.Equal(red) {
		t.Errorf("without the last notice's fact it is due %s, want %s as before", got.Due, red)
	}
	absent(1)
	if got, want := d.item(i.ID), calendar().Due(triage.Green, notices[0].Received); got.Band() != triage.Green || !got.Due.Equal(want) {
		t.Errorf("without the threat it is %s, due %s, want GREEN, %s", got.Band(), got.Due, want)
	}
}
