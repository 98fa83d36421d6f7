package letter

import (
	"bytes"
	"encoding/base64"
	"mime/quotedprintable"
	"net/mail"
	"slices"
	"strings"
	"testing"

	"github.com/ppn-triage/ppn-triage/triage"
)

// simple are the mails of the corpus with one part of plain text: they can be
// sent in other ways that say the same.
func simple(t *testing.T) map[string]*mail.Message {
	t.Helper()
	out := map[string]*mail.Message{}
	for _, l := range labels(t) {
		m, err := mail.ReadMessage(bytes.NewReader(corpusMail(t, l.File)))
		if err != nil {
			t.Fatalf("%s: %v", l.File, err)
		}
		if strings.HasPrefix(m.Header.Get("Content-Type"), "text/plain") {
			out[l.File] = m
		}
	}
	if len(out) < 50 {
		t.Fatalf("%d plain mails, want 50 or more", len(out))
	}
	return out
}

// sentAs writes the header of a mail, with other MIME fields, and a body.
func sentAs(m *mail.Message, fields, body string) []byte {
	var b strings.Builder
	for _, name := range []string{"Received", "From", "To", "Subject", "Date", "Message-Id", "Auto-Submitted"} {
		if v := m.Header.Get(name); v != "" {
			b.WriteString(name + ": " + v + "\r\n")
		}
	}
	return []byte(b.String() + "MIME-Version: 1.0\r\n" + strings.ReplaceAll(fields, "\n", "\r\n") + "\r\n\r\n" + body)
}

// One text in any wrapping reads the same: words, hash and kind.
func TestWrappingMakesNoDifference(t *testing.T) {
	for file, m := range simple(t) {
		plain := Read(corpusMail(t, file))
		var text strings.Builder
		for _, s := range plain.Sections[1:] {
			text.WriteString(plain.Text[s.Start:s.End] + "\n") // sections are set apart by a blank line
		}
		body := strings.ReplaceAll(text.String(), "\n", "\r\n")
		var qp bytes.Buffer
		w := quotedprintable.NewWriter(&qp)
		_, _ = w.Write([]byte(body))
		_ = w.Close()
		b64 := base64.StdEncoding.EncodeToString([]byte(body))
		escape := strings.NewReplacer("&", "&amp;", "<", "&lt;", "\t", " ", "\r\n", "<br>\r\n")
		wrapped := map[string][]byte{
			"line feeds":       bytes.ReplaceAll(corpusMail(t, file), []byte("\r\n"), []byte("\n")),
			"eight bits":       sentAs(m, "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit", body),
			"quoted-printable": sentAs(m, "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable", qp.String()),
			"base64":           sentAs(m, "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64", b64),
			"wrong set":        sentAs(m, "Content-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: 8bit", body),
			"multipart":        sentAs(m, "Content-Type: multipart/mixed; boundary=zz", "--zz\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"+body+"\r\n--zz--\r\n"),
			"not closed":       sentAs(m, "Content-Type: multipart/mixed; boundary=zz", "--zz\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"+body),
			"two deep":         sentAs(m, "Content-Type: multipart/mixed; boundary=zz", "--zz\r\nContent-Type: multipart/related; boundary=yy\r\n\r\n--yy\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"+body+"\r\n--yy--\r\n--zz--\r\n"),
			"HTML":             sentAs(m, "Content-Type: text/html; charset=utf-8", "<html><body>"+escape.Replace(body)+"</body></html>"),
			"both":             sentAs(m, "Content-Type: multipart/alternative; boundary=zz", "--zz\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"+body+"\r\n--zz\r\nContent-Type: text/html; charset=utf-8\r\n\r\n"+escape.Replace(body)+"\r\n--zz--\r\n"),
		}
		for way, raw := range wrapped {
			l := Read(raw)
			checkLetter(t, l)
			if got, want := words(l.Text), words(plain.Text); !slices.Equal(got, want) {
				t.Errorf("%s as %s reads otherwise: %d words, want %d", file, way, len(got), len(want))
			}
			if l.Kind != plain.Kind || l.Lost() {
				t.Errorf("%s as %s: kind %v, problems %q", file, way, l.Kind, codes(l))
			}
			if l.ContentHash != plain.ContentHash {
				t.Errorf("%s as %s has another hash", file, way)
			}
		}
	}
}

// Whatever is added to a mail, its own words stay where facts are read.
func TestNothingAddedTakesWordsAway(t *testing.T) {
	additions := map[string]func(raw []byte) []byte{
		"a footer": func(raw []byte) []byte {
			return append(slices.Clone(raw), "\r\n"+strings.ReplaceAll(forceFooter, "\n", "\r\n")...)
		},
		"a second subject": func(raw []byte) []byte { return append([]byte("Subject: nothing to see\r\n"), raw...) },
		"a second sender":  func(raw []byte) []byte { return append([]byte("From: x@y.example\r\n"), raw...) },
		"junk in the header": func(raw []byte) []byte {
			return append([]byte("X-Junk: "+strings.Repeat("j", 5000)+"\r\nnonsense\r\n"), raw...)
		},
		"a second type":     func(raw []byte) []byte { return append([]byte("Content-Type: text/plain; charset=utf-8\r\n"), raw...) },
		"a type of no use":  func(raw []byte) []byte { return append([]byte("Content-Type: application/octet-stream\r\n"), raw...) },
		"a second encoding": func(raw []byte) []byte { return append([]byte("Content-Transfer-Encoding: base64\r\n"), raw...) },
		"an mbox separator": func(raw []byte) []byte {
			return append([]byte("From x@y.example Mon Sep  7 09:00:00 2026\r\n"), raw...)
		},
		"blank lines before":  func(raw []byte) []byte { return append([]byte("\r\n\r\n"), raw...) },
		"words behind it all": func(raw []byte) []byte { return append(slices.Clone(raw), "\r\nNothing further.\r\n"...) },
	}
	for file := range simple(t) {
		raw := corpusMail(t, file)
		own := words(factText(Read(raw)))
		for name, add := range additions {
			l := Read(add(raw))
			checkLetter(t, l)
			have := map[string]int{}
			for _, w := range words(factText(l)) {
				have[w]++
			}
			for _, w := range own {
				if have[w] == 0 {
					t.Errorf("%s with %s: a word is lost", file, name)
					break
				}
			}
		}
	}
}

// factText is the text that facts are read from.
func factText(l triage.Letter) string {
	var b strings.Builder
	for _, s := range l.Sections {
		if s.Kind != triage.SectionDisclaimer && s.Kind != triage.SectionSignature {
			b.WriteString(l.Text[s.Start:s.End])
		}
	}
	return b.String()
}

// A mail cut off anywhere still reads, and what is lost is told or was not yet
// there: never a word less than its own bytes hold as text.
func TestMailCutOffAnywhere(t *testing.T) {
	for _, file := range []string{"011.eml", "022.eml", "021.eml", "055.eml", "058.eml", "076.eml"} {
		raw := corpusMail(t, file)
		for n := 0; n < len(raw); n += 97 {
			l := Read(raw[:n])
			if problem := brokenPromise(l); problem != "" {
				t.Errorf("%s cut at %d: %s", file, n, problem)
			}
			if hasCode(l, CodePanic) {
				t.Errorf("%s cut at %d: a part made the reader panic", file, n)
			}
		}
	}
}

// One flipped bit never makes the reader panic or break a promise.
func TestMailWithFlippedBits(t *testing.T) {
	for _, file := range []string{"011.eml", "022.eml", "034.eml", "045.eml", "069.eml"} {
		raw := corpusMail(t, file)
		x := uint32(7)
		for range 150 {
			x = x*1664525 + 1013904223
			bad := slices.Clone(raw)
			bad[int(x>>8)%len(bad)] ^= 1 << (x & 7)
			if problem := brokenPromise(Read(bad)); problem != "" {
				t.Errorf("%s: %s", file, problem)
			}
		}
	}
}
