package daemon

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/ppn-triage/ppn-triage/api/queueapi"
	"github.com/ppn-triage/ppn-triage/cmd/internal/cli"
	"github.com/ppn-triage/ppn-triage/deploy"
	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/copies"
	"github.com/ppn-triage/ppn-triage/triage/duty"
	"github.com/ppn-triage/ppn-triage/triage/intake"
	"github.com/ppn-triage/ppn-triage/triage/jet"
	"github.com/ppn-triage/ppn-triage/triage/letter"
	"github.com/ppn-triage/ppn-triage/triage/queue"
	"github.com/ppn-triage/ppn-triage/triage/redisq"
	"github.com/ppn-triage/ppn-triage/triage/seal"
	"github.com/ppn-triage/ppn-triage/triage/wire"
)

// door is one front door: its log, what the log looks like now, and the actors
// that keep both.
type door struct {
	name     string
	log      *jet.Log
	sealer   seal.Sealer
	store    *redisq.Store
	bare     *redisq.Store // the same, for who needs no words
	book     *intake.Book
	calendar *queue.Calendar
	letter   letter.Reader

	linking intake.Linking

	notices, commits       *copies.Reader
	noticeCopy, commitCopy *streamCopy // nil on a node that only serves the API
	marks                  *duty.HighWater

	lock   sync.Mutex
	active *intake.Ruleset // compiled form of what is in force
	list   string          // id of the case list in it
}

// CheckRules compiles the rules of a folder, or the ones built in.
func CheckRules(dir string) (*intake.Ruleset, error) {
	files := deploy.Rules()
	if dir != "" {
		var err error
		if files, err = deploy.ReadRules(dir); err != nil {
			return nil, fmt.Errorf("rules: %w", err)
		}
	}
	rs, err := intake.CompileAll(files)
	if err != nil {
		return nil, fmt.Errorf("rules: %w", err)
	}
	return rs, nil
}

func (d *Daemon) openDoor(ctx context.Context, name string, secret []byte) (*door, error) {
	log, err := d.openLog(ctx, name, d.nats)
	if err != nil {
		return nil, err
	}
	cal, err := queue.NewCalendar(d.cfg.Calendar)
	if err != nil {
		return nil, err
	}
	first, err := CheckRules(d.cfg.Rules)
	if err != nil {
		return nil, err
	}
	dr := &door{name: name, log: log, calendar: cal, letter: letter.Reader{PDF: d.readPDF}, linking: first.Linking}
	if err := d.openSeal(ctx, dr); err != nil {
		return nil, err
	}
	_, commits := log.Identity()
	o := redisq.Options{
		Client: d.redis, Namespace: d.cfg.Redis.Namespace + ":" + first.Version, FrontDoor: name, Stream: commits, Secret: secret,
		Place: place, Index: dr.index(first.Index),
	}
	if dr.bare, err = redisq.New(o); err != nil {
		return nil, err
	}
	o.Open = dr.sealer.Item
	if dr.store, err = redisq.New(o); err != nil {
		return nil, err
	}
	if err := d.openCopies(dr); err != nil {
		return nil, err
	}
	if err := d.openMarks(ctx, dr); err != nil {
		return nil, fmt.Errorf("front door %s: %w", name, err)
	}
	dr.book = &intake.Book{Log: bothCopies{dr}, Store: dr.store, Forget: dr.forget, Sealer: dr.sealer}
	if err := dr.ensureRules(ctx, first); err != nil {
		return nil, err
	}
	return dr, dr.checkRead(ctx)
}

// checkRead makes how far the mails were read a mark of their stream: behind one
// that is shorter, new mails would be taken for read.
func (dr *door) checkRead(ctx context.Context) error {
	snap, err := dr.store.Load(ctx)
	if err != nil {
		return err
	}
	dr.marks.Wrote(dr.log.NoticesName(), snap.Ledger.Through)
	if _, err := dr.marks.Step(ctx); err != nil {
		return fmt.Errorf("front door %s: %w", dr.name, err)
	}
	return nil
}

// openLog opens the log, and makes it where there never was one.
func (d *Daemon) openLog(ctx context.Context, name string, conn *jet.Conn) (*jet.Log, error) {
	seen, err := d.seenBefore(name)
	if err != nil {
		return nil, fmt.Errorf("front door %s: %w", name, err)
	}
	log, err := conn.OpenLog(ctx, d.logOptions(name, seen))
	if seen && errors.Is(err, triage.ErrNotFound) {
		return nil, fmt.Errorf("front door %s was here before and its log is gone; build it anew from the archive with `triaged restore`: %w", name, err)
	}
	return log, err
}

func (d *Daemon) logOptions(name string, mustExist bool) jet.LogOptions {
	return jet.LogOptions{
		FrontDoor: name, Codec: wire.Codec{}, Replicas: d.cfg.NATS.Replicas, MustExist: mustExist,
		KeepNotices: time.Duration(d.cfg.NATS.KeepNotices), MaxBytes: d.cfg.NATS.MaxBytes,
	}
}

// forget has the queue built anew from the log, on which it does not follow.
func (dr *door) forget(ctx context.Context, why error) error {
	slog.ErrorContext(ctx, "the queue in Redis does not follow from the log: it is built anew", "front_door", dr.name, "error", why)
	return dr.store.Forget(ctx)
}

func place(i *triage.Item) (uint64, string) {
	k := queue.KeyOf(i)
	return k.Order(), k.Member()
}

// ensureRules makes the configured rules the first ones of an empty log, and
// compiles those in force.
func (dr *door) ensureRules(ctx context.Context, first *intake.Ruleset) error {
	_, _, err := dr.book.Append(ctx, 10, func(ctx context.Context, at uint64) (*triage.Commit, error) {
		snap, err := dr.store.Load(ctx)
		if err != nil || snap.Ledger.Rules != "" {
			return nil, err
		}
		return &triage.Commit{
			ID: uuid.Must(uuid.NewV7()).String(), At: time.Now().UTC(), Through: snap.Ledger.Through,
			Actor:  triage.Actor{Name: "first-rules", Role: "service", Verified: true},
			Events: []triage.Event{triage.RulesActivated{Hash: first.Hash, Bytes: first.Bytes}},
		}, nil
	})
	if err != nil {
		return fmt.Errorf("front door %s: %w", dr.name, err)
	}
	snap, err := dr.store.Load(ctx)
	if err != nil {
		return err
	}
	_, err = dr.rules(ctx, snap.Ledger)
	return err
}

// worker returns the intake of the front door.
func (d *Daemon) worker(dr *door) (*intake.Worker, error) {
	h, err := openHand(filepath.Join(d.cfg.Data, "inhand-"+dr.name+".json"))
	if err != nil {
		return nil, err
	}
	notices, _ := dr.log.Identity()
	return &intake.Worker{
		Book: dr.book, Notices: mails{dr.notices}, Hand: h, Letter: dr.letter.Read, Rules: dr.rules,
		Calendar: dr.calendar, Now: time.Now, FrontDoor: dr.name, Stream: notices, Program: cli.Version(),
	}, nil
}

// mails gives the worker the log's mails in its own words.
type mails struct{ notices *copies.Reader }

func (m mails) Read(ctx context.Context, from uint64, max int) ([]intake.Notice, error) {
	found, err := m.notices.Read(ctx, from, max)
	if err != nil && (len(found) == 0 || !errors.Is(err, triage.ErrChain)) {
		return nil, err
	}
	out := make([]intake.Notice, len(found))
	for k, r := range found {
		f := jet.NewNotice(jet.Record(r))
		out[k] = intake.Notice{Seq: f.Seq, Force: f.Force, Time: f.Time, Data: f.Data, Truncated: f.Truncated}
	}
	return out, nil
}

// outbox gives the relay the log's stream of messages to the outside.
type outbox struct{ log *jet.Log }

func (o outbox) Send(ctx context.Context, to, kind string, seq uint64, data []byte) error {
	_, err := o.log.PublishOut(ctx, jet.Out{To: to, Kind: kind, Seq: seq, Data: data})
	return err
}

func (o outbox) Feedback(ctx context.Context, force string, data []byte) error {
	_, err := o.log.PublishFeedback(ctx, force, data)
	return err
}

func (o outbox) Last(ctx context.Context, to, kind string, seq uint64) ([]byte, error) {
	return o.log.ReadOut(ctx, to, kind, seq)
}

// actors lists the duties of a front door.
func (d *Daemon) actors(dr *door) ([]duty.Actor, error) {
	w, err := d.worker(dr)
	if err != nil {
		return nil, err
	}
	notary, viewNotary, err := d.notaries(dr)
	if err != nil {
		return nil, err
	}
	stamp := duty.Stamp{Now: time.Now}
	keys := &keysCopy{dir: filepath.Join(d.cfg.Archive.Dir, dr.name), since: dr.log.KeysSince}
	if err := keys.open(); err != nil {
		return nil, fmt.Errorf("archive of keys: %w", err)
	}
	a := &duty.Archiver{Book: dr.book, Notices: dr.noticeCopy, Commits: dr.commitCopy, Keys: keys.Follow, Stamp: stamp}
	clock := &duty.Clock{Book: dr.book, Queue: dr.store, Calendar: dr.calendar, Stamp: stamp}
	rescorer := &intake.Rescorer{Book: dr.book, Orders: dr.store.Orders, Rules: dr.rules, Scorer: intake.Scorer{Calendar: dr.calendar}, Now: time.Now}
	relay := &duty.Relay{Book: dr.book, Log: openedLog{bothCopies{dr}}, Out: outbox{dr.log}}
	eraser := &duty.Eraser{Book: dr.book, Log: bothCopies{dr}, Out: outbox{dr.log}, Erase: dr.sealer.Ring.Erase}
	retention := &duty.Retention{
		Book: dr.book, Log: bothCopies{dr}, Places: dr.store, Out: outbox{dr.log}, Stamp: stamp,
		Periods: duty.Periods{Mail: time.Duration(d.cfg.Retention.Mail), Linking: time.Duration(d.cfg.Retention.Linking), Audit: time.Duration(d.cfg.Retention.Audit)},
	}
	bell, err := d.bell(dr, stamp)
	if err != nil {
		return nil, err
	}
	duties := d.scrub(dr)
	if len(bell.Places) > 0 {
		duties = append(duties, duty.Actor{Name: "bell", Every: 5 * time.Second, Step: bell.Step})
	}
	return append(duties, []duty.Actor{
		{Name: "intake", Every: time.Second, Step: func(ctx context.Context) (bool, error) {
			n, err := w.Step(ctx)
			return n > 0, err
		}},
		{Name: "rescorer", Every: time.Second, Step: rescorer.Step},
		{Name: "archiver", Every: time.Second, Step: a.Step},
		{Name: "relay", Every: time.Second, Step: relay.Step},
		{Name: "notary", Every: 10 * time.Second, Step: notary.Step},
		{Name: "notary of views", Every: 10 * time.Second, Step: viewNotary.Step},
		{Name: "clock", Every: 10 * time.Second, Step: clock.Step},
		{Name: "eraser", Every: time.Second, Step: eraser.Step},
		{Name: "habit", Every: 15 * time.Second, Step: d.habit(dr).Step},
		{Name: "retention", Every: time.Minute, Step: retention.Step},
	}...), nil
}

// api is what the gRPC services need of the front door.
func (dr *door) api() queueapi.Door {
	notices, commits := dr.log.Identity()
	return queueapi.Door{
		Name: dr.name, Book: dr.book, Queue: dr.store, Log: bothCopies{dr}, Calendar: dr.calendar,
		Identity: commits, NoticeIdentity: notices,
		Letter: dr.letter.Read, Rules: dr.rules, Mail: dr.mail, Found: dr.store.Mail, Ends: dr.ends, Viewed: dr.viewed, Push: dr.push,
		Open: dr.open, OpenItem: dr.openItem,
	}
}
