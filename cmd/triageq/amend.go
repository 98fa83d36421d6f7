package main

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"google.golang.org/protobuf/proto"

	pb "github.com/ppn-triage/ppn-triage/api/triagev1"
	"github.com/ppn-triage/ppn-triage/cmd/internal/cli"
)

// The commands here put right what was read or linked. Each needs a reason, is
// remembered for ever, and has the item scored anew at once.

// item finds an item and returns it as it stands.
func (a *app) item(ctx context.Context, typed string) (*pb.Item, error) {
	r, err := a.get(ctx, typed)
	return r.GetItem(), err
}

// amended tells what has become of an item.
func (a *app) amended(reply proto.Message, i *pb.Item, words string) error {
	if err := a.hand.saw(i); err != nil {
		return err
	}
	return a.answered(reply, func(s cli.Screen) {
		s.Say("%s It stands at %s now, due %s.", words, cli.BandWord(i.GetSummary().GetBand()), cli.When(i.GetDue()))
	})
}

// one picks exactly one notice of an item.
func one(i *pb.Item, typed string) (*pb.Entry, error) {
	found, err := choose(i.GetEntries(), typed)
	switch {
	case err != nil:
		return nil, err
	case len(found) != 1:
		return nil, usageError("name one notice by its number or id; triageq show lists them")
	}
	return found[0], nil
}

// notice finds an item and exactly one notice of it.
func (a *app) notice(ctx context.Context, typedItem, typedNotice string) (*pb.Item, *pb.Entry, error) {
	i, err := a.item(ctx, typedItem)
	if err != nil {
		return nil, nil, err
	}
	e, err := one(i, typedNotice)
	return i, e, err
}

type askCmd struct {
	Item  string `arg:"" help:"The item."`
	Words string `arg:"" help:"The question. It may name nobody whom that force has not named."`
	Force string `help:"Code of the force. Defaults to the force of the newest notice." placeholder:"CODE"`
}

// Run asks a force about an item.
func (c *askCmd) Run(ctx context.Context, a *app) error {
	id, err := a.find(ctx, c.Item)
	if err != nil {
		return err
	}
	ctx, cancel := a.limited(ctx)
	defer cancel()
	r, err := a.Queue.AskPolice(ctx, &pb.AskPoliceRequest{FrontDoor: a.FrontDoor, RequestId: request(), ItemId: id, Force: c.Force, Question: c.Words})
	if err != nil {
		return err
	}
	asked := r.GetItem().GetQuestions()[len(r.GetItem().GetQuestions())-1]
	return a.answered(r, func(s cli.Screen) {
		s.Say("Asked %s. The item stays and its clock runs, due %s.", asked.GetForce(), cli.When(r.GetItem().GetDue()))
		s.Say("A mail that quotes %s is taken as the answer and joins the item.", asked.GetCode())
	})
}

type joinCmd struct {
	Item   string `arg:"" help:"The one item."`
	Other  string `arg:"" help:"The other. The older of the two survives."`
	Reason string `help:"Why they are one incident." required:"" placeholder:"WHY"`
}

// Run makes one item of two.
func (c *joinCmd) Run(ctx context.Context, a *app) error {
	one, err := a.item(ctx, c.Item)
	if err != nil {
		return err
	}
	other, err := a.item(ctx, c.Other)
	if err != nil {
		return err
	}
	ctx, cancel := a.limited(ctx)
	defer cancel()
	r, err := a.Queue.JoinItems(ctx, &pb.JoinItemsRequest{
		FrontDoor: a.FrontDoor, RequestId: request(), ItemId: one.GetId(), OtherItemId: other.GetId(),
		Version: one.GetVersion(), OtherVersion: other.GetVersion(), Reason: c.Reason,
	})
	if err != nil {
		return err
	}
	return a.amended(r, r.GetItem(), fmt.Sprintf("One item now: %s; %s leads to it.", short(r.GetItem().GetId()), short(r.GetAbsorbedItemId())))
}

type splitCmd struct {
	Item   string `arg:"" help:"The item."`
	Notice string `arg:"" help:"Number or id of the notice that does not belong to it."`
	Reason string `help:"Why it is another incident." required:"" placeholder:"WHY"`
}

// Run gives a notice an item of its own.
func (c *splitCmd) Run(ctx context.Context, a *app) error {
	i, e, err := a.notice(ctx, c.Item, c.Notice)
	if err != nil {
		return err
	}
	ctx, cancel := a.limited(ctx)
	defer cancel()
	r, err := a.Queue.SplitNotice(ctx, &pb.SplitNoticeRequest{
		FrontDoor: a.FrontDoor, RequestId: request(), ItemId: i.GetId(), Version: i.GetVersion(), NoticeId: e.GetNoticeId(), Part: e.GetPart(), Reason: c.Reason,
	})
	if err != nil {
		return err
	}
	part := r.GetSplitItem()
	return a.amended(r, r.GetItem(), fmt.Sprintf("The notice is item %s now, %s, due %s. The other stays: %s.",
		short(part.GetId()), cli.BandWord(part.GetSummary().GetBand()), cli.When(part.GetDue()), short(r.GetItem().GetId())))
}

type linkCmd struct {
	Item   string `arg:"" help:"The item that has the link."`
	To     string `arg:"" help:"The earlier item."`
	Child  string `help:"Only the link of this child: c1, c2 …" placeholder:"ID"`
	Reason string `help:"Why." required:"" placeholder:"WHY"`
}

// ends finds the two items of a link; the earlier one may have left the queue.
func (c *linkCmd) ends(ctx context.Context, a *app) (from, to string, err error) {
	i, err := a.item(ctx, c.Item)
	if err != nil {
		return "", "", err
	}
	typed := strings.ToLower(strings.TrimSpace(c.To))
	for _, l := range i.GetLinks() {
		if len(typed) >= shortest && strings.HasPrefix(l.GetToItemId(), typed) {
			return i.GetId(), l.GetToItemId(), nil
		}
	}
	return "", "", usageError(fmt.Sprintf("item %s has no link to %s; triageq show lists its links", short(i.GetId()), c.To))
}

type confirmCmd struct{ linkCmd }

// Run says that a link is right.
func (c *confirmCmd) Run(ctx context.Context, a *app) error {
	from, to, err := c.ends(ctx, a)
	if err != nil {
		return err
	}
	ctx, cancel := a.limited(ctx)
	defer cancel()
	r, err := a.Queue.ConfirmLink(ctx, &pb.ConfirmLinkRequest{FrontDoor: a.FrontDoor, RequestId: request(), ItemId: from, ToItemId: to, ChildId: c.Child, Reason: c.Reason})
	if err != nil {
		return err
	}
	return a.amended(r, r.GetItem(), "The link counts from now on.")
}

type rejectCmd struct{ linkCmd }

// Run says that a link is wrong.
func (c *rejectCmd) Run(ctx context.Context, a *app) error {
	from, to, err := c.ends(ctx, a)
	if err != nil {
		return err
	}
	ctx, cancel := a.limited(ctx)
	defer cancel()
	r, err := a.Queue.RejectLink(ctx, &pb.RejectLinkRequest{FrontDoor: a.FrontDoor, RequestId: request(), ItemId: from, ToItemId: to, ChildId: c.Child, Reason: c.Reason})
	if err != nil {
		return err
	}
	return a.amended(r, r.GetItem(), "The link is off, for ever.")
}

type correctCmd struct {
	Item   string `arg:"" help:"The item."`
	Fact   string `arg:"" help:"The fact, for example weapon; of several in a notice weapon:2 is the second."`
	Notice string `help:"Number or id of the notice. Defaults to the newest that says so."`
	Is     string `help:"present, possible, absent or hypothetical. Defaults to what was read." placeholder:"WORD"`
	When   string `help:"current or historic. Defaults to what was read." placeholder:"WORD"`
	Whose  string `help:"child, carer, home or other. Defaults to what was read." placeholder:"WORD"`
	Reason string `help:"Why it was read wrongly." required:"" placeholder:"WHY"`
}

// Run puts the caller's reading of a fact in the place of the program's.
func (c *correctCmd) Run(ctx context.Context, a *app) error {
	i, err := a.item(ctx, c.Item)
	if err != nil {
		return err
	}
	e, err := c.notice(i)
	if err != nil {
		return err
	}
	n, err := c.index(e.GetReading().GetFacts())
	if err != nil {
		return err
	}
	f := e.GetReading().GetFacts()[n]
	req := &pb.CorrectFactRequest{
		FrontDoor: a.FrontDoor, RequestId: request(), ItemId: i.GetId(), Version: i.GetVersion(), NoticeId: e.GetNoticeId(), Part: e.GetPart(),
		Fact: int32(n), Polarity: f.GetPolarity(), Time: f.GetTime(), Holder: f.GetHolder(), Reason: c.Reason,
	}
	if req.Polarity, err = pick("--is", c.Is, "POLARITY_", pb.Polarity_value, req.Polarity); err != nil {
		return err
	}
	if req.Time, err = pick("--when", c.When, "FACT_TIME_", pb.FactTime_value, req.Time); err != nil {
		return err
	}
	if req.Holder, err = pick("--whose", c.Whose, "HOLDER_", pb.Holder_value, req.Holder); err != nil {
		return err
	}
	ctx, cancel := a.limited(ctx)
	defer cancel()
	r, err := a.Queue.CorrectFact(ctx, req)
	if err != nil {
		return err
	}
	return a.amended(r, r.GetItem(), "Corrected.")
}

// notice is the one named, or the newest in which the fact was read.
func (c *correctCmd) notice(i *pb.Item) (*pb.Entry, error) {
	slug, _, _ := strings.Cut(c.Fact, ":")
	for _, e := range slices.Backward(i.GetEntries()) {
		if c.Notice == "" && !e.GetStruck() && slices.ContainsFunc(e.GetReading().GetFacts(), func(f *pb.Fact) bool { return f.GetSlug() == slug }) {
			return e, nil
		}
	}
	return one(i, c.Notice)
}

// index finds the fact that is meant among those of a notice.
func (c *correctCmd) index(facts []*pb.Fact) (int, error) {
	slug, number, numbered := strings.Cut(c.Fact, ":")
	var at []int
	for n, f := range facts {
		if f.GetSlug() == slug {
			at = append(at, n)
		}
	}
	k := 1
	if numbered {
		var err error
		if k, err = strconv.Atoi(number); err != nil {
			k = 0
		}
	}
	switch {
	case len(at) == 0:
		return 0, usageError(fmt.Sprintf("no fact %s was read in that notice; triageq read shows those that were", slug))
	case len(at) > 1 && !numbered, k < 1, k > len(at):
		var list []string
		for n, f := range at {
			list = append(list, fmt.Sprintf("%s:%d “%s”", slug, n+1, cli.Plain(facts[f].GetQuote())))
		}
		return 0, usageError("which one? " + strings.Join(list, ", "))
	}
	return at[k-1], nil
}

// pick reads a word of an enum; an empty one means what was.
func pick[E ~int32](flag, word, prefix string, values map[string]int32, was E) (E, error) {
	if word == "" {
		return was, nil
	}
	if v, ok := values[prefix+strings.ToUpper(word)]; ok && v != 0 {
		return E(v), nil
	}
	var words []string
	for name, v := range values {
		if v != 0 {
			words = append(words, strings.ToLower(strings.TrimPrefix(name, prefix)))
		}
	}
	slices.Sort(words)
	return was, usageError(fmt.Sprintf("%s %q: one of %s", flag, word, strings.Join(words, ", ")))
}

type strikeCmd struct {
	Item   string `arg:"" help:"The item."`
	Notice string `arg:"" help:"Number or id of the notice."`
	Reason string `help:"Why: it is on the wrong child, its recall is upheld." required:"" placeholder:"WHY"`
}

// Run takes a notice out of an item.
func (c *strikeCmd) Run(ctx context.Context, a *app) error {
	i, e, err := a.notice(ctx, c.Item, c.Notice)
	if err != nil {
		return err
	}
	ctx, cancel := a.limited(ctx)
	defer cancel()
	r, err := a.Queue.StrikeNotice(ctx, &pb.StrikeNoticeRequest{
		FrontDoor: a.FrontDoor, RequestId: request(), ItemId: i.GetId(), Version: i.GetVersion(), NoticeId: e.GetNoticeId(), Part: e.GetPart(), Reason: c.Reason,
	})
	if err != nil {
		return err
	}
	return a.amended(r, r.GetItem(), "The notice is struck; it stays on the trail.")
}

// short is as much of an id as a person types.
func short(id string) string { return id[:min(8, len(id))] }
