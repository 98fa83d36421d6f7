package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/archive"
	"github.com/ppn-triage/ppn-triage/triage/audit"
	"github.com/ppn-triage/ppn-triage/triage/intake"
	"github.com/ppn-triage/ppn-triage/triage/jet"
)

// proof walks once over commits and mails side by side and checks each against
// the other and against what was signed. It keeps no more than it walks over,
// however long the log.
type proof struct {
	x      *export
	exact  bool // an export: everything in it must follow from what was signed
	keep   time.Duration
	keys   note.Verifiers
	origin string
	marks  marks
	world  *audit.World // nil: not folded

	tree    audit.Edge
	notices string // identity of their stream
	mails   *mailRun
	through uint64    // last notice that was taken in
	aged    uint64    // mails that have aged out
	young   time.Time // when the youngest of those came
	at      time.Time // of the last commit
	viewed  int64

	unread unread
	erased map[uint64]bool // mails that the log says were erased
}

var (
	errMissing = errors.New("the export holds fewer than were signed for")
	errBeyond  = errors.New("not signed for: the checkpoint ends before it")
	errRoot    = fmt.Errorf("they are not the ones that were signed for: %w", triage.ErrChain)
	errBeside  = fmt.Errorf("subject, headers or time of the record do not follow from what it holds: %w", triage.ErrChain)
)

// marks are the checkpoints that one stream must stand under.
type marks []mark

// passed compares the roots of the checkpoints that end here.
func (ms marks) passed(tree *audit.Edge) error {
	for _, m := range ms {
		switch {
		case m.all && tree.Size() > m.Size:
			return errBeyond
		case m.Size == tree.Size() && m.Root != tree.Root():
			return fmt.Errorf("up to here, by %s: %w", m.name, errRoot)
		}
	}
	return nil
}

// end finds the checkpoints that go further than the stream.
func (ms marks) end(tree *audit.Edge) error {
	for _, m := range ms {
		if m.Size > tree.Size() {
			return fmt.Errorf("%d here, %s is of %d: %w", tree.Size(), m.name, m.Size, errMissing)
		}
	}
	return nil
}

func (p *proof) run() error {
	a, err := p.x.archiveOf(noticesDir)
	if err != nil {
		return err
	}
	p.notices = a.Identity()
	p.mails = runMails(a, p.x.open)
	defer p.mails.stop()
	err = p.x.each(func(c *triage.Commit, r archive.Record) error {
		if err := p.commit(c, r); err != nil {
			return fmt.Errorf("commit %d: %w", r.Seq, err)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := p.marks.end(&p.tree); err != nil {
		return fmt.Errorf("%s: %w", commitsDir, err)
	}
	if err := errors.Join(p.rest(), p.unread.check(p.erased)); err != nil {
		return err
	}
	if p.world != nil {
		l := p.world.Ledger()
		return l.Check()
	}
	return nil
}

func (p *proof) commit(c *triage.Commit, r archive.Record) error {
	p.tree.Append(r.Data)
	if err := p.marks.passed(&p.tree); err != nil {
		return err
	}
	if r.Subject != commitSubject+p.x.frontDoor || p.exact && (len(r.Header) > 0 || !r.Time.Equal(c.At)) {
		return errBeside
	}
	for _, e := range c.Events {
		switch e := e.(type) {
		case triage.NoticeRead:
			if err := p.notice(&e); err != nil {
				return fmt.Errorf("notice %d: %w", e.Seq, err)
			}
		case triage.Erased:
			p.forget(e)
		}
	}
	if c.Through != p.through {
		return fmt.Errorf("it says that notices are taken in up to %d, they are up to %d: %w", c.Through, p.through, triage.ErrChain)
	}
	p.at = c.At
	return p.fold(c)
}

// forget notes which mails were erased.
func (p *proof) forget(e triage.Erased) {
	if p.erased == nil {
		p.erased = map[uint64]bool{}
	}
	for _, seq := range e.Notices {
		p.erased[seq] = p.erased[seq] || e.Text
	}
}

// notice checks the mail of a notice that a commit takes in.
func (p *proof) notice(n *triage.NoticeRead) error {
	switch {
	case n.Seq != p.through+1:
		return fmt.Errorf("it comes after %d: %w", p.through, triage.ErrChain)
	case n.Notice != triage.NewNoticeID(p.x.frontDoor, p.notices, n.Seq):
		return fmt.Errorf("its id is of another front door or stream: %w", triage.ErrChain)
	}
	p.through = n.Seq
	if n.Seq < p.mails.first {
		p.aged++
		if n.StreamTime.After(p.young) {
			p.young = n.StreamTime
		}
		return nil
	}
	m, err := p.mails.next()
	switch {
	case err != nil:
		return err
	case m == nil:
		return fmt.Errorf("it was taken in, and its mail is missing: %w", triage.ErrChain)
	case m.closed != nil:
		if err := p.unread.take(m.Record, m.closed); err != nil {
			return err
		}
		fallthrough
	case m.sum == n.SHA256:
		if m.Subject != noticeSubject+p.x.frontDoor+"."+n.Force || !m.Time.Equal(n.StreamTime) || p.exact && !follows(m.Header, n) {
			return errBeside
		}
		return nil
	default:
		return fmt.Errorf("the mail is not the one that was read: %w", triage.ErrChain)
	}
}

// follows tells whether the headers of a mail's record say no more than its
// event does.
func follows(header map[string][]string, n *triage.NoticeRead) bool {
	want := ""
	for _, pr := range n.Problems {
		if pr.Code == intake.CodeTruncated {
			want = pr.Detail
		}
	}
	v := header[jet.HeaderTruncated]
	switch len(header) {
	case 0:
		return want == ""
	case 1:
		return len(v) == 1 && (v[0] == "?" || intake.Whole(v[0]) != "") && want == intake.TruncatedDetail(v[0])
	}
	return false
}

// rest checks what no commit speaks of: in an export nothing, in a daemon's
// archive mails that were not taken in yet. Mails leave the stream when they
// have aged out, from the first on; one too young for that was taken out.
func (p *proof) rest() error {
	if p.aged > 0 && p.at.Sub(p.young) < p.keep {
		return fmt.Errorf("%s: the first %d mails are missing, and the youngest of them was only %s old: %w",
			noticesDir, p.aged, p.at.Sub(p.young).Round(time.Hour), triage.ErrChain)
	}
	for {
		m, err := p.mails.next()
		if m == nil || err != nil {
			return err
		}
		if p.exact {
			return fmt.Errorf("%s: mail %d was taken in by no commit: %w", noticesDir, m.Seq, triage.ErrChain)
		}
	}
}

// mailRun reads mails ahead of the commits that took them in.
type mailRun struct {
	first uint64 // lowest sequence there is; beyond all if there is none
	mails chan mailSum
	end   error
	stop  context.CancelFunc
}

type mailSum struct {
	archive.Record
	sum    string // of the mail as it came
	closed error  // why it could not be opened
}

// mailsAhead is how many mails, of 26 MB at most, are read ahead.
const mailsAhead = 8

func runMails(a *archive.Archive, open func(archive.Record) ([]byte, error)) *mailRun {
	ctx, stop := context.WithCancel(context.Background())
	m := &mailRun{first: a.First(), mails: make(chan mailSum, mailsAhead), stop: stop}
	if m.first == 0 {
		m.first = ^uint64(0)
	}
	go func() {
		defer close(m.mails)
		m.end = a.Prove(func(r archive.Record) error {
			mail, err := open(r)
			sum := sha256.Sum256(mail)
			select {
			case m.mails <- mailSum{r, hex.EncodeToString(sum[:]), err}:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		})
	}()
	return m
}

// next returns the next mail, nil after the last one.
func (m *mailRun) next() (*mailSum, error) {
	r, ok := <-m.mails
	if !ok && m.end != nil {
		return nil, fmt.Errorf("%s: %w", noticesDir, m.end)
	}
	if !ok {
		return nil, nil
	}
	return &r, nil
}
