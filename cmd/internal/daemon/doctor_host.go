package daemon

import (
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// What a disk must have free: a part of it, or so much that the part is none.
const (
	leastFree  = 10       // per cent
	muchFree   = 50 << 30 // bytes
	neverBelow = 2 << 30
)

// disks looks at the folders that the daemon writes to.
func (d *doctor) disks() {
	data, archive := existing(d.cfg.Data), existing(d.cfg.Archive.Dir)
	d.disk("disk of data", data)
	d.disk("disk of the archive", archive)
	var a, b syscall.Stat_t
	if errors.Join(syscall.Stat(data, &a), syscall.Stat(archive, &b)) == nil && a.Dev == b.Dev && d.cfg.NATS.URL == "" {
		d.note("disk of the archive", "both copies of the log are on one disk and would be lost with it; set archive.dir to a disk of its own")
	}
}

// existing is the folder, or the nearest one above it that is there.
func existing(dir string) string {
	for {
		if _, err := os.Stat(dir); err == nil || dir == filepath.Dir(dir) {
			return dir
		}
		dir = filepath.Dir(dir)
	}
}

func (d *doctor) disk(what, dir string) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		d.check(what, "", fmt.Errorf("%s: %w", dir, err))
		return
	}
	size := uint64(s.Bsize) //nolint:gosec // a block's size is not negative
	free, all := s.Bavail*size, s.Blocks*size
	d.check(what, fmt.Sprintf("%s has %d GB free", dir, free>>30), tight(dir, free, all))
}

// tight says what to change if a disk is nearly full.
func tight(dir string, free, all uint64) error {
	if free >= muchFree || free >= neverBelow && free >= all/100*leastFree {
		return nil
	}
	return fmt.Errorf("%s has %d MB of %d GB free; make room, or move it to a larger disk: what is full refuses mails", dir, free>>20, all>>30)
}

// renewBefore is how long a certificate must be good for.
const renewBefore = 30 * 24 * time.Hour

// certificates looks at the dates of every certificate named in the
// configuration.
func (d *doctor) certificates() {
	for _, c := range []struct{ key, path string }{
		{"grpc.cert", d.cfg.GRPC.Cert}, {"grpc.client_ca", d.cfg.GRPC.ClientCA}, {"nats.ca", d.cfg.NATS.CA},
		{"nats.cert", d.cfg.NATS.Cert}, {"redis.ca", d.cfg.Redis.CA}, {"redis.cert", d.cfg.Redis.Cert},
	} {
		if c.path == "" {
			continue
		}
		until, err := goodUntil(c.path, time.Now())
		d.check("certificate "+c.key, "good until "+until.Format(time.DateOnly), err)
	}
}

// goodUntil returns when the first certificate of a file ends, or what is wrong
// with its dates.
func goodUntil(path string, now time.Time) (until time.Time, _ error) {
	rest, err := os.ReadFile(filepath.Clean(path))
	if err != nil {
		return until, err
	}
	for {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		if block.Type != "CERTIFICATE" {
			continue
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return until, fmt.Errorf("%s: %w", path, err)
		}
		switch {
		case now.After(c.NotAfter):
			return until, fmt.Errorf("%s ended on %s; renew it", path, c.NotAfter.Format(time.DateOnly))
		case now.Before(c.NotBefore):
			return until, fmt.Errorf("%s begins on %s; check its dates and this machine's clock", path, c.NotBefore.Format(time.DateOnly))
		case c.NotAfter.Sub(now) < renewBefore:
			return until, fmt.Errorf("%s ends on %s; renew it now", path, c.NotAfter.Format(time.DateOnly))
		}
		if until.IsZero() || c.NotAfter.Before(until) {
			until = c.NotAfter
		}
	}
	if until.IsZero() {
		return until, fmt.Errorf("%s holds no PEM certificate", path)
	}
	return until, nil
}

// secrets looks at who may read the files that hold secrets.
func (d *doctor) secrets() {
	n, r := d.cfg.NATS, d.cfg.Redis
	for _, s := range []struct{ key, path string }{
		{"signing_key", d.cfg.SigningKey}, {"grpc.key", d.cfg.GRPC.Key}, {"nats.credentials", n.Credentials}, {"nats.nkey", n.NKey}, {"nats.key", n.Key},
		{"nats.system_credentials", n.System}, {"nats.system_nkey", n.SystemNKey}, {"redis.password_file", r.PasswordFile}, {"redis.key", r.Key},
		{"redis.index_key_file", r.IndexKeyFile},
	} {
		info, err := os.Stat(s.path)
		if s.path == "" || errors.Is(err, fs.ErrNotExist) && (s.key == "signing_key" || s.key == "redis.index_key_file") {
			continue // made on first use
		}
		if err == nil && info.Mode().Perm()&0o007 != 0 {
			err = fmt.Errorf("everybody on this machine may read %s; chmod 600", s.path)
		}
		d.check("secret "+s.key, "it is kept", err)
	}
}
