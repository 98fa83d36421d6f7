package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const (
	devDir   = "../../triage/intake/testdata/corpus"
	rulesDir = "../../deploy/rules"
	require  = devDir + "/require"
)

// auditreplay runs the program.
func auditreplay(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = run(args, &out, &errs)
	return code, out.String(), errs.String()
}

// must runs the program, which must succeed.
func must(t *testing.T, args ...string) string {
	t.Helper()
	code, out, errs := auditreplay(t, args...)
	if code != 0 {
		t.Fatalf("auditreplay %s: exit %d\n%s%s", strings.Join(args, " "), code, out, errs)
	}
	return out
}

// refused runs the program, which must fail and say these words.
func refused(t *testing.T, words string, args ...string) {
	t.Helper()
	code, _, errs := auditreplay(t, args...)
	if code != 1 || !strings.Contains(errs, words) {
		t.Errorf("auditreplay %s: exit %d, %q; want exit 1 and %q", strings.Join(args, " "), code, errs, words)
	}
}

func write(t *testing.T, path, text string) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestCorpora holds the labelled mails against their thresholds: those of the
// design, the mails that are labelled for children and findings, and those that
// were learned from.
func TestCorpora(t *testing.T) {
	for _, name := range []string{"corpus", "forms", "practice"} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join("../../triage/intake/testdata", name)
			code, out, errs := auditreplay(t, "corpus", dir, "--require", filepath.Join(dir, "require"))
			if code != 0 {
				t.Errorf("below the thresholds:\n%s\n%s", errs, out)
			}
		})
	}
}

// TestThresholdsHold moves thresholds past what is measured: each must be
// named, counts at most and shares at least.
func TestThresholdsHold(t *testing.T) {
	dir := t.TempDir()
	refused(t, "answered is 1, the threshold is 1.01", "corpus", devDir, "--require", write(t, dir+"/a", "answered 1.01 # more than all\n"))
	refused(t, "item_wrong_joins is 0, the threshold is -1", "corpus", devDir, "--json", "--require", write(t, dir+"/b", "\nitem_wrong_joins -1\nanswered 0"))
	refused(t, `c:2: want "measure threshold"`, "corpus", devDir, "--require", write(t, dir+"/c", "answered 1\nanswerd 1\n"))
	refused(t, "d:1: strconv", "corpus", devDir, "--require", write(t, dir+"/d", "answered all\n"))
	refused(t, "no .eml files", "corpus", dir)
	write(t, dir+"/x.eml", "Subject: x\n\nx\n")
	refused(t, "nothing to measure", "corpus", dir)
	write(t, dir+"/labels.jsonl", "{\"file\":\"x.eml\"}\n{\"file\":\n")
	refused(t, "labels.jsonl:2:", "corpus", dir)
}

// TestAnswersAreTheSameTwice runs the corpus twice: not a byte may differ.
func TestAnswersAreTheSameTwice(t *testing.T) {
	first, second := must(t, "corpus", devDir, "--json"), must(t, "corpus", devDir, "--json")
	if d := cmp.Diff(strings.Split(first, "\n"), strings.Split(second, "\n")); d != "" {
		t.Errorf("the answers differ:\n%s", d)
	}
}

// TestAnswerLines holds the shape of a line: every mail answered, lists that
// are lists, and of the labels nothing used but file and time.
func TestAnswerLines(t *testing.T) {
	mails, err := mailsIn([]string{devDir})
	if err != nil {
		t.Fatal(err)
	}
	said := map[string]bool{}
	for line := range strings.Lines(must(t, "corpus", devDir, "--json")) {
		var a map[string]any
		if err := json.Unmarshal([]byte(line), &a); err != nil {
			t.Fatal(err)
		}
		for _, key := range []string{"repeat_of", "references", "children", "factors", "quality", "flags", "problems"} {
			if _, ok := a[key].([]any); !ok {
				t.Errorf("%s: %q is %v, want a list", a["file"], key, a[key])
			}
		}
		said[a["file"].(string)] = true
	}
	for _, m := range mails {
		if !said[m.file] {
			t.Errorf("%s has no answer", m.file)
		}
	}
	bare := t.TempDir()
	var times []string
	for _, m := range mails {
		write(t, filepath.Join(bare, m.file), string(m.data))
		times = append(times, `{"file":"`+m.file+`","received":"`+m.received.Format(time.RFC3339)+`"}`)
	}
	write(t, bare+"/labels.jsonl", strings.Join(times, "\n"))
	if must(t, "corpus", devDir, "--json") != must(t, "corpus", bare, "--json") {
		t.Error("the answers differ where the labels say only file and time")
	}
}

// TestOrderWithoutLabels takes mails by their Date where nobody has labelled
// them: the later one is the repeat, whatever the files are called.
func TestOrderWithoutLabels(t *testing.T) {
	dir := t.TempDir()
	for from, to := range map[string]string{"002.eml": "z.eml", "020.eml": "a.eml"} {
		b, err := os.ReadFile(filepath.Join(devDir, from))
		if err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(dir, to), string(b))
	}
	var relations []string
	for line := range strings.Lines(must(t, "corpus", dir, "--json")) {
		var a answer
		if err := json.Unmarshal([]byte(line), &a); err != nil {
			t.Fatal(err)
		}
		relations = append(relations, a.File+" "+a.Relation)
	}
	if d := cmp.Diff([]string{"z.eml new", "a.eml repeat"}, relations); d != "" {
		t.Errorf("relations (-want +got):\n%s", d)
	}
}

// TestMeasures compares the measures of hand-made answers with figures that
// were worked out apart from this program. The set holds every odd case: a
// digest of two lines, an accent, an unborn child, a swapped date, a missing
// answer, a band that none was given, a label with no acceptable band.
func TestMeasures(t *testing.T) {
	labels, err := readLabels("testdata/measure/labels.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile("testdata/measure/answers.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	var answers []answer
	for line := range bytes.Lines(b) {
		var a answer
		if err := json.Unmarshal(line, &a); err != nil {
			t.Fatal(err)
		}
		answers = append(answers, a)
	}
	want, err := os.ReadFile("testdata/measure/want.txt")
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := report(&out, labels, answers, "all", false, ""); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(columns(string(want)), columns(out.String())); d != "" {
		t.Errorf("measures (-want +got):\n%s", d)
	}
	out.Reset()
	if err := report(&out, numbered(labels), numberedAnswers(answers), "even", false, ""); err != nil {
		t.Fatal(err)
	}
	// b, d, f, h stand for 2, 4, 6, 8. Item i2's first notice is b, i1's is a:
	// b's repeat of i1 is found although a is in the other half.
	for _, want := range []string{"answered 0.7500", "band_exact 0.5000", "repeat_recall 1.0000", "item_wrong_joins 0"} {
		if !slices.Contains(columns(out.String()), want) {
			t.Errorf("measures of the even half lack %q:\n%s", want, out.String())
		}
	}
	out.Reset()
	if err := report(&out, nil, nil, "", false, ""); err != nil || strings.Contains(out.String(), "NaN") {
		t.Errorf("measures of nothing: %v\n%s", err, out.String())
	}
}

// numbered calls a.eml 001.eml, b.eml 002.eml and so on.
func numbered(labels []label) []label {
	out := slices.Clone(labels)
	for n := range out {
		out[n].File = numberOf(out[n].File)
	}
	return out
}

func numberedAnswers(answers []answer) []answer {
	out := slices.Clone(answers)
	for n := range out {
		out[n].File = numberOf(out[n].File)
	}
	return out
}

func numberOf(file string) string { return fmt.Sprintf("%03d.eml", file[0]-'a'+1) }

func columns(table string) (rows []string) {
	for line := range strings.Lines(table) {
		rows = append(rows, strings.Join(strings.Fields(line), " "))
	}
	return rows
}

// TestExplain explains every mail of the corpus: each reason has its words,
// and a mail that is none says so.
func TestExplain(t *testing.T) {
	out := must(t, "explain", filepath.Join(devDir, "003.eml"))
	for _, want := range []string{"RED", "why:", "source:", "without "} {
		if !strings.Contains(out, want) {
			t.Errorf("explain 003.eml says nothing of %q:\n%s", want, out)
		}
	}
	if out := must(t, "explain", filepath.Join(devDir, "028.eml")); !strings.Contains(out, "not a notice") {
		t.Errorf("explain of an automatic reply: %s", out)
	}
	bad := write(t, t.TempDir()+"/x.eml", "\x00\x01no mail\x1b]0;title\x07")
	if out := must(t, "explain", bad); !strings.Contains(out, "AMBER") || strings.Contains(out, "\x1b") {
		t.Errorf("explain of no mail: %q, want AMBER and no control characters", out)
	}
}
