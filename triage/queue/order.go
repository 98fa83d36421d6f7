package queue

import (
	"fmt"
	"slices"
	"time"

	"github.com/ppn-triage/ppn-triage/triage"
)

// The layout of an order; see the package comment.
const (
	dueShift   = 14
	placeShift = dueShift + 32
	tierShift  = placeShift + 2

	maxSecond = 1<<32 - 1 // 7 February 2106
	maxPoints = 12000     // policy.md, section "Band": the cap of a score, in hundredths
)

// The places in a stored tier.
const (
	unsafeNow uint64 = iota
	manualRead
	rest
)

// Key is all that an item's place in the queue depends on.
type Key struct {
	Band   triage.Band
	Unsafe bool // one of the factors that stand first in tier 0
	Manual bool // flag manual_read: stands first in its tier
	Due    time.Time
	Points int    // hundredths; beyond 0..12000 the nearest of the two
	Seq    uint64 // first notice in the notices stream
	Part   int    // reading of that notice, if it is a digest
}

// KeyOf returns the key of an item that has at least one notice.
func KeyOf(it *triage.Item) Key {
	return Key{
		Band:   it.Band(),
		Unsafe: it.Score.Unsafe,
		Manual: slices.Contains(it.Score.Flags, "manual_read"),
		Due:    it.Due,
		Points: it.Score.Points,
		Seq:    it.Seq,
		Part:   it.Entries[0].Part,
	}
}

// Order returns the integer under which the item is kept: it changes only when
// the key does. A band that is none of the four stands with RED, an item
// without due time before all others of its place.
func (k Key) Order() uint64 {
	points := min(max(k.Points, 0), maxPoints)
	return slot(stored(k.Band), k.place()) | second(k.Due)<<dueShift | uint64(maxPoints-points)
}

// Member returns the name under which the item is kept in the sorted set. Equal
// orders are sorted by it, byte by byte: the earlier notice first, then the
// earlier part of it.
func (k Key) Member() string { return fmt.Sprintf("%020d.%06d", k.Seq, k.Part) }

func (k Key) place() uint64 {
	switch {
	case k.Unsafe && stored(k.Band) == 0:
		return unsafeNow
	case k.Manual:
		return manualRead
	}
	return rest
}

// stored is the tier of a band that is not late.
func stored(b triage.Band) uint64 {
	switch b {
	case triage.Amber:
		return 2
	case triage.Green:
		return 3
	case triage.Blue:
		return 4
	default:
		return 0
	}
}

func slot(tier, place uint64) uint64 { return tier<<tierShift | place<<placeShift }

func second(t time.Time) uint64 {
	return uint64(min(max(t.Unix(), 0), maxSecond))
}
