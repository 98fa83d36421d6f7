package letter

import (
	"bytes"
	"encoding/xml"
	"io"
	"regexp"
	"strconv"
	"strings"
)

// postcode tells a British postcode.
var postcode = regexp.MustCompile(`\b[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}\b`)

// anyCharset lets XML be in any character set that mail may be in.
func anyCharset(charset string, in io.Reader) (io.Reader, error) {
	b, err := io.ReadAll(in)
	if err != nil {
		return nil, err
	}
	text, _ := toUTF8(b, charset)
	return strings.NewReader(text), nil
}

// xmlWalk calls back for each token of a document; what is readable before an
// error counts.
func xmlWalk(data []byte, start func(xml.StartElement), end func(string), text func(string)) (whole bool) {
	d := xml.NewDecoder(bytes.NewReader(data))
	d.Strict = false
	d.CharsetReader = anyCharset
	for {
		t, err := d.RawToken()
		if err != nil {
			return err == io.EOF
		}
		switch t := t.(type) {
		case xml.StartElement:
			start(t)
		case xml.EndElement:
			end(t.Name.Local)
		case xml.CharData:
			text(string(t))
		}
	}
}

// xlsx reads the sheets of a workbook: cells of a row joined by tabs.
func (r *reading) xlsx(f file, depth int, at place) ([]piece, bool) {
	a := r.openZip(f.data, at.source)
	if a == nil {
		return nil, false
	}
	var shared []string
	for _, e := range a.named("xl/sharedStrings.xml") {
		shared = sharedStrings(a.read(e))
	}
	var c canvas
	sheets := a.named("xl/worksheets/*.xml")
	for _, e := range sheets {
		c.openTable()
		if !sheet(a.read(e), shared, &c) {
			r.problem(CodeBroken, at.source)
		}
		c.closeTables()
	}
	for _, e := range a.named("xl/comments*.xml", "xl/drawings/drawing*.xml") {
		xmlText(a.read(e), &c)
	}
	r.closeZip(a, at.source)
	return segment(c.lines, at), len(sheets) > 0
}

// sharedStrings reads the table of texts of a workbook.
func sharedStrings(data []byte) (out []string) {
	var b strings.Builder
	in, skip := false, 0
	xmlWalk(data, func(t xml.StartElement) {
		in = in || t.Name.Local == "t"
		if t.Name.Local == "rPh" {
			skip++
		}
	}, func(name string) {
		switch name {
		case "t":
			in = false
		case "rPh":
			skip--
		case "si":
			out = append(out, b.String())
			b.Reset()
		}
	}, func(s string) {
		if in && skip == 0 {
			b.WriteString(clean(s))
		}
	})
	return out
}

// sheet puts the cells of a sheet on the canvas. Dates are numbers there and
// stay so: their format is not read.
func sheet(data []byte, shared []string, c *canvas) bool {
	kind, in := "", false
	var b strings.Builder
	return xmlWalk(data, func(t xml.StartElement) {
		switch t.Name.Local {
		case "row":
			c.withTable(func(t *table) { t.openRow() })
		case "c":
			kind = xmlAttr(t, "t")
			col := column(xmlAttr(t, "r"))
			c.withTable(func(t *table) {
				t.padTo(col)
				t.openCell(1, 1)
			})
		case "v", "t":
			in = true
		}
	}, func(name string) {
		switch name {
		case "v", "t":
			in = false
		case "c":
			s := b.String()
			b.Reset()
			if n, err := strconv.Atoi(s); kind == "s" && err == nil && n >= 0 && n < len(shared) {
				s = shared[n]
			}
			for l := range strings.SplitSeq(s, "\n") {
				c.buf.WriteString(l)
				c.endLine(line{}, false)
			}
			c.withTable(func(t *table) { t.closeCell() })
		}
	}, func(s string) {
		if in {
			b.WriteString(clean(s))
		}
	})
}

// column reads the letters of a cell's name: "C7" is 2.
func column(ref string) int {
	n := 0
	for _, ch := range ref {
		if ch < 'A' || ch > 'Z' || n > maxSpan {
			break
		}
		n = n*26 + int(ch-'A') + 1
	}
	return min(n, maxSpan) - 1
}

// xmlText puts all text of a drawing markup on the canvas, a line a paragraph.
func xmlText(data []byte, c *canvas) bool {
	in := false
	whole := xmlWalk(data, func(t xml.StartElement) {
		in = in || t.Name.Local == "t"
	}, func(name string) {
		switch name {
		case "t":
			in = false
		case "p", "comment", "br":
			c.endLine(line{}, false)
		}
	}, func(s string) {
		if in {
			c.buf.WriteString(clean(s))
		}
	})
	c.endLine(line{}, false)
	return whole
}

// pptx reads the text of slides and their notes.
func (r *reading) pptx(f file, depth int, at place) ([]piece, bool) {
	a := r.openZip(f.data, at.source)
	if a == nil {
		return nil, false
	}
	slides := a.named("ppt/slides/slide*.xml", "ppt/notesSlides/notesSlide*.xml", "ppt/comments/*.xml")
	var c canvas
	for _, e := range slides {
		if !xmlText(a.read(e), &c) {
			r.problem(CodeBroken, at.source)
		}
	}
	r.pictures(a.named("ppt/media/*"), at)
	r.closeZip(a, at.source)
	return segment(c.lines, at), len(slides) > 0
}

// odt reads an OpenDocument text.
func (r *reading) odt(f file, depth int, at place) ([]piece, bool) {
	a := r.openZip(f.data, at.source)
	if a == nil {
		return nil, false
	}
	for _, e := range a.named("META-INF/manifest.xml") {
		if bytes.Contains(a.read(e), []byte("encryption-data")) {
			r.problem(CodeEncrypted, at.source)
			return nil, false
		}
	}
	var out []piece
	for _, e := range a.named("styles.xml") { // page headers and footers
		out = append(out, odtPart(a.read(e), at, true)...)
	}
	parts := a.named("content.xml")
	for _, e := range parts {
		out = append(out, odtPart(a.read(e), at, false)...)
	}
	r.pictures(a.named("Pictures/*"), at)
	r.closeZip(a, at.source)
	return out, len(parts) > 0
}

// odtPart reads one part; in styles only what stands in a header or footer.
func odtPart(data []byte, at place, styles bool) []piece {
	var c canvas
	skip, depth := 0, 0
	if !styles {
		depth = 1
	}
	xmlWalk(data, func(t xml.StartElement) {
		switch {
		case skip > 0 || t.Name.Local == "tracked-changes" || t.Name.Local == "binary-data":
			skip++
		case t.Name.Local == "header" || t.Name.Local == "footer":
			depth++
		case t.Name.Local == "table":
			c.openTable()
		case t.Name.Local == "table-row":
			c.withTable(func(t *table) { t.openRow() })
		case t.Name.Local == "table-cell":
			n := span(xmlAttr(t, "number-columns-spanned"))
			c.withTable(func(t *table) { t.openCell(n, 1) })
		case t.Name.Local == "tab":
			c.buf.WriteByte('\t')
		case t.Name.Local == "s":
			c.buf.WriteByte(' ')
		case t.Name.Local == "line-break":
			c.endLine(line{}, true)
		}
	}, func(name string) {
		if skip > 0 {
			skip--
			return
		}
		switch name {
		case "header", "footer":
			depth--
		case "p", "h":
			c.endLine(line{}, len(c.tables) == 0)
		case "table-cell":
			c.withTable(func(t *table) { t.closeCell() })
		case "table":
			c.closeTable()
		}
	}, func(s string) {
		if skip == 0 && depth > 0 {
			c.buf.WriteString(strings.ReplaceAll(clean(s), "\n", " "))
		}
	})
	c.endLine(line{}, false)
	c.closeTables()
	if styles {
		setAside(c.lines)
	}
	return segment(c.lines, at)
}
