package queueapi

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/durationpb"

	pb "github.com/ppn-triage/ppn-triage/api/triagev1"
	"github.com/ppn-triage/ppn-triage/triage"
)

func decision(child string) []*pb.Decision {
	return []*pb.Decision{{ChildId: child, Outcome: "early_help", Rationale: "because"}}
}

func next(t *testing.T, n *node) (*pb.ClaimNextResponse, error) {
	t.Helper()
	return n.queue().ClaimNext(n.ctx(t), &pb.ClaimNextRequest{RequestId: uuid.NewString()})
}

// TestClaimsFollowTheQueue: osTicket #1434, opening items in turn holds at most
// so many; #327, an item that is given back is free at once; a skipped item
// keeps its age and place.
func TestClaimsFollowTheQueue(t *testing.T) {
	h := newHouse(t)
	n := h.node()
	green, red, amber, blue := h.open(0, "substance_misuse"), h.open(1, "threat_to_kill"), h.open(2, "dash"), h.open(3, "offending")
	want := []string{string(red.ID), string(amber.ID), string(green.ID), string(blue.ID)}
	if got := n.list(t); !slices.Equal(got, want) {
		t.Fatalf("the queue is %v, want %v", got, want)
	}
	var token uint64
	for k := range 3 {
		out, err := next(t, n)
		if err != nil || out.GetItem().GetId() != want[k] {
			t.Fatalf("ClaimNext() %d = %s, %v; want %s", k, out.GetItem().GetId(), err, want[k])
		}
		if k == 0 {
			token = out.GetToken()
		}
	}
	_, err := next(t, n)
	wantError(t, "a fourth claim", err, codes.ResourceExhausted, "CLAIM_CAP")
	blake := n.as("blake", "supervisor")
	if out, err := next(t, blake); err != nil || out.GetItem().GetId() != want[3] {
		t.Errorf("another's ClaimNext() = %s, %v; want what is left", out.GetItem().GetId(), err)
	}
	if out, err := next(t, blake); err != nil || out.GetItem() != nil {
		t.Errorf("ClaimNext() with nothing left = %v, %v; want no item", out, err)
	}
	if _, err := n.queue().ReleaseItem(n.ctx(t), &pb.ReleaseItemRequest{RequestId: uuid.NewString(), ItemId: want[0], Token: token, Skip: true, Reason: "my sister's school"}); err != nil {
		t.Fatal(err)
	}
	if got := n.list(t); !slices.Equal(got, want) {
		t.Errorf("after a skip the queue is %v, want %v", got, want)
	}
	if out, err := next(t, blake); err != nil || out.GetItem().GetId() != want[0] {
		t.Errorf("ClaimNext() after a skip = %s, %v; want the item given back", out.GetItem().GetId(), err)
	}
	_, err = n.queue().RenewClaim(n.ctx(t), &pb.RenewClaimRequest{RequestId: uuid.NewString(), ItemId: want[0], Token: token})
	wantError(t, "renewing with the token of the claim before", err, codes.FailedPrecondition, "TOKEN")
}

// TestLateDecisionIsRefused: NATS #4786 and faktory_worker_node #163. The
// claim's time is the server's; who comes after does not wait for the clock.
func TestLateDecisionIsRefused(t *testing.T) {
	h := newHouse(t)
	n := h.node()
	i := h.open(0, "dash")
	token := n.claim(t, i.ID)
	n.look(t, i)
	renewed, err := n.queue().RenewClaim(n.ctx(t), &pb.RenewClaimRequest{RequestId: uuid.NewString(), ItemId: string(i.ID), Token: token, Lease: durationpb.New(10 * time.Minute)})
	if err != nil || !renewed.GetItem().GetClaim().GetUntil().AsTime().Equal(h.clock().Add(10*time.Minute)) {
		t.Fatalf("RenewClaim() = %v, %v", renewed.GetItem().GetClaim(), err)
	}
	h.wait(10 * time.Minute)
	_, err = n.queue().DecideItem(n.ctx(t), &pb.DecideItemRequest{RequestId: uuid.NewString(), ItemId: string(i.ID), Token: token, Decisions: decision("c1")})
	wantError(t, "a decision after the lease", err, codes.FailedPrecondition, "TOKEN")
	blake := n.as("blake", "supervisor")
	second := blake.claim(t, i.ID)
	if second <= token {
		t.Errorf("the second claim's token is %d after %d", second, token)
	}
	_, err = n.queue().DecideItem(n.ctx(t), &pb.DecideItemRequest{RequestId: uuid.NewString(), ItemId: string(i.ID), Token: token, Decisions: decision("c1")})
	wantError(t, "a decision with the first token", err, codes.FailedPrecondition, "TOKEN")
	_, err = n.queue().DecideItem(n.ctx(t), &pb.DecideItemRequest{RequestId: uuid.NewString(), ItemId: string(i.ID), Token: second, Decisions: decision("c1")})
	wantError(t, "a decision with another's token", err, codes.FailedPrecondition, "TOKEN")
	blake.look(t, i)
	out, err := blake.queue().DecideItem(blake.ctx(t), &pb.DecideItemRequest{RequestId: uuid.NewString(), ItemId: string(i.ID), Token: second, Decisions: decision("c1")})
	if err != nil || out.GetItem().GetSummary().GetState() != pb.ItemState_ITEM_STATE_DECIDED {
		t.Errorf("the holder's decision = %v, %v", out.GetItem().GetSummary().GetState(), err)
	}
}

// TestOneHolder: of many who claim one item at once, on two nodes, one gets it.
func TestOneHolder(t *testing.T) {
	h := newHouse(t)
	nodes := []*node{h.node(), h.node()}
	i := h.open(0, "dash")
	var wg sync.WaitGroup
	won := make(chan string, 16)
	for k := range 16 {
		wg.Go(func() {
			n := nodes[k%2].as(string(rune('a'+k)), "supervisor")
			_, err := n.queue().ClaimItem(n.ctx(t), &pb.ClaimItemRequest{RequestId: uuid.NewString(), ItemId: string(i.ID)})
			switch {
			case err == nil:
				won <- n.who
			case reasonOf(err) != "CLAIMED" && reasonOf(err) != "POSITION":
				t.Errorf("a lost claim = %v", err)
			}
		})
	}
	wg.Wait()
	close(won)
	var winners []string
	for w := range won {
		winners = append(winners, w)
	}
	if len(winners) != 1 || h.item(i.ID).Claim.By != winners[0] {
		t.Errorf("%v hold the item, the log says %s", winners, h.item(i.ID).Claim.By)
	}
}

// TestRepeatedRequests get their first answer, on whatever node.
func TestRepeatedRequests(t *testing.T) {
	h := newHouse(t)
	n, other := h.node(), h.node()
	i := h.open(0, "dash")
	before := h.log
	claim := &pb.ClaimNextRequest{RequestId: uuid.NewString()}
	first, err := n.queue().ClaimNext(n.ctx(t), claim)
	if err != nil {
		t.Fatal(err)
	}
	again, err := other.queue().ClaimNext(other.ctx(t), claim)
	if err != nil || again.GetToken() != first.GetToken() || again.GetItem().GetId() != string(i.ID) {
		t.Errorf("the same ClaimNext() again = %s %d, %v; want %s %d", again.GetItem().GetId(), again.GetToken(), err, i.ID, first.GetToken())
	}
	n.look(t, i)
	decide := &pb.DecideItemRequest{RequestId: uuid.NewString(), ItemId: string(i.ID), Token: first.GetToken(), Version: first.GetItem().GetVersion(), Decisions: decision("c1")} // looking has changed nothing that is decided on
	var wg sync.WaitGroup
	for k := range 8 {
		wg.Go(func() {
			m := []*node{n, other}[k%2]
			if out, err := m.queue().DecideItem(m.ctx(t), decide); err != nil || len(out.GetItem().GetDecisions()) != 1 {
				t.Errorf("one of eight equal decisions = %d decisions, %v", len(out.GetItem().GetDecisions()), err)
			}
		})
	}
	wg.Wait()
	if got := h.item(i.ID); len(got.Decisions) != 1 || got.State() != triage.DecidedState {
		t.Errorf("eight equal requests made %d decisions", len(got.Decisions))
	}
	decide.Decisions[0].Rationale = "another"
	_, err = n.queue().DecideItem(n.ctx(t), decide)
	wantError(t, "another decision under the same request_id", err, codes.InvalidArgument, "REQUEST_ID")
	if _, err := before.End(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// TestDecisionNeedsTheNewestText: opened by the caller himself, since the last
// notice; per child; what a resend brings is no news.
func TestDecisionNeedsTheNewestText(t *testing.T) {
	h := newHouse(t)
	n := h.node()
	r := reading(0)
	sister := r.People[0]
	sister.Name, sister.Given, sister.DOB, sister.BornFrom, sister.BornTo = "Bettina Canary0wick", "Bettina", "2012-02-02", "2012-02-02", "2012-02-02"
	r.People = append(r.People, sister)
	read, e := h.entry(r, "dash")
	i := h.take(read, e, "")
	token := n.claim(t, i.ID)
	decide := func(child string) error {
		_, err := n.queue().DecideItem(n.ctx(t), &pb.DecideItemRequest{RequestId: uuid.NewString(), ItemId: string(i.ID), Token: token, Decisions: decision(child)})
		return err
	}
	n.as("blake", "supervisor").look(t, i)
	wantError(t, "a decision on what another has opened", decide("c1"), codes.FailedPrecondition, "UNOPENED")
	n.as("ash", "auditor").look(t, i)
	wantError(t, "a decision on what was opened as auditor", decide("c1"), codes.FailedPrecondition, "UNOPENED")
	n.look(t, i)
	if err := decide("c1"); err != nil {
		t.Fatal(err)
	}
	if s := h.item(i.ID); s.State() != triage.ClaimedState || !slices.Equal(s.Open, []string{"c2"}) {
		t.Errorf("with one of two children decided the item is %s, open %v", s.State(), s.Open)
	}
	again, ae := h.entry(r, "dash")
	ae.Relation, ae.Content = triage.RelationResend, e.Content
	i = h.take(again, ae, i.ID)
	update, ue := h.entry(r, "dash", "threat_to_kill")
	ue.Relation = triage.RelationUpdate
	i = h.take(update, ue, i.ID)
	wantError(t, "a decision after an update", decide("c2"), codes.FailedPrecondition, "UNOPENED")
	n.look(t, i)
	if err := decide("c2"); err != nil {
		t.Fatal(err)
	}
	if err := decide("c1"); err != nil {
		t.Errorf("deciding again after news = %v", err)
	}
	if s := h.item(i.ID); s.State() != triage.DecidedState || len(s.Decisions) != 3 {
		t.Errorf("with every child decided the item is %s with %d decisions", s.State(), len(s.Decisions))
	}
	views := 0
	h.viewed.Range(func(any, any) bool { views++; return true })
	if views == 0 {
		t.Error("the auditor's look is recorded nowhere")
	}
}

// TestOverride: a lower band has that band's time; a higher one is never later.
func TestOverride(t *testing.T) {
	h := newHouse(t)
	n := h.node()
	i := h.open(0, "dash")
	token := n.claim(t, i.ID)
	override := func(b pb.Band) *triage.Item {
		t.Helper()
		if _, err := n.queue().OverrideBand(n.ctx(t), &pb.OverrideBandRequest{RequestId: uuid.NewString(), ItemId: string(i.ID), Token: token, Band: b, Reason: "seen"}); err != nil {
			t.Fatal(err)
		}
		return h.item(i.ID)
	}
	h.wait(10 * time.Minute)
	if got := override(pb.Band_BAND_RED); got.Band() != triage.Red || got.Due.After(i.Due) || got.Due.After(h.clock().Add(4*time.Hour)) {
		t.Errorf("raised by a person the item is %s, due %s", got.Band(), got.Due)
	}
	if got := override(pb.Band_BAND_GREEN); got.Band() != triage.Green || !got.Due.Equal(calendar().Due(triage.Green, i.Received)) {
		t.Errorf("lowered by a person the item is %s, due %s", got.Band(), got.Due)
	}
}

// TestInterimAndQuestion keep item, band and clock.
func TestInterimAndQuestion(t *testing.T) {
	h := newHouse(t)
	n := h.node()
	i := h.open(0, "dash")
	h.wait(time.Hour)
	edt := n.as("night", "edt")
	out, err := edt.queue().RecordInterim(edt.ctx(t), &pb.RecordInterimRequest{RequestId: uuid.NewString(), ItemId: string(i.ID), Words: "rang the aunt", SafeWith: "aunt"})
	if err != nil || out.GetItem().GetSummary().GetInterim() != "rang the aunt" {
		t.Fatalf("RecordInterim() = %v, %v", out, err)
	}
	if _, err := n.queue().AskPolice(n.ctx(t), &pb.AskPoliceRequest{RequestId: uuid.NewString(), ItemId: string(i.ID), Question: "where is he now?"}); err != nil {
		t.Fatal(err)
	}
	got := h.item(i.ID)
	if got.State() != triage.Waiting || got.Band() != i.Band() || !got.Due.Equal(i.Due) {
		t.Errorf("after an interim action and a question the item is %s %s due %s", got.State(), got.Band(), got.Due)
	}
	if len(got.Questions) != 1 || got.Questions[0].Force != "wyp" || got.Questions[0].By != "ash" || len(got.Interims) != 1 || got.Interims[0].By != "night" {
		t.Errorf("recorded are %+v and %+v", got.Questions, got.Interims)
	}
}

// TestAnswerBell ends the calls for an item and changes nothing that a person
// decides on; a bell that does not ring cannot be answered, nor one twice.
func TestAnswerBell(t *testing.T) {
	h := newHouse(t)
	n := h.node()
	i := h.open(0, "dash")
	edt := n.as("night", "edt")
	ask := func(as *node) (*pb.AnswerBellResponse, error) {
		return as.queue().AnswerBell(as.ctx(t), &pb.AnswerBellRequest{RequestId: uuid.NewString(), ItemId: string(i.ID)})
	}
	_, err := ask(edt)
	wantError(t, "a bell that does not ring", err, codes.FailedPrecondition, "STATE")
	h.append(triage.BellRung{Item: i.ID, Notice: i.News().Notice, To: "first", Outcome: triage.BellCalling})
	_, err = ask(n.as("eve", "auditor"))
	wantError(t, "an auditor", err, codes.PermissionDenied, "ROLE")
	out, err := ask(edt)
	if b := out.GetItem().GetBell(); err != nil || b.GetAnsweredBy() != "night" || b.GetTo() != "first" {
		t.Fatalf("AnswerBell() = %v, %v", out, err)
	}
	_, err = ask(n.as("ash", "supervisor"))
	wantError(t, "an answer to what is answered", err, codes.FailedPrecondition, "STATE")
	if got := h.item(i.ID); !got.Answered() || got.State() != triage.Waiting || got.Version != i.Version || !got.Due.Equal(i.Due) {
		t.Errorf("answered, the item is %s at version %d, due %s", got.State(), got.Version, got.Due)
	}
}

// TestJoinAndSplit over the API: the older item survives whichever is named
// first; the answers name both; a repeat gets the first answer.
func TestJoinAndSplit(t *testing.T) {
	h := newHouse(t)
	n := h.node()
	a := h.open(0, "dash")
	h.wait(time.Hour)
	b := h.open(1, "threat_to_kill")
	ask := &pb.JoinItemsRequest{RequestId: uuid.NewString(), ItemId: string(b.ID), OtherItemId: string(a.ID), Reason: "one evening", Version: b.Version, OtherVersion: a.Version}
	var joined *pb.JoinItemsResponse
	for range 2 {
		var err error
		if joined, err = n.queue().JoinItems(n.ctx(t), ask); err != nil {
			t.Fatal(err)
		}
		if joined.GetItem().GetId() != string(a.ID) || joined.GetAbsorbedItemId() != string(b.ID) || len(joined.GetItem().GetEntries()) != 2 || joined.GetItem().GetScore().GetBand() != pb.Band_BAND_RED {
			t.Fatalf("JoinItems() = %s absorbs %s, %v", joined.GetItem().GetId(), joined.GetAbsorbedItemId(), joined.GetItem().GetScore().GetBand())
		}
	}
	if got := n.list(t); !slices.Equal(got, []string{string(a.ID)}) {
		t.Errorf("after the join the queue is %v", got)
	}
	gone, err := n.queue().GetItem(n.ctx(t), &pb.GetItemRequest{ItemId: string(b.ID)})
	if err != nil || gone.GetItem().GetJoinedInto() != string(a.ID) || gone.GetItem().GetSummary().GetState() != pb.ItemState_ITEM_STATE_JOINED {
		t.Errorf("the absorbed item answers %v, %v", gone.GetItem().GetJoinedInto(), err)
	}
	_, err = n.queue().ClaimItem(n.ctx(t), &pb.ClaimItemRequest{RequestId: uuid.NewString(), ItemId: string(b.ID)})
	wantError(t, "claiming the absorbed item", err, codes.FailedPrecondition, "STATE")
	notice, err := n.notice().GetNotice(n.ctx(t), &pb.GetNoticeRequest{NoticeId: string(b.Entries[0].Notice), ItemId: string(a.ID)})
	if err != nil || len(notice.GetParts()) != 1 || notice.GetParts()[0].GetItemId() != string(a.ID) || !notice.GetFirstLook() {
		t.Errorf("the absorbed item's notice stands in %v, %v", notice.GetParts(), err)
	}
	split := &pb.SplitNoticeRequest{RequestId: uuid.NewString(), ItemId: string(a.ID), NoticeId: string(b.Entries[0].Notice), Reason: "two evenings"}
	var parts *pb.SplitNoticeResponse
	for range 2 {
		if parts, err = n.queue().SplitNotice(n.ctx(t), split); err != nil {
			t.Fatal(err)
		}
	}
	part := h.item(triage.ItemID(parts.GetSplitItem().GetId()))
	if part.Band() != triage.Red || !part.Due.Equal(b.Due) || !part.Received.Equal(b.Received) || !part.OpenedBy("ash") {
		t.Errorf("the part is %s, due %s", part.Band(), part.Due)
	}
	if left := h.item(a.ID); left.Band() != triage.Amber || !left.Due.Equal(a.Due) {
		t.Errorf("what is left is %s, due %s", left.Band(), left.Due)
	}
	notice, err = n.notice().GetNotice(n.ctx(t), &pb.GetNoticeRequest{NoticeId: string(b.Entries[0].Notice)})
	if err != nil || len(notice.GetParts()) != 1 || notice.GetParts()[0].GetItemId() != string(part.ID) {
		t.Errorf("the notice split off stands in %v, %v", notice.GetParts(), err)
	}
}

// TestAmending by the other acts: each lowers or raises at once and answers
// with the item as it leaves it.
func TestAmending(t *testing.T) {
	h := newHouse(t)
	n := h.node()
	q := n.queue()
	a := h.open(0, "dash")
	b := h.open(1, "threat_to_kill", "dash")
	corrected, err := q.CorrectFact(n.ctx(t), &pb.CorrectFactRequest{
		RequestId: uuid.NewString(), ItemId: string(b.ID), NoticeId: string(b.Entries[0].Notice), Fact: 0,
		Polarity: pb.Polarity_POLARITY_ABSENT, Time: pb.FactTime_FACT_TIME_CURRENT, Holder: pb.Holder_HOLDER_HOME, Reason: "of the neighbour",
	})
	if err != nil || corrected.GetItem().GetScore().GetBand() != pb.Band_BAND_AMBER || !corrected.GetItem().GetDue().AsTime().Equal(calendar().Due(triage.Amber, b.Received)) {
		t.Errorf("CorrectFact() = %v due %v, %v", corrected.GetItem().GetScore().GetBand(), corrected.GetItem().GetDue().AsTime(), err)
	}
	h.append(triage.ItemLinked{Item: b.ID, Link: triage.Link{To: a.ID, Kind: triage.LinkPossible, Child: "c1", Notices: []triage.NoticeID{b.Entries[0].Notice}}})
	plain := h.item(b.ID).Score.Points
	confirmed, err := q.ConfirmLink(n.ctx(t), &pb.ConfirmLinkRequest{RequestId: uuid.NewString(), ItemId: string(b.ID), ToItemId: string(a.ID), ChildId: "c1", Reason: "same boy"})
	if err != nil || int(confirmed.GetItem().GetScore().GetPoints()) <= plain {
		t.Errorf("ConfirmLink() = %d points for %d, %v", confirmed.GetItem().GetScore().GetPoints(), plain, err)
	}
	rejected, err := q.RejectLink(n.ctx(t), &pb.RejectLinkRequest{RequestId: uuid.NewString(), ItemId: string(b.ID), ToItemId: string(a.ID), ChildId: "c1", Reason: "another boy"})
	if err != nil || int(rejected.GetItem().GetScore().GetPoints()) != plain || !rejected.GetItem().GetLinks()[0].GetRejected() {
		t.Errorf("RejectLink() = %d points for %d, %v", rejected.GetItem().GetScore().GetPoints(), plain, err)
	}
	set, err := q.SetChildStatus(n.ctx(t), &pb.SetChildStatusRequest{RequestId: uuid.NewString(), ItemId: string(b.ID), ChildId: "c1", Status: "child_protection"})
	if c := set.GetItem().GetChildren(); err != nil || int(set.GetItem().GetScore().GetPoints()) <= plain || c[0].GetStatus() != "child_protection" || c[0].GetStatusAsOf() != "2026-09-07" {
		t.Errorf("SetChildStatus() = %v, %v", set.GetItem().GetChildren(), err)
	}
	struck, err := q.StrikeNotice(n.ctx(t), &pb.StrikeNoticeRequest{RequestId: uuid.NewString(), ItemId: string(b.ID), NoticeId: string(b.Entries[0].Notice), Reason: "wrong family"})
	if err != nil || struck.GetItem().GetSummary().GetState() != pb.ItemState_ITEM_STATE_STRUCK {
		t.Errorf("StrikeNotice() = %v, %v", struck.GetItem().GetSummary().GetState(), err)
	}
	if got := n.list(t); !slices.Equal(got, []string{string(a.ID)}) {
		t.Errorf("after the strike the queue is %v", got)
	}
	snap := must(h.store().Load(t.Context()))
	if err := snap.Ledger.Check(); err != nil {
		t.Error(err)
	}
}

// TestExplain: the reasons of an item, what it would be without each, and why
// one stands above another, for every pair of the queue.
func TestExplain(t *testing.T) {
	h := newHouse(t)
	n := h.node()
	items := []*triage.Item{
		h.open(0, "threat_to_kill", "dash"), h.open(1, "dash"), h.open(2, "dash", "substance_misuse"), h.open(3, "substance_misuse"), h.open(4, "offending"), h.open(5, "offending"),
	}
	read, e := h.entry(reading(6), "dash")
	e.Reading.Facts[0].Polarity, e.Reading.Facts[0].Cue = triage.Absent, "denies"
	items = append(items, h.take(read, e, ""))
	h.wait(30 * time.Hour) // so that tier 1 is not empty
	order := n.list(t)
	if len(order) != len(items) {
		t.Fatalf("the queue has %d items, want %d", len(order), len(items))
	}
	for _, i := range items {
		for _, o := range items {
			if i == o {
				continue
			}
			out, err := n.queue().ExplainItem(n.ctx(t), &pb.ExplainItemRequest{ItemId: string(i.ID), OtherItemId: string(o.ID)})
			if err != nil {
				t.Fatal(err)
			}
			above := slices.Index(order, string(i.ID)) < slices.Index(order, string(o.ID))
			if strings.Contains(out.GetComparison(), " above ") != above || !strings.Contains(out.GetComparison(), "because") {
				t.Errorf("above is %t, but: %s", above, out.GetComparison())
			}
			if want := uint32(slices.Index(order, string(i.ID)) + 1); out.GetPlace() != want {
				t.Errorf("place %d, want %d", out.GetPlace(), want)
			}
		}
	}
	out, err := n.queue().ExplainItem(n.ctx(t), &pb.ExplainItemRequest{ItemId: string(items[0].ID)})
	if err != nil || len(out.GetHits()) != 2 || !strings.Contains(out.GetBecause(), "RED, because “words of threat_to_kill”") {
		t.Fatalf("ExplainItem() = %q, %d hits, %v", out.GetBecause(), len(out.GetHits()), err)
	}
	kill, dash := out.GetHits()[0], out.GetHits()[1]
	if kill.GetWithoutBand() != pb.Band_BAND_AMBER || kill.GetWithoutPlace() <= out.GetPlace() || kill.GetFact().GetQuote() != "words of threat_to_kill" || kill.GetSource() == "" || kill.GetNoticeId() != string(items[0].Entries[0].Notice) {
		t.Errorf("without the threat: %v", kill)
	}
	if dash.GetWithoutBand() != pb.Band_BAND_RED || int(dash.GetWithoutPoints()) >= items[0].Score.Points || dash.GetCondition() == "" {
		t.Errorf("without the high DASH: %v", dash)
	}
	denied, err := n.queue().ExplainItem(n.ctx(t), &pb.ExplainItemRequest{ItemId: string(items[6].ID)})
	if err != nil || len(denied.GetHits()) != 1 || denied.GetHits()[0].GetWhyNot() != "the notice says that it is not so (“denies”)" || denied.GetHits()[0].GetWithoutBand() != 0 {
		t.Errorf("of what is denied: %v, %v", denied.GetHits(), err)
	}
	token := n.claim(t, items[1].ID)
	if _, err := n.queue().OverrideBand(n.ctx(t), &pb.OverrideBandRequest{RequestId: uuid.NewString(), ItemId: string(items[1].ID), Token: token, Band: pb.Band_BAND_BLUE, Reason: "he moved out"}); err != nil {
		t.Fatal(err)
	}
	over, err := n.queue().ExplainItem(n.ctx(t), &pb.ExplainItemRequest{ItemId: string(items[1].ID)})
	if err != nil || over.GetBecause() != "BLUE, set by ash: he moved out; the rules say AMBER." {
		t.Errorf("of an override: %q, %v", over.GetBecause(), err)
	}
}

// TestRestrictedItemsAreMasked in lists and watches whatever the view, shown
// to nobody without a name, and kept out of receipts.
func TestRestrictedItemsAreMasked(t *testing.T) {
	h := newHouse(t)
	n := h.node()
	read, e := h.entry(reading(0), "threat_to_kill")
	e.Reading.Flags, e.Reading.AllegedNow, e.Reading.Quality = []string{"restricted"}, "with Canary0wick", []string{"no_dob"}
	i := h.take(read, e, "")
	for _, view := range []pb.ItemView{0, pb.ItemView_ITEM_VIEW_SUMMARY, pb.ItemView_ITEM_VIEW_FULL} {
		out, err := n.queue().ListItems(n.ctx(t), &pb.ListItemsRequest{View: view})
		if err != nil || !out.GetItems()[0].GetSummary().GetMasked() || strings.Contains(out.String(), "anary") || strings.Contains(out.String(), "words of") {
			t.Errorf("a restricted item in a list of view %s: %v, %v", view, out, err)
		}
	}
	nobody := n.as("", "")
	_, err := nobody.queue().GetItem(nobody.ctx(t), &pb.GetItemRequest{ItemId: string(i.ID)})
	wantError(t, "a restricted item without a name", err, codes.Unauthenticated, "UNAUTHENTICATED")
	_, err = nobody.queue().ExplainItem(nobody.ctx(t), &pb.ExplainItemRequest{ItemId: string(i.ID)})
	wantError(t, "why of a restricted item without a name", err, codes.Unauthenticated, "UNAUTHENTICATED")
	if out, err := n.queue().GetItem(n.ctx(t), &pb.GetItemRequest{ItemId: string(i.ID)}); err != nil || !strings.Contains(out.String(), "Canary0wick") {
		t.Errorf("a restricted item under a name = %v", err)
	}
	receipt, err := n.notice().GetReceipt(n.ctx(t), &pb.GetReceiptRequest{Mail: &pb.GetReceiptRequest_NoticeId{NoticeId: string(e.Notice)}})
	if err != nil || len(receipt.GetQuality()) != 0 || receipt.GetStage() != pb.ReceiptStage_RECEIPT_STAGE_READ {
		t.Errorf("the receipt of a restricted item = %v, %v", receipt, err)
	}
}

// TestUnnamedMayListAndNotChange: a call without a name.
func TestUnnamedMayListAndNotChange(t *testing.T) {
	h := newHouse(t)
	n := h.node().as("", "")
	i := h.open(0, "dash")
	if got := n.list(t); len(got) != 1 {
		t.Errorf("a call without a name lists %v", got)
	}
	if _, err := n.queue().GetItem(n.ctx(t), &pb.GetItemRequest{ItemId: string(i.ID)}); err != nil {
		t.Errorf("GetItem() without a name = %v", err)
	}
	_, err := next(t, n)
	wantError(t, "a claim without a name", err, codes.Unauthenticated, "UNAUTHENTICATED")
	_, err = n.notice().GetNotice(n.ctx(t), &pb.GetNoticeRequest{NoticeId: string(i.Entries[0].Notice)})
	wantError(t, "the source text without a name", err, codes.Unauthenticated, "UNAUTHENTICATED")
}

// TestToStatusHidesCauses: what is in no table is Internal with a fixed text.
func TestToStatusHidesCauses(t *testing.T) {
	err := toStatus(t.Context(), errors.New("Canary Jones, 12 Some Street"))
	wantError(t, "an unknown error", err, codes.Internal, "INTERNAL")
	if strings.Contains(err.Error(), "Canary") {
		t.Errorf("the caller is told %v", err)
	}
	for _, o := range outcomes {
		if err := toStatus(t.Context(), o.is); reasonOf(err) == "" || fieldsOf(err) != nil {
			t.Errorf("%v = %v without a reason", o.is, err)
		}
	}
	wantError(t, "an unknown outcome of a write", toStatus(t.Context(), triage.ErrUnknown), codes.Aborted, "POSITION")
}

// TestExplainSaysHowOldAStatusIs, and whence it is, beside what it adds.
func TestExplainSaysHowOldAStatusIs(t *testing.T) {
	h := newHouse(t)
	n := h.node()
	i := h.open(0, "dash")
	day := h.clock().AddDate(0, 0, -9).Format(time.DateOnly)
	set, err := n.queue().SetChildStatus(n.ctx(t), &pb.SetChildStatusRequest{RequestId: uuid.NewString(), ItemId: string(i.ID), ChildId: "c1", Status: "child_protection", AsOf: day})
	if err != nil || set.GetItem().GetSummary().GetChildren()[0].GetStatusAsOf() != day {
		t.Fatalf("SetChildStatus() = %v, %v", set.GetItem().GetSummary().GetChildren(), err)
	}
	out, err := n.queue().ExplainItem(n.ctx(t), &pb.ExplainItemRequest{ItemId: string(i.ID)})
	want := "status: plan_or_looked_after, by a person's entry of " + day + " (9 days old)"
	if err != nil || !slices.ContainsFunc(out.GetParts(), func(p *pb.Part) bool { return p.GetWhy() == want }) {
		t.Errorf("parts %v, %v: want one with %q", out.GetParts(), err, want)
	}
}
