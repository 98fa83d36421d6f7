package extract_test

import (
	"os"
	"strings"
	"testing"
)

// TestExamine measures the labelled folders named by PPN_EXAMINE (paths,
// separated by spaces) and shows what is read wrongly, and every person of the
// mails named by PPN_PEOPLE: for whoever widens the reader.
func TestExamine(t *testing.T) {
	dirs, mails := strings.Fields(os.Getenv("PPN_EXAMINE")), strings.Fields(os.Getenv("PPN_PEOPLE"))
	if len(dirs)+len(mails) == 0 {
		t.Skip("PPN_EXAMINE names no folder, PPN_PEOPLE no mail")
	}
	x := newReader(t)
	for _, dir := range dirs {
		var m measure
		for _, l := range corpusIn(t, dir) {
			if l.Kind == "notice" || l.Kind == "" {
				mail := readMailIn(t, dir, l.File)
				m.add(l, x.Read(&mail))
			}
		}
		for _, d := range m.detail {
			t.Log(d)
		}
		t.Logf("%s: child %.3f dob %.3f refs %.3f quality %.3f (%+v) date %.3f", dir, m.child.f1(), share(m.dobRight, m.dobAll), m.ref.f1(), m.quality.f1(), m.quality, share(m.dateRight, m.dateAll))
	}
	for _, file := range mails {
		mail := readMailIn(t, "", file)
		for _, r := range x.Read(&mail) {
			t.Logf("%s form %s date %s grade %q dash %q consent %q officer %q findings %v flags %v\n%s", file, r.Form, r.IncidentDate, r.PoliceGrade, r.Dash, r.Consent, r.Officer, r.Quality, r.Flags, mail.Text)
			for _, p := range r.People {
				t.Logf("  %+v", p)
			}
			t.Logf("  %+v", r.References)
		}
	}
}
