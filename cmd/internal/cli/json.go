package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
)

// JSON prints a message for a machine: one line, the contract's own names.
// Characters that a terminal would act on are escaped.
func JSON(w io.Writer, m proto.Message) error {
	b, err := protojson.MarshalOptions{UseProtoNames: true, EmitDefaultValues: true}.Marshal(m)
	if err != nil {
		return fmt.Errorf("print JSON: %w", err)
	}
	var flat bytes.Buffer // protojson varies its blanks on purpose
	if err := json.Compact(&flat, b); err != nil {
		return fmt.Errorf("print JSON: %w", err)
	}
	_, err = w.Write(append(escape(flat.Bytes()), '\n'))
	return err
}

// escape writes what unsafe names as \u escapes. Such characters can only stand
// inside a JSON string.
func escape(b []byte) []byte {
	out := make([]byte, 0, len(b))
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		if unsafe(r) && r != utf8.RuneError {
			out = fmt.Appendf(out, `\u%04x`, r)
		} else {
			out = append(out, b[:n]...)
		}
		b = b[n:]
	}
	return out
}
