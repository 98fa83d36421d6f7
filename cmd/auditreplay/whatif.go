package main

import (
	"context"
	"io"
	"time"

	"github.com/ppn-triage/ppn-triage/deploy"
	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/intake"
	"github.com/ppn-triage/ppn-triage/triage/letter"
	"github.com/ppn-triage/ppn-triage/triage/replay"
)

// whatIfCmd folds an export up to a moment and scores the queue of that moment
// by other rules. What people have decided, overridden and corrected stands.
type whatIfCmd struct {
	Folder string    `arg:"" type:"existingdir" help:"Export, or a daemon's archive of one front door."`
	Rules  string    `required:"" type:"existingdir" help:"Folder of the other rule files."`
	At     time.Time `help:"The queue as it stood then (RFC 3339). Defaults to the end of the export."`
	Reread bool      `help:"Read the mails again by the other rules' words; else the facts are those that were read then."`
	All    bool      `help:"Every item that ever was, not only the queue: those decided long ago too."`
	calendarFlag
	sealFlags
	CSV  string `name:"csv" type:"path" help:"File for the table of every item, changed or not."`
	HTML string `name:"html" type:"path" help:"File for one page with pictures, to be passed on: it names items, never people."`
}

func (c *whatIfCmd) Run(out io.Writer) error {
	rs, err := compileRules(c.Rules)
	if err != nil {
		return err
	}
	linking, err := intake.CompileLinking(deploy.Rules())
	if err != nil {
		return err
	}
	cal, err := c.calendar()
	if err != nil {
		return err
	}
	x, err := openExport(c.Folder, out)
	if err != nil {
		return err
	}
	if err := x.unlock(c.sealFlags); err != nil {
		return err
	}
	w, at, err := x.until(c.At, linking.Index)
	if err != nil {
		return err
	}
	q := &replay.WhatIf{Store: w, Rules: rs, Calendar: cal, At: at}
	if c.Reread {
		q.Letter, q.Mail = letter.Read, x.mail
	}
	moves, err := q.Moves(context.Background(), c.meant(w.Items()))
	if err != nil {
		return err
	}
	found := newComparison(x.frontDoor, q, w.Ledger().Rules, moves)
	if c.CSV != "" {
		if err := writeMoves(c.CSV, moves); err != nil {
			return err
		}
	}
	if c.HTML != "" {
		if err := found.page(c.HTML); err != nil {
			return err
		}
	}
	return found.print(out)
}

// meant are the items to try the rules on.
func (c *whatIfCmd) meant(items []*triage.Item) (ids []triage.ItemID) {
	for _, i := range items {
		decided := i.State() == triage.DecidedState
		if i.Queued() || c.All && decided {
			ids = append(ids, i.ID)
		}
	}
	return ids
}
