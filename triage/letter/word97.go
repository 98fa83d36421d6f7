package letter

import (
	"encoding/binary"
	"strings"
)

// word97 reads a document of Word 97 to 2003 by its piece table ([MS-DOC]
// 2.4.1).
func (r *reading) word97(c *compound, root map[string]uint32, at place) ([]piece, bool) {
	doc := c.stream(root["WordDocument"])
	if len(doc) < 0x200 {
		r.problem(CodeBroken, at.source)
		return nil, false
	}
	flags := binary.LittleEndian.Uint16(doc[0x0A:])
	if flags&0x0100 != 0 {
		r.problem(CodeEncrypted, at.source)
		return nil, false
	}
	name := "0Table"
	if flags&0x0200 != 0 {
		name = "1Table"
	}
	text, ok := "", false
	if i, found := root[name]; found {
		text, ok = pieceText(doc, c.stream(i))
	}
	if !ok {
		r.problem(CodeBroken, at.source)
	}
	if !r.spend(len(text)) {
		return nil, false
	}
	return segment(wordLines(text), at), ok
}

// pieceText puts the pieces of the text in order.
func pieceText(doc, table []byte) (string, bool) {
	from, n := int(binary.LittleEndian.Uint32(doc[0x1A2:])), int(binary.LittleEndian.Uint32(doc[0x1A6:]))
	if from < 0 || n <= 0 || from > len(table) || n > len(table)-from {
		return "", false
	}
	clx := table[from : from+n]
	for len(clx) > 3 && clx[0] == 1 { // formatting
		skip := 3 + int(binary.LittleEndian.Uint16(clx[1:]))
		if skip > len(clx) {
			return "", false
		}
		clx = clx[skip:]
	}
	if len(clx) < 5 || clx[0] != 2 {
		return "", false
	}
	clx = clx[5:]
	count := (len(clx) - 4) / 12
	var b strings.Builder
	for i := 0; i < count; i++ {
		chars := int(binary.LittleEndian.Uint32(clx[4*i+4:])) - int(binary.LittleEndian.Uint32(clx[4*i:]))
		fc := binary.LittleEndian.Uint32(clx[4*(count+1)+8*i+2:])
		at, wide := int(fc&0x3FFFFFFF), 2
		if fc&0x40000000 != 0 {
			at, wide = at/2, 1
		}
		if chars < 0 || at > len(doc) || chars*wide > len(doc)-at {
			return b.String(), false
		}
		if wide == 1 {
			b.WriteString(latin(doc[at : at+chars]))
		} else {
			b.WriteString(fromUTF16(doc[at:at+2*chars], true))
		}
	}
	return b.String(), true
}

// wordLines makes lines of the text with Word's own marks: 13 ends a
// paragraph, 7 a cell and, once more, the row; 19 to 20 is the code of a field.
func wordLines(text string) []line {
	var out []line
	var b strings.Builder
	cells := 0
	flush := func() {
		s := strings.TrimRight(b.String(), "\t ")
		out = append(out, line{text: s, row: strings.Contains(s, "\t")})
		b.Reset()
		cells = 0
	}
	code := 0
	for _, c := range text {
		if c == 7 {
			if cells++; cells >= 2 {
				flush()
			} else {
				b.WriteByte('\t')
			}
			continue
		}
		cells = 0
		switch {
		case c == 19:
			code++
		case c == 20 || c == 21:
			code = max(0, code-1)
		case code > 0:
		case c == 13 && strings.Contains(b.String(), "\t"):
			b.WriteByte(' ') // a second paragraph in a cell
		case c == 13 || c == 11 || c == 12:
			flush()
		case c == 30:
			b.WriteByte('-')
		default:
			b.WriteString(clean(string(c)))
		}
	}
	flush()
	return out
}
