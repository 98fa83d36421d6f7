package jet

import (
	"errors"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// TestARetryUnderTheSameIDIsNotSwallowed (sbomscanner PR #281, nats-server
// #7302): a client that sets Nats-Msg-Id hands the same mail in again after its
// processing failed, and later another mail under the same id. The server forgets
// an id at once, so each is a message of its own, to be joined by what it says.
func TestARetryUnderTheSameIDIsNotSwallowed(t *testing.T) {
	l, ctx := newLog(t), testContext(t)
	for n, body := range [][]byte{mail(1), mail(1), mail(2)} {
		m := &nats.Msg{Subject: l.noticeSubject("wyp"), Data: body, Header: nats.Header{"Nats-Msg-Id": {"1"}}}
		ack, err := l.conn.js.PublishMsg(ctx, m)
		if err != nil || ack.Duplicate || ack.Sequence != uint64(n+1) { //nolint:gosec // small
			t.Fatalf("publish %d under the same id: %+v, %v", n, ack, err)
		}
		time.Sleep(2 * dedupWindow)
	}
}

// TestNothingOfTheLogCanBeDeleted (mockforge #872: deleting a case took its trail
// with it), not by the server's administrator either, while the stream stands.
func TestNothingOfTheLogCanBeDeleted(t *testing.T) {
	l, ctx := newLog(t), testContext(t)
	push(t, l, 1, 3)
	appendCommits(t, l, 1, 3)
	if _, err := l.PublishRead(ctx, []byte("view")); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{l.noticesName(), l.auditName(), l.readsName()} {
		s, err := l.conn.js.Stream(ctx, name)
		if err != nil {
			t.Fatal(err)
		}
		api := func(err error) bool { _, ok := errors.AsType[*jetstream.APIError](err); return ok }
		if err := s.DeleteMsg(ctx, 1); !errors.Is(err, jetstream.ErrMsgDeleteUnsuccessful) {
			t.Errorf("%s: DeleteMsg = %v, want the server's refusal", name, err)
		}
		if err := s.SecureDeleteMsg(ctx, 1); !errors.Is(err, jetstream.ErrMsgDeleteUnsuccessful) {
			t.Errorf("%s: SecureDeleteMsg = %v, want the server's refusal", name, err)
		}
		if err := s.Purge(ctx); !api(err) {
			t.Errorf("%s: Purge = %v, want the server's refusal", name, err)
		}
		open := s.CachedInfo().Config
		open.DenyDelete, open.DenyPurge = false, false
		if _, err := l.conn.js.UpdateStream(ctx, open); !api(err) {
			t.Errorf("%s: allowing it = %v, want the server's refusal", name, err)
		}
	}
}
