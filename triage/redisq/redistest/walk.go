package redistest

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/ppn-triage/ppn-triage/triage"
)

// Model is a world of which a Walker's commits are made: audit.World.
type Model interface {
	Ledger() triage.Ledger
	Items() []*triage.Item
	Preview(ctx context.Context, c triage.Commit) ([]*triage.Item, error)
	Apply(ctx context.Context, commits ...triage.Commit) ([]*triage.Item, error)
}

// Walker makes commits of every kind that a log could hold, each accepted by
// the model, which it brings along. The dice decide what they are.
type Walker struct {
	Model Model
	Below func(n int) int // a number from 0 to n-1
	now   time.Time
}

// people are who acts in a walk.
var people = []string{"ash", "blake", "cass"}

// Next makes the next commit and applies it to the model.
func (w *Walker) Next(ctx context.Context) (triage.Commit, error) {
	if w.now.IsZero() {
		w.now = time.Date(2026, 9, 14, 9, 0, 0, 0, time.UTC)
	}
	w.now = w.now.Add(time.Duration(1+w.Below(5000)) * time.Second)
	for try := 0; ; try++ {
		c := w.commit(try > 20)
		if _, err := w.Model.Preview(ctx, c); err != nil {
			if try > 40 {
				return c, fmt.Errorf("no commit is accepted any more: %w", err)
			}
			continue
		}
		_, err := w.Model.Apply(ctx, c)
		return c, err
	}
}

func (w *Walker) commit(plain bool) triage.Commit {
	l := w.Model.Ledger()
	c := triage.Commit{
		ID: fmt.Sprintf("commit-%d", l.Seq+1), Seq: l.Seq + 1, Through: l.Through, At: w.now,
		Actor: triage.Actor{Name: people[w.Below(len(people))], Role: "supervisor"},
	}
	if w.Below(2) == 0 {
		c.RequestID, c.Request = fmt.Sprintf("request-%d", c.Seq), "hash"
	}
	items := w.Model.Items()
	if plain || len(items) == 0 || w.Below(4) == 0 {
		for range 1 + w.Below(3) {
			c.Through++
			w.notice(&c, items)
		}
		return c
	}
	for range 1 + w.Below(2) {
		w.act(&c, items[w.Below(len(items))], items)
	}
	return c
}

// notice adds a notice: an automatic mail, a new item, or more of one.
func (w *Walker) notice(c *triage.Commit, items []*triage.Item) {
	seq := c.Through
	id := triage.NewNoticeID("walk", "walk", seq)
	kind := triage.LetterNotice
	if w.Below(6) == 0 {
		kind = triage.LetterBounce
	}
	received := c.At.Add(-time.Duration(w.Below(200000)) * time.Second)
	c.Events = append(c.Events, triage.NoticeRead{Notice: id, Seq: seq, Kind: kind, Received: received, StreamTime: c.At, Force: "wyp"})
	if kind != triage.LetterNotice {
		return
	}
	for part := range 1 + w.Below(2) {
		e := w.entry(id, seq, part, received)
		if len(items) > 0 && w.Below(len(items)+3) > 2 { // few items, so that much happens to each
			i := items[w.Below(len(items))]
			if e.Relation = triage.RelationUpdate; w.Below(3) == 0 {
				e.Relation, e.Content = triage.RelationResend, i.Entries[0].Content
			}
			c.Events = append(c.Events, triage.NoticeJoined{Item: i.ID, Entry: e})
			if w.Below(2) == 0 {
				c.Events = append(c.Events, w.scored(i.ID, i.Children))
			}
			continue
		}
		item := triage.NewItemID("walk", "walk", seq, part)
		c.Events = append(c.Events, triage.ItemOpened{Item: item, Entry: e}, w.scored(item, w.children(e)))
	}
}

func (w *Walker) entry(id triage.NoticeID, seq uint64, part int, received time.Time) triage.Entry {
	e := triage.Entry{
		Notice: id, Part: part, Seq: seq, Received: received, Relation: triage.RelationNew, Readable: true,
		Content: fmt.Sprintf("content-%d", w.Below(1000)),
	}
	e.Reading.DashTicks = -1
	for n := range w.Below(3) {
		e.Reading.People = append(e.Reading.People, triage.Person{Role: triage.RoleChild, Name: fmt.Sprintf("Child %d", n), Given: "Child", Family: fmt.Sprint(w.Below(20))})
		e.Reading.Facts = append(e.Reading.Facts, triage.Fact{Slug: "missing", Polarity: triage.Present, Time: triage.Current, Holder: triage.HolderChild, Child: -1})
	}
	return e
}

func (w *Walker) children(e triage.Entry) (out []triage.Child) {
	for n, p := range e.Reading.People {
		out = append(out, triage.Child{ID: fmt.Sprintf("c%d", n+1), Person: p, From: []triage.Mention{{Entry: 0, Person: n}}})
	}
	return out
}

func (w *Walker) scored(id triage.ItemID, children []triage.Child) triage.ItemScored {
	return triage.ItemScored{
		Item: id, Children: children, Due: w.now.Add(time.Duration(w.Below(100000)) * time.Second).Truncate(time.Second),
		Score:   triage.Score{Band: triage.Blue + triage.Band(w.Below(4)), Points: w.Below(12001), Ruleset: "walk"},
		Rescore: w.Below(5) == 0,
	}
}

// act adds one thing that may happen to an item; the model refuses it where it
// cannot.
func (w *Walker) act(c *triage.Commit, i *triage.Item, items []*triage.Item) {
	until := c.At.Add(time.Duration(1+w.Below(9000)) * time.Second)
	token := uint64(0)
	if i.Claim != nil {
		token = i.Claim.Token
	}
	other := items[w.Below(len(items))]
	e := i.Entries[w.Below(len(i.Entries))]
	var links []triage.Event
	for _, l := range i.Links {
		links = append(links, triage.LinkJudged{Item: i.ID, To: l.To, Child: l.Child, Confirmed: w.Below(2) == 0, Reason: "because"})
	}
	child := ""
	if len(i.Children) > 0 {
		child = i.Children[w.Below(len(i.Children))].ID
	}
	older, younger := i, other
	if younger.Older(older) {
		older, younger = younger, older
	}
	events := slices.Concat(links, []triage.Event{
		triage.Opened{Item: i.ID, Notice: e.Notice},
		triage.Claimed{Item: i.ID, Token: c.Seq, Until: until},
		triage.Claimed{Item: i.ID, Token: c.Seq, Until: until},
		triage.ClaimRenewed{Item: i.ID, Token: token, Until: until},
		triage.Released{Item: i.ID, Token: token, Reason: "not mine"},
		triage.ClaimExpired{Item: i.ID, Token: token},
		triage.Decided{Item: i.ID, Token: token, Decisions: decisions(i.Open)},
		triage.InterimRecorded{Item: i.ID, Words: "rang the grandmother", SafeWith: "grandmother"},
		triage.BandOverridden{Item: i.ID, Token: token, Band: triage.Blue + triage.Band(w.Below(4)), Due: until, Reason: "because"},
		triage.BreachRisk{Item: i.ID}, triage.Overdue{Item: i.ID},
		triage.ItemLinked{Item: i.ID, Link: triage.Link{To: other.ID, Kind: triage.LinkPossible, Child: child, Notices: []triage.NoticeID{e.Notice}}},
		nil, nil, // see below
		triage.ItemJoined{Item: older.ID, Absorbed: younger.ID, Reason: "because"},
		triage.NoticeSplit{Item: i.ID, Notice: e.Notice, Part: e.Part, New: triage.NewItemID("walk", "commits", c.Seq, len(c.Events)), Reason: "because"},
		triage.FactCorrected{Item: i.ID, Notice: e.Notice, Part: e.Part, Fact: 0, Polarity: triage.Absent, Time: triage.Current, Holder: triage.HolderChild, Reason: "because"},
		triage.NoticeStruck{Item: i.ID, Notice: e.Notice, Part: e.Part, Reason: "because"},
		triage.NoticeRecalled{Item: i.ID, Notice: e.Notice, Part: e.Part, By: e.Notice},
		triage.ChildStatusSet{Item: i.ID, Child: child, Status: "looked_after", AsOf: "2026-09-14", Source: "person"},
		triage.PoliceAsked{Item: i.ID, Force: "wyp", Question: "where is he now?"},
		triage.Erased{Item: i.ID, Notices: []uint64{e.Seq}, Text: true, Identity: w.Below(2) == 0, Words: w.Below(2) == 0, Ground: "request"},
		triage.Erased{Item: other.ID, Notices: []uint64{other.Entries[0].Seq}, Identity: true, Ground: "retention"},
		triage.BellRung{Item: i.ID, Notice: e.Notice, To: "night", Outcome: triage.BellCalling},
		triage.BellRung{Item: i.ID, Notice: e.Notice, To: "night", Outcome: triage.BellSent},
		triage.BellAnswered{Item: i.ID, Notice: e.Notice},
		triage.HoldPlaced{Item: i.ID, Reason: "an inquiry"},
		triage.HoldLifted{Item: i.ID, Reason: "it is over"},
		triage.Archived{Notices: c.Through, Commits: c.Seq - 1},
		triage.RulesActivated{Hash: "walk", Bytes: []byte("rules")},
		w.scored(i.ID, i.Children),
	})
	act := events[w.Below(len(events))]
	if act == nil && i.News() != nil {
		c.Events = append(c.Events, triage.Claimed{Item: i.ID, Token: c.Seq, Until: until}, triage.Opened{Item: i.ID, Notice: i.News().Notice},
			triage.Decided{Item: i.ID, Token: c.Seq, Decisions: decisions(i.Open)})
		return
	}
	if act != nil {
		c.Events = append(c.Events, act)
	}
}

func decisions(open []string) (out []triage.Decision) {
	for _, child := range open {
		out = append(out, triage.Decision{Child: child, Outcome: "early_help", Rationale: "because"})
	}
	return out
}
