package extract

import (
	"cmp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/ppn-triage/ppn-triage/triage"
)

// maxQuote is the longest quote of a fact in bytes (triage.Fact).
const maxQuote = 240

// facts returns what the letter states inside the spans, in order of place.
// It reads r.People, r.IncidentDate and r.PoliceGrade, and changes nothing.
func (x *lexicon) facts(l *triage.Letter, r *triage.Reading, spans []span) []triage.Fact {
	names := x.newNameIndex(r.People)
	ref := r.IncidentDate
	if ref == "" && !l.Received.IsZero() {
		ref = l.Received.Format(time.DateOnly)
	}
	var all []stated
	var pages []*passage
	for _, sp := range spans {
		p := x.newPassage(l.Text, sp, names, ref)
		p.settle(names)
		pages = append(pages, p)
		all = append(all, p.facts()...)
	}
	facts := merge(graded(x.everywhere(conditions(all), pages), r.PoliceGrade, l.Text))
	for i := range facts {
		facts[i].Quote = cut(l.Text[facts[i].Start:facts[i].End])
	}
	return facts
}

// stated is a fact and the rule that it comes from.
type stated struct {
	triage.Fact
	rule *rule
}

// facts turns the rule hits of a passage into facts.
func (p *passage) facts() []stated {
	var all []stated
	hits := p.alone()
	for _, h := range hits {
		r := &p.x.rules[h.out]
		patient, agent := p.parties(r, h)
		if r.whom == whomSubject && r.child == nil && r.adult != nil && p.youngPronoun(patient) {
			patient = p.adultFor(patient)
		}
		if r.byAdult && agent.class() == classChild {
			continue
		}
		for _, y := range p.yields(r, h, patient, agent) {
			if f := p.fact(r, h, y, patient, agent); !r.denied || !f.Counts() {
				all = append(all, stated{f, r})
			}
		}
	}
	return all
}

// farApart is the number of words beyond which two phrases have nothing to do
// with each other: more than any phrase is long or any mark may stand away. It
// keeps long texts without full stops from being compared all with all.
const farApart = 200

// alone drops what a rule that stands alone covers: "DASH grade high" is no
// grade of the notice.
func (p *passage) alone() []hit {
	rules := slices.DeleteFunc(slices.Clone(p.rules), func(h hit) bool {
		f := p.inside(h)
		return p.x.rules[h.out].things && f != nil && p.endsObject(f.hi)
	})
	from := 0
	return slices.DeleteFunc(slices.Clone(rules), func(h hit) bool {
		for from < len(rules) && rules[from].lo+farApart < h.lo {
			from++
		}
		for _, o := range rules[from:] {
			if o.lo > h.lo {
				break
			}
			if o.out != h.out && p.x.rules[o.out].alone && o.lo <= h.lo && h.hi <= o.hi && o.hi-o.lo > h.hi-h.lo && sharesWords(o, h) {
				return true
			}
		}
		return false
	})
}

// sharesWords tells whether the words of h, its gaps apart, are words of o and
// do not stand in gaps of it.
func sharesWords(o, h hit) bool {
	for t := h.lo; t < h.hi; t++ {
		if !h.inGap(t) && o.inGap(t) {
			return false
		}
	}
	return true
}

// yields returns what the rule gives for the person concerned. What is done
// to an outsider matters only where a child did it. Of nobody in particular a
// denial is taken as of anybody: it scores nothing, but it was read.
func (p *passage) yields(r *rule, h hit, patient, agent *found) giving {
	switch patient.class() {
	case classChild:
		return r.child
	case classAdult:
		if r.adult == nil && patient.guess {
			break
		}
		return r.adult
	case classOutside:
		if agent.class() == classChild || r.whom == whomSubject {
			return r.outside
		}
		return nil
	case classThing:
		return nil
	}
	if patient != nil && patient.guess && r.whom == whomObject && p.state(h, r.despite).polarity != triage.Absent {
		return r.unclear
	}
	if r.unclear == nil && (patient != nil || p.state(h, r.despite).polarity == triage.Absent) {
		if r.child != nil {
			return r.child
		}
		return r.adult
	}
	return r.unclear
}

func (p *passage) fact(r *rule, h hit, y yield, patient, agent *found) triage.Fact {
	despite := r.despite
	if p.x.feared[y.slug] {
		despite |= 1 << sigHypothetical
	}
	st := p.state(h, despite)
	f := triage.Fact{Slug: y.slug, Polarity: st.polarity, Time: st.time, Cue: st.cue, Child: -1,
		Start: int(p.toks[h.lo].start), End: int(p.toks[h.hi-1].end)}
	f.Signs = p.signs(y, h, patient, agent)
	f.Holder = p.x.holderOf(r, y.slug, patient)
	if st.other || r.between && (p.withOutsider(h) || p.aimedElsewhere(h)) {
		f.Holder = triage.HolderOther
	}
	if f.Holder == triage.HolderChild {
		f.Child = p.childOf(patient)
	}
	if f.Time == triage.Historic {
		p.judgePast(&f, h)
	}
	return f
}

func cut(q string) string {
	if len(q) <= maxQuote {
		return q
	}
	n := maxQuote
	for n > 0 && !utf8.RuneStart(q[n]) {
		n--
	}
	return q[:n]
}

// holderOf says whose the fact is: as the rule fixes it, else the person's,
// else what the lexicon says of the fact.
func (x *lexicon) holderOf(r *rule, slug string, patient *found) triage.Holder {
	if r.holder != holderByPerson {
		return r.holder.holder()
	}
	switch patient.class() {
	case classChild:
		return triage.HolderChild
	case classAdult:
		return triage.HolderCarer
	case classOutside:
		if r.whom == whomObject {
			return triage.HolderChild // a child did it
		}
		return triage.HolderOther
	}
	return x.whose[slug].holder()
}

// holder returns the holder of a kind, the home if none is fixed.
func (k holderKind) holder() triage.Holder {
	switch k {
	case holderChild:
		return triage.HolderChild
	case holderCarer:
		return triage.HolderCarer
	}
	return triage.HolderHome
}

// childOf returns the index of the child meant, -1 if it is not clear.
func (p *passage) childOf(f *found) int {
	if f != nil && f.person > 0 && p.people[f.person-1].Role == triage.RoleChild {
		return int(f.person) - 1
	}
	only := -1
	for i := range p.people {
		if p.people[i].Role != triage.RoleChild {
			continue
		}
		if only >= 0 {
			return -1
		}
		only = i
	}
	return only
}

// signs returns the rule's signs, those of the marks beside the words, and
// who did it where the fact has a sign for that.
func (p *passage) signs(y yield, h hit, patient, agent *found) []string {
	signs := slices.Clone(y.signs)
	known := p.x.signs[y.slug]
	near, _ := slices.BinarySearchFunc(p.marks, h.lo-farApart, func(m hit, lo int32) int { return cmp.Compare(m.lo, lo) })
	for _, m := range p.marks[near:] {
		if m.lo > h.hi+farApart {
			break
		}
		mk := &p.x.marks[m.out]
		if mk.slugs[y.slug] && p.beside(m, h, mk.within) && p.state(m, 0).polarity == p.state(h, 0).polarity {
			signs = append(signs, mk.sign)
		}
	}
	for _, s := range agentSigns(patient, agent) {
		if known[s] {
			signs = append(signs, s)
		}
	}
	slices.Sort(signs)
	return slices.Compact(signs)
}

// beside tells whether a mark stands in the clause of the hit, near enough.
func (p *passage) beside(m, h hit, within int) bool {
	if p.of[m.lo] != p.of[h.lo] {
		return false
	}
	lo, hi := m.hi, h.lo
	if h.hi <= m.lo {
		lo, hi = h.hi, m.lo
	}
	if int(hi-lo) > within {
		return false
	}
	for t := lo; t <= hi && int(t) < len(p.toks); t++ {
		if t > 0 && p.toks[t].brk >= brkSemi && t > min(m.lo, h.lo) {
			return false
		}
	}
	return true
}

func agentSigns(patient, agent *found) []string {
	if agent == nil || patient != nil && agent.person != 0 && agent.person == patient.person {
		return nil // nobody does it to himself: who did it is not said
	}
	switch agent.role {
	case roleChild:
		if patient != nil && patient.role != roleChild {
			return []string{"child_aggressor", "child_to_parent"}
		}
		return []string{"by_child"}
	case rolePeer:
		return []string{"by_child"}
	case roleOutsider:
		return []string{"by_stranger"}
	case roleCarer, roleAlleged, roleVictim:
		return []string{"by_carer", "by_adult"}
	}
	return nil
}

// judgePast decides about a historic fact: harm that a child tells late, with
// no word of an earlier report and no word that the person is gone, is
// current; one dealt with and without contact is closed (policy.md, "historic").
func (p *passage) judgePast(f *triage.Fact, h hit) {
	dealt, reported, gone := false, false, false
	s := p.of[h.lo]
	for _, c := range p.cues {
		if near := p.of[min(c.lo, int32(len(p.toks)-1))]; near < s-1 || near > s+2 {
			continue
		}
		dealt = dealt || c.kind == sigDealt
		reported = reported || c.kind == sigReported
		gone = gone || c.kind == sigNoContact
	}
	if p.x.toldLate[f.Slug] && !dealt && !reported && !gone {
		f.Time = triage.Current
		return
	}
	f.Closed = dealt && gone
}

// gradeSigns are the grades of the notice that make a request.
var gradeSigns = map[string]string{"high": "grade_high", "medium": "grade_medium"}

// graded adds the grade that the form's field gives where the words alone did
// not show it.
func graded(facts []triage.Fact, grade, text string) []triage.Fact {
	sign := gradeSigns[grade]
	if sign == "" {
		return facts
	}
	for _, f := range facts {
		if f.Slug == "police_request" && f.Has(sign) && f.Counts() {
			return facts
		}
	}
	f := triage.Fact{Slug: "police_request", Signs: []string{sign}, Polarity: triage.Present,
		Time: triage.Current, Holder: triage.HolderHome, Child: -1}
	if at := strings.Index(strings.ToLower(text), grade); at >= 0 && at+len(grade) <= len(text) {
		f.Start, f.End = at, at+len(grade)
	}
	return append(facts, f)
}

// merge joins facts of one slug whose words overlap and that say the same of
// the same person, and orders all by place.
func merge(facts []triage.Fact) []triage.Fact {
	slices.SortStableFunc(facts, func(a, b triage.Fact) int {
		if a.Start != b.Start {
			return a.Start - b.Start
		}
		return b.End - a.End
	})
	var merged []triage.Fact
	for _, f := range facts {
		i := len(merged) - 1
		for i >= 0 && i >= len(merged)-12 && !same(&merged[i], &f) {
			i--
		}
		if i < 0 || i < len(merged)-12 {
			merged = append(merged, f)
			continue
		}
		o := &merged[i]
		o.Signs = append(o.Signs, f.Signs...)
		slices.Sort(o.Signs)
		o.Signs = slices.Compact(o.Signs)
		o.End = max(o.End, f.End)
	}
	return merged
}

// same tells whether two facts say the same of the same person in
// overlapping words; a begins first.
func same(a, b *triage.Fact) bool {
	return a.Slug == b.Slug && a.End >= b.Start && a.Polarity == b.Polarity && a.Time == b.Time && a.Holder == b.Holder && a.Child == b.Child
}
