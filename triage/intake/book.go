package intake

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/ppn-triage/ppn-triage/triage"
)

// Log is the log of commits. Append stores a commit only if the log ends at
// the expected sequence; triage.ErrPosition says that it did not,
// triage.ErrUnknown that nobody can tell. A commit is durable when Append returns nil.
type Log interface {
	ReadCommits(ctx context.Context, from uint64, max int) ([]triage.Commit, error)
	Append(ctx context.Context, c triage.Commit, expected uint64) (uint64, error)
}

// Store is what the log looks like now. Apply and Preview fold commits onto
// it; triage.ErrPosition says that it stands elsewhere.
type Store interface {
	Position(ctx context.Context) (uint64, error)
	Load(ctx context.Context, ids ...triage.ItemID) (*triage.Snapshot, error)
	Candidates(ctx context.Context, keys []string) (*triage.Snapshot, []triage.Candidate, error)
	Preview(ctx context.Context, c triage.Commit) ([]*triage.Item, error)
	Apply(ctx context.Context, commits ...triage.Commit) ([]*triage.Item, error)
}

// Sealer makes of a commit what the log holds of it; left are the items as it
// leaves them. The sealed commit folds as the open one does.
type Sealer interface {
	Seal(ctx context.Context, c triage.Commit, left []*triage.Item) (triage.Commit, error)
}

// Book appends to the log and keeps the store at its end. It is safe for
// concurrent use, in several processes too.
type Book struct {
	Log    Log
	Store  Store
	Sealer Sealer // nil: commits are stored as they are

	// Forget empties the store, because a commit of the log does not fold on what
	// it holds: it cannot have come from the log. Nil where nothing is worth
	// building anew.
	Forget func(ctx context.Context, why error) error

	lock   sync.Mutex
	forgot bool // and the log's end has not been reached since
}

const (
	catchUpBatch = 500 // commits applied in one step while catching up
	maxLost      = 100 // steps of it lost to somebody else, one after the other
)

// CatchUp applies to the store what the log has and the store has not, and
// returns the position reached: the log's end as it was when last looked at.
// triage.ErrPosition means that somebody else moves the store at every turn.
//
// A store on which a commit of the log does not fold is emptied and built anew,
// once; if it does not fold on that either the log itself is wrong:
// triage.ErrChain.
func (b *Book) CatchUp(ctx context.Context) (uint64, error) {
	for lost := 0; lost < maxLost; {
		at, err := b.Store.Position(ctx)
		if err != nil {
			return 0, err
		}
		commits, err := b.Log.ReadCommits(ctx, at+1, catchUpBatch)
		if err != nil {
			return 0, fmt.Errorf("catch up from %d: %w", at, err)
		}
		if len(commits) == 0 {
			b.built()
			return at, nil
		}
		_, err = b.Store.Apply(ctx, commits...)
		switch {
		case err == nil:
			lost = 0
		case errors.Is(err, triage.ErrPosition):
			lost++
		default:
			if err := b.anew(ctx, err); err != nil {
				return 0, fmt.Errorf("catch up from %d: %w", at, err)
			}
		}
	}
	return 0, fmt.Errorf("catch up: %w, %d times", triage.ErrPosition, maxLost)
}

// unfoldable are the answers of a fold to a commit that does not follow.
var unfoldable = []error{
	triage.ErrChain, triage.ErrState, triage.ErrInvalid, triage.ErrNotFound, triage.ErrToken, triage.ErrClaimed, triage.ErrUnopened,
}

// anew empties a store on which the log does not fold. It returns the error
// where that is no help.
func (b *Book) anew(ctx context.Context, why error) error {
	if b.Forget == nil || !slices.ContainsFunc(unfoldable, func(e error) bool { return errors.Is(why, e) }) {
		return why
	}
	b.lock.Lock()
	defer b.lock.Unlock()
	if b.forgot {
		return fmt.Errorf("%w: it does not fold, not even from its beginning: %w", triage.ErrChain, why)
	}
	if err := b.Forget(ctx, why); err != nil {
		return errors.Join(err, why)
	}
	b.forgot = true
	return nil
}

// built says that the store has reached the log's end.
func (b *Book) built() {
	b.lock.Lock()
	defer b.lock.Unlock()
	b.forgot = false
}

// Build makes a commit for the state at a position. It returns nil when there
// is nothing to do. What it reads from the store must be of that position, or
// it returns triage.ErrPosition to be called again.
type Build func(ctx context.Context, at uint64) (*triage.Commit, error)

// Append catches up, builds a commit, checks that it folds and appends it; all
// of it again, up to tries times, when somebody else has written first. It
// returns the commit with its place in the log and the items as it leaves
// them; a nil commit when there was nothing to do. What the fold refuses is
// returned as it is; triage.ErrPosition means that all tries were lost,
// triage.ErrUnknown that the last of them may still be stored.
//
// A commit that may have been stored although the server did not say so is
// looked for by its id before another try, so nothing is done twice.
func (b *Book) Append(ctx context.Context, tries int, build Build) (*triage.Commit, []*triage.Item, error) {
	a := attempt{book: b, sent: map[string]bool{}}
	for range tries {
		c, items, err := a.try(ctx, build)
		if err == nil || !errors.Is(err, triage.ErrPosition) && !errors.Is(err, triage.ErrUnknown) {
			return c, items, err
		}
	}
	return a.giveUp(ctx, tries)
}

// attempt is one Append: the commits it has sent whose outcome is not known.
type attempt struct {
	book *Book
	sent map[string]bool // by id
	from uint64          // position before the first one sent
	last uint64          // position before the last one sent
}

func (a *attempt) try(ctx context.Context, build Build) (*triage.Commit, []*triage.Item, error) {
	at, c, items, err := a.look(ctx)
	if c != nil || err != nil {
		return c, items, err
	}
	c, err = build(ctx, at)
	if c == nil || err != nil {
		return nil, nil, err
	}
	c.Seq = at + 1
	items, err = a.book.Store.Preview(ctx, *c)
	if err != nil {
		return nil, nil, err
	}
	stored := *c
	if a.book.Sealer != nil {
		if stored, err = a.book.Sealer.Seal(ctx, *c, items); err != nil {
			return nil, nil, err
		}
	}
	if _, err := a.book.Log.Append(ctx, stored, at); err != nil {
		if errors.Is(err, triage.ErrUnknown) {
			a.remember(c.ID, at)
		}
		return nil, nil, err
	}
	// The commit is durable. If the store cannot take it now, whoever comes
	// next catches up.
	_, _ = a.book.Store.Apply(ctx, stored)
	return c, items, nil
}

// giveUp looks once more for what was sent. The last one may still be stored
// as long as nobody else has taken its place in the log.
func (a *attempt) giveUp(ctx context.Context, tries int) (*triage.Commit, []*triage.Item, error) {
	why := triage.ErrPosition
	if len(a.sent) > 0 {
		at, c, items, err := a.look(ctx)
		if c != nil || err != nil {
			return c, items, err
		}
		if at == a.last {
			why = triage.ErrUnknown
		}
	}
	return nil, nil, fmt.Errorf("%w: gave up after %d tries", why, tries)
}

func (a *attempt) remember(id string, at uint64) {
	if len(a.sent) == 0 {
		a.from = at
	}
	a.sent[id], a.last = true, at
}

// look catches up and finds the commit among those sent that was stored, if
// one was.
func (a *attempt) look(ctx context.Context) (at uint64, c *triage.Commit, items []*triage.Item, err error) {
	if at, err = a.book.CatchUp(ctx); err == nil {
		c, err = a.landed(ctx)
	}
	if err == nil && c != nil {
		items, err = a.book.items(ctx, c)
	}
	if err != nil && len(a.sent) > 0 {
		return 0, nil, nil, fmt.Errorf("%w: %w", triage.ErrUnknown, err)
	}
	return at, c, items, err
}

func (a *attempt) landed(ctx context.Context) (*triage.Commit, error) {
	for from := a.from + 1; len(a.sent) > 0; {
		commits, err := a.book.Log.ReadCommits(ctx, from, catchUpBatch)
		if err != nil || len(commits) == 0 {
			return nil, err
		}
		for n := range commits {
			if a.sent[commits[n].ID] {
				return &commits[n], nil
			}
		}
		from = commits[len(commits)-1].Seq + 1
	}
	return nil, nil
}

// items returns the items a commit touches as they stand now.
func (b *Book) items(ctx context.Context, c *triage.Commit) ([]*triage.Item, error) {
	ids := c.Items()
	snap, err := b.Store.Load(ctx, ids...)
	if err != nil {
		return nil, err
	}
	var items []*triage.Item
	for _, id := range ids {
		if i, ok := snap.Items[id]; ok {
			items = append(items, i)
		}
	}
	return items, nil
}
