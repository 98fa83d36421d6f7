package extract_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// shownRefs writes each reference as "kind norm", with a minus before those
// that are not of this incident.
func shownRefs(t *testing.T, subject, body string) []string {
	t.Helper()
	out := []string{}
	for _, r := range newReader(t).Read(note(subject, body))[0].References {
		s := r.Kind + " " + r.Norm
		if !r.Own {
			s = "-" + s
		}
		out = append(out, s)
	}
	slices.Sort(out)
	return out
}

func TestReferences(t *testing.T) {
	for _, c := range []struct {
		name, subject, body string
		want                []string
	}{
		{"answer to a question", "Re: your ref IFD-0123456789012", "ifd 9876543210987 too. IFD-12345 is none, nor is RIFD-0123456789012 nor IFD-01234567890123.", []string{"-answer IFD-0123456789012", "-answer IFD-9876543210987"}},
		{"subject", "PPN 13260411223 WALSH", "", []string{"occurrence 13260411223"}},
		{"once", "PPN 13260411223", "Occurrence: 13260411223", []string{"occurrence 13260411223"}},
		{"crime beside", "", "Niche occurrence   13260411223\nCrime   13260411230", []string{"crime 13260411230", "occurrence 13260411223"}},
		{"in groups", "", "Occ no: 13/26/0411223", []string{"occurrence 13260411223"}},
		{"blanks", "", "Occurrence No.......: 1326 0411223", []string{"occurrence 13260411223"}},
		{"wrapped prose", "", "For your records it is on Niche as 13260411223, graded low.", []string{"occurrence 13260411223"}},
		{"other Niche force", "", "OCCURRENCE   50260118874", []string{"occurrence 50260118874"}},
		{"MERLIN and CRIS", "MERLIN 26PAC184402", "PAC ref   26PAC184402\nCRIS   6527719/26", []string{"crime 652771926", "form 26PAC184402"}},
		{"misper in prose", "", "Safe and well done, misper 26MIS031977 closed.", []string{"missing 26MIS031977"}},
		{"Athena", "", "Athena ref: 42/123456/26", []string{"crime 4212345626"}},
		{"West Midlands", "", "Crime no: 20/654321/26", []string{"crime 2065432126"}},
		{"GMP", "", "Crime: CRI/06GG/0012345/26", []string{"crime CRI06GG001234526"}},
		{"BTP by label", "", "Ref    118846/26", []string{"occurrence 11884626"}},
		{"Lancashire PVP", "", "PVP ref: PVP/26/00451\nLog: LC-20260912-0123", []string{"form PVP2600451", "log LOGLC0123/2026-09-12"}},
		{"iVPD", "", "iVPD no: 4471203", []string{"form 4471203"}},
		{"Scottish incident", "", "STORM: PS-20260912-1234\nCrime ref: LA12340926", []string{"crime LA12340926", "log LOGPS1234/2026-09-12"}},
		{"log of a day", "", "Log 1288 of 12/09/2026", []string{"log LOG1288/2026-09-12"}},
		{"log in capitals", "", "LOG: 0007 OF 12/09/26", []string{"log LOG7/2026-09-12"}},
		{"CAD with a month", "", "CAD   6120/12SEP26", []string{"log LOG6120/2026-09-12"}},
		{"log in prose", "", "Occ 13260411223, log 1815 of 12/09/2026.", []string{"log LOG1815/2026-09-12", "occurrence 13260411223"}},
		{"see earlier", "PPN 13260411223", "Attended 01/09 as well, see 13260400316.", []string{"-occurrence 13260400316", "occurrence 13260411223"}},
		{"previous by word", "PPN 13260411223", "Previous PPN 13260411001 for the same.", []string{"-occurrence 13260411001", "occurrence 13260411223"}},
		{"last year's", "PPN 13260411223", "There was an incident crimed under 13250098765.", []string{"-occurrence 13250098765", "occurrence 13260411223"}},
		{"another force's of today", "", "OCCURRENCE  50260131907\nWest Yorks misper 13260467725, missing since Sat", []string{"occurrence 13260467725", "occurrence 50260131907"}},
		{"phone numbers are none", "", "Ring 01632 960412 or 07700 900214 or 01632960412.", []string{}},
		{"dates and times are none", "", "Date/time: 12/09/2026 2105hrs\nDOB: 04092012", []string{}},
		{"collar numbers are none", "", "Officer: PC 4471 HARPER", []string{}},
		{"NHS numbers are none", "", "Child: Ellie WALSH\nNHS No: 999 000 0018", []string{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if d := cmp.Diff(c.want, shownRefs(t, c.subject, c.body)); d != "" {
				t.Errorf("references (-want +got):\n%s", d)
			}
		})
	}
}

func TestIncident(t *testing.T) {
	for _, c := range []struct{ name, subject, body, day, at, end string }{
		{"label", "", "Date/time: Sat 12/09/2026 2105hrs", "2026-09-12", "21:05", ""},
		{"capitals", "", "DATE TIME: 12/09/2026 2105 HRS", "2026-09-12", "21:05", ""},
		{"date and time apart", "", "Date: 12/09/2026\nTime: 20:10", "2026-09-12", "20:10", ""},
		{"month in words", "", "Date of incident: Saturday 12th September 2026 at 9.05pm", "2026-09-12", "21:05", ""},
		{"range over midnight", "", "When: between 11/09/2026 2330hrs and 12/09/2026 0615hrs", "2026-09-11", "23:30", "06:15"},
		{"range of times", "", "Time/date   2100 12/09/26 to 2235 12/09/26", "2026-09-12", "21:00", "22:35"},
		{"at", "", "DATE OF OCCURRENCE  12/09/2026 at 1940", "2026-09-12", "19:40", ""},
		{"attended", "", "ATTENDED 12/09/26 2350HRS", "2026-09-12", "23:50", ""},
		{"missing from", "", "Last seen: 11/09/2026 1900hrs\nReturned: 12/09/2026 0910hrs", "2026-09-11", "19:00", ""},
		{"prose with a weekday", "", "Attended at 1425hrs on Sat 12/09/26 after a call.", "2026-09-12", "14:25", ""},
		{"prose, time first", "", "2245hrs 12/09/26 I was at the address.", "2026-09-12", "22:45", ""},
		{"prose in words", "", "On Saturday 12 September at 2105hrs officers attended.", "2026-09-12", "21:05", ""},
		{"no year", "", "Sat 12/09 about 1410hrs in the park.", "2026-09-12", "14:10", ""},
		{"last night", "", "Attended last night after a call from the neighbour.", "2026-09-13", "", ""},
		{"today", "", "1600hrs today. Playing out on the grass.", "2026-09-14", "16:00", ""},
		{"log only", "", "Occ 13260411223, log 1815 of 12/09/2026. No other date.", "2026-09-12", "", ""},
		{"subject only", "Youth contact WALSH 12/09", "Reported by a shop.", "2026-09-12", "", ""},
		{"a birthday is none", "", "Child: Ellie WALSH 04/09/2012, baby Tom WALSH 20/08/2026\nDate: 12/09/2026", "2026-09-12", "", ""},
		{"late disclosure", "", "Date of incident: 01/05/2024\nDate reported: 12/09/2026", "2026-09-12", "", ""},
		{"reported next day", "", "Date   11/09/2026 1500hrs (reported 12/09/2026 1010hrs)", "2026-09-11", "15:00", "10:10"},
		{"none", "", "Nothing dated here.", "", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newReader(t).Read(note(c.subject, c.body))[0]
			at, end := "", ""
			if !r.IncidentAt.IsZero() {
				at = r.IncidentAt.Format("15:04")
			}
			if !r.IncidentEnd.IsZero() {
				end = r.IncidentEnd.Format("15:04")
			}
			if r.IncidentDate != c.day || at != c.at || end != c.end {
				t.Errorf("incident = %s %s to %s, want %s %s to %s", r.IncidentDate, at, end, c.day, c.at, c.end)
			}
		})
	}
}

func TestManner(t *testing.T) {
	for _, c := range []struct {
		body, grade, dash string
		ticks             int
		consent, officer  string
	}{
		{"Police grade: HIGH   DASH: HIGH (17)\nConsent: refused\nOIC: PC 2954 KOWALCZYK", "high", "high", 17, "refused", "PC 2954 KOWALCZYK"},
		{"GRADE MEDIUM / DASH MEDIUM 9\nCONSENT - NO REPLY TO QUESTION, SHARED\nPC 3390 TOOLEY TEAM 1", "medium", "medium", 9, "not_sought", "PC 3390 TOOLEY TEAM 1"},
		{"Risk level set by officer: BLUE\nConsent: N (not needed - info share only)\nOfficer: PC 41207 Tim ROYDEN", "standard", "", -1, "not_sought", "PC 41207 Tim ROYDEN"},
		{"PAC RISK         GREEN  - info only\nCONSENT          not sought, LA to be informed under missing protocol", "standard", "", -1, "dispensed", ""},
		{"Refused DASH. I've put the risk as STANDARD.", "standard", "refused", -1, "", ""},
		{"DASH done, STANDARD, 3 ticks.", "", "standard", 3, "", ""},
		{"Gradd risg / Risk grade: AMBER\nCaniatâd / Consent: Yes", "medium", "", -1, "given", ""},
	} {
		r := newReader(t).Read(note("", c.body))[0]
		if r.PoliceGrade != c.grade || r.Dash != c.dash || r.DashTicks != c.ticks || r.Consent != c.consent || r.Officer != c.officer {
			t.Errorf("%s:\ngot  %q %q %d %q %q\nwant %q %q %d %q %q", strings.Split(c.body, "\n")[0], r.PoliceGrade, r.Dash, r.DashTicks, r.Consent, r.Officer, c.grade, c.dash, c.ticks, c.consent, c.officer)
		}
	}
}
