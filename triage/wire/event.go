package wire

import (
	pb "github.com/ppn-triage/ppn-triage/api/triagev1"
	"github.com/ppn-triage/ppn-triage/triage"
)

// What the service itself records: notices, scores, links and the copy.

func (e *encoder) noticeRead(v *triage.NoticeRead) *pb.NoticeRead {
	return &pb.NoticeRead{
		NoticeId:    string(v.Notice),
		Sequence:    v.Seq,
		Sha256:      v.SHA256,
		StreamTime:  e.time(v.StreamTime),
		Received:    e.time(v.Received),
		Force:       v.Force,
		Kind:        code[pb.LetterKind](e, pb.LetterKind_name, v.Kind),
		Why:         v.Why,
		MessageId:   v.MessageID,
		ContentHash: v.Content,
		From:        v.From,
		Auth:        v.Auth,
		Problems:    messages(v.Problems, e.problem),
		Program:     v.Program,
	}
}

func (d *decoder) noticeRead(m *pb.NoticeRead) triage.NoticeRead {
	return triage.NoticeRead{
		Notice:     triage.NoticeID(m.GetNoticeId()),
		Seq:        m.GetSequence(),
		SHA256:     m.GetSha256(),
		StreamTime: d.time(m.GetStreamTime()),
		Received:   d.time(m.GetReceived()),
		Force:      m.GetForce(),
		Kind:       value[triage.LetterKind](d, pb.LetterKind_name, m.GetKind()),
		Why:        m.GetWhy(),
		MessageID:  m.GetMessageId(),
		Content:    m.GetContentHash(),
		From:       m.GetFrom(),
		Auth:       m.GetAuth(),
		Problems:   nouns(m.GetProblems(), d.problem),
		Program:    m.GetProgram(),
	}
}

func (e *encoder) itemOpened(v *triage.ItemOpened) *pb.ItemOpened {
	return &pb.ItemOpened{ItemId: string(v.Item), Entry: e.entry(&v.Entry)}
}

func (d *decoder) itemOpened(m *pb.ItemOpened) triage.ItemOpened {
	return triage.ItemOpened{Item: triage.ItemID(m.GetItemId()), Entry: d.entry(m.GetEntry())}
}

func (e *encoder) noticeJoined(v *triage.NoticeJoined) *pb.NoticeJoined {
	return &pb.NoticeJoined{ItemId: string(v.Item), Entry: e.entry(&v.Entry)}
}

func (d *decoder) noticeJoined(m *pb.NoticeJoined) triage.NoticeJoined {
	return triage.NoticeJoined{Item: triage.ItemID(m.GetItemId()), Entry: d.entry(m.GetEntry())}
}

func (e *encoder) itemScored(v *triage.ItemScored) *pb.ItemScored {
	return &pb.ItemScored{
		ItemId:   string(v.Item),
		Children: messages(v.Children, e.child),
		Score:    e.score(&v.Score),
		History:  e.history(&v.History),
		Due:      e.time(v.Due),
		Rescore:  v.Rescore,
		Raised:   v.Raised,
	}
}

func (d *decoder) itemScored(m *pb.ItemScored) triage.ItemScored {
	return triage.ItemScored{
		Item:     triage.ItemID(m.GetItemId()),
		Children: nouns(m.GetChildren(), d.child),
		Score:    d.score(m.GetScore()),
		History:  d.history(m.GetHistory()),
		Due:      d.time(m.GetDue()),
		Rescore:  m.GetRescore(),
		Raised:   m.GetRaised(),
	}
}

func (e *encoder) itemLinked(v *triage.ItemLinked) *pb.ItemLinked {
	return &pb.ItemLinked{ItemId: string(v.Item), Link: e.link(&v.Link)}
}

func (d *decoder) itemLinked(m *pb.ItemLinked) triage.ItemLinked {
	return triage.ItemLinked{Item: triage.ItemID(m.GetItemId()), Link: d.link(m.GetLink())}
}

func (e *encoder) archived(v *triage.Archived) *pb.Archived {
	return &pb.Archived{Notices: v.Notices, Commits: v.Commits}
}

func (d *decoder) archived(m *pb.Archived) triage.Archived {
	return triage.Archived{Notices: m.GetNotices(), Commits: m.GetCommits()}
}
