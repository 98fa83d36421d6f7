package duty

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/intake"
)

// Copy is one stream and its second copy. Advance copies the records that
// follow, fsyncs them and returns the last sequence that is safe.
type Copy interface {
	Advance(ctx context.Context) (last uint64, more bool, err error)
}

// Archiver keeps the second copy of both streams and says in the log how far it
// is: no receipt goes out before.
type Archiver struct {
	Book    *intake.Book
	Notices Copy
	Commits Copy
	Keys    func(ctx context.Context) error // copies the data keys; without them the other copies say nothing
	Stamp   Stamp
}

// Step copies what is new and commits Archived when that covers more than the
// commit of the last time.
func (a *Archiver) Step(ctx context.Context) (bool, error) {
	notices, moreNotices, err := a.Notices.Advance(ctx)
	if err != nil {
		return false, fmt.Errorf("archive notices: %w", err)
	}
	commits, moreCommits, err := a.Commits.Advance(ctx)
	if err != nil {
		return false, fmt.Errorf("archive commits: %w", err)
	}
	if err := a.Keys(ctx); err != nil {
		return false, fmt.Errorf("archive keys: %w", err)
	}
	_, _, err = a.Book.Append(ctx, tries, func(ctx context.Context, at uint64) (*triage.Commit, error) {
		snap, err := a.Book.Store.Load(ctx)
		if err != nil {
			return nil, err
		}
		if snap.Position != at {
			return nil, triage.ErrPosition
		}
		// The commit that says so follows what it speaks of; it alone is no
		// reason to say so again.
		done := snap.Ledger.Archived
		if notices <= done.Notices && commits <= done.Commits+1 {
			return nil, nil
		}
		c := a.Stamp.commit(snap.Ledger, "archiver")
		c.Events = []triage.Event{triage.Archived{Notices: max(notices, done.Notices), Commits: max(commits, done.Commits)}}
		return c, nil
	})
	return moreNotices || moreCommits, err
}

// tries is how often a duty's commit is tried against others' writes in one
// step; the next step tries again.
const tries = 10

// Stamp makes the commits of the service's own actors.
type Stamp struct{ Now Now }

func (s Stamp) commit(l triage.Ledger, name string) *triage.Commit {
	return &triage.Commit{
		ID: uuid.Must(uuid.NewV7()).String(), At: s.Now().UTC(), Through: l.Through,
		Actor: triage.Actor{Name: name, Role: "service", Verified: true},
	}
}
