package audit

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/ppn-triage/ppn-triage/triage"
)

var epoch = time.Date(2026, 9, 7, 8, 0, 0, 0, time.UTC)

// opening is a commit that takes in its notice and opens an item for it.
func opening(seq uint64) triage.Commit {
	n, id := triage.NewNoticeID("f", "s", seq), triage.NewItemID("f", "s", seq, 0)
	return triage.Commit{ID: fmt.Sprint("c", seq), At: epoch, Through: seq, Seq: seq, Events: []triage.Event{
		triage.NoticeRead{Notice: n, Seq: seq, Kind: triage.LetterNotice, StreamTime: epoch, Received: epoch},
		triage.ItemOpened{Item: id, Entry: triage.Entry{Notice: n, Seq: seq, Received: epoch, Relation: triage.RelationNew}},
		triage.ItemScored{Item: id, Score: triage.Score{Band: triage.Green}, Due: epoch.Add(time.Hour)},
	}}
}

func openings(from, to uint64) (all []triage.Commit) {
	for seq := from; seq <= to; seq++ {
		all = append(all, opening(seq))
	}
	return all
}

// byState is an index that changes with the item.
func byState(i *triage.Item) ([]byte, []string, error) {
	return []byte(i.ID), []string{"all", i.State().String()}, nil
}

func apply(t testing.TB, w *World, cs ...triage.Commit) []*triage.Item {
	t.Helper()
	items, err := w.Apply(t.Context(), cs...)
	if err != nil {
		t.Fatal(err)
	}
	return items
}

func ids(items []*triage.Item) (out []triage.ItemID) {
	for _, i := range items {
		out = append(out, i.ID)
	}
	return out
}

func TestLogIsAppendedInOrder(t *testing.T) {
	l := &Log{}
	for _, c := range openings(1, 3) {
		if seq, err := l.Append(t.Context(), c, c.Seq-1); err != nil || seq != c.Seq {
			t.Fatalf("Append() = %d, %v", seq, err)
		}
	}
	for _, expected := range []uint64{0, 2, 4} {
		if _, err := l.Append(t.Context(), opening(4), expected); !errors.Is(err, triage.ErrPosition) {
			t.Errorf("Append() after %d of 3 = %v, want ErrPosition", expected, err)
		}
	}
	if _, err := l.Append(t.Context(), triage.Commit{ID: "\xff"}, 3); !errors.Is(err, triage.ErrInvalid) {
		t.Errorf("Append() of what cannot be encoded = %v, want ErrInvalid", err)
	}
	for from, want := range map[uint64]int{1: 2, 2: 2, 3: 1, 4: 0, 9: 0} {
		cs, err := l.ReadCommits(t.Context(), from, 2)
		if err != nil || len(cs) != want || want > 0 && cs[0].Seq != from {
			t.Errorf("ReadCommits(%d, 2) = %d commits, %v; want %d", from, len(cs), err, want)
		}
	}
}

func TestWorldFollowsTheLog(t *testing.T) {
	w, ctx := NewWorld(byState), t.Context()
	if got := ids(apply(t, w, openings(1, 3)...)); len(got) != 3 {
		t.Errorf("Apply() returned %d items of three commits", len(got))
	}
	if at, err := w.Position(ctx); at != 3 || err != nil {
		t.Errorf("Position() = %d, %v", at, err)
	}
	one, two := triage.NewItemID("f", "s", 1, 0), triage.NewItemID("f", "s", 2, 0)
	snap, err := w.Load(ctx, one, "none")
	if err != nil || len(snap.Items) != 1 || snap.Position != 3 || snap.Ledger.Through != 3 {
		t.Errorf("Load() = %+v, %v", snap, err)
	}
	claim := triage.Commit{ID: "x", Actor: triage.Actor{Name: "ann"}, At: epoch, Through: 3, Seq: 4, Events: []triage.Event{
		triage.Claimed{Item: two, Token: 4, Until: epoch.Add(time.Hour)}, triage.Opened{Item: two, Notice: triage.NewNoticeID("f", "s", 2)},
	}}
	items, err := w.Preview(ctx, claim)
	if err != nil || len(items) != 1 || items[0].State() != triage.ClaimedState || w.Ledger().Seq != 3 {
		t.Errorf("Preview() = %d items, %v; the world must not move", len(items), err)
	}
	apply(t, w, claim)
	for key, want := range map[string][]triage.ItemID{"claimed": {two}, "none": {}, "all": ids(w.Items())} {
		_, found, err := w.Candidates(ctx, []string{key, "nothing"})
		var got []triage.ItemID
		for _, c := range found {
			if got = append(got, c.Item); string(c.Record) != string(c.Item) {
				t.Errorf("the record of %s is %s", c.Item, c.Record)
			}
		}
		if err != nil || !slices.Equal(got, want) && len(got)+len(want) > 0 {
			t.Errorf("Candidates(%s) = %v, %v; want %v", key, got, err, want)
		}
	}
	if _, found, _ := w.Candidates(ctx, []string{"waiting"}); len(found) != 2 {
		t.Errorf("%d items are found under a key of which one has left", len(found))
	}
}

// TestWorldRefuses what does not follow, or cannot be, and stays as it was.
func TestWorldRefuses(t *testing.T) {
	broken := errors.New("no record")
	bad := triage.NewItemID("f", "s", 2, 0)
	w := NewWorld(func(i *triage.Item) ([]byte, []string, error) {
		if i.ID == bad {
			return nil, nil, broken
		}
		return byState(i)
	})
	apply(t, w, opening(1))
	back := opening(2)
	back.Through = 0
	double := opening(2)
	double.Events = append(double.Events, double.Events[1])
	skipping, claiming := opening(3), opening(2)
	skipping.Seq, claiming.Through = 2, 3
	for name, c := range map[string]struct {
		commit triage.Commit
		want   error
	}{
		"again":                     {opening(1), triage.ErrPosition},
		"a gap":                     {opening(3), triage.ErrPosition},
		"a notice skipped":          {skipping, triage.ErrChain},
		"more notices than read":    {claiming, triage.ErrChain},
		"notices of nowhere":        {triage.Commit{Seq: 2, Through: 2}, triage.ErrChain},
		"notices taken back":        {back, triage.ErrChain},
		"an item opened twice":      {double, triage.ErrState},
		"an item without an index":  {opening(2), broken},
		"an event on no such item":  {triage.Commit{Seq: 2, Through: 1, Events: []triage.Event{triage.Overdue{Item: "x"}}}, triage.ErrNotFound},
		"an event that is no event": {triage.Commit{Seq: 2, Through: 1, Events: []triage.Event{triage.ItemJoined{}}}, triage.ErrNotFound},
	} {
		if _, err := w.Apply(t.Context(), c.commit); !errors.Is(err, c.want) {
			t.Errorf("%s: Apply() = %v, want %v", name, err, c.want)
		}
		if c.want == triage.ErrPosition {
			if _, err := w.Preview(t.Context(), c.commit); !errors.Is(err, triage.ErrPosition) || errors.Is(err, triage.ErrChain) {
				t.Errorf("%s: Preview() = %v, want ErrPosition alone", name, err)
			}
		}
	}
	same := NewWorld(byState)
	apply(t, same, opening(1))
	if d := Diff(w, same); len(d) > 0 {
		t.Errorf("what was refused changed the world: %v", d)
	}
	if _, found, _ := w.Candidates(t.Context(), []string{"all"}); len(found) != 1 {
		t.Errorf("%d items are indexed, want 1", len(found))
	}
}

// TestApplyReturnsEachItemOnce as the last of the commits leaves it.
func TestApplyReturnsEachItemOnce(t *testing.T) {
	id := triage.NewItemID("f", "s", 1, 0)
	late := triage.Commit{ID: "x", At: epoch, Through: 1, Seq: 2, Events: []triage.Event{triage.Overdue{Item: id}}}
	items := apply(t, NewWorld(nil), opening(1), late)
	if len(items) != 1 || !items[0].Overdue {
		t.Errorf("Apply() = %v", items)
	}
}

func TestDiffNamesItemAndField(t *testing.T) {
	a, b := NewWorld(nil), NewWorld(nil)
	apply(t, a, openings(1, 3)...)
	apply(t, b, openings(1, 3)...)
	if got := Diff(a, b); got != nil {
		t.Errorf("equal worlds differ: %v", got)
	}
	id := triage.NewItemID("f", "s", 2, 0)
	i := b.items[id].Clone()
	i.Score.Points, i.Due, i.Entries[0].Reading.People = 7, i.Due.Add(time.Second), []triage.Person{{Name: "Ava Brackley"}}
	i.Claim, i.Flags = &triage.Claim{By: "ann"}, []string{}
	b.items[id] = i
	delete(b.items, triage.NewItemID("f", "s", 3, 0))
	b.ledger.Parts = 9
	b.ledger.States = map[triage.State]uint64{triage.Waiting: 2, triage.ClaimedState: 1, triage.JoinedState: 0}
	var got []string
	for _, d := range Diff(a, b) {
		got = append(got, d.String())
	}
	want := []string{"ledger: Parts", "ledger: States[waiting]", "ledger: States[claimed]"}
	for _, f := range []string{"Entries[0].Reading.People", "Score.Points", "Due", "Claim"} {
		want = append(want, fmt.Sprintf("item %s: %s", id, f))
	}
	want = append(want, fmt.Sprintf("item %s: only in one", triage.NewItemID("f", "s", 3, 0)))
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("Diff() =\n%q, want\n%q", got, want)
	}
	if back := Diff(b, a); len(back) != len(want) {
		t.Errorf("Diff() the other way round names %d differences, want %d", len(back), len(want))
	}
}

// TestWorldForMany readers beside a writer (for the race detector).
func TestWorldForMany(t *testing.T) {
	w := NewWorld(byState)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		for ctx.Err() == nil {
			w.Items()
			_, _, _ = w.Candidates(ctx, []string{"all"})
			_, _ = w.Preview(ctx, opening(1))
		}
	}()
	apply(t, w, openings(1, 50)...)
	cancel()
	<-done
}
