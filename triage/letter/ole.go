package letter

import (
	"encoding/binary"
	"strconv"
	"strings"
)

// ole reads a compound file: a mail of Outlook (.msg), a document of Word 97,
// or a document locked with a password.
func (r *reading) ole(f file, depth int, at place) ([]piece, bool) {
	c, ok := openCompound(f.data)
	if !ok {
		r.problem(CodeBroken, at.source)
		return nil, false
	}
	root := c.list(c.child(0))
	switch {
	case has(root, "EncryptedPackage"):
		r.problem(CodeEncrypted, at.source)
		return nil, false
	case has(root, "__properties_version1.0"):
		m := c.message(root, 0)
		r.markInline(len(r.letter.Attachments) - 1)
		return r.mapiMail(m, depth+1, at), true
	case has(root, "WordDocument"):
		return r.word97(c, root, at)
	}
	r.problem(CodeUnread, at.source)
	return nil, false
}

// compound is an open compound file ([MS-CFB]).
type compound struct {
	data       []byte
	sector     int
	fat, mini  []uint32
	miniStream []byte
	cutoff     int
	entries    []oleEntry
	taken      int
}

// oleEntry is one stream or storage.
type oleEntry struct {
	name               string
	kind               byte // 1 storage, 2 stream, 5 root
	left, right, child uint32
	start              uint32
	size               int
}

const (
	endOfChain    = 0xFFFFFFFA // this and above are no sectors
	maxOLEEntries = 20000
)

// openCompound reads the tables of a compound file.
func openCompound(b []byte) (*compound, bool) {
	if len(b) < 512 {
		return nil, false
	}
	u32 := func(at int) uint32 { return binary.LittleEndian.Uint32(b[at:]) }
	shift := binary.LittleEndian.Uint16(b[30:])
	if shift != 9 && shift != 12 {
		return nil, false
	}
	c := &compound{data: b, sector: 1 << shift, cutoff: int(u32(56))}
	var difat []uint32
	for i := 0; i < 109; i++ {
		difat = append(difat, u32(76+4*i))
	}
	for next, n := u32(68), 0; next < endOfChain && n < len(b)/c.sector; n++ {
		s := c.words(next)
		if len(s) == 0 {
			break
		}
		difat = append(difat, s[:len(s)-1]...)
		next = s[len(s)-1]
	}
	for _, s := range difat {
		if s < endOfChain {
			c.fat = append(c.fat, c.words(s)...)
		}
		if len(c.fat) > len(b)/c.sector+c.sector {
			break
		}
	}
	c.readEntries(c.chain(u32(48), len(b)))
	if len(c.entries) == 0 {
		return nil, false
	}
	mini := c.chain(u32(60), len(b))
	for i := 0; i+4 <= len(mini); i += 4 {
		c.mini = append(c.mini, binary.LittleEndian.Uint32(mini[i:]))
	}
	c.miniStream = c.chain(c.entries[0].start, c.entries[0].size)
	return c, true
}

// words returns a sector as numbers.
func (c *compound) words(n uint32) (out []uint32) {
	s := c.sectorAt(n)
	for i := 0; i+4 <= len(s); i += 4 {
		out = append(out, binary.LittleEndian.Uint32(s[i:]))
	}
	return out
}

func (c *compound) sectorAt(n uint32) []byte {
	from := (int(n) + 1) * c.sector
	if n >= endOfChain || from > len(c.data) {
		return nil
	}
	return c.data[from:min(len(c.data), from+c.sector)]
}

// chain reads a stream by the table of sectors; one that runs in a circle ends
// at its size or at that of the file.
func (c *compound) chain(start uint32, size int) []byte {
	var out []byte
	size = min(size, len(c.data))
	for n := start; n < endOfChain && len(out) < size; {
		s := c.sectorAt(n)
		if len(s) == 0 {
			break
		}
		out = append(out, s...)
		if int(n) >= len(c.fat) {
			break
		}
		n = c.fat[n]
	}
	return out[:min(len(out), size)]
}

// readEntries reads the directory.
func (c *compound) readEntries(dir []byte) {
	for i := 0; i+128 <= len(dir) && len(c.entries) < maxOLEEntries; i += 128 {
		d := dir[i : i+128]
		n := int(binary.LittleEndian.Uint16(d[64:]))
		e := oleEntry{
			kind: d[66], left: binary.LittleEndian.Uint32(d[68:]), right: binary.LittleEndian.Uint32(d[72:]), child: binary.LittleEndian.Uint32(d[76:]),
			start: binary.LittleEndian.Uint32(d[116:]), size: int(binary.LittleEndian.Uint32(d[120:])),
		}
		if n >= 2 && n <= 64 {
			e.name = fromUTF16(d[:n-2], true)
		}
		c.entries = append(c.entries, e)
	}
}

func (c *compound) child(i uint32) uint32 { return c.entries[i].child }

// list returns the entries of a storage by name: a walk of their tree.
func (c *compound) list(top uint32) map[string]uint32 {
	out := map[string]uint32{}
	seen := map[uint32]bool{}
	stack := []uint32{top}
	for len(stack) > 0 {
		n := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if int(n) >= len(c.entries) || seen[n] {
			continue
		}
		seen[n] = true
		e := c.entries[n]
		out[e.name] = n
		stack = append(stack, e.left, e.right)
	}
	return out
}

func has(list map[string]uint32, name string) bool {
	_, ok := list[name]
	return ok
}

// stream reads a stream; short ones lie in the stream of the root.
func (c *compound) stream(i uint32) []byte {
	e := c.entries[i]
	if e.kind != 2 || c.taken > maxDecoded {
		return nil
	}
	c.taken += e.size
	if e.size >= c.cutoff {
		return c.chain(e.start, e.size)
	}
	var out []byte
	for n := e.start; n < endOfChain && len(out) < e.size; {
		from := int(n) * 64
		if from >= len(c.miniStream) || int(n) >= len(c.mini) {
			break
		}
		out = append(out, c.miniStream[from:min(len(c.miniStream), from+64)]...)
		n = c.mini[n]
	}
	return out[:min(len(out), e.size)]
}

// message reads the properties and attachments of a mail of Outlook
// ([MS-OXMSG]).
func (c *compound) message(list map[string]uint32, depth int) *mapiMessage {
	m := &mapiMessage{props: c.props(list)}
	for n := 0; n < maxParts; n++ {
		i, ok := list["__attach_version1.0_#"+hex8(n)]
		if !ok {
			break
		}
		in := c.list(c.child(i))
		f := mapiFile{props: c.props(in)}
		f.data = f.props[pidData].data
		if sub, ok := in["__substg1.0_3701000D"]; ok && depth < maxDepth {
			if inner := c.list(c.child(sub)); has(inner, "__properties_version1.0") {
				f.mail = c.message(inner, depth+1)
			}
		}
		m.files = append(m.files, f)
	}
	return m
}

func hex8(n int) string {
	s := strings.ToUpper(strconv.FormatInt(int64(n), 16))
	return strings.Repeat("0", 8-len(s)) + s
}

// props reads the properties that are streams of their own: those of variable
// length.
func (c *compound) props(list map[string]uint32) map[uint16]mapiValue {
	out := map[uint16]mapiValue{}
	for name, i := range list {
		tag, ok := strings.CutPrefix(name, "__substg1.0_")
		if !ok || len(tag) != 8 {
			continue
		}
		n, err := strconv.ParseUint(tag, 16, 32)
		if err != nil || c.entries[i].kind != 2 {
			continue
		}
		if id := uint16(n >> 16); wanted[id] {
			out[id] = mapiValue{typ: uint16(n), data: c.stream(i)}
		}
	}
	return out
}

// wanted are the properties that are read.
var wanted = map[uint16]bool{
	pidClass: true, pidSubject: true, pidHeaders: true, pidSenderName: true, pidSenderMail: true, pidSender: true, pidTo: true,
	pidBody: true, pidRTF: true, pidHTML: true, pidData: true, pidFile: true, pidLongFile: true, pidMIME: true,
}
