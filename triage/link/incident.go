package link

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ppn-triage/ppn-triage/triage"
)

// evidence is what a new notice and an earlier item have in common.
type evidence struct {
	item     *Candidate
	content  *Notice // the item's notice of the same text
	message  bool    // same Message-ID, other text
	answer   bool    // the notice quotes the code of a question about the item
	ref      string  // force reference of both
	nearRef  bool    // references one slip apart
	clash    bool    // comparable references, all different
	log      bool    // dated log number of both
	date     dateAgreement
	apart    bool // begun too far apart on one day
	close    bool // begun near enough
	recent   bool // received within the time of an update
	place    bool // the incident's place agrees
	unplaced bool // one side does not say where
	home     bool
	moved    bool // both say where they live, and it is not one house
	child    bool // a child of both, the incident being one
	same     bool // a child of both, whatever the incident
	more     bool // the notice names a child that the item lacks
	adult    bool
	family   bool
	bare     bool    // one side could not be read
	parted   bool    // by a person: not one incident
	best     []found // the likeliest for each child of the notice
}

type dateAgreement uint8

const (
	dateUnknown dateAgreement = iota
	dateEqual
	dateNear
	dateOther
)

// weigh gathers the evidence of a notice, whose record is n, and a candidate.
// The homes are those of the notice.
func (l *Linker) weigh(n *Record, homes []Address, c *Candidate) evidence {
	fresh := n.Notices[0]
	e := evidence{item: c, answer: meet(fresh.Answers, c.Record.Asked)}
	for i := range c.Record.Notices {
		l.weighNotice(&e, fresh, &c.Record.Notices[i])
	}
	e.clash = e.clash && e.ref == "" && !e.nearRef
	e.weighPeople(l, n, homes, &c.Record)
	return e
}

func meet(a, b []string) bool {
	return slices.ContainsFunc(a, func(s string) bool { return slices.Contains(b, s) })
}

// weighNotice compares the incident as two notices tell it.
func (l *Linker) weighNotice(e *evidence, a Notice, b *Notice) {
	switch {
	case a.Content != "" && a.Content == b.Content && a.Part == b.Part:
		if e.content == nil {
			e.content = b
		}
	case a.Message != "" && a.Message == b.Message && a.ID != b.ID:
		e.message = true
	}
	e.weighRefs(a.Refs, b.Refs)
	if d := l.meetIncidentDates(a, *b); e.date == dateUnknown || d != dateUnknown && d < e.date {
		e.date = d
	}
	if a.At != 0 && b.At != 0 {
		limit := int64(l.inc.HoursApart) * 3600
		apart := a.At-max(b.At, b.End) > limit || b.At-max(a.At, a.End) > limit
		e.apart, e.close = e.apart || apart, e.close || !apart
	}
	gap := a.Received - b.Received
	e.recent = e.recent || max(gap, -gap) <= int64(l.inc.UpdateDays)*86400
	e.place = e.place || !a.Place.empty() && a.Place.samePlace(b.Place)
	e.unplaced = e.unplaced || a.Place.Street == "" || b.Place.Street == ""
	e.bare = e.bare || a.Bare || b.Bare
}

func (e *evidence) weighRefs(as, bs []Ref) {
	for _, a := range as {
		for _, b := range bs {
			force := a.Force == b.Force || a.Force == "" || b.Force == ""
			switch {
			case a.Log != b.Log || !force:
			case a.Norm == b.Norm && a.Log:
				e.log = e.log || a.Force == b.Force
			case a.Norm == b.Norm:
				e.ref = a.Norm
			case a.Log:
			case edits(a.Norm, b.Norm, 1) == 1:
				e.nearRef = true
			case shape(a.Norm) == shape(b.Norm):
				e.clash = true
			}
		}
	}
}

// shape is a reference with its digits levelled: only references of one shape
// number the same thing.
func shape(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return '9'
		}
		return r
	}, s)
}

// meetIncidentDates compares the days of two incidents; one that went on past
// midnight has one day.
func (l *Linker) meetIncidentDates(a, b Notice) dateAgreement {
	gap := a.At - b.At
	switch {
	case a.At != 0 && b.At != 0 && max(gap, -gap) <= int64(l.inc.HoursApart)*3600:
		return dateEqual
	case a.Date == "" || b.Date == "":
		return dateUnknown
	case a.Date == b.Date:
		return dateEqual
	case within(a.Date, b.Date, l.inc.DateSlack):
		return dateNear
	}
	return dateOther
}

// weighPeople compares the households of a notice and an item. What only a
// reference or a home makes worth knowing is not looked for without.
func (e *evidence) weighPeople(l *Linker, n *Record, homesA []Address, c *Record) {
	e.best = make([]found, len(n.Children))
	for i, a := range n.Children {
		e.best[i] = l.closest(i, a, c.Children)
		e.same = e.same || e.best[i].match.Outcome == Same
	}
	homesB := c.homes()
	home := meetAny(homesA, homesB)
	e.home = home == "same"
	e.moved = home == "different" || home == "town" && allKnown(homesA) && allKnown(homesB)
	if !e.place { // the place of the one may be the home of the other
		e.place = placeIsHome(n.Notices, homesB) || placeIsHome(c.Notices, homesA)
	}
	if e.ref != "" {
		for i, at := range l.assign(c.Children, n.Children) {
			e.child = e.child || at >= 0
			e.more = e.more || at < 0 && n.Children[i].named()
		}
	}
	if e.ref != "" || e.home || e.same {
		e.family = l.sharedFamily(n, c)
		e.adult = slices.ContainsFunc(n.Adults, func(a Adult) bool {
			return slices.ContainsFunc(c.Adults, func(b Adult) bool { return l.sameAdult(a.Person, b.Person) })
		})
	}
}

// closest finds the person who is most likely the child; nobody where all are
// strangers.
func (l *Linker) closest(i int, child Person, among []Person) found {
	best := found{child: i}
	for k := range among {
		if l.strangers(&child, &among[k]) {
			continue
		}
		m := l.Compare(child, among[k])
		if m.Outcome > best.match.Outcome || m.Outcome == best.match.Outcome && m.Weight > best.match.Weight {
			best.other, best.match = &among[k], m
		}
	}
	return best
}

func allKnown(as []Address) bool {
	return !slices.ContainsFunc(as, func(a Address) bool { return !a.known() })
}

// placeIsHome tells whether an incident happened at a home that another notice
// gives, for a notice that gives no home besides.
func placeIsHome(ns []Notice, homes []Address) bool {
	return slices.ContainsFunc(ns, func(n Notice) bool {
		return slices.ContainsFunc(homes, func(h Address) bool { return n.Place.known() && n.Place.samePlace(h) })
	})
}

// homes returns where the children of a record live.
func (r *Record) homes() []Address {
	var out []Address
	for _, c := range r.Children {
		for _, h := range c.Homes {
			if !slices.Contains(out, h) {
				out = append(out, h)
			}
		}
	}
	return out
}

// sharedFamily tells whether the households share a surname.
func (l *Linker) sharedFamily(a, b *Record) bool {
	return slices.ContainsFunc(a.families(), func(x Name) bool {
		return slices.ContainsFunc(b.families(), func(y Name) bool {
			lv, _ := l.meetTokens(x.Family, y.Family, l.surname)
			return lv == "exact" || lv == "ending" || lv == "sound" || lv == "weak"
		})
	})
}

// families returns the names of a record's children and carers.
func (r *Record) families() []Name {
	var out []Name
	for _, c := range r.Children {
		out = append(out, c.Names...)
	}
	for _, a := range r.Adults {
		if a.Cares {
			out = append(out, a.Names...)
		}
	}
	return out
}

// joins tells whether notice and item are about one incident, and says what
// agrees. A reference, a log number or a date of the police alone never does;
// the code of a question that was asked about the item does.
func (e evidence) joins() (why []string, ok bool) {
	switch {
	case e.parted:
	case e.answer:
		ok = true
	case e.ref != "" && e.date != dateOther:
		ok = e.child || !e.moved && (e.date == dateEqual || (e.date == dateNear || e.recent) && (e.home || e.place || e.adult || e.family || e.bare))
	case e.same && e.date == dateEqual && (e.place || e.home && e.unplaced) && !e.clash && (e.close || !e.apart):
		ok = true
	case e.same && e.log && !e.clash && e.date != dateOther:
		ok = true
	}
	if !ok {
		return nil, false
	}
	return e.why(), true
}

// why lists what agrees, for a person.
func (e evidence) why() []string {
	var out []string
	add := func(ok bool, s string) {
		if ok {
			out = append(out, s)
		}
	}
	add(e.answer, "answers a question about the item")
	add(e.ref != "", "reference "+e.ref)
	add(e.nearRef && e.ref == "", "reference one slip apart")
	add(e.log, "log number and its date")
	add(e.child || e.same, "a child by name and birth")
	add(e.date == dateEqual, "incident date")
	add(e.date == dateNear, "incident date within days")
	add(e.place, "place of the incident")
	add(e.home, "home address")
	add(e.adult, "an adult by name")
	add(e.family && !e.child, "surname of the household")
	add(e.bare, "received from the same force, one of the two could not be read")
	return out
}

// relation names how a notice that joins relates to the item: a later version
// of its form, or another notice about the incident.
func (e evidence) relation(n *Record) triage.Relation {
	form := n.Notices[0].Form
	other := func(b Notice) bool { return realForm(form) && realForm(b.Form) && form != b.Form }
	if e.answer {
		return triage.RelationUpdate
	}
	if e.ref == "" || e.more && !e.bare || !e.recent || !e.child && !e.bare || !slices.ContainsFunc(e.item.Record.Notices, func(b Notice) bool { return !other(b) }) {
		return triage.RelationSameIncident
	}
	return triage.RelationUpdate
}

func realForm(s string) bool { return s != "" && s != "free_text" }

// resent returns the evidence of a notice that came again, and whether it
// chases the item.
func (l *Linker) resent(n *Record, e evidence) (why []string, chased bool) {
	why = []string{"the same text and attachments"}
	if fresh := n.Notices[0]; fresh.Message != "" && fresh.Message == e.content.Message {
		why = append(why, "the same Message-ID")
	}
	first := time.Unix(e.content.Received, 0)
	at := time.Unix(n.Notices[0].Received, 0)
	late := at.Sub(first) >= time.Duration(l.inc.ChasedHours)*time.Hour
	why = append(why, fmt.Sprintf("first received %s", first.UTC().Format("2006-01-02 15:04 UTC")))
	return why, late || e.item.Record.Decided
}
