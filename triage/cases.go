package triage

import "fmt"

// CaseRow is one child of the case system's list.
type CaseRow struct {
	Case     string // id in the case system
	Given    string
	Family   string
	DOB      string // YYYY-MM-DD
	NHS      string
	UPN      string
	Address  Address
	Status   string // "child_protection", "looked_after", "child_in_need" or "none"
	ClosedAt string // YYYY-MM-DD, when the case was closed last; empty if not known
	Worker   string // the allocated worker; empty if there is none
}

// CaseRows is a part of a case list. The parts of a list follow each other in
// the log; the list takes effect with the last one, and as a whole.
type CaseRows struct {
	List  string // UUID of the list
	AsOf  string // YYYY-MM-DD, day of the list
	Part  int    // from 1
	Parts int
	Rows  []CaseRow
}

// CaseList is a list in the log: the rows of its id in commits From to To.
type CaseList struct {
	ID       string
	AsOf     string
	From, To uint64
	Parts    int // parts that have come
	Rows     int
}

// take adds a part to the list that is being loaded.
func (l *Ledger) take(seq uint64, e CaseRows) error {
	if e.Part == 1 {
		l.Loading = CaseList{ID: e.List, AsOf: e.AsOf, From: seq}
	}
	p := &l.Loading
	if e.List == "" || p.ID != e.List || e.Part != p.Parts+1 || e.Part > e.Parts {
		return fmt.Errorf("case list: %w: part %d of %d does not follow part %d", ErrState, e.Part, e.Parts, p.Parts)
	}
	p.Parts, p.To, p.Rows = e.Part, seq, p.Rows+len(e.Rows)
	if e.Part == e.Parts {
		l.Cases, l.Loading = *p, CaseList{}
	}
	return nil
}
