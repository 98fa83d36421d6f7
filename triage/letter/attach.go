package letter

import (
	"bytes"
	"strings"

	"github.com/ppn-triage/ppn-triage/triage"
)

// Media types as found.
const (
	typeUnknown  = "application/octet-stream"
	typeText     = "text/plain"
	typeHTML     = "text/html"
	typeMail     = "message/rfc822"
	typePDF      = "application/pdf"
	typeRTF      = "application/rtf"
	typeTNEF     = "application/ms-tnef"
	typeCalendar = "text/calendar"
	typeZip      = "application/zip"
	typeOLE      = "application/x-ole-storage"
	typeDOCX     = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
	typeXLSX     = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	typePPTX     = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
	typeODT      = "application/vnd.oasis.opendocument.text"
	typeArchive  = "application/x-archive"
)

// file is an attachment before it is read.
type file struct {
	name     string
	declared string
	params   map[string]string
	data     []byte
	inline   bool // shown within the text
}

// magics tell types by their first bytes.
var magics = []struct{ prefix, typ string }{
	{"%PDF-", typePDF}, {"{\\rtf", typeRTF}, {"\x78\x9f\x3e\x22", typeTNEF}, {"PK\x03\x04", typeZip}, {"PK\x05\x06", typeZip},
	{"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", typeOLE}, {"\x89PNG", "image/png"}, {"\xff\xd8\xff", "image/jpeg"}, {"GIF8", "image/gif"},
	{"II*\x00", "image/tiff"}, {"MM\x00*", "image/tiff"}, {"BM", "image/bmp"}, {"Rar!", typeArchive}, {"7z\xbc\xaf", typeArchive},
	{"\x1f\x8b", typeArchive}, {"BZh", typeArchive}, {"\xfd7zXZ", typeArchive}, {"BEGIN:VCALENDAR", typeCalendar},
}

// sniff finds the media type of bytes: by what they are, or else as declared.
func sniff(data []byte, declared string) string {
	head := data[:min(len(data), 1024)]
	trimmed := bytes.TrimLeft(head, "\xef\xbb\xbf \t\r\n")
	for _, m := range magics {
		if bytes.HasPrefix(head, []byte(m.prefix)) && (m.prefix != "BM" || !isText(head)) {
			return foundZip(m.typ, data)
		}
		if len(m.prefix) > 4 && bytes.HasPrefix(trimmed, []byte(m.prefix)) {
			return m.typ
		}
	}
	if bytes.Contains(head, []byte("%PDF-1.")) && !isText(head) {
		return typePDF
	}
	if declared == typeMail || strings.HasPrefix(declared, "image/") {
		return declared
	}
	low := bytes.ToLower(trimmed)
	switch {
	case !isText(data) && !wide(data):
		return typeUnknown
	case bytes.HasPrefix(low, []byte("<!doctype html")), bytes.HasPrefix(low, []byte("<html")), htmlType(declared):
		return typeHTML
	}
	return typeText
}

// htmlType tells the declared types that are read as HTML.
func htmlType(t string) bool {
	return t == "text/html" || t == "text/x-amp-html" || t == "text/watch-html" || t == "text/enriched" || t == "application/xhtml+xml"
}

// wide tells UTF-16 text, which has NULs, by its mark or by its ASCII letters.
func wide(b []byte) bool {
	if bytes.HasPrefix(b, []byte("\xff\xfe")) || bytes.HasPrefix(b, []byte("\xfe\xff")) {
		return true
	}
	odd, even := 0, 0
	b = b[:min(len(b), 400)]
	for i, c := range b {
		if c == 0 && i%2 == 0 {
			even++
		} else if c == 0 {
			odd++
		}
	}
	return len(b) >= 16 && (odd*5 > len(b)*2 && even == 0 || even*5 > len(b)*2 && odd == 0)
}

// foundZip looks into a zip for the document formats that are one.
func foundZip(typ string, data []byte) string {
	if typ != typeZip {
		return typ
	}
	for _, z := range []struct{ mark, typ string }{
		{"word/document", typeDOCX}, {"xl/workbook", typeXLSX}, {"ppt/presentation", typePPTX},
	} {
		if bytes.Contains(data, []byte(z.mark)) {
			return z.typ
		}
	}
	if bytes.Contains(data, []byte("content.xml")) && bytes.Contains(data, []byte("mimetype")) {
		return typeODT
	}
	return typeZip
}

// readers are the formats that are read. Each returns the pieces it found and
// whether the attachment was read; it notes the problems itself.
var readers map[string]func(*reading, file, int, place) ([]piece, bool)

func init() { // a table that reaches back to attachment by way of archives
	readers = map[string]func(*reading, file, int, place) ([]piece, bool){
		typePDF: (*reading).pdf, typeDOCX: (*reading).docx, typeXLSX: (*reading).xlsx, typeODT: (*reading).odt, typePPTX: (*reading).pptx,
		typeRTF: (*reading).rtf, typeTNEF: (*reading).tnef, typeCalendar: (*reading).calendar, typeMail: (*reading).mailFile,
		typeZip: (*reading).zip, typeOLE: (*reading).ole, typePKCS7: (*reading).pkcs7, typeText: (*reading).textFile, typeHTML: (*reading).textFile,
	}
}

// attachment reads a file that came with the mail.
func (r *reading) attachment(f file, depth int, at place) (out []piece) {
	typ := f.found()
	if typ == typeText && len(bytes.TrimSpace(f.data)) == 0 && f.name == "" {
		return nil
	}
	i, source := r.attach(f.name, typ, f.data)
	if depth > maxDepth {
		r.problem(CodeTooDeep, source)
		return r.raw(f.data, at)
	}
	at.source = source
	read, known := readers[typ]
	switch {
	case known:
		done := false
		r.guarded(source, func() { out, done = read(r, f, depth, at) })
		r.letter.Attachments[i].Read = done
	case strings.HasPrefix(typ, "image/"):
		r.image(f, i, source)
	case benign(f.declared, f.name):
	case f.declared == "application/x-microsoft-rpmsg-message" || strings.HasSuffix(strings.ToLower(f.name), ".rpmsg"):
		r.problem(CodeEncryptedMail, source)
	case typ == typeArchive:
		r.problem(CodeNested, source)
	default:
		r.problem(CodeUnread, source)
	}
	return out
}

// found is the type of a file by its bytes, its declared type and its name.
func (f *file) found() string {
	typ := sniff(f.data, f.declared)
	if typ != typeText && typ != typeUnknown || len(f.data) == 0 {
		return typ
	}
	low := strings.ToLower(f.name)
	switch {
	case isPKCS7(f.declared, f.name) && (typ == typeUnknown || f.data[0] == 0x30):
		return typePKCS7
	case f.declared == typeMail || f.declared == "message/global" || strings.HasSuffix(low, ".eml") || strings.HasSuffix(low, ".mht"):
		return typeMail
	case typ == typeText && (f.declared == typeCalendar || strings.HasSuffix(low, ".ics")):
		return typeCalendar
	case typ == typeText && (strings.HasSuffix(low, ".htm") || strings.HasSuffix(low, ".html")):
		return typeHTML
	}
	return typ
}

// image notes a picture. Logos within the text are no loss; of any other
// noText decides by how much else the mail says.
func (r *reading) image(f file, i int, source string) {
	low := strings.ToLower(f.name)
	outlook := strings.HasPrefix(low, "image0") && len(low) <= len("image001.jpeg")
	if f.inline || outlook {
		r.markInline(i)
		return
	}
	r.problem(CodeImage, source)
}

// markInline keeps an attachment out of what a resend is known by.
func (r *reading) markInline(i int) {
	if r.inline == nil {
		r.inline = map[string]bool{}
	}
	r.inline[r.letter.Attachments[i].SHA256] = true
}

// benign tells files that hold no text of the mail: signatures, keys, cards.
func benign(declared, name string) bool {
	switch declared {
	case "application/pkcs7-signature", "application/x-pkcs7-signature", "application/pgp-signature", "application/pgp-keys", "application/pkix-cert":
		return true
	}
	low := strings.ToLower(name)
	return strings.HasSuffix(low, ".p7s") || strings.HasSuffix(low, ".asc") || strings.HasSuffix(low, ".vcf")
}

// textFile reads an attached text or HTML file. What it says counts in a
// resend, not its bytes: gateways change line ends.
func (r *reading) textFile(f file, depth int, at place) ([]piece, bool) {
	e := entity{typ: f.declared, params: f.params}
	switch f.declared {
	case "message/delivery-status", "message/disposition-notification", "message/global-delivery-status", "message/global-disposition-notification":
		r.reportPart(f.declared, f.data)
	case "message/partial":
		r.problem(CodePartial, at.source)
	case "message/external-body":
		r.problem(CodeExternal, at.source)
	case "application/pgp-encrypted":
		r.problem(CodeEncryptedMail, at.source)
	}
	if bytes.HasPrefix(f.data, []byte("-----BEGIN PGP MESSAGE")) {
		r.problem(CodeEncryptedMail, at.source)
	}
	r.markInline(len(r.letter.Attachments) - 1)
	return r.text(e, f.data, f.found() == typeHTML, depth, at), true
}

// mailFile reads an attached mail. What it says counts, not its bytes: they
// change with every forwarding.
func (r *reading) mailFile(f file, depth int, at place) ([]piece, bool) {
	r.markInline(len(r.letter.Attachments) - 1)
	return r.message(f.data, depth, at), true
}

// form makes a piece of form fields.
func form(fields [][2]string, at place) []piece {
	var b strings.Builder
	for _, f := range fields {
		name, value := oneLine(f[0]), oneLine(f[1])
		if name != "" {
			b.WriteString(name + "\t" + value + "\n")
		}
	}
	if b.Len() == 0 {
		return nil
	}
	if at.kind == triage.SectionBody {
		at.kind = triage.SectionForm
	}
	return []piece{{at.kind, at.source, b.String()}}
}

// oneLine puts text on one line without tabs.
func oneLine(s string) string { return strings.Join(strings.Fields(clean(s)), " ") }
