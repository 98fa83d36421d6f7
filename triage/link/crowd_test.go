package link

import (
	"slices"
	"strings"
	"testing"
)

// TestCommonestPairNeedsMoreThanAYear: one of a hundred Mohammed Hussains of a
// year is found by what else is told of him, and only by that.
func TestCommonestPairNeedsMoreThanAYear(t *testing.T) {
	l := shipped(t)
	known := told{file: "1", refs: "13260400001", when: "2026-01-10", home: house, kids: "Mohammed/HUSSAIN/2016-02-11", adults: "Shazia/HUSSAIN", received: "2026-01-10"}
	for _, c := range []struct {
		name string
		next told
		want bool
	}{
		{"only his age", told{kids: "Muhammad/HUSSEIN/2015-09-02..2016-09-01"}, false},
		{"his age and his mother", told{kids: "Muhammad/HUSSEIN/2015-09-02..2016-09-01", adults: "Shazia/HUSSEIN"}, true},
		{"his age and his home", told{kids: "Muhammad/HUSSEIN/2015-09-02..2016-09-01", home: house}, true},
		{"his day of birth", told{kids: "Muhammad/HUSSEIN/2016-02-11"}, true},
	} {
		w := newWorld(l)
		w.take(known.entry())
		n := c.next
		n.file, n.refs, n.when, n.received = "2", "13260499999", "2026-06-10", "2026-06-10"
		if found := len(w.candidates(n.entry())) > 0; found != c.want {
			t.Errorf("%s: found %v, want %v", c.name, found, c.want)
		}
		keys := l.Keys(l.RecordOfEntry(n.entry()))
		if slices.ContainsFunc(keys, func(k string) bool { return strings.HasPrefix(k, "y:") }) {
			t.Errorf("%s: %q holds a key of name and year alone", c.name, keys)
		}
	}
	// What is not found by its keys would not have been linked either.
	a, b := l.RecordOfEntry(known.entry()), l.RecordOfEntry(told{file: "2", kids: "Muhammad/HUSSEIN/2015-09-02..2016-09-01", received: "2026-06-10"}.entry())
	if m := l.Compare(a.Children[0], b.Children[0]); m.Outcome != Different {
		t.Errorf("name and age alone = %v at weight %d, want Different: the keys hide it", m.Outcome, m.Weight)
	}
}
