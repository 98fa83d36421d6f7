package deploy_test

import (
	"bytes"
	"context"
	"maps"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/nats-io/nats-server/v2/server"

	"github.com/ppn-triage/ppn-triage/deploy"
	"github.com/ppn-triage/ppn-triage/triage/jet"
	"github.com/ppn-triage/ppn-triage/triage/redisq"
)

func file(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestRules: what is built in is what lies in the folder, without its cases.
func TestRules(t *testing.T) {
	built := deploy.Rules()
	read, err := deploy.ReadRules("rules")
	if err != nil {
		t.Fatal(err)
	}
	if !maps.EqualFunc(built, read, bytes.Equal) {
		t.Errorf("built in %v, in the folder %v", slices.Sorted(maps.Keys(built)), slices.Sorted(maps.Keys(read)))
	}
	for _, name := range []string{"policy.yaml", "facts.yaml", "labels.yaml", "link.yaml", "names.yaml", "lexicon/cues.yaml"} {
		if len(built[name]) == 0 {
			t.Errorf("no %s is built in", name)
		}
	}
	for name := range built {
		if strings.HasPrefix(name, "cases/") || !strings.HasSuffix(name, ".yaml") {
			t.Errorf("%s is no part of a ruleset", name)
		}
	}
	if _, err := deploy.ReadRules("nowhere"); err == nil {
		t.Error("ReadRules of no folder gives no error")
	}
}

// TestCompose mounts files that are there, publishes no port, builds from a
// Dockerfile that is there and runs the NATS that the program is tested with.
func TestCompose(t *testing.T) {
	var p struct {
		Services map[string]struct {
			Image   string
			Ports   []string
			Volumes []string
			Build   struct{ Context, Dockerfile string }
		}
		Volumes map[string]any
	}
	if err := yaml.Unmarshal([]byte(file(t, "compose.yaml")), &p); err != nil {
		t.Fatal(err)
	}
	if got := slices.Sorted(maps.Keys(p.Services)); !slices.Equal(got, []string{"nats", "redis", "triaged"}) {
		t.Errorf("services %v", got)
	}
	for name, s := range p.Services {
		if len(s.Ports) > 0 {
			t.Errorf("%s publishes %v: nothing here knows its users", name, s.Ports)
		}
		for _, v := range s.Volumes {
			from, _, _ := strings.Cut(v, ":")
			_, named := p.Volumes[from]
			if info, err := os.Stat(from); !named && (err != nil || info.IsDir()) {
				t.Errorf("%s mounts %s, which is neither a volume nor a file: %v", name, from, err)
			}
		}
	}
	b := p.Services["triaged"].Build
	if _, err := os.Stat(filepath.Join(b.Context, b.Dockerfile)); err != nil || b.Dockerfile == "" {
		t.Errorf("triaged is built from %+v: %v", b, err)
	}
	if nats := p.Services["nats"].Image; nats != "nats:"+natsVersion(t) {
		t.Errorf("compose runs %s, the program is built and tested with %s", nats, natsVersion(t))
	}
}

// natsVersion is the server's version in go.mod.
func natsVersion(t *testing.T) string {
	t.Helper()
	m := regexp.MustCompile(`nats-server/v2 v(\S+)`).FindStringSubmatch(file(t, "../go.mod"))
	if m == nil {
		t.Fatal("no nats-server in go.mod")
	}
	return m[1]
}

// TestDockerfile copies what is there and what it has built, and ends as a user
// without rights.
func TestDockerfile(t *testing.T) {
	var built, user []string
	for _, line := range strings.Split(file(t, "Dockerfile"), "\n") {
		f := strings.Fields(line)
		if len(f) == 0 || strings.HasPrefix(line, "#") {
			continue
		}
		switch f[0] {
		case "RUN":
			for _, pkg := range f[1:] {
				if !strings.HasPrefix(pkg, "./cmd/") {
					continue
				}
				built = append(built, "/out/"+filepath.Base(pkg))
				if _, err := os.Stat(filepath.Join("..", pkg, "main.go")); err != nil {
					t.Error(err)
				}
			}
			if n := slices.Index(f, "mkdir"); n >= 0 {
				built = append(built, f[n+1:]...)
			}
		case "COPY":
			for _, from := range f[1 : len(f)-1] {
				if strings.HasPrefix(from, "--") {
					continue
				}
				if _, err := os.Stat(filepath.Join("..", from)); err != nil && !slices.Contains(built, from) {
					t.Errorf("COPY %s: neither in the tree nor built", from)
				}
			}
		case "USER":
			user = f[1:]
		}
	}
	if len(built) < 5 || len(user) != 1 || strings.HasPrefix(user[0], "0") {
		t.Errorf("it builds %v and runs as %v", built, user)
	}
}

// TestLocalNATS: the server of compose.yaml syncs, takes a whole mail and
// listens on loopback alone, because it knows no users.
func TestLocalNATS(t *testing.T) {
	o, err := server.ProcessConfigFile("nats-local.conf")
	if err != nil {
		t.Fatal(err)
	}
	if !o.JetStream || !o.SyncAlways || int64(o.MaxPayload) <= jet.MaxNotice || o.MaxPending < int64(o.MaxPayload) {
		t.Errorf("JetStream %v, sync always %v, max_payload %d, max_pending %d", o.JetStream, o.SyncAlways, o.MaxPayload, o.MaxPending)
	}
	for _, host := range []string{o.Host, o.HTTPHost} {
		if ip := net.ParseIP(host); ip == nil || !ip.IsLoopback() {
			t.Errorf("it listens on %q", host)
		}
	}
	if strings.Contains(file(t, "compose.yaml"), "network_mode: \"service:nats\"") == (o.Host == "") {
		t.Error("triaged shares the network of a server that is not on loopback")
	}
}

// TestRedis starts a redis-server with redis.conf: it takes every line of it,
// and the daemon takes the server.
func TestRedis(t *testing.T) {
	bin, err := exec.LookPath("redis-server")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("redis-server is not on the PATH, and CI is set: make test installs it")
		}
		t.Skip("redis-server is not on the PATH: install it, or run make test")
	}
	dir, err := os.MkdirTemp("", "redis") // a socket's path must be short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	socket := filepath.Join(dir, "s")
	conf := regexp.MustCompile(`(?m)^port .*$`).ReplaceAllString(file(t, "redis.conf"), "port 0\nunixsocket "+socket+"\ndir "+dir)
	if !strings.Contains(conf, socket) {
		t.Fatal("redis.conf has no port")
	}
	path := filepath.Join(dir, "redis.conf")
	if err := os.WriteFile(path, []byte(conf), 0o600); err != nil {
		t.Fatal(err)
	}
	var said bytes.Buffer
	cmd := exec.CommandContext(t.Context(), bin, path)
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		c, err := redisq.Dial(t.Context(), redisq.DialOptions{URL: "unix://" + socket})
		if err == nil {
			checkRedis(t, c)
			return
		}
		if time.Now().After(end) {
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
			t.Fatalf("the daemon cannot use it: %v\n%s", err, said.String())
		}
	}
}

func checkRedis(t *testing.T, c redisq.Client) {
	t.Helper()
	defer func() { _ = c.Close() }()
	for key, want := range map[string]string{"maxmemory-policy": "noeviction", "appendonly": "yes", "protected-mode": "yes"} {
		got, err := c.ConfigGet(context.Background(), key).Result()
		if err != nil || got[key] != want {
			t.Errorf("%s is %q, %v; want %q", key, got[key], err, want)
		}
	}
}
