package letter

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/ppn-triage/ppn-triage/triage"
)

func TestTransfer(t *testing.T) {
	long := strings.Repeat("The baby has burns on both hands. ", 4)
	b64 := base64.StdEncoding.EncodeToString([]byte(long))
	lines := b64[:76] + "\r\n" + b64[76:152] + "\r\n" + b64[152:] + "\r\n"
	tests := map[string]struct{ body, encoding, want, extra, code string }{
		"none":                          {"as it is", "", "as it is", "", ""},
		"seven bits":                    {"as it is", "7bit", "as it is", "", ""},
		"unknown":                       {"as it is", "rot13", "as it is", "", CodeEncoding},
		"quoted-printable":              {"caf=C3=A9 =\r\nau lait", "quoted-printable", "caf\xc3\xa9 au lait", "", ""},
		"qp, trailing blanks":           {"a=20  \r\nb =\t\r\nc", "quoted-printable", "a \nb c", "", ""},
		"qp, lower case":                {"=e9", "Quoted-Printable", "\xe9", "", ""},
		"qp, broken escape":             {"50=zz and =4", "quoted-printable", "50=zz and =4", "", ""},
		"qp with a comment":             {"=41", "quoted-printable ", "A", "", ""},
		"base64":                        {lines, "base64", long, "", ""},
		"base64, padding missing":       {strings.TrimRight(lines, "=\r\n"), "BASE64", long, "", ""},
		"base64 of two":                 {"QQ==\r\nQg==\r\n", "base64", "AB", "", ""},
		"base64 and a gateway's footer": {lines + "\r\nThis e-mail was scanned by the gateway.\r\n", "base64", long, "This e-mail was scanned by the gateway.", ""},
		"base64, damaged":               {lines[:20] + "!*" + lines[20:], "base64", long, "", CodeEncodingLost},
		"base64, cut off":               {lines[:61], "base64", long[:45], "", CodeEncodingLost},
		"base64 that is text":           {"Nothing here is encoded at all.", "base64", "", "Nothing here is encoded at all.", ""},
		"undeclared base64":             {lines, "7bit", long, "", CodeEncoding},
		"undeclared base64 of nothing":  {strings.Repeat("A", 76) + "\r\n" + strings.Repeat("B", 76) + "\r\n", "", strings.Repeat("A", 76) + "\r\n" + strings.Repeat("B", 76) + "\r\n", "", ""},
		"undeclared qp":                 {"It=E2=80=99s late =\r\nand dark =\r\nout", "7bit", "It’s late and dark out", "", CodeEncoding},
		"an equals sign is no qp":       {"1+1=2 =\r\nx =\r\ny=zz", "7bit", "1+1=2 =\r\nx =\r\ny=zz", "", ""},
		"base64 declared qp":            {lines, "quoted-printable", long, "", CodeEncoding},
		"uuencode":                      {"begin 644 a.txt\n#0V%T\n`\nend\n", "x-uuencode", "Cat", "", ""},
		"uuencode that is none":         {"words", "uuencode", "words", "", CodeEncodingLost},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			d := transfer([]byte(tt.body), tt.encoding)
			if string(d.data) != tt.want || d.extra != tt.extra || d.code != tt.code {
				t.Errorf("got %q, extra %q, code %q\nwant %q, extra %q, code %q", d.data, d.extra, d.code, tt.want, tt.extra, tt.code)
			}
		})
	}
}

func TestUUEncodedFileInText(t *testing.T) {
	l := Read(plainMail("Please see the file.\n\nbegin 644 note.txt\n#0V%T\n`\nend\n\nRegards\nAnn\n"))
	wantText(t, l, triage.SectionBody, "Please see the file.", "Cat")
	if len(l.Attachments) != 1 || l.Attachments[0].Name != "note.txt" || !l.Attachments[0].Read {
		t.Errorf("attachments %+v", l.Attachments)
	}
	for _, body := range []string{"begin with the baby\n", "begin 644\n", "begin 644 x\nno end", "begin 99999 x\nend\n"} {
		l := Read(plainMail(body))
		wantText(t, l, triage.SectionBody, strings.TrimSpace(body))
	}
}

// A footer that a gateway puts behind base64 is read, not decoded.
func TestFooterBehindBase64(t *testing.T) {
	body := base64.StdEncoding.EncodeToString([]byte("The baby has burns on both hands."))
	l := Read(typedMail("Content-Type: text/plain\nContent-Transfer-Encoding: base64", body+"\n\nMum was arrested this morning as well.\n"))
	wantText(t, l, triage.SectionBody, "The baby has burns on both hands.", "Mum was arrested this morning as well.")
	wantNoProblem(t, l)
}
