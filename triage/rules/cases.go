package rules

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/ppn-triage/ppn-triage/triage"
)

// Test runs a case file against the ruleset: matters in few words and what
// they must score. It gives every case that does not hold, with its place; a
// case file is read as strictly as the rules are.
func (s *Set) Test(name string, data []byte) Problems {
	r, m := open(name, data)
	c := &compiler{r: r, vocab: s.vocab, rules: map[string][]string{}, words: map[string][]string{"c.status": statuses}}
	for _, u := range s.policy.order {
		c.rules[u.id] = nil
	}
	if m == nil {
		return r.problems
	}
	for _, k := range m.maps("cases", "a case") {
		k.text("about", true)
		matter := triage.Matter{At: trialDay}
		for _, n := range k.maps("notices", "a notice") {
			c.readNotice(n, &matter)
			n.done()
		}
		c.readPast(k, &matter)
		s.compare(matter, k.sub("want"))
		k.done()
	}
	m.done()
	r.problems.sort()
	return r.problems
}

// compare holds a score against what a case wants; only what it names.
func (s *Set) compare(m triage.Matter, want *mapping) {
	if want == nil {
		return
	}
	got := s.Score(m)
	present, shown := []string{}, []string{}
	for _, h := range got.Hits {
		if h.Case != "" && (h.Weight > 0 || h.Floor != triage.BandUnknown) {
			present = append(present, h.Slug)
		} else {
			shown = append(shown, h.Slug)
		}
	}
	want.equal("band", bandName(got.Band))
	want.equal("own_band", bandName(got.OwnBand))
	want.points100("own", got.Own)
	want.points100("points", got.Points)
	want.equal("floor", bandName(got.Floor))
	want.equal("floor_by", got.FloorBy)
	want.equal("worst", got.Worst)
	want.equal("unsafe", strconv.FormatBool(got.Unsafe))
	want.equalSet("present", present)
	want.equalSet("shown", shown)
	want.equalSet("flags", got.Flags)
	want.done()
}

func (m *mapping) equal(key, got string) {
	if !m.has(key) {
		return
	}
	if want, p := m.text(key, true); want != got {
		m.r.report(p, "%s is %s, not %s", key, got, want)
	}
}

func (m *mapping) points100(key string, got int) {
	if !m.has(key) {
		return
	}
	s, p := m.text(key, true)
	want, err := strconv.ParseFloat(s, 64)
	if err != nil || int(math.Round(want*100)) != got {
		m.r.report(p, "%s is %d.%02d, not %s", key, got/100, got%100, s)
	}
}

func (m *mapping) equalSet(key string, got []string) {
	if !m.has(key) {
		return
	}
	want := []string{}
	for _, w := range m.words(key) {
		want = append(want, w.text)
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(want, got) {
		m.r.report(m.fields[key].key, "%s is %s", key, fmt.Sprintf("[%s], not [%s]", strings.Join(got, ", "), strings.Join(want, ", ")))
	}
}
