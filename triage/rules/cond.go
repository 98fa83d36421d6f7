package rules

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/env"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
	"github.com/goccy/go-yaml/ast"
)

// maxCondition bounds the length of a condition. Conditions know and, or and
// not, and the questions of ask.go: no loops, no arithmetic. So their cost is
// bounded by their length, and they cannot fail on typed input.
const maxCondition = 2000

// cond is a compiled condition.
type cond struct {
	src  string
	ast  *cel.Ast
	prog cel.Program
	tops []string // rules and tags it asks row for, for the order of evaluation
}

// holds evaluates the condition. A fault of evaluation counts as true: when
// in doubt, up.
func (c *cond) holds(f *frame) bool {
	out, _, err := c.prog.Eval(f)
	return err != nil || out != types.False
}

// compiler turns the conditions of one policy file into programs.
type compiler struct {
	r       *reader
	vocab   vocabulary
	env     *cel.Env
	paths   map[string]path
	defines map[string]*cond
	soften  map[string]bool // facts that may lower: only these may be negated, on the fact's own notice
	rules   map[string][]string
	tags    map[string]bool
	words   map[string][]string // the words that a question knows, by "receiver.function"
}

func newEnv() (*cel.Env, error) {
	std := &env.LibrarySubset{DisableMacros: true}
	for _, op := range []string{operators.LogicalAnd, operators.LogicalOr, operators.LogicalNot} {
		std.IncludeFunctions = append(std.IncludeFunctions, env.NewFunction(op))
	}
	options := []cel.EnvOption{
		cel.StdLib(cel.StdLibSubset(std)),
		cel.ParserExpressionSizeLimit(maxCondition),
		cel.ParserRecursionLimit(60),
	}
	return cel.NewCustomEnv(append(options, questions()...)...)
}

// condition compiles the value of a key. p is where its text begins.
func (c *compiler) condition(m *mapping, key string, on []string) *cond {
	n, _ := m.take(key)
	if n == nil {
		return nil
	}
	src, ok := c.r.scalar(n, fmt.Sprintf("%q", key))
	if !ok {
		return nil
	}
	locate := c.locator(n, src)
	checked, issues := c.env.Compile(src)
	if issues.Err() != nil {
		for _, e := range issues.Errors() {
			c.r.report(locate(e.Location.Line(), e.Location.Column()), "%s", plain(e.Message))
		}
		return nil
	}
	if checked.OutputType() != cel.BoolType {
		c.r.report(locate(1, 0), "a condition must be true or false, this is of type %s", checked.OutputType())
		return nil
	}
	out := &cond{src: strings.TrimSpace(src), ast: checked}
	w := &walker{c: c, on: on, out: out, at: func(id int64) at {
		loc := checked.NativeRep().SourceInfo().GetStartLocation(id)
		return locate(loc.Line(), loc.Column())
	}}
	w.walk(checked.NativeRep().Expr(), true)
	prog, err := c.env.Program(checked, cel.EvalOptions(cel.OptOptimize))
	if err != nil {
		c.r.report(locate(1, 0), "%v", err)
		return nil
	}
	out.prog = prog
	return out
}

// locator maps a line and column of a condition to the file. YAML folds and
// indents block text, so the two are laid side by side without their blanks.
func (c *compiler) locator(n ast.Node, src string) func(line, column int) at {
	start := nodePlace(n)
	switch {
	case isBlock(n):
		start = at{start.line + 1, 1}
	case quoted(c.r.lines, start) && !strings.HasPrefix(src, `"`):
		start.column++
	}
	return func(line, column int) at {
		return advance(c.r.lines, start, solid(src, line, column), solid(src, len(src)+1, 0))
	}
}

func isBlock(n ast.Node) bool {
	_, ok := n.(*ast.LiteralNode)
	return ok
}

func quoted(lines []string, p at) bool {
	if p.line < 1 || p.line > len(lines) {
		return false
	}
	rs := []rune(lines[p.line-1])
	return p.column >= 1 && p.column <= len(rs) && (rs[p.column-1] == '"' || rs[p.column-1] == '\'')
}

// solid counts the characters other than blanks before a line and column.
func solid(src string, line, column int) (n int) {
	for i, l := range strings.Split(src, "\n") {
		for j, r := range []rune(l) {
			if !unicode.IsSpace(r) && (i < line-1 || i == line-1 && j < column) {
				n++
			}
		}
	}
	return n
}

// advance goes n characters other than blanks on from a place; the end of the
// text is right behind its last character.
func advance(lines []string, from at, n, all int) at {
	last := from
	for l := from.line; l <= len(lines); l++ {
		for i, r := range []rune(lines[l-1]) {
			if unicode.IsSpace(r) || l == from.line && i < from.column-1 {
				continue
			}
			switch {
			case all == 0:
				return at{last.line, last.column + 1}
			case n == 0:
				return at{l, i + 1}
			}
			n, all, last = n-1, all-1, at{l, i + 1}
		}
	}
	return at{last.line, last.column + 1}
}

// operator is how the type checker names an operator that conditions lack.
var operator = regexp.MustCompile(`^undeclared reference to '[_@]*([^a-z_@']+|in)[_:]*.*'`)

// plain puts a message of the compiler in the words of the rules' language.
func plain(message string) string {
	if m := operator.FindStringSubmatch(message); m != nil {
		return fmt.Sprintf("conditions know &&, || and !, not %q", m[1])
	}
	return message
}
