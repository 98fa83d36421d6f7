package extract

import (
	"sort"

	"github.com/goccy/go-yaml/ast"
)

// builder compiles lexicon files. Families of all files are declared before
// any phrase is compiled, so that files may use each other's families.
type builder struct {
	x        *lexicon
	file     string
	problems problems
	families map[string]*family
	syms     map[string]sym // words, stems and used families
	rules    map[string]bool
	numbers  []sym // symbols of any number in digits
	pending  []pendingPerson
}

// family is a named set of words and short phrases.
type family struct {
	file    string
	members []text
	sym     sym
	phrases [][]elem // members of several words
	state   uint8    // 0 declared, 1 being resolved, 2 resolved
	all     map[string]bool
}

const (
	symNone sym = iota
	symNumber
	symFirst
)

func newBuilder() *builder {
	return &builder{
		x: &lexicon{words: newWordTree(), trie: newTrie(), signs: map[string]map[string]bool{},
			toldLate: map[string]bool{}, feared: map[string]bool{}, known: map[string]sym{}, whose: map[string]holderKind{}},
		families: map[string]*family{}, syms: map[string]sym{"#": symNumber}, rules: map[string]bool{}, numbers: []sym{symNumber},
	}
}

// declare takes in the families and people of a file.
func (b *builder) declare(s *section) {
	b.file = s.file
	for _, f := range s.fields {
		switch f.key.value {
		case "families":
			for _, fam := range b.mapping(f.value) {
				b.addFamily(fam.key, b.wordList(fam.value))
			}
		case "people":
			for _, p := range b.mapping(f.value) {
				b.person(p)
			}
		case "abbreviations":
			for _, w := range b.wordList(f.value) {
				n := b.x.words.insert(foldText(w.value))
				b.x.words.nodes[n].whole, b.x.words.nodes[n].abbrev = true, true
			}
		case "told_late":
			b.slugs(f.value, b.x.toldLate)
		case "feared":
			b.slugs(f.value, b.x.feared)
		case "whose":
			for _, h := range b.mapping(f.value) {
				b.holders(h)
			}
		case "cues", "idioms", "marks", "facts", "version":
		default:
			b.fail(f.key, "unknown key %q", f.key.value)
		}
	}
}

func (b *builder) addFamily(name text, members []text) {
	if _, twice := b.families[name.value]; twice {
		b.fail(name, "family %q is declared twice", name.value)
		return
	}
	b.families[name.value] = &family{file: b.file, members: members}
}

// holders reads the facts that belong to one holder where nothing else is said.
func (b *builder) holders(h yamlKey) {
	kind := holderNames[h.key.value]
	if kind == holderByPerson {
		b.fail(h.key, "holder is child, carer or home, not %q", h.key.value)
	}
	slugs := map[string]bool{}
	b.slugs(h.value, slugs)
	for slug := range slugs {
		b.x.whose[slug] = kind
	}
}

func (b *builder) slugs(n ast.Node, into map[string]bool) {
	for _, s := range b.list(n) {
		if b.slug(s) {
			into[s.value] = true
		}
	}
}

func (b *builder) slug(s text) bool {
	if _, ok := b.x.signs[s.value]; !ok {
		b.fail(s, "fact %q is not in facts.yaml", s.value)
		return false
	}
	return true
}

// person declares a family whose words are mentions of people.
func (b *builder) person(p yamlKey) {
	m := personWord{}
	var words []text
	for _, f := range b.mapping(p.value) {
		switch f.key.value {
		case "role":
			v := b.scalar(f.value)
			m.role = roleNames[v.value]
			if m.role == roleNone {
				b.fail(v, "unknown role %q", v.value)
			}
		case "sex":
			v := b.scalar(f.value)
			if v.value != "m" && v.value != "f" {
				b.fail(v, "sex is m or f, not %q", v.value)
				continue
			}
			m.sex = v.value[0]
		case "object":
			m.object = b.scalar(f.value).value == "true"
		case "words":
			words = b.wordList(f.value)
		default:
			b.fail(f.key, "unknown key %q", f.key.value)
		}
	}
	if m.role == roleNone || len(words) == 0 {
		b.fail(p.key, "people %q need role and words", p.key.value)
		return
	}
	b.addFamily(p.key, words)
	b.x.people = append(b.x.people, m)
	b.pending = append(b.pending, pendingPerson{p.key, int32(len(b.x.people) - 1), b.file})
}

// compile takes in the cues, idioms, marks and facts of a file.
func (b *builder) compile(s *section) {
	b.file = s.file
	for _, f := range s.fields {
		switch f.key.value {
		case "cues":
			for _, n := range b.sequence(f.value) {
				b.cue(n)
			}
		case "idioms":
			for _, p := range b.wordList(f.value) {
				b.phrase(p, out{outIdiom, 0})
			}
		case "marks":
			for _, n := range b.sequence(f.value) {
				b.mark(n)
			}
		case "facts":
			for _, n := range b.sequence(f.value) {
				b.rule(n)
			}
		}
	}
}

func (b *builder) cue(n ast.Node) {
	var c signal
	var phrases []text
	for _, f := range b.mapping(n) {
		v := f.value
		switch f.key.value {
		case "is":
			t := b.scalar(v)
			c.kind = sigNames[t.value]
			if c.kind == sigNone {
				b.fail(t, "unknown cue %q", t.value)
			}
		case "looks":
			t := b.scalar(v)
			c.looks = lookNames[t.value]
			if c.looks == 0 {
				b.fail(t, "looks is forward, backward or both, not %q", t.value)
			}
		case "within":
			c.within = b.number(v)
		case "after_break":
			c.afterBreak = b.scalar(v).value == "true"
		case "ends":
			c.ends = b.sigSet(v)
		case "phrases":
			phrases = b.wordList(v)
		default:
			b.fail(f.key, "unknown key %q", f.key.value)
		}
	}
	if c.kind != sigNone && c.kind.scoped() && c.looks == 0 {
		b.fail(place(n), "a cue needs looks")
	}
	b.x.cues = append(b.x.cues, c)
	b.phrases(place(n), phrases, out{outCue, int32(len(b.x.cues) - 1)})
}

func (b *builder) sigSet(n ast.Node) (set sigSet) {
	for _, t := range b.list(n) {
		k := sigNames[t.value]
		if k == sigNone {
			b.fail(t, "unknown cue %q", t.value)
		}
		set |= 1 << k
	}
	return set
}

func (b *builder) mark(n ast.Node) {
	m := mark{within: 8, slugs: map[string]bool{}}
	var phrases []text
	var sign text
	for _, f := range b.mapping(n) {
		switch f.key.value {
		case "sign":
			sign = b.scalar(f.value)
			m.sign = sign.value
		case "to":
			b.slugs(f.value, m.slugs)
		case "within":
			m.within = b.number(f.value)
		case "anywhere":
			m.anywhere = b.scalar(f.value).value == "true"
		case "phrases":
			phrases = b.wordList(f.value)
		default:
			b.fail(f.key, "unknown key %q", f.key.value)
		}
	}
	for slug := range m.slugs {
		if !b.x.signs[slug][m.sign] {
			b.fail(sign, "fact %q has no sign %q in facts.yaml", slug, m.sign)
		}
	}
	b.x.marks = append(b.x.marks, m)
	b.phrases(place(n), phrases, out{outMark, int32(len(b.x.marks) - 1)})
}

func (b *builder) phrases(at text, list []text, o out) {
	if len(list) == 0 {
		b.fail(at, "no phrases")
	}
	for _, p := range list {
		b.phrase(p, o)
	}
}

// knownFamilies are the families that the reading of sentences uses itself.
var knownFamilies = []string{"before_common_word", "preposition", "passive", "by_word", "clause_word", "possessive", "clock_before", "clock_after", "article", "body", "of_word", "time_unit", "says_word", "reports", "negation", "place_word", "lasting", "since_word", "refers_back", "was_word", "title_word", "title_male", "tell_word", "whose_word", "bare_verb", "with_word", "aim_word"}

// finish closes the tries and returns the lexicon, or every problem.
func (b *builder) finish() (*lexicon, error) {
	for _, p := range b.pending {
		b.file = p.file
		p.name.value = "@" + p.name.value
		b.phrase(p.name, out{outPerson, p.at})
	}
	for _, name := range knownFamilies {
		if f := b.families[name]; f != nil {
			b.x.known[name] = b.resolve(text{value: name}, f)
		}
	}
	if len(b.problems) > 0 {
		sort.SliceStable(b.problems, func(i, j int) bool {
			p, q := b.problems[i], b.problems[j]
			if p.file != q.file {
				return p.file < q.file
			}
			return p.line < q.line
		})
		return nil, b.problems
	}
	b.x.trie.finish(len(b.syms) + int(symFirst))
	b.x.words.finish(b.numbers)
	b.x.words.lay(b.x.trie)
	b.x.numbers = b.x.trie.set(b.numbers)
	for r := range b.x.named {
		b.x.named[r] = b.x.trie.set(b.nameSyms(role(r)))
	}
	return b.x, nil
}

// nameSyms returns the families a name belongs to whose bearer has the role.
func (b *builder) nameSyms(r role) []sym {
	key := map[role]string{roleChild: "@child_name", roleCarer: "@adult_name", roleAlleged: "@adult_name",
		roleVictim: "@adult_name", roleOutsider: "@other_name"}[r]
	list := []sym{}
	if s, ok := b.syms[key]; ok {
		list = addSym(list, s) // "@child_name" by itself in a phrase
	}
	for _, f := range b.families {
		if f.state == 2 && f.sym != symNone && f.all[key] {
			list = addSym(list, f.sym)
		}
	}
	sort.Slice(list, func(i, j int) bool { return list[i] < list[j] })
	return list
}
