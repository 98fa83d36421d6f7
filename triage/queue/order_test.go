package queue

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/ppn-triage/ppn-triage/triage"
)

// row is an item as the sorted set of Redis keeps it.
type row struct {
	score  float64
	member string
	key    Key
}

// zset sorts as Redis does: by the double, then by the member's bytes.
func zset(keys []Key) []row {
	var rows []row
	for _, k := range keys {
		rows = append(rows, row{float64(k.Order()), k.Member(), k})
	}
	slices.SortFunc(rows, func(a, b row) int {
		return cmp.Or(cmp.Compare(a.score, b.score), strings.Compare(a.member, b.member))
	})
	return rows
}

// read is how a reader walks the ranges.
func read(v View, rows []row, from uint64) (keys []Key) {
	for _, s := range v.Ranges(from) {
		var got []row
		for _, r := range s {
			if r.Min > r.Max {
				panic("an empty range")
			}
			for _, x := range rows {
				if x.score >= float64(r.Min) && x.score <= float64(r.Max) {
					got = append(got, x)
				}
			}
		}
		if len(s) > 1 {
			slices.SortStableFunc(got, func(a, b row) int {
				return cmp.Or(cmp.Compare(v.At(uint64(a.score)), v.At(uint64(b.score))), strings.Compare(a.member, b.member))
			})
		}
		for _, x := range got {
			keys = append(keys, x.key)
		}
	}
	return keys
}

// keys draws items whose due times lie around now and often fall together.
func keys(now time.Time) *rapid.Generator[[]Key] {
	one := rapid.Custom(func(t *rapid.T) Key {
		due := now.Truncate(time.Second).Add(time.Duration(rapid.IntRange(-3, 3).Draw(t, "hours")) * time.Hour)
		if rapid.Bool().Draw(t, "wide") {
			due = due.Add(time.Duration(rapid.IntRange(-5*24*3600, 5*24*3600).Draw(t, "seconds")) * time.Second)
		}
		return Key{
			Band:   band().Draw(t, "band"),
			Unsafe: rapid.Bool().Draw(t, "unsafe"),
			Manual: rapid.IntRange(0, 3).Draw(t, "manual") == 0,
			Due:    due,
			Points: rapid.OneOf(rapid.SampledFrom([]int{0, 3999, 4000, 12000}), rapid.IntRange(0, 12000)).Draw(t, "points"),
			Seq:    rapid.Uint64Range(1, 1<<40).Draw(t, "seq"),
			Part:   rapid.IntRange(0, 3).Draw(t, "part"),
		}
	})
	return rapid.SliceOfNDistinct(one, 0, 60, func(k Key) string { return k.Member() })
}

func TestRangesReadTheQueueInThePolicysOrder(t *testing.T) {
	c := standard(t)
	rapid.Check(t, func(t *rapid.T) {
		now := moment().Draw(t, "now").Add(time.Duration(rapid.IntRange(0, 999).Draw(t, "ms")) * time.Millisecond)
		items := keys(now).Draw(t, "items")
		rows := zset(items)
		v := c.View(now)

		want := slices.Clone(items)
		slices.SortFunc(want, func(a, b Key) int { return modelCompare(c, now, a, b) })
		ranked := slices.Clone(items)
		slices.SortFunc(ranked, v.Compare)
		if diff := gocmp.Diff(want, ranked, equate); diff != "" {
			t.Fatalf("sorted by Compare at %v (-want +got):\n%s", now, diff)
		}
		if diff := gocmp.Diff(want, read(v, rows, 0), equate); diff != "" {
			t.Fatalf("read by Ranges at %v (-want +got):\n%s", now, diff)
		}
		if len(want) == 0 {
			return
		}
		// A page that goes on from an item holds it, what ties with it, and all that follows.
		n := rapid.IntRange(0, len(want)-1).Draw(t, "page")
		from := v.At(want[n].Order())
		for n > 0 && v.At(want[n-1].Order()) == from {
			n--
		}
		if diff := gocmp.Diff(want[n:], read(v, rows, from), equate); diff != "" {
			t.Fatalf("read by Ranges(%d) at %v (-want +got):\n%s", from, now, diff)
		}
	})
}

var equate = gocmp.Options{
	gocmp.Comparer(func(a, b time.Time) bool { return a.Equal(b) }),
	gocmp.Transformer("empty", func(ks []Key) []string {
		out := make([]string, 0, len(ks))
		for _, k := range ks {
			out = append(out, k.Member())
		}
		return out
	}),
}

// Worse news never moves an item down, at any moment; time alone never does.
func TestOrderProperties(t *testing.T) {
	c := standard(t)
	rapid.Check(t, func(t *rapid.T) {
		now := moment().Draw(t, "now")
		ks := keys(now).Filter(func(ks []Key) bool { return len(ks) > 0 }).Draw(t, "items")
		k, v := ks[0], c.View(now)
		worse := k
		worse.Unsafe = k.Unsafe || rapid.Bool().Draw(t, "now unsafe")
		worse.Manual = k.Manual || rapid.Bool().Draw(t, "now manual")
		worse.Points = min(maxPoints, k.Points+rapid.IntRange(0, 3000).Draw(t, "more points"))
		worse.Band = max(k.Band, band().Draw(t, "raised to"))
		worse.Due = k.Due.Add(-time.Duration(rapid.IntRange(0, 100*3600).Draw(t, "earlier")) * time.Second)
		if v.Compare(worse, k) > 0 {
			t.Fatalf("%+v stands below %+v at %v", worse, k, now)
		}
		if o := k.Order(); o >= 1<<53 || uint64(float64(o)) != o {
			t.Fatalf("Order(%+v) = %d does not fit a double", k, o)
		}
		if due := DueOf(k.Order()); !due.Equal(k.Due) {
			t.Fatalf("DueOf(Order(%+v)) = %v", k, due)
		}
		later := c.View(now.Add(time.Duration(rapid.IntRange(0, 1000*3600).Draw(t, "later")) * time.Second))
		if later.At(k.Order()) > v.At(k.Order()) {
			t.Fatalf("%+v sinks as time goes on from %v", k, now)
		}
	})
}

func TestTier(t *testing.T) {
	c := standard(t)
	due := parse(t, "2026-11-03 15:00")
	for _, tt := range []struct {
		band triage.Band
		now  string
		want int
	}{
		{triage.Red, "2026-11-02 09:00", 0},
		{triage.Red, "2026-11-04 09:00", 0},
		{triage.Amber, "2026-11-03 12:59:59", 2},
		{triage.Amber, "2026-11-03 13:00", 1}, // at risk
		{triage.Amber, "2026-12-01 13:00", 1},
		{triage.Green, "2026-11-03 14:59:59", 3}, // at risk stays in its tier
		{triage.Green, "2026-11-03 15:00", 1},
		{triage.Blue, "2026-11-03 14:59:59", 4},
		{triage.Blue, "2026-11-03 15:00", 1},
		{triage.BandUnknown, "2026-11-02 09:00", 0},
	} {
		if got := c.View(parse(t, tt.now)).Tier(tt.band, due); got != tt.want {
			t.Errorf("Tier(%v, %v) at %s = %d, want %d", tt.band, due, tt.now, got, tt.want)
		}
	}
}

// What is odd stands up, not down, and never in a neighbour's tier.
func TestOrderOfOddKeys(t *testing.T) {
	c := standard(t)
	now := parse(t, "2026-11-03 15:00")
	sane := Key{Band: triage.Amber, Due: now.Add(5 * time.Hour), Points: 5000, Seq: 7}
	noDue, noBand, farDue, past := sane, sane, sane, sane
	noDue.Due = time.Time{}
	noBand.Band = triage.BandUnknown
	farDue.Due = now.AddDate(500, 0, 0)
	past.Points = math.MaxInt
	v := c.View(now)
	for name, k := range map[string]Key{"no due time": noDue, "no band": noBand, "points beyond the cap": past} {
		if v.Compare(k, sane) >= 0 {
			t.Errorf("an item with %s stands below one without", name)
		}
	}
	if got := v.Tier(farDue.Band, farDue.Due); got != 2 {
		t.Errorf("Tier of an item due in 500 years = %d, want 2", got)
	}
	if far, farther := (Key{Due: now.AddDate(79, 0, 0)}), (Key{Due: now.AddDate(79, 0, 1)}); v.Compare(far, farther) >= 0 {
		t.Error("items due in 2105 are not told apart")
	}
	for _, at := range []time.Time{{}, time.Unix(0, 0), time.Unix(maxSecond, 0), now.AddDate(500, 0, 0)} {
		all := []Key{sane, noDue, noBand, farDue, past}
		for i := range all {
			all[i].Seq = uint64(i)
		}
		if got := read(c.View(at), zset(all), 0); len(got) != len(all) {
			t.Errorf("Ranges at %v hold %d of %d items", at, len(got), len(all))
		}
	}
}

func TestKeyOf(t *testing.T) {
	due := time.Date(2026, time.November, 3, 12, 0, 0, 0, time.UTC)
	it := &triage.Item{
		Seq: 42, Due: due, Entries: []triage.Entry{{Seq: 42, Part: 2}},
		Score: triage.Score{Band: triage.Red, Points: 9100, Unsafe: true, Flags: []string{"manual_read", "restricted"}},
	}
	want := Key{Band: triage.Red, Unsafe: true, Manual: true, Due: due, Points: 9100, Seq: 42, Part: 2}
	if got := KeyOf(it); got != want {
		t.Errorf("KeyOf(item) = %+v, want %+v", got, want)
	}
	it.Override = &triage.Override{Band: triage.Green}
	want.Band = triage.Green
	if got := KeyOf(it); got != want {
		t.Errorf("KeyOf(overridden item) = %+v, want %+v", got, want)
	}
	if got, want := KeyOf(it).Member(), "00000000000000000042.000002"; got != want {
		t.Errorf("Member() = %q, want %q", got, want)
	}
}

func BenchmarkView(b *testing.B) {
	c := standard(b)
	now := time.Date(2026, time.December, 24, 18, 0, 0, 0, time.UTC)
	for b.Loop() {
		_ = c.View(now).Ranges(0)
	}
}
