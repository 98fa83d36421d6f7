package extract

import (
	"testing"
	"unicode/utf8"
)

// TestScanGoesOn scans every letter and sign of the first plane alone, before
// a letter and before a blank: each token moves on. An apostrophe that Unicode
// calls a letter once held the scanner for ever.
func TestScanGoesOn(t *testing.T) {
	words := newWordTree()
	words.finish(nil)
	for r := rune(1); r < 0xffff; r++ {
		if !utf8.ValidRune(r) {
			continue
		}
		for _, text := range []string{string(r), "a" + string(r), string(r) + "b", string(r) + " ", "a" + string(r) + " b", string(r) + string(r)} {
			if n := len(scan(words, text, span{0, len(text)}, nil)); n > len(text) {
				t.Fatalf("%q gives %d tokens", text, n)
			}
		}
	}
}
