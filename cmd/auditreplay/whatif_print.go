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
)

// print shows what changes: who would have waited longer first, then every
// change in the order of the new queue. It names items, never people.
func (x *whatIf) print(out io.Writer, moves []*move) error {
	up, down, placed := 0, 0, 0
	var changed, later []*move
	for _, m := range moves {
		switch {
		case m.now.Band() > m.was.Band():
			up++
		case m.now.Band() < m.was.Band():
			down++
		}
		if m.placeNow != m.placeWas {
			placed++
		}
		if m.changed() {
			changed = append(changed, m)
		}
		if m.later() > 0 {
			later = append(later, m)
		}
	}
	fmt.Fprintf(out, "queue of %s: %d items; rules %.12s: %d bands up, %d down, %d other places, %d due later\n",
		x.at.UTC().Format(time.RFC3339), len(moves), x.rules.Hash, up, down, placed, len(later))
	if x.again+x.kept > 0 {
		fmt.Fprintf(out, "%d notices read again, %d kept as they were read then (mail gone, corrected by a person, or other parts)\n", x.again, x.kept)
	}
	slices.SortStableFunc(later, func(a, b *move) int { return cmp.Compare(b.later(), a.later()) })
	w := tabwriter.NewWriter(out, 2, 0, 2, ' ', 0)
	table(w, "would have waited longer", later)
	table(w, "changes, in the order of the new queue", changed)
	return w.Flush()
}

func table(w io.Writer, title string, moves []*move) {
	if len(moves) == 0 {
		return
	}
	fmt.Fprintf(w, "\n%s:\nitem\tplace\tband\tpoints\tdue\tlater by\twhy\n", title)
	for _, m := range moves {
		fmt.Fprintf(w, "%s\t%d → %d\t%s → %s\t%s → %s\t%s → %s\t%s\t%s\n", m.was.ID, m.placeWas, m.placeNow, m.was.Band(), m.now.Band(),
			points(m.was), points(m.now), short(m.was.Due), short(m.now.Due), span(m.later()), m.why())
	}
}

// why names the rules that came or went, else what else has moved the score.
func (m *move) why() string {
	var out []string
	for _, r := range m.gained {
		out = append(out, "+"+r)
	}
	for _, r := range m.lost {
		out = append(out, "-"+r)
	}
	if len(out) == 0 && m.was.Score.FloorBy != m.now.Score.FloorBy {
		out = append(out, fmt.Sprintf("floor by %s, not %s", orNone(m.now.Score.FloorBy), orNone(m.was.Score.FloorBy)))
	}
	if len(out) == 0 && m.was.Score.Points != m.now.Score.Points {
		out = append(out, "weights or history")
	}
	return strings.Join(out, " ")
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
func writeMoves(path string, moves []*move) (err error) {
	f, err := os.Create(filepath.Clean(path))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	w := csv.NewWriter(f)
	rows := [][]string{{"item", "place_old", "place_new", "band_old", "band_new", "points_old", "points_new", "due_old", "due_new", "later_seconds", "gained", "lost"}}
	for _, m := range moves {
		rows = append(rows, []string{
			string(m.was.ID), strconv.Itoa(m.placeWas), strconv.Itoa(m.placeNow), m.was.Band().String(), m.now.Band().String(), points(m.was), points(m.now),
			m.was.Due.UTC().Format(time.RFC3339), m.now.Due.UTC().Format(time.RFC3339), strconv.FormatInt(int64(m.later()/time.Second), 10),
			strings.Join(m.gained, " "), strings.Join(m.lost, " "),
		})
	}
	return w.WriteAll(rows)
}
