package daemon

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/ppn-triage/ppn-triage/triage/copies"
	"github.com/ppn-triage/ppn-triage/triage/duty"
	"github.com/ppn-triage/ppn-triage/triage/intake"
	"github.com/ppn-triage/ppn-triage/triage/redisq"
)

// scrub lists the actors that watch over both copies of the log and over the
// servers' settings.
func (d *Daemon) scrub(dr *door) []duty.Actor {
	look := time.Duration(d.cfg.Scrub.Look)
	contiguity := &duty.Inspector{Look: dr.log.Contiguous, Tell: d.gauge.told(d.gauge.contiguity, dr.name, "a copy of the log is not whole")}
	settings := &duty.Inspector{Look: d.settings(dr), Tell: d.gauge.told(d.gauge.settings, dr.name, "a setting is not as it must be")}
	actors := []duty.Actor{
		{Name: "contiguity", Every: look, Step: contiguity.Step},
		{Name: "settings", Every: look, Step: settings.Step},
		{Name: "full-read-notices", Every: time.Minute, Step: d.fullRead(dr, "notices").Step},
		{Name: "full-read-commits", Every: time.Minute, Step: d.fullRead(dr, "commits").Step},
	}
	if d.cfg.Scrub.Canary > 0 {
		actors = append(actors, duty.Actor{Name: "canary", Every: time.Second, Step: d.canary(dr).Step})
	}
	return actors
}

// canaryLate is how long the whole way may take: with the default interval, 20
// seconds, a way that is blocked is told within a minute.
func canaryLate(every time.Duration) time.Duration {
	return max(5*time.Second, min(2*every/3, 20*time.Second))
}

func (d *Daemon) canary(dr *door) *duty.Canary {
	last, late := d.gauge.canary.WithLabelValues(dr.name), d.gauge.late.WithLabelValues(dr.name)
	last.SetToCurrentTime() // the first has its time, too
	every := time.Duration(d.cfg.Scrub.Canary)
	return &duty.Canary{
		Every: every, Late: canaryLate(every), Now: time.Now,
		Send: func(ctx context.Context) (uint64, error) {
			return dr.log.PublishNotice(ctx, intake.CanaryForce, intake.CanaryMail(), "")
		},
		Back: func(ctx context.Context, seq uint64) (bool, error) {
			_, err := dr.log.ReadOut(ctx, intake.CanaryForce, "receipt", seq)
			return err == nil, err
		},
		Tell: func(sent time.Time, took time.Duration, through bool) {
			if through {
				last.Set(float64(sent.UnixMilli()) / 1000)
				late.Set(0)
				return
			}
			late.Set(1)
			slog.Error("a canary notice does not come through", "front_door", dr.name, "sent", sent, "waited", took.Round(time.Second).String())
		},
	}
}

// settings checks what was checked at the start: somebody may have changed it.
func (d *Daemon) settings(dr *door) func(context.Context) ([]error, error) {
	return func(ctx context.Context) (faults []error, _ error) {
		add := func(err error) {
			if err != nil {
				faults = append(faults, parts(err)...)
			}
		}
		add(errors.Unwrap(dr.log.Settings(ctx)))
		if d.cfg.NATS.URL != "" && !d.cfg.NATS.UnverifiedSync {
			add(d.nats.VerifySync(ctx))
		}
		if d.cfg.Redis.URL != "" {
			add(redisq.Evicts(ctx, d.redis))
		}
		return faults, ctx.Err()
	}
}

func (d *Daemon) fullRead(dr *door, kind string) *duty.FullRead {
	reader, second := dr.notices, dr.noticeCopy
	if kind == "commits" {
		reader, second = dr.commits, dr.commitCopy
	}
	last := d.gauge.fullRead.WithLabelValues(dr.name, kind)
	found := d.gauge.fullReadFaults.WithLabelValues(dr.name, kind)
	return &duty.FullRead{
		Reader: *reader, Every: time.Duration(d.cfg.Scrub.FullRead), Now: time.Now,
		Ends: func(ctx context.Context) (uint64, uint64, error) {
			e, err := dr.log.End(ctx)
			if kind == "commits" {
				return 1, e.Commits.Last, err
			}
			return e.Notices.First, e.Notices.Last, err
		},
		Verify: func() error {
			a := second.now()
			if a == nil {
				return errors.New("the archive cannot be read at this time")
			}
			return a.Verify()
		},
		Done: func(faults int) {
			last.SetToCurrentTime()
			found.Set(float64(faults))
			slog.Info("a stream was read from end to end", "front_door", dr.name, "stream", kind, "faults", faults)
		},
	}
}

// told counts what an inspector has found and says each in the log.
func (m *metrics) told(gauge *prometheus.GaugeVec, frontDoor, what string) func([]error) {
	return func(faults []error) {
		gauge.WithLabelValues(frontDoor).Set(float64(len(faults)))
		for _, f := range faults {
			slog.Error(what, "front_door", frontDoor, "fault", f)
		}
	}
}

// found counts the records that are not as they should be.
func (m *metrics) found(frontDoor, stream string) func(seq uint64, what string) {
	for _, what := range []string{copies.Hole, copies.Altered, copies.Damaged, copies.Lost} {
		m.records.WithLabelValues(frontDoor, stream, what)
	}
	return func(seq uint64, what string) {
		m.records.WithLabelValues(frontDoor, stream, what).Inc()
		slog.Error("a record is not as it should be", "front_door", frontDoor, "stream", stream, "sequence", seq, "what", what)
	}
}
