package letter

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"github.com/ledongthuc/pdf"
	"golang.org/x/text/unicode/norm"
)

// What PDF cannot read, beside anything that is broken.
var (
	ErrPDFLocked = errors.New("the PDF is locked with a password")
	ErrPDFNoText = errors.New("the PDF has pages without text")
	ErrPDFLimit  = errors.New("the PDF is larger than we read")
)

// Limits of one PDF.
const (
	maxPages     = 300
	maxPageBytes = 8 << 20 // decoded bytes of one page's content
	maxPDFText   = 4 << 20
	maxTreeDepth = 40
	maxFormDepth = 8 // drawings within drawings
	maxForms     = 5000
	maxGlyphs    = 2 << 20 // characters of one PDF
)

// PDF reads the text and the form fields of a PDF in this process, within
// limits of pages and size, and with panics caught. It can still be kept busy
// for long: run it in a process that can be killed. What it returns beside an
// error is what could be read, a form feed between pages; ErrPDFLocked, ErrPDFNoText and ErrPDFLimit tell
// what could not.
func PDF(b []byte) (text string, fields [][2]string, err error) {
	defer func() {
		if x := recover(); x != nil {
			err = errors.Join(err, errors.New("read PDF: malformed"))
		}
	}()
	doc, err := openPDF(b)
	if err != nil {
		return "", nil, err
	}
	p := pdfReader{doc: doc}
	root := doc.Trailer().Key("Root")
	p.guard(func() { fields = p.fields(root.Key("AcroForm")) })
	p.guard(func() { p.pages(root.Key("Pages"), pdf.Value{}, 0) })
	switch {
	case p.over:
		err = ErrPDFLimit
	case p.unknown*20 > p.glyphs:
		err = errors.New("read PDF: a font does not say what its characters mean")
	case p.broken:
		err = errors.New("read PDF: a part of it is malformed")
	case p.blank > 0 && len(fields) == 0, p.pageCount == 0 && len(fields) == 0:
		err = ErrPDFNoText
	}
	return p.text.String(), fields, err
}

// openPDF opens a document. The library wants the mark at the first byte and
// the end mark in the last hundred; scanners and gateways put bytes around.
func openPDF(b []byte) (*pdf.Reader, error) {
	if i := bytes.Index(b[:min(len(b), 1024)], []byte("%PDF-")); i > 0 {
		b = b[i:]
	}
	if i := bytes.LastIndex(b, []byte("%%EOF")); i > 0 {
		b = b[:i+5]
	}
	if len(b) > 8 && b[5] == '2' { // PDF 2.0 reads as 1.7
		b = append([]byte("%PDF-1.7"), b[8:]...)
	}
	doc, err := pdf.NewReader(bytes.NewReader(b), int64(len(b)))
	switch {
	case errors.Is(err, pdf.ErrInvalidPassword):
		return nil, ErrPDFLocked
	case err != nil && bytes.Contains(b, []byte("/Encrypt")):
		return nil, fmt.Errorf("%w: %w", ErrPDFLocked, err)
	case err != nil:
		return nil, fmt.Errorf("open PDF: %w", err)
	}
	return doc, nil
}

// pdfReader is the reading of one PDF.
type pdfReader struct {
	doc       *pdf.Reader
	text      strings.Builder
	pageCount int
	blank     int // pages with pictures and without text
	glyphs    int
	unknown   int // characters of a font that does not say what they mean
	forms     int
	over      bool
	broken    bool
}

// guard runs the reading of one part; a panic costs that part.
func (p *pdfReader) guard(do func()) {
	defer func() {
		if recover() != nil {
			p.broken = true
		}
	}()
	do()
}

// pages walks the page tree itself, because the library follows a tree that
// points back to itself for ever.
func (p *pdfReader) pages(node, resources pdf.Value, depth int) {
	if own := node.Key("Resources"); own.Kind() == pdf.Dict {
		resources = own
	}
	kids := node.Key("Kids")
	if kids.Kind() != pdf.Array {
		p.page(node, resources)
		return
	}
	for i := 0; i < kids.Len(); i++ {
		if depth > maxTreeDepth || p.pageCount >= maxPages || p.over {
			p.over = true
			return
		}
		p.guard(func() { p.pages(kids.Index(i), resources, depth+1) })
	}
}

// page reads one page: its content and the notes on it.
func (p *pdfReader) page(page, resources pdf.Value) {
	if page.Kind() != pdf.Dict {
		return
	}
	p.pageCount++
	if p.text.Len() > maxPDFText {
		p.over = true
		return
	}
	c := pdfPage{reader: p, fonts: map[string]*pdf.Font{}}
	p.guard(func() { c.content(page.Key("Contents"), resources, 0) })
	notes := p.notes(page.Key("Annots"))
	lines := layout(c.glyphs)
	if len(strings.Fields(lines+notes)) == 0 && (c.images > 0 || len(c.glyphs) > 0) {
		p.blank++
	}
	if c.images > 0 && len(strings.Fields(lines)) < stampWords && c.largest > pageImage {
		p.blank++ // a scan with a stamp or a fax line on it
	}
	if p.pageCount > 1 {
		p.text.WriteByte('\f')
	}
	p.text.WriteString(norm.NFKC.String(clean(lines + notes))) // NFKC: ligatures
}

const (
	stampWords = 15      // words on a scanned page that are its stamp
	pageImage  = 200_000 // dots of a picture that may be a page
)

// notes are the texts that people put on a page.
func (p *pdfReader) notes(annots pdf.Value) string {
	var b strings.Builder
	for i := 0; i < annots.Len() && i < maxForms; i++ {
		a := annots.Index(i)
		switch a.Key("Subtype").Name() {
		case "FreeText", "Text", "Stamp", "Highlight", "Popup":
			if s := strings.TrimSpace(a.Key("Contents").Text()); s != "" {
				b.WriteString(s + "\n")
			}
		}
	}
	return b.String()
}

// pdf reads a PDF attachment by the Reader's function.
func (r *reading) pdf(f file, depth int, at place) ([]piece, bool) {
	if r.PDF == nil {
		r.problem(CodePDFUnread, at.source)
		return nil, false
	}
	text, fields, err := r.PDF(f.data)
	switch {
	case errors.Is(err, ErrPDFLocked):
		r.problem(CodeEncrypted, at.source)
	case errors.Is(err, ErrPDFNoText):
		r.problem(CodePDFNoText, at.source)
	case err != nil:
		r.problem(CodePDFUnread, at.source)
	case len(words(text)) == 0 && len(fields) == 0:
		r.problem(CodePDFNoText, at.source)
	case garbled(text):
		r.problem(CodePDFUnread, at.source)
	}
	if !r.spend(len(text)) {
		return nil, false
	}
	out := segment(pageLines(text), at)
	out = append(out, form(fields, at)...)
	return out, len(out) > 0
}

// pageLines makes lines of the pages of a PDF; cells of a row are joined by
// tabs there already. The address line of a force at the head or foot of a page
// is set aside.
func pageLines(text string) []line {
	var out []line
	for page := range strings.SplitSeq(text, "\f") {
		lines := plainLines(clean(page), false, false)
		for i := range lines {
			lines[i].row = strings.Contains(lines[i].text, "\t")
			lines[i].quote = 0
		}
		if n := len(lines); n > 1 {
			lines[0].aside = letterhead(lines[0].text)
			lines[n-1].aside = letterhead(lines[n-1].text)
		}
		out = append(out, lines...)
	}
	return out
}

// letterhead tells the line of a page's head or foot with the address of a
// force: a telephone or postcode, and a word that no family's address has.
func letterhead(s string) bool {
	if len(strings.Fields(s)) > 30 || !phone.MatchString(s) && !postcode.MatchString(s) && !address.MatchString(s) {
		return false
	}
	for _, w := range words(s) {
		if officeWords[w] {
			return true
		}
	}
	return false
}

var officeWords = wordSet("hq headquarters police constabulary www printed form switchboard page version force website heddlu")

// garbled tells text of a font without its table of characters: hardly any
// letters, or hardly any vowels among them.
func garbled(text string) bool {
	letters, vowels, other := 0, 0, 0
	for _, c := range strings.ToLower(text) {
		switch {
		case strings.ContainsRune("aeiouyáéíóúwŵŷ", c):
			vowels++
			letters++
		case c >= 'a' && c <= 'z':
			letters++
		case c == ' ' || c == '\n' || c == '\t' || c >= '0' && c <= '9' || c == '_' || c == '.':
		default:
			other++
		}
	}
	return letters+other > 60 && (other > 2*letters || vowels*8 < letters)
}
