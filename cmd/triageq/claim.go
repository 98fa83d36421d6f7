package main

import (
	"context"
	"fmt"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	pb "github.com/ppn-triage/ppn-triage/api/triagev1"
	"github.com/ppn-triage/ppn-triage/cmd/internal/cli"
)

// lease is how long to hold; nil leaves it to the service.
type lease struct {
	For time.Duration `help:"How long to hold it. Defaults to the service's lease, which is also the most." placeholder:"20m"`
}

func (l lease) proto() *durationpb.Duration {
	if l.For == 0 {
		return nil
	}
	return durationpb.New(l.For)
}

type nextCmd struct {
	which
	lease
	Read bool `help:"And open its newest notice."`
}

// Run claims the first item that nobody holds and shows it.
func (c *nextCmd) Run(ctx context.Context, a *app) error {
	f, err := c.filter(a.Actor)
	if err != nil {
		return err
	}
	r, err := a.claimNext(ctx, &pb.ClaimNextRequest{FrontDoor: a.FrontDoor, RequestId: request(), Filter: f, Lease: c.proto()})
	if err != nil {
		return err
	}
	if r.GetItem() == nil {
		return c.none(ctx, a, r, f)
	}
	if err := a.taken(r.GetItem(), r); err != nil || !c.Read {
		return err
	}
	return (&readCmd{}).read(ctx, a, r.GetItem())
}

func (a *app) claimNext(ctx context.Context, r *pb.ClaimNextRequest) (*pb.ClaimNextResponse, error) {
	ctx, cancel := a.limited(ctx)
	defer cancel()
	return a.Queue.ClaimNext(ctx, r)
}

// none says that nothing waits, together with how fresh that is.
func (c *nextCmd) none(ctx context.Context, a *app, r *pb.ClaimNextResponse, f *pb.ItemFilter) error {
	f.Unheld = true
	list, err := a.page(ctx, &pb.ListItemsRequest{FrontDoor: a.FrontDoor, Filter: f, PageSize: 1})
	if err != nil {
		return err
	}
	return a.answered(r, func(s cli.Screen) {
		s.Freshness(a.FrontDoor, list)
		if cli.Complete(list) {
			s.Say("Nothing waits that nobody holds.")
			return
		}
		s.Empty(list, true)
	})
}

// taken remembers a claim, shows the item and says what comes next.
func (a *app) taken(i *pb.Item, reply proto.Message) error {
	if err := a.hand.keep(i, i.GetVersion()); err != nil {
		return err
	}
	return a.answered(reply, func(s cli.Screen) {
		s.Item(i)
		id := short(i.GetId())
		s.Say("")
		s.Say("You hold it until %s. Next:", cli.When(i.GetClaim().GetUntil()))
		s.Say("  triageq read %s", id)
		s.Say("  triageq decide %s --outcome OUTCOME --rationale WHY", id)
		s.Say("  triageq release %s", id)
	})
}

type claimCmd struct {
	Item string `arg:"" help:"The item."`
	lease
}

// Run claims one item and shows it.
func (c *claimCmd) Run(ctx context.Context, a *app) error {
	id, err := a.find(ctx, c.Item)
	if err != nil {
		return err
	}
	ctx, cancel := a.limited(ctx)
	defer cancel()
	r, err := a.Queue.ClaimItem(ctx, &pb.ClaimItemRequest{FrontDoor: a.FrontDoor, RequestId: request(), ItemId: id, Lease: c.proto()})
	if err != nil {
		return err
	}
	return a.taken(r.GetItem(), r)
}

// token is the claim to act under: the one kept for the item, or the one given.
type token struct {
	Token uint64 `help:"Fencing token of your claim, where it was not taken from here." placeholder:"N"`
}

// claim finds what an action on an item is based on: the claim, and the version
// that the person saw.
func (t token) claim(a *app, item string) (held, error) {
	h, err := a.hand.find(item)
	if err != nil {
		return h, err
	}
	if t.Token != 0 {
		h.Token = t.Token
	}
	if h.Token == 0 {
		return h, fmt.Errorf("%s has not claimed this item from here; take it with: triageq claim %s", a.Actor, item)
	}
	return h, nil
}

type renewCmd struct {
	Item string `arg:"" help:"The item."`
	lease
	token
}

// Run moves the end of a claim. What has changed since the person looked stays
// unseen: the version he saw is kept, and a decision on it is refused.
func (c *renewCmd) Run(ctx context.Context, a *app) error {
	was, err := a.get(ctx, c.Item)
	if err != nil {
		return err
	}
	i := was.GetItem()
	h, err := c.claim(a, i.GetId())
	if err != nil {
		return err
	}
	ctx, cancel := a.limited(ctx)
	defer cancel()
	r, err := a.Queue.RenewClaim(ctx, &pb.RenewClaimRequest{FrontDoor: a.FrontDoor, RequestId: request(), ItemId: i.GetId(), Token: h.Token, Lease: c.proto()})
	if err != nil {
		return err
	}
	seen := r.GetItem().GetVersion()
	if unseen := h.Version != 0 && h.Version != i.GetVersion(); unseen {
		seen = h.Version
	}
	if err := a.hand.keep(r.GetItem(), seen); err != nil {
		return err
	}
	return a.answered(r, func(s cli.Screen) {
		s.Say("You hold it until %s.", cli.When(r.GetItem().GetClaim().GetUntil()))
		if seen == h.Version {
			s.Warn("It has changed since you last looked at it: triageq show %s", c.Item)
		}
	})
}

// act finds the item and the claim that a command works with.
func (a *app) act(ctx context.Context, typed string, t token) (string, held, error) {
	id, err := a.find(ctx, typed)
	if err != nil {
		return "", held{}, err
	}
	h, err := t.claim(a, id)
	return id, h, err
}

type releaseCmd struct {
	Item   string `arg:"" help:"The item."`
	Skip   bool   `help:"You pass over it to work on another one; needs --reason."`
	Reason string `help:"Why."`
	token
}

// Run gives an item back.
func (c *releaseCmd) Run(ctx context.Context, a *app) error {
	id, h, err := a.act(ctx, c.Item, c.token)
	if err != nil {
		return err
	}
	ctx, cancel := a.limited(ctx)
	defer cancel()
	r, err := a.Queue.ReleaseItem(ctx, &pb.ReleaseItemRequest{FrontDoor: a.FrontDoor, RequestId: request(), ItemId: id, Token: h.Token, Reason: c.Reason, Skip: c.Skip})
	if err != nil {
		return err
	}
	if err := a.hand.drop(id); err != nil {
		return err
	}
	return a.answered(r, func(s cli.Screen) { s.Say("It waits again, with its age: due %s.", cli.When(r.GetItem().GetDue())) })
}
