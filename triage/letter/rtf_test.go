package letter

import (
	"testing"

	"github.com/ppn-triage/ppn-triage/triage"
)

func TestRTF(t *testing.T) {
	tests := map[string]struct{ in, want string }{
		"paragraphs":         {`{\rtf1\ansi One\par Two\par}`, "One\nTwo"},
		"tables of fonts":    {`{\rtf1{\fonttbl{\f0 Arial;}}{\colortbl;\red0;}{\stylesheet{Normal;}}{\info{\author X}}One}`, "One"},
		"unknown group":      {`{\rtf1{\*\listtable secret}One}`, "One"},
		"bytes":              {`{\rtf1\ansi\ansicpg1252 Zo\'eb \'a35}`, "Zoë £5"},
		"code page":          {`{\rtf1\ansi\ansicpg1250 za\'bf\'f3\'b3\'e6}`, "zażółć"},
		"Unicode":            {`{\rtf1\uc1 WI\u346?NIEWSKA}`, "WIŚNIEWSKA"},
		"Unicode, two bytes": {`{\rtf1\uc2 \u346\'53\'20X}`, "ŚX"},
		"negative Unicode":   {`{\rtf1 \u-4051?x}`, "\uf02dx"},
		"signs":              {`{\rtf1 a\tab b\emdash c\ldblquote d\rdblquote\~e\_f \{g\}}`, "a\tb-c\"d\" e-f {g}"},
		"lines in the file":  {"{\\rtf1 One\r\ntwo}", "Onetwo"},
		"table":              {`{\rtf1\trowd\cellx1\cellx2\pard\intbl Name\cell Zoe\cell\row\trowd\pard\intbl DOB\cell 1/1/20\cell\row\pard Well.\par}`, "Name\tZoe\nDOB\t1/1/20\nWell."},
		"lines of a cell":    {`{\rtf1\trowd\pard\intbl Child\cell Zoe\par Female\cell\row\pard}`, "Child\tZoe, Female"},
		"hidden":             {`{\rtf1 One {\v secret} two\par}`, "One\n{secret}\n two"},
		"field":              {`{\rtf1{\field{\*\fldinst HYPERLINK "x"}{\fldrslt link}}}`, "link"},
		"binary":             {"{\\rtf1{\\pict\\bin4 }}}}}One}", "One"},
		"text box":           {`{\rtf1{\shp{\*\shpinst{\sp{\sn x}{\sv 1}}{\shptxt In a box\par}}}One}`, "In a box\nOne"},
		"deleted":            {`{\rtf1 One{\deleted two}}`, "One"},
		"braces missing":     {`{\rtf1 One}}}} two {{{`, "One two"},
		"ends in a word":     {`{\rtf1 One\pa`, "One"},
		"HTML inside":        {`{\rtf1\ansi\fromhtml1{\*\htmltag64 <table><tr><td>}Name{\*\htmltag64 </td><td>}\htmlrtf\tab\htmlrtf0 Zoe &{\*\htmltag64 </td></tr></table>}}`, "Name\tZoe &"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			w := rtfText([]byte(tt.in))
			lines := w.lines
			if w.html.Len() > 0 {
				lines = htmlText(w.html.String())
			}
			if got := shown(lines); got != tt.want {
				t.Errorf("got  %q\nwant %q", got, tt.want)
			}
		})
	}
}

func TestRTFAttachment(t *testing.T) {
	l := Read(attached("ppn.doc", []byte(`{\rtf1\ansi{\pict x}{\object x}\deleted gone\deleted0 Baby seen.\par}`)))
	wantText(t, l, triage.SectionBody, "Baby seen.")
	wantCode(t, l, CodeUnread) // the object
	wantCode(t, l, CodeImage)
	wantCode(t, l, CodeDeleted)
	if a := l.Attachments[0]; a.Type != typeRTF || !a.Read {
		t.Errorf("attachment %+v", a)
	}
}

func TestCalendar(t *testing.T) {
	ics := "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nORGANIZER;CN=\"Lee, Ann\":mailto:a@b.example\r\nSUMMARY;LANGUAGE=en:Strategy meeting\\, HALE\r\nDESCRIPTION:Baby seen.\\nBurns on both\r\n  hands.\\n\r\nX-ALT-DESC;FMTTYPE=text/html:<p>Baby seen.</p><p>Father has a gun.</p>\r\nLOCATION:Room 2\r\nDTSTART:20260914T090000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
	l := Read(attached("invite.ics", []byte(ics)))
	checkSections(t, l, []want{
		{triage.SectionBody, "See attached."},
		{triage.SectionBody, "Strategy meeting, HALE\nBaby seen.\nBurns on both hands.\nFather has a gun."},
		{triage.SectionForm, "Meeting method\tREQUEST\nMeeting organiser\tLee, Ann\nMeeting place\tRoom 2\nMeeting from\t20260914T090000Z"},
	})
}
