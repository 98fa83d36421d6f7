// Package deploy carries what the binaries ship with: the default rules and
// the example configuration. It reads nothing at run time.
package deploy

import (
	"embed"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

//go:embed rules
var files embed.FS

// Rules returns the default rule files by name: "policy.yaml",
// "lexicon/cues.yaml" and so on.
func Rules() map[string][]byte {
	sub, err := fs.Sub(files, "rules")
	if err != nil {
		panic(err) // the folder is part of the program
	}
	rules, err := read(sub)
	if err != nil {
		panic(err)
	}
	return rules
}

// ReadRules returns the rule files of a folder, by the same names.
func ReadRules(dir string) (map[string][]byte, error) {
	return read(os.DirFS(filepath.Clean(dir)))
}

// read collects the YAML files of a folder and one level below: rule tests
// and prose are no part of a ruleset.
func read(dir fs.FS) (map[string][]byte, error) {
	out := map[string][]byte{}
	err := fs.WalkDir(dir, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(name, ".yaml") || strings.HasPrefix(name, "cases/") {
			return err
		}
		out[name], err = fs.ReadFile(dir, name)
		return err
	})
	return out, err
}
