package wire_test

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	pb "github.com/ppn-triage/ppn-triage/api/triagev1"
	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/wire"
)

type foreign struct{}

func (foreign) Target() triage.ItemID { return "" }

func withFact(f triage.Fact) triage.Event {
	return triage.ItemOpened{Entry: triage.Entry{Reading: triage.Reading{Facts: []triage.Fact{{}, f}}}}
}

func TestEncodeRefuses(t *testing.T) {
	for _, tt := range []struct {
		name  string
		event triage.Event
		want  string
	}{
		{"no event", nil, "unknown event <nil>"},
		{"foreign event", foreign{}, "unknown event wire_test.foreign"},
		{"pointer to an event", &triage.Opened{}, "unknown event *triage.Opened"},
		{"band", triage.BandOverridden{Band: 5}, "unknown triage.Band 5"},
		{"letter kind", triage.NoticeRead{Kind: 200}, "unknown triage.LetterKind 200"},
		{"polarity in the depth", withFact(triage.Fact{Polarity: 9}), "unknown triage.Polarity 9"},
		{"child below none", withFact(triage.Fact{Child: -2}), "Fact.Child: -2 is less than none"},
		{"large", triage.FactCorrected{Fact: math.MaxInt32 + 1}, "FactCorrected.Fact: 2147483648 needs more than 32 bits"},
		{"small", triage.ItemLinked{Link: triage.Link{Weight: math.MinInt32 - 1}}, "Link.Weight: -2147483649 needs more than 32 bits"},
		{"year 10000", triage.Claimed{Until: time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)}, "time outside the years 1 to 9999"},
		{"year 0", triage.Claimed{Until: time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC)}, "time outside the years 1 to 9999"},
		{"not UTF-8", withFact(triage.Fact{Quote: "Canary\xff"}), "triage.v1.Fact.quote: not UTF-8"},
		{"not UTF-8 in a list", withFact(triage.Fact{Signs: []string{"", "Canary\xff"}}), "triage.v1.Fact.signs: not UTF-8"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b, err := wire.EncodeCommit(triage.Commit{Events: []triage.Event{tt.event}})
			if b != nil || !errors.Is(err, triage.ErrInvalid) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("EncodeCommit = %d bytes, %v, want no bytes, ErrInvalid and %q", len(b), err, tt.want)
			}
			if strings.Contains(err.Error(), "Canary") {
				t.Errorf("EncodeCommit = %v, which quotes the notice", err)
			}
		})
	}
	if _, err := wire.EncodeItem(&triage.Item{Proposed: &triage.Score{Floor: 7}}); !errors.Is(err, triage.ErrInvalid) {
		t.Errorf("EncodeItem = %v, want ErrInvalid", err)
	}
	if _, err := wire.EncodeLedger(triage.Ledger{States: map[triage.State]uint64{9: 1}}); !errors.Is(err, triage.ErrInvalid) {
		t.Errorf("EncodeLedger = %v, want ErrInvalid", err)
	}
}

// stray gives a message a field of a later contract.
func stray[M proto.Message](m M) M {
	m.ProtoReflect().SetUnknown(protowire.AppendVarint(protowire.AppendTag(nil, 999, protowire.VarintType), 1))
	return m
}

func opening(n *pb.Entry) *pb.Event {
	return &pb.Event{Event: &pb.Event_ItemOpened{ItemOpened: &pb.ItemOpened{Entry: n}}}
}

func TestDecodeRefuses(t *testing.T) {
	for _, tt := range []struct {
		name string
		bad  *pb.Event
		want string
	}{
		{"event of a later contract", stray(&pb.Event{}), "triage.v1.Event: unknown field 999"},
		{"no event", &pb.Event{}, "unknown event <nil>"},
		{
			"field in the depth", opening(&pb.Entry{Reading: &pb.Reading{People: []*pb.Person{{}, stray(&pb.Person{})}}}),
			"triage.v1.Person: unknown field 999",
		},
		{
			"field beside an unknown enum", opening(stray(&pb.Entry{Relation: 77})),
			"triage.v1.Entry: unknown field 999",
		},
		{
			"enum value", opening(&pb.Entry{Relation: 77}),
			"triage.v1.Commit: unknown triagev1.Relation 77",
		},
		{
			"time out of range", opening(&pb.Entry{Received: &timestamppb.Timestamp{Nanos: -1}}),
			"time outside the years 1 to 9999",
		},
		{
			"zero time spelled out", opening(&pb.Entry{Received: timestamppb.New(time.Time{}), Reading: &pb.Reading{}}),
			"not as this program writes it",
		},
		{
			"child below 0", opening(&pb.Entry{Reading: &pb.Reading{Facts: []*pb.Fact{{Child: proto.Int32(-1)}}}}),
			"Fact.Child: -1 is less than 0",
		},
		{"entry without a reading", opening(&pb.Entry{}), "not as this program writes it"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b, err := proto.Marshal(&pb.Commit{Actor: &pb.Actor{}, Events: []*pb.Event{tt.bad}})
			if err != nil {
				t.Fatal(err)
			}
			c, err := wire.DecodeCommit(b)
			if err == nil || !strings.Contains(err.Error(), tt.want) || c.Events != nil {
				t.Errorf("DecodeCommit = %v, %v, want no events and %q", c.Events, err, tt.want)
			}
		})
	}
}

func TestDecodeRefusesOtherBytes(t *testing.T) {
	good, err := wire.EncodeCommit(triage.Commit{ID: "a", RequestID: "b", Through: 3})
	if err != nil {
		t.Fatal(err)
	}
	id, request := []byte{0x0a, 1, 'a'}, []byte{0x12, 1, 'b'}
	if !slices.Equal(good[:6], slices.Concat(id, request)) {
		t.Fatalf("EncodeCommit begins %x", good)
	}
	for name, b := range map[string][]byte{
		"empty":         {},
		"cut":           good[:len(good)-1],
		"half":          good[:3],
		"garbage after": append(slices.Clone(good), 0xff),
		"field twice":   append(slices.Clone(good), id...),
		"out of order":  slices.Concat(request, id, good[6:]),
		"long varint":   append(slices.Clone(good[:len(good)-1]), 0x83, 0),
		"not UTF-8":     slices.Concat([]byte{0x0a, 1, 0xff}, good[3:]),
	} {
		if c, err := wire.DecodeCommit(b); err == nil {
			t.Errorf("%s: DecodeCommit(%x) = %+v, want an error", name, b, c)
		}
	}
	if _, err := wire.DecodeCommit(good); err != nil {
		t.Errorf("DecodeCommit = %v", err)
	}
}

func TestDecodeRefusesAnswersOfTheAPI(t *testing.T) {
	m := wire.ItemProto(&triage.Item{ID: "i"})
	m.Summary = &pb.ItemSummary{Tier: 1}
	b, err := proto.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := wire.DecodeItem(b); err == nil || !strings.Contains(err.Error(), "not as this program writes it") {
		t.Errorf("DecodeItem of an answer with a summary = %v, want an error", err)
	}
	b = nil
	for range 2 {
		b = protowire.AppendBytes(protowire.AppendTag(b, 4, protowire.BytesType), []byte{0x08, 1, 0x10, 5})
	}
	if l, err := wire.DecodeLedger(b); err == nil {
		t.Errorf("DecodeLedger with one kind twice = %+v, want an error", l)
	}
}

func TestDecodedTimesAreUTC(t *testing.T) {
	zone := time.FixedZone("BST", 3600)
	c := commitTrip(t, triage.Commit{At: time.Date(2026, 7, 1, 9, 30, 0, 123456789, zone)})
	want := time.Date(2026, 7, 1, 8, 30, 0, 123456789, time.UTC)
	if c.At != want { // the location too
		t.Errorf("At = %#v, want %#v", c.At, want)
	}
}
