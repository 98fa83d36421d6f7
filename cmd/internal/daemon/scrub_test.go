package daemon_test

import (
	"bufio"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	pb "github.com/ppn-triage/ppn-triage/api/triagev1"
	"github.com/ppn-triage/ppn-triage/cmd/internal/daemon"
	"github.com/ppn-triage/ppn-triage/triage/redisq"
	"github.com/ppn-triage/ppn-triage/triage/redisq/redistest"
)

// figure is the sum of a metric's lines that hold every one of the labels.
func figure(t *testing.T, d *daemon.Daemon, name string, labels ...string) (sum float64) {
	t.Helper()
	resp, err := http.Get("http://" + d.Addr().Metrics + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	for lines := bufio.NewScanner(resp.Body); lines.Scan(); {
		series, value, _ := strings.Cut(lines.Text(), " ")
		if series != name && !strings.HasPrefix(series, name+"{") {
			continue
		}
		if !slices.ContainsFunc(labels, func(l string) bool { return !strings.Contains(series, l) }) {
			n, err := strconv.ParseFloat(value, 64)
			if err != nil {
				t.Fatal(err)
			}
			sum += n
		}
	}
	return sum
}

// within waits until something holds, for a minute at most: the time in which a
// fault must be found.
func within(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if holds() {
			return
		}
	}
	t.Fatalf("not within a minute: %s", what)
}

// blocks are the files in which the embedded server keeps a stream.
func blocks(t *testing.T, cfg daemon.Config, stream string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(cfg.Data, "nats", "jetstream", "$G", "streams", stream, "msgs", "*.blk"))
	if err != nil || len(files) == 0 {
		t.Fatalf("blocks of %s: %v, %v", stream, files, err)
	}
	return files
}

// flip changes one bit in the middle of a file.
func flip(t *testing.T, file string) {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	b[len(b)/2] ^= 0x10
	if err := os.WriteFile(file, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

// filled is a daemon's data after a day's work, with the queue as it was.
func filled(t *testing.T, cfg daemon.Config, mails int) (queue []string) {
	t.Helper()
	return worked(t, cfg, 0, mails)
}

// worked is that after the next mails.
func worked(t *testing.T, cfg daemon.Config, from, to int) (queue []string) {
	t.Helper()
	d, err := daemon.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Stop()
	if err := d.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	push(t, d.Addr().NATS, from, to)
	settled(t, dial(t, d.Addr().GRPC, "sup"), to)
	quiet(t, d)
	return export(t, cfg, d)
}

// TestABitFlippedOnDiskIsFoundByTheArchive: the server says that it has all
// messages and leaves one out (nats-server issue 7549). The queue is the same,
// and both holes are told within a minute of the start.
func TestABitFlippedOnDiskIsFoundByTheArchive(t *testing.T) {
	cfg := config(t.TempDir())
	before := filled(t, cfg, 120)
	for _, stream := range []string{"PPN_NOTICES_BRADFORD", "PPN_AUDIT_BRADFORD"} {
		flip(t, blocks(t, cfg, stream)[0])
	}
	d := start(t, cfg)
	for _, stream := range []string{"notices", "commits"} {
		within(t, "a full read of "+stream, func() bool { return figure(t, d, "ppn_full_read_last_seconds", stream) > 0 })
		if figure(t, d, "ppn_full_read_faults", stream) < 1 || figure(t, d, "ppn_bad_records_total", stream, "hole") < 1 {
			t.Errorf("a bit of %s was flipped and nothing is told", stream)
		}
		if figure(t, d, "ppn_bad_records_total", stream, "lost") > 0 {
			t.Errorf("a record of %s is said to be lost, and the archive has it", stream)
		}
	}
	quiet(t, d)
	if after := export(t, cfg, d); !slices.Equal(before, after) {
		t.Errorf("the queue differs when a commit is read from the archive: %d lines before, %d after", len(before), len(after))
	}
	push(t, d.Addr().NATS, 120, 125)
	if items := settled(t, dial(t, d.Addr().GRPC, "sup"), 125); len(items) != 125 {
		t.Errorf("%d items, want 125", len(items))
	}
}

// TestNeitherCopyHasACommit: the daemon does not start on half a log.
func TestNeitherCopyHasACommit(t *testing.T) {
	cfg := config(t.TempDir())
	filled(t, cfg, 60)
	flip(t, blocks(t, cfg, "PPN_AUDIT_BRADFORD")[0])
	if err := os.RemoveAll(filepath.Join(cfg.Data, "archive")); err != nil {
		t.Fatal(err)
	}
	wantRefusal(t, cfg, "is missing", "the second copy does not have it")
}

func wantRefusal(t *testing.T, cfg daemon.Config, words ...string) {
	t.Helper()
	d, err := daemon.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Stop()
	if err = d.Start(t.Context()); err == nil {
		t.Fatalf("the daemon starts, want a refusal with %q", words)
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("refused with %q, want %q in it", err, w)
		}
	}
}

// TestAStreamThatLostItsEnd is not written to: the server would give the lost
// sequences out again.
func TestAStreamThatLostItsEnd(t *testing.T) {
	for _, stream := range []string{"PPN_NOTICES_BRADFORD", "PPN_AUDIT_BRADFORD"} {
		t.Run(stream, func(t *testing.T) {
			cfg := config(t.TempDir())
			filled(t, cfg, 60)
			cut(t, blocks(t, cfg, stream)[0])
			wantRefusal(t, cfg, stream+" ends at ", "messages were lost, nothing is written to it", "triaged restore")
		})
	}
}

// cut takes away the second half of a block, as the server does with what comes
// after a bad record when it has been killed.
func cut(t *testing.T, file string) {
	t.Helper()
	info, err := os.Stat(file)
	if err == nil {
		err = os.Truncate(file, info.Size()/2)
	}
	if err != nil {
		t.Fatal(err)
	}
	_ = os.Remove(filepath.Join(filepath.Dir(file), "index.db"))
}

// TestMailsThatWereReadAreAMark too: behind a stream that is shorter, new mails
// would be taken for read.
func TestMailsThatWereReadAreAMark(t *testing.T) {
	cfg := config(t.TempDir())
	filled(t, cfg, 60)
	cut(t, blocks(t, cfg, "PPN_NOTICES_BRADFORD")[0])
	for _, gone := range []string{"archive", "marks-bradford.json"} {
		if err := os.RemoveAll(filepath.Join(cfg.Data, gone)); err != nil {
			t.Fatal(err)
		}
	}
	wantRefusal(t, cfg, "PPN_NOTICES_BRADFORD ends at ", " and was at 60: messages were lost")
}

// TestALogThatIsGone is not made anew under a daemon that knows it.
func TestALogThatIsGone(t *testing.T) {
	cfg := config(t.TempDir())
	filled(t, cfg, 5)
	if err := os.RemoveAll(filepath.Join(cfg.Data, "nats")); err != nil {
		t.Fatal(err)
	}
	wantRefusal(t, cfg, "was here before and its log is gone", "triaged restore")
	cfg.FrontDoors = []string{"leeds", "bradford"} // a new front door is made, the old one is not
	wantRefusal(t, cfg, "front door bradford was here before")
}

// TestASettingChangedWhileRunning pages: of a stream and of Redis, until it is
// changed back.
func TestASettingChangedWhileRunning(t *testing.T) {
	cfg := config(t.TempDir())
	cfg.Redis.URL, cfg.Scrub.Look = redistest.URL(t), daemon.Duration(time.Second)
	d := start(t, cfg)
	nc, err := nats.Connect(d.Addr().NATS)
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	s, err := js.Stream(t.Context(), "PPN_AUDIT_BRADFORD")
	if err != nil {
		t.Fatal(err)
	}
	good := s.CachedInfo().Config
	bad := good
	bad.Discard = jetstream.DiscardOld
	r, err := redisq.Dial(t.Context(), redisq.DialOptions{URL: cfg.Redis.URL})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	faults := func() float64 { return figure(t, d, "ppn_settings_faults") }
	for _, step := range []struct {
		stream jetstream.StreamConfig
		policy string
		want   float64
	}{{bad, "noeviction", 1}, {bad, "allkeys-lru", 2}, {good, "allkeys-lru", 1}, {good, "noeviction", 0}} {
		if _, err := js.UpdateStream(t.Context(), step.stream); err != nil {
			t.Fatal(err)
		}
		if err := r.ConfigSet(t.Context(), "maxmemory-policy", step.policy).Err(); err != nil {
			t.Fatal(err)
		}
		within(t, "settings counted", func() bool { return faults() == step.want })
	}
}

// TestCanariesGoTheWholeWay, are counted as mails, and never stand in the queue.
func TestCanariesGoTheWholeWay(t *testing.T) {
	cfg := config(t.TempDir())
	cfg.Scrub.Canary = daemon.Duration(time.Second)
	d := start(t, cfg)
	c := dial(t, d.Addr().GRPC, "sup")
	push(t, d.Addr().NATS, 0, 3)
	var s *pb.GetQueueStatsResponse
	counts := map[pb.LetterKind]uint64{}
	within(t, "three canaries are through", func() bool {
		var err error
		s, err = c.Queue.GetQueueStats(t.Context(), &pb.GetQueueStatsRequest{})
		for _, k := range s.GetKinds() {
			counts[k.GetKind()] = k.GetCount()
		}
		return err == nil && s.GetUnreadNotices() == 0 && counts[pb.LetterKind_LETTER_KIND_CANARY] >= 3
	})
	canaries := counts[pb.LetterKind_LETTER_KIND_CANARY]
	if figure(t, d, "ppn_canary_last_seconds") == 0 || counts[pb.LetterKind_LETTER_KIND_NOTICE] != 3 || s.GetNotices() != canaries+3 || s.GetParts() != 3 {
		t.Errorf("GetQueueStats() = %v", s)
	}
	if items, err := list(t.Context(), c); err != nil || len(items) != 3 {
		t.Errorf("%d items, %v; want those of the three notices", len(items), err)
	}
	stream, err := c.Notice.StreamNotices(t.Context(), &pb.StreamNoticesRequest{})
	if err != nil {
		t.Fatal(err)
	}
	for n := 0; ; n++ {
		m, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			if n != 3 {
				t.Errorf("%d mails are streamed, want 3", n)
			}
			break
		}
		if err != nil || m.GetKind() == pb.LetterKind_LETTER_KIND_CANARY {
			t.Fatalf("Recv = %v, %v", m, err)
		}
	}
}

// TestAStoppedPipelineIsFoundWithinAMinute: Redis hangs, mails are accepted and
// go nowhere.
func TestAStoppedPipelineIsFoundWithinAMinute(t *testing.T) {
	cfg := config(t.TempDir())
	cfg.Redis.URL, cfg.Scrub.Canary = redistest.URL(t), daemon.Duration(time.Second)
	d := start(t, cfg)
	began := figure(t, d, "ppn_canary_last_seconds")
	within(t, "a canary is through", func() bool { return figure(t, d, "ppn_canary_last_seconds") > began })
	r, err := redisq.Dial(t.Context(), redisq.DialOptions{URL: cfg.Redis.URL})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	if err := r.Do(t.Context(), "client", "pause", 300_000, "write").Err(); err != nil {
		t.Fatal(err)
	}
	within(t, "that it is late", func() bool { return figure(t, d, "ppn_canary_late") == 1 })
	if err := r.ClientUnpause(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	within(t, "that it is through", func() bool { return figure(t, d, "ppn_canary_late") == 0 })
}
