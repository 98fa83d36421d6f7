package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"mime"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/letter"
)

// TestTheSameWithOtherNames writes the labelled mails anew: plain mails with
// other names, streets, postcodes, dates and file names, a year later, in
// another order of the files. They must measure the same as the first ones,
// within 0.02: nothing may hang on the sample.
func TestTheSameWithOtherNames(t *testing.T) {
	mails := devMails(t)
	labels, err := readLabels(filepath.Join(devDir, "labels.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	was := newExam(labels, answersOf(t, mails, nil)).measures()

	rename, dir := renamer(namesOf(t, mails)), t.TempDir()
	change := func(s string) string { return shiftDates(moved(rename(s))) }
	var lines bytes.Buffer
	for n, m := range mails {
		l := letter.Read(m.data)
		file := fmt.Sprintf("ppn_%03d.eml", 900-n)
		write(t, filepath.Join(dir, file), string(plainMail(&l, m, change)))
		b, err := json.Marshal(changed(*m.label, file, rename))
		if err != nil {
			t.Fatal(err)
		}
		lines.Write(append(b, '\n'))
	}
	if err := os.WriteFile(filepath.Join(dir, "labels.jsonl"), lines.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	answers, others, err := (&corpusCmd{Dir: dir}).answers(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	x, detail := newExam(others, answers), []string{}
	x.say = func(format string, a ...any) { detail = append(detail, fmt.Sprintf(format, a...)) }
	for n, m := range x.measures() {
		if d := m.value - was[n].value; m.count && d > 0 || !m.count && math.Abs(d) > 0.02 {
			t.Errorf("%s is %.4f, was %.4f", m.name, m.value, was[n].value)
		}
	}
	if t.Failed() {
		t.Log(strings.Join(detail, "\n"))
	}
}

// changed is the label of a mail written anew.
func changed(l label, file string, rename func(string) string) label {
	shift := func(day string) string {
		if d, err := time.Parse(time.DateOnly, day); err == nil {
			return aYearOn(d).Format(time.DateOnly)
		}
		return day
	}
	l.File, l.Received = file, l.Received.Add(later)
	children := make([]child, len(l.Children))
	for n, c := range l.Children {
		c.Name, c.DOB = rename(c.Name), shift(c.DOB)
		children[n] = c
	}
	l.Children = children
	return l
}

// plainMail writes a letter as a plain mail: the text that the sender wrote,
// and the text of each attachment as an attachment of text. What could not be
// read, and what is no notice, stays as it is, but for the day.
func plainMail(l *triage.Letter, m corpusMail, change func(string) string) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "Received: from mail.example by mx.council.example with ESMTPS;\r\n\t%s\r\n", m.received.Add(later).Format(time.RFC1123Z))
	if l.Lost() || l.Kind != triage.LetterNotice {
		b.Write(m.data)
		return b.Bytes()
	}
	var sources []string
	text := map[string]string{}
	for _, s := range l.Sections {
		source := s.Source
		if s.Kind == triage.SectionSubject {
			continue
		}
		if !strings.HasPrefix(source, "attachment") {
			source = ""
		}
		if _, ok := text[source]; !ok {
			sources = append(sources, source)
		}
		text[source] += l.Text[s.Start:s.End]
	}
	fmt.Fprintf(&b, "From: %s <%s>\r\nTo: frontdoor@council.example\r\nSubject: %s\r\nDate: %s\r\nMessage-ID: <%s>\r\nMIME-Version: 1.0\r\n",
		mime.QEncoding.Encode("utf-8", change(l.FromName)), l.From, mime.QEncoding.Encode("utf-8", change(l.Subject)), l.Date.Add(later).Format(time.RFC1123Z), l.MessageID)
	const plain = "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n"
	body := func(s string) string { return strings.ReplaceAll(change(s), "\n", "\r\n") }
	if len(sources) < 2 {
		fmt.Fprintf(&b, "%s\r\n%s\r\n", plain, body(text[strings.Join(sources, "")]))
		return b.Bytes()
	}
	b.WriteString("Content-Type: multipart/mixed; boundary=zz-parts\r\n\r\n")
	for n, source := range sources {
		b.WriteString("--zz-parts\r\n" + plain)
		if source != "" {
			fmt.Fprintf(&b, "Content-Disposition: attachment; filename=part%d.txt\r\n", n)
		}
		fmt.Fprintf(&b, "\r\n%s\r\n", body(text[source]))
	}
	b.WriteString("--zz-parts--\r\n")
	return b.Bytes()
}
