package redisq_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/redis/go-redis/v9"
	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/audit"
	"github.com/ppn-triage/ppn-triage/triage/queue"
	"github.com/ppn-triage/ppn-triage/triage/redisq"
	"github.com/ppn-triage/ppn-triage/triage/redisq/redistest"
	"github.com/ppn-triage/ppn-triage/triage/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// servers are what the suite runs on: what holds on one must hold on both.
func servers(t *testing.T, run func(t *testing.T, c redisq.Client)) {
	t.Helper()
	t.Run("embedded", func(t *testing.T) {
		c, _, stop, err := redisq.Embedded()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(stop)
		run(t, c)
	})
	t.Run("redis-server", func(t *testing.T) { run(t, dial(t)) })
}

func dial(tb testing.TB) redisq.Client {
	tb.Helper()
	c, err := redisq.Dial(tb.Context(), redisq.DialOptions{URL: redistest.URL(tb)})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = c.Close() })
	return c
}

func place(i *triage.Item) (uint64, string) {
	k := queue.KeyOf(i)
	return k.Order(), k.Member()
}

// index is a linking index of surnames: enough to have many items under a key,
// and items that come under another.
func index(i *triage.Item) ([]byte, []string, error) {
	if i.JoinedInto != "" {
		return []byte("gone"), nil, nil
	}
	var keys []string
	for _, e := range i.Entries {
		for _, p := range e.Reading.People {
			if !e.Struck {
				keys = append(keys, "family:"+p.Family)
			}
		}
	}
	slices.Sort(keys)
	return fmt.Appendf(nil, "record of %s with %d notices", i.ID, len(i.Entries)), slices.Compact(keys), nil
}

func open(tb testing.TB, c redisq.Client, frontDoor, stream string) *redisq.Store {
	tb.Helper()
	s, err := redisq.New(redisq.Options{
		Client: c, Namespace: "test", FrontDoor: frontDoor, Stream: stream, Secret: make([]byte, 16), Place: place, Index: index,
	})
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

// walk makes commits of every kind.
func walk(tb testing.TB, seed uint64, n int) (*audit.World, []triage.Commit) {
	tb.Helper()
	w := audit.NewWorld(index)
	walker := redistest.Walker{Model: w, Below: rand.New(rand.NewPCG(seed, 1)).IntN}
	var commits []triage.Commit
	for range n {
		c, err := walker.Next(tb.Context())
		if err != nil {
			tb.Fatal(err)
		}
		commits = append(commits, c)
	}
	return w, commits
}

func apply(tb testing.TB, s *redisq.Store, commits ...triage.Commit) {
	tb.Helper()
	if _, err := s.Apply(tb.Context(), commits...); err != nil {
		tb.Fatal(err)
	}
}

func export(tb testing.TB, s *redisq.Store) []string {
	tb.Helper()
	lines, err := s.Export(tb.Context())
	if err != nil {
		tb.Fatal(err)
	}
	return lines
}

var same = cmp.Options{cmpopts.EquateEmpty()}

// agree holds what the store says against the model.
func agree(tb testing.TB, s *redisq.Store, w *audit.World) {
	tb.Helper()
	var ids []triage.ItemID
	queued := map[triage.ItemID]uint64{}
	byKey := map[string]bool{"family:nobody": true}
	for _, i := range w.Items() {
		ids = append(ids, i.ID)
		if i.Queued() {
			queued[i.ID], _ = place(i)
		}
		for _, e := range i.Entries {
			for _, p := range e.Reading.People {
				byKey["family:"+p.Family] = true
			}
		}
	}
	want, _ := w.Load(tb.Context(), append(ids, "unknown")...)
	got, err := s.Load(tb.Context(), append(ids, "unknown")...)
	if err != nil {
		tb.Fatal(err)
	}
	if d := cmp.Diff(want, got, same); d != "" {
		tb.Fatalf("Load() differs from the model (-):\n%s", d)
	}
	orders, err := s.Orders(tb.Context())
	if d := cmp.Diff(queued, orders, same); d != "" || err != nil {
		tb.Fatalf("Orders() = %v, differs from the model (-):\n%s", err, d)
	}
	for _, size := range []int{2, 100} {
		checkPages(tb, s, w, size)
	}
	for key := range byKey {
		_, want, _ := w.Candidates(tb.Context(), []string{key, "family:3"})
		snap, got, err := s.Candidates(tb.Context(), []string{key, "family:3"})
		if d := cmp.Diff(want, got, same); d != "" || err != nil || snap.Position != want0(w) {
			tb.Fatalf("Candidates() = %v at %d, differs from the model (-):\n%s", err, snap.Position, d)
		}
	}
}

func want0(w *audit.World) uint64 { return w.Ledger().Seq }

// checkPages reads the queue page by page: every item once, in order.
func checkPages(tb testing.TB, s *redisq.Store, w *audit.World, size int) {
	tb.Helper()
	var want []triage.ItemID
	items := slices.DeleteFunc(w.Items(), func(i *triage.Item) bool { return !i.Queued() })
	slices.SortFunc(items, func(a, b *triage.Item) int {
		ao, an := place(a)
		bo, bn := place(b)
		if ao != bo {
			if ao < bo {
				return -1
			}
			return 1
		}
		return strings.Compare(an+":"+string(a.ID), bn+":"+string(b.ID))
	})
	for _, i := range items {
		want = append(want, i.ID)
	}
	var got []triage.ItemID
	var after *triage.Row
	for {
		snap, rows, err := s.Page(tb.Context(), 0, 1<<53-1, after, size)
		if err != nil {
			tb.Fatal(err)
		}
		if snap.Position != want0(w) {
			tb.Fatalf("Page() stands at %d, want %d", snap.Position, want0(w))
		}
		for _, r := range rows {
			if o, _ := place(r.Item); o != r.Order {
				tb.Fatalf("Page() gives item %s the order %d, want %d", r.Item.ID, r.Order, o)
			}
			got = append(got, r.Item.ID)
		}
		if len(rows) < size {
			break
		}
		after = &rows[len(rows)-1]
	}
	if !slices.Equal(got, want) {
		tb.Fatalf("Page() of %d gives %d items, want these %d in this order:\n%v\n%v", size, len(got), len(want), got, want)
	}
}

// TestConformance compares the store with audit.World after runs of commits of
// every kind, applied in pieces of any size.
func TestConformance(t *testing.T) {
	servers(t, func(t *testing.T, c redisq.Client) {
		n := 0
		rapid.Check(t, func(r *rapid.T) {
			n++
			s := open(t, c, fmt.Sprintf("door%d", n), "stream")
			w := audit.NewWorld(index)
			walker := redistest.Walker{Model: w, Below: func(n int) int { return rapid.IntRange(0, n-1).Draw(r, "roll") }}
			for range rapid.IntRange(1, 3).Draw(r, "pieces") {
				var piece []triage.Commit
				for range rapid.IntRange(1, 5).Draw(r, "commits") {
					c, err := walker.Next(t.Context())
					if err != nil {
						r.Fatal(err)
					}
					piece = append(piece, c)
				}
				apply(t, s, piece...)
				agree(t, s, w)
			}
		})
	})
}

// TestRebuildIsByteEqual: invariant 3 of the design, with any size of steps.
func TestRebuildIsByteEqual(t *testing.T) {
	servers(t, func(t *testing.T, c redisq.Client) {
		for seed := range uint64(3) {
			s := open(t, c, fmt.Sprintf("door%d", seed), "stream")
			_, commits := walk(t, seed, 120)
			for _, c := range commits {
				apply(t, s, c)
			}
			want := export(t, s)
			if len(want) < 100 {
				t.Fatalf("an export of %d lines", len(want))
			}
			if err := c.FlushAll(t.Context()).Err(); err != nil {
				t.Fatal(err)
			}
			if at, err := s.Position(t.Context()); at != 0 || err != nil {
				t.Fatalf("Position() after FLUSHALL = %d, %v", at, err)
			}
			apply(t, s, commits[:50]...)
			apply(t, s, commits[50:]...)
			if d := cmp.Diff(want, export(t, s)); d != "" {
				t.Fatalf("the rebuilt queue differs (+):\n%s", d)
			}
		}
	})
}

// TestForget: what Redis holds is given up and built anew, and nothing that
// somebody has put there shines through.
func TestForget(t *testing.T) {
	servers(t, func(t *testing.T, c redisq.Client) {
		s := open(t, c, "door", "stream")
		_, commits := walk(t, 2, 60)
		apply(t, s, commits...)
		want := export(t, s)
		if err := c.HSet(t.Context(), "test:{door}:items", "of nowhere", "x").Err(); err != nil {
			t.Fatal(err)
		}
		if err := s.Forget(t.Context()); err != nil {
			t.Fatal(err)
		}
		if at, err := s.Position(t.Context()); at != 0 || err != nil {
			t.Fatalf("Position() after Forget() = %d, %v", at, err)
		}
		apply(t, s, commits...)
		if d := cmp.Diff(want, export(t, s)); d != "" {
			t.Errorf("built anew it differs (+):\n%s", d)
		}
	})
}

// TestApplyWantsItsPosition: a commit is applied once, in its place.
func TestApplyWantsItsPosition(t *testing.T) {
	servers(t, func(t *testing.T, c redisq.Client) {
		s := open(t, c, "door", "stream")
		_, commits := walk(t, 1, 12)
		apply(t, s, commits[:6]...)
		want := export(t, s)
		for _, wrong := range [][]triage.Commit{commits[5:6], commits[7:8], commits[:1], commits[4:9]} {
			if _, err := s.Apply(t.Context(), wrong...); !errors.Is(err, triage.ErrPosition) {
				t.Errorf("Apply(commit %d) at 6 = %v, want ErrPosition", wrong[0].Seq, err)
			}
			if _, err := s.Preview(t.Context(), wrong[0]); !errors.Is(err, triage.ErrPosition) {
				t.Errorf("Preview(commit %d) at 6 = %v, want ErrPosition", wrong[0].Seq, err)
			}
		}
		gap := []triage.Commit{commits[6], commits[8]}
		if _, err := s.Apply(t.Context(), gap...); !errors.Is(err, triage.ErrChain) {
			t.Errorf("Apply(7, 9) = %v, want ErrChain", err)
		}
		if _, err := s.Preview(t.Context(), commits[6]); err != nil {
			t.Errorf("Preview(7) = %v", err)
		}
		if d := cmp.Diff(want, export(t, s)); d != "" {
			t.Errorf("what was refused or only previewed changed Redis:\n%s", d)
		}
		if _, err := s.Apply(t.Context()); err != nil {
			t.Errorf("Apply() of nothing = %v", err)
		}
	})
}

// TestAnotherStream: the queue of another log never shines through, and other
// front doors in the same Redis are left alone.
func TestAnotherStream(t *testing.T) {
	servers(t, func(t *testing.T, c redisq.Client) {
		other := open(t, c, "other", "stream")
		_, commits := walk(t, 2, 30)
		apply(t, other, commits...)
		left := export(t, other)
		old, fresh := open(t, c, "door", "old"), open(t, c, "door", "new")
		apply(t, old, commits...)
		if at, err := fresh.Position(t.Context()); at != 0 || err != nil {
			t.Errorf("Position() in another stream's Redis = %d, %v", at, err)
		}
		snap, err := fresh.Load(t.Context(), commits[0].Items()...)
		if err != nil || snap.Position != 0 || len(snap.Items) != 0 {
			t.Errorf("Load() in another stream's Redis = %+v, %v", snap, err)
		}
		w, commits := walk(t, 3, 10)
		apply(t, fresh, commits...)
		agree(t, fresh, w)
		for _, line := range export(t, fresh) {
			if strings.Contains(line, "old|") {
				t.Errorf("the old stream shines through: %s", line)
			}
		}
		if d := cmp.Diff(left, export(t, other)); d != "" {
			t.Errorf("another front door was changed:\n%s", d)
		}
		if _, err := old.Apply(t.Context(), commits[1]); !errors.Is(err, triage.ErrPosition) {
			t.Errorf("Apply() over another stream's queue = %v, want ErrPosition", err)
		}
	})
}

// TestConcurrentRebuilders: however many nodes rebuild at once, and whoever
// wipes between, the queue is the same in the end.
func TestConcurrentRebuilders(t *testing.T) {
	servers(t, func(t *testing.T, c redisq.Client) {
		_, commits := walk(t, 4, 200)
		s := open(t, c, "door", "stream")
		apply(t, s, commits...)
		want := export(t, s)
		if err := c.FlushAll(t.Context()).Err(); err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		for n := range 6 {
			wg.Go(func() {
				s := open(t, c, "door", "stream")
				for steps := 0; steps < 100_000; steps++ {
					at, err := s.Position(t.Context())
					if err != nil {
						t.Error(err)
						return
					}
					if at == 200 {
						return
					}
					if n == 0 && steps%40 == 7 && steps < 200 {
						_ = c.FlushAll(t.Context()).Err()
						continue
					}
					_, err = s.Apply(t.Context(), commits[at:min(int(at)+1+n*3, 200)]...)
					if err != nil && !errors.Is(err, triage.ErrPosition) && !errors.Is(err, triage.ErrBehind) {
						t.Errorf("Apply() = %v", err)
						return
					}
				}
				t.Error("a rebuilder finds no end")
			})
		}
		wg.Wait()
		if d := cmp.Diff(want, export(t, s)); d != "" {
			t.Errorf("after six rebuilders the queue differs (+):\n%s", d)
		}
	})
}

// TestTornQueueIsRebuilt: a script that was cut off, or keys that somebody took
// away, lead to a rebuild and never to another queue.
func TestTornQueueIsRebuilt(t *testing.T) {
	servers(t, func(t *testing.T, c redisq.Client) {
		_, commits := walk(t, 5, 80)
		whole := open(t, c, "whole", "stream")
		apply(t, whole, commits...)
		at := len(commits) - 1
		for len(commits[at].Items()) == 0 {
			at--
		}
		id := commits[at].Items()[0]
		blob, err := c.HGet(t.Context(), "test:{whole}:items", string(id)).Result()
		if err != nil {
			t.Fatal(err)
		}
		for name, tear := range map[string]func(p redis.Pipeliner, key string){
			"an item of a later commit": func(p redis.Pipeliner, key string) { p.HSet(t.Context(), key+"items", string(id), blob) },
			"no ledger":                 func(p redis.Pipeliner, key string) { p.Del(t.Context(), key+"ledger") },
			"no items":                  func(p redis.Pipeliner, key string) { p.Del(t.Context(), key+"items") },
			"no records":                func(p redis.Pipeliner, key string) { p.Del(t.Context(), key+"records") },
			"nothing but the queue":     func(p redis.Pipeliner, key string) { p.Del(t.Context(), key+"position", key+"items", key+"ledger") },
		} {
			door := "door" + fmt.Sprint(len(name))
			s := open(t, c, door, "stream")
			apply(t, s, commits[:at]...)
			p := c.TxPipeline()
			tear(p, "test:{"+door+"}:")
			if _, err := p.Exec(t.Context()); err != nil {
				t.Fatal(err)
			}
			var families []string
			for n := range 20 {
				families = append(families, fmt.Sprintf("family:%d", n))
			}
			for try := 0; ; try++ {
				if try == 10 {
					t.Fatalf("%s: not rebuilt", name)
				}
				_, _, _ = s.Page(t.Context(), 0, 1<<53-1, nil, 100) // as readers do
				_, _, _ = s.Candidates(t.Context(), families)       // as the worker does
				from, err := s.Position(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				_, err = s.Apply(t.Context(), commits[from:]...)
				if err == nil {
					break
				}
				if !errors.Is(err, triage.ErrBehind) && !errors.Is(err, triage.ErrPosition) {
					t.Fatalf("%s: Apply() = %v", name, err)
				}
			}
			want := strings.Join(export(t, whole), "\n")
			if got := strings.Join(export(t, s), "\n"); got != want {
				t.Errorf("%s: the queue differs after the rebuild", name)
			}
		}
	})
}

// TestManyItemsInSteps: what is too much for one call is put in several, each
// to the end of a commit.
func TestManyItemsInSteps(t *testing.T) {
	c := dial(t)
	s := open(t, c, "door", "stream")
	w := audit.NewWorld(index)
	var commits []triage.Commit
	for n := range 60 {
		commits = append(commits, many(uint64(n+1), 100))
	}
	changed, err := s.Apply(t.Context(), commits...)
	if err != nil || len(changed) != 6000 {
		t.Fatalf("Apply() = %d items, %v; want 6000", len(changed), err)
	}
	for _, c := range commits {
		if _, err := w.Apply(t.Context(), c); err != nil {
			t.Fatal(err)
		}
	}
	checkPages(t, s, w, 1000)
}

// many is a commit of items as a plain notice makes them.
func many(seq uint64, items int) triage.Commit {
	c := triage.Commit{ID: fmt.Sprint(seq), Seq: seq, Through: seq * uint64(items), At: time.Unix(1_790_000_000, 0).UTC(), Actor: triage.Actor{Name: "worker", Role: "service"}}
	for n := range items {
		at := (seq-1)*uint64(items) + uint64(n) + 1
		id, notice := triage.NewItemID("d", "s", at, 0), triage.NewNoticeID("d", "s", at)
		e := triage.Entry{Notice: notice, Seq: at, Received: c.At, Relation: triage.RelationNew, Readable: true, Content: strings.Repeat("c", 64), MessageID: strings.Repeat("m", 64)}
		e.Reading.DashTicks = -1
		for p := range 4 {
			e.Reading.People = append(e.Reading.People, triage.Person{
				Role: triage.RoleChild, Name: "Forename Middle Surname", Given: "Forename Middle", Family: fmt.Sprintf("Surname%d", (at+uint64(p))%5000), DOB: "2015-05-05",
				BornFrom: "2015-05-05", BornTo: "2015-05-05", Address: triage.Address{Line: "12 Some Street, Some Town", Postcode: "BD1 1AA"},
			})
		}
		for range 6 {
			e.Reading.Facts = append(e.Reading.Facts, triage.Fact{Slug: "domestic_abuse", Signs: []string{"child_present", "injured"}, Polarity: triage.Present, Time: triage.Current, Holder: triage.HolderHome, Child: -1, Quote: strings.Repeat("word ", 20)})
		}
		c.Events = append(c.Events,
			triage.NoticeRead{Notice: notice, Seq: at, Kind: triage.LetterNotice, Received: c.At},
			triage.ItemOpened{Item: id, Entry: e},
			triage.ItemScored{Item: id, Due: c.At.Add(time.Duration(at) * time.Second), Score: triage.Score{Band: triage.Amber, Points: int(at % 12000), Hits: make([]triage.Hit, 8)}})
	}
	return c
}

// TestNoPersonalDataInKeys: names stand in values alone; keys and members are
// HMACs, ids and numbers.
func TestNoPersonalDataInKeys(t *testing.T) {
	c := dial(t)
	s := open(t, c, "door", "stream")
	apply(t, s, many(1, 20))
	keys, err := c.Keys(t.Context(), "*").Result()
	if err != nil || len(keys) < 20 {
		t.Fatalf("Keys() = %d keys, %v", len(keys), err)
	}
	members, err := c.ZRange(t.Context(), "test:{door}:queue", 0, -1).Result()
	if err != nil || len(members) != 20 {
		t.Fatalf("ZRange() = %d members, %v", len(members), err)
	}
	for _, k := range append(keys, members...) {
		if strings.Contains(strings.ToLower(k), "name") || strings.Contains(k, "BD1") || strings.Contains(k, "2015") {
			t.Errorf("%q holds personal data", k)
		}
	}
	for _, k := range keys {
		if ttl, err := c.TTL(t.Context(), k).Result(); err != nil || ttl != -1 {
			t.Errorf("key %s expires in %s, %v: nothing may leave the queue by itself", k, ttl, err)
		}
	}
}

// TestRequestsAndNotices: what was asked and taken in is found again.
func TestRequestsAndNotices(t *testing.T) {
	servers(t, func(t *testing.T, c redisq.Client) {
		s := open(t, c, "door", "stream")
		_, commits := walk(t, 6, 60)
		apply(t, s, commits...)
		newest := map[string]triage.Place{}
		for _, k := range commits {
			if k.RequestID != "" {
				if at, err := s.Request(t.Context(), k.RequestID); at != k.Seq || err != nil {
					t.Errorf("Request(%s) = %d, %v; want %d", k.RequestID, at, err, k.Seq)
				}
			}
			for _, e := range k.Events {
				if n, ok := e.(triage.NoticeRead); ok {
					if p, err := s.Notice(t.Context(), n.Notice); p != (triage.Place{Notice: n.Seq, Commit: k.Seq}) || err != nil {
						t.Errorf("Notice(%s) = %+v, %v", n.Notice, p, err)
					}
					newest[n.SHA256] = triage.Place{Notice: n.Seq, Commit: k.Seq}
				}
			}
		}
		for sum, want := range newest {
			if p, err := s.Mail(t.Context(), sum); p != want || err != nil {
				t.Errorf("Mail(%s) = %+v, %v, want %+v", sum, p, err, want)
			}
		}
		if _, err := s.Mail(t.Context(), "unknown"); !errors.Is(err, triage.ErrNotFound) || len(newest) == 0 {
			t.Errorf("Mail(unknown) = %v, want ErrNotFound; %d mails", err, len(newest))
		}
		if at, err := s.Request(t.Context(), "unknown"); at != 0 || err != nil {
			t.Errorf("Request(unknown) = %d, %v", at, err)
		}
		if _, err := s.Notice(t.Context(), "unknown"); !errors.Is(err, triage.ErrNotFound) {
			t.Errorf("Notice(unknown) = %v, want ErrNotFound", err)
		}
	})
}

// TestServerGone: without Redis every call says that the queue is behind, and
// none that something is not there.
func TestServerGone(t *testing.T) {
	url, server := redistest.Start(t)
	c, err := redisq.Dial(t.Context(), redisq.DialOptions{URL: url})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	s := open(t, c, "door", "stream")
	_, commits := walk(t, 7, 5)
	apply(t, s, commits[:4]...)
	if err := server.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = server.Wait()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	for name, call := range map[string]func() error{
		"Position":   func() error { _, err := s.Position(ctx); return err },
		"Load":       func() error { _, err := s.Load(ctx, "x"); return err },
		"Page":       func() error { _, _, err := s.Page(ctx, 0, 1, nil, 1); return err },
		"Orders":     func() error { _, err := s.Orders(ctx); return err },
		"Candidates": func() error { _, _, err := s.Candidates(ctx, []string{"x"}); return err },
		"Request":    func() error { _, err := s.Request(ctx, "x"); return err },
		"Notice":     func() error { _, err := s.Notice(ctx, "x"); return err },
		"Apply":      func() error { _, err := s.Apply(ctx, commits[4]); return err },
		"Preview":    func() error { _, err := s.Preview(ctx, commits[4]); return err },
		"Ping":       func() error { return s.Ping(ctx) },
	} {
		if err := call(); !errors.Is(err, triage.ErrBehind) || errors.Is(err, triage.ErrNotFound) {
			t.Errorf("%s() without a server = %v, want ErrBehind", name, err)
		}
	}
}

// TestNewRefuses what a store cannot work with.
func TestNewRefuses(t *testing.T) {
	good := redisq.Options{Client: redis.NewClient(&redis.Options{}), Namespace: "n", FrontDoor: "d", Stream: "s", Secret: make([]byte, 16), Place: place, Index: index}
	defer good.Client.Close()
	if _, err := redisq.New(good); err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(*redisq.Options){
		"Client": func(o *redisq.Options) { o.Client = nil }, "Place": func(o *redisq.Options) { o.Place = nil }, "Index": func(o *redisq.Options) { o.Index = nil },
		"Namespace": func(o *redisq.Options) { o.Namespace = "" }, "bars": func(o *redisq.Options) { o.Stream = "a|b" }, "braces": func(o *redisq.Options) { o.FrontDoor = "{a}" },
		"16 bytes": func(o *redisq.Options) { o.Secret = make([]byte, 15) },
	} {
		o := good
		spoil(&o)
		if _, err := redisq.New(o); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("New() without good %s = %v", name, err)
		}
	}
}

// BenchmarkMemory measures what an item of four children and six facts costs.
// Budget: 12 KB.
func BenchmarkMemory(b *testing.B) {
	for b.Loop() {
		c := dial(b)
		s := open(b, c, "door", "stream")
		before := used(b, c)
		for n := range uint64(50) {
			apply(b, s, many(n+1, 100))
		}
		item := many(1, 1)
		blob, err := wire.EncodeCommit(item)
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(used(b, c)-before)/5000, "B/item")
		b.ReportMetric(float64(len(blob)), "B/item-in-log")
	}
}

func used(tb testing.TB, c redisq.Client) int {
	tb.Helper()
	info, err := c.Info(tb.Context(), "memory").Result()
	if err != nil {
		tb.Fatal(err)
	}
	_, after, _ := strings.Cut(info, "used_memory:")
	n := 0
	if _, err := fmt.Sscan(after, &n); err != nil {
		tb.Fatal(err)
	}
	return n
}
