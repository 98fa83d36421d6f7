package extract

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/letter"
)

// TestCapitalsChangeNothing writes every letter of the corpus in capitals: the
// facts must be the same, for all people known.
func TestCapitalsChangeNothing(t *testing.T) {
	rd := defaultReader(t)
	for _, l := range corpusLabels(t) {
		raw, err := os.ReadFile(filepath.Join(factsCorpus, l.File))
		if err != nil {
			t.Fatal(err)
		}
		text := letter.Read(raw)
		for _, r := range rd.Read(&text) {
			loud := text
			loud.Text = upperSameLength(text.Text)
			spans := []span{{0, len(text.Text)}}
			if diff := cmp.Diff(said(rd.lexicon.facts(&text, &r, spans)), said(rd.lexicon.facts(&loud, &r, spans))); diff != "" {
				t.Errorf("%s: capitals change the facts:\n%s", l.File, diff)
			}
		}
	}
}

// upperSameLength writes capitals wherever that keeps the byte length.
func upperSameLength(s string) string {
	return strings.Map(func(r rune) rune {
		if up := []rune(strings.ToUpper(string(r))); len(up) == 1 && utf8.RuneLen(up[0]) == utf8.RuneLen(r) {
			return up[0]
		}
		return r
	}, s)
}

// said drops the words themselves, which differ in case.
func said(facts []triage.Fact) []triage.Fact {
	out := slices.Clone(facts)
	for i := range out {
		out[i].Quote, out[i].Cue = "", strings.ToUpper(out[i].Cue)
	}
	return out
}

// TestFactsPointIntoTheText holds every fact of the corpus to its promises:
// the span and quote are the letter's words, the child is a child, the slug
// and signs are of the vocabulary.
func TestFactsPointIntoTheText(t *testing.T) {
	rd := defaultReader(t)
	for _, l := range corpusLabels(t) {
		raw, err := os.ReadFile(filepath.Join(factsCorpus, l.File))
		if err != nil {
			t.Fatal(err)
		}
		text := letter.Read(raw)
		for _, r := range rd.Read(&text) {
			for _, f := range r.Facts {
				if f.Start < 0 || f.End > len(text.Text) || f.Start > f.End || f.Quote != cut(text.Text[f.Start:f.End]) || !utf8.ValidString(f.Quote) {
					t.Errorf("%s: %s stands at %d-%d, not %q", l.File, f.Slug, f.Start, f.End, f.Quote)
				}
				if f.Child >= 0 && r.People[f.Child].Role != triage.RoleChild {
					t.Errorf("%s: %s belongs to a person who is no child", l.File, f.Slug)
				}
				if f.Polarity == triage.PolarityUnknown || f.Time == triage.TimeUnknown || f.Holder == triage.HolderUnknown {
					t.Errorf("%s: %s lacks polarity, time or holder", l.File, f.Slug)
				}
				for _, s := range f.Signs {
					if !rd.lexicon.signs[f.Slug][s] {
						t.Errorf("%s: %s/%s is not in the vocabulary", l.File, f.Slug, s)
					}
				}
			}
		}
	}
}

// FuzzFacts holds the reading to any text: no panic, spans inside the text,
// the same answer twice.
func FuzzFacts(f *testing.F) {
	x := defaultLexicon(f)
	for _, s := range []string{"", "?", "[ ] Weapons [x] Drugs", "No.\n\nNo?", "a\tb\tN", "He hit her. 3 years ago", "\xff\xfe", "Tyler's mum–O’Neill ☐", "in 2019 of 12/13/2020"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 1<<14 {
			t.Skip()
		}
		first := factsOf(x, text)
		for _, fact := range first {
			if fact.Start < 0 || fact.End > len(text) || fact.Start > fact.End {
				t.Fatalf("%s at %d-%d of %d bytes", fact.Slug, fact.Start, fact.End, len(text))
			}
		}
		if diff := cmp.Diff(first, factsOf(x, text)); diff != "" {
			t.Fatal(diff)
		}
	})
}

// BenchmarkFacts reads the corpus's text; the budget is 10 MB/s on one core.
func BenchmarkFacts(b *testing.B) {
	rd := defaultReader(b)
	files, _ := filepath.Glob(filepath.Join(factsCorpus, "*.eml"))
	var letters []triage.Letter
	var readings []triage.Reading
	size := 0
	for _, name := range files {
		raw, err := os.ReadFile(name)
		if err != nil {
			b.Fatal(err)
		}
		text := letter.Read(raw)
		for _, r := range rd.Read(&text) {
			letters, readings, size = append(letters, text), append(readings, r), size+len(text.Text)
		}
	}
	b.SetBytes(int64(size))
	b.ReportAllocs()
	for b.Loop() {
		for i := range letters {
			rd.lexicon.facts(&letters[i], &readings[i], []span{{0, len(letters[i].Text)}})
		}
	}
}

// BenchmarkMatch runs the trie alone, which allocates nothing.
func BenchmarkMatch(b *testing.B) {
	x := defaultLexicon(b)
	text := strings.Repeat("IP states he punched her in the face and put his hands round her throat. No weapons seen. Children asleep upstairs. ", 100)
	toks := scan(x.words, text, span{0, len(text)}, nil)
	m := matcher{trie: x.trie, words: x.words, toks: toks, numbers: x.numbers}
	m.match()
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		m.hits = m.hits[:0]
		m.match()
	}
}
