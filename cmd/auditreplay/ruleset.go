package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ppn-triage/ppn-triage/deploy"
	"github.com/ppn-triage/ppn-triage/triage/intake"
	"github.com/ppn-triage/ppn-triage/triage/rules"
)

// rulesCmd is what the owner of a ruleset does with it before it is in force.
type rulesCmd struct {
	Lint rulesLintCmd `cmd:"" help:"Check a folder of rule files: every fault at once, with file, line and column."`
	Test rulesTestCmd `cmd:"" help:"Run the examples of the rules and the worked cases of a folder of rule files."`
	Freq rulesFreqCmd `cmd:"" help:"Count over a corpus how often each rule fires, which fire together and which never."`
}

// ruleFiles reads the rule files of a folder, or those built in.
func ruleFiles(dir string) (map[string][]byte, error) {
	if dir == "" {
		return deploy.Rules(), nil
	}
	return deploy.ReadRules(dir)
}

// compileRules compiles the rules of a folder, or those built in, as the
// daemon does at its start and when other rules are activated.
func compileRules(dir string) (*intake.Ruleset, error) {
	files, err := ruleFiles(dir)
	if err != nil {
		return nil, err
	}
	return intake.CompileAll(files)
}

// rulesLintCmd checks rule files with the daemon's own validator, and prints
// besides what may be meant but looks odd.
type rulesLintCmd struct {
	Dir string `arg:"" type:"existingdir" help:"Folder of rule files."`
}

func (c *rulesLintCmd) Run(out io.Writer) error {
	files, err := deploy.ReadRules(c.Dir)
	if err != nil {
		return err
	}
	rs, err := intake.CompileAll(files)
	for _, p := range rules.Lint(files) {
		if p.Warning {
			fmt.Fprintln(out, p)
		}
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "good: %d rules, ruleset %.12s\n", len(rs.Rules.Rules()), rs.Hash)
	return nil
}

// rulesTestCmd runs what the rules must score: the firing example and the near
// miss beside every rule, and the case files.
type rulesTestCmd struct {
	Dir string `arg:"" type:"existingdir" help:"Folder of rule files, with worked cases under cases/."`
}

func (c *rulesTestCmd) Run(out io.Writer) error {
	rs, err := compileRules(c.Dir) // runs the examples
	if err != nil {
		return err
	}
	names, err := filepath.Glob(filepath.Join(c.Dir, "cases", "*.yaml"))
	if err != nil {
		return err
	}
	if len(names) == 0 {
		return fmt.Errorf("no case files in %s", filepath.Join(c.Dir, "cases"))
	}
	var errs []error
	for _, name := range names {
		data, err := os.ReadFile(filepath.Clean(name))
		if err != nil {
			return err
		}
		if ps := rs.Rules.Test("cases/"+filepath.Base(name), data); len(ps) > 0 {
			errs = append(errs, ps)
		}
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	fmt.Fprintf(out, "good: the examples of %d rules and %d case files hold\n", len(rs.Rules.Rules()), len(names))
	return nil
}

// mailsIn reads folders of mails, and single mails, in the order given, with
// their labels if they have any.
func mailsIn(paths []string) (all []corpusMail, err error) {
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil {
			return nil, err
		}
		dir, only := path, ""
		if !info.IsDir() {
			dir, only = filepath.Split(path)
		}
		labels, err := readLabels(filepath.Join(dir, "labels.jsonl"))
		if err != nil {
			return nil, err
		}
		mails, err := readMails(filepath.Clean(dir), labels)
		if err != nil {
			return nil, err
		}
		all = append(all, slices.DeleteFunc(mails, func(m corpusMail) bool { return only != "" && m.file != only })...)
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("no .eml files in %s", strings.Join(paths, ", "))
	}
	return all, nil
}
