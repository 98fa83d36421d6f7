package archive

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"github.com/ppn-triage/ppn-triage/triage"
)

// Record is one message of the stream. It converts from a jet.Record.
type Record struct {
	Seq     uint64
	Subject string
	Time    time.Time // when the stream stored it, UTC
	Header  map[string][]string
	Data    []byte
}

// Equal tells whether both are the same message at the same place.
func (r *Record) Equal(o *Record) bool {
	return r.Seq == o.Seq && r.Subject == o.Subject && r.Time.Equal(o.Time) && bytes.Equal(r.Data, o.Data) &&
		maps.EqualFunc(r.Header, o.Header, slices.Equal)
}

const (
	recordMagic = "PPNr"
	recordHead  = 32
	hashSize    = sha256.Size

	// maxPart bounds subject, headers and data each, so that a damaged length
	// cannot ask for all memory. The stream's largest message is 26 MB.
	maxPart = 64 << 20
)

type hash = [hashSize]byte

// check refuses what the format has no room for.
func (r *Record) check() error {
	for _, n := range []int{len(r.Subject), len(appendHeaders(nil, r.Header)), len(r.Data)} {
		if n > maxPart {
			return fmt.Errorf("%w: sequence %d: a part of %d bytes, limit %d", triage.ErrInvalid, r.Seq, n, maxPart)
		}
	}
	if !time.Unix(0, r.Time.UnixNano()).Equal(r.Time) {
		return fmt.Errorf("%w: sequence %d: its time cannot be written in ns since 1970", triage.ErrInvalid, r.Seq)
	}
	return nil
}

// appendRecord appends the encoded record and its hash, given the hash before.
func appendRecord(b []byte, r Record, prev hash) ([]byte, hash) {
	head := appendHeaders(nil, r.Header)
	start := len(b)
	b = append(b, recordMagic...)
	b = binary.BigEndian.AppendUint64(b, r.Seq)
	b = binary.BigEndian.AppendUint64(b, uint64(r.Time.UnixNano())) //nolint:gosec // two's complement, read back the same
	for _, n := range []int{len(r.Subject), len(head), len(r.Data)} {
		b = binary.BigEndian.AppendUint32(b, uint32(n)) //nolint:gosec // at most maxPart
	}
	b = append(b, r.Subject...)
	b = append(b, head...)
	b = append(b, r.Data...)
	sum := chain(prev, b[start:])
	return append(b, sum[:]...), sum
}

func chain(prev hash, record []byte) hash {
	h := sha256.New()
	h.Write(prev[:])
	h.Write(record)
	return hash(h.Sum(nil))
}

// errCut says that the bytes end inside a record.
var errCut = errors.New("it ends inside a record")

// readRecord reads the next record and proves it; io.EOF at a clean end. It
// returns the record's length and hash.
func readRecord(r io.Reader, prev hash) (Record, int64, hash, error) {
	var head [recordHead]byte
	if n, err := io.ReadFull(r, head[:]); err != nil {
		if n > 0 && errors.Is(err, io.ErrUnexpectedEOF) {
			err = errCut
		}
		return Record{}, 0, hash{}, err
	}
	if string(head[:4]) != recordMagic {
		return Record{}, 0, hash{}, errors.New("no record begins here")
	}
	var size [3]int
	for i := range size {
		n := binary.BigEndian.Uint32(head[20+4*i:])
		if n > maxPart {
			return Record{}, 0, hash{}, fmt.Errorf("a length of %d bytes", n)
		}
		size[i] = int(n)
	}
	total := recordHead + size[0] + size[1] + size[2]
	// Grows with what is really there, so that a damaged length costs nothing.
	buf := bytes.NewBuffer(append(make([]byte, 0, min(total+hashSize, 64<<10)), head[:]...))
	if _, err := io.CopyN(buf, r, int64(total-recordHead+hashSize)); err != nil {
		if errors.Is(err, io.EOF) {
			err = errCut
		}
		return Record{}, 0, hash{}, err
	}
	rec, sum, err := parseRecord(buf.Bytes(), size, prev)
	return rec, int64(buf.Len()), sum, err
}

// parseRecord proves a whole record and takes it apart.
func parseRecord(b []byte, size [3]int, prev hash) (Record, hash, error) {
	total := len(b) - hashSize
	sum := hash(b[total:])
	if chain(prev, b[:total]) != sum {
		return Record{}, hash{}, errors.New("the hash is wrong")
	}
	subject, rest := b[recordHead:recordHead+size[0]], b[recordHead+size[0]:total]
	header, err := parseHeaders(rest[:size[1]])
	if err != nil {
		return Record{}, hash{}, err
	}
	return Record{
		Seq:     binary.BigEndian.Uint64(b[4:]),
		Time:    time.Unix(0, int64(binary.BigEndian.Uint64(b[12:]))).UTC(), //nolint:gosec // as written
		Subject: string(subject), Header: header, Data: rest[size[1]:len(rest):len(rest)],
	}, sum, nil
}

func appendHeaders(b []byte, h map[string][]string) []byte {
	for _, name := range slices.Sorted(maps.Keys(h)) {
		for _, value := range h[name] {
			for _, s := range []string{name, value} {
				b = binary.BigEndian.AppendUint32(b, uint32(len(s))) //nolint:gosec // the caller checks the sum
				b = append(b, s...)
			}
		}
	}
	return b
}

func parseHeaders(b []byte) (map[string][]string, error) {
	var parts []string
	for len(b) > 0 {
		if len(b) < 4 || uint64(binary.BigEndian.Uint32(b)) > uint64(len(b)-4) {
			return nil, errors.New("the headers cannot be read")
		}
		n := int(binary.BigEndian.Uint32(b))
		parts, b = append(parts, string(b[4:4+n])), b[4+n:]
	}
	if len(parts)%2 != 0 {
		return nil, errors.New("a header without a value")
	}
	if len(parts) == 0 {
		return nil, nil
	}
	h := map[string][]string{}
	for i := 0; i < len(parts); i += 2 {
		h[parts[i]] = append(h[parts[i]], parts[i+1])
	}
	return h, nil
}
