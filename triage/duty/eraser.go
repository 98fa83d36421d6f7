package duty

import (
	"context"
	"fmt"

	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/intake"
	"github.com/ppn-triage/ppn-triage/triage/seal"
)

// Eraser deletes the data keys of what the log says was erased, once for each;
// again does no harm. The word in the log comes first, so a crash between the
// two leaves something to do and nothing in doubt.
type Eraser struct {
	Book *intake.Book
	Log  intake.Log
	Out  Outbox // keeps its position

	// Erase deletes a key for good, also if there is none.
	Erase func(ctx context.Context, name string) error

	done cursor
}

// Step deletes the keys of the erasures that are new.
func (e *Eraser) Step(ctx context.Context) (bool, error) {
	at, err := e.Book.Store.Position(ctx)
	if err != nil {
		return false, err
	}
	return trail{book: e.Book, log: e.Log, out: e.Out, bare: true}.follow(ctx, &e.done, "erasures", at, e.erase)
}

func (e *Eraser) erase(ctx context.Context, c *triage.Commit, _ *triage.Snapshot) (bool, error) {
	for _, ev := range c.Events {
		if gone, ok := ev.(triage.Erased); ok {
			for _, name := range keysOf(gone) {
				if err := e.Erase(ctx, name); err != nil {
					return false, fmt.Errorf("erase key %s: %w", name, err)
				}
			}
		}
	}
	return true, nil
}

// keysOf names the data keys that an erasure deletes.
func keysOf(e triage.Erased) (names []string) {
	for _, seq := range e.Notices {
		if e.Text {
			names = append(names, seal.TextKey(seq))
		}
		if e.Identity {
			names = append(names, seal.IdentityKey(seq))
		}
	}
	if e.Words {
		names = append(names, seal.WordsKey(e.Item))
	}
	return names
}
