package queueapi

import (
	"testing"

	"github.com/google/uuid"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	pb "github.com/ppn-triage/ppn-triage/api/triagev1"
)

// TestNoClaimCarriesAClientsTime (osTicket #5533: a lock's end was counted by the
// client's clock). A claim is asked for by how long it should last, never until
// when, so a client whose clock is an hour off gets what any other gets.
func TestNoClaimCarriesAClientsTime(t *testing.T) {
	for _, m := range []proto.Message{&pb.ClaimNextRequest{}, &pb.ClaimItemRequest{}, &pb.RenewClaimRequest{}, &pb.ReleaseItemRequest{}} {
		fields := m.ProtoReflect().Descriptor().Fields()
		for n := range fields.Len() {
			f := fields.Get(n)
			if f.Message() != nil && f.Message().FullName() == "google.protobuf.Timestamp" {
				t.Errorf("%s.%s is a time of the client's", m.ProtoReflect().Descriptor().Name(), f.Name())
			}
		}
	}
}

// TestARefusedRequestMayBeTriedAgain under the same id (sbomscanner PR #281: a
// retry after a failure was taken for a duplicate and dropped).
func TestARefusedRequestMayBeTriedAgain(t *testing.T) {
	h := newHouse(t)
	n := h.node()
	i := h.open(0, "dash")
	r := &pb.DecideItemRequest{RequestId: uuid.NewString(), ItemId: string(i.ID), Token: n.claim(t, i.ID), Decisions: decision("c1")}
	_, err := n.queue().DecideItem(n.ctx(t), r)
	wantError(t, "a decision on what was not opened", err, codes.FailedPrecondition, "UNOPENED")
	n.look(t, i)
	out, err := n.queue().DecideItem(n.ctx(t), r)
	if err != nil || out.GetItem().GetSummary().GetState() != pb.ItemState_ITEM_STATE_DECIDED {
		t.Errorf("the same request again = %v, %v; want it done", out.GetItem().GetSummary().GetState(), err)
	}
}
