package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/ppn-triage/ppn-triage/triage/duty"
	"github.com/ppn-triage/ppn-triage/triage/jet"
	"github.com/ppn-triage/ppn-triage/triage/jet/embed"
	"github.com/ppn-triage/ppn-triage/triage/wire"
)

// childArg makes the test program the real one: for what only a kill shows.
const childArg = "NOTICEPUSH_CHILD"

func TestMain(m *testing.M) {
	if os.Getenv(childArg) != "" {
		main()
	}
	os.Exit(m.Run())
}

// canary stands in every mail and must never be printed.
const canary = "Zebedee Quartermaine"

func eml(n int) string {
	return fmt.Sprintf("From: ppn@wyp.police.example\nSubject: PPN %s %d\n\nCircumstances: %s, case %d.\n", canary, n, canary, n)
}

// town is a NATS server with the streams of a front door, and a relay that
// sends receipts as package duty does.
type town struct {
	url string
	log *jet.Log
}

func newTown(t *testing.T, o jet.LogOptions) *town {
	t.Helper()
	s, err := embed.Start(t.Context(), embed.Options{Dir: t.TempDir(), Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Stop)
	return &town{url: s.URL(), log: openLog(t, s.URL(), o)}
}

func openLog(t *testing.T, url string, o jet.LogOptions) *jet.Log {
	t.Helper()
	c, err := jet.Connect(t.Context(), jet.Options{URL: url})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	o.FrontDoor, o.Codec = "bradford", wire.Codec{}
	log, err := c.OpenLog(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return log
}

// relay sends a receipt for every mail until the test ends.
func (w *town) relay(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	var running sync.WaitGroup
	running.Go(func() {
		for at := uint64(1); ctx.Err() == nil; {
			list, err := w.log.ReadNotices(ctx, at, 50)
			if err != nil || len(list) == 0 {
				time.Sleep(10 * time.Millisecond)
				continue
			}
			for _, n := range list {
				w.send(ctx, n.Force, n.Seq, duty.Receipt{Notice: "n", Seq: n.Seq, SHA256: digest(n.Data), Kind: "notice", Readable: true})
				at = n.Seq + 1
			}
		}
	})
	t.Cleanup(func() { cancel(); running.Wait() })
}

func (w *town) send(ctx context.Context, force string, seq uint64, r duty.Receipt) {
	b, _ := json.Marshal(r)
	_, _ = w.log.PublishOut(ctx, jet.Out{To: force, Kind: "receipt", Seq: seq, Data: b})
}

// mails are the log's mails, in order.
func (w *town) mails(t *testing.T) (out []string) {
	t.Helper()
	for at := uint64(1); ; {
		list, err := w.log.ReadNotices(t.Context(), at, 500)
		if err != nil {
			t.Fatal(err)
		}
		if len(list) == 0 {
			return out
		}
		for _, n := range list {
			out, at = append(out, string(n.Data)), n.Seq+1
		}
	}
}

// push runs the program and checks its exit code and what it says.
func push(t *testing.T, want int, says []string, args ...string) {
	t.Helper()
	var out, err bytes.Buffer
	if got := run(args, strings.NewReader(""), &out, &err); got != want {
		t.Errorf("noticepush %q exits with %d, want %d\n%s%s", args, got, want, &out, &err)
	}
	all := out.String() + err.String()
	for _, s := range says {
		if !strings.Contains(all, s) {
			t.Errorf("noticepush %q does not say %q but\n%s", args, s, all)
		}
	}
	for _, word := range strings.Fields(canary) {
		if strings.Contains(all, word) {
			t.Errorf("noticepush %q prints words of the mail:\n%s", args, all)
		}
	}
}

func letters(t *testing.T, n int) (paths []string) {
	t.Helper()
	dir := t.TempDir()
	for i := 1; i <= n; i++ {
		path := filepath.Join(dir, fmt.Sprintf("%03d.eml", i))
		put(t, path, eml(i))
		paths = append(paths, path)
	}
	return paths
}

func TestPushFiles(t *testing.T) {
	w := newTown(t, jet.LogOptions{})
	w.relay(t)
	f := letters(t, 3)
	spool := filepath.Join(t.TempDir(), "spool")
	base := []string{"--nats", w.url, "--force", "wyp", "--spool", spool}
	push(t, 0, []string{"3 accepted, 3 receipted, 0 given before, 0 not accepted", "receipt          1  " + f[0]}, append(base, f...)...)
	push(t, 0, []string{"0 accepted, 0 receipted, 2 given before", "receipted before as notice n; not sent again without --again"}, append(base, f[:2]...)...)
	push(t, 0, []string{"1 accepted, 1 receipted"}, append(base, "--again", f[1])...)
	want := []string{eml(1), eml(2), eml(3), eml(2)}
	if got := w.mails(t); strings.Join(got, "|") != strings.Join(want, "|") {
		t.Errorf("the log holds %q, want %q", got, want)
	}
	if left, _ := visible(filepath.Join(spool, "mails")); len(left) > 0 {
		t.Errorf("copies are left after the receipts: %q", left)
	}
}

func TestPushSameFileTwice(t *testing.T) {
	w := newTown(t, jet.LogOptions{})
	w.relay(t)
	f := letters(t, 1)
	push(t, 0, []string{"1 accepted, 1 receipted, 1 given before"}, "--nats", w.url, "--force", "wyp", f[0], f[0])
	push(t, 0, []string{"2 accepted, 2 receipted, 0 given before"}, "--nats", w.url, "--force", "wyp", "--again", f[0], f[0])
}

func TestPushJSON(t *testing.T) {
	w := newTown(t, jet.LogOptions{})
	w.relay(t)
	f := letters(t, 1)
	var out, errs bytes.Buffer
	box := "From ppn Sat Nov 21 14:40:00 2026\n" + eml(7) + "\n"
	if code := run([]string{"--nats", w.url, "--force", "wyp", "--json", f[0], "-"}, strings.NewReader(box), &out, &errs); code != 0 {
		t.Fatalf("exit %d: %s", code, &errs)
	}
	var states []string
	for d := json.NewDecoder(&out); d.More(); {
		var l line
		if err := d.Decode(&l); err != nil {
			t.Fatal(err)
		}
		states = append(states, fmt.Sprint(l.State, " ", l.Seq, " ", filepath.Base(l.Name)))
	}
	want := "accepted 1 001.eml|accepted 2 standard input, mail 1|receipted 1 001.eml|receipted 2 standard input, mail 1"
	if got := strings.Join(states, "|"); got != want {
		t.Errorf("lines %q, want %q", got, want)
	}
}

func TestPushWithoutReceipt(t *testing.T) {
	w := newTown(t, jet.LogOptions{})
	f, spool := letters(t, 2), filepath.Join(t.TempDir(), "spool")
	base := []string{"--nats", w.url, "--force", "wyp", "--receipt-timeout", "300ms", "--spool", spool}
	push(t, 0, []string{"2 accepted"}, append(base, "--no-receipt", f[0], f[1])...)
	push(t, 3, []string{"NO RECEIPT YET: " + f[0] + " (accepted as 1)", "0 accepted"}, base...)
	w.relay(t)
	push(t, 0, []string{"0 accepted, 2 receipted"}, append(base, "--receipt-timeout", "20s")...)
	if got := w.mails(t); len(got) != 2 {
		t.Errorf("the log holds %d mails, want 2: what is accepted is not sent again", len(got))
	}
}

// A stream that was made anew gives an old number to another mail.
func TestPushReceiptOfAnotherMail(t *testing.T) {
	w := newTown(t, jet.LogOptions{})
	f, spool := letters(t, 1), filepath.Join(t.TempDir(), "spool")
	w.send(t.Context(), "wyp", 1, duty.Receipt{Notice: "x", Seq: 1, SHA256: digest([]byte("other"))})
	base := []string{"--nats", w.url, "--force", "wyp", "--spool", spool}
	push(t, 1, []string{"NOT ACCEPTED: " + f[0], "is of another mail"}, append(base, f...)...)
	w.relay(t)
	push(t, 0, []string{"1 accepted, 1 receipted"}, base...)
}

func TestPushLargeMail(t *testing.T) {
	w := newTown(t, jet.LogOptions{})
	w.relay(t)
	path := filepath.Join(t.TempDir(), "large.eml")
	put(t, path, eml(1)+strings.Repeat("0123456789abcde\n", 27<<16))
	push(t, 0, []string{"larger than the limit: only its head was sent", "1 accepted, 1 receipted"}, "--nats", w.url, "--force", "wyp", path)
	list, err := w.log.ReadNotices(t.Context(), 1, 1)
	if err != nil || len(list) != 1 || list[0].Truncated == "" || !strings.HasPrefix(string(list[0].Data), "From: ppn@") {
		t.Errorf("the log holds %d mails, %v, want the marked head of one", len(list), err)
	}
}

func TestPushFullStream(t *testing.T) {
	w := newTown(t, jet.LogOptions{MaxBytes: 1000})
	f := letters(t, 9)
	push(t, 1, []string{"the log of notices of front door bradford is full", "NOT ACCEPTED: " + f[8]},
		append([]string{"--nats", w.url, "--force", "wyp", "--receipt-timeout", "100ms"}, f...)...)
}

func TestPushDenied(t *testing.T) {
	ns, err := server.NewServer(&server.Options{
		Host: "127.0.0.1", Port: server.RANDOM_PORT, NoSigs: true, NoLog: true, JetStream: true, StoreDir: t.TempDir(), MaxPayload: 32 << 20,
		Users: []*server.User{
			{Username: "admin", Password: "secret"},
			{Username: "wyp", Password: "secret", Permissions: &server.Permissions{
				Publish:   &server.SubjectPermission{Allow: []string{"ppn.notice.bradford.wyp"}},
				Subscribe: &server.SubjectPermission{Allow: []string{"_INBOX.>"}},
			}},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	go ns.Start()
	t.Cleanup(func() { ns.Shutdown(); ns.WaitForShutdown() })
	if !ns.ReadyForConnections(10 * time.Second) {
		t.Fatal("nats-server not ready")
	}
	addr := ns.Addr().String()
	openLog(t, "nats://admin:secret@"+addr, jet.LogOptions{})
	f := letters(t, 2)
	base := []string{"--nats", "nats://wyp:secret@" + addr}
	began := time.Now()
	push(t, 1, []string{"may not do this", "permission to publish on ppn.notice.bradford.gmp", "NOT ACCEPTED: " + f[1], "0 given before"}, append(base, "--force", "gmp", f[0], f[1], f[1])...)
	push(t, 3, []string{"no receipt", "may not do this", "NO RECEIPT YET"}, append(base, "--force", "wyp", f[0])...)
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("two refusals took %s: they were taken for time-outs", took)
	}
	var out, errs bytes.Buffer
	run([]string{"--nats", "nats://wyp:wrong-secret@" + addr, "--force", "wyp", "--patience", "10ms", f[0]}, nil, &out, &errs)
	if strings.Contains(errs.String(), "wrong-secret") || !strings.Contains(errs.String(), "NOT ACCEPTED") {
		t.Errorf("with a wrong password: %s", &errs)
	}
}

func TestPushServerComesLater(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	_ = l.Close()
	f, dir, spool := letters(t, 2), t.TempDir(), filepath.Join(t.TempDir(), "spool")
	base := []string{"--nats", "nats://" + addr, "--force", "wyp", "--spool", spool}
	push(t, 1, []string{"trying again for up to 300ms", "time-out after 300ms", "NOT ACCEPTED: " + f[1] + ": not sent"}, append(base, "--patience", "300ms", f[0], f[1])...)

	up := make(chan struct{})
	go func() {
		defer close(up)
		time.Sleep(500 * time.Millisecond)
		s, err := embed.Start(context.WithoutCancel(t.Context()), embed.Options{Dir: dir, Listen: addr})
		if err != nil {
			t.Error(err)
			return
		}
		t.Cleanup(s.Stop)
		w := &town{url: s.URL(), log: openLog(t, s.URL(), jet.LogOptions{})}
		w.relay(t)
	}()
	push(t, 0, []string{"2 accepted, 2 receipted"}, append(base, "--patience", "20s")...)
	<-up
}

// Killed at any moment, a later run sends the rest, and nothing is lost.
func TestPushKilled(t *testing.T) {
	w := newTown(t, jet.LogOptions{})
	f, spool := letters(t, 200), filepath.Join(t.TempDir(), "spool")
	base := []string{"--nats", w.url, "--force", "wyp", "--spool", spool}
	for round, enough := range []int{20, 70, 120} {
		child := exec.Command(os.Args[0], append(base, f...)...)
		child.Env = append(os.Environ(), childArg+"=1")
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		for len(w.mails(t)) < enough {
			time.Sleep(5 * time.Millisecond)
		}
		_ = child.Process.Kill()
		_ = child.Wait()
		if round == 0 && len(w.mails(t)) == len(f) {
			t.Fatal("the first run was through before it was killed: the test shows nothing")
		}
	}
	w.relay(t)
	push(t, 0, nil, append(base, f...)...)
	count := map[string]int{}
	for _, m := range w.mails(t) {
		count[m]++
	}
	doubled := 0
	for i := range f {
		switch n := count[eml(i+1)]; {
		case n == 0:
			t.Errorf("mail %d was lost", i+1)
		case n > 1:
			doubled += n - 1
		}
	}
	if doubled > 3 {
		t.Errorf("%d mails were sent again, want at most one a kill", doubled)
	}
	s, err := openSpool(spool)
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	if got := len(s.in(receipted)); got != len(f) {
		t.Errorf("the spool knows %d as receipted, want %d", got, len(f))
	}
}

func TestPushWatch(t *testing.T) {
	w := newTown(t, jet.LogOptions{})
	w.relay(t)
	dir, spool := t.TempDir(), filepath.Join(t.TempDir(), "spool")
	put(t, filepath.Join(dir, "1.eml"), eml(1))
	put(t, filepath.Join(dir, "2.eml.part"), eml(2)[:20])
	child := exec.Command(os.Args[0], "--nats", w.url, "--force", "wyp", "--spool", spool, "--watch", dir, "--poll", "30ms")
	child.Env = append(os.Environ(), childArg+"=1")
	var out bytes.Buffer
	child.Stdout, child.Stderr = &out, &out
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	until := func(n int) {
		for end := time.Now().Add(20 * time.Second); len(w.mails(t)) < n; time.Sleep(10 * time.Millisecond) {
			if time.Now().After(end) {
				_ = child.Process.Kill()
				t.Fatalf("the log holds %d mails, want %d\n%s", len(w.mails(t)), n, &out)
			}
		}
	}
	until(1)
	put(t, filepath.Join(dir, "2.eml.part"), eml(2))
	if err := os.Rename(filepath.Join(dir, "2.eml.part"), filepath.Join(dir, "2.eml")); err != nil {
		t.Fatal(err)
	}
	until(2)
	time.Sleep(300 * time.Millisecond) // a few looks more, for the receipt and for what must not be sent twice
	_ = child.Process.Signal(os.Interrupt)
	if err := child.Wait(); err != nil {
		t.Errorf("stopped: %v\n%s", err, &out)
	}
	if got := w.mails(t); len(got) != 2 || got[1] != eml(2) {
		t.Errorf("the log holds %q, want both mails whole and once", got)
	}
	if !strings.Contains(out.String(), "2 accepted, 2 receipted") {
		t.Errorf("it says\n%s", &out)
	}
}

func TestPushUsage(t *testing.T) {
	for _, tt := range []struct {
		want string
		args []string
	}{
		{"no mails: give files", nil},
		{"Give --force CODE", []string{"a.eml"}},
		{`force "W Y P" must be 1 to 32 of a-z`, []string{"--force", "W Y P", "a.eml"}},
		{"front door", []string{"--front-door", "Leeds.City", "--force", "wyp", "a.eml"}},
		{"unknown flag --frce", []string{"--frce", "wyp"}},
	} {
		push(t, 2, []string{tt.want, "see noticepush --help"}, tt.args...)
	}
	push(t, 1, []string{"no such file"}, "--force", "wyp", filepath.Join(t.TempDir(), "absent.eml"))
}

// The receipt that the program reads is the one that package duty sends.
func TestReceiptIsDutys(t *testing.T) {
	b, err := json.Marshal(duty.Receipt{Notice: "n", SHA256: "s", Kind: "notice", Already: true, Readable: true})
	if err != nil {
		t.Fatal(err)
	}
	var got receipt
	if err := json.Unmarshal(b, &got); err != nil {
		t.Fatal(err)
	}
	if want := (receipt{Notice: "n", SHA256: "s", Kind: "notice", Already: true, Readable: true}); got != want {
		t.Errorf("read %+v, want %+v", got, want)
	}
}
