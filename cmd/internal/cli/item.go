package cli

import (
	"fmt"
	"strings"
	"time"

	pb "github.com/ppn-triage/ppn-triage/api/triagev1"
)

// Item prints everything that a supervisor needs to decide, on one page.
func (s Screen) Item(i *pb.Item) {
	m := i.GetSummary()
	s.line("%s  %s (by %s) · %s", styled(s.Palette.Band(m.GetBand())), s.due(m), s.clockTime(m.GetDue()), s.state(i))
	s.line("%s · %s · received %s · %s", i.GetId(), i.GetFrontDoor(), When(i.GetReceived()), joined(prefixed("incident ", m.GetIncidentDate()),
		m.GetForce(), strings.Join(m.GetReferences(), ", ")))
	if flags := m.GetFlags(); len(flags) > 0 {
		s.line("flags: %s", strings.Join(flags, ", "))
	}
	if q := m.GetInterim(); q != "" {
		s.line("out of hours: %s", q)
	}
	s.erased(i)
	s.why(i)
	s.children(i)
	s.tonight(i)
	s.notices(i)
	s.links(i)
	s.quality(i)
	s.decisions(i)
	s.trail(i)
}

// erased says what of the item nobody can read any more, and what forbids that.
func (s Screen) erased(i *pb.Item) {
	if h := i.GetHold(); h != nil {
		s.line("held by %s, %s: %s", h.GetBy(), When(h.GetAt()), h.GetReason())
	}
	var gone []string
	for n, e := range i.GetEntries() {
		switch {
		case e.GetTextErased() && e.GetIdentityErased():
			gone = append(gone, fmt.Sprintf("notice %d", n+1))
		case e.GetTextErased():
			gone = append(gone, fmt.Sprintf("the words of notice %d", n+1))
		case e.GetIdentityErased():
			gone = append(gone, fmt.Sprintf("the people in notice %d", n+1))
		}
	}
	if i.GetWordsErased() {
		gone = append(gone, "what people wrote")
	}
	if len(gone) > 0 {
		s.line("erased: %s", strings.Join(gone, ", "))
	}
}

func (s Screen) state(i *pb.Item) string {
	m := i.GetSummary()
	switch i.GetSummary().GetState() {
	case pb.ItemState_ITEM_STATE_CLAIMED:
		if m.GetHeldBy() != "" {
			return s.held(m)
		}
		return "its claim has run out"
	case pb.ItemState_ITEM_STATE_JOINED:
		return "joined into " + i.GetJoinedInto()
	case pb.ItemState_ITEM_STATE_DECIDED:
		return "left the queue"
	case pb.ItemState_ITEM_STATE_STRUCK:
		return "every notice of it was struck"
	default:
		return "held by nobody"
	}
}

// why prints what makes the band, with the words it goes by.
func (s Screen) why(i *pb.Item) {
	score := i.GetScore()
	s.head("WHY " + BandWord(i.GetSummary().GetBand()))
	if p := i.GetProposed(); p != nil {
		s.line("  new rules propose %s; a person must confirm it", BandWord(p.GetBand()))
	}
	if o := i.GetOverride(); o != nil {
		s.line("  set to %s by %s, %s: %s", BandWord(o.GetBand()), o.GetBy(), When(o.GetAt()), o.GetReason())
		s.line("  the rules say %s, by:", BandWord(score.GetBand()))
	}
	for _, h := range score.GetHits() {
		if h.GetCase() != "" {
			s.hit(i, h, "")
		}
	}
	for _, p := range score.GetParts() {
		s.line("  also: %s", joined(slugWords(p.GetName())+": "+p.GetWhy(), s.worth(p.GetPoints())))
	}
	if len(score.GetHits()) == 0 && len(score.GetParts()) == 0 {
		s.line("  nothing recognised that the policy has a word for")
	}
	if f := score.GetFloor(); f != pb.Band_BAND_UNSPECIFIED && score.GetFloorBy() != "" {
		s.line("  at least %s by rule %s", BandWord(f), score.GetFloorBy())
	}
	if s.Points {
		s.line("  %s points in all", points(score.GetPoints()))
	}
	s.notCounted(i)
}

func (s Screen) notCounted(i *pb.Item) {
	first := true
	for _, h := range i.GetScore().GetHits() {
		if h.GetCase() != "" {
			continue
		}
		if first {
			s.line("  read, and not counted:")
			first = false
		}
		s.hit(i, h, "  ")
	}
}

// hit prints a rule's result and the words that decided.
func (s Screen) hit(i *pb.Item, h *pb.Hit, indent string) {
	floor := ""
	if h.GetFloor() != pb.Band_BAND_UNSPECIFIED {
		floor = "at least " + BandWord(h.GetFloor())
	}
	s.line("  %s%s", indent, joined(h.GetTitle(), floor, s.worth(h.GetPoints())))
	if f := fact(i, h); f != nil {
		s.line("  %s    “%s” %s", indent, f.GetQuote(), joined(fmt.Sprintf("notice %d", h.GetEntry()+1), readAs(f), prefixed("by the words ", quoted(f.GetCue()))))
	}
}

// worth is what something adds, for whoever wants points.
func (s Screen) worth(p int32) string {
	if !s.Points {
		return ""
	}
	return "+" + points(p)
}

func quoted(s string) string {
	if s == "" {
		return ""
	}
	return "“" + s + "”"
}

// fact finds the fact that decided a hit.
func fact(i *pb.Item, h *pb.Hit) *pb.Fact {
	entries := i.GetEntries()
	if h.GetEntry() < 0 || int(h.GetEntry()) >= len(entries) {
		return nil
	}
	facts := entries[h.GetEntry()].GetReading().GetFacts()
	if h.GetFact() < 0 || int(h.GetFact()) >= len(facts) {
		return nil
	}
	return facts[h.GetFact()]
}

func (s Screen) children(i *pb.Item) {
	s.head("CHILDREN")
	if len(i.GetChildren()) == 0 {
		s.line("  no child named%s", openMark(len(i.GetOpen()) > 0))
	}
	for n, c := range i.GetChildren() {
		p := c.GetPerson()
		name, age, open := p.GetName(), "", false
		band := i.GetScore().GetBand()
		if n < len(i.GetSummary().GetChildren()) {
			line := i.GetSummary().GetChildren()[n]
			age, open, band = line.GetAge(), line.GetOpen(), line.GetBand()
		}
		if name == "" {
			name = "child, not named"
		}
		born := prefixed("born ", p.GetDob())
		if len(c.GetDobs()) > 1 {
			born = "dates of birth differ: " + strings.Join(c.GetDobs(), ", ")
		}
		s.line("  %-3s %s  %s%s", c.GetId(), styled(s.Palette.Band(band)), joined(name, age, born, prefixed("due ", p.GetEdd()),
			s.known(c)), openMark(open))
		s.more("      ", joined(prefixed("also called ", strings.Join(p.GetAliases(), ", ")), address(p.GetAddress()), prefixed("school ", p.GetSchool()),
			prefixed("doctor ", p.GetGp()), prefixed("NHS ", p.GetNhs()), prefixed("UPN ", p.GetUpn()), disabled(p), prefixed("case ", c.GetCaseId()), prefixed("worker ", c.GetWorker())))
	}
}

// known is a child's status, of which day and from whom it is known, and how
// old that is.
func (s Screen) known(c *pb.Child) string {
	status := strings.ToUpper(inWords(statusWords, c.GetStatus()))
	if status == "" || c.GetStatusAsOf() == "" {
		return status
	}
	source := "by a person"
	if c.GetStatusByList() {
		source = "case list"
	}
	age := ""
	if day, err := time.Parse(time.DateOnly, c.GetStatusAsOf()); err == nil && s.Now.Sub(day) >= 24*time.Hour {
		age = fmt.Sprintf(", %d days old", int(s.Now.Sub(day).Hours()/24))
	}
	return fmt.Sprintf("%s (%s, %s%s)", status, source, c.GetStatusAsOf(), age)
}

func openMark(open bool) string {
	if open {
		return " · needs a decision"
	}
	return " · decided"
}

func disabled(p *pb.Person) string {
	if p.GetDisabled() {
		return "disability or communication need"
	}
	return ""
}

func address(a *pb.Address) string { return strings.TrimSpace(a.GetLine() + " " + a.GetPostcode()) }

// tonight prints where the alleged person is and who has the child, with every
// adult that the notices name.
func (s Screen) tonight(i *pb.Item) {
	m := i.GetSummary()
	or := func(words string) string {
		if words == "" {
			return "NOT STATED"
		}
		return words
	}
	s.head("TONIGHT")
	s.line("  alleged person: %s", or(m.GetAllegedNow()))
	s.line("  child with:     %s", or(m.GetChildWith()))
	seen := map[string]bool{}
	for _, e := range i.GetEntries() {
		for _, p := range e.GetReading().GetPeople() {
			who := adult(p)
			if who == "" || seen[who] || e.GetStruck() {
				continue
			}
			seen[who] = true
			s.line("  %s", who)
		}
	}
}

// adult is an adult in a line; empty for a child and for nobody in particular.
func adult(p *pb.Person) string {
	if p.GetRole() == pb.PersonRole_PERSON_ROLE_CHILD || p.GetName() == "" {
		return ""
	}
	role := map[pb.PersonRole]string{pb.PersonRole_PERSON_ROLE_CARER: "carer", pb.PersonRole_PERSON_ROLE_ALLEGED: "alleged person"}[p.GetRole()]
	if p.GetAlleged() && p.GetRole() != pb.PersonRole_PERSON_ROLE_ALLEGED {
		role = strings.TrimPrefix(role+", alleged person", ", ")
	}
	return joined(p.GetName(), p.GetRelation(), role, prefixed("born ", p.GetDob()), address(p.GetAddress()), prefixed("tel ", p.GetPhone()))
}
