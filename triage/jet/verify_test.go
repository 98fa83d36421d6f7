package jet

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/jet/embed"
)

// wanted are the streams of a front door as OpenLog makes them.
func wanted(t *testing.T, frontDoor string) map[string]jetstream.StreamConfig {
	t.Helper()
	n, err := newNames(frontDoor)
	o := LogOptions{FrontDoor: frontDoor, Codec: plain{}}
	if err := errors.Join(err, o.validate()); err != nil {
		t.Fatal(err)
	}
	out := map[string]jetstream.StreamConfig{}
	for _, cfg := range n.configs(o) {
		cfg.Metadata = map[string]string{metaStream: "1a6c27e8-0000-4000-8000-000000000000"}
		out[strings.Split(cfg.Name, "_")[1]] = cfg
	}
	return out
}

func makeAll(t *testing.T, c *Conn, cfgs map[string]jetstream.StreamConfig) {
	t.Helper()
	for _, cfg := range cfgs {
		if _, err := c.js.CreateStream(testContext(t), cfg); err != nil {
			t.Fatalf("make %s: %v", cfg.Name, err)
		}
	}
}

func TestEveryUnsafeSettingIsRefused(t *testing.T) {
	c := connect(t, Options{InProcess: startServer(t)})
	other := jetstream.StreamConfig{Name: "OTHER", Subjects: []string{"other"}}
	if _, err := c.js.CreateStream(testContext(t), other); err != nil {
		t.Fatal(err)
	}
	cases := []struct {
		stream, setting string
		change          func(*jetstream.StreamConfig)
	}{
		{"AUDIT", "subjects", func(c *jetstream.StreamConfig) { c.Subjects = []string{"elsewhere." + c.Name} }},
		{"NOTICES", "storage", func(c *jetstream.StreamConfig) { c.Storage = jetstream.MemoryStorage }},
		{"NOTICES", "retention", func(c *jetstream.StreamConfig) { c.Retention = jetstream.WorkQueuePolicy }},
		{"NOTICES", "retention", func(c *jetstream.StreamConfig) { c.Retention = jetstream.InterestPolicy }},
		{"NOTICES", "discard", func(c *jetstream.StreamConfig) { c.Discard = jetstream.DiscardOld }},
		{"AUDIT", "discard", func(c *jetstream.StreamConfig) { c.Discard = jetstream.DiscardOld }},
		{"OUT", "discard_new_per_subject", func(c *jetstream.StreamConfig) { c.DiscardNewPerSubject, c.MaxMsgsPerSubject = true, 1 }},
		{"NOTICES", "max_msgs", func(c *jetstream.StreamConfig) { c.MaxMsgs = 1 }},
		{"AUDIT", "max_msgs_per_subject", func(c *jetstream.StreamConfig) { c.MaxMsgsPerSubject = 5 }},
		{"AUDIT", "max_bytes", func(c *jetstream.StreamConfig) { c.MaxBytes = 1 << 20 }},
		{"AUDIT", "max_age", func(c *jetstream.StreamConfig) { c.MaxAge = time.Hour }},
		{"NOTICES", "max_age", func(c *jetstream.StreamConfig) { c.MaxAge = time.Hour }},
		{"NOTICES", "max_age", func(c *jetstream.StreamConfig) { c.MaxAge = 0 }},
		{"NOTICES", "max_msg_size", func(c *jetstream.StreamConfig) { c.MaxMsgSize = 1 << 20 }},
		{"NOTICES", "no_ack", func(c *jetstream.StreamConfig) { c.NoAck = true }},
		{"NOTICES", "duplicate_window", func(c *jetstream.StreamConfig) { c.Duplicates = 2 * time.Minute }},
		{"AUDIT", "deny_delete", func(c *jetstream.StreamConfig) { c.DenyDelete = false }},
		{"NOTICES", "deny_purge", func(c *jetstream.StreamConfig) { c.DenyPurge = false }},
		{"KEYS", "deny_delete", func(c *jetstream.StreamConfig) { c.DenyDelete = true }},
		{"AUDIT", "allow_rollup_hdrs", func(c *jetstream.StreamConfig) { c.AllowRollup, c.DenyPurge = true, false }},
		{"NOTICES", "allow_msg_ttl", func(c *jetstream.StreamConfig) { c.AllowMsgTTL = true }},
		{"OUT", "subject_delete_marker_ttl", func(c *jetstream.StreamConfig) {
			c.AllowMsgTTL, c.AllowRollup, c.DenyPurge, c.SubjectDeleteMarkerTTL = true, true, false, time.Minute
		}},
		{"AUDIT", "allow_msg_counter", func(c *jetstream.StreamConfig) { c.AllowMsgCounter, c.Discard = true, jetstream.DiscardOld }},
		{"AUDIT", "allow_msg_schedules", func(c *jetstream.StreamConfig) {
			c.AllowMsgSchedules, c.AllowRollup, c.DenyPurge, c.Discard = true, true, false, jetstream.DiscardOld
		}},
		{"AUDIT", "allow_atomic", func(c *jetstream.StreamConfig) { c.AllowAtomicPublish = true }},
		{"AUDIT", "allow_batched", func(c *jetstream.StreamConfig) { c.AllowBatchPublish = true }},
		{"NOTICES", "persist_mode", func(c *jetstream.StreamConfig) { c.PersistMode = jetstream.AsyncPersistMode }},
		{"NOTICES", "compression", func(c *jetstream.StreamConfig) { c.Compression = jetstream.S2Compression }},
		{"READS", "sources", func(c *jetstream.StreamConfig) { c.Sources = []*jetstream.StreamSource{{Name: "OTHER"}} }},
		{"AUDIT", "mirror", func(c *jetstream.StreamConfig) {
			c.Mirror, c.Subjects, c.Duplicates = &jetstream.StreamSource{Name: "OTHER"}, nil, 0
		}},
		{"NOTICES", "subject_transform", func(c *jetstream.StreamConfig) {
			c.SubjectTransform = &jetstream.SubjectTransformConfig{Source: ">", Destination: "x.>"}
		}},
		{"NOTICES", "republish", func(c *jetstream.StreamConfig) {
			c.RePublish = &jetstream.RePublish{Source: ">", Destination: "leak.>"}
		}},
		{"NOTICES", "allow_direct", func(c *jetstream.StreamConfig) { c.AllowDirect = true }},
		{"OUT", "allow_direct", func(c *jetstream.StreamConfig) { c.AllowDirect = false }},
		{"AUDIT", "metadata", func(c *jetstream.StreamConfig) { c.Metadata = nil }},
		{"AUDIT", "sealed", nil},
	}
	tested := map[string]bool{"num_replicas": true} // see TestFewerReplicasThanConfigured
	for i, tc := range cases {
		door := "door" + string(rune('a'+i/26)) + string(rune('a'+i%26))
		cfgs := wanted(t, door)
		if tc.change != nil {
			cfg := cfgs[tc.stream]
			tc.change(&cfg)
			cfgs[tc.stream] = cfg
		}
		makeAll(t, c, cfgs)
		if tc.change == nil {
			cfg := cfgs[tc.stream]
			cfg.Sealed = true
			if _, err := c.js.UpdateStream(testContext(t), cfg); err != nil {
				t.Fatal(err)
			}
		}
		l, err := c.OpenLog(testContext(t), LogOptions{FrontDoor: door, Codec: plain{}})
		if l != nil || !errors.Is(err, ErrUnsafe) {
			t.Errorf("%s of %s: OpenLog = %v, %v; want ErrUnsafe", tc.setting, tc.stream, l, err)
			continue
		}
		wantWords(t, err, cfgs[tc.stream].Name+": "+tc.setting+" ", " is ", "must be", "to mend:")
		tested[tc.setting] = true
		for name := range cfgs {
			_ = c.js.DeleteStream(testContext(t), cfgs[name].Name)
		}
	}
	for _, s := range settings {
		if word, _, _ := strings.Cut(s.name, " "); !tested[word] {
			t.Errorf("setting %s is checked and has no case", s.name)
		}
	}
}

// Every field that a stream can be configured with is either checked or known
// to be harmless: a new one in the library needs a decision.
func TestEveryFieldOfAStreamIsConsidered(t *testing.T) {
	harmless := map[string]bool{
		"name": true, "description": true, "placement": true, "max_consumers": true, "consumer_limits": true,
		"first_seq": true, "mirror_direct": true, "template_owner": true,
	}
	checked := map[string]bool{"metadata": true}
	for _, s := range settings {
		checked[s.name] = true
	}
	typ := reflect.TypeFor[jetstream.StreamConfig]()
	for i := range typ.NumField() {
		tag, _, _ := strings.Cut(typ.Field(i).Tag.Get("json"), ",")
		if !harmless[tag] && !checked[tag] {
			t.Errorf("stream setting %s is neither checked nor known to be harmless", tag)
		}
	}
}

func TestFewerReplicasThanConfigured(t *testing.T) {
	l := newLog(t)
	o := l.opts
	o.Replicas = 3
	_, err := l.conn.OpenLog(testContext(t), o)
	if !errors.Is(err, ErrUnsafe) {
		t.Fatalf("OpenLog = %v, want ErrUnsafe", err)
	}
	wantWords(t, err, "PPN_NOTICES_BRADFORD: num_replicas is 1, must be 3", "PPN_KEYS_BRADFORD: num_replicas")
}

func TestADriftIsNoticedWhileRunning(t *testing.T) {
	l, ctx := newLog(t), testContext(t)
	if err := l.Settings(ctx); err != nil {
		t.Fatal(err)
	}
	info, err := l.info(ctx, l.auditName())
	if err != nil {
		t.Fatal(err)
	}
	cfg := info.Config
	cfg.Discard = jetstream.DiscardOld
	if _, err := l.conn.js.UpdateStream(ctx, cfg); err != nil {
		t.Fatal(err)
	}
	err = l.Settings(ctx)
	if unsafe, ok := errors.AsType[*UnsafeError](err); !ok || unsafe.Setting != "discard" || unsafe.Found != "old" || unsafe.Wanted != "new" {
		t.Errorf("Settings = %v", err)
	}
}

func TestALostStreamIsNotMadeAnew(t *testing.T) {
	for _, lost := range []string{"NOTICES", "AUDIT", "READS", "KEYS"} {
		l, ctx := newLog(t), testContext(t)
		appendCommits(t, l, 1, 1)
		push(t, l, 1, 1)
		if err := l.conn.js.DeleteStream(ctx, l.stream(lost)); err != nil {
			t.Fatal(err)
		}
		if _, err := l.conn.OpenLog(ctx, l.opts); !errors.Is(err, triage.ErrChain) || !strings.Contains(err.Error(), l.stream(lost)) {
			t.Errorf("OpenLog without %s = %v, want ErrChain", lost, err)
		}
	}
	l, ctx := newLog(t), testContext(t)
	appendCommits(t, l, 1, 1)
	if err := l.conn.js.DeleteStream(ctx, l.outName()); err != nil {
		t.Fatal(err)
	}
	openLog(t, l.conn)
	// The log opened before still has its streams; another stream of its name is not its own.
	if err := l.conn.js.DeleteStream(ctx, l.auditName()); err != nil {
		t.Fatal(err)
	}
	if _, err := l.End(ctx); !errors.Is(err, triage.ErrChain) {
		t.Errorf("End without the stream = %v, want ErrChain", err)
	}
	cfg := wanted(t, "bradford")["AUDIT"]
	if _, err := l.conn.js.CreateStream(ctx, cfg); err != nil {
		t.Fatal(err)
	}
	if _, err := l.ReadCommits(ctx, 1, 10); !errors.Is(err, triage.ErrChain) {
		t.Errorf("ReadCommits of another stream = %v, want ErrChain", err)
	}
}

func TestIdentityLastsAndIsUnique(t *testing.T) {
	dir := t.TempDir()
	open := func() (*Log, func()) {
		s, err := embed.Start(testContext(t), embed.Options{Dir: dir})
		if err != nil {
			t.Fatal(err)
		}
		c, err := Connect(testContext(t), Options{InProcess: s})
		if err != nil {
			t.Fatal(err)
		}
		return openLog(t, c), func() { c.Close(); s.Stop() }
	}
	l, stop := open()
	n1, c1 := l.Identity()
	stop()
	l, stop = open()
	n2, c2 := l.Identity()
	stop()
	if n1 != n2 || c1 != c2 || n1 == c1 || n1 == "" {
		t.Errorf("identities %q %q, after a restart %q %q", n1, c1, n2, c2)
	}
	n3, c3 := newLog(t).Identity()
	if n3 == n1 || c3 == c1 {
		t.Error("two logs of one name have one identity")
	}
}

// permissive is a log whose streams let messages be deleted.
func permissive(t *testing.T) *Log {
	t.Helper()
	c := connect(t, Options{InProcess: startServer(t)})
	cfgs := wanted(t, "bradford")
	for k, cfg := range maps.Clone(cfgs) {
		cfg.DenyDelete, cfg.DenyPurge = false, false
		cfgs[k] = cfg
	}
	makeAll(t, c, cfgs)
	l, err := c.bind(testContext(t), LogOptions{FrontDoor: "bradford", Codec: plain{}})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// wholeness is what the server's own count tells of missing messages.
func wholeness(t *testing.T, l *Log) error {
	t.Helper()
	faults, err := l.Contiguous(testContext(t))
	if err != nil {
		t.Fatal(err)
	}
	return errors.Join(faults...)
}

func TestAHoleIsNeverSkipped(t *testing.T) {
	l, ctx := permissive(t), testContext(t)
	appendCommits(t, l, 1, 40)
	push(t, l, 1, 40)
	for _, s := range []stream{l.notices, l.commits} {
		if err := s.handle.DeleteMsg(ctx, 20); err != nil {
			t.Fatal(err)
		}
	}
	read := map[string]func(from uint64, max int) (int, error){
		"ReadCommits":       func(f uint64, m int) (int, error) { c, err := l.ReadCommits(ctx, f, m); return len(c), err },
		"ReadNotices":       func(f uint64, m int) (int, error) { n, err := l.ReadNotices(ctx, f, m); return len(n), err },
		"ReadNoticeRecords": func(f uint64, m int) (int, error) { r, err := l.ReadNoticeRecords(ctx, f, m); return len(r), err },
		"ReadCommitRecords": func(f uint64, m int) (int, error) { r, err := l.ReadCommitRecords(ctx, f, m); return len(r), err },
	}
	for name, f := range read {
		for _, c := range []struct {
			from      uint64
			max, want int
			hole      bool
		}{
			{1, 100, 19, true}, {1, 19, 19, false}, {18, 3, 2, true}, {20, 1, 0, true}, {20, 100, 0, true},
			{21, 100, 20, false}, {21, 2, 2, false},
		} {
			n, err := f(c.from, c.max)
			hole, isHole := errors.AsType[*HoleError](err)
			if n != c.want || isHole != c.hole || isHole && (hole.Seq != 20 || !errors.Is(err, triage.ErrChain)) || !c.hole && err != nil {
				t.Errorf("%s(%d, %d) = %d, %v; want %d, hole %v", name, c.from, c.max, n, err, c.want, c.hole)
			}
		}
	}
	if _, err := l.ReadNotice(ctx, 20); !errors.Is(err, triage.ErrChain) {
		t.Errorf("ReadNotice(20) = %v, want ErrChain", err)
	}
	// The last one missing is a hole too, and found without waiting.
	if err := l.commits.handle.DeleteMsg(ctx, 40); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	got, err := l.ReadCommits(ctx, 21, 100)
	if hole, ok := errors.AsType[*HoleError](err); !ok || hole.Seq != 40 || len(got) != 19 || time.Since(began) > patience/2 {
		t.Errorf("ReadCommits(21) = %d, %v after %v; want 19 and a hole at 40", len(got), err, time.Since(began))
	}
	wantWords(t, wholeness(t, l), "PPN_NOTICES_BRADFORD on ppn-embedded: 1 of its sequences 1 to 40 are missing", "PPN_AUDIT_BRADFORD on ppn-embedded: 2 of")
	// Notices may age out at the front, commits may not.
	for _, s := range []stream{l.notices, l.commits} {
		if err := s.handle.Purge(ctx, jetstream.WithPurgeSequence(31)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := l.ReadNotices(ctx, 30, 5); !errors.Is(err, triage.ErrChain) {
		t.Errorf("ReadNotices before the first = %v, want ErrChain", err)
	}
	if got, err := l.ReadNotices(ctx, 31, 50); err != nil || len(got) != 10 {
		t.Errorf("ReadNotices(31) = %d, %v", len(got), err)
	}
	err = wholeness(t, l)
	wantWords(t, err, "PPN_AUDIT_BRADFORD on ppn-embedded: its sequences 1 to 30 are missing")
	if strings.Contains(err.Error(), "NOTICES") {
		t.Errorf("aged notices are blamed: %v", err)
	}
}

// One bit changes on disk while the server is down: the server then says it has
// all messages and leaves one out (nats-server issue 7549).
func TestABitFlippedOnDiskIsAHole(t *testing.T) {
	dir, ctx := t.TempDir(), testContext(t)
	run := func(f func(*Log)) {
		s, err := embed.Start(ctx, embed.Options{Dir: dir})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Stop()
		c, err := Connect(ctx, Options{InProcess: s})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		l, err := c.bind(ctx, LogOptions{FrontDoor: "bradford", Codec: plain{}})
		if err != nil {
			t.Fatal(err)
		}
		f(l)
	}
	run(func(l *Log) { push(t, l, 1, 200) })
	blocks, err := filepath.Glob(filepath.Join(dir, "jetstream", "$G", "streams", "PPN_NOTICES_BRADFORD", "msgs", "*.blk"))
	if err != nil || len(blocks) != 1 {
		t.Fatalf("blocks %v, %v", blocks, err)
	}
	b, err := os.ReadFile(blocks[0])
	if err != nil {
		t.Fatal(err)
	}
	b[len(b)/2] ^= 0x10
	if err := os.WriteFile(blocks[0], b, 0o600); err != nil {
		t.Fatal(err)
	}
	run(func(l *Log) {
		ends, err := l.End(ctx)
		if err != nil || ends.Notices.Last != 200 {
			t.Fatalf("End = %+v, %v: the server noticed by itself; this test has lost its point", ends, err)
		}
		var got []Notice
		for from := uint64(1); from <= 200; from = uint64(len(got)) + 1 {
			var n []Notice
			n, err = l.ReadNotices(ctx, from, 70)
			got = append(got, n...)
			if err != nil {
				break
			}
		}
		hole, ok := errors.AsType[*HoleError](err)
		if !ok || hole.Seq != uint64(len(got))+1 {
			t.Errorf("read %d of 200 with a flipped bit: %v", len(got), err)
		}
	})
}
