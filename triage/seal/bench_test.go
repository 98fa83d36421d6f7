package seal_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/seal"
	"github.com/ppn-triage/ppn-triage/triage/wire"
)

// full is the commit of a full notice: 5 people, 3 references, 30 facts with
// quotes, one child, and the item as it leaves it.
func full() (triage.Commit, *triage.Item) {
	person := triage.Person{
		Role: triage.RoleChild, Name: "SAMPLE, Ada", Given: "Ada", Family: "Sample", DOB: "2021-04-05", BornFrom: "2021-04-05", BornTo: "2021-04-05",
		AgeStated: true, Address: triage.Address{Line: "1 Example Street, Bradford", Postcode: "BD99 9ZZ"}, Start: 700, End: 711,
	}
	e := triage.Entry{Notice: "n", Seq: 7, Readable: true, Reading: triage.Reading{Officer: "PC 1234", DashTicks: -1}}
	for range 5 {
		e.Reading.People = append(e.Reading.People, person)
	}
	for range 3 {
		e.Reading.References = append(e.Reading.References, triage.Reference{Kind: "occurrence", Raw: "13260123456", Norm: "13260123456", Own: true})
	}
	for n := range 30 {
		e.Reading.Facts = append(e.Reading.Facts, triage.Fact{
			Slug: "domestic_abuse", Polarity: triage.Present, Time: triage.Current, Holder: triage.HolderCarer, Child: -1,
			Quote: strings.Repeat("words of it ", 8), Cue: "said", Start: n, End: n + 96,
		})
	}
	c := triage.Commit{ID: "x", Seq: 1, Through: 1, Events: []triage.Event{
		triage.NoticeRead{Seq: 7, Kind: triage.LetterNotice}, triage.ItemOpened{Item: "i", Entry: e},
		triage.ItemScored{Item: "i", Children: []triage.Child{{ID: "c1", Person: person, From: []triage.Mention{{}}}}},
	}}
	_, items := fold(c)
	return c, items[0]
}

// Budget on one core: below 1 ms a full notice either way, and not three times
// the room.
func BenchmarkSealCommit(b *testing.B) {
	r, _, err := seal.OpenRing(b.Context(), seal.NewMaster(), newShelf())
	if err != nil {
		b.Fatal(err)
	}
	s := seal.Sealer{Ring: r}
	c, left := full()
	var out triage.Commit
	for b.Loop() {
		if out, err = s.Seal(b.Context(), c, []*triage.Item{left}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(len(must(wire.EncodeCommit(c)))), "B-plain")
	b.ReportMetric(float64(len(must(wire.EncodeCommit(out)))), "B-sealed")
}

func BenchmarkOpenItem(b *testing.B) {
	r, _, err := seal.OpenRing(b.Context(), seal.NewMaster(), newShelf())
	if err != nil {
		b.Fatal(err)
	}
	s := seal.Sealer{Ring: r}
	c, left := full()
	_, items := fold(must(s.Seal(b.Context(), c, []*triage.Item{left})))
	for _, people := range []bool{false, true} {
		s.People = people
		b.Run(fmt.Sprintf("people=%v", people), func(b *testing.B) {
			for b.Loop() {
				if _, err := s.Item(b.Context(), items[0]); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
