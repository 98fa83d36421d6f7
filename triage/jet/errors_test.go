package jet

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/ppn-triage/ppn-triage/triage"
)

// Each failure of a write is exactly one of: refused for the position, refused
// for a named reason, never sent, or unknown.
func TestWriteErrors(t *testing.T) {
	api := func(code jetstream.ErrorCode, text string) error {
		return fmt.Errorf("nats: %w", &jetstream.APIError{ErrorCode: code, Description: text})
	}
	other := errors.New("none of them")
	classes := []error{triage.ErrPosition, ErrUnknown, ErrTooLarge, ErrFull, ErrDenied}
	for _, c := range []struct {
		in, want error
	}{
		{api(10071, "wrong last sequence: 7"), triage.ErrPosition},
		{api(10164, "wrong last sequence"), triage.ErrPosition},
		{api(10054, "message size exceeds maximum allowed"), ErrTooLarge},
		{nats.ErrMaxPayload, ErrTooLarge},
		{api(10077, "maximum bytes exceeded"), ErrFull},
		{api(10047, "storage resources exceeded"), ErrFull},
		{api(10002, "resource limits exceeded for account"), ErrFull},
		{api(10023, "insufficient resources"), ErrFull},
		{api(10077, "store is closed"), other},
		{api(10060, "expected stream does not match"), other},
		{jetstream.ErrNoStreamResponse, other},
		{nats.ErrReconnectBufExceeded, other},
		{ErrDenied, ErrDenied},
		{errGone, ErrUnknown},
		{context.DeadlineExceeded, ErrUnknown},
		{nats.ErrTimeout, ErrUnknown},
		{nats.ErrConnectionClosed, ErrUnknown},
		{jetstream.ErrInvalidJSAck, ErrUnknown},
		{io.ErrUnexpectedEOF, ErrUnknown},
	} {
		got := writeError(c.in)
		for _, class := range classes {
			if errors.Is(got, class) != errors.Is(c.want, class) {
				t.Errorf("writeError(%v) = %v; is %v: %v", c.in, got, class, errors.Is(got, class))
			}
		}
		if c.want == ErrUnknown && !errors.Is(got, c.in) {
			t.Errorf("writeError(%v) = %v hides the cause", c.in, got)
		}
	}
}
