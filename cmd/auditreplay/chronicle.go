package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/ppn-triage/ppn-triage/cmd/internal/cli"
	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/archive"
	"github.com/ppn-triage/ppn-triage/triage/audit"
)

// chronicle tells what has happened to an item, from the log: what came in,
// what was made of it and why, who saw, claimed and decided, on which words.
type chronicle struct {
	out   io.Writer
	x     *export
	item  triage.ItemID
	all   []triage.ItemID // the item and those that were joined into it
	world *audit.World
	views []opening // later views of the item and its notices, by time
	known map[triage.NoticeID]bool
	words string // of the last score told
}

// tell prints the chronicle.
func (x *export) tell(out io.Writer, id string) error {
	h := &chronicle{out: out, x: x, world: audit.NewWorld(nil), known: map[triage.NoticeID]bool{}}
	if err := h.find(id); err != nil {
		return err
	}
	views, err := x.openings()
	if err != nil {
		return err
	}
	h.views = slices.DeleteFunc(views, func(o opening) bool { return o.first })
	fmt.Fprintf(out, "item %s\n", h.item)
	err = x.read(func(c *triage.Commit, _ archive.Record) error {
		h.viewed(c.At)
		if err := h.commit(c); err != nil {
			return err
		}
		_, err := h.world.Apply(context.Background(), *c)
		return err
	})
	if err != nil {
		return fmt.Errorf("explain item %s: %w", h.item, err)
	}
	h.viewed(time.Time{})
	return h.end()
}

// find names the item from its id or the beginning of one, and everything that
// was joined into it.
func (h *chronicle) find(id string) error {
	var found []triage.ItemID
	into := map[triage.ItemID]triage.ItemID{}
	open := func(i triage.ItemID) {
		if strings.HasPrefix(string(i), id) {
			found = append(found, i)
		}
	}
	err := h.x.each(func(c *triage.Commit, _ archive.Record) error {
		for _, e := range c.Events {
			switch e := e.(type) {
			case triage.ItemOpened:
				open(e.Item)
			case triage.NoticeSplit:
				open(e.New)
			case triage.ItemJoined:
				into[e.Absorbed] = e.Item
			}
		}
		return nil
	})
	switch {
	case err != nil:
		return err
	case len(found) == 0:
		return fmt.Errorf("item %q: %w in this export", id, triage.ErrNotFound)
	case len(found) > 1:
		return fmt.Errorf("item %q: %d items begin so; write more of it", id, len(found))
	}
	h.item = found[0]
	h.all = []triage.ItemID{h.item}
	for n := 0; n < len(h.all); n++ {
		for from, to := range into {
			if to == h.all[n] {
				h.all = append(h.all, from)
			}
		}
	}
	return nil
}

// viewed tells the later views up to a moment, or all that are left.
func (h *chronicle) viewed(until time.Time) {
	for len(h.views) > 0 && (until.IsZero() || !h.views[0].At.After(until)) {
		v := h.views[0]
		h.views = h.views[1:]
		if slices.Contains(h.all, triage.ItemID(v.ID)) || h.known[triage.NoticeID(v.ID)] {
			h.line(v.At, "        ", v.who(), "looked at the "+v.What+" "+v.ID)
		}
	}
}

// commit tells what a commit does to the item, before it is folded.
func (h *chronicle) commit(c *triage.Commit) error {
	if !slices.ContainsFunc(c.Items(), func(id triage.ItemID) bool { return slices.Contains(h.all, id) }) {
		return nil
	}
	snap, err := h.world.Load(context.Background(), c.Items()...)
	if err != nil {
		return err
	}
	who := c.Actor.Name
	if !c.Actor.Verified {
		who += " (unverified)"
	}
	for _, e := range c.Events {
		concerns := slices.Contains(h.all, e.Target())
		if split, ok := e.(triage.NoticeSplit); ok {
			concerns = concerns || slices.Contains(h.all, split.New)
		}
		if !concerns {
			continue
		}
		for n, line := range h.event(c, e, snap.Items[e.Target()]) {
			if n == 0 {
				h.line(c.At, fmt.Sprintf("%8d", c.Seq), who, line)
				continue
			}
			fmt.Fprintln(h.out, "            "+cli.Plain(line))
		}
	}
	return nil
}

func (h *chronicle) line(at time.Time, seq, who, words string) {
	fmt.Fprintf(h.out, "%s  %s  %s: %s\n", seq, at.UTC().Format("2006-01-02 15:04:05"), cli.Plain(who), cli.Plain(words))
}

// end tells how the item stands.
func (h *chronicle) end() error {
	snap, err := h.world.Load(context.Background(), h.item)
	if err != nil {
		return err
	}
	i := snap.Items[h.item]
	if i == nil {
		return fmt.Errorf("item %s: %w", h.item, triage.ErrChain)
	}
	fmt.Fprintf(h.out, "now %s, %s, %s points, due %s, %d notices\n", i.State(), i.Band(), points(i), short(i.Due), len(i.Entries))
	return nil
}
