package rules

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// maxFile bounds a rules file, and with it the cost of loading a ruleset.
const maxFile = 1 << 20

// reader reads one YAML file strictly and goes on after a fault, so that all
// faults are reported at once. What was not read for a fault is a zero value.
type reader struct {
	file     string
	lines    []string
	problems Problems
}

// at is a place in a file, from 1.
type at struct{ line, column int }

func (r *reader) report(p at, format string, args ...any) {
	r.add(p, false, format, args...)
}

func (r *reader) warn(p at, format string, args ...any) {
	r.add(p, true, format, args...)
}

func (r *reader) add(p at, warning bool, format string, args ...any) {
	src := ""
	if p.line > 0 && p.line <= len(r.lines) {
		src = r.lines[p.line-1]
	}
	r.problems = append(r.problems, Problem{File: r.file, Line: p.line, Column: p.column,
		Text: fmt.Sprintf(format, args...), Source: src, Warning: warning})
}

// open parses the file and returns its one mapping, or nil.
func open(file string, data []byte) (*reader, *mapping) {
	r := &reader{file: file, lines: splitLines(data)}
	if len(data) > maxFile {
		r.report(at{}, "longer than %d bytes", maxFile)
		return r, nil
	}
	doc, err := parser.ParseBytes(data, 0, parser.AllowDuplicateMapKey())
	var syntax *yaml.SyntaxError
	switch {
	case errors.As(err, &syntax):
		r.report(place(syntax.Token), "%s", syntax.Message)
		return r, nil
	case err != nil:
		r.report(at{}, "%v", err)
		return r, nil
	case len(doc.Docs) != 1 || doc.Docs[0].Body == nil:
		r.report(at{1, 1}, "one YAML document expected")
		return r, nil
	}
	return r, r.mapping(doc.Docs[0].Body, "the file")
}

func place(t *token.Token) at {
	if t == nil || t.Position == nil {
		return at{}
	}
	return at{t.Position.Line, t.Position.Column}
}

// nodePlace is where a node begins: a mapping at its first key.
func nodePlace(n ast.Node) at {
	switch v := n.(type) {
	case *ast.MappingNode:
		if len(v.Values) > 0 && !v.IsFlowStyle {
			return place(v.Values[0].Key.GetToken())
		}
	case *ast.MappingValueNode:
		return place(v.Key.GetToken())
	}
	return place(n.GetToken())
}

// mapping is a YAML mapping whose keys are taken one by one; done reports
// the keys that nobody took.
type mapping struct {
	r      *reader
	at     at
	what   string
	keys   []string
	fields map[string]field
	taken  map[string]bool
}

type field struct {
	key  at
	node ast.Node
}

func (r *reader) mapping(n ast.Node, what string) *mapping {
	it, ok := n.(ast.MapNode)
	if !ok {
		r.report(nodePlace(n), "%s must be a mapping", what)
		return nil
	}
	m := &mapping{r: r, at: nodePlace(n), what: what, fields: map[string]field{}, taken: map[string]bool{}}
	for i := it.MapRange(); i.Next(); {
		key, p := i.Key().GetToken().Value, place(i.Key().GetToken())
		if _, twice := m.fields[key]; twice {
			r.report(p, "key %q stands twice", key)
			continue
		}
		m.keys = append(m.keys, key)
		m.fields[key] = field{p, i.Value()}
	}
	return m
}

// take gives the value of a key and where it stands; nil when it is missing.
func (m *mapping) take(key string) (ast.Node, at) {
	if m == nil {
		return nil, at{}
	}
	m.taken[key] = true
	f, ok := m.fields[key]
	if !ok {
		return nil, m.at
	}
	if _, null := f.node.(*ast.NullNode); null || f.node == nil {
		m.r.report(f.key, "%q has no value", key)
		return nil, f.key
	}
	return f.node, nodePlace(f.node)
}

// need is take for a key that must be there.
func (m *mapping) need(key string) (ast.Node, at) {
	n, p := m.take(key)
	if m != nil {
		if _, given := m.fields[key]; !given {
			m.r.report(m.at, "%s has no %q", m.what, key)
		}
	}
	return n, p
}

func (m *mapping) has(key string) bool {
	if m == nil {
		return false
	}
	_, ok := m.fields[key]
	return ok
}

// done reports every key that was not taken.
func (m *mapping) done() {
	if m == nil {
		return
	}
	for _, k := range m.keys {
		if !m.taken[k] {
			known := make([]string, 0, len(m.taken))
			for t := range m.taken {
				known = append(known, t)
			}
			slices.Sort(known)
			m.r.report(m.fields[k].key, "unknown key %q in %s (known: %s)", k, m.what, strings.Join(known, ", "))
		}
	}
}

// scalar gives the text of a plain, quoted or block value.
func (r *reader) scalar(n ast.Node, what string) (string, bool) {
	switch v := n.(type) {
	case *ast.StringNode:
		return v.Value, true
	case *ast.LiteralNode:
		return v.Value.Value, true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
		return n.GetToken().Value, true
	}
	r.report(nodePlace(n), "%s must be a word or text", what)
	return "", false
}

func (m *mapping) text(key string, required bool) (string, at) {
	n, p := m.take(key)
	if required {
		n, p = m.need(key)
	}
	if n == nil {
		return "", p
	}
	s, ok := m.r.scalar(n, fmt.Sprintf("%q", key))
	s = strings.TrimSpace(s)
	if ok && s == "" {
		m.r.report(p, "%q is empty", key)
	}
	return s, p
}

// number reads a whole number in [low, high].
func (m *mapping) number(key string, low, high int) int {
	n, p := m.need(key)
	if n == nil {
		return low
	}
	s, ok := m.r.scalar(n, fmt.Sprintf("%q", key))
	v, err := strconv.Atoi(s)
	if ok && (err != nil || v < low || v > high) {
		m.r.report(p, "%q must be a whole number from %d to %d, not %q", key, low, high, s)
		return low
	}
	return v
}

// flag reads true or false; a missing key is false.
func (m *mapping) flag(key string) bool {
	n, p := m.take(key)
	if n == nil {
		return false
	}
	b, ok := n.(*ast.BoolNode)
	if !ok {
		m.r.report(p, "%q must be true or false", key)
		return false
	}
	return b.Value
}

// word is a scalar in a list, with its place.
type word struct {
	text string
	at   at
}

// words reads a list of scalars; a missing key is an empty list.
func (m *mapping) words(key string) []word {
	n, _ := m.take(key)
	if n == nil {
		return nil
	}
	return m.r.words(n, fmt.Sprintf("%q", key))
}

func (r *reader) words(n ast.Node, what string) (ws []word) {
	for _, v := range r.list(n, what) {
		if s, ok := r.scalar(v, "an element of "+what); ok {
			ws = append(ws, word{s, nodePlace(v)})
		}
	}
	return ws
}

func (r *reader) list(n ast.Node, what string) []ast.Node {
	seq, ok := n.(*ast.SequenceNode)
	if !ok {
		r.report(nodePlace(n), "%s must be a list", what)
		return nil
	}
	return seq.Values
}

// maps reads a list of mappings.
func (m *mapping) maps(key, what string) (ms []*mapping) {
	n, _ := m.need(key)
	if n == nil {
		return nil
	}
	for _, v := range m.r.list(n, fmt.Sprintf("%q", key)) {
		if mm := m.r.mapping(v, what); mm != nil {
			ms = append(ms, mm)
		}
	}
	return ms
}

// sub reads a mapping under a key that must be there.
func (m *mapping) sub(key string) *mapping {
	n, _ := m.need(key)
	if n == nil {
		return nil
	}
	return m.r.mapping(n, fmt.Sprintf("%q", key))
}
