package queueapi

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/dynamicpb"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	pb "github.com/ppn-triage/ppn-triage/api/triagev1"
	"github.com/ppn-triage/ppn-triage/triage"
)

// methods visits every method of the contract.
func methods(t *testing.T, visit func(protoreflect.MethodDescriptor)) {
	t.Helper()
	n := 0
	protoregistry.GlobalFiles.RangeFilesByPackage("triage.v1", func(f protoreflect.FileDescriptor) bool {
		for s := range f.Services().Len() {
			for m := range f.Services().Get(s).Methods().Len() {
				visit(f.Services().Get(s).Methods().Get(m))
				n++
			}
		}
		return true
	})
	if n < 30 {
		t.Fatalf("found %d methods of the contract", n)
	}
}

// TestEveryFieldHasARule: a field that is new in the contract must be thought
// of here.
func TestEveryFieldHasARule(t *testing.T) {
	used, seen := map[string]bool{}, map[protoreflect.FullName]bool{}
	var walk func(m protoreflect.MessageDescriptor)
	walk = func(m protoreflect.MessageDescriptor) {
		if seen[m.FullName()] {
			return
		}
		seen[m.FullName()] = true
		for n := range m.Fields().Len() {
			f := m.Fields().Get(n)
			used[string(f.Name())], used[string(m.Name())+"."+string(f.Name())] = true, true
			if deep(f) {
				walk(f.Message())
			} else if ruleOf(f) == nil {
				t.Errorf("%s has no rule", f.FullName())
			}
		}
	}
	methods(t, func(m protoreflect.MethodDescriptor) { walk(m.Input()) })
	for name := range fieldRules {
		if !used[name] {
			t.Errorf("the rule for %s has no field", name)
		}
	}
}

// TestEmptyRequestsAreRefused where anything is required, with the field's
// name; and every request whose strings are too long, wherever they stand.
func TestEmptyRequestsAreRefused(t *testing.T) {
	optional := []string{
		"ListItemsRequest", "WatchItemsRequest", "GetQueueStatsRequest", "ListEventsRequest", "GetCheckpointRequest", "GetWorldAtRequest",
		"GetRulesetRequest", "StreamNoticesRequest", "GetReceiptRequest", "SubmitNoticeRequest", "ImportCaseListRequest",
	}
	methods(t, func(m protoreflect.MethodDescriptor) {
		err := check(dynamicpb.NewMessage(m.Input()))
		if may := slices.Contains(optional, string(m.Input().Name())); may != (err == nil) {
			t.Errorf("an empty %s = %v", m.Input().Name(), err)
		}
		long := dynamicpb.NewMessage(m.Input())
		for n := range m.Input().Fields().Len() {
			if f := m.Input().Fields().Get(n); f.Kind() == protoreflect.StringKind && !f.IsList() && f.ContainingOneof() == nil {
				long.Set(f, protoreflect.ValueOfString(strings.Repeat("x", 30_000)))
				if err := check(long); err == nil || !strings.Contains(err.Error(), ":") {
					t.Errorf("%s with 30,000 bytes in %s = %v", m.Input().Name(), f.Name(), err)
				}
				long.Clear(f)
			}
		}
	})
}

func TestCheckNamesEveryField(t *testing.T) {
	id := uuid.NewString()
	for _, tt := range []struct {
		in   proto.Message
		want []string
	}{
		{&pb.DecideItemRequest{RequestId: "1", ItemId: strings.ToUpper(id)}, []string{"request_id", "item_id", "token", "decisions"}},
		{
			&pb.DecideItemRequest{RequestId: id, ItemId: id, Token: 1, Decisions: []*pb.Decision{
				{ChildId: "c1", Outcome: "early_help", Rationale: "because"},
				{ChildId: "Leo", Outcome: " ", Rationale: "\t", Consent: "maybe", By: "me", StrategyAt: &timestamppb.Timestamp{Nanos: -1}, At: timestamppb.Now(), Checks: []string{""}},
			}},
			[]string{"decisions[1].child_id", "decisions[1].outcome", "decisions[1].rationale", "decisions[1].consent", "decisions[1].checks[0]", "decisions[1].strategy_at", "decisions[1].by", "decisions[1].at"},
		},
		{&pb.ListItemsRequest{FrontDoor: "a b", PageSize: -1, View: 9, Filter: &pb.ItemFilter{Bands: []pb.Band{pb.Band_BAND_RED, 0}, Tiers: []int32{5}, ReceivedFrom: &timestamppb.Timestamp{Seconds: 1 << 60}}},
			[]string{"front_door", "filter.bands[1]", "filter.tiers[0]", "filter.received_from", "page_size", "view"}},
		{&pb.ClaimItemRequest{RequestId: id, ItemId: id, Lease: &durationpb.Duration{Nanos: 1, Seconds: -1}}, []string{"lease"}},
		{&pb.CorrectFactRequest{RequestId: id, ItemId: id, NoticeId: id, Part: -1, Fact: -1, Reason: "a\x00"}, []string{"part", "fact", "polarity", "time", "holder", "reason"}},
		{&pb.SetChildStatusRequest{RequestId: id, ItemId: id, Status: "unknown", ClosedAt: "1 May", AsOf: "2026-13-01"}, []string{"child_id", "status", "closed_at", "as_of"}},
		{&pb.SubmitNoticeHeader{Force: "West Yorkshire", Sha256: "abc"}, []string{"force", "size", "sha256"}},
		{&pb.ActivateRulesetRequest{RequestId: id, Replaces: "ABC"}, []string{"archive", "replaces"}},
		{&pb.OverrideBandRequest{RequestId: id, ItemId: id, Token: 1, Band: 7, Reason: "because"}, []string{"band"}},
		{&pb.GetReceiptRequest{Mail: &pb.GetReceiptRequest_Sha256{Sha256: "xyz"}}, []string{"sha256"}},
	} {
		if got := fieldsOf(toStatus(t.Context(), check(tt.in))); !slices.Equal(got, tt.want) {
			t.Errorf("check(%s) names %q, want %q", tt.in.ProtoReflect().Descriptor().Name(), got, tt.want)
		}
	}
}

// badInput is what every RPC is tried with, beside what TestCheck tries.
type badInput struct {
	what   string
	call   func() error
	code   codes.Code
	reason string
}

// TestBadInput: every RPC's bad input gets its code and its reason.
func TestBadInput(t *testing.T) {
	h := newHouse(t)
	n := h.node()
	ctx := n.ctx(t)
	q, s := n.queue(), n.notice()
	item := h.open(0, "dash")
	other := h.open(1, "threat_to_kill")
	read, e := h.entry(reading(0), "offending")
	e.Relation = triage.RelationUpdate
	item = h.take(read, e, item.ID)
	token := n.claim(t, item.ID)
	id := func() string { return uuid.NewString() }
	none, notice := id(), string(item.Entries[0].Notice)
	mine := string(item.ID)
	used := id()
	if _, err := q.RecordInterim(ctx, &pb.RecordInterimRequest{RequestId: used, ItemId: mine, Words: "rang"}); err != nil {
		t.Fatal(err)
	}
	decision := []*pb.Decision{{ChildId: "c1", Outcome: "early_help", Rationale: "because"}}
	submit := func(parts ...*pb.SubmitNoticeRequest) error {
		in, err := s.SubmitNotice(ctx)
		if err != nil {
			return err
		}
		for _, p := range parts {
			_ = in.Send(p) // what came of it is in the answer
		}
		_, err = in.CloseAndRecv()
		return err
	}
	header := func(h *pb.SubmitNoticeHeader) *pb.SubmitNoticeRequest {
		return &pb.SubmitNoticeRequest{Part: &pb.SubmitNoticeRequest_Header{Header: h}}
	}
	chunk := func(b string) *pb.SubmitNoticeRequest {
		return &pb.SubmitNoticeRequest{Part: &pb.SubmitNoticeRequest_Chunk{Chunk: []byte(b)}}
	}
	recv := func(m interface{ RecvMsg(any) error }, into any, err error) error {
		if err != nil {
			return err
		}
		return m.RecvMsg(into)
	}
	no := func(_ any, err error) error { return err }
	for _, tt := range []badInput{
		{"list, unknown front door", func() error { return no(q.ListItems(ctx, &pb.ListItemsRequest{FrontDoor: "leeds"})) }, codes.NotFound, "NOT_FOUND"},
		{"list, broken page token", func() error { return no(q.ListItems(ctx, &pb.ListItemsRequest{PageToken: "x"})) }, codes.InvalidArgument, "PAGE_TOKEN"},
		{"list, decided items", func() error {
			return no(q.ListItems(ctx, &pb.ListItemsRequest{Filter: &pb.ItemFilter{States: []pb.ItemState{pb.ItemState_ITEM_STATE_DECIDED}}}))
		}, codes.InvalidArgument, "INVALID"},
		{"get, no id", func() error { return no(q.GetItem(ctx, &pb.GetItemRequest{})) }, codes.InvalidArgument, "INVALID"},
		{"get, unknown id", func() error { return no(q.GetItem(ctx, &pb.GetItemRequest{ItemId: none})) }, codes.NotFound, "NOT_FOUND"},
		{"watch, broken token", func() error {
			w, err := q.WatchItems(ctx, &pb.WatchItemsRequest{ResumeToken: "x"})
			return recv(w, &pb.WatchItemsResponse{}, err)
		}, codes.InvalidArgument, "PAGE_TOKEN"},
		{"claim next, lease too long", func() error {
			return no(q.ClaimNext(ctx, &pb.ClaimNextRequest{RequestId: id(), Lease: durationpb.New(monday.Sub(monday.AddDate(0, 0, -1)))}))
		}, codes.InvalidArgument, "INVALID"},
		{"claim, no request id", func() error { return no(q.ClaimItem(ctx, &pb.ClaimItemRequest{ItemId: mine})) }, codes.InvalidArgument, "INVALID"},
		{"claim, unknown id", func() error { return no(q.ClaimItem(ctx, &pb.ClaimItemRequest{RequestId: id(), ItemId: none})) }, codes.NotFound, "NOT_FOUND"},
		{"claim, held", func() error {
			return no(q.ClaimItem(n.as("blake", "supervisor").ctx(t), &pb.ClaimItemRequest{RequestId: id(), ItemId: mine}))
		}, codes.FailedPrecondition, "CLAIMED"},
		{"claim, stale version", func() error {
			return no(q.ClaimItem(ctx, &pb.ClaimItemRequest{RequestId: id(), ItemId: mine, Version: 1}))
		}, codes.Aborted, "STALE"},
		{"claim, lease of nothing", func() error {
			return no(q.ClaimItem(ctx, &pb.ClaimItemRequest{RequestId: id(), ItemId: string(other.ID), Lease: durationpb.New(0)}))
		}, codes.InvalidArgument, "INVALID"},
		{"claim, request id of another request", func() error {
			return no(q.ClaimItem(ctx, &pb.ClaimItemRequest{RequestId: used, ItemId: mine}))
		}, codes.InvalidArgument, "REQUEST_ID"},
		{"renew, another token", func() error {
			return no(q.RenewClaim(ctx, &pb.RenewClaimRequest{RequestId: id(), ItemId: mine, Token: token + 100}))
		}, codes.FailedPrecondition, "TOKEN"},
		{"release, nobody holds it", func() error {
			return no(q.ReleaseItem(ctx, &pb.ReleaseItemRequest{RequestId: id(), ItemId: string(other.ID), Token: token}))
		}, codes.FailedPrecondition, "TOKEN"},
		{"release, skip without a reason", func() error {
			return no(q.ReleaseItem(ctx, &pb.ReleaseItemRequest{RequestId: id(), ItemId: mine, Token: token, Skip: true}))
		}, codes.InvalidArgument, "INVALID"},
		{"decide, source text not opened", func() error {
			return no(q.DecideItem(ctx, &pb.DecideItemRequest{RequestId: id(), ItemId: mine, Token: token, Decisions: decision}))
		}, codes.FailedPrecondition, "UNOPENED"},
		{"decide, empty rationale", func() error {
			return no(q.DecideItem(ctx, &pb.DecideItemRequest{RequestId: id(), ItemId: mine, Token: token, Decisions: []*pb.Decision{{ChildId: "c1", Outcome: "early_help"}}}))
		}, codes.InvalidArgument, "INVALID"},
		{"decide, consent dispensed with without a word", func() error {
			return no(q.DecideItem(ctx, &pb.DecideItemRequest{RequestId: id(), ItemId: mine, Token: token, Decisions: []*pb.Decision{{ChildId: "c1", Outcome: "early_help", Rationale: "because", Consent: "dispensed"}}}))
		}, codes.InvalidArgument, "INVALID"},
		{"decide, stale token", func() error {
			return no(q.DecideItem(ctx, &pb.DecideItemRequest{RequestId: id(), ItemId: mine, Token: 1, Decisions: decision}))
		}, codes.FailedPrecondition, "TOKEN"},
		{"interim, other words under one request id", func() error {
			return no(q.RecordInterim(ctx, &pb.RecordInterimRequest{RequestId: used, ItemId: mine, Words: "rang again"}))
		}, codes.InvalidArgument, "REQUEST_ID"},
		{"interim, another's request id", func() error {
			return no(q.RecordInterim(n.as("blake", "edt").ctx(t), &pb.RecordInterimRequest{RequestId: used, ItemId: mine, Words: "rang"}))
		}, codes.InvalidArgument, "REQUEST_ID"},
		{"interim, no words", func() error {
			return no(q.RecordInterim(ctx, &pb.RecordInterimRequest{RequestId: id(), ItemId: mine, Words: " "}))
		}, codes.InvalidArgument, "INVALID"},
		{"override, not held", func() error {
			return no(q.OverrideBand(ctx, &pb.OverrideBandRequest{RequestId: id(), ItemId: string(other.ID), Token: token, Band: pb.Band_BAND_BLUE, Reason: "because"}))
		}, codes.FailedPrecondition, "TOKEN"},
		{"ask, a force that sent nothing", func() error {
			return no(q.AskPolice(ctx, &pb.AskPoliceRequest{RequestId: id(), ItemId: mine, Force: "met", Question: "where?"}))
		}, codes.InvalidArgument, "INVALID"},
		{"join, with itself", func() error {
			return no(q.JoinItems(ctx, &pb.JoinItemsRequest{RequestId: id(), ItemId: mine, OtherItemId: mine, Reason: "because"}))
		}, codes.InvalidArgument, "INVALID"},
		{"join, unknown id", func() error {
			return no(q.JoinItems(ctx, &pb.JoinItemsRequest{RequestId: id(), ItemId: mine, OtherItemId: none, Reason: "because"}))
		}, codes.NotFound, "NOT_FOUND"},
		{"join, stale version of the other", func() error {
			return no(q.JoinItems(ctx, &pb.JoinItemsRequest{RequestId: id(), ItemId: mine, OtherItemId: string(other.ID), Reason: "because", OtherVersion: 1}))
		}, codes.Aborted, "STALE"},
		{"split, the only notice", func() error {
			return no(q.SplitNotice(ctx, &pb.SplitNoticeRequest{RequestId: id(), ItemId: string(other.ID), NoticeId: string(other.Entries[0].Notice), Reason: "because"}))
		}, codes.FailedPrecondition, "STATE"},
		{"split, unknown notice", func() error {
			return no(q.SplitNotice(ctx, &pb.SplitNoticeRequest{RequestId: id(), ItemId: mine, NoticeId: none, Reason: "because"}))
		}, codes.NotFound, "NOT_FOUND"},
		{"confirm, no such link", func() error {
			return no(q.ConfirmLink(ctx, &pb.ConfirmLinkRequest{RequestId: id(), ItemId: mine, ToItemId: string(other.ID), Reason: "because"}))
		}, codes.NotFound, "NOT_FOUND"},
		{"reject, no reason", func() error {
			return no(q.RejectLink(ctx, &pb.RejectLinkRequest{RequestId: id(), ItemId: mine, ToItemId: string(other.ID)}))
		}, codes.InvalidArgument, "INVALID"},
		{"correct, no such fact", func() error {
			return no(q.CorrectFact(ctx, &pb.CorrectFactRequest{RequestId: id(), ItemId: mine, NoticeId: notice, Fact: 9, Polarity: 1, Time: 1, Holder: 1, Reason: "because"}))
		}, codes.NotFound, "NOT_FOUND"},
		{"strike, unknown notice", func() error {
			return no(q.StrikeNotice(ctx, &pb.StrikeNoticeRequest{RequestId: id(), ItemId: mine, NoticeId: none, Reason: "because"}))
		}, codes.NotFound, "NOT_FOUND"},
		{"status, unknown child", func() error {
			return no(q.SetChildStatus(ctx, &pb.SetChildStatusRequest{RequestId: id(), ItemId: mine, ChildId: "c9", Status: "none"}))
		}, codes.NotFound, "NOT_FOUND"},
		{"status, a day to come", func() error {
			return no(q.SetChildStatus(ctx, &pb.SetChildStatusRequest{RequestId: id(), ItemId: mine, ChildId: "c1", Status: "none", AsOf: "2099-01-01"}))
		}, codes.InvalidArgument, "INVALID"},
		{"import, no header", func() error {
			in, err := q.ImportCaseList(ctx)
			if err == nil {
				_, err = in.CloseAndRecv()
			}
			return err
		}, codes.InvalidArgument, "INVALID"},
		{"explain, unknown id", func() error { return no(q.ExplainItem(ctx, &pb.ExplainItemRequest{ItemId: none})) }, codes.NotFound, "NOT_FOUND"},
		{"explain, unknown other", func() error {
			return no(q.ExplainItem(ctx, &pb.ExplainItemRequest{ItemId: mine, OtherItemId: none}))
		}, codes.NotFound, "NOT_FOUND"},
		{"stats, unknown front door", func() error { return no(q.GetQueueStats(ctx, &pb.GetQueueStatsRequest{FrontDoor: "leeds"})) }, codes.NotFound, "NOT_FOUND"},

		{"submit, nothing", func() error { return submit() }, codes.InvalidArgument, "INVALID"},
		{"submit, no header", func() error { return submit(chunk("x")) }, codes.InvalidArgument, "INVALID"},
		{"submit, no force", func() error { return submit(header(&pb.SubmitNoticeHeader{Size: 1})) }, codes.InvalidArgument, "INVALID"},
		{"submit, oversized", func() error { return submit(header(&pb.SubmitNoticeHeader{Force: "wyp", Size: maxMail + 1})) }, codes.InvalidArgument, "TOO_LARGE"},
		{"submit, fewer bytes than said", func() error { return submit(header(&pb.SubmitNoticeHeader{Force: "wyp", Size: 2}), chunk("x")) }, codes.InvalidArgument, "INVALID"},
		{"submit, more bytes than said", func() error { return submit(header(&pb.SubmitNoticeHeader{Force: "wyp", Size: 2}), chunk("xyz")) }, codes.InvalidArgument, "INVALID"},
		{"submit, two headers", func() error {
			return submit(header(&pb.SubmitNoticeHeader{Force: "wyp", Size: 2}), header(&pb.SubmitNoticeHeader{Force: "wyp", Size: 2}))
		}, codes.InvalidArgument, "INVALID"},
		{"submit, other bytes", func() error {
			return submit(header(&pb.SubmitNoticeHeader{Force: "wyp", Size: 1, Sha256: hexDigest([]byte("y"))}), chunk("x"))
		}, codes.InvalidArgument, "INVALID"},
		{"notice, unknown id", func() error { return no(s.GetNotice(ctx, &pb.GetNoticeRequest{NoticeId: none})) }, codes.NotFound, "NOT_FOUND"},
		{"notice, another item's", func() error {
			return no(s.GetNotice(ctx, &pb.GetNoticeRequest{NoticeId: notice, ItemId: string(other.ID)}))
		}, codes.NotFound, "NOT_FOUND"},
		{"receipt, unknown id", func() error {
			return no(s.GetReceipt(ctx, &pb.GetReceiptRequest{Mail: &pb.GetReceiptRequest_NoticeId{NoticeId: none}}))
		}, codes.NotFound, "NOT_FOUND"},
		{"receipt, of nothing", func() error { return no(s.GetReceipt(ctx, &pb.GetReceiptRequest{})) }, codes.InvalidArgument, "INVALID"},
		{"receipt, of bytes that never came", func() error {
			return no(s.GetReceipt(ctx, &pb.GetReceiptRequest{Mail: &pb.GetReceiptRequest_Sha256{Sha256: hexDigest(nil)}}))
		}, codes.NotFound, "NOT_FOUND"},
		{"stream, after a notice that is none", func() error {
			w, err := s.StreamNotices(ctx, &pb.StreamNoticesRequest{AfterSequence: 1000})
			return recv(w, &pb.StreamNoticesResponse{}, err)
		}, codes.NotFound, "NOT_FOUND"},

		{"events, no item", func() error {
			w, err := n.audit().ListEvents(ctx, &pb.ListEventsRequest{ItemId: "x"})
			return recv(w, &pb.ListEventsResponse{}, err)
		}, codes.InvalidArgument, "INVALID"},
		{"checkpoint, unknown front door", func() error { return no(n.audit().GetCheckpoint(ctx, &pb.GetCheckpointRequest{FrontDoor: "leeds"})) }, codes.NotFound, "NOT_FOUND"},
		{"world, no time", func() error {
			w, err := n.audit().GetWorldAt(ctx, &pb.GetWorldAtRequest{Moment: &pb.GetWorldAtRequest_Time{Time: &timestamppb.Timestamp{Nanos: -1}}})
			return recv(w, &pb.GetWorldAtResponse{}, err)
		}, codes.InvalidArgument, "INVALID"},

		{"ruleset, unknown", func() error { return no(n.ruleset().GetRuleset(ctx, &pb.GetRulesetRequest{Hash: hexDigest(nil)})) }, codes.NotFound, "NOT_FOUND"},
		{"check, nothing", func() error { return no(n.ruleset().CheckRuleset(ctx, &pb.CheckRulesetRequest{})) }, codes.InvalidArgument, "INVALID"},
		{"check, too large", func() error {
			return no(n.ruleset().CheckRuleset(ctx, &pb.CheckRulesetRequest{Archive: bytes.Repeat([]byte("#"), maxRuleset+1)}))
		}, codes.InvalidArgument, "TOO_LARGE"},
		{"activate, no ruleset", func() error {
			return no(n.ruleset().ActivateRuleset(ctx, &pb.ActivateRulesetRequest{RequestId: id(), Archive: []byte("-- policy.yaml --\nx: 1\n")}))
		}, codes.InvalidArgument, "INVALID"},
		{"activate, in the place of another", func() error {
			return no(n.ruleset().ActivateRuleset(ctx, &pb.ActivateRulesetRequest{RequestId: id(), Archive: defaults().Bytes, Replaces: hexDigest(nil)}))
		}, codes.Aborted, "STALE"},
	} {
		wantError(t, tt.what, tt.call(), tt.code, tt.reason)
	}
	if after := h.item(item.ID); len(after.Decisions) != 0 || len(after.Interims) != 1 || after.Claim == nil {
		t.Errorf("a refused call changed the item: %+v", after)
	}
}
