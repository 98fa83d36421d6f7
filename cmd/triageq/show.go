package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	pb "github.com/ppn-triage/ppn-triage/api/triagev1"
	"github.com/ppn-triage/ppn-triage/cmd/internal/cli"
)

type showCmd struct {
	Item string `arg:"" help:"The item."`
	Log  bool   `help:"With every commit of the log about it. Slow on a long log."`
}

// Run prints everything about one item.
func (c *showCmd) Run(ctx context.Context, a *app) error {
	r, err := a.get(ctx, c.Item)
	if err != nil {
		return err
	}
	if err := a.hand.saw(r.GetItem()); err != nil {
		return err
	}
	err = a.answered(r, func(s cli.Screen) { s.Item(r.GetItem()) })
	if err != nil || !c.Log {
		return err
	}
	return a.log(ctx, r.GetItem().GetId())
}

// log prints the commits about an item, oldest first.
func (a *app) log(ctx context.Context, item string) error {
	stream, err := a.Audit.ListEvents(ctx, &pb.ListEventsRequest{FrontDoor: a.FrontDoor, ItemId: item})
	if err != nil {
		return err
	}
	if !a.JSON {
		a.screen.Say("")
		a.screen.Say("LOG")
	}
	for {
		m, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := a.answered(m, func(s cli.Screen) { s.Event(m, item) }); err != nil {
			return err
		}
	}
}

type readCmd struct {
	Item   string `arg:"" help:"The item."`
	Notice string `arg:"" optional:"" help:"Number or id of a notice of it, or all. Defaults to the newest that is no resend."`
}

// Run prints source texts. That the caller has seen them is recorded.
func (c *readCmd) Run(ctx context.Context, a *app) error {
	r, err := a.get(ctx, c.Item)
	if err != nil {
		return err
	}
	return c.read(ctx, a, r.GetItem())
}

func (c *readCmd) read(ctx context.Context, a *app, i *pb.Item) error {
	chosen, err := choose(i.GetEntries(), c.Notice)
	if err != nil {
		return err
	}
	for _, e := range chosen {
		n, err := a.open(ctx, i.GetId(), e.GetNoticeId())
		if err != nil {
			return err
		}
		err = a.answered(n, func(s cli.Screen) {
			s.Notice(n)
			if n.GetFirstLook() {
				s.Say("")
				s.Say("Your first look at this notice is recorded.")
			}
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (a *app) open(ctx context.Context, item, notice string) (*pb.GetNoticeResponse, error) {
	ctx, cancel := a.limited(ctx)
	defer cancel()
	return a.Notice.GetNotice(ctx, &pb.GetNoticeRequest{FrontDoor: a.FrontDoor, NoticeId: notice, ItemId: item, RequestId: request()})
}

// choose finds notices of an item: by number, by id, all, or the newest that
// tells something new. That one unlocks the decision.
func choose(entries []*pb.Entry, typed string) ([]*pb.Entry, error) {
	switch n, err := strconv.Atoi(typed); {
	case typed == "all":
		return entries, nil
	case typed == "":
		for n := len(entries) - 1; n >= 0; n-- {
			if e := entries[n]; e.GetRelation() != pb.Relation_RELATION_RESEND && !e.GetStruck() {
				return entries[n : n+1], nil
			}
		}
		return entries[max(len(entries)-1, 0):], nil
	case err == nil && n >= 1 && n <= len(entries):
		return entries[n-1 : n], nil
	}
	var found []*pb.Entry
	for _, e := range entries {
		if len(typed) >= shortest && strings.HasPrefix(e.GetNoticeId(), strings.ToLower(typed)) {
			found = append(found, e)
		}
	}
	if len(found) != 1 {
		return nil, usageError(fmt.Sprintf("NOTICE %q: give its number, 1 to %d, its id, or all", typed, len(entries)))
	}
	return found, nil
}

type whyCmd struct {
	Item  string `arg:"" help:"The item."`
	Above string `help:"Compare its place with this item's." placeholder:"ITEM"`
}

// Run explains a band and a place.
func (c *whyCmd) Run(ctx context.Context, a *app) error {
	id, err := a.find(ctx, c.Item)
	if err != nil {
		return err
	}
	q := &pb.ExplainItemRequest{FrontDoor: a.FrontDoor, ItemId: id}
	if c.Above != "" {
		if q.OtherItemId, err = a.find(ctx, c.Above); err != nil {
			return err
		}
	}
	ctx, cancel := a.limited(ctx)
	defer cancel()
	r, err := a.Queue.ExplainItem(ctx, q)
	if err != nil {
		return err
	}
	return a.answered(r, func(s cli.Screen) { s.Explanation(r) })
}
