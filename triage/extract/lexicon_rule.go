package extract

import (
	"sort"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// rule takes in one rule of a file's facts.
func (b *builder) rule(n ast.Node) {
	var r rule
	var phrases []text
	for _, f := range b.mapping(n) {
		v := f.value
		switch f.key.value {
		case "rule":
			t := b.scalar(v)
			r.id = t.value
			if b.rules[r.id] {
				b.fail(t, "rule %q stands twice", r.id)
			}
			b.rules[r.id] = true
		case "whom":
			t := b.scalar(v)
			w, ok := whomNames[t.value]
			if !ok {
				b.fail(t, "whom is near, subject, object, doer, owner or nobody, not %q", t.value)
			}
			r.whom = w
		case "holder":
			t := b.scalar(v)
			r.holder = holderNames[t.value]
			if r.holder == holderByPerson {
				b.fail(t, "holder is child, carer or home, not %q", t.value)
			}
		case "despite":
			r.despite = b.sigSet(v)
		case "beside":
			r.beside = b.conditions(v)
		case "without":
			r.without = b.conditions(v)
		case "between":
			r.between = b.scalar(v).value == "true"
		case "by":
			t := b.scalar(v)
			if t.value != "adult" {
				b.fail(t, "by is adult, not %q", t.value)
			}
			r.byAdult = true
		case "things":
			r.things = b.scalar(v).value == "true"
		case "alone":
			r.alone = b.scalar(v).value == "true"
		case "denied":
			r.denied = b.scalar(v).value == "true"
		case "phrases":
			phrases = b.wordList(v)
		default:
			b.gives(&r, f)
		}
	}
	if r.id == "" {
		b.fail(place(n), "a fact needs a rule name")
	}
	if r.child == nil && r.adult == nil && r.outside == nil && r.unclear == nil {
		b.fail(place(n), "rule %q yields no fact", r.id)
	}
	b.x.rules = append(b.x.rules, r)
	b.phrases(place(n), phrases, out{outRule, int32(len(b.x.rules) - 1)})
}

// conditions reads facts as "slug" or "slug/sign".
func (b *builder) conditions(n ast.Node) (g giving) {
	for _, t := range b.list(n) {
		slug, sign, signed := strings.Cut(t.value, "/")
		if !b.slug(text{slug, t.line, t.col}) {
			continue
		}
		y := yield{slug: slug}
		if signed {
			y.signs = []string{sign}
			if !b.x.signs[slug][sign] {
				b.fail(t, "fact %q has no sign %q in facts.yaml", slug, sign)
			}
		}
		g = append(g, y)
	}
	return g
}

// gives reads what a rule yields: "gives" for everybody, or by person.
func (b *builder) gives(r *rule, f yamlKey) {
	var g giving
	for _, y := range b.mapping(f.value) {
		if !b.slug(y.key) {
			continue
		}
		signs := []string{}
		for _, s := range b.list(y.value) {
			if !b.x.signs[y.key.value][s.value] {
				b.fail(s, "fact %q has no sign %q in facts.yaml", y.key.value, s.value)
			}
			signs = append(signs, s.value)
		}
		sort.Strings(signs)
		g = append(g, yield{y.key.value, signs})
	}
	switch f.key.value {
	case "gives":
		r.child, r.adult, r.unclear = g, g, g
	case "child":
		r.child = g
	case "adult":
		r.adult = g
	case "outsider":
		r.outside = g
	case "unclear":
		r.unclear = g
	default:
		b.fail(f.key, "unknown key %q", f.key.value)
	}
}
