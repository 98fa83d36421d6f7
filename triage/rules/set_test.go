package rules

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ppn-triage/ppn-triage/triage"
)

// notice makes a matter of one notice, in the words of a case file.
func notice(t testing.TB, s *Set, words string) triage.Matter {
	t.Helper()
	r, m := open("notice", []byte(words))
	c := &compiler{r: r, vocab: s.vocab, rules: map[string][]string{}, words: map[string][]string{"c.status": statuses}}
	for _, u := range s.Rules() {
		c.rules[u.ID] = nil
	}
	out := triage.Matter{At: trialDay}
	c.readNotice(m, &out)
	c.readPast(m, &out)
	m.done()
	if len(r.problems) > 0 {
		t.Fatal(r.problems)
	}
	return out
}

func TestHitsPointAtTheirFacts(t *testing.T) {
	s := mustLoad(t)
	m := notice(t, s, "{child: 9y, facts: [weapon/found, weapon/used absent, weapon/produced|blade possible, substance_misuse/alcohol historic carer]}")
	got := s.Score(m)
	want := []triage.Hit{
		{Rule: "weapon", Case: "used_produced_or_in_reach", Slug: "weapon", Title: got.Hits[0].Title, Weight: 7500, Points: 7500,
			Floor: triage.Red, Harm: true, CIN: "3B", Entry: 0, Fact: 2},
		{Rule: "substance_misuse", Case: "problem", Slug: "substance_misuse", Title: got.Hits[1].Title, Weight: 600, Points: 180,
			CIN: "1B", Entry: 0, Fact: 3},
	}
	if diff := cmp.Diff(want, got.Hits); diff != "" {
		t.Errorf("hits (-want +got):\n%s", diff)
	}
	if got.Hits[0].Title == "" || got.Ruleset != s.Hash() {
		t.Errorf("no title or ruleset: %+v", got)
	}
}

func TestFactorCodes(t *testing.T) {
	s := mustLoad(t)
	for words, want := range map[string]string{
		"{child: 9y, facts: [strangulation/of_child child]}":           "18C",
		"{child: 9y, facts: [strangulation/of_adult]}":                 "3B",
		"{child: 15y, facts: [domestic_abuse/pushed|child_to_parent]}": "14A",
		"{child: 16y, facts: [domestic_abuse/pushed|child_to_parent]}": "3B",
		"{child: 9y, facts: [critical_injury/dead]}":                   "20",
		"{child: 9y, facts: [critical_injury/in_hospital|inflicted]}":  "18C",
		"{child: 15y, facts: [serious_violence/hurt|by_child child]}":  "18B",
		"{child: 9y, facts: [carer_intoxicated/drugged carer]}":        "2B",
		"{child: 9y, facts: [carer_intoxicated/drunk|drugged carer]}":  "1B/2B",
	} {
		if got := s.Score(notice(t, s, words)).Hits[0].CIN; got != want {
			t.Errorf("CIN of %s = %s, want %s", words, got, want)
		}
	}
}

func TestExplain(t *testing.T) {
	s := mustLoad(t)
	m := notice(t, s, "{child: 10y, facts: [strangulation/of_adult, alleged_at_large/not_found, domestic_abuse/verbal, child_elsewhere/away, weapon absent]}")
	sc := s.Score(m)
	got := []string{}
	for _, w := range s.Explain(m, sc) {
		got = append(got, w.String())
	}
	want := []string{
		// without it nothing is left for the man at large to have access with
		"without strangulation: BLUE, 12.00",
		"without perpetrator_access: AMBER, 63.60",
		"without domestic_abuse: RED, 66.00",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Explain (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(sc, s.Score(m)); diff != "" {
		t.Errorf("Explain changed the score:\n%s", diff)
	}
}

// TestEveryHitCarriesItsBand: the floor's rule is among the hits, and leaving
// out any counting hit never raises.
func TestExplainNeverRaises(t *testing.T) {
	s := mustLoad(t)
	for _, u := range s.policy.order {
		for _, k := range u.cases {
			sc := s.Score(k.fires.matter)
			for _, w := range s.Explain(k.fires.matter, sc) {
				if w.Band > sc.Band || w.Points > sc.Points {
					t.Errorf("%s/%s: %s, with it %s %d", u.id, k.id, w, bandName(sc.Band), sc.Points)
				}
			}
		}
	}
}

func TestIncident(t *testing.T) {
	s := mustLoad(t)
	for words, want := range map[string]triage.PastIncident{
		"{child: 15y, facts: [missing/returned child, police_request/grade_medium]}": {Slugs: []string{"missing", "police_request"}, Band: triage.Green},
		"{child: 15y, facts: [weapon absent]}":                                       {Band: triage.Blue},
		"{child: 15y, facts: [offending/theft child]}":                               {Slugs: []string{"offending"}, Band: triage.Blue, Counted: true},
		"{child: 15y, facts: [domestic_abuse/injured historic]}":                     {Band: triage.Green, Counted: true},
		"{child: 15y, facts: [domestic_abuse/injured, missing/returned child]}":      {Slugs: []string{"domestic_abuse", "missing"}, Band: triage.Amber, Harm: true, Counted: true},
	} {
		want.Date = "2026-09-15"
		got := s.Incident(notice(t, s, words))
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("Incident(%s) (-want +got):\n%s", words, diff)
		}
	}
}

// TestConcurrentUse: one set serves all workers (run with -race).
func TestConcurrentUse(t *testing.T) {
	s := mustLoad(t)
	m := notice(t, s, "{child: 3y, children: [unborn], grade: high, facts: [strangulation/of_adult, domestic_abuse/assaulted, child_present/saw, alleged_at_large/not_found]}")
	want := s.Score(m)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 20 {
				if diff := cmp.Diff(want, s.Score(m)); diff != "" {
					t.Errorf("a concurrent score differs:\n%s", diff)
				}
			}
		})
	}
	wg.Wait()
}

func TestRulesAreDescribed(t *testing.T) {
	s := mustLoad(t)
	ids := []string{}
	for _, u := range s.Rules() {
		ids = append(ids, u.ID)
		for _, k := range u.Cases {
			if u.Title == "" || u.Source == "" || k.When == "" || strings.Contains(k.When, "  \n") {
				t.Errorf("rule %+v case %+v", u, k)
			}
		}
	}
	if !slices.Contains(ids, "infant_injury") || ids[0] != "life_threatening_injury" {
		t.Errorf("rules in the order of the file expected: %v", ids)
	}
}

// TestManyFactsCostLittle: a mail that repeats itself is looked at once.
func TestManyFactsCostLittle(t *testing.T) {
	s := mustLoad(t)
	m := notice(t, s, "{child: 9y, facts: [weapon/found]}")
	one := s.Score(m)
	f := m.Entries[0].Reading.Facts[0]
	for range 50_000 {
		m.Entries[0].Reading.Facts = append(m.Entries[0].Reading.Facts, f)
	}
	sc := newScene(s.policy, &m)
	if n := len(sc.kids[0].facts["weapon"]); n != 1 {
		t.Errorf("%d facts looked at, want 1", n)
	}
	if diff := cmp.Diff(one, s.Score(m)); diff != "" {
		t.Errorf("repeating a fact moves the score:\n%s", diff)
	}
}

func busy(t testing.TB, s *Set) triage.Matter {
	facts := []string{"strangulation/of_adult", "threat_to_kill/to_partner", "domestic_abuse/assaulted|injured", "pregnancy/pregnant carer",
		"child_present/saw", "dash/high", "police_request/grade_high", "alleged_at_large/not_found", "weapon absent", "fgm hypothetical",
		"substance_misuse/alcohol carer", "home_conditions/no_food absent", "separation/separated", "coercive_control/money", "stalking/messages carer"}
	for i := range 15 {
		facts = append(facts, fmt.Sprintf("injury/bruise %s child of=%d", []string{"possible", "absent", "historic"}[i%3], i%3+1))
	}
	return notice(t, s, "{children: [3y, 8y, unborn], grade: high, facts: ["+strings.Join(facts, ", ")+"]}")
}

// BenchmarkScore is one notice with 30 facts and 3 children; its budget is 1 ms.
func BenchmarkScore(b *testing.B) {
	s := mustLoad(b)
	m := busy(b, s)
	b.ReportAllocs()
	for b.Loop() {
		s.Score(m)
	}
}

// BenchmarkLoad is a start of the daemon; its budget is 500 ms.
func BenchmarkLoad(b *testing.B) {
	files := defaults(b)
	for b.Loop() {
		if _, err := Load(files); err != nil {
			b.Fatal(err)
		}
	}
}

// FuzzLoad: no file panics, and a file that loads packs, loads and scores.
func FuzzLoad(f *testing.F) {
	files := small(f)
	f.Add(files[policyFile], files[factsFile])
	f.Add([]byte("a: [\n"), []byte("facts: {x: *y}"))
	f.Add([]byte("? a\n: {b: !!binary x}\n"), []byte("- 1\n"))
	f.Fuzz(func(t *testing.T, policy, facts []byte) {
		in := map[string][]byte{policyFile: policy, factsFile: facts}
		s, err := Load(in)
		if err != nil {
			return
		}
		again, err := Unpack(Pack(in))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Load(again); err != nil {
			t.Fatalf("loads, but not when packed: %v", err)
		}
		s.Score(triage.Matter{Entries: []triage.Entry{{Readable: true}}})
	})
}

// TestMonths: a birthday not yet reached does not count; before birth it is 0.
func TestMonths(t *testing.T) {
	for _, c := range []struct {
		born, at string
		want     int
	}{
		{"2025-09-15", "2026-09-15", 12}, {"2025-09-16", "2026-09-15", 11}, {"2025-09-15", "2026-09-14", 11},
		{"2026-10-01", "2026-09-15", 0}, {"2024-02-29", "2025-02-28", 11}, {"2010-01-01", "2026-09-15", 200},
	} {
		born, _ := time.Parse(time.DateOnly, c.born)
		at, _ := time.Parse(time.DateOnly, c.at)
		if got := months(born, at); got != c.want {
			t.Errorf("months(%s, %s) = %d, want %d", c.born, c.at, got, c.want)
		}
	}
}

// TestEqualFactsTie: of facts that weigh the same, what they say decides
// which one is shown, never where they stand.
func TestEqualFactsTie(t *testing.T) {
	s := mustLoad(t)
	a := s.Score(notice(t, s, "{child: 9y, facts: [critical_injury/inflicted absent, critical_injury/dead absent]}"))
	b := s.Score(notice(t, s, "{child: 9y, facts: [critical_injury/dead absent, critical_injury/inflicted absent]}"))
	if a.Hits[0].CIN != b.Hits[0].CIN || a.Hits[0].Fact == b.Hits[0].Fact {
		t.Errorf("hits %+v and %+v", a.Hits, b.Hits)
	}
}
