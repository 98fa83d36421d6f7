package extract

import (
	"errors"
	"fmt"
	"slices"
	"sort"
	"time"

	"github.com/ppn-triage/ppn-triage/triage"
)

// Config holds the rule files of a Reader, as bytes.
type Config struct {
	Labels     []byte            // labels.yaml
	Lexicon    map[string][]byte // the files of lexicon/, by name
	Vocabulary []byte            // facts.yaml
}

// Reader reads letters by one set of rule files. It is safe for use by many
// goroutines at once.
type Reader struct {
	labels  *labels
	lexicon *lexicon
}

// New compiles the rule files. It reports all trouble at once, naming the file
// and the place.
func New(c Config) (*Reader, error) {
	lab, err1 := loadLabels(c.Labels)
	lex, err2 := loadLexicon(c.Lexicon, c.Vocabulary)
	if err := errors.Join(err1, err2); err != nil {
		return nil, fmt.Errorf("compile rule files: %w", err)
	}
	return &Reader{labels: lab, lexicon: lex}, nil
}

// span is a stretch of Letter.Text.
type span struct{ start, end int }

// Read returns what a letter says: one Reading for a notice, one a household
// for a digest, none for an automatic mail. A notice in which nothing could be
// read gives a Reading that says so by its empty fields and findings. Read
// changes nothing and gives the same answer for the same letter.
func (x *Reader) Read(l *triage.Letter) []triage.Reading {
	switch l.Kind {
	case triage.LetterBounce, triage.LetterAutoReply, triage.LetterReceipt, triage.LetterRecall, triage.LetterCanary:
		return nil
	}
	p := x.labels.newPage(l)
	p.today, p.pivot = mailDay(l)
	fs := x.labels.scanFields(p)
	parts := x.labels.households(p, fs)
	out := make([]triage.Reading, 0, len(parts))
	for _, part := range parts {
		out = append(out, x.read(p, fs, part))
	}
	return out
}

// mailDay is the day that a mail was written or received, and its year's last
// two digits. A mail without either is read as of the end of this century's
// first half, so that no birthday is refused for lying ahead.
func mailDay(l *triage.Letter) (date, int) {
	for _, t := range []time.Time{l.Date, l.Received} {
		if !t.IsZero() {
			d := dateOf(t)
			return d, d.y % 100
		}
	}
	return date{2049, 12, 31}, 49
}

// part is the stretch of a page that one Reading is read from: lines
// [first:last), and the lines of the whole mail that hold for every part.
type part struct {
	first, last int
	digest      bool
}

// read makes one Reading.
func (x *Reader) read(p *page, fs []field, pt part) triage.Reading {
	lab := x.labels
	pp := *p
	r := triage.Reading{DashTicks: -1}
	r.Force, r.Form = lab.force(p), lab.form(p, fs)
	when := lab.incident(&pp, fs, pt.first, pt.last)
	if when.day.full() {
		r.IncidentDate, r.IncidentAt, r.IncidentEnd = when.day.String(), when.begins(), when.end
		pp.today = when.day
	}
	ro := lab.readPeople(&pp, fs, pt.first, pt.last)
	ro.births(pt.first, pt.last)
	ro.promote()
	ro.called(pt.first, pt.last)
	ro.unnamed(pt.first, pt.last)
	r.People = ro.settle()
	ro.houses(&r, fs)
	r.References = lab.references(&pp, fs, r.Force, pt.first, pt.last)
	lab.manner(&pp, fs, pt, &r)
	spans := pp.spans(pt)
	r.Facts = x.lexicon.facts(p.letter, &r, spans)
	lab.judge(&pp, fs, pt, ro, &r)
	if slices.ContainsFunc(r.References, func(x triage.Reference) bool { return x.Kind == triage.AnswerKind }) {
		r.Quality = nil // an answer to a question is no form
	}
	sort.Strings(r.Quality)
	sort.Strings(r.Flags)
	return r
}

// spans are the stretches of the text that facts of a part may be read from:
// all sections but signatures and disclaimers, and of a digest its own entry.
func (p *page) spans(pt part) []span {
	var out []span
	if !pt.digest {
		for _, s := range p.letter.Sections {
			if s.Kind != triage.SectionSignature && s.Kind != triage.SectionDisclaimer && s.Start < s.End {
				out = append(out, span{s.Start, s.End})
			}
		}
		return out
	}
	if pt.first < pt.last {
		out = append(out, span{p.lines[pt.first].start, p.lines[pt.last-1].end})
	}
	return out
}
