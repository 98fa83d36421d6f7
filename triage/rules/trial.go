package rules

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ppn-triage/ppn-triage/triage"
)

// A trial is a matter in few words: the examples of a rule and the cases of
// a case file. Its day is made up.
type trial struct {
	matter triage.Matter
	at     at
}

// trialDay is the incident date of a notice that gives none.
var trialDay = time.Date(2026, 9, 15, 0, 0, 0, 0, time.UTC)

// readTrial reads an example: a mapping with one notice in it.
func (c *compiler) readTrial(m *mapping, key string) *trial {
	n, p := m.need(key)
	if n == nil {
		return nil
	}
	tm := c.r.mapping(n, fmt.Sprintf("%q", key))
	if tm == nil {
		return nil
	}
	t := &trial{at: p}
	t.matter.At = trialDay
	c.readNotice(tm, &t.matter)
	c.readPast(tm, &t.matter)
	tm.done()
	return t
}

// readNotice adds a notice to a matter. Its keys: date, child or children,
// facts, grade, dash, ticks, quality, unreadable, struck.
func (c *compiler) readNotice(m *mapping, out *triage.Matter) {
	e := triage.Entry{Seq: uint64(len(out.Entries) + 1), Readable: !m.flag("unreadable"), Struck: m.flag("struck"), Received: trialDay}
	e.Reading.IncidentDate, e.Reading.DashTicks = trialDay.Format(time.DateOnly), -1
	if m.has("date") {
		e.Reading.IncidentDate, _ = m.text("date", true)
	}
	day := incidentDate(&e)
	entry := len(out.Entries)
	children := m.words("children")
	if m.has("child") {
		s, p := m.text("child", true)
		children = append([]word{{s, p}}, children...)
	}
	for _, w := range children {
		c.readChild(w, day, entry, &e.Reading, out)
	}
	for _, w := range m.words("facts") {
		e.Reading.Facts = append(e.Reading.Facts, c.readFact(w))
	}
	e.Reading.PoliceGrade, _ = m.text("grade", false)
	e.Reading.Dash, _ = m.text("dash", false)
	if m.has("ticks") {
		e.Reading.DashTicks = m.number("ticks", 0, 50)
	}
	for _, w := range m.words("quality") {
		e.Reading.Quality = append(e.Reading.Quality, w.text)
	}
	out.Entries = append(out.Entries, e)
}

// readChild reads "8m", "14y", "unborn", "unknown" or "10y+" (no age is
// stated, but the text allows no younger), then "disabled" or a status. A
// name before "=" tells the same child in several notices: "a=8m".
func (c *compiler) readChild(w word, day time.Time, entry int, r *triage.Reading, out *triage.Matter) {
	id, text, named := strings.Cut(w.text, "=")
	if !named {
		id, text = fmt.Sprintf("c%d", len(r.People)+1), w.text
	}
	p, status := triage.Person{Role: triage.RoleChild}, ""
	for i, s := range strings.Fields(text) {
		switch {
		case i == 0 && s == "unborn":
			p.Unborn = true
		case i == 0 && s == "unknown":
		case i == 0 && c.readAge(s, day, &p):
		case i > 0 && s == "disabled":
			p.Disabled = true
		case i > 0 && slices.Contains(c.words["c.status"], s):
			status = s
		default:
			c.r.report(w.at, "child %q: %q is no age (8m, 14y, 10y+, unborn, unknown), nor \"disabled\" or a status", w.text, s)
		}
	}
	at := slices.IndexFunc(out.Children, func(k triage.Child) bool { return k.ID == id })
	if at < 0 {
		at = len(out.Children)
		out.Children = append(out.Children, triage.Child{ID: id, Person: p})
	}
	k := &out.Children[at]
	k.From = append(k.From, triage.Mention{Entry: entry, Person: len(r.People)})
	if status != "" {
		k.Status = status
	}
	r.People = append(r.People, p)
}

func (c *compiler) readAge(s string, day time.Time, p *triage.Person) bool {
	s, open := strings.CutSuffix(s, "+")
	months := 1
	if strings.HasSuffix(s, "y") {
		months = 12
	} else if !strings.HasSuffix(s, "m") {
		return false
	}
	n, err := strconv.Atoi(s[:len(s)-1])
	if err != nil || n < 0 || n > 40*12 {
		return false
	}
	p.BornTo = day.AddDate(0, -n*months, 0).Format(time.DateOnly)
	p.BornFrom = day.AddDate(0, -(n+1)*months, 1).Format(time.DateOnly)
	p.AgeStated = !open
	return true
}

var (
	polarities = map[string]triage.Polarity{"present": triage.Present, "possible": triage.Possible, "absent": triage.Absent, "hypothetical": triage.Hypothetical}
	times      = map[string]triage.Time{"current": triage.Current, "historic": triage.Historic}
	holders    = map[string]triage.Holder{"child": triage.HolderChild, "carer": triage.HolderCarer, "home": triage.HolderHome, "other": triage.HolderOther}
)

// readFact reads "slug/sign|sign" and then any of: a polarity, a time,
// "closed", a holder, "of=1" (the first child of the notice).
func (c *compiler) readFact(w word) triage.Fact {
	f := triage.Fact{Polarity: triage.Present, Time: triage.Current, Holder: triage.HolderHome, Child: -1}
	for i, s := range strings.Fields(w.text) {
		polarity, isPolarity := polarities[s]
		when, isTime := times[s]
		holder, isHolder := holders[s]
		owner, isOwner := strings.CutPrefix(s, "of=")
		switch {
		case i == 0:
			p := parsePath(s)
			if fault := c.vocab.fault(p); fault != "" {
				c.r.report(w.at, "%s", fault)
			}
			f.Slug, f.Signs = p.slug, slices.Sorted(slices.Values(p.signs))
		case isPolarity:
			f.Polarity = polarity
		case isTime:
			f.Time = when
		case s == "closed":
			f.Closed = true
		case isHolder:
			f.Holder = holder
		case isOwner && len(owner) == 1 && owner >= "1" && owner <= "9":
			f.Child = int(owner[0] - '1')
		default:
			c.r.report(w.at, "fact %q: %q is no polarity, time, holder, \"closed\" or \"of=1\"", w.text, s)
		}
	}
	return f
}

// readPast reads earlier incidents, "offending 20d harm uncounted" (rules,
// how long before, what they count), and the closing date.
func (c *compiler) readPast(m *mapping, out *triage.Matter) {
	day := trialDay
	if len(out.Entries) > 0 {
		day = incidentDate(&out.Entries[0])
	}
	for _, w := range m.words("past") {
		i := triage.PastIncident{Counted: true, Date: day.Format(time.DateOnly)}
		for n, s := range strings.Fields(w.text) {
			days, err := strconv.Atoi(strings.TrimSuffix(s, "d"))
			switch {
			case n == 0:
				i.Slugs = strings.Split(s, ",")
			case err == nil && strings.HasSuffix(s, "d"):
				i.Date = day.AddDate(0, 0, -days).Format(time.DateOnly)
			case s == "harm":
				i.Harm = true
			case s == "uncounted":
				i.Counted = false
			default:
				c.r.report(w.at, "past %q: %q is not of the form 20d, nor \"harm\" or \"uncounted\"", w.text, s)
			}
		}
		for _, id := range i.Slugs {
			if _, ok := c.rules[id]; !ok {
				c.r.report(w.at, "past %q: unknown rule %q", w.text, id)
			}
		}
		out.History.Incidents = append(out.History.Incidents, i)
	}
	out.History.ClosedAt, _ = m.text("closed", false)
}

// decides tells whether a case decides its rule for the first child of an
// example.
func (p *policy) decides(t *trial, u *rule, k *ruleCase) bool {
	_, rs, _ := p.assess(&t.matter, "")
	return slices.ContainsFunc(rs[0].t.rows, func(r row) bool { return r.rule == u && r.kase == k && r.full })
}

// runExamples holds every case against its own examples.
func (s *Set) runExamples(lines []string) (out Problems) {
	r := &reader{file: policyFile, lines: lines}
	for _, u := range s.policy.order {
		for _, k := range u.cases {
			if !s.policy.decides(k.fires, u, k) {
				r.report(k.fires.at, "the example of %s does not fire it", label(u.id, k.id))
			}
			if s.policy.decides(k.near, u, k) {
				r.report(k.near.at, "the near miss of %s fires it", label(u.id, k.id))
			}
			if !k.near.mentions(u.on) {
				r.report(k.near.at, "the near miss of %s holds no fact that the rule looks at", label(u.id, k.id))
			}
		}
	}
	return r.problems
}

func (t *trial) mentions(slugs []string) bool {
	return slices.ContainsFunc(t.matter.Entries, func(e triage.Entry) bool {
		return slices.ContainsFunc(e.Reading.Facts, func(f triage.Fact) bool { return slices.Contains(slugs, f.Slug) })
	})
}

// unused warns of facts that no rule and no condition looks at.
func (s *Set) unused(lines []string) Problems {
	used := map[string]bool{}
	for _, u := range s.policy.order {
		for _, slug := range u.on {
			used[slug] = true
		}
	}
	for _, p := range s.policy.paths {
		used[p.slug] = true
	}
	for _, slug := range s.policy.restricted {
		used[slug] = true
	}
	r := &reader{file: factsFile, lines: lines}
	for i, line := range lines {
		slug, _, ok := strings.Cut(strings.TrimSpace(line), ":")
		if ok && s.vocab[slug] != nil && !used[slug] {
			r.warn(at{i + 1, strings.Index(line, slug) + 1}, "no rule looks at fact %q", slug)
		}
	}
	return r.problems
}

func splitLines(data []byte) []string {
	return strings.Split(strings.ReplaceAll(string(data), "\r\n", "\n"), "\n")
}

// bandName is the word for a band in the rules' files.
func bandName(b triage.Band) string {
	for name, v := range bands {
		if v == b {
			return name
		}
	}
	return strconv.Itoa(int(b))
}
