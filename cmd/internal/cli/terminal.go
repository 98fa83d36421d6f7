package cli

import (
	"io"
	"os"

	"golang.org/x/term"
)

// Terminal tells whether a person reads what is written there, and how many
// columns he sees; 0 if it is none.
func Terminal(w io.Writer) (columns int, ok bool) {
	f, isFile := w.(*os.File)
	if !isFile || !term.IsTerminal(int(f.Fd())) {
		return 0, false
	}
	columns, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return 0, true
	}
	return columns, true
}

// Colour says how to colour what is written there: only on a terminal that can,
// and not where NO_COLOR is set (no-color.org).
func Colour(w io.Writer, refused bool) Palette {
	_, terminal := Terminal(w)
	return Palette{On: terminal && !refused && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"}
}
