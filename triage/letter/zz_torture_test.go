package letter

import (
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"testing"
	"time"
)

func TestZZTorture(t *testing.T) {
	pat := os.Getenv("TORTURE")
	if pat == "" {
		t.Skip()
	}
	fs, _ := filepath.Glob(pat)
	type r struct {
		d time.Duration
		f string
	}
	var rs []r
	codes := map[string]int{}
	kinds := map[int]int{}
	var total time.Duration
	var bytes int
	for _, f := range fs {
		b, _ := os.ReadFile(f)
		s := time.Now()
		l := Read(b)
		d := time.Since(s)
		total += d
		bytes += len(b)
		rs = append(rs, r{d, filepath.Base(f)})
		seen := map[string]bool{}
		for _, p := range l.Problems {
			if !seen[p.Code] {
				codes[p.Code]++
			}
			seen[p.Code] = true
			if p.Code == CodePanic || p.Code == CodeNoText || p.Code == CodeNotAMail || p.Code == CodeBoundary {
				fmt.Println(p.Code, f)
			}
		}
		kinds[int(l.Kind)]++
		if l.Kind != 1 {
			fmt.Println(l.Kind, l.Why, filepath.Base(f))
		}
	}
	sort.Slice(rs, func(i, j int) bool { return rs[i].d > rs[j].d })
	fmt.Println(len(fs), total, float64(bytes)/1e6/total.Seconds(), "MB/s", rs[:5], codes, kinds)
}
