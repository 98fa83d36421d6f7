package duty

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// mine is a way that a canary goes, with a clock.
type mine struct {
	now     time.Time
	sent    uint64
	open    bool
	fails   error
	told    []string
	through int
}

func newMine() (*mine, *Canary) {
	m := &mine{now: monday, open: true}
	return m, &Canary{
		Every: 30 * time.Second, Late: 15 * time.Second, Now: func() time.Time { return m.now },
		Send: func(context.Context) (uint64, error) {
			if m.fails != nil {
				return 0, m.fails
			}
			m.sent++
			return m.sent, nil
		},
		Back: func(_ context.Context, seq uint64) (bool, error) { return m.open && seq == m.sent, nil },
		Tell: func(sent time.Time, took time.Duration, through bool) {
			if through {
				m.through++
				return
			}
			m.told = append(m.told, fmt.Sprintf("%s since %s", took, sent.Format(time.TimeOnly)))
		},
	}
}

// run steps every five seconds.
func (m *mine) run(t *testing.T, c *Canary, d time.Duration) {
	t.Helper()
	for end := m.now.Add(d); m.now.Before(end); m.now = m.now.Add(5 * time.Second) {
		if _, err := c.Step(t.Context()); err != nil && !errors.Is(err, errFault) {
			t.Fatal(err)
		}
	}
}

// TestCanariesComeThrough, one at a time, and nobody is troubled.
func TestCanariesComeThrough(t *testing.T) {
	m, c := newMine()
	m.run(t, c, 5*time.Minute)
	if m.sent != 9 || m.through != 9 || len(m.told) > 0 {
		t.Errorf("%d sent, %d through, told %q", m.sent, m.through, m.told)
	}
}

// TestABlockedWayIsToldWithinAMinute, and again and again, until it is free.
func TestABlockedWayIsToldWithinAMinute(t *testing.T) {
	m, c := newMine()
	m.run(t, c, 65*time.Second) // the second one goes at 60
	m.open = false              // at 65: the third goes at 90
	m.run(t, c, time.Minute)
	if diff := cmp.Diff([]string{"20s since 08:01:30", "25s since 08:01:30", "30s since 08:01:30"}, m.told); diff != "" {
		t.Errorf("told (-want +got):\n%s", diff)
	}
	if m.sent != 3 {
		t.Errorf("%d sent, want none behind the one that is stuck", m.sent)
	}
	m.open = true
	m.run(t, c, 5*time.Second)
	if m.through != 3 || m.sent != 3 {
		t.Errorf("%d through of %d", m.through, m.sent)
	}
}

// TestACanaryThatCannotBeHandedIn is a failed step.
func TestACanaryThatCannotBeHandedIn(t *testing.T) {
	m, c := newMine()
	m.fails = errFault
	m.run(t, c, 30*time.Second)
	if _, err := c.Step(t.Context()); !errors.Is(err, errFault) {
		t.Errorf("Step = %v", err)
	}
	m.fails = nil
	m.run(t, c, 5*time.Second)
	if m.through != 1 {
		t.Errorf("%d through", m.through)
	}
}
