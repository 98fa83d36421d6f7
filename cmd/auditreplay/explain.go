package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/ppn-triage/ppn-triage/cmd/internal/cli"
	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/intake"
)

// explainCmd reads one mail without any server and says what the service would
// make of it, and why; or it tells what has happened to an item of an export.
type explainCmd struct {
	What   string `arg:"" help:"Mail, as it came (.eml); with --export the id of an item, or the beginning of one."`
	Export string `type:"existingdir" help:"Export, or a daemon's archive of one front door: tell what has happened to the item."`
	Rules  string `type:"existingdir" help:"Folder of rule files for a mail. Defaults to the ones built in."`
	sealFlags
}

func (c *explainCmd) Run(out io.Writer) error {
	if c.Export == "" {
		return c.mail(out)
	}
	x, err := openExport(c.Export, out)
	if err != nil {
		return err
	}
	if err := x.unlock(c.sealFlags); err != nil {
		return err
	}
	return x.tell(out, c.What)
}

func (c *explainCmd) mail(out io.Writer) error {
	rules, err := compileRules(c.Rules)
	if err != nil {
		return err
	}
	b, err := os.ReadFile(filepath.Clean(c.What))
	if err != nil {
		return err
	}
	run, err := newPipeline(rules)
	if err != nil {
		return err
	}
	received := dateOf(b)
	if received.IsZero() {
		received = time.Now().UTC()
	}
	answers, err := run.take(context.Background(), corpusMail{file: filepath.Base(c.What), received: received, data: b})
	if err != nil {
		return err
	}
	if len(run.world.Items()) == 0 {
		fmt.Fprintf(out, "not a notice: an automatic mail, counted and kept (%s)\n", answers[0].Kind)
		return nil
	}
	for _, i := range run.world.Items() {
		explain(out, i, rules)
	}
	return nil
}

// explain prints an item: what was read, then every reason with its words.
func explain(out io.Writer, i *triage.Item, rules *intake.Ruleset) {
	say := func(format string, a ...any) { fmt.Fprintln(out, cli.Plain(fmt.Sprintf(format, a...))) }
	r := i.Entries[0].Reading
	say("%s, %d.%02d points, due %s", i.Band(), i.Score.Points/100, i.Score.Points%100, i.Due.Format("Mon 2 Jan 2006 15:04 MST"))
	say("incident %s, references %s", orNone(r.IncidentDate), orNone(strings.Join(references(r), ", ")))
	for _, c := range i.Children {
		say("child %s: %s, born %s", c.ID, orNone(c.Person.Name), orNone(c.Person.DOB))
	}
	say("alleged person: %s · child tonight with: %s", orNone(r.AllegedNow), orNone(r.ChildWith))
	if len(i.Score.Flags)+len(r.Quality) > 0 {
		say("flags: %s · missing: %s", orNone(strings.Join(i.Score.Flags, " ")), orNone(strings.Join(r.Quality, " ")))
	}
	for _, p := range i.Entries[0].Problems {
		say("reading trouble: %s: %s", p.Code, p.Detail)
	}
	fmt.Fprintln(out, "\nwhy:")
	sources := map[string]string{}
	for _, u := range rules.Rules.Rules() {
		sources[u.ID] = u.Source
	}
	without := map[string]string{}
	for _, w := range rules.Rules.Explain(i.Matter(i.Received), i.Score) {
		without[w.Rule] = w.String()
	}
	for _, h := range i.Score.Hits {
		explainHit(say, i, h, sources[h.Rule], without[h.Rule])
	}
	for _, p := range i.Score.Parts {
		say("  %+6.2f  %s: %s", float64(p.Points)/100, p.Name, p.Why)
	}
	fmt.Fprintln(out)
}

func explainHit(say func(string, ...any), i *triage.Item, h triage.Hit, source, without string) {
	floor := ""
	if h.Floor != triage.BandUnknown {
		floor = ", floor " + h.Floor.String()
	}
	say("  %+6.2f  %s (%s%s)", float64(h.Points)/100, h.Title, h.Rule, floor)
	if h.Entry >= 0 && h.Entry < len(i.Entries) && h.Fact >= 0 && h.Fact < len(i.Entries[h.Entry].Reading.Facts) {
		f := i.Entries[h.Entry].Reading.Facts[h.Fact]
		cue := ""
		if f.Cue != "" {
			cue = fmt.Sprintf(", by “%s”", f.Cue)
		}
		say("          “%s” — %s, %s, of the %s%s [%d:%d]", f.Quote, f.Polarity, f.Time, f.Holder, cue, f.Start, f.End)
	}
	if without != "" {
		say("          %s; source: %s", without, source)
	}
}

func references(r triage.Reading) (out []string) {
	for _, x := range r.References {
		if x.Own {
			out = append(out, x.Raw)
		}
	}
	return out
}

func orNone(s string) string {
	if s == "" {
		return "not stated"
	}
	return s
}
