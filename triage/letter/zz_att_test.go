package letter

import (
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestZZAtt(t *testing.T) {
	pat := os.Getenv("ATT")
	if pat == "" {
		t.Skip()
	}
	var fs []string
	for _, p := range strings.Fields(pat) {
		g, _ := filepath.Glob(p)
		fs = append(fs, g...)
	}
	for _, f := range fs {
		b, _ := os.ReadFile(f)
		if len(b) > 4<<20 {
			continue
		}
		e := base64.StdEncoding.EncodeToString(b)
		var sb strings.Builder
		for len(e) > 76 {
			sb.WriteString(e[:76] + "\n")
			e = e[76:]
		}
		raw := "From: a@b.example\nContent-Type: application/octet-stream\nContent-Disposition: attachment; filename=\"" + filepath.Base(f) + "\"\nContent-Transfer-Encoding: base64\n\n" + sb.String() + e + "\n"
		s := time.Now()
		l := Read([]byte(raw))
		d := time.Since(s)
		var cs []string
		for _, p := range l.Problems {
			cs = append(cs, p.Code)
		}
		fmt.Printf("=== %s %v %v\n", filepath.Base(f), d.Round(time.Millisecond), cs)
		for _, a := range l.Attachments {
			fmt.Printf("   @ %s %s %d read=%v\n", a.Name, a.Type, a.Size, a.Read)
		}
		if os.Getenv("LONG") != "" {
			fmt.Println(strings.ReplaceAll(l.Text, "\t", "→"))
		} else {
			fmt.Printf("   text %d words: %.300q\n", len(words(l.Text)), l.Text)
		}
	}
}
