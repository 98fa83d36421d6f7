package queueapi

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/timestamppb"

	pb "github.com/ppn-triage/ppn-triage/api/triagev1"
	"github.com/ppn-triage/ppn-triage/deploy"
	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/audit"
	"github.com/ppn-triage/ppn-triage/triage/intake"
)

// all reads a stream to its end.
func all[M any](t *testing.T, s interface{ Recv() (*M, error) }, err error) (out []*M) {
	t.Helper()
	for err == nil {
		var m *M
		if m, err = s.Recv(); err == nil {
			out = append(out, m)
		}
	}
	if !errors.Is(err, io.EOF) {
		t.Fatal(err)
	}
	return out
}

// TestSubmitted: a mail handed in over gRPC is the mail in the log, byte for
// byte, and its receipt follows it.
func TestSubmitted(t *testing.T) {
	h := newHouse(t)
	n := h.node()
	mail := bytes.Repeat([]byte("Subject: x\r\n\r\nwords of a mail "), 100_000)
	in, err := n.notice().SubmitNotice(n.ctx(t))
	if err != nil {
		t.Fatal(err)
	}
	parts := []*pb.SubmitNoticeRequest{{Part: &pb.SubmitNoticeRequest_Header{Header: &pb.SubmitNoticeHeader{Force: "wyp", Size: int64(len(mail)), Sha256: hexDigest(mail)}}}}
	for c := range slices.Chunk(mail, 1<<20) {
		parts = append(parts, &pb.SubmitNoticeRequest{Part: &pb.SubmitNoticeRequest_Chunk{Chunk: c}})
	}
	for _, p := range parts {
		if err := in.Send(p); err != nil {
			t.Fatal(err)
		}
	}
	out, err := in.CloseAndRecv()
	if err != nil || out.GetSha256() != hexDigest(mail) {
		t.Fatalf("SubmitNotice() = %v, %v", out, err)
	}
	stored, err := h.log.ReadNotice(t.Context(), out.GetSequence())
	if err != nil || !bytes.Equal(stored.Data, mail) || stored.Force != "wyp" {
		t.Errorf("the log holds %d bytes of %s, %v; want the %d of the mail", len(stored.Data), stored.Force, err, len(mail))
	}
	receipt := func() (*pb.GetReceiptResponse, error) {
		return n.notice().GetReceipt(n.ctx(t), &pb.GetReceiptRequest{Mail: &pb.GetReceiptRequest_NoticeId{NoticeId: out.GetNoticeId()}})
	}
	_, err = receipt()
	wantError(t, "the receipt of a mail that nobody has read", err, codes.NotFound, "NOT_FOUND")
	id := triage.NoticeID(out.GetNoticeId())
	read := triage.NoticeRead{Notice: id, Seq: out.GetSequence(), SHA256: hexDigest(mail), Kind: triage.LetterNotice, Received: h.clock(), StreamTime: h.clock()}
	r := reading(0)
	r.Quality = []string{"no_dob"}
	e := triage.Entry{Notice: id, Seq: read.Seq, Received: h.clock(), Readable: true, Relation: triage.RelationNew, Content: "same", Reading: r}
	i := h.take(read, e, "")
	if got, err := receipt(); err != nil || got.GetStage() != pb.ReceiptStage_RECEIPT_STAGE_READ || !slices.Equal(got.GetQuality(), r.Quality) || got.GetSha256() != hexDigest(mail) {
		t.Errorf("the receipt of a mail that was read = %v, %v", got, err)
	}
	h.append(triage.Archived{Notices: read.Seq, Commits: must(h.log.End(t.Context())).Commits.Last})
	if got, err := receipt(); err != nil || got.GetStage() != pb.ReceiptStage_RECEIPT_STAGE_SAFE {
		t.Errorf("the receipt of a mail in the second copy = %v, %v", got, err)
	}
	bytes := func(want triage.NoticeID) {
		t.Helper()
		got, err := n.notice().GetReceipt(n.ctx(t), &pb.GetReceiptRequest{Mail: &pb.GetReceiptRequest_Sha256{Sha256: hexDigest(mail)}})
		if err != nil || got.GetNoticeId() != string(want) {
			t.Errorf("the receipt by the mail's bytes = %v, %v; want that of %s", got, err, want)
		}
	}
	bytes(id)
	again, ae := h.entry(r)
	again.SHA256 = hexDigest(mail) // the same bytes a second time: the newest is meant
	ae.Relation, ae.Content = triage.RelationResend, "same"
	h.take(again, ae, i.ID)
	bytes(again.Notice)
	got, err := n.notice().GetReceipt(n.ctx(t), &pb.GetReceiptRequest{Mail: &pb.GetReceiptRequest_NoticeId{NoticeId: string(ae.Notice)}})
	if err != nil || got.GetAlreadyReceivedAs() != string(id) {
		t.Errorf("the receipt of a mail sent again = %v, %v", got, err)
	}
}

// TestStreamNotices: every mail taken in, in order, from any place on.
func TestStreamNotices(t *testing.T) {
	h := newHouse(t)
	n := h.node()
	var want []string
	for k := range 5 {
		want = append(want, string(h.open(k, "dash").ID))
	}
	bounce, _ := h.entry(reading(9))
	bounce.Kind = triage.LetterBounce
	h.commit(triage.Actor{Name: "worker", Role: "service"}, 1, bounce)
	s, err := n.notice().StreamNotices(n.ctx(t), &pb.StreamNoticesRequest{})
	whole := all(t, s, err)
	if len(whole) != 6 || whole[5].GetKind() != pb.LetterKind_LETTER_KIND_BOUNCE || len(whole[5].GetItemIds()) != 0 {
		t.Fatalf("%d notices, the last %v", len(whole), whole[len(whole)-1])
	}
	for k, m := range whole[:5] {
		if m.GetSequence() != uint64(k+1) || !slices.Equal(m.GetItemIds(), want[k:k+1]) || m.GetForce() != "wyp" {
			t.Errorf("notice %d is %v", k+1, m)
		}
	}
	s, err = n.notice().StreamNotices(n.ctx(t), &pb.StreamNoticesRequest{AfterSequence: 3, Kinds: []pb.LetterKind{pb.LetterKind_LETTER_KIND_NOTICE}})
	if rest := all(t, s, err); len(rest) != 2 || rest[0].GetSequence() != 4 {
		t.Errorf("after 3 come %v", rest)
	}
	ctx, cancel := context.WithCancel(n.ctx(t))
	defer cancel()
	follow, err := n.notice().StreamNotices(ctx, &pb.StreamNoticesRequest{AfterSequence: 6, Follow: true})
	if err != nil {
		t.Fatal(err)
	}
	late := h.open(20, "dash")
	if m, err := follow.Recv(); err != nil || !slices.Equal(m.GetItemIds(), []string{string(late.ID)}) {
		t.Errorf("following, the next is %v, %v", m, err)
	}
}

// TestWorldAt: the log itself says how things stood, and the queue is the same.
func TestWorldAt(t *testing.T) {
	h := newHouse(t)
	n := h.node()
	a := h.open(0, "dash")
	b := h.open(1, "threat_to_kill")
	then, position := h.clock(), must(h.log.End(t.Context())).Commits.Last
	first, err := n.audit().GetCheckpoint(n.ctx(t), &pb.GetCheckpointRequest{})
	if err != nil || first.GetPosition() != position || first.GetWorldHash() == "" {
		t.Fatalf("GetCheckpoint() = %v, %v", first, err)
	}
	h.wait(time.Hour)
	if _, err := n.queue().JoinItems(n.ctx(t), &pb.JoinItemsRequest{RequestId: uuid.NewString(), ItemId: string(a.ID), OtherItemId: string(b.ID), Reason: "one evening"}); err != nil {
		t.Fatal(err)
	}
	for name, r := range map[string]*pb.GetWorldAtRequest{
		"position": {Moment: &pb.GetWorldAtRequest_Position{Position: position}},
		"time":     {Moment: &pb.GetWorldAtRequest_Time{Time: timestamppb.New(then)}},
	} {
		s, err := n.audit().GetWorldAt(n.ctx(t), r)
		world := all(t, s, err)
		if len(world) != 3 || world[0].GetLedger().GetSequence() != position || world[1].GetItem().GetId() != string(b.ID) || world[2].GetItem().GetId() != string(a.ID) {
			t.Errorf("at that %s the world was %d parts: %v", name, len(world), world[0])
		}
	}
	s, err := n.audit().GetWorldAt(n.ctx(t), &pb.GetWorldAtRequest{ItemId: string(b.ID)})
	if now := all(t, s, err); len(now) != 2 || now[1].GetItem().GetJoinedInto() != string(a.ID) {
		t.Errorf("now the item is %v", now)
	}
	second, err := n.audit().GetCheckpoint(n.ctx(t), &pb.GetCheckpointRequest{})
	if err != nil || second.GetWorldHash() == first.GetWorldHash() || second.GetPosition() <= first.GetPosition() {
		t.Errorf("after a change the checkpoint is %v, %v", second, err)
	}
	w := audit.NewWorld(nil)
	if _, err := (&intake.Book{Log: h.log, Store: w}).CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	if hash, err := w.Hash(); hash != second.GetWorldHash() || err != nil {
		t.Errorf("a replay comes to %s, %v; the checkpoint to %s", hash, err, second.GetWorldHash())
	}
	s2, err := n.audit().ListEvents(n.ctx(t), &pb.ListEventsRequest{ItemId: string(b.ID)})
	trail := all(t, s2, err)
	if len(trail) != 2 || trail[1].GetCommit().GetEvents()[0].GetItemJoined().GetReason() != "one evening" || trail[1].GetCommit().GetActor().GetName() != "ash" || trail[1].GetCommit().GetActor().GetVerified() {
		t.Errorf("the item's trail is %d commits, the last %v", len(trail), trail[len(trail)-1])
	}
}

// TestRulesets: shown, checked with every mistake at its place, activated in
// the log, and refused with the same words.
func TestRulesets(t *testing.T) {
	if _, err := intake.CompileAll(deploy.Rules()); err != nil {
		t.Fatalf("the rules that the program ships with: %v", err)
	}
	h := newHouse(t)
	n := h.node()
	h.open(0, "dash")
	active, err := n.ruleset().GetRuleset(n.ctx(t), &pb.GetRulesetRequest{})
	if err != nil || active.GetRuleset().GetHash() != defaults().Hash || !active.GetRuleset().GetActive() || !bytes.Equal(active.GetRuleset().GetArchive(), defaults().Bytes) {
		t.Fatalf("GetRuleset() = %.12s, %v", active.GetRuleset().GetHash(), err)
	}
	broken := bytes.Replace(defaults().Bytes, []byte("weight: 40"), []byte("weihgt: 40"), 1)
	found, err := n.ruleset().CheckRuleset(n.ctx(t), &pb.CheckRulesetRequest{Archive: broken})
	if err != nil || !slices.ContainsFunc(found.GetProblems(), func(p *pb.RulesetProblem) bool {
		return p.GetFile() == "policy.yaml" && p.GetLine() > 0 && strings.Contains(p.GetMessage(), `unknown key "weihgt"`)
	}) {
		t.Fatalf("CheckRuleset() of a misspelt key = %v, %v", found, err)
	}
	_, err = n.ruleset().ActivateRuleset(n.ctx(t), &pb.ActivateRulesetRequest{RequestId: uuid.NewString(), Archive: broken})
	wantError(t, "activating it", err, codes.InvalidArgument, "INVALID")
	good := bytes.Replace(defaults().Bytes, []byte("weight: 40"), []byte("weight: 41"), 1)
	if found, err = n.ruleset().CheckRuleset(n.ctx(t), &pb.CheckRulesetRequest{Archive: good}); err != nil || len(found.GetProblems()) != 0 {
		t.Fatalf("CheckRuleset() of sound rules = %v, %v", found, err)
	}
	ask := &pb.ActivateRulesetRequest{RequestId: uuid.NewString(), Archive: good, Replaces: defaults().Hash}
	for range 2 {
		out, err := n.ruleset().ActivateRuleset(n.ctx(t), ask)
		if err != nil || out.GetRuleset().GetHash() != found.GetHash() || !out.GetRuleset().GetActive() || out.GetRuleset().GetBy() != "ash" || out.GetItems() != 1 {
			t.Fatalf("ActivateRuleset() = %.12s, %d items, %v", out.GetRuleset().GetHash(), out.GetItems(), err)
		}
	}
	if l := must(h.store().Load(t.Context())).Ledger; l.Rules != found.GetHash() {
		t.Errorf("the log says that %.12s scores", l.Rules)
	}
	old, err := n.ruleset().GetRuleset(n.ctx(t), &pb.GetRulesetRequest{Hash: defaults().Hash})
	if err != nil || old.GetRuleset().GetActive() || !bytes.Equal(old.GetRuleset().GetArchive(), defaults().Bytes) {
		t.Errorf("the ruleset before = %v, %v", old.GetRuleset().GetSequence(), err)
	}
	sup := n.as("ash", "supervisor")
	_, err = sup.ruleset().ActivateRuleset(sup.ctx(t), &pb.ActivateRulesetRequest{RequestId: uuid.NewString(), Archive: good})
	wantError(t, "activating as supervisor", err, codes.PermissionDenied, "ROLE")
}

// buffer gathers what is logged.
type buffer struct {
	lock sync.Mutex
	b    bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.lock.Lock()
	defer b.lock.Unlock()
	return b.b.Write(p)
}

// TestNoPersonalDataInLogsAndErrors: canary names go through every kind of
// call, also those that fail; none comes out in a log line or an error.
func TestNoPersonalDataInLogsAndErrors(t *testing.T) {
	var out buffer
	was := slog.Default()
	slog.SetDefault(slog.New(slog.NewJSONHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug})))
	defer slog.SetDefault(was)
	h := newHouse(t)
	boom := ""
	n := h.node(func(c *Config, _ *Server) {
		letter := c.Doors[0].Letter
		c.Doors[0].Letter = func(mail []byte) triage.Letter {
			if boom != "" {
				panic(boom)
			}
			return letter(mail)
		}
	}).as("Canary Supervisor", "manager")
	i := h.open(0, "threat_to_kill")
	errs := []error{}
	no := func(_ any, err error) { errs = append(errs, err) }
	q := n.queue()
	n.list(t)
	no(q.GetItem(n.ctx(t), &pb.GetItemRequest{ItemId: string(i.ID)}))
	token := n.claim(t, i.ID)
	no(q.RecordInterim(n.ctx(t), &pb.RecordInterimRequest{RequestId: uuid.NewString(), ItemId: string(i.ID), Words: "Canary aunt"}))
	no(q.DecideItem(n.ctx(t), &pb.DecideItemRequest{RequestId: uuid.NewString(), ItemId: string(i.ID), Token: token, Decisions: []*pb.Decision{{ChildId: "Canary", Outcome: "Canary", Rationale: "Canary"}}}))
	no(q.DecideItem(n.ctx(t), &pb.DecideItemRequest{RequestId: uuid.NewString(), ItemId: string(i.ID), Token: token, Decisions: []*pb.Decision{{ChildId: "c1", Outcome: "Canary", Rationale: "Canary"}}}))
	no(q.ListItems(n.ctx(t), &pb.ListItemsRequest{PageToken: "Canary", Filter: &pb.ItemFilter{Reference: "Canary"}}))
	no(q.GetItem(n.ctx(t), &pb.GetItemRequest{ItemId: "Canary"}))
	no(q.AskPolice(n.ctx(t), &pb.AskPoliceRequest{RequestId: uuid.NewString(), ItemId: string(i.ID), Force: "met", Question: "Canary"}))
	no(n.ruleset().ActivateRuleset(n.ctx(t), &pb.ActivateRulesetRequest{RequestId: uuid.NewString(), Archive: []byte("x"), Replaces: "Canary"}))
	boom = "Canary in a panic"
	_, err := n.notice().GetNotice(n.ctx(t), &pb.GetNoticeRequest{NoticeId: string(i.Entries[0].Notice)})
	wantError(t, "a call that panics", err, codes.Internal, "INTERNAL")
	errs = append(errs, err)
	failed := 0
	for _, err := range errs {
		if err != nil {
			failed++
			if strings.Contains(err.Error(), "anary") {
				t.Errorf("an error holds a name: %v", err)
			}
		}
	}
	out.lock.Lock()
	defer out.lock.Unlock()
	text := out.b.String()
	if failed < 6 || strings.Count(text, `"msg":"call"`) < 10 || !strings.Contains(text, "a call panicked") {
		t.Fatalf("%d calls failed, %d log lines", failed, strings.Count(text, "\n"))
	}
	for _, line := range strings.Split(text, "\n") {
		if strings.Contains(line, "anary") || strings.Contains(line, "Test Road") || strings.Contains(line, "words of") {
			t.Errorf("a log line holds personal data: %s", line)
		}
	}
}

// TestOutages: without Redis or the log's answer a call is UNAVAILABLE and says
// when to try again, whatever it wants.
func TestOutages(t *testing.T) {
	h := newHouse(t)
	n := h.node()
	i := h.open(0, "dash")
	h.lost.Store(true)
	_, err := n.queue().ListItems(n.ctx(t), &pb.ListItemsRequest{})
	wantError(t, "a list without the log", err, codes.Unavailable, "BEHIND")
	h.lost.Store(false)
	if err := h.redis.Close(); err != nil {
		t.Fatal(err)
	}
	for what, call := range map[string]func() error{
		"list":  func() error { _, err := n.queue().ListItems(n.ctx(t), &pb.ListItemsRequest{}); return err },
		"claim": func() error { _, err := next(t, n); return err },
		"interim": func() error {
			_, err := n.queue().RecordInterim(n.ctx(t), &pb.RecordInterimRequest{RequestId: uuid.NewString(), ItemId: string(i.ID), Words: "rang"})
			return err
		},
		"notice": func() error {
			_, err := n.notice().GetNotice(n.ctx(t), &pb.GetNoticeRequest{NoticeId: string(i.Entries[0].Notice)})
			return err
		},
	} {
		wantError(t, what+" without Redis", call(), codes.Unavailable, "BEHIND")
	}
}
