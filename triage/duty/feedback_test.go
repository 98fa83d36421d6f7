package duty

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ppn-triage/ppn-triage/triage"
)

// takeRead opens an item by a notice that was read as given.
func (d *desk) takeRead(r triage.Reading, flags ...string) triage.ItemID {
	d.Helper()
	seq := d.world.Ledger().Through + 1
	id := triage.NewItemID("f", "s", seq, 0)
	read, e := d.notice(seq, strings.Repeat("x", int(seq)))
	e.Relation, e.Reading = triage.RelationNew, r
	d.append("worker", read, triage.ItemOpened{Item: id, Entry: e}, d.scored(id, triage.Green, flags...))
	return id
}

func feedbackOf(t *testing.T, told string) (f Feedback) {
	t.Helper()
	_, data, _ := strings.Cut(told, " ")
	if err := json.Unmarshal([]byte(data), &f); err != nil {
		t.Fatal(err)
	}
	return f
}

func reported(quality ...string) triage.Reading {
	return triage.Reading{
		Force: "wyp", Quality: quality, People: []triage.Person{{Name: "Zebedee CANARY", Role: triage.RoleChild}},
		References: []triage.Reference{{Kind: "occurrence", Raw: "13260400316", Norm: "13260400316", Own: true}, {Kind: "occurrence", Raw: "13250000001"}},
	}
}

// TestWhatANoticeLacks goes to its force with its own reference and no word
// more; nothing of a restricted item does.
func TestWhatANoticeLacks(t *testing.T) {
	d, p := newDesk(t), &post{}
	d.takeRead(reported("no_dob", "no_outcome"))
	d.takeRead(reported())
	d.takeRead(reported("no_dob"), "restricted")
	answer := reported("no_dob")
	answer.References = []triage.Reference{{Kind: triage.AnswerKind, Norm: "IFD-0000000000001"}}
	d.takeRead(answer)
	d.append("worker", triage.NoticeRead{Notice: "bounce", Seq: 5, Force: "wyp", Kind: triage.LetterBounce})
	d.step("relay", d.relay(p).Step)
	if len(p.told) != 0 {
		t.Errorf("told before the second copy had it: %q", p.told)
	}
	d.archive()
	d.step("relay", d.relay(p).Step)
	if len(p.told) != 2 || !strings.HasPrefix(p.told[0], "wyp ") {
		t.Fatalf("told %q, want one of each open notice", p.told)
	}
	f := feedbackOf(t, p.told[0])
	want := []Finding{{"no_dob", "date of birth or age of every child"}, {"no_outcome", "how police attendance ended, and who has the child now"}}
	if diff := cmp.Diff(want, f.Findings); diff != "" || f.Receipt.Seq != 1 || cmp.Diff([]string{"13260400316"}, f.References) != "" {
		t.Errorf("feedback %+v\n%s", f, diff)
	}
	if strings.Contains(p.told[0], "CANARY") || strings.Contains(p.told[0], "GREEN") || strings.Contains(p.told[0], "13250000001") {
		t.Errorf("the feedback says more than the force has sent: %s", p.told[0])
	}
	if got := feedbackOf(t, p.told[1]); len(got.Findings) != 0 {
		t.Errorf("of a whole notice is said %+v", got.Findings)
	}
}

// TestEveryFindingHasWords, so that no force reads a code alone.
func TestEveryFindingHasWords(t *testing.T) {
	for _, code := range []string{"no_child_details", "no_dob", "no_address", "no_reference", "no_outcome", "no_child_voice", "no_police_grade", "no_consent", "no_officer"} {
		if lacks[code] == "" {
			t.Errorf("no words for %s", code)
		}
	}
}

// TestAQuestion goes at once to the force it is asked of, with the force's own
// references and the code that leads the answer back.
func TestAQuestion(t *testing.T) {
	d, p := newDesk(t), &post{}
	id := d.takeRead(reported())
	d.append("ann", triage.PoliceAsked{Item: id, Force: "wyp", Question: "where is he now?"})
	d.step("relay", d.relay(p).Step)
	if len(p.told) != 1 {
		t.Fatalf("told %q, want the question", p.told)
	}
	f := feedbackOf(t, p.told[0])
	want := &Asked{Words: "where is he now?", At: d.now, Answer: triage.AnswerCode(id)}
	if diff := cmp.Diff(want, f.Question); diff != "" || f.Kind != "question" || cmp.Diff([]string{"13260400316"}, f.References) != "" {
		t.Errorf("question %+v\n%s", f, diff)
	}
	if q := d.item(id).Questions; len(q) != 1 || q[0].Code != triage.AnswerCode(id) {
		t.Errorf("the item keeps %+v", q)
	}
	d.step("relay", d.relay(p).Step)
	if len(p.told) != 1 {
		t.Errorf("asked again: %q", p.told)
	}
}
