// Command auditreplay is the auditor's tool: it runs mails through the
// pipeline by hand, explains what was read, exports the log and proves it.
package main

import (
	"io"
	"os"

	"github.com/alecthomas/kong"
)

type commands struct {
	Corpus  corpusCmd  `cmd:"" help:"Run a folder of mails through the daemon's own pipeline and measure it against labels."`
	Explain explainCmd `cmd:"" help:"Read one mail and say what the service would make of it, and why."`
	Export  exportCmd  `cmd:"" help:"Copy a front door's log into a folder."`
	Verify  verifyCmd  `cmd:"" help:"Prove an export: every record whole, nothing missing, the counts right."`
	Rebuild rebuildCmd `cmd:"" help:"Fold an export into an empty Redis, or into a file."`
}

func main() {
	var c commands
	ctx := kong.Parse(&c, kong.Name("auditreplay"), kong.Description("Replays, explains and measures what the triage service does."), kong.BindTo(os.Stdout, (*io.Writer)(nil)))
	ctx.FatalIfErrorf(ctx.Run())
}
