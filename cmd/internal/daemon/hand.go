package daemon

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
)

// hand is the file that says which notices are being read. It outlives the
// process, not the machine: it is there for a mail that kills its reader.
type hand struct {
	path     string
	suspects []held // notices that were in hand when the program ended
}

type held struct {
	From, To uint64
	Count    int // ends of the program with these in hand
}

func openHand(path string) (*hand, error) {
	h := &hand{path: path}
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return h, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read notices in hand: %w", err)
	}
	if err := json.Unmarshal(b, &h.suspects); err != nil {
		return nil, fmt.Errorf("read notices in hand: %s: %w", path, err)
	}
	return h, nil
}

// Before says how often the program ended with that notice in hand.
func (h *hand) Before(seq uint64) (n int) {
	for _, u := range h.suspects {
		if u.From <= seq && seq <= u.To {
			n = max(n, u.Count)
		}
	}
	return n
}

// Take writes down that notices are in hand, beside the suspects that are not
// past: those stay until they are taken in, however often that fails.
func (h *hand) Take(from, to uint64) error {
	h.suspects = slices.DeleteFunc(h.suspects, func(u held) bool { return u.To < from })
	return h.write(append(slices.Clone(h.suspects), held{From: from, To: to, Count: h.Before(from) + 1}))
}

// Drop puts down what was taken.
func (h *hand) Drop() error { return h.write(h.suspects) }

func (h *hand) write(list []held) error {
	b, err := json.Marshal(list)
	if err != nil {
		return err
	}
	tmp := h.path + ".tmp"
	if err := os.WriteFile(tmp, b, 0o600); err != nil {
		return fmt.Errorf("write notices in hand: %w", err)
	}
	if err := os.Rename(tmp, h.path); err != nil {
		return fmt.Errorf("write notices in hand: %w", err)
	}
	return nil
}
