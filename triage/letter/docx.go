package letter

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"strings"
)

// docx reads a Word document (ECMA-376): headers, text, notes and comments,
// footers, and what is embedded.
func (r *reading) docx(f file, depth int, at place) ([]piece, bool) {
	a := r.openZip(f.data, at.source)
	if a == nil {
		return nil, false
	}
	var out []piece
	for _, e := range a.named("word/header*.xml") {
		out = append(out, r.docxPart(a, e, at, false)...)
	}
	main := a.named("word/document*.xml")
	for _, e := range append(main, a.named("word/footnotes.xml", "word/endnotes.xml", "word/comments.xml", "word/charts/*.xml", "word/diagrams/data*.xml", "word/glossary/document.xml")...) {
		out = append(out, r.docxPart(a, e, at, false)...)
	}
	for _, e := range a.named("word/footer*.xml") {
		out = append(out, r.docxPart(a, e, at, true)...)
	}
	out = append(out, r.embedded(a, a.named("word/embeddings/*", "word/afchunk*"), depth, at)...)
	r.pictures(a.named("word/media/*"), at)
	r.closeZip(a, at.source)
	if len(main) == 0 {
		r.problem(CodeBroken, at.source)
	}
	return out, len(main) > 0
}

// docxPart reads one XML part of a document, which may be a page's footer.
func (r *reading) docxPart(a *archive, e *zip.File, at place, footer bool) []piece {
	w := docxWalker{}
	if err := w.walk(a.read(e)); err != nil {
		r.problem(CodeBroken, at.source)
	}
	if w.deleted {
		r.problem(CodeDeleted, at.source)
	}
	if footer {
		setAside(w.lines)
	}
	return segment(w.lines, at)
}

// setAside marks what stands in a page's head or foot as the address line of a
// force: a telephone or postcode and few words. Other lines there are text.
func setAside(lines []line) {
	for i, l := range lines {
		lines[i].aside = len(strings.Fields(l.text)) <= 40 && (phone.MatchString(l.text) || postcode.MatchString(l.text))
	}
}

// embedded reads files within a document as attachments of their own.
func (r *reading) embedded(a *archive, files []*zip.File, depth int, at place) (out []piece) {
	for _, e := range files {
		if r.parts++; r.parts > maxParts {
			r.problem(CodeTooManyParts, "")
			return out
		}
		out = append(out, r.attachment(file{name: e.Name[strings.LastIndexByte(e.Name, '/')+1:], data: a.read(e), inline: true}, depth+1, at)...)
	}
	return out
}

// pictures notes pictures within a document that are larger than a badge.
func (r *reading) pictures(files []*zip.File, at place) {
	for _, e := range files {
		if e.UncompressedSize64 > badge {
			r.problem(CodeImage, at.source)
		}
	}
}

// badge is the largest picture in bytes that is taken for a crest or a logo.
const badge = 30 << 10

// docxWalker walks the tokens of WordprocessingML, or of the drawing markup
// within it.
type docxWalker struct {
	canvas
	open    []string        // paragraphs around a text box: their text so far
	skip    int             // depth within an element that is not read
	inText  bool            // in w:t
	hidden  bool            // the run is hidden
	secret  strings.Builder // hidden text of the paragraph
	deleted bool            // there is deleted text
	merged  bool            // the cell goes on from the row above

	field formField // the legacy form field being described
}

// formField is a legacy form field (w:ffData).
type formField struct {
	kind    string // "checkBox", "ddList"
	checked bool
	entries []string
	chosen  int
}

// walk reads all tokens; the error is that of the XML, and what came before it
// is kept.
func (w *docxWalker) walk(data []byte) error {
	d := xml.NewDecoder(bytes.NewReader(data))
	d.Strict = false
	d.CharsetReader = anyCharset
	for {
		t, err := d.RawToken()
		if err != nil {
			w.paragraph()
			w.closeTables()
			if len(data) > 0 && d.InputOffset() >= int64(len(data)) {
				return nil
			}
			return err
		}
		switch t := t.(type) {
		case xml.StartElement:
			if w.skip > 0 || notRead[t.Name.Local] {
				w.skip++
				w.deleted = w.deleted || t.Name.Local == "delText"
				continue
			}
			w.start(t)
		case xml.EndElement:
			if w.skip > 0 {
				w.skip--
				continue
			}
			w.end(t.Name.Local)
		case xml.CharData:
			if w.inText && w.skip == 0 {
				w.write(string(t))
			}
		}
	}
}

// notRead are elements without text of the document: deleted text, codes of
// fields, the second version of a drawing, what a text moved away from.
var notRead = map[string]bool{"delText": true, "instrText": true, "delInstrText": true, "Fallback": true, "moveFrom": true, "binData": true}

func (w *docxWalker) write(s string) {
	s = clean(s)
	if w.hidden {
		w.secret.WriteString(s)
		return
	}
	w.buf.WriteString(s)
}

// start handles a start tag by its local name.
func (w *docxWalker) start(t xml.StartElement) {
	switch t.Name.Local {
	case "t":
		w.inText = true
	case "tab", "ptab":
		if len(w.tables) > 0 {
			w.write(" ")
		} else if w.buf.Len() > 0 {
			w.write("\t")
		}
	case "br", "cr":
		w.paragraph()
	case "noBreakHyphen":
		w.write("-")
	case "sym":
		w.write(symbol(xmlAttr(t, "char")))
	case "r":
		w.hidden = false
	case "vanish", "webHidden":
		w.hidden = xmlTrue(t) && t.Name.Local == "vanish"
	case "txbxContent":
		w.open = append(w.open, w.buf.String())
		w.buf.Reset()
	case "tbl":
		w.paragraph()
		w.openTable()
	case "tr":
		w.withTable(func(t *table) { t.openRow() })
	case "tc":
		w.withTable(func(t *table) { t.openCell(1, 1) })
		w.merged = false
	case "gridSpan":
		n := span(xmlAttr(t, "val"))
		w.withTable(func(t *table) { t.setSpan(n) })
	case "vMerge":
		w.merged = xmlAttr(t, "val") != "restart"
	default:
		w.startField(t)
	}
}

// startField handles legacy form fields, whose state is no text.
func (w *docxWalker) startField(t xml.StartElement) {
	switch t.Name.Local {
	case "ffData":
		w.field = formField{}
	case "checkBox", "ddList":
		w.field.kind = t.Name.Local
	case "checked":
		w.field.checked = xmlTrue(t)
	case "default":
		if w.field.kind == "checkBox" {
			w.field.checked = w.field.checked || xmlTrue(t)
		}
	case "result":
		w.field.chosen = span(xmlAttr(t, "val"))
		if xmlAttr(t, "val") == "0" {
			w.field.chosen = 0
		}
	case "listEntry":
		w.field.entries = append(w.field.entries, xmlAttr(t, "val"))
	}
}

// end handles an end tag.
func (w *docxWalker) end(name string) {
	switch name {
	case "t":
		w.inText = false
	case "p":
		w.paragraph()
	case "r":
		w.hidden = false
	case "txbxContent":
		if w.buf.Len() > 0 {
			w.paragraph()
		}
		if n := len(w.open); n > 0 {
			w.buf.WriteString(w.open[n-1])
			w.open = w.open[:n-1]
		}
	case "tc":
		w.paragraph()
		if w.merged {
			w.withTable(func(t *table) { t.merge() })
		}
		w.merged = false
		w.withTable(func(t *table) { t.closeCell() })
	case "tr":
		w.withTable(func(t *table) { t.closeRow() })
	case "tbl":
		w.closeTable()
	case "ffData":
		w.endField()
	}
}

// endField shows a check box or a chosen entry as text.
func (w *docxWalker) endField() {
	f := w.field
	w.field = formField{}
	switch {
	case f.kind == "checkBox" && f.checked:
		w.write("☒")
	case f.kind == "checkBox":
		w.write("☐")
	case f.kind == "ddList" && f.chosen < len(f.entries):
		w.write(f.entries[f.chosen])
	}
}

// paragraph ends a line, and puts what was hidden in it below.
func (w *docxWalker) paragraph() {
	w.endLine(line{}, len(w.tables) == 0)
	if w.secret.Len() > 0 {
		w.buf.WriteString(w.secret.String())
		w.secret.Reset()
		w.endLine(line{hidden: true}, false)
	}
}

// symbol shows the ticks and boxes of Wingdings, which have no Unicode.
func symbol(code string) string {
	switch strings.ToUpper(strings.TrimPrefix(strings.ToUpper(code), "F0")) {
	case "FE", "78", "54", "FD", "53":
		return "☒"
	case "52", "FC":
		return "☑"
	case "A8", "6F", "A3", "71":
		return "☐"
	}
	return " "
}

func xmlAttr(t xml.StartElement, local string) string {
	for _, a := range t.Attr {
		if a.Name.Local == local {
			return a.Value
		}
	}
	return ""
}

// xmlTrue reads an on/off property: on unless it says otherwise.
func xmlTrue(t xml.StartElement) bool {
	switch xmlAttr(t, "val") {
	case "0", "false", "off", "none":
		return false
	}
	return true
}
