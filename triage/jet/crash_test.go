package jet

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/jet/embed"
)

const (
	childDir    = "PPN_TEST_NATS_DIR"
	childListen = "PPN_TEST_NATS_LISTEN"
)

// runChild makes this process a server that a test can kill, if it was started
// as one. It ends when its standard input closes, so that it cannot outlive the
// test.
func runChild() {
	dir := os.Getenv(childDir)
	if dir == "" {
		return
	}
	if _, err := embed.Start(context.Background(), embed.Options{Dir: dir, Listen: os.Getenv(childListen)}); err != nil {
		fmt.Println("error:", err)
		os.Exit(1)
	}
	fmt.Println("ready")
	_, _ = io.Copy(io.Discard, os.Stdin)
	os.Exit(0)
}

// startChild runs the server in a process of its own and returns how to kill it.
func startChild(t *testing.T, dir, listen string) (kill func()) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childDir+"="+dir, childListen+"="+listen)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	kill = sync.OnceFunc(func() {
		_ = cmd.Process.Kill()
		_ = in.Close()
		_ = cmd.Wait()
	})
	t.Cleanup(kill)
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || line != "ready\n" {
		t.Fatalf("server process said %q, %v", line, err)
	}
	return kill
}

// The server is killed five times while one writer appends. Every append that
// was acknowledged is there afterwards, in its place; every other one is there
// once or not at all, and looking says which.
func TestKillMinusNineOfTheServerWhileAppending(t *testing.T) {
	dir, listen := t.TempDir(), fmt.Sprint("127.0.0.1:", freePort(t))
	kill := startChild(t, dir, listen)
	c := connect(t, Options{URL: "nats://" + listen})
	l, ctx := openLog(t, c), testContext(t)
	id1, _ := l.Identity()

	wrote, unknown := map[uint64]string{}, 0
	n, last := 0, uint64(0)
	for round := range 5 {
		timer := time.AfterFunc(300*time.Millisecond, kill)
		for {
			n++
			id := fmt.Sprint("commit-", n)
			seq, err := l.Append(ctx, triage.Commit{ID: id}, last)
			if err == nil {
				wrote[seq], last = id, seq
				continue
			}
			if !errors.Is(err, ErrUnknown) {
				t.Logf("round %d: %v", round, err)
			} else {
				unknown++
			}
			break
		}
		timer.Stop()
		kill()
		kill = startChild(t, dir, listen)
		for !c.Up() {
			time.Sleep(10 * time.Millisecond)
		}
		ends, err := l.End(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if ends.Commits.Last < last || ends.Commits.Last > last+1 {
			t.Fatalf("round %d: log ends at %d, acknowledged up to %d", round, ends.Commits.Last, last)
		}
		if ends.Commits.Last == last+1 { // the unknown one was stored
			last++
			wrote[last] = fmt.Sprint("commit-", n)
		}
	}
	got, err := l.ReadCommits(ctx, 1, n+1)
	if err != nil {
		t.Fatal(err)
	}
	read := map[uint64]string{}
	for _, g := range got {
		read[g.Seq] = g.ID
	}
	if diff := cmp.Diff(wrote, read); diff != "" {
		t.Errorf("wrote (-) and read (+) after 5 kills:\n%s", diff)
	}
	if id2, _ := openLog(t, c).Identity(); id1 != id2 || unknown == 0 || len(got) < 50 {
		t.Errorf("identity %s then %s; %d outcomes unknown, %d commits", id1, id2, unknown, len(got))
	}
	t.Logf("%d commits acknowledged, %d outcomes unknown, none lost", len(got), unknown)
}

// deafProxy passes everything to the server; while deaf it holds back what the
// server answers, as a broken network does.
type deafProxy struct {
	mu   sync.Mutex
	deaf bool
	wg   sync.WaitGroup
}

func (p *deafProxy) set(deaf bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.deaf = deaf
}

func (p *deafProxy) start(t *testing.T, to string) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.wg.Wait)
	t.Cleanup(func() { _ = ln.Close() })
	p.wg.Go(func() {
		for {
			in, err := ln.Accept()
			if err != nil {
				return
			}
			out, err := net.Dial("tcp", to)
			if err != nil {
				_ = in.Close()
				continue
			}
			p.wg.Go(func() { _, _ = io.Copy(out, in); _ = out.Close() })
			p.wg.Go(func() { p.answers(in, out); _ = in.Close() })
		}
	})
	return ln.Addr().String()
}

func (p *deafProxy) answers(in, out net.Conn) {
	buf := make([]byte, 64<<10)
	for {
		n, err := out.Read(buf)
		if err != nil {
			return
		}
		p.mu.Lock()
		deaf := p.deaf
		p.mu.Unlock()
		if deaf {
			continue
		}
		if _, err := in.Write(buf[:n]); err != nil {
			return
		}
	}
}

func TestAnAppendWithoutAnAnswerIsUnknown(t *testing.T) {
	srv, proxy := startServer(t), &deafProxy{}
	addr := proxy.start(t, strings.TrimPrefix(srv.URL(), "nats://"))
	l := openLog(t, connect(t, Options{URL: "nats://" + addr}))
	other := openLog(t, connect(t, Options{InProcess: srv}))
	appendCommits(t, l, 1, 3)

	proxy.set(true)
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	_, err := l.Append(ctx, triage.Commit{ID: "lost answer"}, 3)
	if !errors.Is(err, ErrUnknown) || errors.Is(err, triage.ErrPosition) || !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("Append without an answer = %v, want ErrUnknown", err)
	}
	proxy.set(false)
	// It was stored: whoever looks sees it, whoever tries blindly is refused.
	got, err := other.ReadCommits(testContext(t), 4, 10)
	if err != nil || len(got) != 1 || got[0].ID != "lost answer" {
		t.Fatalf("ReadCommits = %+v, %v", got, err)
	}
	if _, err := other.Append(testContext(t), triage.Commit{ID: "lost answer"}, 3); !errors.Is(err, triage.ErrPosition) {
		t.Errorf("Append again = %v, want ErrPosition", err)
	}
	// Refused before it was sent: known not to be stored.
	done, cancel2 := context.WithCancel(t.Context())
	cancel2()
	if _, err := other.Append(done, triage.Commit{ID: "x"}, 4); !errors.Is(err, context.Canceled) {
		t.Errorf("Append with an ended context = %v", err)
	}
}

func TestNothingIsSentLaterThanTheCallerBelieves(t *testing.T) {
	dir, listen := t.TempDir(), fmt.Sprint("127.0.0.1:", freePort(t))
	kill := startChild(t, dir, listen)
	c := connect(t, Options{URL: "nats://" + listen})
	l := openLog(t, c)
	kill()
	for c.Up() {
		time.Sleep(time.Millisecond)
	}
	began := time.Now()
	_, err := l.PublishNotice(testContext(t), "wyp", mail(1), "")
	if err == nil || time.Since(began) > 2*time.Second {
		t.Fatalf("PublishNotice while the server is away = %v after %v", err, time.Since(began))
	}
	startChild(t, dir, listen)
	for !c.Up() {
		time.Sleep(10 * time.Millisecond)
	}
	time.Sleep(300 * time.Millisecond)
	ends, err := l.End(testContext(t))
	if err != nil || ends.Notices.Last != 0 {
		t.Errorf("End = %+v, %v: the notice was sent later", ends, err)
	}
}

func TestAFullStreamRefusesAndKeeps(t *testing.T) {
	c := connect(t, Options{InProcess: startServer(t)})
	l, err := c.OpenLog(testContext(t), LogOptions{FrontDoor: "bradford", Codec: plain{}, MaxBytes: 64 << 10})
	if err != nil {
		t.Fatal(err)
	}
	body, stored := []byte(strings.Repeat("x", 8<<10)), uint64(0)
	for err == nil {
		if _, err = l.PublishNotice(testContext(t), "wyp", body, ""); err == nil {
			stored++
		}
	}
	if !errors.Is(err, ErrFull) || errors.Is(err, ErrUnknown) || stored < 5 {
		t.Fatalf("after %d: %v, want ErrFull", stored, err)
	}
	if got, err := l.ReadNotices(testContext(t), 1, 100); err != nil || uint64(len(got)) != stored {
		t.Errorf("ReadNotices = %d, %v; want %d", len(got), err, stored)
	}
}
