package queueapi

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"google.golang.org/genproto/googleapis/rpc/errdetails"

	pb "github.com/ppn-triage/ppn-triage/api/triagev1"
	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/intake"
	"github.com/ppn-triage/ppn-triage/triage/rules"
	"github.com/ppn-triage/ppn-triage/triage/wire"
)

// rulesets remembers which commits activated which ruleset last.
type rulesets struct {
	lock sync.Mutex
	seen uint64 // last commit looked at
	at   map[string]uint64
}

// maxRuleset keeps a commit under the stream's limit of 1 MB.
const maxRuleset = 900 << 10

// GetRuleset shows the active ruleset, or an earlier one by its hash.
func (s rulesService) GetRuleset(ctx context.Context, r *pb.GetRulesetRequest) (*pb.GetRulesetResponse, error) {
	return answer(ctx, r, func(ctx context.Context, r *pb.GetRulesetRequest) (*pb.GetRulesetResponse, error) {
		d, err := s.door(r.GetFrontDoor())
		if err != nil {
			return nil, err
		}
		snap, _, err := d.current(ctx)
		if err != nil {
			return nil, err
		}
		hash := r.GetHash()
		if hash == "" {
			hash = snap.Ledger.Rules
		}
		c, e, err := d.activation(ctx, snap.Ledger, hash)
		if err != nil {
			return nil, err
		}
		return &pb.GetRulesetResponse{Ruleset: ruleset(c, e, snap.Ledger)}, nil
	})
}

func ruleset(c *triage.Commit, e triage.RulesActivated, l triage.Ledger) *pb.Ruleset {
	return &pb.Ruleset{
		Hash: e.Hash, Archive: e.Bytes, Sequence: c.Seq, Activated: wire.TimeProto(c.At), By: c.Actor.Name, Active: c.Seq == l.RulesSeq,
	}
}

// activation finds the commit that activated a ruleset last.
func (f *front) activation(ctx context.Context, l triage.Ledger, hash string) (*triage.Commit, triage.RulesActivated, error) {
	at := l.RulesSeq
	if hash != l.Rules {
		var err error
		if at, err = f.activated(ctx, hash); err != nil {
			return nil, triage.RulesActivated{}, err
		}
	}
	if at == 0 {
		return nil, triage.RulesActivated{}, fmt.Errorf("ruleset %.12s: %w", hash, triage.ErrNotFound)
	}
	c, err := f.commit(ctx, at)
	if err != nil {
		return nil, triage.RulesActivated{}, err
	}
	for _, e := range c.Events {
		if a, ok := e.(triage.RulesActivated); ok && a.Hash == hash {
			return c, a, nil
		}
	}
	return nil, triage.RulesActivated{}, fmt.Errorf("ruleset %.12s is not in commit %d: %w", hash, at, triage.ErrChain)
}

// activated reads the log for the commit that activated a ruleset last, 0 if
// none did.
func (f *front) activated(ctx context.Context, hash string) (uint64, error) {
	m := &f.rulesets
	m.lock.Lock()
	defer m.lock.Unlock()
	if m.at == nil {
		m.at = map[string]uint64{}
	}
	for {
		commits, err := f.commits(ctx, m.seen+1, 500)
		if err != nil || len(commits) == 0 {
			return m.at[hash], err
		}
		for _, c := range commits {
			for _, e := range c.Events {
				if a, ok := e.(triage.RulesActivated); ok {
					m.at[a.Hash] = c.Seq
				}
			}
			m.seen = c.Seq
		}
	}
}

// CheckRuleset says everything that is wrong with a ruleset. It is the check
// that activation makes.
func (s rulesService) CheckRuleset(ctx context.Context, r *pb.CheckRulesetRequest) (*pb.CheckRulesetResponse, error) {
	return answer(ctx, r, func(ctx context.Context, r *pb.CheckRulesetRequest) (*pb.CheckRulesetResponse, error) {
		d := s.doors[s.cfg.Doors[0].Name]
		snap, _, err := d.current(ctx)
		if err != nil {
			return nil, err
		}
		rs, problems, err := d.compile(ctx, snap.Ledger, r.GetArchive())
		if err != nil {
			return nil, err
		}
		out := &pb.CheckRulesetResponse{Hash: hexDigest(r.GetArchive()), Problems: problems}
		if rs != nil {
			out.Hash = rs.Hash
		}
		return out, nil
	})
}

// compile checks and compiles an archive of rules, for the linking that the
// front door works with.
func (f *front) compile(ctx context.Context, l triage.Ledger, archive []byte) (*intake.Ruleset, []*pb.RulesetProblem, error) {
	if len(archive) > maxRuleset {
		return nil, nil, bad(pb.ErrorReason_ERROR_REASON_TOO_LARGE, "archive", fmt.Sprintf("%d bytes, at most %d", len(archive), maxRuleset))
	}
	active, err := f.Rules(ctx, l)
	if err != nil {
		return nil, nil, err
	}
	rs, err := intake.Unpack(archive, active.Linking)
	return rs, problemsOf(err), nil
}

// problemsOf lists what a validator says, with places where it gives them.
func problemsOf(err error) (out []*pb.RulesetProblem) {
	var found rules.Problems
	var several interface{ Unwrap() []error }
	switch {
	case err == nil:
	case errors.As(err, &several) && !sameProblems(err):
		for _, e := range several.Unwrap() {
			out = append(out, problemsOf(e)...)
		}
	case errors.As(err, &found):
		for _, p := range found {
			if !p.Warning {
				out = append(out, &pb.RulesetProblem{File: p.File, Line: int32(p.Line), Column: int32(p.Column), Message: p.Text})
			}
		}
	default:
		out = append(out, &pb.RulesetProblem{Message: err.Error()})
	}
	return out
}

// sameProblems tells whether the error is the rules' own list.
func sameProblems(err error) bool {
	_, ok := err.(rules.Problems) //nolint:errorlint // the list itself, not one that is joined with others
	return ok
}

// ActivateRuleset makes a ruleset the one that scores from here on. Items in
// the queue are scored anew by the service, in commits of their own.
func (s rulesService) ActivateRuleset(ctx context.Context, r *pb.ActivateRulesetRequest) (*pb.ActivateRulesetResponse, error) {
	return answer(ctx, r, s.activate)
}

func (s rulesService) activate(ctx context.Context, r *pb.ActivateRulesetRequest) (*pb.ActivateRulesetResponse, error) {
	d, err := s.door(r.GetFrontDoor())
	if err != nil {
		return nil, err
	}
	snap, _, err := d.current(ctx)
	if err != nil {
		return nil, err
	}
	rs, problems, err := d.compile(ctx, snap.Ledger, r.GetArchive())
	if err != nil {
		return nil, err
	}
	if len(problems) > 0 {
		return nil, refusal(problems)
	}
	out, err := s.do(ctx, command{
		door: d, request: r,
		build: func(_ context.Context, m moment) ([]triage.Event, error) {
			if was := m.snap.Ledger.Rules; r.GetReplaces() != "" && r.GetReplaces() != was {
				return nil, fmt.Errorf("%w: ruleset %.12s is active", triage.ErrStale, was)
			} else if was == rs.Hash {
				return nil, nil
			}
			return []triage.Event{triage.RulesActivated{Hash: rs.Hash, Bytes: rs.Bytes}}, nil
		},
	})
	if err != nil {
		return nil, err
	}
	if snap, _, err = d.current(ctx); err != nil {
		return nil, err
	}
	c, e, err := d.activation(ctx, snap.Ledger, rs.Hash)
	if err != nil {
		return nil, err
	}
	answer := &pb.ActivateRulesetResponse{Ruleset: ruleset(c, e, snap.Ledger)}
	if out.commit != nil {
		answer.Items = snap.Ledger.States[triage.Waiting] + snap.Ledger.States[triage.ClaimedState]
	}
	return answer, nil
}

// refusal says what is wrong with a ruleset that was to be activated.
func refusal(problems []*pb.RulesetProblem) error {
	f := &fault{
		reason: pb.ErrorReason_ERROR_REASON_INVALID,
		text:   fmt.Sprintf("archive: %d mistakes; CheckRuleset lists them", len(problems)),
	}
	for _, p := range problems[:min(len(problems), 20)] {
		f.fields = append(f.fields, &errdetails.BadRequest_FieldViolation{
			Field: "archive", Description: fmt.Sprintf("%s:%d:%d: %s", p.GetFile(), p.GetLine(), p.GetColumn(), p.GetMessage()),
		})
	}
	return f
}
