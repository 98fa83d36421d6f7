package letter

import (
	"encoding/binary"
	"strconv"
	"strings"

	"github.com/ppn-triage/ppn-triage/triage"
)

// mapiMessage is what a mail of Outlook says, whether it came as TNEF or as a
// .msg file: its properties by number ([MS-OXPROPS]) and its attachments.
type mapiMessage struct {
	props map[uint16]mapiValue
	files []mapiFile
}

// mapiFile is one attachment: bytes, or a mail.
type mapiFile struct {
	props map[uint16]mapiValue
	data  []byte
	mail  *mapiMessage
}

// mapiValue is a property's value as stored.
type mapiValue struct {
	typ  uint16
	data []byte
}

// Property numbers and types.
const (
	pidClass, pidSubject, pidHeaders          = 0x001A, 0x0037, 0x007D
	pidSenderName, pidSenderMail, pidSender   = 0x0C1A, 0x0C1F, 0x5D01
	pidTo, pidBody, pidRTF, pidHTML           = 0x0E04, 0x1000, 0x1009, 0x1013
	pidData, pidFile, pidLongFile, pidMIME    = 0x3701, 0x3704, 0x3707, 0x370E
	pidCodepage                               = 0x3FDE
	typeString8, typeUnicode, typeBin, typeOb = 0x001E, 0x001F, 0x0102, 0x000D
)

// text decodes a string property.
func (m *mapiMessage) text(id uint16) string { return mapiText(m.props, id, m.charset()) }

func mapiText(props map[uint16]mapiValue, id uint16, charset string) string {
	v, ok := props[id]
	if !ok {
		return ""
	}
	if v.typ == typeUnicode {
		return strings.TrimRight(clean(fromUTF16(v.data, true)), "\x00")
	}
	s, _ := toUTF8(v.data, charset)
	return clean(s)
}

// charset is the code page of the message's eight-bit strings.
func (m *mapiMessage) charset() string {
	if v := m.props[pidCodepage].data; len(v) >= 4 {
		switch n := binary.LittleEndian.Uint32(v); {
		case n == 65001:
			return "utf-8"
		case n >= 1250 && n <= 1258 || n == 874:
			return "windows-" + strconv.Itoa(int(n))
		}
	}
	return ""
}

// mapi reads a message of Outlook. Its bodies are readings of one text.
func (r *reading) mapi(m *mapiMessage, depth int, at place) []piece {
	if depth > maxDepth {
		r.problem(CodeTooDeep, at.source)
		return nil
	}
	if r.parts++; r.parts > maxParts {
		r.problem(CodeTooManyParts, "")
		return nil
	}
	out := segment(plainLines(m.text(pidBody), false, false), at)
	if v := m.props[pidHTML]; len(v.data) > 0 && r.spend(len(v.data)) {
		text := m.text(pidHTML)
		if v.typ == typeBin {
			text, _ = toUTF8(v.data, first2(m.charset(), metaCharset(v.data)))
		}
		out = alternatives(out, segment(htmlText(text), at))
	}
	if v := m.props[pidRTF]; len(v.data) > 0 {
		if plain, ok := expandRTF(v.data); !ok {
			r.problem(CodeBroken, at.source)
		} else if r.spend(len(plain)) {
			pieces, _ := r.rtf(file{data: plain}, depth, at)
			out = alternatives(out, pieces)
		}
	}
	for _, f := range m.files {
		out = append(out, r.mapiFile(f, m.charset(), depth, at)...)
	}
	return out
}

func first2(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// alternatives joins two readings of one text, the one with the better tables
// whole.
func alternatives(a, b []piece) []piece {
	if len(a) == 0 {
		return b
	}
	return union(richer(a, b))
}

// mapiFile reads an attachment of a message of Outlook.
func (r *reading) mapiFile(f mapiFile, charset string, depth int, at place) []piece {
	name := first2(mapiText(f.props, pidLongFile, charset), mapiText(f.props, pidFile, charset))
	if f.mail != nil {
		i, source := r.attach(name, typeMail, nil)
		r.letter.Attachments[i].Read = true
		r.markInline(i)
		return r.mapiMail(f.mail, depth+1, place{kind: at.kind, source: source})
	}
	if !r.spend(len(f.data)) {
		return nil
	}
	return r.attachment(file{name: name, declared: mapiText(f.props, pidMIME, charset), data: f.data}, depth+1, at)
}

// mapiMail reads a message that is a mail inside the mail.
func (r *reading) mapiMail(m *mapiMessage, depth int, at place) []piece {
	if at.kind == triage.SectionBody {
		at.kind = triage.SectionForwarded
	}
	from := strings.ToLower(first2(m.text(pidSender), m.text(pidSenderMail)))
	subject := m.text(pidSubject)
	r.mails = append(r.mails, forwarded{from: from, subject: subject, names: []string{m.text(pidSenderName), from, m.text(pidTo)}})
	head := "From: " + oneLine(m.text(pidSenderName)+" <"+from+">") + "\n"
	if h, _ := splitHeader([]byte(m.text(pidHeaders) + "\n\n")); h.has("date") {
		head += "Sent: " + h.get("date") + "\n"
	}
	head += "To: " + oneLine(m.text(pidTo)) + "\nSubject: " + oneLine(subject) + "\n\n"
	return append([]piece{{at.kind, at.source, head}}, r.mapi(m, depth, at)...)
}

// rtfPrefix is what the dictionary of compressed RTF begins with ([MS-OXRTFCP]
// 2.1.2.1).
const rtfPrefix = "{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx"

// expandRTF undoes the compression of PidTagRtfCompressed.
func expandRTF(b []byte) ([]byte, bool) {
	if len(b) < 16 {
		return nil, false
	}
	size := int(binary.LittleEndian.Uint32(b[4:]))
	switch string(b[8:12]) {
	case "MELA":
		return b[16:min(len(b), 16+max(0, size))], true
	case "LZFu":
	default:
		return nil, false
	}
	var dict [4096]byte
	at := copy(dict[:], rtfPrefix)
	out := make([]byte, 0, min(size, len(b)*20))
	put := func(c byte) {
		out = append(out, c)
		dict[at] = c
		at = (at + 1) % len(dict)
	}
	for pos := 16; pos < len(b); {
		flags := b[pos]
		pos++
		for bit := 0; bit < 8 && pos < len(b); bit++ {
			if flags>>bit&1 == 0 {
				put(b[pos])
				pos++
				continue
			}
			if pos+1 >= len(b) {
				return out, false
			}
			ref := int(b[pos])<<8 | int(b[pos+1])
			pos += 2
			from, n := ref>>4, ref&15+2
			if from == at {
				return out, true // the end mark
			}
			for i := 0; i < n; i++ {
				put(dict[(from+i)%len(dict)])
			}
		}
	}
	return out, len(out) >= size
}
