package extract

import (
	"slices"
	"strings"

	"github.com/ppn-triage/ppn-triage/triage"
)

// judge writes the quality findings and the flags of policy.md.
func (x *labels) judge(p *page, fs []field, pt part, ro *roster, r *triage.Reading) {
	ss := x.sentences(p, fs, ro, pt.first, pt.last)
	var hits []remarkHit
	for _, s := range ss {
		if s.traits&traitRemark == 0 {
			continue
		}
		hits = x.cues.find(p, s.first, s.last, hits)
	}
	hits = slices.DeleteFunc(hits, func(h remarkHit) bool { return h.remark != remarkShare && inLabel(fs, h.first) })
	x.consentInProse(p, fs, ss, hits, r)
	x.whereabouts(p, ss, hits, r)
	x.flags(p, ro, hits, r)
	if p.letter.Lost() {
		return
	}
	add := func(finding string, is bool) {
		if is {
			r.Quality = append(r.Quality, finding)
		}
	}
	named, undated := childDetails(r)
	add("no_child_details", !named)
	add("no_dob", undated)
	add("no_address", !x.addressGiven(p, fs, pt, r))
	add("no_reference", !referenceGiven(r))
	add("no_outcome", !x.outcome(p, fs, ss, hits, pt))
	add("no_child_voice", !unbornOnly(r) && !x.voice(p, fs, ss, hits, pt))
	add("no_police_grade", r.PoliceGrade == "" && r.Dash == "")
	add("no_consent", r.Consent == "")
	add("no_officer", r.Officer == "")
}

// childDetails tells whether a child is named, and whether a born child has no
// date of birth. A notice without any child has neither.
func childDetails(r *triage.Reading) (named, undated bool) {
	children := r.Children()
	for _, i := range children {
		c := r.People[i]
		named = named || c.Name != "" || c.Unborn && len(children) == 1
		undated = undated || !c.Unborn && c.DOB == ""
	}
	return named, undated || len(children) == 0
}

// inLabel tells whether piece i stands in a label and not in its value: "Last
// seen:", "Account:".
func inLabel(fs []field, i int) bool {
	at, _ := slices.BinarySearchFunc(fs, i, func(f field, i int) int { return f.start - i })
	for ; at >= 0 && at < len(fs) && fs[at].start > i; at-- {
	}
	if at == len(fs) || at >= 0 && fs[at].start > i {
		at--
	}
	return at >= 0 && fs[at].hard && fs[at].start <= i && i < fs[at].first
}

// unbornOnly tells whether the only child is not born yet and can have no voice.
func unbornOnly(r *triage.Reading) bool {
	children := r.Children()
	for _, i := range children {
		if !r.People[i].Unborn {
			return false
		}
	}
	return len(children) > 0
}

// referenceGiven tells whether the notice has a number of its own; a log's
// counts with its date.
func referenceGiven(r *triage.Reading) bool {
	for _, ref := range r.References {
		if ref.Own {
			return true
		}
	}
	return false
}

// addressGiven tells whether a door is given for the household or the place.
func (x *labels) addressGiven(p *page, fs []field, pt part, r *triage.Reading) bool {
	for _, c := range r.People {
		if c.Role == triage.RoleChild && c.Address.Line != "" {
			return true
		}
	}
	for _, f := range fs {
		if f.line < pt.first || f.line >= pt.last || f.first >= f.last {
			continue
		}
		switch f.key {
		case fieldHome, fieldAddress, fieldPlace:
			if a := p.address(f.first, f.last); a.Postcode != "" && a.Line != "" || x.findAddress(p, f.first, f.last) >= 0 {
				return true
			}
		}
	}
	for n := pt.first; n < pt.last; n++ {
		if sec := p.section(n); sec != triage.SectionSubject && sec != triage.SectionSignature && x.findAddress(p, p.lines[n].first, p.goesOnTo(n)) >= 0 {
			return true
		}
	}
	return p.numberAfterStreet(x, pt)
}

// numberAfterStreet tells whether a house is given behind its street:
// "Carrbottom Road, Bradford BD5 9ZX, no. 16".
func (p *page) numberAfterStreet(x *labels, pt part) bool {
	for n := pt.first; n < pt.last; n++ {
		street := false
		for i := p.lines[n].first; i+2 < p.lines[n].last; i++ {
			switch w := p.lower(i); {
			case p.stops(i, p.lines[n].last):
				street = false
			case p.pieces[i].shape != shapeLower && i > 0 && p.kind(i-1) == pieceWord && x.streets.has(w):
				street = true
			case w == "at" && p.kind(i+1) == pieceNumber && houseNumber(p.str(i+1)) && p.mark(i+2, '(') && p.postcodeAfter(i+3, min(len(p.pieces), i+6)) > i+3:
				return true
			case street && (w == "no" || w == "number") && (p.kind(i+1) == pieceNumber && houseNumber(p.str(i+1)) || p.mark(i+1, '.') && houseNumber(p.str(i+2))):
				return p.section(n) != triage.SectionSubject && p.section(n) != triage.SectionSignature
			}
		}
	}
	return false
}

// flags writes the flags that the text alone gives.
func (x *labels) flags(p *page, ro *roster, hits []remarkHit, r *triage.Reading) {
	if p.letter.Lost() {
		r.Flags = append(r.Flags, "manual_read")
	}
	for _, h := range hits {
		if h.remark == remarkRestricted {
			r.Flags = append(r.Flags, "restricted")
			break
		}
	}
	for _, h := range ro.homes {
		if h.key == fieldHome && h.Postcode != "" && !x.local(h.Postcode) {
			r.Flags = append(r.Flags, "other_authority")
			return
		}
	}
}

// local tells whether a postcode lies in the authority.
func (x *labels) local(code string) bool {
	out, _, _ := strings.Cut(code, " ")
	for _, a := range x.home {
		if rest, ok := strings.CutPrefix(out, a); ok && (rest == "" || isDigit(rest[0]) && !isDigit(a[len(a)-1])) {
			return true
		}
	}
	return false
}
