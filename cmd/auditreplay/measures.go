package main

import "slices"

// ratio is a share; of nothing it is 0, so that an empty corpus passes no
// threshold.
func ratio(a, b float64) float64 { return a / max(b, 1) }

// bands measures exact and fair bands, kappa with quadratic weights, RED, and
// bands that are wrong by two.
func (x *exam) bands(notices []label) []measure {
	var exact, fair, reds, redHit, redSaid, under, over float64
	var table [4][4]float64
	for _, l := range notices {
		said := x.answers[l.File].Band
		if _, ok := bandOrder[said]; !ok {
			said = "BLUE"
		}
		want, got := bandOrder[l.Band], bandOrder[said]
		table[want][got]++
		if want == got {
			exact++
		}
		acceptable := l.Acceptable
		if acceptable == nil {
			acceptable = []string{l.Band}
		}
		if slices.Contains(acceptable, said) {
			fair++
		} else {
			x.say("band %s: want %s, got %s", l.File, l.Band, said)
		}
		reds, redSaid = reds+b2f(want == 3), redSaid+b2f(got == 3)
		redHit += b2f(want == 3 && got == 3)
		under, over = under+b2f(got-want <= -2), over+b2f(got-want >= 2)
	}
	n := float64(len(notices))
	return []measure{
		{"band_exact", ratio(exact, n), false}, {"band_fair", ratio(fair, n), false}, {"band_kappa_quadratic", kappa(table, n), false},
		{"red_recall", ratio(redHit, reds), false}, {"red_precision", ratio(redHit, redSaid), false},
		{"two_bands_under", under, true}, {"two_bands_over", over, true},
	}
}

func b2f(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// kappa is Cohen's, with quadratic weights.
func kappa(table [4][4]float64, n float64) float64 {
	if n == 0 {
		return 1
	}
	var rows, cols [4]float64
	for i := range 4 {
		for j := range 4 {
			rows[i] += table[i][j]
			cols[j] += table[i][j]
		}
	}
	var seen, chance float64
	for i := range 4 {
		for j := range 4 {
			w := float64((i-j)*(i-j)) / 9
			seen += w * table[i][j] / n
			chance += w * rows[i] / n * cols[j] / n
		}
	}
	if chance == 0 {
		return 1
	}
	return 1 - seen/chance
}

// order measures pairs of different bands ranked strictly right.
func (x *exam) order(notices []label) []measure {
	above := func(a, b answer) int {
		if d := bandOrder[a.Band] - bandOrder[b.Band]; d != 0 {
			return d
		}
		switch {
		case a.Score > b.Score:
			return 1
		case a.Score < b.Score:
			return -1
		}
		return 0
	}
	var good, all float64
	for i, l := range notices {
		for _, m := range notices[i+1:] {
			want := bandOrder[l.Band] - bandOrder[m.Band]
			if want == 0 {
				continue
			}
			all++
			got := above(x.answers[l.File], x.answers[m.File])
			good += b2f(want > 0 && got > 0 || want < 0 && got < 0)
		}
	}
	return []measure{{"order_pairs_right", ratio(good, all), false}}
}

// factors measures the factors that count, and the misleading words avoided.
func (x *exam) factors(notices []label) []measure {
	var c counts
	var traps, caught float64
	for _, l := range notices {
		got := map[string]bool{}
		for _, f := range x.answers[l.File].Factors {
			if (f.Polarity == "present" || f.Polarity == "possible") && f.Time == "current" {
				got[f.Slug] = true
			}
		}
		want, not := set(l.Present, same), set(l.NotPresent, same)
		for _, e := range l.Either { // fair readers differ
			delete(got, e)
			delete(want, e)
			delete(not, e)
		}
		if missed, extra := c.compare(want, got); missed != nil || extra != nil {
			x.say("factors %s: missed %v, extra %v", l.File, missed, extra)
		}
		for k := range not {
			traps++
			caught += b2f(got[k])
		}
	}
	p, r, f := c.prf()
	return []measure{
		{"factor_precision", p, false}, {"factor_recall", r, false}, {"factor_f1", f, false},
		{"traps_avoided", 1 - ratio(caught, traps), false},
	}
}

// children measures the children found, by name, and their dates of birth.
func (x *exam) children(notices []label) []measure {
	var c counts
	var dobs, right float64
	for _, l := range notices {
		got := slices.Clone(x.answers[l.File].Children)
		var missed []string
		for _, w := range l.Children {
			at := slices.IndexFunc(got, func(g child) bool {
				return foldName(g.Name) == foldName(w.Name) && !w.Placeholder || w.Placeholder && g.Placeholder || w.Unborn && g.Unborn
			})
			if at < 0 {
				c.fn++
				missed = append(missed, w.Name)
				continue
			}
			c.tp++
			if w.DOB != "" {
				dobs++
				right += b2f(got[at].DOB == w.DOB)
			}
			got = slices.Delete(got, at, at+1)
		}
		c.fp += float64(len(got))
		if missed != nil || len(got) > 0 {
			x.say("children %s: missed %q, extra %+v", l.File, missed, got)
		}
	}
	p, r, f := c.prf()
	return []measure{
		{"child_precision", p, false}, {"child_recall", r, false}, {"child_f1", f, false},
		{"dob_accuracy", ratio(right, dobs), false},
	}
}

func (x *exam) references(notices []label) []measure {
	return x.sets(notices, "reference_f1", foldReference, func(l label) []string { return l.References }, func(a answer) []string { return a.References })
}

func (x *exam) quality(notices []label) []measure {
	return x.sets(notices, "quality_f1", same, func(l label) []string { return l.Quality }, func(a answer) []string { return a.Quality })
}

func (x *exam) sets(notices []label, name string, fold func(string) string, want func(label) []string, got func(answer) []string) []measure {
	var c counts
	for _, l := range notices {
		if missed, extra := c.compare(set(want(l), fold), set(got(x.answers[l.File]), fold)); missed != nil || extra != nil {
			x.say("%s %s: missed %v, extra %v", name, l.File, missed, extra)
		}
	}
	_, _, f := c.prf()
	return []measure{{name, f, false}}
}

// joins measures which notices stand in one item, by pairs.
func (x *exam) joins(notices []label) []measure {
	var c counts
	for i, l := range notices {
		for _, m := range notices[i+1:] {
			want := l.Item == m.Item
			got := slices.ContainsFunc(x.items[l.File], func(id string) bool { return slices.Contains(x.items[m.File], id) })
			c.tp += b2f(want && got)
			c.fp += b2f(got && !want)
			c.fn += b2f(want && !got)
			if want != got {
				x.say("item %s %s: same wanted %t, got %t", l.File, m.File, want, got)
			}
		}
	}
	p, r, _ := c.prf()
	return []measure{{"item_pair_precision", p, false}, {"item_pair_recall", r, false}, {"item_wrong_joins", c.fp, true}}
}

// repeats measures the links to earlier items.
func (x *exam) repeats(notices []label) []measure {
	var c counts
	for _, l := range notices {
		want, got := map[string]bool{}, map[string]bool{}
		for _, i := range l.RepeatOf {
			if id := x.first[i]; id != "" {
				want[id] = true
			}
		}
		for _, id := range x.answers[l.File].RepeatOf {
			got[string(id)] = true
		}
		if missed, extra := c.compare(want, got); missed != nil || extra != nil {
			x.say("repeat %s: missed %d, extra %d", l.File, len(missed), len(extra))
		}
	}
	p, r, _ := c.prf()
	return []measure{{"repeat_precision", p, false}, {"repeat_recall", r, false}}
}
