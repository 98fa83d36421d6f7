package triage

import "time"

// Reading is what one notice says about one incident in one household. A
// digest mail yields several Readings, an automatic mail none.
type Reading struct {
	People     []Person
	References []Reference
	Facts      []Fact

	IncidentDate string    // YYYY-MM-DD in Europe/London; of a late disclosure the day it was made; empty if not said
	IncidentAt   time.Time // when it began, if a time of day is said
	IncidentEnd  time.Time // end of a range, else zero
	Place        Address   // where it happened

	Force       string // code of domain.md, from the sender or the form; empty if unknown
	Form        string // slug of the form's layout, e.g. "merlin"; "free_text" if none
	FormVersion string
	Officer     string
	PoliceGrade string // "high", "medium", "standard" or empty
	Dash        string // "high", "medium", "standard", "refused" or empty
	DashTicks   int    // -1 if not said
	Consent     string // "given", "refused", "not_sought", "dispensed" or empty

	AllegedNow string    // where the alleged person is now, in the notice's words; empty means not stated
	ChildWith  string    // who has the child tonight, in the notice's words; empty means not stated
	S46At      time.Time // when police protection was taken; zero if not said

	Quality []string // findings of policy.md, sorted
	Flags   []string // flags of policy.md that the text alone gives, sorted
}

// Role is what a person is in a notice.
type Role uint8

// The roles. A Person of age 18 or over is never RoleChild.
const (
	RoleUnknown Role = iota
	RoleChild
	RoleCarer
	RoleAlleged // alleged person: suspect, aggressor, other party
	RoleOther
)

// Person is somebody a notice names or counts.
type Person struct {
	Role        Role
	Alleged     bool   // a carer or child who is also the alleged person
	Name        string // as written, surname and forenames in the notice's own order; empty for a placeholder
	Given       string // forenames
	Family      string // surname
	Aliases     []string
	DOB         string // YYYY-MM-DD as the notice writes it; empty if not said
	BornFrom    string // earliest and latest possible date of birth, YYYY-MM-DD,
	BornTo      string // from DOB or a stated age; empty if neither is said
	AgeStated   bool   // a date of birth or an age was written
	Unborn      bool
	EDD         string // YYYY-MM-DD, due date of an unborn child
	Placeholder bool   // a child who belongs to the household but is not named
	Sex         string // "M", "F" or empty; for matching pronouns only, never a feature
	Address     Address
	Phone       string
	School      string
	GP          string
	NHS         string // 10 digits, check digit right; else empty
	UPN         string // 13 characters, check letter right; else empty
	Relation    string // as written: "mother", "F/O", "child of both"
	Mother      string // name of the mother, of an unborn child
	Disabled    bool   // disability or communication need stated
	Start, End  int    // where the name (or, of a placeholder, the mention) stands in Letter.Text
}

// Address is a place in the United Kingdom as far as the notice gives it.
type Address struct {
	Line     string // as written, without the postcode
	Postcode string // "BD8 9TZ" form; empty if not said
}

// Reference is a number under which the police know the incident.
type Reference struct {
	Kind       string // "occurrence", "crime", "form", "missing" or "log"
	Force      string // force code it belongs to, if known
	Raw        string
	Norm       string // upper case, letters and digits only; a log's holds its date: "LOG1288/2026-09-01"
	Own        bool   // of this incident; false for earlier incidents and footers
	Start, End int
}

// Fact is one thing a notice says that policy.md has a word for.
type Fact struct {
	Slug       string   // a factor of policy.md, or "circumstance" for signs that belong to no factor alone
	Signs      []string // signs of factors.yaml that these words show, sorted
	Polarity   Polarity
	Time       Time
	Closed     bool // historic, and the notice says it was dealt with and the person has no contact
	Holder     Holder
	Child      int    // index in Reading.People of the child it belongs to, -1 if of every child or none
	Cue        string // the words that decided polarity, time or holder; empty if none was needed
	Quote      string // the words themselves, at most 240 bytes, cut at a rune
	Start, End int    // the words' place in Letter.Text
}

// Polarity says whether the notice asserts a fact.
type Polarity uint8

// The polarities. Possible counts in full: suspected, alleged, or asserted by
// one person and denied by the alleged person.
const (
	PolarityUnknown Polarity = iota
	Present
	Possible
	Absent
	Hypothetical
)

// Time says when a fact was true.
type Time uint8

// The times; historic is 12 months or more before the incident, or said to be.
const (
	TimeUnknown Time = iota
	Current
	Historic
)

// Holder says whose fact it is.
type Holder uint8

// The holders. Facts of HolderOther are shown and score nothing.
const (
	HolderUnknown Holder = iota
	HolderChild
	HolderCarer
	HolderHome
	HolderOther
)

// Counts tells whether the fact can score in full: it is asserted, current
// and belongs to the child, a carer or the home.
func (f Fact) Counts() bool {
	return (f.Polarity == Present || f.Polarity == Possible) && f.Time == Current && f.Holder != HolderOther
}

// Has tells whether the fact's words show the sign.
func (f Fact) Has(sign string) bool {
	for _, s := range f.Signs {
		if s == sign {
			return true
		}
	}
	return false
}

// Children returns the people of the reading who are children, with their
// indexes in People.
func (r *Reading) Children() (idx []int) {
	for i, p := range r.People {
		if p.Role == RoleChild {
			idx = append(idx, i)
		}
	}
	return idx
}
