package link

import (
	"fmt"
	"testing"

	"github.com/ppn-triage/ppn-triage/triage"
)

func caseChild(given, family, dob, line, postcode string) (triage.Entry, triage.Child) {
	p := triage.Person{
		Role: triage.RoleChild, Name: given + " " + family, Given: given, Family: family, DOB: dob, BornFrom: dob, BornTo: dob,
		AgeStated: true, Address: triage.Address{Line: line, Postcode: postcode},
	}
	e := triage.Entry{Notice: "n", Seq: 1, Readable: true, Reading: triage.Reading{People: []triage.Person{p}}}
	return e, triage.Child{ID: "c1", Person: p, From: []triage.Mention{{}}}
}

var caseRows = []triage.CaseRow{
	{Case: "100", Given: "Mohammed", Family: "Hussain", DOB: "2016-02-11", Address: triage.Address{Line: "88 Thornacre Road", Postcode: "BD8 9TZ"}, Status: "child_protection", Worker: "A. Worker"},
	{Case: "101", Given: "Iqra", Family: "Hussain", DOB: "2013-11-30", Address: triage.Address{Line: "88 Thornacre Road", Postcode: "BD8 9TZ"}, Status: "child_in_need"},
	{Case: "102", Given: "Zdzislaw", Family: "Wojcik", DOB: "2014-05-02", Address: triage.Address{Line: "2 Mill Fold", Postcode: "BD1 1AA"}, Status: "none", ClosedAt: "2026-07-01"},
	{Case: "103", Given: "Ava", Family: "Thornton", DOB: "2018-01-09", Address: triage.Address{Line: "5 Beck View", Postcode: "BD3 2AB"}, Status: "looked_after"},
	{Case: "104", Given: "Ava", Family: "Thornton", DOB: "2018-01-09", Address: triage.Address{Line: "5 Beck View", Postcode: "BD3 2AB"}, Status: "child_in_need"},
}

// TestCasesMark matches children with the list as children are matched with
// each other: variants of a name yes, a twin or a doubt no.
func TestCasesMark(t *testing.T) {
	cases := shipped(t).NewCases(caseRows, "2026-10-01")
	for name, c := range map[string]struct {
		given, family, dob, line, postcode string
		before                             triage.Child
		status, number, worker, closed     string
	}{
		"variant of the name":                 {given: "Muhammad", family: "HUSSEIN", dob: "2016-02-11", line: "88 Thornacre Rd", postcode: "BD8 9TZ", status: "child_protection", number: "100", worker: "A. Worker"},
		"brother at the same address":         {given: "Hassan", family: "Hussain", dob: "2011-06-01", line: "88 Thornacre Road", postcode: "BD8 9TZ"},
		"same name, another date of birth":    {given: "Iqra", family: "Hussain", dob: "2009-03-03", line: "1 Far Away", postcode: "LS1 4AA"},
		"closed case":                         {given: "Zdzisław", family: "Wójcik", dob: "2014-05-02", line: "2 Mill Fold", postcode: "BD1 1AA", status: "none", number: "102", closed: "2026-07-01"},
		"two rows that could be the child":    {given: "Ava", family: "Thornton", dob: "2018-01-09", line: "5 Beck View", postcode: "BD3 2AB"},
		"a person's later entry stands":       {given: "Iqra", family: "Hussain", dob: "2013-11-30", line: "88 Thornacre Road", postcode: "BD8 9TZ", before: triage.Child{Status: "looked_after", AsOf: "2026-11-01"}, status: "looked_after", number: "101"},
		"a person's earlier entry gives way":  {given: "Iqra", family: "Hussain", dob: "2013-11-30", line: "88 Thornacre Road", postcode: "BD8 9TZ", before: triage.Child{Status: "looked_after", AsOf: "2026-09-01"}, status: "child_in_need", number: "101"},
		"gone from the list loses its status": {given: "Noor", family: "Akhtar", dob: "2015-01-01", line: "3 Elm Street", postcode: "BD2 2BB", before: triage.Child{Status: "looked_after", AsOf: "2026-09-01", ByList: true}},
		"never on the list keeps a person's":  {given: "Noor", family: "Akhtar", dob: "2015-01-01", line: "3 Elm Street", postcode: "BD2 2BB", before: triage.Child{Status: "child_in_need", AsOf: "2026-09-01"}, status: "child_in_need"},
	} {
		e, ch := caseChild(c.given, c.family, c.dob, c.line, c.postcode)
		ch.Status, ch.AsOf, ch.ByList = c.before.Status, c.before.AsOf, c.before.ByList
		i := &triage.Item{ID: "i", Entries: []triage.Entry{e}}
		got, closed := cases.Mark(i, []triage.Child{ch})
		if g := got[0]; g.Status != c.status || g.Case != c.number || g.Worker != c.worker || closed != c.closed {
			t.Errorf("%s: Mark() = status %q, case %q, worker %q, closed %q; want %q, %q, %q, %q", name, g.Status, g.Case, g.Worker, closed, c.status, c.number, c.worker, c.closed)
		}
	}
}

// TestNoCases leaves children alone where no list was ever loaded.
func TestNoCases(t *testing.T) {
	var none *Cases
	_, ch := caseChild("A", "B", "2015-01-01", "", "")
	ch.Status = "child_in_need"
	if got, _ := none.Mark(&triage.Item{}, []triage.Child{ch}); got[0].Status != "child_in_need" {
		t.Errorf("Mark() without a list = %q", got[0].Status)
	}
}

func BenchmarkCasesFind(b *testing.B) {
	l := shipped(b)
	var rows []triage.CaseRow
	for n := range 20_000 {
		rows = append(rows, triage.CaseRow{Case: fmt.Sprint(n), Given: caseRows[n%5].Given, Family: fmt.Sprintf("Fam%d", n%997), DOB: fmt.Sprintf("20%02d-%02d-%02d", 9+n%15, 1+n%12, 1+n%28), Status: "child_in_need"})
	}
	cases := l.NewCases(rows, "2026-10-01")
	e, ch := caseChild("Iqra", "Fam12", "2013-11-30", "", "")
	i := &triage.Item{Entries: []triage.Entry{e}}
	for b.Loop() {
		cases.Mark(i, []triage.Child{ch})
	}
}
