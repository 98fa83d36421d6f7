package jet

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/ppn-triage/ppn-triage/triage"
)

// startCluster runs three servers with JetStream that sync always.
func startCluster(t *testing.T) (servers []*server.Server, urls string) {
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
		ns := rawServer(t, server.Options{
			ServerName: fmt.Sprint("n", i), JetStream: true, StoreDir: t.TempDir(), SyncAlways: true,
			HTTPHost: "127.0.0.1", HTTPPort: -1, Routes: routes, SystemAccount: "SYS",
			Cluster:  server.ClusterOpts{Name: "ppn", Host: "127.0.0.1", Port: port},
			Accounts: []*server.Account{system, ppn},
			Users: []*server.User{
				{Username: "sys", Password: "sys", Account: system},
				{Username: "ppn", Password: "ppn", Account: ppn},
			},
		})
		servers = append(servers, ns)
		all = append(all, strings.Replace(ns.ClientURL(), "//", "//ppn:ppn@", 1))
	}
	return servers, strings.Join(all, ",")
}

// Three copies: the log goes on when one server dies, nothing acknowledged is
// missing, and VerifySync wants to hear all three.
func TestThreeReplicasLoseOneServer(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds until leaders are elected")
	}
	servers, urls := startCluster(t)
	for _, ns := range servers {
		acc, err := ns.LookupAccount("PPN")
		if err == nil {
			err = acc.EnableJetStream(nil, nil)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	var monitors []string
	for _, ns := range servers {
		monitors = append(monitors, "http://"+ns.MonitorAddr().String())
	}
	c := connect(t, Options{URL: urls, Monitor: monitors})
	var l *Log
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(200 * time.Millisecond) {
		var err error
		if l, err = c.OpenLog(testContext(t), LogOptions{FrontDoor: "bradford", Codec: plain{}, Replicas: 3}); err == nil {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
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
