// Command auditreplay is the auditor's tool: it runs mails through the
// pipeline by hand, explains what was read, checks and measures rules, exports
// the log and proves it.
package main

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/alecthomas/kong"
)

type commands struct {
	Corpus      corpusCmd      `cmd:"" help:"Run a folder of mails through the daemon's own pipeline and measure it against labels."`
	Explain     explainCmd     `cmd:"" help:"Read one mail and say what the service would make of it, and why."`
	Rules       rulesCmd       `cmd:"" help:"Check, test and measure a ruleset before it is in force."`
	WhatIf      whatIfCmd      `cmd:"" name:"whatif" help:"Say what other rules would have made of an export: who would stand where, and wait how long."`
	Export      exportCmd      `cmd:"" help:"Copy a front door's log into a folder."`
	Verify      verifyCmd      `cmd:"" help:"Prove an export: every record whole, nothing missing, the counts right."`
	Replay      replayCmd      `cmd:"" help:"Do the whole log again with this program: every difference is named with its cause."`
	At          atCmd          `cmd:"" help:"Show the queue as it stood at a moment."`
	Reads       readsCmd       `cmd:"" help:"List who has opened what, and when."`
	Prove       proveCmd       `cmd:"" help:"Write a proof that the log holds a commit, or begins with an older one."`
	Check       checkCmd       `cmd:"" help:"Check such a proof by the key alone."`
	Countersign countersignCmd `cmd:"" help:"Sign a checkpoint beside the service, as a partner."`
	Rebuild     rebuildCmd     `cmd:"" help:"Fold an export into an empty Redis, or into a file."`
}

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// run is the program: its arguments, where it writes, its exit code.
func run(args []string, stdout, stderr io.Writer) int {
	exited := -1 // --help has printed what was asked for
	parser := kong.Must(&commands{}, kong.Name("auditreplay"), kong.Writers(stdout, stderr), kong.Exit(func(code int) { exited = code }),
		kong.Description("Replays, explains and measures what the triage service does."), kong.BindTo(stdout, (*io.Writer)(nil)))
	ctx, err := parser.Parse(args)
	if exited >= 0 {
		return exited
	}
	if err == nil {
		err = ctx.Run()
	}
	if err != nil {
		fmt.Fprintln(stderr, "auditreplay: error: "+strings.TrimRight(err.Error(), "\n"))
		return 1
	}
	return 0
}
