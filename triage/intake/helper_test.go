package intake

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/ppn-triage/ppn-triage/deploy"
	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/audit"
	"github.com/ppn-triage/ppn-triage/triage/letter"
	"github.com/ppn-triage/ppn-triage/triage/queue"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// defaults are the rules that the program ships with.
var defaults = sync.OnceValue(func() *Ruleset { return must(CompileAll(deploy.Rules())) })

var calendar = sync.OnceValue(func() *queue.Calendar { return must(queue.NewCalendar(queue.Config{})) })

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// monday is a working day, 09:00 in Bradford.
var monday = time.Date(2026, 9, 7, 8, 0, 0, 0, time.UTC)

// stream is the notices stream in memory; it gives atMost at a time.
type stream struct {
	lock    sync.Mutex
	notices []Notice
	atMost  int
	reads   int
	hole    uint64 // missing sequence
}

func newStream(mails ...[]byte) *stream {
	s := &stream{atMost: maxBatch}
	s.push(mails...)
	return s
}

func (s *stream) push(mails ...[]byte) {
	s.lock.Lock()
	defer s.lock.Unlock()
	for _, m := range mails {
		seq := uint64(len(s.notices)) + 1
		s.notices = append(s.notices, Notice{Seq: seq, Force: "wyp", Time: monday.Add(time.Duration(seq) * time.Second), Data: m})
	}
}

func (s *stream) Read(ctx context.Context, from uint64, most int) ([]Notice, error) {
	s.lock.Lock()
	defer s.lock.Unlock()
	s.reads++
	end := min(from-1+uint64(min(most, s.atMost)), uint64(len(s.notices)))
	if s.hole > 0 && from <= s.hole && s.hole <= end {
		if from == s.hole {
			return nil, fmt.Errorf("notice %d: %w", s.hole, triage.ErrChain)
		}
		end = s.hole - 1
	}
	return slices.Clone(s.notices[min(from-1, end):end]), ctx.Err()
}

// memory is a Hand that outlives a worker.
type memory struct {
	before map[uint64]int
	held   [2]uint64
	fails  error
}

func (m *memory) Before(seq uint64) int { return m.before[seq] }

func (m *memory) Take(from, to uint64) error {
	m.held = [2]uint64{from, to}
	return m.fails
}

func (m *memory) Drop() error {
	m.held = [2]uint64{}
	return m.fails
}

// town is one town's intake: a log, what it looks like now, the mails.
type town struct {
	log   *audit.Log
	world *audit.World
	mails *stream
}

func newTown(mails ...[]byte) *town {
	return &town{log: &audit.Log{}, world: audit.NewWorld(defaults().Index), mails: newStream(mails...)}
}

func (w *town) book() *Book { return &Book{Log: w.log, Store: w.world} }

// worker takes in the town's mails through a book.
func (w *town) worker(b *Book) *Worker {
	return &Worker{
		Book: b, Notices: w.mails, Hand: &memory{}, Letter: letter.Read,
		Rules:    func(context.Context, triage.Ledger) (*Ruleset, error) { return defaults(), nil },
		Calendar: calendar(), Now: func() time.Time { return monday.Add(time.Hour) },
		FrontDoor: "bradford", Stream: "s", Program: "test",
	}
}

// drain takes in all there is.
func drain(t testing.TB, w *Worker) {
	t.Helper()
	for range 10_000 {
		n, err := w.Step(t.Context())
		if err != nil {
			t.Fatalf("Step() = %v", err)
		}
		if n == 0 {
			return
		}
	}
	t.Fatal("Step() finds no end")
}

// check re-folds the log and compares it with the store: nothing is done twice
// and nothing is lost.
func (w *town) check(t testing.TB, notices int) *audit.World {
	t.Helper()
	return checkWorld(t, w.log, w.world, notices)
}

func checkWorld(t testing.TB, log Log, store Store, notices int) *audit.World {
	t.Helper()
	fresh := audit.NewWorld(defaults().Index)
	if _, err := (&Book{Log: log, Store: store}).CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := (&Book{Log: log, Store: fresh}).CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	var ids []triage.ItemID
	for _, i := range fresh.Items() {
		ids = append(ids, i.ID)
	}
	snap, err := store.Load(t.Context(), ids...)
	if err != nil {
		t.Fatal(err)
	}
	var stored []*triage.Item
	for _, i := range snap.Items {
		stored = append(stored, i)
	}
	for _, d := range audit.DiffItems(fresh.Items(), stored) {
		t.Errorf("the store differs from the log: %v", d)
	}
	l := fresh.Ledger()
	if err := l.Check(); err != nil {
		t.Error(err)
	}
	if l.Notices != uint64(notices) || l.Through != uint64(notices) || snap.Ledger.Notices != l.Notices {
		t.Errorf("%d notices pushed; the log has taken in %d, through %d, the store %d", notices, l.Notices, l.Through, snap.Ledger.Notices)
	}
	taken := map[uint64]int{}
	for _, c := range commits(t, log) {
		for _, e := range c.Events {
			if r, ok := e.(triage.NoticeRead); ok {
				taken[r.Seq]++
			}
		}
	}
	for seq, n := range taken {
		if n != 1 {
			t.Errorf("notice %d was taken in %d times", seq, n)
		}
	}
	return fresh
}

func commits(t testing.TB, log Log) (all []triage.Commit) {
	t.Helper()
	for {
		more, err := log.ReadCommits(t.Context(), uint64(len(all))+1, 500)
		if err != nil {
			t.Fatal(err)
		}
		if all = append(all, more...); len(more) == 0 {
			return all
		}
	}
}

// mail is an invented notice; each n is another incident of another family.
func mail(n int) []byte {
	given := []string{"Ava", "Noah", "Mia", "Leo", "Zara", "Adam", "Ines", "Omar"}[n%8]
	family := []string{"Brack", "Thorn", "Winter", "Hollow", "Fen"}[n%5] + []string{"ley", "wick", "dale", "ford", "by", "worth", "ham"}[n/5%7]
	return fmt.Appendf(nil, "From: PC Test <pc%d@westyorks.police.example>\r\nTo: frontdoor@council.example\r\nSubject: PPN 1326%07d\r\nMessage-ID: <t%d@westyorks.police.example>\r\n\r\n"+
		"PPN REF: 1326%07d\r\nWHEN: %02d/%02d/2026 18:40hrs\r\nWHERE: %d Test%d Road, Bradford, BD%d %d%s\r\nGRADING BY OFFICER: STANDARD\r\nOFFICER: PC %d TEST\r\n\r\n"+
		"PERSONS\r\n1) %s, %s / DOB %02d/%02d/%d / child\r\n\r\nCIRCS\r\nVerbal argument between the parents, no assault. Child upstairs.\r\n\r\nRESULT\r\nAdvice given, father left to his mother's.\r\n",
		n, n, n, n, n%28+1, n%8+1, n%200+1, n, n%20+1, n%9+1, []string{"AB", "CD", "EF", "GH"}[n%4], 1000+n, strings.ToUpper(family), given, n%28+1, n%12+1, 2009+n%15)
}

func mails(from, to int) (all [][]byte) {
	for n := from; n < to; n++ {
		all = append(all, mail(n))
	}
	return all
}
