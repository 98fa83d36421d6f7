// Command triageq is the supervisors' terminal client: the ranked queue with
// its reasons, claims and decisions. It is a plain user of the public API.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"github.com/ppn-triage/ppn-triage/cmd/internal/cli"
)

// flags are the command line; the environment fills in what is not given.
type flags struct {
	Addr      string        `help:"Address of the service. Defaults to 127.0.0.1:7443." default:"127.0.0.1:7443" env:"PPN_ADDR" placeholder:"HOST:PORT"`
	FrontDoor string        `help:"Front door; needed where the service has several." env:"PPN_FRONT_DOOR" placeholder:"NAME"`
	As        string        `help:"Your name, where no certificate says it. Defaults to the operating system's user." env:"PPN_AS" placeholder:"NAME"`
	Role      string        `help:"Your role, where no certificate says it: supervisor, manager, edt or auditor." env:"PPN_AS_ROLE" placeholder:"ROLE"`
	CA        string        `name:"ca" help:"Certificate authority of the service (PEM)." type:"existingfile" env:"PPN_CA" placeholder:"FILE"`
	Cert      string        `help:"Your certificate (PEM)." type:"existingfile" env:"PPN_CERT" placeholder:"FILE" and:"cert"`
	Key       string        `help:"Its key (PEM)." type:"existingfile" env:"PPN_KEY" placeholder:"FILE" and:"cert"`
	JSON      bool          `name:"json" help:"Print the service's answer for a machine: one JSON document a line."`
	NoColor   bool          `help:"No colour. NO_COLOR in the environment does the same."`
	Points    bool          `help:"Show scores in points."`
	Timeout   time.Duration `help:"How long to wait for an answer." default:"30s"`

	List     listCmd     `cmd:"" help:"The queue, most urgent first."`
	Show     showCmd     `cmd:"" help:"Everything about one item on a page."`
	Read     readCmd     `cmd:"" help:"The source text of an item's newest notice, or of another one. Your first look is recorded; it unlocks the decision."`
	Why      whyCmd      `cmd:"" help:"Why an item has its band, and why it stands above another."`
	Next     nextCmd     `cmd:"" help:"Claim the first item that nobody holds."`
	Claim    claimCmd    `cmd:"" help:"Claim one item."`
	Renew    renewCmd    `cmd:"" help:"Hold an item longer."`
	Release  releaseCmd  `cmd:"" help:"Give an item back; it keeps its age and place."`
	Decide   decideCmd   `cmd:"" help:"Record your decision on the children of an item."`
	Interim  interimCmd  `cmd:"" help:"Record what the out-of-hours team did: silences the bell; item and clock stay."`
	Answer   answerCmd   `cmd:"" help:"Say that you have heard the bell of an item and see to it: nobody else is called; item and clock stay."`
	Override overrideCmd `cmd:"" help:"Set an item's band by your own judgement, up or down."`
	Ask      askCmd      `cmd:"" help:"Ask a police force about an item; it stays, its clock runs, and the answer joins it."`
	Join     joinCmd     `cmd:"" help:"Make one item of two that are one incident."`
	Split    splitCmd    `cmd:"" help:"Give a notice that is another incident an item of its own."`
	Confirm  confirmCmd  `cmd:"" help:"Say that a possible link is right: it counts from then on."`
	Reject   rejectCmd   `cmd:"" help:"Say that a link is wrong, for ever."`
	Correct  correctCmd  `cmd:"" help:"Correct how one fact was read. It may lower."`
	Strike   strikeCmd   `cmd:"" help:"Take a notice out of an item: wrong child, recall upheld. It may lower."`
	Watch    watchCmd    `cmd:"" help:"The queue, then every change as it happens."`
	Quality  qualityCmd  `cmd:"" help:"What the forces' notices lacked, how late they came, what became of them."`
	Stats    statsCmd    `cmd:"" help:"The queue in figures."`
	Cases    casesCmd    `cmd:"" help:"The case system's list of children."`
	Hold     holdCmd     `cmd:"" help:"Forbid to erase anything of an item (legal hold), or take that back."`
	Erase    eraseCmd    `cmd:"" help:"Erase what is personal in an item that has left the queue, for ever."`
}

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// run is the program: its arguments, where it writes, its exit code.
func run(args []string, stdout, stderr io.Writer) int {
	var f flags
	exited := -1 // --help has printed what was asked for
	parser := kong.Must(&f, kong.Name("triageq"), kong.Writers(stdout, stderr), kong.Exit(func(code int) { exited = code }),
		kong.Description("Supervisors' client of the triage queue. An ITEM is its id, or the first 4 or more characters of it while it is in the queue."),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}))
	command, err := parser.Parse(args)
	if exited >= 0 {
		return exited
	}
	if err != nil {
		fmt.Fprintf(stderr, "triageq: %s; see triageq --help\n", cli.Plain(err.Error()))
		return cli.ExitUsage
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	a, err := newApp(&f, stdout, stderr)
	if err == nil {
		defer a.close()
		command.BindTo(ctx, (*context.Context)(nil))
		err = command.Run(a)
	}
	return report(err, stderr)
}

// usageError is a mistake in the command line that is seen only later.
type usageError string

func (e usageError) Error() string { return string(e) }

// report prints an error as one line and returns the exit code.
func report(err error, stderr io.Writer) int {
	if err == nil {
		return cli.ExitOK
	}
	line, exit := cli.Trouble(err)
	if usage := usageError(""); errors.As(err, &usage) {
		exit = cli.ExitUsage
	}
	fmt.Fprintln(stderr, "triageq:", line)
	return exit
}
