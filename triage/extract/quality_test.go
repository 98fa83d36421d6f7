package extract_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/ppn-triage/ppn-triage/triage"
)

// whole is a notice with every essential; a case takes one out or writes it in
// another way.
const whole = `Occurrence: 13260411223
Log: 1204 of 12/09/2026
Date/time: 12/09/2026 2105hrs
Address: 5 Holme Row, Bradford BD4 9QX
Grade: STANDARD
Consent: Mother yes
Officer: PC 4471 HARPER

Child: Ellie WALSH 04/09/2012 F
Mother: Karen WALSH 01/02/1985

Circs: Argument between Karen and her sister about a car.

Voice: Spoken to in her room, chatty.

Outcome: Words of advice. NFA.
`

func findings(t *testing.T, body string) []string {
	t.Helper()
	rs := newReader(t).Read(note("PPN", body))
	if len(rs) != 1 {
		t.Fatalf("Read gave %d readings, want 1", len(rs))
	}
	return rs[0].Quality
}

func TestQuality(t *testing.T) {
	swap := func(old, new string) string {
		if !strings.Contains(whole, old) {
			t.Fatalf("the notice has no %q", old)
		}
		return strings.Replace(whole, old, new, 1)
	}
	voice, outcome := "Voice: Spoken to in her room, chatty.", "Outcome: Words of advice. NFA."
	for _, c := range []struct {
		name, body string
		want       []string
	}{
		{"whole", whole, nil},
		{"no reference", strings.Replace(swap("Occurrence: 13260411223\n", ""), "Log: 1204 of 12/09/2026\n", "", 1), []string{"no_reference"}},
		{"a dated log is one", swap("Occurrence: 13260411223\n", ""), nil},
		{"no address", swap("Address: 5 Holme Row, Bradford BD4 9QX", "Address: refused"), []string{"no_address"}},
		{"a road is no address", swap("Address: 5 Holme Row, Bradford BD4 9QX", "Location: shop on Otley Road, Shipley"), []string{"no_address"}},
		{"no grade", swap("Grade: STANDARD\n", ""), []string{"no_police_grade"}},
		{"a DASH grade is one", swap("Grade: STANDARD", "DASH: MEDIUM (9)"), nil},
		{"graded in prose", swap("Grade: STANDARD\n", "") + "Graded LOW.\n", nil},
		{"no consent", swap("Consent: Mother yes\n", ""), []string{"no_consent"}},
		{"blank consent", swap("Consent: Mother yes", "Consent:"), []string{"no_consent"}},
		{"consent refused", swap("Consent: Mother yes", "Consent: refused, shared without"), nil},
		{"consent n/a", swap("Consent: Mother yes", "Consent: n/a (s46)"), nil},
		{"consent in prose", swap("Consent: Mother yes\n", "") + "Mum agrees to sharing.\n", nil},
		{"no officer", swap("Officer: PC 4471 HARPER\n", ""), []string{"no_officer"}},
		{"officer at the end", swap("Officer: PC 4471 HARPER\n", "") + "\nPC 4471 Harper\nShipley NPT\n", nil},
		{"no dob", swap(" 04/09/2012", ""), []string{"no_dob"}},
		{"an age is no dob", swap(" 04/09/2012", " aged 13"), []string{"no_dob"}},
		{"no child", swap("Child: Ellie WALSH 04/09/2012 F\n", ""), []string{"no_child_details", "no_dob"}},
		{"no outcome", swap(outcome, ""), []string{"no_outcome"}},
		{"an opinion is no outcome", swap(outcome, "No concerns for the child, no offences disclosed."), []string{"no_outcome"}},
		{"arrest in prose", swap(outcome, "Male arrested for common assault."), nil},
		{"left with", swap(outcome, "Ellie left with her grandmother for the night."), nil},
		{"next step", swap(outcome, "Strategy discussion requested."), nil},
		{"an arrest of long ago", swap(outcome, "Father - one trace, 2019, Kent, arrested for burglary."), []string{"no_outcome"}},
		{"a closed door is no outcome", strings.Replace(swap(outcome, ""), "about a car.", "about a car. The door was closed and Karen had collected her things. He admitted shouting. Both carried on arguing in the kitchen for an hour. The neighbours heard it.", 1), []string{"no_outcome"}},
		{"follow up to come", swap(outcome, "Referral to Early Help."), nil},
		{"staying elsewhere", swap(outcome, "He is staying with his brother tonight."), nil},
		{"no voice", swap(voice, ""), []string{"no_child_voice"}},
		{"whereabouts are no voice", swap(voice, "Ellie was at her nan's for the weekend."), []string{"no_child_voice"}},
		{"voice label with whereabouts", swap(voice, "Voice: Not at the address."), []string{"no_child_voice"}},
		{"not seen with the reason", swap(voice, "Ellie not seen as she was asleep and mum asked us not to wake her."), nil},
		{"seen by the officer", swap(voice, "Child seen by officer: Y"), nil},
		{"not seen, no reason", swap(voice, "Seen by officer: N"), []string{"no_child_voice"}},
		{"presentation by the school", swap(voice, "School rang, Ellie is in class, settled and happy."), nil},
		{"what she said", swap(voice, `Ellie said "they do my head in".`), nil},
		{"mother says where she was", swap(voice, "Karen told officers Ellie was asleep."), []string{"no_child_voice"}},
		{"mother described", swap(voice, "Karen was upset and crying. Ellie was out."), []string{"no_child_voice"}},
		{"pronoun after the name", swap(voice, "Ellie was in the garden. She was giggling and showed me her rabbit."), nil},
		{"spoken to after the mother", swap(voice, "Officers spoke to Karen and then to Ellie alone."), nil},
		{"baby seen", swap(voice, "Baby was alert and smiling."), nil},
		{"an adult's voice is none", swap(voice, "Karen was tearful and said she wanted it to stop."), []string{"no_child_voice"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if d := cmp.Diff(c.want, findings(t, c.body)); d != "" {
				t.Errorf("findings (-want +got):\n%s", d)
			}
		})
	}
}

func TestUnreadableHasNoFindings(t *testing.T) {
	l := note("PPN 13260411223", "Please find attached.\n")
	l.Problems = []triage.Problem{{Code: "encrypted_attachment", Severe: true}}
	r := newReader(t).Read(l)[0]
	if len(r.Quality) > 0 || !slices.Equal(r.Flags, []string{"manual_read"}) {
		t.Errorf("Quality = %v, Flags = %v, want none and manual_read", r.Quality, r.Flags)
	}
}

func TestAutomaticMailGivesNothing(t *testing.T) {
	for _, k := range []triage.LetterKind{triage.LetterBounce, triage.LetterAutoReply, triage.LetterReceipt, triage.LetterRecall, triage.LetterCanary} {
		l := note("Automatic reply", whole)
		l.Kind = k
		if rs := newReader(t).Read(l); rs != nil {
			t.Errorf("Read(kind %d) = %d readings, want none", k, len(rs))
		}
	}
}
