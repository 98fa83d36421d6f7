package jet

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// authority signs certificates for tests.
type authority struct {
	dir  string
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	file string // path of its certificate
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{dir: t.TempDir()}
	a.file, _ = a.issue(t, "ca")
	return a
}

// issue writes a certificate and its key and returns their paths. The first one
// is the authority's own.
func (a *authority) issue(t *testing.T, name string) (certFile, keyFile string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, BasicConstraintsValid: true,
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	if a.cert == nil {
		tmpl.IsCA, tmpl.KeyUsage = true, x509.KeyUsageCertSign
		a.cert, a.key = tmpl, key
	}
	der, err1 := x509.CreateCertificate(rand.Reader, tmpl, a.cert, &key.PublicKey, a.key)
	secret, err2 := x509.MarshalPKCS8PrivateKey(key)
	certFile, keyFile = filepath.Join(a.dir, name+".pem"), filepath.Join(a.dir, name+".key")
	err3 := os.WriteFile(certFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600)
	err4 := os.WriteFile(keyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}), 0o600)
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		t.Fatal(err)
	}
	return certFile, keyFile
}

func TestTLS(t *testing.T) {
	ca, stranger := newAuthority(t), newAuthority(t)
	serverCert, serverKey := ca.issue(t, "server")
	clientCert, clientKey := ca.issue(t, "client")
	strangeCert, strangeKey := stranger.issue(t, "client")
	tlsConfig, err := server.GenTLSConfig(&server.TLSConfigOpts{CertFile: serverCert, KeyFile: serverKey, CaFile: ca.file, Verify: true})
	if err != nil {
		t.Fatal(err)
	}
	tlsConfig.MinVersion = tls.VersionTLS12
	ns := rawServer(t, server.Options{
		JetStream: true, StoreDir: t.TempDir(), SyncAlways: true, TLSConfig: tlsConfig, TLSVerify: true, TLSTimeout: 5,
	})
	url := strings.Replace(ns.ClientURL(), "nats://", "tls://", 1)
	for _, c := range []struct {
		name string
		o    Options
		ok   bool
	}{
		{"both sides known", Options{CA: ca.file, Cert: clientCert, Key: clientKey}, true},
		{"no client certificate", Options{CA: ca.file}, false},
		{"a stranger's certificate", Options{CA: ca.file, Cert: strangeCert, Key: strangeKey}, false},
		{"the server is not of that authority", Options{CA: stranger.file, Cert: clientCert, Key: clientKey}, false},
		{"no authority", Options{Cert: clientCert, Key: clientKey}, false},
	} {
		c.o.URL = url
		conn, err := Connect(testContext(t), c.o)
		if c.ok != (err == nil) {
			t.Errorf("%s: %v", c.name, err)
		}
		if err == nil {
			openLog(t, conn)
			conn.Close()
		}
	}
}

func TestMonitorOverTLS(t *testing.T) {
	ca, stranger := newAuthority(t), newAuthority(t)
	cert, key := ca.issue(t, "server")
	tlsConfig, err := server.GenTLSConfig(&server.TLSConfigOpts{CertFile: cert, KeyFile: key})
	if err != nil {
		t.Fatal(err)
	}
	ns := rawServer(t, server.Options{
		JetStream: true, StoreDir: t.TempDir(), SyncAlways: true, TLSConfig: tlsConfig, TLSTimeout: 5,
		HTTPHost: "127.0.0.1", HTTPSPort: -1,
	})
	monitor := []string{"https://" + ns.MonitorAddr().String()}
	o := Options{URL: strings.Replace(ns.ClientURL(), "nats://", "tls://", 1), CA: ca.file, Monitor: monitor}
	c := connect(t, o)
	if err := c.VerifySync(testContext(t)); err != nil {
		t.Error(err)
	}
	for _, file := range []string{stranger.file, key, "/nonexistent/ca.pem"} {
		c.opts.CA = file
		if err := c.VerifySync(testContext(t)); !errors.Is(err, ErrSync) {
			t.Errorf("VerifySync with CA %s = %v, want ErrSync", filepath.Base(file), err)
		}
	}
}
