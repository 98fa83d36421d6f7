package audit

import (
	"fmt"
	"reflect"

	"github.com/ppn-triage/ppn-triage/triage"
)

// EventDifference is one thing in which a commit differs from another made in
// its place. It names where and never what, because that could be a person's
// name.
type EventDifference struct {
	Index int          // of the event in the first list; -1 if it has none
	Event triage.Event // of the first list, else of the second
	Field string       // as in package triage; "only then" or "only now" for a whole event
}

// String returns the difference in one line.
func (d EventDifference) String() string {
	name := reflect.TypeOf(d.Event).Name()
	if id := d.Event.Target(); id != "" {
		name += " of item " + string(id)
	}
	return name + ": " + d.Field
}

// DiffEvents compares the events of a commit, then, with those that it would
// have now. Events are matched by their kind, what they are about and their
// order, so one that is missing does not make all that follow it differ.
func DiffEvents(then, now []triage.Event) (all []EventDifference) {
	type named struct {
		about string
		n     int
	}
	key := func(seen map[string]int, e triage.Event) named {
		about := reflect.TypeOf(e).Name() + " " + string(e.Target())
		if r, ok := e.(triage.NoticeRead); ok {
			about += fmt.Sprint(r.Seq)
		}
		seen[about]++
		return named{about, seen[about]}
	}
	left, seen := map[named]triage.Event{}, map[string]int{}
	keys := make([]named, len(now))
	for n, e := range now {
		keys[n] = key(seen, e)
		left[keys[n]] = e
	}
	clear(seen)
	for n, e := range then {
		k := key(seen, e)
		other, ok := left[k]
		if !ok {
			all = append(all, EventDifference{n, e, "only then"})
			continue
		}
		delete(left, k)
		differ(reflect.ValueOf(e), reflect.ValueOf(other), "", func(field string) { all = append(all, EventDifference{n, e, field}) })
	}
	for n, e := range now {
		if _, ok := left[keys[n]]; ok {
			all = append(all, EventDifference{-1, e, "only now"})
		}
	}
	return all
}
