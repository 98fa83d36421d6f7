package link

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/ppn-triage/ppn-triage/triage"
)

// base is a whole notice; the cases change what they are about.
func base() told {
	return told{
		file: "1", refs: "13260400316 LOG1288/2026-09-01", when: "2026-09-01 18:40", place: "88 Thornacre Road, Bradford|BD8 9TZ", home: "=",
		kids: "Tyler/BAXTER/2017-06-12", adults: "Kelly/BAXTER/1990-06-03; !Gary/TUKE", received: "2026-09-01 21:00", message: "m1", form: "wy",
	}
}

// outcome is a verdict in short: relation, and kind of each link.
func outcome(v Verdict) string {
	out := relations[v.Relation]
	kinds := map[triage.LinkKind]string{triage.LinkChild: "child", triage.LinkHousehold: "household", triage.LinkPossible: "possible", triage.LinkAlleged: "alleged"}
	for _, k := range v.Links {
		out += " " + kinds[k.Kind]
	}
	for _, f := range v.Flags {
		out += " !" + f
	}
	return out
}

// policy.md's table, "Same, update, repeat", and the joins that nothing of it allows.
func TestSecondNotice(t *testing.T) {
	l := shipped(t)
	for _, c := range []struct {
		name   string
		change func(n *told)
		want   string
	}{
		{"same text, same Message-ID", func(n *told) { n.text = "text of 1" }, "resend"},
		{"same text, another Message-ID", func(n *told) { n.text, n.message = "text of 1", "m2" }, "resend"},
		{"same text after 48 hours", func(n *told) { n.text, n.received = "text of 1", "2026-09-03 21:00" }, "resend !chased"},
		{"same text, months later: republished after any window", func(n *told) { n.text, n.received = "text of 1", "2027-02-03 21:00" }, "resend !chased"},
		{"same Message-ID, other content, same incident", func(n *told) { n.message = "m1" }, "update !same_message_id_other_content"},
		{"same Message-ID, other content, another child", func(n *told) {
			*n = told{file: "2", refs: "13260499999", when: "2026-09-01 18:40", home: "2 Moor Row|BD7 1AA", kids: "Jude/ELLERSHAW/2013-01-30", received: n.received, message: "m1"}
		}, "new !same_message_id_other_content"},
		{"no Message-ID on either", func(n *told) {
			*n = told{file: "2", refs: "13260499999", when: "2026-09-01 18:40", home: "2 Moor Row|BD7 1AA", kids: "Jude/ELLERSHAW/2013-01-30", received: n.received}
		}, "new"},
		{"later version of the form", func(n *told) { n.received = "2026-09-10" }, "update"},
		{"later version, incident date two days off", func(n *told) { n.when = "2026-09-03" }, "update"},
		{"later version after more than 14 days", func(n *told) { n.received = "2026-09-20" }, "same_incident"},
		{"another form", func(n *told) { n.form = "dash" }, "same_incident"},
		{"another child of the house", func(n *told) { n.kids = "Jude/BAXTER/2013-01-30" }, "same_incident"},
		{"another child of the house, no address told", func(n *told) { n.kids, n.place, n.home, n.adults = "Jude/BAXTER/2013-01-30", "", "", "" }, "same_incident"},
		{"same reference, later incident", func(n *told) { n.when = "2026-09-08 18:40" }, "repeat child"},
		{"same reference and day, another household", func(n *told) {
			n.kids, n.adults, n.place, n.home = "Jude/ELLERSHAW/2013-01-30", "", "", "2 Moor Row|BD7 1AA"
		}, "new possible !possible_link"},
		{"reference of another force", func(n *told) {
			n.force, n.kids, n.adults, n.place, n.home = "14", "Jude/ELLERSHAW/2013-01-30", "", "", "2 Moor Row|BD7 1AA"
		}, "new"},
		{"a log number alone", func(n *told) {
			*n = told{file: "2", refs: "LOG1288/2026-09-01", when: "2026-09-01", home: "2 Moor Row|BD7 1AA", kids: "Jude/ELLERSHAW/2013-01-30", received: n.received}
		}, "new"},
		{"log number of another day", func(n *told) {
			*n = told{file: "2", refs: "LOG1288/2026-09-02", when: "2026-09-02", home: "2 Moor Row|BD7 1AA", kids: "Jude/ELLERSHAW/2013-01-30", received: n.received}
		}, "new"},
		{"log number and child", func(n *told) { n.refs, n.place = "LOG1288/2026-09-01", "" }, "same_incident"},
		{"a number quoted by another sender", func(n *told) { n.other, n.refs, n.when = "13260400316", "13260499999", "2026-10-01" }, "repeat child"},
		{"a quoted number and nothing else", func(n *told) {
			*n = told{file: "2", other: "13260400316", when: "2026-09-01", home: "2 Moor Row|BD7 1AA", kids: "Jude/ELLERSHAW/2013-01-30", received: n.received}
		}, "new"},
		{"reference one digit off; child, date and place agree", func(n *told) { n.refs = "13260400376" }, "same_incident"},
		{"reference with two digits exchanged", func(n *told) { n.refs = "13260403016" }, "same_incident"},
		{"reference one digit off, another day", func(n *told) { n.refs, n.when = "13260400376", "2026-09-20 18:40" }, "repeat child"},
		{"no reference; child, date and place agree", func(n *told) { n.refs = "" }, "same_incident"},
		{"no reference, another place", func(n *told) { n.refs, n.place = "", "Tong Street" }, "repeat child"},
		{"no reference, another hour of the day", func(n *told) { n.refs, n.when = "", "2026-09-01 09:00" }, "repeat child"},
		{"no reference, no place, but the home", func(n *told) { n.refs, n.place, n.home = "", "", "88 Thornacre Rd|BD8 9TZ" }, "same_incident"},
		{"no reference, the next night", func(n *told) { n.refs, n.when = "", "2026-09-02 00:10" }, "repeat child"},
		{"two incidents on one day", func(n *told) { n.refs, n.when = "13260455561", "2026-09-01 23:10" }, "repeat child"},
		{"two incidents on one day, no hour told", func(n *told) { n.refs, n.when = "13260455561", "2026-09-01" }, "repeat child"},
		{"a date of birth that differs within one incident", func(n *told) { n.kids = "Tyler/BAXTER/2011-11-30" }, "update !dob_conflict"},
		{"a date of birth that differs elsewhere", func(n *told) { n.kids, n.refs, n.when = "Tyler/BAXTER/2011-11-30", "13260455561", "2026-10-01" }, "new household"},
		{"the date of birth one digit off", func(n *told) { n.kids, n.refs, n.when = "Tyler/BAXTER/2018-06-12", "13260455561", "2026-10-01" }, "repeat child !dob_conflict"},
		{"a brother, another day", func(n *told) { n.kids, n.refs, n.when = "Jude/BAXTER/2013-01-30", "13260455561", "2026-10-01" }, "new household"},
		{"new tenants", func(n *told) {
			n.kids, n.adults, n.refs, n.when = "Gabriel/IONESCU/2015-02-18", "Dorin/IONESCU", "13260455561", "2026-10-01"
		}, "new"},
		{"the alleged person with another family", func(n *told) {
			n.kids, n.adults, n.refs, n.when, n.place = "Jude/ELLERSHAW/2013-01-30", "Ann/ELLERSHAW; !Gary/TUKE/1991-02-03", "13260455561", "2026-10-01", "2 Moor Row|BD7 1AA"
		}, "new alleged"},
		{"an unknown child of the same incident", func(n *told) { n.kids = "?//" }, "same_incident"},
		{"an unknown child of another incident", func(n *told) { n.kids, n.refs, n.when = "?//", "13260455561", "2026-10-01" }, "new household"},
		{"unreadable, the reference in its subject", func(n *told) {
			*n = told{file: "2", refs: "13260400316", received: "2026-09-02", unreadable: true}
		}, "update"},
		{"unreadable, the reference, months later", func(n *told) {
			*n = told{file: "2", refs: "13260400316", received: "2026-12-02", unreadable: true}
		}, "new possible !possible_link"},
		{"unreadable, no reference", func(n *told) { *n = told{file: "2", received: "2026-09-02", unreadable: true} }, "new"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(l)
			first := base()
			if c.name == "the alleged person with another family" {
				first.adults = "Kelly/BAXTER; !Gary/TUKE/1991-02-03"
			}
			if c.name == "no Message-ID on either" {
				first.message = ""
			}
			w.take(first.entry())
			n := base()
			n.file, n.received, n.message = "2", "2026-09-02 09:00", "m2"
			if c.name == "same text, same Message-ID" {
				n.message = "m1"
			}
			c.change(&n)
			v := w.take(n.entry())
			if got := outcome(v); got != c.want {
				t.Errorf("%s, want %s\nwhy %q\nlinks %+v", got, c.want, v.Why, v.Links)
			}
			if joined := len(w.items) == 1; joined != (v.Item != "") {
				t.Errorf("item %q with %d items", v.Item, len(w.items))
			}
			if v.Relation != triage.RelationResend && v.Item != "" && len(v.Why) < 2 {
				t.Errorf("joined by %q: want two things that agree", v.Why)
			}
		})
	}
}

// What begins before midnight and is told with a time after it is one incident.
func TestIncidentGoesOnPastMidnight(t *testing.T) {
	w := newWorld(shipped(t))
	a, b := base(), base()
	a.when, a.refs = "2026-09-01 23:40", ""
	b.file, b.when, b.received = "2", "2026-09-02 00:25", "2026-09-02"
	w.take(a.entry())
	if v := w.take(b.entry()); v.Item == "" {
		t.Errorf("Decide = %s, want a join", outcome(v))
	}
}

// Peers' bug 1 (FreeScout #5591): two mails with one Message-ID are two items.
func TestTwoMailsOfOneMessageIDAreTwoItems(t *testing.T) {
	w := newWorld(shipped(t))
	a := told{file: "1", refs: "13260400316", when: "2026-09-01", home: house, kids: "Tyler/BAXTER/2017-06-12", received: "2026-09-01", message: "one"}
	b := told{file: "2", refs: "13260400999", when: "2026-09-01", home: "2 Moor Row|BD7 1AA", kids: "Jude/ELLERSHAW/2013-01-30", received: "2026-09-01", message: "one"}
	w.take(a.entry())
	if v := w.take(b.entry()); v.Item != "" || !slices.Contains(v.Flags, FlagOtherContent) {
		t.Errorf("Decide = %+v, want a new item, flagged", v)
	}
}

// Peers' bug 2 (FreeScout #311, #4740): a missing Message-ID is no identity.
func TestMissingMessageIDJoinsNothing(t *testing.T) {
	w := newWorld(shipped(t))
	for i, name := range []string{"Tyler/BAXTER/2017-06-12", "Jude/ELLERSHAW/2013-01-30", "Zoe/MARCHAND/2012-09-09"} {
		w.take(told{file: fmt.Sprint(i), when: "2026-09-01", kids: name, received: "2026-09-01"}.entry())
	}
	if len(w.items) != 3 {
		t.Errorf("%d items, want 3", len(w.items))
	}
	// Nor is it one beside all that two incidents of a household have in common.
	next := told{file: "next", when: "2026-10-01", kids: "Tyler/BAXTER/2017-06-12", received: "2026-10-01"}
	if v := w.take(next.entry()); outcome(v) != "repeat child" || len(v.Flags) > 0 {
		t.Errorf("another incident, no Message-ID either: %s, flags %q; want a repeat", outcome(v), v.Flags)
	}
}

// Peers' bug 3 (FreeScout #480): one mail to two addresses is one item.
func TestOneMailToTwoAddressesIsOneItem(t *testing.T) {
	w := newWorld(shipped(t))
	a, b := base(), base()
	b.file, b.text, b.received = "2", "text of 1", "2026-09-01 21:00"
	w.take(a.entry())
	if v := w.take(b.entry()); len(w.items) != 1 || len(w.items[0].Entries) != 2 || v.Relation != triage.RelationResend {
		t.Errorf("%d items, the second %s; want 1 with both notices, the second a resend", len(w.items), outcome(v))
	}
}

// Peers' bug 10 (NATS #7302, #3272): published again after any window, still
// one item.
func TestRepublishedAfterAYearIsOneItem(t *testing.T) {
	w := newWorld(shipped(t))
	a, b := base(), base()
	b.file, b.text, b.received = "2", "text of 1", "2027-09-01 21:00"
	w.take(a.entry())
	if v := w.take(b.entry()); v.Relation != triage.RelationResend || len(w.items) != 1 {
		t.Errorf("Decide = %+v, want a resend", v)
	}
}

// Peers' bug 26 (TheHive #2300, #1648): what was split stays apart, keeps what
// it says, and neither side is joined by a further copy of itself.
func TestSplitStaysApart(t *testing.T) {
	l := shipped(t)
	w := newWorld(l)
	a, b := base(), base()
	b.file, b.received, b.message = "2", "2026-09-02", "m2"
	w.take(a.entry())
	if v := w.take(b.entry()); v.Item == "" {
		t.Fatal("the two do not join; nothing to split")
	}
	whole := w.items[0]
	moved := whole.Entries[1]
	part := &triage.Item{ID: "part", Received: moved.Received, Entries: []triage.Entry{moved}, Children: l.Children([]triage.Entry{moved}), Apart: []triage.ItemID{whole.ID}, Open: []string{"c1"}}
	whole.Entries, whole.Apart = whole.Entries[:1], []triage.ItemID{part.ID}
	whole.Children = l.Children(whole.Entries)
	w.items = append(w.items, part)
	if v := l.Decide(moved, w.candidates(moved), moved.Received); v.Item != "" {
		t.Errorf("the split notice, linked again, joins %s", v.Item)
	}
	c := b
	c.file, c.received, c.text = "3", "2026-09-03", "text of 2"
	if v := w.take(c.entry()); v.Item != part.ID {
		t.Errorf("a copy of the split notice joins %q, want its own item", v.Item)
	}
	d := base()
	d.file, d.received = "4", "2026-09-03"
	if v := w.take(d.entry()); v.Item != "" || outcome(v) == "new" {
		t.Errorf("what fits both sides: %s %s, want a new item linked to them", v.Item, outcome(v))
	}
}

// A pair that a person rejected is never linked again, and what matches both
// is theirs to tell.
func TestRejectedLinkStaysRejected(t *testing.T) {
	l := shipped(t)
	w := newWorld(l)
	a, b, c := base(), base(), base()
	b.file, b.refs, b.when, b.received, b.message = "2", "13260455561", "2026-10-01", "2026-10-01", "m2"
	c.file, c.refs, c.when, c.received, c.message = "3", "13260466662", "2026-11-01", "2026-11-01", "m3"
	w.take(a.entry())
	if v := w.take(b.entry()); outcome(v) != "repeat child" {
		t.Fatalf("Decide = %s, want a repeat", outcome(v))
	}
	second := w.items[1]
	second.Links[0].Confirmed, second.Links[0].Rejected = false, true
	if v := l.Decide(second.Entries[0], w.candidates(second.Entries[0]), clock("2026-10-01")); len(v.Links) != 0 || v.Item != "" {
		t.Errorf("linked again after the rejection: %s %+v", v.Item, v.Links)
	}
	if v := w.take(c.entry()); outcome(v) != "new possible possible !possible_link" {
		t.Errorf("a third that matches both = %s, want possible links", outcome(v))
	}
}

// Peers' bug 27 (Zammad #5064): a number that a notice quotes joins it to
// nothing, whether another force quotes it or the same one.
func TestQuotedNumberDoesNotJoin(t *testing.T) {
	for _, force := range []string{"14", "13"} {
		w := newWorld(shipped(t))
		w.take(base().entry())
		n := told{file: "2", refs: force + "260499001", other: "13260400316", when: "2026-09-01", place: "88 Thornacre Road|BD8 9TZ", kids: "Jude/ELLERSHAW/2013-01-30", received: "2026-09-02", force: force}
		if v := w.take(n.entry()); v.Item != "" {
			t.Errorf("force %s: joined by %q", force, v.Why)
		}
	}
}

// drawIncidents draws notices about some incidents of some families, each with
// evidence enough: a reference or a place always, and child and date.
func drawIncidents(t *rapid.T) []told {
	families := [][2]string{
		{"Tyler/BAXTER/2017-06-12; Jude/BAXTER/2013-01-30", "88 Thornacre Road|BD8 9TZ"},
		{"Mohammed/HUSSAIN/2016-02-11; Iqra/HUSSAIN/2013-11-30", "71 Cloverfield Drive|BD2 7XT"},
		{"Mohammad/HUSSEIN/2009-11-02", "160 Undercliffe Park|BD3 8QT"},
		{"Haris/SHAH/2012-02-29", "27 Nab Wood Chase|BD18 4ZX"},
		{"Haroon/SHAH/2012-02-29", "27 Nab Wood Chase|BD18 4ZX"},
	}
	var out []told
	for i := range rapid.IntRange(1, 6).Draw(t, "incidents") {
		f := rapid.SampledFrom(families).Draw(t, "family")
		n := told{
			refs: fmt.Sprintf("1326%04d%03d", i*1111+1000, i*37), when: fmt.Sprintf("2026-09-%02d", 1+i*4), place: f[1], home: "=",
			kids: f[0], received: fmt.Sprintf("2026-09-%02d", 1+i*4),
		}
		for k := range rapid.IntRange(1, 4).Draw(t, "notices") {
			n.file = fmt.Sprintf("%d-%d", i, k)
			m := n
			if k > 0 && rapid.Bool().Draw(t, "sent again") {
				m.text = fmt.Sprintf("text of %d-0", i)
			}
			out = append(out, m)
		}
	}
	return out
}

// The same notices in any order come to the same items. (Policy makes it
// differ only where two notices agree with a third and not with each other.)
func TestOrderOfArrivalGivesTheSameItems(t *testing.T) {
	l := shipped(t)
	rapid.Check(t, func(t *rapid.T) {
		notices := drawIncidents(t)
		items := func(in []told) map[string][]string {
			w := newWorld(l)
			for _, n := range in {
				w.take(n.entry())
			}
			out := map[string][]string{}
			for _, it := range w.items {
				var names []string
				for _, e := range it.Entries {
					names = append(names, string(e.Notice))
				}
				slices.Sort(names)
				out[names[0]] = names
			}
			return out
		}
		if d := cmp.Diff(items(notices), items(rapid.Permutation(notices).Draw(t, "order"))); d != "" {
			t.Fatalf("another order gives other items: %s", d)
		}
	})
}

// A join and a split leave the record of what stays as if it had never been.
func TestJoinThenRemovalLeavesTheOthers(t *testing.T) {
	l := shipped(t)
	rapid.Check(t, func(t *rapid.T) {
		var entries []triage.Entry
		for i := range rapid.IntRange(1, 4).Draw(t, "notices") {
			n := base()
			n.file, n.received = fmt.Sprint(i), "2026-09-02"
			n.kids = rapid.SampledFrom([]string{"Tyler/BAXTER/2017-06-12", "Tyler/BAXTER/2018-06-12; ?//", "Jude/BAXTER/2013-01-30", "?//; ?//", "/BAXTER/EDD2026-12-01/Kelly BAXTER"}).Draw(t, "kids")
			entries = append(entries, n.entry())
		}
		at := rapid.IntRange(0, len(entries)-1).Draw(t, "removed")
		without := slices.Delete(slices.Clone(entries), at, at+1)
		struck := slices.Clone(entries)
		struck[at].Struck = true
		want := l.RecordOf(&triage.Item{ID: "i", Entries: without, Children: l.Children(without)})
		got := l.RecordOf(&triage.Item{ID: "i", Entries: struck, Children: l.Children(struck)})
		if d := cmp.Diff(want, got); d != "" {
			t.Fatalf("a struck notice is still in the record: %s", d)
		}
	})
}
