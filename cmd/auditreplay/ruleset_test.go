package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/ppn-triage/ppn-triage/cmd/internal/daemon"
	"github.com/ppn-triage/ppn-triage/deploy"
	"github.com/ppn-triage/ppn-triage/triage/intake"
	"github.com/ppn-triage/ppn-triage/triage/rules"
)

// rulesCopy is a copy of the shipped rules with one file changed.
func rulesCopy(t *testing.T, file string, change func(string) string) string {
	t.Helper()
	dir := t.TempDir()
	for name, data := range deploy.Rules() {
		write(t, filepath.Join(dir, name), string(data))
	}
	if err := os.CopyFS(filepath.Join(dir, "cases"), os.DirFS(filepath.Join(rulesDir, "cases"))); err != nil {
		t.Fatal(err)
	}
	if file == "" {
		return dir
	}
	b, err := os.ReadFile(filepath.Join(dir, file))
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	text := change(string(b))
	if text == string(b) {
		t.Fatalf("%s is not changed", file)
	}
	write(t, filepath.Join(dir, file), text)
	return dir
}

// once replaces the first match of a pattern.
func once(pattern, by string) func(string) string {
	re := regexp.MustCompile(pattern)
	return func(s string) string {
		at := re.FindStringIndex(s)
		if at == nil {
			return s
		}
		return s[:at[0]] + re.ReplaceAllString(s[at[0]:at[1]], by) + s[at[1]:]
	}
}

// wrongRules are faults, each in one file of a ruleset, and what must be said.
var wrongRules = []struct {
	name, file string
	change     func(string) string
	want       string
}{
	{"misspelt key of a rule", "policy.yaml", once(`\bweight:`, "wieght:"), `policy.yaml:\d+:\d+: unknown key "wieght"`},
	{"misspelt key of the vocabulary", "facts.yaml", once(`(?m)^facts:`, "fcats:"), `facts.yaml:\d+:\d+: unknown key "fcats"`},
	{"misspelt fact of the vocabulary", "facts.yaml", once(`(?m)^  strangulation:`, "  strangulaton:"), `policy.yaml:\d+:\d+: unknown fact "strangulation".* did you mean "strangulaton"`},
	{"misspelt key of the labels", "labels.yaml", once(`(?m)^home_areas:`, "home_aeras:"), `labels.yaml:\d+:\d+: unknown field "home_aeras"`},
	{"labels that are no YAML", "labels.yaml", once(`(?m)^home_areas: \[`, "home_areas: [["), `labels.yaml:\d+:\d+: `},
	{"misspelt key of a phrase", "lexicon/violence.yaml", once(`\bphrases:`, "phrasses:"), `lexicon/violence.yaml:\d+:\d+: unknown key "phrasses"`},
	{"misspelt section of the lexicon", "lexicon/cues.yaml", once(`(?m)^version:`, "verison:"), `lexicon/cues.yaml:\d+:\d+: `},
	{"misspelt match weight", "link.yaml", once(`(?m)^same:`, "smae:"), `link.yaml:\d+:\d+: unknown field "smae"`},
	{"misspelt key of the names", "names.yaml", once(`(?m)^([a-z_]+):`, "${1}x:"), `names.yaml:\d+:\d+: unknown field`},
	{"misspelt name of a file", "lexcion/harm.yaml", func(string) string { return "version: 1\n" }, `lexcion/harm.yaml: no file of a ruleset`},
	{"two faults in two files", "policy.yaml", func(s string) string { return once(`\bfloor: RED`, "floor: PURPLE")(once(`\bsource:`, "sauce:")(s)) }, `(?s)unknown key "sauce".*PURPLE|PURPLE.*unknown key "sauce"`},
}

// TestWrongRulesAreRefusedEverywhere plants a fault and takes every way by
// which rules come into force: lint and test by hand, the daemon's start and
// check, and activation from the log. A misspelt key that one of them let
// through was a fault elsewhere.
func TestWrongRulesAreRefusedEverywhere(t *testing.T) {
	linking, err := intake.CompileLinking(deploy.Rules())
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range wrongRules {
		t.Run(w.name, func(t *testing.T) {
			dir := rulesCopy(t, w.file, w.change)
			said := map[string]string{}
			for _, args := range [][]string{{"rules", "lint", dir}, {"rules", "test", dir}, {"corpus", devDir, "--rules", dir}} {
				code, _, errs := auditreplay(t, args...)
				if code != 1 {
					t.Errorf("auditreplay %s: exit %d, want 1", strings.Join(args, " "), code)
				}
				said[strings.Join(args[:2], " ")] = errs
			}
			if _, err := daemon.CheckRules(dir); err != nil {
				said["the daemon"] = err.Error()
			} else {
				t.Error("the daemon takes it")
			}
			files, err := deploy.ReadRules(dir)
			if err != nil {
				t.Fatal(err)
			}
			if w.file != "link.yaml" && w.file != "names.yaml" { // these go with the program, not with the log
				delete(files, "link.yaml")
				delete(files, "names.yaml")
				if _, err := intake.Unpack(rules.Pack(files), linking); err != nil {
					said["activation"] = err.Error()
				} else {
					t.Error("activation takes it")
				}
			}
			for who, text := range said {
				if !regexp.MustCompile(w.want).MatchString(text) {
					t.Errorf("%s says %q, want %q", who, text, w.want)
				}
			}
		})
	}
}

// TestFaultsAreTheWholeList plants faults in three files: all are told at once.
func TestFaultsAreTheWholeList(t *testing.T) {
	dir := rulesCopy(t, "policy.yaml", once(`\bweight:`, "wieght:"))
	for file, change := range map[string]func(string) string{"labels.yaml": once(`(?m)^forms:`, "fomrs:"), "lexicon/care.yaml": once(`\bphrases:`, "phrasses:"), "link.yaml": once(`(?m)^same:`, "smae:")} {
		b, err := os.ReadFile(filepath.Join(dir, file))
		if err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(dir, file), change(string(b)))
	}
	for _, want := range []string{"policy.yaml:", "labels.yaml:", "lexicon/care.yaml:", "link.yaml:"} {
		refused(t, want, "rules", "lint", dir)
	}
}

// TestNoLexicon refuses a ruleset that would read every mail and find nothing.
func TestNoLexicon(t *testing.T) {
	dir := rulesCopy(t, "", nil)
	if err := os.RemoveAll(filepath.Join(dir, "lexicon")); err != nil {
		t.Fatal(err)
	}
	refused(t, "lexicon/: missing from the ruleset", "rules", "lint", dir)
	refused(t, "policy.yaml: missing from the ruleset", "rules", "lint", t.TempDir())
}

// TestRulesTest runs the shipped examples and cases, and one case that does
// not hold, named with its place.
func TestRulesTest(t *testing.T) {
	if out := must(t, "rules", "lint", rulesDir); !strings.HasPrefix(out, "good:") {
		t.Errorf("rules lint = %s, want no warning", out)
	}
	if out := must(t, "rules", "test", rulesDir); !strings.Contains(out, "good: the examples of") {
		t.Errorf("rules test = %s", out)
	}
	dir := rulesCopy(t, "cases/zz.yaml", func(string) string {
		return "cases:\n  - about: wrong on purpose\n    notices: [{child: 14y, facts: [offending child]}]\n    want: {band: RED}\n"
	})
	refused(t, "cases/zz.yaml:4:18: band is BLUE, not RED", "rules", "test", dir)
	if err := os.RemoveAll(filepath.Join(dir, "cases")); err != nil {
		t.Fatal(err)
	}
	refused(t, "no case files", "rules", "test", dir)
}

// TestRulesFreq counts what fires on three mails, worked out by hand: two of
// them tell of violence, of which one is graded medium, one is an automatic
// reply.
func TestRulesFreq(t *testing.T) {
	var mails []string
	for _, f := range []string{"002.eml", "020.eml", "028.eml"} {
		mails = append(mails, filepath.Join(devDir, f))
	}
	out := strings.Join(columns(must(t, append([]string{"rules", "freq", rulesDir}, mails...)...)), "\n")
	for _, want := range []string{
		"3 mails, 2 notices",
		"domestic_abuse 2 100.0 % 0 2 0 2",
		"police_request 1 50.0 % 0 1 0 1",
		"/graded_medium 1 50.0 %",
		"domestic_abuse + police_request 1 50 % 100 % 1.0",
		"unmeasured: rule fgm never fired",
		"unmeasured: case police_request/act_today never fired",
		"unmeasured: fact faith_abuse was never read",
	} {
		if !strings.Contains(out, want+"\n") {
			t.Errorf("rules freq says nothing of %q:\n%s", want, out)
		}
	}
	if !strings.HasSuffix(out, "never fired") && !strings.HasSuffix(out, "was never read") {
		t.Errorf("rules freq ends otherwise:\n%s", out)
	}
}
