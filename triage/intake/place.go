package intake

import (
	"fmt"
	"slices"
	"time"

	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/link"
)

// placing links, scores and places the parts of a batch one after the other in
// stream order. Later parts see what earlier ones have changed.
type placing struct {
	worker  *Worker
	rules   *Ruleset
	commit  triage.Commit
	records map[triage.ItemID]link.Record
	byKey   map[string][]triage.ItemID
	items   map[triage.ItemID]*triage.Item // items as this commit leaves them
}

// place adds one part: it joins an item or opens one, is linked and scored.
func (p *placing) place(e triage.Entry) error {
	verdict := p.rules.Linker.Decide(e, p.candidates(e), p.commit.At)
	e.Relation, e.Why = verdict.Relation, verdict.Why
	e.Reading.Flags = union(e.Reading.Flags, verdict.Flags)
	item, err := p.enter(e, verdict.Item)
	if err != nil {
		return err
	}
	for _, l := range verdict.Links {
		if err := p.apply(item, triage.ItemLinked{Item: item.ID, Link: l}); err != nil {
			return err
		}
	}
	if err := p.score(item); err != nil {
		return err
	}
	p.remember(item)
	return nil
}

// enter joins the part to an item, or opens one for it.
func (p *placing) enter(e triage.Entry, into triage.ItemID) (*triage.Item, error) {
	if item := p.items[into]; item != nil {
		return item, p.apply(item, triage.NoticeJoined{Item: item.ID, Entry: e})
	}
	if into != "" {
		return nil, fmt.Errorf("join item %s: %w", into, triage.ErrNotFound)
	}
	item, id := &triage.Item{}, triage.NewItemID(p.worker.FrontDoor, p.worker.Stream, e.Seq, e.Part)
	p.items[id] = item
	return item, p.apply(item, triage.ItemOpened{Item: id, Entry: e})
}

// score merges the children of all notices of an item, looks up its history
// and has it scored. A resend brings nothing new, so it is left as it is.
func (p *placing) score(item *triage.Item) error {
	n := len(item.Entries) - 1
	e := item.Entries[n]
	if e.Relation == triage.RelationResend {
		return nil
	}
	children := p.rules.Linker.Merge(item.Children, n, e.Reading)
	scored, err := p.worker.Scored(p.rules, item, children, p.past(item), p.commit.At)
	if err != nil {
		return err
	}
	return p.apply(item, scored)
}

// past lists the items that this one is linked to.
func (p *placing) past(item *triage.Item) (past []*triage.Item) {
	for _, l := range item.Links {
		if o := p.items[l.To]; o != nil {
			past = append(past, o)
		}
	}
	return past
}

// Scored is the rules' answer on an item with these children and this past,
// and the due time that follows from it. A link that waits for a person counts
// for nothing; but if it would raise the band, the item is GREEN at least and
// asks for it (policy.md, "probably the same child").
func (w *Worker) Scored(rs *Ruleset, item *triage.Item, children []triage.Child, past []*triage.Item, at time.Time) (triage.ItemScored, error) {
	if item.News() == nil {
		return triage.ItemScored{}, fmt.Errorf("score item %s: %w: no notice left", item.ID, triage.ErrState)
	}
	m := triage.Matter{Children: children, Entries: item.Entries, At: at}
	m.History = link.HistoryIfConfirmed(item, past, rs.Rules.Incident)
	maybe := rs.Rules.Score(m)
	m.History = link.History(item, past, rs.Rules.Incident)
	score := rs.Rules.Score(m)
	if maybe.Band > score.Band {
		score.Band, score.Flags = max(score.Band, triage.Green), union(score.Flags, []string{"confirm_first"})
	}
	return triage.ItemScored{Item: item.ID, Children: children, Score: score, History: m.History, Due: w.due(item, score.Band)}, nil
}

// due is the first notice's time by the band; after that only ever an earlier
// one, from the notice that raised it. News after a decision has its own clock.
func (w *Worker) due(item *triage.Item, band triage.Band) time.Time {
	news := item.News().Received
	if item.Due.IsZero() {
		return w.Calendar.Due(band, news)
	}
	return w.Calendar.Raise(item.Due, band, news)
}

// apply changes the item and keeps the event for the commit.
func (p *placing) apply(item *triage.Item, e triage.Event) error {
	if err := item.Apply(&p.commit, e); err != nil {
		return err
	}
	p.commit.Events = append(p.commit.Events, e)
	return nil
}

// remember makes the item a candidate for the parts that follow.
func (p *placing) remember(item *triage.Item) {
	p.learn(p.rules.Linker.RecordOf(item))
}

func (p *placing) learn(r link.Record) {
	p.records[r.Item] = r
	for _, k := range p.rules.Linker.Keys(r) {
		if !slices.Contains(p.byKey[k], r.Item) {
			p.byKey[k] = append(p.byKey[k], r.Item)
		}
	}
}

// candidates are the known items that share a linking key with the part.
func (p *placing) candidates(e triage.Entry) (out []link.Candidate) {
	var ids []triage.ItemID
	for _, k := range p.keys(e) {
		ids = append(ids, p.byKey[k]...)
	}
	slices.Sort(ids)
	for _, id := range slices.Compact(ids) {
		out = append(out, link.Candidate{Item: id, Record: p.records[id]})
	}
	return out
}

// keys are the linking keys that a part would have as an item of its own.
func (p *placing) keys(e triage.Entry) []string { return keysOf(p.rules, e) }

func keysOf(rs *Ruleset, e triage.Entry) []string {
	return rs.Linker.Keys(rs.Linker.RecordOfEntry(e))
}

// Index is what the store keeps of an item for linking: its record and the
// plain keys it is found under.
func (rs *Ruleset) Index(i *triage.Item) (record []byte, keys []string, err error) {
	r := rs.Linker.RecordOf(i)
	record, err = r.Encode()
	return record, rs.Linker.Keys(r), err
}

func union(a, b []string) []string {
	all := slices.Concat(a, b)
	slices.Sort(all)
	return slices.Compact(all)
}
