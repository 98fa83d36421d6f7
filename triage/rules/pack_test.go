package rules

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestPackRoundTrip(t *testing.T) {
	files := defaults(t)
	got, err := Unpack(Pack(files))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(files, got); diff != "" {
		t.Errorf("Unpack(Pack(files)) differs:\n%s", diff)
	}
}

// TestPackIsCanonical: the same files give the same bytes, and what was
// unpacked packs to the same bytes again.
func TestPackIsCanonical(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		files := rapid.MapOfN(rapid.StringMatching(`[a-z]{1,8}(/[a-z]{1,8})?\.yaml`), rapid.Custom(func(t *rapid.T) []byte {
			return []byte(strings.Join(rapid.SliceOf(rapid.StringMatching(`[a-z:# -]{0,12}\n?`)).Draw(t, "lines"), ""))
		}), 1, 4).Draw(t, "files")
		packed := Pack(files)
		again, err := Unpack(packed)
		if err != nil {
			return // a line of the text looked like a marker of a file that stands already
		}
		if diff := cmp.Diff(string(packed), string(Pack(again))); diff != "" {
			t.Fatalf("Pack(Unpack(Pack)) differs:\n%s", diff)
		}
	})
}

func TestUnpackRefuses(t *testing.T) {
	for archive, want := range map[string]string{
		"":                           "unpack rules: no file in the archive",
		"comment\n-- a.yaml --\nx\n": "unpack rules: line 1: text before the first file",
		"-- a --\n1\n-- a --\n2\n":   `unpack rules: line 3: file "a" stands twice`,
		"no marker --\n":             "unpack rules: line 1: text before the first file",
	} {
		if _, err := Unpack([]byte(archive)); err == nil || err.Error() != want {
			t.Errorf("Unpack(%q) = %v, want %s", archive, err, want)
		}
	}
}

// TestHashNamesEveryByte: every file counts, also those of other packages.
func TestHashNamesEveryByte(t *testing.T) {
	files := small(t)
	a, err := Load(files)
	if err != nil {
		t.Fatal(err)
	}
	files["lexicon/cues.yaml"] = []byte("x: 1\n")
	b, err := Load(files)
	if err != nil {
		t.Fatal(err)
	}
	if a.Hash() == b.Hash() || len(a.Hash()) != 64 {
		t.Errorf("hashes %s and %s", a.Hash(), b.Hash())
	}
}

// TestLoadKnowsWhatCannotBePacked: a file of another package counts too.
func TestLoadKnowsWhatCannotBePacked(t *testing.T) {
	files := small(t)
	files["names.yaml"] = []byte("a: 1\n-- b --\n")
	_, err := Load(files)
	want := "names.yaml:2:1: a line of this form separates the files of a packed ruleset\n | -- b --\n | ^"
	if err == nil || err.Error() != want {
		t.Errorf("Load = %v, want %s", err, want)
	}
}
