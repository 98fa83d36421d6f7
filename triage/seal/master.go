package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// keySize is the length of every key, in bytes.
const keySize = 32

// ErrMaster says that a wrapped key was wrapped by another master key.
var ErrMaster = errors.New("the master key is not the one that the data keys were wrapped with")

// Master wraps data keys. Its first key wraps; the others still open what they
// wrapped, so that a master key can be changed while the service runs.
type Master struct{ keys [][]byte }

// NewMaster returns a new random master key.
func NewMaster() Master {
	key := make([]byte, keySize)
	_, _ = rand.Read(key) // never fails
	return Master{keys: [][]byte{key}}
}

// ParseMaster reads a master key file: a line a key, 32 bytes in hexadecimal,
// the one that wraps first. Its errors hold nothing of the text.
func ParseMaster(text string) (Master, error) {
	var m Master
	for n, line := range strings.Split(strings.TrimSpace(text), "\n") {
		key, err := hex.DecodeString(strings.TrimSpace(line))
		if err != nil || len(key) != keySize {
			return Master{}, fmt.Errorf("line %d is no key: 64 hexadecimal digits are wanted", n+1)
		}
		m.keys = append(m.keys, key)
	}
	return m, nil
}

// LoadMaster reads the master key's file. If there is none and may says that
// one may be made, it is made, for its owner alone, and made is true.
func LoadMaster(path string, may bool) (m Master, made bool, err error) {
	b, err := os.ReadFile(filepath.Clean(path))
	if errors.Is(err, fs.ErrNotExist) && may {
		if made, err = makeMaster(path); err == nil {
			b, err = os.ReadFile(filepath.Clean(path))
		}
	}
	if err != nil {
		return m, false, fmt.Errorf("master key: %w", err)
	}
	if m, err = ParseMaster(string(b)); err != nil {
		return m, false, fmt.Errorf("master key %s: %w", path, err)
	}
	return m, made, nil
}

// makeMaster makes the file, whole and on the disk before its name is there,
// and never over another: what that one has wrapped would be lost. made is
// false if somebody else was first.
func makeMaster(path string) (made bool, err error) {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*") // mode 0600
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, os.Remove(f.Name())) }()
	_, err = fmt.Fprintf(f, "%x\n", NewMaster().keys[0])
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return false, err
	}
	if err = os.Link(f.Name(), path); errors.Is(err, fs.ErrExist) {
		return false, nil
	}
	return err == nil, err
}

// wrap seals a data key for the store.
func (m Master) wrap(name string, key []byte) ([]byte, error) {
	a, err := wrapper(m.keys[0], name)
	if err != nil {
		return nil, err
	}
	nonce := make([]byte, a.NonceSize())
	_, _ = rand.Read(nonce) // never fails
	return a.Seal(nonce, nonce, key, []byte(name)), nil
}

// unwrap opens a data key; old says that it was not the first key that did it.
func (m Master) unwrap(name string, wrapped []byte) (key []byte, old bool, err error) {
	for n, k := range m.keys {
		a, err := wrapper(k, name)
		if err != nil {
			return nil, false, err
		}
		if len(wrapped) < a.NonceSize() {
			break
		}
		if key, err = a.Open(nil, wrapped[:a.NonceSize()], wrapped[a.NonceSize():], []byte(name)); err == nil {
			return key, n > 0, nil
		}
	}
	return nil, false, fmt.Errorf("key %s: %w", name, ErrMaster)
}

func wrapper(master []byte, name string) (cipher.AEAD, error) {
	return newAEAD(master, "ppn wrap "+name)
}

// newAEAD derives a key for one purpose and returns its cipher.
func newAEAD(secret []byte, purpose string) (cipher.AEAD, error) {
	key, err := hkdf.Key(sha256.New, secret, nil, purpose, keySize)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}
