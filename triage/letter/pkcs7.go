package letter

import (
	"bytes"
	"strings"
)

const typePKCS7 = "application/pkcs7-mime"

// Object identifiers of PKCS #7 content (RFC 5652), as DER.
var (
	oidSigned    = []byte{0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02}
	oidEnveloped = []byte{0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x03}
)

// isPKCS7 tells S/MIME by its declared type or its name.
func isPKCS7(declared, name string) bool {
	return declared == typePKCS7 || declared == "application/x-pkcs7-mime" || strings.HasSuffix(strings.ToLower(name), ".p7m")
}

// pkcs7 reads the mail within an opaque S/MIME signature; the signature is not
// checked. An encrypted one is told.
func (r *reading) pkcs7(f file, depth int, at place) ([]piece, bool) {
	n, _, ok := readBER(f.data, 0)
	switch {
	case !ok || len(n.sub) < 2:
		r.problem(CodeBroken, at.source)
		return nil, false
	case bytes.Equal(n.sub[0].data, oidEnveloped):
		r.problem(CodeEncryptedMail, at.source)
		return nil, false
	case !bytes.Equal(n.sub[0].data, oidSigned):
		r.problem(CodeUnread, at.source)
		return nil, false
	}
	inner := n.sub[1].at(0).at(2).at(1).octets()
	if len(inner) == 0 {
		return nil, true // the signature alone
	}
	if !r.spend(len(inner)) {
		return nil, false
	}
	r.markInline(len(r.letter.Attachments) - 1)
	h, body := splitHeader(lineEnds(inner))
	return r.entity(newEntity(h, body), depth+1, at), true
}

// node is a value of BER (X.690) and, if it is made of others, those.
type node struct {
	tag  byte
	data []byte
	sub  []node
}

// at returns a part, or nothing.
func (n node) at(i int) node {
	if i < len(n.sub) {
		return n.sub[i]
	}
	return node{}
}

// octets are the bytes of a string, in one piece or in many.
func (n node) octets() []byte {
	if len(n.sub) == 0 {
		return n.data
	}
	var out []byte
	for _, s := range n.sub {
		out = append(out, s.octets()...)
	}
	return out
}

const maxBERDepth = 12

// readBER reads one value, with definite or indefinite length.
func readBER(b []byte, depth int) (n node, rest []byte, ok bool) {
	if len(b) < 2 || depth > maxBERDepth || b[0]&0x1f == 0x1f {
		return n, nil, false
	}
	n.tag = b[0]
	size, head := int(b[1]), 2
	if size > 0x80 {
		k := size & 0x7f
		if k > 4 || len(b) < 2+k {
			return n, nil, false
		}
		size = 0
		for _, c := range b[2 : 2+k] {
			size = size<<8 | int(c)
		}
		head += k
	}
	b = b[head:]
	open := size == 0x80 && head == 2
	if open {
		size = len(b)
	}
	if size < 0 || size > len(b) {
		return n, nil, false
	}
	n.data, rest = b[:size], b[size:]
	if n.tag&0x20 == 0 {
		return n, rest, !open
	}
	for in := n.data; len(in) > 0; {
		if open && len(in) >= 2 && in[0] == 0 && in[1] == 0 {
			return n, in[2:], true
		}
		sub, next, ok := readBER(in, depth+1)
		if !ok {
			return n, nil, false
		}
		n.sub = append(n.sub, sub)
		in = next
	}
	return n, rest, !open
}
