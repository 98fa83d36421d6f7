package main

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/ppn-triage/ppn-triage/api/queueapi"
	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/archive"
	"github.com/ppn-triage/ppn-triage/triage/audit"
	"github.com/ppn-triage/ppn-triage/triage/seal"
	"github.com/ppn-triage/ppn-triage/triage/wire"
)

// signer is a key and its file.
func signer(t *testing.T, name string) (note.Signer, string) {
	t.Helper()
	secret, public, err := note.GenerateKey(rand.Reader, name)
	if err != nil {
		t.Fatal(err)
	}
	s, err := note.NewSigner(secret)
	if err != nil {
		t.Fatal(err)
	}
	return s, public + "\n"
}

// sign puts the checkpoints of what an export holds into it, by a new key.
func sign(t *testing.T, dir string) {
	t.Helper()
	s, public := signer(t, "bradford")
	write(t, filepath.Join(dir, keyFile), public)
	signStream(t, dir, commitsDir, checkpointFile, s, audit.Origin)
	if _, err := os.Stat(filepath.Join(dir, viewsDir)); err == nil {
		signStream(t, dir, viewsDir, viewCheckpointFile, s, audit.ViewsOrigin)
	}
}

func signStream(t *testing.T, dir, stream, name string, s note.Signer, origin func(string, string) string) {
	t.Helper()
	a, err := archive.OpenReadOnly(filepath.Join(dir, stream), "")
	if err != nil {
		t.Fatal(err)
	}
	var tree audit.Edge
	if err := a.Scan(1, func(r archive.Record) error { tree.Append(r.Data); return nil }); err != nil {
		t.Fatal(err)
	}
	b, err := audit.Checkpoint{Origin: origin(corpusDoor, a.Identity()), Size: tree.Size(), Root: tree.Root()}.Sign(s)
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, name), string(b))
}

func hashOf(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// sample is the smallest export in which everything stands that can: two
// commits, two mails of which one is only a head, two views.
func sample(t *testing.T) string {
	t.Helper()
	dir, at, cut := t.TempDir(), time.Date(2026, 9, 7, 8, 0, 0, 7, time.UTC), "30000000 "+hashOf(nil)
	var notices, commits, views []archive.Record
	for seq := uint64(1); seq <= 2; seq++ {
		mail := fmt.Appendf(nil, "Subject: PPN %d\n\nwords\n", seq)
		n := triage.NoticeRead{
			Notice: triage.NewNoticeID(corpusDoor, corpusDoor, seq), Seq: seq, SHA256: hashOf(mail), StreamTime: at, Received: at, Force: "wyp", Kind: triage.LetterNotice,
		}
		r := archive.Record{Seq: seq, Subject: "ppn.notice.corpus.wyp", Time: at, Data: mail}
		if seq == 2 {
			n.Problems = []triage.Problem{{Code: "truncated", Detail: "only the first 4 MB were stored; size and SHA-256 of the whole: " + cut}}
			r.Header = map[string][]string{"Ppn-Truncated": {cut}}
		}
		b, err := wire.EncodeCommit(triage.Commit{ID: fmt.Sprint(seq), At: at, Through: seq, Events: []triage.Event{n}})
		if err != nil {
			t.Fatal(err)
		}
		v, err := json.Marshal(queueapi.View{At: at, By: "jo", What: "item", ID: fmt.Sprint(seq)})
		if err != nil {
			t.Fatal(err)
		}
		notices = append(notices, r)
		commits = append(commits, archive.Record{Seq: seq, Subject: "ppn.audit.corpus", Time: at, Data: b})
		views = append(views, archive.Record{Seq: seq, Subject: "ppn.reads.corpus", Time: at, Data: v})
	}
	keep(t, filepath.Join(dir, noticesDir), notices)
	keep(t, filepath.Join(dir, commitsDir), commits)
	keep(t, filepath.Join(dir, viewsDir), views)
	sign(t, dir)
	return dir
}

// TestEveryBitOfASealedMailIsProved: with the master key a sealed mail is opened
// and compared, and every bit of its record counts; without it its file is.
func TestEveryBitOfASealedMailIsProved(t *testing.T) {
	dir := sample(t)
	master := filepath.Join(t.TempDir(), "master.key")
	m, _, err := seal.LoadMaster(master, true)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := archive.OpenKeys(dir)
	if err != nil {
		t.Fatal(err)
	}
	ring, _, err := seal.OpenRing(t.Context(), m, keys)
	if err != nil {
		t.Fatal(err)
	}
	rewrite(noticesDir, func(rs []archive.Record) []archive.Record {
		for n := range rs {
			if rs[n].Data, err = ring.Mail(t.Context(), rs[n].Seq, rs[n].Data); err != nil {
				t.Fatal(err)
			}
		}
		return rs
	})(t, dir)
	if err := keys.Close(); err != nil {
		t.Fatal(err)
	}
	check := func() error {
		return (&verifyCmd{Folder: dir, KeepNotices: time.Hour, sealFlags: sealFlags{MasterKey: master}}).Run(io.Discard)
	}
	if err := check(); err != nil {
		t.Fatal(err)
	}
	// As somebody would who knows the archive's format: every hash of it right.
	damaged := 0
	for n := range 2000 {
		bad := copied(t, dir)
		done := false
		rewrite(noticesDir, func(rs []archive.Record) []archive.Record {
			if n/8 < len(rs[0].Data) {
				rs[0].Data[n/8] ^= 1 << (n % 8)
				done = true
			}
			return rs
		})(t, bad)
		if !done {
			break
		}
		damaged++
		if err := (&verifyCmd{Folder: bad, KeepNotices: time.Hour, sealFlags: sealFlags{MasterKey: master}}).Run(io.Discard); err == nil {
			t.Fatalf("bit %d of byte %d of a sealed mail flipped, and nobody sees it", n%8, n/8)
		}
		if err := os.RemoveAll(bad); err != nil {
			t.Fatal(err)
		}
	}
	if damaged < 300 {
		t.Errorf("only %d bits were flipped", damaged)
	}
}

// TestEveryBitIsProved flips every bit of every file of an export, cuts every
// file at every place, adds to it and takes it away: verify finds each, and says
// where.
func TestEveryBitIsProved(t *testing.T) {
	whole := sample(t)
	for name, good := range tree(t, whole) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			everyBit(t, copied(t, whole), name, good)
		})
	}
}

// everyBit damages one file of an export in every way.
func everyBit(t *testing.T, dir, name string, good []byte) {
	t.Helper()
	check := func() error { return (&verifyCmd{Folder: dir, KeepNotices: time.Hour}).Run(io.Discard) }
	if err := check(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, name)
	try := func(what string, bad []byte) {
		t.Helper()
		if err := os.WriteFile(path, bad, 0o600); err != nil {
			t.Fatal(err)
		}
		err := check()
		where, _, _ := strings.Cut(name, "/")
		if err == nil || !strings.Contains(err.Error(), "verify: ") || !strings.Contains(err.Error(), where) && where != keyFile {
			t.Fatalf("%s: %s: %v", name, what, err)
		}
	}
	for n := range len(good) * 8 {
		bad := append([]byte(nil), good...)
		bad[n/8] ^= 1 << (n % 8)
		try(fmt.Sprintf("bit %d of byte %d flipped", n%8, n/8), bad)
	}
	for n := range good {
		try(fmt.Sprintf("cut at %d", n), good[:n])
	}
	for _, more := range []string{"\n", "\x00", "x", strings.Repeat("\x00", 16)} {
		try(fmt.Sprintf("%q added", more), append(append([]byte(nil), good...), more...))
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := check(); err == nil && !strings.HasSuffix(name, "lock") {
		t.Errorf("%s is gone, and nobody misses it", name)
	}
	write(t, path, string(good))
	if err := check(); err != nil {
		t.Fatal(err)
	}
}

// TestEverythingWrittenAnew: who can rewrite every file, key and signature too,
// is found by a key or a checkpoint from outside, and by nothing else.
func TestEverythingWrittenAnew(t *testing.T) {
	dir := sample(t)
	outside := t.TempDir()
	for _, name := range []string{keyFile, checkpointFile} {
		b, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(outside, name), string(b))
	}
	key, old := filepath.Join(outside, keyFile), filepath.Join(outside, checkpointFile)
	must(t, "verify", dir, "--key", key, "--checkpoint", old)

	forged := copied(t, dir)
	recommit(events(func(e *triage.NoticeRead) { e.Force = "met" }))(t, forged)
	rewrite(noticesDir, func(rs []archive.Record) []archive.Record {
		for n := range rs {
			rs[n].Subject = "ppn.notice.corpus.met"
		}
		return rs
	})(t, forged)
	refused(t, "commit 2: up to here, by checkpoint: they are not the ones that were signed for", "verify", forged)
	sign(t, forged)
	if out := must(t, "verify", forged); !strings.Contains(out, "not anchored") {
		t.Errorf("a forged export is called %q", out)
	}
	refused(t, "key.pub is not the key given", "verify", forged, "--key", key)
	if err := os.Remove(filepath.Join(forged, keyFile)); err != nil {
		t.Fatal(err)
	}
	refused(t, "checkpoint: open checkpoint", "verify", forged, "--key", key)
}

// TestAnOlderCheckpoint proves that a log begins with what was signed for
// before; a partner may have signed too.
func TestAnOlderCheckpoint(t *testing.T) {
	dir := sample(t)
	s, public := signer(t, "bradford")
	write(t, filepath.Join(dir, keyFile), public)
	signStream(t, dir, commitsDir, checkpointFile, s, audit.Origin)
	signStream(t, dir, viewsDir, viewCheckpointFile, s, audit.ViewsOrigin)
	at := func(size int64, origin string, data ...string) string {
		var tree audit.Edge
		for _, d := range data {
			tree.Append([]byte(d))
		}
		b, err := audit.Checkpoint{Origin: origin, Size: size, Root: tree.Root()}.Sign(s)
		if err != nil {
			t.Fatal(err)
		}
		return write(t, filepath.Join(t.TempDir(), "old"), string(b))
	}
	var first string
	a, err := archive.OpenReadOnly(filepath.Join(dir, commitsDir), "")
	if err != nil {
		t.Fatal(err)
	}
	if r, err := a.Read(1); err == nil {
		first = string(r.Data)
	}
	origin := audit.Origin(corpusDoor, corpusDoor)
	if out := must(t, "verify", dir, "--checkpoint", at(1, origin, first)); !strings.Contains(out, "the first 1 of 2 commits are the ones that old was signed for") {
		t.Errorf("verify = %q", out)
	}
	refused(t, "commit 1: up to here, by old: they are not the ones that were signed for", "verify", dir, "--checkpoint", at(1, origin, first+"x"))
	refused(t, "2 here, old is of 3: the export holds fewer than were signed for", "verify", dir, "--checkpoint", at(3, origin, "a", "b", "c"))
	refused(t, "old: it is of ppn-triage/leeds/x, the export of ppn-triage/corpus/corpus", "verify", dir, "--checkpoint", at(1, "ppn-triage/leeds/x", first))

	own, err := readKey(filepath.Join(dir, keyFile))
	if err != nil {
		t.Fatal(err)
	}
	police, theirs := signer(t, "police")
	partner := write(t, filepath.Join(t.TempDir(), "police.pub"), theirs)
	refused(t, "checkpoint: signature of police", "verify", dir, "--partner", partner)
	for _, name := range []string{checkpointFile, viewCheckpointFile} {
		path := filepath.Join(dir, name)
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		n, err := note.Open(b, note.VerifierList(own))
		if err != nil {
			t.Fatal(err)
		}
		if b, err = note.Sign(n, police); err != nil {
			t.Fatal(err)
		}
		write(t, path, string(b))
	}
	must(t, "verify", dir, "--partner", partner)
}
