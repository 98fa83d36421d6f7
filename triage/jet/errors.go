package jet

import (
	"errors"
	"fmt"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/ppn-triage/ppn-triage/triage"
)

// Errors of writing, beside triage.ErrPosition (somebody else wrote first) and
// triage.ErrInvalid. An error that is none of these means: not stored.
var (
	// ErrUnknown says that a write was sent and no answer came: it may be
	// stored now, later or never. The caller catches up with the log and looks.
	ErrUnknown = triage.ErrUnknown
	// ErrDenied says that the server's permissions refuse the subject.
	ErrDenied = errors.New("the NATS user may not do this")
	// ErrTooLarge says that a message is over the limit of its stream.
	ErrTooLarge = fmt.Errorf("%w: message too large", triage.ErrInvalid)
	// ErrFull says that the stream is at its size limit and takes nothing more.
	ErrFull = errors.New("the stream is full")
	// ErrExists says that a key of that name is there already, or was.
	ErrExists = fmt.Errorf("%w: the name is taken", triage.ErrState)
)

// HoleError says that a stream lacks a sequence it should hold. It is a
// triage.ErrChain; the archive may still have the record.
type HoleError struct {
	Stream string
	Seq    uint64 // the first one missing
	First  uint64 // first and last sequence the stream says it holds
	Last   uint64
	Ages   bool // what lies before First may have gone by its age
}

func (e *HoleError) Error() string {
	return fmt.Sprintf("stream %s: sequence %d is missing (the stream says it holds %d to %d): %v",
		e.Stream, e.Seq, e.First, e.Last, triage.ErrChain)
}

func (e *HoleError) Unwrap() error { return triage.ErrChain }

// Missing returns the sequence, and whether it may have gone by its age.
func (e *HoleError) Missing() (seq uint64, aged bool) { return e.Seq, e.Ages && e.Seq < e.First }

// DecodeError says that a commit's bytes are not a commit this program knows.
// It is a triage.ErrChain. Its text never holds the cause's, which could quote
// content.
type DecodeError struct {
	Stream string
	Seq    uint64
	Err    error
}

func (e *DecodeError) Error() string {
	return fmt.Sprintf("stream %s: sequence %d is not a commit this program can read: %v", e.Stream, e.Seq, triage.ErrChain)
}

func (e *DecodeError) Unwrap() []error { return []error{triage.ErrChain, e.Err} }

// The server's refusals for want of room: a stream that discards new messages
// is at its limit, or the store or account is.
const (
	codeStoreFailed       jetstream.ErrorCode = 10077
	codeAccountResources  jetstream.ErrorCode = 10002
	codeNoResources       jetstream.ErrorCode = 10023
	codeStorageResources  jetstream.ErrorCode = 10047
	descriptionStreamFull                     = "maximum bytes exceeded"
)

// writeError says what a failed publish means for the caller. Whatever the
// server has not refused in so many words is ErrUnknown.
func writeError(err error) error {
	if errors.Is(err, ErrDenied) {
		return err
	}
	if api, ok := errors.AsType[*jetstream.APIError](err); ok {
		switch api.ErrorCode {
		case jetstream.JSErrCodeStreamWrongLastSequence, jetstream.JSErrCodeStreamWrongLastSequenceConstant:
			return triage.ErrPosition
		case jetstream.JSErrCodeStreamMessageExceedsMaximum:
			return ErrTooLarge
		case codeAccountResources, codeNoResources, codeStorageResources:
			return fmt.Errorf("%w: %s", ErrFull, api.Description)
		case codeStoreFailed:
			if api.Description == descriptionStreamFull {
				return ErrFull
			}
		}
		return err
	}
	switch {
	case errors.Is(err, nats.ErrMaxPayload):
		return fmt.Errorf("%w: the server's max_payload is lower than the stream's limit", ErrTooLarge)
	case errors.Is(err, jetstream.ErrNoStreamResponse), errors.Is(err, nats.ErrReconnectBufExceeded):
		return err // never reached a stream
	}
	return fmt.Errorf("%w: %w", ErrUnknown, err)
}
