package audit

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"time"

	"github.com/ppn-triage/ppn-triage/triage"
)

// Difference is one thing in which two worlds differ. It names where and never
// what, because that could be a person's name.
type Difference struct {
	Item  triage.ItemID // empty: the ledger
	Field string        // as in package triage: "Score.Points", "Entries[1].Relation"; "only in one" for a whole item
}

// String returns the difference in one line.
func (d Difference) String() string {
	if d.Item == "" {
		return "ledger: " + d.Field
	}
	return fmt.Sprintf("item %s: %s", d.Item, d.Field)
}

// Diff returns every difference of two worlds: of the ledgers first, then of
// the items by id. Worlds of the same log and program have none.
func Diff(a, b *World) (all []Difference) {
	la, lb := a.Ledger(), b.Ledger()
	differ(reflect.ValueOf(la), reflect.ValueOf(lb), "", func(field string) { all = append(all, Difference{"", field}) })
	return append(all, DiffItems(a.Items(), b.Items())...)
}

// DiffItems returns every difference of two sets of items, by id.
func DiffItems(a, b []*triage.Item) (all []Difference) {
	pairs := map[triage.ItemID]*[2]*triage.Item{}
	for n, items := range [][]*triage.Item{a, b} {
		for _, i := range items {
			if pairs[i.ID] == nil {
				pairs[i.ID] = &[2]*triage.Item{}
			}
			pairs[i.ID][n] = i
		}
	}
	for id, p := range pairs {
		if p[0] == nil || p[1] == nil {
			all = append(all, Difference{id, "only in one"})
			continue
		}
		differ(reflect.ValueOf(*p[0]), reflect.ValueOf(*p[1]), "", func(field string) { all = append(all, Difference{id, field}) })
	}
	slices.SortStableFunc(all, func(x, y Difference) int { return cmp.Compare(x.Item, y.Item) })
	return all
}

// differ tells the path of every value in which two of one type differ. An
// empty list and none are the same: the log's encoding knows no difference.
func differ(a, b reflect.Value, path string, tell func(string)) {
	switch a.Kind() {
	case reflect.Pointer:
		if a.IsNil() || b.IsNil() {
			if a.IsNil() != b.IsNil() {
				tell(path)
			}
			return
		}
		differ(a.Elem(), b.Elem(), path, tell)
	case reflect.Struct:
		if t, ok := a.Interface().(time.Time); ok {
			if !t.Equal(b.Interface().(time.Time)) {
				tell(path)
			}
			return
		}
		for n := range a.NumField() {
			differ(a.Field(n), b.Field(n), join(path, a.Type().Field(n).Name), tell)
		}
	case reflect.Slice:
		if a.Len() != b.Len() {
			tell(path)
			return
		}
		for n := range a.Len() {
			differ(a.Index(n), b.Index(n), fmt.Sprintf("%s[%d]", path, n), tell)
		}
	case reflect.Map:
		differMaps(a, b, path, tell)
	default:
		if !a.Equal(b) {
			tell(path)
		}
	}
}

// differMaps takes a missing entry for the zero value: a count that nobody has
// begun is 0.
func differMaps(a, b reflect.Value, path string, tell func(string)) {
	var paths []string
	for _, pair := range [][2]reflect.Value{{a, b}, {b, a}} {
		for _, k := range pair[0].MapKeys() {
			x, y := pair[0].MapIndex(k), pair[1].MapIndex(k)
			if !y.IsValid() {
				y = reflect.Zero(x.Type())
			}
			differ(x, y, fmt.Sprintf("%s[%v]", path, k), func(p string) { paths = append(paths, p) })
		}
	}
	slices.Sort(paths)
	for _, p := range slices.Compact(paths) {
		tell(p)
	}
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}
