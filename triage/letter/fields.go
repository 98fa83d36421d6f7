package letter

import (
	"strings"
	"time"
)

// readHeader fills the letter from the header of the mail.
func (r *reading) readHeader() {
	h, l := &r.head, &r.letter
	if h.over {
		r.problem(CodeHeaderLimit, "")
	}
	if len(h.stray) > 0 {
		r.problem(CodeHeaderBroken, "")
	}
	if len(h.distinct("from", 2)) > 1 {
		r.problem(CodeFromDoubled, "")
	}
	for _, name := range []string{"subject", "content-type", "content-transfer-encoding", "message-id", "date"} {
		if len(h.distinct(name, 2)) > 1 {
			r.problem(CodeHeaderDoubled, name)
		}
	}
	if h.has("ppn-truncated") {
		r.problem(CodeTruncated, "")
	}
	l.Subject = decodeWords(h.get("subject"))
	l.MessageID = strings.Trim(strings.TrimSpace(h.get("message-id")), "<> ")
	l.MessageID = strings.ToValidUTF8(clean(l.MessageID), "")
	l.FromName, l.From = parseAddress(h.get("from"))
	for _, name := range []string{"to", "cc"} {
		for _, v := range h.distinct(name, 4) {
			l.To = append(l.To, addresses(v)...)
		}
	}
	l.Date = parseDate(h.get("date"))
	l.Received = received(h.get("received"))
	for _, v := range h.distinct("authentication-results", 20) {
		l.Auth = append(l.Auth, clean(rawText(v)))
	}
	r.reply = isReply(l.Subject, h.has("in-reply-to"))
}

// isReply tells an answer from a mail handed on.
func isReply(subject string, answers bool) bool {
	low := strings.ToLower(strings.TrimSpace(subject))
	for _, p := range []string{"fw:", "fwd:", "fw ", "fwd "} {
		if strings.HasPrefix(low, p) {
			return false
		}
	}
	return answers || strings.HasPrefix(low, "re:") || strings.HasPrefix(low, "re :") || strings.HasPrefix(low, "atb:") // atb: Welsh
}

// received reads the time of a Received header: behind its last semicolon
// (RFC 5321 4.4).
func received(v string) time.Time {
	i := strings.LastIndexByte(v, ';')
	if i < 0 {
		return time.Time{}
	}
	return parseDate(v[i+1:])
}

// dateLayouts are RFC 5322's, its obsolete forms, and what gateways write
// besides.
var dateLayouts = []string{
	"2 Jan 2006 15:04:05 -0700", "2 Jan 2006 15:04 -0700", "2 Jan 2006 15:04:05 MST", "2 Jan 2006 15:04 MST", "2 Jan 06 15:04:05 -0700", "2 Jan 06 15:04 -0700",
	"2 Jan 06 15:04:05 MST", "2 Jan 2006 15:04:05", "2 January 2006 15:04:05 -0700", "2 January 2006 15:04:05", "2 January 2006 15:04", "Jan 2 15:04:05 2006",
	"Jan 2 15:04:05 MST 2006", "Jan 2 15:04:05 2006 -0700", "Jan 2 15:04:05 -0700 2006", time.RFC3339, "2006-01-02T15:04:05", "2006-01-02 15:04:05 -0700", "2006-01-02 15:04:05",
}

// parseDate reads a date header as UTC; zero if it cannot.
func parseDate(v string) time.Time {
	if len(v) > 200 {
		return time.Time{}
	}
	v, _, _ = strings.Cut(v, "(") // the comment with the zone's name
	v = strings.Join(strings.Fields(v), " ")
	if day, rest, ok := strings.Cut(v, ","); ok && len(day) <= 9 {
		v = strings.TrimSpace(rest)
	} else if len(v) > 4 && v[3] == ' ' && weekday[strings.ToLower(v[:3])] {
		v = v[4:]
	}
	for _, layout := range dateLayouts {
		if t, err := time.Parse(layout, v); err == nil {
			return zoned(t).UTC()
		}
	}
	return time.Time{}
}

var weekday = wordSet("mon tue wed thu fri sat sun")

// zones are the hours of the zone names that mails have (RFC 5322 4.3, and
// those of Europe). Go knows a name only where it is the machine's own.
var zones = map[string]int{"BST": 1, "IST": 1, "WEST": 1, "CET": 1, "CEST": 2, "EET": 2, "EEST": 3, "EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7}

// zoned gives a time with the name of a zone its hour.
func zoned(t time.Time) time.Time {
	name, offset := t.Zone()
	if hours, ok := zones[name]; ok && offset == 0 {
		return t.Add(-time.Duration(hours) * time.Hour)
	}
	return t
}

// parseAddress returns the display name and the address of the first mailbox
// of a header, forgivingly: "A, B" <a@b>, a@b (A), A <a@b, missing ">".
func parseAddress(v string) (name, addr string) {
	first := splitAddresses(v)
	if len(first) == 0 {
		return "", ""
	}
	return oneAddress(first[0])
}

// addresses returns all addresses of a header.
func addresses(v string) []string {
	var out []string
	for _, s := range splitAddresses(v) {
		if _, a := oneAddress(s); a != "" {
			out = append(out, a)
		}
	}
	return out
}

// splitAddresses cuts a list at commas outside quotes, brackets and comments;
// a group's name and its semicolon fall away.
func splitAddresses(v string) []string {
	var out []string
	quoted, angle, depth, start := false, false, 0, 0
	cut := func(end int) {
		if s := strings.TrimSpace(v[start:end]); s != "" && len(out) < 1000 {
			out = append(out, s)
		}
		start = end + 1
	}
	for i := 0; i < len(v); i++ {
		switch c := v[i]; {
		case c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '(':
			depth++
		case c == ')' && depth > 0:
			depth--
		case depth > 0:
		case c == '<':
			angle = true
		case c == '>':
			angle = false
		case (c == ',' || c == ';') && !angle:
			cut(i)
		case c == ':' && !angle && !strings.Contains(v[start:i], "@"):
			start = i + 1
		}
	}
	if start < len(v) {
		cut(len(v))
	}
	return out
}

// oneAddress splits one mailbox. The address is in lower case and "pnn", the
// police network's own label, is taken out: both names reach one mailbox.
func oneAddress(s string) (name, addr string) {
	if i := strings.LastIndexByte(s, '<'); i >= 0 {
		name, addr = s[:i], s[i+1:]
		addr, _, _ = strings.Cut(addr, ">")
	} else if i := strings.IndexByte(s, '('); i >= 0 {
		addr, name = s[:i], strings.Trim(s[i:], "() ")
	} else if strings.Contains(s, "@") {
		addr = s
	} else {
		name = s
	}
	name = decodeWords(strings.ReplaceAll(strings.Trim(strings.TrimSpace(name), `"`), `\"`, `"`))
	addr = strings.Trim(strings.ToLower(clean(rawText(addr))), " \t\n\"'")
	addr = strings.TrimPrefix(addr, "mailto:")
	local, domain, ok := strings.Cut(addr, "@")
	if ok {
		addr = local + "@" + strings.ReplaceAll(domain, ".pnn.", ".")
	}
	return name, strings.ReplaceAll(addr, " ", "")
}
