package daemon

import (
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"net"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/reflection"

	"github.com/ppn-triage/ppn-triage/api/guard"
	"github.com/ppn-triage/ppn-triage/api/queueapi"
)

// The server's limits. grpc-go sets none on streams by itself.
const (
	maxMessage    = 2 << 20 // bytes of a request: chunks of a mail are 1 MiB
	maxStreams    = 64      // at once on one connection
	maxHeaders    = 16 << 10
	stopPatience  = 5 * time.Second
	healthEvery   = 2 * time.Second
	minPing       = 30 * time.Second
	connectionAge = 12 * time.Hour
)

// serveGRPC brings up the API.
func (d *Daemon) serveGRPC(ctx context.Context) error {
	var lc net.ListenConfig
	lis, err := lc.Listen(ctx, "tcp", d.cfg.GRPC.Listen)
	if err != nil {
		return listenError("gRPC", "--listen", d.cfg.GRPC.Listen, err)
	}
	creds, err := d.cfg.GRPC.options()
	if err != nil {
		_ = lis.Close()
		return err
	}
	g := guard.Guard{}
	if creds != nil {
		g.People = d.cfg.GRPC.People
	}
	opts := append(creds, d.traceCalls(),
		grpc.ChainUnaryInterceptor(g.Unary), grpc.ChainStreamInterceptor(g.Stream),
		grpc.MaxRecvMsgSize(maxMessage), grpc.MaxConcurrentStreams(maxStreams), grpc.MaxHeaderListSize(maxHeaders),
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: minPing}),
		grpc.KeepaliveParams(keepalive.ServerParameters{MaxConnectionAge: connectionAge, MaxConnectionAgeGrace: time.Minute, Time: time.Minute}),
		grpc.ConnectionTimeout(stopPatience),
	)
	srv := grpc.NewServer(opts...)
	api, err := d.services()
	if err != nil {
		_ = lis.Close()
		return err
	}
	api.Register(srv)
	d.serveHealth(srv)
	if loopback(d.cfg.GRPC.Listen) || d.cfg.GRPC.Reflection {
		reflection.Register(srv)
	}
	go func() {
		if err := srv.Serve(lis); err != nil {
			d.fail(fmt.Errorf("gRPC: %w", err))
		}
	}()
	d.onStop("gRPC", func() { stopServer(srv) })
	d.addrs.GRPC = lis.Addr().String()
	return nil
}

// stopServer lets calls finish; watches never do, so it does not wait for ever.
func stopServer(srv *grpc.Server) {
	done := make(chan struct{})
	go func() { srv.GracefulStop(); close(done) }()
	select {
	case <-done:
	case <-time.After(stopPatience):
		srv.Stop()
		<-done
	}
}

// services builds the API over all front doors and starts what feeds its
// watches.
func (d *Daemon) services() (*queueapi.Server, error) {
	cfg := queueapi.Config{Now: time.Now, Lease: time.Duration(d.cfg.Claims.Lease), ClaimCap: d.cfg.Claims.Cap}
	for _, dr := range d.doors {
		cfg.Doors = append(cfg.Doors, dr.api())
	}
	api, err := queueapi.New(cfg)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	wakes := map[string]<-chan struct{}{}
	for _, dr := range d.doors {
		if wakes[dr.name], err = dr.log.Notify(ctx); err != nil {
			cancel()
			return nil, fmt.Errorf("front door %s: %w", dr.name, err)
		}
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		api.Run(ctx, func(name string) <-chan struct{} { return wakes[name] })
	}()
	d.onStop("watches", func() { cancel(); <-done })
	return api, nil
}

// serveHealth answers the standard health service from what is true now.
func (d *Daemon) serveHealth(srv *grpc.Server) {
	h := health.NewServer()
	h.SetServingStatus("", healthpb.HealthCheckResponse_NOT_SERVING)
	healthpb.RegisterHealthServer(srv, h)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		for ctx.Err() == nil {
			state := healthpb.HealthCheckResponse_SERVING
			if err := d.Ready(ctx); err != nil {
				state = healthpb.HealthCheckResponse_NOT_SERVING
				slog.DebugContext(ctx, "not ready", "error", err)
			}
			h.SetServingStatus("", state)
			select {
			case <-ctx.Done():
			case <-time.After(healthEvery):
			}
		}
	}()
	d.onStop("health", func() { cancel(); <-done })
}

// options are the server's credentials: none on loopback without certificates.
func (g GRPC) options() ([]grpc.ServerOption, error) {
	if g.Cert == "" {
		return nil, nil
	}
	c := &tls.Config{MinVersion: tls.VersionTLS13, ClientAuth: tls.RequireAndVerifyClientCert}
	pair := func() (*tls.Certificate, error) {
		p, err := tls.LoadX509KeyPair(g.Cert, g.Key)
		return &p, err
	}
	if _, err := pair(); err != nil {
		return nil, fmt.Errorf("grpc certificate: %w", err)
	}
	// Read at every handshake: a renewed certificate needs no restart.
	c.GetCertificate = func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return pair() }
	var err error
	if c.ClientCAs, err = certPool(g.ClientCA); err != nil {
		return nil, fmt.Errorf("grpc client_ca: %w", err)
	}
	return []grpc.ServerOption{grpc.Creds(credentials.NewTLS(c))}, nil
}
