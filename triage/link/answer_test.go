package link

import (
	"slices"
	"testing"

	"github.com/ppn-triage/ppn-triage/triage"
)

// TestAnswer: a mail that quotes a question's code joins the item it was asked
// about, also after that item was joined into another; a code nobody asked under
// joins nothing, and what a person has parted stays apart.
func TestAnswer(t *testing.T) {
	l := shipped(t)
	id := triage.ItemID("0f6c3c52-6f0e-5d6b-9a52-0d7a1c5c9b11")
	code := triage.AnswerCode(id)
	item := &triage.Item{ID: id, Entries: []triage.Entry{base().entry()}, Questions: []triage.Question{{Force: "13", Code: code}}}
	item.Received = item.Entries[0].Received
	item.Children = l.Merge(nil, 0, item.Entries[0].Reading)
	answer := func(code string) triage.Entry {
		e := told{file: "9", received: "2026-09-02 10:00"}.entry()
		e.Reading.References = []triage.Reference{{Kind: triage.AnswerKind, Norm: code}}
		return e
	}
	decide := func(i *triage.Item, e triage.Entry) Verdict {
		r := l.RecordOf(i)
		if !slices.ContainsFunc(l.Keys(l.RecordOfEntry(e)), func(k string) bool { return slices.Contains(l.Keys(r), k) }) {
			return Verdict{Relation: triage.RelationNew}
		}
		return l.Decide(e, []Candidate{{Item: i.ID, Record: r}}, e.Received)
	}
	if v := decide(item, answer(code)); v.Relation != triage.RelationUpdate || v.Item != id || !slices.Contains(v.Why, "answers a question about the item") {
		t.Errorf("the answer is %+v", v)
	}
	survivor := *item
	survivor.ID = "1f6c3c52-6f0e-5d6b-9a52-0d7a1c5c9b11"
	if v := decide(&survivor, answer(code)); v.Item != survivor.ID {
		t.Errorf("the answer to a question about a joined item is %+v", v)
	}
	if v := decide(item, answer("IFD-0000000000001")); v.Relation != triage.RelationNew {
		t.Errorf("a code nobody asked under is %+v", v)
	}
	unasked := *item
	unasked.Questions = nil
	if v := decide(&unasked, answer(code)); v.Relation != triage.RelationNew {
		t.Errorf("a code of an item that was never asked about is %+v", v)
	}
}
