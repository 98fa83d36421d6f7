// Command noticepush hands in police notices: it publishes mails to the log of
// notices, waits until each is safe, and says of which it is not. It never
// prints a word of a mail.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"github.com/ppn-triage/ppn-triage/cmd/internal/cli"
	"github.com/ppn-triage/ppn-triage/triage/jet"
)

// flags are the command line; the environment fills in what is not given.
type flags struct {
	Files []string `arg:"" optional:"" help:"Mails (.eml), mbox files, Maildir folders; - is standard input."`

	NATS      string `name:"nats" help:"NATS servers, joined by commas." default:"nats://127.0.0.1:4222" env:"PPN_PUSH_NATS"`
	FrontDoor string `help:"Front door that the notices go to." default:"bradford" env:"PPN_FRONT_DOOR"`
	Force     string `help:"Code of the police force, for example wyp." env:"PPN_FORCE" placeholder:"CODE"`

	Creds       string `help:"Credentials file of the NATS user." type:"existingfile" env:"PPN_PUSH_CREDS" placeholder:"FILE"`
	NKey        string `name:"nkey" help:"NKey seed file of the NATS user." type:"existingfile" env:"PPN_PUSH_NKEY" placeholder:"FILE"`
	InboxPrefix string `help:"Subject of the user's answers, where the server gives each user his own." env:"PPN_PUSH_INBOX" placeholder:"SUBJECT"`
	CA          string `name:"ca" help:"Certificate authority of the servers (PEM)." type:"existingfile" env:"PPN_PUSH_CA" placeholder:"FILE"`
	Cert        string `help:"Client certificate (PEM)." type:"existingfile" env:"PPN_PUSH_CERT" placeholder:"FILE" and:"cert"`
	Key         string `help:"Its key (PEM)." type:"existingfile" env:"PPN_PUSH_KEY" placeholder:"FILE" and:"cert"`

	Spool string        `help:"Folder that keeps every mail until its receipt; a later run goes on where this one stopped." env:"PPN_SPOOL" placeholder:"DIR"`
	Again bool          `help:"Send also what the spool knows as receipted, and the same mail given twice."`
	Watch string        `help:"Push what arrives in this folder or Maildir, until stopped. The spool is then kept under the user's state folder unless --spool names one." type:"existingdir" placeholder:"DIR"`
	Poll  time.Duration `help:"How often to look into the watched folder." default:"2s"`

	Listen bool          `help:"Hand in nothing: print what the council says of this force's notices, what they lack and what it asks, until stopped."`
	Since  time.Duration `help:"With --listen: from so long ago on." default:"24h"`

	NoReceipt      bool          `help:"Do not wait for receipts: be content when a mail is accepted."`
	ReceiptTimeout time.Duration `help:"How long to wait for the next receipt." default:"60s"`
	Patience       time.Duration `help:"How long to try when the server does not answer." default:"30s"`
	JSON           bool          `name:"json" help:"One JSON document a mail on standard output."`
}

// exitNoReceipt says that everything is accepted and some receipt has not come.
const exitNoReceipt = cli.ExitUnavailable

func main() { os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }

// run is the program: its arguments, what it reads and writes, its exit code.
func run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	var f flags
	exited := -1 // --help has printed what was asked for
	parser := kong.Must(&f, kong.Name("noticepush"), kong.Writers(stdout, stderr), kong.Exit(func(code int) { exited = code }),
		kong.Description("Hands in police notices and waits until each is safe. Exit code 0: all are; 1: some were not accepted; 2: wrong command line; 3: accepted, but a receipt has not come."))
	_, err := parser.Parse(args)
	if exited >= 0 {
		return exited
	}
	if err == nil {
		err = f.check()
	}
	if err != nil {
		fmt.Fprintf(stderr, "noticepush: %s; see noticepush --help\n", cli.Plain(err.Error()))
		return cli.ExitUsage
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	code, err := f.push(ctx, stdin, stdout, stderr)
	if err != nil {
		fmt.Fprintln(stderr, "noticepush:", cli.Plain(err.Error()))
	}
	return code
}

// check refuses what cannot work, before anything is sent.
func (f *flags) check() error {
	if err := jet.CheckToken("front door", f.FrontDoor); err != nil {
		return err
	}
	if f.Listen && (len(f.Files) > 0 || f.Watch != "") {
		return errors.New("--listen hands in nothing: leave the mails out")
	}
	if len(f.Files) == 0 && f.Watch == "" && f.Spool == "" && !f.Listen {
		return errors.New("no mails: give files, --watch DIR, or --spool DIR to go on with one")
	}
	if f.Force == "" && (len(f.Files) > 0 || f.Watch != "" || f.Listen) {
		return errors.New("whose mails are these? Give --force CODE")
	}
	if f.Force != "" {
		if err := jet.CheckToken("force", f.Force); err != nil {
			return err
		}
	}
	if f.Watch != "" && f.Spool == "" {
		dir, err := stateDir()
		if err != nil {
			return err
		}
		f.Spool = filepath.Join(dir, "ppn-triage", "spool")
	}
	return nil
}

// stateDir is where a user's programs keep what must outlive them (XDG Base
// Directory Specification 0.8).
func stateDir() (string, error) {
	if dir := os.Getenv("XDG_STATE_HOME"); filepath.IsAbs(dir) {
		return dir, nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("no place for a spool, name one with --spool: %w", err)
	}
	return filepath.Join(home, ".local", "state"), nil
}

// push does what the flags say and returns the exit code.
func (f *flags) push(ctx context.Context, stdin io.Reader, stdout, stderr io.Writer) (int, error) {
	paths, err := files(f.Files)
	if err != nil {
		return cli.ExitFailed, err
	}
	s, err := openSpool(f.Spool)
	if err != nil {
		return cli.ExitFailed, err
	}
	defer s.close()
	p := &pusher{flags: f, spool: s, doors: map[string]*jet.Pusher{}, report: newReport(stdout, stderr, f.JSON)}
	defer p.close()
	if f.Listen {
		if err := p.listen(ctx, stdout); err != nil {
			return cli.ExitFailed, err
		}
		return cli.ExitOK, nil
	}
	p.report.total = len(paths) + len(s.in(pending))
	p.resume(ctx)
	for _, path := range paths {
		for m, err := range mails(path, stdin) {
			p.give(ctx, m, err)
		}
	}
	p.report.progress()
	if f.Watch != "" {
		p.watch(ctx, f.Watch)
	} else {
		p.receipts(ctx)
	}
	return p.report.finish(!f.NoReceipt), nil
}
