package rules

import (
	"os"
	"path/filepath"
	"testing"
)

// defaults reads the rules that the service ships with.
func defaults(t testing.TB) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	for _, name := range []string{policyFile, factsFile} {
		data, err := os.ReadFile(filepath.Join("../../deploy/rules", name))
		if err != nil {
			t.Fatal(err)
		}
		files[name] = data
	}
	return files
}

func mustLoad(t testing.TB) *Set {
	t.Helper()
	s, err := Load(defaults(t))
	if err != nil {
		t.Fatalf("Load(deploy/rules):\n%v", err)
	}
	return s
}

func TestLoadDefaults(t *testing.T) {
	s := mustLoad(t)
	if ps := Lint(defaults(t)); len(ps) > 0 {
		t.Errorf("Lint(deploy/rules):\n%v", ps)
	}
	if got := len(s.Rules()); got < 50 {
		t.Errorf("%d rules", got)
	}
}
