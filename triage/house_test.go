package triage_test

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/ppn-triage/ppn-triage"

// room is a part of the tree and what it may import of ours; "/..." takes in
// what lies below.
type room struct {
	folder string
	may    []string
	why    string
}

// rooms are all there are: a new folder needs a row.
var rooms = []room{
	{"triage", nil, "the nouns depend on nobody, so that everybody can depend on them"},
	{"triage/letter/...", []string{"triage"}, pure},
	{"triage/extract/...", []string{"triage"}, pure},
	{"triage/rules/...", []string{"triage"}, pure},
	{"triage/link/...", []string{"triage"}, pure},
	{"triage/queue/...", []string{"triage"}, pure},
	{"triage/wire/...", []string{"triage", "api/triagev1"}, "it translates between the nouns and the log's encoding and knows nothing else"},
	{"triage/audit/...", []string{"triage", "triage/wire", "api/triagev1"}, "a fold needs the nouns and the log's encoding, and an auditor has no server"},
	{"triage/intake/...", []string{"triage", "triage/letter", "triage/extract", "triage/rules", "triage/link", "triage/queue", "triage/wire"}, "the pipeline is the steps in order; where things are stored comes in as interfaces"},
	{"triage/replay/...", []string{"triage", "triage/letter", "triage/extract", "triage/rules", "triage/link", "triage/queue", "triage/wire", "triage/intake", "triage/audit"}, "what is done again is done by the code that does it every day, without a server"},
	{"triage/redisq/...", []string{"triage", "triage/wire", "api/triagev1"}, "a store stores: what it stores is decided elsewhere"},
	{"triage/jet/...", []string{"triage", "triage/wire", "api/triagev1", "triage/jet/..."}, "a log keeps: what it keeps is decided elsewhere"},
	{"triage/seal/...", []string{"triage", "triage/wire"}, "keys and ciphers know no store"},
	{"triage/archive/...", []string{"triage", "triage/wire", "triage/seal", "api/triagev1"}, "the second copy must not depend on the first"},
	{"triage/copies", []string{"triage", "triage/archive"}, "two copies are read as one over interfaces: it knows neither the server nor the disk"},
	{"triage/duty/...", []string{"triage", "triage/letter", "triage/extract", "triage/rules", "triage/link", "triage/queue", "triage/wire", "triage/intake", "triage/archive", "triage/copies", "triage/seal", "triage/audit"}, "actors work on small interfaces, never on Redis or JetStream themselves"},
	{"api/triagev1", nil, "the contract depends on nobody"},
	{"api/queueapi/...", []string{"api/triagev1", "api/guard", "triage", "triage/letter", "triage/extract", "triage/rules", "triage/link", "triage/queue", "triage/wire", "triage/intake", "triage/audit", "triage/replay", "triage/seal"}, "services speak to interfaces: with redisq or jet in reach one of them would write past the log"},
	{"api/guard/...", []string{"api/triagev1", "triage"}, "interceptors know callers, not the queue"},
	{"api/client/...", []string{"api/triagev1", "api/guard"}, "a client knows the contract and the names of its metadata, as any user of it"},
	{"deploy/...", nil, "files to embed, no code"},
	{"cmd/...", []string{"api/...", "triage", "triage/...", "deploy", "cmd/internal/..."}, "commands put the parts together, and nobody builds on a command"},
}

const pure = "what is judged must come from the arguments alone, so that any day can be replayed"

// owners are the libraries that only one folder may import.
var owners = []struct{ library, folder, why string }{
	{"github.com/redis/go-redis", "triage/redisq", "every Redis operation is a named script in one place"},
	{"github.com/nats-io/nats.go", "triage/jet", "there is one way to append to the log, and it expects a position"},
}

// pureRooms take no input but their arguments.
var pureRooms = []string{"triage", "triage/letter", "triage/extract", "triage/rules", "triage/link", "triage/queue", "triage/audit", "triage/wire"}

// outside are the packages by which a pure package would reach the world or
// chance; the parsers that live below net are none.
var (
	outside = []string{"net", "os", "log", "syscall", "math/rand", "crypto/rand", "hash/maphash", "io/ioutil"}
	parsers = []string{"net/mail", "net/textproto", "net/url", "net/netip"}
	clocks  = []string{"Now", "Since", "Until", "Sleep", "After", "AfterFunc", "Tick", "NewTicker", "NewTimer"}
)

const (
	maxFile = 400 // lines of a source file that is neither a test nor generated
	maxFunc = 70  // lines from func to closing brace
)

// source is one Go file that is no test.
type source struct {
	path      string // from the module's root
	file      *ast.File
	fset      *token.FileSet
	lines     int
	generated bool
}

func (s source) folder() string { return path.Dir(s.path) }

func TestHouse(t *testing.T) {
	sources := readTree(t, os.DirFS(".."))
	if len(sources) < 10 {
		t.Fatalf("found %d sources: not the module's root", len(sources))
	}
	for _, s := range sources {
		for _, complaint := range slices.Concat(imports(s), purity(s), sizes(s), docs(s)) {
			t.Error(complaint)
		}
	}
	for _, complaint := range packageComments(sources) {
		t.Error(complaint)
	}
}

// TestHouseSeesWhatIsWrong plants each kind of fault, so that a check that has
// gone blind is noticed.
func TestHouseSeesWhatIsWrong(t *testing.T) {
	long := "package x\nfunc f() {\n" + strings.Repeat("\t_ = 0\n", maxFunc-1) + "}\n"
	for _, tt := range []struct{ path, text, want string }{
		{"triage/item.go", `package x; import _ "` + module + `/triage/queue"`, "triage/item.go imports triage/queue of ours: the nouns depend on nobody"},
		{"triage/link/a.go", `package x; import _ "` + module + `/triage/queue"`, "imports triage/queue of ours: what is judged"},
		{"api/queueapi/a.go", `package x; import _ "` + module + `/triage/redisq"`, "imports triage/redisq of ours: services speak to interfaces"},
		{"api/queueapi/a.go", `package x; import _ "` + module + `/triage/jet/embed"`, "imports triage/jet/embed of ours"},
		{"triage/jet/embed/a.go", `package x; import _ "` + module + `/cmd/internal/daemon"`, "imports cmd/internal/daemon of ours"},
		{"triage/util/a.go", `package x; import _ "fmt"`, "triage/util is no room of the house"},
		{"cmd/triaged/a.go", `package x; import _ "github.com/redis/go-redis/v9"`, "only triage/redisq imports github.com/redis/go-redis: every Redis operation"},
		{"triage/duty/a.go", `package x; import _ "github.com/nats-io/nats.go/jetstream"`, "only triage/jet imports github.com/nats-io/nats.go: there is one way"},
		{"triage/letter/a.go", `package x; import _ "net/http"`, "triage/letter/a.go imports net/http: what is judged"},
		{"triage/rules/sub/a.go", `package x; import _ "math/rand/v2"`, "imports math/rand/v2"},
		{"triage/queue/a.go", `package x; import _ "log/slog"`, "imports log/slog"},
		{"triage/letter/a.go", `package x; import _ "hash/maphash"`, "imports hash/maphash"},
		{"triage/audit/a.go", "package x; import hour \"time\"\nvar now = hour.Now", "triage/audit/a.go:2 uses time.Now: what is judged"},
		{"triage/a.go", "package x\n" + strings.Repeat("\n", maxFile), "triage/a.go has 401 lines, more than 400"},
		{"triage/a.go", long, "triage/a.go:2 f has 71 lines, more than 70"},
		{"triage/a.go", "package x\nfunc Open() {}", "Open has no comment that begins with its name"},
		{"triage/a.go", "package x\n// Opens it.\nfunc Open() {}", "Open has no comment that begins with its name"},
		{"triage/a.go", "package x\n// T is one.\ntype T struct{}\nfunc (t *T) Open() {}", "Open has no comment that begins with its name"},
		{"triage/a.go", "package x\ntype T struct{}", "T has no comment that begins with its name"},
		{"triage/a.go", "package x\nconst (\n\tA = 1\n)", "A has no comment"},
		{"triage/a.go", "package x", "triage has 0 package comments"},
	} {
		s := parse(t, tt.path, []byte(tt.text))
		got := slices.Concat(imports(s), purity(s), sizes(s), docs(s), packageComments([]source{s}))
		if !slices.ContainsFunc(got, func(c string) bool { return strings.Contains(c, tt.want) }) {
			t.Errorf("of %s %.60q the house says %q, want %q", tt.path, tt.text, got, tt.want)
		}
	}
	sound := "// Package x is one.\npackage x\n\nimport (\n\t_ \"net/mail\"\n\t\"time\"\n)\n\n// The kinds.\nconst (\n\tA = 1\n\tB = 2\n)\n\n// A Kind is one.\ntype Kind time.Time\n"
	s := parse(t, "triage/letter/a.go", []byte(sound))
	if got := slices.Concat(imports(s), purity(s), sizes(s), docs(s), packageComments([]source{s})); len(got) > 0 {
		t.Errorf("of a sound file the house says %q", got)
	}
}

func readTree(t *testing.T, root fs.FS) (sources []source) {
	t.Helper()
	err := fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		base := path.Base(name)
		if d.IsDir() && (name != "." && strings.HasPrefix(base, ".") || base == "testdata" || name == "data" || name == "bin") {
			return fs.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(base, ".go") || strings.HasSuffix(base, "_test.go") {
			return nil
		}
		text, err := fs.ReadFile(root, name)
		if err == nil {
			sources = append(sources, parse(t, name, text))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return sources
}

func parse(t *testing.T, name string, text []byte) source {
	t.Helper()
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, name, text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	return source{name, file, fset, bytes.Count(text, []byte("\n")), ast.IsGenerated(file)}
}

func imports(s source) (complaints []string) {
	n := slices.IndexFunc(rooms, func(r room) bool { return under(s.folder(), r.folder) })
	if n < 0 {
		return []string{s.folder() + " is no room of the house: say in triage/house_test.go what it may import, and why"}
	}
	r := rooms[n]
	for _, spec := range s.file.Imports {
		name := unquote(spec)
		if ours, ok := strings.CutPrefix(name, module+"/"); ok && !slices.ContainsFunc(r.may, func(m string) bool { return under(ours, m) }) {
			complaints = append(complaints, fmt.Sprintf("%s imports %s of ours: %s", s.path, ours, r.why))
		}
		for _, o := range owners {
			if under(name, o.library+"/...") && !under(s.folder(), o.folder+"/...") {
				complaints = append(complaints, fmt.Sprintf("%s: only %s imports %s: %s", s.path, o.folder, o.library, o.why))
			}
		}
	}
	return complaints
}

func purity(s source) (complaints []string) {
	if !slices.ContainsFunc(pureRooms, func(p string) bool { return s.folder() == p || p != "triage" && under(s.folder(), p+"/...") }) {
		return nil
	}
	clock := ""
	for _, spec := range s.file.Imports {
		name := unquote(spec)
		if name == "time" {
			clock = "time"
			if spec.Name != nil {
				clock = spec.Name.Name
			}
		}
		if slices.ContainsFunc(outside, func(o string) bool { return under(name, o+"/...") }) && !slices.Contains(parsers, name) {
			complaints = append(complaints, fmt.Sprintf("%s imports %s: %s", s.path, name, pure))
		}
	}
	ast.Inspect(s.file, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok && slices.Contains(clocks, sel.Sel.Name) {
			if x, ok := sel.X.(*ast.Ident); ok && clock != "" && x.Name == clock {
				complaints = append(complaints, fmt.Sprintf("%s uses time.%s: %s", s.at(n), sel.Sel.Name, pure))
			}
		}
		return true
	})
	return complaints
}

func sizes(s source) (complaints []string) {
	if s.generated {
		return nil
	}
	if s.lines > maxFile {
		complaints = append(complaints, fmt.Sprintf("%s has %d lines, more than %d: it has more than one job", s.path, s.lines, maxFile))
	}
	for _, d := range s.file.Decls {
		if f, ok := d.(*ast.FuncDecl); ok {
			if n := s.fset.Position(f.End()).Line - s.fset.Position(f.Type.Func).Line + 1; n > maxFunc {
				complaints = append(complaints, fmt.Sprintf("%s %s has %d lines, more than %d: nobody reads these", s.at(f.Type), f.Name.Name, n, maxFunc))
			}
		}
	}
	return complaints
}

// known are methods whose promise is that of a standard interface.
var known = []string{"Error", "Unwrap", "String"}

// docs wants a comment on every exported name; constants and variables may
// share the comment of their group.
func docs(s source) (complaints []string) {
	if s.generated {
		return nil
	}
	want := func(name *ast.Ident, named bool, comments ...*ast.CommentGroup) {
		if !name.IsExported() || slices.ContainsFunc(comments, func(c *ast.CommentGroup) bool {
			return c.Text() != "" && (!named || begins(c.Text(), name.Name))
		}) {
			return
		}
		complaints = append(complaints, fmt.Sprintf("%s %s has no comment that begins with its name and says what it promises", s.at(name), name.Name))
	}
	for _, d := range s.file.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			method := d.Recv != nil
			if !method || ast.IsExported(receiver(d.Recv.List[0].Type)) && !slices.Contains(known, d.Name.Name) {
				want(d.Name, true, d.Doc)
			}
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				switch spec := spec.(type) {
				case *ast.TypeSpec:
					want(spec.Name, true, spec.Doc, d.Doc)
				case *ast.ValueSpec:
					for _, name := range spec.Names {
						want(name, false, spec.Doc, spec.Comment, d.Doc)
					}
				}
			}
		}
	}
	return complaints
}

// packageComments wants one a package: with two, readers get them in the
// order of file names; with none, nobody has said what the package is for.
func packageComments(sources []source) (complaints []string) {
	comments := map[string][]string{}
	for _, s := range sources {
		if _, seen := comments[s.folder()]; !seen {
			comments[s.folder()] = nil
		}
		if s.file.Doc.Text() != "" {
			comments[s.folder()] = append(comments[s.folder()], path.Base(s.path))
		}
	}
	for folder, files := range comments {
		if len(files) != 1 {
			complaints = append(complaints, fmt.Sprintf("%s has %d package comments %v, want one: what comes in, what goes out, what it never touches", folder, len(files), files))
		}
	}
	slices.Sort(complaints)
	return complaints
}

func (s source) at(n ast.Node) string {
	return fmt.Sprintf("%s:%d", s.path, s.fset.Position(n.Pos()).Line)
}

// under tells whether a name fits a pattern: the name itself, or with "/..."
// that name and all below it.
func under(name, pattern string) bool {
	below, deep := strings.CutSuffix(pattern, "/...")
	return name == below || deep && strings.HasPrefix(name, below+"/")
}

func begins(comment, name string) bool {
	for _, article := range []string{"", "A ", "An ", "The "} {
		if rest, ok := strings.CutPrefix(comment, article+name); ok && (rest == "" || strings.ContainsAny(rest[:1], " \n,.'’:")) {
			return true
		}
	}
	return false
}

func receiver(e ast.Expr) string {
	for {
		switch x := e.(type) {
		case *ast.StarExpr:
			e = x.X
		case *ast.IndexExpr:
			e = x.X
		case *ast.IndexListExpr:
			e = x.X
		case *ast.Ident:
			return x.Name
		default:
			return ""
		}
	}
}

func unquote(spec *ast.ImportSpec) string {
	name, err := strconv.Unquote(spec.Path.Value)
	if err != nil {
		return spec.Path.Value // the parser has checked it
	}
	return name
}
