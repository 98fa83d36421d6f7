package daemon_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"google.golang.org/grpc"

	"github.com/ppn-triage/ppn-triage/api/client"
	"github.com/ppn-triage/ppn-triage/api/guard"
	"github.com/ppn-triage/ppn-triage/api/queueapi"
	pb "github.com/ppn-triage/ppn-triage/api/triagev1"
	"github.com/ppn-triage/ppn-triage/deploy"
	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/audit"
	"github.com/ppn-triage/ppn-triage/triage/intake"
	"github.com/ppn-triage/ppn-triage/triage/jet"
	"github.com/ppn-triage/ppn-triage/triage/letter"
	"github.com/ppn-triage/ppn-triage/triage/link"
	"github.com/ppn-triage/ppn-triage/triage/queue"
	"github.com/ppn-triage/ppn-triage/triage/redisq"
	"github.com/ppn-triage/ppn-triage/triage/redisq/redistest"
	"github.com/ppn-triage/ppn-triage/triage/wire"
)

// TestBench prints the table of make bench: what the service adds to the raw
// floor, measured beside it in one run on one machine.
func TestBench(t *testing.T) {
	if os.Getenv("PPN_BENCH") == "" {
		t.Skip("make bench runs this: figures are no part of the tests")
	}
	fmt.Printf("%-58s %14s %14s %8s\n", "what", "floor", "ours", "ratio")
	benchThroughput(t)
	benchLatency(t)
	for _, n := range []int{1_000, 100_000} {
		benchPage(t, n)
	}
	benchStages(t)
}

func row(what, floor, ours string, ratio float64) {
	fmt.Printf("%-58s %14s %14s %8.2f\n", what, floor, ours, ratio)
}

// benchThroughput compares durable publishes of mails with mails that have been
// published, read, linked, scored, committed and made visible.
func benchThroughput(t *testing.T) {
	const n, writers = 2000, 16
	d := start(t, config(t.TempDir()))
	conn, err := jet.Connect(t.Context(), jet.Options{URL: d.Addr().NATS})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	p, err := conn.Pusher("bradford")
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for k := w; k < n; k += writers {
				if _, err := p.PublishNotice(t.Context(), "wyp", mail(k), ""); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	floor := time.Since(began)
	settled(t, dial(t, d.Addr().GRPC, "bench"), n)
	ours := time.Since(began)
	rate := func(took time.Duration) string { return fmt.Sprintf("%.0f/s", n/took.Seconds()) }
	row(fmt.Sprintf("%d mails: durable publish | until all are in the queue", n), rate(floor), rate(ours), floor.Seconds()/ours.Seconds())
}

// benchLatency compares one durable publish with the time until the mail is
// seen in the queue.
func benchLatency(t *testing.T) {
	const n = 60
	d := start(t, config(t.TempDir()))
	c := dial(t, d.Addr().GRPC, "bench")
	conn, err := jet.Connect(t.Context(), jet.Options{URL: d.Addr().NATS})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	p, err := conn.Pusher("bradford")
	if err != nil {
		t.Fatal(err)
	}
	watch, err := c.Queue.WatchItems(t.Context(), &pb.WatchItemsRequest{})
	if err != nil {
		t.Fatal(err)
	}
	var floor, ours []time.Duration
	for k := range n {
		began := time.Now()
		if _, err := p.PublishNotice(t.Context(), "wyp", mail(k), ""); err != nil {
			t.Fatal(err)
		}
		floor = append(floor, time.Since(began))
		for {
			m, err := watch.Recv()
			if err != nil {
				t.Fatal(err)
			}
			if m.GetChanged() != nil {
				break
			}
		}
		ours = append(ours, time.Since(began))
	}
	for _, q := range []struct {
		name string
		at   int
	}{{"median", n / 2}, {"slowest of 60", n - 1}} {
		slices.Sort(floor)
		slices.Sort(ours)
		row("one mail, "+q.name+": durable publish | seen by a watcher", floor[q.at].Round(10*time.Microsecond).String(),
			ours[q.at].Round(10*time.Microsecond).String(), float64(ours[q.at])/float64(floor[q.at]))
	}
}

// benchPage compares reading a page's keys from Redis by hand with ListItems.
func benchPage(t *testing.T, n int) {
	url := redistest.URL(t)
	raw := redis.NewClient(must(redis.ParseURL(url)))
	defer func() { _ = raw.Close() }()
	c, store := queueOf(t, url, n)
	const pages = 200
	began := time.Now()
	for range pages {
		members, err := raw.ZRange(t.Context(), "bench:{bradford}:queue", 0, 49).Result()
		if err != nil || len(members) != 50 {
			t.Fatal(len(members), err)
		}
		ids := make([]string, len(members))
		for k, m := range members {
			ids[k] = m[strings.LastIndexByte(m, ':')+1:]
		}
		if _, err := raw.HMGet(t.Context(), "bench:{bradford}:items", ids...).Result(); err != nil {
			t.Fatal(err)
		}
	}
	floor := time.Since(began) / pages
	began = time.Now()
	for range pages {
		if page, err := c.Queue.ListItems(t.Context(), &pb.ListItemsRequest{PageSize: 50}); err != nil || len(page.GetItems()) != 50 {
			t.Fatal(err)
		}
	}
	ours := time.Since(began) / pages
	row(fmt.Sprintf("page of 50 of %d: ZRANGE and HMGET | ListItems", n), floor.String(), ours.String(), float64(ours)/float64(floor))
	_ = store
}

// queueOf is an API over a queue of n items in a real Redis.
func queueOf(t *testing.T, url string, n int) (*client.Client, *redisq.Store) {
	t.Helper()
	cal := must(queue.NewCalendar(queue.Config{}))
	r := must(redisq.Dial(t.Context(), redisq.DialOptions{URL: url}))
	t.Cleanup(func() { _ = r.Close() })
	store := must(redisq.New(redisq.Options{
		Client: r, Namespace: "bench", FrontDoor: "bradford", Stream: "bench", Secret: make([]byte, 32),
		Place: func(i *triage.Item) (uint64, string) { k := queue.KeyOf(i); return k.Order(), k.Member() },
		Index: func(i *triage.Item) ([]byte, []string, error) { return []byte("{}"), []string{string(i.ID)}, nil },
	}))
	log, now := &audit.Log{}, time.Now().UTC()
	for seq := uint64(0); seq < uint64(n); {
		c := triage.Commit{ID: fmt.Sprint(seq), At: now, Seq: seq/200 + 1}
		for range 200 {
			seq++
			e := triage.Entry{Notice: triage.NewNoticeID("bench", "bench", seq), Seq: seq, Received: now.Add(-time.Duration(seq) * time.Second), Readable: true}
			id := triage.NewItemID("bench", "bench", seq, 0)
			band := triage.Band(1 + seq%4)
			c.Events = append(c.Events, triage.NoticeRead{Notice: e.Notice, Seq: seq, Received: e.Received, Kind: triage.LetterNotice},
				triage.ItemOpened{Item: id, Entry: e},
				triage.ItemScored{Item: id, Score: triage.Score{Band: band, Points: int(seq % 12000)}, Due: cal.Due(band, e.Received)})
		}
		c.Through = seq
		if _, err := log.Append(t.Context(), c, c.Seq-1); err != nil {
			t.Fatal(err)
		}
		if _, err := store.Apply(t.Context(), c); err != nil {
			t.Fatal(err)
		}
	}
	end := uint64((n + 199) / 200)
	api := must(queueapi.New(queueapi.Config{Now: time.Now, Lease: time.Hour, ClaimCap: 5, Doors: []queueapi.Door{{
		Name: "bradford", Book: &intake.Book{Log: log, Store: store}, Queue: store, Log: log, Identity: "bench", NoticeIdentity: "bench", Calendar: cal,
		Ends: func(context.Context) (uint64, uint64, error) { return uint64(n), end, nil },
	}}}))
	g := guard.Guard{}
	srv := grpc.NewServer(grpc.ChainUnaryInterceptor(g.Unary))
	api.Register(srv)
	lis := must(net.Listen("tcp", "127.0.0.1:0"))
	go func() { _ = srv.Serve(lis) }()
	t.Cleanup(srv.Stop)
	return dial(t, lis.Addr().String(), "bench"), store
}

// benchStages times each stage of the pipeline on the labelled mails.
func benchStages(t *testing.T) {
	rs := must(intake.CompileAll(deploy.Rules()))
	names := must(filepath.Glob("../../../triage/intake/testdata/corpus/*.eml"))
	var mails [][]byte
	size := 0
	for _, n := range names {
		b := must(os.ReadFile(n))
		mails, size = append(mails, b), size+len(b)
	}
	letters := make([]triage.Letter, len(mails))
	readings := make([][]triage.Reading, len(mails))
	stage := func(what string, once func(k int)) {
		const rounds = 5
		began := time.Now()
		for range rounds {
			for k := range mails {
				once(k)
			}
		}
		took := time.Since(began) / time.Duration(rounds*len(mails))
		fmt.Printf("%-58s %14s %14s\n", "one mail, "+what, "", took.Round(100*time.Nanosecond))
	}
	stage("letter: bytes to text", func(k int) { letters[k] = letter.Read(mails[k]) })
	stage("extract: people, references, facts", func(k int) { readings[k] = rs.Reader.Read(&letters[k]) })
	var records []link.Record
	entries := make([]triage.Entry, 0, len(mails))
	for k := range mails {
		for part, r := range readings[k] {
			e := triage.Entry{Notice: triage.NewNoticeID("b", "b", uint64(k+1)), Part: part, Seq: uint64(k + 1), Received: letters[k].Received, Readable: true, Reading: r, Content: letters[k].ContentHash}
			entries = append(entries, e)
			records = append(records, rs.Linker.RecordOfEntry(e))
		}
	}
	stage("link: keys, and decide among 10 candidates", func(k int) {
		e := entries[k%len(entries)]
		_ = rs.Linker.Keys(rs.Linker.RecordOfEntry(e))
		var cands []link.Candidate
		for n := range 10 {
			cands = append(cands, link.Candidate{Item: triage.ItemID(fmt.Sprint(n)), Record: records[(k+n)%len(records)]})
		}
		_ = rs.Linker.Decide(e, cands, e.Received)
	})
	stage("rules: score", func(k int) {
		e := entries[k%len(entries)]
		_ = rs.Rules.Score(triage.Matter{Children: rs.Linker.Merge(nil, 0, e.Reading), Entries: []triage.Entry{e}, At: e.Received})
	})
	stage("wire: encode and decode its commit", func(k int) {
		e := entries[k%len(entries)]
		b := must(wire.EncodeCommit(triage.Commit{ID: "b", Events: []triage.Event{triage.ItemOpened{Item: "b", Entry: e}}}))
		_ = must(wire.DecodeCommit(b))
	})
	fmt.Printf("%-58s %14s %14d\n", "bytes of an average labelled mail", "", size/len(mails))
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
