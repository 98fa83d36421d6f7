package daemon

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// died is what the file says after the program ended as it was.
func died(t *testing.T, h *hand) *hand {
	t.Helper()
	again, err := openHand(h.path)
	if err != nil {
		t.Fatal(err)
	}
	return again
}

func newHand(t *testing.T) *hand {
	t.Helper()
	h, err := openHand(filepath.Join(t.TempDir(), "inhand.json"))
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func take(t *testing.T, h *hand, from, to uint64) {
	t.Helper()
	if err := h.Take(from, to); err != nil {
		t.Fatal(err)
	}
}

func drop(t *testing.T, h *hand) {
	t.Helper()
	if err := h.Drop(); err != nil {
		t.Fatal(err)
	}
}

func wantBefore(t *testing.T, h *hand, want map[uint64]int) {
	t.Helper()
	for seq, n := range want {
		if got := h.Before(seq); got != n {
			t.Errorf("Before(%d) = %d, want %d", seq, got, n)
		}
	}
}

func TestWhatIsPutDownIsForgotten(t *testing.T) {
	h := newHand(t)
	take(t, h, 1, 200)
	wantBefore(t, h, map[uint64]int{1: 0, 200: 0})
	drop(t, h)
	wantBefore(t, died(t, h), map[uint64]int{1: 0, 200: 0})
}

func TestAnUncleanEndIsRemembered(t *testing.T) {
	h := newHand(t)
	take(t, h, 5, 200)
	h = died(t, h)
	wantBefore(t, h, map[uint64]int{4: 0, 5: 1, 200: 1, 201: 0})
	take(t, h, 5, 5)
	h = died(t, h)
	wantBefore(t, h, map[uint64]int{5: 2, 6: 1, 200: 1})
}

// TestASuspectStaysUntilItIsTakenIn: a commit that cannot be stored must not
// give the mail that kills its reader another two lives.
func TestASuspectStaysUntilItIsTakenIn(t *testing.T) {
	h := newHand(t)
	take(t, h, 1, 1)
	h = died(t, h)
	take(t, h, 1, 1)
	h = died(t, h)
	drop(t, h)
	drop(t, h)
	wantBefore(t, died(t, h), map[uint64]int{1: 2})
	take(t, h, 2, 100) // so 1 is taken in
	drop(t, h)
	wantBefore(t, died(t, h), map[uint64]int{1: 0, 2: 0})
}

// TestAPoisonAtTheEndOfABatch costs two unclean ends, not one for each notice
// before it.
func TestAPoisonAtTheEndOfABatch(t *testing.T) {
	const last = 200
	h, ends, through := newHand(t), 0, uint64(0)
	for through < last {
		next, to := through+1, uint64(last)
		switch h.Before(next) {
		case 0:
		case 1:
			to = next
		default: // not read again
			through = next
			continue
		}
		take(t, h, next, to)
		if to == last {
			h, ends = died(t, h), ends+1
			continue
		}
		drop(t, h)
		through = to
	}
	if ends != 2 {
		t.Errorf("the program ended %d times over one mail, want 2", ends)
	}
}

func TestAFileThatIsNone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "inhand.json")
	if err := os.WriteFile(path, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := openHand(path); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("openHand() = %v, want an error that names the file", err)
	}
	h := &hand{path: filepath.Join(t.TempDir(), "gone", "inhand.json")}
	if err := h.Take(1, 2); err == nil {
		t.Error("Take() cannot write and does not say so")
	}
}
