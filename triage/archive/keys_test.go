package archive

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/ppn-triage/ppn-triage/triage"
)

// TestKeysCopy: what was put is there after opening again, what was erased is
// in no byte of the file, and its name stays taken.
func TestKeysCopy(t *testing.T) {
	dir, ctx := t.TempDir(), t.Context()
	k, err := OpenKeys(dir)
	if err != nil {
		t.Fatal(err)
	}
	for n := range 20 {
		if err := k.PutKey(ctx, fmt.Sprintf("n%d-t", n), fmt.Appendf(nil, "wrapped key %d", n)); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(k.EraseKey(ctx, "n3-t"), k.EraseKey(ctx, "n3-t"), k.EraseKey(ctx, "never"), k.ReplaceKey(ctx, "n4-t", []byte("anew"))); err != nil {
		t.Fatal(err)
	}
	for what, err := range map[string]error{
		"PutKey of a name in use":     k.PutKey(ctx, "n5-t", []byte("x")),
		"PutKey of an erased name":    k.PutKey(ctx, "n3-t", []byte("x")),
		"Take of an erased name":      k.Take("n3-t", []byte("x")),
		"PutKey of a name never used": k.PutKey(ctx, "never", []byte("x")),
	} {
		if !errors.Is(err, triage.ErrState) {
			t.Errorf("%s = %v, want ErrState", what, err)
		}
	}
	if err := k.ReplaceKey(ctx, "n3-t", []byte("x")); !errors.Is(err, triage.ErrNotFound) {
		t.Errorf("ReplaceKey of an erased key = %v", err)
	}
	if err := k.Close(); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(filepath.Join(dir, KeysName))
	if err != nil || bytes.Contains(b, []byte("wrapped key 3\x00")) || bytes.Contains(b, []byte("wrapped key 4\x00")) || !bytes.Contains(b, []byte("wrapped key 5")) {
		t.Errorf("the file, %v, holds a key that was erased or lacks one that was not", err)
	}
	r, err := ReadKeys(dir)
	if err != nil {
		t.Fatal(err)
	}
	got := 0
	err = r.EachKey(ctx, func(name string, wrapped []byte) error {
		got++
		if gone := name == "n3-t" || name == "never"; gone != (len(wrapped) == 0) {
			t.Errorf("%s is %q", name, wrapped)
		}
		return nil
	})
	if w, _ := r.GetKey(ctx, "n4-t"); got != 21 || err != nil || string(w) != "anew" {
		t.Errorf("%d keys, %v, n4-t %q", got, err, w)
	}
	if err := r.PutKey(ctx, "x", []byte("y")); !errors.Is(err, ErrClosed) {
		t.Errorf("PutKey of a copy open for reading = %v", err)
	}
}

// TestKeysCutOff: at every byte at which a write can have ended, the keys before
// it are there and the stream can be followed on.
func TestKeysCutOff(t *testing.T) {
	whole := t.TempDir()
	k, err := OpenKeys(whole)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(k.Take("a", []byte("first")), k.Take("b", []byte("second")), k.Sync(), k.Close()); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(filepath.Join(whole, KeysName))
	if err != nil {
		t.Fatal(err)
	}
	for n := range b {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, KeysName), b[:n], 0o600); err != nil {
			t.Fatal(err)
		}
		k, err := OpenKeys(dir)
		if err != nil {
			t.Fatalf("OpenKeys of the first %d bytes: %v", n, err)
		}
		if err := errors.Join(k.Take("a", []byte("first")), k.Take("b", []byte("second")), k.Close()); err != nil {
			t.Fatalf("after the first %d bytes: %v", n, err)
		}
		if again, err := os.ReadFile(filepath.Join(dir, KeysName)); err != nil || !bytes.Equal(again, b) {
			t.Fatalf("after the first %d bytes the file is another, %v", n, err)
		}
	}
	if _, err := OpenKeys(write(t, []byte("something else altogether"))); !errors.Is(err, triage.ErrChain) {
		t.Errorf("OpenKeys of another file = %v", err)
	}
	b[len(keysHead)+70] ^= 1 // a bit of the first key
	r, err := ReadKeys(write(t, b))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.GetKey(t.Context(), "a"); !errors.Is(err, triage.ErrNotFound) {
		t.Errorf("GetKey of a damaged key = %v", err)
	}
	if w, err := r.GetKey(t.Context(), "b"); err != nil || string(w) != "second" {
		t.Errorf("GetKey of the key after it = %q, %v", w, err)
	}
}

func write(t *testing.T, b []byte) (dir string) {
	t.Helper()
	dir = t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, KeysName), b, 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}
