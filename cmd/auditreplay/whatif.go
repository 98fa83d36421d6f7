package main

import (
	"io"
	"slices"
	"time"

	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/intake"
	"github.com/ppn-triage/ppn-triage/triage/queue"
)

// whatIfCmd folds an export up to a moment and scores the queue of that moment
// by other rules. What people have decided, overridden and corrected stands.
type whatIfCmd struct {
	Folder string    `arg:"" type:"existingdir" help:"Export, or a daemon's archive of one front door."`
	Rules  string    `required:"" type:"existingdir" help:"Folder of the other rule files."`
	At     time.Time `help:"The queue as it stood then (RFC 3339). Defaults to the end of the export."`
	Reread bool      `help:"Read the mails again by the other rules' words; else the facts are those that were read then."`
	calendarFlag
	CSV string `name:"csv" type:"path" help:"File for the table of every item of the queue, changed or not."`
}

func (c *whatIfCmd) Run(out io.Writer) error {
	rs, err := compileRules(c.Rules)
	if err != nil {
		return err
	}
	cal, err := c.calendar()
	if err != nil {
		return err
	}
	export, err := openExport(c.Folder, out)
	if err != nil {
		return err
	}
	w, at, err := export.until(c.At)
	if err != nil {
		return err
	}
	x := &whatIf{rules: rs, scorer: intake.Scorer{Calendar: cal}, at: at, items: map[triage.ItemID]*triage.Item{}, links: map[triage.ItemID][]triage.ItemID{}}
	x.bring(w.Items())
	if c.Reread {
		if err := x.reread(c.Folder); err != nil {
			return err
		}
	}
	moves, err := x.moves()
	if err != nil {
		return err
	}
	x.rank(moves, cal.View(at))
	if c.CSV != "" {
		if err := writeMoves(c.CSV, moves); err != nil {
			return err
		}
	}
	return x.print(out, moves)
}

// whatIf is the queue of one moment and the rules to try on it.
type whatIf struct {
	rules  *intake.Ruleset
	scorer intake.Scorer
	at     time.Time
	queue  []*triage.Item                    // as it stood
	items  map[triage.ItemID]*triage.Item    // every item, with the facts to score
	links  map[triage.ItemID][]triage.ItemID // in both directions
	kept   int                               // notices not read again: gone, corrected by a person, or split otherwise
	again  int                               // notices read again
}

// bring takes in the items; those that wait or are claimed are the queue.
func (x *whatIf) bring(items []*triage.Item) {
	for _, i := range items {
		x.items[i.ID] = i.Clone()
		if i.Queued() {
			x.queue = append(x.queue, i)
		}
		for _, l := range i.Links {
			x.links[i.ID] = append(x.links[i.ID], l.To)
			x.links[l.To] = append(x.links[l.To], i.ID)
		}
	}
}

func (x *whatIf) past(id triage.ItemID) (past []*triage.Item) {
	ids := slices.Clone(x.links[id])
	slices.Sort(ids)
	for _, to := range slices.Compact(ids) {
		if i := x.items[to]; i != nil && to != id {
			past = append(past, i)
		}
	}
	return past
}

// move is one item of the queue under both rules.
type move struct {
	was, now           *triage.Item
	placeWas, placeNow int // from 1
	gained, lost       []string
}

// later is how much longer the item might have waited for a decision; below
// zero if shorter.
func (m *move) later() time.Duration { return m.now.Due.Sub(m.was.Due) }

func (m *move) changed() bool {
	return m.was.Band() != m.now.Band() || m.placeWas != m.placeNow || m.later() != 0
}

// moves scores every item of the queue as if the other rules had been in force
// since its first notice. Where a person has set the band, band and time stay.
func (x *whatIf) moves() ([]*move, error) {
	var out []*move
	for _, was := range x.queue {
		now := x.items[was.ID].Clone()
		if now.Override == nil {
			now.Due = time.Time{}
		}
		scored, err := x.scorer.Scored(x.rules, now, now.Children, x.past(was.ID), x.at)
		if err != nil {
			return nil, err
		}
		now.Score, now.History, now.Children = scored.Score, scored.History, scored.Children
		if now.Override == nil {
			now.Due = scored.Due
		}
		m := &move{was: was, now: now}
		m.gained, m.lost = missing(was.Score, now.Score), missing(now.Score, was.Score)
		out = append(out, m)
	}
	return out, nil
}

// missing lists the rules that count in b and not in a.
func missing(a, b triage.Score) (out []string) {
	for _, h := range b.Hits {
		counts := func(o triage.Hit) bool { return o.Rule == h.Rule && o.Case != "" }
		if h.Case != "" && !slices.ContainsFunc(a.Hits, counts) {
			out = append(out, h.Rule)
		}
	}
	slices.Sort(out)
	return out
}

// rank gives every item its place in the queue before and after, and puts the
// moves in the order of the new one.
func (x *whatIf) rank(moves []*move, v queue.View) {
	order := func(of func(*move) *triage.Item, set func(*move, int)) {
		slices.SortFunc(moves, func(a, b *move) int { return v.Compare(queue.KeyOf(of(a)), queue.KeyOf(of(b))) })
		for n, m := range moves {
			set(m, n+1)
		}
	}
	order(func(m *move) *triage.Item { return m.was }, func(m *move, n int) { m.placeWas = n })
	order(func(m *move) *triage.Item { return m.now }, func(m *move, n int) { m.placeNow = n })
}
