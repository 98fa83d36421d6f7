package letter

import (
	"encoding/binary"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/ppn-triage/ppn-triage/triage"
)

// The example of [MS-OXRTFCP] 4.1.
const lzfu = "2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af32068656c090020627705b06c647d0a800fa0"

func TestExpandRTF(t *testing.T) {
	b, err := hex.DecodeString(lzfu)
	if err != nil {
		t.Fatal(err)
	}
	const want = "{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"
	if got, ok := expandRTF(b); !ok || string(got) != want {
		t.Errorf("got %q, %v", got, ok)
	}
	if _, ok := expandRTF(b[:len(b)-8]); ok {
		t.Error("a broken one is whole")
	}
	plain := append([]byte{0, 0, 0, 0, 5, 0, 0, 0}, "MELA\x00\x00\x00\x00{\\rtf1}"...)
	if got, ok := expandRTF(plain); !ok || string(got) != "{\\rtf" {
		t.Errorf("not compressed: %q, %v", got, ok)
	}
	for _, bad := range [][]byte{nil, []byte("short"), append(make([]byte, 8), "ABCD1234more"...)} {
		if _, ok := expandRTF(bad); ok {
			t.Errorf("%q is whole", bad)
		}
	}
}

func TestTNEF(t *testing.T) {
	rtf, _ := hex.DecodeString(lzfu)
	tests := map[string]struct {
		data []byte
		has  []string
		code string
	}{
		"text":            {tnefOf(attribute(attSubject, []byte("x\x00")), attribute(attBody, []byte("Baby seen.\x00"))), []string{"Baby seen."}, ""},
		"text, Unicode":   {tnefOf(attribute(attMAPIProps, propertyList(property{typeUnicode, pidBody, utf16le("Zoë seen.\x00")}))), []string{"Zoë seen."}, ""},
		"code page":       {tnefOf(attribute(attOEM, []byte{0xe2, 4, 0, 0, 0, 0, 0, 0}), attribute(attBody, []byte("za\xbf\xf3\xb3\xe6\x00"))), []string{"zażółć"}, ""},
		"HTML":            {tnefOf(attribute(attMAPIProps, propertyList(property{3, 0x3FDE, []byte{0xe9, 0xfd, 0, 0}}, property{typeBin, pidHTML, []byte("<table><tr><td>Name</td><td>Zoë</td></tr></table>")}))), []string{"Name\tZoë"}, ""},
		"compressed RTF":  {tnefOf(attribute(attMAPIProps, propertyList(property{typeBin, pidRTF, rtf}))), []string{"hello world"}, ""},
		"broken RTF":      {tnefOf(attribute(attMAPIProps, propertyList(property{typeBin, pidRTF, rtf[:20]}))), nil, CodeBroken},
		"text and RTF":    {tnefOf(attribute(attBody, []byte("hello world\x00")), attribute(attMAPIProps, propertyList(property{typeBin, pidRTF, rtf}))), []string{"hello world"}, ""},
		"a file":          {tnefOf(attribute(attBody, []byte("See file.\x00")), attribute(attRendData, make([]byte, 14)), attribute(attAttachTitle, []byte("NOTE~1.TXT\x00")), attribute(attAttachData, []byte("Baby seen.")), attribute(attAttachment, propertyList(property{typeUnicode, pidLongFile, utf16le("note long.txt\x00")}))), []string{"See file.", "Baby seen."}, ""},
		"a mail within":   {tnefOf(attribute(attBody, []byte("See mail.\x00")), attribute(attRendData, make([]byte, 14)), attribute(attAttachment, propertyList(property{typeOb, pidData, append(make([]byte, 16), tnefOf(attribute(attSubject, []byte("Inner\x00")), attribute(attBody, []byte("Baby seen.\x00")))...)}))), []string{"See mail.", "Subject: Inner", "Baby seen."}, ""},
		"cut off":         {tnefOf(attribute(attBody, []byte("Baby seen.\x00")), attribute(attMAPIProps, propertyList(property{typeBin, pidHTML, []byte("<p>x</p>")}))[:20]), []string{"Baby seen."}, CodeBroken},
		"foolish lengths": {tnefOf(attribute(attMAPIProps, []byte{0xff, 0xff, 0xff, 0xff, 0x1e, 0x10, 0, 0x10, 0xff, 0xff, 0xff, 0x7f})), nil, CodeBroken},
		"the mark alone":  {tnefOf(), nil, CodeNoText},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			raw := attached("winmail.dat", tt.data)
			if tt.code == CodeNoText {
				raw = []byte(strings.Replace(string(raw), "See attached.", "", 1))
			}
			l := Read(raw)
			checkLetter(t, l)
			for _, s := range tt.has {
				if n := strings.Count(l.Text, s); n != 1 {
					t.Errorf("text has %q %d times: %q", s, n, l.Text)
				}
			}
			if tt.code != "" {
				wantCode(t, l, tt.code)
			} else {
				wantNoProblem(t, l)
			}
		})
	}
}

// The class of a TNEF mail is Exchange's own sign of a report.
func TestTNEFClass(t *testing.T) {
	for class, want := range map[string]triage.LetterKind{
		"IPM.Note": triage.LetterNotice, "IPM.Microsoft Mail.Note": triage.LetterNotice, "REPORT.IPM.Note.NDR": triage.LetterBounce,
		"REPORT.IPM.Note.IPNRN": triage.LetterReceipt, "IPM.Outlook.Recall": triage.LetterRecall, "": triage.LetterNotice,
	} {
		data := tnefOf(attribute(attMessageClass, []byte(class+"\x00")), attribute(attBody, []byte("Words.\x00")))
		l := Read(typedMail("Content-Type: application/ms-tnef; name=winmail.dat\nContent-Transfer-Encoding: base64", b64lines(data)))
		checkLetter(t, l)
		if l.Kind != want {
			t.Errorf("%q: kind %v (%s, %q), want %v", class, l.Kind, l.Why, codes(l), want)
		}
	}
}

func outlookMail(body string, more storage) storage {
	s := storage{
		"__properties_version1.0": make([]byte, 32), "__nameid_version1.0": storage{"__substg1.0_00020102": []byte("x")},
		"__substg1.0_0037001F": utf16le("Notice HALE"), "__substg1.0_1000001F": utf16le(body), "__substg1.0_0C1A001F": utf16le("PC Lee"),
		"__substg1.0_5D01001F": utf16le("Lee@West.Police.example"), "__substg1.0_0E04001F": utf16le("Front Door"), "__substg1.0_007D001F": utf16le("Date: Tue, 1 Sep 2026 09:00:00 +0100\r\n"),
	}
	for k, v := range more {
		s[k] = v
	}
	return s
}

func TestOutlookMail(t *testing.T) {
	file := storage{"__properties_version1.0": make([]byte, 8), "__substg1.0_37010102": []byte("Burns on both hands."), "__substg1.0_3707001F": utf16le("note.txt")}
	inner := storage{"__properties_version1.0": make([]byte, 8), "__substg1.0_3701000D": outlookMail("Inner words.", nil)}
	data := compoundOf(outlookMail("Baby seen.\r\n\r\nThanks\r\nAnn\r\n", storage{"__attach_version1.0_#00000000": file, "__attach_version1.0_#00000001": inner}))
	l := Read(attached("fw.msg", data))
	checkSections(t, l, []want{
		{triage.SectionBody, "See attached."},
		{triage.SectionForwarded, "From: PC Lee <lee@west.police.example>\nSent: Tue, 1 Sep 2026 09:00:00 +0100\nTo: Front Door\nSubject: Notice HALE\n\nBaby seen."},
		{triage.SectionSignature, "Thanks"},
		{triage.SectionForwarded, "Burns on both hands."},
		{triage.SectionForwarded, "From: PC Lee"},
	})
	wantText(t, l, triage.SectionForwarded, "Inner words.")
	wantNoProblem(t, l)
}

func TestCompoundFilesThatAreNotRead(t *testing.T) {
	whole := compoundOf(outlookMail("Baby seen.", nil))
	circle := append([]byte{}, whole...)
	for i := range 128 { // every sector is followed by itself
		if o := len(circle) - 1024 + 4*i; binary.LittleEndian.Uint32(circle[o:]) < endOfChain {
			binary.LittleEndian.PutUint32(circle[o:], uint32(i))
		}
	}
	tests := map[string]struct {
		data []byte
		code string
	}{
		"unknown":        {compoundOf(storage{"Workbook": []byte("x")}), CodeUnread},
		"locked":         {compoundOf(storage{"EncryptedPackage": []byte("x")}), CodeEncrypted},
		"cut off":        {whole[:600], CodeBroken},
		"the mark alone": {whole[:8], CodeBroken},
		"Word, broken":   {compoundOf(storage{"WordDocument": make([]byte, 100)}), CodeBroken},
		"Word, locked":   {compoundOf(storage{"WordDocument": append([]byte{10: 0, 11: 1}, make([]byte, 1000)...)}), CodeEncrypted},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			l := Read(attached("a.doc", tt.data))
			checkLetter(t, l)
			wantCode(t, l, tt.code)
			if !l.Lost() {
				t.Error("not severe")
			}
		})
	}
	checkLetter(t, Read(attached("a.msg", circle)))
}

// word97Of makes a document with one piece of eight-bit text.
func word97Of(text string) []byte {
	doc := make([]byte, 0x200)
	binary.LittleEndian.PutUint16(doc[0x0A:], 0x0200)
	at := len(doc)
	doc = append(doc, text...)
	clx := []byte{1, 2, 0, 9, 9, 2, 16, 0, 0, 0}
	clx = binary.LittleEndian.AppendUint32(clx, 0)
	clx = binary.LittleEndian.AppendUint32(clx, uint32(len(text)))
	clx = append(clx, 0, 0)
	clx = binary.LittleEndian.AppendUint32(clx, uint32(at*2)|0x40000000)
	clx = append(clx, 0, 0)
	binary.LittleEndian.PutUint32(doc[0x1A2:], 0)
	binary.LittleEndian.PutUint32(doc[0x1A6:], uint32(len(clx)))
	return compoundOf(storage{"WordDocument": doc, "1Table": clx})
}

func TestWord97(t *testing.T) {
	l := Read(attached("ppn.doc", word97Of("NOTICE\rName\aZo\xeb HALE\a\aStory\aHe hit her.\rShe ran.\a\aSee \x13HYPERLINK \"x\"\x14the form\x15 now.\r")))
	wantText(t, l, triage.SectionBody, "NOTICE", "See the form now.")
	wantText(t, l, triage.SectionTable, "Name\tZoë HALE\n", "Story\tHe hit her. She ran.\n")
	wantNoProblem(t, l)
}

func b64lines(data []byte) string {
	_, after, _ := strings.Cut(string(attached("x", data)), "Transfer-Encoding: base64\r\n\r\n")
	body, _, _ := strings.Cut(after, "--bb--")
	return strings.ReplaceAll(body, "\r\n", "\n")
}
