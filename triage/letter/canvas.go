package letter

import "strings"

// canvas takes the lines of a document as they come and lays out its tables.
type canvas struct {
	lines  []line
	buf    strings.Builder // the line being written
	tables []*table        // open tables, innermost last
	deeper int             // tables open past maxTables
}

// endLine ends the line being written, with what is known of it; keep says
// that an empty one counts.
func (c *canvas) endLine(l line, keep bool) {
	l.text = strings.TrimRight(c.buf.String(), " ")
	c.buf.Reset()
	if keep || strings.TrimSpace(l.text) != "" {
		c.emit(l)
	}
}

// emit puts a finished line into the open cell, or into the text.
func (c *canvas) emit(l line) {
	for i := len(c.tables) - 1; i >= 0; i-- {
		if c.tables[i].add(l) {
			return
		}
	}
	c.lines = append(c.lines, l)
}

// withTable does something with the innermost open table.
func (c *canvas) withTable(do func(*table)) {
	if n := len(c.tables); n > 0 && c.deeper == 0 {
		do(c.tables[n-1])
	}
}

// openTable begins a table; past maxTables it is part of the cell around it.
func (c *canvas) openTable() {
	if len(c.tables) >= maxTables {
		c.deeper++
		return
	}
	c.tables = append(c.tables, &table{})
}

// closeTable ends the innermost table and hands its lines to the cell around
// it, or to the text.
func (c *canvas) closeTable() {
	n := len(c.tables)
	if c.deeper > 0 {
		c.deeper--
		return
	}
	if n == 0 {
		return
	}
	t := c.tables[n-1]
	t.closeRow()
	c.tables = c.tables[:n-1]
	for _, l := range t.render() {
		c.emit(l)
	}
}

// closeTables ends all that are open.
func (c *canvas) closeTables() {
	c.deeper = 0
	for len(c.tables) > 0 {
		c.closeTable()
	}
}
