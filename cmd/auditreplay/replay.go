package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/goccy/go-yaml"

	"github.com/ppn-triage/ppn-triage/cmd/internal/cli"
	"github.com/ppn-triage/ppn-triage/deploy"
	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/archive"
	"github.com/ppn-triage/ppn-triage/triage/audit"
	"github.com/ppn-triage/ppn-triage/triage/intake"
	"github.com/ppn-triage/ppn-triage/triage/letter"
	"github.com/ppn-triage/ppn-triage/triage/queue"
	"github.com/ppn-triage/ppn-triage/triage/replay"
)

// calendarFlag names the office hours that times are reckoned by.
type calendarFlag struct {
	Config string `type:"existingfile" help:"Configuration of the daemon, for its calendar. Defaults to the calendar built in."`
}

// calendar reads the calendar of the daemon's configuration.
func (f calendarFlag) calendar() (*queue.Calendar, error) {
	var c struct {
		Calendar queue.Config `yaml:"calendar"`
	}
	if f.Config != "" {
		b, err := os.ReadFile(filepath.Clean(f.Config))
		if err != nil {
			return nil, err
		}
		if err := yaml.Unmarshal(b, &c); err != nil {
			return nil, fmt.Errorf("%s: %w", f.Config, err)
		}
	}
	return queue.NewCalendar(c.Calendar)
}

// replayCmd does the whole log again: it reads, links and scores every notice
// with this program, each under the rules that were in force, and everything
// that people's corrections had scored anew.
type replayCmd struct {
	Folder string `arg:"" type:"existingdir" help:"Export, or a daemon's archive of one front door."`
	calendarFlag
	sealFlags
	Most int `default:"100" help:"Differences to print; all are counted."`
}

func (c *replayCmd) Run(out io.Writer) error {
	x, err := openExport(c.Folder, out)
	if err != nil {
		return err
	}
	if err := x.unlock(c.sealFlags); err != nil {
		return err
	}
	p, err := c.player(x)
	if err != nil {
		return err
	}
	if p.Erased, err = x.erased(); err != nil {
		return fmt.Errorf("replay: %w", err)
	}
	causes, n := map[replay.Cause]int{}, 0
	err = x.read(func(commit *triage.Commit, _ archive.Record) error {
		ds, err := p.Play(context.Background(), *commit)
		for _, d := range ds {
			causes[d.Cause]++
			if n++; n <= c.Most {
				fmt.Fprintln(out, cli.Plain(d.String()))
			}
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("replay: %w", err)
	}
	k := p.Counts
	fmt.Fprintf(out, "%d commits folded, %d made again: %d notices read, linked and scored again, %d linked and scored as they were read then (%d of them erased)\n",
		k.Commits, k.Again, k.Read, k.Kept, k.Erased)
	for _, version := range slices.Sorted(maps.Keys(k.Programs)) {
		if version != p.Program {
			fmt.Fprintf(out, "%d notices were read by version %s, this is %s\n", k.Programs[version], version, p.Program)
		}
	}
	if n == 0 {
		fmt.Fprintln(out, "good: this program makes the same of everything")
		return nil
	}
	for _, cause := range slices.Sorted(maps.Keys(causes)) {
		fmt.Fprintf(out, "%d differences, cause %s\n", causes[cause], cause)
	}
	if n == causes[replay.CauseErased] {
		fmt.Fprintln(out, "good: nothing differs but what rests on what was erased")
		return nil
	}
	return fmt.Errorf("replay: %d differences", n)
}

func (c *replayCmd) player(x *export) (*replay.Player, error) {
	linking, err := intake.CompileLinking(deploy.Rules())
	if err != nil {
		return nil, err
	}
	cal, err := c.calendar()
	if err != nil {
		return nil, err
	}
	notices, err := x.archiveOf(noticesDir)
	if err != nil {
		return nil, err
	}
	return &replay.Player{
		World: audit.NewWorld(linking.Index), Linking: linking, Calendar: cal, Letter: letter.Read, FrontDoor: x.frontDoor,
		Stream: notices.Identity(), Program: cli.Version(), Mail: x.mail,
	}, nil
}
