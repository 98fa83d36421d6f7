package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// label is what people say of one mail; values as in the corpus's own README.
type label struct {
	File       string    `json:"file"`
	Received   time.Time `json:"received"`
	Kind       string    `json:"kind"`
	References []string  `json:"references"`
	Children   []child   `json:"children"`
	Band       string    `json:"band"`
	Acceptable []string  `json:"acceptable"`
	Present    []string  `json:"present"`
	NotPresent []string  `json:"not_present"`
	Either     []string  `json:"either"`
	Quality    []string  `json:"quality"`
	Item       string    `json:"item"`
	RepeatOf   []string  `json:"repeat_of"`
}

// measure is one figure of the report.
type measure struct {
	name  string
	value float64
	count bool // a number of things, not a share
}

// bandOrder ranks the bands; what is no band stands lowest.
var bandOrder = map[string]int{"BLUE": 0, "GREEN": 1, "AMBER": 2, "RED": 3}

// report prints the measures of a half of the mails, and fails below the
// thresholds of a file.
func report(out io.Writer, labels []label, answers []answer, half string, detail bool, require string) error {
	x := newExam(labels, answers)
	x.labels = slices.DeleteFunc(slices.Clone(labels), func(l label) bool { return !inHalf(l.File, half) })
	if detail {
		x.say = func(format string, a ...any) { fmt.Fprintf(out, "   "+format+"\n", a...) }
	}
	measures := x.measures()
	for _, m := range measures {
		if m.count {
			fmt.Fprintf(out, "%-24s %d\n", m.name, int(m.value))
		} else {
			fmt.Fprintf(out, "%-24s %.4f\n", m.name, m.value)
		}
	}
	if require == "" {
		return nil
	}
	return meet(measures, require)
}

// meet compares measures with a file of thresholds: a name and the least value
// of a share, or the most of a count.
func meet(measures []measure, path string) error {
	f, err := os.Open(filepath.Clean(path))
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	var errs []error
	lines := bufio.NewScanner(f)
	for n := 1; lines.Scan(); n++ {
		text, _, _ := strings.Cut(lines.Text(), "#")
		words := strings.Fields(text)
		if len(words) == 0 {
			continue
		}
		at := slices.IndexFunc(measures, func(m measure) bool { return m.name == words[0] })
		if len(words) != 2 || at < 0 {
			return fmt.Errorf("%s:%d: want \"measure threshold\" with a known measure", path, n)
		}
		want, err := strconv.ParseFloat(words[1], 64)
		if err != nil {
			return fmt.Errorf("%s:%d: %w", path, n, err)
		}
		if m := measures[at]; m.count && m.value > want || !m.count && m.value < want {
			errs = append(errs, fmt.Errorf("%s is %v, the threshold is %v", m.name, m.value, want))
		}
	}
	return errors.Join(append(errs, lines.Err())...)
}

// exam holds labels and answers of the same mails, answers folded to one a
// mail: of a digest the union of lists and the highest band.
type exam struct {
	labels  []label
	answers map[string]answer
	items   map[string][]string // items a mail stands in
	first   map[string]string   // item of the first notice of each labelled item
	say     func(format string, a ...any)
}

func newExam(labels []label, answers []answer) *exam {
	x := &exam{labels: labels, answers: map[string]answer{}, items: map[string][]string{}, say: func(string, ...any) {}}
	for _, a := range answers {
		if a.ItemID != "" {
			x.items[a.File] = append(x.items[a.File], string(a.ItemID))
		}
		o, ok := x.answers[a.File]
		if !ok {
			x.answers[a.File] = a
			continue
		}
		o.Children, o.Factors = append(o.Children, a.Children...), append(o.Factors, a.Factors...)
		o.References, o.Quality = append(o.References, a.References...), append(o.Quality, a.Quality...)
		o.RepeatOf = append(o.RepeatOf, a.RepeatOf...)
		if b := bandOrder[a.Band] - bandOrder[o.Band]; b > 0 || b == 0 && a.Score > o.Score {
			o.Band, o.Score = a.Band, a.Score
		}
		x.answers[a.File] = o
	}
	x.first = map[string]string{}
	for _, l := range x.notices() {
		if _, ok := x.first[l.Item]; !ok {
			x.first[l.Item] = string(x.answers[l.File].ItemID)
		}
	}
	return x
}

var fileNumber = regexp.MustCompile(`\d+`)

// inHalf tells whether a file's number is odd or even, as asked; a file
// without a number is in both halves.
func inHalf(file, half string) bool {
	n, err := strconv.ParseUint(fileNumber.FindString(file), 10, 64)
	return half == "" || half == "all" || err != nil || (n%2 == 1) == (half == "odd")
}

// notices are the labels of mails that are notices and were answered.
func (x *exam) notices() (out []label) {
	for _, l := range x.labels {
		if _, ok := x.answers[l.File]; ok && l.Kind == "notice" {
			out = append(out, l)
		}
	}
	return out
}

func (x *exam) measures() []measure {
	answered, kinds := 0, 0
	for _, l := range x.labels {
		a, ok := x.answers[l.File]
		if ok {
			answered++
		}
		if ok && a.Kind == l.Kind {
			kinds++
		} else {
			x.say("kind %s: want %s, got %s", l.File, l.Kind, a.Kind)
		}
	}
	n := float64(max(len(x.labels), 1))
	out := []measure{{"answered", float64(answered) / n, false}, {"kind_accuracy", float64(kinds) / n, false}}
	for _, part := range []func([]label) []measure{x.bands, x.order, x.factors, x.children, x.references, x.quality, x.joins, x.repeats} {
		out = append(out, part(x.notices())...)
	}
	return out
}

// counts are right, wrong and missed answers.
type counts struct{ tp, fp, fn float64 }

func (c counts) prf() (p, r, f float64) {
	p, r = 1, 1
	if c.tp+c.fp > 0 {
		p = c.tp / (c.tp + c.fp)
	}
	if c.tp+c.fn > 0 {
		r = c.tp / (c.tp + c.fn)
	}
	if p+r > 0 {
		f = 2 * p * r / (p + r)
	}
	return p, r, f
}

// compare counts two sets, and names both differences.
func (c *counts) compare(want, got map[string]bool) (missed, extra []string) {
	for k := range want {
		if got[k] {
			c.tp++
		} else {
			c.fn++
			missed = append(missed, k)
		}
	}
	for k := range got {
		if !want[k] {
			c.fp++
			extra = append(extra, k)
		}
	}
	slices.Sort(missed)
	slices.Sort(extra)
	return missed, extra
}

func set(list []string, fold func(string) string) map[string]bool {
	out := map[string]bool{}
	for _, s := range list {
		out[fold(s)] = true
	}
	return out
}

func same(s string) string { return s }

var notReference = regexp.MustCompile(`[^A-Z0-9]`)

func foldReference(s string) string { return notReference.ReplaceAllString(strings.ToUpper(s), "") }

// foldName keeps the letters of a name without accents, its words sorted.
func foldName(s string) string {
	var b strings.Builder
	for _, r := range norm.NFKD.String(s) {
		switch r = unicode.ToLower(r); {
		case unicode.Is(unicode.Mn, r):
		case r >= 'a' && r <= 'z':
			b.WriteRune(r)
		default:
			b.WriteByte(' ')
		}
	}
	words := strings.Fields(b.String())
	slices.Sort(words)
	return strings.Join(words, " ")
}
