package triage_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/audit"
)

var dawn = time.Date(2026, 9, 14, 9, 0, 0, 0, time.UTC)

// tale is a log that a test writes commit by commit.
type tale struct {
	*testing.T
	world *audit.World
	now   time.Time
}

// begin opens item "i" of two children by notice n1.
func begin(t *testing.T) *tale {
	t.Helper()
	s := &tale{t, audit.NewWorld(nil), dawn}
	s.must("worker", triage.NoticeRead{Notice: "n1", Seq: 1, Kind: triage.LetterNotice}, triage.ItemOpened{Item: "i", Entry: entry(1, triage.RelationNew)},
		scored(triage.Amber, 10, false))
	return s
}

func entry(n uint64, r triage.Relation) triage.Entry {
	e := triage.Entry{Notice: triage.NoticeID(fmt.Sprintf("n%d", n)), Seq: n, Received: dawn, Relation: r, Readable: true, Content: "text"}
	e.Reading.People = []triage.Person{{Role: triage.RoleChild, Given: "Ann"}, {Role: triage.RoleChild, Given: "Ben"}}
	return e
}

func scored(b triage.Band, hours int, rescore bool) triage.ItemScored {
	return triage.ItemScored{
		Item: "i", Score: triage.Score{Band: b}, Due: dawn.Add(time.Duration(hours) * time.Hour), Rescore: rescore,
		Children: []triage.Child{{ID: "c1", From: []triage.Mention{{Person: 0}}}, {ID: "c2", From: []triage.Mention{{Person: 1}}}},
	}
}

func (s *tale) try(who string, events ...triage.Event) error {
	l := s.world.Ledger()
	c := triage.Commit{Seq: l.Seq + 1, Actor: triage.Actor{Name: who}, At: s.now, Through: l.Through}
	for _, e := range events {
		if _, ok := e.(triage.NoticeRead); ok {
			c.Through++
		}
	}
	c.Events = events
	_, err := s.world.Apply(s.Context(), c)
	return err
}

func (s *tale) must(who string, events ...triage.Event) {
	s.Helper()
	if err := s.try(who, events...); err != nil {
		s.Fatal(err)
	}
}

func (s *tale) item() *triage.Item { return s.world.Items()[0] }

// claim gives the item to ash for an hour and returns the token.
func (s *tale) claim() uint64 {
	s.Helper()
	token := s.world.Ledger().Seq + 1
	s.must("ash", triage.Claimed{Item: "i", Token: token, Until: s.now.Add(time.Hour)})
	return token
}

func decided(token uint64, children ...string) triage.Decided {
	d := triage.Decided{Item: "i", Token: token}
	for _, c := range children {
		d.Decisions = append(d.Decisions, triage.Decision{Child: c, Outcome: "early_help", Rationale: "because"})
	}
	return d
}

// TestFoldRefusesAGap: a commit that does not follow, or that takes notices in
// again, is not folded.
func TestFoldRefusesAGap(t *testing.T) {
	l := triage.Ledger{Seq: 7, Through: 4, Notices: 4}
	took := func(seqs ...uint64) (events []triage.Event) {
		for _, seq := range seqs {
			events = append(events, triage.NoticeRead{Seq: seq})
		}
		return events
	}
	for _, c := range []triage.Commit{
		{Seq: 9, Through: 4}, {Seq: 7, Through: 4}, {Seq: 8, Through: 3}, {Seq: 8, Through: 5}, {Seq: 8, Through: 4, Events: took(4)},
		{Seq: 8, Through: 6, Events: took(6)}, {Seq: 8, Through: 5, Events: took(5, 5)}, {Seq: 8, Through: 4, Events: took(5)},
	} {
		if got, _, err := triage.Fold(l, nil, &c); !errors.Is(err, triage.ErrChain) || got.Seq != 7 {
			t.Errorf("Fold(commit %d through %d) after 7 through 4 = %d, %v, want it refused", c.Seq, c.Through, got.Seq, err)
		}
	}
	for _, c := range []triage.Commit{{Seq: 8, Through: 4}, {Seq: 8, Through: 6, Events: took(5, 6)}} {
		if got, _, err := triage.Fold(l, nil, &c); err != nil || got.Seq != 8 || got.Through != c.Through {
			t.Errorf("Fold(commit 8 through %d) = %d, %v", c.Through, got.Seq, err)
		}
	}
}

// TestActsAreRefused to whoever does not hold the claim, holds an old one, is
// late, or has not opened the text.
func TestActsAreRefused(t *testing.T) {
	s := begin(t)
	old := s.claim()
	if err := s.try("blake", triage.Claimed{Item: "i", Token: s.world.Ledger().Seq + 1, Until: s.now.Add(time.Hour)}); !errors.Is(err, triage.ErrClaimed) {
		t.Errorf("a second claim: %v", err)
	}
	s.must("ash", triage.Released{Item: "i", Token: old, Reason: "not mine"})
	token := s.claim()
	if err := s.try("ash", decided(token, "c1")); !errors.Is(err, triage.ErrUnopened) {
		t.Errorf("a decision without a look: %v", err)
	}
	s.must("ash", triage.Opened{Item: "i", Notice: "n1"})
	for _, late := range []bool{false, true} {
		who, with := "ash", old
		if late {
			s.now, with = s.now.Add(time.Hour), token
		}
		for name, e := range map[string]triage.Event{
			"decide": decided(with, "c1"), "renew": triage.ClaimRenewed{Item: "i", Token: with, Until: s.now.Add(time.Hour)},
			"release":  triage.Released{Item: "i", Token: with, Reason: "not mine"},
			"override": triage.BandOverridden{Item: "i", Token: with, Band: triage.Red, Due: dawn, Reason: "because"},
		} {
			if err := s.try(who, e); !errors.Is(err, triage.ErrToken) {
				t.Errorf("%s, late %t: %v", name, late, err)
			}
		}
	}
}

// TestDecisionOnOneChildLeavesTheOther waiting, and its claim.
func TestDecisionOnOneChildLeavesTheOther(t *testing.T) {
	s := begin(t)
	token := s.claim()
	s.must("ash", triage.Opened{Item: "i", Notice: "n1"}, decided(token, "c1"))
	if i := s.item(); !i.Queued() || i.Claim == nil || len(i.Open) != 1 || i.Open[0] != "c2" {
		t.Errorf("after one of two decisions: queued %t, open %q, claim %v", i.Queued(), i.Open, i.Claim)
	}
	s.must("ash", decided(token, "c2"))
	if i := s.item(); i.State() != triage.DecidedState || i.Claim != nil {
		t.Errorf("after both decisions: state %v, claim %v", i.State(), i.Claim)
	}
}

// TestResendDoesNotReopen what was decided; news does, for every child.
func TestResendDoesNotReopen(t *testing.T) {
	s := begin(t)
	token := s.claim()
	s.must("ash", triage.Opened{Item: "i", Notice: "n1"}, decided(token, "c1", "c2"))
	s.must("worker", triage.NoticeRead{Notice: "n2", Seq: 2, Kind: triage.LetterNotice}, triage.NoticeJoined{Item: "i", Entry: entry(2, triage.RelationResend)})
	if i := s.item(); i.State() != triage.DecidedState {
		t.Errorf("after a resend the item is %v", i.State())
	}
	s.must("worker", triage.NoticeRead{Notice: "n3", Seq: 3, Kind: triage.LetterNotice}, triage.NoticeJoined{Item: "i", Entry: entry(3, triage.RelationUpdate)})
	if i := s.item(); i.State() != triage.Waiting || len(i.Open) != 2 {
		t.Errorf("after news the item is %v, open %q", i.State(), i.Open)
	}
}

// TestRescoreOnlyProposesLower: new rules raise at once and never lower.
func TestRescoreOnlyProposesLower(t *testing.T) {
	s := begin(t)
	s.must("worker", scored(triage.Green, 50, true))
	if i := s.item(); i.Band() != triage.Amber || i.Proposed == nil || i.Proposed.Band != triage.Green {
		t.Errorf("after a lower score by new rules: band %v, proposed %v", i.Band(), i.Proposed)
	}
	s.must("worker", scored(triage.Red, 1, true))
	if i := s.item(); i.Band() != triage.Red || i.Proposed != nil {
		t.Errorf("after a higher score by new rules: band %v, proposed %v", i.Band(), i.Proposed)
	}
}

// TestDueNeverMovesLater by a score.
func TestDueNeverMovesLater(t *testing.T) {
	s := begin(t)
	s.must("worker", scored(triage.Amber, 20, false))
	if got, want := s.item().Due, dawn.Add(10*time.Hour); !got.Equal(want) {
		t.Errorf("due %s after a later one was computed, want %s", got, want)
	}
}

// TestCountsFollowTheStates of an item from its opening to its decision: it is
// counted in one state at a time.
func TestCountsFollowTheStates(t *testing.T) {
	s := begin(t)
	in := func(want triage.State) {
		t.Helper()
		l := s.world.Ledger()
		if err := l.Check(); err != nil {
			t.Error(err)
		}
		for state, n := range l.States {
			if n != 0 && state != want || state == want && n != 1 {
				t.Errorf("%d items counted in state %v, want one, in %v", n, state, want)
			}
		}
	}
	in(triage.Waiting)
	token := s.claim()
	in(triage.ClaimedState)
	s.must("ash", triage.Opened{Item: "i", Notice: "n1"}, decided(token, "c1", "c2"))
	in(triage.DecidedState)
}
