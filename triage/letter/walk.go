package letter

import (
	"bytes"
	"strings"

	"github.com/ppn-triage/ppn-triage/triage"
)

// entity is a mail or a part of one: its header and its body, still encoded.
type entity struct {
	head     header
	body     []byte
	typ      string // media type as declared, "" if not
	params   map[string]string
	encoding string
	attached bool   // Content-Disposition: attachment
	name     string // file name, decoded
}

// newEntity reads the MIME fields of a header. Of doubled fields the first
// counts here; secondReading takes the other.
func newEntity(h header, body []byte) entity {
	e := entity{head: h, body: body}
	e.typ, e.params = params(h.get("content-type"))
	if !strings.Contains(e.typ, "/") {
		e.typ = ""
	}
	e.encoding, _, _ = strings.Cut(h.get("content-transfer-encoding"), "(")
	disposition, p := params(h.get("content-disposition"))
	e.attached = disposition == "attachment"
	if e.name = p["filename"]; e.name == "" {
		e.name = e.params["name"]
	}
	return e
}

// secondReading returns the entity as the last of its doubled fields say.
func (e entity) secondReading() (entity, bool) {
	types := e.head.distinct("content-type", 5)
	codings := e.head.distinct("content-transfer-encoding", 5)
	if len(types) < 2 && len(codings) < 2 {
		return entity{}, false
	}
	h := header{fields: make([]field, 0, len(e.head.fields))}
	for i := len(e.head.fields) - 1; i >= 0; i-- { // the last first
		h.fields = append(h.fields, e.head.fields[i])
	}
	return newEntity(h, e.body), true
}

// entity reads a mail or part, in both ways if it can be read in two.
func (r *reading) entity(e entity, depth int, at place) []piece {
	first := r.oneReading(e, depth, at)
	second, ok := e.secondReading()
	if !ok || r.views >= maxViews {
		return first
	}
	r.views++
	out := union(first, r.oneReading(second, depth, at))
	if len(out) > len(first) {
		r.problem(CodeTwoReadings, at.source)
	}
	return out
}

// oneReading reads a mail or part as its first fields say.
func (r *reading) oneReading(e entity, depth int, at place) (out []piece) {
	r.parts++
	switch {
	case depth > maxDepth:
		r.problem(CodeTooDeep, "")
		return r.raw(e.body, at)
	case r.parts > maxParts:
		r.problem(CodeTooManyParts, "")
		return r.raw(e.body, at)
	}
	if strings.HasPrefix(e.typ, "multipart/") {
		return r.multipart(e, depth, at)
	}
	r.guarded(at.source, func() { out = r.leaf(e, depth, at) })
	return out
}

// raw keeps what is past the limits as it stands, so that its words are not
// lost.
func (r *reading) raw(body []byte, at place) []piece {
	body = body[:min(len(body), maxText)]
	if !r.spend(len(body)) {
		return nil
	}
	text := strings.Trim(clean(mixed(body)), "\n")
	if strings.TrimSpace(text) == "" {
		return nil
	}
	return []piece{{at.kind, at.source, text + "\n"}}
}

// multipart reads the parts of a body (RFC 2046 5.1).
func (r *reading) multipart(e entity, depth int, at place) []piece {
	if coding := strings.ToLower(strings.TrimSpace(e.encoding)); coding == "base64" || coding == "quoted-printable" {
		// Forbidden by RFC 2045 6.4, and done.
		if !bytes.Contains(e.body, []byte("--"+e.params["boundary"])) {
			e.body = transfer(e.body, coding).data
			r.problem(CodeEncoding, "")
		}
	}
	if e.typ == "multipart/encrypted" {
		r.problem(CodeEncryptedMail, "")
	}
	s, ok := split(e.body, e.params["boundary"])
	if !ok {
		s, ok = split(e.body, guessBoundary(e.body))
		if len(bytes.TrimSpace(e.body)) > 0 {
			r.problem(CodeBoundary, "")
		}
		if !ok {
			e.typ = "text/plain"
			return r.leaf(e, depth, at)
		}
	}
	if !s.closed {
		r.problem(CodeBoundaryEnd, "")
	}
	r.reportType(e)
	read := make([][]piece, 0, len(s.parts))
	for _, p := range s.parts {
		read = append(read, r.part(e.typ, p, depth+1, at))
	}
	read = arrange(e.typ, read)
	return append(flat(read), r.around(s, at)...)
}

// arrange joins alternatives into one reading.
func arrange(typ string, read [][]piece) [][]piece {
	if typ != "multipart/alternative" || len(read) < 2 {
		return read
	}
	best := read[0]
	for _, other := range read[1:] {
		first, second := richer(best, other)
		best = union(first, second)
	}
	return [][]piece{best}
}

func flat(lists [][]piece) (out []piece) {
	for _, l := range lists {
		out = append(out, l...)
	}
	return out
}

// part reads one part of a multipart.
func (r *reading) part(parent string, raw []byte, depth int, at place) []piece {
	if r.parts > maxParts {
		r.problem(CodeTooManyParts, "")
		return r.raw(raw, at)
	}
	h, body := partHeader(raw)
	if h.over {
		r.problem(CodeHeaderLimit, "")
	}
	e := newEntity(h, body)
	if e.typ == "" && parent == "multipart/digest" {
		e.typ = "message/rfc822"
	}
	pieces := r.entity(e, depth, at)
	if len(h.stray) > 0 {
		r.problem(CodeHeaderBroken, "")
		pieces = append(pieces, hiddenPiece(strings.Join(h.stray, "\n"), at)...)
	}
	return pieces
}

// partHeader splits the header of a part. It may be empty, and then there is a
// blank line or, against the rule, not even that.
func partHeader(raw []byte) (header, []byte) {
	if line, next := nextLine(raw, 0); len(bytes.TrimSpace(line)) == 0 {
		return header{}, raw[next:]
	}
	h, body := splitHeader(raw)
	if len(h.fields) > 0 && !h.mail() {
		return header{}, raw
	}
	return h, body
}

// around keeps the text before the first and after the last part, which a mail
// program does not show, unless it is what mail programs put there.
func (r *reading) around(s splitBody, at place) (out []piece) {
	for _, b := range s.around {
		if len(b) > 0 && r.spend(len(b)) && isText(b) {
			out = append(out, hiddenPiece(mixed(b), at)...)
		}
	}
	return out
}

// noise are the sentences that mail programs write where no part is.
var noise = []string{"multi-part message in mime", "multipart message in mime", "mime-encapsulated message", "mime aware", "mime-aware", "mime compliant", "cryptographically signed message"}

func hiddenPiece(text string, at place) []piece {
	text = strings.Trim(clean(text), "\n")
	low := strings.ToLower(text)
	for _, n := range noise {
		if len(text) < 400 && strings.Contains(low, n) {
			return nil
		}
	}
	if len(words(text)) == 0 {
		return nil
	}
	return []piece{{triage.SectionHidden, at.source, text + "\n"}}
}

// splitBody is a multipart body in pieces.
type splitBody struct {
	parts  [][]byte
	around [][]byte // text outside the parts
	closed bool     // the closing boundary line is there
}

// split cuts a body at its boundary lines: one pass, whatever is in it. Parts
// behind the closing line count too: some programs show them.
func split(body []byte, boundary string) (s splitBody, ok bool) {
	boundary = strings.TrimRight(boundary, " \t")
	if boundary == "" {
		return s, false
	}
	mark := []byte("--" + boundary)
	start, inPart := 0, false
	put := func(end int) {
		if inPart {
			s.parts = append(s.parts, trimEOL(body[start:end]))
		} else {
			s.around = append(s.around, body[start:end])
		}
	}
	for pos := 0; ; {
		i := bytes.Index(body[pos:], mark)
		if i < 0 {
			break
		}
		i += pos
		line, next := nextLine(body, i)
		rest := strings.TrimSpace(string(line[min(len(line), len(mark)):]))
		if i > 0 && body[i-1] != '\n' || rest != "" && rest != "--" && rest != "-" {
			pos = i + len(mark)
			continue
		}
		put(i)
		ok, s.closed, inPart = true, rest != "", rest == ""
		start, pos = next, next
		if len(s.parts) > maxParts {
			break // the rest is one last part, kept raw
		}
	}
	put(len(body))
	return s, ok
}

// trimEOL takes off the line end that belongs to the boundary line.
func trimEOL(b []byte) []byte {
	return bytes.TrimSuffix(bytes.TrimSuffix(b, []byte("\n")), []byte("\r"))
}

// guessBoundary finds a boundary line by what follows it: a MIME field.
func guessBoundary(body []byte) string {
	for pos := 0; pos < len(body) && pos < 1<<20; {
		line, next := nextLine(body, pos)
		pos = next
		if len(line) < 3 || len(line) > 200 || !bytes.HasPrefix(line, []byte("--")) {
			continue
		}
		after, _ := nextLine(body, next)
		if name, _, ok := splitField(after); ok && strings.HasPrefix(name, "content-") {
			return string(line[2:])
		}
	}
	return ""
}
