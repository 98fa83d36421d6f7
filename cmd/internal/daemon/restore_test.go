package daemon_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	pb "github.com/ppn-triage/ppn-triage/api/triagev1"
	"github.com/ppn-triage/ppn-triage/cmd/internal/daemon"
	"github.com/ppn-triage/ppn-triage/triage/jet"
	"github.com/ppn-triage/ppn-triage/triage/jet/embed"
	"github.com/ppn-triage/ppn-triage/triage/wire"
)

// restore runs `triaged restore` and returns what it says.
func restore(t *testing.T, cfg daemon.Config, o daemon.RestoreOptions) string {
	t.Helper()
	var out bytes.Buffer
	if err := daemon.Restore(t.Context(), cfg, o, &out); err != nil {
		t.Fatalf("restore: %v\n%s", err, out.String())
	}
	return out.String()
}

// onServer works on the embedded server's streams while no daemon runs.
func onServer(t *testing.T, cfg daemon.Config, f func(js jetstream.JetStream)) {
	t.Helper()
	s, err := embed.Start(t.Context(), embed.Options{Dir: filepath.Join(cfg.Data, "nats"), Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Stop()
	nc, err := nats.Connect(s.URL())
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	f(js)
}

// TestRestoreDrill: the NATS server's disk is gone. From the archive comes the
// same log, and from that the same queue, byte for byte; work goes on.
func TestRestoreDrill(t *testing.T) {
	cfg := config(t.TempDir())
	before := filled(t, cfg, 80)
	if err := os.RemoveAll(filepath.Join(cfg.Data, "nats")); err != nil {
		t.Fatal(err)
	}
	said := restore(t, cfg, daemon.RestoreOptions{})
	for _, w := range []string{"bradford commits: built anew from the archive, 1 to ", "bradford notices: built anew from the archive, 1 to 80"} {
		if !strings.Contains(said, w) {
			t.Errorf("restore says %q, want %q in it", said, w)
		}
	}
	d := start(t, cfg)
	c := dial(t, d.Addr().GRPC, "sup")
	items := settled(t, c, 80)
	quiet(t, d)
	if diff := differing(before, export(t, cfg, d)); len(items) != 80 || len(diff) > 0 {
		t.Errorf("%d items, and the queue differs:\n%s", len(items), strings.Join(diff, "\n"))
	}
	i, err := c.Queue.GetItem(t.Context(), &pb.GetItemRequest{ItemId: items[0].GetId()})
	if err != nil {
		t.Fatal(err)
	}
	n, err := c.Notice.GetNotice(t.Context(), &pb.GetNoticeRequest{NoticeId: i.GetItem().GetEntries()[0].GetNoticeId()})
	if err != nil || !strings.Contains(n.GetLetter().GetText(), "CIRCS") {
		t.Errorf("GetNotice = %v, %v", n, err)
	}
	push(t, d.Addr().NATS, 80, 90)
	if items := settled(t, c, 90); len(items) != 90 {
		t.Errorf("%d items after ten more mails, want 90", len(items))
	}
	within(t, "a full read without a fault", func() bool { return figure(t, d, "ppn_full_read_last_seconds", "notices") > 0 })
	if n := figure(t, d, "ppn_bad_records_total"); n > 0 {
		t.Errorf("%v records are not as the archive has them", n)
	}
}

func differing(a, b []string) (diff []string) {
	for _, l := range a {
		if !slices.Contains(b, l) {
			diff = append(diff, fmt.Sprintf("- %.200s", l))
		}
	}
	for _, l := range b {
		if !slices.Contains(a, l) {
			diff = append(diff, fmt.Sprintf("+ %.200s", l))
		}
	}
	return diff
}

// TestRestoreOfAStreamThatReusedSequences: the server lost the end of the stream
// of mails, and gave its sequences to mails that came then. Both are in the queue
// afterwards.
func TestRestoreOfAStreamThatReusedSequences(t *testing.T) {
	cfg := config(t.TempDir())
	filled(t, cfg, 40)
	cut(t, blocks(t, cfg, "PPN_NOTICES_BRADFORD")[0])
	onServer(t, cfg, func(js jetstream.JetStream) {
		for n := 40; n < 45; n++ {
			ack, err := js.Publish(t.Context(), "ppn.notice.bradford.wyp", mail(n))
			if err != nil || ack.Sequence > 40 {
				t.Fatalf("sequence %+v, %v: none is used again, the test has lost its point", ack, err)
			}
		}
	})
	wantRefusal(t, cfg, "messages were lost")
	if err := daemon.Restore(t.Context(), cfg, daemon.RestoreOptions{Streams: []string{"notices"}}, &bytes.Buffer{}); !errors.Is(err, jet.ErrExists) {
		t.Errorf("Restore without --replace = %v, want jet.ErrExists", err)
	}
	said := restore(t, cfg, daemon.RestoreOptions{Streams: []string{"notices"}, Replace: true})
	if !strings.Contains(said, "5 mails that stood where the archive has others are handed in again as 41 to 45") {
		t.Errorf("restore says %q", said)
	}
	d := start(t, cfg)
	if items := settled(t, dial(t, d.Addr().GRPC, "sup"), 45); len(items) != 45 {
		t.Errorf("%d items, want 45: none of the 40 is gone and none of the 5", len(items))
	}
}

// TestRestoreTakesInWhatWasNotCopied: the archiver was behind when the daemon
// ended. What only the stream has is not lost with it.
func TestRestoreTakesInWhatWasNotCopied(t *testing.T) {
	cfg := config(t.TempDir())
	filled(t, cfg, 20)
	onServer(t, cfg, func(js jetstream.JetStream) {
		for n := 20; n < 26; n++ {
			if _, err := js.Publish(t.Context(), "ppn.notice.bradford.wyp", mail(n)); err != nil {
				t.Fatal(err)
			}
		}
	})
	said := restore(t, cfg, daemon.RestoreOptions{Streams: []string{"notices", "commits"}, Replace: true})
	if !strings.Contains(said, "notices: the archive reaches 26 now; 0 messages of the stream are put aside") {
		t.Errorf("restore says %q", said)
	}
	d := start(t, cfg)
	if items := settled(t, dial(t, d.Addr().GRPC, "sup"), 26); len(items) != 26 {
		t.Errorf("%d items, want 26", len(items))
	}
}

// TestRestoreWhereMailsAreLostInBoth: the sequences of mails that were read stay
// taken, or the next mails would be passed over as read.
func TestRestoreWhereMailsAreLostInBoth(t *testing.T) {
	cfg := config(t.TempDir())
	filled(t, cfg, 20)
	old, gone := filepath.Join(cfg.Data, "old"), filepath.Join(cfg.Data, "archive", "bradford", "notices")
	if err := os.CopyFS(old, os.DirFS(gone)); err != nil {
		t.Fatal(err)
	}
	worked(t, cfg, 20, 24)
	for _, dir := range []string{filepath.Join(cfg.Data, "nats"), gone} {
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
	}
	err := daemon.Restore(t.Context(), cfg, daemon.RestoreOptions{}, &bytes.Buffer{})
	if err == nil || !strings.Contains(err.Error(), "nothing to restore from") {
		t.Errorf("Restore without an archive of the mails = %v", err)
	}
	if err := os.Rename(old, gone); err != nil {
		t.Fatal(err)
	}
	said := restore(t, cfg, daemon.RestoreOptions{})
	if !strings.Contains(said, "the mails at 21 to 24 are in neither copy") {
		t.Errorf("restore says %q", said)
	}
	d := start(t, cfg)
	push(t, d.Addr().NATS, 24, 27)
	if items := settled(t, dial(t, d.Addr().GRPC, "sup"), 27); len(items) != 27 {
		t.Errorf("%d items, want 27: those that were read, and the three new ones", len(items))
	}
}

// TestAnAlteredMailIsReadFromTheArchive: somebody with the disk in his hands has
// written another mail in the place of one. The archive's is read, and it is told.
func TestAnAlteredMailIsReadFromTheArchive(t *testing.T) {
	cfg := config(t.TempDir())
	filled(t, cfg, 12)
	onServer(t, cfg, func(js jetstream.JetStream) {
		conn, err := jet.Connect(t.Context(), jet.Options{URL: js.Conn().ConnectedUrl()})
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		o := jet.LogOptions{FrontDoor: "bradford", Codec: wire.Codec{}}
		var records []jet.Record
		identity := ""
		err = conn.Salvage(t.Context(), o, jet.Notices, 1, func(id string, r jet.Record) error {
			if r.Seq == 7 {
				r.Data = bytes.Replace(r.Data, []byte("Verbal argument"), []byte("Quiet afternoon"), 1)
			}
			identity, records = id, append(records, r)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := conn.Remove(t.Context(), o, jet.Notices); err != nil {
			t.Fatal(err)
		}
		b, err := conn.Rebuild(t.Context(), o, jet.Notices, identity, 1)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range records {
			if err := b.Put(t.Context(), r); err != nil {
				t.Fatal(err)
			}
		}
		if err := b.Finish(t.Context()); err != nil {
			t.Fatal(err)
		}
	})
	d := start(t, cfg)
	within(t, "that it is told", func() bool { return figure(t, d, "ppn_bad_records_total", "notices", "altered") > 0 })
	within(t, "the end of the full read", func() bool { return figure(t, d, "ppn_full_read_faults", "notices") == 1 })
	c := dial(t, d.Addr().GRPC, "sup")
	stream, err := c.Notice.StreamNotices(t.Context(), &pb.StreamNoticesRequest{AfterSequence: 6})
	if err != nil {
		t.Fatal(err)
	}
	m, err := stream.Recv()
	if err != nil || m.GetSequence() != 7 {
		t.Fatalf("Recv = %v, %v", m, err)
	}
	n, err := c.Notice.GetNotice(t.Context(), &pb.GetNoticeRequest{NoticeId: m.GetNoticeId()})
	if err != nil || !strings.Contains(n.GetLetter().GetText(), "Verbal argument") {
		t.Errorf("GetNotice = %q, %v; want the mail as it was accepted", n.GetLetter().GetText(), err)
	}
}
