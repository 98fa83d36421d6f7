package main

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"net/mail"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/ppn-triage/ppn-triage/cmd/internal/cli"
	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/audit"
	"github.com/ppn-triage/ppn-triage/triage/intake"
	"github.com/ppn-triage/ppn-triage/triage/letter"
	"github.com/ppn-triage/ppn-triage/triage/queue"
)

// corpusCmd runs a folder of mails through the daemon's own pipeline.
type corpusCmd struct {
	Dir     string `arg:"" type:"existingdir" help:"Folder of .eml files, with labels.jsonl if they are labelled."`
	Rules   string `type:"existingdir" help:"Folder of rule files. Defaults to the ones built in."`
	JSON    bool   `name:"json" help:"One JSON line a file, or an item where a mail makes several."`
	Require string `type:"existingfile" help:"File of thresholds, one \"measure minimum\" a line; exit 1 below one."`
	Half    string `enum:"all,odd,even" default:"all" help:"Run all mails and measure those with odd, or even, numbers: where one half is held out."`
	Detail  bool   `help:"Name every file that differs from its label."`
}

func (c *corpusCmd) Run(out io.Writer) error {
	answers, labels, err := c.answers(context.Background())
	if err != nil {
		return err
	}
	if c.JSON {
		enc := json.NewEncoder(out)
		enc.SetEscapeHTML(false)
		for _, a := range answers {
			if err := enc.Encode(a); err != nil {
				return err
			}
		}
		if c.Require == "" {
			return nil
		}
		out = io.Discard
	}
	if len(labels) == 0 {
		return errors.New("no labels.jsonl in the folder: nothing to measure; use --json to see the answers")
	}
	return report(out, labels, answers, c.Half, c.Detail, c.Require)
}

// corpusMail is one file of the corpus with its time of receipt.
type corpusMail struct {
	file     string
	received time.Time
	data     []byte
	label    *label // nil if nobody has labelled it
}

func (c *corpusCmd) answers(ctx context.Context) ([]answer, []label, error) {
	rules, err := compileRules(c.Rules)
	if err != nil {
		return nil, nil, err
	}
	labels, err := readLabels(filepath.Join(c.Dir, "labels.jsonl"))
	if err != nil {
		return nil, nil, err
	}
	mails, err := readMails(c.Dir, labels)
	if err != nil {
		return nil, nil, err
	}
	run, err := newPipeline(rules)
	if err != nil {
		return nil, nil, err
	}
	var out []answer
	for _, m := range mails {
		more, err := run.take(ctx, m)
		if err != nil {
			return nil, nil, fmt.Errorf("%s: %w", m.file, err)
		}
		out = append(out, more...)
	}
	return out, labels, nil
}

// readMails lists the mails in order of receipt: as the labels say, else by
// Date header, else by file name.
func readMails(dir string, labels []label) ([]corpusMail, error) {
	said := map[string]*label{}
	for n := range labels {
		said[labels[n].File] = &labels[n]
	}
	names, err := filepath.Glob(filepath.Join(dir, "*.eml"))
	if err != nil {
		return nil, err
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("no .eml files in %s", dir)
	}
	mails := make([]corpusMail, len(names))
	for n, name := range names {
		b, err := os.ReadFile(filepath.Clean(name))
		if err != nil {
			return nil, err
		}
		m := corpusMail{file: filepath.Base(name), data: b, received: dateOf(b), label: said[filepath.Base(name)]}
		if m.label != nil && !m.label.Received.IsZero() {
			m.received = m.label.Received
		}
		mails[n] = m
	}
	slices.SortStableFunc(mails, func(a, b corpusMail) int {
		return cmp.Or(a.received.Compare(b.received), cmp.Compare(a.file, b.file))
	})
	return mails, nil
}

func dateOf(b []byte) time.Time {
	m, err := mail.ReadMessage(bytes.NewReader(b))
	if err != nil {
		return time.Time{}
	}
	t, err := m.Header.Date()
	if err != nil {
		return time.Time{}
	}
	return t.UTC()
}

func readLabels(path string) (labels []label, err error) {
	f, err := os.Open(filepath.Clean(path))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for n := 1; lines.Scan(); n++ {
		if len(bytes.TrimSpace(lines.Bytes())) == 0 {
			continue
		}
		var l label
		if err := json.Unmarshal(lines.Bytes(), &l); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", path, n, err)
		}
		labels = append(labels, l)
	}
	return labels, lines.Err()
}

// corpusDoor is the front door, and the stream, of mails that are run by hand.
const corpusDoor = "corpus"

// pipeline is the daemon's intake over a log and a world in memory.
type pipeline struct {
	world  *audit.World
	worker *intake.Worker
	mails  *mailbox
	now    time.Time
	force  string // that the mails came from; none if empty
}

func newPipeline(rules *intake.Ruleset) (*pipeline, error) {
	cal, err := queue.NewCalendar(queue.Config{})
	if err != nil {
		return nil, err
	}
	p := &pipeline{world: audit.NewWorld(rules.Index), mails: &mailbox{}}
	p.worker = &intake.Worker{
		Book: &intake.Book{Log: &audit.Log{}, Store: p.world}, Notices: p.mails, Hand: noHand{}, Letter: letter.Read,
		Rules:    func(context.Context, triage.Ledger) (*intake.Ruleset, error) { return rules, nil },
		Calendar: cal, Now: func() time.Time { return p.now }, FrontDoor: corpusDoor, Stream: corpusDoor, Program: cli.Version(),
	}
	return p, nil
}

// mailbox is the notices stream: one mail at a time.
type mailbox struct {
	seq  uint64
	next *intake.Notice
}

func (m *mailbox) Read(_ context.Context, from uint64, _ int) ([]intake.Notice, error) {
	if m.next == nil || m.next.Seq != from {
		return nil, nil
	}
	return []intake.Notice{*m.next}, nil
}

// noHand: a run by hand is watched by a person, who sees a crash.
type noHand struct{}

func (noHand) Before(uint64) int         { return 0 }
func (noHand) Take(uint64, uint64) error { return nil }
func (noHand) Drop() error               { return nil }

// take runs one mail through the pipeline and tells what became of it.
func (p *pipeline) take(ctx context.Context, m corpusMail) ([]answer, error) {
	p.mails.seq++
	p.now = m.received
	p.mails.next = &intake.Notice{Seq: p.mails.seq, Force: p.force, Time: m.received, Data: m.data}
	if n, err := p.worker.Step(ctx); err != nil || n != 1 {
		return nil, fmt.Errorf("took in %d notices: %w", n, err)
	}
	rules, err := p.worker.Rules(ctx, p.world.Ledger())
	if err != nil {
		return nil, err
	}
	var out []answer
	for i, n := range p.latest() {
		out = append(out, answerOf(m.file, i, n, rules))
	}
	if len(out) == 0 {
		out = []answer{answer{File: m.file, Kind: "not_a_notice", NoticeID: p.notice()}.whole()}
	}
	return out, nil
}

// notice is the id of the mail taken last.
func (p *pipeline) notice() triage.NoticeID {
	return triage.NewNoticeID(corpusDoor, corpusDoor, p.mails.seq)
}

// latest gives every item that the mail taken last stands in, and the place of
// its entry.
func (p *pipeline) latest() iter.Seq2[*triage.Item, int] {
	id := p.notice()
	return func(yield func(*triage.Item, int) bool) {
		for _, i := range p.world.Items() {
			for n, e := range i.Entries {
				if e.Notice == id && !yield(i, n) {
					return
				}
			}
		}
	}
}
