package wire_test

import (
	"strings"
	"testing"
	"time"

	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/wire"
)

// oneNotice is the commit of a full notice: 5 people, 3 references, 30 facts
// with quotes, 30 hits, one link. Budget on one core: below 100 µs to encode,
// below 300 µs to decode (which encodes again to compare).
func oneNotice() triage.Commit {
	at := time.Date(2026, 9, 1, 23, 15, 0, 0, time.UTC)
	r := triage.Reading{IncidentDate: "2026-09-01", IncidentAt: at, Force: "13", Form: "merlin", DashTicks: 9, Officer: "PC 1234"}
	for range 5 {
		r.People = append(r.People, triage.Person{
			Role: triage.RoleChild, Name: "SAMPLE, Ada", Given: "Ada", Family: "Sample", DOB: "2021-04-05", BornFrom: "2021-04-05",
			BornTo: "2021-04-05", AgeStated: true, Address: triage.Address{Line: "1 Example Street, Bradford", Postcode: "BD99 9ZZ"}, Start: 700, End: 711,
		})
	}
	for range 3 {
		r.References = append(r.References, triage.Reference{Kind: "occurrence", Raw: "13260123456", Norm: "13260123456", Own: true, Start: 40, End: 51})
	}
	s := triage.Score{Band: triage.Red, Points: 8450, Own: 8000, OwnBand: triage.Red, Floor: triage.Red, Worst: "c1"}
	for n := range 30 {
		r.Facts = append(r.Facts, triage.Fact{
			Slug: "domestic_abuse", Signs: []string{"child_present", "hit"}, Polarity: triage.Present, Time: triage.Current,
			Holder: triage.HolderCarer, Child: -1, Quote: strings.Repeat("words of it ", 8), Start: 1000 + n, End: 1096 + n,
		})
		s.Hits = append(s.Hits, triage.Hit{Rule: "domestic_abuse", Case: "child_present", Slug: "domestic_abuse", Title: "Domestic abuse", Weight: 4500, Points: 1350, Fact: n})
	}
	const item, notice = "0f5d5b0e-3a53-5b0e-9a52-0d7a1c5c9b11", "1f5d5b0e-3a53-5b0e-9a52-0d7a1c5c9b11"
	return triage.Commit{
		ID: "2f5d5b0e-3a53-5b0e-9a52-0d7a1c5c9b11", Actor: triage.Actor{Name: "worker", Role: "service"}, At: at, Through: 7,
		Events: []triage.Event{
			triage.NoticeRead{Notice: notice, Seq: 7, SHA256: strings.Repeat("ab", 32), Received: at, StreamTime: at, Kind: triage.LetterNotice},
			triage.ItemOpened{Item: item, Entry: triage.Entry{Notice: notice, Seq: 7, Received: at, Relation: triage.RelationNew, Readable: true, Reading: r}},
			triage.ItemScored{Item: item, Children: []triage.Child{{ID: "c1", Person: r.People[0]}}, Score: s, Due: at.Add(4 * time.Hour)},
			triage.ItemLinked{Item: item, Link: triage.Link{To: item, Kind: triage.LinkChild, Child: "c1", Weight: 1900, Confirmed: true}},
		},
	}
}

func BenchmarkEncodeCommit(b *testing.B) {
	c := oneNotice()
	b.ReportAllocs()
	for b.Loop() {
		out, err := wire.EncodeCommit(c)
		if err != nil {
			b.Fatal(err)
		}
		b.SetBytes(int64(len(out)))
	}
}

func BenchmarkDecodeCommit(b *testing.B) {
	in, err := wire.EncodeCommit(oneNotice())
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(in)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := wire.DecodeCommit(in); err != nil {
			b.Fatal(err)
		}
	}
}
