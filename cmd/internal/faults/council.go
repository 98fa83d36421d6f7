package faults

import (
	"context"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/ppn-triage/ppn-triage/api/client"
	pb "github.com/ppn-triage/ppn-triage/api/triagev1"
)

// deed is one command of a supervisor and what he was told.
type deed struct {
	id, what, item, who string
	token               uint64
	called, answered    time.Time
	done                bool      // he was told that it is done
	reason              string    // why it was refused
	doubt               bool      // one of its tries had no answer that tells
	until               time.Time // end of the claim as it then was; zero: there is none any more
}

// listing is the queue as a daemon once showed it.
type listing struct {
	node     string
	items    []string
	applied  uint64
	answered time.Time
}

// diary is what the clients have seen. It is safe for concurrent use.
type diary struct {
	lock     sync.Mutex
	deeds    []deed
	listings []listing
	internal int      // answers that blame the service, by code Internal
	broken   []string // answers that should never come
}

// supervisor works on the queue through either daemon.
type supervisor struct {
	name    string
	clients []*client.Client
	dice    *rand.Rand
	diary   *diary
	held    map[string]uint64 // item -> token
}

// mostTries is how often a command is given again when the answer leaves it
// open; oneCall is how long one try may take.
const (
	mostTries = 8
	oneCall   = 3 * time.Second
)

// do gives a command, the same one again where the answer leaves open whether
// it was done, and writes down what came of it.
func (s *supervisor) do(ctx context.Context, d deed, call func(context.Context, *client.Client, string) (*pb.Item, uint64, error)) (*pb.Item, deed) {
	d.id, d.who, d.called = uuid.NewString(), s.name, time.Now()
	var item *pb.Item
	at := s.dice.IntN(len(s.clients))
	for try := range mostTries {
		one, cancel := context.WithTimeout(ctx, oneCall)
		i, token, err := call(one, s.clients[(at+try)%len(s.clients)], d.id)
		cancel()
		if err == nil {
			item, d.done = i, true
			if token != 0 {
				d.token = token
			}
			break
		}
		if d.reason = reason(err); d.reason != "" {
			break
		}
		d.doubt = true
		s.diary.blame(err)
		rest(ctx, time.Duration(50+50*try)*time.Millisecond)
	}
	d.answered = time.Now()
	if item != nil {
		d.item = item.GetId()
		if c := item.GetClaim(); c != nil {
			d.until = c.GetUntil().AsTime()
		}
	}
	s.diary.write(d)
	return item, d
}

// reason is why a command was refused; empty if it may have been done, or may
// be given again.
func reason(err error) string {
	switch status.Code(err) {
	case codes.FailedPrecondition, codes.NotFound, codes.InvalidArgument, codes.ResourceExhausted, codes.PermissionDenied, codes.Unauthenticated, codes.Aborted:
	default:
		return ""
	}
	for _, d := range status.Convert(err).Details() {
		if e, ok := d.(*errdetails.ErrorInfo); ok && e.GetReason() != "POSITION" {
			return e.GetReason()
		}
	}
	return ""
}

func (d *diary) write(x deed) {
	d.lock.Lock()
	defer d.lock.Unlock()
	d.deeds = append(d.deeds, x)
}

func (d *diary) blame(err error) {
	d.lock.Lock()
	defer d.lock.Unlock()
	switch status.Code(err) {
	case codes.Internal:
		d.internal++
	case codes.DataLoss, codes.Unknown:
		d.broken = append(d.broken, err.Error())
	}
}

// work goes on until work ends, then gives back what is held.
func (s *supervisor) work(ctx, work context.Context) {
	for work.Err() == nil {
		switch n := s.dice.IntN(20); {
		case n < 13:
			s.next(ctx)
		case n < 16:
			s.hot(ctx)
		case n < 18:
			s.interim(ctx)
		default:
			s.split(ctx)
		}
		rest(work, time.Duration(s.dice.IntN(80))*time.Millisecond)
	}
	for item, token := range s.held {
		s.release(ctx, item, token)
	}
}

// lease is mostly long enough, and now and then runs out under the hands.
func (s *supervisor) lease() *durationpb.Duration {
	if s.dice.IntN(8) == 0 {
		return durationpb.New(300 * time.Millisecond)
	}
	return durationpb.New(8 * time.Second)
}

// next takes the first item that nobody holds.
func (s *supervisor) next(ctx context.Context) {
	lease := s.lease()
	i, d := s.do(ctx, deed{what: "claim"}, func(ctx context.Context, c *client.Client, id string) (*pb.Item, uint64, error) {
		r, err := c.Queue.ClaimNext(ctx, &pb.ClaimNextRequest{RequestId: id, Lease: lease})
		return r.GetItem(), r.GetToken(), err
	})
	s.handle(ctx, i, d)
}

// hot takes an item that others want too.
func (s *supervisor) hot(ctx context.Context) {
	id := s.listed(ctx, 3)
	if id == "" {
		return
	}
	lease := s.lease()
	i, d := s.do(ctx, deed{what: "claim", item: id}, func(ctx context.Context, c *client.Client, rid string) (*pb.Item, uint64, error) {
		r, err := c.Queue.ClaimItem(ctx, &pb.ClaimItemRequest{RequestId: rid, ItemId: id, Lease: lease})
		return r.GetItem(), r.GetToken(), err
	})
	s.handle(ctx, i, d)
}

// listed picks one of the first items of the queue.
func (s *supervisor) listed(ctx context.Context, among int) string {
	one, cancel := context.WithTimeout(ctx, oneCall)
	defer cancel()
	r, err := s.clients[s.dice.IntN(len(s.clients))].Queue.ListItems(one, &pb.ListItemsRequest{PageSize: int32(among)}) //nolint:gosec // small
	if n := len(r.GetItems()); err == nil && n > 0 {
		return r.GetItems()[s.dice.IntN(n)].GetId()
	}
	return ""
}

// handle does something with a claimed item.
func (s *supervisor) handle(ctx context.Context, i *pb.Item, d deed) {
	if i == nil || d.token == 0 {
		return
	}
	s.held[i.GetId()] = d.token
	switch n := s.dice.IntN(20); {
	case n < 12:
		s.decide(ctx, i, d.token)
	case n < 14:
		s.override(ctx, i, d.token)
	case n < 16:
		s.renew(ctx, i, d.token)
	}
	switch n := s.dice.IntN(20); {
	case n < 14:
		s.release(ctx, i.GetId(), d.token) // of a decided item it must be refused
	case n < 16:
		rest(ctx, 350*time.Millisecond)
		s.decide(ctx, i, d.token) // often too late
	}
	delete(s.held, i.GetId())
}

func (s *supervisor) decide(ctx context.Context, i *pb.Item, token uint64) {
	n := slices.IndexFunc(i.GetEntries(), func(e *pb.Entry) bool { return e.GetRelation() != pb.Relation_RELATION_RESEND && !e.GetStruck() })
	for k := n + 1; k < len(i.GetEntries()) && n >= 0; k++ {
		if i.GetEntries()[k].GetRelation() != pb.Relation_RELATION_RESEND {
			n = k
		}
	}
	if s.dice.IntN(20) > 0 && n >= 0 { // without a look it must be refused
		s.do(ctx, deed{what: "open", item: i.GetId()}, func(ctx context.Context, c *client.Client, id string) (*pb.Item, uint64, error) {
			_, err := c.Notice.GetNotice(ctx, &pb.GetNoticeRequest{NoticeId: i.GetEntries()[n].GetNoticeId(), ItemId: i.GetId(), RequestId: id})
			return nil, 0, err
		})
	}
	var decisions []*pb.Decision
	for _, child := range i.GetOpen() {
		decisions = append(decisions, &pb.Decision{ChildId: child, Outcome: "early_help", Rationale: "seen and discussed"})
	}
	s.do(ctx, deed{what: "decide", item: i.GetId(), token: token}, func(ctx context.Context, c *client.Client, id string) (*pb.Item, uint64, error) {
		r, err := c.Queue.DecideItem(ctx, &pb.DecideItemRequest{RequestId: id, ItemId: i.GetId(), Token: token, Decisions: decisions})
		return r.GetItem(), 0, err
	})
}

func (s *supervisor) override(ctx context.Context, i *pb.Item, token uint64) {
	band := []pb.Band{pb.Band_BAND_GREEN, pb.Band_BAND_AMBER, pb.Band_BAND_RED}[s.dice.IntN(3)]
	s.do(ctx, deed{what: "override", item: i.GetId(), token: token}, func(ctx context.Context, c *client.Client, id string) (*pb.Item, uint64, error) {
		r, err := c.Queue.OverrideBand(ctx, &pb.OverrideBandRequest{RequestId: id, ItemId: i.GetId(), Token: token, Band: band, Reason: "known to us"})
		return r.GetItem(), 0, err
	})
}

func (s *supervisor) renew(ctx context.Context, i *pb.Item, token uint64) {
	s.do(ctx, deed{what: "renew", item: i.GetId(), token: token}, func(ctx context.Context, c *client.Client, id string) (*pb.Item, uint64, error) {
		r, err := c.Queue.RenewClaim(ctx, &pb.RenewClaimRequest{RequestId: id, ItemId: i.GetId(), Token: token, Lease: durationpb.New(6 * time.Second)})
		return r.GetItem(), 0, err
	})
}

func (s *supervisor) release(ctx context.Context, item string, token uint64) {
	s.do(ctx, deed{what: "release", item: item, token: token}, func(ctx context.Context, c *client.Client, id string) (*pb.Item, uint64, error) {
		r, err := c.Queue.ReleaseItem(ctx, &pb.ReleaseItemRequest{RequestId: id, ItemId: item, Token: token, Reason: "called away"})
		return r.GetItem(), 0, err
	})
}

func (s *supervisor) interim(ctx context.Context) {
	item := s.listed(ctx, 50)
	if item == "" {
		return
	}
	s.do(ctx, deed{what: "interim", item: item}, func(ctx context.Context, c *client.Client, id string) (*pb.Item, uint64, error) {
		r, err := c.Queue.RecordInterim(ctx, &pb.RecordInterimRequest{RequestId: id, ItemId: item, Words: "rang the grandmother", SafeWith: "grandmother"})
		return r.GetItem(), 0, err
	})
}

// split takes the last notice out of an item that has several.
func (s *supervisor) split(ctx context.Context) {
	one, cancel := context.WithTimeout(ctx, oneCall)
	defer cancel()
	r, err := s.clients[s.dice.IntN(len(s.clients))].Queue.ListItems(one, &pb.ListItemsRequest{PageSize: 100, View: pb.ItemView_ITEM_VIEW_FULL})
	if err != nil {
		return
	}
	for _, i := range r.GetItems() {
		n := len(i.GetEntries()) - 1
		if n < 1 || i.GetEntries()[n].GetRelation() == pb.Relation_RELATION_RESEND || s.dice.IntN(3) > 0 {
			continue
		}
		s.do(ctx, deed{what: "split", item: i.GetId()}, func(ctx context.Context, c *client.Client, id string) (*pb.Item, uint64, error) {
			r, err := c.Queue.SplitNotice(ctx, &pb.SplitNoticeRequest{RequestId: id, ItemId: i.GetId(), NoticeId: i.GetEntries()[n].GetNoticeId(), Reason: "another evening"})
			return r.GetItem(), 0, err
		})
		return
	}
}

// lookOn writes down what the queue shows, again and again.
func (d *diary) lookOn(work context.Context, nodes []string, clients []*client.Client) {
	for n := 0; work.Err() == nil; n++ {
		one, cancel := context.WithTimeout(work, oneCall)
		r, err := clients[n%len(clients)].Queue.ListItems(one, &pb.ListItemsRequest{PageSize: 1000})
		cancel()
		if err != nil {
			d.blame(err)
		} else if r.GetNextPageToken() == "" {
			l := listing{node: nodes[n%len(nodes)], applied: r.GetAppliedPosition(), answered: time.Now()}
			for _, i := range r.GetItems() {
				l.items = append(l.items, i.GetId())
			}
			d.lock.Lock()
			d.listings = append(d.listings, l)
			d.lock.Unlock()
		}
		rest(work, 150*time.Millisecond)
	}
}
