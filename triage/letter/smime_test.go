package letter

import (
	"strings"
	"testing"

	"github.com/ppn-triage/ppn-triage/triage"
)

// tlv is a value of DER.
func tlv(tag byte, content ...[]byte) []byte {
	var in []byte
	for _, c := range content {
		in = append(in, c...)
	}
	out := []byte{tag}
	if n := len(in); n < 0x80 {
		out = append(out, byte(n))
	} else {
		out = append(out, 0x82, byte(n>>8), byte(n))
	}
	return append(out, in...)
}

// open is a value of BER without length.
func open(tag byte, content ...[]byte) []byte {
	out := []byte{tag, 0x80}
	for _, c := range content {
		out = append(out, c...)
	}
	return append(out, 0, 0)
}

var oidData = []byte{0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01}

func TestOpaqueSMIME(t *testing.T) {
	inner := []byte("Content-Type: text/plain; charset=utf-8\r\n\r\nBaby seen, Zo\xc3\xab.\r\n")
	definite := tlv(0x30, tlv(6, oidSigned), tlv(0xa0, tlv(0x30, tlv(2, []byte{1}), tlv(0x31), tlv(0x30, tlv(6, oidData), tlv(0xa0, tlv(4, inner))))))
	pieces := open(0x30, tlv(6, oidSigned), open(0xa0, open(0x30, tlv(2, []byte{1}), tlv(0x31), open(0x30, tlv(6, oidData), open(0xa0, open(0x24, tlv(4, inner[:20]), tlv(4, inner[20:])))))))
	tests := map[string]struct {
		data []byte
		has  string
		code string
	}{
		"signed":           {definite, "Baby seen, Zoë.", ""},
		"signed in pieces": {pieces, "Baby seen, Zoë.", ""},
		"encrypted":        {tlv(0x30, tlv(6, oidEnveloped), tlv(0xa0, tlv(0x30))), "", CodeEncryptedMail},
		"something else":   {tlv(0x30, tlv(6, oidData), tlv(0xa0)), "", CodeUnread},
		"broken":           {definite[:30], "", CodeBroken},
		"deep":             {[]byte(strings.Repeat("\x30\x80", 1000)), "", CodeBroken},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			l := Read(typedMail("Content-Type: application/pkcs7-mime; smime-type=signed-data; name=smime.p7m\nContent-Transfer-Encoding: base64", b64lines(tt.data)))
			checkLetter(t, l)
			if tt.code == "" {
				wantText(t, l, triage.SectionBody, tt.has)
				wantNoProblem(t, l)
				return
			}
			wantCode(t, l, tt.code)
			if !l.Lost() {
				t.Error("not severe")
			}
		})
	}
}
