package queue

import (
	"cmp"
	"strings"
	"time"

	"github.com/ppn-triage/ppn-triage/triage"
)

// View is the order of the queue at one moment. It is a small value; take one
// per read, so that a whole page is of one moment.
type View struct {
	now  uint64 // last due second that is past due
	risk uint64 // last due second that is at risk
}

// View returns the order of the queue as it is now.
func (c *Calendar) View(now time.Time) View {
	return View{now: second(now), risk: second(c.RiskBound(now))}
}

// At returns the order that holds for a stored one at the view's moment: the
// same, unless the item is late and so in tier 1. Items compared by it, then by
// member, are in the order of policy.md.
func (v View) At(order uint64) uint64 {
	tier := order >> tierShift
	place := order >> placeShift & 3
	due := order >> dueShift & maxSecond
	below := order & (1<<placeShift - 1)
	switch {
	case tier == 2 && due <= v.risk:
		return slot(1, place-manualRead) | below
	case tier > 2 && due <= v.now:
		return slot(1, place+1) | below
	}
	return order
}

// Tier returns the tier, 0 to 4, in which an item of the band stands at the
// view's moment.
func (v View) Tier(band triage.Band, due time.Time) int {
	return int(v.At(Key{Band: band, Due: due}.Order()) >> tierShift)
}

// Compare is negative if a stands before b at the view's moment, positive if
// after; zero only for the same member.
func (v View) Compare(a, b Key) int {
	return cmp.Or(
		cmp.Compare(v.At(a.Order()), v.At(b.Order())),
		strings.Compare(a.Member(), b.Member()),
	)
}

// Range holds the stored orders from Min to Max, both included. Read upwards,
// ties by member, its items are in the queue's order.
type Range struct{ Min, Max uint64 }

// Stretch is a piece of the queue. It is one range, or two, of GREEN and BLUE
// past due, whose items take turns: merge these by At, then by member.
type Stretch []Range

// Ranges returns the queue at the view's moment from the item whose order by At
// is from, 0 for the first: every stretch stands before the next, and together
// they hold each stored order that At does not put before from, once.
func (v View) Ranges(from uint64) []Stretch {
	late := [5]uint64{2: v.risk, 3: v.now, 4: v.now}
	stretches := []Stretch{{{slot(0, unsafeNow), slot(1, 0) - 1}}}
	for place := manualRead; place <= rest; place++ {
		stretches = append(stretches, Stretch{upTo(2, place, late[2])})
	}
	for place := manualRead; place <= rest; place++ {
		stretches = append(stretches, Stretch{upTo(3, place, late[3]), upTo(4, place, late[4])})
	}
	for tier := uint64(2); tier <= 4; tier++ {
		for place := manualRead; place <= rest; place++ {
			stretches = append(stretches, Stretch{after(tier, place, late[tier])})
		}
	}
	return v.cut(stretches, from)
}

// cut drops what lies before from, and ranges that hold nothing.
func (v View) cut(stretches []Stretch, from uint64) (kept []Stretch) {
	for _, s := range stretches {
		var left Stretch
		for _, r := range s {
			moved := v.At(r.Min) - r.Min // the same all over the range; wraps around for a move up
			if r.Min > r.Max || r.Max+moved < from {
				continue
			}
			left = append(left, Range{max(r.Min+moved, from) - moved, r.Max})
		}
		if left != nil {
			kept = append(kept, left)
		}
	}
	return kept
}

// upTo holds what is due in or before that second, of a stored tier and place.
func upTo(tier, place, due uint64) Range {
	return Range{slot(tier, place), slot(tier, place) + (due+1)<<dueShift - 1}
}

// after holds what is due after it.
func after(tier, place, due uint64) Range {
	return Range{slot(tier, place) + (due+1)<<dueShift, slot(tier, place+1) - 1}
}
