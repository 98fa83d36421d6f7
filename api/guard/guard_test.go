package guard

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"log/slog"
	"math/big"
	"net"
	"net/url"
	"strings"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	pb "github.com/ppn-triage/ppn-triage/api/triagev1"
	"github.com/ppn-triage/ppn-triage/triage"
)

// TestEveryMethodHasItsRoles: a method of the contract that nobody thought of
// here is open to nobody, and a row without a method is a mistake.
func TestEveryMethodHasItsRoles(t *testing.T) {
	found := map[string]bool{}
	protoregistry.GlobalFiles.RangeFilesByPackage("triage.v1", func(f protoreflect.FileDescriptor) bool {
		for s := range f.Services().Len() {
			service := f.Services().Get(s)
			for m := range service.Methods().Len() {
				name := string(service.Name()) + "/" + string(service.Methods().Get(m).Name())
				found[name] = true
				if allowed, ok := roles("/triage.v1." + name); !ok || len(allowed) == 0 {
					t.Errorf("%s has no roles", name)
				}
			}
		}
		return true
	})
	if len(found) < 30 {
		t.Fatalf("found %d methods of the contract", len(found))
	}
	for name := range methods {
		if !found[name] {
			t.Errorf("the contract has no method %s", name)
		}
	}
	for _, method := range []string{"/triage.v1.QueueService/DropEverything", "/other.Service/Do", "ListItems", "/triage.v2.QueueService/ListItems"} {
		if _, ok := roles(method); ok {
			t.Errorf("%s is open", method)
		}
	}
}

// TestWhoMayDoWhat on loopback, by the names and roles that callers give.
func TestWhoMayDoWhat(t *testing.T) {
	const list, claim, decide, activate, submit, events = "QueueService/ListItems", "QueueService/ClaimItem", "QueueService/DecideItem",
		"RulesService/ActivateRuleset", "NoticeService/SubmitNotice", "AuditService/ListEvents"
	for _, tt := range []struct {
		method, name, role string
		want               codes.Code
	}{
		{list, "", "", codes.OK},
		{list, "ash", "", codes.OK},
		{list, "ash", "police", codes.PermissionDenied},
		{claim, "", "", codes.Unauthenticated},
		{claim, "", "manager", codes.Unauthenticated},
		{claim, " ", "", codes.Unauthenticated},
		{claim, "ash", "", codes.OK},
		{claim, "ash", "edt", codes.PermissionDenied},
		{decide, "ash", "auditor", codes.PermissionDenied},
		{decide, "ash", "anybody", codes.PermissionDenied},
		{activate, "ash", "supervisor", codes.PermissionDenied},
		{activate, "ash", "manager", codes.OK},
		{submit, "wyp", "police", codes.OK},
		{submit, "ash", "auditor", codes.PermissionDenied},
		{events, "ash", "auditor", codes.OK},
		{events, "wyp", "police", codes.PermissionDenied},
		{claim, strings.Repeat("a", 201), "", codes.Unauthenticated},
		{claim, "ash\nadmin", "", codes.Unauthenticated},
		{list, "ash", "supervisor\x1b[2J", codes.Unauthenticated},
	} {
		ctx := metadata.NewIncomingContext(t.Context(), metadata.Pairs(ActorKey, tt.name, RoleKey, tt.role))
		var got triage.Actor
		_, err := Guard{}.Unary(ctx, nil, &grpc.UnaryServerInfo{FullMethod: "/triage.v1." + tt.method}, func(ctx context.Context, _ any) (any, error) {
			got, _ = Caller(ctx)
			return nil, nil
		})
		if status.Code(err) != tt.want {
			t.Errorf("%s by %q as %q = %v, want %v", tt.method, tt.name, tt.role, err, tt.want)
		}
		if err == nil && (got.Name != tt.name || got.Verified) {
			t.Errorf("%s by %q is recorded as %+v", tt.method, tt.name, got)
		}
		if err != nil && !hasReason(err) {
			t.Errorf("%v carries no reason", err)
		}
	}
}

func hasReason(err error) bool {
	for _, d := range status.Convert(err).Details() {
		if info, ok := d.(*errdetails.ErrorInfo); ok && info.GetReason() != "" && info.GetDomain() == "triage" {
			return true
		}
	}
	return false
}

// TestPanicCostsOneCall and its words come out nowhere.
func TestPanicCostsOneCall(t *testing.T) {
	var log bytes.Buffer
	was := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})))
	defer slog.SetDefault(was)
	ctx := metadata.NewIncomingContext(t.Context(), metadata.Pairs(ActorKey, "Canary Caller"))
	_, err := Guard{}.Unary(ctx, "Canary request", &grpc.UnaryServerInfo{FullMethod: "/triage.v1.QueueService/ListItems"}, func(context.Context, any) (any, error) { panic("Canary Jones") })
	if status.Code(err) != codes.Internal || !hasReason(err) || strings.Contains(err.Error(), "Canary") {
		t.Errorf("a panic = %v", err)
	}
	err = Guard{}.Stream(nil, streamOf{ctx: ctx}, &grpc.StreamServerInfo{FullMethod: "/triage.v1.QueueService/WatchItems"}, func(any, grpc.ServerStream) error { panic(errors.New("Canary Jones")) })
	if status.Code(err) != codes.Internal {
		t.Errorf("a panic in a stream = %v", err)
	}
	if strings.Contains(log.String(), "Canary") || strings.Count(log.String(), "msg=call ") != 2 || strings.Count(log.String(), "a call panicked") != 2 {
		t.Errorf("logged are\n%s", log.String())
	}
}

type streamOf struct {
	grpc.ServerStream
	ctx context.Context //nolint:containedctx // as gRPC does
}

func (s streamOf) Context() context.Context { return s.ctx }

// TestDeadline: no unary call runs for ever, whatever its caller allows.
func TestDeadline(t *testing.T) {
	info := &grpc.UnaryServerInfo{FullMethod: "/triage.v1.QueueService/ListItems"}
	waits := func(ctx context.Context, _ any) (any, error) {
		<-ctx.Done()
		return nil, status.FromContextError(ctx.Err()).Err()
	}
	if _, err := (Guard{Patience: 20 * time.Millisecond}).Unary(t.Context(), nil, info, waits); status.Code(err) != codes.DeadlineExceeded {
		t.Errorf("a call that hangs = %v", err)
	}
	_, err := Guard{}.Unary(t.Context(), nil, info, func(ctx context.Context, _ any) (any, error) {
		if end, ok := ctx.Deadline(); !ok || time.Until(end) > patience {
			t.Errorf("the usual deadline is %v, %t", end, ok)
		}
		return nil, nil
	})
	if err != nil {
		t.Error(err)
	}
	soon, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if _, err := (Guard{}).Unary(soon, nil, info, waits); status.Code(err) != codes.DeadlineExceeded {
		t.Errorf("a call whose caller gave up = %v", err)
	}
}

// TestCertificates: over TLS the certificate alone says who calls, and it must
// be one of ours.
func TestCertificates(t *testing.T) {
	ca := newCA(t)
	g := Guard{People: map[string]string{"spiffe://council.example/ash": "supervisor", "blake@council.example": "auditor", "desk.council.example": "manager"}}
	srv := grpc.NewServer(grpc.ChainUnaryInterceptor(g.Unary), grpc.ChainStreamInterceptor(g.Stream), grpc.Creds(credentials.NewTLS(&tls.Config{
		MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{ca.issue(t, &x509.Certificate{DNSNames: []string{"localhost"}})},
		ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: ca.pool,
	})))
	pb.RegisterQueueServiceServer(srv, echo{})
	healthpb.RegisterHealthServer(srv, health.NewServer())
	var lc net.ListenConfig
	lis, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = srv.Serve(lis) }()
	t.Cleanup(srv.Stop)
	uri, _ := url.Parse("spiffe://council.example/ash")
	stranger := newCA(t)
	for _, tt := range []struct {
		name string
		cert tls.Certificate
		want codes.Code
		who  triage.Actor
	}{
		{"a URI of ours", ca.issue(t, &x509.Certificate{URIs: []*url.URL{uri}}), codes.OK, triage.Actor{Name: "spiffe://council.example/ash", Role: "supervisor", Verified: true}},
		{"a DNS name of ours", ca.issue(t, &x509.Certificate{DNSNames: []string{"desk.council.example"}}), codes.OK, triage.Actor{Name: "desk.council.example", Role: "manager", Verified: true}},
		{"an address of ours in a role that may not", ca.issue(t, &x509.Certificate{EmailAddresses: []string{"blake@council.example"}}), codes.PermissionDenied, triage.Actor{}},
		{"a name that is nobody's", ca.issue(t, &x509.Certificate{DNSNames: []string{"eve.council.example"}}), codes.PermissionDenied, triage.Actor{}},
		{"a common name alone", ca.issue(t, &x509.Certificate{Subject: pkix.Name{CommonName: "desk.council.example"}}), codes.PermissionDenied, triage.Actor{}},
		{"another authority's", stranger.issue(t, &x509.Certificate{DNSNames: []string{"desk.council.example"}}), codes.Unavailable, triage.Actor{}},
	} {
		conn, err := grpc.NewClient(lis.Addr().String(), grpc.WithTransportCredentials(credentials.NewTLS(&tls.Config{
			MinVersion: tls.VersionTLS13, RootCAs: ca.pool, ServerName: "localhost", Certificates: []tls.Certificate{tt.cert},
		})))
		if err != nil {
			t.Fatal(err)
		}
		ctx := metadata.AppendToOutgoingContext(t.Context(), ActorKey, "desk.council.example", RoleKey, "manager")
		out, err := pb.NewQueueServiceClient(conn).ClaimItem(ctx, &pb.ClaimItemRequest{})
		if status.Code(err) != tt.want || err == nil && out.GetItem().GetId() != tt.who.Name+"/"+tt.who.Role {
			t.Errorf("with %s = %v, %v; want %v as %+v", tt.name, out, err, tt.want, tt.who)
		}
		if tt.want != codes.Unavailable {
			if _, err := healthpb.NewHealthClient(conn).Check(t.Context(), &healthpb.HealthCheckRequest{}); err != nil {
				t.Errorf("health with %s = %v", tt.name, err)
			}
		}
		_ = conn.Close()
	}
}

// echo answers with who the guard says calls.
type echo struct {
	pb.UnimplementedQueueServiceServer
}

func (echo) ClaimItem(ctx context.Context, _ *pb.ClaimItemRequest) (*pb.ClaimItemResponse, error) {
	a, _ := Caller(ctx)
	if !a.Verified {
		return nil, status.Error(codes.Unknown, "not verified")
	}
	return &pb.ClaimItemResponse{Item: &pb.Item{Id: a.Name + "/" + a.Role}}, nil
}

// authority issues certificates for one test.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	pool *x509.CertPool
}

func newCA(t *testing.T) *authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	a := &authority{key: key, pool: x509.NewCertPool()}
	if a.cert, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	a.pool.AddCert(a.cert)
	return a
}

func (a *authority) issue(t *testing.T, tmpl *x509.Certificate) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl.SerialNumber, tmpl.NotBefore, tmpl.NotAfter = big.NewInt(2), a.cert.NotBefore, a.cert.NotAfter
	tmpl.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageServerAuth}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, a.cert, &key.PublicKey, a.key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}
