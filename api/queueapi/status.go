package queueapi

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/protoadapt"
	"google.golang.org/protobuf/types/known/durationpb"

	pb "github.com/ppn-triage/ppn-triage/api/triagev1"
	"github.com/ppn-triage/ppn-triage/triage"
)

// domain stands in every ErrorInfo.
const domain = "triage"

// fault is an error that the API itself finds, with its reason and, of a bad
// request, what is wrong with which field.
type fault struct {
	reason pb.ErrorReason
	text   string
	fields []*errdetails.BadRequest_FieldViolation
}

func (f *fault) Error() string { return f.text }

// invalid is a bad field of a request.
func invalid(field, text string) error {
	return bad(pb.ErrorReason_ERROR_REASON_INVALID, field, text)
}

func bad(reason pb.ErrorReason, field, text string) error {
	return &fault{reason: reason, text: field + ": " + text, fields: []*errdetails.BadRequest_FieldViolation{violation(field, text)}}
}

func violation(field, text string) *errdetails.BadRequest_FieldViolation {
	return &errdetails.BadRequest_FieldViolation{Field: field, Description: text}
}

// unnamed is a call that needs to know its caller and does not.
func unnamed() error {
	return &fault{reason: pb.ErrorReason_ERROR_REASON_UNAUTHENTICATED, text: "name the caller: what this shows or changes is recorded under a name"}
}

// outcomes is the one table from an error to what the caller is told. The
// first row that fits counts.
var outcomes = []struct {
	is     error
	code   codes.Code
	reason pb.ErrorReason
	retry  time.Duration // when it makes sense to try again
}{
	{triage.ErrNotFound, codes.NotFound, pb.ErrorReason_ERROR_REASON_NOT_FOUND, 0},
	{triage.ErrStale, codes.Aborted, pb.ErrorReason_ERROR_REASON_STALE, 0},
	{triage.ErrClaimed, codes.FailedPrecondition, pb.ErrorReason_ERROR_REASON_CLAIMED, 0},
	{triage.ErrToken, codes.FailedPrecondition, pb.ErrorReason_ERROR_REASON_TOKEN, 0},
	{triage.ErrUnopened, codes.FailedPrecondition, pb.ErrorReason_ERROR_REASON_UNOPENED, 0},
	{triage.ErrClaimCap, codes.ResourceExhausted, pb.ErrorReason_ERROR_REASON_CLAIM_CAP, 0},
	{triage.ErrState, codes.FailedPrecondition, pb.ErrorReason_ERROR_REASON_STATE, 0},
	{triage.ErrInvalid, codes.InvalidArgument, pb.ErrorReason_ERROR_REASON_INVALID, 0},
	{triage.ErrBehind, codes.Unavailable, pb.ErrorReason_ERROR_REASON_BEHIND, time.Second},
	{triage.ErrPosition, codes.Aborted, pb.ErrorReason_ERROR_REASON_POSITION, 100 * time.Millisecond},
	{triage.ErrUnknown, codes.Aborted, pb.ErrorReason_ERROR_REASON_POSITION, time.Second},
	{triage.ErrChain, codes.DataLoss, pb.ErrorReason_ERROR_REASON_CHAIN, 0},
}

// faultCodes are the codes of what the API itself finds.
var faultCodes = map[pb.ErrorReason]codes.Code{
	pb.ErrorReason_ERROR_REASON_INVALID:     codes.InvalidArgument,
	pb.ErrorReason_ERROR_REASON_PAGE_TOKEN:  codes.InvalidArgument,
	pb.ErrorReason_ERROR_REASON_REQUEST_ID:  codes.InvalidArgument,
	pb.ErrorReason_ERROR_REASON_FRONT_DOOR:  codes.InvalidArgument,
	pb.ErrorReason_ERROR_REASON_TOO_LARGE:   codes.InvalidArgument,
	pb.ErrorReason_ERROR_REASON_SLOW_READER: codes.ResourceExhausted,

	pb.ErrorReason_ERROR_REASON_UNAUTHENTICATED: codes.Unauthenticated,
}

// toStatus turns any error into what the caller is told: code, reason, the bad
// field, when to try again. What is in no table is Internal with a fixed text;
// its cause is logged, never sent.
func toStatus(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if _, ok := status.FromError(err); ok {
		return err
	}
	if e := context.Cause(ctx); e != nil && ctx.Err() != nil {
		return status.FromContextError(ctx.Err()).Err()
	}
	var f *fault
	if errors.As(err, &f) {
		return withDetails(faultCodes[f.reason], f.reason, f.text, f.fields, 0)
	}
	for _, o := range outcomes {
		if errors.Is(err, o.is) {
			return withDetails(o.code, o.reason, err.Error(), nil, o.retry)
		}
	}
	slog.ErrorContext(ctx, "a call failed", "error", err)
	return withDetails(codes.Internal, pb.ErrorReason_ERROR_REASON_INTERNAL, "a fault of the service; its log says more", nil, 0)
}

func withDetails(code codes.Code, reason pb.ErrorReason, text string, fields []*errdetails.BadRequest_FieldViolation, retry time.Duration) error {
	details := []protoadapt.MessageV1{&errdetails.ErrorInfo{
		Reason: strings.TrimPrefix(reason.String(), "ERROR_REASON_"), Domain: domain,
	}}
	if len(fields) > 0 {
		details = append(details, &errdetails.BadRequest{FieldViolations: fields})
	}
	if retry > 0 {
		details = append(details, &errdetails.RetryInfo{RetryDelay: durationpb.New(retry)})
	}
	s, err := status.New(code, text).WithDetails(details...)
	if err != nil {
		return status.Error(code, text)
	}
	return s.Err()
}

// answer serves one unary call: it checks the request, has it done and says
// what came of it.
func answer[Q proto.Message, A any](ctx context.Context, r Q, do func(context.Context, Q) (*A, error)) (*A, error) {
	err := check(r)
	var a *A
	if err == nil {
		a, err = do(ctx, r)
	}
	if err != nil {
		return nil, toStatus(ctx, err)
	}
	return a, nil
}

// stream serves one call that answers with a stream.
func stream[Q proto.Message, A any](r Q, out grpc.ServerStreamingServer[A], do func(context.Context, Q, grpc.ServerStreamingServer[A]) error) error {
	ctx := out.Context()
	err := check(r)
	if err == nil {
		err = do(ctx, r, out)
	}
	return toStatus(ctx, err)
}
