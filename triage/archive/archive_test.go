package archive

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/ppn-triage/ppn-triage/triage"
)

const identity = "1700000000000000000-1a6c27e8-0000-4000-8000-000000000000"

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func record(seq uint64) Record {
	r := Record{
		Seq: seq, Subject: "ppn.notice.bradford.wyp", Time: time.Unix(1_790_000_000, int64(seq)).UTC(), //nolint:gosec // small
		Data: fmt.Appendf(nil, "Subject: notice %d\r\n\r\nwords\x00\xff", seq),
	}
	if seq%2 == 0 {
		r.Header = map[string][]string{"Ppn-Truncated": {"1 ab"}, "A": {"", "two"}}
	}
	return r
}

func records(from, to uint64) (out []Record) {
	for seq := from; seq <= to; seq++ {
		out = append(out, record(seq))
	}
	return out
}

func openArchive(t testing.TB, dir string) *Archive {
	t.Helper()
	a, err := Open(dir, identity)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.Close() })
	return a
}

func add(t testing.TB, a *Archive, from, to uint64) {
	t.Helper()
	if err := errors.Join(a.Append(records(from, to)...), a.Sync()); err != nil {
		t.Fatal(err)
	}
}

// filled is a folder with records 1 to n, closed.
func filled(t testing.TB, n uint64) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "a")
	a := openArchive(t, dir)
	add(t, a, 1, n)
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	return dir
}

func holds(t testing.TB, a *Archive, from, to uint64) {
	t.Helper()
	if a.First() != from || a.Last() != to {
		t.Errorf("First, Last = %d, %d; want %d, %d", a.First(), a.Last(), from, to)
	}
	var got []Record
	if err := a.Scan(from, func(r Record) error { got = append(got, r); return nil }); err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff(records(from, to), got); diff != "" {
		t.Errorf("Scan (-want +got):\n%s", diff)
	}
	for seq := from; seq <= to; seq++ {
		if r, err := a.Read(seq); err != nil || !cmp.Equal(r, record(seq)) {
			t.Errorf("Read(%d) = %+v, %v", seq, r, err)
		}
	}
	if err := a.Verify(); err != nil {
		t.Error(err)
	}
}

func TestWhatIsSyncedIsThereAgain(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "deep", "folder")
	a := openArchive(t, dir)
	if a.First() != 0 || a.Last() != 0 {
		t.Errorf("an empty archive holds %d to %d", a.First(), a.Last())
	}
	add(t, a, 1, 7)
	add(t, a, 8, 9)
	holds(t, a, 1, 9)
	if err := a.Append(record(10)); err != nil || a.Last() != 9 {
		t.Errorf("Last = %d before Sync, %v; want 9", a.Last(), err)
	}
	if err := errors.Join(a.Sync(), a.Sync()); err != nil || a.Last() != 10 {
		t.Errorf("Last = %d after Sync, %v; want 10", a.Last(), err)
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	if err := a.Append(record(11)); !errors.Is(err, ErrClosed) {
		t.Errorf("Append after Close = %v, want ErrClosed", err)
	}
	a = openArchive(t, dir)
	add(t, a, 11, 12)
	holds(t, a, 1, 12)

	r, err := OpenReadOnly(dir, "")
	if err != nil || r.Identity() != identity {
		t.Fatalf("OpenReadOnly = %v, %v", r, err)
	}
	holds(t, r, 1, 12)
	if err := r.Append(record(13)); !errors.Is(err, ErrClosed) {
		t.Errorf("Append to a read-only archive = %v, want ErrClosed", err)
	}
}

func TestItMayBeginLate(t *testing.T) {
	a := openArchive(t, t.TempDir())
	add(t, a, 500, 510)
	holds(t, a, 500, 510)
	for _, seq := range []uint64{0, 1, 499, 511, 1 << 63} {
		if _, err := a.Read(seq); !errors.Is(err, triage.ErrNotFound) {
			t.Errorf("Read(%d) = %v, want ErrNotFound", seq, err)
		}
	}
	none := func(Record) error { t.Error("called"); return nil }
	if err := a.Scan(499, none); !errors.Is(err, triage.ErrChain) {
		t.Errorf("Scan(499) = %v, want ErrChain", err)
	}
	if err := a.Scan(511, none); err != nil {
		t.Errorf("Scan(511) = %v", err)
	}
	stop := errors.New("stop")
	if err := a.Scan(505, func(Record) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("Scan = %v, want f's error", err)
	}
}

func TestOnlyWhatFollowsOnIsTaken(t *testing.T) {
	a := openArchive(t, t.TempDir())
	if err := a.Append(record(0)); !errors.Is(err, triage.ErrChain) {
		t.Errorf("Append(0) = %v, want ErrChain", err)
	}
	add(t, a, 1, 3)
	for _, bad := range [][]Record{{record(3)}, {record(5)}, {record(1)}, {record(4), record(6)}, {record(4), record(4)}} {
		if err := a.Append(bad...); !errors.Is(err, triage.ErrChain) || errors.Is(err, ErrUnwritable) {
			t.Errorf("Append from %d = %v, want ErrChain", bad[0].Seq, err)
		}
	}
	huge, late := record(5), record(5)
	huge.Data = make([]byte, maxPart+1)
	late.Time = time.Date(3000, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, r := range []Record{huge, late} {
		if err := a.Append(record(4), r); !errors.Is(err, triage.ErrInvalid) {
			t.Errorf("Append = %v, want ErrInvalid", err)
		}
	}
	add(t, a, 4, 4) // nothing of the refused ones was kept
	holds(t, a, 1, 4)
}

func TestSegments(t *testing.T) {
	dir := t.TempDir()
	a := openArchive(t, dir)
	big := func(seq uint64) Record {
		return Record{Seq: seq, Time: time.Unix(0, 0).UTC(), Data: bytes.Repeat([]byte{byte(seq)}, 9<<20)}
	}
	for seq := uint64(1); seq <= 20; seq++ { // 180 MB
		if err := errors.Join(a.Append(big(seq)), a.Sync()); err != nil {
			t.Fatal(err)
		}
	}
	names, err := a.names(".seg")
	if err != nil || len(names) != 3 {
		t.Fatalf("segments %v, %v; want 3", names, err)
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	a = openArchive(t, dir)
	if a.Last() != 20 {
		t.Errorf("Last = %d, want 20", a.Last())
	}
	for _, seq := range []uint64{1, names[1] - 1, names[1], names[2] - 1, names[2], 20} {
		if r, err := a.Read(seq); err != nil || !bytes.Equal(r.Data, big(seq).Data) {
			t.Errorf("Read(%d) = %d bytes, %v", seq, len(r.Data), err)
		}
	}
	n, from := uint64(0), names[1]-1
	if err := a.Scan(from, func(r Record) error { n++; return nil }); err != nil || n != 20-from+1 {
		t.Errorf("Scan(%d) = %d records, %v", from, n, err)
	}
	if err := a.Verify(); err != nil {
		t.Error(err)
	}
	_ = a.Close()
	// A segment that is gone is named, wherever it was.
	for i, first := range names {
		for _, suffix := range []string{"seg", "idx"} {
			name := filepath.Join(dir, fmt.Sprintf("%020d.%s", first, suffix))
			if err := os.Rename(name, name+".tmp"); err != nil {
				t.Fatal(err)
			}
			_, err := Open(dir, identity)
			damage, ok := errors.AsType[*CorruptError](err)
			if !ok || damage.Seq != first || !errors.Is(err, triage.ErrChain) {
				t.Errorf("Open without %s of segment %d = %v", suffix, i, err)
			}
			if err := os.Rename(name+".tmp", name); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func TestOneWriter(t *testing.T) {
	dir := t.TempDir()
	a := openArchive(t, dir)
	if _, err := Open(dir, identity); !errors.Is(err, ErrLocked) {
		t.Fatalf("second Open = %v, want ErrLocked", err)
	}
	add(t, a, 1, 3)
	r, err := OpenReadOnly(dir, identity)
	if err != nil {
		t.Fatal(err)
	}
	holds(t, r, 1, 3)
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	holds(t, openArchive(t, dir), 1, 3)
}

func TestAnotherStreamIsRefused(t *testing.T) {
	dir := filled(t, 3)
	for _, f := range []func(string, string) (*Archive, error){Open, OpenReadOnly} {
		if _, err := f(dir, identity+"x"); !errors.Is(err, ErrIdentity) || !errors.Is(err, triage.ErrChain) {
			t.Errorf("opened with another identity: %v, want ErrIdentity", err)
		}
	}
	for _, bad := range []string{"", "a\nb"} {
		if _, err := Open(dir, bad); !errors.Is(err, triage.ErrInvalid) {
			t.Errorf("Open(%q) = %v, want ErrInvalid", bad, err)
		}
	}
	// Files of another stream carried into the folder are not believed either.
	other := t.TempDir()
	b, err := Open(other, "other")
	if err != nil {
		t.Fatal(err)
	}
	add(t, b, 1, 3)
	_ = b.Close()
	for _, ext := range []string{".seg", ".idx"} {
		name := "00000000000000000001" + ext
		c, err := os.ReadFile(filepath.Join(other, name))
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, name), c, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if _, err := Open(dir, identity); !errors.Is(err, triage.ErrChain) {
		t.Errorf("Open with another stream's segment = %v, want ErrChain", err)
	}
	if _, err := OpenReadOnly(t.TempDir(), ""); !errors.Is(err, triage.ErrChain) {
		t.Errorf("OpenReadOnly of an empty folder = %v, want ErrChain", err)
	}
}
