package archive

import (
	"errors"
	"fmt"
	"testing"
	"time"
)

func BenchmarkAppendSync(b *testing.B) {
	for _, n := range []uint64{1, 10, 100} {
		b.Run(fmt.Sprintf("records=%d", n), func(b *testing.B) {
			a := openArchive(b, b.TempDir())
			body := make([]byte, 2<<10)
			for b.Loop() {
				var recs []Record
				for i := range n {
					recs = append(recs, Record{Seq: a.Last() + 1 + i, Subject: "ppn.audit.bradford", Time: time.Unix(0, 0), Data: body})
				}
				if err := errors.Join(a.Append(recs...), a.Sync()); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "records/s")
		})
	}
}

func BenchmarkScan(b *testing.B) {
	a := openArchive(b, b.TempDir())
	for seq := uint64(1); seq <= 10_000; seq++ {
		r := record(seq)
		r.Data = make([]byte, 2<<10)
		if err := a.Append(r); err != nil {
			b.Fatal(err)
		}
	}
	if err := a.Sync(); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if err := a.Verify(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(1e4*float64(b.N)/b.Elapsed().Seconds(), "records/s")
}
