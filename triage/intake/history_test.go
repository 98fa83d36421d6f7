package intake

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/ppn-triage/ppn-triage/triage"
)

// on is a notice about an incident of the family on another day.
func (d *desk) on(date string, facts ...string) triage.Entry {
	r := family(0)
	r.IncidentDate = date
	return d.entry(r, facts...)
}

// worth are the points that history adds, and why.
func worth(i *triage.Item) (points int, why []string) {
	for _, p := range i.Score.Parts {
		if p.Name == "history" {
			points, why = points+p.Points, append(why, p.Why)
		}
	}
	return points, why
}

// dated finds the item of the incident of a day.
func (d *desk) dated(date string) *triage.Item {
	d.t.Helper()
	for _, i := range d.world.Items() {
		if i.Entries[0].Reading.IncidentDate == date {
			return i
		}
	}
	d.t.Fatalf("no incident of %s", date)
	return nil
}

// TestHistory is policy.md's paragraph on history, in every order of arrival:
// incidents are counted by their own date, for the item of each.
func TestHistory(t *testing.T) {
	const drink, dash, theft = "substance_misuse", "dash", "offending"
	for _, c := range []struct {
		why    string
		past   [][2]string // date and fact of the incidents before
		fact   string      // of the incident of 6 September 2026
		points int
		band   triage.Band
		flag   string
	}{
		{why: "none before", fact: drink, band: triage.Green},
		{why: "second in 90 days", past: [][2]string{{"2026-06-08", drink}}, fact: drink, points: 1000, band: triage.Green},
		{why: "second on the 91st day", past: [][2]string{{"2026-06-07", drink}}, fact: drink, band: triage.Green},
		{why: "third in 90 days, without harm: AMBER", past: [][2]string{{"2026-08-01", drink}, {"2026-07-01", drink}}, fact: drink, points: 1500, band: triage.Amber},
		{why: "third-incident rule: RED", past: [][2]string{{"2026-08-01", dash}, {"2026-07-01", drink}}, fact: dash, points: 1500, band: triage.Red},
		{why: "third-incident rule needs an own floor", past: [][2]string{{"2026-08-01", dash}, {"2026-07-01", dash}}, fact: drink, points: 1500, band: triage.Amber},
		{why: "third in 6 months", past: [][2]string{{"2026-05-01", drink}, {"2026-03-10", drink}}, fact: drink, points: 1500, band: triage.Amber},
		{why: "third in 7 months", past: [][2]string{{"2026-05-01", drink}, {"2026-02-10", drink}}, fact: drink, band: triage.Green},
		{why: "fourth in 12 months", past: [][2]string{{"2026-05-01", drink}, {"2026-02-10", drink}, {"2025-10-01", drink}}, fact: drink, points: 1500, band: triage.Amber},
		{why: "only offending: GREEN and a flag", past: [][2]string{{"2026-08-01", theft}, {"2026-07-01", theft}}, fact: theft, points: 1500, band: triage.Green, flag: "pattern"},
		{why: "a later incident is no history", past: [][2]string{{"2026-10-01", dash}, {"2026-10-20", dash}}, fact: drink, band: triage.Green},
	} {
		all := append(slices.Clone(c.past), [2]string{"2026-09-06", c.fact})
		for n, order := range permutations(len(all)) {
			d := newDesk(t)
			for _, k := range order {
				d.take(d.on(all[k][0], all[k][1]))
			}
			i := d.dated("2026-09-06")
			points, why := worth(i)
			if points != c.points || i.Band() != c.band || c.flag != "" && !slices.Contains(i.Score.Flags, c.flag) {
				t.Errorf("%s, arriving as %v: %s with %d points %v and flags %v, want %s with %d", c.why, order, i.Band(), points, why, i.Score.Flags, c.band, c.points)
			}
			if n == 0 {
				d.check(t, len(all))
			}
		}
	}
}

func permutations(n int) (all [][]int) {
	if n == 0 {
		return [][]int{nil}
	}
	for _, rest := range permutations(n - 1) {
		for at := range n {
			all = append(all, slices.Insert(slices.Clone(rest), at, n-1))
		}
	}
	return all
}

// TestClosedCase: a case that children's social care closed shortly before adds
// its points, by the day of the closing.
func TestClosedCase(t *testing.T) {
	for closed, want := range map[string]int{"2026-08-01": 1200, "2026-06-08": 1200, "2026-06-07": 600, "2025-09-07": 600, "2025-09-05": 0} {
		d := newDesk(t)
		i := d.take(d.on("2026-09-06", "substance_misuse"))
		d.must("ash", triage.ChildStatusSet{Item: i.ID, Child: "c1", Status: "none", ClosedAt: closed, AsOf: "2026-09-07", Source: "person"})
		if got, why := worth(d.item(i.ID)); got != want {
			t.Errorf("closed %s: %d points %v, want %d", closed, got, why, want)
		}
	}
}

// TestALateNoticeFindsWhatSharesNoKey: what an earlier item gains is the history
// of later ones, also of one that the notice itself has nothing in common with.
func TestALateNoticeFindsWhatSharesNoKey(t *testing.T) {
	d := newDesk(t)
	ref := []triage.Reference{{Kind: "occurrence", Force: "wyp", Raw: "13260000001", Norm: "13260000001", Own: true}}
	first := family(0)
	first.IncidentDate, first.References = "2026-08-20", ref
	earlier := d.take(d.entry(first, "missing"))
	sister := family(0)
	dob := "2020-02-29"
	sister.People[0].Name, sister.People[0].Given, sister.People[0].DOB, sister.People[0].BornFrom, sister.People[0].BornTo = "Hermione Brackley", "Hermione", dob, dob, dob
	later := d.take(d.entry(sister, "substance_misuse"))
	if len(later.Links) != 1 || later.Links[0].To != earlier.ID || later.Links[0].Kind != triage.LinkHousehold {
		t.Fatalf("the sister's incident has links %+v, want one of the household", later.Links)
	}
	if points, _ := worth(later); points != 0 {
		t.Fatalf("an incident of being missing alone counts %d", points)
	}
	bare := triage.Reading{Force: "wyp", DashTicks: -1, IncidentDate: "2026-08-20", References: ref}
	if got := d.take(d.entry(bare, "dash")); got.ID != earlier.ID {
		t.Fatalf("the second notice about the earlier incident did not join it")
	}
	if points, why := worth(d.item(later.ID)); points != 1000 {
		t.Errorf("the later incident has %d points %v of history, want those of a second one", points, why)
	}
	d.check(t, 3)
}

// TestLateNewsLeavesPeopleTheirWork: an item that gains nothing keeps its
// version, so that nobody's decision on it is refused as stale.
func TestLateNewsLeavesPeopleTheirWork(t *testing.T) {
	d := newDesk(t)
	first := d.take(d.on("2026-08-01", "substance_misuse"))
	d.take(d.on("2026-09-06", "substance_misuse"))
	if got := d.item(first.ID); got.Version != first.Version {
		t.Errorf("a later incident moved the earlier item from version %d to %d", first.Version, got.Version)
	}
}

// TestTwoIncidentsOfADay: of two incidents of one day neither is the earlier one,
// so each is history of the other, whichever was told first.
func TestTwoIncidentsOfADay(t *testing.T) {
	d := newDesk(t)
	for _, ref := range []string{"13260000001", "13260777777"} {
		r := family(0)
		r.References = []triage.Reference{{Kind: "occurrence", Force: "wyp", Raw: ref, Norm: ref, Own: true}}
		d.take(d.entry(r, "substance_misuse"))
	}
	items := d.check(t, 2).Items()
	if len(items) != 2 {
		t.Fatalf("two incidents of a day are %d items", len(items))
	}
	for _, i := range items {
		if points, why := worth(i); points != 1000 {
			t.Errorf("the incident of notice %d has %d points %v of history, want those of a second one", i.Seq, points, why)
		}
	}
}

// TestNoticesOverAndOver is the peers' bug 4 (FreeScout #3186, #1350) at its
// worst: 200 notices, each sent eight times, all mixed, read by eight workers at
// once: one item each, of every notice whole.
func TestNoticesOverAndOver(t *testing.T) {
	var all [][]byte
	for range 8 {
		all = append(all, mails(0, 200)...)
	}
	r := rand.New(rand.NewPCG(8, 200)) //nolint:gosec // the same order every time
	r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	w := newTown(all...)
	w.race(t, 8)
	items := w.check(t, len(all)).Items()
	if len(items) != 200 {
		t.Errorf("200 incidents became %d items", len(items))
	}
	for _, i := range items {
		texts := map[string]bool{}
		for _, e := range i.Entries {
			texts[fmt.Sprint(e.Content, len(e.Reading.People), len(e.Reading.Facts))] = true
		}
		if len(i.Entries) != 8 || len(texts) != 1 {
			t.Errorf("item %s has %d notices of %d texts, want the same one eight times", i.ID, len(i.Entries), len(texts))
		}
	}
}

// TestSuppressedRanksAgainAtOnce is the peers' bugs 19 and 24 (Zammad #904;
// Alertmanager #1153, #2496): what was folded into another item rings and ranks
// no more, and when the other is decided or the fold undone it is back at its
// own place in that very commit.
func TestSuppressedRanksAgainAtOnce(t *testing.T) {
	d := newDesk(t)
	a := d.take(d.entry(family(0), "substance_misuse"))
	e := d.entry(family(1), "threat_to_kill")
	b := d.take(e)
	own := d.item(b.ID)
	d.must("ash", triage.ItemJoined{Item: a.ID, Absorbed: b.ID, Reason: "one evening"})
	if i := d.item(b.ID); i.Queued() {
		t.Error("the item that was folded into another still stands in the queue")
	}
	d.decide(a.ID)
	at := d.world.Ledger().Seq
	part := triage.ItemID(strings.Repeat("0", 8) + "-0000-5000-8000-000000000001")
	d.must("ash", triage.NoticeSplit{Item: a.ID, Notice: e.Notice, New: part, Reason: "two evenings"})
	i := d.item(part)
	if d.world.Ledger().Seq != at+1 || !i.Queued() || i.Band() != own.Band() || !i.Due.Equal(own.Due) || i.Touched != at+1 {
		t.Errorf("unfolded after %d commits it is %+v, want it at once as it was: %+v", d.world.Ledger().Seq-at, givenBy(i), givenBy(own))
	}
	if s := d.item(a.ID).State(); s != triage.DecidedState {
		t.Errorf("what is left of the decided item is %s", s)
	}
}
