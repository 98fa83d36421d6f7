package rules

import (
	"maps"
	"slices"
	"strings"

	celast "cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
)

// walker checks what a type checker cannot: that facts, signs, rules and tags
// exist, and that nothing a further notice may add can make a condition
// false. The latter is the reason why joining never lowers: what is asked of
// all notices (n, home, row, h) may not be negated, and of the fact's own
// notice (e) only the facts declared under "softening".
type walker struct {
	c   *compiler
	on  []string // facts the rule looks at
	out *cond
	at  func(id int64) at
}

// receivers that see more than the fact's own notice.
var wide = map[string]bool{"n": true, "home": true, "row": true, "h": true}

func (w *walker) walk(e celast.Expr, positive bool) {
	switch e.Kind() {
	case celast.IdentKind:
		if d := w.c.defines[e.AsIdent()]; d != nil {
			w.define(e, d, positive)
		}
	case celast.CallKind:
		w.call(e, e.AsCall(), positive)
	}
}

// define walks into a named condition; what is wrong with it there was
// reported there, so only its use under a negation is new.
func (w *walker) define(e celast.Expr, d *cond, positive bool) {
	w.out.tops = append(w.out.tops, d.tops...)
	if positive {
		return
	}
	inner := &walker{c: w.c, on: w.on, out: &cond{}, at: func(int64) at { return w.at(e.ID()) }}
	inner.walk(d.ast.NativeRep().Expr(), false)
}

func (w *walker) call(e celast.Expr, call celast.CallExpr, positive bool) {
	args := call.Args()
	switch call.FunctionName() {
	case operators.LogicalAnd, operators.LogicalOr:
		w.walk(args[0], positive)
		w.walk(args[1], positive)
	case operators.LogicalNot:
		w.walk(args[0], !positive)
	default:
		w.ask(e, call, positive)
	}
}

// ask checks one question to a receiver.
func (w *walker) ask(e celast.Expr, call celast.CallExpr, positive bool) {
	if !call.IsMemberFunction() || call.Target().Kind() != celast.IdentKind {
		return
	}
	who := call.Target().AsIdent()
	if !positive && wide[who] {
		w.c.r.report(w.at(e.ID()), "%q sees every notice and may not be negated: another notice would lower the child's rank; ask \"e\", the fact's own notice", who)
	}
	for _, a := range call.Args() {
		w.argument(who, call.FunctionName(), a, positive)
	}
}

func (w *walker) argument(who, function string, a celast.Expr, positive bool) {
	if a.Kind() != celast.LiteralKind {
		w.c.r.report(w.at(a.ID()), "%s.%s needs a literal", who, function)
		return
	}
	s, ok := a.AsLiteral().(types.String)
	if !ok {
		return
	}
	text := string(s)
	if who == "row" || who == "h" {
		w.rule(who, function, text, a.ID())
		return
	}
	if words, ok := w.c.words[who+"."+function]; ok {
		if !slices.Contains(words, text) {
			w.c.r.report(w.at(a.ID()), "unknown word %q%s", text, near(text, words))
		}
		return
	}
	p := parsePath(text)
	w.c.paths[text] = p
	switch fault := w.c.vocab.fault(p); {
	case fault != "":
		w.c.r.report(w.at(a.ID()), "%s", fault)
	case who == "f" && w.on != nil && !slices.Contains(w.on, p.slug):
		w.c.r.report(w.at(a.ID()), "the rule does not look at fact %q (on: %s)", p.slug, strings.Join(w.on, ", "))
	case who == "e" && !positive && !w.c.soften[p.slug]:
		w.c.r.report(w.at(a.ID()), "fact %q is not declared under \"softening\", so it may not lower anything", p.slug)
	}
}

// rule checks a question to the rows of the same child or to the history.
func (w *walker) rule(who, function, text string, id int64) {
	if who == "row" && function == "red" {
		if !w.c.tags[text] {
			w.c.r.report(w.at(id), "no rule carries the tag %q%s", text, near(text, slices.Sorted(maps.Keys(w.c.tags))))
		}
		w.out.tops = append(w.out.tops, "#"+text)
		return
	}
	rule, kase, _ := strings.Cut(text, "/")
	cases, ok := w.c.rules[rule]
	switch {
	case !ok:
		w.c.r.report(w.at(id), "unknown rule %q%s", rule, near(rule, slices.Sorted(maps.Keys(w.c.rules))))
	case kase != "" && !slices.Contains(cases, kase):
		w.c.r.report(w.at(id), "rule %q has no case %q%s", rule, kase, near(kase, cases))
	}
	if who == "row" {
		w.out.tops = append(w.out.tops, rule)
	}
}
