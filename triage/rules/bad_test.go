package rules

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// small is a ruleset with one of everything, for files with faults.
func small(t testing.TB) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	for _, name := range []string{policyFile, factsFile} {
		data, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		files[name] = data
	}
	return files
}

func TestSmallLoads(t *testing.T) {
	if _, err := Load(small(t)); err != nil {
		t.Fatal(err)
	}
	if ps := Lint(small(t)); len(ps) != 0 {
		t.Errorf("Lint = %v", ps)
	}
}

var update = flag.Bool("update", false, "rewrite testdata/bad.golden")

// badRules are edits of testdata/policy.yaml: what, old text, new text.
var badRules = [][3]string{
	{"misspelt key", "        floor: AMBER\n", "        flor: AMBER\n"},
	{"no source", "    source: made up\n    cin: 18C", "    cin: 18C"},
	{"no title, no cin", "    title: Injury\n    source: made up\n    cin: 18C", "    source: made up"},
	{"bad cin", "cin: 18C", "cin: 18X"},
	{"no example and no near miss", "        fires: {child: 4y, facts: [injury/bruise]}\n        near: {child: 5y, facts: [injury/bruise]}\n", ""},
	{"unknown fact and sign", "when: f.has('weapon/used') &&", "when: f.has('wepon') && f.has('weapon/usd') &&"},
	{"unknown fact looked at", "on: [injury]", "on: [injury, blow]"},
	{"nothing looked at", "on: [weapon]", "on: []"},
	{"types, several lines", "          f.has('injury/burn')", "          f.has(5) || c.under('1')"},
	{"unknown name", "when: c.under(5)", "when: child.age < 5"},
	{"loop", "when: c.under(5)", "when: \"['a', 'b'].all(x, f.has('injury'))\""},
	{"no condition but a number", "when: c.under(5)", "when: 5"},
	{"syntax of a condition", "when: c.under(5)", "when: c.under(5"},
	{"all notices negated", "when: c.under(5)", "when: c.under(5) && !n.has('weapon')"},
	{"a name negated", "when: c.under(5)", "when: c.under(5) && !hurt"},
	{"not softening", "!e.has('kept_away')", "!e.has('injury')"},
	{"rules in a circle", "when: c.under(5)", "when: c.under(5) || row.hit('injury/other')"},
	{"a rule unknown, a tag unknown", "when: c.under(5)", "when: c.under(5) || row.hit('weapons') || row.red('gravest') || row.hit('weapon/usd')"},
	{"comparison", "when: c.under(5)", "when: c.unborn == true"},
	{"light before grave", "        weight: 90", "        weight: 30"},
	{"case twice", "- id: other", "- id: young"},
	{"example does not fire", "fires: {child: 4y", "fires: {child: 6y"},
	{"near miss fires", "near: {child: 5y, facts: [weapon/used, kept_away]}", "near: {child: 5y, facts: [weapon/used]}"},
	{"near miss from afar", "near: {child: 5y, facts: [weapon/used, kept_away]}", "near: {child: 5y, facts: [injury]}"},
	{"example of unknown words", "fires: {child: 4y, facts: [injury/bruise]}", "fires: {child: four, facts: [injury/bruse possibly]}"},
	{"share not in tens", "share_of_others: 30", "share_of_others: 33"},
	{"cut-offs", "{RED: 70, AMBER: 40", "{RED: 40, AMBER: 40"},
	{"points", "points: 10}\nhistory", "points: ten}\nhistory"},
	{"unknown rule", "rules: [weapon]", "rules: [wepon]"},
	{"unknown finding", "q.has('no_address')", "q.has('no_adress')"},
	{"two windows", "{months: 12, points: 6}", "{months: 12, days: 5, points: 6}"},
	{"key twice", "title: A small policy", "title: A small policy\ntitle: again"},
	{"not YAML", "title: A small policy", "title: [A small policy"},
	{"packing mark", "title: A small policy", "title: A small policy\n-- x.yaml --"},
	{"alias", "on: [weapon]", "on: *x"},
	{"section missing", "nothing_read: {floor: GREEN, flag: nothing_read, except: []}\n", ""},
}

// TestBadRules holds every fault against its exact message, and all three
// ways of loading a ruleset against one another: a file that one refuses,
// all refuse. Misspelt keys that one path let through were a fault elsewhere.
func TestBadRules(t *testing.T) {
	var got strings.Builder
	for _, b := range badRules {
		files := small(t)
		src := string(files[policyFile])
		if !strings.Contains(src, b[1]) {
			t.Errorf("%s: %q is not in testdata/policy.yaml", b[0], b[1])
		}
		files[policyFile] = []byte(strings.Replace(src, b[1], b[2], 1))
		_, err := Load(files)
		if err == nil {
			t.Errorf("%s: Load = nil, want an error", b[0])
			continue
		}
		if lint := Lint(files); lint.Error() != err.Error() {
			t.Errorf("%s: Lint differs from Load:\n%v", b[0], lint)
		}
		if packed, uerr := Unpack(Pack(files)); uerr == nil {
			if _, aerr := Load(packed); aerr == nil {
				t.Errorf("%s: loads after packing", b[0])
			}
		}
		fmt.Fprintf(&got, "== %s\n%v\n", b[0], err)
	}
	if *update {
		if err := os.WriteFile("testdata/bad.golden", []byte(got.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("testdata/bad.golden")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got.String(), "\n")); diff != "" {
		t.Errorf("messages differ (-want +got):\n%s", diff)
	}
}

func TestMissingFile(t *testing.T) {
	files := small(t)
	delete(files, factsFile)
	_, err := Load(files)
	if got, want := fmt.Sprint(err), "facts.yaml: missing from the ruleset"; got != want {
		t.Errorf("Load without facts.yaml = %q, want %q", got, want)
	}
}

func TestUnusedFactIsAWarning(t *testing.T) {
	files := small(t)
	files[factsFile] = append(files[factsFile], "  stalking: []\n"...)
	if _, err := Load(files); err != nil {
		t.Fatalf("Load = %v", err)
	}
	want := "facts.yaml:6:3: warning: no rule looks at fact \"stalking\"\n |   stalking: []\n | ..^"
	if got := Lint(files).Error(); got != want {
		t.Errorf("Lint = %s, want %s", got, want)
	}
}
