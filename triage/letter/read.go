package letter

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"

	"github.com/ppn-triage/ppn-triage/triage"
)

// Reader reads mails. The zero value reads no PDF: each is a severe Problem.
type Reader struct {
	// PDF returns the text of a PDF, with rows of a table joined by tabs, and
	// its form fields as name and value. What it returns beside an error is
	// used; the error says that there is more. A daemon passes a function that
	// runs the package's PDF in a child process, because a PDF can hang it.
	PDF func(pdf []byte) (text string, fields [][2]string, err error)
}

// Read reads a mail with PDF in this process: for tests and offline tools.
func Read(raw []byte) triage.Letter { return Reader{PDF: PDF}.Read(raw) }

// IsMail tells whether bytes begin with the header of a mail. Read takes any
// bytes and notes CodeNotAMail on others.
func IsMail(raw []byte) bool {
	h, _ := splitHeader(lineEnds(raw[:min(len(raw), maxHeaderBlock)]))
	return h.mail()
}

// Read makes a Letter of any bytes. It does not panic and refuses nothing:
// what could not be read is a severe Problem of the Letter.
func (rd Reader) Read(raw []byte) triage.Letter {
	r := &reading{Reader: rd}
	if len(raw) > maxRaw {
		r.problem(CodeTooLarge, "")
		raw = raw[:maxRaw]
	}
	var pieces []piece
	r.guarded("", func() { pieces = r.mail(lineEnds(raw)) })
	r.assemble(pieces)
	r.classify(pieces)
	r.noText(pieces)
	r.letter.ContentHash = r.contentHash(raw, pieces)
	return r.letter
}

// reading is the reading of one mail: the letter so far and what is left of
// the limits.
type reading struct {
	Reader
	letter triage.Letter

	head    header // of the mail itself
	parts   int
	decoded int
	views   int
	reply   bool            // the mail answers another
	inline  map[string]bool // attachments that are part of the text: logos, forwarded mails; by SHA-256
	mails   []forwarded     // the mails inside
	report  report
}

// forwarded is what is known of a mail inside the mail.
type forwarded struct {
	from, subject string
	names         []string
}

// lineEnds turns lone carriage returns into line ends where a mail has no
// others.
func lineEnds(raw []byte) []byte {
	for _, c := range raw {
		if c == '\n' {
			return raw
		}
	}
	out := make([]byte, len(raw))
	for i, c := range raw {
		if c == '\r' {
			c = '\n'
		}
		out[i] = c
	}
	return out
}

// guarded runs the reading of one part; a panic costs that part and is told.
// The parsers below meet hostile bytes, and no part may cost a mail.
func (r *reading) guarded(source string, do func()) {
	defer func() {
		if recover() != nil {
			r.problem(CodePanic, source)
		}
	}()
	do()
}

// mail reads header and body of the mail itself.
func (r *reading) mail(raw []byte) []piece {
	h, body := splitHeader(raw)
	if !h.mail() {
		r.problem(CodeNotAMail, "")
		return r.entity(entity{body: raw}, 0, place{kind: triage.SectionBody, source: "body"})
	}
	r.head = h
	r.readHeader()
	at := place{kind: triage.SectionBody, source: "body", reply: r.reply}
	pieces := r.headerTexts(&h, body)
	e := newEntity(h, body)
	return append(pieces, r.entity(e, 0, at)...)
}

// headerTexts are the texts that stand in the header and a reader would miss:
// lines that are no header lines, further subjects, and what looks like fields
// when there is no body.
func (r *reading) headerTexts(h *header, body []byte) []piece {
	var text []string
	for i, s := range h.distinct("subject", 4) {
		if i > 0 {
			text = append(text, decodeWords(s))
		}
	}
	for _, s := range h.stray {
		text = append(text, clean(rawText(s)))
	}
	if len(strings.TrimSpace(string(body[:min(len(body), 1000)]))) == 0 {
		for _, f := range h.fields {
			if !known[f.name] && !strings.Contains(f.name, "-") {
				text = append(text, f.name+": "+decodeWords(f.value))
			}
		}
	}
	if len(text) == 0 {
		return nil
	}
	return []piece{{triage.SectionHidden, "subject", strings.Join(text, "\n") + "\n"}}
}

// assemble puts the pieces behind one another below the subject.
func (r *reading) assemble(pieces []piece) {
	l := &r.letter
	var b strings.Builder
	put := func(p piece) {
		start := b.Len()
		if start+len(p.text) > maxText {
			r.problem(CodeTextLimit, p.source)
			p.text = strings.ToValidUTF8(p.text[:max(0, maxText-start)], "")
		}
		if p.text == "" {
			return
		}
		b.WriteString(p.text)
		n := len(l.Sections)
		if n > 0 && l.Sections[n-1].Kind == p.kind && l.Sections[n-1].Source == p.source {
			l.Sections[n-1].End = b.Len()
			return
		}
		l.Sections = append(l.Sections, triage.Section{Kind: p.kind, Start: start, End: b.Len(), Source: p.source})
	}
	put(piece{triage.SectionSubject, "subject", l.Subject + "\n"})
	for _, p := range pieces {
		put(p)
		if p.kind == triage.SectionHidden {
			r.problem(CodeHidden, "")
		}
	}
	l.Text = b.String()
}

// noText tells of a mail that says nothing: neither text of anybody but the
// footer nor an attachment that was read.
func (r *reading) noText(pieces []piece) {
	said := 0
	for _, p := range pieces {
		if p.kind != triage.SectionDisclaimer && p.kind != triage.SectionSignature && said < fewWords {
			said += len(words(p.text[:min(len(p.text), 10_000)]))
		}
	}
	images := false
	for _, p := range r.letter.Problems {
		images = images || p.Code == CodeImage
	}
	switch {
	case said == 0:
		r.problem(CodeNoText, "")
	case images && said < fewWords:
		r.problem(CodeImageOnly, "")
	}
}

// fewWords is how much text a mail with a picture needs for the picture not to
// be what the mail is about: the shortest notices have more.
const fewWords = 60

// attach notes an attachment and returns its source.
func (r *reading) attach(name, typ string, data []byte) (index int, source string) {
	sum := sha256.Sum256(data)
	r.letter.Attachments = append(r.letter.Attachments, triage.Attachment{
		Name: name, Type: typ, Size: len(data), SHA256: hex.EncodeToString(sum[:]),
	})
	n := len(r.letter.Attachments)
	return n - 1, "attachment " + strconv.Itoa(n)
}

// spend takes decoded bytes off the limit and says whether they may be used.
func (r *reading) spend(n int) bool {
	r.decoded += n
	if r.decoded > maxDecoded {
		r.problem(CodeDecodedLimit, "")
		return false
	}
	return true
}
