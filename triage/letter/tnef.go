package letter

import (
	"encoding/binary"

	"github.com/ppn-triage/ppn-triage/triage"
)

// Attributes of TNEF ([MS-OXTNEF] 2.1.3.2).
const (
	attBody, attMessageClass, attSubject, attMAPIProps                = 0x800C, 0x8008, 0x8004, 0x9003
	attRendData, attAttachTitle, attAttachData, attAttachment, attOEM = 0x9002, 0x8010, 0x800F, 0x9005, 0x9007
)

// tnef reads winmail.dat.
func (r *reading) tnef(f file, depth int, at place) ([]piece, bool) {
	m, whole := parseTNEF(f.data)
	if !whole {
		r.problem(CodeBroken, at.source)
	}
	r.markInline(len(r.letter.Attachments) - 1)
	if at.kind == triage.SectionBody && depth <= 2 {
		r.report.class = m.text(pidClass)
	}
	return r.mapi(m, depth, at), whole
}

// parseTNEF reads the attributes; false if they end before the data does.
func parseTNEF(b []byte) (*mapiMessage, bool) {
	m := &mapiMessage{props: map[uint16]mapiValue{}}
	for pos := 6; pos < len(b); {
		if pos+9 > len(b) {
			return m, len(b)-pos < 4 // padding
		}
		id := binary.LittleEndian.Uint16(b[pos+1:])
		n := int(binary.LittleEndian.Uint32(b[pos+5:]))
		pos += 9
		if n < 0 || n > len(b)-pos {
			m.attribute(id, b[pos:])
			return m, false
		}
		if !m.attribute(id, b[pos:pos+n]) {
			return m, false
		}
		pos += n + 2 // and the checksum
	}
	return m, true
}

// attribute takes one attribute; false if its properties are broken.
func (m *mapiMessage) attribute(id uint16, data []byte) bool {
	whole := true
	switch id {
	case attBody:
		m.keep(pidBody, mapiValue{typeString8, data})
	case attSubject:
		m.keep(pidSubject, mapiValue{typeString8, data})
	case attMessageClass:
		m.keep(pidClass, mapiValue{typeString8, data})
	case attOEM:
		m.keep(pidCodepage, mapiValue{3, data})
	case attMAPIProps:
		var props map[uint16]mapiValue
		props, whole = mapiProps(data)
		for id, v := range props {
			m.props[id] = v
		}
	case attRendData:
		m.files = append(m.files, mapiFile{props: map[uint16]mapiValue{}})
	case attAttachTitle:
		m.last().props[pidFile] = mapiValue{typeString8, data}
	case attAttachData:
		m.last().data = data
	case attAttachment:
		f := m.last()
		var props map[uint16]mapiValue
		props, whole = mapiProps(data)
		for id, v := range props {
			f.props[id] = v
		}
		f.object(props[pidData])
	}
	return whole
}

// keep sets a property that is not known better.
func (m *mapiMessage) keep(id uint16, v mapiValue) {
	if _, ok := m.props[id]; !ok {
		m.props[id] = v
	}
}

// last returns the attachment being described.
func (m *mapiMessage) last() *mapiFile {
	if len(m.files) == 0 {
		m.files = append(m.files, mapiFile{props: map[uint16]mapiValue{}})
	}
	return &m.files[len(m.files)-1]
}

// object takes the data of an attachment that is a property: a mail, as TNEF
// of its own behind the identifier of its interface, or bytes.
func (f *mapiFile) object(v mapiValue) {
	switch {
	case v.typ == typeOb && len(v.data) > 20 && sniff(v.data[16:], "") == typeTNEF:
		f.mail, _ = parseTNEF(v.data[16:])
	case v.typ == typeOb && len(v.data) > 16 && len(f.data) == 0:
		f.data = v.data[16:]
	case v.typ == typeBin && len(f.data) == 0:
		f.data = v.data
	}
}

// mapiProps reads a list of properties (2.1.3.4); false if it is broken, with
// those before the break.
func mapiProps(b []byte) (props map[uint16]mapiValue, whole bool) {
	props = map[uint16]mapiValue{}
	c := cursor{b: b}
	for n := c.u32(); n > 0 && !c.bad; n-- {
		typ, id := c.u16(), c.u16()
		if id >= 0x8000 {
			c.take(16)
			if c.u32() == 0 {
				c.take(4)
			} else {
				c.take(pad4(int(c.u32())))
			}
		}
		count := 1
		if typ&0x1000 != 0 {
			count = int(c.u32())
		}
		for i := 0; i < count && !c.bad; i++ {
			v := mapiValue{typ: typ &^ 0x1000}
			v.data = c.value(v.typ, typ&0x1000 != 0)
			if _, seen := props[id]; !seen && !c.bad && id < 0x8000 {
				props[id] = v
			}
		}
	}
	return props, !c.bad
}

// cursor reads little-endian values; past the end it is bad.
type cursor struct {
	b   []byte
	bad bool
}

func (c *cursor) take(n int) []byte {
	if n < 0 || n > len(c.b) {
		c.bad = true
		return nil
	}
	out := c.b[:n]
	c.b = c.b[n:]
	return out
}

func (c *cursor) u16() uint16 {
	if v := c.take(2); v != nil {
		return binary.LittleEndian.Uint16(v)
	}
	return 0
}

func (c *cursor) u32() uint32 {
	if v := c.take(4); v != nil {
		return binary.LittleEndian.Uint32(v)
	}
	return 0
}

// value reads one value. Those of variable length say how long they are, and a
// single one says first that it is one.
func (c *cursor) value(typ uint16, multi bool) []byte {
	switch typ {
	case 0x0005, 0x0006, 0x0007, 0x0014, 0x0040:
		return c.take(8)
	case 0x0048:
		return c.take(16)
	case typeString8, typeUnicode, typeBin, typeOb:
		if !multi {
			c.u32()
		}
		n := int(c.u32())
		v := c.take(pad4(n))
		return v[:min(n, len(v))]
	}
	return c.take(4)
}

func pad4(n int) int { return (n + 3) &^ 3 }
