package archive

import (
	"errors"
	"fmt"

	"github.com/ppn-triage/ppn-triage/triage"
)

// Errors of an archive. Wrong identity and damage are triage.ErrChain too.
var (
	// ErrLocked says that another writer holds the folder.
	ErrLocked = errors.New("another program writes to this archive")
	// ErrIdentity says that the folder holds another stream.
	ErrIdentity = fmt.Errorf("the archive of another stream: %w", triage.ErrChain)
	// ErrUnwritable says that a write or sync failed. What was synced before
	// stays; the archive takes nothing more until it is closed and opened again.
	ErrUnwritable = errors.New("the archive cannot be written")
	// ErrClosed says that the archive was closed, or is open for reading only.
	ErrClosed = errors.New("the archive is not open for writing")
)

// CorruptError says where an archive is damaged. It is a triage.ErrChain.
type CorruptError struct {
	File string // base name
	Seq  uint64 // first sequence that cannot be trusted; 0 if none can
	At   int64  // offset in the file
	Why  string
}

func (e *CorruptError) Error() string {
	return fmt.Sprintf("archive file %s is damaged at byte %d, sequence %d: %s: %v", e.File, e.At, e.Seq, e.Why, triage.ErrChain)
}

func (e *CorruptError) Unwrap() error { return triage.ErrChain }

// WriteError is a failed write with its cause. It is an ErrUnwritable.
type WriteError struct {
	Op  string
	Err error
}

func (e *WriteError) Error() string { return fmt.Sprintf("%v: %s: %v", ErrUnwritable, e.Op, e.Err) }

func (e *WriteError) Unwrap() []error { return []error{ErrUnwritable, e.Err} }
