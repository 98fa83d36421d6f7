package rules

import (
	"fmt"
	"reflect"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/interpreter"
)

// receiver is one of the things a condition can ask.
type receiver struct {
	typ *cel.Type
	v   any
}

var (
	factType    = cel.OpaqueType("fact")
	childType   = cel.OpaqueType("child")
	unionType   = cel.OpaqueType("notices")
	homeType    = cel.OpaqueType("home")
	rowType     = cel.OpaqueType("rows")
	historyType = cel.OpaqueType("history")
	qualityType = cel.OpaqueType("quality")
)

// ConvertToNative is part of CEL's interface and never needed here.
func (r *receiver) ConvertToNative(t reflect.Type) (any, error) {
	return nil, fmt.Errorf("convert %s to %v: not possible", r.typ, t)
}

// ConvertToType is part of CEL's interface and never needed here.
func (r *receiver) ConvertToType(ref.Type) ref.Val { return types.NewErr("not possible") }

// Equal is part of CEL's interface; conditions have no equality.
func (r *receiver) Equal(o ref.Val) ref.Val { return types.Bool(r == o) }

// Type is the receiver's type.
func (r *receiver) Type() ref.Type { return r.typ }

// Value is what the receiver wraps.
func (r *receiver) Value() any { return r.v }

// questions declares everything a condition can ask; doc.go explains them.
func questions() []cel.EnvOption {
	flag := func(name string) cel.EnvOption { return cel.Variable(name, cel.BoolType) }
	return []cel.EnvOption{
		cel.Variable("f", factType), flag("f.current"), flag("f.closed"),
		cel.Variable("c", childType), flag("c.unborn"), flag("c.age_known"), flag("c.disabled"),
		cel.Variable("n", unionType), cel.Variable("e", unionType),
		cel.Variable("home", homeType), flag("home.born"), flag("home.unborn"),
		cel.Variable("row", rowType), cel.Variable("h", historyType), cel.Variable("q", qualityType),
		cel.Function("has",
			askText("fact_has", factType, func(v *factView, p string) bool { return v.has(p) }),
			askText("notices_has", unionType, func(v *union, p string) bool { return v.has(p) }),
			askText("home_has", homeType, func(v *home, p string) bool { return v.all.has(p) }),
			askText("quality_has", qualityType, func(v findings, p string) bool { return v[p] })),
		cel.Function("grade", askText("notices_grade", unionType, func(v *union, g string) bool { return v.grade >= gradeRank[g] })),
		cel.Function("dash", askText("notices_dash", unionType, func(v *union, g string) bool { return v.dash >= gradeRank[g] })),
		cel.Function("ticks", askNumber("notices_ticks", unionType, func(v *union, n int) bool { return v.ticks >= n })),
		cel.Function("under",
			askNumber("child_under", childType, func(v *view, n int) bool { return v.youngest < 12*n }),
			askNumber("home_under", homeType, func(v *home, n int) bool { return v.youngest < 12*n })),
		cel.Function("under_months", askNumber("child_under_months", childType, func(v *view, n int) bool { return v.youngest < n })),
		cel.Function("known_under_months", askNumber("home_known_under_months", homeType, func(v *home, n int) bool { return v.known < n })),
		cel.Function("status", askText("child_status", childType, func(v *view, s string) bool { return v.status == s })),
		cel.Function("hit", askText("rows_hit", rowType, func(v *standing, s string) bool { return v.hit[s] })),
		cel.Function("red", askText("rows_red", rowType, func(v *standing, s string) bool { return v.red[s] })),
		cel.Function("earlier", cel.MemberOverload("history_earlier",
			[]*cel.Type{historyType, cel.StringType, cel.IntType, cel.IntType}, cel.BoolType,
			cel.FunctionBinding(func(args ...ref.Val) ref.Val {
				h := args[0].Value().(*past)
				rule, times, days := string(args[1].(types.String)), int(args[2].(types.Int)), int(args[3].(types.Int))
				return types.Bool(h.with(rule, window{days: days}) >= times)
			}))),
	}
}

func askText[T any](id string, t *cel.Type, f func(T, string) bool) cel.FunctionOpt {
	return cel.MemberOverload(id, []*cel.Type{t, cel.StringType}, cel.BoolType,
		cel.BinaryBinding(func(v, arg ref.Val) ref.Val { return types.Bool(f(v.Value().(T), string(arg.(types.String)))) }))
}

func askNumber[T any](id string, t *cel.Type, f func(T, int) bool) cel.FunctionOpt {
	return cel.MemberOverload(id, []*cel.Type{t, cel.IntType}, cel.BoolType,
		cel.BinaryBinding(func(v, arg ref.Val) ref.Val { return types.Bool(f(v.Value().(T), int(arg.(types.Int)))) }))
}

// frame is what one evaluation sees. It serves one goroutine, and its
// receivers are set anew for each fact.
type frame struct {
	p                     *policy
	f, c, n, e, home, row receiver
	h, q                  receiver
	fact                  *factView
	child                 *view
	homeView              *home
}

func newFrame(p *policy) *frame {
	return &frame{p: p, f: receiver{typ: factType}, c: receiver{typ: childType}, n: receiver{typ: unionType},
		e: receiver{typ: unionType}, home: receiver{typ: homeType}, row: receiver{typ: rowType},
		h: receiver{typ: historyType, v: &past{}}, q: receiver{typ: qualityType, v: findings{}},
		fact: &factView{}}
}

func (f *frame) setFact(v *factView) { f.fact, f.f.v = v, v }
func (f *frame) setChild(v *view)    { f.child, f.c.v = v, v }
func (f *frame) setHome(v *home)     { f.homeView, f.home.v = v, v }

// ResolveName gives a condition its names.
func (f *frame) ResolveName(name string) (any, bool) {
	switch name {
	case "f":
		return &f.f, true
	case "f.current":
		return types.Bool(f.fact.current), true
	case "f.closed":
		return types.Bool(f.fact.closed), true
	case "c":
		return &f.c, true
	case "c.unborn":
		return types.Bool(f.child.unborn), true
	case "c.age_known":
		return types.Bool(f.child.ageKnown), true
	case "c.disabled":
		return types.Bool(f.child.disabled), true
	case "n":
		return &f.n, true
	case "e":
		return &f.e, true
	case "home":
		return &f.home, true
	case "home.born":
		return types.Bool(f.homeView.born), true
	case "home.unborn":
		return types.Bool(f.homeView.unborn), true
	case "row":
		return &f.row, true
	case "h":
		return &f.h, true
	case "q":
		return &f.q, true
	}
	if d := f.p.defines[name]; d != nil {
		return types.Bool(d.holds(f)), true
	}
	return nil, false
}

// Parent is part of CEL's interface: a frame has none.
func (f *frame) Parent() interpreter.Activation { return nil }
