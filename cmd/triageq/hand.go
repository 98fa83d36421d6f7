package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	pb "github.com/ppn-triage/ppn-triage/api/triagev1"
)

// held is an item that this person has claimed from this machine: the token of
// the claim, and the item's version as the person saw it last. A decision is
// made on that version and no other.
type held struct {
	Addr    string    `json:"addr"`
	Actor   string    `json:"actor"`
	Item    string    `json:"item"`
	Token   uint64    `json:"token"`
	Version uint64    `json:"version"`
	Until   time.Time `json:"until"`
}

// hand is the file of claims. It holds no word of a notice. Every change reads
// and writes it under a lock, since several terminals may be open.
type hand struct {
	path        string
	addr, actor string
}

// forget is how long a claim stays in the file after its end: for the message
// that it has ended.
const forget = 24 * time.Hour

func openHand(addr, actor string) (*hand, error) {
	state := os.Getenv("XDG_STATE_HOME") // XDG Base Directory Specification 0.8
	if !filepath.IsAbs(state) {
		home, err := os.UserHomeDir()
		if err != nil {
			return nil, fmt.Errorf("find the folder for claims: %w", err)
		}
		state = filepath.Join(home, ".local", "state")
	}
	return &hand{path: filepath.Join(state, "ppn-triage", "claims.json"), addr: addr, actor: actor}, nil
}

func (h *hand) mine(c held, item string) bool {
	return c.Addr == h.addr && c.Actor == h.actor && c.Item == item
}

// find returns the claim on an item, zero if there is none.
func (h *hand) find(item string) (held, error) {
	list, err := h.read()
	if n := slices.IndexFunc(list, func(c held) bool { return h.mine(c, item) }); n >= 0 {
		return list[n], err
	}
	return held{}, err
}

// keep remembers a claim as an answer shows it, and what version the person has
// seen. An item that nobody holds any more, or another, is forgotten.
func (h *hand) keep(i *pb.Item, seen uint64) error {
	return h.change(func(list []held) []held {
		list = slices.DeleteFunc(list, func(c held) bool { return h.mine(c, i.GetId()) })
		if c := i.GetClaim(); c.GetBy() == h.actor && c.GetToken() > 0 {
			list = append(list, held{Addr: h.addr, Actor: h.actor, Item: i.GetId(), Token: c.GetToken(), Version: seen, Until: c.GetUntil().AsTime()})
		}
		return list
	})
}

// saw remembers that the person has seen an item that he holds from here.
func (h *hand) saw(i *pb.Item) error {
	c, err := h.find(i.GetId())
	if err != nil || c.Item == "" || c.Version == i.GetVersion() {
		return err
	}
	return h.change(func(list []held) []held {
		for n := range list {
			if h.mine(list[n], i.GetId()) {
				list[n].Version = i.GetVersion()
			}
		}
		return list
	})
}

// drop forgets a claim.
func (h *hand) drop(item string) error {
	return h.change(func(list []held) []held {
		return slices.DeleteFunc(list, func(c held) bool { return h.mine(c, item) })
	})
}

func (h *hand) read() (list []held, err error) {
	b, err := os.ReadFile(h.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err == nil {
		err = json.Unmarshal(b, &list)
	}
	if err != nil {
		return nil, fmt.Errorf("read claims from %s: %w", h.path, err)
	}
	return list, nil
}

func (h *hand) change(f func([]held) []held) error {
	if err := os.MkdirAll(filepath.Dir(h.path), 0o700); err != nil {
		return fmt.Errorf("keep the claim: %w", err)
	}
	lock, err := os.OpenFile(h.path+".lock", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("keep the claim: %w", err)
	}
	defer func() { _ = lock.Close() }()
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		return fmt.Errorf("keep the claim: lock: %w", err)
	}
	list, err := h.read()
	if err != nil {
		return err
	}
	list = slices.DeleteFunc(f(list), func(c held) bool { return time.Since(c.Until) > forget })
	b, err := json.MarshalIndent(list, "", "  ")
	if err != nil {
		return fmt.Errorf("keep the claim: %w", err)
	}
	tmp := h.path + ".tmp"
	if err := os.WriteFile(tmp, append(b, '\n'), 0o600); err != nil {
		return fmt.Errorf("keep the claim: %w", err)
	}
	if err := os.Rename(tmp, h.path); err != nil {
		return fmt.Errorf("keep the claim: %w", err)
	}
	return nil
}
