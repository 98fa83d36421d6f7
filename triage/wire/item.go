package wire

import (
	pb "github.com/ppn-triage/ppn-triage/api/triagev1"
	"github.com/ppn-triage/ppn-triage/triage"
)

func (e *encoder) item(i *triage.Item) *pb.Item {
	m := &pb.Item{
		Id:          string(i.ID),
		Version:     i.Version,
		Touched:     i.Touched,
		Sequence:    i.Seq,
		Received:    e.time(i.Received),
		Entries:     messages(i.Entries, e.entry),
		Children:    messages(i.Children, e.child),
		Score:       e.score(&i.Score),
		History:     e.history(&i.History),
		Due:         e.time(i.Due),
		Links:       messages(i.Links, e.link),
		Flags:       i.Flags,
		Open:        i.Open,
		Looks:       messages(i.Looks, e.look),
		Decisions:   messages(i.Decisions, e.decision),
		Interims:    messages(i.Interims, e.interim),
		Questions:   messages(i.Questions, e.question),
		BreachRisk:  i.BreachRisk,
		Overdue:     i.Overdue,
		Bell:        e.bell(i.Bell),
		WordsErased: i.WordsErased, Hold: e.hold(i.Hold),
		JoinedInto: string(i.JoinedInto),
		Apart:      strs[string](i.Apart),
	}
	if i.Proposed != nil {
		m.Proposed = e.score(i.Proposed)
	}
	if i.Claim != nil {
		m.Claim = e.claim(i.Claim)
	}
	if i.Override != nil {
		m.Override = e.override(i.Override)
	}
	return m
}

func (d *decoder) item(m *pb.Item) *triage.Item {
	i := &triage.Item{
		ID:          triage.ItemID(m.GetId()),
		Version:     m.GetVersion(),
		Touched:     m.GetTouched(),
		Seq:         m.GetSequence(),
		Received:    d.time(m.GetReceived()),
		Entries:     nouns(m.GetEntries(), d.entry),
		Children:    nouns(m.GetChildren(), d.child),
		Score:       d.score(m.GetScore()),
		History:     d.history(m.GetHistory()),
		Due:         d.time(m.GetDue()),
		Links:       nouns(m.GetLinks(), d.link),
		Flags:       m.GetFlags(),
		Open:        m.GetOpen(),
		Looks:       nouns(m.GetLooks(), d.look),
		Decisions:   nouns(m.GetDecisions(), d.decision),
		Interims:    nouns(m.GetInterims(), d.interim),
		Questions:   nouns(m.GetQuestions(), d.question),
		BreachRisk:  m.GetBreachRisk(),
		Overdue:     m.GetOverdue(),
		Bell:        d.bell(m.GetBell()),
		WordsErased: m.GetWordsErased(), Hold: d.hold(m.GetHold()),
		JoinedInto: triage.ItemID(m.GetJoinedInto()),
		Apart:      strs[triage.ItemID](m.GetApart()),
	}
	if m.GetProposed() != nil {
		s := d.score(m.GetProposed())
		i.Proposed = &s
	}
	if m.GetClaim() != nil {
		c := d.claim(m.GetClaim())
		i.Claim = &c
	}
	if m.GetOverride() != nil {
		o := d.override(m.GetOverride())
		i.Override = &o
	}
	return i
}

func (e *encoder) entry(n *triage.Entry) *pb.Entry {
	return &pb.Entry{
		NoticeId:    string(n.Notice),
		Part:        e.int("Entry.Part", n.Part),
		Sequence:    n.Seq,
		Received:    e.time(n.Received),
		Relation:    code[pb.Relation](e, pb.Relation_name, n.Relation),
		Why:         n.Why,
		MessageId:   n.MessageID,
		ContentHash: n.Content,
		TitleHash:   n.Title,
		Via:         n.Via,
		Readable:    n.Readable,
		Struck:      n.Struck,
		Settled:     n.Settled,
		TextErased:  n.TextErased, IdentityErased: n.IdentityErased,
		Reading:  e.reading(&n.Reading),
		Problems: messages(n.Problems, e.problem),
	}
}

func (d *decoder) entry(m *pb.Entry) triage.Entry {
	return triage.Entry{
		Notice:     triage.NoticeID(m.GetNoticeId()),
		Part:       int(m.GetPart()),
		Seq:        m.GetSequence(),
		Received:   d.time(m.GetReceived()),
		Relation:   value[triage.Relation](d, pb.Relation_name, m.GetRelation()),
		Why:        m.GetWhy(),
		MessageID:  m.GetMessageId(),
		Content:    m.GetContentHash(),
		Title:      m.GetTitleHash(),
		Via:        m.GetVia(),
		Readable:   m.GetReadable(),
		Struck:     m.GetStruck(),
		Settled:    m.GetSettled(),
		Reading:    d.reading(m.GetReading()),
		Problems:   nouns(m.GetProblems(), d.problem),
		TextErased: m.GetTextErased(), IdentityErased: m.GetIdentityErased(),
	}
}

func (e *encoder) link(l *triage.Link) *pb.Link {
	return &pb.Link{
		ToItemId:  string(l.To),
		Kind:      code[pb.LinkKind](e, pb.LinkKind_name, l.Kind),
		ChildId:   l.Child,
		Weight:    e.int("Link.Weight", l.Weight),
		Why:       l.Why,
		Confirmed: l.Confirmed,
		Rejected:  l.Rejected,
		NoticeIds: strs[string](l.Notices),
	}
}

func (d *decoder) link(m *pb.Link) triage.Link {
	return triage.Link{
		To:        triage.ItemID(m.GetToItemId()),
		Kind:      value[triage.LinkKind](d, pb.LinkKind_name, m.GetKind()),
		Child:     m.GetChildId(),
		Weight:    int(m.GetWeight()),
		Why:       m.GetWhy(),
		Confirmed: m.GetConfirmed(),
		Rejected:  m.GetRejected(),
		Notices:   strs[triage.NoticeID](m.GetNoticeIds()),
	}
}

func (e *encoder) claim(c *triage.Claim) *pb.Claim {
	return &pb.Claim{By: c.By, Token: c.Token, Until: e.time(c.Until), At: e.time(c.At)}
}

func (d *decoder) claim(m *pb.Claim) triage.Claim {
	return triage.Claim{By: m.GetBy(), Token: m.GetToken(), Until: d.time(m.GetUntil()), At: d.time(m.GetAt())}
}

func (e *encoder) override(o *triage.Override) *pb.Override {
	return &pb.Override{Band: e.band(o.Band), By: o.By, At: e.time(o.At), Reason: o.Reason, Through: o.Through}
}

func (d *decoder) override(m *pb.Override) triage.Override {
	return triage.Override{Band: d.band(m.GetBand()), By: m.GetBy(), At: d.time(m.GetAt()), Reason: m.GetReason(), Through: m.GetThrough()}
}

func (e *encoder) look(l *triage.Look) *pb.Look {
	return &pb.Look{NoticeId: string(l.Notice), By: l.By, At: e.time(l.At)}
}

func (d *decoder) look(m *pb.Look) triage.Look {
	return triage.Look{Notice: triage.NoticeID(m.GetNoticeId()), By: m.GetBy(), At: d.time(m.GetAt())}
}

func (e *encoder) decision(n *triage.Decision) *pb.Decision {
	return &pb.Decision{
		ChildId:        n.Child,
		Outcome:        n.Outcome,
		Threshold:      n.Threshold,
		Rationale:      n.Rationale,
		ParentSpoken:   n.ParentSpoken,
		Consent:        n.Consent,
		ConsentWhy:     n.ConsentWhy,
		SeenBy:         n.SeenBy,
		Checks:         n.Checks,
		StrategyAt:     e.time(n.StrategyAt),
		CaseId:         n.CaseID,
		ReferrerToldAt: e.time(n.ReferrerToldAt),
		By:             n.By,
		At:             e.time(n.At),
	}
}

func (d *decoder) decision(m *pb.Decision) triage.Decision {
	return triage.Decision{
		Child:          m.GetChildId(),
		Outcome:        m.GetOutcome(),
		Threshold:      m.GetThreshold(),
		Rationale:      m.GetRationale(),
		ParentSpoken:   m.GetParentSpoken(),
		Consent:        m.GetConsent(),
		ConsentWhy:     m.GetConsentWhy(),
		SeenBy:         m.GetSeenBy(),
		Checks:         m.GetChecks(),
		StrategyAt:     d.time(m.GetStrategyAt()),
		CaseID:         m.GetCaseId(),
		ReferrerToldAt: d.time(m.GetReferrerToldAt()),
		By:             m.GetBy(),
		At:             d.time(m.GetAt()),
	}
}

func (e *encoder) interim(n *triage.Interim) *pb.Interim {
	return &pb.Interim{Words: n.Words, SafeWith: n.SafeWith, By: n.By, At: e.time(n.At)}
}

func (d *decoder) interim(m *pb.Interim) triage.Interim {
	return triage.Interim{Words: m.GetWords(), SafeWith: m.GetSafeWith(), By: m.GetBy(), At: d.time(m.GetAt())}
}

func (e *encoder) question(q *triage.Question) *pb.Question {
	return &pb.Question{Force: q.Force, Words: q.Words, By: q.By, At: e.time(q.At), Code: q.Code}
}

func (d *decoder) question(m *pb.Question) triage.Question {
	return triage.Question{Force: m.GetForce(), Words: m.GetWords(), By: m.GetBy(), At: d.time(m.GetAt()), Code: m.GetCode()}
}
