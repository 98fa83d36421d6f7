package extract

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ppn-triage/ppn-triage/triage"
)

func TestDebugText(t *testing.T) {
	in := os.Getenv("PPN_TEXT")
	if in == "" {
		t.Skip("debug")
	}
	files := map[string][]byte{}
	names, _ := filepath.Glob("../../deploy/rules/lexicon/*.yaml")
	for _, n := range names {
		files[filepath.Base(n)], _ = os.ReadFile(n)
	}
	voc, _ := os.ReadFile("../../deploy/rules/facts.yaml")
	x, err := loadLexicon(files, voc)
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println("words", len(x.words.nodes), "trie", len(x.trie.nodes), "rules", len(x.rules))
	for _, line := range strings.Split(in, "\n") {
		fmt.Println(">", line)
		r := &triage.Reading{IncidentDate: "2026-10-01"}
		for _, f := range x.facts(&triage.Letter{Text: line}, r, []span{{0, len(line)}}) {
			fmt.Printf("   %s%v pol=%d time=%d hold=%d cue=%q %q\n", f.Slug, f.Signs, f.Polarity, f.Time, f.Holder, f.Cue, f.Quote)
		}
	}
}
