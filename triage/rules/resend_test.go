package rules

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ppn-triage/ppn-triage/triage"
)

// TestResendAddsNothing scores a notice that was sent again: the second copy's
// people are not merged into the children, and for that it must not look like
// a notice without a child.
func TestResendAddsNothing(t *testing.T) {
	s := mustLoad(t)
	e := triage.Entry{Readable: true, Received: trialDay, Reading: triage.Reading{
		IncidentDate: "2026-09-15", DashTicks: -1, People: []triage.Person{{Role: triage.RoleChild, Name: "Ann Poe", DOB: "2012-03-04", BornFrom: "2012-03-04", BornTo: "2012-03-04", AgeStated: true}},
		Facts: []triage.Fact{{Slug: "offending", Signs: []string{"antisocial"}, Polarity: triage.Present, Time: triage.Current, Holder: triage.HolderChild, Child: 0}},
	}}
	again := e
	again.Relation = triage.RelationResend
	m := triage.Matter{At: trialDay, Entries: []triage.Entry{e}, Children: []triage.Child{{ID: "c1", Person: e.Reading.People[0], From: []triage.Mention{{}}}}}
	once := s.Score(m)
	m.Entries = []triage.Entry{e, again}
	if d := cmp.Diff(once, s.Score(m)); d != "" {
		t.Errorf("sent again (-once +twice):\n%s", d)
	}
	m.Entries = []triage.Entry{again}
	if d := cmp.Diff(once, s.Score(m)); d != "" {
		t.Errorf("only the copy stands (-first +copy):\n%s", d)
	}
}
