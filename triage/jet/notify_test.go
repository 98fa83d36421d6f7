package jet

import "testing"

// TestRingAfterTheEnd: a consumer may report trouble after it was stopped; a
// hint on a closed channel took the process down.
func TestRingAfterTheEnd(t *testing.T) {
	b := &bell{wake: make(chan struct{}, 1)}
	b.ring()
	b.end()
	b.ring()
	if _, open := <-b.wake; !open {
		t.Error("the hint before the end is lost")
	}
	if _, open := <-b.wake; open {
		t.Error("a hint came after the end")
	}
}
