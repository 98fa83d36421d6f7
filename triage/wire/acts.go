package wire

import (
	pb "github.com/ppn-triage/ppn-triage/api/triagev1"
	"github.com/ppn-triage/ppn-triage/triage"
)

// What people do, and the claims that end by themselves.

func (e *encoder) opened(v *triage.Opened) *pb.Opened {
	return &pb.Opened{ItemId: string(v.Item), NoticeId: string(v.Notice)}
}

func (d *decoder) opened(m *pb.Opened) triage.Opened {
	return triage.Opened{Item: triage.ItemID(m.GetItemId()), Notice: triage.NoticeID(m.GetNoticeId())}
}

func (e *encoder) claimed(v *triage.Claimed) *pb.Claimed {
	return &pb.Claimed{ItemId: string(v.Item), Token: v.Token, Until: e.time(v.Until)}
}

func (d *decoder) claimed(m *pb.Claimed) triage.Claimed {
	return triage.Claimed{Item: triage.ItemID(m.GetItemId()), Token: m.GetToken(), Until: d.time(m.GetUntil())}
}

func (e *encoder) claimRenewed(v *triage.ClaimRenewed) *pb.ClaimRenewed {
	return &pb.ClaimRenewed{ItemId: string(v.Item), Token: v.Token, Until: e.time(v.Until)}
}

func (d *decoder) claimRenewed(m *pb.ClaimRenewed) triage.ClaimRenewed {
	return triage.ClaimRenewed{Item: triage.ItemID(m.GetItemId()), Token: m.GetToken(), Until: d.time(m.GetUntil())}
}

func (e *encoder) released(v *triage.Released) *pb.Released {
	return &pb.Released{ItemId: string(v.Item), Token: v.Token, Reason: v.Reason}
}

func (d *decoder) released(m *pb.Released) triage.Released {
	return triage.Released{Item: triage.ItemID(m.GetItemId()), Token: m.GetToken(), Reason: m.GetReason()}
}

func (e *encoder) claimExpired(v *triage.ClaimExpired) *pb.ClaimExpired {
	return &pb.ClaimExpired{ItemId: string(v.Item), Token: v.Token}
}

func (d *decoder) claimExpired(m *pb.ClaimExpired) triage.ClaimExpired {
	return triage.ClaimExpired{Item: triage.ItemID(m.GetItemId()), Token: m.GetToken()}
}

func (e *encoder) decided(v *triage.Decided) *pb.Decided {
	return &pb.Decided{ItemId: string(v.Item), Token: v.Token, Decisions: messages(v.Decisions, e.decision)}
}

func (d *decoder) decided(m *pb.Decided) triage.Decided {
	return triage.Decided{
		Item:      triage.ItemID(m.GetItemId()),
		Token:     m.GetToken(),
		Decisions: nouns(m.GetDecisions(), d.decision),
	}
}

func (e *encoder) interimRecorded(v *triage.InterimRecorded) *pb.InterimRecorded {
	return &pb.InterimRecorded{ItemId: string(v.Item), Words: v.Words, SafeWith: v.SafeWith}
}

func (d *decoder) interimRecorded(m *pb.InterimRecorded) triage.InterimRecorded {
	return triage.InterimRecorded{Item: triage.ItemID(m.GetItemId()), Words: m.GetWords(), SafeWith: m.GetSafeWith()}
}

func (e *encoder) bandOverridden(v *triage.BandOverridden) *pb.BandOverridden {
	return &pb.BandOverridden{
		ItemId: string(v.Item),
		Token:  v.Token,
		Band:   e.band(v.Band),
		Due:    e.time(v.Due),
		Reason: v.Reason,
	}
}

func (d *decoder) bandOverridden(m *pb.BandOverridden) triage.BandOverridden {
	return triage.BandOverridden{
		Item:   triage.ItemID(m.GetItemId()),
		Token:  m.GetToken(),
		Band:   d.band(m.GetBand()),
		Due:    d.time(m.GetDue()),
		Reason: m.GetReason(),
	}
}

func (e *encoder) itemJoined(v *triage.ItemJoined) *pb.ItemJoined {
	return &pb.ItemJoined{ItemId: string(v.Item), AbsorbedItemId: string(v.Absorbed), Reason: v.Reason}
}

func (d *decoder) itemJoined(m *pb.ItemJoined) triage.ItemJoined {
	return triage.ItemJoined{
		Item:     triage.ItemID(m.GetItemId()),
		Absorbed: triage.ItemID(m.GetAbsorbedItemId()),
		Reason:   m.GetReason(),
	}
}

func (e *encoder) noticeSplit(v *triage.NoticeSplit) *pb.NoticeSplit {
	return &pb.NoticeSplit{
		ItemId:    string(v.Item),
		NoticeId:  string(v.Notice),
		Part:      e.int("NoticeSplit.Part", v.Part),
		NewItemId: string(v.New),
		Reason:    v.Reason,
	}
}

func (d *decoder) noticeSplit(m *pb.NoticeSplit) triage.NoticeSplit {
	return triage.NoticeSplit{
		Item:   triage.ItemID(m.GetItemId()),
		Notice: triage.NoticeID(m.GetNoticeId()),
		Part:   int(m.GetPart()),
		New:    triage.ItemID(m.GetNewItemId()),
		Reason: m.GetReason(),
	}
}

func (e *encoder) linkJudged(v *triage.LinkJudged) *pb.LinkJudged {
	return &pb.LinkJudged{
		ItemId:    string(v.Item),
		ToItemId:  string(v.To),
		ChildId:   v.Child,
		Confirmed: v.Confirmed,
		Reason:    v.Reason,
	}
}

func (d *decoder) linkJudged(m *pb.LinkJudged) triage.LinkJudged {
	return triage.LinkJudged{
		Item:      triage.ItemID(m.GetItemId()),
		To:        triage.ItemID(m.GetToItemId()),
		Child:     m.GetChildId(),
		Confirmed: m.GetConfirmed(),
		Reason:    m.GetReason(),
	}
}

func (e *encoder) factCorrected(v *triage.FactCorrected) *pb.FactCorrected {
	return &pb.FactCorrected{
		ItemId:   string(v.Item),
		NoticeId: string(v.Notice),
		Part:     e.int("FactCorrected.Part", v.Part),
		Fact:     e.int("FactCorrected.Fact", v.Fact),
		Polarity: code[pb.Polarity](e, pb.Polarity_name, v.Polarity),
		Time:     code[pb.FactTime](e, pb.FactTime_name, v.Time),
		Holder:   code[pb.Holder](e, pb.Holder_name, v.Holder),
		Reason:   v.Reason,
	}
}

func (d *decoder) factCorrected(m *pb.FactCorrected) triage.FactCorrected {
	return triage.FactCorrected{
		Item:     triage.ItemID(m.GetItemId()),
		Notice:   triage.NoticeID(m.GetNoticeId()),
		Part:     int(m.GetPart()),
		Fact:     int(m.GetFact()),
		Polarity: value[triage.Polarity](d, pb.Polarity_name, m.GetPolarity()),
		Time:     value[triage.Time](d, pb.FactTime_name, m.GetTime()),
		Holder:   value[triage.Holder](d, pb.Holder_name, m.GetHolder()),
		Reason:   m.GetReason(),
	}
}

func (e *encoder) noticeStruck(v *triage.NoticeStruck) *pb.NoticeStruck {
	return &pb.NoticeStruck{
		ItemId:   string(v.Item),
		NoticeId: string(v.Notice),
		Part:     e.int("NoticeStruck.Part", v.Part),
		Reason:   v.Reason,
	}
}

func (d *decoder) noticeStruck(m *pb.NoticeStruck) triage.NoticeStruck {
	return triage.NoticeStruck{
		Item:   triage.ItemID(m.GetItemId()),
		Notice: triage.NoticeID(m.GetNoticeId()),
		Part:   int(m.GetPart()),
		Reason: m.GetReason(),
	}
}

func (e *encoder) childStatusSet(v *triage.ChildStatusSet) *pb.ChildStatusSet {
	return &pb.ChildStatusSet{
		ItemId:   string(v.Item),
		ChildId:  v.Child,
		Status:   v.Status,
		ClosedAt: v.ClosedAt,
		AsOf:     v.AsOf,
		Source:   v.Source,
	}
}

func (d *decoder) childStatusSet(m *pb.ChildStatusSet) triage.ChildStatusSet {
	return triage.ChildStatusSet{
		Item:     triage.ItemID(m.GetItemId()),
		Child:    m.GetChildId(),
		Status:   m.GetStatus(),
		ClosedAt: m.GetClosedAt(),
		AsOf:     m.GetAsOf(),
		Source:   m.GetSource(),
	}
}

func (e *encoder) policeAsked(v *triage.PoliceAsked) *pb.PoliceAsked {
	return &pb.PoliceAsked{ItemId: string(v.Item), Force: v.Force, Question: v.Question}
}

func (d *decoder) policeAsked(m *pb.PoliceAsked) triage.PoliceAsked {
	return triage.PoliceAsked{Item: triage.ItemID(m.GetItemId()), Force: m.GetForce(), Question: m.GetQuestion()}
}

func (e *encoder) noticeRecalled(v *triage.NoticeRecalled) *pb.NoticeRecalled {
	return &pb.NoticeRecalled{
		ItemId:     string(v.Item),
		NoticeId:   string(v.Notice),
		Part:       e.int("NoticeRecalled.Part", v.Part),
		RecalledBy: string(v.By),
	}
}

func (d *decoder) noticeRecalled(m *pb.NoticeRecalled) triage.NoticeRecalled {
	return triage.NoticeRecalled{
		Item:   triage.ItemID(m.GetItemId()),
		Notice: triage.NoticeID(m.GetNoticeId()),
		Part:   int(m.GetPart()),
		By:     triage.NoticeID(m.GetRecalledBy()),
	}
}
