package letter

import (
	"strings"
	"testing"

	"github.com/ppn-triage/ppn-triage/triage"
)

// shown joins lines as a test reads them: hidden ones in braces, rows as they
// are, quoted ones behind a mark.
func shown(lines []line) string {
	var out []string
	for _, l := range lines {
		s := strings.Repeat(">", l.quote) + l.text
		if l.hidden {
			s = "{" + s + "}"
		}
		out = append(out, s)
	}
	return strings.TrimRight(strings.Join(out, "\n"), "\n")
}

func TestHTMLText(t *testing.T) {
	tests := map[string]struct{ in, want string }{
		"paragraphs":                   {"<p>One</p><p>Two</p>", "One\nTwo"},
		"blanks collapse":              {"<p>One\n  two\t three</p>", "One two three"},
		"inline elements join":         {"<p><b>Bo</b>ld and <i>it</i></p>", "Bold and it"},
		"br":                           {"One<br>two<br/><br>three", "One\ntwo\n\nthree"},
		"empty paragraph":              {"<p>One</p><p>&nbsp;</p><p>Two</p>", "One\n\nTwo"},
		"entities":                     {"Zo&euml; &amp; &#163;5 &lt;b&gt;", "Zoë & £5 <b>"},
		"list":                         {"<ul><li>One<li>Two</ul>", "- One\n- Two"},
		"pre":                          {"<pre>a  b\n c</pre>d", "a  b\n c\nd"},
		"style, script and title":      {"<title>T</title><style>p{}</style><script>x()</script><p>One</p>", "One"},
		"Outlook markup":               {"<o:p></o:p><p class=MsoNormal>One<o:p>&nbsp;</o:p></p><![if !supportLists]><span>1.</span><![endif]>", "One\n1."},
		"Office XML":                   {"<xml><w:WordDocument>96</w:WordDocument></xml><p>One</p>", "One"},
		"check boxes":                  {"<input type=checkbox checked> Weapon <input type=checkbox> Drugs", "☒ Weapon ☐ Drugs"},
		"field and choice":             {`<input value="Zoe Hale"><select><option>LOW<option selected>HIGH</select>`, "Zoe Hale\nLOW\n☒ HIGH"},
		"text of a picture":            {`<img alt="Photograph of the kitchen floor"><img alt="logo">`, "Photograph of the kitchen floor"},
		"cited mail":                   {"<p>New</p><blockquote type=cite><p>Old</p></blockquote><p>End</p>", "New\n>Old\nEnd"},
		"indented text is not cited":   {"<blockquote style='margin:0'>Text</blockquote>", "Text"},
		"display none":                 {`<p>One</p><div style="display: none">Two</div><p>Three</p>`, "One\n{Two}\nThree"},
		"nested in hidden":             {`<div style="display:none">a<div>b</div>c</div>d`, "{a}\n{b}\n{c}\nd"},
		"hidden ends with the next p":  {`<p hidden>One<p>Two`, "{One}\nTwo"},
		"size zero, mso-hide, opacity": {`<span style="font-size:0px">a</span><span style="mso-hide:all">b</span><span style="opacity:0">c</span>d`, "{a}\n{b}\n{c}\nd"},
		"ordinary sizes":               {`<span style="font-size:0.8em">a</span><span style="max-width:600px">b</span>`, "ab"},
		"hidden by a class":            {`<style>.pre{display:none} @media print{.other{display:none}}</style><p class="x pre">a</p><p class=other>b</p>`, "{a}\nb"},
		"conditional comment":          {"a<!--[if mso]><p>Only Outlook</p><![endif]--><!-- note -->b", "a\n{Only Outlook}\nb"},
		"comment without end":          {"<p>One</p><!-- <p>Baby has burns</p>", "One\n{Baby has burns}"},
		"title without end":            {"<title>x <p>Baby has burns</p>", "{x}\n{Baby has burns}"},
		"tag without end":              {"<p>One</p>less <than three words", "One\nless\n{than three words}"},
		"no HTML at all":               {"Just text & more", "Just text & more"},
		"empty":                        {"", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := shown(htmlText(tt.in)); got != tt.want {
				t.Errorf("got  %q\nwant %q", got, tt.want)
			}
		})
	}
}

func TestHTMLTables(t *testing.T) {
	tests := map[string]struct{ in, want string }{
		"label and value":       {"<table><tr><td>Name</td><td>Zoe</td></tr><tr><td>DOB</td><td>1/1/20</td></tr></table>", "Name\tZoe\nDOB\t1/1/20"},
		"heading over columns":  {"<table><tr><td colspan=2>CHILD</td></tr><tr><td>Name</td><td>Zoe</td></tr></table>", "CHILD\nName\tZoe"},
		"columns stay in line":  {"<table><tr><td>A</td><td colspan=2>B</td><td>C</td></tr><tr><td>1</td><td>2</td><td>3</td><td>4</td></tr></table>", "A\tB\t\tC\n1\t2\t3\t4"},
		"empty cell stays":      {"<table><tr><td>A</td><td>B</td><td>C</td></tr><tr><td>1</td><td></td><td>3</td></tr></table>", "A\tB\tC\n1\t\t3"},
		"spacing columns go":    {"<table><tr><td></td><td>Name</td><td>&nbsp;</td><td>Zoe</td></tr><tr><td></td><td>Sex</td><td></td><td>F</td></tr></table>", "Name\tZoe\nSex\tF"},
		"lines of a cell":       {"<table><tr><td>Address</td><td>1 High St,<br>Northtown<br>NT1 1AA</td></tr></table>", "Address\t1 High St, Northtown, NT1 1AA"},
		"sentences of a cell":   {"<table><tr><td>Story</td><td><p>He hit her in front of the two children</p><p>She ran.</p><p>He left.</p></td></tr></table>", "Story\tHe hit her in front of the two children. She ran. He left."},
		"tabs within a cell":    {"<table><tr><td>a\tb</td><td>c</td></tr></table>", "a b\tc"},
		"one cell is text":      {"<table><tr><td><p>One</p><p>Two</p></td></tr></table>", "One\nTwo"},
		"table within a table":  {"<table><tr><td>Children</td><td><table><tr><td>Name</td><td>Zoe</td></tr></table></td></tr></table>", "Children\nName\tZoe"},
		"layout around tables":  {"<table><tr><td><table><tr><td>a</td><td>b</td></tr></table></td><td><table><tr><td>c</td><td>d</td></tr></table></td></tr></table>", "a\tb\nc\td"},
		"cell over rows":        {"<table><tr><td rowspan=2>HALE</td><td>Zoe</td><td>F</td></tr><tr><td>Max</td><td>M</td></tr></table>", "HALE\tZoe\tF\nHALE\tMax\tM"},
		"last cell over rows":   {"<table><tr><td>Zoe</td><td>F</td><td rowspan=2>HALE</td></tr><tr><td>Max</td><td>M</td></tr><tr><td>x</td><td>y</td></tr></table>", "Zoe\tF\tHALE\nMax\tM\tHALE\nx\ty"},
		"long cell over rows":   {"<table><tr><td rowspan=2>one two three four five six seven eight nine</td><td>a</td><td>b</td></tr><tr><td>c</td><td>d</td></tr></table>", "one two three four five six seven eight nine\ta\tb\n\tc\td"},
		"end tags left out":     {"<table><tr><td>a<td>b<tr><td>c<td>d</table>", "a\tb\nc\td"},
		"table left open":       {"<table><tr><td>a</td><td>b", "a\tb"},
		"no rows":               {"<table><td>a</td><td>b</td></table>", "a\tb"},
		"text between cells":    {"<table>stray<tr><td>a</td>more<td>b</td></tr></table>", "stray\nmore\na\tb"},
		"hidden row":            {`<table><tr style="display:none"><td>a</td><td>b</td></tr><tr><td>c</td><td>d</td></tr></table>`, "{a\tb}\nc\td"},
		"hidden words in a row": {`<table><tr><td>a</td><td>b<span style="display:none">x y</span></td></tr></table>`, "a\tb\n{x y}"},
		"cells without a table": {"<td>a</td><td>b</td>", "a\nb"},
		"end of no table":       {"</table></td>a", "a"},
		"foolish spans":         {"<table><tr><td colspan=99999999 rowspan=-3>a</td><td colspan=x>b</td></tr></table>", "a\tb"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := shown(htmlText(tt.in)); got != tt.want {
				t.Errorf("got  %q\nwant %q", got, tt.want)
			}
		})
	}
}

func TestHTMLMailSections(t *testing.T) {
	l := Read(typedMail("Content-Type: text/html; charset=utf-8", `<html><body><p>OFFICIAL</p>
<table><tr><td colspan=2>CHILD</td></tr><tr><td><b>Name</b></td><td>Zoe HALE</td></tr></table>
<p>Seen and well.</p><p>Kind regards</p><p>PC 12 Lee</p>
<p>This e-mail is confidential and for the addressee only. If received in error please delete it.</p></body></html>`))
	checkSections(t, l, []want{
		{triage.SectionBody, "OFFICIAL"}, {triage.SectionTable, "CHILD\nName\tZoe HALE"}, {triage.SectionBody, "Seen and well."},
		{triage.SectionSignature, "Kind regards"}, {triage.SectionDisclaimer, "This e-mail"},
	})
	if l.Sections[1].Source != "html" {
		t.Errorf("source %q", l.Sections[1].Source)
	}
}

// Of the short paragraphs at the end of HTML only the name block is set aside,
// not the heading or the names above it.
func TestHTMLNameBlock(t *testing.T) {
	l := Read(typedMail("Content-Type: text/html", "<p>Baby seen.</p><p>Children</p><p>Zoe HALE</p><p>PC 12 Lee</p><p>Northtown NPT 01632 960100</p>"))
	checkSections(t, l, []want{{triage.SectionBody, "Baby seen.\nChildren\nZoe HALE"}, {triage.SectionSignature, "PC 12 Lee"}})
}

func TestHTMLReply(t *testing.T) {
	l := Read(crlf(`From: a@b.example
Subject: RE: Notice
Content-Type: text/html

<p>The father was released.</p><div><b>From:</b> Door<br><b>Sent:</b> today<br><b>To:</b> PC<br><b>Subject:</b> Notice</div>
<table><tr><td>Child</td><td>Zoe</td></tr></table>`))
	wantText(t, l, triage.SectionBody, "The father was released.")
	wantText(t, l, triage.SectionQuoted, "From: Door", "Child\tZoe")
	wantNone(t, l, triage.SectionTable, "Zoe")
}

// Nesting cannot exhaust the walker.
func TestHTMLBombs(t *testing.T) {
	tests := map[string]string{
		"divs":          strings.Repeat("<div>", 200_000) + "baby seen",
		"tables":        strings.Repeat("<table><tr><td>x", 30_000) + "baby seen",
		"open quotes":   strings.Repeat("<blockquote type=cite>", 100_000) + "baby seen",
		"hidden divs":   strings.Repeat(`<div style="display:none">`, 50_000) + "baby seen",
		"comments":      strings.Repeat("<!--[if mso]>x<![endif]-->", 20_000) + "baby seen",
		"spans":         "<table>" + strings.Repeat("<tr><td rowspan=99 colspan=99>a</td></tr>", 2_000) + "</table>baby seen",
		"open comments": strings.Repeat("<!-- ", 50_000) + "baby seen",
		"style sheets":  strings.Repeat("<style>.a{display:none}</style>", 10_000) + "baby seen",
		"attributes":    "<p " + strings.Repeat("a=b ", 100_000) + ">baby seen",
		"long tag":      "<" + strings.Repeat("x", 1_000_000) + ">baby seen",
	}
	for name, in := range tests {
		t.Run(name, func(t *testing.T) {
			l := Read(typedMail("Content-Type: text/html", in))
			checkLetter(t, l)
			if !strings.Contains(l.Text, "baby seen") {
				t.Errorf("text is lost: %.200q", l.Text)
			}
		})
	}
}
