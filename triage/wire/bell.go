package wire

import (
	pb "github.com/ppn-triage/ppn-triage/api/triagev1"
	"github.com/ppn-triage/ppn-triage/triage"
)

func (e *encoder) bellRung(v *triage.BellRung) *pb.BellRung {
	return &pb.BellRung{ItemId: string(v.Item), NoticeId: string(v.Notice), Step: e.int("BellRung.Step", v.Step), To: v.To, Outcome: v.Outcome}
}

func (d *decoder) bellRung(m *pb.BellRung) triage.BellRung {
	return triage.BellRung{
		Item: triage.ItemID(m.GetItemId()), Notice: triage.NoticeID(m.GetNoticeId()),
		Step: int(m.GetStep()), To: m.GetTo(), Outcome: m.GetOutcome(),
	}
}

func (e *encoder) bell(b *triage.Bell) *pb.Bell {
	if b == nil {
		return nil
	}
	return &pb.Bell{
		NoticeId: string(b.Notice), Step: e.int("Bell.Step", b.Step), To: b.To, At: e.time(b.At), Outcome: b.Outcome,
		Calls: e.int("Bell.Calls", b.Calls), AnsweredBy: b.AnsweredBy, AnsweredAt: e.time(b.AnsweredAt),
	}
}

func (d *decoder) bell(m *pb.Bell) *triage.Bell {
	if m == nil {
		return nil
	}
	return &triage.Bell{
		Notice: triage.NoticeID(m.GetNoticeId()), Step: int(m.GetStep()), To: m.GetTo(), At: d.time(m.GetAt()), Outcome: m.GetOutcome(),
		Calls: int(m.GetCalls()), AnsweredBy: m.GetAnsweredBy(), AnsweredAt: d.time(m.GetAnsweredAt()),
	}
}
