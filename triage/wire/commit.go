package wire

import (
	"fmt"

	pb "github.com/ppn-triage/ppn-triage/api/triagev1"
	"github.com/ppn-triage/ppn-triage/triage"
)

func (e *encoder) commit(c *triage.Commit) *pb.Commit {
	return &pb.Commit{
		Id:        c.ID,
		RequestId: c.RequestID, RequestHash: c.Request,
		Actor:   &pb.Actor{Name: c.Actor.Name, Role: c.Actor.Role, Verified: c.Actor.Verified},
		At:      e.time(c.At),
		Through: c.Through,
		Events:  messages(c.Events, e.event),
	}
}

func (d *decoder) commit(m *pb.Commit) *triage.Commit {
	a := m.GetActor()
	return &triage.Commit{
		ID:        m.GetId(),
		RequestID: m.GetRequestId(), Request: m.GetRequestHash(),
		Actor:   triage.Actor{Name: a.GetName(), Role: a.GetRole(), Verified: a.GetVerified()},
		At:      d.time(m.GetAt()),
		Through: m.GetThrough(),
		Events:  nouns(m.GetEvents(), d.event),
	}
}

// event is the one list of what an event may be, with its fellow of the
// decoder; a test holds both against package triage.
func (e *encoder) event(ev *triage.Event) *pb.Event {
	switch v := (*ev).(type) {
	case triage.NoticeRead:
		return &pb.Event{Event: &pb.Event_NoticeRead{NoticeRead: e.noticeRead(&v)}}
	case triage.ItemOpened:
		return &pb.Event{Event: &pb.Event_ItemOpened{ItemOpened: e.itemOpened(&v)}}
	case triage.NoticeJoined:
		return &pb.Event{Event: &pb.Event_NoticeJoined{NoticeJoined: e.noticeJoined(&v)}}
	case triage.CaseRows:
		return &pb.Event{Event: &pb.Event_CaseRows{CaseRows: e.caseRows(&v)}}
	case triage.ItemScored:
		return &pb.Event{Event: &pb.Event_ItemScored{ItemScored: e.itemScored(&v)}}
	case triage.ItemLinked:
		return &pb.Event{Event: &pb.Event_ItemLinked{ItemLinked: e.itemLinked(&v)}}
	case triage.Opened:
		return &pb.Event{Event: &pb.Event_Opened{Opened: e.opened(&v)}}
	case triage.Claimed:
		return &pb.Event{Event: &pb.Event_Claimed{Claimed: e.claimed(&v)}}
	case triage.ClaimRenewed:
		return &pb.Event{Event: &pb.Event_ClaimRenewed{ClaimRenewed: e.claimRenewed(&v)}}
	case triage.Released:
		return &pb.Event{Event: &pb.Event_Released{Released: e.released(&v)}}
	case triage.ClaimExpired:
		return &pb.Event{Event: &pb.Event_ClaimExpired{ClaimExpired: e.claimExpired(&v)}}
	case triage.Decided:
		return &pb.Event{Event: &pb.Event_Decided{Decided: e.decided(&v)}}
	case triage.InterimRecorded:
		return &pb.Event{Event: &pb.Event_InterimRecorded{InterimRecorded: e.interimRecorded(&v)}}
	case triage.BandOverridden:
		return &pb.Event{Event: &pb.Event_BandOverridden{BandOverridden: e.bandOverridden(&v)}}
	case triage.BreachRisk:
		return &pb.Event{Event: &pb.Event_BreachRisk{BreachRisk: &pb.BreachRisk{ItemId: string(v.Item)}}}
	case triage.Overdue:
		return &pb.Event{Event: &pb.Event_Overdue{Overdue: &pb.Overdue{ItemId: string(v.Item)}}}
	case triage.RulesActivated:
		return &pb.Event{Event: &pb.Event_RulesActivated{RulesActivated: &pb.RulesActivated{Hash: v.Hash, Archive: v.Bytes}}}
	case triage.Archived:
		return &pb.Event{Event: &pb.Event_Archived{Archived: e.archived(&v)}}
	case triage.ItemJoined:
		return &pb.Event{Event: &pb.Event_ItemJoined{ItemJoined: e.itemJoined(&v)}}
	case triage.NoticeSplit:
		return &pb.Event{Event: &pb.Event_NoticeSplit{NoticeSplit: e.noticeSplit(&v)}}
	case triage.LinkJudged:
		return &pb.Event{Event: &pb.Event_LinkJudged{LinkJudged: e.linkJudged(&v)}}
	case triage.FactCorrected:
		return &pb.Event{Event: &pb.Event_FactCorrected{FactCorrected: e.factCorrected(&v)}}
	case triage.NoticeRecalled:
		return &pb.Event{Event: &pb.Event_NoticeRecalled{NoticeRecalled: e.noticeRecalled(&v)}}
	case triage.NoticeStruck:
		return &pb.Event{Event: &pb.Event_NoticeStruck{NoticeStruck: e.noticeStruck(&v)}}
	case triage.ChildStatusSet:
		return &pb.Event{Event: &pb.Event_ChildStatusSet{ChildStatusSet: e.childStatusSet(&v)}}
	case triage.PoliceAsked:
		return &pb.Event{Event: &pb.Event_PoliceAsked{PoliceAsked: e.policeAsked(&v)}}
	case triage.Erased:
		return &pb.Event{Event: &pb.Event_Erased{Erased: e.erased(&v)}}
	case triage.BellRung:
		return &pb.Event{Event: &pb.Event_BellRung{BellRung: e.bellRung(&v)}}
	case triage.BellAnswered:
		return &pb.Event{Event: &pb.Event_BellAnswered{BellAnswered: &pb.BellAnswered{ItemId: string(v.Item), NoticeId: string(v.Notice)}}}
	case triage.HoldPlaced:
		return &pb.Event{Event: &pb.Event_HoldPlaced{HoldPlaced: &pb.HoldPlaced{ItemId: string(v.Item), Reason: v.Reason}}}
	case triage.HoldLifted:
		return &pb.Event{Event: &pb.Event_HoldLifted{HoldLifted: &pb.HoldLifted{ItemId: string(v.Item), Reason: v.Reason}}}
	}
	e.lose(fmt.Errorf("unknown event %T", *ev))
	return &pb.Event{}
}

func (d *decoder) event(m *pb.Event) triage.Event {
	switch v := m.GetEvent().(type) {
	case *pb.Event_NoticeRead:
		return d.noticeRead(v.NoticeRead)
	case *pb.Event_ItemOpened:
		return d.itemOpened(v.ItemOpened)
	case *pb.Event_NoticeJoined:
		return d.noticeJoined(v.NoticeJoined)
	case *pb.Event_CaseRows:
		return d.caseRows(v.CaseRows)
	case *pb.Event_ItemScored:
		return d.itemScored(v.ItemScored)
	case *pb.Event_ItemLinked:
		return d.itemLinked(v.ItemLinked)
	case *pb.Event_Opened:
		return d.opened(v.Opened)
	case *pb.Event_Claimed:
		return d.claimed(v.Claimed)
	case *pb.Event_ClaimRenewed:
		return d.claimRenewed(v.ClaimRenewed)
	case *pb.Event_Released:
		return d.released(v.Released)
	case *pb.Event_ClaimExpired:
		return d.claimExpired(v.ClaimExpired)
	case *pb.Event_Decided:
		return d.decided(v.Decided)
	case *pb.Event_InterimRecorded:
		return d.interimRecorded(v.InterimRecorded)
	case *pb.Event_BandOverridden:
		return d.bandOverridden(v.BandOverridden)
	case *pb.Event_BreachRisk:
		return triage.BreachRisk{Item: triage.ItemID(v.BreachRisk.GetItemId())}
	case *pb.Event_Overdue:
		return triage.Overdue{Item: triage.ItemID(v.Overdue.GetItemId())}
	case *pb.Event_RulesActivated:
		return triage.RulesActivated{Hash: v.RulesActivated.GetHash(), Bytes: v.RulesActivated.GetArchive()}
	case *pb.Event_Archived:
		return d.archived(v.Archived)
	case *pb.Event_ItemJoined:
		return d.itemJoined(v.ItemJoined)
	case *pb.Event_NoticeSplit:
		return d.noticeSplit(v.NoticeSplit)
	case *pb.Event_LinkJudged:
		return d.linkJudged(v.LinkJudged)
	case *pb.Event_FactCorrected:
		return d.factCorrected(v.FactCorrected)
	case *pb.Event_NoticeRecalled:
		return d.noticeRecalled(v.NoticeRecalled)
	case *pb.Event_NoticeStruck:
		return d.noticeStruck(v.NoticeStruck)
	case *pb.Event_ChildStatusSet:
		return d.childStatusSet(v.ChildStatusSet)
	case *pb.Event_PoliceAsked:
		return d.policeAsked(v.PoliceAsked)
	case *pb.Event_Erased:
		return d.erased(v.Erased)
	case *pb.Event_BellRung:
		return d.bellRung(v.BellRung)
	case *pb.Event_BellAnswered:
		return triage.BellAnswered{Item: triage.ItemID(v.BellAnswered.GetItemId()), Notice: triage.NoticeID(v.BellAnswered.GetNoticeId())}
	case *pb.Event_HoldPlaced:
		return triage.HoldPlaced{Item: triage.ItemID(v.HoldPlaced.GetItemId()), Reason: v.HoldPlaced.GetReason()}
	case *pb.Event_HoldLifted:
		return triage.HoldLifted{Item: triage.ItemID(v.HoldLifted.GetItemId()), Reason: v.HoldLifted.GetReason()}
	}
	d.lose(fmt.Errorf("unknown event %T", m.GetEvent()))
	return nil
}
