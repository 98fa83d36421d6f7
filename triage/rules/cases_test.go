package rules

import (
	"os"
	"path/filepath"
	"testing"
)

func TestCaseFiles(t *testing.T) {
	s := mustLoad(t)
	names, err := filepath.Glob("../../deploy/rules/cases/*.yaml")
	if err != nil || len(names) == 0 {
		t.Fatalf("case files: %v, %v", names, err)
	}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range s.Test(filepath.Base(name), data) {
			t.Error(p)
		}
	}
}
