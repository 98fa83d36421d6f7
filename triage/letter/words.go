package letter

import (
	"bytes"
	"encoding/base64"
	"strings"
	"unicode/utf8"
)

// decodeWords decodes the encoded words of a header value (RFC 2047, with the
// language of RFC 2231). Neighbours of one character set are joined before
// they are decoded, because some senders split them inside a character. Raw
// eight-bit bytes are read as UTF-8 or Windows-1252.
func decodeWords(s string) string {
	var out strings.Builder
	var pending []byte
	charset := ""
	flush := func() {
		text, _ := toUTF8(pending, charset)
		out.WriteString(text)
		pending, charset = nil, ""
	}
	for len(s) > 0 {
		i := strings.Index(s, "=?")
		if i < 0 {
			break
		}
		cs, data, rest, ok := encodedWord(s[i:])
		if !ok {
			flush()
			out.WriteString(rawText(s[:i+2]))
			s = s[i+2:]
			continue
		}
		if between := s[:i]; strings.TrimSpace(between) != "" || len(pending) == 0 || !strings.EqualFold(cs, charset) {
			glue := len(pending) > 0 && strings.TrimSpace(between) == ""
			flush()
			if !glue {
				out.WriteString(rawText(between))
			}
		}
		pending, charset, s = append(pending, data...), cs, rest
	}
	flush()
	out.WriteString(rawText(s))
	return strings.Join(strings.Fields(clean(out.String())), " ")
}

// encodedWord parses one "=?charset?q?text?=" at the start of s.
func encodedWord(s string) (charset string, data []byte, rest string, ok bool) {
	body := s[2:]
	cs, body, ok1 := strings.Cut(body, "?")
	enc, body, ok2 := strings.Cut(body, "?")
	if !ok1 || !ok2 || len(enc) != 1 || len(cs) == 0 || len(cs) > 64 || strings.ContainsAny(cs, " \t") {
		return "", nil, "", false
	}
	end := strings.Index(body, "?=")
	if end < 0 {
		return "", nil, "", false
	}
	text := body[:end]
	cs, _, _ = strings.Cut(cs, "*")
	switch enc {
	case "q", "Q":
		data = unquoteQ(text)
	case "b", "B":
		data = decodeBase64Loose(text)
	default:
		return "", nil, "", false
	}
	return cs, data, body[end+2:], true
}

// unquoteQ decodes the Q encoding; a broken escape stays as it is.
func unquoteQ(s string) []byte {
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '_':
			out = append(out, ' ')
		case s[i] == '=' && i+2 < len(s) && hexVal(s[i+1]) >= 0 && hexVal(s[i+2]) >= 0:
			out = append(out, byte(hexVal(s[i+1])<<4|hexVal(s[i+2])))
			i += 2
		default:
			out = append(out, s[i])
		}
	}
	return out
}

// decodeBase64Loose decodes as much as there is, whatever the padding.
func decodeBase64Loose(s string) []byte {
	buf := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if base64Char[s[i]] {
			buf = append(buf, s[i])
		}
	}
	if len(buf)%4 == 1 {
		buf = buf[:len(buf)-1]
	}
	out := make([]byte, base64.RawStdEncoding.DecodedLen(len(buf)))
	n, _ := base64.RawStdEncoding.Decode(out, buf)
	return out[:n]
}

// base64Char marks the alphabet of RFC 4648.
var base64Char = func() (t [256]bool) {
	for _, c := range []byte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/") {
		t[c] = true
	}
	return t
}()

func hexVal(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'a' <= c && c <= 'f':
		return int(c-'a') + 10
	case 'A' <= c && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}

// rawText makes a string of undeclared bytes valid UTF-8.
func rawText(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	text, _ := toUTF8([]byte(s), "")
	return text
}

// params parses a structured value "type; a=b; c*0*=utf-8”d" (RFC 2045, RFC
// 2231) forgivingly: unquoted specials, missing quotes, doubled names (the
// first counts), encoded words inside quotes.
func params(value string) (main string, out map[string]string) {
	main, rest, _ := strings.Cut(value, ";")
	out = map[string]string{}
	sections := map[string][]section{}
	for n := 0; rest != "" && n < 200; n++ {
		var key, val string
		key, val, rest = nextParam(rest)
		name, star, cont := strings.Cut(key, "*")
		switch {
		case key == "":
		case cont:
			sections[name] = append(sections[name], newSection(star, val))
		case out[name] != "":
		case name == "boundary":
			out[name] = val // counts byte by byte
		default:
			out[name] = decodeWords(val)
		}
	}
	for name, list := range sections {
		out[name] = joinSections(list)
	}
	return strings.ToLower(strings.TrimSpace(main)), out
}

// nextParam cuts one "name=value" from s.
func nextParam(s string) (key, val, rest string) {
	eq := strings.IndexAny(s, "=;")
	if eq < 0 {
		return "", "", ""
	}
	if s[eq] == ';' {
		return "", "", s[eq+1:]
	}
	key = strings.ToLower(strings.TrimSpace(s[:eq]))
	s = strings.TrimLeft(s[eq+1:], " \t")
	if !strings.HasPrefix(s, `"`) {
		val, rest, _ = strings.Cut(s, ";")
		return key, strings.TrimSpace(val), rest
	}
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == '\\' && i+1 < len(s) && (s[i+1] == '"' || s[i+1] == '\\'):
			i++
			b.WriteByte(s[i])
		case s[i] == '"':
			_, rest, _ = strings.Cut(s[i+1:], ";")
			return key, b.String(), rest
		default:
			b.WriteByte(s[i])
		}
	}
	val, rest, _ = strings.Cut(s[1:], ";") // the closing quote is missing
	return key, strings.TrimSpace(val), rest
}

// section is one piece of a continued parameter (RFC 2231 3).
type section struct {
	number  int
	encoded bool
	value   string
}

func newSection(star, value string) section {
	s := section{value: value}
	if strings.HasSuffix(star, "*") || star == "" {
		s.encoded = true
		star = strings.TrimSuffix(star, "*")
	}
	for _, c := range star {
		if c < '0' || c > '9' || s.number > 999 {
			break
		}
		s.number = s.number*10 + int(c-'0')
	}
	return s
}

// joinSections puts the pieces in the order of their numbers and decodes them.
func joinSections(list []section) string {
	var data []byte
	charset := ""
	for n := 0; n <= 999 && len(list) > 0; n++ {
		for i, s := range list {
			if s.number != n {
				continue
			}
			value := s.value
			if n == 0 && s.encoded && strings.Count(value, "'") >= 2 {
				cs, after, _ := strings.Cut(value, "'")
				_, value, _ = strings.Cut(after, "'")
				charset = cs
			}
			if s.encoded {
				data = append(data, unquotePercent(value)...)
			} else {
				data = append(data, value...)
			}
			list = append(list[:i:i], list[i+1:]...)
			break
		}
	}
	text, _ := toUTF8(data, charset)
	return clean(text)
}

func unquotePercent(s string) []byte {
	if !strings.Contains(s, "%") {
		return []byte(s)
	}
	var out bytes.Buffer
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) && hexVal(s[i+1]) >= 0 && hexVal(s[i+2]) >= 0 {
			out.WriteByte(byte(hexVal(s[i+1])<<4 | hexVal(s[i+2])))
			i += 2
			continue
		}
		out.WriteByte(s[i])
	}
	return out.Bytes()
}
