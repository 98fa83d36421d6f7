package letter

import (
	"bytes"
	"encoding/base64"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/ianaindex"
)

// fit says how well the declared character set fitted the bytes.
type fit uint8

const (
	fits fit = iota
	fitsNot
	fitUnknown
)

// toUTF8 decodes bytes of a declared character set. Bytes that are valid UTF-8
// beyond ASCII are UTF-8 whatever a single-byte set declares, because no text
// of those sets looks so by chance; bytes that are no UTF-8 though declared so
// are Windows-1252, as the mail programs of police forces send it.
func toUTF8(b []byte, charset string) (string, fit) {
	name := strings.ToLower(strings.Trim(strings.TrimSpace(charset), `"'`))
	if text, ok := wideText(b); ok {
		return text, fits
	}
	valid := utf8.Valid(b)
	switch name {
	case "", "us-ascii", "ascii", "ansi_x3.4-1968", "8bit", "default", "unknown-8bit", "x-unknown":
		if valid {
			return string(b), fits
		}
		return mixed(b), fitOf(name == "")
	case "utf-8", "utf8", "unicode-1-1-utf-8":
		if valid {
			return string(b), fits
		}
		return mixed(b), fitsNot
	case "utf-7", "unicode-1-1-utf-7", "x-unicode-2-0-utf-7":
		return fromUTF7(b), fits
	}
	enc := lookup(name)
	if enc == nil {
		if valid {
			return string(b), fitUnknown
		}
		return latin(b), fitUnknown
	}
	if single(enc) && valid && !ascii(b) {
		return string(b), fitsNot
	}
	out, err := enc.NewDecoder().Bytes(b)
	if err != nil || lossy(out, b) {
		if valid {
			return string(b), fitsNot
		}
		if err != nil {
			return latin(b), fitsNot
		}
	}
	return string(out), fits
}

func fitOf(ok bool) fit {
	if ok {
		return fits
	}
	return fitsNot
}

// lookup finds an encoding by its MIME name, as browsers do (WHATWG) or else
// as registered (IANA).
func lookup(name string) encoding.Encoding {
	enc, err := htmlindex.Get(name)
	if err == nil && enc != encoding.Replacement {
		return enc
	}
	if enc, err = ianaindex.MIME.Encoding(name); err == nil && enc != nil {
		return enc
	}
	if rest, ok := strings.CutPrefix(name, "cp"); ok {
		return lookup("windows-" + strings.TrimPrefix(rest, "-"))
	}
	return nil
}

// single tells whether an encoding is a table of 256 characters with ASCII in
// its lower half.
func single(enc encoding.Encoding) bool {
	c, ok := enc.(*charmap.Charmap)
	return ok && c.DecodeByte('A') == 'A' && c.DecodeByte('z') == 'z'
}

// lossy tells whether a decoding gave up on more than one character in twenty:
// the bytes are of another set.
func lossy(out, in []byte) bool {
	bad := strings.Count(string(out), "\uFFFD") + strings.Count(string(out), "\x00")
	return bad*20 > len(out) && bad > 0 && len(in) > 0
}

// latin reads bytes as Windows-1252. Its five empty places become C1 controls,
// which clean takes out.
func latin(b []byte) string {
	out, err := charmap.Windows1252.NewDecoder().Bytes(b)
	if err != nil {
		return strings.ToValidUTF8(string(b), "\uFFFD")
	}
	return string(out)
}

// mixed keeps what is UTF-8 and reads the rest as Windows-1252, byte by byte.
func mixed(b []byte) string {
	var s strings.Builder
	s.Grow(len(b) + len(b)/8)
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		if r == utf8.RuneError && n == 1 {
			r = charmap.Windows1252.DecodeByte(b[0])
		}
		s.WriteRune(r)
		b = b[n:]
	}
	return s.String()
}

func ascii(b []byte) bool {
	for _, c := range b {
		if c >= 0x80 {
			return false
		}
	}
	return true
}

// fromUTF7 decodes RFC 2152; what is no shift sequence stays as it is.
func fromUTF7(b []byte) string {
	var s strings.Builder
	text := mixed(b)
	for {
		before, after, found := strings.Cut(text, "+")
		s.WriteString(before)
		if !found {
			return s.String()
		}
		n := 0
		for n < len(after) && base64Char[after[n]] {
			n++
		}
		if n == 0 {
			s.WriteByte('+')
		} else {
			s.WriteString(utf16Base64(after[:n]))
		}
		if n == 0 && strings.HasPrefix(after, "-") || n > 0 && n < len(after) && after[n] == '-' {
			n++
		}
		text = after[n:]
	}
}

func utf16Base64(s string) string {
	data, err := base64.RawStdEncoding.DecodeString(s)
	if err != nil || len(data) < 2 {
		return "+" + s
	}
	return fromUTF16(data, false)
}

// fromUTF16 decodes UTF-16 without a mark, as MAPI (little endian) and PDF
// (big endian) keep it.
func fromUTF16(b []byte, little bool) string {
	units := make([]uint16, 0, len(b)/2)
	for i := 0; i+1 < len(b); i += 2 {
		u := uint16(b[i])<<8 | uint16(b[i+1])
		if little {
			u = uint16(b[i+1])<<8 | uint16(b[i])
		}
		units = append(units, u)
	}
	return string(utf16.Decode(units))
}

// wideText decodes UTF-16 that shows itself, by its mark or by its NULs.
func wideText(b []byte) (string, bool) {
	if !wide(b) {
		return "", false
	}
	if bytes.HasPrefix(b, []byte("\xfe\xff")) || b[0] == 0 {
		return fromUTF16(b, false), true
	}
	return fromUTF16(b, true), true
}

// clean makes decoded text ours: \n line ends, no controls, no characters that
// cannot be seen (they split words from their readers), plain blanks.
func clean(s string) string {
	if !needsCleaning(s) {
		return s
	}
	s = strings.ReplaceAll(s, "\r\n", "\n")
	if !needsCleaning(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	for _, r := range s {
		switch {
		case r >= ' ' && r < 0x7f || r == '\n' || r == '\t':
			b.WriteByte(byte(r))
		case r == '\r':
			b.WriteByte('\n')
		case r == '\f' || r == '\v' || r == '\u0085' || r == '\u2028' || r == '\u2029':
			b.WriteByte('\n')
		case r < ' ' || unicode.Is(unicode.Cc, r) || invisible(r):
		case unicode.Is(unicode.Zs, r):
			b.WriteByte(' ')
		default:
			b.WriteRune(r) // RuneError for a bad byte
		}
	}
	return b.String()
}

func needsCleaning(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < ' ' && c != '\n' && c != '\t' || c >= 0x7f {
			return true
		}
	}
	return false
}

// invisible tells of format characters: zero width, soft hyphen, marks of
// direction, tags, byte order mark. A joiner changes no word that we look for.
func invisible(r rune) bool {
	return unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Variation_Selector, r) || r == '\u034F'
}

// hasInvisible tells whether text holds characters that hide or turn text
// around: more than the soft hyphens and marks that mail programs write.
func hasInvisible(s string) bool {
	if strings.IndexByte(s, 0xE2) < 0 && strings.IndexByte(s, 0xCD) < 0 {
		return false // the first bytes of all of them
	}
	return strings.ContainsAny(s, "\u200B\u202A\u202B\u202D\u202E\u2066\u2067\u2068\u2060\u034F")
}
