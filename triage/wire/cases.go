package wire

import (
	pb "github.com/ppn-triage/ppn-triage/api/triagev1"
	"github.com/ppn-triage/ppn-triage/triage"
)

func (e *encoder) caseRows(v *triage.CaseRows) *pb.CaseRows {
	return &pb.CaseRows{
		ListId: v.List,
		AsOf:   v.AsOf,
		Part:   e.int("CaseRows.Part", v.Part),
		Parts:  e.int("CaseRows.Parts", v.Parts),
		Rows:   messages(v.Rows, e.caseRow),
	}
}

func (d *decoder) caseRows(m *pb.CaseRows) triage.CaseRows {
	return triage.CaseRows{
		List:  m.GetListId(),
		AsOf:  m.GetAsOf(),
		Part:  int(m.GetPart()),
		Parts: int(m.GetParts()),
		Rows:  nouns(m.GetRows(), d.caseRow),
	}
}

func (e *encoder) caseRow(r *triage.CaseRow) *pb.CaseListRow {
	return &pb.CaseListRow{
		CaseId:   r.Case,
		Given:    r.Given,
		Family:   r.Family,
		Dob:      r.DOB,
		Nhs:      r.NHS,
		Upn:      r.UPN,
		Address:  e.address(r.Address),
		Status:   r.Status,
		ClosedAt: r.ClosedAt,
		Worker:   r.Worker,
	}
}

func (d *decoder) caseRow(m *pb.CaseListRow) triage.CaseRow {
	return triage.CaseRow{
		Case:     m.GetCaseId(),
		Given:    m.GetGiven(),
		Family:   m.GetFamily(),
		DOB:      m.GetDob(),
		NHS:      m.GetNhs(),
		UPN:      m.GetUpn(),
		Address:  d.address(m.GetAddress()),
		Status:   m.GetStatus(),
		ClosedAt: m.GetClosedAt(),
		Worker:   m.GetWorker(),
	}
}

func (e *encoder) caseList(l *triage.CaseList) *pb.CaseList {
	if *l == (triage.CaseList{}) {
		return nil
	}
	return &pb.CaseList{
		ListId:       l.ID,
		AsOf:         l.AsOf,
		FromSequence: l.From,
		ToSequence:   l.To,
		Parts:        e.int("CaseList.Parts", l.Parts),
		Rows:         e.int("CaseList.Rows", l.Rows),
	}
}

func (d *decoder) caseList(m *pb.CaseList) triage.CaseList {
	return triage.CaseList{
		ID:    m.GetListId(),
		AsOf:  m.GetAsOf(),
		From:  m.GetFromSequence(),
		To:    m.GetToSequence(),
		Parts: int(m.GetParts()),
		Rows:  int(m.GetRows()),
	}
}
