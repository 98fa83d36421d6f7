package wire

import (
	pb "github.com/ppn-triage/ppn-triage/api/triagev1"
	"github.com/ppn-triage/ppn-triage/triage"
)

func (e *encoder) letter(l *triage.Letter) *pb.Letter {
	return &pb.Letter{
		MessageId:   l.MessageID,
		Subject:     l.Subject,
		From:        l.From,
		FromName:    l.FromName,
		To:          l.To,
		Date:        e.time(l.Date),
		Received:    e.time(l.Received),
		Auth:        l.Auth,
		Kind:        code[pb.LetterKind](e, pb.LetterKind_name, l.Kind),
		Why:         l.Why,
		Text:        l.Text,
		Sections:    messages(l.Sections, e.section),
		Attachments: messages(l.Attachments, e.attachment),
		Problems:    messages(l.Problems, e.problem),
		ContentHash: l.ContentHash,
		Recalls:     l.Recalls,
	}
}

func (d *decoder) letter(m *pb.Letter) triage.Letter {
	return triage.Letter{
		MessageID:   m.GetMessageId(),
		Subject:     m.GetSubject(),
		From:        m.GetFrom(),
		FromName:    m.GetFromName(),
		To:          m.GetTo(),
		Date:        d.time(m.GetDate()),
		Received:    d.time(m.GetReceived()),
		Auth:        m.GetAuth(),
		Kind:        value[triage.LetterKind](d, pb.LetterKind_name, m.GetKind()),
		Why:         m.GetWhy(),
		Text:        m.GetText(),
		Sections:    nouns(m.GetSections(), d.section),
		Attachments: nouns(m.GetAttachments(), d.attachment),
		Problems:    nouns(m.GetProblems(), d.problem),
		ContentHash: m.GetContentHash(),
		Recalls:     m.GetRecalls(),
	}
}

func (e *encoder) section(s *triage.Section) *pb.Section {
	return &pb.Section{
		Kind:   code[pb.SectionKind](e, pb.SectionKind_name, s.Kind),
		Start:  e.int("Section.Start", s.Start),
		End:    e.int("Section.End", s.End),
		Source: s.Source,
	}
}

func (d *decoder) section(m *pb.Section) triage.Section {
	return triage.Section{
		Kind:   value[triage.SectionKind](d, pb.SectionKind_name, m.GetKind()),
		Start:  int(m.GetStart()),
		End:    int(m.GetEnd()),
		Source: m.GetSource(),
	}
}

func (e *encoder) attachment(a *triage.Attachment) *pb.Attachment {
	return &pb.Attachment{Name: a.Name, Type: a.Type, Size: e.int("Attachment.Size", a.Size), Sha256: a.SHA256, Read: a.Read}
}

func (d *decoder) attachment(m *pb.Attachment) triage.Attachment {
	return triage.Attachment{Name: m.GetName(), Type: m.GetType(), Size: int(m.GetSize()), SHA256: m.GetSha256(), Read: m.GetRead()}
}

func (e *encoder) problem(p *triage.Problem) *pb.Problem {
	return &pb.Problem{Code: p.Code, Detail: p.Detail, Severe: p.Severe}
}

func (d *decoder) problem(m *pb.Problem) triage.Problem {
	return triage.Problem{Code: m.GetCode(), Detail: m.GetDetail(), Severe: m.GetSevere()}
}

func (e *encoder) reading(r *triage.Reading) *pb.Reading {
	return &pb.Reading{
		People:       messages(r.People, e.person),
		References:   messages(r.References, e.reference),
		Facts:        messages(r.Facts, e.fact),
		IncidentDate: r.IncidentDate,
		IncidentAt:   e.time(r.IncidentAt),
		IncidentEnd:  e.time(r.IncidentEnd),
		Place:        e.address(r.Place),
		Force:        r.Force,
		Form:         r.Form,
		FormVersion:  r.FormVersion,
		Officer:      r.Officer,
		PoliceGrade:  r.PoliceGrade,
		Dash:         r.Dash,
		DashTicks:    e.maybe("Reading.DashTicks", r.DashTicks),
		Consent:      r.Consent,
		AllegedNow:   r.AllegedNow,
		ChildWith:    r.ChildWith,
		S46At:        e.time(r.S46At),
		Quality:      r.Quality,
		Flags:        r.Flags,
	}
}

func (d *decoder) reading(m *pb.Reading) triage.Reading {
	if m == nil {
		m = &pb.Reading{}
	}
	return triage.Reading{
		People:       nouns(m.GetPeople(), d.person),
		References:   nouns(m.GetReferences(), d.reference),
		Facts:        nouns(m.GetFacts(), d.fact),
		IncidentDate: m.GetIncidentDate(),
		IncidentAt:   d.time(m.GetIncidentAt()),
		IncidentEnd:  d.time(m.GetIncidentEnd()),
		Place:        d.address(m.GetPlace()),
		Force:        m.GetForce(),
		Form:         m.GetForm(),
		FormVersion:  m.GetFormVersion(),
		Officer:      m.GetOfficer(),
		PoliceGrade:  m.GetPoliceGrade(),
		Dash:         m.GetDash(),
		DashTicks:    d.maybe("Reading.DashTicks", m.DashTicks),
		Consent:      m.GetConsent(),
		AllegedNow:   m.GetAllegedNow(),
		ChildWith:    m.GetChildWith(),
		S46At:        d.time(m.GetS46At()),
		Quality:      m.GetQuality(),
		Flags:        m.GetFlags(),
	}
}

func (e *encoder) person(p *triage.Person) *pb.Person {
	return &pb.Person{
		Role:        code[pb.PersonRole](e, pb.PersonRole_name, p.Role),
		Alleged:     p.Alleged,
		Name:        p.Name,
		Given:       p.Given,
		Family:      p.Family,
		Aliases:     p.Aliases,
		Dob:         p.DOB,
		BornFrom:    p.BornFrom,
		BornTo:      p.BornTo,
		AgeStated:   p.AgeStated,
		Unborn:      p.Unborn,
		Edd:         p.EDD,
		Placeholder: p.Placeholder,
		Sex:         p.Sex,
		Address:     e.address(p.Address),
		Phone:       p.Phone,
		School:      p.School,
		Gp:          p.GP,
		Nhs:         p.NHS,
		Upn:         p.UPN,
		Relation:    p.Relation,
		Mother:      p.Mother,
		Disabled:    p.Disabled,
		Start:       e.int("Person.Start", p.Start),
		End:         e.int("Person.End", p.End),
	}
}

func (d *decoder) person(m *pb.Person) triage.Person {
	return triage.Person{
		Role:        value[triage.Role](d, pb.PersonRole_name, m.GetRole()),
		Alleged:     m.GetAlleged(),
		Name:        m.GetName(),
		Given:       m.GetGiven(),
		Family:      m.GetFamily(),
		Aliases:     m.GetAliases(),
		DOB:         m.GetDob(),
		BornFrom:    m.GetBornFrom(),
		BornTo:      m.GetBornTo(),
		AgeStated:   m.GetAgeStated(),
		Unborn:      m.GetUnborn(),
		EDD:         m.GetEdd(),
		Placeholder: m.GetPlaceholder(),
		Sex:         m.GetSex(),
		Address:     d.address(m.GetAddress()),
		Phone:       m.GetPhone(),
		School:      m.GetSchool(),
		GP:          m.GetGp(),
		NHS:         m.GetNhs(),
		UPN:         m.GetUpn(),
		Relation:    m.GetRelation(),
		Mother:      m.GetMother(),
		Disabled:    m.GetDisabled(),
		Start:       int(m.GetStart()),
		End:         int(m.GetEnd()),
	}
}

// address leaves out one that says nothing: most people of a notice have none
// of their own.
func (e *encoder) address(a triage.Address) *pb.Address {
	if a == (triage.Address{}) {
		return nil
	}
	return &pb.Address{Line: a.Line, Postcode: a.Postcode}
}

func (d *decoder) address(m *pb.Address) triage.Address {
	return triage.Address{Line: m.GetLine(), Postcode: m.GetPostcode()}
}

func (e *encoder) reference(r *triage.Reference) *pb.Reference {
	return &pb.Reference{
		Kind:  r.Kind,
		Force: r.Force,
		Raw:   r.Raw,
		Norm:  r.Norm,
		Own:   r.Own,
		Start: e.int("Reference.Start", r.Start),
		End:   e.int("Reference.End", r.End),
	}
}

func (d *decoder) reference(m *pb.Reference) triage.Reference {
	return triage.Reference{
		Kind:  m.GetKind(),
		Force: m.GetForce(),
		Raw:   m.GetRaw(),
		Norm:  m.GetNorm(),
		Own:   m.GetOwn(),
		Start: int(m.GetStart()),
		End:   int(m.GetEnd()),
	}
}

func (e *encoder) fact(f *triage.Fact) *pb.Fact {
	return &pb.Fact{
		Slug:     f.Slug,
		Signs:    f.Signs,
		Polarity: code[pb.Polarity](e, pb.Polarity_name, f.Polarity),
		Time:     code[pb.FactTime](e, pb.FactTime_name, f.Time),
		Closed:   f.Closed,
		Holder:   code[pb.Holder](e, pb.Holder_name, f.Holder),
		Child:    e.maybe("Fact.Child", f.Child),
		Cue:      f.Cue,
		Quote:    f.Quote,
		Start:    e.int("Fact.Start", f.Start),
		End:      e.int("Fact.End", f.End),
	}
}

func (d *decoder) fact(m *pb.Fact) triage.Fact {
	return triage.Fact{
		Slug:     m.GetSlug(),
		Signs:    m.GetSigns(),
		Polarity: value[triage.Polarity](d, pb.Polarity_name, m.GetPolarity()),
		Time:     value[triage.Time](d, pb.FactTime_name, m.GetTime()),
		Closed:   m.GetClosed(),
		Holder:   value[triage.Holder](d, pb.Holder_name, m.GetHolder()),
		Child:    d.maybe("Fact.Child", m.Child),
		Cue:      m.GetCue(),
		Quote:    m.GetQuote(),
		Start:    int(m.GetStart()),
		End:      int(m.GetEnd()),
	}
}
