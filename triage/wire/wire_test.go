package wire_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"pgregory.net/rapid"

	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/wire"
)

// same compares nouns as the package promises: nil and empty lists are equal,
// times are compared as instants. Everything else must be the same.
var same = cmp.Options{cmpopts.EquateEmpty()}

// sources reads package triage as it is written, to find what a list here
// does not have yet.
func sources(t *testing.T, see func(ast.Decl)) {
	t.Helper()
	files, err := filepath.Glob("../*.go")
	if err != nil || len(files) == 0 {
		t.Fatalf("Glob(../*.go) = %v, %v", files, err)
	}
	for _, name := range files {
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Decls {
			see(d)
		}
	}
}

func TestEveryEventIsHere(t *testing.T) {
	got, want := map[string]bool{}, map[string]bool{}
	for _, e := range events {
		got[reflect.TypeOf(e).Name()] = true
	}
	sources(t, func(d ast.Decl) {
		if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv != nil && fn.Name.Name == "Target" {
			want[fn.Recv.List[0].Type.(*ast.Ident).Name] = true
		}
	})
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("events of package triage (-) and of this test (+):\n%s", d)
	}
}

// TestEveryEnumValueIsInTheContract: one that is not could not be written.
func TestEveryEnumValueIsInTheContract(t *testing.T) {
	got, want := map[string]int{}, map[string]int{}
	for e, n := range enums {
		got[e.Name()] = n
	}
	sources(t, func(d ast.Decl) {
		consts, ok := d.(*ast.GenDecl)
		if !ok || consts.Tok != token.CONST {
			return
		}
		if e, ok := consts.Specs[0].(*ast.ValueSpec).Type.(*ast.Ident); ok {
			want[e.Name] = len(consts.Specs)
		}
	})
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("values of each enum in package triage (-) and in the contract (+):\n%s", d)
	}
}

func commitTrip(t interface{ Fatalf(string, ...any) }, c triage.Commit) triage.Commit {
	b, err := wire.EncodeCommit(c)
	if err != nil {
		t.Fatalf("EncodeCommit = %v", err)
	}
	got, err := wire.DecodeCommit(b)
	if err != nil {
		t.Fatalf("DecodeCommit = %v", err)
	}
	return got
}

func itemTrip(t interface{ Fatalf(string, ...any) }, i *triage.Item) *triage.Item {
	b, err := wire.EncodeItem(i)
	if err != nil {
		t.Fatalf("EncodeItem = %v", err)
	}
	got, err := wire.DecodeItem(b)
	if err != nil {
		t.Fatalf("DecodeItem = %v", err)
	}
	return got
}

func ledgerTrip(t interface{ Fatalf(string, ...any) }, l triage.Ledger) triage.Ledger {
	b, err := wire.EncodeLedger(l)
	if err != nil {
		t.Fatalf("EncodeLedger = %v", err)
	}
	got, err := wire.DecodeLedger(b)
	if err != nil {
		t.Fatalf("DecodeLedger = %v", err)
	}
	return got
}

func TestNothingIsLost(t *testing.T) {
	c := everything(2)
	if d := cmp.Diff(c, commitTrip(t, c), same); d != "" {
		t.Errorf("commit, before and after:\n%s", d)
	}
	i := filled[triage.Item](&counting{list: 2})
	if d := cmp.Diff(&i, itemTrip(t, &i), same); d != "" {
		t.Errorf("item, before and after:\n%s", d)
	}
	l := filled[triage.Ledger](&counting{list: 3})
	if d := cmp.Diff(l, ledgerTrip(t, l), same); d != "" {
		t.Errorf("ledger, before and after:\n%s", d)
	}
	m := filled[triage.Letter](&counting{list: 2})
	got, err := wire.LetterFromProto(wire.LetterProto(&m))
	if d := cmp.Diff(m, got, same); d != "" || err != nil {
		t.Errorf("letter, before and after: %v\n%s", err, d)
	}
}

func TestEachFieldAlone(t *testing.T) {
	tried := 0
	each := func(noun any, trip func(reflect.Value) any) {
		alone(reflect.TypeOf(noun), reflect.TypeOf(noun).Name(), func(path string, v reflect.Value) {
			tried++
			if d := cmp.Diff(v.Interface(), trip(v), same); d != "" {
				t.Errorf("%s alone, before and after:\n%s", path, d)
			}
		})
	}
	for _, e := range events {
		each(e, func(v reflect.Value) any {
			return commitTrip(t, triage.Commit{Events: []triage.Event{v.Interface().(triage.Event)}}).Events[0]
		})
	}
	each(triage.Actor{}, func(v reflect.Value) any {
		return commitTrip(t, triage.Commit{Actor: v.Interface().(triage.Actor)}).Actor
	})
	each(triage.Item{}, func(v reflect.Value) any {
		i := v.Interface().(triage.Item)
		return *itemTrip(t, &i)
	})
	each(triage.Ledger{}, func(v reflect.Value) any { return ledgerTrip(t, v.Interface().(triage.Ledger)) })
	each(triage.Letter{}, func(v reflect.Value) any {
		l := v.Interface().(triage.Letter)
		got, err := wire.LetterFromProto(wire.LetterProto(&l))
		if err != nil {
			t.Error(err)
		}
		return got
	})
	if tried < 500 {
		t.Errorf("tried only %d fields", tried)
	}
}

// TestEveryFieldIsUsed finds fields of the contract that no noun fills (but
// those that only replies hold), and
// maps, whose order in the bytes would not be fixed.
func TestEveryFieldIsUsed(t *testing.T) {
	c, i := everything(1), filled[triage.Item](&counting{list: 1})
	l, m := filled[triage.Ledger](&counting{list: 1}), filled[triage.Letter](&counting{list: 1})
	idle := map[string]bool{}
	for _, m := range []proto.Message{wire.CommitProto(&c), wire.ItemProto(&i), wire.LedgerProto(&l), wire.LetterProto(&m)} {
		findIdle(t, m.ProtoReflect(), idle)
	}
	if d := cmp.Diff(map[string]bool{"triage.v1.Item.summary": true, "triage.v1.Item.front_door": true}, idle); d != "" {
		t.Errorf("fields that stay empty, wanted (-) and found (+):\n%s", d)
	}
}

func findIdle(t *testing.T, m protoreflect.Message, idle map[string]bool) {
	t.Helper()
	fields := m.Descriptor().Fields()
	for n := range fields.Len() {
		f := fields.Get(n)
		switch {
		case f.IsMap():
			t.Errorf("%s is a map", f.FullName())
		case !m.Has(f):
			if o := f.ContainingOneof(); o == nil || o.IsSynthetic() {
				idle[string(f.FullName())] = true
			}
		case f.Message() == nil || f.Message().FullName() == "google.protobuf.Timestamp":
		case f.IsList():
			for k := range m.Get(f).List().Len() {
				findIdle(t, m.Get(f).List().Get(k).Message(), idle)
			}
		default:
			findIdle(t, m.Get(f).Message(), idle)
		}
	}
}

func TestAnyNounComesBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := filled[triage.Commit](random{t})
		c.Seq = 0 // the reader's to set
		if d := cmp.Diff(c, commitTrip(t, c), same); d != "" {
			t.Errorf("commit, before and after:\n%s", d)
		}
	})
	rapid.Check(t, func(t *rapid.T) {
		i := filled[triage.Item](random{t})
		if d := cmp.Diff(&i, itemTrip(t, &i), same); d != "" {
			t.Errorf("item, before and after:\n%s", d)
		}
	})
	rapid.Check(t, func(t *rapid.T) {
		l := filled[triage.Ledger](random{t})
		if d := cmp.Diff(l, ledgerTrip(t, l), same); d != "" {
			t.Errorf("ledger, before and after:\n%s", d)
		}
	})
}

func TestLedgerBytesDoNotDependOnTheMaps(t *testing.T) {
	l := filled[triage.Ledger](&counting{list: 60})
	want, err := wire.EncodeLedger(l)
	if err != nil {
		t.Fatal(err)
	}
	for range 20 {
		again := ledgerTrip(t, l) // other maps with the same content
		if got, err := wire.EncodeLedger(again); err != nil || !slices.Equal(got, want) {
			t.Fatalf("EncodeLedger gave other bytes for the same ledger (%v)", err)
		}
	}
}

// TestFoldOnADecodedLedger: Fold writes into the maps of a ledger.
func TestFoldOnADecodedLedger(t *testing.T) {
	l := ledgerTrip(t, triage.Ledger{Kinds: map[triage.LetterKind]uint64{triage.LetterNotice: 1}, Notices: 1, Through: 1})
	c := &triage.Commit{Seq: 1, Through: 1, Events: []triage.Event{triage.ItemOpened{Item: "i", Entry: triage.Entry{Notice: "n"}}}}
	none := func(triage.ItemID) (*triage.Item, error) { return nil, triage.ErrNotFound }
	got, changed, err := triage.Fold(l, none, c)
	if err != nil || len(changed) != 1 || got.States[triage.Waiting] != 1 {
		t.Errorf("Fold = %v, %d items, %v, want one waiting item", got.States, len(changed), err)
	}
}

func TestCodecIsTheLogs(t *testing.T) {
	var codec interface {
		Encode(triage.Commit) ([]byte, error)
		Decode([]byte) (triage.Commit, error)
	} = wire.Codec{}
	want := everything(1)
	b, err := codec.Encode(want)
	if err != nil {
		t.Fatal(err)
	}
	got, err := codec.Decode(b)
	if d := cmp.Diff(want, got, same); d != "" || err != nil {
		t.Errorf("Decode(Encode(c)): %v\n%s", err, d)
	}
}
