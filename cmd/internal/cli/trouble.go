package cli

import (
	"errors"
	"strings"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	pb "github.com/ppn-triage/ppn-triage/api/triagev1"
)

// Exit codes of the tools.
const (
	ExitOK          = 0
	ExitFailed      = 1 // refused, or not done
	ExitUsage       = 2 // the command line is wrong
	ExitUnavailable = 3 // no answer, or not yet
)

// advice says for each reason what a person can do. The reasons are those of
// the contract, ErrorReason in queue.proto.
var advice = map[pb.ErrorReason]string{
	pb.ErrorReason_ERROR_REASON_NOT_FOUND:       "look for it with: triageq list",
	pb.ErrorReason_ERROR_REASON_STALE:           "see what is new with: triageq show ITEM; then try again",
	pb.ErrorReason_ERROR_REASON_CLAIMED:         "take another one with: triageq next",
	pb.ErrorReason_ERROR_REASON_TOKEN:           "take it with: triageq claim ITEM",
	pb.ErrorReason_ERROR_REASON_STATE:           "see how it stands with: triageq show ITEM",
	pb.ErrorReason_ERROR_REASON_UNOPENED:        "read it with: triageq read ITEM; then try again",
	pb.ErrorReason_ERROR_REASON_CLAIM_CAP:       "see what you hold with: triageq list --mine; decide or release one",
	pb.ErrorReason_ERROR_REASON_BEHIND:          "the queue is not shown in part; try again in a moment",
	pb.ErrorReason_ERROR_REASON_POSITION:        "nothing was changed; try again",
	pb.ErrorReason_ERROR_REASON_PAGE_TOKEN:      "start again from the first page",
	pb.ErrorReason_ERROR_REASON_FRONT_DOOR:      "name it with --front-door",
	pb.ErrorReason_ERROR_REASON_UNAUTHENTICATED: "say who you are with --as NAME, or by certificate with --cert and --key",
	pb.ErrorReason_ERROR_REASON_ROLE:            "another role may; on this machine it is named with --role",
	pb.ErrorReason_ERROR_REASON_CHAIN:           "tell the operator at once: nothing is written until the log has been looked at",
	pb.ErrorReason_ERROR_REASON_INTERNAL:        "tell the operator; before you repeat it, see whether it was done with: triageq show ITEM",
}

// Reason is the contract's reason of a refused call; unspecified if it has none.
func Reason(err error) pb.ErrorReason {
	for _, d := range status.Convert(err).Details() {
		if info, ok := d.(*errdetails.ErrorInfo); ok {
			return pb.ErrorReason(pb.ErrorReason_value["ERROR_REASON_"+info.GetReason()])
		}
	}
	return pb.ErrorReason_ERROR_REASON_UNSPECIFIED
}

// Trouble is an error as one line for a person: what, the reason, and what to
// do, with the exit code that goes with it.
func Trouble(err error) (line string, exit int) {
	exit = ExitFailed
	var call interface{ GRPCStatus() *status.Status }
	if !errors.As(err, &call) {
		return Plain(err.Error()), exit
	}
	s := call.GRPCStatus() // without the words of whoever wrapped it
	reason, what, hint := Reason(err), s.Message(), ""
	if s.Code() == codes.Unavailable || s.Code() == codes.DeadlineExceeded {
		exit = ExitUnavailable
	}
	switch {
	case reason != pb.ErrorReason_ERROR_REASON_UNSPECIFIED:
		what += " [" + strings.TrimPrefix(reason.String(), "ERROR_REASON_") + "]"
		hint = advice[reason]
	case s.Code() == codes.Unavailable:
		hint = "is triaged running there? The address is set with --addr"
	case s.Code() == codes.DeadlineExceeded:
		hint = "a command may have been done all the same: look before you repeat it"
	case s.Code() == codes.Unimplemented:
		what, hint = "this server cannot do that", "it may be older than this program"
	}
	if hint != "" {
		what += "; " + hint
	}
	return Plain(what), exit
}
