package main

import (
	"bufio"
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// How far a mail is.
const (
	pending   = "pending"   // not accepted, or nobody knows
	accepted  = "accepted"  // in the log of notices
	receipted = "receipted" // in the second copy too
)

// entry is what is known of one mail for one front door and force. It holds
// nothing of the mail.
type entry struct {
	SHA256    string    `json:"sha256"`
	FrontDoor string    `json:"front_door"`
	Force     string    `json:"force"`
	Name      string    `json:"name"` // file that it came from
	Size      int       `json:"size"`
	State     string    `json:"state"`
	Seq       uint64    `json:"seq,omitempty"`
	Sent      string    `json:"sent,omitempty"` // SHA-256 of what was published: of a large mail only its head
	Notice    string    `json:"notice_id,omitempty"`
	At        time.Time `json:"at"`
}

func (e *entry) key() string { return e.FrontDoor + "." + e.Force + "." + e.SHA256 }

func newEntry(m mail, frontDoor, force string) entry {
	return entry{SHA256: digest(m.data), FrontDoor: frontDoor, Force: force, Name: m.name, Size: len(m.data), State: pending, At: time.Now().UTC()}
}

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// spool knows every mail and how far it is. With a folder it outlives the
// program: index.jsonl holds a line for every step, the newest of a mail
// counts; mails/ holds a copy of each until its receipt. Without one it knows
// the mails of this run.
type spool struct {
	dir   string
	index *os.File
	lock  *os.File
	known map[string]entry
}

// remember is how long a receipted mail is known: as long as the log of notices
// keeps it by default (design: 120 days).
const remember = 120 * 24 * time.Hour

// openSpool opens a spool, made if absent; dir may be empty.
func openSpool(dir string) (*spool, error) {
	s := &spool{dir: dir, known: map[string]entry{}}
	if dir == "" {
		return s, nil
	}
	err := os.MkdirAll(filepath.Join(dir, "mails"), 0o700)
	if err == nil {
		s.lock, err = os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	}
	if err != nil {
		return nil, fmt.Errorf("spool: %w", err)
	}
	err = syscall.Flock(int(s.lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	switch {
	case errors.Is(err, syscall.EWOULDBLOCK):
		err = fmt.Errorf("spool %s is in use by another noticepush", dir)
	case err == nil:
		err = s.load()
	}
	if err != nil {
		_ = s.lock.Close()
		return nil, err
	}
	return s, nil
}

func (s *spool) close() {
	if s.dir != "" {
		_ = s.index.Close()
		_ = s.lock.Close()
	}
}

// load reads the index, finds copies that were written just before the program
// was killed, and writes the index anew without what is outlived.
func (s *spool) load() error {
	path := filepath.Join(s.dir, "index.jsonl")
	b, err := os.ReadFile(filepath.Clean(path))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("spool: %w", err)
	}
	for n, line := range bytes.SplitAfter(b, []byte("\n")) {
		var e entry
		switch err := json.Unmarshal(line, &e); {
		case !bytes.HasSuffix(line, []byte("\n")): // the end, or a line that a kill cut short: its step was not done
		case err != nil:
			return fmt.Errorf("spool: %s line %d: %w", path, n+1, err)
		case e.State != receipted || time.Since(e.At) < remember:
			s.known[e.key()] = e
		}
	}
	if err := s.orphans(); err != nil {
		return err
	}
	return s.compact(path)
}

// orphans takes in copies that the index does not know, and drops the ones that
// are not needed any more.
func (s *spool) orphans() error {
	halves, _ := filepath.Glob(filepath.Join(s.dir, "mails", ".*.tmp")) // the pattern is good
	for _, path := range halves {
		_ = os.Remove(path)
	}
	list, err := visible(filepath.Join(s.dir, "mails"))
	if err != nil {
		return fmt.Errorf("spool: %w", err)
	}
	for _, path := range list {
		parts := strings.Split(filepath.Base(path), ".") // front door, force, digest, "eml"
		if len(parts) != 4 || parts[3] != "eml" {
			continue
		}
		e := entry{FrontDoor: parts[0], Force: parts[1], SHA256: parts[2]}
		have, ok := s.known[e.key()]
		if ok && have.State != receipted {
			continue
		}
		if ok {
			_ = os.Remove(path)
			continue
		}
		data, err := os.ReadFile(filepath.Clean(path))
		if err != nil {
			return fmt.Errorf("spool: %w", err)
		}
		if e = newEntry(mail{name: path, data: data}, e.FrontDoor, e.Force); e.SHA256 == parts[2] {
			s.known[e.key()] = e
		}
	}
	return nil
}

func (s *spool) compact(path string) error {
	f, err := os.OpenFile(path+".tmp", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("spool: %w", err)
	}
	w := bufio.NewWriter(f)
	for _, e := range s.in("") {
		b, err := json.Marshal(e)
		if err != nil {
			return fmt.Errorf("spool: %w", err)
		}
		_, _ = w.Write(append(b, '\n')) // Flush tells
	}
	if err := errors.Join(w.Flush(), f.Sync()); err != nil {
		return fmt.Errorf("spool: %w", err)
	}
	if err := os.Rename(path+".tmp", path); err != nil {
		return fmt.Errorf("spool: %w", err)
	}
	s.index = f // its offset is at the end, and it goes by the new name
	return syncDir(s.dir)
}

// in lists what is in a state, in the order in which it was first given; every
// mail for an empty state.
func (s *spool) in(state string) (list []entry) {
	for _, e := range s.known {
		if state == "" || e.State == state {
			list = append(list, e)
		}
	}
	slices.SortFunc(list, func(a, b entry) int { return cmp.Or(a.At.Compare(b.At), strings.Compare(a.key(), b.key())) })
	return list
}

// add takes in a mail: first its copy, then its line. When it returns, a kill
// loses neither.
func (s *spool) add(e entry, data []byte) error {
	if s.dir != "" {
		if err := write(s.copy(e), data); err != nil {
			return fmt.Errorf("spool: %w", err)
		}
	}
	return s.set(e)
}

// set writes down how far a mail is. With the receipt its copy goes.
func (s *spool) set(e entry) error {
	if s.dir != "" {
		b, err := json.Marshal(e)
		if err == nil {
			_, err = s.index.Write(append(b, '\n'))
		}
		if err = errors.Join(err, s.index.Sync()); err != nil {
			return fmt.Errorf("spool: %w", err)
		}
		if e.State == receipted {
			if err := os.Remove(s.copy(e)); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return fmt.Errorf("spool: %w", err)
			}
		}
	}
	s.known[e.key()] = e
	return nil
}

// data reads a mail's copy, and refuses one that is not the mail.
func (s *spool) data(e entry) ([]byte, error) {
	b, err := os.ReadFile(s.copy(e))
	if err != nil {
		return nil, fmt.Errorf("spool: %w", err)
	}
	if digest(b) != e.SHA256 {
		return nil, fmt.Errorf("spool: %s is not what was given", s.copy(e))
	}
	return b, nil
}

func (s *spool) copy(e entry) string { return filepath.Join(s.dir, "mails", e.key()+".eml") }

// write makes a file that is there whole or not at all.
func write(path string, data []byte) error {
	tmp := filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+".tmp")
	f, err := os.OpenFile(filepath.Clean(tmp), os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(tmp, path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

func syncDir(dir string) error {
	d, err := os.Open(filepath.Clean(dir))
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
