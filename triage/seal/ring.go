package seal

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"sync"

	"github.com/ppn-triage/ppn-triage/triage"
)

// Keys stores wrapped data keys by name, durably.
type Keys interface {
	// PutKey stores a key under a name that nobody has used; triage.ErrState if
	// somebody has, also if that key was erased.
	PutKey(ctx context.Context, name string, wrapped []byte) error
	// GetKey returns a key; triage.ErrNotFound if there is none or it was erased.
	GetKey(ctx context.Context, name string) ([]byte, error)
	// EraseKey deletes a key for good and keeps its name taken. Again is no error.
	EraseKey(ctx context.Context, name string) error
	// ReplaceKey stores another wrapping of a key and deletes the former one.
	ReplaceKey(ctx context.Context, name string, wrapped []byte) error
	// EachKey visits every name that was ever used; wrapped is empty where the
	// key was erased.
	EachKey(ctx context.Context, visit func(name string, wrapped []byte) error) error
}

// ErrGone says that the key of a value was erased, or is not there.
var ErrGone = fmt.Errorf("%w: it was erased", triage.ErrState)

// namesKey is the data key that names children of the case list.
const namesKey = "names"

// Ring holds the data keys of a front door. It keeps those that were used in
// memory until Forget. It is safe for concurrent use.
type Ring struct {
	master Master
	store  Keys

	lock sync.RWMutex
	keys map[string][]byte // nil: erased
}

// OpenRing reads every key of a front door and proves by them that the master
// key is theirs: ErrMaster if it is not. Keys that an older line of the master
// key's file wrapped are wrapped anew, and again is how many.
func OpenRing(ctx context.Context, m Master, store Keys) (r *Ring, again int, err error) {
	if len(m.keys) == 0 {
		return nil, 0, fmt.Errorf("open the data keys: %w: no master key", triage.ErrInvalid)
	}
	r = &Ring{master: m, store: store, keys: map[string][]byte{}}
	var old []string
	err = store.EachKey(ctx, func(name string, wrapped []byte) error {
		if len(wrapped) == 0 {
			r.keys[name] = nil
			return nil
		}
		key, isOld, err := m.unwrap(name, wrapped)
		if isOld {
			old = append(old, name)
		}
		r.keys[name] = key
		return err
	})
	if err == nil {
		err = r.rewrap(ctx, old)
	}
	if err == nil && len(r.keys) > 0 && r.keys[namesKey] == nil {
		err = fmt.Errorf("key %s is missing while others are there: %w", namesKey, triage.ErrChain)
	}
	if err == nil {
		err = r.ensure(ctx, namesKey)
	}
	if err != nil {
		return nil, 0, fmt.Errorf("open the data keys: %w", err)
	}
	return r, len(old), nil
}

func (r *Ring) rewrap(ctx context.Context, names []string) error {
	for _, name := range names {
		wrapped, err := r.master.wrap(name, r.keys[name])
		if err != nil {
			return err
		}
		if err := r.store.ReplaceKey(ctx, name, wrapped); err != nil {
			return err
		}
	}
	return nil
}

// Used tells whether a front door's store holds any key: then a missing master
// key must not be replaced by a new one.
func Used(ctx context.Context, store Keys) (used bool, err error) {
	stop := errors.New("found")
	err = store.EachKey(ctx, func(string, []byte) error { return stop })
	if errors.Is(err, stop) {
		return true, nil
	}
	return false, err
}

// get returns a data key; ErrGone if it was erased or is not there.
func (r *Ring) get(ctx context.Context, name string) ([]byte, error) {
	r.lock.RLock()
	key, known := r.keys[name]
	r.lock.RUnlock()
	if known && key == nil {
		return nil, ErrGone
	}
	if known {
		return key, nil
	}
	wrapped, err := r.store.GetKey(ctx, name)
	if errors.Is(err, triage.ErrNotFound) {
		// Keys are stored before what they seal, so none comes later.
		r.put(name, nil)
		return nil, ErrGone
	}
	if err != nil {
		return nil, err
	}
	if key, _, err = r.master.unwrap(name, wrapped); err != nil {
		return nil, err
	}
	r.put(name, key)
	return key, nil
}

func (r *Ring) put(name string, key []byte) {
	r.lock.Lock()
	defer r.lock.Unlock()
	r.keys[name] = key
}

// ensure makes a key unless there is one. ErrGone: it was erased, and no other
// may take its name.
func (r *Ring) ensure(ctx context.Context, name string) error {
	r.lock.RLock()
	key, known := r.keys[name]
	r.lock.RUnlock()
	if known && key == nil {
		return ErrGone
	}
	if known {
		return nil
	}
	key = make([]byte, keySize)
	_, _ = rand.Read(key) // never fails
	wrapped, err := r.master.wrap(name, key)
	if err != nil {
		return err
	}
	switch err := r.store.PutKey(ctx, name, wrapped); {
	case errors.Is(err, triage.ErrState), errors.Is(err, triage.ErrUnknown):
		_, err := r.get(ctx, name) // another node's, or our own of a lost answer
		return err
	case err != nil:
		return err
	}
	r.put(name, key)
	return nil
}

// atOnce is how many keys are made at the same time: each waits for a disk.
const atOnce = 32

// ensureAll makes the keys that are not there.
func (r *Ring) ensureAll(ctx context.Context, names []string) error {
	var lock sync.Mutex
	var errs []error
	var wg sync.WaitGroup
	free := make(chan struct{}, atOnce)
	for _, name := range names {
		free <- struct{}{}
		wg.Go(func() {
			defer func() { <-free }()
			if err := r.ensure(ctx, name); err != nil && !errors.Is(err, ErrGone) {
				lock.Lock()
				defer lock.Unlock()
				errs = append(errs, err)
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// Erase deletes a key for good, in the store and here.
func (r *Ring) Erase(ctx context.Context, name string) error {
	if err := r.store.EraseKey(ctx, name); err != nil {
		return err
	}
	r.put(name, nil)
	return nil
}

// Forget takes keys that somebody erases out of memory.
func (r *Ring) Forget(names ...string) {
	r.lock.Lock()
	defer r.lock.Unlock()
	for _, n := range names {
		delete(r.keys, n)
	}
}

// TextKey is the name of the key of a notice's words and mail.
func TextKey(seq uint64) string { return fmt.Sprintf("n%d-t", seq) }

// IdentityKey is the name of the key of the people in a notice.
func IdentityKey(seq uint64) string { return fmt.Sprintf("n%d-i", seq) }

// WordsKey is the name of the key of what people write on an item.
func WordsKey(i triage.ItemID) string { return "w-" + string(i) }

// caseKey is the name of the key of a child of the case list.
func (r *Ring) caseKey(ctx context.Context, id string) (string, error) {
	key, err := r.get(ctx, namesKey)
	if err != nil {
		return "", err
	}
	h := hmac.New(sha256.New, key)
	h.Write([]byte(id))
	return "c-" + hex.EncodeToString(h.Sum(nil)[:16]), nil
}
