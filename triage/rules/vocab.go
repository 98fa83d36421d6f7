package rules

import (
	"maps"
	"slices"
	"strings"
)

// vocabulary is facts.yaml: every fact a notice can state, and its signs.
type vocabulary map[string]map[string]bool

func readVocabulary(data []byte) (vocabulary, Problems) {
	r, m := open(factsFile, data)
	v := vocabulary{}
	if m != nil {
		m.number("version", 1, 1)
		facts := m.sub("facts")
		m.done()
		for _, slug := range facts.allKeys() {
			v[slug] = map[string]bool{}
			for _, w := range facts.words(slug) {
				if v[slug][w.text] {
					r.report(w.at, "sign %q stands twice in fact %q", w.text, slug)
				}
				v[slug][w.text] = true
			}
		}
	}
	return v, r.problems
}

func (m *mapping) allKeys() []string {
	if m == nil {
		return nil
	}
	return m.keys
}

// path is what a condition asks for: a fact, or a fact with any of some signs.
// Written "slug", "slug/sign" or "slug/sign|sign".
type path struct {
	slug  string
	signs []string // sorted; empty asks for the fact alone
	keys  []string // as they stand in a union: "slug" or "slug/sign"
}

func parsePath(s string) path {
	slug, signs, ok := strings.Cut(s, "/")
	p := path{slug: slug, keys: []string{slug}}
	if ok {
		p.signs, p.keys = strings.Split(signs, "|"), nil
		for _, sign := range p.signs {
			p.keys = append(p.keys, slug+"/"+sign)
		}
	}
	return p
}

// fault says what the vocabulary does not know of a path; empty if nothing.
func (v vocabulary) fault(p path) string {
	signs, ok := v[p.slug]
	if !ok {
		return "unknown fact " + quote(p.slug) + near(p.slug, slices.Sorted(maps.Keys(v)))
	}
	for _, s := range p.signs {
		if !signs[s] {
			return "unknown sign " + quote(s) + " of fact " + quote(p.slug) + near(s, slices.Sorted(maps.Keys(signs)))
		}
	}
	return ""
}

func quote(s string) string { return `"` + s + `"` }

// near suggests the known word that a misspelt one most likely meant.
func near(s string, known []string) string {
	best, at := "", 3
	for _, k := range known {
		if d := distance(s, k); d < at {
			best, at = k, d
		}
	}
	if best == "" {
		return ""
	}
	return ", did you mean " + quote(best) + "?"
}

// distance is the number of letters to change, add or leave out (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		left := row[0]
		row[0]++
		for j := range len(b) {
			cost := left
			if a[i] != b[j] {
				cost++
			}
			left = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
