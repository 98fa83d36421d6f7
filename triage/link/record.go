package link

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/ppn-triage/ppn-triage/triage"
)

// Record is what linking needs to know of one item and nothing more. What is
// stored of it is in encode.go: a field goes there too.
type Record struct {
	Item      triage.ItemID
	Received  int64    // Unix seconds, of the first notice
	Seq       uint64   // of the first notice
	Decided   bool     // every child of it
	Asked     []string // codes of the questions that were asked about it
	Notices   []Notice // in the order of the item's entries, struck ones left out
	Children  []Person // every child, placeholders too
	LastChild int      // number of the last Child.ID
	Adults    []Adult
	Rejected  []triage.ItemID // items a person said are not about this one's child
	Apart     []triage.ItemID // items a person parted from this one: they may be linked, never joined
}

// Older orders records by first receipt.
func Older(a, b *Record) int {
	return cmp.Or(cmp.Compare(a.Received, b.Received), cmp.Compare(a.Seq, b.Seq), cmp.Compare(a.Item, b.Item))
}

// Notice is one notice of an item: by what it is known again.
type Notice struct {
	ID       triage.NoticeID
	Part     int    // of a digest
	Content  string // content hash, shortened
	Message  string // hash of the Message-ID, shortened
	Received int64  // Unix seconds
	Form     string
	Date     string // of the incident
	At       int64  // of the incident, Unix seconds
	End      int64
	Place    Address
	Refs     []Ref    // the notice's own, not those of earlier incidents
	Answers  []string // codes of the questions it answers
	Bare     bool     // could not be read: names nobody and contradicts nothing
}

// Ref is a reference of the police, qualified by the force it belongs to.
type Ref struct {
	Norm  string
	Force string
	Log   bool // a dated log number: says nothing alone
}

// Adult is an adult of a record.
type Adult struct {
	Person
	Cares   bool // parent or carer
	Alleged bool
}

// RecordOf makes the record of an item. Entries that were struck, or of which
// the people were erased, leave nothing in it: nothing joins those by itself. An
// item that was joined into another has no record of its own any more.
func (l *Linker) RecordOf(i *triage.Item) Record {
	r := Record{Item: i.ID, Received: unix(i.Received), Seq: i.Seq, Decided: i.State() == triage.DecidedState, LastChild: lastChild(i.Children)}
	if i.JoinedInto != "" {
		return r
	}
	for _, q := range i.Questions {
		if q.Code != "" && !slices.Contains(r.Asked, q.Code) {
			r.Asked = append(r.Asked, q.Code)
		}
	}
	for _, e := range i.Entries {
		if !e.Struck && !e.IdentityErased {
			r.Notices = append(r.Notices, l.notice(e))
			l.addAdults(&r, e.Reading)
		}
	}
	for _, c := range i.Children {
		if p, ok := l.mentioned(c, i.Entries); ok {
			r.Children = append(r.Children, p)
		}
	}
	for _, k := range i.Links {
		if k.Rejected && k.Kind != triage.LinkAlleged && !slices.Contains(r.Rejected, k.To) {
			r.Rejected = append(r.Rejected, k.To)
		}
	}
	slices.Sort(r.Rejected)
	r.Apart = slices.Clone(i.Apart)
	slices.Sort(r.Apart)
	return r
}

// RecordOfEntry makes the record of a notice that belongs to no item yet.
func (l *Linker) RecordOfEntry(e triage.Entry) Record {
	return l.RecordOf(&triage.Item{
		Received: e.Received, Seq: e.Seq, Entries: []triage.Entry{e}, Children: l.Merge(nil, 0, e.Reading),
	})
}

// mentioned folds a child with all that its mentions say; ok is false if no
// notice that still stands mentions it.
func (l *Linker) mentioned(c triage.Child, entries []triage.Entry) (Person, bool) {
	p := l.child(c)
	ok := len(c.From) == 0 // entered by a person, not by a notice
	for _, m := range c.From {
		if m.Entry < 0 || m.Entry >= len(entries) || entries[m.Entry].Struck || entries[m.Entry].IdentityErased || m.Person < 0 || m.Person >= len(entries[m.Entry].Reading.People) {
			continue
		}
		ok = true
		l.addMention(&p, entries[m.Entry].Reading, m.Person)
	}
	return p, ok
}

func (l *Linker) notice(e triage.Entry) Notice {
	n := Notice{
		ID: e.Notice, Part: e.Part, Content: shorten(e.Content), Message: shorten(e.MessageID), Received: e.Received.Unix(),
		Form: e.Reading.Form, Date: e.Reading.IncidentDate, At: unix(e.Reading.IncidentAt), End: unix(e.Reading.IncidentEnd),
		Place: l.Address(e.Reading.Place), Bare: !e.Readable && len(e.Reading.People) == 0,
	}
	if _, ok := date(n.Date); !ok {
		n.Date = ""
	}
	for _, ref := range e.Reading.References {
		if ref.Kind == triage.AnswerKind {
			n.Answers = append(n.Answers, ref.Norm)
			continue
		}
		q := Ref{Norm: refNorm(ref.Norm), Force: ref.Force, Log: ref.Kind == "log"}
		if q.Force == "" {
			q.Force = e.Reading.Force
		}
		if ref.Own && q.Norm != "" && !slices.Contains(n.Refs, q) {
			n.Refs = append(n.Refs, q)
		}
	}
	return n
}

// refNorm keeps letters and digits. Fewer than four digits are no reference.
func refNorm(s string) string {
	digits := 0
	s = strings.Map(func(r rune) rune {
		switch {
		case r >= '0' && r <= '9':
			digits++
			return r
		case r >= 'A' && r <= 'Z':
			return r
		case r >= 'a' && r <= 'z':
			return r - 'a' + 'A'
		}
		return -1
	}, s)
	if digits < 4 {
		return ""
	}
	return s
}

// shorten cuts a hash to 128 bits, which nothing meets by chance.
func shorten(hash string) string { return hash[:min(32, len(hash))] }

func unix(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}

// child folds a child of an item: its merged person and every date of birth.
func (l *Linker) child(c triage.Child) Person {
	p := l.Person(c.Person, nil)
	p.ID = c.ID
	if len(c.DOBs) > 0 {
		for _, d := range c.DOBs {
			p.addDOB(l.lex, d)
		}
		slices.Sort(p.DOBs)
		if c.Person.BornFrom != "" && c.Person.BornTo != "" {
			p.From, p.To = c.Person.BornFrom, c.Person.BornTo
		}
	}
	return p
}

// addMention adds what one notice says around the child: homes and parents.
func (l *Linker) addMention(p *Person, r triage.Reading, i int) {
	home := l.Address(r.People[i].Address)
	p.addHome(home)
	if c := foldContact(r.People[i].Phone); c != "" && !slices.Contains(p.Contacts, c) {
		p.Contacts = append(p.Contacts, c)
	}
	if m := r.People[i].Mother; m != "" {
		p.addParent(l.splitName(m))
	}
	for _, q := range r.People {
		if q.Role == triage.RoleChild || !cares(q) {
			continue
		}
		for _, n := range l.names(q) {
			p.addParent(n)
		}
		if home.empty() {
			p.addHome(l.Address(q.Address))
		}
	}
	if place := l.Address(r.Place); len(p.Homes) == 0 && place.known() {
		place.Assumed = true
		p.addHome(place)
	}
}

func (l *Linker) addAdults(r *Record, in triage.Reading) {
	for _, p := range in.People {
		if p.Role == triage.RoleChild {
			continue
		}
		a := Adult{Person: l.Person(p, nil), Cares: cares(p), Alleged: p.Alleged || p.Role == triage.RoleAlleged}
		if !a.named() || slices.ContainsFunc(r.Adults, func(b Adult) bool { return l.sameAdult(a.Person, b.Person) }) {
			continue
		}
		r.Adults = append(r.Adults, a)
	}
}

// sameAdult tells whether two adults of one incident are one.
func (l *Linker) sameAdult(a, b Person) bool {
	n := l.meetNames(a.Names, b.Names)
	born := a.meetBorn(&b)
	return n.given == "exact" && n.family == "exact" && !n.swapped && born != "apart" && born != "digit" && born != "swapped"
}

// parentWords are how forms say that an adult is a child's parent or carer.
var parentWords = []string{"mother", "father", "mum", "mam", "mom", "mummy", "dad", "daddy", "m o", "f o", "mo", "fo", "parent", "parents", "stepmother", "stepfather", "stepdad", "stepmum", "guardian", "carer"}

// cares tells whether an adult is a parent or carer of the notice's children.
func cares(p triage.Person) bool {
	if p.Role == triage.RoleCarer {
		return true
	}
	rel := " " + foldText(p.Relation) + " "
	return slices.ContainsFunc(parentWords, func(w string) bool { return strings.Contains(rel, " "+w+" ") })
}
