package wire

import (
	"maps"
	"slices"

	pb "github.com/ppn-triage/ppn-triage/api/triagev1"
	"github.com/ppn-triage/ppn-triage/triage"
)

func (e *encoder) ledger(l *triage.Ledger) *pb.Ledger {
	m := &pb.Ledger{
		Sequence:      l.Seq,
		Through:       l.Through,
		Notices:       l.Notices,
		Parts:         l.Parts,
		Opened:        l.Opened,
		Joined:        l.Joined,
		Rules:         l.Rules,
		RulesSequence: l.RulesSeq,
		Archived:      e.archived(&l.Archived),
		Cases:         e.caseList(&l.Cases),
		Loading:       e.caseList(&l.Loading),
	}
	for _, k := range slices.Sorted(maps.Keys(l.Kinds)) {
		m.Kinds = append(m.Kinds, &pb.KindCount{Kind: code[pb.LetterKind](e, pb.LetterKind_name, k), Count: l.Kinds[k]})
	}
	for _, s := range slices.Sorted(maps.Keys(l.States)) {
		m.States = append(m.States, &pb.StateCount{State: code[pb.ItemState](e, pb.ItemState_name, s), Count: l.States[s]})
	}
	for _, id := range slices.Sorted(maps.Keys(l.Claims)) {
		c := l.Claims[id]
		m.Claims = append(m.Claims, &pb.LedgerClaim{ItemId: string(id), Claim: e.claim(&c)})
	}
	return m
}

// ledger never leaves a map nil: Fold writes into them.
func (d *decoder) ledger(m *pb.Ledger) *triage.Ledger {
	l := &triage.Ledger{
		Seq:      m.GetSequence(),
		Through:  m.GetThrough(),
		Notices:  m.GetNotices(),
		Kinds:    map[triage.LetterKind]uint64{},
		Parts:    m.GetParts(),
		Opened:   m.GetOpened(),
		Joined:   m.GetJoined(),
		States:   map[triage.State]uint64{},
		Claims:   map[triage.ItemID]triage.Claim{},
		Rules:    m.GetRules(),
		RulesSeq: m.GetRulesSequence(),
		Archived: d.archived(m.GetArchived()),
		Cases:    d.caseList(m.GetCases()),
		Loading:  d.caseList(m.GetLoading()),
	}
	for _, k := range m.GetKinds() {
		l.Kinds[value[triage.LetterKind](d, pb.LetterKind_name, k.GetKind())] = k.GetCount()
	}
	for _, s := range m.GetStates() {
		l.States[value[triage.State](d, pb.ItemState_name, s.GetState())] = s.GetCount()
	}
	for _, c := range m.GetClaims() {
		l.Claims[triage.ItemID(c.GetItemId())] = d.claim(c.GetClaim())
	}
	return l
}
