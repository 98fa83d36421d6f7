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
// earlier and later incidents of both families, as if it had never been; but a
// time that the join has brought forward for one of those is not given back: only
// a person's override lengthens (policy.md, "Clock").
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
		for _, id := range append(others, older.ID, younger.ID) {
			want[id] = d.tied(id)
		}
		d.must("ash", triage.ItemJoined{Item: older.ID, Absorbed: younger.ID, Reason: "one evening"})
		part := triage.ItemID(uuid.NewString())
		d.must("ash", triage.NoticeSplit{Item: older.ID, Notice: younger.Entries[0].Notice, New: part, Reason: "two evenings"})
		for id, w := range want {
			now := id
			if id == younger.ID {
				now = part
			}
			got := d.tied(now)
			for n, to := range got.Links {
				if to == part {
					got.Links[n] = younger.ID
				}
			}
			slices.Sort(got.Links) // the one to the absorbed item stays beside, and counts for nothing
			got.Links = slices.Compact(got.Links)
			if id != older.ID && id != younger.ID && got.Due.Before(w.Due) {
				got.Due = w.Due // a time that the join's history brought forward stays so
			}
			if diff := cmp.Diff(w, got, cmpopts.EquateEmpty()); diff != "" {
				rt.Fatalf("not as before (-) the join (+):\n%s", diff)
			}
		}
	})
}

// tied is what notices give an item, with all that is linked to it, whichever
// of the two the link stands on.
func (d *desk) tied(id triage.ItemID) given {
	g := givenBy(d.item(id))
	for _, o := range d.world.Items() {
		if o.JoinedInto == "" && linked(o, id) {
			g.Links = append(g.Links, o.ID)
		}
	}
	slices.Sort(g.Links)
	g.Links = slices.Compact(g.Links)
	return g
}
