package main

import (
	"context"
	"fmt"
	"strings"

	pb "github.com/ppn-triage/ppn-triage/api/triagev1"
	"github.com/ppn-triage/ppn-triage/cmd/internal/cli"
)

// which are the flags that choose items.
type which struct {
	Band      []string `help:"Of these bands: red, amber, green, blue." placeholder:"BAND"`
	Unheld    bool     `help:"Held by nobody."`
	Mine      bool     `help:"Held by you."`
	Unopened  bool     `help:"Of which nobody has opened a notice."`
	Flag      []string `help:"With one of these flags, for example manual_read." placeholder:"FLAG"`
	Force     []string `help:"Of these forces." placeholder:"CODE"`
	Reference string   `help:"Under this police reference." placeholder:"REF"`
}

// filter is the choice as the service takes it.
func (w which) filter(me string) (*pb.ItemFilter, error) {
	f := &pb.ItemFilter{Unheld: w.Unheld, Unopened: w.Unopened, Flags: w.Flag, Forces: w.Force, Reference: w.Reference}
	for _, word := range w.Band {
		b, err := band(word)
		if err != nil {
			return nil, err
		}
		f.Bands = append(f.Bands, b)
	}
	if w.Mine {
		f.HeldBy = me
	}
	return f, nil
}

func (w which) narrows() bool {
	return len(w.Band) > 0 || w.Unheld || w.Mine || w.Unopened || len(w.Flag) > 0 || len(w.Force) > 0 || w.Reference != ""
}

// band reads a band as a person writes it.
func band(word string) (pb.Band, error) {
	b, ok := pb.Band_value["BAND_"+strings.ToUpper(strings.TrimSpace(word))]
	if !ok || b == 0 {
		return 0, usageError(fmt.Sprintf("band %q: it is red, amber, green or blue", word))
	}
	return pb.Band(b), nil
}

type listCmd struct {
	which
	Limit int `help:"How many items; 0 for all." default:"50"`
}

// Run lists the queue, page by page.
func (c *listCmd) Run(ctx context.Context, a *app) error {
	if c.Limit < 0 {
		return usageError("--limit: 0 or more")
	}
	f, err := c.filter(a.Actor)
	if err != nil {
		return err
	}
	list, err := a.pages(ctx, f, c.Limit)
	if err != nil {
		return err
	}
	return a.answered(list, func(s cli.Screen) {
		s.Freshness(a.door(list.GetItems()...), list)
		if len(list.GetItems())+len(list.GetRisen()) == 0 {
			s.Empty(list, c.narrows())
		}
		if len(list.GetRisen()) > 0 {
			s.Say("Rose while the list was read:")
			s.Queue(list.GetRisen())
			s.Say("The rest:")
		}
		s.Queue(list.GetItems())
		if list.GetNextPageToken() != "" {
			s.Say("… and more; --limit 0 lists all.")
		}
	})
}

// door is the front door to name above a list.
func (a *app) door(items ...*pb.Item) string {
	if a.FrontDoor == "" && len(items) > 0 {
		return items[0].GetFrontDoor()
	}
	return a.FrontDoor
}

const mostInPage = 1000

// pages lists up to limit items, 0 for all, as one answer as of the last page.
// What rose above the pages read before is in risen and not below.
func (a *app) pages(ctx context.Context, f *pb.ItemFilter, limit int) (*pb.ListItemsResponse, error) {
	whole, rose := &pb.ListItemsResponse{}, map[string]*pb.Item{}
	for token := ""; ; {
		size := mostInPage
		if limit > 0 {
			size = min(size, limit-len(whole.GetItems()))
		}
		page, err := a.page(ctx, &pb.ListItemsRequest{
			FrontDoor: a.FrontDoor, Filter: f, PageSize: int32(size), PageToken: token, View: pb.ItemView_ITEM_VIEW_SUMMARY, //nolint:gosec // at most mostInPage
		})
		if err != nil {
			return nil, err
		}
		for _, i := range page.GetRisen() {
			rose[i.GetId()] = i
		}
		page.Items = append(whole.GetItems(), page.GetItems()...)
		page.Risen = append(whole.GetRisen(), page.GetRisen()...)
		whole, token = page, page.GetNextPageToken()
		if token == "" || limit > 0 && len(whole.GetItems()) >= limit {
			whole.Items, whole.Risen = without(whole.GetItems(), rose), newest(whole.GetRisen(), rose)
			return whole, nil
		}
	}
}

func (a *app) page(ctx context.Context, r *pb.ListItemsRequest) (*pb.ListItemsResponse, error) {
	ctx, cancel := a.limited(ctx)
	defer cancel()
	return a.Queue.ListItems(ctx, r)
}

func without(items []*pb.Item, rose map[string]*pb.Item) (out []*pb.Item) {
	for _, i := range items {
		if rose[i.GetId()] == nil {
			out = append(out, i)
		}
	}
	return out
}

// newest keeps each risen item once, as it was read last.
func newest(items []*pb.Item, rose map[string]*pb.Item) (out []*pb.Item) {
	for _, i := range items {
		if last := rose[i.GetId()]; last != nil {
			out = append(out, last)
			delete(rose, i.GetId())
		}
	}
	return out
}

type statsCmd struct{}

// Run prints the queue in figures.
func (c *statsCmd) Run(ctx context.Context, a *app) error {
	ctx, cancel := a.limited(ctx)
	defer cancel()
	r, err := a.Queue.GetQueueStats(ctx, &pb.GetQueueStatsRequest{FrontDoor: a.FrontDoor})
	if err != nil {
		return err
	}
	return a.answered(r, func(s cli.Screen) {
		s.Freshness(a.FrontDoor, r)
		s.Stats(r)
	})
}
