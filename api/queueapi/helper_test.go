package queueapi

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/test/bufconn"

	"github.com/ppn-triage/ppn-triage/api/guard"
	pb "github.com/ppn-triage/ppn-triage/api/triagev1"
	"github.com/ppn-triage/ppn-triage/deploy"
	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/intake"
	"github.com/ppn-triage/ppn-triage/triage/jet"
	"github.com/ppn-triage/ppn-triage/triage/jet/embed"
	"github.com/ppn-triage/ppn-triage/triage/letter"
	"github.com/ppn-triage/ppn-triage/triage/queue"
	"github.com/ppn-triage/ppn-triage/triage/redisq"
	"github.com/ppn-triage/ppn-triage/triage/redisq/redistest"
	"github.com/ppn-triage/ppn-triage/triage/rules"
	"github.com/ppn-triage/ppn-triage/triage/seal"
	"github.com/ppn-triage/ppn-triage/triage/wire"
)

func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.DiscardHandler))
	os.Exit(m.Run())
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

var (
	// defaults are the rules that the program ships with, without the reader:
	// nothing is read here.
	defaults = sync.OnceValue(func() *intake.Ruleset {
		files := deploy.Rules()
		linking := must(intake.CompileLinking(files))
		delete(files, "link.yaml")
		delete(files, "names.yaml")
		set := must(rules.Load(files))
		return &intake.Ruleset{Hash: set.Hash(), Bytes: rules.Pack(files), Rules: set, Linking: linking}
	})
	calendar = sync.OnceValue(func() *queue.Calendar { return must(queue.NewCalendar(queue.Config{})) })
)

// monday is a working day, 09:00 in Bradford.
var monday = time.Date(2026, 9, 7, 8, 0, 0, 0, time.UTC)

// house is a real log in a real NATS server and a real Redis, with the API over
// both. Its notices are made by hand.
type house struct {
	t       testing.TB
	log     *jet.Log
	sealer  seal.Sealer
	redis   redisq.Client
	now     atomic.Int64 // Unix nanoseconds of the server's clock
	viewed  sync.Map     // records of views
	active  *intake.Ruleset
	lost    atomic.Bool // the log does not say its end
	lock    sync.Mutex
	entered int
}

func newHouse(t testing.TB) *house {
	t.Helper()
	srv, err := embed.Start(t.Context(), embed.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(srv.Stop)
	conn, err := jet.Connect(t.Context(), jet.Options{InProcess: srv})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	h := &house{t: t, active: defaults()}
	if h.log, err = conn.OpenLog(t.Context(), jet.LogOptions{FrontDoor: "bradford", Codec: wire.Codec{}}); err != nil {
		t.Fatal(err)
	}
	ring, _, err := seal.OpenRing(t.Context(), seal.NewMaster(), h.log)
	if err != nil {
		t.Fatal(err)
	}
	h.sealer = seal.Sealer{Ring: ring}
	if h.redis, err = redisq.Dial(t.Context(), redisq.DialOptions{URL: redistest.URL(t)}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.redis.Close() })
	h.now.Store(monday.UnixNano())
	h.append(triage.RulesActivated{Hash: defaults().Hash, Bytes: defaults().Bytes})
	return h
}

func (h *house) clock() time.Time { return time.Unix(0, h.now.Load()).UTC() }

func (h *house) wait(d time.Duration) { h.now.Add(int64(d)) }

func (h *house) store() *redisq.Store {
	_, commits := h.log.Identity()
	return must(redisq.New(redisq.Options{
		Client: h.redis, Namespace: "test", FrontDoor: "bradford", Stream: commits, Secret: make([]byte, 16),
		Place: func(i *triage.Item) (uint64, string) { k := queue.KeyOf(i); return k.Order(), k.Member() },
		Index: func(i *triage.Item) ([]byte, []string, error) {
			return defaults().Index(must(h.sealer.Item(h.t.Context(), i)))
		},
		Open: h.sealer.Item,
	}))
}

func (h *house) book() *intake.Book {
	return &intake.Book{Log: h.log, Store: h.store(), Sealer: h.sealer}
}

// append writes a commit of the service's own.
func (h *house) append(events ...triage.Event) *triage.Commit {
	h.t.Helper()
	return h.commit(triage.Actor{Name: "worker", Role: "service"}, 0, events...)
}

func (h *house) commit(by triage.Actor, notices uint64, events ...triage.Event) *triage.Commit {
	h.t.Helper()
	c, _, err := h.book().Append(h.t.Context(), 20, func(ctx context.Context, at uint64) (*triage.Commit, error) {
		snap, err := h.store().Load(ctx)
		if err != nil {
			return nil, err
		}
		return &triage.Commit{ID: uuid.NewString(), At: h.clock(), Actor: by, Through: snap.Ledger.Through + notices, Events: events}, nil
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return c
}

// reading is an invented family's; each has another name, street and birthday.
func reading(n int) triage.Reading {
	name, given := fmt.Sprintf("Canary%dwick", n), []string{"Zebedee", "Philippa", "Leopold", "Ottoline"}[n%4]
	home := triage.Address{Line: fmt.Sprintf("%d Test Road, Bradford", n+1), Postcode: fmt.Sprintf("BD%d %dAB", n%20+1, n%9+1)}
	dob := fmt.Sprintf("%d-%02d-%02d", 2010+n%6, n%12+1, n%28+1)
	return triage.Reading{
		Force: "wyp", DashTicks: -1, IncidentDate: "2026-09-06", Form: "merlin", Place: home,
		References: []triage.Reference{{Kind: "occurrence", Force: "wyp", Raw: fmt.Sprintf("1326%07d", n), Norm: fmt.Sprintf("1326%07d", n), Own: true}},
		People: []triage.Person{
			{Role: triage.RoleChild, Name: given + " " + name, Given: given, Family: name, DOB: dob, BornFrom: dob, BornTo: dob, AgeStated: true, Address: home},
		},
	}
}

// fact is one of each band, by its row of the policy.
func fact(slug string) triage.Fact {
	f := triage.Fact{Slug: slug, Polarity: triage.Present, Time: triage.Current, Holder: triage.HolderHome, Child: -1, Quote: "words of " + slug, Cue: "said", Start: 4, End: 9}
	switch slug {
	case "threat_to_kill": // RED
		f.Signs = []string{"to_partner"}
	case "dash": // AMBER
		f.Signs = []string{"high"}
	case "substance_misuse": // GREEN
		f.Signs, f.Holder = []string{"alcohol"}, triage.HolderCarer
	case "offending": // BLUE
		f.Signs, f.Holder = []string{"theft"}, triage.HolderChild
	}
	return f
}

// entry hands a mail in and returns what a worker would read from it.
func (h *house) entry(r triage.Reading, slugs ...string) (triage.NoticeRead, triage.Entry) {
	h.t.Helper()
	h.entered++
	mail := fmt.Appendf(nil, "From: a@police.example\r\nSubject: PPN %d\r\n\r\nA mail of the words that stand in it.\r\n", h.entered)
	seq, err := h.log.PublishNotice(h.t.Context(), "wyp", mail, "")
	if err != nil {
		h.t.Fatal(err)
	}
	notices, _ := h.log.Identity()
	id := triage.NewNoticeID("bradford", notices, seq)
	for _, s := range slugs {
		r.Facts = append(r.Facts, fact(s))
	}
	read := triage.NoticeRead{Notice: id, Seq: seq, SHA256: hexDigest(mail), Kind: triage.LetterNotice, Received: h.clock(), StreamTime: h.clock(), Force: "wyp"}
	return read, triage.Entry{
		Notice: id, Seq: seq, Received: h.clock(), Readable: true, Relation: triage.RelationNew, Content: fmt.Sprintf("content %d", seq), Reading: r,
	}
}

// open makes an item of a notice.
func (h *house) open(n int, slugs ...string) *triage.Item {
	h.t.Helper()
	read, e := h.entry(reading(n), slugs...)
	return h.take(read, e, "")
}

// take opens an item with a notice or joins it to one, and has it scored.
func (h *house) take(read triage.NoticeRead, e triage.Entry, into triage.ItemID) *triage.Item {
	h.t.Helper()
	h.commit(triage.Actor{Name: "worker", Role: "service"}, 1, h.events(read, e, into)...)
	if into == "" {
		into = triage.NewItemID("bradford", "test", read.Seq, e.Part)
	}
	return h.item(into)
}

func (h *house) events(read triage.NoticeRead, e triage.Entry, into triage.ItemID) []triage.Event {
	h.t.Helper()
	i, first := &triage.Item{}, triage.Event(triage.NoticeJoined{Item: into, Entry: e})
	if into == "" {
		first = triage.ItemOpened{Item: triage.NewItemID("bradford", "test", read.Seq, e.Part), Entry: e}
	} else {
		i = h.item(into).Clone()
	}
	c := &triage.Commit{At: h.clock()}
	if err := i.Apply(c, first); err != nil {
		h.t.Fatal(err)
	}
	scored, err := intake.Scorer{Calendar: calendar()}.Scored(h.active, i, h.active.Linker.Children(i.Entries), nil, h.clock())
	if err != nil {
		h.t.Fatal(err)
	}
	return []triage.Event{read, first, scored}
}

func (h *house) item(id triage.ItemID) *triage.Item {
	h.t.Helper()
	if _, err := h.book().CatchUp(h.t.Context()); err != nil {
		h.t.Fatal(err)
	}
	snap, err := h.store().Load(h.t.Context(), id)
	if err != nil || snap.Items[id] == nil {
		h.t.Fatalf("item %s: %v", id, err)
	}
	return snap.Items[id]
}

// node is one API server over the house, as every node is.
type node struct {
	*Server
	conn *grpc.ClientConn
	who  string
	role string
}

func (h *house) door() Door {
	notices, commits := h.log.Identity()
	return Door{
		Name: "bradford", Book: h.book(), Queue: h.store(), Log: h.log, Identity: commits, NoticeIdentity: notices, Calendar: calendar(),
		Letter: letter.Read,
		Rules: func(context.Context, triage.Ledger) (*intake.Ruleset, error) {
			h.lock.Lock()
			defer h.lock.Unlock()
			return h.active, nil
		},
		Found: h.store().Mail,
		Mail: func(ctx context.Context, seq uint64) ([]byte, error) {
			n, err := h.log.ReadNotice(ctx, seq)
			return n.Data, err
		},
		Ends: func(ctx context.Context) (uint64, uint64, error) {
			if h.lost.Load() {
				return 0, 0, context.DeadlineExceeded
			}
			e, err := h.log.End(ctx)
			return e.Notices.Last, e.Commits.Last, err
		},
		Open: h.sealer.Commit, OpenItem: h.sealer.Item,
		Viewed: func(_ context.Context, record []byte) error { h.viewed.Store(string(record), true); return nil },
		Push: func(ctx context.Context, force string, mail []byte) (uint64, error) {
			return h.log.PublishNotice(ctx, force, mail, "")
		},
	}
}

// node serves the API, and feeds its watches unless it is to stand still.
func (h *house) node(mend ...func(*Config, *Server)) *node {
	h.t.Helper()
	cfg := Config{Doors: []Door{h.door()}, Now: h.clock, Lease: 20 * time.Minute, ClaimCap: 3}
	for _, m := range mend {
		m(&cfg, nil)
	}
	s, err := New(cfg)
	if err != nil {
		h.t.Fatal(err)
	}
	for _, m := range mend {
		m(&cfg, s)
	}
	g := guard.Guard{}
	srv := grpc.NewServer(grpc.ChainUnaryInterceptor(g.Unary), grpc.ChainStreamInterceptor(g.Stream), grpc.MaxRecvMsgSize(2<<20))
	s.Register(srv)
	lis := bufconn.Listen(1 << 20)
	go func() { _ = srv.Serve(lis) }()
	ctx, cancel := context.WithCancel(context.Background())
	wake, err := h.log.Notify(ctx)
	if err != nil {
		h.t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.Run(ctx, func(string) <-chan struct{} { return wake })
	}()
	conn, err := grpc.NewClient("passthrough:///bufconn", grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(context.Context, string) (net.Conn, error) { return lis.Dial() }))
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() {
		_ = conn.Close()
		srv.Stop()
		cancel()
		<-done
	})
	return &node{Server: s, conn: conn, who: "ash", role: "manager"}
}

// as is the node for another caller; an empty name is none.
func (n *node) as(who, role string) *node {
	c := *n
	c.who, c.role = who, role
	return &c
}

func (n *node) ctx(t testing.TB) context.Context {
	ctx := t.Context()
	if n.who != "" {
		ctx = metadata.AppendToOutgoingContext(ctx, guard.ActorKey, n.who, guard.RoleKey, n.role)
	}
	return ctx
}

func (n *node) queue() pb.QueueServiceClient   { return pb.NewQueueServiceClient(n.conn) }
func (n *node) notice() pb.NoticeServiceClient { return pb.NewNoticeServiceClient(n.conn) }
func (n *node) audit() pb.AuditServiceClient   { return pb.NewAuditServiceClient(n.conn) }
func (n *node) ruleset() pb.RulesServiceClient { return pb.NewRulesServiceClient(n.conn) }

// list is the whole queue in its order.
func (n *node) list(t testing.TB) (ids []string) {
	t.Helper()
	out, err := n.queue().ListItems(n.ctx(t), &pb.ListItemsRequest{PageSize: 1000})
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range out.GetItems() {
		ids = append(ids, i.GetId())
	}
	return ids
}

// claim takes an item and returns the token.
func (n *node) claim(t testing.TB, id triage.ItemID) uint64 {
	t.Helper()
	out, err := n.queue().ClaimItem(n.ctx(t), &pb.ClaimItemRequest{RequestId: uuid.NewString(), ItemId: string(id)})
	if err != nil {
		t.Fatal(err)
	}
	return out.GetToken()
}

// look opens the newest notice of an item.
func (n *node) look(t testing.TB, i *triage.Item) {
	t.Helper()
	if _, err := n.notice().GetNotice(n.ctx(t), &pb.GetNoticeRequest{NoticeId: string(i.News().Notice), ItemId: string(i.ID)}); err != nil {
		t.Fatal(err)
	}
}

// reasonOf is the reason that an error carries.
func reasonOf(err error) string {
	for _, d := range status.Convert(err).Details() {
		if info, ok := d.(*errdetails.ErrorInfo); ok && info.GetDomain() == "triage" {
			return info.GetReason()
		}
	}
	return ""
}

// fieldsOf are the fields that an error names.
func fieldsOf(err error) (fields []string) {
	for _, d := range status.Convert(err).Details() {
		if b, ok := d.(*errdetails.BadRequest); ok {
			for _, v := range b.GetFieldViolations() {
				fields = append(fields, v.GetField())
			}
		}
	}
	return fields
}

func wantError(t testing.TB, what string, err error, code codes.Code, reason string) {
	t.Helper()
	if status.Code(err) != code || reasonOf(err) != reason {
		t.Errorf("%s = %v %q (%v), want %v %q", what, status.Code(err), reasonOf(err), err, code, reason)
	}
}
