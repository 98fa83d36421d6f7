package letter

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ppn-triage/ppn-triage/triage"
)

func TestSplitHeader(t *testing.T) {
	tests := map[string]struct {
		raw   string
		want  []field
		stray []string
		body  string
	}{
		"ordinary":                          {"From: a\r\nSubject: b\r\n\r\nbody\r\n", []field{{"from", "a"}, {"subject", "b"}}, nil, "body\r\n"},
		"bare line feeds":                   {"From: a\nSubject: b\n\nbody", []field{{"from", "a"}, {"subject", "b"}}, nil, "body"},
		"folded":                            {"Subject: one\r\n two\r\n\tthree\r\n\r\nx", []field{{"subject", "one two three"}}, nil, "x"},
		"folded after an empty first line":  {"Subject:\r\n two\r\n\r\nx", []field{{"subject", " two"}}, nil, "x"},
		"blank before the colon":            {"Subject : b\n\nx", []field{{"subject", "b"}}, nil, "x"},
		"mbox separator":                    {"From someone Mon Sep  7 09:00:00 2026\nFrom: a\n\nx", []field{{"from", "a"}}, nil, "x"},
		"blank lines first":                 {"\n\nFrom: a\n\nx", []field{{"from", "a"}}, nil, "x"},
		"blank line of blanks":              {"From: a\n  \t\nx", []field{{"from", "a"}}, nil, "x"},
		"first field indented":              {"  From: a\nTo: b\n\nx", []field{{"from", "a"}, {"to", "b"}}, nil, "x"},
		"continuation without indent":       {"Content-Type: multipart/mixed;\nboundary=b\n\nx", []field{{"content-type", "multipart/mixed; boundary=b"}}, nil, "x"},
		"quote left open":                   {"Content-Type: a/b; name=\"one\ntwo.pdf\"\n\nx", []field{{"content-type", "a/b; name=\"one two.pdf\""}}, nil, "x"},
		"line without colon between fields": {"From: a\nnonsense here\nSubject: b\n\nx", []field{{"from", "a"}, {"subject", "b"}}, []string{"nonsense here"}, "x"},
		"no blank line before the text":     {"From: a\nSubject: b\nBaby seen.\nOccurrence: 1\n\nmore", []field{{"from", "a"}, {"subject", "b"}}, nil, "Baby seen.\nOccurrence: 1\n\nmore"},
		"header only":                       {"From: a\nSubject: b", []field{{"from", "a"}, {"subject", "b"}}, nil, ""},
		"nothing":                           {"", nil, nil, ""},
		"text only":                         {"Just words here.\nMore: of them", nil, nil, "Just words here.\nMore: of them"},
		"name with an eight-bit byte":       {"From: a\nS\xfcbject: b\nTo: c\n\nx", []field{{"from", "a"}, {"to", "c"}}, []string{"S\xfcbject: b"}, "x"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			h, body := splitHeader([]byte(tt.raw))
			if diff := cmp.Diff(tt.want, h.fields, cmp.AllowUnexported(field{})); diff != "" {
				t.Errorf("fields (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.stray, h.stray); diff != "" {
				t.Errorf("stray lines (-want +got):\n%s", diff)
			}
			if string(body) != tt.body {
				t.Errorf("body %q, want %q", body, tt.body)
			}
		})
	}
}

// A header past its limits keeps the fields that the reading hangs on.
func TestHeaderLimitKeepsWhatMatters(t *testing.T) {
	raw := "From: pc@north.police.example\r\n" + strings.Repeat("X-Junk: y\r\n", 30_000) + "Content-Transfer-Encoding: base64\r\n\r\nQmFieSBzZWVuLg==\r\n"
	l := Read([]byte(raw))
	wantCode(t, l, CodeHeaderLimit)
	wantText(t, l, triage.SectionBody, "Baby seen.")
	if !l.Lost() {
		t.Error("a header past its limits is not severe")
	}
}

func TestLetterHeader(t *testing.T) {
	l := Read(crlf(`
Received: from out.west.police.example by mx.council.example with ESMTPS;
	Tue, 01 Sep 2026 08:42:00 +0100
Received: from inner by out.west.police.example; Tue, 01 Sep 2026 08:41:00 +0100
Authentication-Results: mx.council.example; spf=pass
	smtp.mailfrom=west.pnn.police.example
Authentication-Results: mx.council.example; dkim=fail
From: "Bradshaw, Ann (PC 1)" <Ann.Bradshaw@West.PNN.Police.example>
To: Front Door <door@council.example>, "B; C" <b@council.example>
Cc: undisclosed: c@council.example;
Subject: =?utf-8?Q?PPN_WI=C5=9A?=
 =?utf-8?Q?NIEWSKA?= twins
Date: Tue, 1 Sep 2026 08:41:03 BST
Message-ID: <1@west.police.example>

Text.
`))
	want := triage.Letter{
		MessageID: "1@west.police.example", Subject: "PPN WIŚNIEWSKA twins", From: "ann.bradshaw@west.police.example", FromName: "Bradshaw, Ann (PC 1)",
		To:       []string{"door@council.example", "b@council.example", "c@council.example"},
		Date:     time.Date(2026, 9, 1, 7, 41, 3, 0, time.UTC),
		Received: time.Date(2026, 9, 1, 7, 42, 0, 0, time.UTC),
		Auth:     []string{"mx.council.example; spf=pass smtp.mailfrom=west.pnn.police.example", "mx.council.example; dkim=fail"},
		Kind:     triage.LetterNotice,
		Text:     "PPN WIŚNIEWSKA twins\nText.\n",
		Sections: []triage.Section{{Kind: triage.SectionSubject, Start: 0, End: 22, Source: "subject"}, {Kind: triage.SectionBody, Start: 22, End: 28, Source: "body"}},
	}
	want.ContentHash = l.ContentHash
	if diff := cmp.Diff(want, l); diff != "" {
		t.Errorf("letter (-want +got):\n%s", diff)
	}
}

func TestParseAddress(t *testing.T) {
	tests := []struct{ in, name, addr string }{
		{"a@b.example", "", "a@b.example"},
		{"<A@B.example>", "", "a@b.example"},
		{"Ann Lee <a@b.example>", "Ann Lee", "a@b.example"},
		{`"Lee, Ann" <a@b.example>, c@d.example`, "Lee, Ann", "a@b.example"},
		{`"Lee \"Al\" Ann" <a@b.example>`, `Lee "Al" Ann`, "a@b.example"},
		{"a@b.example (Ann Lee)", "Ann Lee", "a@b.example"},
		{"Ann <a@b.example", "Ann", "a@b.example"},
		{"=?utf-8?B?Wm/DqQ==?= <z@b.example>", "Zoé", "z@b.example"},
		{"Ann <a@gwent.pnn.police.example>", "Ann", "a@gwent.police.example"},
		{"Ann <a@pnn.example>", "Ann", "a@pnn.example"},
		{"team: a@b.example, c@d.example;", "", "a@b.example"},
		{"Ann <mailto:a@b.example>", "Ann", "a@b.example"},
		{"Zo\xe9 <z@b.example>", "Zoé", "z@b.example"},
		{"Unknown Sender", "Unknown Sender", ""},
		{"", "", ""},
	}
	for _, tt := range tests {
		if name, addr := parseAddress(tt.in); name != tt.name || addr != tt.addr {
			t.Errorf("parseAddress(%q) = %q, %q, want %q, %q", tt.in, name, addr, tt.name, tt.addr)
		}
	}
}

func TestParseDate(t *testing.T) {
	summer := time.Date(2026, 9, 1, 7, 42, 0, 0, time.UTC)
	tests := []struct {
		in   string
		want time.Time
	}{
		{"Tue, 01 Sep 2026 08:42:00 +0100", summer},
		{"1 Sep 2026 08:42:00 +0100", summer},
		{"Tue, 1 Sep 2026 08:42 +0100", summer},
		{"Tue, 1 Sep 26 08:42:00 +0100", summer},
		{"Tue, 1 Sep 2026 08:42:00 +0100 (GMT Daylight Time)", summer},
		{"Tue, 1 Sep 2026 08:42:00 BST", summer},
		{"Tue, 1 Sep 2026 07:42:00 GMT", summer},
		{"Tuesday, 1 September 2026 08:42:00 +0100", summer},
		{"Tue Sep 1 07:42:00 2026", summer},
		{"Tue, 1 Sep 2026 03:42:00 EDT", summer},
		{"Tue, 1 Sep 2026 09:42:00 CEST", summer},
		{"Tue,  1 Sep 2026\t08:42:00  +0100", summer},
		{"Tue,1 Sep 2026 08:42:00 +0100", summer},
		{"2026-09-01T08:42:00+01:00", summer},
		{"2026-09-01 07:42:00", summer},
		{"yesterday", time.Time{}},
		{"", time.Time{}},
		{strings.Repeat("1", 300), time.Time{}},
	}
	for _, tt := range tests {
		if got := parseDate(tt.in); !got.Equal(tt.want) {
			t.Errorf("parseDate(%q) = %v, want %v", tt.in, got, tt.want)
		}
	}
}

func TestReceivedIsTheTopmost(t *testing.T) {
	tests := map[string]struct {
		raw  string
		want time.Time
	}{
		"topmost":              {"Received: by a; Tue, 01 Sep 2026 09:00:00 +0000\nReceived: by b; Tue, 01 Sep 2026 08:00:00 +0000\n\nx", time.Date(2026, 9, 1, 9, 0, 0, 0, time.UTC)},
		"behind the last mark": {"Received: from x (a; b) by c; Tue, 01 Sep 2026 09:00:00 +0000\n\nx", time.Date(2026, 9, 1, 9, 0, 0, 0, time.UTC)},
		"topmost unreadable":   {"Received: by a; soon\nReceived: by b; Tue, 01 Sep 2026 08:00:00 +0000\n\nx", time.Time{}},
		"none":                 {"From: a\n\nx", time.Time{}},
	}
	for name, tt := range tests {
		if got := Read(crlf(tt.raw)).Received; !got.Equal(tt.want) {
			t.Errorf("%s: %v, want %v", name, got, tt.want)
		}
	}
}

func TestIsMail(t *testing.T) {
	tests := []struct {
		raw  string
		want bool
	}{
		{"From: a@b.example\n\nx", true},
		{"Received: by a; now\r\rx", true},
		{"X-Other: y\nSubject: z\n\n", true},
		{"\n\nDate: today\n\n", true},
		{"Hello: there\n\nx", false},
		{"%PDF-1.4 rest", false},
		{"", false},
		{"just words", false},
		{"\x00\x01\x02", false},
	}
	for _, tt := range tests {
		if got := IsMail([]byte(tt.raw)); got != tt.want {
			t.Errorf("IsMail(%q) = %v", tt.raw, got)
		}
		if l := Read([]byte(tt.raw)); hasCode(l, CodeNotAMail) == tt.want {
			t.Errorf("Read(%q): problems %q", tt.raw, codes(l))
		}
	}
}

// Nothing added to a mail takes words away: of doubled fields both count.
func TestDoubledFieldsAreBothRead(t *testing.T) {
	t.Run("subject", func(t *testing.T) {
		l := Read(crlf("From: a@b.example\nSubject: routine\nSubject: baby with burns\n\nText.\n"))
		wantText(t, l, triage.SectionSubject, "routine")
		wantText(t, l, triage.SectionHidden, "baby with burns")
		wantCode(t, l, CodeHeaderDoubled)
	})
	t.Run("transfer encoding", func(t *testing.T) {
		l := Read(crlf("From: a@b.example\nContent-Transfer-Encoding: 7bit\nContent-Transfer-Encoding: base64\n\nQmFieSBzZWVuIHdpdGggYnVybnMgb24gYm90aCBoYW5kcy4=\n"))
		if !strings.Contains(l.Text, "Baby seen with burns on both hands.") {
			t.Errorf("text %q", l.Text)
		}
		wantCode(t, l, CodeTwoReadings)
	})
	t.Run("content type", func(t *testing.T) {
		l := Read(crlf("From: a@b.example\nContent-Type: text/plain\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Transfer-Encoding: base64\n\nQmFieSBzZWVuIHdpdGggYnVybnMu\n--b--\n"))
		if !strings.Contains(l.Text, "Baby seen with burns.") {
			t.Errorf("text %q", l.Text)
		}
	})
	t.Run("sender", func(t *testing.T) {
		l := Read(crlf("From: a@b.example\nFrom: c@d.example\n\nText.\n"))
		wantCode(t, l, CodeFromDoubled)
		if l.From != "a@b.example" {
			t.Errorf("from %q, want the first", l.From)
		}
	})
}

func TestTruncatedMailIsSevere(t *testing.T) {
	l := Read(crlf("Ppn-Truncated: 31457280\nFrom: a@b.example\nSubject: s\n\nBaby seen, as it hap"))
	wantCode(t, l, CodeTruncated)
	wantText(t, l, triage.SectionBody, "Baby seen, as it hap")
	if !l.Lost() {
		t.Error("a truncated mail is not severe")
	}
}
