package embed

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestStartAndStop(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "deep", "nats")
	for range 2 { // the folder is free again
		s, err := Start(t.Context(), Options{Dir: dir, Listen: "127.0.0.1:0"})
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(s.URL(), "nats://127.0.0.1:") {
			t.Errorf("URL = %q", s.URL())
		}
		if js := s.ns.JetStreamConfig(); js == nil || !js.SyncAlways || !strings.HasPrefix(js.StoreDir, dir) {
			t.Errorf("JetStream = %+v, want one that syncs always in %s", js, dir)
		}
		s.Stop()
		s.Stop()
	}
}

func TestInProcessOnly(t *testing.T) {
	s, err := Start(t.Context(), Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Stop()
	if s.URL() != "" {
		t.Errorf("URL = %q, want none", s.URL())
	}
	c, err := s.InProcessConn()
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	b := make([]byte, 5)
	if _, err := c.Read(b); err != nil || string(b) != "INFO " {
		t.Errorf("the server says %q, %v", b, err)
	}
}

func TestTwoServersOnOneFolder(t *testing.T) {
	dir := t.TempDir()
	s, err := Start(t.Context(), Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Stop()
	if _, err := Start(t.Context(), Options{Dir: dir}); !errors.Is(err, ErrBusy) || !strings.Contains(err.Error(), dir) {
		t.Errorf("second Start = %v, want ErrBusy naming the folder", err)
	}
}

func TestBusyPort(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	dir, began := t.TempDir(), time.Now()
	_, err = Start(t.Context(), Options{Dir: dir, Listen: l.Addr().String()})
	if !errors.Is(err, ErrBusy) || !strings.Contains(err.Error(), l.Addr().String()) || time.Since(began) > 5*time.Second {
		t.Errorf("Start = %v after %v, want ErrBusy naming the address", err, time.Since(began))
	}
	s, err := Start(t.Context(), Options{Dir: dir}) // the folder was let go
	if err != nil {
		t.Fatal(err)
	}
	s.Stop()
}

func TestBadOptions(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		o    Options
		want string
	}{
		{Options{}, "no folder"},
		{Options{Dir: file}, "not a directory"},
		{Options{Dir: t.TempDir(), Listen: "0.0.0.0:4222"}, "not loopback"},
		{Options{Dir: t.TempDir(), Listen: ":4222"}, "not loopback"},
		{Options{Dir: t.TempDir(), Listen: "192.0.2.1:4222"}, "not loopback"},
		{Options{Dir: t.TempDir(), Listen: "nats.example:4222"}, "not loopback"},
		{Options{Dir: t.TempDir(), Listen: "127.0.0.1"}, "missing port"},
		{Options{Dir: t.TempDir(), Listen: "127.0.0.1:70000"}, "not a port"},
		{Options{Dir: t.TempDir(), Listen: "127.0.0.1:nats"}, "not a port"},
	} {
		if s, err := Start(t.Context(), c.o); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("Start(%+v) = %v, %v; want %q", c.o, s, err, c.want)
		}
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if s, err := Start(ended, Options{Dir: t.TempDir(), Listen: "127.0.0.1:0"}); err == nil {
		s.Stop() // it was ready at the first look
	} else if !errors.Is(err, context.Canceled) {
		t.Errorf("Start with an ended context = %v", err)
	}
}

func TestItsWordsGoToTheLog(t *testing.T) {
	var out bytes.Buffer
	s, err := Start(t.Context(), Options{Dir: t.TempDir(), Log: slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	if err != nil {
		t.Fatal(err)
	}
	s.Stop()
	if !strings.Contains(out.String(), "Starting JetStream") {
		t.Errorf("log lacks the server's start:\n%s", out.String())
	}
}
