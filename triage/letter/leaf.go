package letter

import (
	"strings"

	"github.com/ppn-triage/ppn-triage/triage"
)

// leaf reads a part without parts: the text of the mail, or an attachment.
func (r *reading) leaf(e entity, depth int, at place) []piece {
	d := transfer(e.body, e.encoding)
	if d.code != "" && len(d.data) > 0 {
		r.problem(d.code, at.source)
	}
	if !r.spend(len(d.data)) {
		return r.raw(d.data, at)
	}
	var out []piece
	found := sniff(d.data, e.typ)
	switch {
	case e.isText(found):
		out = r.text(e, d.data, found == typeHTML, depth, at)
	default:
		out = r.attachment(file{name: e.name, declared: e.typ, params: e.params, data: d.data, inline: !e.attached && e.head.has("content-id")}, depth, at)
	}
	if d.extra != "" {
		out = append(out, segment(plainLines(clean(rawText(d.extra)), false, false), at)...)
	}
	return out
}

// isText tells whether a part is text of the mail itself. found is what its
// bytes are, whatever it declares.
func (e *entity) isText(found string) bool {
	if e.attached || e.name != "" && found != typeHTML {
		return false
	}
	switch {
	case found != typeUnknown && found != typeText && found != typeHTML:
		return false
	case e.typ == "" || e.typ == "text/calendar":
		return e.typ == ""
	}
	return strings.HasPrefix(e.typ, "text/") && e.typ != "text/rtf" && found != typeUnknown
}

// text reads text of the mail: plain or HTML, in its character set.
func (r *reading) text(e entity, data []byte, isHTML bool, depth int, at place) []piece {
	charset := e.params["charset"]
	if charset == "" && isHTML {
		charset = metaCharset(data)
	}
	text, how := toUTF8(data, charset)
	switch how {
	case fitsNot:
		r.problem(CodeCharset, at.source)
	case fitUnknown:
		r.problem(CodeCharsetUnknown, at.source)
	}
	if len(text) > maxText {
		r.problem(CodeTextLimit, at.source)
		text = text[:maxText]
	}
	if hasInvisible(text) {
		r.problem(CodeInvisible, at.source)
	}
	if isHTML {
		if at.source == "body" {
			at.source = "html"
		}
		return r.otherCharset(segment(htmlText(text), at), data, text, at)
	}
	readable, files := r.uuFiles(clean(text), depth, at)
	flowed := strings.EqualFold(e.params["format"], "flowed")
	lines := plainLines(readable, flowed, strings.EqualFold(e.params["delsp"], "yes"))
	read := r.otherCharset(segment(lines, at), data, text, at)
	if !strings.EqualFold(strings.TrimSpace(e.encoding), "quoted-printable") {
		read = r.maybeQP(read, readable, at)
	}
	return append(read, files...)
}

// maybeQP adds what text says if it is quoted-printable that does not say so.
// A few escapes can stand in any text ("x=10"), so the text as it is comes
// first.
func (r *reading) maybeQP(read []piece, text string, at place) []piece {
	if !onlyEscapes([]byte(text), 2) {
		return read
	}
	plain, _ := fromQP([]byte(text))
	out := union(read, []piece{{triage.SectionHidden, at.source, strings.TrimRight(clean(mixed(plain)), "\n") + "\n"}})
	if len(out) > len(read) {
		r.problem(CodeTwoReadings, at.source)
	}
	return out
}

// otherCharset adds what the bytes say as they are where the declared set made
// other letters of plain ASCII (UTF-7, EBCDIC, UTF-16 declared by mistake).
func (r *reading) otherCharset(read []piece, data []byte, text string, at place) []piece {
	if text == string(data[:min(len(data), len(text))]) || !ascii(data) || !isText(data) {
		return read
	}
	raw := strings.TrimRight(clean(string(data)), "\n") + "\n"
	out := union(read, []piece{{triage.SectionHidden, at.source, raw}})
	if len(out) > len(read) {
		r.problem(CodeTwoReadings, at.source)
	}
	return out
}

// metaCharset finds the character set that HTML declares in itself.
func metaCharset(data []byte) string {
	head := strings.ToLower(string(data[:min(len(data), 4096)]))
	_, after, ok := strings.Cut(head, "charset=")
	if !ok {
		return ""
	}
	after = strings.TrimLeft(after, `"' `)
	if i := strings.IndexAny(after, `"' />;`); i >= 0 {
		after = after[:i]
	}
	return after
}

// uuFiles takes uuencoded files out of plain text and reads them.
func (r *reading) uuFiles(text string, depth int, at place) (string, []piece) {
	var out []piece
	for n := 0; n < 20 && strings.Contains(text, "begin "); n++ {
		data, name, rest, ok := uudecode([]byte(text))
		if !ok || !r.spend(len(data)) {
			break
		}
		text = string(rest)
		out = append(out, r.attachment(file{name: name, data: data}, depth, at)...)
	}
	return text, out
}

// message reads a mail inside the mail.
func (r *reading) message(data []byte, depth int, at place) []piece {
	h, body := splitHeader(lineEnds(data))
	if !h.mail() {
		r.problem(CodeNotAMail, at.source)
		return r.entity(entity{body: data}, depth+1, at)
	}
	subject := decodeWords(h.get("subject"))
	name, addr := parseAddress(h.get("from"))
	f := forwarded{from: addr, subject: subject, names: []string{h.get("from"), h.get("to"), h.get("cc")}}
	r.mails = append(r.mails, f)
	if at.kind == triage.SectionBody {
		at.kind = triage.SectionForwarded
	}
	at.reply = false
	var b strings.Builder
	b.WriteString("From: " + strings.TrimSpace(name+" <"+addr+">") + "\n")
	for _, n := range [][2]string{{"date", "Sent: "}, {"to", "To: "}, {"cc", "Cc: "}} {
		if v := h.get(n[0]); v != "" {
			b.WriteString(n[1] + decodeWords(v) + "\n")
		}
	}
	b.WriteString("Subject: " + subject + "\n\n")
	out := []piece{{at.kind, at.source, b.String()}}
	return append(out, r.entity(newEntity(h, body), depth+1, at)...)
}
