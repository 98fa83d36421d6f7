package link

import (
	"cmp"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/ppn-triage/ppn-triage/triage"
)

// Merge takes the children of one more notice of an item in: a child the item
// has is merged with it, the others are added with ids of their own. Two
// children of one notice are never one. A placeholder is never merged, but for
// the very same words in the very same place (the notice sent again).
// The children given are not changed.
func (l *Linker) Merge(children []triage.Child, entry int, r triage.Reading) []triage.Child {
	out := slices.Clone(children)
	idx := r.Children()
	have, fresh := make([]Person, len(out)), make([]Person, len(idx))
	for i, c := range out {
		have[i] = l.child(c)
	}
	for i, j := range idx {
		fresh[i] = l.Person(r.People[j], nil)
	}
	to := l.assign(have, fresh)
	for i, j := range idx {
		p, m := r.People[j], triage.Mention{Entry: entry, Person: j}
		at := to[i]
		if at < 0 && p.Placeholder {
			at = samePlaceholder(out, p, entry)
		}
		if at < 0 {
			out = append(out, l.newChild(nextID(out), p, m))
			continue
		}
		out[at] = l.absorb(out[at], p, m)
	}
	return out
}

// Children merges the children of all entries from the beginning: what an item
// has after a notice was struck or split off. A notice sent again adds nobody.
func (l *Linker) Children(entries []triage.Entry) []triage.Child {
	var out []triage.Child
	type text struct {
		content string
		part    int
	}
	first := map[text]int{}
	for i, e := range entries {
		if e.Struck {
			continue
		}
		key := text{e.Content, e.Part}
		if j, again := first[key]; again && e.Content != "" && len(entries[j].Reading.People) == len(e.Reading.People) {
			out = mentionAgain(out, j, i)
			continue
		}
		first[key] = i
		out = l.Merge(out, i, e.Reading)
	}
	return out
}

// mentionAgain notes that entry again names whom entry first names.
func mentionAgain(children []triage.Child, first, again int) []triage.Child {
	out := slices.Clone(children)
	for i, c := range out {
		for _, m := range c.From {
			if m.Entry == first {
				out[i].From = append(slices.Clone(out[i].From), triage.Mention{Entry: again, Person: m.Person})
			}
		}
	}
	return out
}

// assign returns for each fresh person of one notice whom of an incident's
// people it is, -1 if nobody. Nobody is taken twice; the best pair goes first.
func (l *Linker) assign(have, fresh []Person) []int {
	type pair struct{ have, fresh, score int }
	var pairs []pair
	for i, a := range have {
		for j, b := range fresh {
			if s := l.oneIncident(a, b); s > 0 {
				pairs = append(pairs, pair{i, j, s})
			}
		}
	}
	slices.SortStableFunc(pairs, func(a, b pair) int { return cmp.Compare(b.score, a.score) })
	to := slices.Repeat([]int{-1}, len(fresh))
	for _, p := range pairs {
		if to[p.fresh] < 0 && !slices.Contains(to, p.have) {
			to[p.fresh] = p.have
		}
	}
	return to
}

// oneIncident tells how surely two children of the notices about one incident
// are one; 0: they are not. The incident stands for what the date of birth
// must say elsewhere, so another date does not part two of one full name.
func (l *Linker) oneIncident(a, b Person) int {
	if a.Placeholder || b.Placeholder {
		return 0
	}
	if a.Unborn || b.Unborn {
		if due := l.meetDue(a, b); due == "apart" || l.meetParents(a.Parents, b.Parents) == "different" {
			return 0
		}
		return 1
	}
	if !a.named() || !b.named() {
		return 0
	}
	n, born := l.meetNames(a.Names, b.Names), a.meetBorn(&b)
	full := slices.Contains([]string{"exact", "ending", "sound"}, n.family)
	dated := born == "equal" || born == "swapped" || born == "digit"
	ok := false
	switch n.given {
	case "exact", "nickname", "sound":
		ok = full || n.family != "different" && born != "apart" || dated
		if born == "apart" && len(l.strongNames(a))+len(l.strongNames(b)) == 0 {
			ok = false // two of the commonest name and of different age
		}
	case "near", "weak":
		ok = (full || n.family == "") && born != "apart" && born != "off"
	case "":
		ok = full && born == "equal"
	}
	if !ok {
		return 0
	}
	return 10*(1+incidentRank[born]) + levelRank[n.given]
}

// incidentRank orders what births say of two namesakes in one incident.
var incidentRank = map[string]int{"apart": 0, "off": 1, "": 2, "age": 3, "year": 4, "digit": 5, "swapped": 6, "equal": 7}

func (l *Linker) strongNames(p Person) []string {
	var out []string
	for _, n := range p.Names {
		out = append(append(out, l.strong(n.Given)...), l.strong(n.Family)...)
	}
	return out
}

// samePlaceholder finds the placeholder of another entry with the same words
// at the same place of the text, which only a resent notice has.
func samePlaceholder(children []triage.Child, p triage.Person, entry int) int {
	return slices.IndexFunc(children, func(c triage.Child) bool {
		other := !slices.ContainsFunc(c.From, func(m triage.Mention) bool { return m.Entry == entry })
		return other && reflect.DeepEqual(c.Person, p)
	})
}

func nextID(children []triage.Child) string { return childID(lastChild(children) + 1) }

func childID(n int) string { return "c" + strconv.Itoa(n) }

// lastChild returns the highest number of an id.
func lastChild(children []triage.Child) int {
	last := 0
	for _, c := range children {
		if n, err := strconv.Atoi(strings.TrimPrefix(c.ID, "c")); err == nil {
			last = max(last, n)
		}
	}
	return last
}

func (l *Linker) newChild(id string, p triage.Person, m triage.Mention) triage.Child {
	p.Aliases = slices.Clone(p.Aliases)
	return triage.Child{ID: id, Person: p, From: []triage.Mention{m}}
}

// absorb merges what another notice says of a child into it. What is known is
// kept, what is new fills gaps; nothing that could raise the child is lost:
// with two dates of birth the span of both stands.
func (l *Linker) absorb(c triage.Child, p triage.Person, m triage.Mention) triage.Child {
	c.From = append(slices.Clone(c.From), m)
	old := c.Person
	q := &c.Person
	q.Aliases = l.otherNames(old, p)
	if l.fuller(old, p) {
		q.Name, q.Given, q.Family, q.Start, q.End = p.Name, p.Given, p.Family, p.Start, p.End
	}
	l.absorbBirth(&c, p)
	q.Alleged = old.Alleged || p.Alleged
	q.Disabled = old.Disabled || p.Disabled
	for _, f := range []struct {
		to   *string
		from string
	}{
		{&q.EDD, p.EDD}, {&q.Sex, p.Sex}, {&q.Phone, p.Phone}, {&q.School, p.School}, {&q.GP, p.GP}, {&q.NHS, p.NHS},
		{&q.UPN, p.UPN}, {&q.Relation, p.Relation}, {&q.Mother, p.Mother},
	} {
		*f.to = cmp.Or(*f.to, f.from)
	}
	if old.Address == (triage.Address{}) {
		q.Address = p.Address
	}
	return c
}

// fuller tells whether the new notice names a child more fully.
func (l *Linker) fuller(old, p triage.Person) bool {
	if old.Unborn && !p.Unborn {
		return true
	}
	count := func(q triage.Person) int { return len(l.tokens(q.Given)) + len(l.tokens(q.Family)) }
	return !p.Unborn && count(p) > count(old)
}

// otherNames returns the aliases of both and, where the names differ once
// folded, the name that will not be shown.
func (l *Linker) otherNames(old, p triage.Person) []string {
	out := slices.Clone(old.Aliases)
	add := func(s string) {
		if s != "" && !slices.Contains(out, s) && s != old.Name {
			out = append(out, s)
		}
	}
	for _, a := range p.Aliases {
		add(a)
	}
	na, nb := l.names(old), l.names(p)
	if old.Unborn || p.Unborn || len(na) == 0 || len(nb) == 0 || na[0].equal(nb[0]) {
		return out
	}
	if l.fuller(old, p) {
		return append(out, old.Name)
	}
	add(p.Name)
	return out
}

// absorbBirth merges dates of birth, ages and due dates.
func (l *Linker) absorbBirth(c *triage.Child, p triage.Person) {
	q := &c.Person
	old := *q
	q.AgeStated = old.AgeStated || p.AgeStated
	q.Unborn = old.Unborn && p.Unborn
	dobs := slices.Clone(c.DOBs)
	for _, d := range []string{old.DOB, p.DOB} {
		if l.lex.realDate(d) && !slices.Contains(dobs, d) {
			dobs = append(dobs, d)
		}
	}
	slices.Sort(dobs)
	dobs = slices.DeleteFunc(dobs, func(d string) bool { // 1 January stands for the year alone
		return defaultDay(d) && slices.ContainsFunc(dobs, func(o string) bool { return o[:4] == d[:4] && o > d })
	})
	switch {
	case len(dobs) == 0:
		if old.BornFrom == "" || p.BornFrom != "" && span(p.BornFrom, p.BornTo) < span(old.BornFrom, old.BornTo) {
			q.DOB, q.BornFrom, q.BornTo = cmp.Or(old.DOB, p.DOB), p.BornFrom, p.BornTo
		}
	case len(dobs) == 1:
		q.DOB, q.BornFrom, q.BornTo = dobs[0], dobs[0], dobs[0]
	default: // the youngest that the notices allow decides
		q.DOB, q.BornFrom, q.BornTo = dobs[len(dobs)-1], dobs[0], dobs[len(dobs)-1]
		c.DOBs = dobs
	}
}

// span returns the days between two dates, many if either is not known.
func span(from, to string) int {
	if d, ok := daysBetween(from, to); ok {
		return d
	}
	return 1 << 20
}
