// Package embed runs a nats-server inside the program, as the log needs it:
// JetStream on disk, every write synced before it is acknowledged.
//
// In goes a folder and perhaps an address, out comes a server that
// jet.Options.InProcess takes. It speaks to this machine alone: an address
// beyond loopback is refused, because the server knows no users. It never
// touches what the streams hold.
package embed

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// maxPayload lets the largest notice through, design.md section 3.
const maxPayload = 32 << 20

// Name is what the server calls itself.
const Name = "ppn-embedded"

// ErrBusy says that the folder or the address is in use by another program.
var ErrBusy = errors.New("in use by another program")

// Options say where the server keeps its data and where it listens.
type Options struct {
	Dir    string       // folder of the streams; made if absent
	Listen string       // loopback host:port, port 0 for a free one. Defaults to none: reachable in process only
	Log    *slog.Logger // the server's warnings and errors. Defaults to none
}

// Server is a running nats-server.
type Server struct {
	ns   *server.Server
	lock *os.File
}

// Start starts the server and returns when it takes connections and its streams
// are recovered. Of two programs on one folder the second gets ErrBusy.
func Start(ctx context.Context, o Options) (*Server, error) {
	opts, err := options(o)
	if err != nil {
		return nil, fmt.Errorf("start NATS: %w", err)
	}
	lock, err := lockDir(o.Dir)
	if err != nil {
		return nil, fmt.Errorf("start NATS: %w", err)
	}
	ns, err := server.NewServer(opts)
	if err != nil {
		_ = lock.Close()
		return nil, fmt.Errorf("start NATS: %w", err)
	}
	log := &logger{to: o.Log, fatal: make(chan string, 1)}
	ns.SetLogger(log, false, false)
	s := &Server{ns: ns, lock: lock}
	go ns.Start()
	if err := s.ready(ctx, log.fatal, o); err != nil {
		s.Stop()
		return nil, fmt.Errorf("start NATS: %w", err)
	}
	return s, nil
}

func options(o Options) (*server.Options, error) {
	if o.Dir == "" {
		return nil, errors.New("no folder for the streams")
	}
	opts := &server.Options{
		ServerName: Name, DontListen: o.Listen == "", NoSigs: true, MaxPayload: maxPayload,
		JetStream: true, StoreDir: o.Dir, SyncAlways: true,
	}
	if o.Listen == "" {
		return opts, nil
	}
	host, port, err := net.SplitHostPort(o.Listen)
	if err != nil {
		return nil, fmt.Errorf("listen address %q: %w", o.Listen, err)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, fmt.Errorf("listen address %s is not loopback: the embedded server knows no users and no TLS; run a nats-server with deploy/nats.conf instead", o.Listen)
	}
	if opts.Port, err = strconv.Atoi(port); err != nil || opts.Port < 0 || opts.Port > 65535 {
		return nil, fmt.Errorf("listen address %q: not a port", o.Listen)
	}
	if opts.Port == 0 {
		opts.Port = server.RANDOM_PORT
	}
	opts.Host = host
	return opts, nil
}

// lockDir takes the folder for this program until the file is closed, also by
// the program's death. Two servers on one folder would destroy it.
func lockDir(dir string) (*os.File, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the folder of the streams: %w", err)
	}
	f, err := os.OpenFile(filepath.Join(dir, "ppn.lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock the folder of the streams: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			err = ErrBusy
		}
		return nil, fmt.Errorf("folder %s: %w", dir, err)
	}
	return f, nil
}

// ready waits until the server takes connections, has said why it cannot, or
// ctx has ended.
func (s *Server) ready(ctx context.Context, fatal <-chan string, o Options) error {
	for {
		if s.ns.ReadyForConnections(20 * time.Millisecond) {
			return nil
		}
		select {
		case why := <-fatal:
			if o.Listen != "" && !s.listening() {
				return fmt.Errorf("listen address %s: %w: %s", o.Listen, ErrBusy, why)
			}
			return errors.New(why)
		case <-ctx.Done():
			return fmt.Errorf("not ready: %w", ctx.Err())
		default:
		}
	}
}

// URL returns the address for clients, empty if the server does not listen.
func (s *Server) URL() string {
	if s.listening() {
		return s.ns.ClientURL()
	}
	return ""
}

func (s *Server) listening() bool {
	a, ok := s.ns.Addr().(*net.TCPAddr)
	return ok && a != nil
}

// InProcessConn returns a connection to the server without a network.
func (s *Server) InProcessConn() (net.Conn, error) { return s.ns.InProcessConn() }

// Stop ends the server: clients are cut off, files closed, the folder free. It
// returns when all that is done. A second call does nothing.
func (s *Server) Stop() {
	s.ns.Shutdown()
	s.ns.WaitForShutdown()
	_ = s.lock.Close()
}

// logger hands the server's words to slog, and its last ones to Start.
type logger struct {
	to    *slog.Logger
	fatal chan string
}

func (l *logger) log(level slog.Level, format string, v []any) {
	if l.to != nil {
		l.to.Log(context.Background(), level, "NATS: "+fmt.Sprintf(format, v...))
	}
}

func (l *logger) Noticef(format string, v ...any) { l.log(slog.LevelDebug, format, v) }
func (l *logger) Warnf(format string, v ...any)   { l.log(slog.LevelWarn, format, v) }
func (l *logger) Errorf(format string, v ...any)  { l.log(slog.LevelError, format, v) }
func (l *logger) Debugf(string, ...any)           {}
func (l *logger) Tracef(string, ...any)           {}

// Fatalf is called where the server cannot start. The stock logger would end
// the program here.
func (l *logger) Fatalf(format string, v ...any) {
	l.log(slog.LevelError, format, v)
	select {
	case l.fatal <- fmt.Sprintf(format, v...):
	default:
	}
}
