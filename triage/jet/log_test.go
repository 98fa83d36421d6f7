package jet

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ppn-triage/ppn-triage/triage"
)

func TestNoticesComeBackByPosition(t *testing.T) {
	l, ctx := newLog(t), testContext(t)
	push(t, l, 1, 20)
	for _, c := range []struct {
		from      uint64
		max, want int
	}{{1, 100, 20}, {1, 3, 3}, {5, 10, 10}, {18, 10, 3}, {20, 1, 1}, {21, 5, 0}, {900, 5, 0}} {
		got, err := l.ReadNotices(ctx, c.from, c.max)
		if err != nil || len(got) != c.want {
			t.Fatalf("ReadNotices(%d, %d) = %d notices, %v; want %d", c.from, c.max, len(got), err, c.want)
		}
		for i, n := range got {
			seq := c.from + uint64(i)                                                      //nolint:gosec // small
			if n.Seq != seq || !bytes.Equal(n.Data, mail(int(seq))) || n.Force != "wyp" || //nolint:gosec // small
				n.Subject != "ppn.notice.bradford.wyp" || n.Time.IsZero() || n.Time.Location() != time.UTC {
				t.Fatalf("ReadNotices(%d, %d)[%d] = %+v", c.from, c.max, i, n)
			}
		}
	}
	one, err := l.ReadNotice(ctx, 7)
	if err != nil || !bytes.Equal(one.Data, mail(7)) {
		t.Fatalf("ReadNotice(7) = %q, %v", one.Data, err)
	}
	if _, err := l.ReadNotice(ctx, 21); !errors.Is(err, triage.ErrNotFound) || errors.Is(err, triage.ErrChain) {
		t.Errorf("ReadNotice past the end = %v, want ErrNotFound", err)
	}
	for _, bad := range []struct {
		from uint64
		max  int
	}{{0, 1}, {1, 0}, {1, -1}} {
		if _, err := l.ReadNotices(ctx, bad.from, bad.max); !errors.Is(err, triage.ErrInvalid) {
			t.Errorf("ReadNotices(%d, %d) = %v, want ErrInvalid", bad.from, bad.max, err)
		}
	}
}

func TestSameMailAndSameMessageIDAreNeverSwallowed(t *testing.T) {
	l, ctx := newLog(t), testContext(t)
	a := []byte("Message-ID: <1@police.example>\r\n\r\nfirst\r\n")
	b := []byte("Message-ID: <1@police.example>\r\n\r\nsecond\r\n")
	for i, m := range [][]byte{a, a, b} {
		if seq, err := l.PublishNotice(ctx, "wyp", m, ""); err != nil || seq != uint64(i+1) { //nolint:gosec // small
			t.Fatalf("PublishNotice %d = %d, %v", i, seq, err)
		}
	}
	got, err := l.ReadNotices(ctx, 1, 10)
	if err != nil || len(got) != 3 || !bytes.Equal(got[2].Data, b) {
		t.Fatalf("ReadNotices = %d, %v", len(got), err)
	}
}

func TestAppend(t *testing.T) {
	l, ctx := newLog(t), testContext(t)
	appendCommits(t, l, 1, 12)
	got, err := l.ReadCommits(ctx, 1, 100)
	if err != nil || len(got) != 12 {
		t.Fatalf("ReadCommits = %d, %v", len(got), err)
	}
	for i, c := range got {
		seq := uint64(i + 1) //nolint:gosec // small
		if want := (triage.Commit{ID: fmt.Sprint("c", seq), Through: seq, Seq: seq}); cmp.Diff(want, c) != "" {
			t.Error(cmp.Diff(want, c))
		}
	}
	for _, expected := range []uint64{0, 11, 13} {
		if _, err := l.Append(ctx, triage.Commit{ID: "x"}, expected); !errors.Is(err, triage.ErrPosition) || errors.Is(err, ErrUnknown) {
			t.Errorf("Append at %d of 12 = %v, want ErrPosition", expected, err)
		}
	}
	big := triage.Commit{ID: strings.Repeat("x", MaxCommit)}
	if _, err := l.Append(ctx, big, 12); !errors.Is(err, ErrTooLarge) {
		t.Errorf("Append of over 1 MB = %v, want ErrTooLarge", err)
	}
	fits := triage.Commit{ID: strings.Repeat("x", MaxCommit-100)}
	if seq, err := l.Append(ctx, fits, 12); err != nil || seq != 13 {
		t.Errorf("Append of just under 1 MB = %d, %v", seq, err)
	}
	ends, err := l.End(ctx)
	if err != nil || ends.Commits.Last != 13 || ends.Commits.First != 1 || ends.Notices.Last != 0 {
		t.Errorf("End = %+v, %v", ends, err)
	}
}

func TestTwoAppendersRace(t *testing.T) {
	srv := startServer(t)
	const each = 50
	var wg sync.WaitGroup
	var refused [2]int
	for w := range 2 {
		l := openLog(t, connect(t, Options{URL: srv.URL()}))
		wg.Go(func() {
			for i := range each {
				id := fmt.Sprintf("w%d-%d", w, i)
				for {
					ends, err := l.End(t.Context())
					if err != nil {
						t.Error(err)
						return
					}
					time.Sleep(200 * time.Microsecond) // both compute on the same position
					_, err = l.Append(t.Context(), triage.Commit{ID: id}, ends.Commits.Last)
					if err == nil {
						break
					}
					if !errors.Is(err, triage.ErrPosition) {
						t.Error(err)
						return
					}
					refused[w]++
				}
			}
		})
	}
	wg.Wait()
	l := openLog(t, connect(t, Options{InProcess: srv}))
	got, err := l.ReadCommits(testContext(t), 1, 1000)
	if err != nil || len(got) != 2*each {
		t.Fatalf("ReadCommits = %d, %v; want %d", len(got), err, 2*each)
	}
	seen, next := map[string]bool{}, [2]int{}
	for _, c := range got {
		var w, i int
		if _, err := fmt.Sscanf(c.ID, "w%d-%d", &w, &i); err != nil || seen[c.ID] || i != next[w] {
			t.Fatalf("commit %d is %q out of order or twice", c.Seq, c.ID)
		}
		seen[c.ID], next[w] = true, i+1
	}
	if refused[0]+refused[1] == 0 {
		t.Error("no append was ever refused: the race did not happen")
	}
}

func TestDecodeFailureNamesThePlaceNotTheContent(t *testing.T) {
	l, ctx := newLog(t), testContext(t)
	appendCommits(t, l, 1, 2)
	if _, err := l.conn.nc.Request(l.auditSubject(), []byte("canary Zebedee Quill"), time.Second); err != nil {
		t.Fatal(err)
	}
	got, err := l.ReadCommits(ctx, 1, 10)
	if len(got) != 2 || !errors.Is(err, triage.ErrChain) {
		t.Fatalf("ReadCommits = %d, %v; want 2 and ErrChain", len(got), err)
	}
	wantWords(t, err, "PPN_AUDIT_BRADFORD", "sequence 3")
	if strings.Contains(err.Error(), "Quill") {
		t.Errorf("error %q quotes content", err)
	}
}

func TestLargestNoticeAndTruncate(t *testing.T) {
	l, ctx := newLog(t), testContext(t)
	head := "From: a@police.example\r\nSubject: large\r\n\r\n"
	largest := []byte(head + strings.Repeat("x", MaxNotice-headRoom-len(head)))
	if kept, words := Truncate(largest); words != "" || len(kept) != len(largest) {
		t.Errorf("Truncate of the largest possible cut it to %d, %q", len(kept), words)
	}
	if _, err := l.PublishNotice(ctx, "wyp", largest, ""); err != nil {
		t.Fatal(err)
	}
	over := append(largest, 'x')
	if _, err := l.PublishNotice(ctx, "wyp", over, ""); !errors.Is(err, ErrTooLarge) {
		t.Errorf("PublishNotice over the limit = %v, want ErrTooLarge", err)
	}
	kept, words := Truncate(over)
	if want := len(head) + truncatedBody; len(kept) != want || !bytes.HasPrefix(over, kept) {
		t.Errorf("Truncate kept %d bytes, want %d", len(kept), want)
	}
	if _, err := l.PublishNotice(ctx, "wyp", kept, words); err != nil {
		t.Fatal(err)
	}
	var size int
	var hash string
	n, err := l.ReadNotice(ctx, 2)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Sscanf(n.Truncated, "%d %s", &size, &hash); err != nil || size != len(over) || len(hash) != 64 {
		t.Errorf("Truncated = %q, %v", n.Truncated, err)
	}
	// A backlog with two more of the largest comes in pieces of a bounded size.
	push(t, l, 3, 6)
	for range 2 {
		if _, err := l.PublishNotice(ctx, "wyp", largest, ""); err != nil {
			t.Fatal(err)
		}
	}
	var got []Notice
	for calls := 0; len(got) < 8; calls++ {
		n, err := l.ReadNotices(ctx, uint64(len(got))+1, 100)
		if err != nil || len(n) == 0 || len(n) == 8 || calls > 3 {
			t.Fatalf("ReadNotices(%d) = %d, %v", len(got)+1, len(n), err)
		}
		got = append(got, n...)
	}
	for i, want := range map[int][]byte{0: largest, 1: kept, 4: mail(5), 7: largest} {
		if !bytes.Equal(got[i].Data, want) {
			t.Errorf("notice %d has %d bytes, want %d", i+1, len(got[i].Data), len(want))
		}
	}
}

func TestTruncateWithoutAHeaderEnd(t *testing.T) {
	over := bytes.Repeat([]byte("x"), MaxNotice)
	kept, words := Truncate(over)
	if len(kept) != truncatedBody || words == "" {
		t.Errorf("Truncate = %d bytes, %q", len(kept), words)
	}
	endless := append(bytes.Repeat([]byte("x"), MaxNotice), "\n\nbody"...)
	if kept, _ := Truncate(endless); len(kept) != MaxNotice-headRoom {
		t.Errorf("Truncate of an endless header = %d bytes", len(kept))
	}
}

func TestOutAndReads(t *testing.T) {
	l, ctx := newLog(t), testContext(t)
	if _, err := l.ReadOut(ctx, "wyp", "receipt", 5); !errors.Is(err, triage.ErrNotFound) {
		t.Errorf("ReadOut before = %v, want ErrNotFound", err)
	}
	for _, d := range []string{"one", "two"} {
		if _, err := l.PublishOut(ctx, Out{To: "wyp", Kind: "receipt", Seq: 5, Data: []byte(d)}); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := l.ReadOut(ctx, "wyp", "receipt", 5); err != nil || string(got) != "two" {
		t.Errorf("ReadOut = %q, %v", got, err)
	}
	if _, err := l.PublishOut(ctx, Out{To: "wyp.>", Kind: "receipt"}); !errors.Is(err, triage.ErrInvalid) {
		t.Errorf("PublishOut to a wildcard = %v, want ErrInvalid", err)
	}
	if seq, err := l.PublishRead(ctx, []byte("view")); err != nil || seq != 1 {
		t.Errorf("PublishRead = %d, %v", seq, err)
	}
	if end, err := l.ReadsEnd(ctx); err != nil || end.Last != 1 || end.ID != l.ReadsIdentity() || end.ID == "" {
		t.Errorf("ReadsEnd = %+v, %v", end, err)
	}
	if all, err := l.ReadViewRecords(ctx, 1, 9); err != nil || len(all) != 1 || string(all[0].Data) != "view" || all[0].Subject != "ppn.reads.bradford" {
		t.Errorf("ReadViewRecords = %v, %v", all, err)
	}
}

func TestTheLastOut(t *testing.T) {
	l, ctx := newLog(t), testContext(t)
	if _, err := l.LastOut(ctx, "auditor", "checkpoint"); !errors.Is(err, triage.ErrNotFound) {
		t.Errorf("LastOut before = %v, want ErrNotFound", err)
	}
	for _, o := range []Out{{To: "auditor", Kind: "checkpoint", Seq: 9, Data: []byte("old")}, {To: "auditor", Kind: "checkpoint", Seq: 10, Data: []byte("new")}, {To: "auditor", Kind: "key", Seq: 11}} {
		if _, err := l.PublishOut(ctx, o); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := l.LastOut(ctx, "auditor", "checkpoint"); err != nil || string(got) != "new" {
		t.Errorf("LastOut = %q, %v", got, err)
	}
	if _, err := l.LastOut(ctx, "auditor", "*"); !errors.Is(err, triage.ErrInvalid) {
		t.Errorf("LastOut of any kind = %v, want ErrInvalid", err)
	}
}

func TestKeys(t *testing.T) {
	l, ctx := newLog(t), testContext(t)
	if err := l.PutKey(ctx, "k1", []byte("wrapped")); err != nil {
		t.Fatal(err)
	}
	if err := l.PutKey(ctx, "k1", []byte("other")); !errors.Is(err, ErrExists) {
		t.Errorf("PutKey again = %v, want ErrExists", err)
	}
	if got, err := l.GetKey(ctx, "k1"); err != nil || string(got) != "wrapped" {
		t.Errorf("GetKey = %q, %v", got, err)
	}
	if err := l.ReplaceKey(ctx, "k1", []byte("wrapped anew")); err != nil {
		t.Fatal(err)
	}
	for range 2 { // again is no error
		if err := l.EraseKey(ctx, "k1"); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := l.GetKey(ctx, "k1"); !errors.Is(err, triage.ErrNotFound) {
		t.Errorf("GetKey of an erased one = %v, want ErrNotFound", err)
	}
	if err := l.PutKey(ctx, "k1", []byte("again")); !errors.Is(err, ErrExists) {
		t.Errorf("PutKey of an erased one = %v, want ErrExists", err)
	}
	if err := l.EraseKey(ctx, "k2"); err != nil { // never made: never to be made
		t.Fatal(err)
	}
	if err := l.PutKey(ctx, "k2", []byte("x")); !errors.Is(err, ErrExists) {
		t.Errorf("PutKey of one erased before it was made = %v, want ErrExists", err)
	}
	if err := l.ReplaceKey(ctx, "k1", []byte("x")); !errors.Is(err, triage.ErrNotFound) {
		t.Errorf("ReplaceKey of an erased one = %v, want ErrNotFound", err)
	}
	if err := l.PutKey(ctx, "a.b", nil); !errors.Is(err, triage.ErrInvalid) {
		t.Errorf("PutKey(a.b) = %v, want ErrInvalid", err)
	}
	if err := l.Settings(ctx); err != nil {
		t.Errorf("Settings after a key was erased: %v", err)
	}
}

// TestEachKey: every name comes once, as it stands, also of more keys than one
// request brings, and no earlier wrapping of one is left in the stream.
func TestEachKey(t *testing.T) {
	l, ctx := newLog(t), testContext(t)
	visit := func() map[string]string {
		t.Helper()
		got := map[string]string{}
		err := l.EachKey(ctx, func(name string, wrapped []byte) error {
			if _, twice := got[name]; twice {
				t.Errorf("%s came twice", name)
			}
			got[name] = string(wrapped)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	if got := visit(); len(got) != 0 {
		t.Errorf("keys of an empty stream: %v", got)
	}
	want := map[string]string{}
	for i := range chunk + 5 {
		name := fmt.Sprintf("k%d", i)
		if err := l.PutKey(ctx, name, []byte("wrapped")); err != nil {
			t.Fatal(err)
		}
		want[name] = "wrapped"
	}
	if err := errors.Join(l.ReplaceKey(ctx, "k3", []byte("anew")), l.ReplaceKey(ctx, "k4", []byte("anew")), l.EraseKey(ctx, "k4")); err != nil {
		t.Fatal(err)
	}
	want["k3"], want["k4"] = "anew", ""
	if got := visit(); !maps.Equal(got, want) {
		t.Errorf("EachKey gave %d keys, k3 %q, k4 %q; want %d", len(got), got["k3"], got["k4"], len(want))
	}
	at, err := l.KeysSince(ctx, 0, func(string, []byte) error { return nil })
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(l.PutKey(ctx, "new", []byte("n")), l.EraseKey(ctx, "k5")); err != nil {
		t.Fatal(err)
	}
	want["new"], want["k5"] = "n", ""
	since := map[string]string{}
	for range 2 { // the second time there is nothing
		at, err = l.KeysSince(ctx, at, func(name string, wrapped []byte) error { since[name] += string(wrapped) + "."; return nil })
		if err != nil {
			t.Fatal(err)
		}
	}
	if !maps.Equal(since, map[string]string{"new": "n.", "k5": "."}) {
		t.Errorf("KeysSince gave %q", since)
	}
	info, err := l.info(ctx, l.keys.name)
	if err != nil || info.State.Msgs != uint64(len(want)) {
		t.Errorf("the stream holds %d messages, %v; want %d", info.State.Msgs, err, len(want))
	}
	stop := errors.New("stop")
	if err := l.EachKey(ctx, func(string, []byte) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("EachKey = %v, want what visit said", err)
	}
}

func TestNotify(t *testing.T) {
	l := newLog(t)
	ctx, cancel := context.WithCancel(t.Context())
	wake, err := l.Notify(ctx)
	if err != nil {
		t.Fatal(err)
	}
	began, early := time.Now(), 0
	for i := range 10 {
		for len(wake) > 0 {
			<-wake
		}
		at := time.Now()
		if i%2 == 0 {
			push(t, l, i/2+1, i/2+1)
		} else {
			appendCommits(t, l, uint64(i/2+1), uint64(i/2+1)) //nolint:gosec // small
		}
		<-wake
		if time.Since(at) < lookAnyway/2 {
			early++
		}
		// What woke us can be read at once.
		ends, err := l.End(ctx)
		if err != nil || ends.Notices.Last+ends.Commits.Last < uint64(i) { //nolint:gosec // small
			t.Fatalf("End = %+v, %v", ends, err)
		}
	}
	if early < 8 {
		t.Errorf("%d of 10 hints came early (%v in all)", early, time.Since(began))
	}
	for len(wake) > 0 {
		<-wake
	}
	select {
	case <-wake:
	case <-time.After(3 * lookAnyway):
		t.Error("no wake-up without a hint")
	}
	cancel()
	for range wake { // closed in the end
	}
}

func TestNames(t *testing.T) {
	l := newLog(t)
	for _, bad := range []string{"", "Bradford", "a.b", "a b", "a*", ">", "é", strings.Repeat("a", 33)} {
		if _, err := l.conn.OpenLog(t.Context(), LogOptions{FrontDoor: bad, Codec: plain{}}); !errors.Is(err, triage.ErrInvalid) {
			t.Errorf("OpenLog(%q) = %v, want ErrInvalid", bad, err)
		}
		if _, err := l.PublishNotice(t.Context(), bad, mail(1), ""); !errors.Is(err, triage.ErrInvalid) {
			t.Errorf("PublishNotice(%q) = %v, want ErrInvalid", bad, err)
		}
	}
	if _, err := l.PublishNotice(t.Context(), "wyp", nil, ""); !errors.Is(err, triage.ErrInvalid) {
		t.Errorf("PublishNotice of nothing = %v, want ErrInvalid", err)
	}
	for _, o := range []LogOptions{{FrontDoor: "a"}, {FrontDoor: "a", Codec: plain{}, Replicas: 6}, {FrontDoor: "a", Codec: plain{}, MaxBytes: -1}} {
		if _, err := l.conn.OpenLog(t.Context(), o); !errors.Is(err, triage.ErrInvalid) {
			t.Errorf("OpenLog(%+v) = %v, want ErrInvalid", o, err)
		}
	}
}
