package letter

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ppn-triage/ppn-triage/triage"
)

func TestSplit(t *testing.T) {
	tests := map[string]struct {
		body, boundary string
		parts, around  []string
		closed, ok     bool
	}{
		"ordinary":             {"pre\r\n--b\r\none\r\n--b\r\ntwo\r\n--b--\r\npost", "b", []string{"one", "two"}, []string{"pre\r\n", "post"}, true, true},
		"no closing line":      {"--b\none\n--b\ntwo\n", "b", []string{"one", "two"}, []string{""}, false, true},
		"a longer boundary":    {"--b\none\n--bc\nstill one\n--b--", "b", []string{"one\n--bc\nstill one"}, []string{"", ""}, true, true},
		"blanks behind":        {"--b \t\none\n--b-- \n", "b", []string{"one"}, []string{"", ""}, true, true},
		"one dash to close":    {"--b\none\n--b-\n", "b", []string{"one"}, []string{"", ""}, true, true},
		"inside a line":        {"--b\none --b\ntwo\n--b--", "b", []string{"one --b\ntwo"}, []string{"", ""}, true, true},
		"parts behind the end": {"--b\none\n--b--\nmid\n--b\ntwo\n--b--\n", "b", []string{"one", "two"}, []string{"", "mid\n", ""}, true, true},
		"empty part":           {"--b\n--b--\n", "b", []string{""}, []string{"", ""}, true, true},
		"no boundary line":     {"one\ntwo", "b", nil, []string{"one\ntwo"}, false, false},
		"no boundary":          {"--\none\n----", "", nil, nil, false, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s, ok := split([]byte(tt.body), tt.boundary)
			if ok != tt.ok || s.closed != tt.closed {
				t.Errorf("ok %v, closed %v", ok, s.closed)
			}
			if diff := cmp.Diff(tt.parts, texts(s.parts)); diff != "" {
				t.Errorf("parts (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.around, texts(s.around)); diff != "" {
				t.Errorf("around (-want +got):\n%s", diff)
			}
		})
	}
}

func texts(list [][]byte) (out []string) {
	for _, b := range list {
		out = append(out, string(b))
	}
	return out
}

func TestMultipart(t *testing.T) {
	tests := map[string]struct {
		typ, body string
		has       []string
		codes     []string
	}{
		"mixed":                    {"multipart/mixed; boundary=b", "--b\n\nBaby seen.\n--b\nContent-Type: text/html\n\n<p>Burns.</p>\n--b--", []string{"Baby seen.", "Burns."}, nil},
		"related":                  {"multipart/related; boundary=b", "--b\nContent-Type: text/html\n\n<p>Baby seen.</p>\n--b\nContent-Type: image/png\nContent-ID: <1>\nContent-Transfer-Encoding: base64\n\niVBORw0KGgo=\n--b--", []string{"Baby seen."}, nil},
		"signed":                   {"multipart/signed; boundary=b", "--b\n\nBaby seen.\n--b\nContent-Type: application/pkcs7-signature; name=smime.p7s\n\nMII\n--b--", []string{"Baby seen."}, nil},
		"digest":                   {"multipart/digest; boundary=b", "--b\n\nFrom: x@y.example\nSubject: One\n\nBaby seen.\n--b--", []string{"Subject: One", "Baby seen."}, nil},
		"unknown subtype":          {"multipart/strange; boundary=b", "--b\n\nBaby seen.\n--b--", []string{"Baby seen."}, nil},
		"nested":                   {"multipart/mixed; boundary=a", "--a\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nBaby seen.\n--b--\n--a\n\nBurns.\n--a--", []string{"Baby seen.", "Burns."}, nil},
		"nested, inner not closed": {"multipart/mixed; boundary=a", "--a\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nBaby seen.\n--a\n\nBurns.\n--a--", []string{"Baby seen.", "Burns."}, []string{CodeBoundaryEnd}},
		"parts without header":     {"multipart/mixed; boundary=b", "--b\nBaby seen: yes\nOccurrence: 1\n\nMore.\n--b--", []string{"Baby seen: yes", "Occurrence: 1", "More."}, nil},
		"text around the parts":    {"multipart/mixed; boundary=b", "Father has a gun.\n--b\n\nBaby seen.\n--b--\nMother too.", []string{"Baby seen.", "Father has a gun.", "Mother too."}, []string{CodeHidden}},
		"the usual words around":   {"multipart/mixed; boundary=b", "This is a multi-part message in MIME format.\n--b\n\nBaby seen.\n--b--", []string{"Baby seen."}, nil},
		"encoded as a whole":       {"multipart/mixed; boundary=b\nContent-Transfer-Encoding: base64", base64.StdEncoding.EncodeToString([]byte("--b\n\nBaby seen.\n--b--")), []string{"Baby seen."}, []string{CodeEncoding}},
		"binary called text":       {"multipart/mixed; boundary=b", "--b\n\nBaby seen.\n--b\nContent-Type: text/plain\n\n%PDF-1.4 nonsense\n--b--", []string{"Baby seen."}, []string{CodePDFUnread}},
		"HTML called plain":        {"text/plain", "<html><body><p>Baby</p><p>seen</p></body></html>", []string{"Baby\nseen"}, nil},
		"calendar":                 {"text/calendar", "BEGIN:VCALENDAR\nSUMMARY:Baby seen\nEND:VCALENDAR\n", []string{"Baby seen"}, nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			l := Read(typedMail("Content-Type: "+tt.typ, tt.body))
			checkLetter(t, l)
			for _, s := range tt.has {
				if strings.Count(l.Text, s) != 1 {
					t.Errorf("text has %q %d times: %q", s, strings.Count(l.Text, s), l.Text)
				}
			}
			if diff := cmp.Diff(tt.codes, codes(l)); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
		})
	}
}

// Peers' bug 6 (fast_mail_parser #150): a broken boundary gave an empty body
// and no warning.
func TestBrokenBoundaryNeverEmptiesTheBody(t *testing.T) {
	tests := map[string]string{
		"no parameter":          "Content-Type: multipart/mixed",
		"another boundary":      "Content-Type: multipart/mixed; boundary=other",
		"empty boundary":        `Content-Type: multipart/mixed; boundary=""`,
		"boundary with a blank": `Content-Type: multipart/mixed; boundary="x y"`,
		"half a boundary":       "Content-Type: multipart/mixed; boundary=part-",
		"case differs":          "Content-Type: multipart/mixed; boundary=PART-1",
		"alternative, no parts": "Content-Type: multipart/alternative; boundary=zz",
		"type cut off":          "Content-Type: multipart/",
	}
	for name, fields := range tests {
		t.Run(name, func(t *testing.T) {
			l := Read(typedMail(fields, "--part-1\nContent-Type: text/plain\nContent-Transfer-Encoding: base64\n\nQmFieSBoYXMgYnVybnMu\n--part-1--\n"))
			checkLetter(t, l)
			if !strings.Contains(l.Text, "Baby has burns.") {
				t.Errorf("text %q", l.Text)
			}
			wantCode(t, l, CodeBoundary)
			if !l.Lost() {
				t.Error("not severe")
			}
		})
	}
	l := Read(typedMail("Content-Type: multipart/mixed; boundary=b", "Baby has burns, and no boundary anywhere.\n"))
	wantText(t, l, triage.SectionBody, "Baby has burns")
	wantCode(t, l, CodeBoundary)
}

func TestMailInsideTheMail(t *testing.T) {
	inner := "From: Kirsty Yates <k.yates@west.police.example>\nTo: RPU <rpu@west.police.example>\nSubject: =?utf-8?Q?Zo=C3=A9?=\nDate: Tue, 15 Sep 2026 13:50:00 +0100\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\nBaby se=65n.\n\nThanks\nKirsty\n"
	attached := func(fields, content string) []byte {
		return typedMail("Content-Type: multipart/mixed; boundary=b", "--b\n\nSee attached.\n--b\n"+fields+"\n\n"+content+"\n--b--")
	}
	b64 := base64.StdEncoding.EncodeToString(crlf(inner))
	tests := map[string][]byte{
		"message/rfc822":  attached("Content-Type: message/rfc822", inner),
		"encoded":         attached("Content-Type: message/rfc822\nContent-Transfer-Encoding: base64", b64),
		"called a stream": attached("Content-Type: application/octet-stream; name=\"fw.eml\"\nContent-Transfer-Encoding: base64", b64),
		"called text":     attached("Content-Type: text/plain\nContent-Disposition: attachment; filename=\"fw.eml\"", inner),
	}
	for name, raw := range tests {
		t.Run(name, func(t *testing.T) {
			l := Read(raw)
			checkSections(t, l, []want{
				{triage.SectionBody, "See attached."},
				{triage.SectionForwarded, "From: Kirsty Yates <k.yates@west.police.example>\nSent: Tue, 15 Sep 2026 13:50:00 +0100\nTo: RPU <rpu@west.police.example>\nSubject: Zoé\n\nBaby seen."},
				{triage.SectionSignature, "Thanks"},
			})
			wantNoProblem(t, l)
			if a := l.Attachments[0]; a.Type != typeMail || !a.Read {
				t.Errorf("attachment %+v", a)
			}
		})
	}
}

func nestedMultiparts(depth int) []byte {
	b := bytes.NewBufferString("From: a@b.example\r\nSubject: s\r\n")
	for i := range depth {
		fmt.Fprintf(b, "Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n", i, i)
	}
	b.WriteString("Content-Type: text/plain\r\n\r\nbaby seen\r\n")
	return b.Bytes()
}

func nestedMails(depth int) []byte {
	b := bytes.NewBufferString("From: a@b.example\r\n")
	for range depth {
		b.WriteString("Content-Type: message/rfc822\r\n\r\nFrom: a@b.example\r\n")
	}
	b.WriteString("\r\nbaby seen\r\n")
	return b.Bytes()
}

// Unterminated nested multiparts take some readers time that doubles with each
// level, and mails within mails their stack.
func TestBombs(t *testing.T) {
	doubled := "From: a@b.example\r\n"
	for i := range 30 {
		doubled += fmt.Sprintf("Content-Type: multipart/mixed; boundary=x%d\r\nContent-Type: multipart/mixed; boundary=y%d\r\n\r\n--x%d\r\n\r\n--y%d\r\n", i, i, i, i)
	}
	tests := map[string]struct {
		raw  []byte
		code string
	}{
		"multiparts, 100 deep":   {nestedMultiparts(100), CodeTooDeep},
		"multiparts, 5,000 deep": {nestedMultiparts(5_000), CodeTooDeep},
		"mails, 5,000 deep":      {nestedMails(5_000), CodeTooDeep},
		"20,000 parts":           {typedMail("Content-Type: multipart/mixed; boundary=b", strings.Repeat("--b\n\nx\n", 20_000)+"--b\n\nbaby seen\n--b--"), CodeTooManyParts},
		"20,000 boundaries":      {typedMail("Content-Type: multipart/mixed; boundary=b", strings.Repeat("--b\n", 20_000)+"\nbaby seen\n--b--"), CodeTooManyParts},
		"1,000,000 header lines": {[]byte("From: a@b.example\r\n" + strings.Repeat("X-A: b\r\n", 1_000_000) + "\r\nbaby seen\r\n"), CodeHeaderLimit},
		"header of 10 MB":        {[]byte("From: a@b.example\r\nX-A: " + strings.Repeat("b", 10<<20) + "\r\n\r\nbaby seen\r\n"), ""},
		"1,000,000 folded lines": {[]byte("From: a@b.example\r\nX-A: b\r\n" + strings.Repeat(" c\r\n", 1_000_000) + "\r\nbaby seen\r\n"), CodeHeaderLimit},
		"doubled types, 30 deep": {[]byte(doubled + "\r\nbaby seen\r\n"), ""},
		"lines without a colon":  {[]byte("From: a@b.example\r\n" + strings.Repeat("nonsense\r\n", 100_000) + "Subject: x\r\n\r\nbaby seen\r\n"), ""},
		"30 MB":                  {append([]byte("From: a@b.example\r\n\r\nbaby seen\r\n"), bytes.Repeat([]byte("x y\r\n"), 6<<20)...), CodeTooLarge},
		"one line of 20 MB":      {append([]byte("From: a@b.example\r\n\r\nbaby seen\r\n"), bytes.Repeat([]byte("x "), 10<<20)...), CodeTextLimit},
		"quote marks":            {append([]byte("From: a@b.example\r\n\r\nbaby seen\r\n"), bytes.Repeat([]byte(">"), 4<<20)...), ""},
		"encoded words":          {[]byte("From: a@b.example\r\nSubject: " + strings.Repeat("=?utf-8?Q?a?= ", 4_000) + "\r\n\r\nbaby seen\r\n"), ""},
		"openings of words":      {[]byte("From: a@b.example\r\nSubject: " + strings.Repeat("=?", 30_000) + "\r\n\r\nbaby seen\r\n"), ""},
		"parameters":             {[]byte("From: a@b.example\r\nContent-Type: text/plain" + strings.Repeat("; a*0*=b", 6_000) + "\r\n\r\nbaby seen\r\n"), ""},
		"addresses":              {[]byte("From: " + strings.Repeat("(", 30_000) + "a@b.example\r\nTo: " + strings.Repeat("a@b.example,", 4_000) + "\r\n\r\nbaby seen\r\n"), ""},
		"files in the text":      {plainMail(strings.Repeat("begin 644 a\n`\nend\n", 5_000) + "baby seen\n"), ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			l := Read(tt.raw)
			checkLetter(t, l)
			if !strings.Contains(l.Text, "baby seen") {
				t.Errorf("text is lost; problems %q", codes(l))
			}
			if tt.code != "" {
				wantCode(t, l, tt.code)
				if !l.Lost() {
					t.Error("not severe")
				}
			}
		})
	}
}

func BenchmarkNestedMultiparts5000(b *testing.B) {
	raw := nestedMultiparts(5_000)
	for b.Loop() {
		Read(raw)
	}
}
