package extract_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestDigest(t *testing.T) {
	x := newReader(t)
	list := "Weekend list.\n#\tOcc\tWhen\tChild / DOB\tAddress\tGrade\tBrief\tResult\n" +
		"1\t13260411001\t12/09 2010\tEllie WALSH 04/09/2012\t5 Holme Row, BD4 9QX\tSTD\tParents arguing, no assault.\tAdvice, NFA\n" +
		"2\t13260411002\t13/09 1130\tZara ALI 16/08/2016, Zain ALI 16/08/2016\t8 Carr Beck, BD8 0XT\tMED\tMissed clinic.\tTaken to hospital by mum\nRegards"
	paragraphs := "1) 13260411001 - 5 Holme Row, Bradford BD4 9QX\nEllie WALSH 04/09/2012. Parents arguing.\n\n2) 13260411002 - 8 Carr Beck, Bradford BD8 0XT\nZara ALI 16/08/2016 was missing for an hour.\n"
	for _, c := range []struct {
		name, body string
		want       [][]string
	}{
		{"table", list, [][]string{{"ellie walsh 2012-09-04"}, {"ali zain 2016-08-16", "ali zara 2016-08-16"}}},
		{"paragraphs", paragraphs, [][]string{{"ellie walsh 2012-09-04"}, {"ali zara 2016-08-16"}}},
		{"crime beside occurrence is one", "Occurrence: 13260411001\nCrime: 13260411002\nAddress: 5 Holme Row, Bradford BD4 9QX\nChild: Ellie WALSH 04/09/2012", [][]string{{"ellie walsh 2012-09-04"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got [][]string
			for _, r := range x.Read(note("Children coming to notice", c.body)) {
				got = append(got, shownChildren(r))
				if len(r.References) != 1 && len(c.want) > 1 {
					t.Errorf("references = %v, want the entry's own", r.References)
				}
			}
			if d := cmp.Diff(c.want, got); d != "" {
				t.Errorf("children by household (-want +got):\n%s", d)
			}
		})
	}
}
