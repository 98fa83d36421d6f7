package rules

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/ppn-triage/ppn-triage/triage"
)

// Names of the files that Load reads; other files of the ruleset belong to
// other packages and count for its hash only.
const (
	policyFile = "policy.yaml"
	factsFile  = "facts.yaml"
)

// Set is a loaded ruleset. It never changes and is safe for concurrent use.
type Set struct {
	policy *policy
	vocab  vocabulary
	hash   string
}

// Load reads and checks a ruleset: policy.yaml and facts.yaml of files. A
// ruleset with any fault is refused with all faults at once, as Problems.
// Start-up, check and activation all go through here.
func Load(files map[string][]byte) (*Set, error) {
	s, problems := check(files)
	if errs := problems.errors(); len(errs) > 0 {
		return nil, errs
	}
	return s, nil
}

// Lint gives every problem of a ruleset, those that Load refuses it for and
// warnings besides; none for a ruleset without blemish.
func Lint(files map[string][]byte) Problems {
	_, problems := check(files)
	return problems
}

func check(files map[string][]byte) (*Set, Problems) {
	var problems Problems
	for _, name := range []string{policyFile, factsFile} {
		if _, ok := files[name]; !ok {
			problems = append(problems, Problem{File: name, Text: "missing from the ruleset"})
		}
	}
	if len(problems) > 0 {
		return nil, problems
	}
	problems = separators(files)
	s := &Set{hash: hash(files)}
	var more Problems
	s.vocab, more = readVocabulary(files[factsFile])
	problems = append(problems, more...)
	s.policy, more = readPolicy(files[policyFile], s.vocab)
	problems = append(problems, more...)
	if len(problems.errors()) == 0 {
		lines := splitLines(files[policyFile])
		problems = append(problems, s.runExamples(lines)...)
		problems = append(problems, s.unused(splitLines(files[factsFile]))...)
	}
	problems.sort()
	return s, problems
}

// separators finds the lines that would divide a file when the ruleset is
// packed and unpacked again.
func separators(files map[string][]byte) (out Problems) {
	for name, data := range files {
		r := &reader{file: name, lines: splitLines(data)}
		for i, line := range r.lines {
			if _, ok := marker([]byte(line)); ok {
				r.report(at{i + 1, 1}, "a line of this form separates the files of a packed ruleset")
			}
		}
		out = append(out, r.problems...)
	}
	return out
}

// Hash is the name of the ruleset: hex SHA-256 of Pack of its files.
func (s *Set) Hash() string { return s.hash }

// Score scores a matter. It is pure: the same ruleset and matter give the
// same score, and nothing but age, disability, status and what is said of a
// child or its home can move it.
func (s *Set) Score(m triage.Matter) triage.Score {
	sc, rs, l := s.policy.assess(&m, "")
	worst := gravest(rs)
	out := triage.Score{Band: worst.band, Points: worst.points, Own: worst.own, OwnBand: worst.ownBand, Floor: worst.floor,
		FloorBy: worst.floorBy, Worst: worst.t.kid.id, Hits: sc.hits(worst), Parts: worst.parts, Ruleset: s.hash}
	flags := map[string]bool{}
	for _, f := range l.flags {
		flags[f] = true
	}
	for _, e := range sc.entries {
		for _, f := range m.Entries[e].Reading.Flags {
			flags[f] = true
		}
	}
	for _, r := range rs {
		if len(m.Children) > 0 && r.t.kid.id != "" {
			out.Children = append(out.Children, triage.ChildScore{Child: r.t.kid.id, Band: r.band, Points: r.points})
		}
		out.Unsafe = out.Unsafe || r.t.marked(true, func(u *rule) *cond { return u.unsafe })
		if r.t.marked(false, func(u *rule) *cond { return u.restricted }) || sc.restricted(r.t.kid) {
			flags["restricted"] = true
		}
	}
	out.Flags = slices.Sorted(maps.Keys(flags))
	return out
}

// marked tells whether a rule that found something carries a mark.
func (t *table) marked(current bool, mark func(*rule) *cond) bool {
	return slices.ContainsFunc(t.rows, func(r row) bool {
		return r.kase != nil && (r.full || !current) && t.asks(mark(r.rule), r.rule, current && r.fact.current)
	})
}

// restricted tells whether a fact makes the item restricted by itself.
func (s *scene) restricted(k *kid) bool {
	return slices.ContainsFunc(s.p.restricted, func(slug string) bool {
		return slices.ContainsFunc(k.facts[slug], func(f *factView) bool { return f.asserted })
	})
}

// gravest is the child whose score is the item's.
func gravest(rs []*result) *result {
	return slices.MaxFunc(rs, func(a, b *result) int {
		return cmp.Or(cmp.Compare(a.band, b.band), cmp.Compare(a.points, b.points))
	})
}

// Incident is what a matter is for the history of later ones: its date, the
// rules that counted for any child of it, and whether it counts at all. The
// caller adds the item.
func (s *Set) Incident(m triage.Matter) triage.PastIncident {
	sc, rs, l := s.policy.assess(&m, "")
	out := triage.PastIncident{Date: sc.earliest().Format(time.DateOnly), Band: gravest(rs).band, Harm: l.incident.harm,
		Slugs: slices.Sorted(maps.Keys(l.incident.rules))}
	h := s.policy.history
	factors := slices.DeleteFunc(slices.Clone(out.Slugs), func(id string) bool { return h.silent[id] })
	out.Counted = l.incident.counts || len(factors) == 0 && out.Band > triage.Blue
	return out
}

// Rule is a rule as people see it.
type Rule struct {
	ID, Title, Source string
	CIN               string // factor code of the children in need census; empty if it has none
	Harm              bool   // harm in the home, for the third-incident rule
	On                []string
	Cases             []Case
}

// Case is one value of a rule.
type Case struct {
	ID     string
	When   string
	Floor  triage.Band
	Weight int // hundredths
}

// Rules lists the rules in the order of the file.
func (s *Set) Rules() []Rule {
	out := make([]Rule, len(s.policy.order))
	for i, u := range s.policy.order {
		out[i] = Rule{ID: u.id, Title: u.title, Source: u.source, CIN: u.cin, Harm: u.harm, On: u.on}
		for _, k := range u.cases {
			out[i].Cases = append(out[i].Cases, Case{k.id, k.when.src, k.floor, k.weight})
		}
	}
	return out
}

// Without is what a score would be if one rule had found nothing.
type Without struct {
	Rule   string
	Band   triage.Band
	Points int
}

// Explain tells for each hit that counts in score what the item would be
// without it, rules that depend on it included.
func (s *Set) Explain(m triage.Matter, score triage.Score) []Without {
	var out []Without
	for _, h := range score.Hits {
		if h.Case == "" {
			continue
		}
		_, rs, _ := s.policy.assess(&m, h.Rule)
		w := gravest(rs)
		out = append(out, Without{h.Rule, w.band, w.points})
	}
	return out
}

// String says the difference as a person reads it.
func (w Without) String() string {
	return fmt.Sprintf("without %s: %s, %d.%02d", w.Rule, bandName(w.Band), w.Points/100, w.Points%100)
}
