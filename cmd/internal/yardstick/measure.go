package main

import (
	"cmp"
	"slices"
)

// result is how well a set was matched.
type result struct {
	precision, recall, f1 float64 // pairwise, at even odds
	best                  float64 // best pairwise F1 over all thresholds
	clustered             float64 // pairwise F1 of the clusters
	bCubed                float64
	blocked               float64 // share of the true pairs that share a key
	pairs                 int
}

func (m *matcher) measure() result {
	type scored struct {
		pair
		weight int
		hit    bool
	}
	all := make([]scored, len(m.pairs))
	found := 0
	for i, p := range m.pairs {
		all[i] = scored{p, m.compare(p).Weight, m.people[p.a].truth == m.people[p.b].truth}
		if all[i].hit {
			found++
		}
	}
	truth := 0
	m.truePairs(func(pair) { truth++ })
	slices.SortStableFunc(all, func(a, b scored) int { return cmp.Compare(b.weight, a.weight) })
	r := result{pairs: len(all), blocked: share(found, truth)}
	tp := 0
	var linked []pair
	for i, s := range all {
		if s.hit {
			tp++
		}
		if s.weight >= 0 {
			linked = append(linked, s.pair)
			r.precision, r.recall, r.f1 = share(tp, i+1), share(tp, truth), f1(tp, i+1, truth)
		}
		if i+1 == len(all) || all[i+1].weight != s.weight {
			r.best = max(r.best, f1(tp, i+1, truth))
		}
	}
	r.clustered, r.bCubed = m.clusters(linked, truth)
	return r
}

// truePairs calls f with every pair that is one person.
func (m *matcher) truePairs(f func(pair)) {
	by := map[string][]int32{}
	for i, p := range m.people {
		for _, j := range by[p.truth] {
			if q := (pair{j, int32(i)}); m.asked(q) {
				f(q)
			}
		}
		by[p.truth] = append(by[p.truth], int32(i))
	}
}

// clusters follows links to their ends and measures the groups, by pairs and
// by B-cubed (Bagga and Baldwin, 1998).
func (m *matcher) clusters(linked []pair, truth int) (pairwise, bCubed float64) {
	root := make([]int32, len(m.people))
	for i := range root {
		root[i] = int32(i)
	}
	var find func(i int32) int32
	find = func(i int32) int32 {
		if root[i] != i {
			root[i] = find(root[i])
		}
		return root[i]
	}
	for _, p := range linked {
		root[find(p.a)] = find(p.b)
	}
	group := map[int32][]int32{}
	for i := range m.people {
		group[find(int32(i))] = append(group[find(int32(i))], int32(i))
	}
	size := map[string]int{}
	for _, p := range m.people {
		size[p.truth]++
	}
	tp, said := 0, 0
	var precision, recall float64
	for _, g := range group {
		same := map[string]int{}
		for k, i := range g {
			same[m.people[i].truth]++
			for _, j := range g[:k] {
				if p := (pair{j, i}); m.asked(p) {
					said++
					if m.people[i].truth == m.people[j].truth {
						tp++
					}
				}
			}
		}
		for t, n := range same {
			precision += float64(n) * float64(n) / float64(len(g))
			recall += float64(n) * float64(n) / float64(size[t])
		}
	}
	n := float64(len(m.people))
	return f1(tp, said, truth), 2 * (precision / n) * (recall / n) / ((precision + recall) / n)
}

func share(part, of int) float64 { return float64(part) / float64(max(1, of)) }

func f1(tp, said, truth int) float64 { return 2 * float64(tp) / float64(max(1, said+truth)) }
