package intake

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/audit"
)

// outcome is what a faulty write does.
type outcome int

const (
	works outcome = iota
	refused4Position
	fails      // not done, said so
	lostBefore // not done, nobody knows
	lostAfter  // done, nobody knows
	crashAfter // done, and the program ends
	crashBefore
)

var outcomes = map[outcome]string{
	refused4Position: "somebody else was first", fails: "refused", lostBefore: "not stored, outcome unknown",
	lostAfter: "stored, outcome unknown", crashAfter: "stored, then a crash", crashBefore: "a crash before it is stored",
}

type crash struct{}

var errFault = errors.New("fault")

// do is one write with an outcome.
func (o outcome) do(write func() error) error {
	switch o {
	case works:
		return write()
	case refused4Position:
		return triage.ErrPosition
	case fails:
		return errFault
	case lostBefore:
		return triage.ErrUnknown
	case crashBefore:
		panic(crash{})
	}
	if err := write(); err != nil {
		return err
	}
	if o == crashAfter {
		panic(crash{})
	}
	return triage.ErrUnknown
}

// faulty has one outcome at the nth write and then works.
type faulty struct {
	Log
	Store
	onLog, onStore outcome
	nth            int
	appends        int
	applies        int
}

func (f *faulty) Append(ctx context.Context, c triage.Commit, expected uint64) (seq uint64, err error) {
	f.appends++
	o := works
	if f.appends == f.nth {
		o = f.onLog
	}
	err = o.do(func() (err error) { seq, err = f.Log.Append(ctx, c, expected); return err })
	return seq, err
}

func (f *faulty) Apply(ctx context.Context, commits ...triage.Commit) (items []*triage.Item, err error) {
	f.applies++
	o := works
	if f.applies == f.nth {
		o = f.onStore
	}
	err = o.do(func() (err error) { items, err = f.Store.Apply(ctx, commits...); return err })
	return items, err
}

// survive runs a step of the program and reports whether it lived.
func survive(step func() error) (err error, lived bool) { //nolint:revive // the error is of less interest
	defer func() {
		if v := recover(); v != nil {
			if _, ok := v.(crash); !ok {
				panic(v)
			}
			lived = false
		}
	}()
	return step(), true
}

// TestFaultTable puts every outcome into every write of an intake of twelve
// mails in four commits; a program that ended is started again. Afterwards
// every mail is taken in once and the store is what the log says.
func TestFaultTable(t *testing.T) {
	for o, name := range outcomes {
		for _, side := range []string{"log", "store"} {
			for nth := 1; nth <= 4; nth++ {
				t.Run(fmt.Sprintf("%s/%s %d", name, side, nth), func(t *testing.T) {
					w := newTown(mails(0, 12)...)
					f := &faulty{Log: w.log, Store: w.world, nth: nth}
					if w.mails.atMost = 3; side == "log" {
						f.onLog = o
					} else {
						f.onStore = o
					}
					runFaulty(t, w, f)
					if f.appends < 4 || f.appends > 6 {
						t.Errorf("%d appends for 4 commits and one fault", f.appends)
					}
				})
			}
		}
	}
}

func runFaulty(t *testing.T, w *town, f *faulty) {
	t.Helper()
	worker := w.worker(&Book{Log: f, Store: f})
	failed := 0
	for taken := -1; taken != 0; {
		err, lived := survive(func() (err error) { taken, err = worker.Step(t.Context()); return err })
		if err != nil || !lived {
			taken = -1
			if failed++; failed > 1 {
				t.Fatalf("one fault made %d steps fail: %v", failed, err)
			}
		}
		if !lived {
			worker = w.worker(&Book{Log: f, Store: f})
		}
	}
	if got := w.check(t, 12).Items(); len(got) != 12 {
		t.Errorf("12 incidents became %d items", len(got))
	}
}

// command appends a claim-like commit: something that must happen once.
func command(b *Book, tries int, id string) (*triage.Commit, []*triage.Item, error) {
	n := 0
	return b.Append(context.Background(), tries, func(ctx context.Context, at uint64) (*triage.Commit, error) {
		n++
		return &triage.Commit{
			ID: fmt.Sprint(id, "-", n), Actor: triage.Actor{Name: "ann"}, At: monday, Through: at + 1,
			Events: []triage.Event{
				triage.NoticeRead{Notice: triage.NewNoticeID("f", "s", at+1), Seq: at + 1, Kind: triage.LetterNotice},
				triage.ItemOpened{Item: triage.NewItemID("f", "s", at+1, 0), Entry: triage.Entry{Notice: "n", Seq: at + 1, Received: monday}},
			},
		}, nil
	})
}

// TestAppendFindsWhatItHasSent: the answer is that of the commit that was
// stored, whichever of the tries it was.
func TestAppendFindsWhatItHasSent(t *testing.T) {
	w := newTown()
	f := &faulty{Log: w.log, Store: w.world, nth: 1, onLog: lostAfter}
	c, items, err := command(&Book{Log: f, Store: f}, 3, "x")
	if err != nil || c.ID != "x-1" || c.Seq != 1 || len(items) != 1 {
		t.Errorf("Append() = %+v, %d items, %v; want the first commit sent and its item", c, len(items), err)
	}
	if n := len(commits(t, w.log)); n != 1 {
		t.Errorf("the log holds %d commits, want 1", n)
	}
}

// TestAppendOnItsLastTry looks once more before it says that nobody knows.
func TestAppendOnItsLastTry(t *testing.T) {
	for o, want := range map[outcome]error{lostAfter: nil, lostBefore: triage.ErrUnknown, refused4Position: triage.ErrPosition} {
		w := newTown()
		f := &faulty{Log: w.log, Store: w.world, nth: 1, onLog: o}
		c, _, err := command(&Book{Log: f, Store: f}, 1, "x")
		if !errors.Is(err, want) || (err == nil) != (c != nil) {
			t.Errorf("%s: Append() = %v, %v, want %v", outcomes[o], c, err, want)
		}
	}
}

// TestAppendWhenAnotherTookThePlace knows that what it sent can never come.
func TestAppendWhenAnotherTookThePlace(t *testing.T) {
	w := newTown()
	rival := func() error {
		_, _, err := command(w.book(), 1, "rival")
		return err
	}
	_, _, err := command(&Book{Log: &intruded{w.log, rival}, Store: w.world}, 1, "x")
	if !errors.Is(err, triage.ErrPosition) || errors.Is(err, triage.ErrUnknown) {
		t.Errorf("Append() = %v, want ErrPosition alone: the place is taken", err)
	}
}

// intruded loses a commit and lets somebody else write.
type intruded struct {
	Log
	rival func() error
}

func (l *intruded) Append(context.Context, triage.Commit, uint64) (uint64, error) {
	return 0, errors.Join(triage.ErrUnknown, l.rival())
}

// TestAppendIsBounded counts the tries, and the steps of catching up.
func TestAppendIsBounded(t *testing.T) {
	w := newTown()
	always := &never{Log: w.log, err: triage.ErrPosition}
	if _, _, err := command(&Book{Log: always, Store: w.world}, 7, "x"); !errors.Is(err, triage.ErrPosition) || always.n != 7 {
		t.Errorf("Append() = %v after %d tries, want ErrPosition after 7", err, always.n)
	}
	if _, _, err := command(w.book(), 1, "y"); err != nil {
		t.Fatal(err)
	}
	stuck := &deaf{Store: audit.NewWorld(nil)}
	if _, err := (&Book{Log: w.log, Store: stuck}).CatchUp(t.Context()); !errors.Is(err, triage.ErrPosition) || stuck.n != maxLost {
		t.Errorf("CatchUp() = %v after %d steps, want ErrPosition after %d", err, stuck.n, maxLost)
	}
}

type never struct {
	Log
	err error
	n   int
}

func (l *never) Append(context.Context, triage.Commit, uint64) (uint64, error) {
	l.n++
	return 0, l.err
}

type deaf struct {
	Store
	n int
}

func (s *deaf) Apply(context.Context, ...triage.Commit) ([]*triage.Item, error) {
	s.n++
	return nil, triage.ErrPosition
}

// TestBuildIsCalledAgain when what it read was of another position.
func TestBuildIsCalledAgain(t *testing.T) {
	w := newTown()
	var seen []uint64
	c, _, err := w.book().Append(t.Context(), 3, func(ctx context.Context, at uint64) (*triage.Commit, error) {
		if seen = append(seen, at); len(seen) == 1 {
			if _, _, err := command(w.book(), 1, "rival"); err != nil {
				t.Fatal(err)
			}
			return nil, triage.ErrPosition
		}
		return &triage.Commit{ID: "mine", At: monday, Through: 1}, nil
	})
	if err != nil || c.Seq != 2 || len(seen) != 2 || seen[0] != 0 || seen[1] != 1 {
		t.Errorf("Append() = %v, %v with builds at %v; want commit 2, builds at 0 and 1", c, err, seen)
	}
}

// TestAppendReturnsRefusals as they are, and writes nothing.
func TestAppendReturnsRefusals(t *testing.T) {
	w := newTown()
	_, _, err := w.book().Append(t.Context(), 3, func(context.Context, uint64) (*triage.Commit, error) {
		return &triage.Commit{ID: "x", At: monday, Events: []triage.Event{triage.Claimed{Item: "none"}}}, nil
	})
	if !errors.Is(err, triage.ErrNotFound) {
		t.Errorf("Append() = %v, want the fold's refusal", err)
	}
	if n := len(commits(t, w.log)); n != 0 {
		t.Errorf("the log holds %d commits after a refusal", n)
	}
	c, items, err := w.book().Append(t.Context(), 1, func(context.Context, uint64) (*triage.Commit, error) { return nil, nil })
	if c != nil || items != nil || err != nil {
		t.Errorf("Append() with nothing to do = %v, %v, %v", c, items, err)
	}
}

// TestAppendWhenTheStoreIsGone: an unknown outcome is not forgotten because the
// look for it fails.
func TestAppendWhenTheStoreIsGone(t *testing.T) {
	w := newTown()
	s := &leaving{World: w.world}
	f := &faulty{Log: w.log, Store: s, nth: 1, onLog: lostAfter}
	s.after = 1
	if _, _, err := command(&Book{Log: f, Store: f}, 3, "x"); !errors.Is(err, triage.ErrUnknown) || !errors.Is(err, errFault) {
		t.Errorf("Append() = %v, want ErrUnknown with its cause", err)
	}
}

// leaving answers Position so many times.
type leaving struct {
	*audit.World
	after int
}

func (s *leaving) Position(ctx context.Context) (uint64, error) {
	if s.after--; s.after < 0 {
		return 0, errFault
	}
	return s.World.Position(ctx)
}

// forgetful is a world that can be built anew.
type forgetful struct {
	*audit.World
	times int
}

func (f *forgetful) Forget(context.Context, error) error {
	f.times++
	f.World = audit.NewWorld(defaults().Index)
	return nil
}

// TestCatchUpBuildsAnew: a store on which the log does not fold cannot have come
// from it, and is built anew once. A log that does not fold from its beginning
// is another matter.
func TestCatchUpBuildsAnew(t *testing.T) {
	w := newTown(mail(1), mail(2))
	drain(t, w.worker(w.book()))
	end := w.world.Ledger().Seq
	opened := w.world.Items()[0].ID

	s := &forgetful{World: audit.NewWorld(defaults().Index)}
	other := triage.Commit{ID: "of no log", Seq: 1, At: monday, Events: []triage.Event{triage.RulesActivated{Hash: "x"}}}
	for s.Ledger().Seq < end-1 || s.Ledger().Seq == 0 { // as many commits, and not those of the log
		if _, err := s.Apply(t.Context(), other); err != nil {
			t.Fatal(err)
		}
		other.Seq++
	}
	late := triage.Commit{ID: "late", At: monday, Through: 2, Events: []triage.Event{triage.Overdue{Item: opened}}}
	if _, err := w.log.Append(t.Context(), late, end); err != nil {
		t.Fatal(err)
	}
	b := &Book{Log: w.log, Store: s}
	if _, err := b.CatchUp(t.Context()); err == nil || s.times != 0 {
		t.Errorf("CatchUp() of a book that must not forget = %v, forgot %d times", err, s.times)
	}
	b.Forget = s.Forget
	if at, err := b.CatchUp(t.Context()); at != end+1 || err != nil || s.times != 1 {
		t.Errorf("CatchUp() = %d, %v, forgot %d times; want %d, once", at, err, s.times, end+1)
	}
	if d := audit.DiffItems(w.world.Items(), s.Items()); len(d) != 3 { // Touched, BreachRisk, Overdue
		t.Errorf("built anew it differs: %v", d)
	}
	if _, err := w.log.Append(t.Context(), triage.Commit{ID: "wrong", At: monday, Through: 9}, end+1); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := b.CatchUp(t.Context()); !errors.Is(err, triage.ErrChain) {
			t.Errorf("CatchUp() with a log that does not fold = %v, want ErrChain", err)
		}
	}
	if s.times != 2 {
		t.Errorf("forgot %d times, want once more", s.times)
	}
}
