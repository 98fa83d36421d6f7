package daemon_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/ppn-triage/ppn-triage/api/client"
	pb "github.com/ppn-triage/ppn-triage/api/triagev1"
	"github.com/ppn-triage/ppn-triage/cmd/internal/daemon"
	"github.com/ppn-triage/ppn-triage/triage/jet"
	"github.com/ppn-triage/ppn-triage/triage/redisq"
	"github.com/ppn-triage/ppn-triage/triage/redisq/redistest"
)

// childEnv makes the test binary a daemon on that data folder: for the tests
// that kill one.
const childEnv = "PPN_TEST_DAEMON_DATA"

func TestMain(m *testing.M) {
	if daemon.PDFChild() {
		return
	}
	if dir := os.Getenv(childEnv); dir != "" {
		runChild(dir)
		return
	}
	slog.SetDefault(slog.New(slog.DiscardHandler))
	os.Exit(m.Run())
}

func runChild(dir string) {
	d, err := daemon.New(config(dir))
	if err == nil {
		err = d.Start(context.Background())
	}
	if err != nil {
		fmt.Println("error", err)
		os.Exit(1)
	}
	fmt.Println(d.Addr().GRPC, d.Addr().NATS)
	select {}
}

func config(dir string) daemon.Config {
	var c daemon.Config
	c.Data = dir
	c.Scrub.Canary = -1 // counts are compared
	c.GRPC.Listen, c.NATS.Listen, c.Metrics.Listen = "127.0.0.1:0", "127.0.0.1:0", "127.0.0.1:0"
	return c
}

func start(t *testing.T, c daemon.Config) *daemon.Daemon {
	t.Helper()
	d, err := daemon.New(c)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Stop)
	return d
}

func dial(t *testing.T, addr, who string) *client.Client {
	t.Helper()
	c, err := client.Dial(client.Options{Addr: addr, Actor: who})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// mail is an invented notice; each n is another incident of another family.
func mail(n int) []byte {
	given := []string{"Ava", "Noah", "Mia", "Leo", "Zara", "Adam", "Ines", "Omar"}[n%8]
	family := fmt.Sprintf("%s%s", []string{"Brack", "Thorn", "Winter", "Hollow", "Fen"}[n%5], []string{"ley", "wick", "dale", "ford", "by", "worth", "ham"}[n/5%7])
	return fmt.Appendf(nil, "From: PC Test <pc%d@westyorks.police.example>\r\nTo: frontdoor@council.example\r\nSubject: PPN 1326%07d\r\nMessage-ID: <t%d@westyorks.police.example>\r\n\r\n"+
		"PPN REF: 1326%07d\r\nWHEN: %02d/%02d/2026 18:40hrs\r\nWHERE: %d Test%d Road, Bradford, BD%d %d%s\r\nGRADING BY OFFICER: STANDARD\r\nOFFICER: PC %d TEST\r\n\r\n"+
		"PERSONS\r\n1) %s, %s / DOB %02d/%02d/%d / child\r\n\r\nCIRCS\r\nVerbal argument between the parents, no assault. Child upstairs.\r\n\r\nRESULT\r\nAdvice given, father left to his mother's.\r\n",
		n, n, n, n, n%28+1, n%9+1, n%200+1, n, n%20+1, n%9+1, []string{"AB", "CD", "EF", "GH"}[n%4], 1000+n, strings.ToUpper(family), given, n%28+1, n%12+1, 2009+n%15)
}

func push(t *testing.T, natsURL string, from, to int) {
	t.Helper()
	conn, err := jet.Connect(t.Context(), jet.Options{URL: natsURL})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	p, err := conn.Pusher("bradford")
	if err != nil {
		t.Fatal(err)
	}
	for n := from; n < to; n++ {
		if _, err := p.PublishNotice(t.Context(), "wyp", mail(n), ""); err != nil {
			t.Fatal(err)
		}
	}
}

// settled waits until every mail is taken in and returns the whole queue.
func settled(t *testing.T, c *client.Client, want int) []*pb.Item {
	t.Helper()
	var last error
	for end := time.Now().Add(60 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		s, err := c.Queue.GetQueueStats(t.Context(), &pb.GetQueueStatsRequest{})
		if last = err; err == nil && s.GetNotices() >= uint64(want) && s.GetUnreadNotices() == 0 {
			items, err := list(t.Context(), c)
			if last = err; err == nil {
				return items
			}
		}
	}
	t.Fatalf("%d mails were not taken in: %v", want, last)
	return nil
}

func list(ctx context.Context, c *client.Client) (items []*pb.Item, err error) {
	for token := ""; ; {
		page, err := c.Queue.ListItems(ctx, &pb.ListItemsRequest{PageSize: 70, PageToken: token})
		if err != nil {
			return nil, err
		}
		items = append(items, page.GetItems()...)
		if token = page.GetNextPageToken(); token == "" {
			return items, nil
		}
	}
}

func ids(items []*pb.Item) (out []string) {
	for _, i := range items {
		out = append(out, i.GetId())
	}
	return out
}

// TestMondayMorning pushes a burst: every mail is in the queue once, in order,
// and the counts add up.
func TestMondayMorning(t *testing.T) {
	d := start(t, config(t.TempDir()))
	push(t, d.Addr().NATS, 0, 500)
	c := dial(t, d.Addr().GRPC, "sup")
	items := settled(t, c, 500)
	if len(items) != 500 {
		t.Errorf("500 incidents of 500 families pushed, %d items listed", len(items))
	}
	for n := 1; n < len(items); n++ {
		a, b := items[n-1].GetSummary(), items[n].GetSummary()
		if a.GetTier() > b.GetTier() || a.GetTier() == b.GetTier() && a.GetTier() > 1 && a.GetDue().AsTime().After(b.GetDue().AsTime()) {
			t.Fatalf("row %d (tier %d, due %s) stands above row %d (tier %d, due %s)", n-1, a.GetTier(), a.GetDue().AsTime(), n, b.GetTier(), b.GetDue().AsTime())
		}
	}
	s, err := c.Queue.GetQueueStats(t.Context(), &pb.GetQueueStatsRequest{})
	if err != nil || s.GetParts() != s.GetOpened()+s.GetJoined() || s.GetDegraded() {
		t.Errorf("GetQueueStats() = %v, %v; the counts must add up", s, err)
	}
	within(t, "the force is heard and every age known", func() bool {
		return figure(t, d, "ppn_force_last_seconds", "wyp") > 0 && figure(t, d, "ppn_oldest_seconds") > 0
	})
	if figure(t, d, "ppn_force_silent")+figure(t, d, "ppn_due_soon_empty")+figure(t, d, "ppn_conservation_broken") > 0 {
		t.Error("an alarm rings on a Monday morning")
	}
}

// TestFlushAll wipes Redis under a running daemon: a list is whole or
// UNAVAILABLE, never short, and what is rebuilt is the same byte for byte.
func TestFlushAll(t *testing.T) {
	cfg := config(t.TempDir())
	cfg.Redis.URL = redistest.URL(t)
	d := start(t, cfg)
	push(t, d.Addr().NATS, 0, 60)
	c := dial(t, d.Addr().GRPC, "sup")
	want := ids(settled(t, c, 60))
	quiet(t, d)
	before := export(t, cfg, d)
	r, err := redisq.Dial(t.Context(), redisq.DialOptions{URL: cfg.Redis.URL})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	for range 5 {
		if err := r.FlushAll(t.Context()).Err(); err != nil {
			t.Fatal(err)
		}
		for range 40 {
			got, err := list(t.Context(), c)
			if err != nil && status.Code(err) != codes.Unavailable {
				t.Fatalf("ListItems() after FLUSHALL: %v, want a whole list or UNAVAILABLE", err)
			}
			if err == nil && !slices.Equal(ids(got), want) {
				t.Fatalf("ListItems() after FLUSHALL = %d items, want the same %d", len(got), len(want))
			}
		}
	}
	if got := ids(settled(t, c, 60)); !slices.Equal(got, want) {
		t.Errorf("the rebuilt queue differs: %d items, want %d", len(got), len(want))
	}
	quiet(t, d)
	if after := export(t, cfg, d); !slices.Equal(before, after) {
		t.Errorf("Redis differs after the rebuild: %d lines before, %d after", len(before), len(after))
	}
}

// quiet waits until the archiver has said its last word.
func quiet(t *testing.T, d *daemon.Daemon) {
	t.Helper()
	var last uint64
	for same := 0; same < 10; time.Sleep(100 * time.Millisecond) {
		at, err := d.Position(t.Context(), "bradford")
		if err != nil {
			continue
		}
		if at == last {
			same++
		} else {
			same, last = 0, at
		}
	}
}

func export(t *testing.T, _ daemon.Config, d *daemon.Daemon) []string {
	t.Helper()
	lines, err := d.Export(t.Context(), "bradford")
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

// child is a daemon in a process of its own.
type child struct {
	cmd        *exec.Cmd
	grpc, nats string
}

func startChild(t *testing.T, dir string) *child {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), childEnv+"="+dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	ch := &child{cmd: cmd}
	if _, err := fmt.Fscanln(out, &ch.grpc, &ch.nats); err != nil || ch.grpc == "error" {
		t.Fatalf("the daemon did not start: %v %s %s", err, ch.grpc, ch.nats)
	}
	return ch
}

// TestKillMinusNine kills the daemon while mails are pushed, again and again:
// every acknowledged mail is in the queue, once.
func TestKillMinusNine(t *testing.T) {
	dir, accepted := t.TempDir(), 0
	for round := range 4 {
		ch := startChild(t, dir)
		conn, err := jet.Connect(t.Context(), jet.Options{URL: ch.nats})
		if err != nil {
			t.Fatal(err)
		}
		p, err := conn.Pusher("bradford")
		if err != nil {
			t.Fatal(err)
		}
		kill := time.AfterFunc(time.Duration(150+130*round)*time.Millisecond, func() { _ = ch.cmd.Process.Kill() })
		for {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			_, err := p.PublishNotice(ctx, "wyp", mail(accepted), "")
			cancel()
			if err != nil {
				break // not acknowledged; the same mail again in the next round joins as a resend
			}
			accepted++
		}
		kill.Stop()
		conn.Close()
		_ = ch.cmd.Wait()
	}
	ch := startChild(t, dir)
	items := settled(t, dial(t, ch.grpc, "sup"), accepted)
	if accepted == 0 || len(items) < accepted || len(items) > accepted+1 {
		t.Errorf("%d mails were acknowledged, %d items are in the queue (one more may have been stored unacknowledged)", accepted, len(items))
	}
}

// TestTwoDaemons runs two workers and APIs over one NATS and one Redis: no item
// is doubled or lost, and a claim has one holder.
func TestTwoDaemons(t *testing.T) {
	one := config(t.TempDir())
	one.Redis.URL = redistest.URL(t)
	one.Redis.IndexKeyFile, one.MasterKey = filepath.Join(t.TempDir(), "index.key"), filepath.Join(t.TempDir(), "master.key")
	a := start(t, one)
	two := one
	two.Data, two.Archive.Dir = t.TempDir(), ""
	two.NATS.URL, two.NATS.UnverifiedSync = a.Addr().NATS, true
	b := start(t, two)
	push(t, a.Addr().NATS, 0, 200)
	ca, cb := dial(t, a.Addr().GRPC, "ann"), dial(t, b.Addr().GRPC, "bob")
	items := settled(t, ca, 200)
	if len(items) != 200 {
		t.Fatalf("200 mails pushed, %d items", len(items))
	}
	for _, i := range items[:5] {
		won := make(chan string, 2)
		for who, c := range map[string]*client.Client{"ann": ca, "bob": cb} {
			go func() {
				_, err := c.Queue.ClaimItem(t.Context(), &pb.ClaimItemRequest{RequestId: uuid.NewString(), ItemId: i.GetId()})
				if err != nil {
					who = ""
				}
				won <- who
			}()
		}
		if x, y := <-won, <-won; (x == "") == (y == "") {
			t.Errorf("item %s is held by %q and %q, want one holder", i.GetId(), x, y)
		}
	}
}

// TestRefusals names, in one clear line each, what keeps a daemon from
// starting.
func TestRefusals(t *testing.T) {
	running := config(t.TempDir())
	d := start(t, running)
	for name, c := range map[string]struct {
		change func(*daemon.Config)
		want   string
	}{
		"second daemon on the data folder": {func(c *daemon.Config) { c.Data = running.Data }, "is in use by another triaged"},
		"busy gRPC port":                   {func(c *daemon.Config) { c.GRPC.Listen = d.Addr().GRPC }, "choose another address with --listen"},
		"busy NATS port":                   {func(c *daemon.Config) { c.NATS.Listen = strings.TrimPrefix(d.Addr().NATS, "nats://") }, "in use by another program"},
		"busy metrics port":                {func(c *daemon.Config) { c.Metrics.Listen = d.Addr().Metrics }, "--metrics-listen"},
		"beyond loopback without TLS":      {func(c *daemon.Config) { c.GRPC.Listen = "0.0.0.0:7443" }, "set grpc.cert, grpc.key, grpc.client_ca and grpc.people"},
		"embedded NATS beyond loopback":    {func(c *daemon.Config) { c.NATS.Listen = "0.0.0.0:4222" }, "listens on loopback only"},
		"unreachable NATS":                 {func(c *daemon.Config) { c.NATS.URL = "nats://127.0.0.1:1" }, "127.0.0.1:1"},
		"unreachable Redis":                {func(c *daemon.Config) { c.Redis.URL = "redis://127.0.0.1:1" }, "reach Redis"},
		"Redis that evicts":                {func(c *daemon.Config) { c.Redis.URL = redistest.URL(t, "--maxmemory-policy", "allkeys-lru") }, "set `maxmemory-policy noeviction`"},
		"NATS that nobody vouches for":     {func(c *daemon.Config) { c.NATS.URL = d.Addr().NATS }, "--accept-unverified-sync"},
		"unknown role":                     {func(c *daemon.Config) { c.Role = "both" }, `role "both"`},
		"bad front door":                   {func(c *daemon.Config) { c.FrontDoors = []string{"a.b"} }, "front door"},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := config(t.TempDir())
			c.change(&cfg)
			d, err := daemon.New(cfg)
			if err == nil {
				err = d.Start(t.Context())
				d.Stop()
			}
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want an error with %q", err, c.want)
			}
			if err != nil && strings.Contains(err.Error(), "\n") && !strings.Contains(name, "beyond") {
				t.Errorf("more than one line: %q", err)
			}
		})
	}
}

// TestLoad names line and key of what is wrong in a configuration file.
func TestLoad(t *testing.T) {
	for text, want := range map[string]string{
		"rolle: all\n":                `unknown field "rolle"`,
		"grpc:\n  listn: x\n":         `unknown field "listn"`,
		"claims:\n  lease: shortly\n": "lease",
	} {
		path := filepath.Join(t.TempDir(), "c.yaml")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := daemon.Load(path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Load(%q) = %v, want an error with %q", text, err, want)
		}
	}
	if c, err := daemon.Load("../../../deploy/triaged.yaml"); err != nil {
		t.Errorf("the example does not load: %v", err)
	} else if _, err := daemon.New(c); err != nil {
		t.Errorf("the example is refused: %v", err)
	}
}
