package main

import (
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/ppn-triage/ppn-triage/cmd/internal/cli"
	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/queue"
	"github.com/ppn-triage/ppn-triage/triage/wire"
)

// atCmd shows the queue as it stood at a moment. It names items, never people
// of a notice.
type atCmd struct {
	Folder string    `arg:"" type:"existingdir" help:"Export, or a daemon's archive of one front door."`
	Time   time.Time `arg:"" help:"The moment (RFC 3339)."`
	calendarFlag
	sealFlags
	JSON bool `name:"json" help:"One JSON line an item of the queue, whole, as the API shows items: with names."`
}

func (c *atCmd) Run(out io.Writer) error {
	x, err := openExport(c.Folder, out)
	if err != nil {
		return err
	}
	cal, err := c.calendar()
	if err != nil {
		return err
	}
	x.bare = !c.JSON
	if err := x.unlock(c.sealFlags); err != nil {
		return err
	}
	w, at, err := x.until(c.Time, nil)
	if err != nil {
		return err
	}
	items := inQueue(w.Items(), cal.View(at))
	if c.JSON {
		for _, i := range items {
			m := wire.ItemProto(i)
			m.FrontDoor = x.frontDoor
			if err := cli.JSON(out, m); err != nil {
				return err
			}
		}
		return nil
	}
	l := w.Ledger()
	fmt.Fprintf(out, "%s at %s, after commit %d: %d notices taken in, %d items ever, %d in the queue, ruleset %.12s\n",
		x.frontDoor, at.UTC().Format(time.RFC3339), l.Seq, l.Notices, l.Opened, len(items), l.Rules)
	return printQueue(out, items, at)
}

// inQueue keeps those that wait or are claimed, in the queue's order.
func inQueue(items []*triage.Item, v queue.View) []*triage.Item {
	items = slices.DeleteFunc(items, func(i *triage.Item) bool { return !i.Queued() })
	slices.SortFunc(items, func(a, b *triage.Item) int { return v.Compare(queue.KeyOf(a), queue.KeyOf(b)) })
	return items
}

func printQueue(out io.Writer, items []*triage.Item, at time.Time) error {
	w := tabwriter.NewWriter(out, 2, 0, 2, ' ', 0)
	fmt.Fprintln(w, "place\titem\tband\tpoints\tdue\tleft\treceived\tnotices\tstate")
	for n, i := range items {
		state := i.State().String()
		if i.Claim != nil {
			state = "held by " + cli.Plain(i.Claim.By)
		}
		left := "late " + span(at.Sub(i.Due))
		if i.Due.After(at) {
			left = span(i.Due.Sub(at))
		}
		fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%s\t%s\t%s\t%d\t%s\n", n+1, i.ID, i.Band(), points(i), short(i.Due), left, short(i.Received), len(i.Entries), state)
	}
	return w.Flush()
}
