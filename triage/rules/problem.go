package rules

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Problem is one fault of a rules file, at a place in it.
type Problem struct {
	File    string
	Line    int // from 1; 0 where the fault has no place
	Column  int // from 1, in characters
	Text    string
	Source  string // the line itself
	Warning bool   // the ruleset can be loaded all the same
}

// String gives file:line:column, the fault, the line and a caret below it.
func (p Problem) String() string {
	text := p.Text
	if p.Warning {
		text = "warning: " + text
	}
	if p.Line == 0 {
		return p.File + ": " + text
	}
	return fmt.Sprintf("%s:%d:%d: %s\n | %s\n | %s^", p.File, p.Line, p.Column, text,
		p.Source, strings.Repeat(".", max(p.Column-1, 0)))
}

// Problems is every fault of a ruleset, in the order of the files.
type Problems []Problem

// Error lists all problems, one below the other.
func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

// errors gives the problems that keep the ruleset from being loaded.
func (ps Problems) errors() Problems {
	return slices.DeleteFunc(slices.Clone(ps), func(p Problem) bool { return p.Warning })
}

func (ps Problems) sort() {
	slices.SortStableFunc(ps, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line),
			cmp.Compare(a.Column, b.Column), cmp.Compare(a.Text, b.Text))
	})
}
