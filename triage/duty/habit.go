package duty

import (
	"context"
	"fmt"
	"sort"
	"time"

	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/intake"
)

// Habit watches that the forces go on sending. A force whose mails stop looks
// like a quiet night from here; it is told when it has been silent for longer
// than half as long again as it ever was in the last four weeks.
type Habit struct {
	Log  intake.Log
	End  func(ctx context.Context) (uint64, error) // last commit of the log
	Now  Now
	Tell func(force string, last time.Time, silent bool) // at every step, for every force

	at     uint64
	forces map[string][]time.Time // when mails came, oldest first
}

const (
	habitTime  = 28 * 24 * time.Hour // what is a force's habit
	habitLeast = 20                  // fewer mails in it are none,
	habitSpan  = 7 * 24 * time.Hour  // nor are those of a shorter time: they have seen no weekend
	habitBatch = 500
)

// Step takes in the commits that are new and tells of every force.
func (h *Habit) Step(ctx context.Context) (bool, error) {
	now := h.Now()
	if h.forces == nil {
		if err := h.start(ctx, now); err != nil {
			return false, fmt.Errorf("habit of the forces: %w", err)
		}
	}
	commits, err := h.Log.ReadCommits(ctx, h.at+1, habitBatch)
	if err != nil {
		return false, fmt.Errorf("habit of the forces: %w", err)
	}
	for n := range commits {
		h.take(&commits[n])
	}
	if len(commits) == habitBatch {
		return true, nil
	}
	for force, times := range h.forces {
		for len(times) > 1 && now.Sub(times[0]) > habitTime {
			times = times[1:]
		}
		h.forces[force] = times
		h.Tell(force, times[len(times)-1], silent(times, now))
	}
	return false, nil
}

// start finds the first commit of the time that makes a habit.
func (h *Habit) start(ctx context.Context, now time.Time) error {
	end, err := h.End(ctx)
	if err != nil {
		return err
	}
	h.at = uint64(sort.Search(int(end), func(n int) bool {
		if err != nil {
			return true
		}
		var c []triage.Commit
		c, err = h.Log.ReadCommits(ctx, uint64(n)+1, 1)
		return err != nil || len(c) == 0 || now.Sub(c[0].At) <= habitTime
	}))
	if err == nil {
		h.forces = map[string][]time.Time{}
	}
	return err
}

func (h *Habit) take(c *triage.Commit) {
	for _, e := range c.Events {
		if n, ok := e.(triage.NoticeRead); ok && n.Kind == triage.LetterNotice {
			h.forces[n.Force] = append(h.forces[n.Force], n.StreamTime)
		}
	}
	h.at = c.Seq
}

// silent tells whether the time since the last mail is out of proportion to
// those between the mails.
func silent(times []time.Time, now time.Time) bool {
	last := times[len(times)-1]
	if len(times) < habitLeast || last.Sub(times[0]) < habitSpan {
		return false
	}
	var longest time.Duration
	for n := 1; n < len(times); n++ {
		longest = max(longest, times[n].Sub(times[n-1]))
	}
	return now.Sub(last) > longest+longest/2
}
