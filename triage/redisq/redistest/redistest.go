// Package redistest starts real redis-servers for tests: one process a server,
// on a socket in a temporary folder, ended with the test. It is linked into no
// program.
package redistest

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// patience is how long a server may take to answer.
const patience = 10 * time.Second

// URL starts a redis-server and returns its URL. Without a redis-server on the
// PATH the test is skipped at a desk, and fails where CI is set.
func URL(tb testing.TB, extra ...string) string {
	tb.Helper()
	url, _ := Start(tb, extra...)
	return url
}

// Start is URL for tests that end the server themselves.
func Start(tb testing.TB, extra ...string) (url string, server *exec.Cmd) {
	tb.Helper()
	bin, err := exec.LookPath("redis-server")
	if err != nil {
		if os.Getenv("CI") != "" {
			tb.Fatal("redis-server is not on the PATH, and CI is set: make test installs it")
		}
		tb.Skip("redis-server is not on the PATH: install it, or run make test")
	}
	dir, err := os.MkdirTemp("", "redis") // a socket's path must be short
	if err != nil {
		tb.Fatal(err)
	}
	socket := filepath.Join(dir, "s")
	args := append([]string{"--port", "0", "--unixsocket", socket, "--save", "", "--dir", dir, "--loglevel", "warning"}, extra...)
	server = exec.CommandContext(tb.Context(), bin, args...) //nolint:gosec // our own arguments
	if err := server.Start(); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		_ = server.Process.Kill()
		_ = server.Wait()
		_ = os.RemoveAll(dir)
	})
	for end := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		if c, err := net.Dial("unix", socket); err == nil {
			_ = c.Close()
			return "unix://" + socket, server
		}
		if time.Now().After(end) {
			tb.Fatal("redis-server did not answer")
		}
	}
}
