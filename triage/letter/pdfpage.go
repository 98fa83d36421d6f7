package letter

import (
	"io"
	"math"
	"strings"

	"github.com/ledongthuc/pdf"
)

// glyph is a piece of text and where it stands on the page.
type glyph struct {
	x, y, end, size float64
	text            string
}

// affine is a transformation of the page: x' = a·x + c·y + e, y' = b·x + d·y + f.
type affine struct{ a, b, c, d, e, f float64 }

var identity = affine{a: 1, d: 1}

// then applies m first and n after it.
func (m affine) then(n affine) affine {
	return affine{
		m.a*n.a + m.b*n.c, m.a*n.b + m.b*n.d, m.c*n.a + m.d*n.c, m.c*n.b + m.d*n.d,
		m.e*n.a + m.f*n.c + n.e, m.e*n.b + m.f*n.d + n.f,
	}
}

// pdfState is the part of the graphics state that places text (ISO 32000-1,
// 9.3).
type pdfState struct {
	ctm              affine
	font             *pdf.Font
	size             float64
	charGap, wordGap float64
	scale, lead, up  float64
}

// pdfPage collects the glyphs of one page.
type pdfPage struct {
	reader  *pdfReader
	glyphs  []glyph
	images  int
	largest int64 // dots of the largest picture
	fonts   map[string]*pdf.Font
	widths  map[*pdf.Font][]float64
	cids    map[*pdf.Font]map[int]float64
}

// content runs the operators of a content stream that place text.
func (c *pdfPage) content(stream, resources pdf.Value, depth int) {
	if stream.Kind() != pdf.Stream && stream.Kind() != pdf.Array {
		return
	}
	if !c.fits(stream) {
		c.reader.over = true
		return
	}
	s := pdfText{page: c, resources: resources, depth: depth, pdfState: pdfState{ctm: identity, scale: 1}}
	s.run(stream)
}

// fits unpacks a stream once to see that it is no bomb.
func (c *pdfPage) fits(v pdf.Value) bool {
	total := int64(0)
	measure := func(v pdf.Value) {
		n, _ := io.Copy(io.Discard, io.LimitReader(v.Reader(), maxPageBytes+1))
		total += n
	}
	if v.Kind() == pdf.Stream {
		measure(v)
	}
	for i := 0; v.Kind() == pdf.Array && i < v.Len() && total <= maxPageBytes; i++ {
		measure(v.Index(i))
	}
	return total <= maxPageBytes
}

// pdfText is the run of one content stream.
type pdfText struct {
	page      *pdfPage
	resources pdf.Value
	depth     int
	pdfState
	stack    []pdfState
	tm, line affine
}

func (s *pdfText) run(stream pdf.Value) {
	s.tm, s.line = identity, identity
	pdf.Interpret(stream, func(stk *pdf.Stack, op string) {
		n := stk.Len()
		args := make([]pdf.Value, n)
		for i := n - 1; i >= 0; i-- {
			args[i] = stk.Pop()
		}
		s.operator(op, args)
	})
}

func number(args []pdf.Value, i int) float64 {
	if i >= len(args) {
		return 0
	}
	return args[i].Float64()
}

func matrixOf(a []pdf.Value) affine {
	return affine{number(a, 0), number(a, 1), number(a, 2), number(a, 3), number(a, 4), number(a, 5)}
}

// operator handles one operator; those without a bearing on text are passed.
func (s *pdfText) operator(op string, args []pdf.Value) {
	switch op {
	case "q":
		if len(s.stack) < maxForms {
			s.stack = append(s.stack, s.pdfState)
		}
	case "Q":
		if n := len(s.stack); n > 0 {
			s.pdfState = s.stack[n-1]
			s.stack = s.stack[:n-1]
		}
	case "cm":
		s.ctm = matrixOf(args).then(s.ctm)
	case "BT":
		s.tm, s.line = identity, identity
	case "Tm":
		s.tm = matrixOf(args)
		s.line = s.tm
	case "Td":
		s.move(number(args, 0), number(args, 1))
	case "TD":
		s.lead = -number(args, 1)
		s.move(number(args, 0), number(args, 1))
	case "T*":
		s.move(0, -s.lead)
	case "Do":
		if len(args) > 0 {
			s.draw(args[0].Name())
		}
	case "BI", "EI":
		s.page.images++
	default:
		s.textOperator(op, args)
	}
}

// textOperator handles fonts, gaps and the showing of text.
func (s *pdfText) textOperator(op string, args []pdf.Value) {
	switch op {
	case "Tf":
		if len(args) == 2 {
			s.font, s.size = s.findFont(args[0].Name()), args[1].Float64()
		}
	case "Tc":
		s.charGap = number(args, 0)
	case "Tw":
		s.wordGap = number(args, 0)
	case "Tz":
		s.scale = number(args, 0) / 100
	case "TL":
		s.lead = number(args, 0)
	case "Ts":
		s.up = number(args, 0)
	case "Tj":
		if len(args) > 0 {
			s.show(args[0].RawString())
		}
	case "'":
		s.move(0, -s.lead)
		s.textOperator("Tj", args)
	case "\"":
		if len(args) == 3 {
			s.wordGap, s.charGap = number(args, 0), number(args, 1)
			s.textOperator("'", args[2:])
		}
	case "TJ":
		for i := 0; len(args) > 0 && i < args[0].Len(); i++ {
			if x := args[0].Index(i); x.Kind() == pdf.String {
				s.show(x.RawString())
			} else {
				s.advance(-x.Float64() / 1000 * s.size * s.scale)
			}
		}
	}
}

func (s *pdfText) move(x, y float64) {
	s.line = affine{1, 0, 0, 1, x, y}.then(s.line)
	s.tm = s.line
}

func (s *pdfText) advance(x float64) { s.tm = affine{1, 0, 0, 1, x, 0}.then(s.tm) }

// findFont finds a font of the resources; each is parsed once a page.
func (s *pdfText) findFont(name string) *pdf.Font {
	key := string(rune('0'+s.depth)) + name
	f, ok := s.page.fonts[key]
	if !ok {
		f = &pdf.Font{V: s.resources.Key("Font").Key(name)}
		s.page.fonts[key] = f
	}
	return f
}

// show places the characters of a string.
func (s *pdfText) show(raw string) {
	if s.page.reader.glyphs += len(raw); s.page.reader.glyphs > maxGlyphs {
		s.page.reader.over = true
		return
	}
	if s.font == nil {
		s.place(raw, 0.5*float64(len(raw)))
		return
	}
	enc := s.font.Encoder()
	if kind := s.font.V.Key("Subtype").Name(); kind == "Type0" {
		s.place(enc.Decode(raw), s.wideWidth(raw))
		return
	}
	for i := 0; i < len(raw); i++ {
		text := enc.Decode(raw[i : i+1])
		s.place(text, s.width(raw[i]))
		if raw[i] == ' ' {
			s.advance(s.wordGap * s.scale)
		}
	}
}

// place puts down text of a width in ems and moves on.
func (s *pdfText) place(text string, em float64) {
	m := s.tm.then(s.ctm)
	size := math.Hypot(m.c, m.d) * s.size
	x, y := m.e+m.c*s.up, m.f+m.d*s.up
	n := float64(max(1, len([]rune(text))))
	step := (em*s.size + s.charGap*n) * s.scale
	s.advance(step)
	end := s.tm.then(s.ctm)
	switch { // turned text is read as lines of its own
	case m.b > math.Abs(m.a):
		x, y, end.e = m.f, -m.e, end.f
	case -m.b > math.Abs(m.a):
		x, y, end.e = -m.f, m.e, -end.f
	}
	if strings.ContainsRune(text, 0) || strings.ContainsRune(text, '\uFFFD') {
		s.page.reader.unknown += len(text)
		text = strings.Trim(text, "\x00")
	}
	if text != "" {
		s.page.glyphs = append(s.page.glyphs, glyph{x, y, end.e, math.Abs(size), text})
	}
}

// width is the width of a one-byte character in ems: the font's, or half an em
// for the fourteen fonts that every reader has.
func (s *pdfText) width(code byte) float64 {
	if s.page.widths == nil {
		s.page.widths = map[*pdf.Font][]float64{}
	}
	w, ok := s.page.widths[s.font]
	if !ok {
		w = s.font.Widths()
		s.page.widths[s.font] = w
	}
	if i := int(code) - s.font.FirstChar(); len(w) > 0 && i >= 0 && i < len(w) && w[i] > 0 {
		return w[i] / 1000
	}
	return standardWidth(s.font.BaseFont(), code)
}

// helveticaWidths are the widths of the characters from blank to tilde in
// thousandths of an em, as Adobe's metrics give them.
var helveticaWidths = [...]uint16{
	278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556,
	1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556,
	333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
}

// standardWidth is the width of a character of one of the fonts that a PDF need
// not describe: Helvetica's, Courier's, and for Times a little less.
func standardWidth(font string, c byte) float64 {
	w := 0.556
	if i := int(c) - ' '; i >= 0 && i < len(helveticaWidths) {
		w = float64(helveticaWidths[i]) / 1000
	}
	switch {
	case strings.Contains(font, "Courier"):
		return 0.6
	case strings.Contains(font, "Times"):
		return w * 0.9
	}
	return w
}

// wideWidth is the width of a string of two-byte codes: by the font's table,
// else its default.
func (s *pdfText) wideWidth(raw string) float64 {
	d := s.font.V.Key("DescendantFonts").Index(0)
	def := 1.0
	if v := d.Key("DW"); !v.IsNull() {
		def = v.Float64() / 1000
	}
	table := s.cidWidths(d.Key("W"))
	total := 0.0
	for i := 0; i+1 < len(raw); i += 2 {
		if w, ok := table[int(raw[i])<<8|int(raw[i+1])]; ok {
			total += w
		} else {
			total += def
		}
	}
	return total
}

// draw runs a drawing within the page, or counts a picture.
func (s *pdfText) draw(name string) {
	x := s.resources.Key("XObject").Key(name)
	switch x.Key("Subtype").Name() {
	case "Image":
		s.page.images++
		s.page.largest = max(s.page.largest, x.Key("Width").Int64()*x.Key("Height").Int64())
	case "Form":
		p := s.page.reader
		if p.forms++; p.forms > maxForms || s.depth >= maxFormDepth {
			p.over = true
			return
		}
		if !s.page.fits(x) {
			p.over = true
			return
		}
		in := pdfText{page: s.page, resources: x.Key("Resources"), depth: s.depth + 1, pdfState: s.pdfState}
		if in.resources.Kind() != pdf.Dict {
			in.resources = s.resources
		}
		if m := x.Key("Matrix"); m.Len() == 6 {
			in.ctm = affine{m.Index(0).Float64(), m.Index(1).Float64(), m.Index(2).Float64(), m.Index(3).Float64(), m.Index(4).Float64(), m.Index(5).Float64()}.then(s.ctm)
		}
		in.run(x)
	}
}
