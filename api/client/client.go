// Package client dials the service for the command line tools: one address,
// TLS by file paths, and who is calling.
//
// It adds nothing to the contract: what it returns are the generated clients.
package client

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/ppn-triage/ppn-triage/api/guard"
	pb "github.com/ppn-triage/ppn-triage/api/triagev1"
)

// Options say which server and who calls.
type Options struct {
	Addr          string        // host:port
	Actor         string        // who calls, on loopback without TLS. Defaults to the first name in Cert, else the operating system's user
	Role          string        // in which role, on loopback without TLS. Defaults to supervisor
	CA, Cert, Key string        // paths of PEM files; all three for TLS
	Patience      time.Duration // how long in all to wait between repeats of a call that the server says may be tried again. Defaults to no repeats
}

// Client is a connection with the services on it.
type Client struct {
	Queue  pb.QueueServiceClient
	Notice pb.NoticeServiceClient
	Audit  pb.AuditServiceClient
	Rules  pb.RulesServiceClient
	Actor  string
	conn   *grpc.ClientConn
}

// Dial prepares a connection; it is made with the first call. Close it.
func Dial(o Options) (*Client, error) {
	creds, name, err := o.credentials()
	if err != nil {
		return nil, err
	}
	if o.Actor == "" {
		o.Actor = cmp.Or(name, osUser())
	}
	conn, err := grpc.NewClient(o.Addr,
		grpc.WithTransportCredentials(creds),
		grpc.WithChainUnaryInterceptor(o.unary), grpc.WithChainStreamInterceptor(o.stream),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(64<<20)),
		grpc.WithConnectParams(grpc.ConnectParams{Backoff: again, MinConnectTimeout: 5 * time.Second}),
	)
	if err != nil {
		return nil, fmt.Errorf("dial %s: %w", o.Addr, err)
	}
	return &Client{
		Queue: pb.NewQueueServiceClient(conn), Notice: pb.NewNoticeServiceClient(conn),
		Audit: pb.NewAuditServiceClient(conn), Rules: pb.NewRulesServiceClient(conn), Actor: o.Actor, conn: conn,
	}, nil
}

// again is how often a lost server is looked for: someone waits for it. The
// library's own pauses grow to two minutes.
var again = backoff.Config{BaseDelay: 250 * time.Millisecond, Multiplier: 1.6, Jitter: 0.2, MaxDelay: 5 * time.Second}

// Close ends the connection.
func (c *Client) Close() error { return c.conn.Close() }

func osUser() string {
	if u, err := user.Current(); err == nil && u.Username != "" {
		return u.Username
	}
	return os.Getenv("USER")
}

func (o Options) outgoing(ctx context.Context) context.Context {
	ctx = metadata.AppendToOutgoingContext(ctx, guard.ActorKey, o.Actor)
	if o.Role != "" {
		ctx = metadata.AppendToOutgoingContext(ctx, guard.RoleKey, o.Role)
	}
	return ctx
}

func (o Options) unary(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn, call grpc.UnaryInvoker, opts ...grpc.CallOption) error {
	ctx = o.outgoing(ctx)
	for left := o.Patience; ; {
		err := call(ctx, method, req, reply, cc, opts...)
		wait, again := retryDelay(err)
		if left -= wait; !again || left < 0 {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(wait):
		}
	}
}

// retryDelay is when the server says that a failed call may be tried again. A
// repeat is harmless: a command carries the same request_id.
func retryDelay(err error) (time.Duration, bool) {
	for _, d := range status.Convert(err).Details() {
		if r, ok := d.(*errdetails.RetryInfo); ok {
			return r.GetRetryDelay().AsDuration(), true
		}
	}
	return 0, false
}

func (o Options) stream(ctx context.Context, desc *grpc.StreamDesc, cc *grpc.ClientConn, method string, open grpc.Streamer, opts ...grpc.CallOption) (grpc.ClientStream, error) {
	return open(o.outgoing(ctx), desc, cc, method, opts...)
}

// credentials are the transport's, with the name that the certificate gives.
func (o Options) credentials() (_ credentials.TransportCredentials, name string, _ error) {
	if o.CA == "" && o.Cert == "" {
		return insecure.NewCredentials(), "", nil
	}
	c := &tls.Config{MinVersion: tls.VersionTLS13}
	if o.CA != "" {
		b, err := os.ReadFile(filepath.Clean(o.CA))
		if err != nil {
			return nil, "", fmt.Errorf("certificate authority: %w", err)
		}
		c.RootCAs = x509.NewCertPool()
		if !c.RootCAs.AppendCertsFromPEM(b) {
			return nil, "", fmt.Errorf("certificate authority %s: no PEM certificate in it", o.CA)
		}
	}
	if o.Cert != "" {
		pair, err := tls.LoadX509KeyPair(o.Cert, o.Key)
		if err != nil {
			return nil, "", fmt.Errorf("client certificate: %w", err)
		}
		c.Certificates, name = []tls.Certificate{pair}, nameIn(pair.Leaf)
	}
	return credentials.NewTLS(c), name, nil
}

// nameIn is the name by which the server most probably knows a certificate.
func nameIn(c *x509.Certificate) string {
	if c == nil {
		return ""
	}
	if len(c.URIs) > 0 {
		return c.URIs[0].String()
	}
	for _, names := range [][]string{c.EmailAddresses, c.DNSNames} {
		if len(names) > 0 {
			return names[0]
		}
	}
	return ""
}
