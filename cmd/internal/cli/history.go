package cli

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"google.golang.org/protobuf/types/known/timestamppb"

	pb "github.com/ppn-triage/ppn-triage/api/triagev1"
)

// notices prints the mails of an item, in order of receipt, and what each
// added to what was known.
func (s Screen) notices(i *pb.Item) {
	s.head("NOTICES")
	for n, e := range i.GetEntries() {
		r := e.GetReading()
		s.line("%3d  %s · %s", n+1, When(e.GetReceived()), joined(relationWords[e.GetRelation()], struck(e), r.GetForce(), prefixed("officer ", r.GetOfficer()),
			prefixed("police grade ", r.GetPoliceGrade()), prefixed("DASH ", r.GetDash()), prefixed("consent ", slugWords(r.GetConsent()))))
		s.line("     %s", joined(e.GetNoticeId(), readers(i, e)))
		if len(e.GetWhy()) > 0 {
			s.line("     because: %s", strings.Join(e.GetWhy(), "; "))
		}
		if n > 0 {
			s.line("     adds: %s", added(i, n))
		}
		if !e.GetReadable() {
			s.line("     %s", s.Palette.paint(alarm, "COULD NOT BE READ BY MACHINE: read it in the mail system"))
		}
		for _, p := range e.GetProblems() {
			s.line("     trouble: %s", p.GetDetail())
		}
	}
}

func struck(e *pb.Entry) string {
	if e.GetStruck() {
		return "STRUCK by a person"
	}
	return ""
}

// readers says who has opened a notice's text.
func readers(i *pb.Item, e *pb.Entry) string {
	var who []string
	for _, l := range i.GetLooks() {
		if l.GetNoticeId() == e.GetNoticeId() {
			who = append(who, l.GetBy())
		}
	}
	if len(who) == 0 {
		return "opened by nobody"
	}
	return "opened by " + strings.Join(who, ", ")
}

// added says what notice n told that those before it had not.
func added(i *pb.Item, n int) string {
	e := i.GetEntries()[n]
	if e.GetRelation() == pb.Relation_RELATION_RESEND {
		return "nothing"
	}
	known := map[string]bool{}
	var news []string
	for k, other := range i.GetEntries()[:n+1] {
		for _, word := range told(other.GetReading()) {
			if !known[word] && k == n {
				news = append(news, word)
			}
			known[word] = true
		}
	}
	for _, c := range i.GetChildren() {
		if len(c.GetMentions()) > 0 && int(c.GetMentions()[0].GetEntry()) == n {
			news = append(news, "the child "+c.GetId())
		}
	}
	if len(news) == 0 {
		return "nothing that is scored"
	}
	return strings.Join(news, "; ")
}

// told are the things that a reading says, to be compared with another's.
func told(r *pb.Reading) (out []string) {
	for _, f := range r.GetFacts() {
		says := f.GetPolarity() == pb.Polarity_POLARITY_PRESENT || f.GetPolarity() == pb.Polarity_POLARITY_POSSIBLE
		if says && f.GetHolder() != pb.Holder_HOLDER_OTHER && f.GetSlug() != "circumstance" {
			out = append(out, slugWords(f.GetSlug()))
		}
	}
	for _, grade := range []string{prefixed("police grade ", r.GetPoliceGrade()), prefixed("DASH ", r.GetDash())} {
		if grade != "" {
			out = append(out, grade)
		}
	}
	for _, ref := range r.GetReferences() {
		if ref.GetOwn() {
			out = append(out, "reference "+ref.GetRaw())
		}
	}
	if r.GetAllegedNow() != "" {
		out = append(out, "alleged person now: "+r.GetAllegedNow())
	}
	if r.GetChildWith() != "" {
		out = append(out, "child with: "+r.GetChildWith())
	}
	return out
}

// links prints what the item shares with earlier ones.
func (s Screen) links(i *pb.Item) {
	incidents := i.GetHistory().GetIncidents()
	if len(i.GetLinks()) == 0 && len(incidents) == 0 {
		return
	}
	s.head("EARLIER INCIDENTS")
	for _, l := range i.GetLinks() {
		standing := "waits for a person: confirm or reject it"
		switch {
		case l.GetRejected():
			standing = "rejected by a person"
		case l.GetConfirmed():
			standing = "counts"
		case l.GetKind() == pb.LinkKind_LINK_KIND_ALLEGED:
			standing = "shown only"
		}
		s.line("  %s: %s", l.GetToItemId(), joined(linkWords[l.GetKind()]+prefixed(" ", l.GetChildId()), standing, strings.Join(l.GetWhy(), "; ")))
	}
	for _, p := range incidents {
		counted := "does not count"
		if p.GetCounted() {
			counted = "counts"
		}
		var slugs []string
		for _, f := range p.GetSlugs() {
			slugs = append(slugs, slugWords(f))
		}
		s.line("  %s: %s", p.GetItemId(), joined(p.GetDate(), BandWord(p.GetBand()), strings.Join(slugs, ", "), counted))
	}
	if at := i.GetHistory().GetClosedAt(); at != "" {
		s.line("  case closed by children's social care on %s", at)
	}
}

// quality prints what the notices lack, for the decision and for the force.
func (s Screen) quality(i *pb.Item) {
	in := map[string][]string{}
	for n, e := range i.GetEntries() {
		for _, q := range e.GetReading().GetQuality() {
			in[q] = append(in[q], fmt.Sprint(n+1))
		}
	}
	if len(in) == 0 {
		return
	}
	s.head("LACKING IN THE NOTICES")
	slugs := make([]string, 0, len(in))
	for q := range in {
		slugs = append(slugs, q)
	}
	slices.Sort(slugs)
	for _, q := range slugs {
		s.line("  %s (notice %s)", inWords(qualityWords, q), strings.Join(in[q], ", "))
	}
}

func (s Screen) decisions(i *pb.Item) {
	if len(i.GetDecisions()) == 0 {
		return
	}
	s.head("DECISIONS")
	for _, d := range i.GetDecisions() {
		s.line("  %s", joined(strings.TrimSpace(d.GetChildId()+" "+slugWords(d.GetOutcome())), prefixed("level ", d.GetThreshold()), d.GetBy(), When(d.GetAt())))
		s.line("      %s", d.GetRationale())
		consent := strings.TrimSuffix(prefixed("consent ", d.GetConsent())+": "+d.GetConsentWhy(), ": ")
		s.more("      ", joined(prefixed("parent spoken to: ", d.GetParentSpoken()), strings.TrimPrefix(consent, ": "), prefixed("seen by ", d.GetSeenBy()),
			prefixed("checks: ", strings.Join(d.GetChecks(), ", ")), at("strategy discussion ", d.GetStrategyAt()), prefixed("case ", d.GetCaseId()),
			at("referrer told ", d.GetReferrerToldAt())))
	}
}

func at(label string, t *timestamppb.Timestamp) string {
	if t == nil {
		return ""
	}
	return label + When(t)
}

// trail prints what has happened to the item, oldest first.
func (s Screen) trail(i *pb.Item) {
	type step struct {
		at    *timestamppb.Timestamp
		words string
	}
	var steps []step
	add := func(at *timestamppb.Timestamp, format string, a ...any) {
		steps = append(steps, step{at, fmt.Sprintf(format, a...)})
	}
	for n, e := range i.GetEntries() {
		add(e.GetReceived(), "notice %d received", n+1)
	}
	for _, l := range i.GetLooks() {
		n := slices.IndexFunc(i.GetEntries(), func(e *pb.Entry) bool { return e.GetNoticeId() == l.GetNoticeId() })
		add(l.GetAt(), "%s opened notice %d", l.GetBy(), n+1)
	}
	if c := i.GetClaim(); c != nil {
		add(c.GetAt(), "%s claimed it until %s", c.GetBy(), s.clockTime(c.GetUntil()))
	}
	if o := i.GetOverride(); o != nil {
		add(o.GetAt(), "%s set the band to %s", o.GetBy(), BandWord(o.GetBand()))
	}
	if b := i.GetBell(); b != nil {
		add(b.GetAt(), "the bell called %s (%s), calls that went out: %d", b.GetTo(), b.GetOutcome(), b.GetCalls())
		if b.GetAnsweredBy() != "" {
			add(b.GetAnsweredAt(), "%s answered the bell", b.GetAnsweredBy())
		}
	}
	for _, m := range i.GetInterims() {
		add(m.GetAt(), "out of hours, %s: %s", m.GetBy(), joined(m.GetWords(), prefixed("child safe with ", m.GetSafeWith())))
	}
	for _, q := range i.GetQuestions() {
		add(q.GetAt(), "%s asked %s: %s%s", q.GetBy(), q.GetForce(), q.GetWords(), prefixed(" · an answer quotes ", q.GetCode()))
	}
	for _, d := range i.GetDecisions() {
		add(d.GetAt(), "%s decided %s", d.GetBy(), strings.TrimSpace(d.GetChildId()+" "+slugWords(d.GetOutcome())))
	}
	slices.SortStableFunc(steps, func(a, b step) int { return cmp.Compare(a.at.AsTime().UnixNano(), b.at.AsTime().UnixNano()) })
	s.head("TRAIL")
	for _, st := range steps {
		s.line("  %s  %s", When(st.at), st.words)
	}
}
