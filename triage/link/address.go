package link

import (
	"regexp"
	"slices"
	"strings"

	"github.com/ppn-triage/ppn-triage/triage"
)

// Address is a folded address. Assumed marks the place of an incident taken
// for a home because the notice gives no other: it can agree, never disagree.
type Address struct {
	Flat    string
	Number  string
	Street  string
	Town    string
	Post    string // postcode without blank, O and I as digits
	Assumed bool
}

// known tells whether the address can say which house it is.
func (a Address) known() bool { return a.Number != "" && (a.Street != "" || a.Post != "") }

func (a Address) empty() bool { return a.Street == "" && a.Post == "" && a.Town == "" }

var flatWords = []string{"flat", "apartment", "apt", "unit", "room", "bedsit"}

// Address folds an address as far as it is given. A postcode of no digits
// ("unknown") is none.
func (l *Linker) Address(in triage.Address) Address {
	a := Address{Post: foldPost(in.Postcode)}
	var street []string
	for _, part := range strings.Split(in.Line, ",") {
		words := strings.Fields(foldText(part))
		if len(words) == 0 || l.lex.unknown[words[0]] {
			continue
		}
		if len(words) >= 2 && slices.Contains(flatWords, words[0]) && a.Flat == "" {
			a.Flat, words = words[1], words[2:]
		}
		if len(words) > 0 && a.Number == "" && len(street) == 0 && houseNumber(words[0]) {
			a.Number, words = words[0], words[1:]
		}
		switch {
		case len(words) == 0:
		case len(street) == 0:
			street = words
		default:
			a.Town = strings.Join(words, " ")
		}
	}
	a.Street, a.Town = l.cutStreet(street, a.Town)
	return a
}

// cutStreet ends a street at its kind ("road"), so that a town written without
// a comma is not taken for part of it.
func (l *Linker) cutStreet(words []string, town string) (string, string) {
	for i, w := range words {
		if canon, ok := l.lex.street[w]; ok {
			words[i] = canon
		}
		if i > 0 && l.streetKind(words[i]) {
			if town == "" && i+1 < len(words) {
				town = strings.Join(words[i+1:], " ")
			}
			if i+1 < len(words) && !slices.Contains(words[i+1:], "jw") && !slices.Contains(words, "w") {
				words = words[:i+1]
			}
			break
		}
	}
	return strings.Join(words, " "), town
}

func (l *Linker) streetKind(w string) bool {
	for _, canon := range l.lex.street {
		if canon == w {
			return true
		}
	}
	return false
}

func houseNumber(w string) bool {
	digits := strings.TrimRight(w, "abcdefgh")
	return digits != "" && len(w)-len(digits) <= 1 && strings.Trim(digits, "0123456789") == "" && len(digits) <= 4
}

// fullPost is a whole postcode (domain.md 5.3) once O and I are digits.
var fullPost = regexp.MustCompile(`^[a-z01]{1,2}[0-9][a-z0-9]?[0-9][a-z]{2}$`)

// foldPost folds a postcode so that O and 0, I and 1 are one. Half a postcode
// is none.
func foldPost(s string) string {
	s = strings.ReplaceAll(foldText(s), " ", "")
	s = strings.NewReplacer("o", "0", "i", "1").Replace(s)
	if !fullPost.MatchString(s) {
		return ""
	}
	return s
}

// meet returns the level of two addresses, or "" where nothing can be said.
func (a Address) meet(b Address) string {
	if a.Flat != "" && b.Flat != "" && a.Flat != b.Flat {
		return a.apart(b)
	}
	postEqual := a.Post != "" && a.Post == b.Post
	numbers := a.Number != "" && b.Number != ""
	switch {
	case numbers && a.Number == b.Number && (postEqual || sameStreet(a.Street, b.Street) && postClose(a.Post, b.Post)):
		return "same"
	case a.Number != b.Number && numbers:
		return a.apart(b)
	case postEqual:
		return "post"
	case a.known() && b.known(), !postClose(a.Post, b.Post):
		return a.apart(b)
	case a.Town != "" && a.Town == b.Town:
		return "town"
	}
	return ""
}

// postClose tells whether two postcodes are one but for a slip, for all that is
// known.
func postClose(a, b string) bool { return a == "" || b == "" || edits(a, b, 1) <= 1 }

func (a Address) apart(b Address) string {
	if a.Assumed || b.Assumed {
		return ""
	}
	return "different"
}

// sameStreet tells whether two streets agree: one may be written shorter.
func sameStreet(a, b string) bool {
	if a == "" || b == "" {
		return false
	}
	return a == b || strings.HasPrefix(a, b+" ") || strings.HasPrefix(b, a+" ") || edits(a, b, 1) <= 1 && len(a) > 6
}

// samePlace tells whether two addresses are one place, a house or, where
// neither has a number, a street or premises of the same name.
func (a Address) samePlace(b Address) bool {
	if a.meet(b) == "same" {
		return true
	}
	return a.Number == "" && b.Number == "" && sameStreet(a.Street, b.Street) && (a.Post == "" || b.Post == "" || a.Post == b.Post)
}

// meetAny returns the best level of any pair of addresses.
func meetAny(as, bs []Address) string {
	best := ""
	rank := []string{"", "different", "town", "post", "same"}
	for _, a := range as {
		for _, b := range bs {
			if m := a.meet(b); slices.Index(rank, m) > slices.Index(rank, best) {
				best = m
			}
		}
	}
	return best
}
