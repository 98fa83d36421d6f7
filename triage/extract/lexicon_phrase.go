package extract

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// elem is one element of a phrase: a symbol, possibly optional, or a gap.
type elem struct {
	sym      sym
	family   *family // for its members of several words
	optional bool
	gap      bool
	min, max int
	brk      brk
}

// pendingPerson is a people family whose words become mentions once all
// families are known.
type pendingPerson struct {
	name text
	at   int32
	file string
}

var gapForm = regexp.MustCompile(`^<(?:(\d+)-)?(\d+)>$`)

// phrase compiles one phrase into the trie, ending in o.
func (b *builder) phrase(p text, o out) {
	elems := b.elems(p)
	if len(elems) == 0 {
		return
	}
	if elems[0].gap || elems[len(elems)-1].gap || !slices.ContainsFunc(elems, func(e elem) bool { return !e.gap && !e.optional }) {
		b.fail(p, "phrase %q must begin and end with a word, and not all may be left out", p.value)
		return
	}
	b.x.outs = append(b.x.outs, o)
	front := []int32{0}
	for _, e := range elems {
		front = b.add(front, e)
	}
	for _, n := range front {
		b.x.trie.nodes[n].outs = append(b.x.trie.nodes[n].outs, int32(len(b.x.outs)-1))
	}
}

// add leads every node of front over one element and returns where it ends.
func (b *builder) add(front []int32, e elem) []int32 {
	t := b.x.trie
	if e.gap {
		to := t.node()
		for _, n := range front {
			t.nodes[n].gaps = append(t.nodes[n].gaps, trieGap{e.min, e.max, e.brk, to})
		}
		return []int32{to}
	}
	var to int32
	if len(front) == 1 && !e.optional && (e.family == nil || len(e.family.phrases) == 0) {
		to = t.step(front[0], e.sym)
	} else {
		to = t.node()
		for _, n := range front {
			t.link(n, e.sym, to)
		}
	}
	if e.family != nil {
		for _, member := range e.family.phrases {
			b.join(front, member, to)
		}
	}
	if e.optional {
		return append(append([]int32{}, front...), to)
	}
	return []int32{to}
}

// join leads front over a member of several words into node to.
func (b *builder) join(front []int32, member []elem, to int32) {
	t := b.x.trie
	for _, e := range member[:len(member)-1] {
		front = b.add(front, e)
	}
	last := member[len(member)-1]
	for _, n := range front {
		t.link(n, last.sym, to)
	}
	if last.family != nil {
		for _, inner := range last.family.phrases {
			b.join(front, inner, to)
		}
	}
}

// elems reads the elements of a phrase; the format is described at the top of
// deploy/rules/lexicon/cues.yaml.
func (b *builder) elems(p text) []elem {
	var out []elem
	for _, w := range strings.Fields(p.value) {
		if m := gapForm.FindStringSubmatch(w); m != nil {
			lo, _ := strconv.Atoi(m[1])
			hi, _ := strconv.Atoi(m[2])
			if lo > hi || hi > 12 {
				b.fail(p, "gap %s: at most 12 words, the smaller number first", w)
			}
			out = append(out, elem{gap: true, min: lo, max: hi, brk: brkParen})
			continue
		}
		if w == ":" {
			out = append(out, elem{gap: true, brk: brkTab})
			continue
		}
		e := elem{}
		if strings.HasSuffix(w, "?") {
			e.optional, w = true, strings.TrimSuffix(w, "?")
		}
		for _, part := range splitHyphen(w) {
			e.sym, e.family = b.symbol(text{part, p.line, p.col})
			if e.sym == symNone {
				return nil
			}
			out = append(out, e)
		}
	}
	return out
}

// splitHyphen parts "self-harm" as the scanner does, and "place_of_safety", which
// needs no _ where it stands alone.
func splitHyphen(w string) []string {
	if strings.ContainsAny(w, "|@<") {
		return []string{w}
	}
	return strings.FieldsFunc(w, func(r rune) bool { return r == '-' || r == '_' })
}

// symbol returns the symbol of a word, stem, inflected word, family or set of
// alternatives, and the family where there is one.
func (b *builder) symbol(w text) (sym, *family) {
	switch {
	case strings.Contains(w.value, "|"):
		f := b.families[w.value]
		if f == nil {
			f = &family{file: b.file}
			for _, part := range strings.Split(w.value, "|") {
				if !strings.HasPrefix(part, "@") {
					part = strings.ReplaceAll(part, "_", " ")
				}
				f.members = append(f.members, text{part, w.line, w.col})
			}
			b.families[w.value] = f
		}
		return b.resolve(w, f), f
	case strings.HasPrefix(w.value, "@"):
		if builtin[w.value] {
			return b.newSym(w.value), nil
		}
		f := b.families[w.value[1:]]
		if f == nil {
			b.fail(w, "unknown family %q", w.value)
			return symNone, nil
		}
		return b.resolve(w, f), f
	}
	if s, ok := b.syms[w.value]; ok {
		return s, nil
	}
	s := b.newSym(w.value)
	b.word(w, s)
	return s, nil
}

// builtin families are filled with the names of the notice's people.
var builtin = map[string]bool{"@child_name": true, "@adult_name": true, "@other_name": true}

func (b *builder) newSym(key string) sym {
	if s, ok := b.syms[key]; ok {
		return s
	}
	s := symFirst + sym(len(b.syms)) - 1
	b.syms[key] = s
	return s
}

// word gives every form of a word the symbol.
func (b *builder) word(w text, s sym) {
	v := w.value
	switch {
	case v == "#":
		b.numbers = addSym(b.numbers, s)
	case strings.HasSuffix(v, "*"):
		if stem := foldText(strings.TrimSuffix(v, "*")); len(stem) >= 3 {
			b.x.words.addStem(stem, s)
			b.x.words.addWord(stem, s)
		} else {
			b.fail(w, "stem %q is too short", v)
		}
	case strings.HasSuffix(v, "~"):
		for _, form := range inflect(foldText(strings.TrimSuffix(v, "~"))) {
			b.x.words.addWord(form, s)
		}
	default:
		f := foldText(v)
		if f == "" {
			b.fail(w, "%q is no word", v)
			return
		}
		b.x.words.addWord(f, s)
	}
}

// resolve gives a family its symbol and its words.
func (b *builder) resolve(at text, f *family) sym {
	if f.state == 2 {
		return f.sym
	}
	if f.state == 1 {
		b.fail(at, "family %q contains itself", at.value)
		return symNone
	}
	f.state = 1
	f.sym = b.newSym(fmt.Sprintf("family %p", f))
	f.all = map[string]bool{}
	file := b.file
	b.file = f.file
	for _, m := range f.members {
		b.member(f, m)
	}
	b.file = file
	f.state = 2
	return f.sym
}

func (b *builder) member(f *family, m text) {
	if builtin[m.value] {
		f.all[m.value] = true
		return
	}
	if strings.HasPrefix(m.value, "@") && !strings.Contains(m.value, " ") {
		inner := b.families[m.value[1:]]
		if inner == nil {
			b.fail(m, "unknown family %q", m.value)
			return
		}
		b.resolve(m, inner)
		for w := range inner.all {
			b.take(f, text{w, m.line, m.col})
		}
		f.phrases = append(f.phrases, inner.phrases...)
		return
	}
	if strings.ContainsAny(m.value, " -|?") {
		if elems := b.elems(m); len(elems) > 1 {
			f.phrases = append(f.phrases, elems)
		}
		return
	}
	b.take(f, m)
}

// take gives one single word (or name class) to the family.
func (b *builder) take(f *family, w text) {
	if f.all[w.value] {
		return
	}
	f.all[w.value] = true
	if !builtin[w.value] {
		b.word(w, f.sym)
	}
}

// foldText folds a word of the lexicon as the scanner folds the letter's.
func foldText(w string) string {
	var out strings.Builder
	for i := 0; i < len(w); {
		c := w[i]
		switch {
		case isLetter(c):
			out.WriteByte(c | 0x20)
		case isDigit(c) || c == '/':
			out.WriteByte(c)
		case c >= 0x80:
			if f := foldRune(w[i:]); f != 0 {
				out.WriteByte(f)
			}
			i += runeLen(w[i:])
			continue
		}
		i++
	}
	return out.String()
}

// inflect returns a regular word's forms: hit, hits, hitting, hitted. Forms
// that do not exist do no harm; irregular ones stand in the lexicon.
func inflect(w string) []string {
	n := len(w)
	if n < 2 {
		return []string{w}
	}
	forms := []string{w, w + "s"}
	last := w[n-1]
	switch {
	case last == 'e':
		return append(forms, w+"d", w[:n-1]+"ing")
	case last == 'y' && !strings.ContainsRune("aeiou", rune(w[n-2])):
		return append(forms, w[:n-1]+"ies", w[:n-1]+"ied", w+"ing")
	case strings.HasSuffix(w, "s"), strings.HasSuffix(w, "sh"), strings.HasSuffix(w, "ch"), strings.HasSuffix(w, "x"), strings.HasSuffix(w, "z"):
		return append(forms, w+"es", w+"ed", w+"ing")
	}
	forms = append(forms, w+"ed", w+"ing")
	if strings.ContainsRune("bdgklmnprt", rune(last)) && strings.ContainsRune("aeiou", rune(w[n-2])) {
		forms = append(forms, w+string(last)+"ed", w+string(last)+"ing")
	}
	return forms
}
