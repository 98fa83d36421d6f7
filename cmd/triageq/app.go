package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"

	"github.com/ppn-triage/ppn-triage/api/client"
	pb "github.com/ppn-triage/ppn-triage/api/triagev1"
	"github.com/ppn-triage/ppn-triage/cmd/internal/cli"
)

// patience is how long to repeat what the service asks to repeat: while it
// catches up or somebody else writes.
const patience = 5 * time.Second

// app is what every command works with.
type app struct {
	*flags
	*client.Client
	out, err io.Writer
	screen   cli.Screen
	hand     *hand
}

func newApp(f *flags, stdout, stderr io.Writer) (*app, error) {
	c, err := client.Dial(client.Options{Addr: f.Addr, Actor: f.As, Role: f.Role, CA: f.CA, Cert: f.Cert, Key: f.Key, Patience: patience})
	if err != nil {
		return nil, err
	}
	h, err := openHand(f.Addr, c.Actor)
	if err != nil {
		_ = c.Close()
		return nil, err
	}
	columns, _ := cli.Terminal(stdout)
	s := cli.Screen{W: stdout, Palette: cli.Colour(stdout, f.NoColor), Now: time.Now(), Width: columns, Points: f.Points}
	return &app{flags: f, Client: c, out: stdout, err: stderr, screen: s, hand: h}, nil
}

func (a *app) close() { _ = a.Client.Close() }

// answered shows a reply: as JSON if asked for, else as show does.
func (a *app) answered(m proto.Message, show func(s cli.Screen)) error {
	if a.JSON {
		return cli.JSON(a.out, m)
	}
	a.screen.Now = time.Now()
	show(a.screen)
	return nil
}

// limited bounds a call's time.
func (a *app) limited(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, a.Timeout)
}

// shortest is how many characters of an id are enough.
const shortest = 4

// find turns what a person typed into an item's id: the id itself, or the
// beginning of an id in the queue that no other has.
func (a *app) find(ctx context.Context, typed string) (string, error) {
	typed = strings.ToLower(strings.TrimSpace(typed))
	if id, err := uuid.Parse(typed); err == nil {
		return id.String(), nil
	}
	if len(typed) < shortest || strings.Trim(typed, "0123456789abcdef-") != "" {
		return "", usageError(fmt.Sprintf("ITEM %q: give the item's id, or at least its first %d characters", typed, shortest))
	}
	list, err := a.pages(ctx, &pb.ItemFilter{}, 0)
	if err != nil {
		return "", err
	}
	var found []string
	for _, i := range append(list.GetItems(), list.GetRisen()...) {
		if strings.HasPrefix(i.GetId(), typed) {
			found = append(found, i.GetId())
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return "", fmt.Errorf("no item of the queue begins with %s; one that has left the queue is found by its whole id", typed)
	}
	return "", fmt.Errorf("%d items begin with %s: %s", len(found), typed, strings.Join(found, ", "))
}

// get reads one item in full, by what a person typed.
func (a *app) get(ctx context.Context, typed string) (*pb.GetItemResponse, error) {
	id, err := a.find(ctx, typed)
	if err != nil {
		return nil, err
	}
	ctx, cancel := a.limited(ctx)
	defer cancel()
	return a.Queue.GetItem(ctx, &pb.GetItemRequest{FrontDoor: a.FrontDoor, ItemId: id})
}

// request is the id that makes a command safe to repeat.
func request() string { return uuid.Must(uuid.NewV7()).String() }
