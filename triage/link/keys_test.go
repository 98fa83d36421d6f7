package link

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// No key may be made of a common thing alone: each joins at least two, or is a
// number of its own.
func TestNoKeyIsACrowd(t *testing.T) {
	l := shipped(t)
	n := told{
		file: "1", refs: "13260400316 LOG1288/2026-09-01", when: "2026-09-01", home: house, received: "2026-09-01", message: "m",
		kids: "Mohammed/HUSSAIN/2016-02-11; Mohammed/KHAN/; /HUSSAIN/EDD2026-12-01/Samina BIBI; Alfie/SMITH/2016-01-01", adults: "Samina/BIBI; !Mohammed/HUSSAIN",
	}
	alone := map[string]bool{"c": true, "m": true, "r": true, "s": true, "u": true, "t": true}
	keys := l.Keys(l.RecordOfEntry(n.entry()))
	for _, k := range keys {
		kind, rest, _ := strings.Cut(k, ":")
		if !alone[kind] && !strings.Contains(rest, "|") {
			t.Errorf("key %q is made of one thing", k)
		}
		if kind == "n" && slices.Contains(strings.Split(rest, "|"), skeleton("muhammad")) {
			t.Errorf("key %q: the commonest name without a year", k)
		}
	}
	if !slices.IsSorted(keys) || len(slices.Compact(slices.Clone(keys))) != len(keys) {
		t.Errorf("keys are not sorted and single: %q", keys)
	}
}

// town draws children as a northern city has them: common names by their share.
func town(l *Linker, n int) []Record {
	r := rand.New(rand.NewPCG(1, 2))
	var given, family []string
	for name, share := range l.lex.share {
		for range int(share * 5000) {
			given = append(given, name)
			family = append(family, name)
		}
	}
	slices.Sort(given)
	slices.Sort(family)
	for i := range 3000 {
		given = append(given, fmt.Sprintf("g%c%c%c", 'a'+i%26, 'a'+i/26%26, 'a'+i/676))
		family = append(family, fmt.Sprintf("f%c%c%c", 'a'+i%26, 'a'+i/26%26, 'a'+i/676))
	}
	pick := func(from []string) string { return from[r.IntN(len(from))] }
	out := make([]Record, n)
	for i := range out {
		surname := pick(family)
		dob := fmt.Sprintf("%d-%02d-%02d", 2008+r.IntN(18), 1+r.IntN(12), 1+r.IntN(28))
		home := fmt.Sprintf("%d Street%d|BD%d %d%c%c", 1+r.IntN(99), r.IntN(3000), 1+r.IntN(22), r.IntN(10), 'A'+rune(r.IntN(26)), 'A'+rune(r.IntN(26)))
		n := told{
			file: fmt.Sprint(i), refs: fmt.Sprintf("1326%07d", i), when: "2026-03-01", received: "2026-03-01", home: home,
			kids: pick(given) + "/" + surname + "/" + dob, adults: pick(given) + "/" + surname + "; " + pick(given) + "/" + pick(family),
		}
		out[i] = l.RecordOfEntry(n.entry())
		out[i].Item = out[i].Item + "x"
	}
	return out
}

// A key that is a crowd among 20,000 children would hold fifty times as many
// among a million.
func TestBlocksStaySmall(t *testing.T) {
	l := shipped(t)
	size := map[string]int{}
	keys, bytes := 0, 0
	for _, r := range town(l, 20000) {
		bytes += len(r.Encode())
		for _, k := range l.Keys(r) {
			size[k]++
			keys++
		}
	}
	most, worst := 0, ""
	for k, n := range size {
		if n > most || n == most && k < worst {
			most, worst = n, k
		}
	}
	t.Logf("%.1f keys and %d bytes an item of one child, largest block %s: %d of 20000", float64(keys)/20000, bytes/20000, worst, most)
	if most > 40 {
		t.Errorf("block %s holds %d of 20000 items, want at most 40", worst, most)
	}
}

// Budget: one notice against the candidates of its keys among a million
// children under 5 ms at the 99th percentile, the index's answer included.
func BenchmarkDecide(b *testing.B) {
	l := shipped(b)
	records := town(l, 20000)
	index := map[string][]int{}
	for i, r := range records {
		for _, k := range l.Keys(r) {
			index[k] = append(index[k], i)
		}
	}
	n := told{file: "new", refs: "13269999999", when: "2026-04-01", received: "2026-04-01", home: "12 Street7|BD3 4AB", kids: "Mohammed/HUSSAIN/2016-02-11; Aisha/HUSSAIN/2014-03-02", adults: "Samina/BIBI"}
	e := n.entry()
	for _, size := range []int{10, 100, 500} {
		var cands []Candidate
		for i := range size { // as many as a crowd of a million would give
			cands = append(cands, Candidate{Item: records[i].Item, Record: records[i]})
		}
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			for b.Loop() {
				l.Decide(e, cands, e.Received)
			}
		})
	}
	b.Run("keys", func(b *testing.B) {
		for b.Loop() {
			l.Keys(l.RecordOfEntry(e))
		}
	})
}
