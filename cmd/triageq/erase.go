package main

import (
	"context"

	pb "github.com/ppn-triage/ppn-triage/api/triagev1"
	"github.com/ppn-triage/ppn-triage/cmd/internal/cli"
)

type holdCmd struct {
	Item   string `arg:"" help:"The item."`
	Reason string `help:"Why, in your words." required:""`
	Lift   bool   `help:"Take the hold back."`
}

// Run forbids to erase anything of an item, or takes that back.
func (c *holdCmd) Run(ctx context.Context, a *app) error {
	id, err := a.find(ctx, c.Item)
	if err != nil {
		return err
	}
	ctx, cancel := a.limited(ctx)
	defer cancel()
	if c.Lift {
		r, err := a.Queue.LiftHold(ctx, &pb.LiftHoldRequest{FrontDoor: a.FrontDoor, RequestId: request(), ItemId: id, Reason: c.Reason})
		if err != nil {
			return err
		}
		return a.answered(r, func(s cli.Screen) { s.Say("The hold is lifted. What has outlived its time is erased at once.") })
	}
	r, err := a.Queue.PlaceHold(ctx, &pb.PlaceHoldRequest{FrontDoor: a.FrontDoor, RequestId: request(), ItemId: id, Reason: c.Reason})
	if err != nil {
		return err
	}
	return a.answered(r, func(s cli.Screen) { s.Say("Held. Nothing of the item is erased until the hold is lifted.") })
}

type eraseCmd struct {
	Item   string `arg:"" help:"The item, by its whole id. It must have left the queue."`
	Notice string `help:"Id of the one notice that is meant. Defaults to all of the item, and what people wrote on it."`
	Ground string `help:"request (of the person concerned), wrong_recipient or court_order." required:""`
	Sure   bool   `help:"Yes, for ever."`
}

// Run erases what is personal in an item.
func (c *eraseCmd) Run(ctx context.Context, a *app) error {
	if !c.Sure {
		return usageError("what is erased cannot be brought back by anybody; say --sure")
	}
	id, err := a.find(ctx, c.Item)
	if err != nil {
		return err
	}
	ctx, cancel := a.limited(ctx)
	defer cancel()
	r, err := a.Queue.EraseItem(ctx, &pb.EraseItemRequest{FrontDoor: a.FrontDoor, RequestId: request(), ItemId: id, NoticeId: c.Notice, Ground: c.Ground})
	if err != nil {
		return err
	}
	return a.answered(r, func(s cli.Screen) {
		s.Say("Erased. Bands, codes and who decided stay; the mail itself leaves the stream of notices when it has aged out.")
	})
}
