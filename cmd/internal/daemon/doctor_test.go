package daemon

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/redis/go-redis/v9"

	"github.com/ppn-triage/ppn-triage/triage/jet"
	"github.com/ppn-triage/ppn-triage/triage/redisq/redistest"
)

// natsServer runs a nats-server of one's own.
func natsServer(t *testing.T, o server.Options) *server.Server {
	t.Helper()
	o.NoSigs, o.NoLog, o.Host, o.Port, o.HTTPHost, o.HTTPPort = true, true, "127.0.0.1", server.RANDOM_PORT, "127.0.0.1", server.RANDOM_PORT
	o.JetStream, o.StoreDir = true, t.TempDir()
	ns, err := server.NewServer(&o)
	if err != nil {
		t.Fatal(err)
	}
	go ns.Start()
	if !ns.ReadyForConnections(10 * time.Second) {
		t.Fatal("nats-server is not ready")
	}
	t.Cleanup(func() { ns.Shutdown(); ns.WaitForShutdown() })
	return ns
}

// ours is a configuration for servers of one's own.
func ours(t *testing.T, ns *server.Server, redis string) Config {
	t.Helper()
	c := Config{Data: t.TempDir(), Redis: Redis{URL: redis}}
	c.NATS.URL, c.NATS.Monitor = ns.ClientURL(), []string{"http://" + ns.MonitorAddr().String()}
	c.GRPC.Listen, c.Metrics.Listen, c.Scrub.Canary = "127.0.0.1:0", "127.0.0.1:0", -1
	return c
}

func doctorSays(t *testing.T, c Config) (wrong int, said string) {
	t.Helper()
	var s syscall.Statfs_t
	if err := syscall.Statfs(c.Data, &s); err == nil && tight("", s.Bavail*uint64(s.Bsize), s.Blocks*uint64(s.Bsize)) != nil { //nolint:gosec // a size
		t.Skip("this machine's disk is nearly full, and the doctor would say so")
	}
	var out bytes.Buffer
	wrong = Doctor(t.Context(), c, &out)
	return wrong, out.String()
}

// TestDoctorFindsNothing on servers as deploy sets them, before the first start
// and while the daemon runs.
func TestDoctorFindsNothing(t *testing.T) {
	ns := natsServer(t, server.Options{SyncAlways: true, MaxPayload: jet.MaxPayload, JetStreamMaxStore: 1 << 30})
	c := ours(t, ns, redistest.URL(t, "--appendonly", "yes"))
	c.NATS.MaxBytes = 64 << 20
	if wrong, said := doctorSays(t, c); wrong > 0 || !strings.Contains(said, "note   log of bradford: there is none yet") {
		t.Errorf("%d wrong:\n%s", wrong, said)
	}
	d, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Stop()
	if err := d.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	wrong, said := doctorSays(t, c)
	if wrong > 0 || strings.Contains(said, "WRONG") {
		t.Errorf("%d wrong:\n%s", wrong, said)
	}
	for _, what := range []string{
		"configuration", "rules", "NATS", "NATS max_payload", "NATS sync", "NATS replicas", "NATS room", "log of bradford", "copies of bradford",
		"marks of bradford", "clock of NATS", "Redis", "Redis eviction", "Redis persistence", "Redis memory", "clock of Redis", "Redis indexes", "disk of data",
		"disk of the archive", "secret signing_key", "secret redis.index_key_file",
	} {
		if !strings.Contains(said, "good   "+what+": ") {
			t.Errorf("it does not say that %s is good:\n%s", what, said)
		}
	}
}

// TestDoctorNamesIndexesOfOtherPrograms, with how many keys they hold and what
// removes them; its own it leaves unsaid.
func TestDoctorNamesIndexesOfOtherPrograms(t *testing.T) {
	url := redistest.URL(t)
	c := ours(t, natsServer(t, server.Options{SyncAlways: true, MaxPayload: jet.MaxPayload, JetStreamMaxStore: 1 << 30}), url)
	own, err := CheckRules("")
	if err != nil {
		t.Fatal(err)
	}
	o, err := redis.ParseURL(url)
	if err != nil {
		t.Fatal(err)
	}
	r := redis.NewClient(o)
	defer func() { _ = r.Close() }()
	for n := range 2500 {
		for _, key := range []string{"ppn:01d:{bradford}:link:", "ppn:" + own.Version + ":{bradford}:link:", "other:01d:{bradford}:"}[:2+n%2] {
			if err := r.Set(t.Context(), key+strconv.Itoa(n), "x", 0).Err(); err != nil {
				t.Fatal(err)
			}
		}
	}
	_, said := doctorSays(t, c)
	want := "note   Redis indexes: 2500 keys are of linking version 01d, this program's is " + own.Version + "; once no node runs the other program: redis-cli --scan --pattern 'ppn:01d:*' | xargs -r -n 1000 redis-cli UNLINK\n"
	if !strings.Contains(said, want) || strings.Count(said, "Redis indexes: ") != 2 {
		t.Errorf("it says\n%s\nwant once\n%s", said, want)
	}
}

// TestDoctorRefusesTheDefaultSync: nats-server writes to disk every two minutes
// and loses acknowledged mails in a power cut (nats-server issue 7564). Whatever
// else is wrong is told with it, each with what to change.
func TestDoctorRefusesTheDefaultSync(t *testing.T) {
	ns := natsServer(t, server.Options{JetStreamMaxStore: 1 << 30})
	c := ours(t, ns, redistest.URL(t, "--maxmemory-policy", "allkeys-lru", "--maxmemory", "1mb"))
	c.NATS.Replicas = 3
	c.GRPC.Cert, c.GRPC.Key = certificate(t, -time.Hour, 24*time.Hour)
	if err := os.Chmod(c.GRPC.Key, 0o644); err != nil {
		t.Fatal(err)
	}
	wrong, said := doctorSays(t, c)
	want := []string{
		"NATS max_payload: server " + ns.Name() + " takes messages up to 1 MB and mails have up to 26 MB; set `max_payload: 32MB`",
		"NATS sync: it is not certain", "set `sync_interval: always`",
		"NATS replicas: nats.replicas is 3 and the cluster has 1 servers",
		"Redis eviction: ", "set `maxmemory-policy noeviction`",
		"Redis persistence: ", "set `appendonly yes`",
		"Redis memory: ", "raise `maxmemory`",
		"certificate grpc.cert: ", "renew it now",
		"secret grpc.key: ", "chmod 600",
	}
	for _, w := range want {
		if !strings.Contains(said, w) {
			t.Errorf("it does not say %q:\n%s", w, said)
		}
	}
	if wrong != 8 || strings.Count(said, "WRONG") != 8 {
		t.Errorf("%d wrong, want 8:\n%s", wrong, said)
	}
}

// TestDoctorSeesALogInDanger: unsafe streams, all of them, and a stream that is
// below its mark.
func TestDoctorSeesALogInDanger(t *testing.T) {
	ns := natsServer(t, server.Options{SyncAlways: true, MaxPayload: jet.MaxPayload, JetStreamMaxStore: 1 << 30})
	c := ours(t, ns, "")
	d, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	d.Stop()
	mark := filepath.Join(c.Data, "marks-bradford.json")
	b, err := os.ReadFile(mark)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(mark, bytes.Replace(b, []byte(`"last":0`), []byte(`"last":7`), 1), 0o600); err != nil {
		t.Fatal(err)
	}
	if wrong, said := doctorSays(t, c); wrong != 1 || !strings.Contains(said, "WRONG  marks of bradford: stream PPN_NOTICES_BRADFORD is ") {
		t.Errorf("%d wrong:\n%s", wrong, said)
	}
	c.NATS.Replicas, c.NATS.MaxBytes = 0, 5<<20 // as somebody would have set it on the server
	wrong, said := doctorSays(t, c)
	if wrong != 2 || strings.Count(said, "WRONG  log of bradford: stream PPN_") != 2 || !strings.Contains(said, "max_bytes is unlimited, must be 5242880") {
		t.Errorf("%d wrong:\n%s", wrong, said)
	}
}

// TestDoctorWithoutServers says who does not answer.
func TestDoctorWithoutServers(t *testing.T) {
	c := Config{Data: t.TempDir()}
	c.NATS.URL, c.Redis.URL, c.NATS.UnverifiedSync = "nats://127.0.0.1:1", "redis://127.0.0.1:1", true
	if wrong, said := doctorSays(t, c); wrong != 2 || !strings.Contains(said, "WRONG  NATS: ") || !strings.Contains(said, "WRONG  Redis: reach Redis") {
		t.Errorf("%d wrong:\n%s", wrong, said)
	}
	c.NATS.URL, c.NATS.Listen, c.Redis.URL, c.Role = "", "127.0.0.1:1", "", "both"
	if wrong, said := doctorSays(t, c); wrong != 1 || !strings.Contains(said, `WRONG  configuration: role "both"`) || !strings.Contains(said, "note   NATS: the embedded server") {
		t.Errorf("%d wrong:\n%s", wrong, said)
	}
}

// certificate writes one with these dates, from now.
func certificate(t *testing.T, from, to time.Duration) (cert, key string) {
	t.Helper()
	pub, secret, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	c := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: now.Add(from), NotAfter: now.Add(to)}
	der, err := x509.CreateCertificate(rand.Reader, c, c, pub, secret)
	if err != nil {
		t.Fatal(err)
	}
	k, err := x509.MarshalPKCS8PrivateKey(secret)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	cert, key = filepath.Join(dir, "c.pem"), filepath.Join(dir, "k.pem")
	err = errors.Join(os.WriteFile(cert, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600),
		os.WriteFile(key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: k}), 0o600))
	if err != nil {
		t.Fatal(err)
	}
	return cert, key
}

// TestDatesOfCertificates, of every certificate in a file.
func TestDatesOfCertificates(t *testing.T) {
	const day = 24 * time.Hour
	file := func(from, to time.Duration) string { c, _ := certificate(t, from, to); return c }
	chain := file(-day, 90*day)
	b1, _ := os.ReadFile(chain)
	b2, _ := os.ReadFile(file(-day, 20*day))
	if err := os.WriteFile(chain, append(b1, b2...), 0o600); err != nil {
		t.Fatal(err)
	}
	_, key := certificate(t, -day, day)
	for path, want := range map[string]string{
		file(-day, 31*day): "", file(-day, 29*day): "renew it now", file(-9*day, -day): "; renew it", file(day, 99*day): "check its dates",
		chain: "renew it now", key: "holds no PEM certificate", "/nowhere": "no such file",
	} {
		_, err := goodUntil(path, time.Now())
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("goodUntil = %v, want %q", err, want)
		}
	}
}

// TestTightDisks: a tenth free is enough, and so is much; next to nothing is not.
func TestTightDisks(t *testing.T) {
	const gb = uint64(1) << 30
	for _, tt := range []struct {
		free, all uint64
		good      bool
	}{{20 * gb, 100 * gb, true}, {9 * gb, 100 * gb, false}, {60 * gb, 4000 * gb, true}, {gb, 4 * gb, false}, {3 * gb, 4 * gb, true}} {
		if err := tight("d", tt.free, tt.all); (err == nil) != tt.good {
			t.Errorf("%d of %d GB free: %v", tt.free/gb, tt.all/gb, err)
		}
	}
}

// TestClocksApart are told either way, and a slow answer is no fault.
func TestClocksApart(t *testing.T) {
	for off, good := range map[time.Duration]bool{0: true, time.Second: true, -time.Second: true, time.Hour: false, -time.Hour: false, 3 * time.Second: false} {
		var out bytes.Buffer
		d := &doctor{w: &out}
		d.clock("clock", time.Now().Add(off), time.Millisecond, nil)
		if (d.wrong == 0) != good {
			t.Errorf("%s off: %s", off, out.String())
		}
	}
	d := &doctor{w: &bytes.Buffer{}}
	d.clock("clock", time.Now().Add(-4*time.Second), 8*time.Second, nil)
	if d.wrong > 0 {
		t.Error("an answer that took 8 s is blamed on the clock")
	}
}

// TestParts takes apart what was joined, not what has several causes.
func TestParts(t *testing.T) {
	a, b := errors.New("a"), errors.New("b")
	both := fmt.Errorf("%w: %w", a, b)
	for err, want := range map[error]int{a: 1, both: 1, errors.Join(a, both, errors.Join(b, nil, a)): 4, &jet.SyncError{Why: "w", Mend: "m", Err: a}: 1} {
		if got := parts(err); len(got) != want {
			t.Errorf("parts of %q = %q, want %d", err, got, want)
		}
	}
}
