package triage_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/wire"
)

// full is an item of two notices with all that people say and do in it, decided.
func full() *triage.Item {
	ada := triage.Person{Role: triage.RoleChild, Name: "SECRET Ada", Given: "SECRET Ada", DOB: "SECRET 2020", Sex: "F", Start: 5, End: 9}
	entry := func(seq uint64) triage.Entry {
		return triage.Entry{
			Notice: triage.NewNoticeID("d", "s", seq), Seq: seq, Relation: triage.RelationUpdate, Why: []string{"SECRET reference 1"}, Content: "hash", Settled: true,
			Reading: triage.Reading{
				People:     []triage.Person{ada},
				References: []triage.Reference{{Kind: "log", Raw: "SECRET 1", Norm: "SECRET1", Own: true}},
				Facts:      []triage.Fact{{Slug: "neglect", Quote: "SECRET words", Cue: "SECRET", Start: 3, End: 4}, {Slug: "missing", Quote: "SECRET", Cue: "corrected by a person"}},
				Place:      triage.Address{Line: "SECRET", Postcode: "SECRET"}, Officer: "SECRET", AllegedNow: "SECRET", ChildWith: "SECRET", FormVersion: "SECRET", Force: "wyp",
			},
		}
	}
	words := triage.Decision{
		Child: "c1", Outcome: "early_help", Threshold: "SECRET", Rationale: "SECRET", ParentSpoken: "SECRET", Consent: "given", ConsentWhy: "SECRET", SeenBy: "SECRET",
		Checks: []string{"SECRET"}, CaseID: "SECRET", By: "ann",
	}
	return &triage.Item{
		ID: "i", Seq: 1, Entries: []triage.Entry{entry(1), entry(2)},
		Children: []triage.Child{
			{ID: "c1", Person: ada, From: []triage.Mention{{Entry: 0}}, DOBs: []string{"SECRET"}, Case: "SECRET", Worker: "SECRET", Status: "looked_after"},
			{ID: "c2", Person: ada, From: []triage.Mention{{Entry: 1}}},
		},
		Score:     triage.Score{Band: triage.Red, Points: 9000, Hits: []triage.Hit{{Slug: "neglect", Points: 9000}}},
		Links:     []triage.Link{{To: "o", Kind: triage.LinkChild, Why: []string{"SECRET"}, Notices: []triage.NoticeID{triage.NewNoticeID("d", "s", 1)}}},
		Decisions: []triage.Decision{words}, Interims: []triage.Interim{{Words: "SECRET", SafeWith: "SECRET", By: "ann"}},
		Questions: []triage.Question{{Words: "SECRET", Force: "wyp"}}, Override: &triage.Override{Band: triage.Red, Reason: "SECRET", By: "ann"},
	}
}

func text(t *testing.T, i *triage.Item) string {
	t.Helper()
	b, err := wire.EncodeItem(i)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestErase: all of it leaves nothing personal and everything else; one notice
// leaves the other, and the item it was made from as it was.
func TestErase(t *testing.T) {
	before, c := full(), &triage.Commit{Seq: 9}
	i := before.Clone()
	if err := i.Apply(c, triage.Erased{Item: "i", Notices: []uint64{1, 2}, Text: true, Identity: true, Words: true, Ground: "request"}); err != nil {
		t.Fatal(err)
	}
	if got := text(t, i); strings.Contains(got, "SECRET") {
		t.Errorf("something is left: %q", got)
	}
	if d := cmp.Diff(full(), before); d != "" {
		t.Errorf("the item that it was made from has changed:\n%s", d)
	}
	if !i.WordsErased || !i.Entries[1].TextErased || !i.Entries[0].IdentityErased || i.Version != 9 {
		t.Errorf("it is not marked: %+v", i)
	}
	stays := func(i *triage.Item) []any {
		return []any{
			i.Score, i.Children[0].Status, i.Children[0].Person.Sex, i.Entries[0].Reading.Facts[0].Slug, i.Entries[0].Reading.Facts[0].Start, i.Entries[0].Content, i.Entries[0].Reading.People[0].Start,
			i.Decisions[0].Outcome, i.Decisions[0].By, i.Decisions[0].Consent, i.Override.Band, i.Links[0].To, i.Entries[0].Reading.References[0].Kind, i.Entries[0].Reading.Force, i.State(),
			i.Entries[0].Reading.Facts[1].Cue,
		}
	}
	if d := cmp.Diff(stays(full()), stays(i)); d != "" {
		t.Errorf("more has gone than is personal:\n%s", d)
	}
	one := full()
	if err := one.Apply(c, triage.Erased{Item: "i", Notices: []uint64{1}, Text: true, Identity: true}); err != nil {
		t.Fatal(err)
	}
	want := full()
	if d := cmp.Diff([]any{want.Entries[1], want.Children[1], want.Decisions}, []any{one.Entries[1], one.Children[1], one.Decisions}); d != "" {
		t.Errorf("the other notice, its child or the decision went too:\n%s", d)
	}
	if one.Children[0].Person.Name != "" || one.Links[0].Why != nil || one.Entries[0].Reading.Facts[0].Quote != "" {
		t.Errorf("of the notice is left %+v", one)
	}
}

// TestEraseRefused: not what waits, not what is held.
func TestEraseRefused(t *testing.T) {
	c := &triage.Commit{Seq: 9, At: time.Unix(1_790_000_000, 0), Actor: triage.Actor{Name: "ann"}}
	waits := full()
	waits.Open = []string{"c1"}
	erase := triage.Erased{Item: "i", Notices: []uint64{1}, Text: true}
	if err := waits.Apply(c, erase); !errors.Is(err, triage.ErrState) || waits.Entries[0].TextErased {
		t.Errorf("of an item in the queue: %v", err)
	}
	held := full()
	for _, step := range []struct {
		e    triage.Event
		want error
	}{
		{triage.HoldLifted{Item: "i", Reason: "x"}, triage.ErrState},
		{triage.HoldPlaced{Item: "i"}, triage.ErrInvalid},
		{triage.HoldPlaced{Item: "i", Reason: "inquiry"}, nil},
		{triage.HoldPlaced{Item: "i", Reason: "again"}, triage.ErrState},
		{erase, triage.ErrState},
		{triage.HoldLifted{Item: "i"}, triage.ErrInvalid},
		{triage.HoldLifted{Item: "i", Reason: "over"}, nil},
		{erase, nil},
		{erase, nil}, // again is no error
	} {
		if err := held.Apply(c, step.e); !errors.Is(err, step.want) || (err == nil) != (step.want == nil) {
			t.Errorf("%+v = %v, want %v", step.e, err, step.want)
		}
	}
	joined := full()
	joined.JoinedInto = "other"
	if err := joined.Apply(c, erase); err != nil || joined.Entries[0].Reading.Facts[0].Quote != "" {
		t.Errorf("of an item that was joined into another: %v", err)
	}
	want := full()
	if err := want.Apply(c, triage.HoldPlaced{Item: "i", Reason: "inquiry"}); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(&triage.Hold{By: "ann", At: c.At, Reason: "inquiry"}, want.Hold, cmpopts.EquateEmpty()); d != "" {
		t.Error(d)
	}
}
