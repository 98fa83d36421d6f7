package queueapi

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"google.golang.org/protobuf/proto"

	pb "github.com/ppn-triage/ppn-triage/api/triagev1"
	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/wire"
)

// filter says which items of the queue are meant.
type filter struct {
	*pb.ItemFilter
	bands       []triage.Band
	states      []triage.State
	from, until time.Time
	reference   string
	hash        string // part of every page token
}

// newFilter checks a filter. The queue holds waiting and claimed items; other
// states are found by id.
func newFilter(f *pb.ItemFilter) (out filter, err error) {
	out.ItemFilter = f
	for _, b := range f.GetBands() {
		band, err := wire.BandFromProto(b)
		if err != nil || band == triage.BandUnknown {
			return out, invalid("filter.bands", "BLUE, GREEN, AMBER or RED")
		}
		out.bands = append(out.bands, band)
	}
	for _, s := range f.GetStates() {
		state, err := wire.StateFromProto(s)
		if err != nil || state != triage.Waiting && state != triage.ClaimedState {
			return out, invalid("filter.states", "the queue holds waiting and claimed items")
		}
		out.states = append(out.states, state)
	}
	for _, t := range f.GetTiers() {
		if t < 0 || t > 4 {
			return out, invalid("filter.tiers", "0 to 4")
		}
	}
	if out.from, err = wire.TimeFromProto(f.GetReceivedFrom()); err != nil {
		return out, invalid("filter.received_from", "not a time")
	}
	if out.until, err = wire.TimeFromProto(f.GetReceivedUntil()); err != nil {
		return out, invalid("filter.received_until", "not a time")
	}
	out.reference = normal(f.GetReference())
	b, err := proto.MarshalOptions{Deterministic: true}.Marshal(f)
	sum := sha256.Sum256(b)
	out.hash = hex.EncodeToString(sum[:8])
	return out, err
}

// match tells whether an item in that tier is meant.
func (f filter) match(i *triage.Item, tier int) bool {
	has := func(n int, any bool) bool { return n == 0 || any }
	switch {
	case !i.Queued(),
		!has(len(f.bands), slices.Contains(f.bands, i.Band())),
		!has(len(f.states), slices.Contains(f.states, i.State())),
		!has(len(f.GetTiers()), slices.Contains(f.GetTiers(), int32(tier))),
		f.GetUnheld() && i.Claim != nil,
		f.GetHeldBy() != "" && (i.Claim == nil || i.Claim.By != f.GetHeldBy()),
		f.GetUnopened() && len(i.Looks) > 0,
		!f.from.IsZero() && i.Received.Before(f.from),
		!f.until.IsZero() && !i.Received.Before(f.until),
		!has(len(f.GetForces()), slices.ContainsFunc(i.Entries, func(e triage.Entry) bool { return slices.Contains(f.GetForces(), e.Reading.Force) })),
		!has(len(f.GetFlags()), slices.ContainsFunc(allFlags(i), func(fl string) bool { return slices.Contains(f.GetFlags(), fl) })):
		return false
	}
	return f.reference == "" || slices.ContainsFunc(i.Entries, func(e triage.Entry) bool {
		return slices.ContainsFunc(e.Reading.References, func(r triage.Reference) bool { return r.Norm == f.reference })
	})
}

// normal folds a reference as package extract does: letters and digits alone.
func normal(ref string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z':
			return r - 'a' + 'A'
		case r >= 'A' && r <= 'Z', r >= '0' && r <= '9':
			return r
		}
		return -1
	}, ref)
}

func allFlags(i *triage.Item) []string {
	all := slices.Concat(i.Flags, i.Score.Flags)
	slices.Sort(all)
	return slices.Compact(all)
}

func blank(s string) bool { return strings.TrimSpace(s) == "" }
