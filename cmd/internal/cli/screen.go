package cli

import (
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	pb "github.com/ppn-triage/ppn-triage/api/triagev1"
)

// Palette colours the band's word. Colour is never the only sign: the word
// stands there too. The zero value colours nothing.
type Palette struct{ On bool }

// styled is text that may hold a terminal's control sequences: our own.
type styled string

const (
	bold  = "\x1b[1m"
	faint = "\x1b[2m"
	alarm = "\x1b[1;31m"
	plain = "\x1b[0m"
)

var bandColour = map[pb.Band]string{
	pb.Band_BAND_RED: alarm, pb.Band_BAND_AMBER: "\x1b[33m", pb.Band_BAND_GREEN: "\x1b[32m", pb.Band_BAND_BLUE: "\x1b[34m",
}

// Band is a band's word, padded to five letters.
func (p Palette) Band(b pb.Band) string {
	return string(p.paint(bandColour[b], fmt.Sprintf("%-5s", BandWord(b))))
}

// paint colours words that may come from a mail.
func (p Palette) paint(colour, words string) styled {
	if words = Plain(words); p.On && colour != "" && words != "" {
		words = colour + words + plain
	}
	return styled(words)
}

// Screen is where a person reads. W is required.
type Screen struct {
	W       io.Writer
	Palette Palette
	Now     time.Time // what "due in" is reckoned from
	Width   int       // columns; 0 for no limit
	Points  bool      // show scores in points
}

// line prints one line. Every string among the values is made plain, so that
// nothing a mail says can steer the terminal; only what paint made goes
// through as it is.
func (s Screen) line(format string, values ...any) {
	for n, v := range values {
		switch v := v.(type) {
		case string:
			values[n] = Plain(v)
		case styled, int, int32, uint64:
		default:
			values[n] = Plain(fmt.Sprint(v))
		}
	}
	fmt.Fprintln(s.W, strings.TrimRight(fmt.Sprintf(format, values...), " "))
}

// more prints a further line, if there is anything to say.
func (s Screen) more(indent, words string) {
	if words != "" {
		s.line("%s%s", indent, words)
	}
}

// Say prints one line for a person; see line.
func (s Screen) Say(format string, values ...any) { s.line(format, values...) }

// Warn prints one line that must not be overlooked.
func (s Screen) Warn(format string, values ...any) {
	s.line("%s", s.Palette.paint(alarm, fmt.Sprintf(format, values...)))
}

// head begins a part of a page.
func (s Screen) head(words string) {
	fmt.Fprintln(s.W)
	s.line("%s", s.Palette.paint(bold, words))
}

// cut shortens words to what is left of the screen beside an indent.
func (s Screen) cut(words string, indent int) string {
	words = Plain(words)
	width := s.Width - indent
	if s.Width < 40 || utf8.RuneCountInString(words) <= width {
		return words
	}
	return string([]rune(words)[:width-1]) + "…"
}

// Plain replaces what a terminal would act on, or what would turn the order of
// letters around: a mail's words are data.
func Plain(s string) string {
	return strings.Map(func(r rune) rune {
		if unsafe(r) {
			return ' '
		}
		return r
	}, s)
}

// unsafe names control characters (Unicode category Cc, C1 included) and the
// marks of bidirectional text (UAX #9: a forged reading order), line and
// paragraph separators, and broken UTF-8.
func unsafe(r rune) bool {
	switch {
	case unicode.IsControl(r), r == 0x061c, r == 0x200e, r == 0x200f, r == 0x2028, r == 0x2029, r == utf8.RuneError:
		return true
	}
	return r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069
}
