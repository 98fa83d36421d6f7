package redisq

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// Client is a connection to one Redis server, to a cluster, or to what its
// sentinels name.
type Client = redis.UniversalClient

// Embedded starts a Redis in this process: empty, for as long as the process
// lives. It serves where no server is at hand; the queue is rebuilt into it
// from the log. stop ends it.
func Embedded() (c Client, addr string, stop func(), err error) {
	m := miniredis.NewMiniRedis()
	if err := m.Start(); err != nil {
		return nil, "", nil, fmt.Errorf("start the Redis in process: %w", err)
	}
	client := redis.NewClient(&redis.Options{Addr: m.Addr(), MaintNotificationsConfig: quiet(), ReadTimeout: time.Minute})
	return client, m.Addr(), func() {
		_ = client.Close()
		m.Close()
	}, nil
}

// DialOptions say which Redis. Secrets are paths of files.
type DialOptions struct {
	URL           string // redis://, rediss:// or unix://; several nodes joined by commas are a cluster
	Sentinel      string // name of the master; then URL lists the sentinels
	Username      string
	PasswordFile  string
	CA, Cert, Key string
}

// Dial reaches the servers, and refuses one that would throw keys away when it
// is full.
func Dial(ctx context.Context, o DialOptions) (Client, error) {
	c, err := Reach(ctx, o)
	if err != nil {
		return nil, err
	}
	if err := Evicts(ctx, c); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

// Reach reaches the servers, whatever their settings are.
func Reach(ctx context.Context, o DialOptions) (Client, error) {
	redis.SetLogger(logger{})
	u, err := o.universal()
	if err != nil {
		return nil, err
	}
	c := redis.NewUniversalClient(u)
	if err := c.Ping(ctx).Err(); err != nil {
		return nil, errors.Join(fmt.Errorf("reach Redis: %w", err), c.Close())
	}
	return c, nil
}

// logger hands go-redis' words to the program's log.
type logger struct{}

// Printf is called by go-redis.
func (logger) Printf(ctx context.Context, format string, v ...any) {
	slog.DebugContext(ctx, "redis client", "message", fmt.Sprintf(format, v...))
}

// quiet switches off a probe that Valkey counts as an error.
func quiet() *maintnotifications.Config {
	return &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
}

func (o DialOptions) universal() (*redis.UniversalOptions, error) {
	u := &redis.UniversalOptions{MasterName: o.Sentinel, MaintNotificationsConfig: quiet()}
	for _, one := range strings.Split(o.URL, ",") {
		p, err := redis.ParseURL(strings.TrimSpace(one))
		if err != nil { // its text may hold a password
			return nil, errors.New("redis URL: the form is redis://host:port/0, rediss://… or unix:///path")
		}
		u.Addrs = append(u.Addrs, p.Addr)
		u.DB, u.Username, u.Password, u.TLSConfig = p.DB, p.Username, p.Password, p.TLSConfig
	}
	if o.Username != "" {
		u.Username = o.Username
	}
	if o.PasswordFile != "" {
		b, err := os.ReadFile(filepath.Clean(o.PasswordFile))
		if err != nil {
			return nil, fmt.Errorf("redis password: %w", err)
		}
		u.Password = strings.TrimSpace(string(b))
	}
	var err error
	u.TLSConfig, err = o.tls(u.TLSConfig)
	return u, err
}

func (o DialOptions) tls(base *tls.Config) (*tls.Config, error) {
	if base == nil && o.CA == "" && o.Cert == "" {
		return nil, nil
	}
	c := &tls.Config{MinVersion: tls.VersionTLS12}
	if base != nil {
		c.ServerName = base.ServerName
	}
	if o.CA != "" {
		b, err := os.ReadFile(filepath.Clean(o.CA))
		if err != nil {
			return nil, fmt.Errorf("redis ca: %w", err)
		}
		c.RootCAs = x509.NewCertPool()
		if !c.RootCAs.AppendCertsFromPEM(b) {
			return nil, fmt.Errorf("redis ca: %s holds no PEM certificate", o.CA)
		}
	}
	if o.Cert != "" {
		pair, err := tls.LoadX509KeyPair(o.Cert, o.Key)
		if err != nil {
			return nil, fmt.Errorf("redis certificate: %w", err)
		}
		c.Certificates = []tls.Certificate{pair}
	}
	return c, nil
}
