package triage

import "errors"

// Sentinels that cross package borders. queueapi/status.go maps each to a
// gRPC code; any other error is Internal there.
var (
	ErrNotFound = errors.New("not found")
	ErrStale    = errors.New("the item has changed since it was read")
	ErrClaimed  = errors.New("claimed by somebody else")
	ErrToken    = errors.New("the claim is not held any more")
	ErrState    = errors.New("not possible in the item's state")
	ErrUnopened = errors.New("the source text has not been opened since the last notice")
	ErrClaimCap = errors.New("too many items claimed by one person")
	ErrChain    = errors.New("the log is not contiguous or not the log expected")
	ErrPosition = errors.New("somebody else has written to the log first")
	ErrUnknown  = errors.New("nobody can tell whether the write was stored")
	ErrBehind   = errors.New("the queue is being rebuilt or is behind the log")
	ErrInvalid  = errors.New("invalid argument")
)
