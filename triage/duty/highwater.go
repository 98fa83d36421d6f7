package duty

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/ppn-triage/ppn-triage/triage"
)

// Mark is how far a stream was, and which stream it was.
type Mark struct {
	Stream string `json:"stream"` // name
	ID     string `json:"id"`     // identity
	Last   uint64 `json:"last"`   // highest sequence
}

// Marks keeps marks outside NATS: the server cannot be asked what it has
// forgotten. Save is durable when it returns nil.
type Marks interface {
	Load() ([]Mark, error)
	Save(marks []Mark) error
}

// HighWater watches that the streams of a log never fall below what was there,
// and stay the streams they are. A server that has lost the end of a stream
// gives the same sequences out again; whoever wrote there would bury what the
// second copy still has. It is safe for concurrent use.
type HighWater struct {
	Ends  func(ctx context.Context) ([]Mark, error) // how far the streams are now
	Marks Marks

	lock  sync.Mutex
	marks map[string]Mark
	dirty bool
}

// Open reads the marks and checks the streams against them. triage.ErrChain
// says that one of them must not be written to.
func (h *HighWater) Open(ctx context.Context) error {
	marks, err := h.Marks.Load()
	if err != nil {
		return fmt.Errorf("high-water marks: %w", err)
	}
	h.marks = map[string]Mark{}
	for _, m := range marks {
		if err := h.saw(m); err != nil {
			return err
		}
	}
	_, err = h.Step(ctx)
	return err
}

// A stream that seems to be below its mark is asked again: a server that has
// just become the leader may not have read its own log to the end.
const (
	lowTries = 3
	lowPause = time.Second
)

// Step checks the streams and raises their marks.
func (h *HighWater) Step(ctx context.Context) (bool, error) {
	err := h.look(ctx)
	for n := 1; n < lowTries && errors.Is(err, errLow); n++ {
		sleep(ctx, nil, lowPause)
		err = h.look(ctx)
	}
	return false, err
}

var errLow = fmt.Errorf("messages were lost, nothing is written to it; build it anew with `triaged restore`: %w", triage.ErrChain)

func (h *HighWater) look(ctx context.Context) error {
	h.lock.Lock()
	before := maps.Clone(h.marks) // of before the question: a write may be acknowledged while it is answered
	h.lock.Unlock()
	ends, err := h.Ends(ctx)
	if err != nil {
		return err
	}
	for _, now := range ends {
		if was := before[now.Stream]; now.ID == was.ID && now.Last < was.Last {
			return fmt.Errorf("stream %s ends at %d and was at %d: %w", now.Stream, now.Last, was.Last, errLow)
		}
		if err := h.saw(now); err != nil {
			return err
		}
	}
	return h.save()
}

// saw raises a mark: somebody has written or read as far as that.
func (h *HighWater) saw(m Mark) error {
	h.lock.Lock()
	defer h.lock.Unlock()
	was, known := h.marks[m.Stream]
	if known && was.ID != m.ID {
		return fmt.Errorf("stream %s is another one than it was: found %s, known %s; nothing is written to it; build the one that is known anew with `triaged restore`: %w",
			m.Stream, m.ID, was.ID, triage.ErrChain)
	}
	if !known || m.Last > was.Last {
		h.marks[m.Stream], h.dirty = m, true
	}
	return nil
}

// Wrote raises the mark of a stream: a write was acknowledged as that sequence.
func (h *HighWater) Wrote(stream string, seq uint64) {
	h.lock.Lock()
	defer h.lock.Unlock()
	if m, known := h.marks[stream]; known && seq > m.Last {
		m.Last = seq
		h.marks[stream], h.dirty = m, true
	}
}

// Writable says whether a write after that sequence may be sent. Below the mark
// it may not: either somebody else has written meanwhile, triage.ErrPosition, or
// the stream has lost what was there, triage.ErrChain.
func (h *HighWater) Writable(ctx context.Context, stream string, after uint64) error {
	h.lock.Lock()
	mark := h.marks[stream].Last
	h.lock.Unlock()
	if after >= mark {
		return nil
	}
	if _, err := h.Step(ctx); err != nil {
		return err
	}
	return fmt.Errorf("write to %s after %d: %w", stream, after, triage.ErrPosition)
}

func (h *HighWater) save() error {
	h.lock.Lock()
	defer h.lock.Unlock()
	if !h.dirty {
		return nil
	}
	if err := h.Marks.Save(slices.Collect(maps.Values(h.marks))); err != nil {
		return fmt.Errorf("high-water marks: %w", err)
	}
	h.dirty = false
	return nil
}
