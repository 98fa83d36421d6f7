package link

import (
	"slices"
	"strings"

	"github.com/ppn-triage/ppn-triage/triage"
)

// Cases is the case system's list, ready to be matched with children of
// notices by the linking that matches children with each other. It never
// changes and is safe for concurrent use.
type Cases struct {
	linker *Linker
	asOf   string
	rows   []triage.CaseRow
	people []Person
	byKey  map[string][]int
}

// NewCases indexes a list of a day, YYYY-MM-DD.
func (l *Linker) NewCases(rows []triage.CaseRow, asOf string) *Cases {
	c := &Cases{linker: l, asOf: asOf, rows: rows, people: make([]Person, len(rows)), byKey: map[string][]int{}}
	for n, r := range rows {
		p := triage.Person{
			Role: triage.RoleChild, Name: strings.TrimSpace(r.Given + " " + r.Family), Given: r.Given, Family: r.Family,
			DOB: r.DOB, BornFrom: r.DOB, BornTo: r.DOB, AgeStated: r.DOB != "", Address: r.Address, NHS: r.NHS, UPN: r.UPN,
		}
		c.people[n] = l.Person(p, nil)
		for _, k := range l.Keys(Record{Children: []Person{c.people[n]}}) {
			c.byKey[k] = append(c.byKey[k], n)
		}
	}
	return c
}

// Find returns the one row that is the child, and false where none or several
// could be: a status given to the wrong child would hide another.
func (c *Cases) Find(p Person) (triage.CaseRow, bool) {
	if c == nil {
		return triage.CaseRow{}, false
	}
	found := -1
	for _, k := range c.linker.Keys(Record{Children: []Person{p}}) {
		for _, n := range c.byKey[k] {
			if n == found || c.linker.Compare(p, c.people[n]).Outcome != Same {
				continue
			}
			if found >= 0 && c.rows[n].Case != c.rows[found].Case {
				return triage.CaseRow{}, false
			}
			found = n
		}
	}
	if found < 0 {
		return triage.CaseRow{}, false
	}
	return c.rows[found], true
}

// Mark returns the children of an item with their status by the list, and the
// last day on which a case of one of them was closed. A person's own entry
// stands unless the list is of a later day; a child that the list no longer
// holds loses what the list said. Without a list the children stay as they are.
func (c *Cases) Mark(i *triage.Item, children []triage.Child) (marked []triage.Child, closedAt string) {
	closedAt = i.History.ClosedAt
	if c == nil {
		return children, closedAt
	}
	marked = slices.Clone(children)
	for n := range marked {
		ch := &marked[n]
		p, ok := c.linker.mentioned(*ch, i.Entries)
		row, known := triage.CaseRow{}, false
		if ok {
			row, known = c.Find(p)
		}
		switch {
		case known && (ch.Status == "" || ch.ByList || ch.AsOf < c.asOf):
			ch.Status, ch.AsOf, ch.ByList = row.Status, c.asOf, true
		case !known && ch.ByList:
			ch.Status, ch.AsOf, ch.ByList = "", "", false
		}
		ch.Case, ch.Worker = row.Case, row.Worker
		closedAt = max(closedAt, row.ClosedAt)
	}
	return marked, closedAt
}
