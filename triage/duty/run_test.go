package duty

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ppn-triage/ppn-triage/triage"
)

// diary notes when the actors made their steps and what came of them.
type diary struct {
	lock  sync.Mutex
	began time.Time
	lines []string
}

func (d *diary) report(actor string, _ time.Duration, err error) {
	d.lock.Lock()
	defer d.lock.Unlock()
	d.lines = append(d.lines, fmt.Sprintf("%v %s %v", time.Since(d.began), actor, err))
}

func (d *diary) times(actor string) (at []time.Duration) {
	for _, l := range d.lines {
		if f := strings.Fields(l); f[1] == actor {
			t, _ := time.ParseDuration(f[0])
			at = append(at, t)
		}
	}
	return at
}

// running runs actors for a while of a bubble's time.
func running(t *testing.T, wake chan struct{}, d time.Duration, actors ...Actor) (*diary, error) {
	t.Helper()
	log := &diary{began: time.Now()}
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	err := Run(ctx, wake, log.report, actors...)
	return log, err
}

func idle(context.Context) (bool, error) { return false, nil }

func TestAnActorSleepsAndIsWoken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		wake := make(chan struct{})
		go func() {
			time.Sleep(1500 * time.Millisecond)
			wake <- struct{}{}
			close(wake)
		}()
		log, err := running(t, wake, 3*time.Second, Actor{Name: "a", Step: idle, Every: time.Second})
		want := []time.Duration{0, time.Second, 1500 * time.Millisecond, 2500 * time.Millisecond}
		if got := log.times("a"); err != nil || !slices.Equal(got, want) {
			t.Errorf("Run() = %v with steps at %v, want %v", err, got, want)
		}
	})
}

func TestAnActorWithMoreToDoDoesNotSleep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		left := 5
		log, _ := running(t, nil, time.Second, Actor{Name: "a", Every: time.Hour, Step: func(context.Context) (bool, error) {
			left--
			return left > 0, nil
		}})
		if got := log.times("a"); len(got) != 5 || got[4] != 0 {
			t.Errorf("steps at %v, want five at once", got)
		}
	})
}

// TestBackoff: a failing actor pauses for longer and longer, is not woken, and
// begins anew after a success; the others go on.
func TestBackoff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := 0
		failing := Actor{Name: "a", Every: time.Hour, Step: func(context.Context) (bool, error) {
			if n++; n == 10 {
				return true, nil
			}
			return false, errFault
		}}
		wake := make(chan struct{})
		go func() {
			defer close(wake)
			for range 900 {
				time.Sleep(30 * time.Millisecond)
				wake <- struct{}{}
			}
		}()
		log, err := running(t, wake, 30*time.Second, failing, Actor{Name: "b", Step: idle, Every: time.Second})
		at := log.times("a")
		var pauses []string
		for k := 1; k < len(at); k++ {
			pauses = append(pauses, (at[k] - at[k-1]).String())
		}
		want := "[50ms 100ms 200ms 400ms 800ms 1.6s 3.2s 5s 5s 0s 50ms 100ms 200ms 400ms 800ms 1.6s 3.2s 5s]"
		if got := fmt.Sprint(pauses); err != nil || got != want {
			t.Errorf("Run() = %v with pauses of %v, want %v", err, got, want)
		}
		if got := len(log.times("b")); got < 30 {
			t.Errorf("the other actor made %d steps in 30 s, want one a second", got)
		}
	})
}

// TestAPanicIsAFailedStep that quotes nothing.
func TestAPanicIsAFailedStep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log, err := running(t, nil, time.Second, Actor{Name: "a", Step: func(context.Context) (bool, error) { panic("Ava Brackley") }},
			Actor{Name: "b", Step: idle, Every: 100 * time.Millisecond})
		if err != nil || len(log.times("a")) < 3 || len(log.times("b")) < 10 {
			t.Errorf("Run() = %v with steps %v; want a tried again and b undisturbed", err, log.lines)
		}
		if all := strings.Join(log.lines, "\n"); strings.Contains(all, "Ava") || !strings.Contains(all, "panic: string") {
			t.Errorf("reported: %s", all)
		}
	})
}

// TestABrokenLogStopsAll and says which actor met it.
func TestABrokenLogStopsAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log, err := running(t, nil, time.Hour,
			Actor{Name: "a", Every: time.Second, Step: func(context.Context) (bool, error) { return true, fmt.Errorf("sequence 7: %w", triage.ErrChain) }},
			Actor{Name: "b", Every: time.Hour, Step: func(ctx context.Context) (bool, error) { <-ctx.Done(); return false, ctx.Err() }})
		if !errors.Is(err, triage.ErrChain) || !strings.HasPrefix(err.Error(), "a: sequence 7") {
			t.Errorf("Run() = %v, want the broken log and who met it", err)
		}
		if len(log.lines) != 1 || time.Since(log.began) != 0 {
			t.Errorf("it took %v and these reports: %v", time.Since(log.began), log.lines)
		}
	})
}

// TestWhatEndsWithTheContextIsNoFailure: nothing is reported of a step that was
// cut off.
func TestWhatEndsWithTheContextIsNoFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log, err := running(t, nil, time.Second, Actor{Name: "a", Step: func(ctx context.Context) (bool, error) { <-ctx.Done(); return false, ctx.Err() }})
		if err != nil || len(log.lines) != 0 {
			t.Errorf("Run() = %v with reports %v, want none", err, log.lines)
		}
	})
}
