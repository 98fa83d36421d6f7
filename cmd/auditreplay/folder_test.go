package main

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/ppn-triage/ppn-triage/api/client"
	pb "github.com/ppn-triage/ppn-triage/api/triagev1"
	"github.com/ppn-triage/ppn-triage/cmd/internal/daemon"
	"github.com/ppn-triage/ppn-triage/triage/archive"
	"github.com/ppn-triage/ppn-triage/triage/jet"
)

func TestMain(m *testing.M) {
	if daemon.PDFChild() {
		return
	}
	slog.SetDefault(slog.New(slog.DiscardHandler))
	os.Exit(m.Run())
}

// indexKey is the secret of the linking index.
const indexKey = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

// service is a daemon on free ports.
func service(t *testing.T) (*daemon.Daemon, string) {
	t.Helper()
	var c daemon.Config
	c.Data = t.TempDir()
	c.Redis.IndexKeyFile = write(t, filepath.Join(t.TempDir(), "index.key"), indexKey)
	c.CheckpointEvery = 1
	c.GRPC.Listen, c.NATS.Listen, c.Metrics.Listen = "127.0.0.1:0", "127.0.0.1:0", "127.0.0.1:0"
	d, err := daemon.New(c)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Stop)
	return d, c.Data
}

// push publishes mails as the police would and waits until the log has grown
// quiet behind them.
func push(t *testing.T, d *daemon.Daemon, mails []corpusMail) {
	t.Helper()
	conn, err := jet.Connect(t.Context(), jet.Options{URL: d.Addr().NATS})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	p, err := conn.Pusher("bradford")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range mails {
		if _, err := p.PublishNotice(t.Context(), "wyp", m.data, ""); err != nil {
			t.Fatal(err)
		}
	}
	var last uint64
	for same := 0; same < 15; time.Sleep(100 * time.Millisecond) {
		at, err := d.Position(t.Context(), "bradford")
		if err == nil && at == last && at > 1 {
			same++
		} else {
			same, last = 0, at
		}
	}
}

// TestExport copies a living log, proves it, rebuilds the daemon's queue from
// it byte for byte, and goes on where it ended.
func TestExport(t *testing.T) {
	d, data := service(t)
	mails := devMails(t)
	push(t, d, mails[:30])
	to := filepath.Join(t.TempDir(), "export")
	key := filepath.Join(data, "master.key")
	from := []string{"export", "--nats", d.Addr().NATS, "--to", to, "--master-key", key}
	if out := must(t, from...); !strings.Contains(out, "notices to 30") {
		t.Errorf("export = %q", out)
	}
	if out := must(t, "verify", to, "--master-key", key); !strings.Contains(out, "good:") || !strings.Contains(out, " 30 notices") || strings.Contains(out, "mails") {
		t.Errorf("verify = %q", out)
	}
	sameQueue(t, d, to, key)
	first := tree(t, to)

	push(t, d, mails[30:])
	if out := must(t, from...); !strings.Contains(out, "notices to 80") {
		t.Errorf("resumed export = %q", out)
	}
	for name, was := range first {
		if now := tree(t, to)[name]; strings.HasSuffix(name, ".seg") && !bytes.HasPrefix(now, was) {
			t.Errorf("the resumed export has written %s anew", name)
		}
	}
	if out := must(t, "verify", to); !strings.Contains(out, "80 mails are sealed") {
		t.Errorf("verify without the master key = %q", out)
	}
	sameQueue(t, d, to, key)
	if out := must(t, "replay", to, "--master-key", key); !strings.Contains(out, "good: this program makes the same of everything") || !strings.Contains(out, "80 notices read, linked and scored again") {
		t.Errorf("replay of a sealed log = %q", out)
	}
	if out := must(t, from...); !strings.Contains(out, "notices to 80") {
		t.Errorf("export of nothing new = %q", out)
	}

	own := filepath.Join(data, "archive", "bradford")
	refused(t, "no checkpoint", "verify", own)
	must(t, "verify", own, "--unsigned", "--fold")
	anchored := must(t, "verify", own, "--checkpoint", filepath.Join(data, "checkpoints", "bradford", "checkpoint"), "--key", filepath.Join(data, "checkpoint.key.pub"))
	if strings.Contains(anchored, "not anchored") || !strings.Contains(anchored, "the ones that checkpoint was signed for") {
		t.Errorf("verify of the daemon's archive = %q", anchored)
	}
	if out := must(t, "verify", own, "--unsigned", "--master-key", key); strings.Contains(out, "mails") {
		t.Errorf("verify of the daemon's archive with the master key = %q", out)
	}
	for _, c := range [][]string{{"rebuild", to, "--out", to + ".txt"}, {"replay", to}, {"whatif", to, "--rules", rulesCopy(t, "", nil)}} {
		refused(t, "the log is sealed: name its master key", c...)
	}
	refused(t, "--master-key", "verify", to, "--master-key", write(t, to+".other", strings.Repeat("ab", 32)))
	refused(t, "rebuild: name --redis or --out", "rebuild", to)
	refused(t, "--redis needs --index-key", "rebuild", to, "--redis", "redis://127.0.0.1:1")
	refused(t, "16 bytes or more", "rebuild", to, "--out", to+".txt", "--index-key", write(t, to+".key", "0011"))
	if out := must(t, "whatif", to, "--rules", rulesCopy(t, "", nil), "--reread", "--master-key", key); strings.Contains(out, "→") {
		t.Errorf("the rules in force change something:\n%s", out)
	}
}

// TestExportWithoutTheMasterKey: it can be proved and folded, and holds nothing
// of any family.
func TestExportWithoutTheMasterKey(t *testing.T) {
	d, data := service(t)
	const name, street = "Zephyrinda", "Quillwort"
	push(t, d, []corpusMail{{data: []byte("Subject: PPN\r\n\r\nChild: " + name + " SAMPLE, born 02/03/2019\r\nAddress: 1 " + street + " Street, Bradford BD99 9ZZ\r\n" +
		"The father punched the mother in the face. " + name + " saw it.\r\n")}})
	bare, whole := filepath.Join(t.TempDir(), "bare"), filepath.Join(t.TempDir(), "whole")
	if out := must(t, "export", "--nats", d.Addr().NATS, "--to", bare); !strings.Contains(out, "no mails and no data keys") {
		t.Errorf("export = %q", out)
	}
	must(t, "export", "--nats", d.Addr().NATS, "--to", whole, "--master-key", filepath.Join(data, "master.key"))
	for _, dir := range []string{bare, whole, filepath.Join(data, "archive")} {
		for file, b := range tree(t, dir) {
			if bytes.Contains(b, []byte(name)) || bytes.Contains(b, []byte(street)) {
				t.Errorf("%s of %s can be read", file, dir)
			}
		}
	}
	if out := must(t, "verify", bare, "--fold"); !strings.Contains(out, "1 mails were left out") || !strings.Contains(out, "folded: 1 items") {
		t.Errorf("verify = %q", out)
	}
}

// TestExportOfWhatWasErased: proved, folded, rebuilt and replayed as before; only
// what rests on it differs, and is said to.
func TestExportOfWhatWasErased(t *testing.T) {
	d, data := service(t)
	push(t, d, devMails(t)[:20])
	c, err := client.Dial(client.Options{Addr: d.Addr().GRPC, Actor: "jo", Role: "manager"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	s := desk{t, c}
	for _, row := range s.queue()[:3] {
		i := s.get(row.GetId())
		claim, err := c.Queue.ClaimItem(t.Context(), &pb.ClaimItemRequest{RequestId: uuid.NewString(), ItemId: i.GetId()})
		s.must(err)
		for _, e := range i.GetEntries() {
			_, err := c.Notice.GetNotice(t.Context(), &pb.GetNoticeRequest{NoticeId: e.GetNoticeId(), ItemId: i.GetId(), RequestId: uuid.NewString()})
			s.must(err)
		}
		r := &pb.DecideItemRequest{RequestId: uuid.NewString(), ItemId: i.GetId(), Token: claim.GetToken()}
		for _, child := range i.GetOpen() {
			r.Decisions = append(r.Decisions, &pb.Decision{ChildId: child, Outcome: "early_help", Rationale: "because"})
		}
		_, err = c.Queue.DecideItem(t.Context(), r)
		s.must(err)
		_, err = c.Queue.EraseItem(t.Context(), &pb.EraseItemRequest{RequestId: uuid.NewString(), ItemId: i.GetId(), Ground: "request"})
		s.must(err)
	}
	push(t, d, devMails(t)[20:30])
	to, key := filepath.Join(t.TempDir(), "export"), filepath.Join(data, "master.key")
	must(t, "export", "--nats", d.Addr().NATS, "--to", to, "--master-key", key)
	if out := must(t, "verify", to, "--fold", "--master-key", key); !strings.Contains(out, "good:") {
		t.Errorf("verify = %q", out)
	}
	sameQueue(t, d, to, key)
	if out := must(t, "replay", to, "--master-key", key); !strings.Contains(out, "good:") || strings.Contains(out, "(0 of them erased)") {
		t.Errorf("replay =\n%s", out)
	}
	own := filepath.Join(data, "archive", "bradford")
	if out := must(t, "verify", own, "--unsigned", "--master-key", key); !strings.Contains(out, "mails were erased") {
		t.Errorf("verify of the daemon's archive = %q", out)
	}
	k, err := archive.OpenKeys(own) // a key is lost that nobody has erased
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = k.Close() }()
	if err := k.EraseKey(t.Context(), "n30-t"); err != nil {
		t.Fatal(err)
	}
	refused(t, "the key of mail 30 is missing, and nobody has erased it", "verify", own, "--unsigned", "--master-key", key)
}

// sameQueue rebuilds the queue from an export and compares it with what the
// daemon holds.
func sameQueue(t *testing.T, d *daemon.Daemon, folder, key string) {
	t.Helper()
	lines, err := d.Export(t.Context(), "bradford")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "queue.txt")
	must(t, "rebuild", folder, "--out", path, "--index-key", write(t, filepath.Join(t.TempDir(), "index.key"), indexKey+"\n"), "--master-key", key)
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Split(strings.TrimSuffix(string(b), "\n"), "\n")
	if !slices.Equal(lines, got) {
		t.Errorf("the rebuilt queue differs: %d lines, the daemon has %d", len(got), len(lines))
		for n := range min(len(lines), len(got)) {
			if lines[n] != got[n] {
				t.Fatalf("line %d:\n%.200s\n%.200s", n, lines[n], got[n])
			}
		}
	}
}

func tree(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	out := map[string][]byte{}
	err := filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err == nil {
			out[name], err = os.ReadFile(path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestExportRefuses asks for what is not there: the error names it, and
// nothing comes into being by the asking.
func TestExportRefuses(t *testing.T) {
	d, _ := service(t)
	before := streams(t, d)
	to := filepath.Join(t.TempDir(), "export")
	refused(t, "PPN_NOTICES_LEEDS: not found", "export", "--nats", d.Addr().NATS, "--front-door", "leeds", "--to", to)
	if after := streams(t, d); !slices.Equal(before, after) {
		t.Errorf("asking for a front door has made streams: %v, before %v", after, before)
	}
	if _, err := os.Stat(to); !os.IsNotExist(err) {
		t.Errorf("a refused export has left a folder: %v", err)
	}
	refused(t, "front door", "export", "--nats", d.Addr().NATS, "--front-door", "a.b", "--to", to)
	refused(t, "127.0.0.1:1", "export", "--nats", "nats://127.0.0.1:1", "--to", to)

	push(t, d, devMails(t)[:3])
	other, _ := service(t)
	push(t, other, devMails(t)[:3])
	must(t, "export", "--nats", d.Addr().NATS, "--to", to)
	refused(t, "the archive of another stream", "export", "--nats", other.Addr().NATS, "--to", to)
	must(t, "verify", to)
}

func streams(t *testing.T, d *daemon.Daemon) (names []string) {
	t.Helper()
	conn, err := nats.Connect(d.Addr().NATS)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	js, err := jetstream.New(conn)
	if err != nil {
		t.Fatal(err)
	}
	list := js.StreamNames(t.Context())
	for n := range list.Name() {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}

// TestVerifyNames plants every kind of damage in an export of its own; each is
// found and named.
func TestVerifyNames(t *testing.T) {
	whole := exportOf(t, devMails(t)[:10], nil)
	if out := must(t, "verify", whole, "--fold"); !strings.Contains(out, "not anchored") || !strings.Contains(out, "the first 11 of 11 commits") {
		t.Errorf("verify = %q", out)
	}
	segment := func(stream string) string { return filepath.Join(stream, "00000000000000000001.seg") }
	for name, c := range map[string]struct {
		damage func(t *testing.T, dir string)
		want   string
	}{
		"a flipped bit in a mail":      {edit(segment(noticesDir), func(b []byte) []byte { b[len(b)/2] ^= 1; return b }), "notices: archive file 00000000000000000001.seg is damaged"},
		"a flipped bit in a commit":    {edit(segment(commitsDir), func(b []byte) []byte { b[len(b)/2] ^= 1; return b }), "verify: commits: archive file 00000000000000000001.seg is damaged"},
		"a cut mail":                   {edit(segment(noticesDir), func(b []byte) []byte { return b[:len(b)-100] }), "notices: archive file"},
		"a cut commit":                 {edit(segment(commitsDir), func(b []byte) []byte { return b[:len(b)-1] }), "verify: commits: archive file"},
		"a cut index":                  {edit(filepath.Join(commitsDir, "00000000000000000001.idx"), func(b []byte) []byte { return b[:len(b)-3] }), "the index is cut off"},
		"a foreign file":               {edit("notes.txt", func([]byte) []byte { return []byte("x") }), "notes.txt does not belong to an export"},
		"a foreign file in the stream": {edit(filepath.Join(commitsDir, "notes.txt"), func([]byte) []byte { return []byte("x") }), "commits: archive file notes.txt is damaged at byte 0, sequence 0: it does not belong to the archive"},
		"commits gone":                 {remove(commitsDir), "verify: commits: open archive"},
		"notices gone":                 {remove(noticesDir), "verify: notices: open archive"},
		"another mail, well recorded":  {rewrite(noticesDir, func(rs []archive.Record) []archive.Record { rs[3].Data = append(rs[3].Data, 'x'); return rs }), "notice 4: the mail is not the one that was read"},
		"two mails exchanged": {rewrite(noticesDir, func(rs []archive.Record) []archive.Record {
			rs[3].Data, rs[4].Data = rs[4].Data, rs[3].Data
			return rs
		}), "notice 4: the mail is not the one that was read"},
		"mails cut at the end": {rewrite(noticesDir, func(rs []archive.Record) []archive.Record { return rs[:len(rs)-2] }), "notice 9: it was taken in, and its mail is missing"},
		"two commits exchanged": {rewrite(commitsDir, func(rs []archive.Record) []archive.Record {
			rs[3].Data, rs[4].Data = rs[4].Data, rs[3].Data
			return rs
		}), "verify: commits: commit 4: notice 4: it comes after 2"},
		"a commit that is none": {rewrite(commitsDir, func(rs []archive.Record) []archive.Record { rs[5].Data = []byte("no commit"); return rs }), "verify: commits: commit 6"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := copied(t, whole)
			c.damage(t, dir)
			refused(t, "verify: ", "verify", dir)
			for _, name := range filesOfExport { // as one would who can sign nothing
				_ = os.Remove(filepath.Join(dir, name))
			}
			refused(t, c.want, "verify", dir, "--unsigned")
		})
	}
}

func edit(name string, change func([]byte) []byte) func(*testing.T, string) {
	return func(t *testing.T, dir string) {
		t.Helper()
		b, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		write(t, filepath.Join(dir, name), string(change(b)))
	}
}

func remove(name string) func(*testing.T, string) {
	return func(t *testing.T, dir string) {
		t.Helper()
		if err := os.RemoveAll(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
}

// rewrite makes a stream of the export anew, with every hash right: what only
// the other stream can tell.
func rewrite(stream string, change func([]archive.Record) []archive.Record) func(*testing.T, string) {
	return func(t *testing.T, dir string) {
		t.Helper()
		a, err := archive.OpenReadOnly(filepath.Join(dir, stream), "")
		if err != nil {
			t.Fatal(err)
		}
		var rs []archive.Record
		if err := a.Scan(1, func(r archive.Record) error { rs = append(rs, r); return nil }); err != nil {
			t.Fatal(err)
		}
		remove(stream)(t, dir)
		keep(t, filepath.Join(dir, stream), change(rs))
	}
}
