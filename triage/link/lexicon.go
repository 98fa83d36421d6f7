package link

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// namesFile is names.yaml.
type namesFile struct {
	Version   int                 `yaml:"version"`
	Variants  map[string][]string `yaml:"variants"`
	Nicknames map[string][]string `yaml:"nicknames"`
	Weak      []string            `yaml:"weak"`
	Ignored   []string            `yaml:"ignored"`
	Unknown   []string            `yaml:"unknown"`
	Also      []string            `yaml:"also"`
	Endings   []ending            `yaml:"endings"`
	Streets   map[string][]string `yaml:"streets"`
	Shares    []shareClass        `yaml:"shares"`
	Rare      float64             `yaml:"rare"`
	NoDates   []string            `yaml:"no_dates"`
}

// ending is a family name's ending that differs between members of a family.
type ending struct {
	From string `yaml:"from"`
	To   string `yaml:"to"`
}

type shareClass struct {
	Share float64  `yaml:"share"`
	Names []string `yaml:"names"`
}

// lexicon is names.yaml made ready for look-up by folded token.
type lexicon struct {
	variant map[string]string
	formal  map[string][]string // nickname -> the names it stands for
	weak    map[string]bool
	ignored map[string]bool
	unknown map[string]bool
	also    map[string]bool
	endings []ending
	street  map[string]string
	share   map[string]float64
	rare    float64
	noDate  map[string]bool
}

func newLexicon(b []byte) (*lexicon, error) {
	var f namesFile
	if err := decode("names.yaml", b, &f); err != nil {
		return nil, err
	}
	x := &lexicon{endings: f.Endings, rare: f.Rare, formal: map[string][]string{}, share: map[string]float64{}}
	var errs []error
	fail := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if f.Version != 1 {
		fail("version is %d, want 1", f.Version)
	}
	if f.Rare <= 0 || f.Rare >= 1 {
		fail("rare is %g, must be a share in (0, 1)", f.Rare)
	}
	x.variant = invert("variants", f.Variants, fail)
	x.street = invert("streets", f.Streets, fail)
	for _, formal := range slices.Sorted(maps.Keys(f.Nicknames)) {
		for _, nick := range f.Nicknames[formal] {
			if !word(nick) || !word(formal) {
				fail("nicknames.%s: %q is not one folded word", formal, nick)
			}
			x.formal[x.fold1(nick)] = append(x.formal[x.fold1(nick)], x.fold1(formal))
		}
	}
	x.weak, x.ignored, x.unknown, x.also = x.set("weak", f.Weak, fail), x.set("ignored", f.Ignored, fail), x.set("unknown", f.Unknown, fail), x.set("also", f.Also, fail)
	for _, c := range f.Shares {
		if c.Share <= f.Rare || c.Share >= 1 {
			fail("shares: %g must be in (rare, 1)", c.Share)
		}
		for name := range x.set("shares", c.Names, fail) {
			if _, twice := x.share[name]; twice {
				fail("shares: %q stands in two classes", name)
			}
			x.share[name] = c.Share
		}
	}
	for _, e := range f.Endings {
		if !word(e.From) || e.From == e.To {
			fail("endings: %q -> %q changes nothing", e.From, e.To)
		}
	}
	x.noDate = map[string]bool{}
	for _, d := range f.NoDates {
		if _, ok := date(d); !ok {
			fail("no_dates: %q is no date YYYY-MM-DD", d)
		}
		x.noDate[d] = true
	}
	return x, errors.Join(errs...)
}

// invert turns canonical -> spellings into spelling -> canonical.
func invert(what string, m map[string][]string, fail func(string, ...any)) map[string]string {
	out := map[string]string{}
	for _, canon := range slices.Sorted(maps.Keys(m)) {
		if !word(canon) {
			fail("%s: %q is not one folded word", what, canon)
		}
		for _, v := range m[canon] {
			switch _, twice := out[v]; {
			case !word(v):
				fail("%s.%s: %q is not one folded word", what, canon, v)
			case twice || v == canon:
				fail("%s.%s: %q stands twice", what, canon, v)
			case m[v] != nil:
				fail("%s.%s: %q is a heading itself", what, canon, v)
			}
			out[v] = canon
		}
	}
	return out
}

// set folds a list to a look-up of canonical words. An empty word would match
// every nameless person, so it is an error.
func (x *lexicon) set(what string, list []string, fail func(string, ...any)) map[string]bool {
	out := map[string]bool{}
	for _, s := range list {
		if !word(s) {
			fail("%s: %q is not one folded word", what, s)
		}
		out[x.fold1(s)] = true
	}
	return out
}

func word(s string) bool { return s != "" && foldText(s) == s && !strings.Contains(s, " ") }

// fold1 returns the canonical spelling of one folded token.
func (x *lexicon) fold1(token string) string {
	if rest, ok := strings.CutPrefix(token, "mac"); ok && len(rest) >= 4 {
		token = "mc" + rest // MacDonald, McDonald
	}
	if canon, ok := x.variant[token]; ok {
		return canon
	}
	return token
}

// rarity returns the share of children who bear the name. A weak name that
// stands in no class counts as the commonest.
func (x *lexicon) rarity(token string) float64 {
	if s, ok := x.share[token]; ok {
		return s
	}
	return x.rare
}

// nicknames tells whether one of two tokens is a short form of the other. Two
// short forms of one name are not: sisters may be Mia and Millie.
func (x *lexicon) nicknames(a, b string) bool {
	return slices.Contains(x.formal[a], b) || slices.Contains(x.formal[b], a)
}

// stems returns a family name without the endings that differ between the
// members of one family, the name itself first.
func (x *lexicon) stems(token string) []string {
	out := []string{token}
	for _, e := range x.endings {
		if rest, ok := strings.CutSuffix(token, e.From); ok && len(rest) >= 3 {
			if s := rest + e.To; !slices.Contains(out, s) {
				out = append(out, s)
			}
		}
	}
	return out
}

var letters = strings.NewReplacer("ł", "l", "đ", "d", "ð", "d", "ø", "o", "ß", "ss", "æ", "ae", "œ", "oe", "þ", "th", "ı", "i", "ħ", "h")

// foldText lowers text to letters, digits and single blanks: marks and
// apostrophes are dropped, everything else parts words.
func foldText(s string) string {
	var b strings.Builder
	gap := false
	for _, r := range letters.Replace(strings.ToLower(norm.NFKD.String(s))) {
		switch {
		case unicode.Is(unicode.Mn, r) || strings.ContainsRune("'’‘`´ʼ", r):
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			if gap && b.Len() > 0 {
				b.WriteByte(' ')
			}
			gap = false
			b.WriteRune(unicode.ToLower(r))
		default:
			gap = true
		}
	}
	return b.String()
}

func compareText(a, b string) int { return cmp.Compare(a, b) }
