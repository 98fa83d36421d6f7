package intake

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/ppn-triage/ppn-triage/triage"
)

// Trial scores items by rules that are not in force, as if they had been since
// the items' first notices. It changes nothing. What people have decided,
// overridden and corrected stands: where a person has set the band, band and
// time stay.
type Trial struct {
	Store  Store
	Rules  *Ruleset
	Scorer Scorer
	At     time.Time
	Change func(*triage.Item) error // of every item before it is looked at, to read its mails again; nil: as they were read
}

// trialBatch is how many items are scored at one position of the store.
const trialBatch = 50

// Each calls f with every item as it stands and as the rules would have it.
// Items that have left the store since their ids were known are passed over.
func (t *Trial) Each(ctx context.Context, ids []triage.ItemID, f func(was, now *triage.Item) error) error {
	for batch := range slices.Chunk(ids, trialBatch) {
		was, now, err := t.batch(ctx, batch)
		if err != nil {
			return err
		}
		for n := range was {
			if err := f(was[n], now[n]); err != nil {
				return err
			}
		}
	}
	return nil
}

// batch scores items at one position; again if the store has moved meanwhile.
func (t *Trial) batch(ctx context.Context, ids []triage.ItemID) (was, now []*triage.Item, err error) {
	for range maxLost {
		if was, now, err = t.try(ctx, ids); !errors.Is(err, triage.ErrPosition) || ctx.Err() != nil {
			return was, now, err
		}
	}
	return nil, nil, fmt.Errorf("try rules: %w, %d times", triage.ErrPosition, maxLost)
}

func (t *Trial) try(ctx context.Context, ids []triage.ItemID) (was, now []*triage.Item, err error) {
	snap, err := t.Store.Load(ctx, ids...)
	if err != nil {
		return nil, nil, err
	}
	sc, err := newScene(ctx, t.Store, t.Rules, snap.Position, nil)
	if err != nil {
		return nil, nil, err
	}
	sc.change = t.Change
	if err := sc.bring(ctx, slices.Clone(ids)...); err != nil {
		return nil, nil, err
	}
	for _, id := range ids {
		if snap.Items[id] == nil || sc.items[id] == nil {
			continue
		}
		i, err := t.score(ctx, sc, sc.items[id].Clone())
		if err != nil {
			return nil, nil, err
		}
		was, now = append(was, snap.Items[id]), append(now, i)
	}
	return was, now, nil
}

func (t *Trial) score(ctx context.Context, sc *scene, i *triage.Item) (*triage.Item, error) {
	past, err := sc.past(ctx, i)
	if err != nil {
		return nil, err
	}
	if i.Override == nil {
		i.Due = time.Time{}
	}
	e, err := t.Scorer.Scored(t.Rules, i, i.Children, past, t.At)
	if err != nil {
		return nil, err
	}
	i.Score, i.History, i.Children = e.Score, e.History, e.Children
	if i.Override == nil {
		i.Due = e.Due
	}
	return i, nil
}
