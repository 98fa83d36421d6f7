package link

import (
	"slices"
	"strings"
	"unicode"

	"github.com/ppn-triage/ppn-triage/triage"
)

// Person is somebody folded for comparison: canonical name tokens and nothing
// that linking does not need. Make one with Linker.Person, or fill in the
// fields of a public data set by hand.
type Person struct {
	ID          string   // triage.Child.ID
	Names       []Name   // as written first, then known as, née
	DOBs        []string // every full date of birth given, YYYY-MM-DD
	From        string   // earliest and latest possible date of birth
	To          string
	Homes       []Address
	Parents     []Name
	NHS         string
	UPN         string
	Contacts    []string // telephone numbers, digits only; or e-mail addresses
	Unborn      bool
	EDD         string
	Placeholder bool
}

// Name is a folded name. Tokens are canonical: Mohammed is muhammad.
type Name struct {
	Given  []string
	Family []string
}

func (n Name) empty() bool { return len(n.Given)+len(n.Family) == 0 }

func (n Name) equal(o Name) bool {
	return slices.Equal(n.Given, o.Given) && slices.Equal(n.Family, o.Family)
}

// Person folds a person of a notice. Parents are the adults who have care of a
// child; an adult has none.
func (l *Linker) Person(p triage.Person, parents []triage.Person) Person {
	out := Person{
		NHS: p.NHS, UPN: p.UPN, Unborn: p.Unborn, Placeholder: p.Placeholder,
		From: p.BornFrom, To: p.BornTo, Names: l.names(p),
	}
	if p.Unborn {
		out.EDD = p.EDD
		if _, ok := date(out.EDD); !ok {
			out.EDD = ""
		}
	}
	out.addDOB(l.lex, p.DOB)
	if a := l.Address(p.Address); !a.empty() {
		out.Homes = []Address{a}
	}
	if c := foldContact(p.Phone); c != "" {
		out.Contacts = []string{c}
	}
	if p.Mother != "" {
		out.addParent(l.splitName(p.Mother))
	}
	for _, q := range parents {
		for _, n := range l.names(q) {
			out.addParent(n)
		}
	}
	return out
}

// addDOB takes a date of birth in. A date that stands for "not known" is
// dropped with the span it gave, 1 January is known by its year alone.
func (p *Person) addDOB(x *lexicon, dob string) {
	switch {
	case dob == "":
	case !x.realDate(dob):
		if p.From <= dob && dob <= p.To {
			p.From, p.To = "", ""
		}
	case defaultDay(dob):
		if p.From == "" || p.From == dob {
			p.From, p.To = dob, dob[:4]+"-12-31"
		}
	default:
		if !slices.Contains(p.DOBs, dob) {
			p.DOBs = append(p.DOBs, dob)
		}
		p.From, p.To = dob, dob
	}
}

func (p *Person) addParent(n Name) {
	if len(n.Given) == 0 || slices.ContainsFunc(p.Parents, n.equal) {
		return
	}
	p.Parents = append(p.Parents, n)
}

func (p *Person) addHome(a Address) {
	if !a.empty() && !slices.Contains(p.Homes, a) {
		p.Homes = append(p.Homes, a)
	}
}

// named tells whether the person has any name that can be compared.
func (p *Person) named() bool { return !p.Placeholder && len(p.Names) > 0 }

// foldContact keeps what identifies a telephone number or e-mail address.
func foldContact(s string) string {
	s = strings.ToLower(strings.TrimSpace(s))
	if strings.Contains(s, "@") {
		return s
	}
	digits := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, s)
	digits = strings.TrimPrefix(digits, "44")
	digits = strings.TrimPrefix(digits, "0")
	if len(digits) < 6 || strings.Trim(digits, digits[:1]) == "" {
		return ""
	}
	return digits
}

// names folds the names of a person: the name as written and each alias, an
// alias of one word standing for the forename or for the surname.
func (l *Linker) names(p triage.Person) []Name {
	main := Name{Given: l.tokens(p.Given), Family: l.surnames(p.Family)}
	var others []Name
	if main.empty() {
		main, others = l.writtenName(p.Name)
	}
	if p.Unborn {
		main.Given, others = nil, nil
	}
	var out []Name
	add := func(n Name) {
		if !n.empty() && !slices.ContainsFunc(out, n.equal) {
			out = append(out, n)
		}
	}
	add(main)
	for _, a := range p.Aliases {
		n, more := l.writtenName(a)
		others = append(append(others, n), more...)
	}
	for _, n := range others {
		for _, full := range complete(n, main) {
			add(full)
		}
	}
	return out
}

// complete gives an alias of one word the rest of the name it belongs to.
func complete(n, main Name) []Name {
	switch {
	case len(n.Given)+len(n.Family) != 1:
		return []Name{n}
	case len(n.Given) == 1:
		return []Name{{Given: n.Given, Family: main.Family}, {Given: main.Given, Family: n.Given}}
	}
	return []Name{{Given: main.Given, Family: n.Family}, {Given: n.Family, Family: main.Family}}
}

// writtenName folds a name written in one string, and the names that follow an
// "aka" or "née" in it.
func (l *Linker) writtenName(s string) (Name, []Name) {
	var parts []string
	var cur []string
	for _, w := range strings.Fields(strings.ReplaceAll(s, "/", " ")) {
		if l.lex.also[foldText(w)] {
			parts, cur = append(parts, strings.Join(cur, " ")), nil
			continue
		}
		cur = append(cur, w)
	}
	parts = append(parts, strings.Join(cur, " "))
	main := l.splitName(parts[0])
	var others []Name
	for _, p := range parts[1:] {
		if n := l.splitName(p); !n.empty() {
			others = append(others, n)
		}
	}
	return main, others
}

// splitName parts a name into forenames and surname: "SMITH, Ann", "Ann
// SMITH", "Ann Smith". A single word is a forename.
func (l *Linker) splitName(s string) Name {
	if family, given, ok := strings.Cut(s, ","); ok {
		return Name{Given: l.tokens(given), Family: l.surnames(family)}
	}
	var upper, other []string
	for _, w := range strings.Fields(s) {
		if isUpper(w) {
			upper = append(upper, w)
		} else {
			other = append(other, w)
		}
	}
	if len(upper) > 0 && len(other) > 0 {
		return Name{Given: l.tokens(strings.Join(other, " ")), Family: l.surnames(strings.Join(upper, " "))}
	}
	all := l.tokens(s)
	if len(all) < 2 {
		return Name{Given: all}
	}
	return Name{Given: all[:len(all)-1], Family: all[len(all)-1:]}
}

func isUpper(w string) bool {
	n := 0
	for _, r := range w {
		if unicode.IsLower(r) {
			return false
		}
		if unicode.IsLetter(r) {
			n++
		}
	}
	return n > 1
}

// surnames folds a surname to canonical tokens: "Mc Donald" and "O Neill" are
// one word each, and a particle that is all there is (Mohammed Din) is a name.
func (l *Linker) surnames(s string) []string {
	words := strings.Fields(foldText(s))
	for i := 0; i+1 < len(words); i++ {
		if w := words[i]; w == "mc" || w == "mac" || w == "o" {
			words[i], words[i+1] = "", w+words[i+1]
		}
	}
	if out := l.tokens(strings.Join(words, " ")); len(out) > 0 {
		return out
	}
	var out []string
	for _, w := range words {
		if len(w) > 1 && !l.lex.unknown[w] {
			out = append(out, w)
		}
	}
	return out
}

// tokens folds a name to canonical tokens, without titles, particles, initials
// and words that only say that a name is not known.
func (l *Linker) tokens(s string) []string {
	var out []string
	for _, w := range strings.Fields(foldText(s)) {
		w = l.lex.fold1(w)
		if len(w) == 1 || l.lex.ignored[w] || l.lex.unknown[w] || slices.Contains(out, w) {
			continue
		}
		out = append(out, w)
	}
	return out
}
