package duty

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strconv"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/audit"
	"github.com/ppn-triage/ppn-triage/triage/intake"
	"github.com/ppn-triage/ppn-triage/triage/queue"
)

func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.DiscardHandler))
	code := m.Run()
	if err := goleak.Find(); err != nil && code == 0 {
		fmt.Println(err)
		code = 1
	}
	os.Exit(code)
}

var errFault = errors.New("fault")

// monday is a working day, 09:00 in Bradford.
var monday = time.Date(2026, 9, 7, 8, 0, 0, 0, time.UTC)

// desk is a log and what it looks like now, with a clock that the test moves.
type desk struct {
	testing.TB
	log   *audit.Log
	world *audit.World
	book  *intake.Book
	now   time.Time
	cal   *queue.Calendar

	keysFail error // of copying the keys
}

func (d *desk) keys(context.Context) error { return d.keysFail }

func newDesk(t testing.TB) *desk {
	t.Helper()
	cal, err := queue.NewCalendar(queue.Config{})
	if err != nil {
		t.Fatal(err)
	}
	d := &desk{TB: t, log: &audit.Log{}, world: audit.NewWorld(nil), now: monday, cal: cal}
	d.book = &intake.Book{Log: d.log, Store: d.world}
	return d
}

func (d *desk) stamp() Stamp { return Stamp{Now: func() time.Time { return d.now }} }

func (d *desk) clock() *Clock {
	return &Clock{Book: d.book, Queue: d, Calendar: d.cal, Stamp: d.stamp()}
}

// Orders is what Redis would answer.
func (d *desk) Orders(context.Context) (map[triage.ItemID]uint64, error) {
	orders := map[triage.ItemID]uint64{}
	for _, i := range d.world.Items() {
		if i.Queued() {
			orders[i.ID] = queue.KeyOf(i).Order()
		}
	}
	return orders, nil
}

// append writes a commit of a person's or the worker's.
func (d *desk) append(who string, events ...triage.Event) uint64 {
	d.Helper()
	l := d.world.Ledger()
	through := l.Through
	for _, e := range events {
		if n, ok := e.(triage.NoticeRead); ok {
			through = n.Seq
		}
	}
	c, _, err := d.book.Append(context.Background(), 1, func(_ context.Context, at uint64) (*triage.Commit, error) {
		return &triage.Commit{ID: fmt.Sprint("c", at), Actor: triage.Actor{Name: who}, At: d.now, Through: through, Events: events}, nil
	})
	if err != nil {
		d.Fatal(err)
	}
	return c.Seq
}

// take opens an item by a notice received now, at that band.
func (d *desk) take(band triage.Band, flags ...string) triage.ItemID {
	d.Helper()
	seq := d.world.Ledger().Through + 1
	id := triage.NewItemID("f", "s", seq, 0)
	read, e := d.notice(seq, strconv.FormatUint(seq, 10))
	e.Relation = triage.RelationNew
	d.append("worker", read, triage.ItemOpened{Item: id, Entry: e}, d.scored(id, band, flags...))
	return id
}

// join adds a notice received now to an item; of a resend nothing is scored.
func (d *desk) join(id triage.ItemID, relation triage.Relation, text string, band triage.Band) triage.NoticeID {
	d.Helper()
	read, e := d.notice(d.world.Ledger().Through+1, text)
	e.Relation = relation
	events := []triage.Event{read, triage.NoticeJoined{Item: id, Entry: e}}
	if relation != triage.RelationResend {
		events = append(events, d.scored(id, band))
	}
	d.append("worker", events...)
	return read.Notice
}

func (d *desk) notice(seq uint64, text string) (triage.NoticeRead, triage.Entry) {
	id := triage.NewNoticeID("f", "s", seq)
	return triage.NoticeRead{Notice: id, Seq: seq, SHA256: "sha of " + text, Received: d.now, Force: "wyp", Kind: triage.LetterNotice, Content: text},
		triage.Entry{Notice: id, Seq: seq, Received: d.now, Content: text, Readable: true}
}

func (d *desk) scored(id triage.ItemID, band triage.Band, flags ...string) triage.ItemScored {
	return triage.ItemScored{Item: id, Children: []triage.Child{{ID: "c1"}}, Score: triage.Score{Band: band, Flags: flags}, Due: d.cal.Due(band, d.now)}
}

// decide is a person's decision on the item's one child.
func (d *desk) decide(id triage.ItemID) {
	d.Helper()
	token := d.claim(id, time.Hour)
	d.append("ann", triage.Opened{Item: id, Notice: d.item(id).News().Notice})
	d.append("ann", triage.Decided{Item: id, Token: token, Decisions: []triage.Decision{{Child: "c1", Outcome: "o", Rationale: "r"}}})
}

func (d *desk) claim(id triage.ItemID, lease time.Duration) (token uint64) {
	d.Helper()
	token = d.world.Ledger().Seq + 1
	d.append("ann", triage.Claimed{Item: id, Token: token, Until: d.now.Add(lease)})
	return token
}

func (d *desk) item(id triage.ItemID) *triage.Item {
	d.Helper()
	snap, err := d.world.Load(context.Background(), id)
	if err != nil || snap.Items[id] == nil {
		d.Fatalf("item %s: %v", id, err)
	}
	return snap.Items[id]
}

// since lists the events of the log after a position, as words.
func (d *desk) since(at uint64) (events []string) {
	d.Helper()
	cs, err := d.log.ReadCommits(context.Background(), at+1, 10_000)
	if err != nil {
		d.Fatal(err)
	}
	for _, c := range cs {
		for _, e := range c.Events {
			events = append(events, fmt.Sprintf("%T %s", e, e.Target()))
		}
	}
	return events
}

func (d *desk) step(name string, s Step) (more bool) {
	d.Helper()
	more, err := s(context.Background())
	if err != nil {
		d.Fatalf("%s: %v", name, err)
	}
	return more
}
