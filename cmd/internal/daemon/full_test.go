package daemon_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"syscall"
	"testing"
	"time"

	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/jet"
)

// heavy is an invented notice with a file of 150 kB.
func heavy(n int) []byte {
	head, body, _ := bytes.Cut(mail(n), []byte("\r\n\r\n"))
	file := base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{byte(n), 1, 2, 3}, 40_000))
	return fmt.Appendf(nil, "%s\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n%s\r\n"+
		"--b\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\r\n%s\r\n--b--\r\n", head, body, file)
}

// TestAFullArchive: when the disk of the second copy is full, mails are still
// accepted and ranked, and no force gets a receipt for one that is not copied.
// When there is room again every receipt comes, without a restart.
func TestAFullArchive(t *testing.T) {
	disk := t.TempDir()
	if err := syscall.Mount("tmpfs", disk, "tmpfs", 0, "size=2m"); err != nil {
		t.Skipf("no small disk can be mounted here (%v); TestACopyThatCouldNotBeWritten stands in for it", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(disk, syscall.MNT_DETACH) })
	cfg := config(t.TempDir())
	cfg.Archive.Dir = disk
	d := start(t, cfg)
	conn, err := jet.Connect(t.Context(), jet.Options{URL: d.Addr().NATS})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	police, err := conn.Pusher("bradford")
	if err != nil {
		t.Fatal(err)
	}
	const all = 20
	for n := range all {
		if _, err := police.PublishNotice(t.Context(), "wyp", heavy(n), ""); err != nil {
			t.Fatal(err)
		}
	}
	if items := settled(t, dial(t, d.Addr().GRPC, "sup"), all); len(items) != all {
		t.Errorf("%d mails accepted, %d items", all, len(items))
	}
	receipts := func() (n int) {
		for seq := uint64(1); seq <= all; seq++ {
			switch _, err := police.ReadOut(t.Context(), "wyp", "receipt", seq); {
			case err == nil:
				n++
			case !errors.Is(err, triage.ErrNotFound):
				t.Fatal(err)
			}
		}
		return n
	}
	time.Sleep(2 * time.Second) // for the archiver to fail more than once
	if got := receipts(); got == all {
		t.Fatalf("%d receipts for 3 MB of mails on a disk of 2 MB", got)
	}
	if err := syscall.Mount("", disk, "", syscall.MS_REMOUNT, "size=64m"); err != nil {
		t.Fatal(err)
	}
	end := time.Now().Add(30 * time.Second)
	for receipts() < all {
		if time.Now().After(end) {
			t.Fatalf("%d of %d receipts with room for all", receipts(), all)
		}
		time.Sleep(100 * time.Millisecond)
	}
}
