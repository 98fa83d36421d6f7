package archive

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"github.com/ppn-triage/ppn-triage/triage"
)

// KeysName is the file of a front door's wrapped data keys, beside the folders
// of its streams.
//
// It is "PPNKEYS1" LF and seven zeros, then records of 144 bytes:
//
//	  0   1  "K" a key, "E" one that was erased
//	  1   1  length of the name
//	  2  64  name, filled up with zeros
//	 66   1  length of the wrapped key
//	 67  61  wrapped key, filled up with zeros; all zeros once it was erased
//	128  16  first half of the SHA-256 of the bytes before
//
// Erasing overwrites the record. A record whose SHA-256 is wrong was cut off
// while it was written, and is passed over: the stream of keys has it.
const KeysName = "keys"

const (
	keysHead    = "PPNKEYS1\n\x00\x00\x00\x00\x00\x00\x00"
	keyRecord   = 144
	keyBody     = 128
	longestName = 64
	longestKey  = 61
)

// Keys is the second copy of wrapped data keys. It keeps the promises that
// package seal asks of a store of keys. It is safe for concurrent use.
type Keys struct {
	lock  sync.Mutex
	f     *os.File // nil: open for reading only
	size  int64
	order []string
	keys  map[string]keyPlace
}

type keyPlace struct {
	at      int64
	wrapped []byte // nil: erased
}

// OpenKeys opens the file of a front door's folder for writing, and makes it if
// there is none. The caller is the one writer.
func OpenKeys(dir string) (*Keys, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, &WriteError{Op: "make the folder", Err: err}
	}
	f, err := os.OpenFile(filepath.Join(dir, KeysName), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, &WriteError{Op: "open the file of keys", Err: err}
	}
	k := &Keys{f: f, keys: map[string]keyPlace{}}
	if err := k.begin(dir); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return k, nil
}

func (k *Keys) begin(dir string) error {
	b, err := io.ReadAll(k.f)
	if err != nil {
		return fmt.Errorf("read keys: %w", err)
	}
	if len(b) < len(keysHead) { // new, or cut off while it was made
		if err := k.write([]byte(keysHead), 0); err != nil {
			return err
		}
		b = []byte(keysHead)
		if err := (&Archive{dir: dir, disk: realDisk}).syncDir(); err != nil {
			return &WriteError{Op: "sync the folder", Err: err}
		}
	}
	return k.load(b)
}

// ReadKeys opens the file of a front door's folder for reading; without one
// there are no keys.
func ReadKeys(dir string) (*Keys, error) {
	k := &Keys{keys: map[string]keyPlace{}}
	b, err := os.ReadFile(filepath.Join(filepath.Clean(dir), KeysName))
	if errors.Is(err, os.ErrNotExist) {
		return k, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read keys: %w", err)
	}
	return k, k.load(b)
}

func (k *Keys) load(b []byte) error {
	if !bytes.HasPrefix(b, []byte(keysHead)) {
		return &CorruptError{File: KeysName, Why: "not a file of keys"}
	}
	at := len(keysHead)
	for ; at+keyRecord <= len(b); at += keyRecord {
		r := b[at : at+keyRecord]
		if sum := sha256.Sum256(r[:keyBody]); !bytes.Equal(sum[:keyRecord-keyBody], r[keyBody:]) || r[1] > longestName || r[66] > longestKey {
			continue
		}
		p := keyPlace{at: int64(at)}
		if r[0] == 'K' {
			p.wrapped = slices.Clone(r[67 : 67+int(r[66])])
		}
		k.note(string(r[2:2+int(r[1])]), p)
	}
	k.size = int64(at) // what is cut off behind is written over
	return nil
}

func (k *Keys) note(name string, p keyPlace) {
	if _, known := k.keys[name]; !known {
		k.order = append(k.order, name)
	}
	k.keys[name] = p
}

// PutKey stores a key under a new name.
func (k *Keys) PutKey(_ context.Context, name string, wrapped []byte) error {
	k.lock.Lock()
	defer k.lock.Unlock()
	if _, taken := k.keys[name]; taken {
		return fmt.Errorf("put key %s: %w: the name is taken", name, triage.ErrState)
	}
	return k.set(name, wrapped)
}

// GetKey returns a key; triage.ErrNotFound if there is none or it was erased.
func (k *Keys) GetKey(_ context.Context, name string) ([]byte, error) {
	k.lock.Lock()
	defer k.lock.Unlock()
	if p := k.keys[name]; p.wrapped != nil {
		return p.wrapped, nil
	}
	return nil, fmt.Errorf("get key %s: %w", name, triage.ErrNotFound)
}

// EraseKey overwrites a key and keeps its name taken.
func (k *Keys) EraseKey(_ context.Context, name string) error {
	k.lock.Lock()
	defer k.lock.Unlock()
	if p, known := k.keys[name]; known && p.wrapped == nil {
		return nil
	}
	return k.set(name, nil)
}

// ReplaceKey overwrites a key with another wrapping of it.
func (k *Keys) ReplaceKey(_ context.Context, name string, wrapped []byte) error {
	k.lock.Lock()
	defer k.lock.Unlock()
	if k.keys[name].wrapped == nil {
		return fmt.Errorf("replace key %s: %w", name, triage.ErrNotFound)
	}
	return k.set(name, wrapped)
}

// EachKey visits every name in the order of the file.
func (k *Keys) EachKey(_ context.Context, visit func(name string, wrapped []byte) error) error {
	k.lock.Lock()
	names := slices.Clone(k.order)
	k.lock.Unlock()
	for _, name := range names {
		k.lock.Lock()
		wrapped := k.keys[name].wrapped
		k.lock.Unlock()
		if err := visit(name, wrapped); err != nil {
			return err
		}
	}
	return nil
}

// Take brings a name to where the stream of keys has it. Keys that are new are
// on the disk once Sync has returned, those that were erased at once.
func (k *Keys) Take(name string, wrapped []byte) error {
	k.lock.Lock()
	defer k.lock.Unlock()
	p, known := k.keys[name]
	if known && bytes.Equal(p.wrapped, wrapped) {
		return nil
	}
	if known && p.wrapped == nil {
		return fmt.Errorf("take key %s: %w: it was erased", name, triage.ErrState)
	}
	if known || len(wrapped) == 0 {
		return k.set(name, wrapped)
	}
	return k.put(name, wrapped)
}

// Sync makes sure of what was taken.
func (k *Keys) Sync() error {
	if k.f == nil {
		return ErrClosed
	}
	if err := k.f.Sync(); err != nil {
		return &WriteError{Op: "sync the keys", Err: err}
	}
	return nil
}

// Close ends writing.
func (k *Keys) Close() error {
	if k.f == nil {
		return nil
	}
	return k.f.Close()
}

func (k *Keys) set(name string, wrapped []byte) error {
	if err := k.put(name, wrapped); err != nil {
		return err
	}
	return k.Sync()
}

func (k *Keys) put(name string, wrapped []byte) error {
	if k.f == nil {
		return ErrClosed
	}
	if name == "" || len(name) > longestName || len(wrapped) > longestKey {
		return fmt.Errorf("keep key: %w: its name or length", triage.ErrInvalid)
	}
	p, known := k.keys[name]
	if !known {
		p.at = k.size
	}
	r := make([]byte, keyRecord)
	if r[0] = 'E'; len(wrapped) > 0 {
		r[0] = 'K'
	}
	r[1], r[66] = byte(len(name)), byte(len(wrapped))
	copy(r[2:], name)
	copy(r[67:], wrapped)
	sum := sha256.Sum256(r[:keyBody])
	copy(r[keyBody:], sum[:])
	if err := k.write(r, p.at); err != nil {
		return err
	}
	if !known {
		k.size += keyRecord
	}
	p.wrapped = nil
	if len(wrapped) > 0 {
		p.wrapped = slices.Clone(wrapped)
	}
	k.note(name, p)
	return nil
}

func (k *Keys) write(b []byte, at int64) error {
	if _, err := k.f.WriteAt(b, at); err != nil {
		return &WriteError{Op: "write a key", Err: err}
	}
	return nil
}
