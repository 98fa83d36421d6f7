package client

import (
	"context"
	"crypto/x509"
	"errors"
	"net/url"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/ppn-triage/ppn-triage/api/guard"
)

func again1(t *testing.T, wait time.Duration) error {
	t.Helper()
	s, err := status.New(codes.Unavailable, "behind").WithDetails(&errdetails.RetryInfo{RetryDelay: durationpb.New(wait)})
	if err != nil {
		t.Fatal(err)
	}
	return s.Err()
}

// A call is repeated when the server says so, as long as patience lasts, and
// never otherwise.
func TestRepeats(t *testing.T) {
	soon, late := again1(t, time.Millisecond), again1(t, time.Minute)
	refused := status.Error(codes.Unavailable, "connection refused")
	for _, tt := range []struct {
		patience time.Duration
		answers  []error
		want     error
		calls    int
	}{
		{time.Second, []error{soon, soon, nil}, nil, 3},
		{time.Second, []error{soon, refused, nil}, refused, 2},
		{time.Second, []error{late, nil}, late, 1},
		{2 * time.Millisecond, []error{soon, soon, soon, nil}, soon, 3},
		{0, []error{soon, nil}, soon, 1},
	} {
		calls := 0
		err := Options{Actor: "jo", Role: "edt", Patience: tt.patience}.unary(t.Context(), "", nil, nil, nil,
			func(ctx context.Context, _ string, _, _ any, _ *grpc.ClientConn, _ ...grpc.CallOption) error {
				md, _ := metadata.FromOutgoingContext(ctx)
				if a, r := md.Get(guard.ActorKey), md.Get(guard.RoleKey); len(a) != 1 || a[0] != "jo" || len(r) != 1 || r[0] != "edt" {
					t.Errorf("call %d is made by %q as %q", calls+1, a, r)
				}
				calls++
				return tt.answers[calls-1]
			})
		if !errors.Is(err, tt.want) || calls != tt.calls {
			t.Errorf("with patience %s and answers %v: %v after %d calls, want %v after %d", tt.patience, tt.answers, err, calls, tt.want, tt.calls)
		}
	}
}

func TestNameIn(t *testing.T) {
	u, err := url.Parse("spiffe://council.example/jo")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		cert *x509.Certificate
		want string
	}{
		{&x509.Certificate{URIs: []*url.URL{u}, EmailAddresses: []string{"jo@council.example"}}, "spiffe://council.example/jo"},
		{&x509.Certificate{EmailAddresses: []string{"jo@council.example"}, DNSNames: []string{"desk"}}, "jo@council.example"},
		{&x509.Certificate{DNSNames: []string{"desk"}}, "desk"},
		{&x509.Certificate{}, ""},
		{nil, ""},
	} {
		if got := nameIn(tt.cert); got != tt.want {
			t.Errorf("nameIn = %q, want %q", got, tt.want)
		}
	}
}

func TestDialBadFiles(t *testing.T) {
	for _, o := range []Options{{Addr: "x:1", CA: "absent.pem"}, {Addr: "x:1", CA: "client_test.go"}, {Addr: "x:1", Cert: "absent.pem", Key: "absent.pem"}} {
		if c, err := Dial(o); err == nil {
			t.Errorf("Dial(%+v) = %v, want an error", o, c)
		}
	}
}
