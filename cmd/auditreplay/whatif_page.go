package main

import (
	_ "embed"
	"errors"
	"fmt"
	"html/template"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/replay"
)

// whatIfPage is one file with everything in it: no script, nothing fetched.
//
//go:embed whatif.html
var whatIfPage string

var pageTemplate = template.Must(template.New("whatif").Funcs(template.FuncMap{
	"band": func(b triage.Band) string { return b.String() }, "points": points, "short": short, "span": span,
	"pct": func(n, of int) string { return fmt.Sprintf("%.0f %%", 100*float64(n)/float64(max(of, 1))) },
}).Parse(whatIfPage))

// page writes the comparison as one page of HTML.
func (r *comparison) page(path string) (err error) {
	f, err := os.Create(filepath.Clean(path))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return pageTemplate.Execute(f, struct {
		*comparison
		Flow  flow
		Slope slope
		Waits []bar
	}{r, newFlow(r.Moves), newSlope(r.Moves), newWaits(r.Waiting)})
}

// ranked are the bands from the most urgent down.
var ranked = []triage.Band{triage.Red, triage.Amber, triage.Green, triage.Blue}

// flow is the picture of who goes from which band to which: two columns of
// bands, and a ribbon for each way.
type flow struct {
	Was, Now []block
	Ribbons  []ribbon
}

type block struct {
	Band triage.Band
	N    int
	Y, H float64
}

// Middle is where the block's words stand.
func (b block) Middle() float64 { return b.Y + b.H/2 + 5 }

type ribbon struct {
	From, To       triage.Band
	N              int
	Y1, Y2, H      float64
	Path           template.HTMLAttr
	Raised, Lowers bool
}

const (
	flowHeight = 300.0
	flowGap    = 18.0
	flowLeft   = 130.0 // right edge of the left column
	flowRight  = 510.0 // left edge of the right column
)

func newFlow(moves []*replay.Move) (f flow) {
	n := map[[2]triage.Band]int{}
	was, now := map[triage.Band]int{}, map[triage.Band]int{}
	for _, m := range moves {
		a, b := m.Was.Band(), m.Now.Band()
		n[[2]triage.Band{a, b}]++
		was[a]++
		now[b]++
	}
	unit := (flowHeight - flowGap*float64(len(ranked)-1)) / float64(max(len(moves), 1))
	f.Was, f.Now = column(was, unit), column(now, unit)
	left, right := tops(f.Was), tops(f.Now)
	for _, a := range ranked {
		for _, b := range ranked {
			k := n[[2]triage.Band{a, b}]
			if k == 0 {
				continue
			}
			r := ribbon{From: a, To: b, N: k, Y1: left[a], Y2: right[b], H: unit * float64(k), Raised: b > a, Lowers: b < a}
			left[a], right[b] = left[a]+r.H, right[b]+r.H
			r.Path = curve(r)
			f.Ribbons = append(f.Ribbons, r)
		}
	}
	// What changes is drawn last, over what stays.
	slices.SortStableFunc(f.Ribbons, func(a, b ribbon) int {
		return map[bool]int{true: 1}[a.From != a.To] - map[bool]int{true: 1}[b.From != b.To]
	})
	return f
}

func column(n map[triage.Band]int, unit float64) (out []block) {
	y := 0.0
	for _, b := range ranked {
		out = append(out, block{b, n[b], y, unit * float64(n[b])})
		y += unit*float64(n[b]) + flowGap
	}
	return out
}

func tops(blocks []block) map[triage.Band]float64 {
	y := map[triage.Band]float64{}
	for _, b := range blocks {
		y[b.Band] = b.Y
	}
	return y
}

func curve(r ribbon) template.HTMLAttr {
	mid := (flowLeft + flowRight) / 2
	return template.HTMLAttr(fmt.Sprintf(`d="M%.0f %.1fC%.0f %.1f %.0f %.1f %.0f %.1fV%.1fC%.0f %.1f %.0f %.1f %.0f %.1fZ"`, //nolint:gosec // numbers alone
		flowLeft, r.Y1, mid, r.Y1, mid, r.Y2, flowRight, r.Y2, r.Y2+r.H, mid, r.Y2+r.H, mid, r.Y1+r.H, flowLeft, r.Y1+r.H))
}

// slope is the picture of places: a line for each item from its old place to
// its new one.
type slope struct {
	Lines  []slopeLine
	Height float64
	Items  int
	Left   int // items not drawn
}

type slopeLine struct {
	*replay.Move
	Y1, Y2 float64
	Bold   bool
}

const (
	slopeHeight = 480.0
	slopeLines  = 200 // more lines than that are no picture
)

func newSlope(moves []*replay.Move) slope {
	s := slope{Height: slopeHeight, Items: len(moves)}
	drawn := slices.Clone(moves)
	far := func(m *replay.Move) int { return max(m.PlaceNow-m.PlaceWas, m.PlaceWas-m.PlaceNow) }
	slices.SortStableFunc(drawn, func(a, b *replay.Move) int { return far(b) - far(a) })
	if len(drawn) > slopeLines {
		drawn, s.Left = drawn[:slopeLines], len(drawn)-slopeLines
	}
	y := func(place int) float64 { return slopeHeight * (float64(place) - 0.5) / float64(max(len(moves), 1)) }
	for _, m := range slices.Backward(drawn) {
		s.Lines = append(s.Lines, slopeLine{m, y(m.PlaceWas), y(m.PlaceNow), m.Was.Band() != m.Now.Band()})
	}
	return s
}

// bar is how much longer one item would wait.
type bar struct {
	*replay.Move
	Y, W float64
}

const (
	waitBars  = 30
	waitWidth = 380.0
)

func newWaits(waiting []*replay.Move) (out []bar) {
	var most time.Duration
	for n, m := range waiting[:min(len(waiting), waitBars)] {
		most = max(most, m.Later())
		out = append(out, bar{m, float64(24 * n), waitWidth * float64(m.Later()) / float64(most)})
	}
	return out
}

// Height is that of the picture of all bars.
func (b bar) Height() float64 { return b.Y + 24 }
