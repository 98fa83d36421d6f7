package letter

import (
	"cmp"
	"math"
	"slices"
	"strings"
)

// printed is one line of a page: its cells and where they begin.
type printed struct {
	cells []string
	xs    []float64
	y     float64
	size  float64
}

// layout puts the glyphs of a page into lines from top to bottom. A gap of a
// letter is a blank, a wide gap the border of a cell; a line that stands only
// under the last cell of a row goes on with it; a wide gap between lines is an
// empty line.
func layout(glyphs []glyph) string {
	slices.SortStableFunc(glyphs, func(a, b glyph) int { return cmp.Compare(b.y, a.y) })
	var lines []printed
	for start := 0; start < len(glyphs); {
		end := start + 1
		for end < len(glyphs) && glyphs[start].y-glyphs[end].y < max(glyphs[start].size, glyphs[end].size)*0.4 {
			end++
		}
		if l := printLine(glyphs[start:end]); len(l.cells) > 0 {
			lines = append(lines, l)
		}
		start = end
	}
	return printAll(joinWrapped(lines))
}

// printLine puts one line from left to right.
func printLine(g []glyph) printed {
	l := printed{y: g[0].y, size: g[0].size}
	slices.SortStableFunc(g, func(a, b glyph) int { return cmp.Compare(a.x, b.x) })
	var b strings.Builder
	from := g[0].x
	flush := func(next float64) {
		if s := strings.Join(strings.Fields(b.String()), " "); s != "" {
			l.cells, l.xs = append(l.cells, s), append(l.xs, from)
		}
		b.Reset()
		from = next
	}
	for i, c := range g {
		if i > 0 {
			gap, size := c.x-g[i-1].end, max(c.size, 1)
			switch {
			case c.text == g[i-1].text && math.Abs(c.x-g[i-1].x) < size*0.1:
				continue // set twice to look bold
			case gap > size*1.6:
				flush(c.x)
			case gap > size*0.2:
				b.WriteByte(' ')
			}
		}
		if strings.TrimSpace(b.String()) == "" && strings.TrimSpace(c.text) != "" {
			from = c.x
		}
		b.WriteString(c.text)
	}
	flush(0)
	return l
}

// joinWrapped adds a line to the row above it when it stands under the last
// cell of that row and close to it.
func joinWrapped(lines []printed) []printed {
	out := lines[:0:0]
	for _, l := range lines {
		if n := len(out); n > 0 && len(l.cells) == 1 && len(out[n-1].cells) > 1 {
			row := &out[n-1]
			last := len(row.cells) - 1
			if math.Abs(l.xs[0]-row.xs[last]) < 2 && row.y-l.y < 1.5*max(l.size, row.size) {
				row.cells[last] += " " + l.cells[0]
				row.y = l.y
				continue
			}
		}
		out = append(out, l)
	}
	return out
}

func printAll(lines []printed) string {
	var b strings.Builder
	for i, l := range lines {
		if i > 0 && lines[i-1].y-l.y > 2.2*max(l.size, lines[i-1].size) {
			b.WriteByte('\n')
		}
		b.WriteString(strings.Join(l.cells, "\t"))
		b.WriteByte('\n')
	}
	return b.String()
}
