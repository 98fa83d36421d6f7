// Package guard stands before every call: who calls, in which role, whether
// the role may do this, one log line a call, and a panic that costs one call
// and no more.
//
// In comes a gRPC call, out goes its context with the caller in it, or a
// refusal with its reason. It never looks into a request.
package guard

import (
	"cmp"
	"context"
	"crypto/x509"
	"log/slog"
	"runtime/debug"
	"slices"
	"strings"
	"time"
	"unicode"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/peer"
	"google.golang.org/grpc/status"

	"github.com/ppn-triage/ppn-triage/triage"
)

// ActorKey and RoleKey are the metadata in which a client on loopback names its
// user and role. Over TLS the certificate says who it is and they are ignored.
const (
	ActorKey = "ppn-actor"
	RoleKey  = "ppn-role"
)

// Guard checks callers. Its zero value is for loopback without TLS.
type Guard struct {
	// People maps a name of a client certificate (URI, e-mail or DNS) to a role.
	// Nil means loopback without TLS: callers name themselves, and are recorded
	// as unverified.
	People map[string]string
	// Patience is how long a unary call may take, whatever its caller allows.
	// Defaults to 30 seconds.
	Patience time.Duration
}

// patience is enough for a replay of the log and too short to pile calls up.
const patience = 30 * time.Second

// longestName bounds what a caller names himself: it stays in the log for ever.
const longestName = 200

type callerKey struct{}

// Caller returns who makes the call. It is false for a call without a name,
// which only reading methods let through.
func Caller(ctx context.Context) (triage.Actor, bool) {
	a, ok := ctx.Value(callerKey{}).(triage.Actor)
	return a, ok
}

// WithCaller returns a context of that caller's.
func WithCaller(ctx context.Context, a triage.Actor) context.Context {
	return context.WithValue(ctx, callerKey{}, a)
}

// Unary guards unary calls.
func (g Guard) Unary(ctx context.Context, req any, info *grpc.UnaryServerInfo, next grpc.UnaryHandler) (resp any, err error) {
	began := time.Now()
	defer func() { err = finish(ctx, info.FullMethod, began, recover(), err) }()
	ctx, err = g.admit(ctx, info.FullMethod)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, cmp.Or(g.Patience, patience))
	defer cancel()
	return next(ctx, req)
}

// Stream guards streaming calls.
func (g Guard) Stream(srv any, s grpc.ServerStream, info *grpc.StreamServerInfo, next grpc.StreamHandler) (err error) {
	began, ctx := time.Now(), s.Context()
	defer func() { err = finish(ctx, info.FullMethod, began, recover(), err) }()
	ctx, err = g.admit(ctx, info.FullMethod)
	if err != nil {
		return err
	}
	return next(srv, &stream{ServerStream: s, ctx: ctx})
}

type stream struct {
	grpc.ServerStream
	ctx context.Context //nolint:containedctx // gRPC's own way to hand a context on
}

func (s *stream) Context() context.Context { return s.ctx }

// finish turns a panic into Internal and writes the call's log line: method,
// code and time. It holds no word of the request, nobody's name, and not what a
// panic says: that may quote either.
func finish(ctx context.Context, method string, began time.Time, panicked any, err error) error {
	if panicked != nil {
		slog.ErrorContext(ctx, "a call panicked", "method", method, "stack", string(debug.Stack()))
		err = refuse(codes.Internal, "INTERNAL", "a fault of the service; its log says more")
	}
	level := slog.LevelDebug
	switch status.Code(err) {
	case codes.Internal, codes.DataLoss, codes.Unknown:
		level = slog.LevelError
	case codes.Unavailable, codes.PermissionDenied, codes.Unauthenticated:
		level = slog.LevelWarn
	}
	slog.Log(ctx, level, "call", "method", method, "code", status.Code(err).String(), "took", time.Since(began))
	return err
}

// admit finds the caller and refuses one whose role may not call the method.
func (g Guard) admit(ctx context.Context, method string) (context.Context, error) {
	allowed, ok := roles(method)
	if !ok {
		return ctx, refuse(codes.PermissionDenied, "ROLE", "no role may call this method")
	}
	if allowed == nil { // health and reflection
		return ctx, nil
	}
	a, known, err := g.who(ctx)
	if err != nil {
		return ctx, err
	}
	switch {
	case !known && slices.Contains(allowed, anybody) && g.People == nil:
	case !known:
		return ctx, refuse(codes.Unauthenticated, "UNAUTHENTICATED", "name the caller: a client certificate, or on this machine the metadata "+ActorKey)
	case !slices.Contains(allowed, a.Role):
		return ctx, refuse(codes.PermissionDenied, "ROLE", "the role "+a.Role+" may not call this method")
	}
	if known {
		ctx = WithCaller(ctx, a)
	}
	return ctx, nil
}

// who reads the caller from the client certificate, or on loopback from the
// metadata.
func (g Guard) who(ctx context.Context) (a triage.Actor, known bool, err error) {
	if g.People == nil {
		md, _ := metadata.FromIncomingContext(ctx)
		a = triage.Actor{Name: first(md.Get(ActorKey)), Role: cmp.Or(first(md.Get(RoleKey)), "supervisor")}
		if len(a.Name) > longestName || strings.ContainsFunc(a.Name+a.Role, unicode.IsControl) {
			return a, false, refuse(codes.Unauthenticated, "UNAUTHENTICATED", "the metadata "+ActorKey+" is no name")
		}
		return a, a.Name != "", nil
	}
	p, ok := peer.FromContext(ctx)
	if !ok {
		return a, false, nil
	}
	info, ok := p.AuthInfo.(credentials.TLSInfo)
	if !ok || len(info.State.VerifiedChains) == 0 {
		return a, false, nil
	}
	for _, name := range names(info.State.VerifiedChains[0][0]) {
		if role, ok := g.People[name]; ok {
			return triage.Actor{Name: name, Role: role, Verified: true}, true, nil
		}
	}
	return a, false, refuse(codes.PermissionDenied, "ROLE", "the certificate names nobody in grpc.people")
}

func names(c *x509.Certificate) (out []string) {
	for _, u := range c.URIs {
		out = append(out, u.String())
	}
	return append(append(out, c.EmailAddresses...), c.DNSNames...)
}

func first(values []string) string {
	if len(values) == 0 {
		return ""
	}
	return strings.TrimSpace(values[0])
}

func refuse(code codes.Code, reason, text string) error {
	s, err := status.New(code, text).WithDetails(&errdetails.ErrorInfo{Reason: reason, Domain: "triage"})
	if err != nil {
		return status.Error(code, text)
	}
	return s.Err()
}
