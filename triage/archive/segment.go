package archive

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
)

const (
	segmentMagic = "PPNSEG1\n"
	segmentHead  = 112
	indexMagic   = "PPNIDX1\n"
	indexHead    = 16
	entrySize    = 16
)

// segment is one pair of files: what its index says is in it.
type segment struct {
	dir   string
	first uint64
	// entries is the index without its head. torn is how many more were begun
	// when the power went: cut off or zeros. What they stand for had been synced.
	entries []byte
	torn    uint64
}

func (s *segment) segName() string { return fmt.Sprintf("%020d.seg", s.first) }
func (s *segment) idxName() string { return fmt.Sprintf("%020d.idx", s.first) }

// count is how many records have their index entry.
func (s *segment) count() uint64 { return uint64(len(s.entries)) / entrySize }

// next is the sequence after the segment's last.
func (s *segment) next() uint64 { return s.first + s.count() }

func encodeSegmentHead(identity string, first uint64, prev hash) []byte {
	b := append([]byte(nil), segmentMagic...)
	id := sha256.Sum256([]byte(identity))
	b = binary.BigEndian.AppendUint64(append(b, id[:]...), first)
	sum := sha256.Sum256(append(b[:48:48], prev[:]...))
	return append(append(b, sum[:]...), prev[:]...)
}

func encodeIndexHead(first uint64) []byte {
	return binary.BigEndian.AppendUint64([]byte(indexMagic), first)
}

func encodeEntry(end int64, sum hash) []byte {
	return append(binary.BigEndian.AppendUint64(nil, uint64(end)), sum[:8]...) //nolint:gosec // an offset is not negative
}

// loadIndex reads the segment's index.
func (s *segment) loadIndex() error {
	b, err := os.ReadFile(filepath.Join(s.dir, s.idxName()))
	if errors.Is(err, os.ErrNotExist) {
		return &CorruptError{File: s.idxName(), Seq: s.first, Why: "the index of a segment is missing"}
	}
	if err != nil {
		return fmt.Errorf("read archive index: %w", err)
	}
	if len(b) < indexHead || !bytes.Equal(b[:indexHead], encodeIndexHead(s.first)) {
		return &CorruptError{File: s.idxName(), Seq: s.first, Why: "the head of the index is wrong"}
	}
	b, s.torn = b[indexHead:], 0
	for n := len(b); n > 0; n = len(b) {
		tail := b[(n-1)/entrySize*entrySize:]
		if len(tail) == entrySize && slices.Max(tail) != 0 {
			break
		}
		b = b[:n-len(tail)]
		s.torn++
	}
	s.entries = b[:len(b):len(b)]
	return nil
}

// start is the offset of a record that counts.
func (s *segment) start(seq uint64) int64 {
	if seq == s.first {
		return segmentHead
	}
	i := (seq - s.first - 1) * entrySize
	return int64(binary.BigEndian.Uint64(s.entries[i:])) //nolint:gosec // checked where it is used
}

// cursor walks over the records of a segment and proves each.
type cursor struct {
	seg  *segment
	f    *os.File
	r    *bufio.Reader
	seq  uint64 // of the next record
	at   int64  // its offset
	prev hash   // the hash before it
}

// open returns a cursor before a record. The head is proved in any case.
func (s *segment) open(identity string, seq uint64) (*cursor, error) {
	f, err := os.Open(filepath.Join(s.dir, s.segName()))
	if errors.Is(err, os.ErrNotExist) {
		return nil, &CorruptError{File: s.segName(), Seq: s.first, Why: "the segment of an index is missing"}
	}
	if err != nil {
		return nil, fmt.Errorf("read archive: %w", err)
	}
	c := &cursor{seg: s, f: f, seq: seq, at: s.start(seq)}
	if err := c.begin(identity); err != nil {
		_ = f.Close()
		return nil, err
	}
	return c, nil
}

func (c *cursor) begin(identity string) error {
	head := make([]byte, segmentHead)
	if _, err := io.ReadFull(c.f, head); err != nil {
		return &CorruptError{File: c.seg.segName(), Seq: c.seg.first, Why: "the head of the segment is not whole"}
	}
	if want := encodeSegmentHead(identity, c.seg.first, hash(head[80:])); !bytes.Equal(head, want) {
		return &CorruptError{File: c.seg.segName(), Seq: c.seg.first, Why: "the head of the segment is wrong"}
	}
	if c.at < segmentHead {
		return c.wrong("the index points into the head of the segment")
	}
	// The hash before a record stands right before it.
	if _, err := c.f.ReadAt(c.prev[:], c.at-hashSize); err != nil {
		return c.wrong("the index points beyond the end of the segment")
	}
	if _, err := c.f.Seek(c.at, io.SeekStart); err != nil {
		return fmt.Errorf("read archive: %w", err)
	}
	c.r = bufio.NewReaderSize(c.f, 256<<10)
	return nil
}

func (c *cursor) wrong(why string) error {
	return &CorruptError{File: c.seg.segName(), Seq: c.seq, At: c.at, Why: why}
}

// next returns the next record, proved against hash, place and, while it has
// one, index entry; io.EOF at the end of the file.
func (c *cursor) next() (Record, error) {
	rec, n, sum, err := readRecord(c.r, c.prev)
	if errors.Is(err, io.EOF) {
		return Record{}, io.EOF
	}
	if _, ok := errors.AsType[*os.PathError](err); ok {
		return Record{}, fmt.Errorf("read archive: %w", err)
	}
	if err != nil {
		return Record{}, c.wrong(err.Error())
	}
	if rec.Seq != c.seq {
		return Record{}, c.wrong(fmt.Sprintf("it holds sequence %d", rec.Seq))
	}
	i := (c.seq - c.seg.first) * entrySize
	if e := c.seg.entries[min(i, uint64(len(c.seg.entries))):]; len(e) >= entrySize && !bytes.Equal(e[:entrySize], encodeEntry(c.at+n, sum)) {
		return Record{}, &CorruptError{File: c.seg.idxName(), Seq: c.seq, At: int64(indexHead + i), Why: "the index and the segment differ"} //nolint:gosec // an offset
	}
	c.seq, c.at, c.prev = c.seq+1, c.at+n, sum
	return rec, nil
}

func (c *cursor) close() { _ = c.f.Close() }
