package intake

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/audit"
)

// said is a notice built by hand: what its reading would say.
type said struct {
	household int
	incident  int // of the household: it has a day and a reference of its own
	children  []int
	facts     []string // "slug sign sign"
	words     string   // makes it another text
	at        time.Time
}

func (s said) reading() triage.Reading {
	home := triage.Address{Line: fmt.Sprintf("%d Mill Lane, Bradford", s.household*7+3), Postcode: fmt.Sprintf("BD%d 1AB", s.household+1)}
	day := monday.AddDate(0, 0, -40+20*s.incident).Format(time.DateOnly)
	r := triage.Reading{
		IncidentDate: day, Form: "wyp_ppn", DashTicks: -1, Place: home, Officer: "PC 1 TEST", PoliceGrade: "standard",
		References: []triage.Reference{{Kind: "occurrence", Force: "wyp", Raw: fmt.Sprintf("1326%03d%03d", s.household, s.incident), Norm: fmt.Sprintf("1326%03d%03d", s.household, s.incident), Own: true}},
	}
	family := []string{"BRACKLEY", "THORNWICK", "WINTERDALE"}[s.household]
	for _, c := range s.children {
		given := []string{"Ava", "Noah", "Zara"}[c]
		dob := fmt.Sprintf("%d-0%d-1%d", 2015+2*c, s.household+1, c)
		r.People = append(r.People, triage.Person{
			Role: triage.RoleChild, Name: given + " " + family, Given: given, Family: family, DOB: dob, BornFrom: dob, BornTo: dob, AgeStated: true, Address: home,
		})
	}
	for _, f := range s.facts {
		slug, signs, _ := strings.Cut(f, " ")
		r.Facts = append(r.Facts, triage.Fact{
			Slug: slug, Signs: strings.Fields(signs), Polarity: triage.Present, Time: triage.Current, Holder: triage.HolderHome, Child: -1, Quote: f,
		})
	}
	return r
}

// byHand is a worker at the time of a notice, and the notice as its reader has
// understood it.
func (w *town) byHand(b *Book, s said) (*Worker, reading) {
	worker := w.worker(b)
	worker.Now = func() time.Time { return s.at.Add(time.Minute) }
	seq := w.world.Ledger().Through + 1
	l := &triage.Letter{Kind: triage.LetterNotice, ContentHash: digestText(fmt.Sprint(s.household, s.incident, s.children, s.facts, s.words)), MessageID: fmt.Sprint(seq)}
	r := reading{event: worker.noticeRead(Notice{Seq: seq, Force: "wyp", Time: s.at}, l)}
	e := entry(&r.event, 0, s.reading(), true)
	r.parts, r.keys = []triage.Entry{e}, keysOf(defaults(), e)
	return worker, r
}

// feed takes the notices in, one commit each.
func (w *town) feed(t testing.TB, notices ...said) {
	t.Helper()
	for _, s := range notices {
		worker, r := w.byHand(w.book(), s)
		tn := &turn{Worker: worker, size: 1, batch: []reading{r}, first: r.event.Seq, rules: defaults().Hash}
		if _, _, err := worker.Book.Append(t.Context(), 3, tn.build); err != nil {
			t.Fatal(err)
		}
	}
}

// act appends what a person does.
func (w *town) act(t testing.TB, who string, at time.Time, events ...triage.Event) {
	t.Helper()
	_, _, err := w.book().Append(t.Context(), 3, func(ctx context.Context, pos uint64) (*triage.Commit, error) {
		c := &triage.Commit{ID: fmt.Sprint("act-", pos), Actor: triage.Actor{Name: who}, At: at, Through: w.world.Ledger().Through, Seq: pos + 1, Events: events}
		switch events[0].(type) {
		case triage.NoticeSplit, triage.ItemJoined, triage.NoticeStruck:
			return c, Scorer{Calendar: calendar()}.Amend(ctx, w.world, defaults(), c)
		}
		return c, nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// decide has a person decide on every child of an item.
func (w *town) decide(t testing.TB, i *triage.Item, at time.Time) {
	t.Helper()
	token := w.world.Ledger().Seq + 1
	w.act(t, "ann", at, triage.Claimed{Item: i.ID, Token: token, Until: at.Add(time.Hour)})
	w.act(t, "ann", at, triage.Opened{Item: i.ID, Notice: i.News().Notice})
	var ds []triage.Decision
	for _, c := range i.Children {
		ds = append(ds, triage.Decision{Child: c.ID, Outcome: "no_further_action", Rationale: "known"})
	}
	w.act(t, "ann", at, triage.Decided{Item: i.ID, Token: token, Decisions: ds})
}

// Facts by the band they give a child of school age.
const (
	red   = "police_request act_today"
	amber = "domestic_abuse assaulted between_partners"
	saw   = "child_present saw"
	green = "domestic_abuse verbal between_partners"
)

// London times of the week of the clock's tests.
func at(day, hour, minute int) time.Time {
	zone := must(time.LoadLocation("Europe/London"))
	return time.Date(2026, 9, day, hour, minute, 0, 0, zone)
}

// TestClock is policy.md's section "Clock", told by notices: 7 September 2026
// is a Monday, the 11th a Friday.
func TestClock(t *testing.T) {
	one := func(at time.Time, facts ...string) said { return said{children: []int{0}, facts: facts, at: at} }
	again := func(s said, at time.Time) said { s.at = at; return s }
	for _, tt := range []struct {
		why    string
		then   []said
		person func(t *testing.T, w *town)
		after  []said
		due    time.Time
	}{
		{why: "RED: four hours, day and night", then: []said{one(at(7, 22, 0), red)}, due: at(8, 2, 0)},
		{why: "AMBER: 24 hours", then: []said{one(at(7, 10, 0), amber, saw)}, due: at(8, 10, 0)},
		{why: "AMBER on a Friday morning: that day's close", then: []said{one(at(11, 10, 0), amber, saw)}, due: at(11, 16, 30)},
		{why: "AMBER on a Friday afternoon: noon of Monday", then: []said{one(at(11, 14, 0), amber, saw)}, due: at(14, 12, 0)},
		{why: "GREEN: close of the first working day after", then: []said{one(at(7, 10, 0), green)}, due: at(8, 17, 0)},
		{
			why:  "an update that says no worse keeps the time",
			then: []said{one(at(7, 10, 0), green), {children: []int{0}, facts: []string{green}, words: "more", at: at(8, 9, 0)}}, due: at(8, 17, 0),
		},
		{
			why:  "an update that says no worse is not even quicker: AMBER received at 16:00 and updated at 20:00",
			then: []said{one(at(7, 16, 0), amber, saw), {children: []int{0}, facts: []string{amber, saw}, words: "more", at: at(7, 20, 0)}}, due: at(8, 16, 0),
		},
		{why: "a raise: the new band's time from the notice that raised it", then: []said{one(at(7, 10, 0), green), one(at(7, 15, 0), red)}, due: at(7, 19, 0)},
		{why: "a raise never gives more time", then: []said{one(at(7, 10, 0), amber, saw), one(at(8, 9, 0), red)}, due: at(8, 10, 0)},
		{why: "a resend resets nothing", then: []said{one(at(7, 10, 0), green), again(one(at(7, 10, 0), green), at(8, 11, 0))}, due: at(8, 17, 0)},
		{
			why:    "news after a decision has a clock of its own",
			then:   []said{one(at(7, 10, 0), green)},
			person: func(t *testing.T, w *town) { w.decide(t, w.world.Items()[0], at(7, 12, 0)) },
			after:  []said{{children: []int{0}, facts: []string{green}, words: "more", at: at(9, 9, 0)}},
			due:    at(10, 17, 0),
		},
		{
			why:    "a resend after a decision starts none",
			then:   []said{one(at(7, 10, 0), green)},
			person: func(t *testing.T, w *town) { w.decide(t, w.world.Items()[0], at(7, 12, 0)) },
			after:  []said{again(one(at(7, 10, 0), green), at(9, 9, 0))},
			due:    at(8, 17, 0),
		},
		{
			why:  "a split gives each part the time of its own notices",
			then: []said{one(at(7, 10, 0), green), one(at(7, 15, 0), red)},
			person: func(t *testing.T, w *town) {
				i := w.world.Items()[0]
				w.act(t, "ann", at(7, 16, 0), triage.NoticeSplit{Item: i.ID, Notice: i.Entries[1].Notice, New: "00000000-0000-5000-8000-000000000000", Reason: "another family"})
				if part := must(w.world.Load(t.Context(), "00000000-0000-5000-8000-000000000000")).Items["00000000-0000-5000-8000-000000000000"]; !part.Due.Equal(at(7, 19, 0)) {
					t.Errorf("the part is due %v, want its own notice's %v", part.Due, at(7, 19, 0))
				}
			},
			due: at(8, 17, 0),
		},
		{
			why:  "a late notice that was received first sets the clock back to it",
			then: []said{one(at(8, 10, 0), green), {children: []int{0}, facts: []string{green}, words: "first", at: at(7, 10, 0)}}, due: at(8, 17, 0),
		},
	} {
		t.Run(tt.why, func(t *testing.T) {
			w := newTown()
			w.feed(t, tt.then...)
			id := w.world.Items()[0].ID
			if tt.person != nil {
				tt.person(t, w)
			}
			w.feed(t, tt.after...)
			w.check(t, len(tt.then)+len(tt.after))
			i := must(w.world.Load(t.Context(), id)).Items[id]
			if !i.Due.Equal(tt.due) {
				t.Errorf("due %v at %v with %d notices, want %v", i.Due.In(tt.due.Location()), i.Band(), len(i.Entries), tt.due)
			}
		})
	}
}

// TestALateNoticeReachesBothSides: the third incident makes the pattern,
// whichever of the three arrives last.
func TestALateNoticeReachesBothSides(t *testing.T) {
	for _, order := range [][]int{{0, 1, 2}, {2, 1, 0}, {1, 2, 0}, {2, 0, 1}} {
		w := newTown()
		for n, incident := range order {
			w.feed(t, said{incident: incident, children: []int{0}, facts: []string{amber, saw}, at: at(7, 10+n, 0)})
		}
		last := w.check(t, 3).Items()
		k := slices.IndexFunc(last, func(i *triage.Item) bool {
			return i.Entries[0].Reading.IncidentDate == said{incident: 2}.reading().IncidentDate
		})
		if i := last[k]; len(last) != 3 || i.Band() != triage.Red || len(i.History.Incidents) != 2 {
			t.Errorf("arriving as %v: the third incident stands at %v with %d earlier ones, want RED with 2", order, i.Band(), len(i.History.Incidents))
		}
		if i := last[k]; order[2] != 2 && i.Due.After(at(7, 16, 0)) {
			t.Errorf("arriving as %v: due %v, want four hours from the notice that raised it at most", order, i.Due)
		}
	}
}

// TestANeighbourLowersNothing: an earlier incident that turns out to be one of
// going missing alone does not count for the next, but has.
func TestANeighbourLowersNothing(t *testing.T) {
	w := newTown()
	w.feed(t, said{children: []int{0}, facts: []string{red}, at: at(7, 9, 0)}, said{incident: 1, children: []int{0}, facts: []string{amber}, at: at(7, 10, 0)})
	next := triage.NewItemID("bradford", "s", 2, 0)
	score := func() triage.Score { return must(w.world.Load(t.Context(), next)).Items[next].Score }
	before := score()
	w.feed(t, said{children: []int{0}, facts: []string{"missing"}, at: at(7, 11, 0)})
	if now := score(); now.Band < before.Band || now.Points < before.Points {
		t.Errorf("the next incident fell from %v %d to %v %d", before.Band, before.Points, now.Band, now.Points)
	}
	w.check(t, 3)
}

// histories draws small histories of three households out of these facts.
func histories(facts ...string) *rapid.Generator[[]said] {
	return rapid.Custom(func(t *rapid.T) []said {
		var all []said
		when := monday
		for n := range rapid.IntRange(1, 8).Draw(t, "notices") {
			when = when.Add(time.Duration(rapid.IntRange(1, 30).Draw(t, "hours")) * time.Hour)
			s := said{
				household: rapid.IntRange(0, 2).Draw(t, "household"), incident: rapid.IntRange(0, 2).Draw(t, "incident"),
				children: rapid.SampledFrom([][]int{{0}, {1}, {0, 1}, {2}}).Draw(t, "children"),
				facts:    rapid.SliceOfNDistinct(rapid.SampledFrom(facts), 1, 3, rapid.ID[string]).Draw(t, "facts"),
				at:       when,
			}
			if len(all) > 0 && rapid.IntRange(0, 4).Draw(t, "resend") == 0 {
				s = all[len(all)-1]
				s.at = when
			} else {
				s.words = fmt.Sprint(n)
			}
			all = append(all, s)
		}
		return all
	})
}

// TestConservation: whatever arrives in whatever order, every notice stands in
// one item, the counts add up, and the log folds to what the store holds.
func TestConservation(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w, all := newTown(), histories(red, amber, saw, green, "missing", "self_harm", "offending").Draw(rt, "history")
		var bands map[triage.ItemID]triage.Band
		due := map[triage.ItemID]time.Time{}
		for n, s := range all {
			w.feed(t, s)
			l := w.world.Ledger()
			if err := l.Check(); err != nil {
				rt.Fatal(err)
			}
			entries, now := 0, map[triage.ItemID]triage.Band{}
			for _, i := range w.world.Items() {
				entries += len(i.Entries)
				if was, ok := due[i.ID]; ok && i.Due.After(was) {
					rt.Fatalf("notice %d gives item %s time until %v, it had until %v", n+1, i.ID, i.Due, was)
				}
				due[i.ID] = i.Due
				if now[i.ID] = i.Band(); now[i.ID] < bands[i.ID] {
					rt.Fatalf("notice %d lowered item %s from %v to %v", n+1, i.ID, bands[i.ID], now[i.ID])
				}
			}
			if bands = now; entries != n+1 {
				rt.Fatalf("%d notices stand in %d entries", n+1, entries)
			}
		}
		fresh := audit.NewWorld(defaults().Index)
		if _, err := (&Book{Log: w.log, Store: fresh}).CatchUp(t.Context()); err != nil {
			rt.Fatal(err)
		}
		if ds := audit.Diff(fresh, w.world); len(ds) > 0 {
			rt.Fatalf("the log folds to another world: %v", ds)
		}
	})
}

// view is what policy.md makes independent of the order of arrival: which
// texts are one item, and its band.
func view(w *town) (items []string) {
	for _, i := range w.world.Items() {
		texts := map[string]bool{}
		for _, e := range i.Entries {
			texts[e.Content] = true
		}
		items = append(items, fmt.Sprint(i.Band(), slices.Sorted(maps.Keys(texts))))
	}
	slices.Sort(items)
	return items
}

// TestOrderOfArrival: the same notices in another order make the same items at
// the same bands. Left free by policy.md, and so not compared: ids, relations,
// due times, the direction of links, and points inside a band. Nor are missing
// children: an incident that turns out to be one of going missing alone does not
// count for the next any more, but nothing is lowered where it has counted.
func TestOrderOfArrival(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		all := histories(red, amber, saw, green, "self_harm", "offending").Draw(rt, "history")
		for n := range all {
			all[n].at = monday.Add(time.Duration(n) * time.Minute)
		}
		mixed := rapid.Permutation(all).Draw(rt, "order")
		a, b := newTown(), newTown()
		a.feed(t, all...)
		b.feed(t, mixed...)
		if x, y := view(a), view(b); !slices.Equal(x, y) {
			rt.Fatalf("in one order\n%s\nin the other\n%s", strings.Join(x, "\n"), strings.Join(y, "\n"))
		}
	})
}
