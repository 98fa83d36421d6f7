// Command auditreplay is the auditor's tool: it runs mails through the
// pipeline by hand, explains an item, and replays the log.
package main

import (
	"io"
	"os"

	"github.com/alecthomas/kong"
)

type commands struct {
	Corpus corpusCmd `cmd:"" help:"Run a folder of mails through the daemon's own pipeline and measure it against labels."`
}

func main() {
	var c commands
	ctx := kong.Parse(&c, kong.Name("auditreplay"), kong.Description("Replays, explains and measures what the triage service does."), kong.BindTo(os.Stdout, (*io.Writer)(nil)))
	ctx.FatalIfErrorf(ctx.Run())
}
