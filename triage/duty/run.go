package duty

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"github.com/ppn-triage/ppn-triage/triage"
)

// Step does what there is to do now. It returns true when there may be more.
type Step func(ctx context.Context) (more bool, err error)

// Actor is one duty: its name in logs and metrics, its Step, and how long it
// may sleep when nothing wakes it.
type Actor struct {
	Name  string
	Step  Step
	Every time.Duration
}

// Report is told after every step of an actor; err is nil when it went well.
type Report func(actor string, took time.Duration, err error)

// backoff bounds the pause after a failed step.
const (
	firstPause = 50 * time.Millisecond
	lastPause  = 5 * time.Second
)

// Run repeats the actors' steps until ctx ends, each in its own goroutine, and
// returns when all have stopped. A value on wake makes every sleeping actor
// look again; a step that failed or panicked is tried again after a pause. Run
// returns the first error that forbids going on (triage.ErrChain: the log is
// not what it was), with the actor's name, having stopped all actors.
func Run(ctx context.Context, wake <-chan struct{}, report Report, actors ...Actor) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	bells := make([]chan struct{}, len(actors))
	var wg sync.WaitGroup
	for n, a := range actors {
		bells[n] = make(chan struct{}, 1)
		wg.Go(func() { stop(a.run(ctx, bells[n], report)) })
	}
	wg.Go(func() { ring(ctx, wake, bells) })
	wg.Wait()
	if err := context.Cause(ctx); errors.Is(err, triage.ErrChain) {
		return err
	}
	return nil
}

// ring passes every wake-up to all actors; one that is at work will look again
// anyway.
func ring(ctx context.Context, wake <-chan struct{}, bells []chan struct{}) {
	for {
		select {
		case <-ctx.Done():
			return
		case _, open := <-wake:
			if !open {
				return
			}
		}
		for _, b := range bells {
			select {
			case b <- struct{}{}:
			default:
			}
		}
	}
}

func (a Actor) run(ctx context.Context, bell <-chan struct{}, report Report) error {
	pause := firstPause
	for ctx.Err() == nil {
		began := time.Now()
		more, err := a.step(ctx)
		if ctx.Err() != nil && !errors.Is(err, triage.ErrChain) {
			break
		}
		report(a.Name, time.Since(began), err)
		switch {
		case errors.Is(err, triage.ErrChain):
			return fmt.Errorf("%s: %w", a.Name, err)
		case err != nil:
			sleep(ctx, nil, pause)
			pause = min(2*pause, lastPause)
		default:
			pause = firstPause
			if !more {
				sleep(ctx, bell, a.Every)
			}
		}
	}
	return context.Cause(ctx)
}

// step keeps a panic of one actor from ending the others. Its text may quote a
// mail, so only its kind and place are told.
func (a Actor) step(ctx context.Context) (more bool, err error) {
	defer func() {
		if v := recover(); v != nil {
			slog.ErrorContext(ctx, "an actor panicked", "actor", a.Name, "kind", fmt.Sprintf("%T", v), "stack", string(debug.Stack()))
			more, err = false, fmt.Errorf("panic: %T", v)
		}
	}()
	return a.Step(ctx)
}

func sleep(ctx context.Context, bell <-chan struct{}, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-bell:
	case <-t.C:
	}
}
