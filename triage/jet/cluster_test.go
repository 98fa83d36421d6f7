package jet

import (
	"bytes"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/ppn-triage/ppn-triage/triage"
)

// startCluster runs three servers with JetStream that sync always.
func startCluster(t *testing.T) (servers []*server.Server, urls string, opts []server.Options) {
	t.Helper()
	var routes []*url.URL
	var ports []int
	for range 3 {
		ports = append(ports, freePort(t))
		routes = append(routes, &url.URL{Scheme: "nats", Host: fmt.Sprint("127.0.0.1:", ports[len(ports)-1])})
	}
	system := server.NewAccount("SYS")
	ppn := server.NewAccount("PPN")
	var all []string
	for i, port := range ports {
		o := server.Options{
			ServerName: fmt.Sprint("n", i), JetStream: true, StoreDir: t.TempDir(), SyncAlways: true,
			HTTPHost: "127.0.0.1", HTTPPort: -1, Routes: routes, SystemAccount: "SYS",
			Cluster:  server.ClusterOpts{Name: "ppn", Host: "127.0.0.1", Port: port},
			Accounts: []*server.Account{system, ppn},
			Users: []*server.User{
				{Username: "sys", Password: "sys", Account: system},
				{Username: "ppn", Password: "ppn", Account: ppn},
			},
		}
		ns := rawServer(t, o)
		servers, opts = append(servers, ns), append(opts, o)
		all = append(all, strings.Replace(ns.ClientURL(), "//", "//ppn:ppn@", 1))
	}
	return servers, strings.Join(all, ","), opts
}

// enable lets the services' account use JetStream on a server.
func enable(t *testing.T, ns *server.Server) {
	t.Helper()
	acc, err := ns.LookupAccount("PPN")
	if err == nil {
		err = acc.EnableJetStream(nil, nil)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// clusterLog opens a log of three copies.
func clusterLog(t *testing.T, servers []*server.Server, urls string) (c *Conn, l *Log, monitors []string) {
	t.Helper()
	for _, ns := range servers {
		enable(t, ns)
		monitors = append(monitors, "http://"+ns.MonitorAddr().String())
	}
	c = connect(t, Options{URL: urls, Monitor: monitors})
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(200 * time.Millisecond) {
		var err error
		if l, err = c.OpenLog(testContext(t), LogOptions{FrontDoor: "bradford", Codec: plain{}, Replicas: 3}); err == nil {
			return c, l, monitors
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
}

// Three copies: the log goes on when one server dies, nothing acknowledged is
// missing, and VerifySync wants to hear all three.
func TestThreeReplicasLoseOneServer(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds until leaders are elected")
	}
	servers, urls, _ := startCluster(t)
	c, l, monitors := clusterLog(t, servers, urls)
	if err := c.VerifySync(testContext(t)); err != nil {
		t.Error(err)
	}
	two := connect(t, Options{URL: urls, Monitor: monitors[:2]})
	if err := two.VerifySync(testContext(t)); !errors.Is(err, ErrSync) {
		t.Errorf("VerifySync of two of three = %v, want ErrSync", err)
	}

	appendCommits(t, l, 1, 20)
	wantContiguous(t, l, "")
	info, err := l.info(testContext(t), l.auditName())
	if err != nil {
		t.Fatal(err)
	}
	for _, ns := range servers {
		if ns.Name() == info.Cluster.Leader {
			ns.Shutdown()
		}
	}
	wantContiguous(t, l, "PPN_AUDIT_BRADFORD: 2 of its 3 copies answer")
	last, n := uint64(20), 20
	want := map[string]bool{}
	for deadline := time.Now().Add(30 * time.Second); n < 40 && time.Now().Before(deadline); {
		id := fmt.Sprint("after", n)
		if seq, err := l.Append(testContext(t), triage.Commit{ID: id}, last); err == nil {
			last, want[id], n = seq, true, n+1
			continue
		}
		// As every caller does: catch up, look, try again.
		if got, err := l.ReadCommits(testContext(t), last+1, 10); err == nil {
			for _, g := range got {
				last = g.Seq
				if g.ID == id {
					want[id], n = true, n+1
				}
			}
		} else if errors.Is(err, triage.ErrChain) {
			t.Fatal(err)
		}
		time.Sleep(50 * time.Millisecond)
	}
	got, err := l.ReadCommits(testContext(t), 1, 100)
	if err != nil || len(got) != 40 || n != 40 {
		t.Fatalf("ReadCommits = %d, %v; wrote %d, want 40", len(got), err, n)
	}
	for _, g := range got[20:] {
		if !want[g.ID] {
			t.Errorf("commit %d is %q, twice or unknown", g.Seq, g.ID)
		}
		delete(want, g.ID)
	}
}

// wantContiguous waits until the servers of a cluster say one thing of their
// copies, or nothing.
func wantContiguous(t *testing.T, l *Log, want string) {
	t.Helper()
	var faults []error
	var err error
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
		faults, err = l.Contiguous(testContext(t))
		if all := errors.Join(faults...); err == nil && (want == "" && all == nil || all != nil && want != "" && strings.Contains(all.Error(), want)) {
			return
		}
	}
	t.Errorf("Contiguous = %v, %v; want %q", faults, err, want)
}

// One copy of three has a flipped bit in an older block, and its server has to
// find its place again from the blocks: it drops what comes after the bit, and
// says that all is well. Its own count gives it away within one look.
func TestAReplicaThatHasLostMessages(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds until leaders are elected")
	}
	servers, urls, opts := startCluster(t)
	_, l, monitors := clusterLog(t, servers, urls)
	for range 24 {
		if _, err := l.PublishNotice(testContext(t), "wyp", bytes.Repeat([]byte("words "), 80_000), ""); err != nil {
			t.Fatal(err)
		}
	}
	wantContiguous(t, l, "")
	info, err := l.info(testContext(t), l.noticesName())
	if err != nil {
		t.Fatal(err)
	}
	victim := 0
	for servers[victim].Name() == info.Cluster.Leader {
		victim++
	}
	servers[victim].Shutdown()
	servers[victim].WaitForShutdown()
	blocks, err := filepath.Glob(filepath.Join(opts[victim].StoreDir, "jetstream", "PPN", "streams", l.noticesName(), "msgs", "*.blk"))
	if err != nil || len(blocks) < 2 {
		t.Fatalf("blocks %v, %v", blocks, err)
	}
	b, err := os.ReadFile(blocks[0])
	if err != nil {
		t.Fatal(err)
	}
	b[len(b)/2] ^= 0x10
	if err := errors.Join(os.WriteFile(blocks[0], b, 0o600), os.Remove(filepath.Join(filepath.Dir(blocks[0]), "index.db"))); err != nil {
		t.Fatal(err)
	}
	back := rawServer(t, opts[victim])
	enable(t, back)
	monitors[victim] = "http://" + back.MonitorAddr().String()
	wantContiguous(t, l, "stream PPN_NOTICES_BRADFORD on "+back.Name()+": ")
	if got, err := l.ReadNotices(testContext(t), 1, 24); err != nil || len(got) != 24 {
		t.Errorf("the leader's copy: ReadNotices = %d, %v", len(got), err)
	}
}
