package audit

import (
	"context"
	"fmt"
	"sync"

	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/wire"
)

// Log is a log in memory, of commits as the real one stores them: for tools
// that run the pipeline without servers.
type Log struct {
	lock    sync.RWMutex
	commits [][]byte
}

// Append stores a commit if the log ends at the expected position.
func (l *Log) Append(_ context.Context, c triage.Commit, expected uint64) (uint64, error) {
	b, err := wire.EncodeCommit(c)
	if err != nil {
		return 0, fmt.Errorf("append: %w", err)
	}
	l.lock.Lock()
	defer l.lock.Unlock()
	if end := uint64(len(l.commits)); end != expected {
		return 0, fmt.Errorf("append after %d: %w: the log ends at %d", expected, triage.ErrPosition, end)
	}
	l.commits = append(l.commits, b)
	return expected + 1, nil
}

// ReadCommits returns commits from a sequence on.
func (l *Log) ReadCommits(_ context.Context, from uint64, max int) ([]triage.Commit, error) {
	l.lock.RLock()
	defer l.lock.RUnlock()
	var out []triage.Commit
	for seq := from; seq <= uint64(len(l.commits)) && len(out) < max; seq++ {
		c, err := wire.DecodeCommit(l.commits[seq-1])
		if err != nil {
			return out, fmt.Errorf("commit %d: %w", seq, err)
		}
		c.Seq = seq
		out = append(out, c)
	}
	return out, nil
}
