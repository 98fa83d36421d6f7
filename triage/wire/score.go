package wire

import (
	pb "github.com/ppn-triage/ppn-triage/api/triagev1"
	"github.com/ppn-triage/ppn-triage/triage"
)

func (e *encoder) band(b triage.Band) pb.Band { return code[pb.Band](e, pb.Band_name, b) }

func (d *decoder) band(b pb.Band) triage.Band { return value[triage.Band](d, pb.Band_name, b) }

func (e *encoder) child(c *triage.Child) *pb.Child {
	return &pb.Child{
		Id:       c.ID,
		Person:   e.person(&c.Person),
		Mentions: messages(c.From, e.mention),
		Status:   c.Status,
		Dobs:     c.DOBs,

		StatusAsOf:   c.AsOf,
		StatusByList: c.ByList,
		CaseId:       c.Case,
		Worker:       c.Worker,
	}
}

func (d *decoder) child(m *pb.Child) triage.Child {
	return triage.Child{
		ID:     m.GetId(),
		Person: d.person(m.GetPerson()),
		From:   nouns(m.GetMentions(), d.mention),
		Status: m.GetStatus(),
		DOBs:   m.GetDobs(),
		AsOf:   m.GetStatusAsOf(),
		ByList: m.GetStatusByList(),
		Case:   m.GetCaseId(),
		Worker: m.GetWorker(),
	}
}

func (e *encoder) mention(m *triage.Mention) *pb.Mention {
	return &pb.Mention{Entry: e.int("Mention.Entry", m.Entry), Person: e.int("Mention.Person", m.Person)}
}

func (d *decoder) mention(m *pb.Mention) triage.Mention {
	return triage.Mention{Entry: int(m.GetEntry()), Person: int(m.GetPerson())}
}

func (e *encoder) history(h *triage.History) *pb.History {
	return &pb.History{Incidents: messages(h.Incidents, e.incident), ClosedAt: h.ClosedAt}
}

func (d *decoder) history(m *pb.History) triage.History {
	return triage.History{Incidents: nouns(m.GetIncidents(), d.incident), ClosedAt: m.GetClosedAt()}
}

func (e *encoder) incident(p *triage.PastIncident) *pb.PastIncident {
	return &pb.PastIncident{
		ItemId:  string(p.Item),
		Date:    p.Date,
		Harm:    p.Harm,
		Slugs:   p.Slugs,
		Band:    e.band(p.Band),
		Counted: p.Counted,
	}
}

func (d *decoder) incident(m *pb.PastIncident) triage.PastIncident {
	return triage.PastIncident{
		Item:    triage.ItemID(m.GetItemId()),
		Date:    m.GetDate(),
		Harm:    m.GetHarm(),
		Slugs:   m.GetSlugs(),
		Band:    d.band(m.GetBand()),
		Counted: m.GetCounted(),
	}
}

func (e *encoder) score(s *triage.Score) *pb.Score {
	return &pb.Score{
		Band:     e.band(s.Band),
		Points:   e.int("Score.Points", s.Points),
		Own:      e.int("Score.Own", s.Own),
		OwnBand:  e.band(s.OwnBand),
		Floor:    e.band(s.Floor),
		FloorBy:  s.FloorBy,
		Worst:    s.Worst,
		Hits:     messages(s.Hits, e.hit),
		Parts:    messages(s.Parts, e.part),
		Children: messages(s.Children, e.childScore),
		Flags:    s.Flags,
		Ruleset:  s.Ruleset,
		Unsafe:   s.Unsafe,
	}
}

func (d *decoder) score(m *pb.Score) triage.Score {
	return triage.Score{
		Band:     d.band(m.GetBand()),
		Points:   int(m.GetPoints()),
		Own:      int(m.GetOwn()),
		OwnBand:  d.band(m.GetOwnBand()),
		Floor:    d.band(m.GetFloor()),
		FloorBy:  m.GetFloorBy(),
		Worst:    m.GetWorst(),
		Hits:     nouns(m.GetHits(), d.hit),
		Parts:    nouns(m.GetParts(), d.part),
		Children: nouns(m.GetChildren(), d.childScore),
		Flags:    m.GetFlags(),
		Ruleset:  m.GetRuleset(),
		Unsafe:   m.GetUnsafe(),
	}
}

func (e *encoder) childScore(c *triage.ChildScore) *pb.ChildScore {
	return &pb.ChildScore{ChildId: c.Child, Band: e.band(c.Band), Points: e.int("ChildScore.Points", c.Points)}
}

func (d *decoder) childScore(m *pb.ChildScore) triage.ChildScore {
	return triage.ChildScore{Child: m.GetChildId(), Band: d.band(m.GetBand()), Points: int(m.GetPoints())}
}

func (e *encoder) hit(h *triage.Hit) *pb.Hit {
	return &pb.Hit{
		Rule:   h.Rule,
		Case:   h.Case,
		Slug:   h.Slug,
		Title:  h.Title,
		Weight: e.int("Hit.Weight", h.Weight),
		Points: e.int("Hit.Points", h.Points),
		Floor:  e.band(h.Floor),
		Harm:   h.Harm,
		Cin:    h.CIN,
		Entry:  e.int("Hit.Entry", h.Entry),
		Fact:   e.int("Hit.Fact", h.Fact),
	}
}

func (d *decoder) hit(m *pb.Hit) triage.Hit {
	return triage.Hit{
		Rule:   m.GetRule(),
		Case:   m.GetCase(),
		Slug:   m.GetSlug(),
		Title:  m.GetTitle(),
		Weight: int(m.GetWeight()),
		Points: int(m.GetPoints()),
		Floor:  d.band(m.GetFloor()),
		Harm:   m.GetHarm(),
		CIN:    m.GetCin(),
		Entry:  int(m.GetEntry()),
		Fact:   int(m.GetFact()),
	}
}

func (e *encoder) part(p *triage.Part) *pb.Part {
	return &pb.Part{Name: p.Name, Why: p.Why, Points: e.int("Part.Points", p.Points)}
}

func (d *decoder) part(m *pb.Part) triage.Part {
	return triage.Part{Name: m.GetName(), Why: m.GetWhy(), Points: int(m.GetPoints())}
}
