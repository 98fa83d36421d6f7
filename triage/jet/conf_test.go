package jet

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/nats-io/nkeys"
)

const confFile = "../../deploy/nats.conf"

// conf is a server with deploy/nats.conf and a seed file for each of its users.
type conf struct {
	opts  *server.Options
	ns    *server.Server
	seeds map[string]string
}

func startConf(t *testing.T) *conf {
	t.Helper()
	c := &conf{seeds: map[string]string{}}
	for _, user := range []string{"wyp", "worker", "api", "admin", "sys"} {
		kp, err := nkeys.CreateUser()
		if err != nil {
			t.Fatal(err)
		}
		seed, err1 := kp.Seed()
		public, err2 := kp.PublicKey()
		c.seeds[user] = filepath.Join(t.TempDir(), user+".nk")
		if err := errors.Join(err1, err2, os.WriteFile(c.seeds[user], seed, 0o600)); err != nil {
			t.Fatal(err)
		}
		t.Setenv("PPN_NKEY_"+strings.ToUpper(user), public)
	}
	var err error
	if c.opts, err = server.ProcessConfigFile(confFile); err != nil {
		t.Fatal(err)
	}
	live := *c.opts
	live.Port, live.HTTPPort, live.StoreDir = server.RANDOM_PORT, server.RANDOM_PORT, t.TempDir()
	c.ns = rawServer(t, live)
	return c
}

func (c *conf) as(t *testing.T, user string) *Conn {
	t.Helper()
	u := User{NKey: c.seeds[user]}
	if user == "wyp" {
		u.InboxPrefix = "_INBOX_wyp"
	}
	return connect(t, Options{URL: c.ns.ClientURL(), User: u})
}

func TestNATSConf(t *testing.T) {
	o := startConf(t).opts
	if !o.SyncAlways || !o.JetStream || o.MaxPayload != MaxPayload || int64(o.MaxPayload) <= MaxNotice || o.MaxPending < 2*chunkBytes {
		t.Errorf("sync always %v, JetStream %v, max_payload %d, max_pending %d", o.SyncAlways, o.JetStream, o.MaxPayload, o.MaxPending)
	}
	if o.Host != "127.0.0.1" || o.HTTPHost != "127.0.0.1" || o.SystemAccount != "SYS" || o.NoAuthUser != "" {
		t.Errorf("listens on %s and %s, system account %q, user without a key %q", o.Host, o.HTTPHost, o.SystemAccount, o.NoAuthUser)
	}
}

func TestNATSConfNeedsItsKeys(t *testing.T) {
	_, err := server.ProcessConfigFile(confFile)
	wantWords(t, err, "PPN_NKEY_")
}

// Every user can do what it is for and nothing else; a refusal is told at once.
func TestNATSConfPermissions(t *testing.T) {
	cf := startConf(t)
	ctx := testContext(t)
	worker := openLog(t, cf.as(t, "worker"))
	api := openLog(t, cf.as(t, "api"))
	wyp, err := cf.as(t, "wyp").Pusher("bradford")
	if err != nil {
		t.Fatal(err)
	}
	denied := func(what string, f func(context.Context) error) {
		t.Helper()
		began := time.Now()
		if err := f(ctx); !errors.Is(err, ErrDenied) || errors.Is(err, ErrUnknown) || time.Since(began) > time.Second {
			t.Errorf("%s: %v after %v, want ErrDenied at once", what, err, time.Since(began))
		}
	}
	allowed := func(what string, err error) {
		t.Helper()
		if err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
	pushAs := func(p *Pusher, force string) func(context.Context) error {
		return func(ctx context.Context) error { _, err := p.PublishNotice(ctx, force, mail(1), ""); return err }
	}
	began := time.Now()
	wctx, cancel := context.WithCancel(ctx)
	defer cancel()
	wake, err := worker.Notify(wctx)
	allowed("worker is woken", err)

	const own = "ppn.out.bradford.wyp.>"
	heard := map[string]*nats.Subscription{}
	for _, subject := range []string{own, "ppn.notice.bradford.*", "ppn.audit.bradford", "ppn.out.>", "_INBOX.>", "$JS.>", ">"} {
		if heard[subject], err = wyp.conn.nc.SubscribeSync(subject); err != nil {
			t.Fatal(err)
		}
	}
	for range 8 {
		allowed("wyp hands in", pushAs(wyp, "wyp")(ctx))
	}
	allowed("api hands in", pushAs(api.Pusher, "nyp")(ctx))
	denied("wyp hands in as another force", pushAs(wyp, "nyp"))
	denied("worker forges a mail", pushAs(worker.Pusher, "wyp"))

	appendCommits(t, worker, 1, 8)
	appendCommits(t, api, 9, 10)
	for _, l := range []*Log{worker, api} {
		n, err := l.ReadNotices(ctx, 1, 100)
		c, err2 := l.ReadCommits(ctx, 1, 100)
		if len(n) != 9 || len(c) != 10 || err != nil || err2 != nil {
			t.Errorf("read %d notices, %d commits: %v, %v", len(n), len(c), err, err2)
		}
	}
	_, err = api.PublishRead(ctx, []byte("view"))
	allowed("api records a view", err)
	allowed("worker stores a key", worker.PutKey(ctx, "k", []byte("wrapped")))
	_, err = api.GetKey(ctx, "k")
	allowed("api reads a key", err)
	allowed("api stores a key", api.PutKey(ctx, "w", []byte("wrapped")))
	denied("api deletes a key's bytes", func(ctx context.Context) error { return api.EraseKey(ctx, "k") })
	allowed("worker erases a key", worker.EraseKey(ctx, "k"))
	allowed("api lists keys", api.EachKey(ctx, func(string, []byte) error { return nil }))

	_, err = worker.PublishOut(ctx, Out{To: "wyp", Kind: "receipt", Seq: 1, Data: []byte("ok")})
	allowed("worker sends a receipt", err)
	got, err := wyp.ReadOut(ctx, "wyp", "receipt", 1)
	if err != nil || string(got) != "ok" {
		t.Errorf("wyp fetches its receipt: %q, %v", got, err)
	}
	for _, force := range []string{"nyp", "wyp"} {
		_, err = worker.PublishFeedback(ctx, force, []byte("word to "+force))
		allowed("worker sends feedback", err)
	}
	lctx, heardIt := context.WithTimeout(ctx, 10*time.Second)
	allowed("wyp listens to its feedback", wyp.Feedback(lctx, "wyp", began, func(d []byte) {
		if string(d) != "word to wyp" {
			t.Errorf("wyp heard %q", d)
		}
		heardIt()
	}))
	if errors.Is(lctx.Err(), context.DeadlineExceeded) {
		t.Error("wyp heard nothing")
	}
	if err := wyp.Feedback(ctx, "nyp", began, func([]byte) {}); !errors.Is(err, ErrDenied) {
		t.Errorf("wyp listens to another force's feedback: %v, want ErrDenied", err)
	}
	denied("wyp fetches another force's receipt", func(ctx context.Context) error { _, err := wyp.ReadOut(ctx, "nyp", "receipt", 1); return err })
	if err := wyp.conn.nc.Flush(); err != nil {
		t.Fatal(err)
	}
	for subject, sub := range heard {
		if n, _, err := sub.Pending(); err != nil || (n > 0) != (subject == own) {
			t.Errorf("wyp heard %d messages on %s, %v", n, subject, err)
		}
	}
	denied("wyp opens the log", func(ctx context.Context) error {
		_, err := wyp.conn.OpenLog(ctx, LogOptions{FrontDoor: "bradford", Codec: plain{}})
		return err
	})
	for _, l := range []*Log{worker, api} {
		for verb, f := range map[string]func(context.Context) error{
			"UPDATE": func(ctx context.Context) error {
				_, err := l.conn.js.UpdateStream(ctx, jetstream.StreamConfig{Name: l.auditName()})
				return err
			},
			"DELETE": func(ctx context.Context) error { return l.conn.js.DeleteStream(ctx, l.auditName()) },
			"PURGE":  func(ctx context.Context) error { return l.notices.handle.Purge(ctx) },
		} {
			denied(verb, func(ctx context.Context) error {
				return l.conn.call(ctx, fmt.Sprintf("$JS.API.STREAM.%s.%s", verb, map[bool]string{true: l.noticesName(), false: l.auditName()}[verb == "PURGE"]), f)
			})
		}
	}
	if _, err := api.conn.OpenLog(ctx, LogOptions{FrontDoor: "leeds", Codec: plain{}}); !errors.Is(err, ErrDenied) {
		t.Errorf("api makes a front door: %v, want ErrDenied", err)
	}
	openLog(t, cf.as(t, "admin"))
	cancel()
	for range wake {
	}
}

func TestVerifySyncOfNATSConf(t *testing.T) {
	cf := startConf(t)
	monitor := fmt.Sprintf("http://%s", cf.ns.MonitorAddr())
	worker := Options{URL: cf.ns.ClientURL(), User: User{NKey: cf.seeds["worker"]}}
	for name, ask := range map[string]func(*Options){
		"monitor": func(o *Options) { o.Monitor = []string{monitor} },
		"system":  func(o *Options) { o.System = User{NKey: cf.seeds["sys"]} },
	} {
		o := worker
		ask(&o)
		if err := connect(t, o).VerifySync(testContext(t)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	o := worker
	o.System = User{NKey: cf.seeds["wyp"], InboxPrefix: "_INBOX_wyp"}
	if err := connect(t, o).VerifySync(testContext(t)); !errors.Is(err, ErrSync) {
		t.Errorf("VerifySync by a user of another account = %v, want ErrSync", err)
	}
}
