package triage

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
)

// Sender is the force that handed the notice in, under the code by which it
// listens; of notices older than that code, the force whose form it is.
func (e *Entry) Sender() string { return cmp.Or(e.Via, e.Reading.Force) }

// Discloses tells whether words name somebody of the item whom the force itself
// has not named in a notice of it: such words are not for that force.
func (i *Item) Discloses(force, words string) bool {
	known, secret := map[string]bool{}, map[string]bool{}
	for _, e := range i.Entries {
		for _, p := range e.Reading.People {
			for _, n := range append([]string{p.Name, p.Given, p.Family}, p.Aliases...) {
				for _, token := range nameTokens(n) {
					known[token] = known[token] || e.Sender() == force
					secret[token] = true
				}
			}
		}
	}
	return slices.ContainsFunc(nameTokens(words), func(t string) bool { return secret[t] && !known[t] })
}

// nameTokens are the words of a text that can be names, in lower case.
func nameTokens(s string) []string {
	return slices.DeleteFunc(strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return !unicode.IsLetter(r) }),
		func(w string) bool { return len([]rune(w)) < 3 })
}
