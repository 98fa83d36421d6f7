package letter

import "strings"

// calendarLabels are the properties that a person reads in an invitation (RFC
// 5545 3.8), and what they are called here: a meeting's place and time are not
// those of an incident.
var calendarLabels = map[string]string{
	"LOCATION": "Meeting place", "DTSTART": "Meeting from", "DTEND": "Meeting until", "ORGANIZER": "Meeting organiser", "STATUS": "Meeting status", "METHOD": "Meeting method",
}

// calendar reads an invitation: summary, description and comments as text, the
// rest as fields.
func (r *reading) calendar(f file, depth int, at place) ([]piece, bool) {
	charset := f.params["charset"]
	if charset == "" {
		charset = "utf-8"
	}
	text, _ := toUTF8(f.data, charset)
	text = strings.NewReplacer("\n ", "", "\n\t", "").Replace(clean(text))
	var fields [][2]string
	var lines, rich []line
	for l := range strings.Lines(text) {
		name, value, ok := strings.Cut(strings.TrimSpace(l), ":")
		name, par, _ := strings.Cut(name, ";")
		name = strings.ToUpper(name)
		value = unescapeCalendar(value)
		switch {
		case !ok || strings.TrimSpace(value) == "":
		case name == "SUMMARY" || name == "DESCRIPTION" || name == "COMMENT":
			lines = append(lines, plainLines(value, false, false)...)
		case name == "X-ALT-DESC":
			rich = append(rich, htmlText(value)...)
		case calendarLabels[name] != "":
			if cn := commonName(par); cn != "" {
				value = cn
			}
			fields = append(fields, [2]string{calendarLabels[name], value})
		}
	}
	out := union(segment(lines, at), segment(rich, at))
	return append(out, form(fields, at)...), true
}

// unescapeCalendar undoes the escapes of a text value (RFC 5545 3.3.11).
func unescapeCalendar(s string) string {
	return strings.NewReplacer(`\\`, `\`, `\n`, "\n", `\N`, "\n", `\,`, ",", `\;`, ";").Replace(s)
}

// commonName is the CN parameter of a person.
func commonName(par string) string {
	for p := range strings.SplitSeq(par, ";") {
		if cn, ok := strings.CutPrefix(strings.ToUpper(p), "CN="); ok {
			return strings.Trim(p[len(p)-len(cn):], `"`)
		}
	}
	return ""
}
