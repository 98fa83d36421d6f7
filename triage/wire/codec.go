package wire

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	pb "github.com/ppn-triage/ppn-triage/api/triagev1"
	"github.com/ppn-triage/ppn-triage/triage"
)

// Codec is the log's encoding as a value, for whoever takes it as an
// interface. Its zero value is ready.
type Codec struct{}

// Encode is EncodeCommit.
func (Codec) Encode(c triage.Commit) ([]byte, error) { return EncodeCommit(c) }

// Decode is DecodeCommit.
func (Codec) Decode(b []byte) (triage.Commit, error) { return DecodeCommit(b) }

// EncodeCommit returns the bytes that the log holds for a commit, without its
// Seq. It refuses with ErrInvalid what could not be read back: an unknown
// event or enum value, text that is not UTF-8, a number beyond 32 bits where
// the contract has no more, a time outside the years 1 to 9999.
func EncodeCommit(c triage.Commit) ([]byte, error) { return write(&c, (*encoder).commit) }

// DecodeCommit reads a commit from the log's bytes; Seq is left to the caller.
// It accepts only what EncodeCommit would write.
func DecodeCommit(b []byte) (triage.Commit, error) {
	c, err := read(b, &pb.Commit{}, (*decoder).commit, (*encoder).commit)
	if err != nil {
		return triage.Commit{}, err
	}
	return *c, nil
}

// EncodeItem returns an item's bytes. It refuses what EncodeCommit refuses.
func EncodeItem(i *triage.Item) ([]byte, error) { return write(i, (*encoder).item) }

// DecodeItem reads an item from EncodeItem's bytes and accepts no others.
func DecodeItem(b []byte) (*triage.Item, error) {
	return read(b, &pb.Item{}, (*decoder).item, (*encoder).item)
}

// EncodeLedger returns a ledger's bytes. It refuses what EncodeCommit refuses.
func EncodeLedger(l triage.Ledger) ([]byte, error) { return write(&l, (*encoder).ledger) }

// DecodeLedger reads a ledger from EncodeLedger's bytes and accepts no others.
// Its maps are never nil.
func DecodeLedger(b []byte) (triage.Ledger, error) {
	l, err := read(b, &pb.Ledger{}, (*decoder).ledger, (*encoder).ledger)
	if err != nil {
		return triage.Ledger{}, err
	}
	return *l, nil
}

func write[N any, M proto.Message](n *N, to func(*encoder, *N) M) ([]byte, error) {
	var e encoder
	m := to(&e, n)
	if e.err != nil {
		return nil, invalid(e.err)
	}
	b, err := proto.MarshalOptions{Deterministic: true}.Marshal(m)
	if err != nil {
		return nil, invalid(cmp.Or(search(m.ProtoReflect(), notText), err))
	}
	return b, nil
}

// read decodes and then writes the noun again: a difference shows anything
// that decoding has passed over, whatever it is. Only then is it worth the
// time to look for its name.
func read[N any, M proto.Message](b []byte, m M, from func(*decoder, M) *N, to func(*encoder, *N) M) (*N, error) {
	if err := proto.Unmarshal(b, m); err != nil {
		return nil, err
	}
	var d decoder
	n := from(&d, m)
	if d.err == nil {
		again, err := write(n, to)
		if bytes.Equal(again, b) && err == nil {
			return n, nil
		}
		d.err = cmp.Or(err, errStray)
	}
	if err := search(m.ProtoReflect(), unknown); err != nil {
		return nil, err
	}
	return nil, fmt.Errorf("%s: %w", m.ProtoReflect().Descriptor().FullName(), d.err)
}

// errStray is for bytes that mean what we write but are not it: a field twice
// or out of order, a zero spelled out, a part of the API's answers.
var errStray = errors.New("not as this program writes it")

// unknown names the first field that the contract of this program lacks.
func unknown(m protoreflect.Message) error {
	if u := m.GetUnknown(); len(u) > 0 {
		field, _, _ := protowire.ConsumeTag(u)
		return fmt.Errorf("%s: unknown field %d", m.Descriptor().FullName(), field)
	}
	return nil
}

// notText names the first field whose text is not UTF-8, never the text.
func notText(m protoreflect.Message) (err error) {
	m.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch {
		case f.Kind() != protoreflect.StringKind:
		case f.IsList():
			for n := range v.List().Len() {
				if !utf8.ValidString(v.List().Get(n).String()) {
					err = fmt.Errorf("%s: not UTF-8", f.FullName())
				}
			}
		case !utf8.ValidString(v.String()):
			err = fmt.Errorf("%s: not UTF-8", f.FullName())
		}
		return err == nil
	})
	return err
}

// search returns what visit says of the first message that it says something
// of, among m and all that it holds.
func search(m protoreflect.Message, visit func(protoreflect.Message) error) error {
	err := visit(m)
	m.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch {
		case err != nil || f.Message() == nil:
		case f.IsList():
			for n := 0; n < v.List().Len() && err == nil; n++ {
				err = search(v.List().Get(n).Message(), visit)
			}
		default:
			err = search(v.Message(), visit)
		}
		return err == nil
	})
	return err
}
