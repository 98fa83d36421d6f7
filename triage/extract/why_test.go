package extract

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/letter"
)

// TestWhy shows every fact of the mails named by PPN_WHY (paths, separated by
// spaces) with the rule that states it: for whoever widens the lexicon.
func TestWhy(t *testing.T) {
	files := strings.Fields(os.Getenv("PPN_WHY"))
	if len(files) == 0 {
		t.Skip("PPN_WHY names no mail")
	}
	rd := defaultReader(t)
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		l := letter.Read(raw)
		t.Log(file)
		for _, r := range rd.Read(&l) {
			for _, s := range rd.lexicon.whole(&l, &r) {
				t.Logf("%-28s %-24s %v, %s, %s, %s by %q: %q", s.rule.id, s.Slug, s.Signs, s.Polarity, s.Time, s.Holder, s.Cue, cut(l.Text[s.Start:s.End]))
			}
		}
	}
}

// whole is what the rules state in a letter before their conditions.
func (x *lexicon) whole(l *triage.Letter, r *triage.Reading) (all []stated) {
	names := x.newNameIndex(r.People)
	for _, s := range l.Sections {
		if s.Kind == triage.SectionSignature || s.Kind == triage.SectionDisclaimer || s.Start >= s.End {
			continue
		}
		p := x.newPassage(l.Text, span{s.Start, s.End}, names, r.IncidentDate)
		p.settle(names)
		all = append(all, p.facts()...)
	}
	return all
}

// judgedBy names the factors that a fact serves where they have another name.
var judgedBy = map[string][]string{
	"critical_injury": {"life_threatening_injury"}, "injury": {"infant_injury", "unexplained_injury", "life_threatening_injury"},
	"blow":            {"infant_injury", "unexplained_injury", "physical_chastisement", "child_hurt_in_domestic_abuse"},
	"sexual_activity": {"under13_sexual"}, "left_alone": {"no_safe_carer"}, "dash": {"high_dash"},
	"baby_in_assault": {"domestic_abuse_pregnant_or_baby", "child_hurt_in_domestic_abuse"}, "alleged_at_large": {"perpetrator_access"},
}

// TestRuleTally counts, for every rule, the mails of the folders named by
// PPN_TALLY in which it states a fact whose factor the label names, and those
// in which no factor of that name is there: where the lexicon is loose.
func TestRuleTally(t *testing.T) {
	dirs := strings.Fields(os.Getenv("PPN_TALLY"))
	if len(dirs) == 0 {
		t.Skip("PPN_TALLY names no folder")
	}
	rd := defaultReader(t)
	type tally struct {
		right, wrong int
		words        []string
	}
	by, factor := map[string]*tally{}, map[string]bool{}
	for _, dir := range dirs {
		for _, l := range labelsIn(t, dir) {
			if l.Kind != "notice" || !l.Readable {
				continue
			}
			for _, f := range slices.Concat(l.Present, l.NotPresent) {
				factor[f] = true
			}
			raw, err := os.ReadFile(filepath.Join(dir, l.File))
			if err != nil {
				t.Fatal(err)
			}
			text := letter.Read(raw)
			seen := map[string]bool{}
			for _, r := range rd.Read(&text) {
				for _, s := range rd.lexicon.whole(&text, &r) {
					factors := append(judgedBy[s.Slug], s.Slug)
					has := func(in []string) bool {
						return slices.ContainsFunc(factors, func(f string) bool { return slices.Contains(in, f) })
					}
					key := s.rule.id + " " + s.Slug
					if !s.Counts() || seen[key] || has(l.Either) {
						continue
					}
					seen[key] = true
					if by[key] == nil {
						by[key] = &tally{}
					}
					if has(l.Present) {
						by[key].right++
						continue
					}
					by[key].wrong++
					by[key].words = append(by[key].words, l.File+": "+cut(text.Text[s.Start:s.End]))
				}
			}
		}
	}
	keys := slices.SortedFunc(maps.Keys(by), func(a, b string) int { return by[b].wrong - by[a].wrong })
	for _, k := range keys {
		_, slug, _ := strings.Cut(k, " ")
		if by[k].wrong > 0 && (factor[slug] || judgedBy[slug] != nil) {
			t.Logf("%-60s right %3d wrong %3d  %q", k, by[k].right, by[k].wrong, by[k].words[:min(3, len(by[k].words))])
		}
	}
}
