package extract

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/ppn-triage/ppn-triage/triage"
)

// casePeople are the people of testdata/facts.yaml.
var casePeople = []triage.Person{
	{Role: triage.RoleCarer, Name: "Kelly MARSDEN", Given: "Kelly", Family: "Marsden", Sex: "F", DOB: "1993-02-11"},
	{Role: triage.RoleAlleged, Name: "Dean HOLT", Given: "Dean", Family: "Holt", Sex: "M", DOB: "1990-07-30"},
	{Role: triage.RoleChild, Name: "Tyler MARSDEN", Given: "Tyler", Family: "Marsden", Sex: "M", DOB: "2018-03-04"},
	{Role: triage.RoleChild, Name: "Skye MARSDEN", Given: "Skye", Family: "Marsden", Sex: "F", DOB: "2023-05-06"},
}

// factCase is one fact of testdata/facts.yaml with its sentences.
type factCase struct {
	Fact   string
	States []string
	Silent []string
}

func factCases(t *testing.T) (cases []factCase) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", "facts*.yaml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no sentences in testdata: %v", err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var more []factCase
		if err := yaml.Unmarshal(data, &more); err != nil {
			t.Fatalf("read %s: %v", file, err)
		}
		cases = append(cases, more...)
	}
	return cases
}

func factsOf(x *lexicon, text string) []triage.Fact {
	r := &triage.Reading{IncidentDate: "2026-10-01", People: casePeople}
	return x.facts(&triage.Letter{Text: text}, r, []span{{0, len(text)}})
}

// TestFactSentences holds each sentence to its fact and signs.
func TestFactSentences(t *testing.T) {
	x := defaultLexicon(t)
	for _, c := range factCases(t) {
		for _, line := range c.States {
			text, want, _ := strings.Cut(line, "=>")
			signs := strings.FieldsFunc(want, func(r rune) bool { return r == ',' || r == ' ' })
			var got []string
			counted := false
			for _, f := range factsOf(x, text) {
				if f.Slug == c.Fact && f.Counts() {
					counted = true
					got = append(got, f.Signs...)
				}
			}
			if !counted {
				t.Errorf("%s: not stated by %q", c.Fact, text)
			}
			for _, s := range signs {
				if counted && !slices.Contains(got, s) {
					t.Errorf("%s: no sign %s in %q, got %v", c.Fact, s, text, got)
				}
			}
		}
		for _, text := range c.Silent {
			for _, f := range factsOf(x, text) {
				if f.Slug == c.Fact && f.Counts() {
					t.Errorf("%s: stated by %q (%q %v)", c.Fact, text, f.Quote, f.Signs)
				}
			}
		}
	}
}

// TestEveryFactHasCases keeps the sentences complete: eight that state each
// fact of the vocabulary and four near misses.
func TestEveryFactHasCases(t *testing.T) {
	states, silent := map[string]int{}, map[string]int{}
	for _, c := range factCases(t) {
		states[c.Fact] += len(c.States)
		silent[c.Fact] += len(c.Silent)
	}
	for slug := range defaultLexicon(t).signs {
		if states[slug] < 8 || silent[slug] < 4 {
			t.Errorf("%s has %d sentences and %d near misses, want 8 and 4", slug, states[slug], silent[slug])
		}
	}
}

// TestEveryFactAndSignCanBeStated holds the lexicon to the whole vocabulary.
func TestEveryFactAndSignCanBeStated(t *testing.T) {
	x := defaultLexicon(t)
	can := map[string]bool{}
	for _, r := range x.rules {
		for _, g := range []giving{r.child, r.adult, r.outside, r.unclear} {
			for _, y := range g {
				can[y.slug] = true
				for _, s := range y.signs {
					can[y.slug+"/"+s] = true
				}
			}
		}
	}
	for _, m := range x.marks {
		for slug := range m.slugs {
			can[slug+"/"+m.sign] = true
		}
	}
	for slug, signs := range x.signs {
		if !can[slug] {
			t.Errorf("no rule states %s", slug)
		}
		for s := range signs {
			if !can[slug+"/"+s] && !strings.HasPrefix(s, "by_") && !strings.HasPrefix(s, "child_") {
				t.Errorf("nothing shows %s/%s", slug, s)
			}
		}
	}
}

// TestDeniedWordsAreRead holds that routine words are read where they are
// denied, so that a calm notice is no unread one, and nowhere else.
func TestDeniedWordsAreRead(t *testing.T) {
	x := defaultLexicon(t)
	read := func(text string) (absent, counts bool) {
		for _, f := range factsOf(x, text) {
			if f.Slug == "substance_misuse" {
				absent, counts = absent || f.Polarity == triage.Absent, counts || f.Counts()
			}
		}
		return absent, counts
	}
	if absent, counts := read("No drink, no drugs."); !absent || counts {
		t.Errorf("a denial: absent %v, counts %v, want true, false", absent, counts)
	}
	if absent, counts := read("A lesson on alcohol was given."); absent || counts {
		t.Errorf("a mere mention: absent %v, counts %v, want false, false", absent, counts)
	}
}
