package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ppn-triage/ppn-triage/triage/archive"
	"github.com/ppn-triage/ppn-triage/triage/audit"
)

// TestProve: one commit, and that nothing before an older checkpoint was
// changed, are proved by a file and the key; what is changed in the file is
// refused.
func TestProve(t *testing.T) {
	dir := exportOf(t, devMails(t)[:6], nil)
	s, public := signer(t, "bradford")
	key := write(t, filepath.Join(dir, keyFile), public)
	signStream(t, dir, commitsDir, checkpointFile, s, audit.Origin)
	proof := filepath.Join(t.TempDir(), "proof.json")
	must(t, "prove", dir, "--commit", "3", "--out", proof)
	if out := must(t, "check", proof, "--key", key); !strings.Contains(out, "proved: commit 3 of ppn-triage/corpus/corpus, of ") || !strings.Contains(out, "by worker") {
		t.Errorf("check = %q", out)
	}
	refused(t, "prove: ", "prove", dir, "--commit", "99", "--out", proof+"x")

	older := t.TempDir()
	short := copied(t, dir)
	rewrite(commitsDir, func(rs []archive.Record) []archive.Record { return rs[:4] })(t, short)
	signStream(t, short, commitsDir, checkpointFile, s, audit.Origin)
	old := filepath.Join(older, "checkpoint")
	if err := os.Rename(filepath.Join(short, checkpointFile), old); err != nil {
		t.Fatal(err)
	}
	grown := filepath.Join(older, "grown.json")
	must(t, "prove", dir, "--since", old, "--out", grown)
	if out := must(t, "check", grown, "--key", key); !strings.Contains(out, "the log of 7 commits begins with the log of 4") {
		t.Errorf("check = %q", out)
	}
	for name, path := range map[string]string{"a commit": proof, "an older log": grown} {
		for field, change := range map[string]func(*proven){
			"hash":   func(p *proven) { p.Hashes[0][3] ^= 1 },
			"short":  func(p *proven) { p.Hashes = p.Hashes[1:] },
			"bytes":  func(p *proven) { p.Data = append(p.Data, 'x'); p.Older = strings.Replace(p.Older, "\n4\n", "\n5\n", 1) },
			"place":  func(p *proven) { p.Commit++; p.Checkpoint = strings.Replace(p.Checkpoint, "\n7\n", "\n8\n", 1) },
			"length": func(p *proven) { p.Hashes[0] = p.Hashes[0][1:] },
		} {
			p, err := readProof(path)
			if err != nil {
				t.Fatal(err)
			}
			change(&p)
			b, err := json.Marshal(p)
			if err != nil {
				t.Fatal(err)
			}
			code, out, _ := auditreplay(t, "check", write(t, filepath.Join(t.TempDir(), "p"), string(b)), "--key", key)
			if code == 0 {
				t.Errorf("proof of %s, %s changed: %s", name, field, out)
			}
		}
	}
	refused(t, "is no proof", "check", write(t, filepath.Join(t.TempDir(), "p"), "{}x"), "--key", key)
	_, stranger := signer(t, "bradford")
	refused(t, "check: open checkpoint", "check", proof, "--key", write(t, filepath.Join(t.TempDir(), "other.pub"), stranger))
}

// TestCountersign: a partner signs beside the service, and verify asks for it.
func TestCountersign(t *testing.T) {
	dir := exportOf(t, devMails(t)[:3], nil)
	key, secret := filepath.Join(dir, keyFile), filepath.Join(t.TempDir(), "police.key")
	checkpoint := filepath.Join(dir, checkpointFile)
	if out := must(t, "countersign", checkpoint, "--key", key, "--secret", secret, "--name", "police"); !strings.Contains(out, "police has signed that ppn-triage/corpus/corpus holds 4 commits") {
		t.Errorf("countersign = %q", out)
	}
	must(t, "verify", dir, "--partner", secret+".pub")
	grown := filepath.Join(t.TempDir(), "grown.json")
	must(t, "prove", dir, "--since", checkpoint, "--out", grown)
	must(t, "countersign", checkpoint, "--key", key, "--secret", secret+"2", "--since", grown)
	must(t, "verify", dir, "--partner", secret+".pub", "--partner", secret+"2.pub")
	refused(t, "the proof is not about this checkpoint", "countersign", checkpoint, "--key", key, "--secret", secret, "--since", grown)
	_, stranger := signer(t, "bradford")
	refused(t, "countersign: open checkpoint", "countersign", checkpoint, "--key", write(t, filepath.Join(t.TempDir(), "other.pub"), stranger), "--secret", secret)
}
