package triage

import (
	"errors"
	"testing"
	"time"
)

// TestTheBell: a call stands in the log before it goes out and once with its
// outcome; an answer ends it until there is news.
func TestTheBell(t *testing.T) {
	at := time.Date(2026, 9, 7, 20, 0, 0, 0, time.UTC)
	i := &Item{ID: "i", Received: at, Open: []string{""}, Entries: []Entry{{Notice: "n", Received: at, Relation: RelationNew}}}
	rung := func(step int, outcome string) BellRung {
		return BellRung{Item: "i", Notice: "n", Step: step, To: "night", Outcome: outcome}
	}
	nobody, other := rung(0, BellCalling), rung(0, BellCalling)
	nobody.To, other.Notice = "", "o"
	for n, step := range []struct {
		e    Event
		want error
	}{
		{BellAnswered{"i", "n"}, ErrState},
		{rung(0, BellSent), ErrState},
		{rung(0, "x"), ErrInvalid},
		{nobody, ErrInvalid},
		{other, ErrState},
		{rung(0, BellCalling), nil},
		{rung(1, BellSent), ErrState},
		{rung(0, BellFailed), nil},
		{rung(0, BellSent), ErrState}, // what became of it is known
		{rung(1, BellCalling), nil},
		{rung(2, BellCalling), nil}, // who called has gone
		{rung(2, BellSent), nil},
		{BellAnswered{"i", "o"}, ErrState},
		{BellAnswered{"i", "n"}, nil},
		{BellAnswered{"i", "n"}, ErrState},
		{rung(2, BellCalling), ErrState},
	} {
		c := &Commit{Seq: uint64(n + 1), At: at.Add(time.Duration(n) * time.Minute), Actor: Actor{Name: "ann"}}
		if err := i.Apply(c, step.e); !errors.Is(err, step.want) {
			t.Fatalf("step %d: %+v gives %v, want %v", n, step.e, err, step.want)
		}
	}
	if want := (Bell{Notice: "n", Step: 2, To: "night", At: at.Add(10 * time.Minute), Outcome: BellSent, Calls: 1, AnsweredBy: "ann", AnsweredAt: at.Add(13 * time.Minute)}); *i.Bell != want {
		t.Errorf("the bell is %+v, want %+v", *i.Bell, want)
	}
	if i.Version != 0 {
		t.Errorf("the item is at version %d: whoever decides on it would have to read it again", i.Version)
	}
	i.Entries = append(i.Entries, Entry{Notice: "o", Seq: 2, Relation: RelationUpdate})
	if i.Answered() {
		t.Error("news has been answered before it came")
	}
	if err := i.Apply(&Commit{Seq: 20, At: at}, other); err != nil || *i.Bell != (Bell{Notice: "o", To: "night", At: at, Outcome: BellCalling}) {
		t.Errorf("after news the bell is %+v, %v", *i.Bell, err)
	}
}
