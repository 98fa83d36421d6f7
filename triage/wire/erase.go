package wire

import (
	pb "github.com/ppn-triage/ppn-triage/api/triagev1"
	"github.com/ppn-triage/ppn-triage/triage"
)

func (e *encoder) erased(v *triage.Erased) *pb.Erased {
	return &pb.Erased{ItemId: string(v.Item), Sequences: v.Notices, Text: v.Text, Identity: v.Identity, Words: v.Words, Ground: v.Ground}
}

func (d *decoder) erased(m *pb.Erased) triage.Erased {
	return triage.Erased{
		Item:     triage.ItemID(m.GetItemId()),
		Notices:  m.GetSequences(),
		Text:     m.GetText(),
		Identity: m.GetIdentity(),
		Words:    m.GetWords(),
		Ground:   m.GetGround(),
	}
}

func (e *encoder) hold(h *triage.Hold) *pb.Hold {
	if h == nil {
		return nil
	}
	return &pb.Hold{By: h.By, At: e.time(h.At), Reason: h.Reason}
}

func (d *decoder) hold(m *pb.Hold) *triage.Hold {
	if m == nil {
		return nil
	}
	return &triage.Hold{By: m.GetBy(), At: d.time(m.GetAt()), Reason: m.GetReason()}
}
