package queueapi

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	pb "github.com/ppn-triage/ppn-triage/api/triagev1"
	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/seal"
)

func (n *node) erase(t *testing.T, id triage.ItemID, notice triage.NoticeID) (*pb.EraseItemResponse, error) {
	t.Helper()
	return n.queue().EraseItem(n.ctx(t), &pb.EraseItemRequest{RequestId: uuid.NewString(), ItemId: string(id), NoticeId: string(notice), Ground: "request"})
}

// decided opens an item and takes it out of the queue.
func (h *house) decided(n *node, k int, rationale string) *triage.Item {
	h.t.Helper()
	i := h.open(k, "dash")
	token := n.claim(h.t, i.ID)
	n.look(h.t, i)
	d := decision("c1")
	d[0].Rationale = rationale
	_, err := n.queue().DecideItem(n.ctx(h.t), &pb.DecideItemRequest{RequestId: uuid.NewString(), ItemId: string(i.ID), Token: token, Decisions: d})
	if err != nil {
		h.t.Fatal(err)
	}
	return h.item(i.ID)
}

// TestErase takes what is personal out of every answer, whether the keys are
// deleted yet or not, and leaves what the item was ranked by.
func TestErase(t *testing.T) {
	h := newHouse(t)
	n := h.node()
	i := h.decided(n, 0, "Zebedee is safe with his aunt")
	before, err := n.queue().GetItem(n.ctx(t), &pb.GetItemRequest{ItemId: string(i.ID)})
	if err != nil {
		t.Fatal(err)
	}
	personal := []string{"Zebedee", "Canary0wick", "1 Test Road", "2010-01-01", "words of dash", "aunt", "13260000000"}
	for _, w := range personal {
		if !strings.Contains(before.String(), w) {
			t.Fatalf("the item does not hold %q before it is erased: %s", w, before)
		}
	}
	out, err := n.erase(t, i.ID, "")
	if err != nil {
		t.Fatal(err)
	}
	look := func(when string) {
		t.Helper()
		got, err := n.queue().GetItem(n.ctx(t), &pb.GetItemRequest{ItemId: string(i.ID)})
		if err != nil {
			t.Fatal(err)
		}
		world, err := n.audit().GetWorldAt(n.ctx(t), &pb.GetWorldAtRequest{})
		all := got.String() + out.String()
		for err == nil {
			var part *pb.GetWorldAtResponse
			if part, err = world.Recv(); err == nil {
				all += part.String()
			}
		}
		for _, w := range personal {
			if strings.Contains(all, w) {
				t.Errorf("%s: an answer holds %q", when, w)
			}
		}
		if !proto.Equal(got.GetItem().GetScore(), before.GetItem().GetScore()) || got.GetItem().GetDecisions()[0].GetOutcome() != "early_help" || !got.GetItem().GetWordsErased() {
			t.Errorf("%s: more is gone than is personal: %s", when, got)
		}
		_, err = n.notice().GetNotice(n.ctx(t), &pb.GetNoticeRequest{NoticeId: string(i.Entries[0].Notice)})
		wantError(t, when+": the mail's text", err, codes.NotFound, "NOT_FOUND")
	}
	look("before the keys are deleted")
	for _, key := range []string{seal.TextKey(i.Entries[0].Seq), seal.IdentityKey(i.Entries[0].Seq), seal.WordsKey(i.ID)} {
		if err := h.sealer.Ring.Erase(t.Context(), key); err != nil {
			t.Fatal(err)
		}
	}
	look("after")
	events, err := n.audit().ListEvents(n.ctx(t), &pb.ListEventsRequest{ItemId: string(i.ID)})
	for err == nil {
		var e *pb.ListEventsResponse
		if e, err = events.Recv(); err == nil {
			for _, w := range personal {
				if strings.Contains(e.String(), w) {
					t.Errorf("commit %d shows %q", e.GetSequence(), w)
				}
			}
		}
	}
	if _, err := n.erase(t, i.ID, ""); err != nil {
		t.Errorf("erasing again: %v", err)
	}
}

// TestErasedFamiliesAreNotFoundAgain: linking knows nothing of them.
func TestErasedFamiliesAreNotFoundAgain(t *testing.T) {
	h := newHouse(t)
	n := h.node()
	i := h.decided(n, 0, "because")
	keys := h.active.Linker.Keys(h.active.Linker.RecordOf(i))
	found := func() int {
		_, c, err := h.store().Candidates(t.Context(), keys)
		if err != nil {
			t.Fatal(err)
		}
		return len(c)
	}
	if found() != 1 {
		t.Fatal("the item is not found by its own keys")
	}
	if _, err := n.erase(t, i.ID, ""); err != nil {
		t.Fatal(err)
	}
	if found() != 0 {
		t.Error("an erased item is still found by a family's keys")
	}
}

func TestEraseRefusals(t *testing.T) {
	h := newHouse(t)
	n := h.node()
	waits, i := h.open(1, "dash"), h.decided(n, 0, "because")
	_, err := n.erase(t, waits.ID, "")
	wantError(t, "of an item in the queue", err, codes.FailedPrecondition, "STATE")
	_, err = n.erase(t, i.ID, waits.Entries[0].Notice)
	wantError(t, "of another item's notice", err, codes.NotFound, "NOT_FOUND")
	_, err = n.as("blake", "supervisor").erase(t, i.ID, "")
	wantError(t, "by a supervisor", err, codes.PermissionDenied, "ROLE")
	_, err = n.queue().EraseItem(n.ctx(t), &pb.EraseItemRequest{RequestId: uuid.NewString(), ItemId: string(i.ID), Ground: "because"})
	wantError(t, "on no ground", err, codes.InvalidArgument, "INVALID")

	held, err := n.as("olga", "auditor").queue().PlaceHold(n.as("olga", "auditor").ctx(t), &pb.PlaceHoldRequest{RequestId: uuid.NewString(), ItemId: string(i.ID), Reason: "an inquiry on Zebedee"})
	if err != nil || held.GetItem().GetHold().GetBy() != "olga" || held.GetItem().GetHold().GetReason() != "an inquiry on Zebedee" || !held.GetItem().GetHold().GetAt().AsTime().Equal(h.clock().Truncate(time.Nanosecond)) {
		t.Fatalf("PlaceHold() = %v, %v", held, err)
	}
	_, err = n.erase(t, i.ID, "")
	wantError(t, "of an item that is held", err, codes.FailedPrecondition, "STATE")
	if _, err := n.queue().LiftHold(n.ctx(t), &pb.LiftHoldRequest{RequestId: uuid.NewString(), ItemId: string(i.ID), Reason: "it is over"}); err != nil {
		t.Fatal(err)
	}
	if out, err := n.erase(t, i.ID, i.Entries[0].Notice); err != nil || out.GetItem().GetWordsErased() || !out.GetItem().GetEntries()[0].GetTextErased() {
		t.Errorf("of one notice: %v, %v", out, err)
	}
	if err := h.sealer.Ring.Erase(t.Context(), seal.WordsKey(i.ID)); err != nil {
		t.Fatal(err)
	}
	_, err = n.queue().PlaceHold(n.ctx(t), &pb.PlaceHoldRequest{RequestId: uuid.NewString(), ItemId: string(i.ID), Reason: "too late"})
	wantError(t, "writing on an item whose words were erased", err, codes.FailedPrecondition, "STATE")
	if errors.Is(err, seal.ErrGone) {
		t.Error("an error crossed the wire as a value")
	}
}
