package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	pb "github.com/ppn-triage/ppn-triage/api/triagev1"
	"github.com/ppn-triage/ppn-triage/cmd/internal/cli"
)

// decideCmd is one decision for one or several children. What it must hold is
// the service's to say. The outcomes are the DfE's contact outcomes; an
// authority may have others.
type decideCmd struct {
	Item         string   `arg:"" help:"The item."`
	Child        []string `help:"For this child: c1, c2 … or all that need one. May be left out where only one does." placeholder:"ID"`
	Outcome      string   `help:"no_further_action, information_and_advice, early_help, child_in_need_referral, strategy_discussion, or a local code." placeholder:"CODE"`
	Rationale    string   `help:"Why, in your words."`
	Threshold    string   `help:"Level of the local threshold document." placeholder:"LEVEL"`
	ParentSpoken string   `help:"yes, or why no parent was spoken to."`
	Consent      string   `help:"given, refused or dispensed." placeholder:"WORD"`
	ConsentWhy   string   `help:"Why it was refused or dispensed with."`
	SeenBy       string   `help:"Who has seen the child."`
	Check        []string `help:"A check that was done, for example health or school." sep:"none" placeholder:"WORDS"`
	StrategyAt   string   `help:"When the strategy discussion is." placeholder:"TIME"`
	CaseID       string   `name:"case-id" help:"Id in the case system." placeholder:"ID"`
	ReferrerTold string   `help:"When the referrer was told: a time, or now." placeholder:"TIME"`
	token
}

// Run records the decision.
func (c *decideCmd) Run(ctx context.Context, a *app) error {
	was, err := a.get(ctx, c.Item)
	if err != nil {
		return err
	}
	i := was.GetItem()
	h, err := c.claim(a, i.GetId())
	if err != nil {
		return err
	}
	decisions, err := c.decisions(i)
	if err != nil {
		return err
	}
	ctx, cancel := a.limited(ctx)
	defer cancel()
	r, err := a.Queue.DecideItem(ctx, &pb.DecideItemRequest{
		FrontDoor: a.FrontDoor, RequestId: request(), ItemId: i.GetId(), Token: h.Token, Version: h.Version, Decisions: decisions,
	})
	if err != nil {
		return err
	}
	if err := a.hand.keep(r.GetItem(), r.GetItem().GetVersion()); err != nil {
		return err
	}
	return a.answered(r, func(s cli.Screen) {
		for _, d := range decisions {
			s.Say("%s: %s.", called(i, d.GetChildId()), strings.ReplaceAll(d.GetOutcome(), "_", " "))
		}
		if open := r.GetItem().GetOpen(); len(open) > 0 {
			s.Say("Still to decide: %s.", strings.Join(open, ", "))
			return
		}
		s.Say("Every child is decided: the item has left the queue.")
	})
}

// decisions is one for each child that is meant.
func (c *decideCmd) decisions(i *pb.Item) (out []*pb.Decision, err error) {
	strategy, err := when("--strategy-at", c.StrategyAt)
	if err != nil {
		return nil, err
	}
	told, err := when("--referrer-told", c.ReferrerTold)
	if err != nil {
		return nil, err
	}
	ids, err := c.children(i)
	for _, id := range ids {
		out = append(out, &pb.Decision{
			ChildId: id, Outcome: c.Outcome, Threshold: c.Threshold, Rationale: c.Rationale, ParentSpoken: c.ParentSpoken,
			Consent: c.Consent, ConsentWhy: c.ConsentWhy, SeenBy: c.SeenBy, Checks: c.Check, StrategyAt: strategy,
			CaseId: c.CaseID, ReferrerToldAt: told,
		})
	}
	return out, err
}

// children are the ids that --child means. Siblings differ, so several are never
// taken as meant without a word.
func (c *decideCmd) children(i *pb.Item) ([]string, error) {
	switch open := i.GetOpen(); {
	case slices.Contains(c.Child, "all"):
		return open, nil
	case len(c.Child) > 0:
		return c.Child, nil
	case len(open) > 1:
		var names []string
		for _, id := range open {
			names = append(names, called(i, id))
		}
		return nil, usageError(fmt.Sprintf("several children need a decision: %s; name them with --child ID, or --child all", strings.Join(names, ", ")))
	case len(open) == 0:
		return []string{""}, nil // the service says why that cannot be
	default:
		return open, nil
	}
}

// called is a child's id with its name.
func called(i *pb.Item, id string) string {
	for _, ch := range i.GetChildren() {
		if ch.GetId() == id {
			return strings.TrimSpace(id + " " + ch.GetPerson().GetName())
		}
	}
	if id == "" {
		return "the item, in which no child is named"
	}
	return id
}

// when reads a time as a person here writes it, on London's clock.
func when(flag, words string) (*timestamppb.Timestamp, error) {
	now := time.Now().In(cli.London)
	switch words {
	case "":
		return nil, nil
	case "now":
		return timestamppb.New(now), nil
	}
	if t, err := time.Parse(time.RFC3339, words); err == nil {
		return timestamppb.New(t), nil
	}
	for _, layout := range []string{"2006-01-02 15:04", "2006-01-02T15:04"} {
		if t, err := time.ParseInLocation(layout, words, cli.London); err == nil {
			return timestamppb.New(t), nil
		}
	}
	if t, err := time.ParseInLocation("2006-01-02 15:04", now.Format(time.DateOnly)+" "+words, cli.London); err == nil {
		return timestamppb.New(t), nil
	}
	return nil, usageError(fmt.Sprintf(`%s %q: write 14:30 (today), "2026-01-31 14:30", or now`, flag, words))
}

type interimCmd struct {
	Item     string `arg:"" help:"The item."`
	Words    string `help:"What was done."`
	SafeWith string `help:"Who the child is safe with."`
}

// Run records what the out-of-hours team did.
func (c *interimCmd) Run(ctx context.Context, a *app) error {
	id, err := a.find(ctx, c.Item)
	if err != nil {
		return err
	}
	ctx, cancel := a.limited(ctx)
	defer cancel()
	r, err := a.Queue.RecordInterim(ctx, &pb.RecordInterimRequest{FrontDoor: a.FrontDoor, RequestId: request(), ItemId: id, Words: c.Words, SafeWith: c.SafeWith})
	if err != nil {
		return err
	}
	return a.answered(r, func(s cli.Screen) {
		s.Say("Recorded. The bell is silent; the item stays in the queue, due %s.", cli.When(r.GetItem().GetDue()))
	})
}

type answerCmd struct {
	Item string `arg:"" help:"The item."`
}

// Run answers the bell that rings for an item.
func (c *answerCmd) Run(ctx context.Context, a *app) error {
	id, err := a.find(ctx, c.Item)
	if err != nil {
		return err
	}
	ctx, cancel := a.limited(ctx)
	defer cancel()
	r, err := a.Queue.AnswerBell(ctx, &pb.AnswerBellRequest{FrontDoor: a.FrontDoor, RequestId: request(), ItemId: id})
	if err != nil {
		return err
	}
	return a.answered(r, func(s cli.Screen) {
		s.Say("Answered. Nobody else is called; the item stays in the queue, due %s. Next:", cli.When(r.GetItem().GetDue()))
		s.Say("  triageq show %s", short(id))
		s.Say("  triageq interim %s --words WHAT --safe-with WHOM", short(id))
	})
}

type overrideCmd struct {
	Item   string `arg:"" help:"The item."`
	Band   string `help:"red, amber, green or blue." required:"" placeholder:"BAND"`
	Reason string `help:"Why, in your words."`
	token
}

// Run sets an item's band by the caller's judgement.
func (c *overrideCmd) Run(ctx context.Context, a *app) error {
	b, err := band(c.Band)
	if err != nil {
		return err
	}
	id, h, err := a.act(ctx, c.Item, c.token)
	if err != nil {
		return err
	}
	ctx, cancel := a.limited(ctx)
	defer cancel()
	r, err := a.Queue.OverrideBand(ctx, &pb.OverrideBandRequest{
		FrontDoor: a.FrontDoor, RequestId: request(), ItemId: id, Token: h.Token, Version: h.Version, Band: b, Reason: c.Reason,
	})
	if err != nil {
		return err
	}
	if err := a.hand.keep(r.GetItem(), r.GetItem().GetVersion()); err != nil {
		return err
	}
	return a.answered(r, func(s cli.Screen) {
		s.Say("It stands at %s now, due %s.", cli.BandWord(r.GetItem().GetSummary().GetBand()), cli.When(r.GetItem().GetDue()))
	})
}
