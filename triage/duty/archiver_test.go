package duty

import (
	"context"
	"errors"
	"testing"

	"github.com/ppn-triage/ppn-triage/triage"
)

// shelf is a Copy in memory that is as far as the test says.
type shelf struct {
	last  func() uint64
	lag   uint64
	more  bool
	fails error
}

func (s *shelf) Advance(context.Context) (uint64, bool, error) {
	if s.fails != nil {
		return 0, false, s.fails
	}
	return s.last() - min(s.lag, s.last()), s.more, nil
}

// archiver copies the desk's streams at once.
func (d *desk) archiver() (a *Archiver, notices, commits *shelf) {
	notices = &shelf{last: func() uint64 { return d.world.Ledger().Through }}
	commits = &shelf{last: func() uint64 { return d.world.Ledger().Seq }}
	return &Archiver{Book: d.book, Notices: notices, Commits: commits, Keys: d.keys, Stamp: d.stamp()}, notices, commits
}

func (d *desk) wantArchived(notices, commits, end uint64) {
	d.Helper()
	l := d.world.Ledger()
	if l.Archived != (triage.Archived{Notices: notices, Commits: commits}) || l.Seq != end {
		d.Errorf("the log says %+v and ends at %d, want notices %d, commits %d, end %d", l.Archived, l.Seq, notices, commits, end)
	}
}

// TestArchivedIsSaidOnce: the commit that says so is no reason to say so again,
// for two archivers neither.
func TestArchivedIsSaidOnce(t *testing.T) {
	d := newDesk(t)
	a, _, _ := d.archiver()
	b, _, _ := d.archiver()
	both := func() {
		for range 3 {
			d.step("a", a.Step)
			d.step("b", b.Step)
		}
	}
	both()
	d.wantArchived(0, 0, 0)
	d.take(triage.Green)
	both()
	d.wantArchived(1, 1, 2)
	d.take(triage.Green)
	id := d.take(triage.Green)
	both()
	d.wantArchived(3, 4, 5)
	d.claim(id, 1)
	both()
	d.wantArchived(3, 6, 7)
}

// TestASlowerCopy never takes back what another has said.
func TestASlowerCopy(t *testing.T) {
	d := newDesk(t)
	for range 5 {
		d.take(triage.Green)
	}
	a, _, _ := d.archiver()
	b, notices, commits := d.archiver()
	notices.lag, commits.lag = 2, 2
	d.step("b", b.Step)
	d.wantArchived(3, 3, 6)
	d.step("a", a.Step)
	d.wantArchived(5, 6, 7)
	d.step("b", b.Step)
	d.wantArchived(5, 6, 7)
	commits.lag = 0
	d.claim(d.world.Items()[0].ID, 1)
	d.step("b", b.Step)
	d.wantArchived(5, 8, 9)
}

// TestACommitBetween the copy and the word of it is copied and said next time.
func TestACommitBetween(t *testing.T) {
	d := newDesk(t)
	d.take(triage.Green)
	a, _, commits := d.archiver()
	last := commits.last
	commits.last = func() uint64 {
		defer func() { commits.last = last }()
		at := last()
		d.take(triage.Green)
		return at
	}
	d.step("a", a.Step)
	d.wantArchived(1, 1, 3)
	d.step("a", a.Step)
	d.wantArchived(2, 3, 4)
	d.step("a", a.Step)
	d.wantArchived(2, 3, 4)
}

// TestACopyThatFails says nothing, whichever of the two it is, and goes on when
// it is back.
func TestACopyThatFails(t *testing.T) {
	d := newDesk(t)
	d.take(triage.Green)
	a, notices, commits := d.archiver()
	for _, s := range []*shelf{notices, commits} {
		s.fails = errFault
		if _, err := a.Step(t.Context()); !errors.Is(err, errFault) {
			t.Errorf("Step() = %v", err)
		}
		d.wantArchived(0, 0, 1)
		s.fails = nil
	}
	d.keysFail = errFault
	if _, err := a.Step(t.Context()); !errors.Is(err, errFault) {
		t.Errorf("Step() without a copy of the keys = %v", err)
	}
	d.wantArchived(0, 0, 1)
	d.keysFail = nil
	notices.more = true
	if more := d.step("a", a.Step); !more {
		t.Error("a copy has more to do, the archiver has not")
	}
	d.wantArchived(1, 1, 2)
}
