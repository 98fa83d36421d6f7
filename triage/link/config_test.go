package link

import (
	"os"
	"strings"
	"testing"
)

// edited returns New's error for the shipped files with one text replaced.
func edited(t *testing.T, weights bool, from, to string) error {
	t.Helper()
	w, errW := os.ReadFile("../../deploy/rules/link.yaml")
	n, errN := os.ReadFile("../../deploy/rules/names.yaml")
	if errW != nil || errN != nil {
		t.Fatal(errW, errN)
	}
	which := &n
	if weights {
		which = &w
	}
	out := strings.Replace(string(*which), from, to, 1)
	if out == string(*which) {
		t.Fatalf("%q does not stand in the file", from)
	}
	*which = []byte(out)
	_, err := New(Config{Weights: w, Names: n})
	return err
}

func TestWrongWeightsAreRefusedByName(t *testing.T) {
	for _, c := range []struct{ from, to, want string }{
		{"prior: -16.6", "priors: -16.6", "priors"},
		{"version: 1", "version: 2", "version is 2, want 1"},
		{"same: 5 ", "same: -4 ", "same (-4) must be above possible (-3)"},
		{"prior: -16.6", "prior: 0", "prior (0) must be below possible (-3)"},
		{"    nickname:  {m: 0.05, spread: 4}\n", "", "levels.given.nickname is missing"},
		{"    nickname:", "    nickName:", "levels.given.nickName is not a level"},
		{"exact:     {m: 0.80, spread: 1}", "exact:     {m: 0.80}", "levels.given.exact: needs either u"},
		{"exact:     {m: 0.80, spread: 1}", "exact:     {m: 1.80, spread: 1}", "levels.given.exact: m is 1.8"},
		{"different: {m: 0.02, u: 0.98}", "different: {m: 0.99, u: 0.98}", "levels.given.different: m 0.99 and u 0.98 weigh the wrong way"},
		{"digit:     {m: 0.02, u: 0.004}", "digit:     {m: 0.002, u: 0.004}", "levels.born.digit: m 0.002 and u 0.004 weigh the wrong way"},
		{"update_days: 14", "update_days: 0", "incident.update_days is 0"},
		{"update_days: 14", "update_days: 14\n  update_day: 3", "update_day"},
	} {
		if err := edited(t, true, c.from, c.to); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q for %q: error %v, want %q in it", c.to, c.from, err, c.want)
		}
	}
}

func TestWrongNamesAreRefusedByName(t *testing.T) {
	for _, c := range []struct{ from, to, want string }{
		{"rare: 0.0002", "rare: 0", "rare is 0"},
		{"muhammad: [mohammed,", "muhammad: [Mohammed,", `variants.muhammad: "Mohammed" is not one folded word`},
		{"muhammad: [mohammed,", "muhammad: [hossain, mohammed,", `"hossain" stands twice`},
		{"muhammad: [mohammed,", "muhammad: [hussain, mohammed,", `"hussain" is a heading itself`},
		{"streets:", "street:", "street"},
		{"no_dates: [", `no_dates: ["1900", `, `no_dates: "1900" is no date`},
		{"  - {from: ova, to: \"\"}", "  - {from: \"\", to: ov}", "endings"},
	} {
		if err := edited(t, false, c.from, c.to); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q for %q: error %v, want %q in it", c.to, c.from, err, c.want)
		}
	}
}

// Peers' bug 25 (Keep #6793): a rule whose words resolve to nothing is an
// error, never one big fold.
func TestRuleThatMatchesEverythingIsRefused(t *testing.T) {
	for _, c := range []struct{ from, to string }{
		{"weak: [muhammad,", `weak: ["", muhammad,`},
		{"unknown: [unknown,", `unknown: [" ", unknown,`},
		{"muhammad: [mohammed,", `muhammad: ["", mohammed,`},
		{"alfred: [alfie,", `alfred: ["", alfie,`},
		{"names: [muhammad]", `names: [""]`},
	} {
		if err := edited(t, false, c.from, c.to); err == nil || !strings.Contains(err.Error(), "is not one folded word") {
			t.Errorf("%q is taken: %v", c.to, err)
		}
	}
	if _, err := New(Config{}); err == nil {
		t.Error("New takes no files at all")
	}
}
