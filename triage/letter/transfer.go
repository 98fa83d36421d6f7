package letter

import (
	"bytes"
	"encoding/base64"
	"strings"
)

// decoded is the content of a part without its transfer encoding.
type decoded struct {
	data  []byte
	extra string // readable lines between or after base64 lines, as gateways append them
	code  string // problem, "" if none
}

// transfer undoes a transfer encoding (RFC 2045 6), as declared or else as the
// bytes show it, and gives as much as there is of a broken one.
func transfer(body []byte, encoding string) decoded {
	switch strings.ToLower(strings.Trim(strings.TrimSpace(encoding), `"`)) {
	case "base64", "b":
		return fromBase64(body)
	case "quoted-printable", "q":
		data, bad := fromQP(body)
		if bad && allBase64(body) {
			d := fromBase64(body)
			d.code = CodeEncoding
			return d
		}
		return decoded{data: data}
	case "x-uuencode", "uuencode", "x-uue", "uue":
		if data, _, rest, ok := uudecode(body); ok {
			return decoded{data: data, extra: string(bytes.TrimSpace(rest))}
		}
		return decoded{data: body, code: CodeEncodingLost}
	case "", "7bit", "8bit", "binary":
		return undeclared(body)
	}
	d := undeclared(body)
	d.code = CodeEncoding
	return d
}

// undeclared decodes what says that it is not encoded and yet is.
func undeclared(body []byte) decoded {
	if allBase64(body) {
		if d := fromBase64(body); d.code == "" && (isText(d.data) || sniff(d.data, "") != typeUnknown) {
			d.code = CodeEncoding
			return d
		}
	}
	if looksQP(body) {
		data, _ := fromQP(body)
		return decoded{data: data, code: CodeEncoding}
	}
	return decoded{data: body}
}

// looksQP tells text that is quoted-printable though nothing says so: soft
// line breaks and escapes, and no escape that is none.
func looksQP(b []byte) bool {
	soft := bytes.Count(b, []byte("=\r\n")) + bytes.Count(b, []byte("=\n"))
	return soft >= 2 && onlyEscapes(b, 1)
}

// onlyEscapes tells whether there are at least so many escapes of
// quoted-printable, and no equals sign that is none.
func onlyEscapes(b []byte, atLeast int) bool {
	escapes := 0
	for i := bytes.IndexByte(b, '='); i >= 0; {
		switch {
		case i+1 == len(b) || b[i+1] == '\r' || b[i+1] == '\n':
		case i+2 < len(b) && hexVal(b[i+1]) >= 0 && hexVal(b[i+2]) >= 0:
			escapes++
		default:
			return false
		}
		next := bytes.IndexByte(b[i+1:], '=')
		if next < 0 {
			break
		}
		i += 1 + next
	}
	return escapes >= atLeast
}

// allBase64 tells a body that is nothing but lines of base64, several of them.
func allBase64(b []byte) bool {
	lines := 0
	for pos := 0; pos < len(b); {
		line, next := nextLine(b, pos)
		pos = next
		line = bytes.TrimSpace(line)
		if len(line) == 0 {
			continue
		}
		if !base64Line(line) || lines > 0 && len(line) > 76 {
			return false
		}
		lines++
		if lines == 1 && len(line) < 40 {
			return false
		}
	}
	return lines >= 2
}

func base64Line(line []byte) bool {
	line = bytes.TrimRight(line, "=")
	for _, c := range line {
		if !base64Char[c] {
			return false
		}
	}
	return true
}

// fromBase64 decodes line by line. A line of words among the base64 is text
// that somebody put there and is kept as extra; a damaged line gives what is
// left of it and a severe problem.
func fromBase64(b []byte) decoded {
	var d decoded
	var extra []string
	run := make([]byte, 0, len(b))
	out := make([]byte, 0, len(b))
	flush := func() {
		if len(run)%4 == 1 {
			d.code, run = CodeEncodingLost, run[:len(run)-1]
		}
		n := len(out)
		out = out[:n+base64.RawStdEncoding.DecodedLen(len(run))]
		m, _ := base64.RawStdEncoding.Decode(out[n:], run)
		out, run = out[:n+m], run[:0]
	}
	for pos := 0; pos < len(b); {
		line, next := nextLine(b, pos)
		pos = next
		if wordsLine(line, len(out)+len(run) > 0) {
			extra = append(extra, strings.TrimSpace(string(line)))
			continue
		}
		for _, c := range line {
			switch {
			case base64Char[c]:
				run = append(run, c)
			case c == '=':
				flush()
			case c != ' ' && c != '\t' && c != '\r':
				d.code = CodeEncodingLost
			}
		}
	}
	flush()
	d.data, d.extra = out, strings.Join(extra, "\n")
	return d
}

// wordsLine tells a line of text from a line of base64: words between blanks,
// or after the first data a short line with signs that base64 has not.
func wordsLine(line []byte, begun bool) bool {
	line = bytes.TrimSpace(line)
	if len(line) == 0 || base64Line(line) {
		return false
	}
	blanks := bytes.Count(line, []byte(" "))
	if blanks >= 2 {
		return true
	}
	foreign := 0
	for _, c := range line {
		if !base64Char[c] && c != '=' {
			foreign++
		}
	}
	return foreign*8 > len(line) && (begun || blanks > 0)
}

// fromQP decodes quoted-printable; a broken escape stays as it is and is told.
func fromQP(b []byte) (out []byte, bad bool) {
	out = make([]byte, 0, len(b))
	for pos := 0; pos < len(b); {
		end := bytes.IndexByte(b[pos:], '\n')
		next := len(b)
		eol := "\n"
		if end < 0 {
			end, eol = len(b), ""
		} else {
			end += pos
			next = end + 1
		}
		line := bytes.TrimRight(b[pos:end], " \t\r")
		soft := bytes.HasSuffix(line, []byte("="))
		if soft {
			line = line[:len(line)-1]
		}
		for i := 0; i < len(line); i++ {
			if line[i] != '=' {
				out = append(out, line[i])
				continue
			}
			if i+2 < len(line) && hexVal(line[i+1]) >= 0 && hexVal(line[i+2]) >= 0 {
				out = append(out, byte(hexVal(line[i+1])<<4|hexVal(line[i+2])))
				i += 2
				continue
			}
			bad = true
			out = append(out, '=')
		}
		if !soft {
			out = append(out, eol...)
		}
		pos = next
	}
	return out, bad
}

// uudecode finds a "begin 644 name" block and returns its data, its name and
// the text around it.
func uudecode(b []byte) (data []byte, name string, rest []byte, ok bool) {
	start := bytes.Index(b, []byte("begin "))
	if start < 0 || start > 0 && b[start-1] != '\n' {
		if start = bytes.Index(b, []byte("\nbegin ")); start < 0 {
			return nil, "", b, false
		}
		start++
	}
	first, pos := nextLine(b, start)
	f := strings.SplitN(string(first), " ", 3)
	if len(f) < 3 || len(f[1]) < 3 || len(f[1]) > 4 || strings.Trim(f[1], "01234567") != "" {
		return nil, "", b, false
	}
	for pos < len(b) {
		line, next := nextLine(b, pos)
		if string(line) == "end" {
			rest = append(append(rest, b[:start]...), b[next:]...)
			return data, f[2], rest, true
		}
		n := 0
		if len(line) > 0 {
			n = int(line[0]-' ') & 0x3f
		}
		if len(line) < 1+(n*4+2)/3 {
			return nil, "", b, false
		}
		data = append(data, uuLine(line[1:], n)...)
		pos = next
	}
	return nil, "", b, false
}

func uuLine(s []byte, n int) []byte {
	var out []byte
	six := func(i int) byte {
		if i >= len(s) {
			return 0
		}
		return (s[i] - ' ') & 0x3f
	}
	for i := 0; len(out) < n; i += 4 {
		a, b, c, d := six(i), six(i+1), six(i+2), six(i+3)
		out = append(out, a<<2|b>>4, b<<4|c>>2, c<<6|d)
	}
	return out[:n]
}

// isText tells whether bytes are text of some ASCII-like set: no NUL and next
// to no controls.
func isText(b []byte) bool {
	bad := 0
	for _, c := range b {
		if c == 0 {
			return false
		}
		if c < ' ' && c != '\n' && c != '\r' && c != '\t' && c != '\f' && c != 0x1b {
			bad++
		}
	}
	return bad*100 <= len(b)
}
