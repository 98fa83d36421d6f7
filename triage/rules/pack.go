package rules

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Pack writes the rules' files as one txtar archive, in the order of their
// names. The same files give the same bytes; a file that does not end in a
// line end gets one.
func Pack(files map[string][]byte) []byte {
	var b bytes.Buffer
	for _, name := range slices.Sorted(maps.Keys(files)) {
		fmt.Fprintf(&b, "-- %s --\n", name)
		b.Write(files[name])
		if n := len(files[name]); n > 0 && files[name][n-1] != '\n' {
			b.WriteByte('\n')
		}
	}
	return b.Bytes()
}

// Unpack reads an archive that Pack wrote. It refuses text before the first
// file and a name that stands twice, as neither could be packed again.
func Unpack(archive []byte) (map[string][]byte, error) {
	files := map[string][]byte{}
	name := ""
	for n, line := range bytes.SplitAfter(archive, []byte("\n")) {
		if next, ok := marker(line); ok {
			if _, twice := files[next]; twice {
				return nil, fmt.Errorf("unpack rules: line %d: file %q stands twice", n+1, next)
			}
			name, files[next] = next, []byte{}
			continue
		}
		if name == "" && len(line) > 0 {
			return nil, fmt.Errorf("unpack rules: line %d: text before the first file", n+1)
		}
		if name != "" {
			files[name] = append(files[name], line...)
		}
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("unpack rules: no file in the archive")
	}
	return files, nil
}

// marker tells whether a line begins a file of an archive, and which.
func marker(line []byte) (name string, ok bool) {
	s, ok := strings.CutPrefix(strings.TrimRight(string(line), "\r\n"), "-- ")
	if !ok {
		return "", false
	}
	name, ok = strings.CutSuffix(s, " --")
	name = strings.TrimSpace(name)
	return name, ok && name != ""
}

// hash is the name of a ruleset: hex SHA-256 of its packed files.
func hash(files map[string][]byte) string {
	sum := sha256.Sum256(Pack(files))
	return hex.EncodeToString(sum[:])
}
