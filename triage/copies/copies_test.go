package copies

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/archive"
)

var errAway = errors.New("away")

// gap is what a stream says of a sequence that it lacks.
type gap struct {
	seq  uint64
	aged bool
}

func (g gap) Error() string           { return fmt.Sprintf("sequence %d is missing", g.seq) }
func (g gap) Missing() (uint64, bool) { return g.seq, g.aged }
func (g gap) Unwrap() error           { return triage.ErrChain }

// stream holds the records up to last but for those that it lacks.
type stream struct {
	first, last uint64
	lacks       map[uint64]bool
	changed     map[uint64]func(*archive.Record)
	fails       error
}

func record(seq uint64) archive.Record {
	return archive.Record{
		Seq: seq, Subject: "s", Time: time.Unix(int64(seq), 5).UTC(), //nolint:gosec // small
		Header: map[string][]string{"A": {"1"}}, Data: fmt.Appendf(nil, "words of %d", seq),
	}
}

func (s *stream) Read(_ context.Context, from uint64, most int) (out []archive.Record, err error) {
	if s.fails != nil {
		return nil, s.fails
	}
	for seq := from; seq <= s.last && len(out) < most; seq++ {
		if seq < s.first || s.lacks[seq] {
			return out, gap{seq, seq < s.first}
		}
		r := record(seq)
		if f := s.changed[seq]; f != nil {
			f(&r)
		}
		out = append(out, r)
	}
	return out, nil
}

// copyOf is a real archive of the records first to last.
func copyOf(t *testing.T, first, last uint64) *archive.Archive {
	t.Helper()
	a, err := archive.Open(t.TempDir(), "i")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.Close() })
	for seq := first; seq <= last; seq++ {
		if err := a.Append(record(seq)); err != nil {
			t.Fatal(err)
		}
	}
	if err := a.Sync(); err != nil {
		t.Fatal(err)
	}
	return a
}

func reader(s Stream, second Second) (*Reader, *[]string) {
	var told []string
	return &Reader{First: s, Second: second, Alarm: func(seq uint64, what string) { told = append(told, fmt.Sprint(seq, " ", what)) }}, &told
}

func wantRecords(t *testing.T, got []archive.Record, from, to uint64) {
	t.Helper()
	if want := int(to + 1 - from); len(got) != want { //nolint:gosec // small
		t.Fatalf("%d records, want %d", len(got), want)
	}
	for n, r := range got {
		want := record(from + uint64(n)) //nolint:gosec // small
		if diff := cmp.Diff(want, r); diff != "" {
			t.Errorf("record %d (-want +got):\n%s", want.Seq, diff)
		}
	}
}

func wantTold(t *testing.T, told *[]string, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, *told); diff != "" {
		t.Errorf("alarms (-want +got):\n%s", diff)
	}
	*told = nil
}

// TestSoundCopiesAreReadSilently, as far as the stream is.
func TestSoundCopiesAreReadSilently(t *testing.T) {
	r, told := reader(&stream{first: 1, last: 9}, copyOf(t, 1, 6))
	got, err := r.Read(t.Context(), 3, 100)
	if err != nil {
		t.Fatal(err)
	}
	wantRecords(t, got, 3, 9)
	if got, err := r.Read(t.Context(), 10, 5); err != nil || len(got) > 0 {
		t.Errorf("Read past the end = %d, %v", len(got), err)
	}
	wantTold(t, told)
}

// TestReadThroughAHole, at the beginning, in the middle, several of them.
func TestReadThroughAHole(t *testing.T) {
	s := &stream{first: 1, last: 9, lacks: map[uint64]bool{1: true, 4: true, 5: true, 8: true}}
	r, told := reader(s, copyOf(t, 1, 9))
	got, err := r.Read(t.Context(), 1, 100)
	if err != nil {
		t.Fatal(err)
	}
	wantRecords(t, got, 1, 9)
	wantTold(t, told, "1 hole", "4 hole", "5 hole", "8 hole")
	got, err = r.Read(t.Context(), 3, 2)
	if err != nil {
		t.Fatal(err)
	}
	wantRecords(t, got, 3, 4)
	wantTold(t, told, "4 hole")
}

// TestNeitherCopyHasIt: the reader gets what is before it, and stops.
func TestNeitherCopyHasIt(t *testing.T) {
	r, told := reader(&stream{first: 1, last: 9, lacks: map[uint64]bool{4: true, 8: true}}, copyOf(t, 1, 6))
	got, err := r.Read(t.Context(), 2, 100)
	if !errors.Is(err, triage.ErrChain) {
		t.Errorf("Read = %v, want triage.ErrChain", err)
	}
	wantRecords(t, got, 2, 7)
	wantTold(t, told, "4 hole", "8 lost")
}

// TestTheSecondCopyIsBelieved where the two differ, whatever of a record it is.
func TestTheSecondCopyIsBelieved(t *testing.T) {
	s := &stream{first: 1, last: 9, changed: map[uint64]func(*archive.Record){
		2: func(r *archive.Record) { r.Data[0] ^= 1 },
		3: func(r *archive.Record) { r.Subject = "other" },
		5: func(r *archive.Record) { r.Time = r.Time.Add(1) },
		6: func(r *archive.Record) { r.Header = nil },
		7: func(r *archive.Record) { r.Header["A"] = []string{"1", "2"} },
	}}
	r, told := reader(s, copyOf(t, 1, 9))
	got, err := r.Read(t.Context(), 1, 100)
	if err != nil {
		t.Fatal(err)
	}
	wantRecords(t, got, 1, 9)
	wantTold(t, told, "2 altered", "3 altered", "5 altered", "6 altered", "7 altered")
}

// broken is a second copy that cannot be read from a sequence on.
type broken struct {
	*archive.Archive
	from uint64
}

func (b broken) Read(seq uint64) (archive.Record, error) {
	if seq >= b.from {
		return archive.Record{}, &archive.CorruptError{Seq: seq}
	}
	return b.Archive.Read(seq)
}

func (b broken) Scan(from uint64, f func(archive.Record) error) error {
	return b.Archive.Scan(from, func(r archive.Record) error {
		if r.Seq >= b.from {
			return &archive.CorruptError{Seq: r.Seq}
		}
		return f(r)
	})
}

// TestADamagedSecondCopy costs nothing while the stream is whole, and is told.
func TestADamagedSecondCopy(t *testing.T) {
	s := &stream{first: 1, last: 9}
	r, told := reader(s, broken{copyOf(t, 1, 9), 5})
	got, err := r.Read(t.Context(), 1, 100)
	if err != nil {
		t.Fatal(err)
	}
	wantRecords(t, got, 1, 9)
	wantTold(t, told, "5 damaged")
	s.lacks = map[uint64]bool{6: true}
	if _, err := r.Read(t.Context(), 6, 1); !errors.Is(err, triage.ErrChain) {
		t.Errorf("Read of what both have lost = %v", err)
	}
	wantTold(t, told, "6 lost")
}

// TestWhatHasAgedIsNoHole: old mails leave the stream, and the second copy
// gives them without an alarm.
func TestWhatHasAgedIsNoHole(t *testing.T) {
	r, told := reader(&stream{first: 5, last: 9}, copyOf(t, 3, 9))
	got, err := r.Read(t.Context(), 3, 100)
	if err != nil {
		t.Fatal(err)
	}
	wantRecords(t, got, 3, 9)
	if _, err := r.Read(t.Context(), 2, 1); !errors.Is(err, triage.ErrNotFound) || errors.Is(err, triage.ErrChain) {
		t.Errorf("Read of what was never copied = %v, want triage.ErrNotFound", err)
	}
	wantTold(t, told)
}

// TestACopyBegunLate has nothing to say of what is before it.
func TestACopyBegunLate(t *testing.T) {
	s := &stream{first: 1, last: 9, changed: map[uint64]func(*archive.Record){7: func(r *archive.Record) { r.Data = nil }}}
	r, told := reader(s, copyOf(t, 4, 9))
	got, err := r.Read(t.Context(), 1, 100)
	if err != nil {
		t.Fatal(err)
	}
	wantRecords(t, got, 1, 9)
	if got, err := r.Read(t.Context(), 1, 2); err != nil || len(got) != 2 {
		t.Errorf("Read before it = %d, %v", len(got), err)
	}
	wantTold(t, told, "7 altered")
}

// TestASecondCopyThatIsAway at the moment ends nobody: the record may be there.
func TestASecondCopyThatIsAway(t *testing.T) {
	a := copyOf(t, 1, 9)
	r, told := reader(&stream{first: 3, last: 9, lacks: map[uint64]bool{4: true}}, away{a})
	for _, from := range []uint64{1, 4} {
		if _, err := r.Read(t.Context(), from, 1); !errors.Is(err, errAway) || errors.Is(err, triage.ErrChain) {
			t.Errorf("Read(%d) = %v, want trouble that passes", from, err)
		}
	}
	wantTold(t, told, "4 hole")
}

// away is a second copy whose disk is not there.
type away struct{ *archive.Archive }

func (away) Read(uint64) (archive.Record, error) { return archive.Record{}, errAway }

// TestAServerThatIsAway is no hole: nothing comes from the second copy.
func TestAServerThatIsAway(t *testing.T) {
	r, told := reader(&stream{first: 1, last: 9, fails: errAway}, copyOf(t, 1, 9))
	if got, err := r.Read(t.Context(), 1, 5); !errors.Is(err, errAway) || len(got) > 0 {
		t.Errorf("Read = %d, %v", len(got), err)
	}
	wantTold(t, told)
}

// TestEqual sees each flipped bit of the data.
func TestEqual(t *testing.T) {
	a, b := record(1), record(1)
	b.Time = b.Time.In(time.FixedZone("x", 3600))
	if !a.Equal(&b) {
		t.Error("the same message in another zone is another")
	}
	for n := range 8 * len(a.Data) {
		b.Data = bytes.Clone(a.Data)
		b.Data[n/8] ^= 1 << (n % 8)
		if a.Equal(&b) {
			t.Errorf("bit %d changed, and it is the same", n)
		}
	}
}
