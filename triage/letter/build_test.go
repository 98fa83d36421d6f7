package letter

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf16"
)

// The builders here write the smallest files of each format that are whole, so
// that what a test expects can be read in the test.

// attached is a mail with one attachment.
func attached(name string, data []byte) []byte {
	b64 := base64.StdEncoding.EncodeToString(data)
	var b strings.Builder
	for len(b64) > 76 {
		b.WriteString(b64[:76] + "\n")
		b64 = b64[76:]
	}
	return typedMail("Content-Type: multipart/mixed; boundary=bb", "--bb\n\nSee attached.\n--bb\nContent-Type: application/octet-stream\nContent-Disposition: attachment; filename=\""+name+"\"\nContent-Transfer-Encoding: base64\n\n"+b.String()+b64+"\n--bb--\n")
}

// zipped packs files, in the order of their names.
func zipped(files map[string]string) []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		w, err := z.Create(name)
		if err == nil {
			_, err = w.Write([]byte(files[name]))
		}
		if err != nil {
			panic(err)
		}
	}
	if err := z.Close(); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// locked sets the flag of encryption in every entry of a zip.
func locked(z []byte) []byte {
	out := bytes.Clone(z)
	for i := 0; i+10 < len(out); i++ {
		switch string(out[i : i+4]) {
		case "PK\x03\x04":
			out[i+6] |= 1
		case "PK\x01\x02":
			out[i+8] |= 1
		}
	}
	return out
}

const wordNS = `xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"`

// docxOf makes a document of the inner XML of its body, and further parts.
func docxOf(body string, parts ...string) []byte {
	files := map[string]string{
		"[Content_Types].xml": `<Types/>`,
		"word/document.xml":   `<?xml version="1.0"?><w:document ` + wordNS + `><w:body>` + body + `</w:body></w:document>`,
	}
	for i := 0; i+1 < len(parts); i += 2 {
		files[parts[i]] = parts[i+1]
	}
	return zipped(files)
}

// para is a paragraph of a document.
func para(s string) string { return "<w:p><w:r><w:t>" + s + "</w:t></w:r></w:p>" }

// pdfOf makes a PDF of objects: the first is the catalogue.
func pdfOf(objects ...string) []byte {
	var b bytes.Buffer
	b.WriteString("%PDF-1.4\n")
	offsets := make([]int, 0, len(objects))
	for i, o := range objects {
		offsets = append(offsets, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	xref := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(objects)+1)
	for _, o := range offsets {
		fmt.Fprintf(&b, "%010d 00000 n \n", o)
	}
	fmt.Fprintf(&b, "trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, xref)
	return b.Bytes()
}

func stream(dict, content string) string {
	return fmt.Sprintf("<< %s /Length %d >>\nstream\n%s\nendstream", dict, len(content), content)
}

const helvetica = "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"

// pageOf makes a PDF of one page with a content stream; resources are added to
// the font F1.
func pageOf(content, resources string, more ...string) []byte {
	return pdfOf(append([]string{
		"<< /Type /Catalog /Pages 2 0 R >>",
		"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
		"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> " + resources + " >> >>",
		stream("", content),
		helvetica,
	}, more...)...)
}

// tnefOf makes a TNEF stream of attributes.
func tnefOf(attributes ...[]byte) []byte {
	out := []byte{0x78, 0x9f, 0x3e, 0x22, 1, 0}
	for _, a := range attributes {
		out = append(out, a...)
	}
	return out
}

func attribute(id uint16, data []byte) []byte {
	out := []byte{1}
	out = binary.LittleEndian.AppendUint16(out, id)
	out = binary.LittleEndian.AppendUint16(out, 0)
	out = binary.LittleEndian.AppendUint32(out, uint32(len(data)))
	out = append(out, data...)
	sum := uint16(0)
	for _, c := range data {
		sum += uint16(c)
	}
	return binary.LittleEndian.AppendUint16(out, sum)
}

// property is one MAPI property of variable length.
type property struct {
	typ, id uint16
	data    []byte
}

func propertyList(list ...property) []byte {
	out := binary.LittleEndian.AppendUint32(nil, uint32(len(list)))
	for _, p := range list {
		out = binary.LittleEndian.AppendUint16(out, p.typ)
		out = binary.LittleEndian.AppendUint16(out, p.id)
		if p.typ == 3 {
			out = append(out, p.data...)
			continue
		}
		out = binary.LittleEndian.AppendUint32(out, 1)
		out = binary.LittleEndian.AppendUint32(out, uint32(len(p.data)))
		out = append(out, p.data...)
		out = append(out, make([]byte, pad4(len(p.data))-len(p.data))...)
	}
	return out
}

func utf16le(s string) []byte {
	var out []byte
	for _, u := range utf16.Encode([]rune(s)) {
		out = binary.LittleEndian.AppendUint16(out, u)
	}
	return out
}

// storage is a storage of a compound file; a []byte in it is a stream.
type storage map[string]any

// compoundOf makes a compound file with sectors of 512 bytes, its streams all
// in the large table (the cut-off is 0).
func compoundOf(root storage) []byte {
	c := compoundWriter{}
	c.add("Root Entry", 5, root)
	return c.bytes()
}

type compoundWriter struct {
	dir  [][]byte
	data []byte // the sectors of the streams
	fat  []uint32
}

// add writes an entry and what is in it; siblings hang on one another's right.
func (c *compoundWriter) add(name string, kind byte, content any) int {
	at := len(c.dir)
	e := make([]byte, 128)
	n := utf16le(name)
	copy(e, n)
	binary.LittleEndian.PutUint16(e[64:], uint16(len(n)+2))
	e[66] = kind
	for _, o := range []int{68, 72, 76} {
		binary.LittleEndian.PutUint32(e[o:], 0xFFFFFFFF)
	}
	binary.LittleEndian.PutUint32(e[116:], 0xFFFFFFFE)
	c.dir = append(c.dir, e)
	switch content := content.(type) {
	case []byte:
		if len(content) > 0 {
			binary.LittleEndian.PutUint32(e[116:], c.stream(content))
		}
		binary.LittleEndian.PutUint32(e[120:], uint32(len(content)))
	case storage:
		last := -1
		for _, name := range slices.Sorted(maps.Keys(content)) {
			kind := byte(2)
			if _, ok := content[name].(storage); ok {
				kind = 1
			}
			i := c.add(name, kind, content[name])
			if last < 0 {
				binary.LittleEndian.PutUint32(e[76:], uint32(i))
			} else {
				binary.LittleEndian.PutUint32(c.dir[last][72:], uint32(i))
			}
			last = i
		}
	}
	return at
}

// stream writes sectors and returns the first.
func (c *compoundWriter) stream(b []byte) uint32 {
	first := uint32(len(c.fat))
	for i := 0; i < len(b); i += 512 {
		sector := make([]byte, 512)
		copy(sector, b[i:])
		c.data = append(c.data, sector...)
		c.fat = append(c.fat, uint32(len(c.fat)+1))
	}
	c.fat[len(c.fat)-1] = 0xFFFFFFFE
	return first
}

func (c *compoundWriter) bytes() []byte {
	var dir []byte
	for _, e := range c.dir {
		dir = append(dir, e...)
	}
	dirStart := c.stream(dir)
	fatStart := len(c.fat)
	fatSectors := (fatStart+127)/128 + 1
	for range fatSectors {
		c.fat = append(c.fat, 0xFFFFFFFD)
	}
	h := make([]byte, 512)
	copy(h, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
	binary.LittleEndian.PutUint16(h[30:], 9)
	binary.LittleEndian.PutUint16(h[32:], 6)
	binary.LittleEndian.PutUint32(h[48:], dirStart)
	for _, o := range []int{60, 68} {
		binary.LittleEndian.PutUint32(h[o:], 0xFFFFFFFE)
	}
	for i := range 109 {
		v := uint32(0xFFFFFFFF)
		if i < fatSectors {
			v = uint32(fatStart + i)
		}
		binary.LittleEndian.PutUint32(h[76+4*i:], v)
	}
	out := append(h, c.data...)
	for i := range fatSectors * 128 {
		v := uint32(0xFFFFFFFF)
		if i < len(c.fat) {
			v = c.fat[i]
		}
		out = binary.LittleEndian.AppendUint32(out, v)
	}
	return out
}

// documents are a small whole file of each format that is read.
func documents() map[string][]byte {
	msg := storage{"__properties_version1.0": make([]byte, 32), "__substg1.0_0037001F": utf16le("Notice"), "__substg1.0_1000001F": utf16le("Baby seen.")}
	return map[string][]byte{
		"a.docx": docxOf(para("Baby seen.") + "<w:tbl><w:tr><w:tc>" + para("Name") + "</w:tc><w:tc>" + para("Zoe") + "</w:tc></w:tr></w:tbl>"),
		"a.xlsx": zipped(map[string]string{"xl/workbook.xml": "<workbook/>", "xl/worksheets/sheet1.xml": `<worksheet><sheetData><row><c r="A1" t="inlineStr"><is><t>Name</t></is></c></row></sheetData></worksheet>`}),
		"a.pptx": zipped(map[string]string{"ppt/presentation.xml": "<p/>", "ppt/slides/slide1.xml": "<p:sld><a:p><a:r><a:t>Baby seen.</a:t></a:r></a:p></p:sld>"}),
		"a.odt":  zipped(map[string]string{"content.xml": `<office:document><text:p>Baby seen.</text:p></office:document>`, "mimetype": "application/vnd.oasis.opendocument.text"}),
		"a.pdf":  pageOf("BT /F1 12 Tf 50 700 Td (Baby seen.) Tj ET", ""),
		"a.rtf":  []byte(`{\rtf1\ansi\ansicpg1252{\fonttbl{\f0 Arial;}}Baby seen.\par}`),
		"a.zip":  zipped(map[string]string{"note.txt": "Baby seen."}),
		"a.msg":  compoundOf(msg),
		"a.dat":  tnefOf(attribute(attBody, []byte("Baby seen.\x00"))),
		"a.ics":  []byte("BEGIN:VCALENDAR\r\nSUMMARY:Baby seen\r\nEND:VCALENDAR\r\n"),
		"a.eml":  []byte("From: a@b.example\r\nSubject: x\r\n\r\nBaby seen.\r\n"),
		"a.html": []byte("<html><body><p>Baby seen.</p></body></html>"),
		"a.txt":  []byte("Baby seen."),
	}
}

// attachmentSeeds are mails with a document of each format.
func attachmentSeeds() (out [][]byte) {
	docs := documents()
	for _, name := range slices.Sorted(maps.Keys(docs)) {
		out = append(out, attached(name, docs[name]))
	}
	return out
}
