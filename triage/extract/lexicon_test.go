package extract

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const smallVocabulary = `version: 1
facts:
  blow: [punch, face]
  weapon: [used]
`

// loadSmall compiles one file against a vocabulary of two facts.
func loadSmall(t *testing.T, file string) *lexicon {
	t.Helper()
	x, err := loadLexicon(map[string][]byte{"small.yaml": []byte(file)}, []byte(smallVocabulary))
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// TestLexiconMistakes holds loading to reporting every mistake at once, each
// with its file, line and column.
func TestLexiconMistakes(t *testing.T) {
	bad := `families:
  hit: "hit~, @nobody"
  loop: "@loop"
people:
  kid: {role: youth, words: "child"}
cues:
  - {is: never, looks: forward, phrases: ["no"]}
  - {is: absent, looks: sideways, phrases: ["not"]}
  - {is: absent, phrases: ["nil"]}
facts:
  - rule: a
    phrases: ["@hit", "@unknown", "<0-3> him", "hit <5-2> him", "a*"]
    gives: {blow: [kick], strike: []}
  - rule: a
    whom: somebody
    phrases: ["@loop"]
    gives: {blow: []}
  - rule: b
    phrases: ["hit"]
told_late: [nothing]
colour: red
`
	_, err := loadLexicon(map[string][]byte{"bad.yaml": []byte(bad), "more.yaml": []byte("families: {hit: \"again\"}\n"), "worse.yaml": []byte("facts: [\n")}, []byte(smallVocabulary))
	if err == nil {
		t.Fatal("a lexicon full of mistakes was loaded")
	}
	for _, want := range []string{
		`bad.yaml:5:15: unknown role "youth"`,
		`bad.yaml:7:10: unknown cue "never"`,
		`bad.yaml:8:25: looks is forward, backward or both, not "sideways"`,
		`bad.yaml:9:5: a cue needs looks`,
		`bad.yaml:2:8: unknown family "@nobody"`,
		`bad.yaml:12:23: unknown family "@unknown"`,
		`bad.yaml:12:35: phrase "<0-3> him" must begin and end with a word, and not all may be left out`,
		`bad.yaml:12:48: gap <5-2>: at most 12 words, the smaller number first`,
		`bad.yaml:12:65: stem "a*" is too short`,
		`bad.yaml:13:20: fact "blow" has no sign "kick" in facts.yaml`,
		`bad.yaml:13:27: fact "strike" is not in facts.yaml`,
		`bad.yaml:14:11: rule "a" stands twice`,
		`bad.yaml:15:11: whom is near, subject, object, doer, owner or nobody, not "somebody"`,
		`family "@loop" contains itself`,
		`rule "b" yields no fact`,
		`bad.yaml:20:13: fact "nothing" is not in facts.yaml`,
		`bad.yaml:21:1: unknown key "colour"`,
		`more.yaml:1:12: family "hit" is declared twice`,
		`worse.yaml:1:8: not YAML`,
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("not reported: %s", want)
		}
	}
	if t.Failed() {
		t.Log(err)
	}
}

// found phrases as "words" by the words of the text.
func phrasesIn(x *lexicon, text string) (got []string) {
	p := x.newPassage(text, span{0, len(text)}, nil, "")
	for _, h := range p.rules {
		got = append(got, p.words(h.lo, h.hi))
	}
	return got
}

// TestPhrases walks through the format of phrases.
func TestPhrases(t *testing.T) {
	x := loadSmall(t, `
families:
  punch: "punch~, thump*, gave a dig, @slap"
  slap: "slap~"
idioms: ["punch bag"]
facts:
  - rule: one
    whom: nobody
    phrases: ["@punch <0-2> face", "red|dark_blue mark", "so? called", "grade : high", "aged #"]
    gives: {blow: []}
`)
	for text, want := range map[string][]string{
		"he punched her in the face":            nil,
		"He PUNCHED her face":                   {"PUNCHED her face"},
		"punching the face, slapped his face":   {"punching the face", "slapped his face"},
		"thumpings face":                        {"thumpings face"},
		"gave a dig in the face":                {"gave a dig in the face"},
		"gave a, dig in the face":               nil,
		"punched. Her face":                     nil,
		"punched, her face":                     {"punched, her face"},
		"dark blue mark and red mark":           {"dark blue mark", "red mark"},
		"so called and so-called":               {"so called", "called", "so-called", "called"},
		"Grade........: HIGH":                   {"Grade........: HIGH"},
		"Grade\tHigh":                           {"Grade\tHigh"},
		"grade was high":                        nil,
		"aged 7, aged seven":                    {"aged 7"},
		"punch bag face":                        nil,
		"he púnched her’s face":                 {"púnched her’s face"},
		"a word that nothing has ever heard of": nil,
	} {
		if diff := cmp.Diff(want, phrasesIn(x, text)); diff != "" {
			t.Errorf("%q:\n%s", text, diff)
		}
	}
}

// TestTokens shows how text is cut: abbreviations, numbers, breaks, wrapping.
func TestTokens(t *testing.T) {
	x := loadSmall(t, "abbreviations: approx, st\nfacts: []\n")
	for _, tc := range []struct {
		text string
		want string // sentences parted by |, tokens by blanks
	}{
		{"M/O and F/O at 2 St. Johns.", "M/O and F/O at 2 St Johns"},
		{"D.O.B. 14/02/2020. Seen.", "D O B 14/02/2020 | Seen"},
		{"approx. 10 cm.Then left", "approx 10 cm Then left"},
		{"He was hurt.Then left", "He was hurt | Then left"},
		{"No.\nYes?\nOh!", "No | Yes | Oh"},
		{"s.47 and 6/52, 18mths", "s 47 and 6/52 18 mths"},
		{"It is well-known (so-called)", "It is well known so called"},
		{strings.Repeat("word ", 12) + "end\n" + strings.Repeat("more ", 12) + "end", strings.Repeat("word ", 12) + "end " + strings.Repeat("more ", 12) + "end"},
		{"Short line\nnext line", "Short line | next line"},
		{strings.Repeat("word ", 12) + "end\nOutcome: none", strings.Repeat("word ", 12) + "end | Outcome none"},
	} {
		p := x.newPassage(tc.text, span{0, len(tc.text)}, nil, "")
		var sentences []string
		for _, s := range p.sentences {
			var words []string
			for i := s.lo; i < s.hi; i++ {
				words = append(words, p.words(i, i+1))
			}
			sentences = append(sentences, strings.Join(words, " "))
		}
		if got := strings.Join(sentences, " | "); got != tc.want {
			t.Errorf("%q is cut\n  %s, want\n  %s", tc.text, got, tc.want)
		}
	}
}
