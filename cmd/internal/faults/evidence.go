package faults

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sort"
	"time"

	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/audit"
	"github.com/ppn-triage/ppn-triage/triage/jet"
	"github.com/ppn-triage/ppn-triage/triage/wire"
)

// evidence is the log as it stands when all is over, and what it has come to.
type evidence struct {
	identity string
	notices  []jet.Record
	commits  []triage.Commit
	stored   []time.Time // of each commit, by the server
	world    *audit.World
	deeds    map[string]deed // by request id: what the log says became of a command
	repeated map[string]int  // request ids that more than one commit carries
	items    map[string]*triage.Item
	moves    map[string][]move // of each item
}

// move says that a commit has touched an item, and where it stood then.
type move struct {
	seq    uint64
	queued bool
}

// at says whether an item was in the queue at a position.
func (e *evidence) at(item string, seq uint64) (queued bool) {
	for _, m := range e.moves[item] {
		if m.seq <= seq {
			queued = m.queued
		}
	}
	return queued
}

// touched says whether a commit after one position and up to another has
// touched the item.
func (e *evidence) touched(item string, after, to uint64) bool {
	return slices.ContainsFunc(e.moves[item], func(m move) bool { return m.seq > after && m.seq <= to })
}

// until is the last commit that was stored by a time.
func (e *evidence) until(t time.Time) uint64 {
	return uint64(sort.Search(len(e.stored), func(n int) bool { return e.stored[n].After(t) })) //nolint:gosec // not negative
}

// gather reads both streams to their ends, without a daemon, and folds them.
func (s *stage) gather(ctx context.Context) (*evidence, error) {
	conn, err := s.connect(ctx, nil)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	log, err := conn.OpenLog(ctx, jet.LogOptions{FrontDoor: frontDoor, Codec: wire.Codec{}, MustExist: true})
	if err != nil {
		return nil, err
	}
	e := &evidence{world: audit.NewWorld(nil), deeds: map[string]deed{}, repeated: map[string]int{}, items: map[string]*triage.Item{}, moves: map[string][]move{}}
	_, e.identity = log.Identity()
	if e.notices, err = all(ctx, log.ReadNoticeRecords); err != nil {
		return nil, err
	}
	commits, err := all(ctx, log.ReadCommitRecords)
	if err != nil {
		return nil, err
	}
	for _, r := range commits {
		c, err := wire.DecodeCommit(r.Data)
		if err != nil {
			return nil, fmt.Errorf("commit %d: %w", r.Seq, err)
		}
		c.Seq = r.Seq
		changed, err := e.world.Apply(ctx, c)
		if err != nil {
			return nil, fmt.Errorf("fold: %w", err)
		}
		e.take(c, r.Time, changed)
	}
	return e, nil
}

func all(ctx context.Context, read func(context.Context, uint64, int) ([]jet.Record, error)) (out []jet.Record, err error) {
	for {
		more, err := read(ctx, uint64(len(out))+1, 1000)
		out = append(out, more...)
		if err != nil || len(more) == 0 {
			return out, err
		}
	}
}

// take writes down what a commit has done.
func (e *evidence) take(c triage.Commit, at time.Time, changed []*triage.Item) {
	for _, i := range changed {
		id := string(i.ID)
		e.items[id], e.moves[id] = i, append(e.moves[id], move{c.Seq, i.Queued()})
	}
	e.commits, e.stored = append(e.commits, c), append(e.stored, at)
	if c.RequestID == "" {
		return
	}
	if _, known := e.deeds[c.RequestID]; known {
		e.repeated[c.RequestID]++
	}
	d := deed{id: c.RequestID, who: c.Actor.Name}
	for _, ev := range c.Events {
		d.what, d.item = fmt.Sprintf("%T", ev), string(ev.Target())
		switch ev := ev.(type) {
		case triage.Claimed:
			d.token = ev.Token
		case triage.ClaimRenewed:
			d.token = ev.Token
		case triage.Released:
			d.token = ev.Token
		case triage.Decided:
			d.token = ev.Token
		case triage.BandOverridden:
			d.token = ev.Token
		}
	}
	if i := e.items[d.item]; i != nil && i.Claim != nil {
		d.until = i.Claim.Until
	}
	e.deeds[c.RequestID] = d
}

// errMoved says that the log has grown while it was being compared.
var errMoved = errors.New("the log has grown meanwhile")

// end is the log's last position now.
func (s *stage) end(ctx context.Context) (notices, commits uint64, err error) {
	conn, err := s.connect(ctx, nil)
	if err != nil {
		return 0, 0, err
	}
	defer conn.Close()
	log, err := conn.OpenLog(ctx, jet.LogOptions{FrontDoor: frontDoor, Codec: wire.Codec{}, MustExist: true})
	if err != nil {
		return 0, 0, err
	}
	ends, err := log.End(ctx)
	return ends.Notices.Last, ends.Commits.Last, err
}
