package intake

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/google/uuid"
	"pgregory.net/rapid"

	"github.com/ppn-triage/ppn-triage/triage"
)

// TestJoinThenSplit: a join that a person takes back leaves both items, and the
// later incidents of both families, as if it had never been.
func TestJoinThenSplit(t *testing.T) {
	slugs := []string{"threat_to_kill", "dash", "substance_misuse", "offending", "missing"}
	rapid.Check(t, func(rt *rapid.T) {
		d := newDesk(t)
		facts := func(name string) []string {
			return rapid.SliceOfNDistinct(rapid.SampledFrom(slugs), 0, 3, rapid.ID[string]).Draw(rt, name)
		}
		one := func(n int, date, name string) triage.Entry {
			d.now = d.now.Add(time.Duration(rapid.IntRange(0, 3000).Draw(rt, "minutes")) * time.Minute)
			r := family(n)
			r.IncidentDate = date
			return d.entry(r, facts(name)...)
		}
		var others []triage.ItemID
		for n := range 2 {
			if rapid.Bool().Draw(rt, "earlier") {
				others = append(others, d.take(one(n, "2026-08-01", "earlier facts")).ID)
			}
		}
		firstOf := rapid.IntRange(0, 1).Draw(rt, "first family")
		a := d.take(one(firstOf, "2026-09-06", "facts"))
		b := d.take(one(1-firstOf, "2026-09-06", "other facts"))
		for n := range 2 {
			if rapid.Bool().Draw(rt, "later") {
				others = append(others, d.take(one(n, "2026-09-20", "later facts")).ID)
			}
		}
		older, younger := d.item(a.ID), d.item(b.ID)
		if younger.Older(older) {
			older, younger = younger, older
		}
		want := map[triage.ItemID]given{}
		for _, id := range append(others, older.ID) {
			want[id] = givenBy(d.item(id))
		}
		wantPart := givenBy(younger)
		d.must("ash", triage.ItemJoined{Item: older.ID, Absorbed: younger.ID, Reason: "one evening"})
		part := triage.ItemID(uuid.NewString())
		d.must("ash", triage.NoticeSplit{Item: older.ID, Notice: younger.Entries[0].Notice, New: part, Reason: "two evenings"})
		for id, w := range want {
			got := givenBy(d.item(id))
			for n, to := range got.Links {
				if to == part {
					got.Links[n] = younger.ID
				}
			}
			got.Links, w.Links = once(got.Links), once(w.Links)
			if diff := cmp.Diff(w, got, cmpopts.EquateEmpty()); diff != "" {
				rt.Fatalf("not as before (-) the join (+):\n%s", diff)
			}
		}
		got := givenBy(d.item(part))
		got.Links, wantPart.Links = once(got.Links), once(wantPart.Links)
		if diff := cmp.Diff(wantPart, got, cmpopts.EquateEmpty()); diff != "" {
			rt.Fatalf("the part is not as before (-) the join (+):\n%s", diff)
		}
	})
}

func once(ids []triage.ItemID) []triage.ItemID {
	return slices.Compact(slices.Sorted(slices.Values(ids)))
}
