package main

import (
	"context"
	"crypto/sha1" //nolint:gosec // Redis names scripts so
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/archive"
	"github.com/ppn-triage/ppn-triage/triage/redisq"
	"github.com/ppn-triage/ppn-triage/triage/redisq/redistest"
	"github.com/ppn-triage/ppn-triage/triage/wire"
)

// TestBench prints the auditor's part of the table of make bench: each figure
// beside the floor measured in the same run. PPN_BENCH_EVENTS says how long the
// log is.
func TestBench(t *testing.T) {
	if os.Getenv("PPN_BENCH") == "" {
		t.Skip("make bench runs this: figures are no part of the tests")
	}
	n, err := strconv.Atoi(os.Getenv("PPN_BENCH_EVENTS"))
	if err != nil {
		n = 200_000
	}
	x := longLog(t, n)
	benchVerify(t, x)
	benchRebuild(t, x)
	benchReplay(t)
}

func row(what, floor, ours string, ratio float64) {
	fmt.Printf("%-58s %14s %14s %8.2f\n", what, floor, ours, ratio)
}

// long is an export made for measuring.
type long struct {
	dir            string
	events, items  int
	commits, bytes int
}

// longLog writes a log of about n events: notices as the labelled mails are,
// each with names and streets of its own, that are claimed, opened and decided.
func longLog(t *testing.T, n int) long {
	t.Helper()
	rs, err := compileRules("")
	if err != nil {
		t.Fatal(err)
	}
	run, err := newPipeline(rs)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range devMails(t) {
		if _, err := run.take(t.Context(), m); err != nil {
			t.Fatal(err)
		}
	}
	g := &growing{t: t, like: run.world.Items(), long: long{dir: t.TempDir()}, at: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	g.open()
	for g.events < n {
		g.tenNotices()
		for k := range uint64(10) {
			g.work(triage.NewItemID(corpusDoor, corpusDoor, g.through-k, 0), triage.NewNoticeID(corpusDoor, corpusDoor, g.through-k))
		}
	}
	g.close()
	sign(t, g.dir)
	return g.long
}

// growing writes the log.
type growing struct {
	long
	t                    *testing.T
	like                 []*triage.Item
	at                   time.Time
	through              uint64
	notices, commitsTo   *archive.Archive
	mails, commitRecords []archive.Record
}

func (g *growing) open() {
	var err, nerr error
	g.commitsTo, err = archive.Open(filepath.Join(g.dir, commitsDir), corpusDoor)
	g.notices, nerr = archive.Open(filepath.Join(g.dir, noticesDir), corpusDoor)
	if err := errors.Join(err, nerr); err != nil {
		g.t.Fatal(err)
	}
}

func (g *growing) flush() {
	err := errors.Join(g.notices.Append(g.mails...), g.commitsTo.Append(g.commitRecords...))
	g.mails, g.commitRecords = g.mails[:0], g.commitRecords[:0]
	if err != nil {
		g.t.Fatal(err)
	}
}

func (g *growing) close() {
	g.flush()
	if err := errors.Join(g.notices.Sync(), g.commitsTo.Sync(), g.notices.Close(), g.commitsTo.Close()); err != nil {
		g.t.Fatal(err)
	}
}

func (g *growing) commit(who string, events ...triage.Event) {
	g.at = g.at.Add(time.Second)
	g.commits++
	c := triage.Commit{ID: fmt.Sprint(g.commits), At: g.at, Actor: triage.Actor{Name: who, Role: "supervisor"}, Through: g.through, Events: events}
	b, err := wire.EncodeCommit(c)
	if err != nil {
		g.t.Fatal(err)
	}
	g.commitRecords = append(g.commitRecords, archive.Record{Seq: uint64(g.commits), Subject: commitSubject + corpusDoor, Time: g.at, Data: b})
	g.events, g.bytes = g.events+len(events), g.bytes+len(b)
	if len(g.commitRecords) > 500 {
		g.flush()
	}
}

// tenNotices is a commit of ten notices, each of which opens an item.
func (g *growing) tenNotices() {
	var events []triage.Event
	for range 10 {
		g.through++
		seq := g.through
		mail := fmt.Appendf(nil, "Subject: PPN %d\n\n%s", seq, strings.Repeat("words of a notice that somebody wrote. ", 50))
		g.mails = append(g.mails, archive.Record{Seq: seq, Subject: noticeSubject + corpusDoor + ".wyp", Time: g.at, Data: mail})
		like := g.like[int(seq)%len(g.like)]
		e := like.Entries[0]
		e.Notice, e.Seq, e.Reading = triage.NewNoticeID(corpusDoor, corpusDoor, seq), seq, other(e.Reading, seq)
		id := triage.NewItemID(corpusDoor, corpusDoor, seq, 0)
		score := like.Score
		score.Hits = nil
		for _, h := range like.Score.Hits {
			if h.Entry == 0 {
				score.Hits = append(score.Hits, h)
			}
		}
		events = append(events,
			triage.NoticeRead{Notice: e.Notice, Seq: seq, SHA256: hashOf(mail), StreamTime: g.at, Received: g.at, Force: "wyp", Kind: triage.LetterNotice, Program: "bench"},
			triage.ItemOpened{Item: id, Entry: e}, triage.ItemScored{Item: id, Score: score, Due: g.at.Add(4 * time.Hour)})
		g.items++
	}
	g.commit("worker", events...)
}

// other is a reading of other people in another street.
func other(r triage.Reading, seq uint64) triage.Reading {
	name := "x" + strings.Map(func(d rune) rune { return d - '0' + 'a' }, strconv.FormatUint(seq, 10))
	people := make([]triage.Person, len(r.People))
	for k, p := range r.People {
		p.Name, p.Family = p.Given+" "+name, name
		p.Address = triage.Address{Line: fmt.Sprintf("%d %s Road", seq, name), Postcode: fmt.Sprintf("BD%d %dAB", seq%90, seq%9)}
		p.NHS, p.UPN, p.Phone = "", "", ""
		people[k] = p
	}
	r.People, r.Place = people, triage.Address{}
	r.References = []triage.Reference{{Kind: "occurrence", Raw: fmt.Sprint(seq), Norm: fmt.Sprint(seq), Own: true}}
	return r
}

// work is what a supervisor does with an item.
func (g *growing) work(id triage.ItemID, notice triage.NoticeID) {
	token := uint64(g.commits + 1)
	g.commit("jo", triage.Claimed{Item: id, Token: token, Until: g.at.Add(time.Hour)})
	g.commit("jo", triage.Opened{Item: id, Notice: notice})
	g.commit("jo", triage.Decided{Item: id, Token: token, Decisions: []triage.Decision{{Outcome: "no_further_action", Rationale: "seen by the school today, spoken to alone, happy and well"}}})
}

// benchVerify compares reading both archives, each record proved, with verify.
func benchVerify(t *testing.T, x long) {
	began := time.Now()
	for _, stream := range []string{commitsDir, noticesDir} {
		a, err := archive.OpenReadOnly(filepath.Join(x.dir, stream), "")
		if err == nil {
			err = a.Verify()
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	floor := time.Since(began)
	peak, stop := watchHeap()
	began = time.Now()
	if err := (&verifyCmd{Folder: x.dir, KeepNotices: time.Hour}).Run(io.Discard); err != nil {
		t.Fatal(err)
	}
	ours := time.Since(began)
	stop()
	rate := func(took time.Duration) string { return fmt.Sprintf("%.0f/s", float64(x.events)/took.Seconds()) }
	row(fmt.Sprintf("verify, events (%d of %d bytes each): hash all | prove all", x.events, x.bytes/x.events), rate(floor), rate(ours), floor.Seconds()/ours.Seconds())
	fmt.Printf("%-58s %14s %11d MB\n", "verify, most memory in use", "", peak.Load()>>20)
}

// watchHeap finds the most memory that is in use until stop.
func watchHeap() (peak *atomic.Uint64, stop func()) {
	runtime.GC()
	peak = &atomic.Uint64{}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		for ctx.Err() == nil {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			peak.Store(max(peak.Load(), m.HeapInuse))
			time.Sleep(20 * time.Millisecond)
		}
	}()
	return peak, func() { cancel(); <-done }
}

// scripts remembers what the store sends to Redis.
type scripts struct {
	sent   [][]any
	source string // of the script that stores
}

// DialHook is not hooked.
func (s *scripts) DialHook(next redis.DialHook) redis.DialHook { return next }

// ProcessPipelineHook is not hooked.
func (s *scripts) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}

// ProcessHook remembers the calls of the script that stores.
func (s *scripts) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		err := next(ctx, cmd)
		switch args := cmd.Args(); {
		case err != nil || len(args) < 12 || fmt.Sprint(args[2]) < "7" && len(fmt.Sprint(args[2])) == 1: // fewer keys: another script
		case args[0] == "eval": // the first call: the server did not know it
			s.source = fmt.Sprint(args[1])
			sum := sha1.Sum([]byte(s.source)) //nolint:gosec // Redis names scripts so
			args = append([]any{"evalsha", hex.EncodeToString(sum[:])}, args[2:]...)
			s.sent = append(s.sent, args)
		case args[0] == "evalsha":
			s.sent = append(s.sent, args)
		}
		return err
	}
}

// benchRebuild compares two floors with the rebuild: the script that stores, fed
// with what a rebuild sends, and the same code, fed with commits. Both have what
// they are fed in memory.
func benchRebuild(t *testing.T, x long) {
	var ours time.Duration
	rate := func(took time.Duration) string { return fmt.Sprintf("%.0f/s", float64(x.events)/took.Seconds()) }
	if x.events <= 300_000 { // what is fed has to be held in memory
		kept := &scripts{}
		first := benchRedis(t)
		first.AddHook(kept)
		benchFill(t, x, first)
		script := kept.feed(t)
		calls := len(kept.sent)
		kept.sent = nil
		code := fromMemory(t, x)
		ours = benchFill(t, x, benchRedis(t))
		row(fmt.Sprintf("rebuild, events (%d items): script from memory | all", x.items), rate(script), rate(ours), script.Seconds()/ours.Seconds())
		row(fmt.Sprintf("rebuild, events (%d calls): same code from memory | all", calls), rate(code), rate(ours), code.Seconds()/ours.Seconds())
	} else {
		ours = benchFill(t, x, benchRedis(t))
	}
	fmt.Printf("%-58s %14s %14s\n", fmt.Sprintf("rebuild of %d events, in all", x.events), "", ours.Round(100*time.Millisecond))
}

// benchRedis is an empty server of its own.
func benchRedis(t *testing.T) *redis.Client {
	t.Helper()
	o, err := redis.ParseURL(redistest.URL(t))
	if err != nil {
		t.Fatal(err)
	}
	c := redis.NewClient(o)
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func benchStore(t *testing.T, x long, c redisq.Client) (*export, *redisq.Store) {
	t.Helper()
	e, err := openExport(x.dir, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	store, err := (&rebuildCmd{}).store(c, e)
	if err != nil {
		t.Fatal(err)
	}
	return e, store
}

func benchFill(t *testing.T, x long, c redisq.Client) time.Duration {
	t.Helper()
	e, store := benchStore(t, x, c)
	began := time.Now()
	if err := fill(t.Context(), store, e); err != nil {
		t.Fatal(err)
	}
	return time.Since(began)
}

// feed sends to an empty server what was sent to another.
func (s *scripts) feed(t *testing.T) time.Duration {
	t.Helper()
	raw := benchRedis(t)
	args := append([]any{"eval", s.source}, s.sent[0][2:]...) // a fresh server does not know the script
	if err := raw.Do(t.Context(), args...).Err(); err != nil {
		t.Fatal(err)
	}
	if err := raw.FlushAll(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	for _, args := range s.sent {
		if err := raw.Do(t.Context(), append([]any{"evalsha"}, args[1:]...)...).Err(); err != nil {
			t.Fatal(err)
		}
	}
	return time.Since(began)
}

// fromMemory applies commits that are decoded already.
func fromMemory(t *testing.T, x long) time.Duration {
	t.Helper()
	e, store := benchStore(t, x, benchRedis(t))
	var all []triage.Commit
	if err := e.each(func(c *triage.Commit, _ archive.Record) error { all = append(all, *c); return nil }); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	for len(all) > 0 {
		n := min(step, len(all))
		if _, err := store.Apply(t.Context(), all[:n]...); err != nil {
			t.Fatal(err)
		}
		all = all[n:]
	}
	return time.Since(began)
}

// benchReplay compares taking in the labelled mails with doing it again.
func benchReplay(t *testing.T) {
	mails := devMails(t)
	began := time.Now()
	dir := exportOf(t, mails, nil)
	floor := time.Since(began)
	began = time.Now()
	must(t, "replay", dir)
	ours := time.Since(began)
	rate := func(took time.Duration) string { return fmt.Sprintf("%.0f/s", float64(len(mails))/took.Seconds()) }
	row("replay, labelled mails: take in | do again and compare", rate(floor), rate(ours), floor.Seconds()/ours.Seconds())
}
