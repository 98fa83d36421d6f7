package letter

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestZZShow(t *testing.T) {
	pat := os.Getenv("SHOW")
	if pat == "" {
		t.Skip()
	}
	fs, _ := filepath.Glob(pat)
	for _, f := range fs {
		b, _ := os.ReadFile(f)
		l := Read(b)
		fmt.Printf("=== %s kind=%d why=%q subj=%q from=%q name=%q to=%v rec=%v hash=%.8s\n", filepath.Base(f), l.Kind, l.Why, l.Subject, l.From, l.FromName, l.To, l.Received, l.ContentHash)
		for _, p := range l.Problems {
			fmt.Printf("   ! %s severe=%v\n", p.Code, p.Severe)
		}
		for _, a := range l.Attachments {
			fmt.Printf("   @ %s %s %d read=%v\n", a.Name, a.Type, a.Size, a.Read)
		}
		names := []string{"?", "SUBJ", "BODY", "TABLE", "FORM", "FWD", "QUOTED", "SIG", "DISC", "HIDDEN"}
		for _, s := range l.Sections {
			txt := l.Text[s.Start:s.End]
			if os.Getenv("SHORT") != "" && len(txt) > 300 && s.Kind != 7 && s.Kind != 8 {
				txt = txt[:150] + " ... " + txt[len(txt)-150:]
			}
			fmt.Printf("[%s %s]\n%s", names[s.Kind], s.Source, strings.ReplaceAll(txt, "\t", "→"))
		}
	}
}
