package letter

import (
	"encoding/base64"
	"strings"
	"testing"
)

const ppn = `PUBLIC PROTECTION NOTICE
Occurrence: 13260409045
Place: 71 Cloverfield Drive, Northtown

Child: Zara HALE 17/01/2022

Father came home late from a wedding and would not stop shouting about a male she used to
work with. No violence. He is sleeping in the spare room tonight.
`

func ppnMail(subject, text string) []byte {
	return crlf("From: PPN Desk <ppn@west.police.example>\nTo: door@council.example\nSubject: " + subject + "\nMessage-ID: <" + subject[:3] + ">\n\n" + text)
}

// quoted puts marks before each line.
func quoted(s string) string {
	return "> " + strings.ReplaceAll(strings.TrimSpace(s), "\n", "\n> ") + "\n"
}

// policy.md, "Same, update, repeat", first row.
func TestContentHashOfAResend(t *testing.T) {
	original := ppnMail("PPN 13260409045 HALE", ppn)
	pasted := "-----Original Message-----\nFrom: PPN Desk\nSent: 07 September 2026 09:11\nTo: door@council.example\nSubject: PPN 13260409045 HALE\n\n"
	tests := map[string][]byte{
		"the same again":                original,
		"another Message-ID and date":   []byte(strings.Replace(string(original), "<PPN>", "<2>", 1)),
		"sent as FW":                    ppnMail("FW: PPN 13260409045 HALE", ppn),
		"sent as a chaser":              ppnMail("RESEND: PPN 13260409045 HALE", ppn),
		"quote marks":                   ppnMail("PPN 13260409045 HALE", quoted(ppn)),
		"a footer":                      ppnMail("PPN 13260409045 HALE", ppn+"\n"+forceFooter),
		"a signature":                   ppnMail("PPN 13260409045 HALE", ppn+"\nKind regards\nMaureen Lee\nPPN Desk\n"),
		"a covering line":               ppnMail("FW: PPN 13260409045 HALE", "Sending this again as we have not had a reply.\n\n"+ppn),
		"covering lines with names":     ppnMail("FW: PPN 13260409045 HALE", "Hi all,\n\nForwarded for your action please.\n\nThanks\nPPN Desk\n\n"+pasted+ppn),
		"pasted below":                  ppnMail("FW: PPN 13260409045 HALE", pasted+ppn),
		"other line breaks":             ppnMail("PPN 13260409045 HALE", strings.ReplaceAll(ppn, "used to\n", "used\nto ")),
		"blank lines":                   ppnMail("PPN 13260409045 HALE", strings.ReplaceAll(ppn, "\n", "\n\n")),
		"quoted-printable":              crlf("From: x@west.police.example\nSubject: PPN 13260409045 HALE\nContent-Transfer-Encoding: quoted-printable\n\n" + strings.ReplaceAll(ppn, "shouting", "shout=\ning")),
		"as HTML":                       crlf("From: x@west.police.example\nSubject: PPN 13260409045 HALE\nContent-Type: text/html\n\n<p>" + strings.ReplaceAll(ppn, "\n", "<br>") + "</p>"),
		"forwarded as an attached mail": crlf("From: Admin <admin@west.police.example>\nSubject: FW: PPN 13260409045 HALE\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nFor action. Forwarded as attachment.\n--b\nContent-Type: message/rfc822\n\n" + strings.ReplaceAll(string(original), "\r\n", "\n") + "--b--\n"),
		"with a logo in the text":       crlf("From: x@west.police.example\nSubject: PPN 13260409045 HALE\nContent-Type: multipart/related; boundary=b\n\n--b\n\n" + ppn + "--b\nContent-Type: image/png; name=image001.png\nContent-ID: <image001.png@1>\nContent-Transfer-Encoding: base64\n\niVBORw0KGgo=\n--b--\n"),
	}
	want := Read(original).ContentHash
	for name, raw := range tests {
		t.Run(name, func(t *testing.T) {
			if l := Read(raw); l.ContentHash != want {
				t.Errorf("another hash; text %q", l.Text)
			}
		})
	}
}

func TestContentHashOfAnotherNotice(t *testing.T) {
	pdf := func(content string) []byte {
		return crlf("From: x@west.police.example\nSubject: PPN\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nSee attached.\n--b\nContent-Type: application/octet-stream; name=a.bin\nContent-Transfer-Encoding: base64\n\n" + base64.StdEncoding.EncodeToString([]byte("\x00\x01"+content)) + "\n--b--\n")
	}
	mails := map[string][]byte{
		"original":               ppnMail("PPN 13260409045 HALE", ppn),
		"a word changed":         ppnMail("PPN 13260409045 HALE", strings.Replace(ppn, "No violence", "Violence", 1)),
		"a line added":           ppnMail("PPN 13260409045 HALE", ppn+"\nResearch: he has a gun licence.\n"),
		"words of his own above": ppnMail("FW: PPN 13260409045 HALE", "This is graded HIGH now, the father is back.\n\n"+ppn),
		"a grade in the subject": ppnMail("PPN 13260409045 HALE now HIGH", ppn),
		"hidden words":           crlf("From: x@west.police.example\nSubject: PPN 13260409045 HALE\nContent-Type: text/html\n\n<p>" + strings.ReplaceAll(ppn, "\n", "<br>") + `</p><p style="display:none">He has a gun.</p>`),
		"one attachment":         pdf("one"),
		"another attachment":     pdf("two"),
		"empty":                  crlf("From: a@west.police.example\nSubject: PPN\n\n"),
		"also empty":             crlf("From: b@west.police.example\nSubject: PPN\n\n"),
		"cut off":                crlf("Ppn-Truncated: 1\nFrom: a@west.police.example\nSubject: PPN 13260409045 HALE\n\n" + ppn),
		"cut off, another":       crlf("Ppn-Truncated: 1\nFrom: b@west.police.example\nSubject: PPN 13260409045 HALE\n\n" + ppn),
	}
	seen := map[string]string{}
	for name, raw := range mails {
		h := Read(raw).ContentHash
		if other, ok := seen[h]; ok {
			t.Errorf("%q and %q have one hash", name, other)
		}
		seen[h] = name
	}
}

func TestStockWordsSayNothingOfAChild(t *testing.T) {
	for _, w := range []string{"child", "baby", "mother", "father", "mum", "dad", "knife", "injury", "hit", "high", "red", "urgent", "arrested", "released", "home", "school", "risk", "bruise", "dead", "missing", "he", "she", "him", "her"} {
		if stock[w] {
			t.Errorf("%q is a stock word", w)
		}
	}
}
