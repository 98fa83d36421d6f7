package wire_test

import (
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/types/known/timestamppb"

	pb "github.com/ppn-triage/ppn-triage/api/triagev1"
	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/wire"
)

// number is what the nouns' enums and the contract's must share.
type number struct {
	noun    uint8
	message int32
}

func n[N ~uint8, M ~int32](noun N, message M) number { return number{uint8(noun), int32(message)} }

func TestEnumsHaveTheSameNumbers(t *testing.T) {
	for _, e := range [][]number{
		{
			n(triage.BandUnknown, pb.Band_BAND_UNSPECIFIED), n(triage.Blue, pb.Band_BAND_BLUE),
			n(triage.Green, pb.Band_BAND_GREEN), n(triage.Amber, pb.Band_BAND_AMBER), n(triage.Red, pb.Band_BAND_RED),
		},
		{
			n(triage.StateUnknown, pb.ItemState_ITEM_STATE_UNSPECIFIED), n(triage.Waiting, pb.ItemState_ITEM_STATE_WAITING),
			n(triage.ClaimedState, pb.ItemState_ITEM_STATE_CLAIMED), n(triage.DecidedState, pb.ItemState_ITEM_STATE_DECIDED),
			n(triage.JoinedState, pb.ItemState_ITEM_STATE_JOINED), n(triage.StruckState, pb.ItemState_ITEM_STATE_STRUCK),
		},
		{
			n(triage.RelationUnknown, pb.Relation_RELATION_UNSPECIFIED), n(triage.RelationNew, pb.Relation_RELATION_NEW),
			n(triage.RelationResend, pb.Relation_RELATION_RESEND), n(triage.RelationUpdate, pb.Relation_RELATION_UPDATE),
			n(triage.RelationSameIncident, pb.Relation_RELATION_SAME_INCIDENT), n(triage.RelationRepeat, pb.Relation_RELATION_REPEAT),
		},
		{
			n(triage.LinkUnknown, pb.LinkKind_LINK_KIND_UNSPECIFIED), n(triage.LinkChild, pb.LinkKind_LINK_KIND_CHILD),
			n(triage.LinkHousehold, pb.LinkKind_LINK_KIND_HOUSEHOLD), n(triage.LinkPossible, pb.LinkKind_LINK_KIND_POSSIBLE),
			n(triage.LinkAlleged, pb.LinkKind_LINK_KIND_ALLEGED),
		},
		{
			n(triage.LetterUnknown, pb.LetterKind_LETTER_KIND_UNSPECIFIED), n(triage.LetterNotice, pb.LetterKind_LETTER_KIND_NOTICE),
			n(triage.LetterBounce, pb.LetterKind_LETTER_KIND_BOUNCE), n(triage.LetterAutoReply, pb.LetterKind_LETTER_KIND_AUTO_REPLY),
			n(triage.LetterReceipt, pb.LetterKind_LETTER_KIND_RECEIPT), n(triage.LetterRecall, pb.LetterKind_LETTER_KIND_RECALL), n(triage.LetterCanary, pb.LetterKind_LETTER_KIND_CANARY),
		},
		{
			n(triage.SectionUnknown, pb.SectionKind_SECTION_KIND_UNSPECIFIED), n(triage.SectionSubject, pb.SectionKind_SECTION_KIND_SUBJECT),
			n(triage.SectionBody, pb.SectionKind_SECTION_KIND_BODY), n(triage.SectionTable, pb.SectionKind_SECTION_KIND_TABLE),
			n(triage.SectionForm, pb.SectionKind_SECTION_KIND_FORM), n(triage.SectionForwarded, pb.SectionKind_SECTION_KIND_FORWARDED),
			n(triage.SectionQuoted, pb.SectionKind_SECTION_KIND_QUOTED), n(triage.SectionSignature, pb.SectionKind_SECTION_KIND_SIGNATURE),
			n(triage.SectionDisclaimer, pb.SectionKind_SECTION_KIND_DISCLAIMER), n(triage.SectionHidden, pb.SectionKind_SECTION_KIND_HIDDEN),
		},
		{
			n(triage.RoleUnknown, pb.PersonRole_PERSON_ROLE_UNSPECIFIED), n(triage.RoleChild, pb.PersonRole_PERSON_ROLE_CHILD),
			n(triage.RoleCarer, pb.PersonRole_PERSON_ROLE_CARER), n(triage.RoleAlleged, pb.PersonRole_PERSON_ROLE_ALLEGED),
			n(triage.RoleOther, pb.PersonRole_PERSON_ROLE_OTHER),
		},
		{
			n(triage.PolarityUnknown, pb.Polarity_POLARITY_UNSPECIFIED), n(triage.Present, pb.Polarity_POLARITY_PRESENT),
			n(triage.Possible, pb.Polarity_POLARITY_POSSIBLE), n(triage.Absent, pb.Polarity_POLARITY_ABSENT),
			n(triage.Hypothetical, pb.Polarity_POLARITY_HYPOTHETICAL),
		},
		{
			n(triage.TimeUnknown, pb.FactTime_FACT_TIME_UNSPECIFIED), n(triage.Current, pb.FactTime_FACT_TIME_CURRENT),
			n(triage.Historic, pb.FactTime_FACT_TIME_HISTORIC),
		},
		{
			n(triage.HolderUnknown, pb.Holder_HOLDER_UNSPECIFIED), n(triage.HolderChild, pb.Holder_HOLDER_CHILD),
			n(triage.HolderCarer, pb.Holder_HOLDER_CARER), n(triage.HolderHome, pb.Holder_HOLDER_HOME),
			n(triage.HolderOther, pb.Holder_HOLDER_OTHER),
		},
	} {
		for i, v := range e {
			if int(v.noun) != i || int(v.message) != i {
				t.Errorf("enum value %d: noun %d, message %d", i, v.noun, v.message)
			}
		}
	}
}

func TestEnumsFromCallers(t *testing.T) {
	ok := func(got any, err error, want any) {
		t.Helper()
		if got != want || err != nil {
			t.Errorf("got %v, %v, want %v", got, err, want)
		}
	}
	band, err := wire.BandFromProto(wire.BandProto(triage.Red))
	ok(band, err, triage.Red)
	state, err := wire.StateFromProto(wire.StateProto(triage.DecidedState))
	ok(state, err, triage.DecidedState)
	kind, err := wire.LetterKindFromProto(wire.LetterKindProto(triage.LetterRecall))
	ok(kind, err, triage.LetterRecall)
	polarity, err := wire.PolarityFromProto(wire.PolarityProto(triage.Absent))
	ok(polarity, err, triage.Absent)
	tense, err := wire.FactTimeFromProto(wire.FactTimeProto(triage.Historic))
	ok(tense, err, triage.Historic)
	holder, err := wire.HolderFromProto(wire.HolderProto(triage.HolderHome))
	ok(holder, err, triage.HolderHome)

	refused := func(err error) {
		t.Helper()
		if !errors.Is(err, triage.ErrInvalid) || !strings.Contains(err.Error(), "unknown triagev1.") {
			t.Errorf("error %v, want ErrInvalid and the enum's name", err)
		}
	}
	_, err = wire.BandFromProto(5)
	refused(err)
	_, err = wire.StateFromProto(-1)
	refused(err)
	_, err = wire.LetterKindFromProto(7)
	refused(err)
	_, err = wire.PolarityFromProto(256 + 1)
	refused(err)
	_, err = wire.FactTimeFromProto(3)
	refused(err)
	_, err = wire.HolderFromProto(5)
	refused(err)
}

func TestTimesFromCallers(t *testing.T) {
	if got := wire.TimeProto(time.Time{}); got != nil {
		t.Errorf("TimeProto(zero) = %v, want nil", got)
	}
	at := time.Date(2026, 11, 21, 8, 0, 0, 5, time.UTC)
	if got, err := wire.TimeFromProto(wire.TimeProto(at)); !got.Equal(at) || err != nil {
		t.Errorf("TimeFromProto(TimeProto(%v)) = %v, %v", at, got, err)
	}
	if got, err := wire.TimeFromProto(nil); !got.IsZero() || err != nil {
		t.Errorf("TimeFromProto(nil) = %v, %v, want the zero time", got, err)
	}
	if _, err := wire.TimeFromProto(&timestamppb.Timestamp{Seconds: math.MaxInt64}); !errors.Is(err, triage.ErrInvalid) {
		t.Errorf("TimeFromProto(no time) = %v, want ErrInvalid", err)
	}
}

// TestNounsFromAServer: a client reads what a newer server sends, as long as
// it knows the values.
func TestNounsFromAServer(t *testing.T) {
	want := filled[triage.Item](&counting{list: 2})
	m := stray(wire.ItemProto(&want))
	m.Summary = &pb.ItemSummary{Tier: 1}
	got, err := wire.ItemFromProto(m)
	if d := cmp.Diff(&want, got, same); d != "" || err != nil {
		t.Errorf("ItemFromProto: %v\n%s", err, d)
	}
	m.Score.Band = 9
	if _, err := wire.ItemFromProto(m); !errors.Is(err, triage.ErrInvalid) {
		t.Errorf("ItemFromProto with band 9 = %v, want ErrInvalid", err)
	}

	c := everything(1)
	gotCommit, err := wire.CommitFromProto(wire.CommitProto(&c))
	if d := cmp.Diff(&c, gotCommit, same); d != "" || err != nil {
		t.Errorf("CommitFromProto: %v\n%s", err, d)
	}
	l := filled[triage.Ledger](&counting{list: 2})
	gotLedger, err := wire.LedgerFromProto(wire.LedgerProto(&l))
	if d := cmp.Diff(&l, gotLedger, same); d != "" || err != nil {
		t.Errorf("LedgerFromProto: %v\n%s", err, d)
	}
	d := filled[triage.Decision](&counting{list: 2})
	i := triage.Item{Decisions: []triage.Decision{d}}
	gotDecision, err := wire.DecisionFromProto(wire.ItemProto(&i).GetDecisions()[0])
	if diff := cmp.Diff(d, gotDecision, same); diff != "" || err != nil {
		t.Errorf("DecisionFromProto: %v\n%s", err, diff)
	}
}

// TestPartsAreTheItemsOwn: the single converters give what stands in the item.
func TestPartsAreTheItemsOwn(t *testing.T) {
	i := filled[triage.Item](&counting{list: 1})
	m := wire.ItemProto(&i)
	entry, reading := &i.Entries[0], &i.Entries[0].Reading
	for _, p := range []struct{ got, want interface{ String() string } }{
		{wire.EntryProto(entry), m.GetEntries()[0]},
		{wire.ReadingProto(reading), m.GetEntries()[0].GetReading()},
		{wire.FactProto(&reading.Facts[0]), m.GetEntries()[0].GetReading().GetFacts()[0]},
		{wire.ProblemsProto(entry.Problems)[0], m.GetEntries()[0].GetProblems()[0]},
		{wire.ChildProto(&i.Children[0]), m.GetChildren()[0]},
		{wire.LinkProto(&i.Links[0]), m.GetLinks()[0]},
		{wire.ScoreProto(&i.Score), m.GetScore()},
		{wire.HitProto(&i.Score.Hits[0]), m.GetScore().GetHits()[0]},
		{wire.PartProto(&i.Score.Parts[0]), m.GetScore().GetParts()[0]},
	} {
		if p.got.String() == "" || p.got.String() != p.want.String() {
			t.Errorf("%T = %v, want %v", p.got, p.got, p.want)
		}
	}
	r, err := wire.ReadingFromProto(wire.ReadingProto(reading))
	if d := cmp.Diff(*reading, r, same); d != "" || err != nil {
		t.Errorf("ReadingFromProto: %v\n%s", err, d)
	}
	s, err := wire.ScoreFromProto(wire.ScoreProto(&i.Score))
	if d := cmp.Diff(i.Score, s, same); d != "" || err != nil {
		t.Errorf("ScoreFromProto: %v\n%s", err, d)
	}
}

// TestConvertersNeverFail: what the log refuses, the API still shows.
func TestConvertersNeverFail(t *testing.T) {
	m := wire.HitProto(&triage.Hit{Points: math.MaxInt64, Weight: math.MinInt64, Floor: 9})
	if m.GetPoints() != math.MaxInt32 || m.GetWeight() != math.MinInt32 || m.GetFloor() != 9 {
		t.Errorf("HitProto = %v, want the nearest numbers and the floor as it is", m)
	}
}
