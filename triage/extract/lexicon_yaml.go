package extract

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// text is a string of a YAML file and where it stands.
type text struct {
	value     string
	line, col int
}

// yamlKey is one key of a mapping with its value.
type yamlKey struct {
	key   text
	value ast.Node
}

// section is one lexicon file, its top-level keys in order.
type section struct {
	file   string
	fields []yamlKey
}

// read parses one file. A syntax error is a problem like any other.
func (b *builder) read(name string, data []byte) *section {
	b.file = name
	s := &section{file: name}
	f, err := parser.ParseBytes(data, 0)
	if err != nil {
		line, col := 1, 1
		if pos, ok := err.(yaml.Error); ok && pos.GetToken() != nil && pos.GetToken().Position != nil {
			line, col = pos.GetToken().Position.Line, pos.GetToken().Position.Column
		}
		first, _, _ := strings.Cut(err.Error(), "\n")
		b.fail(text{line: line, col: col}, "not YAML: %s", first)
		return s
	}
	for _, doc := range f.Docs {
		if doc.Body != nil {
			s.fields = append(s.fields, b.mapping(doc.Body)...)
		}
	}
	return s
}

func (b *builder) fail(at text, format string, args ...any) {
	b.problems = append(b.problems, problem{b.file, at.line, at.col, fmt.Sprintf(format, args...)})
}

func place(n ast.Node) text {
	t := n.GetToken()
	if t == nil || t.Position == nil {
		return text{line: 1, col: 1}
	}
	return text{line: t.Position.Line, col: t.Position.Column}
}

// mapping returns the keys of a mapping; a key that stands twice is a problem.
func (b *builder) mapping(n ast.Node) []yamlKey {
	var values []*ast.MappingValueNode
	switch m := n.(type) {
	case *ast.MappingNode:
		values = m.Values
	case *ast.MappingValueNode:
		values = []*ast.MappingValueNode{m}
	case *ast.NullNode:
		return nil
	default:
		b.fail(place(n), "want a mapping")
		return nil
	}
	fields := make([]yamlKey, 0, len(values))
	seen := map[string]bool{}
	for _, v := range values {
		key := b.scalar(v.Key)
		if seen[key.value] {
			b.fail(key, "key %q stands twice", key.value)
		}
		seen[key.value] = true
		fields = append(fields, yamlKey{key, v.Value})
	}
	return fields
}

func (b *builder) scalar(n ast.Node) text {
	at := place(n)
	switch v := n.(type) {
	case *ast.StringNode:
		at.value = v.Value
	case *ast.LiteralNode:
		at.value = v.Value.Value
	case ast.ScalarNode:
		at.value = fmt.Sprint(v.GetValue())
	default:
		b.fail(at, "want a word or phrase")
	}
	return at
}

// list returns the strings of a sequence, or a single string as a list of one.
func (b *builder) list(n ast.Node) []text {
	seq, ok := n.(*ast.SequenceNode)
	if !ok {
		if _, null := n.(*ast.NullNode); null {
			return nil
		}
		return []text{b.scalar(n)}
	}
	out := make([]text, 0, len(seq.Values))
	for _, v := range seq.Values {
		out = append(out, b.scalar(v))
	}
	return out
}

// words returns the comma-separated members of a string or of a list of them.
func (b *builder) wordList(n ast.Node) []text {
	var out []text
	for _, line := range b.list(n) {
		for _, w := range strings.Split(line.value, ",") {
			if w = strings.TrimSpace(w); w != "" {
				out = append(out, text{w, line.line, line.col})
			}
		}
	}
	return out
}

func (b *builder) number(n ast.Node) int {
	t := b.scalar(n)
	v, err := strconv.Atoi(t.value)
	if err != nil || v < 0 {
		b.fail(t, "want a whole number, not %q", t.value)
	}
	return v
}

// sequence returns the elements of a sequence of mappings.
func (b *builder) sequence(n ast.Node) []ast.Node {
	switch s := n.(type) {
	case *ast.SequenceNode:
		return s.Values
	case *ast.NullNode:
		return nil
	}
	b.fail(place(n), "want a list")
	return nil
}

// vocabulary reads facts.yaml: the signs each slug may have.
func (b *builder) vocabulary(name string, data []byte) {
	b.file = name
	for _, f := range b.read(name, data).fields {
		if f.key.value != "facts" {
			continue
		}
		for _, slug := range b.mapping(f.value) {
			signs := map[string]bool{}
			for _, s := range b.list(slug.value) {
				signs[s.value] = true
			}
			b.x.signs[slug.key.value] = signs
		}
	}
	if len(b.x.signs) == 0 {
		b.fail(text{line: 1, col: 1}, "no facts in the vocabulary")
	}
}
