package intake

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/wire"
)

// placing links, scores and places the parts of a batch one after the other in
// stream order. Later parts see what earlier ones have changed.
type placing struct {
	*scene
	worker *Worker
	commit triage.Commit
	size   int // encoded bytes of its events
}

// take adds a notice with all its parts to the commit, or refuses it: because
// the commit would grow too large or could not be encoded, or because linking
// or scoring fail on it. After a refusal the commit is as before, and the
// placing is used no more. Whatever one mail brings about must not keep the
// next ones waiting, so a panic is a refusal too.
func (p *placing) take(ctx context.Context, r reading) (err error) {
	before := len(p.commit.Events)
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("linking or scoring failed: %T", v)
		}
		if err != nil {
			p.commit.Events = p.commit.Events[:before]
		}
	}()
	p.commit.Events = append(p.commit.Events, r.event)
	if err := p.recall(ctx, r); err != nil {
		return err
	}
	for _, e := range r.parts {
		if err := p.place(ctx, e); err != nil {
			return err
		}
	}
	b, err := wire.EncodeCommit(triage.Commit{Events: p.commit.Events[before:]})
	if err != nil {
		return err
	}
	if p.size += len(b); p.size > p.room(before) {
		return fmt.Errorf("%d bytes, a commit holds %d", p.size, p.room(before))
	}
	p.commit.Through = r.event.Seq
	return nil
}

// room is how many bytes a commit holds that has events before the next
// notice's. Sealed they take up to two and a half times as many; a notice that
// is too large alone is found out when it is appended.
func (p *placing) room(before int) int {
	if p.worker.Book.Sealer == nil || before == 0 {
		return maxCommit
	}
	return maxCommit * 2 / 5
}

// place adds one part: it joins an item or opens one, is linked and scored.
func (p *placing) place(ctx context.Context, e triage.Entry) error {
	verdict := p.rules.Linker.Decide(e, p.candidates(e), p.commit.At)
	e.Relation, e.Why = verdict.Relation, verdict.Why
	e.Reading.Flags = union(e.Reading.Flags, verdict.Flags)
	item, err := p.enter(ctx, e, verdict.Item)
	if err != nil {
		return err
	}
	for _, l := range verdict.Links {
		l.Notices = []triage.NoticeID{e.Notice}
		if err := p.apply(item, triage.ItemLinked{Item: item.ID, Link: l}); err != nil {
			return err
		}
	}
	if err := p.score(ctx, item); err != nil {
		return err
	}
	p.learn(item)
	return nil
}

// enter joins the part to an item, or opens one for it.
func (p *placing) enter(ctx context.Context, e triage.Entry, into triage.ItemID) (*triage.Item, error) {
	if err := p.bring(ctx, into); err != nil {
		return nil, err
	}
	if item := p.items[into]; item != nil {
		return item, p.apply(item, triage.NoticeJoined{Item: item.ID, Entry: e})
	}
	if into != "" {
		return nil, fmt.Errorf("join item %s: %w", into, triage.ErrNotFound)
	}
	item, id := &triage.Item{}, triage.NewItemID(p.worker.FrontDoor, p.worker.Stream, e.Seq, e.Part)
	p.items[id], p.around[id] = item, true
	return item, p.apply(item, triage.ItemOpened{Item: id, Entry: e})
}

// score merges the children of all notices of an item, looks up its history
// and has it scored, and then those that it is the history of. A resend brings
// nothing new, so it is left as it is.
func (p *placing) score(ctx context.Context, item *triage.Item) error {
	n := len(item.Entries) - 1
	e := item.Entries[n]
	if e.Relation == triage.RelationResend {
		return nil
	}
	children := p.rules.Linker.Merge(item.Children, n, e.Reading)
	past, err := p.past(ctx, item)
	if err != nil {
		return err
	}
	scored, err := p.worker.scorer().Scored(p.rules, item, children, past, p.commit.At)
	if err != nil {
		return err
	}
	if err := p.apply(item, scored); err != nil {
		return err
	}
	return p.neighbours(ctx, item, past, e.Received)
}

// neighbours scores the items of the queue anew that this one is the history
// of: those linked to it whose incident is no earlier. What a late notice says
// can only raise them, and then their time runs from that notice.
func (p *placing) neighbours(ctx context.Context, item *triage.Item, linked []*triage.Item, received time.Time) error {
	for _, o := range linked {
		if !o.Queued() || !mayCount(item, o) {
			continue
		}
		past, err := p.past(ctx, o)
		if err != nil {
			return err
		}
		e, err := p.worker.scorer().beside(p.rules, o, past, p.commit.At, received)
		if err != nil {
			return err
		}
		if !higher(e.Score, o.Score) {
			continue
		}
		if err := p.apply(o, e); err != nil {
			return err
		}
	}
	return nil
}

// mayCount tells whether an item's incident may be no later than the other's.
func mayCount(item, other *triage.Item) bool {
	first, _ := days(item)
	_, last := days(other)
	return first <= last
}

// days are the first and the last day on which the incident may have been, by
// its notices; one that gives none was received within a day of it, or later.
func days(i *triage.Item) (first, last string) {
	for _, e := range i.Entries {
		from, to := e.Reading.IncidentDate, e.Reading.IncidentDate
		if from == "" {
			from, to = e.Received.AddDate(0, 0, -1).Format(time.DateOnly), e.Received.AddDate(0, 0, 1).Format(time.DateOnly)
		}
		if first == "" || from < first {
			first = from
		}
		last = max(last, to)
	}
	return first, last
}

// higher tells whether a score says more than the one before.
func higher(now, before triage.Score) bool {
	switch {
	case now.Band != before.Band:
		return now.Band > before.Band
	case now.Points != before.Points:
		return now.Points > before.Points
	}
	return slices.ContainsFunc(now.Flags, func(f string) bool { return !slices.Contains(before.Flags, f) })
}

// apply changes the item and keeps the event for the commit.
func (p *placing) apply(item *triage.Item, e triage.Event) error {
	if err := item.Apply(&p.commit, e); err != nil {
		return err
	}
	p.commit.Events = append(p.commit.Events, e)
	return nil
}
