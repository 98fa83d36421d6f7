package daemon

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/jet"
	"github.com/ppn-triage/ppn-triage/triage/jet/embed"
	"github.com/ppn-triage/ppn-triage/triage/redisq"
)

// Doctor looks at the servers and at this machine as a daemon with that
// configuration would find them, and says on w of each thing that it is good, or
// what to change. It changes nothing and may run beside the daemon. It returns
// how many things are wrong.
func Doctor(ctx context.Context, cfg Config, w io.Writer) (wrong int) {
	d := &doctor{cfg: cfg, w: w}
	d.cfg.Defaults()
	err := d.cfg.Validate()
	d.check("configuration", "it is valid", err)
	_, err = CheckRules(d.cfg.Rules)
	d.check("rules", "they compile", err)
	d.servers(ctx)
	d.redis(ctx)
	d.disks()
	d.certificates()
	d.secrets()
	return d.wrong
}

// doctor is one examination.
type doctor struct {
	cfg   Config
	w     io.Writer
	wrong int
}

// check tells the outcome of one question: good, or what every part of err says.
func (d *doctor) check(what, good string, err error) {
	if err == nil {
		fmt.Fprintf(d.w, "good   %s: %s\n", what, good)
		return
	}
	for _, e := range parts(err) {
		d.wrong++
		fmt.Fprintf(d.w, "WRONG  %s: %v\n", what, e)
	}
}

// note tells what the operator should know and may want so.
func (d *doctor) note(what, format string, a ...any) {
	fmt.Fprintf(d.w, "note   %s: %s\n", what, fmt.Sprintf(format, a...))
}

// parts takes joined errors apart, and leaves those alone that only have several
// causes.
func parts(err error) (all []error) {
	joined, ok := err.(interface{ Unwrap() []error }) //nolint:errorlint // the outermost alone
	if !ok {
		return []error{err}
	}
	var lines []string
	for _, e := range joined.Unwrap() {
		if e != nil {
			all, lines = append(all, parts(e)...), append(lines, e.Error())
		}
	}
	if strings.Join(lines, "\n") != err.Error() {
		return []error{err}
	}
	return all
}

// servers looks at NATS and at the log there.
func (d *doctor) servers(ctx context.Context) {
	o := d.cfg.NATS.options()
	if o.URL == "" {
		o.URL = "nats://" + d.cfg.NATS.Listen
	}
	o.Log = nil
	conn, err := jet.Connect(ctx, o)
	if err != nil && d.cfg.NATS.URL == "" {
		d.note("NATS", "the embedded server at %s does not run, or is not reached (%v); ask again while triaged runs", d.cfg.NATS.Listen, err)
		return
	}
	if err != nil {
		d.check("NATS", "", err)
		return
	}
	defer conn.Close()
	name, version := conn.Server()
	d.check("NATS", fmt.Sprintf("server %s %s answers", name, version), nil)
	d.check("NATS max_payload", "it takes the largest mail", conn.Payload())
	if d.cfg.NATS.URL == "" && name == embed.Name {
		d.check("NATS sync", "the embedded server writes to disk before it acknowledges", nil)
		d.note("NATS replicas", "the embedded server keeps one copy; for a service that must go on, run three servers")
	} else {
		d.cluster(ctx, conn)
	}
	for _, door := range d.cfg.FrontDoors {
		d.log(ctx, conn, door)
	}
}

// cluster looks at what servers of one's own are set to.
func (d *doctor) cluster(ctx context.Context, conn *jet.Conn) {
	err := conn.VerifySync(ctx)
	d.check("NATS sync", "every server writes to disk before it acknowledges", err)
	if d.cfg.NATS.UnverifiedSync {
		d.check("NATS sync", "", errors.New("accept_unverified_sync is on: nobody would notice a server that does not sync; name nats.monitor and take it out"))
	}
	rooms, err := conn.Rooms(ctx)
	if err != nil {
		return // told with the sync
	}
	d.check("NATS replicas", "as many copies as the cluster is good for", conn.Copies(ctx, d.cfg.NATS.Replicas))
	for _, r := range rooms {
		d.check("NATS room", fmt.Sprintf("server %s uses %d of %d MB", r.Server, r.Used>>20, r.Limit>>20), r.Fault())
	}
	if d.cfg.NATS.MaxBytes == 0 {
		d.note("NATS room", "no space is reserved for the log; set nats.max_bytes, so that no other stream can take it")
	}
}

// log looks at the streams of a front door.
func (d *doctor) log(ctx context.Context, conn *jet.Conn, door string) {
	self := &Daemon{cfg: d.cfg}
	o := self.logOptions(door, true)
	log, err := conn.OpenLog(ctx, o)
	seen, serr := self.seenBefore(door)
	if errors.Is(err, triage.ErrNotFound) && !seen && serr == nil {
		d.note("log of "+door, "there is none yet; the daemon makes it")
		return
	}
	d.check("log of "+door, "every setting of its streams is safe", errors.Join(unwrapped(err), serr))
	if err != nil {
		return
	}
	faults, err := log.Contiguous(ctx)
	d.check("copies of "+door, "no copy of a stream lacks messages", errors.Join(append(faults, err)...))
	d.marks(ctx, self, log, door)
	at, took, err := log.Clock(ctx)
	d.clock("clock of NATS", at, took, err)
}

// unwrapped takes the words before joined errors off.
func unwrapped(err error) error {
	if inner := errors.Unwrap(err); inner != nil && len(parts(inner)) > 1 {
		return inner
	}
	return err
}

// marks compares the streams with what this machine knows of them.
func (d *doctor) marks(ctx context.Context, self *Daemon, log *jet.Log, door string) {
	marks, err := marksFile{path: self.marksPath(door)}.Load()
	e, eerr := log.End(ctx)
	if err = errors.Join(err, eerr); err != nil {
		d.check("marks of "+door, "", err)
		return
	}
	for _, now := range []jet.End{e.Notices, e.Commits} {
		for _, m := range marks {
			if m.Stream == now.Stream && (m.ID != now.ID || m.Last > now.Last) {
				err = errors.Join(err, fmt.Errorf("stream %s is %s and ends at %d; known is %s, up to %d: see `triaged restore`", now.Stream, now.ID, now.Last, m.ID, m.Last))
			}
		}
	}
	d.check("marks of "+door, "both streams are those that are known, and reach as far as they did", err)
}

// skew is how far a server's clock may be off. Due times and leases are the
// daemon's; what was received when is the stream's.
const skew = 2 * time.Second

func (d *doctor) clock(what string, at time.Time, took time.Duration, err error) {
	off := time.Since(at.Add(took / 2))
	if err == nil && (off > skew+took || off < -skew-took) {
		err = fmt.Errorf("it is %s off this machine's; run a time service (chrony) on both", off.Round(time.Millisecond))
	}
	d.check(what, "it agrees with this machine's", err)
}

// redis looks at Redis.
func (d *doctor) redis(ctx context.Context) {
	if d.cfg.Redis.URL == "" {
		d.note("Redis", "it runs in the daemon, and is rebuilt from the log at every start")
		return
	}
	c, err := redisq.Reach(ctx, d.cfg.Redis.options())
	if err != nil {
		d.check("Redis", "", err)
		return
	}
	defer func() { _ = c.Close() }()
	d.check("Redis", "it answers", nil)
	d.check("Redis eviction", "it throws no key away", redisq.Evicts(ctx, c))
	d.check("Redis persistence", "it keeps the queue over a restart", redisq.Forgets(ctx, c))
	d.check("Redis memory", "there is room", redisq.Full(ctx, c))
	at, took, err := redisq.Clock(ctx, c)
	d.clock("clock of Redis", at, took, err)
	d.indexes(ctx, c)
}

// indexes names what programs of another linking have left in Redis. Nothing
// removes it by itself: such a program may still run on another node.
func (d *doctor) indexes(ctx context.Context, c redisq.Client) {
	own, err := CheckRules(d.cfg.Rules)
	if err != nil {
		return // told with the rules
	}
	found, err := redisq.Versions(ctx, c, d.cfg.Redis.Namespace)
	d.check("Redis indexes", "every key can be listed", err)
	for _, version := range slices.Sorted(maps.Keys(found)) {
		if version != own.Version {
			d.note("Redis indexes", "%d keys are of linking version %s, this program's is %s; once no node runs the other program: redis-cli --scan --pattern '%s:%s:*' | xargs -r -n 1000 redis-cli UNLINK",
				found[version], version, own.Version, d.cfg.Redis.Namespace, version)
		}
	}
}
