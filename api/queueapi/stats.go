package queueapi

import (
	"context"
	"maps"
	"slices"
	"time"

	pb "github.com/ppn-triage/ppn-triage/api/triagev1"
	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/wire"
)

// GetQueueStats counts the queue and the whole log.
func (s queueService) GetQueueStats(ctx context.Context, r *pb.GetQueueStatsRequest) (*pb.GetQueueStatsResponse, error) {
	return answer(ctx, r, s.stats)
}

func (s queueService) stats(ctx context.Context, r *pb.GetQueueStatsRequest) (*pb.GetQueueStatsResponse, error) {
	d, err := s.door(r.GetFrontDoor())
	if err != nil {
		return nil, err
	}
	now := s.cfg.Now().UTC()
	bands := map[triage.Band]*pb.BandStats{}
	for b := triage.Red; b >= triage.Blue; b-- {
		bands[b] = &pb.BandStats{Band: wire.BandProto(b)}
	}
	_, err = d.walk(ctx, now, nil, func(_ *triage.Snapshot, row triage.Row) bool {
		if b := bands[row.Item.Band()]; b != nil {
			d.count(b, row.Item, now)
		}
		return true
	})
	if err != nil {
		return nil, err
	}
	snap, st, err := d.current(ctx)
	if err != nil {
		return nil, err
	}
	out := ledgerStats(&snap.Ledger)
	for b := triage.Red; b >= triage.Blue; b-- {
		out.Bands = append(out.Bands, bands[b])
	}
	out.AppliedPosition, out.LogPosition, out.UnreadNotices = st.applied, st.log, st.unread
	out.Degraded, out.DegradedReason = st.degraded != "", st.degraded
	return out, nil
}

func (f *front) count(b *pb.BandStats, i *triage.Item, now time.Time) {
	if i.State() == triage.ClaimedState {
		b.Claimed++
	} else {
		b.Waiting++
	}
	if !now.Before(i.Due) {
		b.Overdue++
	} else if !now.Before(f.Calendar.RiskOf(i)) {
		b.BreachRisk++
	}
	received := wire.TimeProto(i.Received)
	if b.GetOldest() == nil || i.Received.Before(b.GetOldest().AsTime()) {
		b.Oldest = received
	}
	if len(i.Looks) == 0 {
		b.Unopened++
		if b.GetOldestUnopened() == nil || i.Received.Before(b.GetOldestUnopened().AsTime()) {
			b.OldestUnopened = received
		}
	}
}

func ledgerStats(l *triage.Ledger) *pb.GetQueueStatsResponse {
	out := &pb.GetQueueStatsResponse{Notices: l.Notices, Parts: l.Parts, Opened: l.Opened, Joined: l.Joined}
	for s := triage.Waiting; s <= triage.StruckState; s++ {
		out.States = append(out.States, &pb.StateCount{State: wire.StateProto(s), Count: l.States[s]})
	}
	for k := triage.LetterNotice; k <= triage.LetterCanary; k++ {
		out.Kinds = append(out.Kinds, &pb.KindCount{Kind: wire.LetterKindProto(k), Count: l.Kinds[k]})
	}
	held := map[string]uint64{}
	for _, c := range l.Claims {
		held[c.By]++
	}
	for _, who := range slices.Sorted(maps.Keys(held)) {
		out.Holders = append(out.Holders, &pb.HolderCount{HeldBy: who, Count: held[who]})
	}
	return out
}
