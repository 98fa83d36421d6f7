package duty

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/ppn-triage/ppn-triage/triage"
)

// drawer keeps marks as a file does.
type drawer struct {
	marks []Mark
	saves int
	fails error
}

func (d *drawer) Load() ([]Mark, error) { return slices.Clone(d.marks), d.fails }

func (d *drawer) Save(m []Mark) error {
	if d.fails != nil {
		return d.fails
	}
	d.marks, d.saves = slices.Clone(m), d.saves+1
	return nil
}

// pool is a log of two streams and its marks.
type pool struct {
	now    []Mark
	drawer *drawer
}

func newPool() *pool {
	return &pool{now: []Mark{{"N", "n1", 10}, {"C", "c1", 20}}, drawer: &drawer{}}
}

func (p *pool) open(t *testing.T) (*HighWater, error) {
	t.Helper()
	h := &HighWater{Marks: p.drawer, Ends: func(context.Context) ([]Mark, error) { return p.now, nil }}
	return h, h.Open(t.Context())
}

func (p *pool) mustOpen(t *testing.T) *HighWater {
	t.Helper()
	h, err := p.open(t)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// TestAStreamThatGrows raises its mark, which is written down once.
func TestAStreamThatGrows(t *testing.T) {
	p := newPool()
	h := p.mustOpen(t)
	p.now[1].Last = 25
	for range 3 {
		if _, err := h.Step(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if p.drawer.saves != 2 || !slices.Contains(p.drawer.marks, Mark{"C", "c1", 25}) || !slices.Contains(p.drawer.marks, Mark{"N", "n1", 10}) {
		t.Errorf("marks %+v after %d saves", p.drawer.marks, p.drawer.saves)
	}
	p.mustOpen(t)
}

// TestAStreamBelowItsMarkIsNotWrittenTo, whether it falls while the daemon runs
// or while it is down.
func TestAStreamBelowItsMarkIsNotWrittenTo(t *testing.T) {
	synctest.Test(t, aStreamBelowItsMarkIsNotWrittenTo)
}

func aStreamBelowItsMarkIsNotWrittenTo(t *testing.T) {
	p := newPool()
	h := p.mustOpen(t)
	p.now[1].Last = 19
	if err := h.Writable(t.Context(), "C", 19); !errors.Is(err, triage.ErrChain) {
		t.Errorf("Writable = %v, want triage.ErrChain", err)
	}
	if _, err := h.Step(t.Context()); !errors.Is(err, triage.ErrChain) {
		t.Errorf("Step = %v, want triage.ErrChain", err)
	}
	if _, err := p.open(t); !errors.Is(err, triage.ErrChain) {
		t.Errorf("Open = %v, want triage.ErrChain", err)
	}
}

// TestAWriteRaisesTheMark before anybody has looked at the stream.
func TestAWriteRaisesTheMark(t *testing.T) { synctest.Test(t, aWriteRaisesTheMark) }

func aWriteRaisesTheMark(t *testing.T) {
	p := newPool()
	h := p.mustOpen(t)
	h.Wrote("C", 21)
	if err := h.Writable(t.Context(), "C", 21); err != nil {
		t.Error(err)
	}
	if err := h.Writable(t.Context(), "C", 20); !errors.Is(err, triage.ErrChain) {
		t.Errorf("Writable below what was acknowledged = %v, want triage.ErrChain", err)
	}
	p.now[1].Last = 21
	if err := h.Writable(t.Context(), "C", 20); !errors.Is(err, triage.ErrPosition) || errors.Is(err, triage.ErrChain) {
		t.Errorf("Writable where somebody was first = %v, want triage.ErrPosition", err)
	}
}

// TestAWriteWhileTheStreamIsAsked is no loss.
func TestAWriteWhileTheStreamIsAsked(t *testing.T) {
	p := newPool()
	h := p.mustOpen(t)
	h.Ends = func(context.Context) ([]Mark, error) {
		answer := slices.Clone(p.now)
		h.Wrote("C", 21)
		return answer, nil
	}
	if _, err := h.Step(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestALeaderThatIsLate is asked again and is no loss.
func TestALeaderThatIsLate(t *testing.T) { synctest.Test(t, aLeaderThatIsLate) }

func aLeaderThatIsLate(t *testing.T) {
	p := newPool()
	h := p.mustOpen(t)
	asked := 0
	h.Ends = func(context.Context) ([]Mark, error) {
		if asked++; asked < lowTries {
			return []Mark{{"C", "c1", 15}}, nil
		}
		return p.now, nil
	}
	if _, err := h.Step(t.Context()); err != nil || asked != lowTries {
		t.Errorf("Step = %v after %d questions", err, asked)
	}
}

// TestAnotherStreamOfTheSameName is not written to, however long it is.
func TestAnotherStreamOfTheSameName(t *testing.T) {
	p := newPool()
	h := p.mustOpen(t)
	p.now[0] = Mark{"N", "n2", 500}
	if _, err := h.Step(t.Context()); !errors.Is(err, triage.ErrChain) {
		t.Errorf("Step = %v, want triage.ErrChain", err)
	}
	if _, err := p.open(t); !errors.Is(err, triage.ErrChain) {
		t.Errorf("Open = %v, want triage.ErrChain", err)
	}
	if slices.Contains(p.drawer.marks, Mark{"N", "n2", 500}) {
		t.Error("the other stream has become the known one")
	}
}

// TestSeveralMarksOfAStream: the highest counts, as of the file and the archive.
func TestSeveralMarksOfAStream(t *testing.T) { synctest.Test(t, severalMarksOfAStream) }

func severalMarksOfAStream(t *testing.T) {
	p := newPool()
	p.drawer.marks = []Mark{{"N", "n1", 3}, {"N", "n1", 11}, {"N", "n1", 5}}
	if _, err := p.open(t); !errors.Is(err, triage.ErrChain) {
		t.Errorf("Open = %v, want triage.ErrChain", err)
	}
	p.drawer.marks = []Mark{{"N", "n1", 3}, {"N", "other", 3}}
	if _, err := p.open(t); !errors.Is(err, triage.ErrChain) {
		t.Errorf("Open with marks of two streams = %v, want triage.ErrChain", err)
	}
}

// TestMarksThatCannotBeKept are trouble that passes.
func TestMarksThatCannotBeKept(t *testing.T) {
	p := newPool()
	h := p.mustOpen(t)
	p.now[0].Last, p.drawer.fails = 11, errFault
	if _, err := h.Step(t.Context()); !errors.Is(err, errFault) {
		t.Errorf("Step = %v", err)
	}
	p.drawer.fails = nil
	if _, err := h.Step(t.Context()); err != nil || !slices.Contains(p.drawer.marks, Mark{"N", "n1", 11}) {
		t.Errorf("Step = %v, marks %+v", err, p.drawer.marks)
	}
}
