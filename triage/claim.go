package triage

import (
	"fmt"
	"slices"
	"time"
)

// claim gives the item to the commit's actor. The fencing token is the
// commit's own place in the log, so it grows for ever and no clock is needed
// to tell an old claim from a new one.
func (i *Item) claim(c *Commit, e Claimed) error {
	if err := i.queued(); err != nil {
		return err
	}
	if i.Claim != nil {
		return fmt.Errorf("%w until %s", ErrClaimed, i.Claim.Until.UTC().Format(time.RFC3339))
	}
	if e.Token != c.Seq {
		return fmt.Errorf("%w: claim token %d in commit %d", ErrInvalid, e.Token, c.Seq)
	}
	i.Claim = &Claim{By: c.Actor.Name, Token: e.Token, Until: e.Until, At: c.At}
	return nil
}

// free refuses a change under the hands of somebody else who holds the item.
func (i *Item) free(c *Commit) error {
	if i.Claim != nil && i.Claim.By != c.Actor.Name && c.At.Before(i.Claim.Until) {
		return fmt.Errorf("%w until %s", ErrClaimed, i.Claim.Until.UTC().Format(time.RFC3339))
	}
	return nil
}

// held refuses whoever does not hold the claim with that token now.
func (i *Item) held(c *Commit, token uint64) error {
	if i.Claim == nil || i.Claim.Token != token || i.Claim.By != c.Actor.Name || !c.At.Before(i.Claim.Until) {
		return ErrToken
	}
	return nil
}

func (i *Item) renew(c *Commit, e ClaimRenewed) error {
	if err := i.held(c, e.Token); err != nil {
		return err
	}
	i.Claim.Until = e.Until
	return nil
}

func (i *Item) release(c *Commit, token uint64) error {
	if err := i.held(c, token); err != nil {
		return err
	}
	i.Claim = nil
	return nil
}

func (i *Item) expire(c *Commit, e ClaimExpired) error {
	if i.Claim == nil || i.Claim.Token != e.Token {
		return ErrToken
	}
	if c.At.Before(i.Claim.Until) {
		return fmt.Errorf("%w: the claim runs until %s", ErrState, i.Claim.Until.UTC().Format(time.RFC3339))
	}
	i.Claim = nil
	return nil
}

// decide records decisions. It needs the claim, the source text opened since
// the last notice, and a rationale for every child. The claim ends with the
// last open child.
func (i *Item) decide(c *Commit, e Decided) error {
	if err := i.held(c, e.Token); err != nil {
		return err
	}
	if !i.OpenedBy(c.Actor.Name) {
		return ErrUnopened
	}
	if err := i.validDecisions(e.Decisions); err != nil {
		return err
	}
	for _, d := range e.Decisions {
		d.By, d.At = c.Actor.Name, c.At
		i.Decisions = append(i.Decisions, d)
		i.Open = slices.DeleteFunc(i.Open, func(id string) bool { return id == d.Child })
	}
	if len(i.Open) == 0 {
		i.close()
	}
	return nil
}

func (i *Item) validDecisions(ds []Decision) error {
	if len(ds) == 0 {
		return refuse("no decision")
	}
	for n, d := range ds {
		switch {
		case slices.ContainsFunc(ds[:n], func(o Decision) bool { return o.Child == d.Child }):
			return refuse("two decisions on one child")
		case d.Rationale == "":
			return refuse("a decision needs a rationale")
		case d.Outcome == "":
			return refuse("a decision needs an outcome")
		case !slices.Contains(i.childIDs(), d.Child):
			return fmt.Errorf("%w: child %q", ErrNotFound, d.Child)
		}
	}
	return nil
}

func (i *Item) override(c *Commit, e BandOverridden) error {
	if err := i.held(c, e.Token); err != nil {
		return err
	}
	if e.Reason == "" {
		return refuse("an override needs a reason")
	}
	if e.Band < Blue || e.Band > Red {
		return refuse("an override needs a band")
	}
	i.Override = &Override{Band: e.Band, By: c.Actor.Name, At: c.At, Reason: e.Reason, Through: c.Through}
	i.Due, i.BreachRisk, i.Overdue = e.Due, false, false
	return nil
}
