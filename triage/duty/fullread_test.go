package duty

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/archive"
	"github.com/ppn-triage/ppn-triage/triage/copies"
)

// tape is a stream of numbered records that may lack some.
type tape struct {
	first, last uint64
	lacks       map[uint64]bool
	reads       int
	fails       error
}

type lack struct{ seq uint64 }

func (l lack) Error() string           { return fmt.Sprint("lacks ", l.seq) }
func (l lack) Missing() (uint64, bool) { return l.seq, false }
func (l lack) Unwrap() error           { return triage.ErrChain }

func (p *tape) Read(_ context.Context, from uint64, most int) (out []archive.Record, _ error) {
	p.reads++
	if p.fails != nil {
		return nil, p.fails
	}
	if from < p.first {
		return nil, triage.ErrNotFound
	}
	for ; from <= p.last && len(out) < most; from++ {
		if p.lacks[from] {
			return out, lack{from}
		}
		out = append(out, archive.Record{Seq: from, Time: time.Unix(0, 0)})
	}
	return out, nil
}

// fullRead reads a tape of which the archive has the records up to copied.
func fullRead(t *testing.T, p *tape, copied uint64) (f *FullRead, told *[]string, now *time.Time) {
	t.Helper()
	a, err := archive.Open(t.TempDir(), "i")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.Close() })
	for seq := uint64(1); seq <= copied; seq++ {
		if err := a.Append(archive.Record{Seq: seq, Time: time.Unix(0, 0)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := a.Sync(); err != nil {
		t.Fatal(err)
	}
	at := monday
	var words []string
	return &FullRead{
		Reader: copies.Reader{First: p, Second: a, Alarm: func(seq uint64, what string) { words = append(words, fmt.Sprint(seq, " ", what)) }},
		Ends:   func(context.Context) (uint64, uint64, error) { return p.first, p.last, nil },
		Verify: a.Verify, Every: 24 * time.Hour, Now: func() time.Time { return at },
		Done: func(faults int) { words = append(words, fmt.Sprint("done, ", faults)) },
	}, &words, &at
}

func (f *FullRead) toTheEnd(t *testing.T) {
	t.Helper()
	for range 100 {
		more, err := f.Step(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if !more {
			return
		}
	}
	t.Fatal("it never ends")
}

// TestAFullReadFindsEveryHole, those of both copies too, and reads on.
func TestAFullReadFindsEveryHole(t *testing.T) {
	p := &tape{first: 1, last: 1700, lacks: map[uint64]bool{1: true, 700: true, 701: true, 1600: true, 1660: true, 1700: true}}
	f, told, _ := fullRead(t, p, 1650)
	f.toTheEnd(t)
	if diff := cmp.Diff([]string{"1 hole", "700 hole", "701 hole", "1600 hole", "1660 lost", "1700 lost", "done, 6"}, *told); diff != "" {
		t.Errorf("told (-want +got):\n%s", diff)
	}
}

// TestAFullReadComesAtStartAndEveryDay, not more often.
func TestAFullReadComesAtStartAndEveryDay(t *testing.T) {
	p := &tape{first: 1, last: 10}
	f, told, now := fullRead(t, p, 10)
	for range 10 {
		f.toTheEnd(t)
		*now = now.Add(4*time.Hour + 48*time.Minute) // a fifth of a day
	}
	if diff := cmp.Diff([]string{"done, 0", "done, 0"}, *told); diff != "" {
		t.Errorf("told in two days (-want +got):\n%s", diff)
	}
}

// TestAFullReadGoesOnWhereItWas when the server was away, and where mails have
// aged out under it.
func TestAFullReadGoesOnWhereItWas(t *testing.T) {
	p := &tape{first: 1, last: 1200}
	f, told, _ := fullRead(t, p, 1200)
	if more := stepOf(t, f.Step); !more {
		t.Fatal("one step read it all")
	}
	p.fails = errFault
	if _, err := f.Step(t.Context()); !errors.Is(err, errFault) {
		t.Fatalf("Step = %v", err)
	}
	p.fails, p.first, p.reads = nil, 900, 0
	f.toTheEnd(t)
	if p.reads != 2 || len(*told) != 1 {
		t.Errorf("%d reads, told %q", p.reads, *told)
	}
}

func stepOf(t *testing.T, s Step) bool {
	t.Helper()
	more, err := s(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return more
}

// TestAFullReadProvesTheSecondCopy also where no reader has looked.
func TestAFullReadProvesTheSecondCopy(t *testing.T) {
	f, told, _ := fullRead(t, &tape{first: 1, last: 3}, 3)
	f.Verify = func() error { return &archive.CorruptError{Seq: 2} }
	f.toTheEnd(t)
	if diff := cmp.Diff([]string{"2 damaged", "done, 1"}, *told); diff != "" {
		t.Errorf("told (-want +got):\n%s", diff)
	}
}

// TestAnEmptyStream is read at once.
func TestAnEmptyStream(t *testing.T) {
	f, told, _ := fullRead(t, &tape{}, 0)
	f.toTheEnd(t)
	if diff := cmp.Diff([]string{"done, 0"}, *told); diff != "" {
		t.Errorf("told (-want +got):\n%s", diff)
	}
}

// TestAnInspectorThatCannotLook says so: nobody knows whether all is well.
func TestAnInspectorThatCannotLook(t *testing.T) {
	var told [][]error
	look := func(context.Context) ([]error, error) { return nil, nil }
	i := &Inspector{Look: func(ctx context.Context) ([]error, error) { return look(ctx) }, Tell: func(f []error) { told = append(told, f) }}
	if _, err := i.Step(t.Context()); err != nil {
		t.Fatal(err)
	}
	other := errors.New("other")
	look = func(context.Context) ([]error, error) { return []error{other}, errFault }
	if _, err := i.Step(t.Context()); !errors.Is(err, errFault) {
		t.Errorf("Step = %v", err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := i.Step(ended); !errors.Is(err, context.Canceled) {
		t.Errorf("Step at the end = %v", err)
	}
	if len(told) != 2 || len(told[0]) != 0 || len(told[1]) != 2 {
		t.Errorf("told %v", told)
	}
}
