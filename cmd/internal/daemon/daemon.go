package daemon

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/duty"
	"github.com/ppn-triage/ppn-triage/triage/jet"
	"github.com/ppn-triage/ppn-triage/triage/redisq"
)

// Daemon is one triaged. New, then Start; Stop is safe at any time, more than
// once.
type Daemon struct {
	cfg   Config
	addrs Addrs
	doors []*door
	pdfs  chan struct{}
	gauge *metrics

	tracing trace.TracerProvider
	nats    *jet.Conn
	redis   redisq.Client

	lock    sync.Mutex
	stops   []stop
	running sync.WaitGroup
	ended   chan error
}

type stop struct {
	name string
	fn   func()
}

// Addrs are where the parts listen, once Start has returned.
type Addrs struct {
	GRPC    string
	NATS    string
	Redis   string
	Metrics string
}

// New checks the configuration, with its defaults filled in. It touches
// nothing.
func New(cfg Config) (*Daemon, error) {
	cfg.Defaults()
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	return &Daemon{cfg: cfg, pdfs: make(chan struct{}, pdfAtATime), gauge: newMetrics(), ended: make(chan error, 1)}, nil
}

// Start brings up every part and returns when the API answers. If one fails
// the others are stopped again, and the error names what to do.
func (d *Daemon) Start(ctx context.Context) (err error) {
	defer func() {
		if err != nil {
			d.Stop()
		}
	}()
	if err := d.lockData(); err != nil {
		return err
	}
	if err := d.startTraces(ctx); err != nil {
		return err
	}
	if d.nats, err = d.connectNATS(ctx); err != nil {
		return err
	}
	if d.redis, err = d.connectRedis(ctx); err != nil {
		return err
	}
	secret, err := indexKey(d.cfg.Redis.IndexKeyFile)
	if err != nil {
		return err
	}
	for _, name := range d.cfg.FrontDoors {
		dr, err := d.openDoor(ctx, name, secret)
		if err != nil {
			return err
		}
		d.doors = append(d.doors, dr)
	}
	if err := d.serveMetrics(ctx); err != nil {
		return err
	}
	if d.cfg.Role != "worker" {
		if err := d.serveGRPC(ctx); err != nil {
			return err
		}
	}
	return d.work()
}

// work starts the actors of every front door. A node that only serves the API
// catches up for itself and leaves the duties to the workers.
func (d *Daemon) work() error {
	ctx, cancel := context.WithCancel(context.Background())
	d.onStop("actors", func() { cancel(); d.running.Wait() })
	for _, dr := range d.doors {
		actors := []duty.Actor{d.follower(dr), {Name: "high-water", Every: time.Second, Step: dr.marks.Step}}
		if d.cfg.Role != "api" {
			duties, err := d.actors(dr)
			if err != nil {
				return err
			}
			for _, a := range duties {
				actors = append(actors, d.traced(dr.name, a))
			}
		}
		wake, err := dr.log.Notify(ctx)
		if err != nil {
			return fmt.Errorf("front door %s: %w", dr.name, err)
		}
		d.running.Go(func() {
			if err := duty.Run(ctx, wake, d.gauge.step(dr.name), actors...); err != nil {
				d.fail(err)
			}
		})
	}
	return nil
}

// fail ends the daemon: going on would be worse.
func (d *Daemon) fail(err error) {
	select {
	case d.ended <- err:
	default:
	}
}

// Ended delivers the error that ends the daemon from within.
func (d *Daemon) Ended() <-chan error { return d.ended }

// Addr says where the parts listen.
func (d *Daemon) Addr() Addrs { return d.addrs }

// onStop registers what takes a part down again.
func (d *Daemon) onStop(name string, fn func()) {
	d.lock.Lock()
	defer d.lock.Unlock()
	d.stops = append(d.stops, stop{name, fn})
}

// Stop takes every part down, last up first: the API stops taking calls, the
// actors finish their step, the servers write out what they hold.
func (d *Daemon) Stop() {
	d.lock.Lock()
	stops := slices.Clone(d.stops)
	d.stops = nil
	d.lock.Unlock()
	for _, s := range slices.Backward(stops) {
		slog.Debug("stopping", "part", s.name)
		s.fn()
	}
}

// lockData makes the data folder this daemon's own.
func (d *Daemon) lockData() error {
	if err := os.MkdirAll(d.cfg.Data, 0o700); err != nil {
		return fmt.Errorf("data folder: %w", err)
	}
	f, err := os.OpenFile(filepath.Join(d.cfg.Data, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("data folder: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return fmt.Errorf("the data folder %s is in use by another triaged; stop it or name another folder with --data", d.cfg.Data)
		}
		return fmt.Errorf("lock data folder: %w", err)
	}
	d.onStop("data lock", func() { _ = f.Close() })
	return nil
}

// Position is how far a front door's queue is; Export is everything Redis holds
// for it, the same for the same log. Both are for tests and tools.
func (d *Daemon) Position(ctx context.Context, frontDoor string) (uint64, error) {
	dr, err := d.door(frontDoor)
	if err != nil {
		return 0, err
	}
	return dr.store.Position(ctx)
}

// Export lists what Redis holds for a front door.
func (d *Daemon) Export(ctx context.Context, frontDoor string) ([]string, error) {
	dr, err := d.door(frontDoor)
	if err != nil {
		return nil, err
	}
	return dr.store.Export(ctx)
}

func (d *Daemon) door(name string) (*door, error) {
	for _, dr := range d.doors {
		if dr.name == name {
			return dr, nil
		}
	}
	return nil, fmt.Errorf("front door %s: %w", name, triage.ErrNotFound)
}
