package extract_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"sort"
	"strings"
	"testing"
	"unicode"

	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/extract"
	"github.com/ppn-triage/ppn-triage/triage/letter"
	"golang.org/x/text/unicode/norm"
)

const (
	corpusDir = "../intake/testdata/corpus"
	formsDir  = "../intake/testdata/forms" // labelled for children and findings alone
	rulesDir  = "../../deploy/rules"
)

// label is one line of the corpus's labels.jsonl, as far as extract answers it.
type label struct {
	File         string   `json:"file"`
	Kind         string   `json:"kind"`
	References   []string `json:"references"`
	IncidentDate string   `json:"incident_date"`
	Children     []child  `json:"children"`
	Quality      []string `json:"quality"`
}

type child struct {
	Name        string `json:"name"`
	DOB         string `json:"dob"`
	Unborn      bool   `json:"unborn"`
	Placeholder bool   `json:"placeholder"`
}

// measure holds the counts of corpus/examine.py.
type measure struct {
	child, ref, quality counts
	dobRight, dobAll    int
	dateRight, dateAll  int
	detail              []string
}

type counts struct{ tp, fp, fn int }

func (c counts) f1() float64 {
	if c.tp == 0 {
		return 0
	}
	return 2 * float64(c.tp) / float64(2*c.tp+c.fp+c.fn)
}

func share(a, b int) float64 {
	if b == 0 {
		return 1
	}
	return float64(a) / float64(b)
}

// compiled is the one Reader of all tests: it is safe to share.
var compiled *extract.Reader

func newReader(tb testing.TB) *extract.Reader {
	tb.Helper()
	if compiled == nil {
		compiled = compile(tb)
	}
	return compiled
}

func compile(tb testing.TB) *extract.Reader {
	tb.Helper()
	read := func(name string) []byte {
		b, err := os.ReadFile(filepath.Join(rulesDir, name))
		if err != nil {
			tb.Fatal(err)
		}
		return b
	}
	lexicon := map[string][]byte{}
	files, err := filepath.Glob(filepath.Join(rulesDir, "lexicon", "*.yaml"))
	if err != nil || len(files) == 0 {
		tb.Fatalf("Glob lexicon = %v, %v", files, err)
	}
	for _, f := range files {
		lexicon[filepath.Base(f)] = read(filepath.Join("lexicon", filepath.Base(f)))
	}
	x, err := extract.New(extract.Config{Labels: read("labels.yaml"), Lexicon: lexicon, Vocabulary: read("facts.yaml")})
	if err != nil {
		tb.Fatal(err)
	}
	return x
}

func corpus(tb testing.TB) []label { return corpusIn(tb, corpusDir) }

func corpusIn(tb testing.TB, dir string) []label {
	tb.Helper()
	f, err := os.Open(filepath.Join(dir, "labels.jsonl"))
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	var out []label
	s := bufio.NewScanner(f)
	s.Buffer(nil, 1<<20)
	for s.Scan() {
		var l label
		if err := json.Unmarshal(s.Bytes(), &l); err != nil {
			tb.Fatal(err)
		}
		out = append(out, l)
	}
	if len(out) == 0 {
		tb.Fatal("labels.jsonl is empty")
	}
	return out
}

var wordsOnly = regexp.MustCompile(`[a-z]+`)

// fold is examine.py's fold.
func fold(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, norm.NFKD.String(s))
	w := wordsOnly.FindAllString(strings.ToLower(s), -1)
	sort.Strings(w)
	return strings.Join(w, " ")
}

var notAlnum = regexp.MustCompile(`[^A-Z0-9]`)

// add compares the readings of one letter with its label.
func (m *measure) add(l label, rs []triage.Reading) {
	var children []child
	refs, findings := map[string]bool{}, map[string]bool{}
	date := ""
	for _, r := range rs {
		for _, i := range r.Children() {
			p := r.People[i]
			children = append(children, child{p.Name, p.DOB, p.Unborn, p.Placeholder})
		}
		for _, ref := range r.References {
			if ref.Own && ref.Kind != "log" {
				refs[ref.Norm] = true
			}
		}
		for _, q := range r.Quality {
			findings[q] = true
		}
		date = r.IncidentDate
	}
	m.children(l, children)
	want := map[string]bool{}
	for _, v := range l.References {
		want[notAlnum.ReplaceAllString(strings.ToUpper(v), "")] = true
	}
	m.sets("refs", l.File, &m.ref, want, refs)
	want = map[string]bool{}
	for _, v := range l.Quality {
		want[v] = true
	}
	m.sets("quality", l.File, &m.quality, want, findings)
	if l.IncidentDate != "" {
		m.dateAll++
		if date == l.IncidentDate {
			m.dateRight++
		} else {
			m.say("date %s want %s got %s", l.File, l.IncidentDate, date)
		}
	}
}

func (m *measure) say(format string, args ...any) {
	m.detail = append(m.detail, fmt.Sprintf(format, args...))
}

func (m *measure) children(l label, got []child) {
	left := slices.Clone(got)
	var missed []child
	for _, c := range l.Children {
		at := slices.IndexFunc(left, func(d child) bool {
			return fold(d.Name) == fold(c.Name) && !c.Placeholder || c.Placeholder && d.Placeholder || c.Unborn && d.Unborn
		})
		if at < 0 {
			missed = append(missed, c)
			continue
		}
		m.child.tp++
		if c.DOB != "" {
			m.dobAll++
			if left[at].DOB == c.DOB {
				m.dobRight++
			} else {
				m.say("dob %s %q want %s got %s", l.File, c.Name, c.DOB, left[at].DOB)
			}
		}
		left = slices.Delete(left, at, at+1)
	}
	m.child.fn += len(missed)
	m.child.fp += len(left)
	if len(missed)+len(left) > 0 {
		m.say("children %s missed %v extra %v", l.File, missed, left)
	}
}

func (m *measure) sets(what, file string, c *counts, want, got map[string]bool) {
	var missed, extra []string
	for v := range want {
		if got[v] {
			c.tp++
		} else {
			c.fn++
			missed = append(missed, v)
		}
	}
	for v := range got {
		if !want[v] {
			c.fp++
			extra = append(extra, v)
		}
	}
	if len(missed)+len(extra) > 0 {
		sort.Strings(missed)
		sort.Strings(extra)
		m.say("%s %s missed %v extra %v", what, file, missed, extra)
	}
}

// bar is a figure and the least it may be.
type bar struct {
	name      string
	got, want float64
}

// people are the bars of who and what is missing, of design.md section 7.
func (m *measure) people() []bar {
	return []bar{{"child F1", m.child.f1(), 0.97}, {"date of birth", share(m.dobRight, m.dobAll), 0.99}, {"quality F1", m.quality.f1(), 0.92}}
}

// all are the bars of a set that is labelled for everything.
func (m *measure) all() []bar {
	return append(m.people(), bar{"reference F1", m.ref.f1(), 0.95}, bar{"incident date", share(m.dateRight, m.dateAll), 0.97})
}

// hold fails below a bar.
func (m *measure) hold(t *testing.T, bars []bar) {
	t.Helper()
	for _, d := range m.detail {
		t.Log(d)
	}
	for _, v := range bars {
		t.Logf("%-14s %.4f", v.name, v.got)
		if v.got < v.want {
			t.Errorf("%s = %.4f, want at least %.2f", v.name, v.got, v.want)
		}
	}
}

// readNotices reads the corpus's notices, each mail changed by change.
func readNotices(t *testing.T, x *extract.Reader, change func(string) string, visit func(label, []triage.Reading)) {
	t.Helper()
	for _, l := range corpus(t) {
		if l.Kind != "notice" {
			continue
		}
		mail := readMail(t, l.File)
		if change != nil {
			changeLetter(&mail, change)
		}
		visit(l, x.Read(&mail))
	}
}

func readMail(tb testing.TB, file string) triage.Letter { return readMailIn(tb, corpusDir, file) }

func readMailIn(tb testing.TB, dir, file string) triage.Letter {
	tb.Helper()
	raw, err := os.ReadFile(filepath.Join(dir, file))
	if err != nil {
		tb.Fatal(err)
	}
	return letter.Read(raw)
}

// changeLetter changes every section of a letter and moves the offsets.
func changeLetter(l *triage.Letter, change func(string) string) {
	var b strings.Builder
	at := 0
	for i := range l.Sections {
		s := &l.Sections[i]
		b.WriteString(l.Text[at:s.Start])
		at = s.End
		start := b.Len()
		b.WriteString(change(l.Text[s.Start:s.End]))
		s.Start, s.End = start, b.Len()
	}
	b.WriteString(l.Text[at:])
	l.Text, l.Subject = b.String(), change(l.Subject)
}

func TestCorpus(t *testing.T) {
	x := newReader(t)
	var m measure
	readNotices(t, x, nil, m.add)
	m.hold(t, m.all())
}

// TestForms reads short notices in the forms, tables and plain words of many
// forces and officers.
func TestForms(t *testing.T) {
	x := newReader(t)
	var m measure
	for _, l := range corpusIn(t, formsDir) {
		mail := readMailIn(t, formsDir, l.File)
		m.add(l, x.Read(&mail))
	}
	m.hold(t, m.people())
}
