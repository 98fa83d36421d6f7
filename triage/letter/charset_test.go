package letter

import (
	"strings"
	"testing"

	"github.com/ppn-triage/ppn-triage/triage"
)

func TestToUTF8(t *testing.T) {
	tests := []struct {
		in, charset, want string
		how               fit
	}{
		{"plain", "us-ascii", "plain", fits},
		{"caf\xc3\xa9", "utf-8", "café", fits},
		{"caf\xe9", "iso-8859-1", "café", fits},
		{"it\x92s \x80 5", "iso-8859-1", "it’s € 5", fits},
		{"it\x92s", "windows-1252", "it’s", fits},
		{"za\xbf\xf3\xb3\xe6", "iso-8859-2", "zażółć", fits},
		{"caf\xc3\xa9", "iso-8859-1", "café", fitsNot},
		{"caf\xc3\xa9", "", "café", fits},
		{"caf\xe9", "", "café", fits},
		{"caf\xe9", "us-ascii", "café", fitsNot},
		{"caf\xe9 \xc5\x9a it\x92s", "utf-8", "café Ś it’s", fitsNot},
		{"caf\xe9", "x-never-heard", "café", fitUnknown},
		{"caf\xc3\xa9", "x-never-heard", "café", fitUnknown},
		{"a\x00b\x00c\x00d\x00e\x00f\x00g\x00h\x00", "utf-16le", "abcdefgh", fits},
		{"\xff\xfea\x00b\x00", "utf-8", "\ufeffab", fits},
		{"\xfe\xff\x00a\x00b", "", "\ufeffab", fits},
		{"plain words", "utf-16", "plain words", fitsNot},
		{"Hi Mom +Jjo--!", "utf-7", "Hi Mom ☺-!", fits},
		{"1 +- 1", "utf-7", "1 + 1", fits},
		{"a+b", "unicode-1-1-utf-7", "a+b", fits},
		{"caf\x82", "cp850", "café", fits},
		{"\xd2\xe5\xf1\xf2", "cp1251", "Тест", fits},
		{"\x1b$B%F%9%H\x1b(B", "iso-2022-jp", "テスト", fits},
		{"quoted", `"utf-8"`, "quoted", fits},
	}
	for _, tt := range tests {
		if got, how := toUTF8([]byte(tt.in), tt.charset); got != tt.want || how != tt.how {
			t.Errorf("toUTF8(%q, %q) = %q, %d, want %q, %d", tt.in, tt.charset, got, how, tt.want, tt.how)
		}
	}
}

func TestClean(t *testing.T) {
	tests := []struct{ in, want string }{
		{"plain\ntext\t", "plain\ntext\t"},
		{"a\r\nb\rc\n", "a\nb\nc\n"},
		{"a\x00b\x07c", "abc"},
		{"a\fb\vc\u2028d\u0085e", "a\nb\nc\nd\ne"},
		{"a\u00a0b\u2003c", "a b c"},
		{"wea\u200bpon \u202eesrever", "weapon esrever"},
		{"soft\u00adhyphen", "softhyphen"},
		{"\ufeffmark", "mark"},
		{"bad\xffbyte", "bad\ufffdbyte"},
		{"Ł ☒ é", "Ł ☒ é"},
	}
	for _, tt := range tests {
		if got := clean(tt.in); got != tt.want {
			t.Errorf("clean(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}

func TestWrongCharsetIsReadAndTold(t *testing.T) {
	tests := map[string]struct{ fields, body, want, code string }{
		"windows-1252 sent as utf-8": {"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit", "Mum\x92s boyfriend Zo\xeb has a \xa320 knife", "Mum’s boyfriend Zoë has a £20 knife", CodeCharset},
		"utf-8 sent as latin":        {"Content-Type: text/plain; charset=iso-8859-1", "Zofia WI\xc5\x9aNIEWSKA", "Zofia WIŚNIEWSKA", CodeCharset},
		"unknown set":                {"Content-Type: text/plain; charset=police-1", "Zo\xeb seen", "Zoë seen", CodeCharsetUnknown},
		"eight bits as ascii":        {"Content-Type: text/plain; charset=us-ascii", "Zo\xeb seen", "Zoë seen", CodeCharset},
		"set of the HTML itself":     {"Content-Type: text/html", "<html><head><meta charset=\"iso-8859-2\"></head><body>za\xbf\xf3\xb3\xe6</body>", "zażółć", ""},
		"hidden characters":          {"Content-Type: text/plain; charset=utf-8", "kni\u200bfe", "knife", CodeInvisible},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			l := Read(typedMail(tt.fields, tt.body))
			wantText(t, l, triage.SectionBody, tt.want)
			if tt.code != "" {
				wantCode(t, l, tt.code)
			}
			if l.Lost() {
				t.Errorf("problems %q: nothing was lost", codes(l))
			}
		})
	}
}

// A set that makes other letters of plain ASCII cannot hide the ASCII.
func TestCharsetCannotHideASCII(t *testing.T) {
	for _, charset := range []string{"utf-7", "utf-16", "utf-16be", "ibm037", "hz-gb-2312"} {
		l := Read(typedMail("Content-Type: text/plain; charset="+charset, "The baby has burns on +AGE- both hands and was not taken to hospital.\n"))
		if !strings.Contains(l.Text, "The baby has burns on") {
			t.Errorf("%s hides the text: %q", charset, l.Text)
		}
	}
}
