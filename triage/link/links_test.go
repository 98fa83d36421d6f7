package link

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/ppn-triage/ppn-triage/triage"
)

func TestDigestMakesAnItemAHouseholdAndAResendOfItNone(t *testing.T) {
	w := newWorld(shipped(t))
	rows := []told{
		{refs: "13260456904", when: "2026-10-10", home: "15 Nettle Hill|BD7 1QZ", kids: "Faisal/ANSARI/2014-04-04"},
		{refs: "13260457322", when: "2026-10-10", home: "66 Rooley Bank|BD4 7XZ", kids: "Brooke/TEMPEST/2011-09-17"},
		{refs: "13260458015", when: "2026-10-11", home: "9 Hope Chapel Lane|BD9 3QX", kids: "Daniel/OYELARAN/2018-03-03"},
	}
	for _, file := range []string{"a", "b"} {
		for i, n := range rows {
			n.file, n.part, n.text, n.received = file, i, "digest", "2026-10-12"
			v := w.take(n.entry())
			if again := file == "b"; again != (v.Relation == triage.RelationResend) {
				t.Errorf("digest %s part %d: %s", file, i, outcome(v))
			}
		}
	}
	if len(w.items) != len(rows) {
		t.Errorf("%d items, want %d", len(w.items), len(rows))
	}
}

func TestAmbiguousMatchIsForAPerson(t *testing.T) {
	w := newWorld(shipped(t))
	w.take(told{file: "1", refs: "13260400001", when: "2026-01-10", home: house, kids: "Muhammad Umar/HUSSAIN/2016-02-11", received: "2026-01-10"}.entry())
	w.take(told{file: "2", refs: "13260400002", when: "2026-02-10", home: house, kids: "Muhammad Ali/HUSSAIN/2016-02-11", received: "2026-02-10"}.entry())
	v := w.take(told{file: "3", refs: "13260400003", when: "2026-03-10", home: house, kids: "Muhammad/HUSSAIN/2016-02-11", received: "2026-03-10"}.entry())
	if outcome(v) != "new possible possible !possible_link" {
		t.Errorf("either twin, and %s; want two possible links", outcome(v))
	}
}

func TestBabyBornIsTheUnbornOfEarlier(t *testing.T) {
	w := newWorld(shipped(t))
	w.take(told{file: "1", refs: "13260406120", when: "2026-09-04", place: "5 Primrose Garth|BD6 2ZT", kids: "Riley/DOYLE/2023-04-15; /DOYLE/EDD2026-11-13/Kayleigh DOYLE", adults: "Kayleigh/DOYLE/2002-03-12", received: "2026-09-04"}.entry())
	v := w.take(told{file: "2", refs: "13260506120", when: "2026-12-20", place: "2 Moor Row|BD7 1AA", home: "=", kids: "Mia/DOYLE/2026-11-20", adults: "Kayleigh/DOYLE", received: "2026-12-20"}.entry())
	if outcome(v) != "repeat child" || v.Links[0].Child != "c1" {
		t.Errorf("the baby: %s %+v, want a repeat", outcome(v), v.Links)
	}
}

func TestLinksNameTheChildAsMergeDoes(t *testing.T) {
	w := newWorld(shipped(t))
	w.take(told{file: "0", refs: "13260400001", when: "2026-01-10", home: house, kids: "Jude/BAXTER/2013-01-30", received: "2026-01-10"}.entry())
	n := base()
	n.home = house
	w.take(n.entry())
	n.file, n.kids, n.received = "2", "?//; Jude/BAXTER/2013-01-30; Tyler/BAXTER/2017-06-12", "2026-09-02"
	v := w.take(n.entry())
	it := w.where["n20"]
	if len(v.Links) != 1 {
		t.Fatalf("links = %+v, want one", v.Links)
	}
	i := slices.IndexFunc(it.Children, func(c triage.Child) bool { return c.ID == v.Links[0].Child })
	if i < 0 || it.Children[i].Person.Given != "Jude" {
		t.Errorf("link of child %s, children %+v", v.Links[0].Child, it.Children)
	}
}

func TestRecordSurvivesEncoding(t *testing.T) {
	l := shipped(t)
	for _, n := range pairsAndTraps {
		n.received = "2026-11-30"
		want := l.RecordOfEntry(n.entry())
		got, err := DecodeRecord(want.Encode())
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s: -want +got %s", n.file, d)
		}
	}
}

// TestEveryFieldOfARecordIsStored: a field that encode.go forgets comes back
// empty, and what another version wrote is an error and not another record.
func TestEveryFieldOfARecordIsStored(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.Make[Record]().Draw(t, "record")
		b := want.Encode()
		got, err := DecodeRecord(b)
		if d := cmp.Diff(want, got, cmpopts.EquateEmpty()); err != nil || d != "" {
			t.Fatalf("DecodeRecord() = %v, -want +got %s", err, d)
		}
		for _, wrong := range [][]byte{b[:len(b)-1], append(slices.Clone(b), 0), []byte(`{"r":1,"q":2}`), nil} {
			if _, err := DecodeRecord(wrong); err == nil {
				t.Fatalf("DecodeRecord(%q) = nil, want an error", wrong)
			}
		}
	})
}

// FuzzDecodeRecord: bytes of any kind are a record or an error.
func FuzzDecodeRecord(f *testing.F) {
	l := shipped(f)
	n := pairsAndTraps[0]
	n.received = "2026-11-30"
	f.Add(l.RecordOfEntry(n.entry()).Encode())
	f.Add([]byte("b"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if r, err := DecodeRecord(b); err == nil {
			if again, err := DecodeRecord(r.Encode()); err != nil || !cmp.Equal(r, again) {
				t.Errorf("decoded %+v, encoded and decoded again %+v, %v", r, again, err)
			}
		}
	})
}

func TestHistoryCountsConfirmedLinksOfEitherSide(t *testing.T) {
	item := &triage.Item{ID: "i", Links: []triage.Link{
		{To: "child", Kind: triage.LinkChild, Confirmed: true},
		{To: "house", Kind: triage.LinkHousehold, Confirmed: true},
		{To: "maybe", Kind: triage.LinkPossible},
		{To: "said", Kind: triage.LinkPossible, Confirmed: true},
		{To: "rejected", Kind: triage.LinkChild, Confirmed: true, Rejected: true},
		{To: "alleged", Kind: triage.LinkAlleged, Confirmed: true},
	}}
	var past []*triage.Item
	for i, id := range []triage.ItemID{"child", "house", "maybe", "said", "rejected", "alleged", "late", "stranger", "i"} {
		p := &triage.Item{ID: id, Received: clock("2026-09-10").Add(-time.Duration(i) * day), Entries: []triage.Entry{{}}}
		if id == "late" {
			p.Links = []triage.Link{{To: "i", Kind: triage.LinkChild, Confirmed: true}}
		}
		past = append(past, p, p)
	}
	incident := func(m triage.Matter) triage.PastIncident {
		return triage.PastIncident{Date: m.At.Format(time.DateOnly)}
	}
	ids := func(h triage.History) (out []string) {
		for _, i := range h.Incidents {
			out = append(out, string(i.Item))
		}
		return out
	}
	if d := cmp.Diff([]string{"late", "said", "house", "child"}, ids(History(item, past, incident))); d != "" {
		t.Errorf("History: -want +got %s", d)
	}
	if d := cmp.Diff([]string{"late", "said", "maybe", "house", "child"}, ids(HistoryIfConfirmed(item, past, incident))); d != "" {
		t.Errorf("HistoryIfConfirmed: -want +got %s", d)
	}
}
