package duty

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ppn-triage/ppn-triage/triage"
)

// Canary hands in a notice that is none at intervals and looks for its receipt,
// which goes out last of all: when the mail was read, its commit stored, and
// both copied. Nothing else tells a blocked way from a quiet night.
type Canary struct {
	Send func(ctx context.Context) (seq uint64, err error)      // hand one in
	Back func(ctx context.Context, seq uint64) (bool, error)    // whether its receipt is out
	Tell func(sent time.Time, took time.Duration, through bool) // through: the whole way; else it is late, told at every step

	Every time.Duration // from one to the next
	Late  time.Duration // after that something is wrong
	Now   Now

	seq  uint64 // of the one under way, 0 if there is none
	sent time.Time
}

// Step looks for the one under way, or sends the next. It never sends another
// while one is under way: that would add to what is stuck.
func (c *Canary) Step(ctx context.Context) (bool, error) {
	now := c.Now()
	if c.sent.IsZero() {
		c.sent = now // the first goes when the rest has had time to begin
	}
	if c.seq == 0 {
		if now.Sub(c.sent) < c.Every {
			return false, nil
		}
		seq, err := c.Send(ctx)
		if err != nil {
			return false, fmt.Errorf("hand in the canary: %w", err)
		}
		c.seq, c.sent = seq, now
	}
	back, err := c.Back(ctx, c.seq)
	if errors.Is(err, triage.ErrNotFound) {
		back, err = false, nil
	}
	took := c.Now().Sub(c.sent)
	switch {
	case back:
		c.seq = 0
		c.Tell(c.sent, took, true)
	case took > c.Late:
		c.Tell(c.sent, took, false)
	}
	return false, err
}
