package link

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// recordForm is the first byte of an encoded record. A change of what follows
// is another index: raise intake.linkingCode with it.
const recordForm = 'b'

var errForm = errors.New("it is of another form: the index was written by another version")

// Encode returns the record as stored.
func (r Record) Encode() []byte {
	c := coder{out: make([]byte, 1, 512)}
	c.out[0] = recordForm
	c.record(&r)
	return c.out
}

// DecodeRecord reads what Encode wrote. What is too short, too long or begins
// otherwise is an error: the index was written by another version and is to be
// rebuilt.
func DecodeRecord(b []byte) (Record, error) {
	if len(b) == 0 || b[0] != recordForm {
		return Record{}, fmt.Errorf("decode linking record: %w", errForm)
	}
	var r Record
	c := coder{in: string(b[1:]), reading: true}
	c.record(&r)
	if c.failed || c.in != "" {
		return Record{}, fmt.Errorf("decode linking record: %w", errForm)
	}
	return r, nil
}

// coder writes a record or reads one, in one walk over its fields, so that the
// two cannot differ. A record is read for every candidate of every notice: the
// texts read share the memory of the whole, and nothing is looked up by name.
type coder struct {
	out     []byte
	in      string
	reading bool
	failed  bool
}

func (c *coder) record(r *Record) {
	text(c, &r.Item)
	c.number(&r.Received)
	c.count(&r.Seq)
	c.flag(&r.Decided)
	list(c, &r.Asked, text)
	list(c, &r.Notices, (*coder).notice)
	list(c, &r.Children, (*coder).person)
	last := uint64(r.LastChild) //nolint:gosec // a count
	c.count(&last)
	r.LastChild = int(last) //nolint:gosec // as above
	list(c, &r.Adults, (*coder).adult)
	list(c, &r.Rejected, text)
	list(c, &r.Apart, text)
}

func (c *coder) notice(n *Notice) {
	text(c, &n.ID)
	part := int64(n.Part)
	c.number(&part)
	n.Part = int(part)
	text(c, &n.Content)
	text(c, &n.Message)
	c.number(&n.Received)
	text(c, &n.Form)
	text(c, &n.Date)
	c.number(&n.At)
	c.number(&n.End)
	c.address(&n.Place)
	list(c, &n.Refs, (*coder).ref)
	list(c, &n.Answers, text)
	c.flag(&n.Bare)
}

func (c *coder) ref(r *Ref) {
	text(c, &r.Norm)
	text(c, &r.Force)
	c.flag(&r.Log)
}

func (c *coder) adult(a *Adult) {
	c.person(&a.Person)
	c.flag(&a.Cares)
	c.flag(&a.Alleged)
}

func (c *coder) person(p *Person) {
	text(c, &p.ID)
	list(c, &p.Names, (*coder).name)
	list(c, &p.DOBs, text)
	text(c, &p.From)
	text(c, &p.To)
	list(c, &p.Homes, (*coder).address)
	list(c, &p.Parents, (*coder).name)
	text(c, &p.NHS)
	text(c, &p.UPN)
	list(c, &p.Contacts, text)
	c.flag(&p.Unborn)
	text(c, &p.EDD)
	c.flag(&p.Placeholder)
}

func (c *coder) name(n *Name) {
	list(c, &n.Given, text)
	list(c, &n.Family, text)
}

func (c *coder) address(a *Address) {
	text(c, &a.Flat)
	text(c, &a.Number)
	text(c, &a.Street)
	text(c, &a.Town)
	text(c, &a.Post)
	c.flag(&a.Assumed)
}

func list[T any](c *coder, l *[]T, each func(*coder, *T)) {
	n := uint64(len(*l))
	c.count(&n)
	if c.reading {
		if n > uint64(len(c.in)) { // an element has a byte at least
			c.failed = true
			return
		}
		if n == 0 {
			return
		}
		*l = make([]T, n)
	}
	for i := range *l {
		each(c, &(*l)[i])
	}
}

func text[S ~string](c *coder, s *S) {
	n := uint64(len(*s))
	c.count(&n)
	switch {
	case !c.reading:
		c.out = append(c.out, *s...)
	case n > uint64(len(c.in)):
		c.failed, c.in = true, ""
	default:
		*s, c.in = S(c.in[:n]), c.in[n:]
	}
}

func (c *coder) flag(b *bool) {
	var n uint64
	if *b {
		n = 1
	}
	c.count(&n)
	*b, c.failed = n == 1, c.failed || n > 1
}

// number is a number of either sign, in zigzag order as binary.AppendVarint.
func (c *coder) number(i *int64) {
	n := uint64(*i<<1) ^ uint64(*i>>63) //nolint:gosec // bits, not a value
	c.count(&n)
	*i = int64(n>>1) ^ -int64(n&1) //nolint:gosec // as above
}

// count is a number from 0, seven bits a byte.
func (c *coder) count(n *uint64) {
	if !c.reading {
		c.out = binary.AppendUvarint(c.out, *n)
		return
	}
	*n = 0
	for i := 0; i < len(c.in) && i < binary.MaxVarintLen64; i++ {
		b := c.in[i]
		*n |= uint64(b&0x7f) << (7 * i)
		if b < 0x80 {
			c.in = c.in[i+1:]
			return
		}
	}
	*n, c.failed, c.in = 0, true, ""
}
