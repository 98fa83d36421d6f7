package faults

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/queue"
)

// Report is what a run has found. Wrong names every fault of the service in
// words; the counts are those of design.md section 4.
type Report struct {
	Faults   int
	Lost     int // accepted mails or acknowledged commands that are not in the log, the fold or the archive
	Hidden   int // items in the fold that the API or Redis did not show
	Doubled  int // mails, notices or commands that count twice
	Wrong    []string
	Mails    int // accepted
	Commands int // acknowledged
	Commits  int
	Listings int // whole lists that were compared with the log
	Internal int // answers by code Internal: no loss, but no good answer either
	Took     time.Duration
}

// Line is the last line of a run.
func (r *Report) Line() string {
	return fmt.Sprintf("faults=%d lost=%d hidden=%d doubled=%d", r.Faults, r.Lost, r.Hidden, r.Doubled)
}

// Good tells whether everything was as it must be.
func (r *Report) Good() bool { return r.Lost+r.Hidden+r.Doubled+len(r.Wrong) == 0 }

// Add counts another run's report in.
func (r *Report) Add(o *Report) {
	r.Faults, r.Lost, r.Hidden, r.Doubled = r.Faults+o.Faults, r.Lost+o.Lost, r.Hidden+o.Hidden, r.Doubled+o.Doubled
	r.Mails, r.Commands, r.Commits, r.Listings = r.Mails+o.Mails, r.Commands+o.Commands, r.Commits+o.Commits, r.Listings+o.Listings
	r.Wrong, r.Internal, r.Took = append(r.Wrong, o.Wrong...), r.Internal+o.Internal, r.Took+o.Took
}

func (r *Report) lost(format string, a ...any)    { r.Lost++; r.wrong("lost: "+format, a...) }
func (r *Report) hidden(format string, a ...any)  { r.Hidden++; r.wrong("hidden: "+format, a...) }
func (r *Report) doubled(format string, a ...any) { r.Doubled++; r.wrong("doubled: "+format, a...) }
func (r *Report) wrong(format string, a ...any)   { r.Wrong = append(r.Wrong, fmt.Sprintf(format, a...)) }

// checkMails finds every mail of the stream once in the log, and every accepted
// one in the stream.
func (r *Report) checkMails(e *evidence, mails []accepted) {
	for _, m := range mails {
		if m.seq > uint64(len(e.notices)) || sum(e.notices[m.seq-1].Data) != m.sha256 {
			r.lost("mail accepted as %d is not in the stream", m.seq)
		}
	}
	read := map[uint64]triage.NoticeRead{}
	for _, c := range e.commits {
		for _, ev := range c.Events {
			n, ok := ev.(triage.NoticeRead)
			if !ok {
				continue
			}
			if _, twice := read[n.Seq]; twice {
				r.doubled("notice %d was taken in again by commit %d", n.Seq, c.Seq)
			}
			read[n.Seq] = n
		}
	}
	places := places(e)
	home := map[string]string{} // text -> item
	for n, m := range e.notices {
		seq := uint64(n) + 1
		ev, ok := read[seq]
		switch {
		case !ok:
			r.lost("notice %d is in the stream and was never taken in", seq)
			continue
		case ev.SHA256 != sum(m.Data):
			r.wrong("notice %d was taken in with another hash", seq)
		case ev.Kind != triage.LetterNotice:
			continue
		}
		in := places[ev.Notice]
		if len(in) == 0 {
			r.lost("notice %d stands in no item", seq)
			continue
		}
		if len(in) > 1 {
			r.doubled("notice %d stands in %d items", seq, len(in))
		}
		if was := home[ev.SHA256]; was != "" && was != in[0] {
			r.doubled("notice %d is the text of an earlier one and stands in an item of its own", seq)
		}
		home[ev.SHA256] = in[0]
	}
}

// places finds the items in which a notice stands.
func places(e *evidence) map[triage.NoticeID][]string {
	found := map[triage.NoticeID][]string{}
	for _, i := range e.world.Items() {
		if i.JoinedInto != "" {
			continue
		}
		for _, n := range i.Entries {
			found[n.Notice] = append(found[n.Notice], string(i.ID))
		}
	}
	return found
}

// checkDeeds finds every acknowledged command in the log, once.
func (r *Report) checkDeeds(e *evidence, deeds []deed) {
	for id, more := range e.repeated {
		r.doubled("request %s stands in %d commits", id, more+1)
	}
	for _, d := range deeds {
		if !d.done || d.item == "" || d.what == "open" { // a second look is no command
			continue
		}
		r.Commands++
		if _, ok := e.deeds[d.id]; !ok {
			r.lost("%s of item %s, acknowledged as request %s, is not in the log", d.what, d.item, d.id)
		}
	}
	if err := linearizable(deeds, e.deeds); err != nil {
		r.wrong("claims: %v", err)
	}
}

// checkLists compares what daemons showed under way with the log: an item that
// stood in the queue all the time must have been shown, and nothing else.
func (r *Report) checkLists(e *evidence, lists []listing) {
	for _, l := range lists {
		to := max(e.until(l.answered), l.applied)
		shown := map[string]bool{}
		for _, id := range l.items {
			if shown[id] {
				r.doubled("item %s is twice in a list of %s at %d", id, l.node, l.applied)
			}
			shown[id] = true
		}
		for id := range e.items {
			if e.touched(id, l.applied, to) {
				continue
			}
			switch in := e.at(id, l.applied); {
			case in && !shown[id]:
				r.hidden("item %s is not in the list of %s at %d", id, l.node, l.applied)
			case !in && shown[id]:
				r.wrong("item %s is in the list of %s at %d and not in the queue", id, l.node, l.applied)
			}
		}
	}
	r.Listings += len(lists)
}

// checkQueue compares a daemon's whole list with the fold of the log, in order.
func (r *Report) checkQueue(ctx context.Context, e *evidence, node string, show func(context.Context) ([]row, error)) error {
	cal, err := queue.NewCalendar(queue.Config{})
	if err != nil {
		return err
	}
	for {
		before := ranked(e, cal.View(time.Now()))
		got, err := show(ctx)
		if err != nil {
			return err
		}
		if want := ranked(e, cal.View(time.Now())); slices.Equal(before, want) { // no time came meanwhile
			r.compare(node, want, got)
			return nil
		}
	}
}

// row is what must be the same of an item in the queue.
type row struct {
	id      string
	version uint64
	band    int
	held    string
}

func ranked(e *evidence, v queue.View) (rows []row) {
	var items []*triage.Item
	for _, i := range e.world.Items() {
		if i.Queued() {
			items = append(items, i)
		}
	}
	slices.SortFunc(items, func(a, b *triage.Item) int { return v.Compare(queue.KeyOf(a), queue.KeyOf(b)) })
	for _, i := range items {
		one := row{id: string(i.ID), version: i.Version, band: int(i.Band())}
		if i.Claim != nil {
			one.held = i.Claim.By
		}
		rows = append(rows, one)
	}
	return rows
}

func (r *Report) compare(node string, want, got []row) {
	has := map[string]int{}
	for _, g := range got {
		if has[g.id]++; has[g.id] > 1 {
			r.doubled("%s lists item %s twice", node, g.id)
		}
	}
	for _, w := range want {
		if has[w.id] == 0 {
			r.hidden("%s does not list item %s", node, w.id)
		}
	}
	if len(want) != len(got) {
		r.wrong("%s lists %d items, the fold has %d", node, len(got), len(want))
		return
	}
	for n := range want {
		if want[n] != got[n] {
			r.wrong("%s lists item %s (version %d, band %d) in row %d where the fold has %s (version %d, band %d)",
				node, got[n].id, got[n].version, got[n].band, n, want[n].id, want[n].version, want[n].band)
			return
		}
	}
}

// difference names the first lines that only one of two sorted exports has.
func difference(a, b []string) (text string) {
	const most = 4
	for n, pair := range [][2][]string{{a, b}, {b, a}} {
		has := map[string]int{}
		for _, line := range pair[1] {
			has[line]++
		}
		shown := 0
		for _, line := range pair[0] {
			if has[line]--; has[line] < 0 && shown < most {
				shown++
				text += fmt.Sprintf("\n\tonly in export %d: %.100q", n+1, line)
			}
		}
	}
	return text
}
