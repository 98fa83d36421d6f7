package triage

import (
	"slices"
	"strconv"
	"strings"
)

// childName is the id of the n-th child of an item.
func childName(n int) string { return "c" + strconv.Itoa(n) }

// childNumber is the number in a child's id, 0 if there is none.
func childNumber(id string) int {
	n, err := strconv.Atoi(strings.TrimPrefix(id, "c"))
	if err != nil {
		return 0
	}
	return n
}

func lastChild(children []Child) (last int) {
	for _, c := range children {
		last = max(last, childNumber(c.ID))
	}
	return last
}

// NextChild returns a function that gives ids which no child of the item has or
// had.
func (i *Item) NextChild() func() string {
	last := lastChild(i.Children)
	for _, d := range i.Decisions { // also on children that are no more
		last = max(last, childNumber(d.Child))
	}
	return func() string {
		last++
		return childName(last)
	}
}

// childIDs lists the children to decide on: "" stands for an item that names
// none.
func (i *Item) childIDs() []string {
	if len(i.Children) == 0 {
		return []string{""}
	}
	ids := make([]string, len(i.Children))
	for n, c := range i.Children {
		ids[n] = c.ID
	}
	return ids
}

// takeChildren puts the children that the linker merged in the place of those
// before. Where it made one of two, decisions and links of the one that went
// are the other's from now on. A child that was not there needs a decision.
func (i *Item) takeChildren(children []Child) {
	before, now := i.childIDs(), follow(i.Children, children)
	i.Children = slices.Clone(children) // the event that brings them keeps its own
	rename := func(id string) string {
		if to, ok := now[id]; ok {
			return to
		}
		return id
	}
	for n := range i.Decisions {
		i.Decisions[n].Child = rename(i.Decisions[n].Child)
	}
	links := i.Links
	i.Links = nil
	ids := i.childIDs()
	for _, l := range links {
		if l.Child = rename(l.Child); l.Child == "" || l.Rejected || slices.Contains(ids, l.Child) {
			i.link(l)
		}
	}
	var open []string
	for _, id := range ids {
		waits := slices.ContainsFunc(i.Open, func(o string) bool { return rename(o) == id })
		fresh := id != "" && !slices.Contains(before, id)
		if waits || fresh || id == "" && !slices.Contains(before, "") && !i.settled() {
			open = append(open, id)
		}
	}
	wasOpen := len(i.Open) > 0
	if i.Open = open; wasOpen && len(open) == 0 {
		i.close()
	}
}

// follow tells of each child that is no more which one has its mentions now.
func follow(before, after []Child) map[string]string {
	to := map[string]string{}
	for _, b := range before {
		if slices.ContainsFunc(after, func(a Child) bool { return a.ID == b.ID }) {
			continue
		}
		for _, a := range after {
			if a.Shares(b) {
				to[b.ID] = a.ID
				break
			}
		}
	}
	return to
}

// Shares tells whether a notice's same person is in both children.
func (c Child) Shares(o Child) bool {
	return slices.ContainsFunc(c.From, func(m Mention) bool { return slices.Contains(o.From, m) })
}

// settled tells whether a decision has taken in every notice that stands.
func (i *Item) settled() bool {
	return !slices.ContainsFunc(i.Entries, func(e Entry) bool { return !e.Settled && !e.Struck && e.Relation != RelationResend })
}

// reopen decides, after notices were taken out, who still needs a decision:
// nobody where a decision has taken in all that is left.
func (i *Item) reopen() {
	ids := i.childIDs()
	i.Open = slices.DeleteFunc(i.Open, func(id string) bool { return !slices.Contains(ids, id) })
	switch {
	case i.settled():
		i.Open = nil
	case len(i.Open) == 0:
		i.Open = ids
	}
	if len(i.Open) == 0 {
		i.Claim = nil
	}
}

// close ends the work on an item: every child of it is decided.
func (i *Item) close() {
	i.Claim = nil
	for n := range i.Entries {
		i.Entries[n].Settled = true
	}
}

// Clocked lists the notices whose clock runs: those that stand, are no resend
// and that no decision on every child has taken in; all that stand where a
// decision has taken in each.
func (i *Item) Clocked() (at []int) {
	var all []int
	for n, e := range i.Entries {
		if e.Struck || e.Relation == RelationResend {
			continue
		}
		all = append(all, n)
		if !e.Settled {
			at = append(at, n)
		}
	}
	if at == nil {
		return all
	}
	return at
}
