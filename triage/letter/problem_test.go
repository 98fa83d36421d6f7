package letter

import (
	"regexp"
	"strings"
	"testing"
)

// Each code of the list is the answer to some mail, and each is a slug.
func TestEveryProblemIsMet(t *testing.T) {
	mixed := func(part string) []byte {
		return typedMail("Content-Type: multipart/mixed; boundary=b", "--b\n\nSee attached.\n--b\n"+part+"\n--b--")
	}
	mails := map[string][]byte{
		CodeNotAMail:       []byte("no mail at all"),
		CodeNoText:         crlf("From: a@b.example\nSubject: PPN\n\n"),
		CodeTruncated:      crlf("Ppn-Truncated: 1\nFrom: a@b.example\n\nx"),
		CodeTooLarge:       append(plainMail("x"), make([]byte, maxRaw)...),
		CodeHeaderLimit:    []byte("From: a\r\nX-A: " + strings.Repeat("b", maxFieldSize) + "\r\n " + strings.Repeat("c", maxFieldSize) + "\r\n\r\nx"),
		CodeTooDeep:        nestedMultiparts(maxDepth + 5),
		CodeTooManyParts:   typedMail("Content-Type: multipart/mixed; boundary=b", strings.Repeat("--b\n\nx\n", maxParts+5)+"--b--"),
		CodeDecodedLimit:   attached("a.zip", zipped(map[string]string{"a.txt": strings.Repeat("word ", 5<<20), "b.txt": strings.Repeat("other ", 5<<20), "c.txt": strings.Repeat(pseudo(), 600)})),
		CodeTextLimit:      plainMail(strings.Repeat("word ", maxText/5+1)),
		CodeBoundary:       typedMail("Content-Type: multipart/mixed", "x"),
		CodeBoundaryEnd:    typedMail("Content-Type: multipart/mixed; boundary=b", "--b\n\nx\n"),
		CodeHeaderBroken:   crlf("From: a\nnonsense\nSubject: b\n\nx"),
		CodeHeaderDoubled:  crlf("From: a\nSubject: b\nSubject: c\n\nx"),
		CodeFromDoubled:    crlf("From: a\nFrom: b\n\nx"),
		CodeTwoReadings:    crlf("From: a\nContent-Transfer-Encoding: 7bit\nContent-Transfer-Encoding: base64\n\nQmFieSBzZWVuIHdpdGggYnVybnMgb24gYm90aCBoYW5kcy4=\n"),
		CodeCharset:        typedMail("Content-Type: text/plain; charset=utf-8", "caf\xe9"),
		CodeCharsetUnknown: typedMail("Content-Type: text/plain; charset=x-y", "x"),
		CodeEncoding:       typedMail("Content-Transfer-Encoding: rot13", "x"),
		CodeEncodingLost:   typedMail("Content-Transfer-Encoding: base64", "QUJD*QUJD"),
		CodeInvisible:      plainMail("kni\u200bfe"),
		CodeHidden:         typedMail("Content-Type: text/html", "<p hidden>x</p>y"),
		CodeEncrypted:      attached("a.zip", locked(zipped(map[string]string{"a": "b"}))),
		CodeEncryptedMail:  typedMail("Content-Type: multipart/encrypted; boundary=b", "--b\nContent-Type: application/pgp-encrypted\n\nVersion: 1\n--b--"),
		CodePDFNoText:      attached("a.pdf", pageOf("", "")),
		CodePDFUnread:      attached("a.pdf", []byte("%PDF-1.4")),
		CodeImage:          attached("a.jpg", []byte("\xff\xd8\xff\xe0")),
		CodeImageOnly:      attached("a.jpg", []byte("\xff\xd8\xff\xe0")),
		CodeUnread:         attached("a.mp3", []byte("ID3\x00\x00\x01")),
		CodeBroken:         attached("a.zip", []byte("PK\x03\x04")),
		CodeExternal:       mixed("Content-Type: message/external-body; access-type=URL\n\nContent-Type: text/plain\n"),
		CodePartial:        mixed("Content-Type: message/partial; id=1; number=1\n\npart of it\n"),
		CodeArchive:        attached("a.zip", zipped(map[string]string{"a.txt": strings.Repeat("0", 60<<20)})),
		CodeNested:         attached("a.zip", zipped(map[string]string{"b.zip": string(zipped(map[string]string{"a": "b"}))})),
		CodeDeleted:        attached("a.docx", docxOf("<w:p><w:r><w:delText>x</w:delText><w:t>y</w:t></w:r></w:p>")),
		CodeAutoIgnored:    crlf("From: a\nAuto-Submitted: auto-replied\n\nOccurrence: 1\nChild: Zoe\nDOB: 01/02/2020\n"),
	}
	slug := regexp.MustCompile(`^[a-z]+(_[a-z]+)*$`)
	for code, m := range meanings {
		if !slug.MatchString(code) || m.detail == "" {
			t.Errorf("%q: %q", code, m.detail)
		}
		if code == CodePanic {
			continue // TestReaderUsesItsFunction
		}
		raw, ok := mails[code]
		if !ok {
			t.Errorf("no mail for %q", code)
			continue
		}
		l := Read(raw)
		checkLetter(t, l)
		wantCode(t, l, code)
	}
}

// pseudo is text that does not pack well.
func pseudo() string {
	var b strings.Builder
	x := uint32(1)
	for range 40_000 {
		x = x*1664525 + 1013904223
		b.WriteByte('a' + byte(x>>24)%26)
	}
	return b.String()
}

// No problem's detail may hold words of the mail: it goes to logs.
func TestDetailsHoldNothingOfTheMail(t *testing.T) {
	const canary = "Zebediah"
	raw := typedMail("Content-Type: multipart/mixed; boundary="+canary+"\nX-"+canary+": "+canary, "--"+canary+"\nContent-Type: text/"+canary+"; charset="+canary+"\nContent-Transfer-Encoding: "+canary+"\n\n"+canary+"\n--"+canary+"\nContent-Disposition: attachment; filename="+canary+".zip\n\nPK\x03\x04"+canary+"\n")
	l := Read(raw)
	if len(l.Problems) < 3 {
		t.Fatalf("problems %q, too few to see", codes(l))
	}
	for _, p := range l.Problems {
		if strings.Contains(p.Detail+p.Code, canary) {
			t.Errorf("detail %q", p.Detail)
		}
	}
	if strings.Contains(l.Why, canary) {
		t.Errorf("why %q", l.Why)
	}
}
