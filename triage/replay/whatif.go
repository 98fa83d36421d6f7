package replay

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/intake"
	"github.com/ppn-triage/ppn-triage/triage/queue"
)

// WhatIf says what other rules would make of a queue: which items would stand
// in another band or place, and who would wait longer. The command line and the
// API both ask it.
type WhatIf struct {
	Store    intake.Store
	Rules    *intake.Ruleset // the other ones
	Calendar *queue.Calendar
	At       time.Time // the queue's moment

	// To read the mails again by the other rules' words: what a mail is, and what
	// was accepted. Both nil: facts are as they were read then.
	Letter func(mail []byte) triage.Letter
	Mail   func(seq uint64) (intake.Notice, error) // triage.ErrNotFound or ErrErased: it stays as it was read

	Again int // notices read again
	Kept  int // notices not read again: gone, erased, corrected by a person, or split otherwise

	read map[uint64]*mailRead
	seen map[triage.NoticeID]bool
}

// Move is one item of the queue under both rules.
type Move struct {
	Was, Now           *triage.Item
	PlaceWas, PlaceNow int      // from 1
	Gained, Lost       []string // rules that count only under one of the two
}

// Later is how much longer the item might have waited for a decision; below
// zero if shorter.
func (m *Move) Later() time.Duration { return m.Now.Due.Sub(m.Was.Due) }

// Changed tells whether band, place or due time would be another.
func (m *Move) Changed() bool {
	return m.Was.Band() != m.Now.Band() || m.PlaceWas != m.PlaceNow || m.Later() != 0
}

// Scored tells whether band or points would be others.
func (m *Move) Scored() bool {
	return m.Was.Band() != m.Now.Band() || m.Was.Score.Points != m.Now.Score.Points
}

// Moves tries the rules on the items and returns a move for each, in the order
// that the queue would have. People's words stand.
func (w *WhatIf) Moves(ctx context.Context, ids []triage.ItemID) (moves []*Move, err error) {
	t := &intake.Trial{Store: w.Store, Rules: w.Rules, Scorer: intake.Scorer{Calendar: w.Calendar}, At: w.At}
	if w.Mail != nil {
		w.read, w.seen, t.Change = map[uint64]*mailRead{}, map[triage.NoticeID]bool{}, w.reread
	}
	err = t.Each(ctx, ids, func(was, now *triage.Item) error {
		moves = append(moves, &Move{Was: was, Now: now, Gained: missing(was.Score, now.Score), Lost: missing(now.Score, was.Score)})
		return nil
	})
	rank(moves, w.Calendar.View(w.At))
	return moves, err
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
func rank(moves []*Move, v queue.View) {
	order := func(of func(*Move) *triage.Item, set func(*Move, int)) {
		slices.SortFunc(moves, func(a, b *Move) int { return v.Compare(queue.KeyOf(of(a)), queue.KeyOf(of(b))) })
		for n, m := range moves {
			set(m, n+1)
		}
	}
	order(func(m *Move) *triage.Item { return m.Was }, func(m *Move, n int) { m.PlaceWas = n })
	order(func(m *Move) *triage.Item { return m.Now }, func(m *Move, n int) { m.PlaceNow = n })
}

// Why names the rules that came or went, else what else has moved the score.
func (m *Move) Why() string {
	var out []string
	for _, r := range m.Gained {
		out = append(out, "+"+r)
	}
	for _, r := range m.Lost {
		out = append(out, "-"+r)
	}
	if len(out) == 0 && m.Was.Score.FloorBy != m.Now.Score.FloorBy {
		out = append(out, fmt.Sprintf("floor by %s, not %s", orNone(m.Now.Score.FloorBy), orNone(m.Was.Score.FloorBy)))
	}
	if len(out) == 0 && m.Was.Score.Points != m.Now.Score.Points {
		out = append(out, "weights or history")
	}
	return strings.Join(out, " ")
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}

// byPerson is what Item.Apply writes as the cue of a corrected fact.
const byPerson = "corrected by a person"

// mailRead is a mail read again; nil if it is gone.
type mailRead struct {
	parts []triage.Reading
	lost  bool
	parse []triage.Problem
}

// reread reads the mails of an item again. A notice stays as it was read if its
// mail is gone, if it falls into other parts now, or if a person has corrected a
// fact of it: a person decides last.
func (w *WhatIf) reread(i *triage.Item) error {
	for n := range i.Entries {
		e := &i.Entries[n]
		m, ok := w.read[e.Seq]
		if !ok {
			var err error
			if m, err = w.readMail(e.Seq); err != nil {
				return err
			}
			w.read[e.Seq] = m
		}
		w.replace(e, m)
	}
	w.merge(i)
	return nil
}

func (w *WhatIf) readMail(seq uint64) (*mailRead, error) {
	n, err := w.Mail(seq)
	if errors.Is(err, triage.ErrNotFound) || errors.Is(err, ErrErased) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read notice %d again: %w", seq, err)
	}
	l := w.Letter(n.Data)
	if l.Received.IsZero() {
		l.Received = n.Time // years and ages are read against a day
	}
	return &mailRead{parts: w.Rules.Reader.Read(&l), lost: l.Lost() || n.Truncated != "", parse: l.Problems}, nil
}

func (w *WhatIf) replace(e *triage.Entry, m *mailRead) {
	corrected := slices.ContainsFunc(e.Reading.Facts, func(f triage.Fact) bool { return f.Cue == byPerson })
	part := triage.NoticeID(fmt.Sprint(e.Notice, "/", e.Part))
	first := !w.seen[part]
	w.seen[part] = true
	if m == nil || corrected || e.Part >= len(m.parts) {
		if first {
			w.Kept++
		}
		return
	}
	if first {
		w.Again++
	}
	r := m.parts[e.Part]
	r.Flags = append(slices.Clone(r.Flags), e.Reading.Flags...) // those that linking gave are among the old ones
	slices.Sort(r.Flags)
	r.Flags = slices.Compact(r.Flags)
	if r.Force == "" {
		r.Force = e.Reading.Force
	}
	e.Reading, e.Readable, e.Problems = r, !m.lost, m.parse
}

// merge makes the children anew from what was read; a child that was there
// keeps its status.
func (w *WhatIf) merge(i *triage.Item) {
	was := i.Children
	i.Children = w.Rules.Linker.Children(i.Entries)
	for n := range i.Children {
		c := &i.Children[n]
		for _, o := range was {
			if o.Person.Name == c.Person.Name && o.Person.DOB == c.Person.DOB && o.AsOf >= c.AsOf {
				c.Status, c.AsOf = o.Status, o.AsOf
			}
		}
	}
}
