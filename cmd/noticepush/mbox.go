package main

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"regexp"
)

// fromLine begins a mail in an mbox file: "From ", a sender, and a date in the
// form of asctime (RFC 4155, appendix A). A sentence that begins with From has
// no such date.
var fromLine = regexp.MustCompile(`^From \S.*\d{1,2}:\d{2}(:\d{2})?\b.*\b\d{4}\b`)

// escaped is a line of a mail that had to be told from a fromLine. One ">" was
// put before it, also where there were some already ("mboxrd").
var escaped = regexp.MustCompile(`^>+From `)

// mbox reads the mails of an mbox file one by one. What Content-Length headers
// say is not relied on: they are often wrong.
type mbox struct {
	r    *bufio.Reader
	open bool // the line that begins a mail has been read
}

// isMbox tells whether that is the beginning of an mbox file.
func isMbox(r *bufio.Reader) bool {
	start, _ := r.Peek(len("From "))
	return string(start) == "From "
}

// next returns the next mail, without the line that begins it and the blank one
// that ends it; io.EOF after the last.
func (m *mbox) next() ([]byte, error) {
	if !m.open {
		if _, err := m.r.ReadBytes('\n'); err != nil {
			return nil, err // a first line and nothing more is no mail
		}
	}
	m.open = false
	var mail []byte
	for blank := false; ; {
		line, err := m.r.ReadBytes('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
		if blank && fromLine.Match(line) {
			m.open = true
			return trimBlank(mail), nil
		}
		blank = len(bytes.TrimRight(line, "\r\n")) == 0
		if escaped.Match(line) {
			line = line[1:]
		}
		mail = append(mail, line...)
		if err != nil {
			if len(mail) == 0 {
				return nil, io.EOF
			}
			return trimBlank(mail), nil
		}
	}
}

// trimBlank takes one blank line from the end.
func trimBlank(mail []byte) []byte {
	for _, end := range []string{"\r\n", "\n"} {
		if bytes.HasSuffix(mail, []byte("\n"+end)) {
			return mail[:len(mail)-len(end)]
		}
	}
	return mail
}
