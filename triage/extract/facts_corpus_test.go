package extract

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"testing"

	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/letter"
)

// label is a line of the development corpus, as far as it is about facts.
type corpusLabel struct {
	File         string
	Kind         string
	Readable     bool
	IncidentDate string `json:"incident_date"`
	Children     []struct{ Name, DOB string }
	Present      []string
	NotPresent   []string `json:"not_present"`
	Either       []string
}

const factsCorpus = "../intake/testdata/corpus"

func corpusLabels(t *testing.T) []corpusLabel {
	t.Helper()
	return labelsIn(t, factsCorpus)
}

func labelsIn(t *testing.T, dir string) (labels []corpusLabel) {
	t.Helper()
	f, err := os.Open(filepath.Join(dir, "labels.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var l corpusLabel
		if err := json.Unmarshal(lines.Bytes(), &l); err != nil {
			t.Fatal(err)
		}
		labels = append(labels, l)
	}
	return labels
}

// TestCorpusFacts compares facts with the factors of the same name: every one
// that the labels call present must be stated, few others may. PPN_FILE names
// one mail to be shown in full.
func TestCorpusFacts(t *testing.T) {
	rd := defaultReader(t)
	x := rd.lexicon
	type tally struct{ hit, miss, extra int }
	by := map[string]*tally{}
	at := func(s string) *tally {
		if by[s] == nil {
			by[s] = &tally{}
		}
		return by[s]
	}
	only := os.Getenv("PPN_FILE")
	for _, l := range corpusLabels(t) {
		if l.Kind != "notice" || !l.Readable || only != "" && l.File != only {
			continue
		}
		raw, err := os.ReadFile(filepath.Join(factsCorpus, l.File))
		if err != nil {
			t.Fatal(err)
		}
		text := letter.Read(raw)
		facts := allFacts(rd.Read(&text))
		got := map[string]triage.Fact{}
		for _, f := range facts {
			if only != "" {
				t.Logf("%s %v polarity %d, time %d, closed %v, holder %d by %q: %q", f.Slug, f.Signs, f.Polarity, f.Time, f.Closed, f.Holder, f.Cue, f.Quote)
			}
			if f.Counts() {
				got[f.Slug] = f
			}
		}
		for _, s := range l.Present {
			if _, ok := got[s]; ok {
				at(s).hit++
			} else if x.signs[s] != nil {
				at(s).miss++
				t.Logf("%s misses %s", l.File, s)
			}
		}
		for _, s := range l.NotPresent {
			if f, ok := got[s]; ok {
				at(s).extra++
				t.Logf("%s states %s: %q", l.File, s, f.Quote)
			}
		}
		for s, f := range got {
			if !slices.Contains(l.Present, s) && !slices.Contains(l.NotPresent, s) && !slices.Contains(l.Either, s) && factorNames[s] {
				at(s).extra++
				t.Logf("%s also %s %v: %q", l.File, s, f.Signs, f.Quote)
			}
		}
	}
	names := make([]string, 0, len(by))
	for s := range by {
		names = append(names, s)
	}
	sort.Strings(names)
	sum := tally{}
	for _, s := range names {
		y := by[s]
		sum.hit, sum.miss, sum.extra = sum.hit+y.hit, sum.miss+y.miss, sum.extra+y.extra
		t.Logf("%-34s found %2d missed %2d extra %2d", s, y.hit, y.miss, y.extra)
	}
	recall, precision := float64(sum.hit)/float64(sum.hit+sum.miss), float64(sum.hit)/float64(sum.hit+sum.extra)
	t.Logf("recall %.3f precision %.3f", recall, precision)
	if only == "" && (recall < 0.95 || precision < 0.70) {
		t.Errorf("recall %.3f, want 0.95; precision %.3f, want 0.70 (the rules drop facts that weigh nothing)", recall, precision)
	}
}

// factorNames are the facts that are factors of policy.md by themselves.
var factorNames = func() map[string]bool {
	m := map[string]bool{}
	for _, s := range strings.Fields(`cruel_treatment sexual_abuse harmful_sexual_behaviour police_protection police_request no_safe_carer person_posing_risk
		strangulation weapon threat_to_kill suicidal_carer domestic_abuse child_hurt_in_domestic_abuse coercive_control breach_of_order stalking contact_dispute
		home_conditions unsafe_care carer_intoxicated drug_supply_at_home substance_misuse carer_mental_health medical_neglect fear_of_home missing
		sexual_exploitation criminal_exploitation serious_violence trafficking child_abduction fgm forced_marriage_hba faith_abuse radicalisation suicide_attempt
		self_harm pregnancy_concern previous_child_harmed position_of_trust homelessness private_fostering fire_setting young_carer carer_learning_disability
		carer_in_custody school_absence offending`) {
		m[s] = true
	}
	return m
}()

func allFacts(readings []triage.Reading) (facts []triage.Fact) {
	for _, r := range readings {
		facts = append(facts, r.Facts...)
	}
	return facts
}

func defaultReader(t testing.TB) *Reader {
	t.Helper()
	rd, err := New(Config{Lexicon: lexiconFiles(t), Labels: ruleFile(t, "labels.yaml"), Vocabulary: ruleFile(t, "facts.yaml")})
	if err != nil {
		t.Fatal(err)
	}
	return rd
}

func lexiconFiles(t testing.TB) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	names, err := filepath.Glob("../../deploy/rules/lexicon/*.yaml")
	if err != nil || len(names) == 0 {
		t.Fatal("no lexicon", err)
	}
	for _, n := range names {
		files["lexicon/"+filepath.Base(n)] = ruleFile(t, "lexicon/"+filepath.Base(n))
	}
	return files
}

func ruleFile(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("../../deploy/rules", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func defaultLexicon(t testing.TB) *lexicon {
	t.Helper()
	x, err := loadLexicon(lexiconFiles(t), ruleFile(t, "facts.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	return x
}
