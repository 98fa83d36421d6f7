package archive

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ppn-triage/ppn-triage/triage"
)

func readFile(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func writeFile(t testing.TB, name string, b []byte) {
	t.Helper()
	if err := os.WriteFile(name, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

const (
	segFile = "00000000000000000001.seg"
	idxFile = "00000000000000000001.idx"
)

// Two bits of every byte of every file are flipped in turn: Verify finds each one, and
// opening for writing never takes a record away for it.
func TestEveryFlippedBitIsFound(t *testing.T) {
	dir := filled(t, 3)
	for _, name := range []string{"stream", segFile, idxFile} {
		path := filepath.Join(dir, name)
		good := readFile(t, path)
		for i := range good {
			for _, bit := range []int{i % 8, (i + 3) % 8} {
				bad := append([]byte(nil), good...)
				bad[i] ^= 1 << bit
				writeFile(t, path, bad)
				a, err := OpenReadOnly(dir, identity)
				if err == nil {
					err = a.Verify()
				}
				if !errors.Is(err, triage.ErrChain) {
					t.Fatalf("%s: bit %d of byte %d flipped: %v, want ErrChain", name, bit, i, err)
				}
				if w, err := Open(dir, identity); err == nil {
					_ = w.Close()
					t.Fatalf("%s: bit %d of byte %d flipped and opened for writing", name, bit, i)
				}
				if got := readFile(t, path); string(got) != string(bad) {
					t.Fatalf("%s: Open changed a damaged file", name)
				}
			}
		}
		writeFile(t, path, good)
	}
	holds(t, openArchive(t, dir), 1, 3)
}

func TestTheFirstBadRecordIsNamed(t *testing.T) {
	dir := filled(t, 20)
	path := filepath.Join(dir, segFile)
	good := readFile(t, path)
	edit := func(name string, wantSeq uint64, change func(b []byte) []byte) {
		t.Helper()
		writeFile(t, path, change(append([]byte(nil), good...)))
		defer writeFile(t, path, good)
		a, err := OpenReadOnly(dir, identity)
		if err != nil {
			t.Fatal(err)
		}
		damage, ok := errors.AsType[*CorruptError](a.Verify())
		if !ok || damage.Seq != wantSeq {
			t.Errorf("%s: Verify = %v, want sequence %d", name, damage, wantSeq)
		}
		if _, err := a.Read(wantSeq); !errors.Is(err, triage.ErrChain) {
			t.Errorf("%s: Read(%d) = %v, want ErrChain", name, wantSeq, err)
		}
		if r, err := a.Read(wantSeq - 1); err != nil || r.Seq != wantSeq-1 {
			t.Errorf("%s: Read(%d) = %v: a sound record is not given out", name, wantSeq-1, err)
		}
	}
	s := segment{dir: dir, first: 1}
	if err := s.loadIndex(); err != nil {
		t.Fatal(err)
	}
	at := func(seq uint64) int64 { return s.start(seq) }
	edit("a word of a mail changed", 7, func(b []byte) []byte { b[at(8)-hashSize-3] ^= 1; return b })
	edit("tail cut", 15, func(b []byte) []byte { return b[:at(15)+5] })
	edit("tail cut between records", 15, func(b []byte) []byte { return b[:at(15)] })
	edit("two records exchanged", 5, func(b []byte) []byte {
		five, seven := string(b[at(5):at(6)]), string(b[at(7):at(8)])
		copy(b[at(5):], seven)
		copy(b[at(7):], five)
		return b
	})
	edit("a record changed and its own hash made right", 9, func(b []byte) []byte {
		b[at(9)-hashSize-1] ^= 1 // last byte of record 8's data
		sum := chain(hash(b[at(8)-hashSize:at(8)]), b[at(8):at(9)-hashSize])
		copy(b[at(9)-hashSize:], sum[:])
		// The index entry too, as one who knows the format would.
		copy(s.entries[7*entrySize+8:], sum[:8])
		writeFile(t, filepath.Join(dir, idxFile), append(encodeIndexHead(1), s.entries...))
		return b
	})
}

// The power goes at every possible point of writing records 4 and 5 behind the
// synced 1 to 3: nothing synced is ever taken away, nothing half is kept.
func TestEveryTornTail(t *testing.T) {
	short, long := filled(t, 3), filled(t, 5)
	segShort, segLong := readFile(t, filepath.Join(short, segFile)), readFile(t, filepath.Join(long, segFile))
	idxShort, idxLong := readFile(t, filepath.Join(short, idxFile)), readFile(t, filepath.Join(long, idxFile))
	try := func(seg, idx []byte) (*Archive, error) {
		writeFile(t, filepath.Join(short, segFile), seg)
		writeFile(t, filepath.Join(short, idxFile), idx)
		return Open(short, identity)
	}
	sound := func(seg, idx []byte, last uint64) {
		t.Helper()
		a, err := try(seg, idx)
		if err != nil {
			t.Fatalf("segment of %d, index of %d bytes: %v", len(seg), len(idx), err)
		}
		holds(t, a, 1, last)
		if len(seg)%4 == 0 {
			add(t, a, last+1, last+2)
			holds(t, a, 1, last+2)
		}
		_ = a.Close()
	}
	for n := len(segShort); n <= len(segLong); n++ { // the index not begun
		sound(segLong[:n], idxShort, 3)
		if n%5 == 0 { // length before bytes
			sound(append(segLong[:n:n], make([]byte, 100)...), idxShort, 3)
		}
	}
	for n := len(idxShort); n <= len(idxLong); n++ { // the segment synced
		begun := uint64(n-indexHead+entrySize-1) / entrySize
		sound(segLong, idxLong[:n], begun)
		if n%entrySize == 0 { // length before bytes; no entry straddles a sector
			sound(segLong, append(idxLong[:n:n], make([]byte, len(idxLong)-n)...), 5)
		}
	}
	for n := range segShort { // less than what was synced: damage, not a torn tail
		if a, err := try(segShort[:n], idxShort); !errors.Is(err, triage.ErrChain) {
			_ = a.Close()
			t.Fatalf("segment cut to %d of %d synced bytes: %v, want ErrChain", n, len(segShort), err)
		}
	}
}

func TestAMakingOfASegmentCutOff(t *testing.T) {
	dir := t.TempDir()
	a := openArchive(t, dir)
	_ = a.Close()
	writeFile(t, filepath.Join(dir, "00000000000000000005.idx"), encodeIndexHead(5))
	writeFile(t, filepath.Join(dir, "00000000000000000005.seg.tmp"), []byte("PPNS"))
	if r, err := OpenReadOnly(dir, identity); err != nil || r.Last() != 0 {
		t.Fatalf("OpenReadOnly = %v", err)
	}
	a = openArchive(t, dir)
	add(t, a, 1, 9)
	holds(t, a, 1, 9)
}

// faulty fails the n-th operation and counts them all.
type faulty struct {
	n      int
	stored bool // the operation takes place all the same
	why    error
}

type faultyFile struct {
	f *faulty
	file
}

func (f *faulty) open(name string, flag int) (file, error) {
	if f.hit() && !f.stored {
		return nil, f.why
	}
	r, err := realDisk(name, flag)
	return faultyFile{f, r}, err
}

func (f *faulty) hit() bool { f.n--; return f.n == 0 }

func (f faultyFile) Write(b []byte) (int, error) {
	if !f.f.hit() {
		return f.file.Write(b)
	}
	if f.f.stored {
		_, _ = f.file.Write(b)
		return 0, f.f.why
	}
	n, _ := f.file.Write(b[:len(b)/2]) // as a disk does that is full
	return n, f.f.why
}

func (f faultyFile) Sync() error {
	if !f.f.hit() {
		return f.file.Sync()
	}
	if f.f.stored {
		_ = f.file.Sync()
	}
	return f.f.why
}

// Every operation on the disk fails once, stored and not: the caller is told,
// nothing more is taken, and after opening again all that was synced is there.
func TestEveryFailingOperation(t *testing.T) {
	for _, stored := range []bool{false, true} {
		failures := 0
		for n := 1; ; n++ {
			dir := t.TempDir()
			f := &faulty{n: n, stored: stored, why: syscall.ENOSPC}
			synced, err := run(dir, f.open)
			if err == nil && f.n > 0 {
				break // there is no n-th operation
			}
			if stored && err == nil { // an open that was told to fail after the fact
				continue
			}
			failures++
			if !errors.Is(err, ErrUnwritable) || !errors.Is(err, syscall.ENOSPC) {
				t.Fatalf("operation %d (stored %v): %v, want ErrUnwritable by ENOSPC", n, stored, err)
			}
			a := openArchive(t, dir)
			last := a.Last()
			if last < synced {
				t.Fatalf("operation %d (stored %v): synced to %d, found to %d", n, stored, synced, last)
			}
			if last > 0 {
				holds(t, a, 1, last)
			}
			add(t, a, last+1, last+3)
			holds(t, a, 1, last+3)
		}
		if failures < 10 {
			t.Errorf("stored %v: only %d operations failed", stored, failures)
		}
	}
}

// run writes six records in three steps and returns how far they are synced.
func run(dir string, d disk) (synced uint64, err error) {
	a, err := open(dir, identity, d)
	if err != nil {
		return 0, err
	}
	defer a.Close()
	for seq := uint64(1); seq < 6; seq += 2 {
		if err = a.Append(records(seq, seq+1)...); err == nil {
			err = a.Sync()
		}
		if err != nil {
			again := errors.Join(a.Append(record(seq+2)), a.Sync())
			if !errors.Is(again, ErrUnwritable) {
				return synced, fmt.Errorf("a broken archive took more: %w", again)
			}
			return synced, err
		}
		if synced = a.Last(); synced != seq+1 {
			return synced, fmt.Errorf("synced %d and Last is %d", seq+1, synced)
		}
	}
	return synced, nil
}

func TestARealFullDisk(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=2m"); err != nil {
		t.Skipf("no small disk can be mounted here (%v); TestEveryFailingOperation stands in for it", err)
	}
	defer func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) }()
	a, err := Open(dir, identity)
	if err != nil {
		t.Fatal(err)
	}
	var seq uint64
	for err == nil {
		r := record(seq + 1)
		r.Data = make([]byte, 100<<10)
		if err = errors.Join(a.Append(r)); err == nil {
			err = a.Sync()
		}
		if err == nil {
			seq++
		}
	}
	if !errors.Is(err, ErrUnwritable) || !errors.Is(err, syscall.ENOSPC) || seq < 5 || a.Last() != seq {
		t.Fatalf("after %d records: %v", seq, err)
	}
	_ = a.Close()
	if err := syscall.Mount("", dir, "", syscall.MS_REMOUNT, "size=8m"); err != nil {
		t.Fatal(err)
	}
	a, err = Open(dir, identity)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	if a.Last() != seq {
		t.Errorf("Last = %d after making room, want %d", a.Last(), seq)
	}
	if err := errors.Join(a.Append(record(seq+1)), a.Sync(), a.Verify()); err != nil {
		t.Error(err)
	}
}

const childDir = "PPN_TEST_ARCHIVE_DIR"

// TestKillMinusNine kills a writing process at many moments.
func TestKillMinusNine(t *testing.T) {
	if dir := os.Getenv(childDir); dir != "" {
		child(dir)
	}
	dir, synced := t.TempDir(), uint64(0)
	for round := range 8 {
		cmd := exec.Command(os.Args[0], "-test.run=^TestKillMinusNine$")
		cmd.Env = append(os.Environ(), childDir+"="+dir)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		timer := time.AfterFunc(time.Duration(60+20*round)*time.Millisecond, func() { _ = cmd.Process.Kill() })
		for lines := bufio.NewScanner(out); lines.Scan(); {
			n, err := strconv.ParseUint(strings.TrimSpace(lines.Text()), 10, 64)
			if err != nil {
				t.Fatalf("child said %q", lines.Text())
			}
			synced = n
		}
		_, _ = io.Copy(io.Discard, out)
		_ = cmd.Wait()
		timer.Stop()
		a, err := Open(dir, identity)
		if err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		if a.Last() < synced {
			t.Fatalf("round %d: synced to %d, found to %d", round, synced, a.Last())
		}
		if err := a.Verify(); err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		_ = a.Close()
	}
	if synced < 20 {
		t.Errorf("only %d records synced in all rounds", synced)
	}
}

// child writes and says how far it has synced, until it is killed or the test
// is gone.
func child(dir string) {
	a, err := Open(dir, identity)
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	for {
		if err := errors.Join(a.Append(records(a.Last()+1, a.Last()+3)...), a.Sync()); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		if _, err := fmt.Println(a.Last()); err != nil {
			os.Exit(1)
		}
	}
}
