package extract

import (
	"strings"

	"github.com/ppn-triage/ppn-triage/triage"
)

// force is the code of the force that sent the letter; empty if unknown.
func (x *labels) force(p *page) string {
	_, domain, _ := strings.Cut(lowerASCII(p.letter.From), "@")
	for part := range strings.SplitSeq(domain, ".") {
		if code, ok := x.forces[part]; ok {
			return code
		}
	}
	return ""
}

// formHead is how far from the top the words of a form's layout stand.
const formHead = 600

// form is the slug of the form's layout: the first whose words stand in the
// text, "free_text" where there are hardly any labels.
func (x *labels) form(p *page, fs []field) string {
	hard := 0
	for _, f := range fs {
		if f.hard && f.first < f.last {
			hard++
		}
	}
	if hard < 4 {
		return "free_text"
	}
	head := p.low[:min(len(p.low), formHead)]
	for _, f := range x.forms {
		for _, w := range f.Words {
			if i := strings.Index(head, w); i >= 0 && (i == 0 || !isAlnum(p.low[i-1])) {
				return f.Slug
			}
		}
	}
	return "other"
}

// houses gives every child of the household its address and the reading its
// place.
func (r *roster) houses(out *triage.Reading, fs []field) {
	var place, address, homeAt triage.Address
	for _, h := range r.homes {
		switch {
		case h.key == fieldPlace && place == (triage.Address{}):
			place = h.Address
		case h.key == fieldAddress && !h.own && address == (triage.Address{}):
			address = h.Address
		case h.key == fieldHome && homeAt == (triage.Address{}):
			homeAt = h.Address
		}
	}
	out.Place = place
	if place == (triage.Address{}) {
		out.Place = address
	}
	household := homeAt
	if household == (triage.Address{}) {
		household = r.childAddress(out)
	}
	if household == (triage.Address{}) {
		household = address
	}
	if household == (triage.Address{}) && r.x.isDoor(place) {
		household = place
	}
	if household == (triage.Address{}) {
		household = r.anyDoor()
	}
	for i := range out.People {
		if c := &out.People[i]; c.Role == triage.RoleChild && c.Address == (triage.Address{}) {
			c.Address = household
		}
	}
	if out.Place == (triage.Address{}) {
		out.Place = household
	}
}

// childAddress is an address written beside a child.
func (r *roster) childAddress(out *triage.Reading) triage.Address {
	for _, c := range out.People {
		if c.Role == triage.RoleChild && c.Address != (triage.Address{}) {
			return c.Address
		}
	}
	return triage.Address{}
}

// isDoor tells whether an address begins with a house number or a flat.
func (x *labels) isDoor(a triage.Address) bool {
	w, _, _ := strings.Cut(lowerASCII(a.Line), " ")
	return a.Line != "" && (houseNumber(strings.Trim(w, ",")) || dwelling(w))
}

// anyDoor is the first address with a door in the running text.
func (r *roster) anyDoor() triage.Address {
	p := r.p
	for n := range p.lines {
		switch p.section(n) {
		case triage.SectionSubject, triage.SectionSignature:
			continue
		}
		ln := p.lines[n]
		last := p.goesOnTo(n)
		if i := r.x.findAddress(p, ln.first, last); i >= 0 {
			return p.address(i, max(r.x.addressEnd(p, i, last), r.x.namedHouse(p, i, last)))
		}
	}
	return triage.Address{}
}
