package letter

import "strings"

// table is an open table of HTML or of a document.
type table struct {
	rows []row
	in   bool    // a cell is open
	down []carry // cells that reach into the rows to come
}

// row is one row; a cell is its lines and the columns it covers.
type row struct {
	cells []cell
}

type cell struct {
	lines  []line
	cols   int
	nested bool // holds the lines of a table: cannot be put on one line
}

// carry says that the cell of a column reaches down into further rows.
type carry struct{ col, rows int }

const (
	maxSpan   = 100 // columns or rows that one cell is believed to cover
	maxTables = 64  // tables within one another that are told apart
	shortCell = 8   // words of a cell that is repeated in the rows it reaches into
	longCell  = 25  // words of a single cell that is text, not a heading of a table
)

func span(s string) int {
	n := 0
	for _, c := range strings.TrimSpace(s) {
		if c < '0' || c > '9' || n > maxSpan {
			break
		}
		n = n*10 + int(c-'0')
	}
	return min(max(n, 1), maxSpan)
}

// openRow begins a row; an open one ends.
func (t *table) openRow() {
	t.closeRow()
	t.rows = append(t.rows, row{})
}

func (t *table) closeRow() {
	t.in = false
	if n := len(t.rows); n > 0 && len(t.rows[n-1].cells) > 0 {
		t.fill()
	}
}

// openCell begins a cell; cells that reach down from rows above come first.
func (t *table) openCell(cols, rows int) {
	if len(t.rows) == 0 {
		t.rows = append(t.rows, row{})
	}
	t.fill()
	r := &t.rows[len(t.rows)-1]
	cols = max(1, min(cols, maxSpan-r.width()))
	if rows > 1 && len(t.down) < maxSpan {
		t.down = append(t.down, carry{r.width(), rows - 1})
	}
	r.cells = append(r.cells, cell{cols: cols})
	t.in = true
}

// setSpan widens the open cell.
func (t *table) setSpan(cols int) {
	if t.in {
		r := &t.rows[len(t.rows)-1]
		r.cells[len(r.cells)-1].cols = cols
	}
}

// merge makes the open cell the one above it, if that is short: the cell goes
// on from the row above and holds no text itself.
func (t *table) merge() {
	if !t.in || len(t.rows) < 2 {
		return
	}
	r := &t.rows[len(t.rows)-1]
	c := &r.cells[len(r.cells)-1]
	above := t.rows[len(t.rows)-2].at(r.width() - c.cols)
	if c.empty() && !above.nested && wordsOf(above) <= shortCell {
		c.lines = above.lines
	}
}

// padTo fills the row with empty cells up to a column.
func (t *table) padTo(col int) {
	if len(t.rows) == 0 {
		return
	}
	r := &t.rows[len(t.rows)-1]
	for r.width() < col {
		r.cells = append(r.cells, cell{cols: 1})
	}
}

// width counts the columns that the cells of a row cover.
func (r *row) width() (n int) {
	for _, c := range r.cells {
		n += c.cols
	}
	return n
}

func (t *table) closeCell() { t.in = false }

// fill repeats, at the end of the last row, the cells that reach down to there.
// A long text is not said twice.
func (t *table) fill() {
	if len(t.rows) < 2 {
		return
	}
	r := &t.rows[len(t.rows)-1]
	for i := 0; i < len(t.down); i++ {
		if t.down[i].col != r.width() || r.width() >= maxSpan {
			continue
		}
		c := t.rows[len(t.rows)-2].at(t.down[i].col)
		if c.nested || wordsOf(c) > shortCell {
			c.lines = nil
		}
		r.cells = append(r.cells, c)
		if t.down[i].rows--; t.down[i].rows == 0 {
			t.down = append(t.down[:i], t.down[i+1:]...)
		}
		i = -1
	}
}

// at returns the cell that begins at a column.
func (r *row) at(col int) cell {
	n := 0
	for _, c := range r.cells {
		if n == col {
			return c
		}
		n += c.cols
	}
	return cell{cols: 1}
}

// add puts a line into the open cell; without one the table does not take it.
func (t *table) add(l line) bool {
	if !t.in {
		return false
	}
	r := &t.rows[len(t.rows)-1]
	c := &r.cells[len(r.cells)-1]
	c.lines = append(c.lines, l)
	c.nested = c.nested || l.row
	return true
}

// render makes lines of the rows. A table with a row of two filled cells is a
// table of data, and then its headings belong to it.
func (t *table) render() []line {
	t.dropEmptyColumns()
	data := false
	for _, r := range t.rows {
		data = data || r.filled() >= 2 && !r.nested()
	}
	var out []line
	for _, r := range t.rows {
		out = append(out, r.render(data)...)
	}
	return out
}

func (r *row) filled() (n int) {
	for _, c := range r.cells {
		if !c.empty() {
			n++
		}
	}
	return n
}

func (r *row) nested() bool {
	for _, c := range r.cells {
		if c.nested {
			return true
		}
	}
	return false
}

func (c *cell) empty() bool {
	for _, l := range c.lines {
		if strings.TrimSpace(l.text) != "" {
			return false
		}
	}
	return true
}

// render makes one line of a row whose cells hold plain lines. A single cell
// is text and keeps its lines; a cell with a table in it is shown cell by cell.
func (r *row) render(data bool) []line {
	if r.filled() == 0 {
		return nil
	}
	if r.nested() || r.filled() == 1 {
		var out []line
		for _, c := range r.cells {
			for _, l := range c.lines {
				if strings.TrimSpace(l.text) == "" && (len(out) == 0 || !l.block) {
					continue
				}
				l.row = l.row || data && len(words(l.text)) <= longCell
				out = append(out, l)
			}
		}
		return out
	}
	first, hidden := r.first()
	texts := make([]string, 0, len(r.cells))
	for _, c := range r.cells {
		texts = append(texts, c.text(hidden))
		for i := 1; i < c.cols && len(r.cells) > 2; i++ {
			texts = append(texts, "")
		}
	}
	out := []line{{text: strings.TrimRight(strings.Join(texts, "\t"), "\t "), quote: first.quote, hidden: hidden, row: true, block: true}}
	if !hidden {
		out = append(out, r.hiddenLines()...)
	}
	return out
}

// first returns the first line of a row that is shown, for what holds of the
// whole row; without one the row is hidden.
func (r *row) first() (l line, hidden bool) {
	for _, c := range r.cells {
		for _, l := range c.lines {
			if strings.TrimSpace(l.text) != "" && !l.hidden {
				return l, false
			}
		}
	}
	return line{}, true
}

// hiddenLines are the hidden ones of a row that is shown: they stand below it.
func (r *row) hiddenLines() (out []line) {
	for _, c := range r.cells {
		for _, l := range c.lines {
			if l.hidden && strings.TrimSpace(l.text) != "" {
				out = append(out, l)
			}
		}
	}
	return out
}

// text joins the lines of a cell: with a comma where a line breaks off, with a
// full stop between lines that are sentences.
func (c *cell) text(hidden bool) string {
	var b strings.Builder
	shown := make([]string, 0, len(c.lines))
	for _, l := range c.lines {
		if s := strings.TrimSpace(l.text); s != "" && l.hidden == hidden {
			shown = append(shown, strings.ReplaceAll(s, "\t", " "))
		}
	}
	for i, s := range shown {
		if i > 0 {
			prev := shown[i-1]
			switch {
			case strings.ContainsRune(",;:.!?-/", rune(prev[len(prev)-1])):
			case len(strings.Fields(prev)) >= shortCell:
				b.WriteByte('.')
			default:
				b.WriteByte(',')
			}
			b.WriteByte(' ')
		}
		b.WriteString(s)
	}
	return b.String()
}

func wordsOf(c cell) (n int) {
	for _, l := range c.lines {
		n += len(strings.Fields(l.text))
	}
	return n
}

// dropEmptyColumns takes out the columns that lay a table out and hold nothing
// in any row.
func (t *table) dropEmptyColumns() {
	used := map[int]bool{}
	for _, r := range t.rows {
		at := 0
		for _, c := range r.cells {
			if !c.empty() {
				used[at] = true
			}
			at += c.cols
		}
	}
	for i := range t.rows {
		kept := t.rows[i].cells[:0:0]
		at := 0
		for _, c := range t.rows[i].cells {
			if used[at] {
				kept = append(kept, c)
			}
			at += c.cols
		}
		t.rows[i].cells = kept
	}
}
