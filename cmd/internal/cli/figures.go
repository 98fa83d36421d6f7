package cli

import (
	"fmt"
	"strings"

	pb "github.com/ppn-triage/ppn-triage/api/triagev1"
)

// Stats prints the queue's counts by band, who holds what, and whether every
// mail is accounted for.
func (s Screen) Stats(r *pb.GetQueueStatsResponse) {
	s.line("%-6s %8s %8s %8s %8s %9s  %s", "band", "waiting", "held", "at risk", "overdue", "unopened", "oldest unopened")
	for _, b := range r.GetBands() {
		oldest := "-"
		if t := b.GetOldestUnopened(); t != nil {
			oldest = span(s.Now.Sub(t.AsTime())) + ", since " + s.clockTime(t)
		}
		s.line("%s  %8d %8d %8d %8d %9d  %s", styled(s.Palette.Band(b.GetBand())), b.GetWaiting(), b.GetClaimed(), b.GetBreachRisk(), b.GetOverdue(), b.GetUnopened(), oldest)
	}
	for _, h := range r.GetHolders() {
		s.line("held by %s: %d", h.GetHeldBy(), h.GetCount())
	}
	states, kinds := map[pb.ItemState]uint64{}, []string{}
	for _, c := range r.GetStates() {
		states[c.GetState()] = c.GetCount()
	}
	for _, c := range r.GetKinds() {
		kinds = append(kinds, fmt.Sprintf("%d %s", c.GetCount(), kindWords[c.GetKind()]))
	}
	s.line("mails read: %d (%s)", r.GetNotices(), strings.Join(kinds, ", "))
	s.line("%d parts of mails = %d items opened + %d joined; items now: %d waiting, %d held, %d decided, %d joined into another, %d struck",
		r.GetParts(), r.GetOpened(), r.GetJoined(), states[pb.ItemState_ITEM_STATE_WAITING], states[pb.ItemState_ITEM_STATE_CLAIMED],
		states[pb.ItemState_ITEM_STATE_DECIDED], states[pb.ItemState_ITEM_STATE_JOINED], states[pb.ItemState_ITEM_STATE_STRUCK])
}

var kindWords = map[pb.LetterKind]string{
	pb.LetterKind_LETTER_KIND_NOTICE: "notices", pb.LetterKind_LETTER_KIND_BOUNCE: "bounces", pb.LetterKind_LETTER_KIND_AUTO_REPLY: "automatic replies",
	pb.LetterKind_LETTER_KIND_RECEIPT: "receipts", pb.LetterKind_LETTER_KIND_RECALL: "recalls", pb.LetterKind_LETTER_KIND_CANARY: "canaries",
}

// Explanation prints why an item has its band and place.
func (s Screen) Explanation(r *pb.ExplainItemResponse) {
	s.line("%s  %s", styled(s.Palette.Band(r.GetBand())), r.GetBecause())
	for _, h := range r.GetHits() {
		floor := ""
		if b := h.GetHit().GetFloor(); b != pb.Band_BAND_UNSPECIFIED {
			floor = "at least " + BandWord(b)
		}
		s.line("  %8s  %s", "+"+points(h.GetHit().GetPoints()), joined(h.GetHit().GetTitle(), floor, prefixed("not counted: ", h.GetWhyNot())))
		if q := h.GetFact().GetQuote(); q != "" {
			s.line("            “%s” %s", q, joined(readAs(h.GetFact()), prefixed("notice ", h.GetNoticeId())))
		}
	}
	for _, p := range r.GetParts() {
		s.line("  %8s  %s: %s", "+"+points(p.GetPoints()), slugWords(p.GetName()), p.GetWhy())
	}
	s.order("its place", r.GetOrder())
	s.order("the other", r.GetOtherOrder())
	s.more("", r.GetComparison())
	s.line("ruleset %s", r.GetRuleset())
}

func (s Screen) order(label string, k *pb.OrderKey) {
	if k == nil {
		return
	}
	first := ""
	if k.GetUnsafe() {
		first = "first in its tier: unsafe now"
	}
	s.line("%s: %s", label, joined(fmt.Sprintf("tier %d", k.GetTier()), first, "due "+When(k.GetDue()), points(k.GetPoints())+" points", "received "+When(k.GetReceived())))
}
