package letter

import (
	"strings"
)

// line is one line of readable text and what is known of it before its
// neighbours are looked at.
type line struct {
	text   string
	quote  int  // depth of quoting: ">" marks, or blockquotes of a cited mail
	row    bool // cells of a table, joined by tabs
	hidden bool // a mail program would not show it
	aside  bool // the address line of a printed page
	block  bool // a paragraph of its own, as every line of HTML is
}

// plainLines splits text into lines, takes off the quote marks, and joins what
// format=flowed has split (RFC 3676).
func plainLines(text string, flowed, delsp bool) []line {
	raw := strings.Split(strings.TrimRight(text, "\n"), "\n")
	if !flowed {
		out := make([]line, 0, len(raw))
		for _, s := range raw {
			q, rest := unquote(s)
			out = append(out, line{text: strings.TrimRight(rest, " "), quote: q})
		}
		return out
	}
	return joinFlowed(raw, delsp)
}

// joinFlowed joins each line that ends in a blank with the next one of the
// same quote depth; a signature mark is never joined.
func joinFlowed(raw []string, delsp bool) []line {
	var out []line
	var open strings.Builder
	depth, joining := 0, false
	flush := func() {
		if joining {
			out = append(out, line{text: strings.TrimRight(open.String(), " "), quote: depth})
			open.Reset()
			joining = false
		}
	}
	for _, s := range raw {
		q := 0
		for q < len(s) && s[q] == '>' {
			q++
		}
		s = strings.TrimPrefix(s[q:], " ") // space-stuffing
		if joining && (q != depth || s == "-- ") {
			flush()
		}
		if s == "-- " || !strings.HasSuffix(s, " ") {
			open.WriteString(s)
			joining, depth = true, q
			flush()
			continue
		}
		if delsp {
			s = s[:len(s)-1]
		}
		open.WriteString(s)
		joining, depth = true, q
	}
	flush()
	return out
}

// unquote counts and takes off quote marks at the start of a line: ">>", "> >",
// "|" alone is none.
func unquote(s string) (depth int, rest string) {
	for {
		t := strings.TrimPrefix(s, " ")
		if !strings.HasPrefix(t, ">") || depth == 0 && len(t) != len(s) {
			return depth, s
		}
		depth++
		s = strings.TrimPrefix(t[1:], " ")
	}
}
