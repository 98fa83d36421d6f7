package daemon_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	pb "github.com/ppn-triage/ppn-triage/api/triagev1"
	"github.com/ppn-triage/ppn-triage/cmd/internal/daemon"
	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/audit"
	"github.com/ppn-triage/ppn-triage/triage/intake"
	"github.com/ppn-triage/ppn-triage/triage/jet"
	"github.com/ppn-triage/ppn-triage/triage/jet/embed"
	"github.com/ppn-triage/ppn-triage/triage/letter"
	"github.com/ppn-triage/ppn-triage/triage/queue"
	"github.com/ppn-triage/ppn-triage/triage/seal"
	"github.com/ppn-triage/ppn-triage/triage/wire"
)

// refusal starts a daemon that must not start, and returns why it did not.
func refusal(t *testing.T, c daemon.Config) string {
	t.Helper()
	d, err := daemon.New(c)
	if err == nil {
		if err = d.Start(t.Context()); err == nil {
			d.Stop()
			t.Fatal("the daemon started")
		}
	}
	return err.Error()
}

// TestMasterKey: made on the first start, missed and told from another later,
// and changed by a line on top.
func TestMasterKey(t *testing.T) {
	c := config(t.TempDir())
	path := filepath.Join(c.Data, "master.key")
	d := start(t, c)
	push(t, d.Addr().NATS, 0, 3)
	before := ids(settled(t, dial(t, d.Addr().GRPC, "sup"), 3))
	d.Stop()
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("the master key: %v, %v", info, err)
	}
	key, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	put := func(text string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if why := refusal(t, c); !strings.Contains(why, path+" is missing") || strings.Contains(why, "\n") {
		t.Errorf("without the master key: %s", why)
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("a new master key was made for keys that another has wrapped")
	}
	other := strings.Repeat("ab", 32) + "\n"
	put(other)
	if why := refusal(t, c); !strings.Contains(why, path+" is not the master key") || strings.Contains(why, "\n") {
		t.Errorf("with another master key: %s", why)
	}
	for _, text := range []string{other + string(key), other} {
		put(text)
		d = start(t, c)
		if after := ids(settled(t, dial(t, d.Addr().GRPC, "sup"), 3)); strings.Join(after, " ") != strings.Join(before, " ") {
			t.Errorf("the queue is %v, was %v", after, before)
		}
		d.Stop()
	}
}

// post is the log's mails as the worker reads them.
type post struct{ log *jet.Log }

func (p post) Read(ctx context.Context, from uint64, most int) ([]intake.Notice, error) {
	found, err := p.log.ReadNotices(ctx, from, most)
	out := make([]intake.Notice, len(found))
	for n, f := range found {
		out[n] = intake.Notice{Seq: f.Seq, Force: f.Force, Time: f.Time, Data: f.Data}
	}
	return out, err
}

type noHand struct{}

func (noHand) Before(uint64) int         { return 0 }
func (noHand) Take(uint64, uint64) error { return nil }
func (noHand) Drop() error               { return nil }

// unsealed writes a log as it was before there was a seal: some mails taken in,
// in the embedded server of a daemon's folder.
func unsealed(t *testing.T, c daemon.Config, mails int) {
	t.Helper()
	srv, err := embed.Start(t.Context(), embed.Options{Dir: filepath.Join(c.Data, "nats"), Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	defer srv.Stop()
	conn, err := jet.Connect(t.Context(), jet.Options{InProcess: srv})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	log, err := conn.OpenLog(t.Context(), jet.LogOptions{FrontDoor: "bradford", Codec: wire.Codec{}})
	if err != nil {
		t.Fatal(err)
	}
	push(t, srv.URL(), 0, mails)
	rs, err := daemon.CheckRules("")
	if err != nil {
		t.Fatal(err)
	}
	cal, err := queue.NewCalendar(queue.Config{})
	if err != nil {
		t.Fatal(err)
	}
	book := &intake.Book{Log: log, Store: audit.NewWorld(rs.Index)}
	_, _, err = book.Append(t.Context(), 1, func(context.Context, uint64) (*triage.Commit, error) {
		return &triage.Commit{ID: uuid.NewString(), At: time.Now(), Events: []triage.Event{triage.RulesActivated{Hash: rs.Hash, Bytes: rs.Bytes}}}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	notices, _ := log.Identity()
	w := intake.Worker{
		Book: book, Notices: post{log}, Hand: noHand{}, Letter: letter.Read, Calendar: cal, Now: time.Now, FrontDoor: "bradford", Stream: notices,
		Rules: func(context.Context, triage.Ledger) (*intake.Ruleset, error) { return rs, nil },
	}
	if n, err := w.Step(t.Context()); n != mails || err != nil {
		t.Fatalf("Step() = %d, %v", n, err)
	}
}

// TestALogNeverSealed is read as it is: the queue stands, families are found
// again, and what is new is sealed.
func TestALogNeverSealed(t *testing.T) {
	c := config(t.TempDir())
	unsealed(t, c, 5)
	d := start(t, c)
	sup := dial(t, d.Addr().GRPC, "sup")
	if items := settled(t, sup, 5); len(items) != 5 {
		t.Fatalf("%d items of 5 mails", len(items))
	}
	push(t, d.Addr().NATS, 2, 7) // three of them for the second time
	items := settled(t, sup, 10)
	if len(items) != 7 {
		t.Errorf("%d items of 7 families: those of the old log were not found again, or more than they", len(items))
	}
	for _, i := range items {
		full, err := sup.Queue.GetItem(t.Context(), &pb.GetItemRequest{ItemId: i.GetId()})
		if err != nil || full.GetItem().GetChildren()[0].GetPerson().GetFamily() == "" {
			t.Errorf("item %s names nobody: %v", i.GetId(), err)
		}
	}
	conn, err := jet.Connect(t.Context(), jet.Options{URL: d.Addr().NATS})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	log, err := conn.OpenLog(t.Context(), jet.LogOptions{FrontDoor: "bradford", Codec: wire.Codec{}, MustExist: true})
	if err != nil {
		t.Fatal(err)
	}
	commits, err := log.ReadCommits(t.Context(), 1, 1000)
	if err != nil {
		t.Fatal(err)
	}
	for n := range commits {
		taken := false
		for _, e := range commits[n].Events {
			_, is := e.(triage.NoticeRead)
			taken = taken || is
		}
		if want := taken && n > 1; seal.Holds(&commits[n]) != want {
			t.Errorf("commit %d sealed: %v, want %v", n+1, !want, want)
		}
	}
}
