package rules

// The parts of policy.yaml below the table: interaction, vulnerability,
// history, quality and the safety net.

func (p *policy) readInteraction(c *compiler, m *mapping) {
	if m == nil {
		return
	}
	p.interaction.points = map[int]int{2: m.points("two"), 3: m.points("three")}
	for _, k := range m.maps("circumstances", "a circumstance") {
		k.text("name", true)
		ids := []string{}
		for id := range c.ruleSet(k, "any") {
			ids = append(ids, id)
		}
		p.interaction.circumstances = append(p.interaction.circumstances, ids)
		k.done()
	}
	if n := len(p.interaction.circumstances); n != 3 {
		c.r.report(m.at, "three circumstances expected, not %d", n)
	}
	m.done()
}

// ruleSet reads a list of rules that must exist.
func (c *compiler) ruleSet(m *mapping, key string) map[string]bool {
	set := map[string]bool{}
	m.need(key)
	for _, w := range m.words(key) {
		if _, ok := c.rules[w.text]; !ok {
			c.r.report(w.at, "unknown rule %q", w.text)
		}
		set[w.text] = true
	}
	return set
}

func (p *policy) readVulnerability(c *compiler, m *mapping) {
	for _, g := range m.maps("vulnerability", "a vulnerability") {
		name, _ := g.text("name", true)
		p.vulnerable = append(p.vulnerable, group{name, c.readPoints(g, "cases")})
		g.done()
	}
}

func (c *compiler) readPoints(m *mapping, key string) (out []pointCase) {
	for _, k := range m.maps(key, "a case") {
		id, _ := k.id()
		k.need("when")
		out = append(out, pointCase{id, c.condition(k, "when", []string{}), k.points("points")})
		k.done()
	}
	return out
}

func (p *policy) readHistory(c *compiler, m *mapping) {
	if m == nil {
		return
	}
	h := &p.history
	h.ownRow = c.ruleSet(m, "own_row_only")
	h.silent = c.ruleSet(m, "no_incident")
	for _, k := range m.maps("steps", "a step") {
		id, _ := k.id()
		h.steps = append(h.steps, step{id, k.number("count", 2, 20), k.window(), k.points("points"), k.band("floor")})
		k.done()
	}
	if k := m.sub("pattern"); k != nil {
		h.pattern = pattern{rules: c.ruleSet(k, "rules"), floor: k.band("floor")}
		h.pattern.flag, _ = k.text("flag", true)
		k.done()
	}
	if k := m.sub("third_incident"); k != nil {
		h.third = third{k.number("count", 2, 20), k.window(), k.number("harm", 0, 20), k.band("own_floor"), k.band("floor")}
		k.done()
	}
	for _, k := range m.maps("closed", "a case of closed") {
		h.closed = append(h.closed, closure{k.window(), k.points("points")})
		k.done()
	}
	m.done()
}

// window reads "days" or "months".
func (m *mapping) window() window {
	if m.has("days") == m.has("months") {
		m.r.report(m.at, "%s needs either \"days\" or \"months\"", m.what)
		m.take("days")
		m.take("months")
		return window{}
	}
	if m.has("days") {
		return window{days: m.number("days", 1, 3660)}
	}
	return window{months: m.number("months", 1, 120)}
}

func (p *policy) readQuality(c *compiler, m *mapping) {
	if m == nil {
		return
	}
	p.quality.each, p.quality.cap = m.points("each"), m.points("cap")
	c.words["q.has"] = []string{}
	for _, w := range m.words("findings") {
		c.words["q.has"] = append(c.words["q.has"], w.text)
	}
	for _, k := range m.maps("essentials", "an essential") {
		id, _ := k.id()
		k.need("when")
		p.quality.essentials = append(p.quality.essentials, pointCase{id, c.condition(k, "when", []string{}), p.quality.each})
		k.done()
	}
	m.done()
}

func (c *compiler) readNet(m *mapping) net {
	if m == nil {
		return net{}
	}
	n := net{floor: m.band("floor"), except: c.factSet(m, "except")}
	n.flag, _ = m.text("flag", true)
	m.done()
	return n
}
