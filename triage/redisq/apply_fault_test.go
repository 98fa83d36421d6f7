package redisq_test

import (
	"slices"
	"testing"

	"github.com/ppn-triage/ppn-triage/triage/redisq"
)

// TestACutOffScriptLeavesThePosition has the script fail half-way: Redis keeps
// what it had written, so the position must still say that nothing was, and the
// same commits come again.
func TestACutOffScriptLeavesThePosition(t *testing.T) {
	servers(t, func(t *testing.T, c redisq.Client) {
		_, commits := walk(t, 6, 60)
		whole, s := open(t, c, "whole", "stream"), open(t, c, "cut", "stream")
		apply(t, whole, commits...)
		const at = 30
		apply(t, s, commits[:at]...)
		if c.Exists(t.Context(), "test:{cut}:requests").Val() == 0 {
			t.Fatal("no commit of the first half has a request id")
		}
		c.Rename(t.Context(), "test:{cut}:requests", "aside")
		c.Set(t.Context(), "test:{cut}:requests", "no hash", 0) // the script fails when it comes to this
		if _, err := s.Apply(t.Context(), commits[at:]...); err == nil {
			t.Fatal("Apply() = nil, want the script's error")
		}
		if got, err := s.Position(t.Context()); err != nil || got != at {
			t.Fatalf("Position() = %d, %v after a script that was cut off, want %d", got, err, at)
		}
		c.Rename(t.Context(), "aside", "test:{cut}:requests")
		for try := 0; try < 10; try++ { // what is torn is rebuilt, once it is met
			from, err := s.Position(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if _, err = s.Apply(t.Context(), commits[from:]...); err == nil {
				break
			}
		}
		if !slices.Equal(export(t, s), export(t, whole)) {
			t.Error("the queue differs after the commits came again")
		}
	})
}

// TestNothingExpires: a key that went away by itself would hide what it holds.
func TestNothingExpires(t *testing.T) {
	servers(t, func(t *testing.T, c redisq.Client) {
		_, commits := walk(t, 7, 60)
		apply(t, open(t, c, "door", "stream"), commits...)
		keys := c.Keys(t.Context(), "test:{door}:*").Val()
		if len(keys) < 7 {
			t.Fatalf("%d keys", len(keys))
		}
		for _, key := range keys {
			if left := c.TTL(t.Context(), key).Val(); left != -1 {
				t.Errorf("key %s expires in %s", key, left)
			}
		}
	})
}

// TestARebuildStartsEmpty: what is left in a Redis that has lost its position
// must not shine through.
func TestARebuildStartsEmpty(t *testing.T) {
	servers(t, func(t *testing.T, c redisq.Client) {
		_, commits := walk(t, 8, 60)
		whole, s := open(t, c, "whole", "stream"), open(t, c, "left", "stream")
		apply(t, whole, commits...)
		apply(t, s, commits[:40]...)
		c.Del(t.Context(), "test:{left}:position")
		c.HSet(t.Context(), "test:{left}:records", "stray", "of an item that is none")
		apply(t, s, commits...)
		if !slices.Equal(export(t, s), export(t, whole)) {
			t.Error("the rebuilt queue holds what was left of the last one")
		}
	})
}
