package daemon

import (
	"context"
	"crypto/rand"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"github.com/ppn-triage/ppn-triage/triage/jet"
	"github.com/ppn-triage/ppn-triage/triage/jet/embed"
	"github.com/ppn-triage/ppn-triage/triage/redisq"
)

// connectNATS starts the embedded server, or reaches the ones named and makes
// sure that they sync what they acknowledge.
func (d *Daemon) connectNATS(ctx context.Context) (*jet.Conn, error) {
	c := d.cfg.NATS
	o := c.options()
	if c.URL == "" {
		s, err := embed.Start(ctx, embed.Options{Dir: filepath.Join(d.cfg.Data, "nats"), Listen: c.Listen, Log: slog.Default()})
		if err != nil {
			return nil, err
		}
		d.onStop("nats", s.Stop)
		o.InProcess, d.addrs.NATS = s, s.URL()
	}
	conn, err := jet.Connect(ctx, o)
	if err != nil {
		return nil, err
	}
	d.onStop("nats connection", conn.Close)
	if c.URL != "" {
		d.addrs.NATS = c.URL
		if err := conn.VerifySync(ctx); err != nil {
			if !c.UnverifiedSync {
				return nil, fmt.Errorf("%w; or take the risk with --accept-unverified-sync", err)
			}
			slog.WarnContext(ctx, "going on with servers that may lose acknowledged mail in a power cut", "error", err)
		}
	}
	return conn, nil
}

func (c NATS) options() jet.Options {
	return jet.Options{
		URL: c.URL, User: jet.User{Credentials: c.Credentials, NKey: c.NKey}, CA: c.CA, Cert: c.Cert, Key: c.Key,
		Name: "triaged", Monitor: c.Monitor, System: jet.User{Credentials: c.System, NKey: c.SystemNKey}, Log: slog.Default(),
	}
}

func (r Redis) options() redisq.DialOptions {
	return redisq.DialOptions{
		URL: r.URL, Sentinel: r.Sentinel, Username: r.Username, PasswordFile: r.PasswordFile, CA: r.CA, Cert: r.Cert, Key: r.Key,
	}
}

// connectRedis starts the one in process, or reaches the servers named and
// makes sure that they never throw keys away.
func (d *Daemon) connectRedis(ctx context.Context) (redisq.Client, error) {
	r := d.cfg.Redis
	if r.URL == "" {
		c, addr, stop, err := redisq.Embedded()
		if err != nil {
			return nil, err
		}
		d.onStop("redis", stop)
		d.addrs.Redis = addr
		return c, nil
	}
	c, err := redisq.Dial(ctx, r.options())
	if err != nil {
		return nil, err
	}
	d.onStop("redis", func() { _ = c.Close() })
	return c, nil
}

// certPool reads an authority's certificates.
func certPool(path string) (*x509.CertPool, error) {
	b, err := os.ReadFile(filepath.Clean(path))
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(b) {
		return nil, fmt.Errorf("%s holds no PEM certificate", path)
	}
	return pool, nil
}

// indexKey returns the secret of the linking index, made on first use.
func indexKey(path string) ([]byte, error) {
	b, err := os.ReadFile(filepath.Clean(path))
	if errors.Is(err, fs.ErrNotExist) {
		key := make([]byte, 32)
		_, _ = rand.Read(key)
		b = []byte(hex.EncodeToString(key))
		err = os.WriteFile(path, append(b, '\n'), 0o600)
	}
	if err != nil {
		return nil, fmt.Errorf("index key: %w", err)
	}
	key, err := hex.DecodeString(strings.TrimSpace(string(b)))
	if err != nil || len(key) < 16 {
		return nil, fmt.Errorf("index key %s: it must hold 16 bytes or more in hexadecimal", path)
	}
	return key, nil
}
