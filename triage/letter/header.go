package letter

import (
	"bytes"
	"strings"
)

// field is one header field: name in lower case, value unfolded, not decoded.
type field struct{ name, value string }

// header is the header block of a mail or of a part.
type header struct {
	fields []field
	stray  []string // lines of the block that are no header lines
	over   bool     // larger than the limits: fields were left out

	open []byte // the last field's value while its lines are still coming
}

// known are the names that show that bytes are a mail, and the ones kept
// however many other fields stand before them.
var known = map[string]bool{
	"received": true, "from": true, "to": true, "cc": true, "subject": true, "date": true, "message-id": true,
	"mime-version": true, "content-type": true, "content-transfer-encoding": true, "content-disposition": true,
	"content-id": true, "content-description": true, "return-path": true, "delivered-to": true, "reply-to": true,
	"sender": true, "auto-submitted": true, "in-reply-to": true, "references": true, "authentication-results": true,
	"ppn-truncated": true, "resent-from": true, "resent-to": true, "resent-date": true, "bcc": true,
	"x-failed-recipients": true, "precedence": true, "list-id": true, "dkim-signature": true, "x-mailer": true,
}

// get returns the first field of that name.
func (h *header) get(name string) string {
	for _, f := range h.fields {
		if f.name == name {
			return f.value
		}
	}
	return ""
}

// has tells whether there is a field of that name.
func (h *header) has(name string) bool {
	for _, f := range h.fields {
		if f.name == name {
			return true
		}
	}
	return false
}

// distinct returns the different values of a name, in order, at most max.
func (h *header) distinct(name string, max int) []string {
	var out []string
next:
	for _, f := range h.fields {
		if f.name != name || len(out) == max {
			continue
		}
		for _, v := range out {
			if v == f.value {
				continue next
			}
		}
		out = append(out, f.value)
	}
	return out
}

// mail tells whether the block is the header of a mail: at least one name that
// every mail has and nothing else does.
func (h *header) mail() bool {
	for _, f := range h.fields {
		if known[f.name] {
			return true
		}
	}
	return false
}

// splitHeader reads the header block and returns the rest as body. A block
// without its blank line ends at the first line that is no header line and is
// followed by no known field.
func splitHeader(b []byte) (h header, body []byte) {
	defer h.close()
	last := -2 // offset of the last known field; -2: not looked for yet
	for pos := 0; pos < len(b); {
		line, next := nextLine(b, pos)
		if len(bytes.TrimRight(line, " \t")) == 0 {
			if len(h.fields) == 0 && len(h.stray) == 0 && pos < 100 {
				pos = next // blank lines before the header
				continue
			}
			return h, b[next:]
		}
		if len(h.fields) == 0 {
			line = bytes.TrimLeft(line, " \t") // nothing to be continued yet
		}
		name, value, ok := splitField(line)
		switch {
		case (line[0] == ' ' || line[0] == '\t') && len(h.fields) > 0:
			h.fold(line, next)
		case ok:
			h.add(name, value, next)
		case pos == 0 && (bytes.HasPrefix(line, []byte("From ")) || bytes.HasPrefix(line, []byte(">From "))):
			// the separator of an mbox file
		case h.wantsMore():
			h.fold(line, next)
		default:
			if last == -2 {
				last = lastKnown(b, pos)
			}
			if last < pos {
				return h, b[pos:]
			}
			h.stray = append(h.stray, string(line))
		}
		pos = next
	}
	return h, nil
}

// add begins a field unless the block is past its limits and the field is
// none that the reading of the mail hangs on.
func (h *header) add(name, value string, end int) {
	if len(h.fields) >= maxFields || end > maxHeaderBlock {
		h.over = true
		if !known[name] || len(h.fields) >= 2*maxFields {
			return
		}
	}
	h.close()
	h.fields = append(h.fields, field{name: name})
	h.open = append(h.open, strings.TrimSpace(clip(value))...)
}

// fold adds a continuation line to the last field (RFC 5322 2.2.3).
func (h *header) fold(line []byte, end int) {
	if len(h.open)+len(line) > maxFieldSize || end > maxHeaderBlock && !known[h.fields[len(h.fields)-1].name] {
		h.over = true
		return
	}
	h.open = append(h.open, ' ')
	h.open = append(h.open, bytes.TrimSpace(line)...)
}

// close ends the last field.
func (h *header) close() {
	if n := len(h.fields); n > 0 && h.open != nil {
		h.fields[n-1].value = string(h.open)
	}
	h.open = nil
}

// wantsMore tells whether the last field cannot end where it does, so that a
// line without indent belongs to it.
func (h *header) wantsMore() bool {
	if len(h.fields) == 0 {
		return false
	}
	return bytes.HasSuffix(h.open, []byte(";")) ||
		strings.HasPrefix(h.fields[len(h.fields)-1].name, "content-") && bytes.Count(h.open, []byte(`"`))%2 == 1
}

// lastKnown returns the offset of the last line of the block from pos on that
// is a known field, or -1.
func lastKnown(b []byte, pos int) int {
	last := -1
	for end := min(len(b), pos+maxHeaderBlock); pos < end; {
		line, next := nextLine(b, pos)
		if len(line) == 0 {
			break
		}
		if name, _, ok := splitField(line); ok && known[name] {
			last = pos
		}
		pos = next
	}
	return last
}

// splitField splits "Name: value". A name is printable ASCII without blanks
// (RFC 5322 2.2); blanks before the colon are forgiven.
func splitField(line []byte) (name, value string, ok bool) {
	i := bytes.IndexByte(line, ':')
	if i <= 0 || i > 128 {
		return "", "", false
	}
	n := bytes.TrimRight(line[:i], " \t")
	if len(n) == 0 {
		return "", "", false
	}
	for _, c := range n {
		if c <= ' ' || c >= 0x7f {
			return "", "", false
		}
	}
	return strings.ToLower(string(n)), string(line[i+1:]), true
}

// nextLine returns the line at pos without its end, and where the next begins.
func nextLine(b []byte, pos int) (line []byte, next int) {
	i := bytes.IndexByte(b[pos:], '\n')
	if i < 0 {
		return bytes.TrimSuffix(b[pos:], []byte("\r")), len(b)
	}
	return bytes.TrimSuffix(b[pos:pos+i], []byte("\r")), pos + i + 1
}

func clip(s string) string {
	if len(s) > maxFieldSize {
		return s[:maxFieldSize]
	}
	return s
}
