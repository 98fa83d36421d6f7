package main

import (
	"fmt"
	"io"
	"maps"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/goccy/go-yaml"

	"github.com/ppn-triage/ppn-triage/triage/link"
)

// crowd is the largest block whose pairs are compared.
const crowd = 800

// small is the largest set of which every pair is compared.
const small = 1500

// pair is a pair of records by their places in the set, the lower one first.
type pair struct{ a, b int32 }

// matcher holds a set, its blocked pairs and a linker with learned weights.
type matcher struct {
	people []someone
	pairs  []pair
	linker *link.Linker
}

// fields are the levels of each field, as link.yaml names them.
var fields = map[string][]string{
	"given":   {"exact", "nickname", "sound", "near", "part", "weak", "different"},
	"family":  {"exact", "ending", "sound", "near", "part", "different"},
	"order":   {"swapped"},
	"born":    {"equal", "swapped", "digit", "year", "age", "off", "apart"},
	"address": {"same", "post", "town", "different"},
	"parents": {"same", "near", "different"},
	"nhs":     {"equal", "different"},
	"upn":     {"equal", "different"},
	"contact": {"equal", "near", "different"},
}

// against are the levels that disagree (a birth with day and month swapped
// agrees).
var against = []string{"different", "off", "apart", "swapped"}

// chance is how often a level occurs among matches and others.
type chance struct{ m, u float64 }

type model struct {
	prior float64
	level map[string]map[string]chance
}

func newMatcher(people []someone, customs []byte) (*matcher, error) {
	m := &matcher{people: people}
	names, err := m.names(customs)
	if err != nil {
		return nil, err
	}
	if m.linker, err = link.New(link.Config{Weights: first().weights(1), Names: names}); err != nil {
		return nil, err
	}
	m.block()
	learned := m.learn()
	m.linker, err = link.New(link.Config{Weights: learned.weights(m.meanShare()), Names: names})
	return m, err
}

// names takes the customs with the shares of the set itself. Spellings stay as
// they are, since the sets' records are not folded, and no name is weak.
func (m *matcher) names(customs []byte) ([]byte, error) {
	var f map[string]any
	if err := yaml.Unmarshal(customs, &f); err != nil {
		return nil, err
	}
	f["weak"], f["variants"] = []string{}, map[string][]string{}
	count, total := m.tokens()
	byCount := map[int][]string{}
	for t, n := range count {
		if n > 1 {
			byCount[n] = append(byCount[n], t)
		}
	}
	var shares []map[string]any
	for _, n := range slices.Sorted(maps.Keys(byCount)) {
		slices.Sort(byCount[n])
		shares = append(shares, map[string]any{"share": float64(n) / float64(total), "names": byCount[n]})
	}
	f["shares"], f["rare"] = shares, 0.9/float64(total)
	return yaml.Marshal(f)
}

func (m *matcher) tokens() (count map[string]int, total int) {
	count = map[string]int{}
	for _, p := range m.people {
		for _, n := range p.Names {
			for _, t := range slices.Concat(n.Given, n.Family) {
				if isASCII(t) {
					count[t]++
				}
			}
		}
	}
	return count, len(m.people)
}

func isASCII(s string) bool {
	for _, r := range s {
		if r < 'a' || r > 'z' {
			return false
		}
	}
	return true
}

// meanShare is the chance that two tokens drawn from the set are the same.
func (m *matcher) meanShare() float64 {
	count, total := m.tokens()
	sum := 0.0
	for _, n := range count {
		sum += float64(n) / float64(total) * float64(n) / float64(total)
	}
	return sum / 2
}

// block finds the pairs that share a key: the matcher's own, and because these
// sets are small also a whole field that no city could block by.
func (m *matcher) block() {
	blocks := map[string][]int32{}
	for i, p := range m.people {
		keys := append(m.linker.Keys(link.Record{Children: []link.Person{p.Person}}), loose(p.Person)...)
		slices.Sort(keys)
		for _, k := range slices.Compact(keys) {
			blocks[k] = append(blocks[k], int32(i))
		}
	}
	if len(m.people) <= small {
		blocks = map[string][]int32{"": make([]int32, len(m.people))}
		for i := range m.people {
			blocks[""][i] = int32(i)
		}
	}
	seen := map[pair]bool{}
	for _, k := range slices.Sorted(maps.Keys(blocks)) {
		if b := blocks[k]; len(b) <= crowd || len(m.people) <= small {
			for i, x := range b {
				for _, y := range b[:i] {
					if p := (pair{min(x, y), max(x, y)}); m.asked(p) {
						seen[p] = true
					}
				}
			}
		}
	}
	m.pairs = slices.SortedFunc(maps.Keys(seen), func(p, q pair) int {
		if p.a != q.a {
			return int(p.a - q.a)
		}
		return int(p.b - q.b)
	})
}

// loose returns each whole field of a person as a key, and each beginning of a
// name with the town where no more of the address is known.
func loose(p link.Person) (keys []string) {
	for _, d := range p.DOBs {
		keys = append(keys, "dob "+d)
	}
	for _, n := range p.Names {
		for _, t := range slices.Concat(n.Given, n.Family) {
			keys = append(keys, "name "+t)
		}
	}
	for _, h := range p.Homes {
		for _, s := range []string{h.Post, h.Street} {
			if s != "" {
				keys = append(keys, "home "+s)
			}
		}
		for _, n := range p.Names {
			for _, t := range slices.Concat(n.Given, n.Family) {
				if h.Town != "" && h.Street == "" {
					keys = append(keys, "town "+h.Town+" "+t[:min(3, len(t))])
				}
			}
		}
	}
	return keys
}

func (m *matcher) asked(p pair) bool {
	a, b := m.people[p.a], m.people[p.b]
	return a.source == "" || a.source != b.source
}

func (m *matcher) compare(p pair) link.Match {
	return m.linker.Compare(m.people[p.a].Person, m.people[p.b].Person)
}

// first is where learning begins.
func first() model {
	mo := model{prior: math.Log2(0.05), level: map[string]map[string]chance{}}
	for f, lvs := range fields {
		mo.level[f] = map[string]chance{}
		for _, lv := range lvs {
			c := chance{0.8, 0.02}
			if slices.Contains(against, lv) && !(f == "born" && lv == "swapped") {
				c = chance{0.1, 0.9}
			} else if lv != "exact" && lv != "equal" && lv != "same" {
				c = chance{0.08, 0.01}
			}
			mo.level[f][lv] = c
		}
	}
	return mo
}

// learn estimates the model by expectation and maximisation over the blocked
// pairs (Winkler, "Using the EM Algorithm for Weight Computation in the
// Fellegi-Sunter Model", 1988). It never sees the truth. Pairs are taken in
// order and nothing is drawn by chance, so that it is stable to the byte.
func (m *matcher) learn() model {
	counts := map[string]int{}
	steps := map[string][]link.Step{}
	for _, p := range m.pairs {
		s := m.compare(p).Waterfall[1:]
		key := ""
		for _, x := range s {
			key += x.Field + x.Level + ";"
		}
		counts[key]++
		steps[key] = s
	}
	order := slices.Sorted(maps.Keys(counts))
	mo := first()
	for range 40 {
		sum := first()
		for f := range sum.level {
			for lv := range sum.level[f] {
				sum.level[f][lv] = chance{0.5, 0.5}
			}
		}
		match, all := 0.0, 0.0
		for _, v := range order {
			n := float64(counts[v])
			p := mo.posterior(steps[v]) * n
			match, all = match+p, all+n
			for _, s := range steps[v] {
				c := sum.level[s.Field][s.Level]
				sum.level[s.Field][s.Level] = chance{c.m + p, c.u + n - p}
			}
		}
		mo = sum.normalised(match, all)
	}
	return mo
}

func (mo model) posterior(steps []link.Step) float64 {
	bits := mo.prior
	for _, s := range steps {
		c := mo.level[s.Field][s.Level]
		bits += math.Log2(c.m / c.u)
	}
	return 1 / (1 + math.Exp2(-bits))
}

func (mo model) normalised(match, all float64) model {
	rest := all - match
	mo.prior = math.Log2(match / rest)
	for f, lvs := range mo.level {
		if f == "order" {
			c := lvs["swapped"]
			mo.level[f]["swapped"] = chance{clamp(c.m / match), clamp(c.u / rest)}
			continue
		}
		var tm, tu float64
		for _, lv := range slices.Sorted(maps.Keys(lvs)) { // a sum in another order is another sum
			tm, tu = tm+lvs[lv].m, tu+lvs[lv].u
		}
		for lv, c := range lvs {
			mo.level[f][lv] = chance{clamp(c.m / tm), clamp(c.u / tu)}
		}
	}
	return mo
}

func clamp(p float64) float64 { return min(max(p, 1e-7), 1-1e-7) }

// weights writes the model as link.yaml. A level that came out the wrong way
// round weighs nothing.
func (mo model) weights(meanShare float64) []byte {
	levels := map[string]map[string]map[string]float64{}
	for f, lvs := range mo.level {
		levels[f] = map[string]map[string]float64{}
		for lv, c := range lvs {
			contra := slices.Contains(against, lv) && !(f == "born" && lv == "swapped")
			if contra != (c.m < c.u) {
				c.u = c.m
			}
			levels[f][lv] = map[string]float64{"m": c.m, "u": c.u}
			if (f == "given" || f == "family") && !contra && lv != "part" && lv != "weak" {
				levels[f][lv] = map[string]float64{"m": c.m, "spread": max(1, c.u/meanShare)}
			}
		}
	}
	b, err := yaml.Marshal(map[string]any{
		"version": 1, "prior": min(mo.prior, -2.1), "same": 0, "possible": -2, "guards": false, "levels": levels,
		"incident": map[string]int{"update_days": 1, "chased_hours": 1, "hours_apart": 1, "due_date_days": 1, "birth_days": 1, "max_possible": 1, "history_days": 1, "date_slack_days": 0},
	})
	if err != nil {
		panic(err) // maps of numbers always encode
	}
	return b
}

// estimate prints m and u as the truth of the set gives them: m over all true
// pairs, u over pairs drawn by chance.
func (m *matcher) estimate(out io.Writer, name string) {
	m.linker, _ = link.New(link.Config{Weights: first().weights(1), Names: []byte("version: 1\nrare: 0.0001\n")})
	count := map[string]map[string]*[2]float64{}
	add := func(p pair, side int) {
		for _, s := range m.compare(p).Waterfall[1:] {
			if count[s.Field] == nil {
				count[s.Field] = map[string]*[2]float64{}
			}
			if count[s.Field][s.Level] == nil {
				count[s.Field][s.Level] = new([2]float64)
			}
			count[s.Field][s.Level][side]++
		}
	}
	m.truePairs(func(p pair) { add(p, 0) })
	r := rand.New(rand.NewPCG(1, 1))
	for range 300_000 {
		p := pair{int32(r.IntN(len(m.people))), int32(r.IntN(len(m.people)))}
		if p.a != p.b && m.asked(p) && m.people[p.a].truth != m.people[p.b].truth {
			add(p, 1)
		}
	}
	for _, f := range slices.Sorted(maps.Keys(count)) {
		var total [2]float64
		for _, c := range count[f] {
			total[0], total[1] = total[0]+c[0], total[1]+c[1]
		}
		for _, lv := range slices.Sorted(maps.Keys(count[f])) {
			c := count[f][lv]
			fmt.Fprintf(out, "%-14s %-8s %-10s m %.6f u %.6f\n", name, f, lv, c[0]/max(1, total[0]), c[1]/max(1, total[1]))
		}
	}
}
