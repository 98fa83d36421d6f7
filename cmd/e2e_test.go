// Package cmd_test runs the programs as people use them: the scripts of
// testdata are the manual, and each line of them is checked.
package cmd_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/ppn-triage/ppn-triage/api/client"
	pb "github.com/ppn-triage/ppn-triage/api/triagev1"
	"github.com/ppn-triage/ppn-triage/cmd/internal/daemon"
	"github.com/ppn-triage/ppn-triage/triage/archive"
)

// programs is the folder of the programs under test.
var programs string

func TestMain(m *testing.M) {
	if daemon.PDFChild() {
		return
	}
	slog.SetDefault(slog.New(slog.DiscardHandler))
	dir, err := os.MkdirTemp("", "ppn-programs-")
	if err != nil {
		panic(err)
	}
	programs = dir
	build := exec.Command("go", "build", "-o", dir, "./triageq", "./noticepush", "./auditreplay", "./triaged")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		panic(err)
	}
	code := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

// TestScripts runs every script against a daemon of its own, with an empty log.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Setup: func(env *testscript.Env) error {
			s := &service{grpc: freeAddr(t), nats: freeAddr(t), data: filepath.Join(env.WorkDir, ".data")}
			env.Values[serviceKey{}] = s
			env.Defer(s.stop)
			env.Setenv("PATH", programs+string(os.PathListSeparator)+env.Getenv("PATH"))
			env.Setenv("PPN_ADDR", s.grpc)
			env.Setenv("PPN_PUSH_NATS", "nats://"+s.nats)
			env.Setenv("PPN_FORCE", "wyp")
			env.Setenv("DATA", s.data)
			env.Setenv("NATS", s.nats)
			env.Setenv("PPN_AS", "jo")
			env.Setenv("XDG_STATE_HOME", filepath.Join(env.WorkDir, ".state"))
			return s.start()
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"exits": exits, "item": item, "daemon": control, "before": before, "until": until, "fill": fill, "signed": signed, "copied": copied,
		},
		RequireExplicitExec: true, RequireUniqueNames: true,
	})
}

// service is a daemon at addresses that outlive it.
type service struct {
	grpc, nats, data string
	running          *daemon.Daemon
}

type serviceKey struct{}

func (s *service) start() error {
	d, err := daemon.New(daemon.Config{
		Data: s.data, CheckpointEvery: 1, GRPC: daemon.GRPC{Listen: s.grpc}, NATS: daemon.NATS{Listen: s.nats}, Metrics: daemon.Metrics{Listen: "127.0.0.1:0"},
		Scrub: daemon.Scrub{Canary: -1}, // the scripts show counts
	})
	if err != nil {
		return err
	}
	if err := d.Start(context.Background()); err != nil {
		return err
	}
	s.running = d
	return nil
}

func (s *service) stop() {
	if s.running != nil {
		s.running.Stop()
		s.running = nil
	}
}

func freeAddr(t interface{ Fatal(args ...any) }) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// control is "daemon stop" and "daemon start".
func control(ts *testscript.TestScript, neg bool, args []string) {
	s := ts.Value(serviceKey{}).(*service)
	switch {
	case neg || len(args) != 1:
		ts.Fatalf("usage: daemon start|stop")
	case args[0] == "stop":
		s.stop()
	case args[0] == "start":
		ts.Check(s.start())
	}
}

// exits is "exits CODE PROGRAM ARGS…": the program must end with that code.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE PROGRAM ARGS…")
	}
	err := ts.Exec(args[1], args[2:]...)
	var failed *exec.ExitError
	code := 0
	if errors.As(err, &failed) {
		code = failed.ExitCode()
	} else {
		ts.Check(err)
	}
	if strconv.Itoa(code) != args[0] {
		ts.Fatalf("%s ended with %d, want %s", args[1], code, args[0])
	}
}

// item is "item NAME REFERENCE": sets $NAME to the id of the item that the
// police know under that reference. There must be one and no more.
func item(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: item NAME REFERENCE")
	}
	c, err := client.Dial(client.Options{Addr: ts.Getenv("PPN_ADDR"), Actor: "script", Patience: 5 * time.Second})
	ts.Check(err)
	defer func() { _ = c.Close() }()
	list, err := c.Queue.ListItems(context.Background(), &pb.ListItemsRequest{Filter: &pb.ItemFilter{Reference: args[1]}})
	ts.Check(err)
	if n := len(list.GetItems()); n != 1 {
		ts.Fatalf("%d items under reference %s, want 1", n, args[1])
	}
	ts.Setenv(args[0], list.GetItems()[0].GetId())
}

// before is "before ONE OTHER": in what the last program printed, the one stands
// above the other.
func before(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: before ONE OTHER")
	}
	out := ts.ReadFile("stdout")
	one, other := strings.Index(out, args[0]), strings.Index(out, args[1])
	if one < 0 || other < 0 || (one < other) == neg {
		ts.Fatalf("%q is at %d, %q at %d", args[0], one, args[1], other)
	}
}

// fill is "fill FILE NAME REGEXP": writes what the last program printed and the
// expression matches into the file, in the place of the name.
func fill(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: fill FILE NAME REGEXP")
	}
	found := regexp.MustCompile(args[2]).FindString(ts.ReadFile("stdout"))
	if found == "" {
		ts.Fatalf("nothing printed matches %s", args[2])
	}
	path := ts.MkAbs(args[0])
	ts.Check(os.WriteFile(path, []byte(strings.ReplaceAll(ts.ReadFile(path), args[1], found)), 0o600))
}

// until is "until FILE WORDS": waits until a program has written the words into
// the file.
func until(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: until FILE WORDS")
	}
	path := ts.MkAbs(args[0])
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		b, _ := os.ReadFile(path)
		if strings.Contains(string(b), args[1]) {
			return
		}
		if time.Now().After(end) {
			ts.Fatalf("%s does not say %q but\n%s", args[0], args[1], b)
		}
	}
}

// copied is "copied": waits until all that is in the log stands in the archive
// too.
func copied(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 0 {
		ts.Fatalf("usage: copied")
	}
	s := ts.Value(serviceKey{}).(*service)
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		at, err := s.running.Position(context.Background(), "bradford")
		ts.Check(err)
		a, err := archive.OpenReadOnly(filepath.Join(s.data, "archive", "bradford", "commits"), "")
		ts.Check(err)
		if a.Last() >= at {
			return
		}
		if time.Now().After(end) {
			ts.Fatalf("the archive holds %d of %d commits", a.Last(), at)
		}
	}
}

// signed is "signed": waits until the daemon has signed for all that is in the
// log.
func signed(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 0 {
		ts.Fatalf("usage: signed")
	}
	s := ts.Value(serviceKey{}).(*service)
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		at, err := s.running.Position(context.Background(), "bradford")
		ts.Check(err)
		b, _ := os.ReadFile(filepath.Join(s.data, "checkpoints", "bradford", "checkpoint"))
		if lines := strings.Split(string(b), "\n"); len(lines) > 1 && lines[1] == fmt.Sprint(at) {
			return
		}
		if time.Now().After(end) {
			ts.Fatalf("commit %d is not signed for but\n%s", at, b)
		}
	}
}

// TestJSON reads what triageq prints for machines with the standard library.
func TestJSON(t *testing.T) {
	s := &service{grpc: freeAddr(t), nats: freeAddr(t), data: t.TempDir()}
	if err := s.start(); err != nil {
		t.Fatal(err)
	}
	defer s.stop()
	env := append(os.Environ(), "PPN_ADDR="+s.grpc, "PPN_PUSH_NATS=nats://"+s.nats, "PPN_FORCE=wyp", "PPN_AS=jo", "XDG_STATE_HOME="+t.TempDir())
	program := func(stdin, name string, args ...string) []byte {
		t.Helper()
		c := exec.Command(filepath.Join(programs, name), args...)
		var errs bytes.Buffer
		c.Env, c.Stdin, c.Stderr = env, strings.NewReader(stdin), &errs
		out, err := c.Output()
		if err != nil {
			t.Fatalf("%s %q: %v\n%s", name, args, err, &errs)
		}
		return out
	}
	for n := range 3 {
		program(fmt.Sprintf("From: ppn@wyp.police.example\nSubject: PPN 1326040%04d\n\nOccurrence 1326040%04d. Child: Tom Sample%d, DOB 03/02/2019, 3 Mill Lane, Bradford BD8 9T%c. Truanting from school.\n", n, n, n, 'A'+n), "noticepush", "-")
	}
	var list struct {
		Items []struct {
			ID      string `json:"id"`
			Summary struct{ Band, Force string }
		}
		AppliedPosition string `json:"applied_position"`
		UnreadNotices   string `json:"unread_notices"`
	}
	out := program("", "triageq", "list", "--json", "--limit", "0")
	if err := json.Unmarshal(out, &list); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	if len(list.Items) != 3 || list.UnreadNotices != "0" || list.AppliedPosition == "" || !strings.HasPrefix(list.Items[0].Summary.Band, "BAND_") {
		t.Errorf("list --json = %+v", list)
	}
	var shown struct {
		Item struct {
			Entries []struct {
				NoticeID string `json:"notice_id"`
			}
		}
	}
	if err := json.Unmarshal(program("", "triageq", "show", "--json", list.Items[0].ID[:8]), &shown); err != nil || len(shown.Item.Entries) != 1 {
		t.Errorf("show --json = %+v, %v", shown, err)
	}
}
