package replay

import (
	"context"
	"fmt"

	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/audit"
	"github.com/ppn-triage/ppn-triage/triage/intake"
	"github.com/ppn-triage/ppn-triage/triage/link"
)

// inForce is what the log says is in force: rules and case list, compiled. The
// zero value is that of an empty log.
type inForce struct {
	hash  string
	rules *intake.Ruleset
	err   error // why this program cannot use them
	rows  map[string][]triage.CaseRow
	list  string // id of the case list in force
	cases *link.Cases
}

// follow takes in what a commit of the log, just folded, says of it.
func (f *inForce) follow(c *triage.Commit, l triage.Ledger, linking intake.Linking) error {
	for _, e := range c.Events {
		switch e := e.(type) {
		case triage.RulesActivated:
			f.hash = e.Hash
			f.rules, f.err = intake.Unpack(e.Bytes, linking)
			if f.err == nil && f.rules.Hash != e.Hash {
				return fmt.Errorf("commit %d: the ruleset activated is not %.12s: %w", c.Seq, e.Hash, triage.ErrChain)
			}
		case triage.CaseRows:
			if e.Part == 1 || f.rows == nil {
				f.rows = map[string][]triage.CaseRow{}
			}
			f.rows[e.List] = append(f.rows[e.List], e.Rows...)
		}
	}
	if f.list != l.Cases.ID {
		f.list, f.cases = l.Cases.ID, linking.Linker.NewCases(f.rows[l.Cases.ID], l.Cases.AsOf)
		f.rows = nil
	}
	return nil
}

// at returns what was in force at a position, which must be the last one
// followed.
func (f *inForce) at(l triage.Ledger) (*intake.Ruleset, error) {
	switch {
	case f.err != nil:
		return nil, f.err
	case f.rules == nil || f.hash != l.Rules:
		return nil, fmt.Errorf("ruleset %.12s: %w", l.Rules, triage.ErrNotFound)
	}
	rs := *f.rules
	rs.Cases = f.cases
	return &rs, nil
}

// still is the world as a store that takes nothing: the commit of the log is
// what it goes on from.
type still struct{ *audit.World }

// Apply does nothing.
func (still) Apply(context.Context, ...triage.Commit) ([]*triage.Item, error) { return nil, nil }

// tape is a log that remembers the commit appended.
type tape struct{ commit triage.Commit }

// ReadCommits says that the log goes no further.
func (*tape) ReadCommits(context.Context, uint64, int) ([]triage.Commit, error) { return nil, nil }

// Append remembers the commit.
func (t *tape) Append(_ context.Context, c triage.Commit, expected uint64) (uint64, error) {
	t.commit = c
	return expected + 1, nil
}

// batch is a stream that holds one commit's notices.
type batch []intake.Notice

// Read returns them, from a sequence on.
func (b batch) Read(_ context.Context, from uint64, most int) ([]intake.Notice, error) {
	if len(b) == 0 || from < b[0].Seq || from-b[0].Seq >= uint64(len(b)) {
		return nil, nil
	}
	b = b[from-b[0].Seq:]
	return b[:min(len(b), most)], nil
}

// noHand: a replay is watched by a person, who sees a crash.
type noHand struct{}

func (noHand) Before(uint64) int         { return 0 }
func (noHand) Take(uint64, uint64) error { return nil }
func (noHand) Drop() error               { return nil }
