package daemon

import (
	"context"
	"fmt"

	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/intake"
	"github.com/ppn-triage/ppn-triage/triage/link"
)

// rules returns what the log says is in force, compiled: the ruleset, and the
// case list beside it. A ruleset that this program cannot compile stops the
// worker: it would score by other rules than the log says.
func (dr *door) rules(ctx context.Context, l triage.Ledger) (*intake.Ruleset, error) {
	dr.lock.Lock()
	defer dr.lock.Unlock()
	if dr.active == nil || dr.active.Hash != l.Rules {
		rs, err := dr.readRules(ctx, l)
		if err != nil {
			return nil, err
		}
		dr.active, dr.list = rs, ""
	}
	if dr.list != l.Cases.ID {
		cases, err := dr.readCases(ctx, l.Cases)
		if err != nil {
			return nil, err
		}
		with := *dr.active
		with.Cases = cases
		dr.active, dr.list = &with, l.Cases.ID
	}
	return dr.active, nil
}

func (dr *door) readRules(ctx context.Context, l triage.Ledger) (*intake.Ruleset, error) {
	commits, err := bothCopies{dr}.ReadCommits(ctx, l.RulesSeq, 1)
	if err != nil {
		return nil, fmt.Errorf("read active rules: %w", err)
	}
	for _, c := range commits {
		for _, e := range c.Events {
			if r, ok := e.(triage.RulesActivated); ok && r.Hash == l.Rules {
				rs, err := intake.Unpack(r.Bytes, dr.linking)
				if err != nil {
					return nil, fmt.Errorf("active rules %.12s: %w", l.Rules, err)
				}
				return rs, nil
			}
		}
	}
	return nil, fmt.Errorf("active rules %.12s are not in commit %d: %w", l.Rules, l.RulesSeq, triage.ErrChain)
}

// readCases gathers the rows of a case list from the commits they stand in.
func (dr *door) readCases(ctx context.Context, list triage.CaseList) (*link.Cases, error) {
	var rows []triage.CaseRow
	for at := list.From; at <= list.To; {
		commits, err := bothCopies{dr}.ReadCommits(ctx, at, 100)
		if err != nil {
			return nil, fmt.Errorf("read case list: %w", err)
		}
		if len(commits) == 0 {
			break
		}
		for _, c := range commits {
			if c, err = dr.open(ctx, c); err != nil {
				return nil, fmt.Errorf("read case list: %w", err)
			}
			for _, e := range c.Events {
				if part, ok := e.(triage.CaseRows); ok && part.List == list.ID && c.Seq <= list.To {
					rows = append(rows, part.Rows...)
				}
			}
		}
		at = commits[len(commits)-1].Seq + 1
	}
	if len(rows) != list.Rows {
		return nil, fmt.Errorf("the case list has %d rows, the log holds %d: %w", list.Rows, len(rows), triage.ErrChain)
	}
	return dr.linking.Linker.NewCases(rows, list.AsOf), nil
}
