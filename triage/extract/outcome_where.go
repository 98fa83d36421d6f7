package extract

import (
	"strings"
	"time"

	"github.com/ppn-triage/ppn-triage/triage"
)

// whereabouts reads where the alleged person is now, who has the child
// tonight, and when police protection was taken.
func (x *labels) whereabouts(p *page, ss []clause, hits []remarkHit, r *triage.Reading) {
	alleged := allegedNames(r)
	for k := range ss {
		s := &ss[k]
		if s.heading == fieldHistory {
			continue
		}
		if r.S46At.IsZero() && s.traits&traitPower != 0 {
			r.S46At = x.s46(p, s, r)
		}
		if r.AllegedNow == "" && s.traits&traitWhere != 0 && p.saysWhere(s) && (p.names(s, alleged) || p.allegedWord(s)) && !p.bygone(s, s.last) {
			r.AllegedNow = p.quote(s)
		}
		if r.ChildWith == "" && s.child && s.traits&traitWith != 0 && p.saysWith(s) {
			r.ChildWith = p.quote(s)
		}
	}
}

// quote is a clause in the notice's words.
func (p *page) quote(s *clause) string {
	return strings.Join(strings.Fields(p.text[p.pieces[s.first].start:p.pieces[s.last-1].end]), " ")
}

// allegedNames are the folded names of the alleged people.
func allegedNames(r *triage.Reading) map[string]bool {
	out := map[string]bool{}
	for _, m := range r.People {
		if m.Role == triage.RoleAlleged || m.Alleged {
			for w := range strings.FieldsSeq(foldName(m.Name)) {
				out[w] = true
			}
		}
	}
	return out
}

func (p *page) names(s *clause, set map[string]bool) bool {
	for i := s.first; i < s.last; i++ {
		if p.kind(i) == pieceWord && p.pieces[i].shape != shapeLower {
			for w := range strings.FieldsSeq(foldName(p.str(i))) {
				if set[w] {
					return true
				}
			}
		}
	}
	return false
}

// allegedWord tells whether a clause speaks of the alleged person by a word:
// "suspect" anywhere, "father" or "he" only where what follows says where.
func (p *page) allegedWord(s *clause) bool {
	for i := s.first; i < s.last; i++ {
		switch p.lower(i) {
		case "susp", "suspect", "perp", "perpetrator", "offender", "aggressor", "dp":
			return true
		case "father", "dad", "husband", "partner", "boyfriend", "stepfather", "stepdad", "ex", "stepmother", "uncle":
			return p.saysWhere(&clause{first: i + 1, last: min(s.last, i+5)})
		case "he", "male":
			if i == s.first && p.saysWhere(&clause{first: i + 1, last: min(s.last, i+5)}) {
				return true
			}
		}
	}
	return false
}

// whereWords and withWords begin what saysWhere and saysWith look for.
var (
	whereWords = []string{"arrested", "custody", "bailed", "bail", "remanded", "outstanding", "utl", "circulated", "released", "prison", "hmp", "whereabouts", "left", "gone", "went", "taken", "staying", "stay", "returned", "made", "not"}
	withWords  = []string{"with", "placed", "fetched", "collected", "home", "remains", "staying", "stopping", "suite"}
)

// saysWhere tells whether a clause says where somebody is now.
func (p *page) saysWhere(s *clause) bool {
	for i := s.first; i < s.last; i++ {
		if !p.is(i, traitWhere) {
			continue
		}
		switch w := p.lower(i); w {
		case "arrested", "custody", "bailed", "bail", "remanded", "outstanding", "utl", "circulated", "released", "prison", "hmp", "whereabouts":
			return true
		case "left", "gone", "went", "taken", "staying", "stay", "returned", "made":
			switch p.lower(i + 1) {
			case "to", "the", "with", "at", "address", "home", "off", "for", "in", "back":
				return true
			}
		case "not":
			if n := p.lower(i + 1); n == "located" || n == "found" || n == "traced" {
				return true
			}
		}
	}
	return false
}

// saysWith tells whether a clause says with whom a child is.
func (p *page) saysWith(s *clause) bool {
	for i := s.first; i < s.last; i++ {
		if !p.is(i, traitWith) {
			continue
		}
		switch p.lower(i) {
		case "with":
			for j := i + 1; j < min(s.last, i+5); j++ {
				switch p.lower(j) {
				case "mgm", "pgm", "mgf", "pgf", "mum", "mother", "dad", "father", "gran", "nan", "grandmother", "grandparents", "aunt", "uncle", "sister", "him", "her", "carer", "carers", "foster", "family", "grandad":
					return true
				}
			}
		case "placed", "fetched", "collected", "home":
			if p.lower(i) != "home" || p.lower(i-1) == "taken" || p.lower(i-1) == "him" || p.lower(i-1) == "her" || p.lower(i-1) == "them" {
				return true
			}
		case "remains", "staying", "stopping", "suite":
			return true
		}
	}
	return false
}

// s46 is when a clause says that police protection was taken.
func (x *labels) s46(p *page, s *clause, r *triage.Reading) time.Time {
	at := -1
	for i := s.first; i < s.last && at < 0; i++ {
		if !p.is(i, traitPower) {
			continue
		}
		switch w := p.lower(i); {
		case w == "s46" || w == "s" && p.mark(i+1, '.') && p.lower(i+2) == "46", w == "section" && p.lower(i+1) == "46", w == "police" && p.lower(i+1) == "protection":
			at = i
		}
	}
	if at < 0 || r.IncidentDate == "" {
		return time.Time{}
	}
	for i := s.first; i < s.last; i++ {
		switch p.lower(i) {
		case "considered", "not", "unless", "if", "previously":
			return time.Time{}
		}
	}
	day := p.today
	for i := at; i < s.last; i++ {
		if p.kind(i) != pieceNumber {
			continue
		}
		if d, n := readDate(p.low[p.pieces[i].start:], p.pivot); n > 0 && d.d > 0 {
			day, _ = p.sameYear(p.low[p.pieces[i].start:], d, n)
			i = p.at(p.pieces[i].start+n) - 1
			continue
		}
		if c, n := readClock(p.low[p.pieces[i].start:], true); n > 0 {
			return day.on(c)
		}
	}
	return time.Time{}
}
