package intake

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/audit"
	"github.com/ppn-triage/ppn-triage/triage/jet"
	"github.com/ppn-triage/ppn-triage/triage/letter"
	"github.com/ppn-triage/ppn-triage/triage/wire"
)

// TestWorkersRace lets eight workers take in the same 200 notices at once, in
// pieces: each is taken in once and becomes one item.
func TestWorkersRace(t *testing.T) {
	w := newTown(mails(0, 200)...)
	w.mails.atMost = 40
	w.race(t, 8)
	if got := w.check(t, 200).Items(); len(got) != 200 {
		t.Errorf("200 incidents became %d items", len(got))
	}
}

// race lets workers take in all there is beside one another.
func (w *town) race(t *testing.T, workers int) {
	t.Helper()
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			worker := w.worker(w.book())
			for n := 1; n > 0; {
				var err error
				if n, err = worker.Step(t.Context()); errors.Is(err, triage.ErrPosition) {
					n = 1 // lost every try
				} else if err != nil {
					t.Errorf("Step() = %v", err)
				}
			}
		})
	}
	wg.Wait()
}

// TestABatchIsHalved while others are always quicker, and what was read of it
// is not said twice.
func TestABatchIsHalved(t *testing.T) {
	w := newTown(mails(0, 40)...)
	slow := &losing{Log: w.log, over: 20}
	worker := w.worker(&Book{Log: slow, Store: w.world})
	if n, err := worker.Step(t.Context()); err != nil || n != 12 {
		t.Errorf("Step() = %d, %v; want 12, the first of 200, 100, 50, 25, 12 below 20", n, err)
	}
	drain(t, worker)
	w.check(t, 40)
	slow.over = 0
	w.mails.push(mail(40))
	if n, err := worker.Step(t.Context()); n != 0 || !errors.Is(err, triage.ErrPosition) {
		t.Errorf("Step() = %d, %v; want ErrPosition when even one notice is too slow", n, err)
	}
}

// losing lets somebody else win against commits of more than so many notices.
type losing struct {
	Log
	over int
}

func (l *losing) Append(ctx context.Context, c triage.Commit, expected uint64) (uint64, error) {
	if notices(&c) > l.over {
		return 0, triage.ErrPosition
	}
	return l.Log.Append(ctx, c, expected)
}

// TestCommitsFit measures the commits of the corpus and of a crowd of notices
// with far more in them than any real one: none is over the log's limit, and
// the crowd fills them well.
func TestCommitsFit(t *testing.T) {
	t.Run("corpus", func(t *testing.T) {
		files, err := filepath.Glob("testdata/corpus/*.eml")
		if err != nil || len(files) < 80 {
			t.Fatalf("%d mails, %v", len(files), err)
		}
		w := newTown()
		for _, f := range files {
			w.mails.push(must(os.ReadFile(f)))
		}
		measure(t, w)
	})
	t.Run("200 big notices", func(t *testing.T) {
		w := newTown()
		for n := range 200 {
			var b strings.Builder
			b.Write(mail(n))
			for k := range 25 {
				fmt.Fprintf(&b, "On day %d the father punched the mother in the face, she had bruises, he was drunk and he threatened to kill her.\r\n", k)
			}
			w.mails.push([]byte(b.String()))
		}
		if mean := measure(t, w); mean < maxCommit*3/4 {
			t.Errorf("full commits have %d bytes on average, of %d: a batch is cut too early", mean, maxCommit)
		}
	})
}

// measure takes in all, holds every commit against the limit and returns the
// mean size of those before the last.
func measure(t *testing.T, w *town) int {
	t.Helper()
	drain(t, w.worker(w.book()))
	w.check(t, len(w.mails.notices))
	sum, all := 0, commits(t, w.log)
	for n, c := range all {
		b, err := wire.EncodeCommit(c)
		if err != nil || len(b) > jet.MaxCommit {
			t.Errorf("commit %d has %d bytes, %v; the log takes %d", c.Seq, len(b), err, jet.MaxCommit)
		}
		t.Logf("commit %d: %d notices, %d bytes", c.Seq, notices(&c), len(b))
		if n < len(all)-1 {
			sum += len(b)
		}
	}
	return sum / max(len(all)-1, 1)
}

// byReader is a worker whose reader does something special with mails that
// hold a word.
func (w *town) byReader(word string, read func(mail []byte) triage.Letter) *Worker {
	worker := w.worker(w.book())
	worker.Letter = func(mail []byte) triage.Letter {
		if strings.Contains(string(mail), word) {
			return read(mail)
		}
		return letter.Read(mail)
	}
	return worker
}

// manual returns the items that a person must read, with their problem's code.
func manual(world *audit.World) (codes []string) {
	for _, i := range world.Items() {
		for _, e := range i.Entries {
			if !e.Readable {
				codes = append(codes, e.Problems[len(e.Problems)-1].Code)
			}
		}
		unread := len(i.Entries) == 1 && !i.Entries[0].Readable
		if flagged := strings.Contains(strings.Join(i.Score.Flags, " "), "manual_read"); unread && (!flagged || i.Band() < triage.Amber || i.Due.IsZero()) {
			codes = append(codes, fmt.Sprintf("%v %v due %v", i.Band(), i.Score.Flags, i.Due))
		}
	}
	return codes
}

func wantManual(t *testing.T, world *audit.World, items int, codes ...string) {
	t.Helper()
	if got := manual(world); fmt.Sprint(got) != fmt.Sprint(codes) || len(world.Items()) != items {
		t.Errorf("%d items, for a person to read %v; want %d items and %v", len(world.Items()), got, items, codes)
	}
}

// poison is a mail with a word that a test's reader falls over.
func poison() []byte { return []byte("Subject: POISON\r\n\r\nwords\r\n") }

// TestAReaderThatPanics costs nobody anything but its own mail's reading.
func TestAReaderThatPanics(t *testing.T) {
	w := newTown(mail(1), poison(), mail(2))
	drain(t, w.byReader("POISON", func([]byte) triage.Letter { panic("Leo Brackley, born 1.2.2015") }))
	wantManual(t, w.check(t, 3), 3, "reader_failed")
	for _, c := range commits(t, w.log) {
		if b := must(wire.EncodeCommit(c)); strings.Contains(string(b), "born 1.2.2015") {
			t.Error("the log quotes a panic")
		}
	}
}

// TestAReaderThatHangs is given up after its time.
func TestAReaderThatHangs(t *testing.T) {
	defaults() // outside the bubble
	calendar()
	synctest.Test(t, func(t *testing.T) {
		w := newTown(mail(1), poison())
		hang := make(chan struct{})
		defer close(hang)
		began := time.Now()
		drain(t, w.byReader("POISON", func([]byte) triage.Letter { <-hang; return triage.Letter{} }))
		if took := time.Since(began); took != patience {
			t.Errorf("the intake waited %v for a reader that hangs, want %v", took, patience)
		}
		wantManual(t, w.check(t, 2), 2, "reader_timeout")
	})
}

// TestAReaderThatDies ended the program with its mail in hand: once, and the
// batch is read one by one; twice, and it is not read again.
func TestAReaderThatDies(t *testing.T) {
	w := newTown(mail(1), poison(), mail(2))
	worker := w.byReader("POISON", func([]byte) triage.Letter { t.Error("read a third time"); return triage.Letter{} })
	h := &memory{before: map[uint64]int{1: 1, 2: 2, 3: 1}}
	worker.Hand = h
	for want := range 3 {
		if n, err := worker.Step(t.Context()); n != 1 || err != nil {
			t.Fatalf("Step() %d = %d, %v; want one at a time", want, n, err)
		}
		if h.held != [2]uint64{} {
			t.Errorf("after step %d notices %v are in hand", want, h.held)
		}
	}
	wantManual(t, w.check(t, 3), 3, "reader_died")
}

// TestASuspectAheadIsReadAlone though the batch begins before it.
func TestASuspectAheadIsReadAlone(t *testing.T) {
	w := newTown(mails(0, 5)...)
	worker := w.worker(w.book())
	worker.Hand = &memory{before: map[uint64]int{4: 1}}
	for _, want := range []int{3, 1, 1, 0} {
		if n, err := worker.Step(t.Context()); n != want || err != nil {
			t.Errorf("Step() = %d, %v; want %d", n, err, want)
		}
	}
}

// TestAHandThatCannotWrite is reported and keeps nobody waiting.
func TestAHandThatCannotWrite(t *testing.T) {
	w := newTown(mail(1))
	worker := w.worker(w.book())
	worker.Hand = &memory{fails: errFault}
	if n, err := worker.Step(t.Context()); n != 1 || !errors.Is(err, errFault) {
		t.Errorf("Step() = %d, %v; want the notice taken in and the trouble told", n, err)
	}
	w.check(t, 1)
}

// TestWhatCannotBeStored becomes an item that a person reads, in the middle of
// a batch that is taken in as usual.
func TestWhatCannotBeStored(t *testing.T) {
	for name, l := range map[string]triage.Letter{
		"text that is not UTF-8": {Kind: triage.LetterNotice, Why: "\xff"},
		"a time without year":    {Kind: triage.LetterNotice, Received: time.Unix(-1<<40, 0)},
		"a reading of 2 MB":      {Kind: triage.LetterNotice, Problems: []triage.Problem{{Code: "x", Detail: strings.Repeat("x", 2<<20)}}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newTown(append(append(mails(0, 9), poison()), mails(9, 20)...)...)
			drain(t, w.byReader("POISON", func([]byte) triage.Letter { return l }))
			wantManual(t, w.check(t, 21), 21, "reader_refused")
			if n := len(commits(t, w.log)); n != 3 {
				t.Errorf("%d commits, want 3: before it, it, after it", n)
			}
		})
	}
}

// TestALogThatRefuses a commit for what is in one of its notices.
func TestALogThatRefuses(t *testing.T) {
	w := newTown(append(append(mails(0, 3), poison()), mails(3, 6)...)...)
	worker := w.worker(&Book{Log: &picky{w.log}, Store: w.world})
	drain(t, worker)
	wantManual(t, w.check(t, 7), 7, "reader_refused")
}

// picky refuses a notice that is no mail, unless it was not read.
type picky struct{ Log }

func (l *picky) Append(ctx context.Context, c triage.Commit, expected uint64) (uint64, error) {
	for _, e := range c.Events {
		if o, ok := e.(triage.ItemOpened); ok && o.Entry.MessageID == "" && o.Entry.Content != "" {
			return 0, triage.ErrInvalid
		}
	}
	return l.Log.Append(ctx, c, expected)
}

// TestAStoreThatFails at any of its reads delays a mail and never blames it: it
// is linked to two others, of which it is the history.
func TestAStoreThatFails(t *testing.T) {
	more := []said{{incident: 1, children: []int{0}, facts: []string{green}, at: at(7, 9, 0)}, {incident: 2, children: []int{0}, facts: []string{green}, at: at(7, 10, 0)}}
	for _, fault := range []error{errFault, triage.ErrPosition} {
		for nth := 1; nth <= 40; nth++ {
			w := newTown()
			w.feed(t, more...)
			s := &stumbling{World: w.world, nth: nth, err: fault}
			worker, r := w.byHand(&Book{Log: w.log, Store: s}, said{children: []int{0}, facts: []string{green}, at: at(7, 11, 0)})
			tn := &turn{Worker: worker, size: 1, batch: []reading{r}, first: 3, rules: defaults().Hash}
			_, _, err := tn.Book.Append(t.Context(), 3, tn.build)
			if errors.Is(err, errRefused) || err != nil && !errors.Is(err, fault) {
				t.Fatalf("read %d fails with %v: %v", nth, fault, err)
			}
			if s.n < nth {
				if nth < 5 {
					t.Errorf("only %d reads of the store", s.n)
				}
				break
			}
		}
	}
}

// stumbling fails at its nth read.
type stumbling struct {
	*audit.World
	n, nth int
	err    error
}

func (s *stumbling) trip() error {
	if s.n++; s.n == s.nth {
		return s.err
	}
	return nil
}

func (s *stumbling) Load(ctx context.Context, ids ...triage.ItemID) (*triage.Snapshot, error) {
	if err := s.trip(); err != nil {
		return nil, err
	}
	return s.World.Load(ctx, ids...)
}

func (s *stumbling) Candidates(ctx context.Context, keys []string) (*triage.Snapshot, []triage.Candidate, error) {
	if err := s.trip(); err != nil {
		return nil, nil, err
	}
	return s.World.Candidates(ctx, keys)
}

// TestRulesThatCannotBeRead stop the intake; no mail is blamed for it.
func TestRulesThatCannotBeRead(t *testing.T) {
	w := newTown(mail(1))
	worker := w.worker(w.book())
	tries := 0
	worker.Rules = func(context.Context, triage.Ledger) (*Ruleset, error) {
		if tries++; tries < 9 {
			return nil, triage.ErrInvalid
		}
		return defaults(), nil
	}
	if n, err := worker.Step(t.Context()); n != 0 || !errors.Is(err, triage.ErrInvalid) || tries != 1 {
		t.Errorf("Step() = %d, %v after %d tries; want the rules' error at once", n, err, tries)
	}
	tries = 9
	drain(t, worker)
	wantManual(t, w.check(t, 1), 1)
}

// TestRulesThatChangeUnderWay read the batch anew: no notice is scored by one
// ruleset and read by another.
func TestRulesThatChangeUnderWay(t *testing.T) {
	w := newTown(mail(1))
	other := *defaults()
	other.Hash = "other"
	f := &faulty{Log: w.log, Store: w.world, nth: 1, onLog: refused4Position}
	worker := w.worker(&Book{Log: f, Store: f})
	worker.Rules = func(context.Context, triage.Ledger) (*Ruleset, error) {
		if f.appends == 0 {
			return &other, nil
		}
		return defaults(), nil
	}
	if _, err := worker.Step(t.Context()); err != nil {
		t.Fatal(err)
	}
	if w.mails.reads != 2 {
		t.Errorf("the mail was read %d times, want again after the rules changed", w.mails.reads)
	}
}

// TestAHole stops the intake behind the last notice before it.
func TestAHole(t *testing.T) {
	w := newTown(mails(0, 5)...)
	w.mails.hole = 4
	worker := w.worker(w.book())
	if n, err := worker.Step(t.Context()); n != 3 || err != nil {
		t.Errorf("Step() = %d, %v; want the 3 before the hole", n, err)
	}
	if n, err := worker.Step(t.Context()); n != 0 || !errors.Is(err, triage.ErrChain) {
		t.Errorf("Step() = %d, %v; want ErrChain", n, err)
	}
	worker.Notices = skipping{w.mails}
	w.mails.hole = 0
	if _, err := worker.Step(t.Context()); !errors.Is(err, triage.ErrChain) {
		t.Errorf("Step() = %v; want ErrChain from a stream that skips", err)
	}
	w.check(t, 3)
}

// skipping leaves the first out.
type skipping struct{ Notices }

func (s skipping) Read(ctx context.Context, from uint64, most int) ([]Notice, error) {
	return s.Notices.Read(ctx, from+1, most)
}

// TestWhatIsNoNotice is counted and makes no item; what may be one is.
func TestWhatIsNoNotice(t *testing.T) {
	w := newTown()
	bounce := "From: MAILER-DAEMON@mx.example\r\nSubject: Undelivered Mail Returned to Sender\r\nAuto-Submitted: auto-replied\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=x\r\n\r\n" +
		"--x\r\nContent-Type: text/plain\r\n\r\nYour message could not be delivered.\r\n--x\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\nFinal-Recipient: rfc822; a@b.example\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n--x--\r\n"
	w.mails.push([]byte(bounce), mail(1), poison())
	drain(t, w.byReader("POISON", func([]byte) triage.Letter { return triage.Letter{Text: "of no kind\n"} }))
	l := w.check(t, 3).Ledger()
	if l.Kinds[triage.LetterBounce] != 1 || l.Kinds[triage.LetterNotice] != 2 || l.Opened != 2 {
		t.Errorf("kinds %v, %d items opened; want a bounce, two notices, two items", l.Kinds, l.Opened)
	}
}

// TestWhatIsNoMail goes the whole way through the real reader: whatever arrives
// stands in the queue for a person, or is read.
func TestWhatIsNoMail(t *testing.T) {
	w := newTown(
		[]byte{0},
		[]byte("\xff\xfe\x00\x01\x02 not a mail at all \xc3\x28"),
		[]byte("\x89PNG\r\n\x1a\n"+strings.Repeat("\x00\xff", 500)),
		[]byte("Subject: =?utf-8?B?/////w==?=\r\nFrom: \xff@\xfe.example\r\nAuthentication-Results: mx \xff\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n\xff\xff father hit \xc3\x28 child\r\n"),
		[]byte("From: a@b.example\r\nSubject: \r\n\r\n"),
	)
	drain(t, w.worker(w.book()))
	world := w.check(t, 5)
	if n := len(world.Items()); n != 5 {
		t.Errorf("5 accepted messages became %d items", n)
	}
	for _, i := range world.Items() {
		if i.Band() < triage.Green || i.Due.IsZero() {
			t.Errorf("notice %d stands at %v, due %v", i.Seq, i.Band(), i.Due)
		}
	}
	if got := len(manual(world)); got < 4 {
		t.Errorf("%d of 5 are for a person to read, want the 4 without readable text at least: %v", got, manual(world))
	}
}

// TestACutMail is read as far as it goes, and marked.
func TestACutMail(t *testing.T) {
	w := newTown(mail(1))
	const said = "30000000 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	for header, want := range map[string]string{
		said: "only the first 4 MB were stored; size and SHA-256 of the whole: " + said, "words about Tom Sample": "only the first 4 MB were stored",
	} {
		if got := TruncatedDetail(header); got != want {
			t.Errorf("of a mail cut as %q the log says %q, want %q", header, got, want)
		}
	}
	w.mails.notices[0].Truncated = said
	drain(t, w.worker(w.book()))
	world := w.check(t, 1)
	wantManual(t, world, 1, "truncated")
	if i := world.Items()[0]; len(i.Children) != 1 {
		t.Errorf("%d children; what was stored of the mail must be read", len(i.Children))
	}
}

// TestTheSameMailAgain joins the item that is there, after any time and any
// number of workers (a retried publish is a resend).
func TestTheSameMailAgain(t *testing.T) {
	w := newTown(mail(1), mail(1))
	drain(t, w.worker(w.book()))
	w.mails.push(mail(1), mail(2))
	drain(t, w.worker(w.book()))
	items := w.check(t, 4).Items()
	if len(items) != 2 {
		t.Fatalf("one mail three times and another became %d items", len(items))
	}
	for _, i := range items {
		for n, e := range i.Entries {
			if resent := e.Relation == triage.RelationResend; resent != (n > 0) {
				t.Errorf("entry %d of notice %d is %v", n, e.Seq, e.Relation)
			}
		}
	}
}
