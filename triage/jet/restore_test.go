package jet

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/ppn-triage/ppn-triage/triage"
)

var doorOptions = LogOptions{FrontDoor: "bradford", Codec: plain{}}

// varied hands in mails as other clients do: with headers, among them ids that
// repeat, with bytes that are no text, and without any.
func varied(t *testing.T, l *Log, n int) {
	t.Helper()
	for i := range n {
		m := &nats.Msg{Subject: l.noticeSubject("wyp"), Data: mail(i)}
		switch i % 3 {
		case 1:
			m.Header = nats.Header{"Nats-Msg-Id": {fmt.Sprint("id", i%2)}, "X-Two": {"a", "b"}}
			time.Sleep(dedupWindow + 10*time.Millisecond)
		case 2:
			m.Header = nats.Header{"X-Bytes": {"caf\xe9"}, headerRestored: {"0 []"}}
		}
		if _, err := l.conn.js.PublishMsg(testContext(t), m); err != nil {
			t.Fatal(err)
		}
	}
}

func allRecords(t *testing.T, read func(context.Context, uint64, int) ([]Record, error), from uint64) (all []Record) {
	t.Helper()
	for {
		recs, err := read(testContext(t), from, 100)
		if err != nil {
			t.Fatal(err)
		}
		if len(recs) == 0 {
			return all
		}
		all, from = append(all, recs...), from+uint64(len(recs))
	}
}

func sameRecords(t *testing.T, want, got []Record) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
}

func rebuild(t *testing.T, c *Conn, k Kind, identity string, recs []Record) {
	t.Helper()
	r, err := c.Rebuild(testContext(t), doorOptions, k, identity, recs[0].Seq)
	if err != nil {
		t.Fatal(err)
	}
	for _, rec := range recs {
		if rec.Seq < r.Next() {
			continue
		}
		if err := r.Put(testContext(t), rec); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.Finish(testContext(t)); err != nil {
		t.Fatal(err)
	}
}

// TestAStreamBuiltAnewIsTheSame: sequences, times, subjects, headers, bytes and
// identity; and the log goes on behind it.
func TestAStreamBuiltAnewIsTheSame(t *testing.T) {
	l, ctx := newLog(t), testContext(t)
	varied(t, l, 12)
	appendCommits(t, l, 1, 30)
	notices, commits := allRecords(t, l.ReadNoticeRecords, 1), allRecords(t, l.ReadCommitRecords, 1)
	nid, cid := l.Identity()
	for _, k := range []Kind{Notices, Commits} {
		if err := l.conn.Remove(ctx, doorOptions, k); err != nil {
			t.Fatal(err)
		}
	}
	rebuild(t, l.conn, Notices, nid, notices)
	rebuild(t, l.conn, Commits, cid, commits)
	anew := openLog(t, l.conn)
	if n, c := anew.Identity(); n != nid || c != cid {
		t.Errorf("identities %s and %s, want %s and %s", n, c, nid, cid)
	}
	sameRecords(t, notices, allRecords(t, anew.ReadNoticeRecords, 1))
	sameRecords(t, commits, allRecords(t, anew.ReadCommitRecords, 1))
	one, err := anew.ReadNotice(ctx, 2)
	if err != nil || !one.Time.Equal(notices[1].Time) || one.Header["X-Two"][1] != "b" {
		t.Errorf("ReadNotice(2) = %+v, %v", one, err)
	}
	appendCommits(t, anew, 31, 40)
	push(t, anew, 13, 20)
	if got := allRecords(t, anew.ReadNoticeRecords, 13); len(got) != 8 || len(got[0].Header[headerRestored]) > 0 {
		t.Errorf("behind what was put back: %d records, %+v", len(got), got)
	}
}

// TestAForgedRestoreHeader of a police client counts for nothing.
func TestAForgedRestoreHeader(t *testing.T) {
	l := newLog(t)
	varied(t, l, 3)
	got := allRecords(t, l.ReadNoticeRecords, 1)
	if got[2].Header[headerRestored][0] != "0 []" || time.Since(got[2].Time) > time.Minute {
		t.Errorf("record %+v", got[2])
	}
}

// TestWhileAStreamIsBuiltAnew nobody else can write to it or open it, and a
// rebuild that was cut off is gone on with.
func TestWhileAStreamIsBuiltAnew(t *testing.T) {
	l, ctx := newLog(t), testContext(t)
	push(t, l, 1, 10)
	appendCommits(t, l, 1, 1)
	recs := allRecords(t, l.ReadNoticeRecords, 1)
	id, _ := l.Identity()
	if _, err := l.conn.Rebuild(ctx, doorOptions, Notices, id, 1); !errors.Is(err, ErrExists) {
		t.Errorf("Rebuild of a stream that is there = %v, want ErrExists", err)
	}
	if err := l.conn.Remove(ctx, doorOptions, Notices); err != nil {
		t.Fatal(err)
	}
	if err := l.conn.Salvage(ctx, doorOptions, Notices, 1, nil); !errors.Is(err, triage.ErrNotFound) {
		t.Errorf("Salvage of nothing = %v", err)
	}
	r, err := l.conn.Rebuild(ctx, doorOptions, Notices, id, 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, rec := range recs[:4] {
		if err := r.Put(ctx, rec); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.Put(ctx, recs[5]); !errors.Is(err, triage.ErrChain) {
		t.Errorf("Put past a sequence = %v, want triage.ErrChain", err)
	}
	if _, err := l.PublishNotice(ctx, "wyp", mail(1), ""); err == nil {
		t.Error("a mail was accepted by a stream that is being rebuilt")
	}
	if _, err := l.conn.OpenLog(ctx, doorOptions); !errors.Is(err, ErrUnsafe) {
		t.Errorf("OpenLog = %v, want ErrUnsafe", err)
	}
	if err := l.conn.Salvage(ctx, doorOptions, Notices, 1, nil); !errors.Is(err, triage.ErrNotFound) {
		t.Errorf("Salvage of a stream under way = %v", err)
	}
	if _, err := l.conn.Rebuild(ctx, doorOptions, Notices, "1-other", 1); !errors.Is(err, ErrExists) {
		t.Errorf("Rebuild as another stream = %v, want ErrExists", err)
	}
	rebuild(t, l.conn, Notices, id, recs)
	sameRecords(t, recs, allRecords(t, openLog(t, l.conn).ReadNoticeRecords, 1))
}

// TestAStreamBuiltAnewBeginsWhereItDid: old mails had aged out.
func TestAStreamBuiltAnewBeginsWhereItDid(t *testing.T) {
	l, ctx := newLog(t), testContext(t)
	push(t, l, 1, 10)
	recs := allRecords(t, l.ReadNoticeRecords, 7)
	id, _ := l.Identity()
	if err := l.conn.Remove(ctx, doorOptions, Notices); err != nil {
		t.Fatal(err)
	}
	rebuild(t, l.conn, Notices, id, recs)
	l = openLog(t, l.conn)
	ends, err := l.End(ctx)
	if err != nil || ends.Notices.First != 7 || ends.Notices.Last != 10 {
		t.Errorf("End = %+v, %v", ends, err)
	}
	sameRecords(t, recs, allRecords(t, l.ReadNoticeRecords, 7))
	push(t, l, 11, 11)
}

// TestSalvage gives all that can be read, and passes over the holes.
func TestSalvage(t *testing.T) {
	l, ctx := permissive(t), testContext(t)
	push(t, l, 1, 30)
	for _, seq := range []uint64{1, 12, 13, 30} {
		if err := l.notices.handle.DeleteMsg(ctx, seq); err != nil {
			t.Fatal(err)
		}
	}
	want, _ := l.Identity()
	var got []uint64
	err := l.conn.Salvage(ctx, doorOptions, Notices, 1, func(id string, r Record) error {
		if id != want || !cmp.Equal(r.Data, mail(int(r.Seq))) { //nolint:gosec // small
			t.Errorf("record %d of %s", r.Seq, id)
		}
		got = append(got, r.Seq)
		return nil
	})
	if err != nil || len(got) != 26 || got[0] != 2 || got[25] != 29 {
		t.Errorf("salvaged %v, %v", got, err)
	}
}

// TestWhatIsBesideTheLogIsMadeAnew after a restore, and only then.
func TestWhatIsBesideTheLogIsMadeAnew(t *testing.T) {
	l, ctx := newLog(t), testContext(t)
	appendCommits(t, l, 1, 1)
	for _, name := range []string{l.keysName(), l.readsName(), l.outName()} {
		if err := l.conn.js.DeleteStream(ctx, name); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := l.conn.OpenLog(ctx, doorOptions); !errors.Is(err, triage.ErrChain) {
		t.Errorf("OpenLog = %v, want triage.ErrChain", err)
	}
	o := doorOptions
	o.Restored = true
	if _, err := l.conn.OpenLog(ctx, o); err != nil {
		t.Error(err)
	}
	if err := l.conn.js.DeleteStream(ctx, l.noticesName()); err != nil {
		t.Fatal(err)
	}
	if _, err := l.conn.OpenLog(ctx, o); !errors.Is(err, triage.ErrChain) {
		t.Errorf("OpenLog without notices = %v, want triage.ErrChain", err)
	}
	if _, err := l.conn.js.Stream(ctx, l.noticesName()); !errors.Is(err, jetstream.ErrStreamNotFound) {
		t.Errorf("the stream of notices was made anew: %v", err)
	}
}
