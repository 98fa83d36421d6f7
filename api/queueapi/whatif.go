package queueapi

import (
	"context"

	"google.golang.org/grpc"

	pb "github.com/ppn-triage/ppn-triage/api/triagev1"
	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/intake"
	"github.com/ppn-triage/ppn-triage/triage/replay"
	"github.com/ppn-triage/ppn-triage/triage/wire"
)

// WhatIf tries a ruleset on the queue, as auditreplay does on an export: each
// item that would score otherwise, in the order that the queue would have, then
// the figures. Facts are as they were read; it changes nothing.
func (s rulesService) WhatIf(r *pb.WhatIfRequest, out grpc.ServerStreamingServer[pb.WhatIfResponse]) error {
	return stream(r, out, s.whatIf)
}

func (s rulesService) whatIf(ctx context.Context, r *pb.WhatIfRequest, out grpc.ServerStreamingServer[pb.WhatIfResponse]) error {
	d, err := s.door(r.GetFrontDoor())
	if err != nil {
		return err
	}
	flt, err := newFilter(r.GetFilter())
	if err != nil {
		return err
	}
	snap, st, err := d.current(ctx)
	if err != nil {
		return err
	}
	rs, err := d.tried(ctx, snap.Ledger, r.GetArchive())
	if err != nil {
		return err
	}
	now := s.cfg.Now().UTC()
	var ids []triage.ItemID
	err = d.eachQueued(ctx, func(i *triage.Item) {
		if flt.match(i, d.tier(i, now)) {
			ids = append(ids, i.ID)
		}
	})
	if err != nil {
		return err
	}
	w := &replay.WhatIf{Store: d.Book.Store, Rules: rs, Calendar: d.Calendar, At: now}
	moves, err := w.Moves(ctx, ids)
	if err != nil {
		return err
	}
	return sendMoves(out, moves, st.applied)
}

// tried compiles a ruleset to be tried, with the case list in force beside it.
func (f *front) tried(ctx context.Context, l triage.Ledger, archive []byte) (*intake.Ruleset, error) {
	rs, problems, err := f.compile(ctx, l, archive)
	switch {
	case err != nil:
		return nil, err
	case len(problems) > 0:
		return nil, refusal(problems)
	}
	active, err := f.Rules(ctx, l)
	if err != nil {
		return nil, err
	}
	rs.Cases = active.Cases
	return rs, nil
}

func sendMoves(out grpc.ServerStreamingServer[pb.WhatIfResponse], moves []*replay.Move, applied uint64) error {
	sum := &pb.WhatIfSummary{Items: uint64(len(moves)), AppliedPosition: applied}
	for _, m := range moves {
		switch {
		case m.Now.Band() > m.Was.Band():
			sum.Raised++
		case m.Now.Band() < m.Was.Band():
			sum.Lowered++
		}
		if !m.Scored() {
			continue
		}
		sum.Changed++
		d := &pb.ScoreDifference{ItemId: string(m.Was.ID), Before: wire.ScoreProto(&m.Was.Score), After: wire.ScoreProto(&m.Now.Score)}
		if err := out.Send(&pb.WhatIfResponse{Part: &pb.WhatIfResponse_Difference{Difference: d}}); err != nil {
			return err
		}
	}
	return out.Send(&pb.WhatIfResponse{Part: &pb.WhatIfResponse_Summary{Summary: sum}})
}
