package daemon

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/duty"
)

// metrics are what an operator watches. Labels hold front doors, bands, states
// and actors; never anything of a notice.
type metrics struct {
	registry *prometheus.Registry
	unseen   *prometheus.GaugeVec
	oldest   *prometheus.GaugeVec
	overdue  *prometheus.GaugeVec
	items    *prometheus.GaugeVec
	notices  *prometheus.GaugeVec
	unread   *prometheus.GaugeVec
	position *prometheus.GaugeVec
	broken   *prometheus.GaugeVec
	steps    *prometheus.HistogramVec
	errors   *prometheus.CounterVec
	records  *prometheus.CounterVec
	lost     *prometheus.CounterVec

	noneDue, lastMail, silent *prometheus.GaugeVec

	bellWaits *prometheus.GaugeVec
	bellCalls *prometheus.CounterVec

	contiguity, settings, fullRead, fullReadFaults, canary, late *prometheus.GaugeVec
}

func newMetrics() *metrics {
	gauge := func(name, help string, labels ...string) *prometheus.GaugeVec {
		return prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: name, Help: help}, append([]string{"front_door"}, labels...))
	}
	m := &metrics{
		registry: prometheus.NewRegistry(),
		unseen:   gauge("ppn_oldest_unseen_seconds", "Age of the oldest item in the queue that no person has opened, by band.", "band"),
		oldest:   gauge("ppn_oldest_seconds", "Age of the oldest item in the queue, by band.", "band"),
		overdue:  gauge("ppn_items_overdue", "Items in the queue whose time has passed, by band.", "band"),
		items:    gauge("ppn_items", "Items by state.", "state"),
		notices:  gauge("ppn_notices", "Mails taken in, by kind.", "kind"),
		unread:   gauge("ppn_notices_unread", "Mails accepted and not yet taken in."),
		position: gauge("ppn_log_position", "Last commit, in the log and in the queue.", "where"),
		broken:   gauge("ppn_conservation_broken", "1 if the counts of notices and items contradict each other."),

		noneDue:  gauge("ppn_due_soon_empty", "1 if no item is due soon by the order of the queue although one of those in it must be past due by its receipt."),
		lastMail: gauge("ppn_force_last_seconds", "When the last notice of a force came, Unix time.", "force"),
		silent:   gauge("ppn_force_silent", "1 while a force sends nothing for longer than it ever does.", "force"),

		bellWaits: gauge("ppn_bell_waiting", "RED items out of hours that nobody sees to."),
		bellCalls: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "ppn_bell_calls_total", Help: "Calls of the out-of-hours bell, by place and whether they went out.",
		}, []string{"front_door", "place", "outcome"}),

		contiguity:     gauge("ppn_contiguity_faults", "What the servers' own counts say is missing from copies of the log."),
		settings:       gauge("ppn_settings_faults", "Settings of streams and servers that are not as they must be."),
		fullRead:       gauge("ppn_full_read_last_seconds", "When a stream was last read from end to end against the archive, Unix time.", "stream"),
		fullReadFaults: gauge("ppn_full_read_faults", "Records that were not as they should be at that reading.", "stream"),
		late:           gauge("ppn_canary_late", "1 while a canary notice is under way for longer than it may be."),
		canary:         gauge("ppn_canary_last_seconds", "When the last canary notice was handed in that went the whole way, Unix time."),

		steps: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "ppn_actor_step_seconds", Help: "Time of one step of an actor.", Buckets: prometheus.ExponentialBuckets(0.001, 4, 8),
		}, []string{"front_door", "actor"}),
		errors: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "ppn_actor_errors_total", Help: "Failed steps of an actor.",
		}, []string{"front_door", "actor"}),
		records: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "ppn_bad_records_total", Help: "Reads of a record that one of the two copies lacks or holds otherwise: hole, altered, damaged (in the archive), lost (in both).",
		}, []string{"front_door", "stream", "what"}),
		lost: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "ppn_sealed_lost_total", Help: "Sealed values that could not be opened although nobody erased them.",
		}, []string{"front_door"}),
	}
	m.registry.MustRegister(m.unseen, m.oldest, m.overdue, m.items, m.notices, m.unread, m.position, m.broken, m.steps, m.errors, m.records, m.lost,
		m.contiguity, m.settings, m.fullRead, m.fullReadFaults, m.canary, m.late, m.noneDue, m.lastMail, m.silent, m.bellWaits, m.bellCalls)
	return m
}

// step counts the steps of a front door's actors.
func (m *metrics) step(frontDoor string) duty.Report {
	return func(actor string, took time.Duration, err error) {
		m.steps.WithLabelValues(frontDoor, actor).Observe(took.Seconds())
		if err != nil {
			m.errors.WithLabelValues(frontDoor, actor).Inc()
			slog.Warn("an actor's step failed and will be tried again", "front_door", frontDoor, "actor", actor, "error", err)
		}
	}
}

// measureEvery is how often the queue is measured.
const measureEvery = 15 * time.Second

// follower keeps the node's view of the log at its end and measures the queue.
func (d *Daemon) follower(dr *door) duty.Actor {
	var measured time.Time
	var keys uint64
	return duty.Actor{Name: "follower", Every: time.Second, Step: func(ctx context.Context) (bool, error) {
		if _, err := dr.book.CatchUp(ctx); err != nil {
			return false, err
		}
		if time.Since(measured) < measureEvery {
			return false, nil
		}
		measured = time.Now()
		if err := dr.forgetKeys(ctx, &keys); err != nil {
			return false, err
		}
		return false, d.gauge.measure(ctx, dr)
	}}
}

func (m *metrics) measure(ctx context.Context, dr *door) error {
	notices, commits, err := dr.ends(ctx)
	if err != nil {
		return err
	}
	snap, err := dr.store.Load(ctx)
	if err != nil {
		return err
	}
	l := snap.Ledger
	m.unread.WithLabelValues(dr.name).Set(float64(notices) - float64(l.Through))
	m.position.WithLabelValues(dr.name, "log").Set(float64(commits))
	m.position.WithLabelValues(dr.name, "queue").Set(float64(snap.Position))
	for s := triage.Waiting; s <= triage.StruckState; s++ {
		m.items.WithLabelValues(dr.name, s.String()).Set(float64(l.States[s]))
	}
	for kind, n := range l.Kinds {
		m.notices.WithLabelValues(dr.name, kind.String()).Set(float64(n))
	}
	m.broken.WithLabelValues(dr.name).Set(0)
	if err := l.Check(); err != nil {
		m.broken.WithLabelValues(dr.name).Set(1)
		slog.ErrorContext(ctx, "the conservation law is broken", "front_door", dr.name, "error", err)
	}
	return m.measureQueue(ctx, dr)
}

// serveMetrics answers /metrics, /healthz (the process lives) and /readyz (the
// queue is at the log's end and every server answers).
func (d *Daemon) serveMetrics(ctx context.Context) error {
	var lc net.ListenConfig
	lis, err := lc.Listen(ctx, "tcp", d.cfg.Metrics.Listen)
	if err != nil {
		return listenError("metrics", "--metrics-listen", d.cfg.Metrics.Listen, err)
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(d.gauge.registry, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		if err := d.Ready(r.Context()); err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(w, "ready")
	})
	srv := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	go func() { _ = srv.Serve(lis) }()
	d.onStop("metrics", func() { _ = srv.Close() })
	d.addrs.Metrics = lis.Addr().String()
	return nil
}

// Ready says what keeps the daemon from answering in full, or nil.
func (d *Daemon) Ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	var errs []error
	for _, dr := range d.doors {
		_, commits, err := dr.ends(ctx)
		at, perr := dr.store.Position(ctx)
		if err := errors.Join(err, perr); err != nil {
			errs = append(errs, fmt.Errorf("front door %s: %w", dr.name, err))
		} else if at < commits {
			errs = append(errs, fmt.Errorf("front door %s: the queue is at %d of %d", dr.name, at, commits))
		}
	}
	return errors.Join(errs...)
}

// listenError says in one line what is wrong with an address.
func listenError(what, flag, addr string, err error) error {
	if strings.Contains(err.Error(), "address already in use") {
		return fmt.Errorf("%s: %s is in use by another program; stop it or choose another address with %s", what, addr, flag)
	}
	return fmt.Errorf("%s: listen on %s: %w", what, addr, err)
}
