package link

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/ppn-triage/ppn-triage/triage"
)

// summary is a child in short: id, name, date of birth, mentions.
func summary(cs []triage.Child) string {
	var out []string
	for _, c := range cs {
		s := fmt.Sprintf("%s %s %s x%d", c.ID, c.Person.Name, c.Person.DOB, len(c.From))
		if c.Person.Placeholder {
			s += " placeholder"
		}
		if c.Person.Unborn {
			s += " unborn"
		}
		if len(c.DOBs) > 0 {
			s += " " + strings.Join(c.DOBs, "/")
		}
		out = append(out, s)
	}
	return strings.Join(out, "; ")
}

func TestMergeOfTheNoticesOfOneIncident(t *testing.T) {
	l := shipped(t)
	for _, c := range []struct{ name, first, second, want string }{
		{"the same children in another order", "Tyler/BAXTER/2017-06-12; Jude/BAXTER/2013-01-30", "Jude/BAXTER/2013-01-30; Tyler/BAXTER/2017-06-12", "c1 Tyler BAXTER 2017-06-12 x2; c2 Jude BAXTER 2013-01-30 x2"},
		{"another child", "Tyler/BAXTER/2017-06-12", "Jude/BAXTER/2013-01-30", "c1 Tyler BAXTER 2017-06-12 x1; c2 Jude BAXTER 2013-01-30 x1"},
		{"a date of birth corrected", "Evie-Grace/HOLROYD/2021-06-30", "Evie Grace/HOLROYD/2012-06-30", "c1 Evie-Grace HOLROYD 2021-06-30 x2 2012-06-30/2021-06-30"},
		{"a date of birth that stands for none", "Tyler/BAXTER/1900-01-01", "Tyler/BAXTER/2017-06-12", "c1 Tyler BAXTER 2017-06-12 x2"},
		{"a year made a date", "Tyler/BAXTER/2017-01-01", "Tyler/BAXTER/2017-06-12", "c1 Tyler BAXTER 2017-06-12 x2"},
		{"an age made a date", "Tyler/BAXTER/2016-09-02..2017-09-01", "Tyler/BAXTER/2017-06-12", "c1 Tyler BAXTER 2017-06-12 x2"},
		{"a name made full", "Tyler//2017-06-12", "Tyler James/BAXTER/2017-06-12", "c1 Tyler James BAXTER 2017-06-12 x2"},
		{"unknown children", "?//; ?//", "?//", "c1   x2 placeholder; c2   x1 placeholder"},
		{"an unknown child and a named one", "?//", "Tyler/BAXTER/2017-06-12", "c1   x1 placeholder; c2 Tyler BAXTER 2017-06-12 x1"},
		{"twins", "Zofia/NOWAK/2016-08-16; Zuzanna/NOWAK/2016-08-16", "Zuzanna/NOWAK/2016-08-16", "c1 Zofia NOWAK 2016-08-16 x1; c2 Zuzanna NOWAK 2016-08-16 x2"},
		{"namesakes in one notice", "Mohammed/HUSSAIN/2016-02-11; Mohammed/HUSSAIN/2009-11-02", "Muhammad/HUSSEIN/2009-11-02; Md/HUSAIN/2016-02-11", "c1 Mohammed HUSSAIN 2016-02-11 x2; c2 Mohammed HUSSAIN 2009-11-02 x2"},
		{"the commonest name, another age", "Mohammed/HUSSAIN/2016-02-11", "Mohammed/HUSSAIN/2009-11-02", "c1 Mohammed HUSSAIN 2016-02-11 x1; c2 Mohammed HUSSAIN 2009-11-02 x1"},
		{"unborn twice", "/DOYLE/EDD2026-11-13/Kayleigh DOYLE", "/DOYLE/EDD2026-11-20/Kayleigh DOYLE", "c1 DOYLE  x2 unborn"},
		{"born between two notices", "/DOYLE/EDD2026-11-13/Kayleigh DOYLE", "Mia/DOYLE/2026-11-10", "c1 Mia DOYLE 2026-11-10 x2"},
		{"unborn and its brother", "/DOYLE/EDD2026-11-13/Kayleigh DOYLE", "Riley/DOYLE/2023-04-15", "c1 DOYLE  x1 unborn; c2 Riley DOYLE 2023-04-15 x1"},
		{"surname first", "Zara/IQBAL/2022-01-17", "IQBAL/ZARA/2022-01-17", "c1 Zara IQBAL 2022-01-17 x2"},
	} {
		first := told{file: "1", kids: c.first, received: "2026-10-01"}.entry()
		second := told{file: "2", kids: c.second, received: "2026-10-02"}.entry()
		got := l.Merge(l.Merge(nil, 0, first.Reading), 1, second.Reading)
		if s := summary(got); s != c.want {
			t.Errorf("%s:\n%s, want\n%s", c.name, s, c.want)
		}
	}
}

// The placeholders of "unknown children" above meet because a test's words
// have no place; words at another place are another unknown child.
func TestPlaceholdersMeetOnlyInTheSameWords(t *testing.T) {
	l := shipped(t)
	first := told{file: "1", kids: "?//", received: "2026-10-01"}.entry()
	second := told{file: "2", kids: "?//", received: "2026-10-02"}.entry()
	second.Reading.People[0].Start = 80
	second.Reading.People[0].End = 93
	if s := summary(l.Merge(l.Merge(nil, 0, first.Reading), 1, second.Reading)); s != "c1   x1 placeholder; c2   x1 placeholder" {
		t.Errorf("children = %s, want two", s)
	}
	second.Content = first.Content // the same text below a covering line
	if s := summary(l.Children([]triage.Entry{first, second})); s != "c1   x2 placeholder" {
		t.Errorf("children of a notice sent twice = %s, want one", s)
	}
}

func TestMergeKeepsWhatWouldRaiseTheChild(t *testing.T) {
	l := shipped(t)
	a := told{file: "1", kids: "Evie/HOLROYD/2012-06-30", received: "2026-10-01"}.entry()
	b := told{file: "2", kids: "Evie/HOLROYD/2021-06-30", received: "2026-10-02"}.entry()
	b.Reading.People[0].Disabled, b.Reading.People[0].Alleged, b.Reading.People[0].NHS = true, true, "9990000018"
	p := l.Merge(l.Merge(nil, 0, a.Reading), 1, b.Reading)[0].Person
	if p.BornFrom != "2012-06-30" || p.BornTo != "2021-06-30" || !p.Disabled || !p.Alleged || p.NHS == "" {
		t.Errorf("merged child = %+v", p)
	}
}

func TestMergeLeavesItsArgumentAlone(t *testing.T) {
	l := shipped(t)
	rapid.Check(t, func(t *rapid.T) {
		kids := rapid.SampledFrom([]string{"Tyler/BAXTER/2017-06-12", "Tyler/BAXTER/2018-06-12; ?//", "Tyler James/BAXTER/", "?//; ?//", "/BAXTER/EDD2026-12-01/Kelly BAXTER", "Baby/BAXTER/2026-12-05"})
		var children []triage.Child
		for i := range rapid.IntRange(1, 5).Draw(t, "notices") {
			r := told{file: fmt.Sprint(i), kids: kids.Draw(t, "kids"), received: "2026-10-01"}.entry().Reading
			before := fmt.Sprintf("%+v", children)
			next := l.Merge(children, i, r)
			if after := fmt.Sprintf("%+v", children); after != before {
				t.Fatalf("Merge changed what it was given:\n%s\n%s", before, after)
			}
			n := 0
			for _, c := range next {
				for _, m := range c.From {
					if m.Entry == i {
						n++
					}
				}
			}
			if want := len(r.Children()); n != want {
				t.Fatalf("%d of %d children of the notice are mentioned: %s", n, want, summary(next))
			}
			children = next
		}
		ids := map[string]bool{}
		for _, c := range children {
			if ids[c.ID] {
				t.Fatalf("two children are %s", c.ID)
			}
			ids[c.ID] = true
		}
	})
}

func TestChildrenIsMergeFromTheBeginning(t *testing.T) {
	l := shipped(t)
	entries := []triage.Entry{
		told{file: "1", kids: "Tyler/BAXTER/2017-06-12; ?//", received: "2026-10-01"}.entry(),
		told{file: "2", kids: "Jude/BAXTER/2013-01-30", received: "2026-10-01"}.entry(),
	}
	want := l.Merge(l.Merge(nil, 0, entries[0].Reading), 1, entries[1].Reading)
	if d := cmp.Diff(want, l.Children(entries)); d != "" {
		t.Errorf("-want +got %s", d)
	}
}
