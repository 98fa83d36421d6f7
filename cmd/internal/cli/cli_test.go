package cli

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/timestamppb"

	pb "github.com/ppn-triage/ppn-triage/api/triagev1"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// now is a Saturday afternoon in winter: London's clock is UTC's.
var now = time.Date(2026, 11, 21, 14, 40, 0, 0, time.UTC)

func after(d time.Duration) *timestamppb.Timestamp { return timestamppb.New(now.Add(d)) }

// burn is a claimed item with everything in it: two children, an update, a
// resend, links, an override, an interim action, a decision.
func burn() *pb.Item {
	facts := []*pb.Fact{
		{Slug: "infant_injury", Quote: "a burn to the left hand", Polarity: pb.Polarity_POLARITY_POSSIBLE, Cue: "alleged", Time: pb.FactTime_FACT_TIME_CURRENT, Holder: pb.Holder_HOLDER_CHILD},
		{Slug: "domestic_abuse", Quote: "no violence disclosed", Polarity: pb.Polarity_POLARITY_ABSENT, Time: pb.FactTime_FACT_TIME_CURRENT, Holder: pb.Holder_HOLDER_HOME},
	}
	return &pb.Item{
		Id: "3f2a9c1e-0000-5000-8000-000000000001", FrontDoor: "bradford", Version: 17, Received: after(-3 * time.Hour), Due: after(time.Hour),
		Entries: []*pb.Entry{
			{NoticeId: "n1", Received: after(-3 * time.Hour), Relation: pb.Relation_RELATION_NEW, Readable: true, Reading: &pb.Reading{
				Facts: facts, Force: "13", Officer: "PC 12 Ash", PoliceGrade: "standard", Quality: []string{"no_dob", "no_consent"},
				People: []*pb.Person{
					{Role: pb.PersonRole_PERSON_ROLE_CARER, Name: "Mia Sample", Relation: "mother", Dob: "1999-02-03", Phone: "07700 900123"},
					{Role: pb.PersonRole_PERSON_ROLE_CARER, Alleged: true, Name: "Ned Sample", Relation: "father"},
				},
			}},
			{NoticeId: "n2", Received: after(-2 * time.Hour), Relation: pb.Relation_RELATION_UPDATE, Readable: true, Why: []string{"same reference 13260400001", "same date"}, Reading: &pb.Reading{
				Facts: []*pb.Fact{facts[0], {Slug: "strangulation", Quote: "hands round her neck", Polarity: pb.Polarity_POLARITY_PRESENT}}, Force: "13", AllegedNow: "in custody", ChildWith: "maternal grandmother",
				References: []*pb.Reference{{Raw: "13260400001", Own: true}}, Quality: []string{"no_dob"},
			}},
			{NoticeId: "n3", Received: after(-time.Hour), Relation: pb.Relation_RELATION_RESEND, Problems: []*pb.Problem{{Code: "encrypted_attachment", Detail: "attachment 1 is encrypted", Severe: true}}, Reading: &pb.Reading{}},
		},
		Children: []*pb.Child{
			{Id: "c1", Person: &pb.Person{Name: "Tom Sample", Dob: "2026-09-30", Address: &pb.Address{Line: "3 Mill Lane", Postcode: "BD8 9TZ"}, School: "none", Disabled: true}, Mentions: []*pb.Mention{{}}, Dobs: []string{"2026-09-30", "2026-09-03"}},
			{Id: "c2", Person: &pb.Person{Unborn: true, Edd: "2027-03-01"}, Mentions: []*pb.Mention{{Entry: 1}}, Status: "child_protection"},
		},
		Score: &pb.Score{
			Band: pb.Band_BAND_RED, Points: 11450, Floor: pb.Band_BAND_RED, FloorBy: "infant_injury/injury", Flags: []string{"restricted"},
			Hits: []*pb.Hit{
				{Rule: "infant_injury", Case: "injury", Slug: "infant_injury", Title: "Any injury to a child under 1", Points: 9000, Floor: pb.Band_BAND_RED},
				{Rule: "domestic_abuse", Slug: "domestic_abuse", Title: "Incident between adults", Fact: 1},
			},
			Parts: []*pb.Part{{Name: "vulnerability", Why: "under 1", Points: 2000}, {Name: "quality", Why: "1 essential is missing", Points: 500}},
		},
		Override: &pb.Override{Band: pb.Band_BAND_AMBER, By: "jo", At: after(-30 * time.Minute), Reason: "seen by the paediatrician"},
		Proposed: &pb.Score{Band: pb.Band_BAND_GREEN},
		Links: []*pb.Link{
			{ToItemId: "e1", Kind: pb.LinkKind_LINK_KIND_CHILD, ChildId: "c1", Confirmed: true, Why: []string{"same name and date of birth"}},
			{ToItemId: "e2", Kind: pb.LinkKind_LINK_KIND_POSSIBLE, ChildId: "c2"}, {ToItemId: "e3", Kind: pb.LinkKind_LINK_KIND_ALLEGED}, {ToItemId: "e4", Rejected: true, Kind: pb.LinkKind_LINK_KIND_HOUSEHOLD},
		},
		History:   &pb.History{ClosedAt: "2026-10-01", Incidents: []*pb.PastIncident{{ItemId: "e1", Date: "2026-09-30", Band: pb.Band_BAND_GREEN, Slugs: []string{"school_absence"}, Counted: true}}},
		Open:      []string{"c2"},
		Claim:     &pb.Claim{By: "jo", Token: 17, At: after(-20 * time.Minute), Until: after(5 * time.Minute)},
		Looks:     []*pb.Look{{NoticeId: "n1", By: "jo", At: after(-19 * time.Minute)}},
		Interims:  []*pb.Interim{{Words: "visited, baby at hospital", SafeWith: "the ward", By: "edt", At: after(-10 * time.Minute)}},
		Bell:      &pb.Bell{NoticeId: "n1", Step: 1, To: "second-on-call", At: after(-14 * time.Minute), Outcome: "sent", Calls: 2, AnsweredBy: "edt", AnsweredAt: after(-13 * time.Minute)},
		Questions: []*pb.Question{{Force: "13", Words: "Was the father bailed?", By: "jo", At: after(-15 * time.Minute)}},
		Decisions: []*pb.Decision{{
			ChildId: "c1", Outcome: "strategy_discussion", Threshold: "4", Rationale: "a burn on a baby", ParentSpoken: "yes", Consent: "dispensed", ConsentWhy: "risk of harm",
			SeenBy: "PC Ash", Checks: []string{"health", "school"}, StrategyAt: after(time.Hour), CaseId: "L1", ReferrerToldAt: after(0), By: "jo", At: after(-time.Minute),
		}},
		Summary: &pb.ItemSummary{
			Band: pb.Band_BAND_AMBER, State: pb.ItemState_ITEM_STATE_CLAIMED, Received: after(-3 * time.Hour), Due: after(72 * time.Minute), BreachRisk: true,
			Children:  []*pb.ChildSummary{{ChildId: "c1", Name: "Tom Sample", Age: "7 weeks", Band: pb.Band_BAND_RED}, {ChildId: "c2", Age: "unborn", Band: pb.Band_BAND_AMBER, Open: true, Status: "child_protection"}},
			WorstFact: "Any injury to a child under 1: “a burn to the left hand”", AllegedNow: "in custody", ChildWith: "maternal grandmother", HeldBy: "jo", HeldUntil: after(5 * time.Minute),
			Flags: []string{"restricted"}, Points: 11450, Force: "13", IncidentDate: "2026-11-21", References: []string{"13260400001"}, Notices: 3, RepeatOf: []string{"e1"},
			FirstOpened: after(-19 * time.Minute), Interim: "visited, baby at hospital", Overridden: true, ProposedBand: pb.Band_BAND_GREEN,
		},
	}
}

// other items: one that nobody could read, one masked, one late, one decided.
func others() []*pb.Item {
	return []*pb.Item{
		{Id: "unread", Summary: &pb.ItemSummary{Band: pb.Band_BAND_AMBER, Due: after(20 * time.Hour), Flags: []string{"manual_read"}, Notices: 1}},
		{Id: "masked", Summary: &pb.ItemSummary{Band: pb.Band_BAND_RED, Due: after(3 * time.Hour), Masked: true, Flags: []string{"restricted"}, Children: []*pb.ChildSummary{{Age: "9 years"}, {Age: "not known"}}}},
		{Id: "late", Summary: &pb.ItemSummary{Band: pb.Band_BAND_BLUE, Due: after(-100 * time.Hour), Overdue: true, Children: []*pb.ChildSummary{{Name: "Ann Other", Age: "15 years"}}}},
		{Id: "done", Summary: &pb.ItemSummary{Band: pb.Band_BAND_GREEN, State: pb.ItemState_ITEM_STATE_DECIDED}},
	}
}

func notice() *pb.GetNoticeResponse {
	text := "PPN 13260400001\nBaby has a burn to the left hand.\nNo violence disclosed.\nPC Ash\nearlier mail\nin the PDF"
	at := func(words string) (int32, int32) {
		n := int32(strings.Index(text, words))
		return n, n + int32(len(words))
	}
	mark := func(words, slug string, p pb.Polarity, pts int32) *pb.Highlight {
		s, e := at(words)
		return &pb.Highlight{Start: s, End: e, Slug: slug, Title: slug, Polarity: p, Points: pts}
	}
	section := func(k pb.SectionKind, source, words string) *pb.Section {
		s, e := at(words)
		return &pb.Section{Kind: k, Source: source, Start: s, End: e}
	}
	return &pb.GetNoticeResponse{
		NoticeId: "n1", Received: after(0), FirstLook: true,
		Letter: &pb.Letter{
			From: "ppn@wyp.police.example", FromName: "PC Ash", Date: after(-time.Minute), Text: text,
			Sections: []*pb.Section{
				section(pb.SectionKind_SECTION_KIND_SUBJECT, "subject", "PPN"), section(pb.SectionKind_SECTION_KIND_BODY, "body", "Baby"),
				section(pb.SectionKind_SECTION_KIND_SIGNATURE, "body", "PC Ash"), section(pb.SectionKind_SECTION_KIND_QUOTED, "body", "earlier"),
				section(pb.SectionKind_SECTION_KIND_BODY, "attachment 1", "in the PDF"),
			},
			Attachments: []*pb.Attachment{{Name: "form.pdf", Type: "application/pdf", Size: 12, Read: true}, {Name: "scan.tif", Type: "image/tiff", Size: 9}},
			Problems:    []*pb.Problem{{Detail: "attachment 2 is a picture", Severe: true}, {Detail: "the charset is not known"}},
		},
		Highlights: []*pb.Highlight{
			mark("a burn to the left hand", "infant_injury", pb.Polarity_POLARITY_PRESENT, 9000),
			mark("a burn to the left hand", "infant_injury", pb.Polarity_POLARITY_PRESENT, 9000),
			mark("left hand", "unexplained_injury", pb.Polarity_POLARITY_POSSIBLE, 0),
			mark("No violence", "domestic_abuse", pb.Polarity_POLARITY_ABSENT, 0),
		},
	}
}

func stats() *pb.GetQueueStatsResponse {
	return &pb.GetQueueStatsResponse{
		Bands:  []*pb.BandStats{{Band: pb.Band_BAND_RED, Waiting: 2, Claimed: 1, Overdue: 1, Unopened: 2, OldestUnopened: after(-5 * time.Hour)}, {Band: pb.Band_BAND_BLUE}},
		States: []*pb.StateCount{{State: pb.ItemState_ITEM_STATE_WAITING, Count: 2}}, Kinds: []*pb.KindCount{{Kind: pb.LetterKind_LETTER_KIND_NOTICE, Count: 4}},
		Holders: []*pb.HolderCount{{HeldBy: "jo", Count: 1}}, Notices: 4, Parts: 4, Opened: 3, Joined: 1, AppliedPosition: 9, LogPosition: 9, UnreadNotices: 2,
		Degraded: true, DegradedReason: "the archive is behind",
	}
}

func explanation() *pb.ExplainItemResponse {
	return &pb.ExplainItemResponse{
		Band: pb.Band_BAND_RED, Because: "Any injury to a child under 1 is RED.", Ruleset: "abc", Comparison: "It is due 20 minutes earlier.",
		Hits:  []*pb.HitReason{{Hit: &pb.Hit{Title: "Any injury", Points: 9000, Floor: pb.Band_BAND_RED}, Fact: &pb.Fact{Quote: "a burn"}, NoticeId: "n1"}, {Hit: &pb.Hit{Title: "Incident"}, WhyNot: "said not to be so"}},
		Parts: []*pb.Part{{Name: "vulnerability", Why: "under 1", Points: 2005}},
		Order: &pb.OrderKey{Unsafe: true, Due: after(0), Points: 11450, Received: after(-time.Hour)}, OtherOrder: &pb.OrderKey{Tier: 2, Due: after(time.Hour), Received: after(0)},
	}
}

func event() *pb.ListEventsResponse {
	return &pb.ListEventsResponse{Sequence: 12, Commit: &pb.Commit{At: after(0), Actor: &pb.Actor{Name: "jo"}, Events: []*pb.Event{
		{Event: &pb.Event_Released{Released: &pb.Released{ItemId: "i", Token: 7, Reason: "the duty manager takes it"}}},
		{Event: &pb.Event_BandOverridden{BandOverridden: &pb.BandOverridden{ItemId: "i", Band: pb.Band_BAND_RED, Due: after(0), Reason: "worse than it reads"}}},
		{Event: &pb.Event_Overdue{Overdue: &pb.Overdue{ItemId: "another"}}},
		{Event: &pb.Event_Archived{Archived: &pb.Archived{}}},
	}}}
}

func TestPages(t *testing.T) {
	for name, show := range map[string]func(Screen){
		"list":    func(s Screen) { s.Freshness("bradford", stats()); s.Queue(append([]*pb.Item{burn()}, others()...)) },
		"narrow":  func(s Screen) { s.Width = 60; s.Queue(append([]*pb.Item{burn()}, others()...)) },
		"points":  func(s Screen) { s.Points = true; s.Queue([]*pb.Item{burn()}); s.Item(burn()) },
		"colour":  func(s Screen) { s.Palette.On = true; s.Queue([]*pb.Item{burn()}) },
		"show":    func(s Screen) { s.Item(burn()) },
		"bare":    func(s Screen) { s.Item(&pb.Item{Open: []string{""}}) },
		"read":    func(s Screen) { s.Notice(notice()) },
		"stats":   func(s Screen) { s.Stats(stats()) },
		"why":     func(s Screen) { s.Explanation(explanation()) },
		"log":     func(s Screen) { s.Event(event(), "i") },
		"changed": func(s Screen) { s.Change("NEW", others()[2]) },
	} {
		var out bytes.Buffer
		show(Screen{W: &out, Now: now})
		path := filepath.Join("testdata", name+".golden")
		if *update {
			if err := os.WriteFile(path, out.Bytes(), 0o600); err != nil {
				t.Fatal(err)
			}
			continue
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(string(want), out.String()); d != "" {
			t.Errorf("%s: -want +got\n%s", name, d)
		}
	}
}

// hostile holds what a terminal or a reader's eye would act on.
const hostile = "a\x1b]0;x\x07\x1b[2J\r\n\tb\u009bc\u202ed\u2066e\u200ff\u2028g\x7fh"

// soil puts hostile words into every string of a message.
func soil(m protoreflect.Message) {
	fields := m.Descriptor().Fields()
	for n := range fields.Len() {
		f := fields.Get(n)
		switch {
		case !m.Has(f):
		case f.IsList() && f.Kind() == protoreflect.MessageKind:
			for k := range m.Get(f).List().Len() {
				soil(m.Get(f).List().Get(k).Message())
			}
		case f.IsList() && f.Kind() == protoreflect.StringKind:
			m.Mutable(f).List().Set(0, protoreflect.ValueOfString(hostile))
		case f.IsList():
		case f.Kind() == protoreflect.MessageKind:
			soil(m.Get(f).Message())
		case f.Kind() == protoreflect.StringKind:
			m.Set(f, protoreflect.ValueOfString(hostile))
		}
	}
}

func soiled[M proto.Message](m M) M {
	soil(m.ProtoReflect())
	return m
}

// No word of a mail, whatever it holds, reaches the terminal as anything but
// printable text.
func TestNothingSteersTheTerminal(t *testing.T) {
	var out bytes.Buffer
	s := Screen{W: &out, Now: now, Points: true, Width: 100}
	i := soiled(burn())
	s.Freshness(hostile, soiled(stats()))
	s.Queue(append([]*pb.Item{i}, soiled(others()[0])))
	s.Item(i)
	s.Notice(soiled(notice()))
	s.Stats(soiled(stats()))
	s.Explanation(soiled(explanation()))
	s.Event(soiled(event()), "")
	s.Say("%s %v", hostile, status.Error(codes.Internal, hostile))
	s.Warn("%s", hostile)
	s.Say("%s", Left(soiled(&pb.ItemLeft{ItemId: "x", JoinedInto: "y", State: pb.ItemState_ITEM_STATE_JOINED})))
	line, _ := Trouble(status.Error(codes.Internal, hostile))
	s.Say("%s", line)
	for _, m := range []proto.Message{i, soiled(notice())} {
		before := out.Len()
		if err := JSON(&out, m); err != nil {
			t.Fatal(err)
		}
		if !json.Valid(out.Bytes()[before:]) || bytes.Count(out.Bytes()[before:], []byte("\n")) != 1 {
			t.Errorf("not one line of JSON: %s", out.Bytes()[before:])
		}
	}
	if n := strings.Count(out.String(), "]0;x"); n < 100 {
		t.Fatalf("the hostile words were printed %d times: the test shows little", n)
	}
	for n, line := range strings.Split(out.String(), "\n") {
		for _, r := range line {
			if unsafe(r) && r != '\t' {
				t.Fatalf("line %d holds %U: %q", n+1, r, line)
			}
		}
	}
}

func TestFreshness(t *testing.T) {
	for _, tt := range []struct {
		f        *pb.Heartbeat
		filtered bool
		want     string
	}{
		{&pb.Heartbeat{AppliedPosition: 5, LogPosition: 5}, false, "The queue is empty."},
		{&pb.Heartbeat{AppliedPosition: 5, LogPosition: 5}, true, "No item of the queue matches."},
		{&pb.Heartbeat{AppliedPosition: 4, LogPosition: 5}, false, "Nothing to show yet; this is not the whole queue."},
		{&pb.Heartbeat{AppliedPosition: 5, LogPosition: 5, UnreadNotices: 1}, true, "Nothing to show yet; this is not the whole queue."},
		{&pb.Heartbeat{AppliedPosition: 5, LogPosition: 5, Degraded: true}, false, "Nothing to show yet; this is not the whole queue."},
	} {
		var out bytes.Buffer
		Screen{W: &out, Now: now}.Empty(tt.f, tt.filtered)
		if got := strings.TrimSpace(out.String()); got != tt.want {
			t.Errorf("Empty(%v, %t) says %q, want %q", tt.f, tt.filtered, got, tt.want)
		}
	}
}

func TestTrouble(t *testing.T) {
	refused := func(code codes.Code, reason string) error {
		s, err := status.New(code, "text").WithDetails(&errdetails.ErrorInfo{Reason: reason, Domain: "triage"})
		if err != nil {
			t.Fatal(err)
		}
		return s.Err()
	}
	for _, tt := range []struct {
		err  error
		want string
		exit int
	}{
		{refused(codes.FailedPrecondition, "UNOPENED"), "text [UNOPENED]; read it with: triageq read ITEM; then try again", 1},
		{refused(codes.Unavailable, "BEHIND"), "text [BEHIND]; the queue is not shown in part; try again in a moment", 3},
		{refused(codes.InvalidArgument, "INVALID"), "text [INVALID]", 1},
		{refused(codes.Internal, "SOMETHING_NEW"), "text", 1},
		{status.Error(codes.Unavailable, "refused"), "refused; is triaged running there? The address is set with --addr", 3},
		{status.Error(codes.DeadlineExceeded, "late"), "late; a command may have been done all the same: look before you repeat it", 3},
		{status.Error(codes.Unimplemented, "x"), "this server cannot do that; it may be older than this program", 1},
		{os.ErrNotExist, "file does not exist", 1},
	} {
		if got, exit := Trouble(tt.err); got != tt.want || exit != tt.exit {
			t.Errorf("Trouble(%v) = %q, %d, want %q, %d", tt.err, got, exit, tt.want, tt.exit)
		}
	}
	for number, name := range pb.ErrorReason_name {
		switch reason := pb.ErrorReason(number); reason {
		case pb.ErrorReason_ERROR_REASON_UNSPECIFIED, pb.ErrorReason_ERROR_REASON_INVALID, pb.ErrorReason_ERROR_REASON_REQUEST_ID,
			pb.ErrorReason_ERROR_REASON_TOO_LARGE, pb.ErrorReason_ERROR_REASON_SLOW_READER:
		default:
			if advice[reason] == "" {
				t.Errorf("%s comes without advice", name)
			}
		}
	}
}

func TestPoints(t *testing.T) {
	for n, want := range map[int32]string{0: "0", 100: "1", 1000: "10", 12000: "120", 7505: "75.05", 7550: "75.5", -50: "-0.5"} {
		if got := points(n); got != want {
			t.Errorf("points(%d) = %s, want %s", n, got, want)
		}
	}
}
