package rules

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"cel.dev/cel-go/cel"

	"github.com/ppn-triage/ppn-triage/triage"
)

// Bounds of a ruleset: what one Score may cost at most follows from them.
const (
	maxRules  = 300
	maxCases  = 12
	maxPoints = 1000
)

// slugForm is the form of ids; cinForm that of the factor codes of the
// Department for Education's children in need census.
var (
	slugForm = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
	cinForm  = regexp.MustCompile(`^([1-9]|1[0-9]|2[0-9])[A-F]?(/([1-9]|1[0-9]|2[0-9])[A-F]?)?$`)
)

// statuses are the words of Child.Status.
var statuses = []string{"child_protection", "looked_after", "child_in_need"}

func newCompiler(r *reader, v vocabulary) (*compiler, error) {
	e, err := newEnv()
	grades := slices.Sorted(maps.Keys(gradeRank))
	return &compiler{r: r, vocab: v, env: e, paths: map[string]path{}, defines: map[string]*cond{}, soften: map[string]bool{},
		rules: map[string][]string{}, tags: map[string]bool{}, words: map[string][]string{
			"n.grade": grades, "e.grade": grades, "n.dash": grades, "e.dash": grades, "c.status": statuses}}, err
}

// readPolicy reads and checks policy.yaml against the vocabulary.
func readPolicy(data []byte, v vocabulary) (*policy, Problems) {
	r, m := open(policyFile, data)
	if m == nil {
		return nil, r.problems
	}
	c, err := newCompiler(r, v)
	if err != nil {
		r.report(at{}, "%v", err)
		return nil, r.problems
	}
	p := &policy{paths: c.paths, defines: c.defines}
	m.number("version", 1, 1)
	p.title, _ = m.text("title", true)
	p.source, _ = m.text("source", true)
	p.readScore(m.sub("score"))
	p.anyHolder = c.factSet(m, "any_holder")
	for slug := range c.factSet(m, "softening") {
		c.soften[slug] = true
	}
	rules := m.maps("rules", "a rule")
	c.announce(rules)
	c.readDefines(m)
	for _, rm := range rules {
		p.order = append(p.order, c.readRule(rm))
	}
	p.rules = c.sorted(p.order)
	p.readInteraction(c, m.sub("interaction"))
	p.readVulnerability(c, m)
	p.readHistory(c, m.sub("history"))
	p.readQuality(c, m.sub("quality"))
	p.nothingRead = c.readNet(m.sub("nothing_read"))
	p.manualRead = c.readNet(m.sub("manual_read"))
	for _, w := range m.words("restricted_facts") {
		c.known(w)
		p.restricted = append(p.restricted, w.text)
	}
	m.done()
	return p, r.problems
}

func (p *policy) readScore(m *mapping) {
	p.cut = map[triage.Band]int{}
	if m == nil {
		return
	}
	cut := m.sub("cut_offs")
	p.cut[triage.Red] = cut.points("RED")
	p.cut[triage.Amber] = cut.points("AMBER")
	p.cut[triage.Green] = cut.points("GREEN")
	cut.done()
	if cut != nil && !(p.cut[triage.Red] > p.cut[triage.Amber] && p.cut[triage.Amber] > p.cut[triage.Green]) {
		m.r.report(cut.at, "the cut-offs must fall from RED to GREEN")
	}
	p.lift = m.band("lift_to")
	p.others = m.share("share_of_others")
	p.cap = m.points("cap")
	p.adult = 12 * m.number("adult_from", 1, 30)
	h := m.sub("historic")
	p.historic = reduction{share: h.share("share"), cap: h.points("cap"), closed: h.band("closed_floor")}
	h.done()
	m.done()
}

// points reads whole points and gives hundredths.
func (m *mapping) points(key string) int {
	if m == nil {
		return 0
	}
	return 100 * m.number(key, 0, maxPoints)
}

// share reads a percentage. Tens only: points are kept in hundredths and a
// share of a share must still be exact, as scores are never rounded.
func (m *mapping) share(key string) int {
	if m == nil {
		return 0
	}
	n := m.number(key, 0, 100)
	if n%10 != 0 {
		m.r.report(nodePlace(m.fields[key].node), "%q must be a multiple of 10 per cent, so that scores stay exact in hundredths", key)
	}
	return n
}

func (m *mapping) band(key string) triage.Band {
	s, p := m.text(key, true)
	b, ok := bands[s]
	if m != nil && s != "" && !ok {
		m.r.report(p, "%q must be RED, AMBER, GREEN, BLUE or none, not %q", key, s)
	}
	return b
}

// factSet reads a list of facts that the vocabulary must know.
func (c *compiler) factSet(m *mapping, key string) map[string]bool {
	set := map[string]bool{}
	for _, w := range m.words(key) {
		c.known(w)
		set[w.text] = true
	}
	return set
}

func (c *compiler) known(w word) {
	if fault := c.vocab.fault(path{slug: w.text}); fault != "" {
		c.r.report(w.at, "%s", fault)
	}
}

// announce notes ids, cases and tags of all rules first, as conditions may
// ask for a rule that stands further down.
func (c *compiler) announce(rules []*mapping) {
	for _, m := range rules {
		f, ok := m.fields["id"]
		if !ok {
			continue
		}
		id, _ := c.r.scalar(f.node, `"id"`)
		if _, twice := c.rules[id]; twice {
			c.r.report(nodePlace(f.node), "rule %q stands twice", id)
		}
		c.rules[id] = []string{}
		for _, t := range m.words("tags") {
			c.tags[t.text] = true
		}
		n, _ := m.take("cases")
		if n == nil {
			continue
		}
		for _, k := range c.r.list(n, `"cases"`) {
			if km := c.r.mapping(k, "a case"); km != nil && km.has("id") {
				kid, _ := c.r.scalar(km.fields["id"].node, `"id"`)
				c.rules[id] = append(c.rules[id], kid)
			}
		}
	}
	if len(rules) > maxRules {
		c.r.report(rules[maxRules].at, "more than %d rules", maxRules)
	}
}

func (m *mapping) id() (string, at) {
	id, p := m.text("id", true)
	if id != "" && !slugForm.MatchString(id) {
		m.r.report(p, "id %q must be lower case letters, digits and _", id)
	}
	return id, p
}

func (m *mapping) cin() string {
	s, p := m.text("cin", true)
	if s == "none" {
		return ""
	}
	if s != "" && !cinForm.MatchString(s) {
		m.r.report(p, "%q is no factor code of the children in need census (1A to 24A), nor \"none\"", s)
	}
	return s
}

// readRule reads one rule. Everything a rule must have is an error here.
func (c *compiler) readRule(m *mapping) *rule {
	u := &rule{at: m.at}
	u.id, _ = m.id()
	m.what = fmt.Sprintf("rule %q", u.id)
	u.title, _ = m.text("title", true)
	u.source, _ = m.text("source", true)
	u.cin = m.cin()
	u.harm = m.flag("harm")
	u.though = m.flag("though_historic")
	for _, t := range m.words("tags") {
		u.tags = append(u.tags, t.text)
	}
	m.need("on")
	for _, w := range m.words("on") {
		c.known(w)
		u.on = append(u.on, w.text)
	}
	if len(u.on) == 0 && m.has("on") {
		c.r.report(m.at, "rule %q looks at no fact", u.id)
	}
	u.only = c.asked(m, "for", u)
	u.dagger = c.asked(m, "dagger", u)
	u.restricted = c.asked(m, "restricted", u)
	u.unsafe = c.asked(m, "unsafe", u)
	if m.has("cin_if") {
		for _, k := range m.maps("cin_if", "a case of cin_if") {
			u.cinIf = append(u.cinIf, cinCase{c.asked(k, "when", u), k.cin()})
			k.done()
		}
	}
	c.readCases(m, u)
	u.tops = slices.Compact(slices.Sorted(slices.Values(u.tops)))
	m.done()
	return u
}

// asked compiles a condition of a rule and notes what it needs to be known.
func (c *compiler) asked(m *mapping, key string, u *rule) *cond {
	k := c.condition(m, key, u.on)
	if k != nil {
		u.tops = append(u.tops, k.tops...)
	}
	return k
}

func (c *compiler) readCases(m *mapping, u *rule) {
	cases := m.maps("cases", "a case")
	if m.has("cases") && len(cases) == 0 {
		c.r.report(m.at, "rule %q has no case", u.id)
	}
	if len(cases) > maxCases {
		c.r.report(cases[maxCases].at, "rule %q has more than %d cases", u.id, maxCases)
	}
	for _, km := range cases {
		k := &ruleCase{at: km.at}
		k.id, _ = km.id()
		km.what = fmt.Sprintf("case %q of rule %q", k.id, u.id)
		km.need("when")
		k.when = c.asked(km, "when", u)
		k.floor = km.band("floor")
		k.weight = km.points("weight")
		k.fires = c.readTrial(km, "fires")
		k.near = c.readTrial(km, "near")
		km.done()
		for _, before := range u.cases {
			if before.id == k.id {
				c.r.report(km.at, "case %q stands twice in rule %q", k.id, u.id)
			}
			if before.floor < k.floor || before.weight < k.weight {
				c.r.report(km.at, "case %q is graver than %q above it: cases run from grave to light, as the first that fits counts", k.id, before.id)
			}
		}
		u.cases = append(u.cases, k)
	}
}

// readDefines compiles the named conditions. They cannot use one another, so
// that the cost of a condition stays bounded by its length.
func (c *compiler) readDefines(m *mapping) {
	if !m.has("define") {
		return
	}
	named := map[string]*cond{}
	for _, d := range m.maps("define", "a definition") {
		id, p := d.id()
		d.need("is")
		k := c.condition(d, "is", nil)
		d.done()
		if k == nil || id == "" {
			continue
		}
		if _, twice := named[id]; twice {
			c.r.report(p, "definition %q stands twice", id)
		}
		named[id] = k
	}
	options := []cel.EnvOption{}
	for id, k := range named {
		c.defines[id] = k
		options = append(options, cel.Variable(id, cel.BoolType))
	}
	env, err := c.env.Extend(options...)
	if err != nil {
		c.r.report(m.at, "define: %v", err)
		return
	}
	c.env = env
}

// sorted orders rules so that each stands after those it asks for; rules of a
// circle are reported.
func (c *compiler) sorted(rules []*rule) (out []*rule) {
	done, open := map[*rule]bool{}, []*rule{}
	var visit func(u *rule)
	visit = func(u *rule) {
		if done[u] {
			return
		}
		if i := slices.Index(open, u); i >= 0 {
			ids := []string{}
			for _, o := range append(open[i:], u) {
				ids = append(ids, o.id)
			}
			c.r.report(u.at, "rules wait for one another: %s", strings.Join(ids, ", "))
			return
		}
		open = append(open, u)
		for _, before := range rules {
			if before.awaited(u.tops) {
				visit(before)
			}
		}
		open = open[:len(open)-1]
		if !done[u] {
			done[u], out = true, append(out, u)
		}
	}
	for _, u := range rules {
		visit(u)
	}
	return out
}

// awaited tells whether the rule must be known before one that asks for tops.
func (u *rule) awaited(tops []string) bool {
	if slices.Contains(tops, u.id) {
		return true
	}
	return slices.ContainsFunc(u.tags, func(t string) bool { return slices.Contains(tops, "#"+t) })
}
