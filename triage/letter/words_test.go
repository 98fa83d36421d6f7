package letter

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestDecodeWords(t *testing.T) {
	tests := []struct{ in, want string }{
		{"plain words", "plain words"},
		{"=?utf-8?Q?Zo=C3=A9_K?=", "Zoé K"},
		{"=?UTF-8?b?Wm/DqQ==?=", "Zoé"},
		{"=?iso-8859-1?q?Zo=E9?= Lee", "Zoé Lee"},
		{"a =?utf-8?Q?b?= c", "a b c"},
		{"=?utf-8?Q?a?= =?utf-8?Q?b?=", "ab"},
		{"=?utf-8?Q?a?= x =?utf-8?Q?b?=", "a x b"},
		{"=?utf-8?Q?a_?= =?iso-8859-1?Q?=E9?=", "a é"},
		{"=?utf-8*en?Q?Ann?=", "Ann"},
		{"=?utf-8?Q?two words?=", "two words"},
		{"=?utf-8?B?Wm/DqQ?=", "Zoé"},
		{"=?windows-1252?Q?it=92s?=", "it’s"},
		{"=?x-unknown-set?Q?caf=E9?=", "café"},
		{"=?utf-8?Q?caf=E9?=", "café"},
		{"=?utf-8?Z?abc?=", "=?utf-8?Z?abc?="},
		{"=?utf-8?Q?never closed", "=?utf-8?Q?never closed"},
		{"=?", "=?"},
		{"caf\xe9 and caf\xc3\xa9", "café and café"},
		{"=?utf-8?Q?a=3Db?=", "a=b"},
		{"=?utf-8?Q?=ZZ?=", "=ZZ"},
		{"=?utf-8?Q?new=0Aline?=", "new line"},
		{"=?utf-8?Q?wea=E2=80=8Bpon?=", "weapon"},
		{"=?iso-2022-jp?B?GyRCJUYlOSVIGyhC?=", "テスト"},
	}
	for _, tt := range tests {
		if got := decodeWords(tt.in); got != tt.want {
			t.Errorf("decodeWords(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}

// Peers' bug 7 (cyrus #2471): some senders split a character over two encoded
// words; each half decoded alone is two broken ones.
func TestEncodedWordSplitInsideCharacter(t *testing.T) {
	tests := []struct{ in, want string }{
		{"=?utf-8?Q?WI=C5?=\r\n =?utf-8?Q?=9ANIEWSKA?=", "WIŚNIEWSKA"},
		{"=?utf-8?B?xYHDs2TF?= =?utf-8?B?ug==?=", "Łódź"},
		{"=?utf-8?Q?=C5?= =?UTF-8?B?mg==?=", "Ś"},
	}
	for _, tt := range tests {
		if got := decodeWords(tt.in); got != tt.want {
			t.Errorf("decodeWords(%q) = %q, want %q", tt.in, got, tt.want)
		}
		l := Read([]byte("Subject: " + tt.in + "\r\n\r\nx"))
		if l.Subject != tt.want {
			t.Errorf("subject %q, want %q", l.Subject, tt.want)
		}
	}
}

func TestParams(t *testing.T) {
	tests := []struct {
		in, main string
		want     map[string]string
	}{
		{"text/plain", "text/plain", map[string]string{}},
		{"Text/Plain; Charset=UTF-8", "text/plain", map[string]string{"charset": "UTF-8"}},
		{`a/b; name="x; y.pdf"; c=d`, "a/b", map[string]string{"name": "x; y.pdf", "c": "d"}},
		{`a/b; name="x \"y\" z"`, "a/b", map[string]string{"name": `x "y" z`}},
		{`a/b; name=two words.pdf; c=d`, "a/b", map[string]string{"name": "two words.pdf", "c": "d"}},
		{`a/b; name="never closed`, "a/b", map[string]string{"name": "never closed"}},
		{`a/b; name=one; name=two`, "a/b", map[string]string{"name": "one"}},
		{`a/b;;; c=d;`, "a/b", map[string]string{"c": "d"}},
		{`a/b; nonsense; c=d`, "a/b", map[string]string{"c": "d"}},
		{`a/b; name==?utf-8?Q?Zo=C3=A9.pdf?=`, "a/b", map[string]string{"name": "Zoé.pdf"}},
		{`a/b; name="=?utf-8?B?Wm/DqS5wZGY=?="`, "a/b", map[string]string{"name": "Zoé.pdf"}},
		{`attachment; filename*=utf-8''Zo%C3%A9.pdf`, "attachment", map[string]string{"filename": "Zoé.pdf"}},
		{`attachment; filename*0="PPN "; filename*1="form.pdf"`, "attachment", map[string]string{"filename": "PPN form.pdf"}},
		{`attachment; filename*1*=%C3%A9.pdf; filename*0*=iso-8859-1'en'Zo`, "attachment", map[string]string{"filename": "Zoé.pdf"}},
		{`attachment; filename*0*=utf-8'en'Zo%C3; filename*1*=%A9.pdf`, "attachment", map[string]string{"filename": "Zoé.pdf"}},
		{`multipart/mixed; boundary="a  b"`, "multipart/mixed", map[string]string{"boundary": "a  b"}},
		{`multipart/mixed; boundary="=_?=?Q?x"`, "multipart/mixed", map[string]string{"boundary": "=_?=?Q?x"}},
	}
	for _, tt := range tests {
		main, got := params(tt.in)
		if diff := cmp.Diff(tt.want, got); main != tt.main || diff != "" {
			t.Errorf("params(%q) = %q (-want +got):\n%s", tt.in, main, diff)
		}
	}
}
