package main

import (
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/replay"
)

// comparison is what other rules would change, in figures.
type comparison struct {
	FrontDoor        string
	At               time.Time
	RulesWas, Rules  string // hashes, shortened
	Moves            []*replay.Move
	Changed, Waiting []*replay.Move // in the order of the new queue; longest first
	Up, Down, Placed int
	Again, Kept      int
}

func newComparison(door string, q *replay.WhatIf, was string, moves []*replay.Move) *comparison {
	r := &comparison{FrontDoor: door, At: q.At, RulesWas: fmt.Sprintf("%.12s", was), Rules: fmt.Sprintf("%.12s", q.Rules.Hash), Moves: moves, Again: q.Again, Kept: q.Kept}
	for _, m := range moves {
		switch {
		case m.Now.Band() > m.Was.Band():
			r.Up++
		case m.Now.Band() < m.Was.Band():
			r.Down++
		}
		if m.PlaceNow != m.PlaceWas {
			r.Placed++
		}
		if m.Changed() {
			r.Changed = append(r.Changed, m)
		}
		if m.Later() > 0 {
			r.Waiting = append(r.Waiting, m)
		}
	}
	slices.SortStableFunc(r.Waiting, func(a, b *replay.Move) int { return cmp.Compare(b.Later(), a.Later()) })
	return r
}

// print shows what changes: who would have waited longer first, then every
// change in the order of the new queue. It names items, never people.
func (r *comparison) print(out io.Writer) error {
	fmt.Fprintf(out, "queue of %s: %d items; rules %s: %d bands up, %d down, %d other places, %d due later\n",
		r.At.UTC().Format(time.RFC3339), len(r.Moves), r.Rules, r.Up, r.Down, r.Placed, len(r.Waiting))
	if r.Again+r.Kept > 0 {
		fmt.Fprintf(out, "%d notices read again, %d kept as they were read then (mail gone, corrected by a person, or other parts)\n", r.Again, r.Kept)
	}
	w := tabwriter.NewWriter(out, 2, 0, 2, ' ', 0)
	table(w, "would have waited longer", r.Waiting)
	table(w, "changes, in the order of the new queue", r.Changed)
	return w.Flush()
}

func table(w io.Writer, title string, moves []*replay.Move) {
	if len(moves) == 0 {
		return
	}
	fmt.Fprintf(w, "\n%s:\nitem\tplace\tband\tpoints\tdue\tlater by\twhy\n", title)
	for _, m := range moves {
		fmt.Fprintf(w, "%s\t%d → %d\t%s → %s\t%s → %s\t%s → %s\t%s\t%s\n", m.Was.ID, m.PlaceWas, m.PlaceNow, m.Was.Band(), m.Now.Band(),
			points(m.Was), points(m.Now), short(m.Was.Due), short(m.Now.Due), span(m.Later()), m.Why())
	}
}

func points(i *triage.Item) string {
	return strconv.FormatFloat(float64(i.Score.Points)/100, 'f', 2, 64)
}

func short(t time.Time) string { return t.UTC().Format("2 Jan 15:04") }

func span(d time.Duration) string {
	if d == 0 {
		return ""
	}
	return strings.TrimSuffix(d.Round(time.Minute).String(), "0s")
}

// writeMoves writes the whole queue as CSV (RFC 4180), one item a row.
func writeMoves(path string, moves []*replay.Move) (err error) {
	f, err := os.Create(filepath.Clean(path))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	w := csv.NewWriter(f)
	rows := [][]string{{"item", "place_old", "place_new", "band_old", "band_new", "points_old", "points_new", "due_old", "due_new", "later_seconds", "gained", "lost"}}
	for _, m := range moves {
		rows = append(rows, []string{
			string(m.Was.ID), strconv.Itoa(m.PlaceWas), strconv.Itoa(m.PlaceNow), m.Was.Band().String(), m.Now.Band().String(), points(m.Was), points(m.Now),
			m.Was.Due.UTC().Format(time.RFC3339), m.Now.Due.UTC().Format(time.RFC3339), strconv.FormatInt(int64(m.Later()/time.Second), 10),
			strings.Join(m.Gained, " "), strings.Join(m.Lost, " "),
		})
	}
	return w.WriteAll(rows)
}
