package jet

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/ppn-triage/ppn-triage/triage"
)

func TestConnectSaysWhatIsWrong(t *testing.T) {
	dead := fmt.Sprint("nats://127.0.0.1:", freePort(t))
	notSeed := filepath.Join(t.TempDir(), "user.nk")
	if err := os.WriteFile(notSeed, []byte("canary-secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	locked := rawServer(t, server.Options{Username: "u", Password: "p"})
	for _, c := range []struct {
		name string
		o    Options
		want []string
	}{
		{"nothing", Options{}, []string{"no NATS URL"}},
		{"both", Options{URL: dead, InProcess: startServer(t)}, []string{"both"}},
		{"nobody there", Options{URL: dead}, []string{dead, "no servers available"}},
		{"half a certificate", Options{URL: dead, Cert: "c.pem"}, []string{"both its file and its key"}},
		{"no CA file", Options{URL: dead, CA: "/nonexistent/ca.pem"}, []string{"/nonexistent/ca.pem"}},
		{"no nkey file", Options{URL: dead, User: User{NKey: "/nonexistent/u.nk"}}, []string{"/nonexistent/u.nk"}},
		{"not a seed", Options{URL: dead, User: User{NKey: notSeed}}, []string{notSeed}},
		{"no credentials", Options{URL: dead, User: User{Credentials: "/nonexistent/u.creds"}}, []string{"u.creds"}},
		{"no user", Options{URL: locked.ClientURL()}, []string{"Authorization"}},
		{"password in URL", Options{URL: strings.Replace(dead, "//", "//bob:canary-secret@", 1)}, []string{"bob:xxxxx@"}},
	} {
		conn, err := Connect(testContext(t), c.o)
		if conn != nil {
			conn.Close()
		}
		t.Run(c.name, func(t *testing.T) {
			wantWords(t, err, c.want...)
			if strings.Contains(err.Error(), "canary-secret") {
				t.Errorf("error %q tells a secret", err)
			}
		})
	}
}

func TestConnectKeepsTheDeadline(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	began := time.Now()
	if _, err := Connect(ctx, Options{URL: "nats://" + silent.Addr().String()}); err == nil || time.Since(began) > 2*time.Second {
		t.Errorf("Connect to a server that says nothing = %v after %v", err, time.Since(began))
	}
}

// oldServer speaks as much NATS as a client needs to be connected.
func oldServer(t *testing.T, version string) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			_, _ = fmt.Fprintf(c, "INFO {\"server_id\":\"X\",\"server_name\":\"old\",\"version\":%q,\"max_payload\":1048576,\"headers\":true}\r\n", version)
			for lines := bufio.NewScanner(c); lines.Scan(); {
				if lines.Text() == "PING" {
					_, _ = fmt.Fprint(c, "PONG\r\n")
				}
			}
			_ = c.Close()
		}
	}()
	t.Cleanup(func() { _ = ln.Close(); <-done })
	return "nats://" + ln.Addr().String()
}

func TestOldServersAreRefused(t *testing.T) {
	for version, ok := range map[string]bool{
		"2.9.10": false, "2.12.15": false, "2.13.9": false, "1.99.0": false, "": false, "unknown": false,
		"2.14.0": true, "2.14.9": true, "2.15.2-RC.1": true, "3.0.0": true,
	} {
		c, err := Connect(testContext(t), Options{URL: oldServer(t, version)})
		if ok != (err == nil) {
			t.Errorf("version %q: %v", version, err)
		}
		if err != nil {
			wantWords(t, err, version)
		} else {
			c.Close()
		}
	}
}

func TestVerifySync(t *testing.T) {
	always := rawServer(t, server.Options{JetStream: true, StoreDir: t.TempDir(), SyncAlways: true, HTTPHost: "127.0.0.1", HTTPPort: -1})
	lazy := rawServer(t, server.Options{JetStream: true, StoreDir: t.TempDir(), HTTPHost: "127.0.0.1", HTTPPort: -1})
	without := rawServer(t, server.Options{HTTPHost: "127.0.0.1", HTTPPort: -1})
	monitor := func(ns *server.Server) string { return "http://" + ns.MonitorAddr().String() }
	web := httptest.NewServer(http.NotFoundHandler())
	defer web.Close()
	for _, c := range []struct {
		name string
		to   *server.Server
		ask  []string
		want []string
	}{
		{"always", always, []string{monitor(always) + "/"}, nil},
		{"lazy", lazy, []string{monitor(lazy)}, []string{"power cut", "sync_interval: always"}},
		{"one of two is lazy", always, []string{monitor(always), monitor(lazy)}, []string{"sync_interval: always"}},
		{"another server was asked", lazy, []string{monitor(always)}, []string{"connected to was not among"}},
		{"no JetStream", without, []string{monitor(without)}, []string{"none of the servers asked has JetStream"}},
		{"nobody to ask", always, nil, []string{"--nats-monitor"}},
		{"not a URL", always, []string{"127.0.0.1:8222"}, []string{"not a http:// or https:// URL"}},
		{"nobody answers", always, []string{fmt.Sprint("http://127.0.0.1:", freePort(t))}, []string{"does not answer"}},
		{"not NATS", always, []string{web.URL}, []string{"404"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			conn := connect(t, Options{URL: c.to.ClientURL(), Monitor: c.ask})
			err := conn.VerifySync(testContext(t))
			if c.want == nil {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if !errors.Is(err, ErrSync) {
				t.Errorf("VerifySync = %v, want ErrSync", err)
			}
			wantWords(t, err, c.want...)
		})
	}
}

func TestVerifySyncOfACluster(t *testing.T) {
	one := func(id, version string, always bool, size int) jsServer {
		s := jsServer{ID: id, Name: "n" + id, Version: version}
		s.JS.Config.SyncAlways = always
		if size > 0 {
			s.JS.Meta = &struct {
				Size int `json:"cluster_size"`
			}{size}
		}
		return s
	}
	for _, c := range []struct {
		name    string
		servers []jsServer
		want    string
	}{
		{"all three", []jsServer{one("1", "2.14.9", true, 3), one("2", "2.14.9", true, 3), one("3", "2.15.2", true, 3)}, ""},
		{"one silent", []jsServer{one("1", "2.14.9", true, 3), one("2", "2.14.9", true, 3)}, "2 of the cluster's 3"},
		{"one asked twice", []jsServer{one("1", "2.14.9", true, 3), one("2", "2.14.9", true, 3), one("2", "2.14.9", true, 3)}, "2 of the cluster's 3"},
		{"one lazy", []jsServer{one("1", "2.14.9", true, 3), one("2", "2.14.9", false, 3), one("3", "2.14.9", true, 3)}, "server n2"},
		{"one old", []jsServer{one("1", "2.14.9", true, 3), one("2", "2.12.15", true, 3), one("3", "2.14.9", true, 3)}, "2.12.15"},
	} {
		err := judge(c.servers, "1")
		if c.want == "" && err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		if c.want != "" {
			wantWords(t, err, c.want)
		}
	}
}

func TestOpenLogWithoutJetStream(t *testing.T) {
	ns := rawServer(t, server.Options{ServerName: "plain"})
	_, err := connect(t, Options{URL: ns.ClientURL()}).OpenLog(testContext(t), LogOptions{FrontDoor: "bradford", Codec: plain{}})
	wantWords(t, err, "JetStream of server plain")
	small := rawServer(t, server.Options{JetStream: true, StoreDir: t.TempDir(), SyncAlways: true, MaxPayload: 1 << 20})
	l := openLog(t, connect(t, Options{URL: small.ClientURL()}))
	if _, err := l.PublishNotice(testContext(t), "wyp", make([]byte, 2<<20), ""); !errors.Is(err, ErrTooLarge) || !strings.Contains(err.Error(), "max_payload") {
		t.Errorf("PublishNotice over max_payload = %v, want ErrTooLarge", err)
	}
	if _, err := l.PublishNotice(testContext(t), "wyp", mail(1), ""); err != nil || errors.Is(err, triage.ErrInvalid) {
		t.Errorf("PublishNotice afterwards = %v", err)
	}
}
