package jet

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"go.uber.org/goleak"

	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/jet/embed"
)

func TestMain(m *testing.M) {
	runChild() // returns unless this process is the server of a crash test
	// nats-server forgets a store that it was building anew when it is shut down.
	const filestore = "github.com/nats-io/nats-server/v2/server.(*fileStore).flushStreamStateLoop"
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction(filestore), goleak.IgnoreAnyFunction("github.com/nats-io/nats-server/v2/server/ats.Register.func1"))
}

// plain is a codec good enough to tell commits apart.
type plain struct{}

func (plain) Encode(c triage.Commit) ([]byte, error) {
	return json.Marshal(map[string]any{"id": c.ID, "request": c.RequestID, "through": c.Through})
}

func (plain) Decode(b []byte) (triage.Commit, error) {
	var v struct {
		ID, Request string
		Through     uint64
	}
	if err := json.Unmarshal(b, &v); err != nil {
		return triage.Commit{}, fmt.Errorf("bad json %s: %w", b, err)
	}
	return triage.Commit{ID: v.ID, RequestID: v.Request, Through: v.Through}, nil
}

func testContext(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// startServer runs the embedded server on a free port in a fresh folder.
func startServer(t testing.TB) *embed.Server {
	t.Helper()
	s, err := embed.Start(testContext(t), embed.Options{Dir: t.TempDir(), Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Stop)
	return s
}

func connect(t testing.TB, o Options) *Conn {
	t.Helper()
	c, err := Connect(testContext(t), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func openLog(t testing.TB, c *Conn) *Log {
	t.Helper()
	l, err := c.OpenLog(testContext(t), LogOptions{FrontDoor: "bradford", Codec: plain{}})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// newLog is a log on a server of its own.
func newLog(t testing.TB) *Log {
	t.Helper()
	return openLog(t, connect(t, Options{InProcess: startServer(t)}))
}

func mail(i int) []byte {
	return fmt.Appendf(nil, "From: ppn@police.example\r\nSubject: notice %d\r\n\r\nWords of notice %d.\r\n", i, i)
}

func push(t testing.TB, l *Log, from, to int) {
	t.Helper()
	for i := from; i <= to; i++ {
		seq, err := l.PublishNotice(testContext(t), "wyp", mail(i), "")
		if err != nil || seq != uint64(i) { //nolint:gosec // small
			t.Fatalf("PublishNotice(%d) = %d, %v", i, seq, err)
		}
	}
}

func appendCommits(t testing.TB, l *Log, from, to uint64) {
	t.Helper()
	for i := from; i <= to; i++ {
		seq, err := l.Append(testContext(t), triage.Commit{ID: fmt.Sprint("c", i), Through: i}, i-1)
		if err != nil || seq != i {
			t.Fatalf("Append(%d) = %d, %v", i, seq, err)
		}
	}
}

// rawServer runs a nats-server with any options, for what embed would not do.
func rawServer(t testing.TB, o server.Options) *server.Server {
	t.Helper()
	o.NoSigs, o.NoLog = true, true
	if o.Host == "" {
		o.Host = "127.0.0.1"
	}
	if o.Port == 0 {
		o.Port = server.RANDOM_PORT
	}
	ns, err := server.NewServer(&o)
	if err != nil {
		t.Fatal(err)
	}
	go ns.Start()
	if !ns.ReadyForConnections(10 * time.Second) {
		t.Fatal("nats-server not ready")
	}
	t.Cleanup(func() { ns.Shutdown(); ns.WaitForShutdown() })
	return ns
}

func wantWords(t testing.TB, err error, words ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want one with %q", words)
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("error %q lacks %q", err, w)
		}
	}
}

func freePort(t testing.TB) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}
