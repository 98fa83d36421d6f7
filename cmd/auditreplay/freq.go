package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/intake"
	"github.com/ppn-triage/ppn-triage/triage/rules"
)

// rulesFreqCmd counts what each rule does over a corpus, as SpamAssassin's
// mass-check does: a rule that never fires is unmeasured, two that always fire
// together may be one.
type rulesFreqCmd struct {
	Dir   string   `arg:"" type:"existingdir" help:"Folder of rule files."`
	Mails []string `arg:"" type:"existingpath" help:"Folders of .eml files, or single ones; labels.jsonl of a folder is used."`
	Pairs int      `default:"25" help:"How many pairs of rules to list."`
}

func (c *rulesFreqCmd) Run(out io.Writer) error {
	rs, err := compileRules(c.Dir)
	if err != nil {
		return err
	}
	t, err := tallyOf(context.Background(), rs, c.Mails)
	if err != nil {
		return err
	}
	return t.print(out, rs, c.Pairs)
}

// tally is what the rules found in a corpus, counted by notice.
type tally struct {
	mails, notices int
	rules          map[string]*hits // by rule and by "rule/case"
	facts          map[string]*hits // by slug of the lexicon
	pairs          map[[2]string]int
	labelled       int
}

// hits are the notices in which something was found.
type hits struct {
	fires int // counts
	shown int // seen, and counts for nothing
	right int // of those that count: the label says so too
	wrong int
	told  int // labelled notices that a label says it of
}

func tallyOf(ctx context.Context, rs *intake.Ruleset, paths []string) (*tally, error) {
	mails, err := mailsIn(paths)
	if err != nil {
		return nil, err
	}
	t := &tally{mails: len(mails), rules: map[string]*hits{}, facts: map[string]*hits{}, pairs: map[[2]string]int{}}
	run, err := newPipeline(rs)
	if err != nil {
		return nil, err
	}
	for _, m := range mails {
		if _, err := run.take(ctx, m); err != nil {
			return nil, fmt.Errorf("%s: %w", m.file, err)
		}
		var parts []triage.Entry
		for i, n := range run.latest() {
			parts = append(parts, i.Entries[n])
		}
		for _, e := range parts {
			t.notices++
			fired := t.count(rs, e)
			if m.label != nil && len(parts) == 1 { // of a digest no single household is labelled
				t.judge(m.label, fired)
			}
		}
	}
	return t, nil
}

func at(m map[string]*hits, key string) *hits {
	if m[key] == nil {
		m[key] = &hits{}
	}
	return m[key]
}

// count takes in one notice, scored alone, and returns the rules that fired.
func (t *tally) count(rs *intake.Ruleset, e triage.Entry) map[string]bool {
	seen := map[string]bool{}
	for _, f := range e.Reading.Facts {
		if f.Counts() {
			seen[f.Slug] = true
		} else if !seen[f.Slug] {
			seen[f.Slug] = false
		}
	}
	for slug, counts := range seen {
		at(t.facts, slug).add(counts)
	}
	fired := map[string]bool{}
	for _, h := range scoreAlone(e, rs).Hits {
		at(t.rules, h.Rule).add(h.Case != "")
		if h.Case != "" {
			fired[h.Rule] = true
			at(t.rules, h.Rule+"/"+h.Case).add(true)
		}
	}
	names := slices.Sorted(maps.Keys(fired))
	for i, a := range names {
		for _, b := range names[i+1:] {
			t.pairs[[2]string{a, b}]++
		}
	}
	return fired
}

// judge compares what fired with a label.
func (t *tally) judge(l *label, fired map[string]bool) {
	t.labelled++
	for _, r := range l.Present {
		at(t.rules, r).told++
	}
	for r := range fired {
		switch {
		case slices.Contains(l.Either, r):
		case slices.Contains(l.Present, r):
			at(t.rules, r).right++
		default:
			at(t.rules, r).wrong++
		}
	}
}

func (h *hits) add(counts bool) {
	if counts {
		h.fires++
	} else {
		h.shown++
	}
}

func (t *tally) print(out io.Writer, rs *intake.Ruleset, pairs int) error {
	fmt.Fprintf(out, "%d mails, %d notices\n", t.mails, t.notices)
	w := tabwriter.NewWriter(out, 2, 0, 2, ' ', 0)
	t.printRules(w, rs)
	t.printFacts(w)
	t.printPairs(w, pairs)
	if err := w.Flush(); err != nil {
		return err
	}
	t.printUnmeasured(out, rs)
	return nil
}

// share is a part of the notices as people read it.
func (t *tally) share(n int) string {
	return fmt.Sprintf("%.1f %%", 100*ratio(float64(n), float64(t.notices)))
}

func (t *tally) printRules(w io.Writer, rs *intake.Ruleset) {
	judged := ""
	if t.labelled > 0 {
		judged = "\tright\twrong\tlabelled"
	}
	fmt.Fprintf(w, "\nrule, case\tfires\tof notices\tshown only%s\n", judged)
	list := slices.Clone(rs.Rules.Rules())
	slices.SortStableFunc(list, func(a, b rules.Rule) int { return cmp.Compare(at(t.rules, b.ID).fires, at(t.rules, a.ID).fires) })
	for _, r := range list {
		h := at(t.rules, r.ID)
		fmt.Fprintf(w, "%s\t%d\t%s\t%d", r.ID, h.fires, t.share(h.fires), h.shown)
		if judged != "" {
			fmt.Fprintf(w, "\t%d\t%d\t%d", h.right, h.wrong, h.told)
		}
		fmt.Fprintln(w)
		for _, k := range r.Cases {
			if n := at(t.rules, r.ID+"/"+k.ID).fires; n > 0 && len(r.Cases) > 1 {
				fmt.Fprintf(w, "  /%s\t%d\t%s\t%s\n", k.ID, n, t.share(n), strings.Repeat("\t", strings.Count(judged, "\t")))
			}
		}
	}
}

func (t *tally) printFacts(w io.Writer) {
	fmt.Fprintf(w, "\nfact read\tcounts\tof notices\tshown only\n")
	list := slices.Sorted(maps.Keys(t.facts))
	slices.SortStableFunc(list, func(a, b string) int { return cmp.Compare(t.facts[b].fires, t.facts[a].fires) })
	for _, slug := range list {
		h := t.facts[slug]
		fmt.Fprintf(w, "%s\t%d\t%s\t%d\n", slug, h.fires, t.share(h.fires), h.shown)
	}
}

// printPairs lists the rules that fire together most. Lift is how much more
// often than if they knew nothing of one another.
func (t *tally) printPairs(w io.Writer, most int) {
	fmt.Fprintf(w, "\ntogether\tboth\tof the first\tof the second\tlift\n")
	list := slices.Collect(maps.Keys(t.pairs))
	slices.SortFunc(list, func(a, b [2]string) int {
		return cmp.Or(cmp.Compare(t.pairs[b], t.pairs[a]), cmp.Compare(a[0], b[0]), cmp.Compare(a[1], b[1]))
	})
	for _, p := range list[:min(most, len(list))] {
		both, a, b := float64(t.pairs[p]), float64(t.rules[p[0]].fires), float64(t.rules[p[1]].fires)
		fmt.Fprintf(w, "%s + %s\t%.0f\t%.0f %%\t%.0f %%\t%.1f\n", p[0], p[1], both, 100*both/a, 100*both/b, both*float64(t.notices)/(a*b))
	}
}

// printUnmeasured names what the corpus says nothing about: no figure here
// speaks for it.
func (t *tally) printUnmeasured(out io.Writer, rs *intake.Ruleset) {
	asked := map[string]bool{}
	for _, r := range rs.Rules.Rules() {
		for _, slug := range r.On {
			asked[slug] = true
		}
		if at(t.rules, r.ID).fires == 0 {
			fmt.Fprintf(out, "unmeasured: rule %s never fired\n", r.ID)
			continue
		}
		for _, k := range r.Cases {
			if at(t.rules, r.ID+"/"+k.ID).fires == 0 {
				fmt.Fprintf(out, "unmeasured: case %s/%s never fired\n", r.ID, k.ID)
			}
		}
	}
	for _, slug := range slices.Sorted(maps.Keys(asked)) {
		if t.facts[slug] == nil {
			fmt.Fprintf(out, "unmeasured: fact %s was never read\n", slug)
		}
	}
}
