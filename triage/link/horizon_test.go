package link

import (
	"testing"
)

// TestHorizon: a decided item is linked for as long as history_days says, one
// that waits for ever, and news begins the time anew.
func TestHorizon(t *testing.T) {
	for _, c := range []struct {
		name, received string
		decided        bool
		news           string // when the item got another notice
		want           string
	}{
		{name: "decided, the same day two years on", received: "2028-09-01", decided: true, want: "repeat child"},
		{name: "decided, three days later", received: "2028-09-04", decided: true, want: "new"},
		{name: "waiting, years on", received: "2031-09-04", want: "repeat child"},
		{name: "decided, with news since", received: "2028-09-04", decided: true, news: "2026-09-09", want: "repeat child"},
	} {
		w := newWorld(shipped(t))
		first := base()
		w.take(first.entry())
		if c.news != "" {
			n := first
			n.file, n.received = "news", c.news
			if v := w.take(n.entry()); v.Item == "" {
				t.Fatalf("%s: the news does not join", c.name)
			}
		}
		if c.decided {
			w.items[0].Open = nil
		}
		n := base()
		n.file, n.refs, n.when, n.received, n.message = "2", "13280455561", c.received, c.received, "m2"
		if got := outcome(w.take(n.entry())); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}
