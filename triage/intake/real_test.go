package intake

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/jet"
	"github.com/ppn-triage/ppn-triage/triage/jet/embed"
	"github.com/ppn-triage/ppn-triage/triage/queue"
	"github.com/ppn-triage/ppn-triage/triage/redisq"
	"github.com/ppn-triage/ppn-triage/triage/wire"
)

// real is a front door on an embedded NATS and Redis.
type real struct {
	log    *jet.Log
	store  *redisq.Store
	client redisq.Client
}

func newReal(t *testing.T) *real {
	t.Helper()
	s, err := embed.Start(t.Context(), embed.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Stop)
	conn, err := jet.Connect(t.Context(), jet.Options{InProcess: s})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	log, err := conn.OpenLog(t.Context(), jet.LogOptions{FrontDoor: "bradford", Codec: wire.Codec{}})
	if err != nil {
		t.Fatal(err)
	}
	client, _, stop, err := redisq.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	_, id := log.Identity()
	store, err := redisq.New(redisq.Options{
		Client: client, Namespace: "t", FrontDoor: "bradford", Stream: id, Secret: make([]byte, 16), Index: defaults().Index,
		Place: func(i *triage.Item) (uint64, string) { k := queue.KeyOf(i); return k.Order(), k.Member() },
	})
	if err != nil {
		t.Fatal(err)
	}
	return &real{log, store, client}
}

// Read gives a worker the log's mails.
func (r *real) Read(ctx context.Context, from uint64, most int) (out []Notice, err error) {
	found, err := r.log.ReadNotices(ctx, from, min(most, 20))
	for _, n := range found {
		out = append(out, Notice{Seq: n.Seq, Force: n.Force, Time: n.Time, Data: n.Data})
	}
	return out, err
}

// lossy forgets the answer to every third append, before or after it is stored.
type lossy struct {
	Log
	lock sync.Mutex
	n    int
}

func (l *lossy) Append(ctx context.Context, c triage.Commit, expected uint64) (seq uint64, err error) {
	l.lock.Lock()
	l.n++
	o := []outcome{works, lostBefore, works, works, lostAfter, works}[l.n%6]
	l.lock.Unlock()
	err = o.do(func() (err error) { seq, err = l.Log.Append(ctx, c, expected); return err })
	return seq, err
}

// TestOnRealServers has three workers take in the same stream on a real log and
// Redis, while answers get lost and Redis is wiped under them.
func TestOnRealServers(t *testing.T) {
	const all = 150
	r := newReal(t)
	go func() {
		for n := range all {
			if _, err := r.log.PublishNotice(t.Context(), "wyp", mail(n), ""); err != nil {
				t.Error(err)
				return
			}
		}
	}()
	ctx, cancel := context.WithTimeout(t.Context(), 40*time.Second)
	defer cancel()
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			w := newTown().worker(&Book{Log: &lossy{Log: r.log}, Store: r.store})
			w.Notices = r
			for ctx.Err() == nil {
				_, _ = w.Step(ctx) // what fails is tried again
				if snap, err := r.store.Load(ctx); err == nil && snap.Ledger.Through == all {
					return
				}
			}
			t.Error("a worker finds no end")
		})
	}
	for range 5 {
		time.Sleep(50 * time.Millisecond)
		if err := r.client.FlushAll(ctx).Err(); err != nil {
			t.Error(err)
		}
	}
	wg.Wait()
	if got := checkWorld(t, r.log, r.store, all).Items(); len(got) != all {
		t.Errorf("%d incidents became %d items", all, len(got))
	}
}
