package main

import (
	"bufio"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestMbox(t *testing.T) {
	const from = "From ppn@wyp.police.example Sat Nov 21 14:40:00 2026\n"
	for _, tt := range []struct {
		name, in string
		want     []string
	}{
		{"two mails, the blank line between them belongs to neither", from + "Subject: a\n\none\n\n" + from + "Subject: b\n\ntwo\n\n", []string{"Subject: a\n\none\n", "Subject: b\n\ntwo\n"}},
		{"a sentence that begins with From is no new mail", from + "Subject: a\n\nHe came home.\n\nFrom there he went to 3 Mill Lane.\n\nFrom 10:30 on he was quiet.\n", []string{"Subject: a\n\nHe came home.\n\nFrom there he went to 3 Mill Lane.\n\nFrom 10:30 on he was quiet.\n"}},
		{"a line that looks like a new mail, and no blank line before it", from + "Subject: a\n\nhe said\n" + from + "\n", []string{"Subject: a\n\nhe said\n" + from}},
		{"one mark is taken from lines that were escaped", from + "S: a\n\n>From the top\n>>From the one quoted\n> From a reply\n>Fromage\n\n", []string{"S: a\n\nFrom the top\n>From the one quoted\n> From a reply\n>Fromage\n"}},
		{"carriage returns stay", strings.ReplaceAll(from+"S: a\n\none\n\n"+from+"S: b\n\ntwo\n\n", "\n", "\r\n"), []string{"S: a\r\n\r\none\r\n", "S: b\r\n\r\ntwo\r\n"}},
		{"no line end at the end", from + "S: a\n\none", []string{"S: a\n\none"}},
		{"other dates that programs write", "From - Sat Nov 21 14:40:00 2026\nS: a\n\none\n\nFrom 1778@xxx Sat Nov 21 14:40:00 +0000 2026\nS: b\n\ntwo\n", []string{"S: a\n\none\n", "S: b\n\ntwo\n"}},
		{"a first line and nothing more", from, nil},
		{"an empty mail between two", from + "\n" + from + "S: b\n\ntwo\n", []string{"\n", "S: b\n\ntwo\n"}},
		{"one line longer than any buffer", from + "S: a\n\n" + strings.Repeat("x", 1<<17) + "\n\n" + from + "S: b\n\ntwo\n", []string{"S: a\n\n" + strings.Repeat("x", 1<<17) + "\n", "S: b\n\ntwo\n"}},
	} {
		box := &mbox{r: bufio.NewReader(strings.NewReader(tt.in))}
		var got []string
		for {
			m, err := box.next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("%s: %v", tt.name, err)
			}
			got = append(got, string(m))
		}
		if d := cmp.Diff(tt.want, got); d != "" {
			t.Errorf("%s: -want +got\n%s", tt.name, d)
		}
	}
}

func TestFiles(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"box/new/1700000300.M2.host": "S: third\n\n.\n", "box/cur/1700000100.M1.host:2,S": "S: first\n\n.\n",
		"box/cur/1700000200.M1.host:2,": "S: second\n\n.\n", "box/tmp/1700000400.M9.host": "S: half", "box/cur/.hidden": "x",
		"plain/a.eml": "S: a\n\n.\n", "empty.eml": "",
	} {
		put(t, filepath.Join(dir, name), text)
	}
	paths, err := files([]string{filepath.Join(dir, "box"), filepath.Join(dir, "plain/a.eml"), "-"})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, path := range paths {
		for m, err := range mails(path, strings.NewReader("S: from standard input\n\n.\n")) {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, strings.TrimPrefix(strings.SplitN(string(m.data), "\n", 2)[0], "S: "))
		}
	}
	if d := cmp.Diff([]string{"first", "second", "third", "a", "from standard input"}, got); d != "" {
		t.Errorf("mails: -want +got\n%s", d)
	}
	for _, tt := range []struct{ path, want string }{
		{"plain", "is a folder, and no Maildir"}, {"absent.eml", "no such file"},
	} {
		if _, err := files([]string{filepath.Join(dir, tt.path)}); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("files(%s) = %v, want %q", tt.path, err, tt.want)
		}
	}
	for m, err := range mails(filepath.Join(dir, "empty.eml"), nil) {
		if !errors.Is(err, errEmpty) {
			t.Errorf("an empty file = %d bytes, %v, want %v", len(m.data), err, errEmpty)
		}
	}
}

func put(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestSpool(t *testing.T) {
	dir := t.TempDir()
	s, err := openSpool(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := openSpool(dir); err == nil || !strings.Contains(err.Error(), "in use by another noticepush") {
		t.Errorf("a second one on the same spool: %v", err)
	}
	one, two := newEntry(mail{"one", []byte("1")}, "bradford", "wyp"), newEntry(mail{"two", []byte("2")}, "bradford", "wyp")
	for _, step := range []func() error{
		func() error { return s.add(one, []byte("1")) },
		func() error { return s.add(two, []byte("2")) },
		func() error { two.State, two.Seq = accepted, 7; return s.set(two) },
	} {
		if err := step(); err != nil {
			t.Fatal(err)
		}
	}
	s.close()
	// Killed while it wrote a line, and before it wrote another mail's first.
	index := filepath.Join(dir, "index.jsonl")
	b, _ := os.ReadFile(index)
	put(t, index, string(b)+`{"sha256":"`)
	three := newEntry(mail{"three", []byte("3")}, "bradford", "wyp")
	put(t, s.copy(three), "3")
	put(t, filepath.Join(dir, "mails", ".half.eml.tmp"), "x")

	s, err = openSpool(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { s.close() }()
	if got := s.in(pending); len(got) != 2 || got[0].SHA256 != one.SHA256 || got[1].SHA256 != three.SHA256 {
		t.Errorf("pending = %+v, want one and three", got)
	}
	if got := s.in(accepted); len(got) != 1 || got[0].Seq != 7 {
		t.Errorf("accepted = %+v, want two at 7", got)
	}
	if data, err := s.data(one); err != nil || string(data) != "1" {
		t.Errorf("data(one) = %q, %v", data, err)
	}
	put(t, s.copy(one), "changed")
	if _, err := s.data(one); err == nil {
		t.Error("a copy that was changed is taken for the mail")
	}
	two.State = receipted
	if err := s.set(two); err != nil {
		t.Fatal(err)
	}
	if left, _ := visible(filepath.Join(dir, "mails")); len(left) != 2 {
		t.Errorf("copies left = %q, want those of one and three", left)
	}
	s.close()
	put(t, index, "{}\nnonsense\n{}\n")
	if _, err := openSpool(dir); err == nil || !strings.Contains(err.Error(), "index.jsonl line 2") {
		t.Errorf("a broken index: %v", err)
	}
	put(t, index, "")
	if s, err = openSpool(dir); err != nil {
		t.Fatal(err)
	}
}
