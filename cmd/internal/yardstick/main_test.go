package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/ppn-triage/ppn-triage/triage/link"
)

// invented writes a set in FEBRL's form: people with a second record in which
// one field has a slip.
func invented(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("rec_id, given_name, surname, street_number, address_1, address_2, suburb, postcode, state, date_of_birth, soc_sec_id\n")
	syllables := []string{"ba", "ro", "mi", "ten", "lu", "sa", "kor", "vin", "del", "har"}
	name := func(n int) string {
		return syllables[n%10] + syllables[n/10%10] + syllables[(n/100+3)%10]
	}
	for i := range 300 {
		given, surname, born, number := name(i*7+11), name(i*13+5), fmt.Sprintf("19%02d%02d%02d", i%90+10, i%12+1, i%28+1), fmt.Sprint(4000000+i*977)
		fmt.Fprintf(&b, "rec-%d-org, %s, %s, %d, %s road, , town, %d, nsw, %s, %s\n", i, given, surname, i%90+1, name(i), 2000+i, born, number)
		switch i % 4 {
		case 0:
			given = given[:3] + given[4:]
		case 1:
			surname = ""
		case 2:
			born = born[:7] + "9"
		case 3:
			number = number[1:] + "1"
		}
		fmt.Fprintf(&b, "rec-%d-dup-0, %s, %s, %d, %s road, , town, %d, nsw, %s, %s\n", i, given, surname, i%90+1, name(i), 2000+i, born, number)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "dataset3.csv"), []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

// Peers' bug 34 (GoldenMatch #829): learning is stable to the byte, and what
// it learns finds the pairs.
func TestLearningFindsThePairsAndIsStable(t *testing.T) {
	dir := invented(t)
	var rows []string
	for range 2 {
		var out strings.Builder
		if err := run([]string{"-data", dir, "-set", "febrl3", "-names", "../../../deploy/rules/names.yaml"}, &out); err != nil {
			t.Fatal(err)
		}
		row := strings.Fields(strings.Split(out.String(), "\n")[1])
		rows = append(rows, strings.Join(row[:len(row)-1], " "))
		if best := row[4]; best < "0.98" {
			t.Errorf("best F1 is %s, want at least 0.98: %s", best, out.String())
		}
	}
	if rows[0] != rows[1] {
		t.Errorf("two runs differ:\n%s\n%s", rows[0], rows[1])
	}
	people, err := sets[0].load(dir)
	if err != nil {
		t.Fatal(err)
	}
	m := &matcher{people: people}
	if m.linker, err = link.New(link.Config{Weights: first().weights(1), Names: []byte("version: 1\nrare: 0.0001\n")}); err != nil {
		t.Fatal(err)
	}
	m.block()
	for range 5 {
		if a, b := m.learn().weights(1), m.learn().weights(1); !bytes.Equal(a, b) {
			t.Fatalf("two times of learning differ:\n%s\n%s", a, b)
		}
	}
}

func TestEstimatePrintsEachLevel(t *testing.T) {
	var out strings.Builder
	if err := run([]string{"-data", invented(t), "-set", "febrl3", "-estimate", "-names", "../../../deploy/rules/names.yaml"}, &out); err != nil {
		t.Fatal(err)
	}
	if !regexp.MustCompile(`febrl3 +contact +equal +m 0\.75\d+ u 0\.0`).MatchString(out.String()) {
		t.Errorf("a quarter of the numbers slips; estimate says\n%s", out.String())
	}
}

func TestMissingFolderIsNamed(t *testing.T) {
	if err := run(nil, new(strings.Builder)); err == nil || !strings.Contains(err.Error(), "-data") {
		t.Errorf("run() = %v, want an error naming -data", err)
	}
}
