package letter

import (
	"strings"
	"testing"

	"github.com/ppn-triage/ppn-triage/triage"
)

// said is what a test expects of one section, in order.
type want struct {
	kind triage.SectionKind
	text string // begins with
}

func checkSections(t *testing.T, l triage.Letter, wants []want) {
	t.Helper()
	checkLetter(t, l)
	got := l.Sections[1:] // without the subject
	for i, s := range got {
		text := l.Text[s.Start:s.End]
		if i >= len(wants) || s.Kind != wants[i].kind || !strings.HasPrefix(strings.TrimSpace(text), wants[i].text) {
			t.Errorf("section %d is %s %q", i, kindNames[s.Kind], text)
		}
	}
	if len(got) != len(wants) {
		t.Errorf("%d sections, want %d", len(got), len(wants))
	}
}

func TestEarlierMails(t *testing.T) {
	const body, fwd, quoted, sig = triage.SectionBody, triage.SectionForwarded, triage.SectionQuoted, triage.SectionSignature
	outlook := "From: PC 12 Hale\nSent: 11 September 2026 16:58\nTo: Door\nSubject: Notice\n\nBaby seen at home.\n"
	tests := map[string]struct {
		subject, text string
		want          []want
	}{
		"forward, Outlook":          {"FW: Notice", "One more child found today.\n\n-----Original Message-----\n" + outlook, []want{{body, "One more"}, {fwd, "-----Original"}}},
		"forward, underscores":      {"FW: Notice", "One more child found.\n\n________________________________\n" + outlook, []want{{body, "One more"}, {fwd, "From: PC 12"}}},
		"forward, bold labels":      {"Fwd: Notice", "One more child found.\n\n*From:* PC 12 Hale\n*Sent:* today\n*To:* Door\n*Subject:* Notice\n\nBaby seen.\n", []want{{body, "One more"}, {fwd, "*From:*"}}},
		"forward, Gmail":            {"Fwd: Notice", "One more child found.\n\n---------- Forwarded message ---------\nFrom: A <a@b.example>\nDate: Fri\nSubject: Notice\n\nBaby seen.\n", []want{{body, "One more"}, {fwd, "---------- Forwarded"}}},
		"forward, Apple":            {"Fwd: Notice", "One more child found.\n\nBegin forwarded message:\n\n> From: A\n> Subject: Notice\n>\n> Baby seen.\n", []want{{body, "One more"}, {fwd, "Begin forwarded"}}},
		"reply, header block":       {"RE: Notice", "The father was released last night.\n\n" + outlook, []want{{body, "The father"}, {quoted, "From: PC 12"}}},
		"reply, wrote":              {"Re: Notice", "The father was released.\n\nOn Mon, 7 Sep 2026 at 09:11, Door <door@c.example> wrote:\n> Which child was it?\n> Regards\n", []want{{body, "The father"}, {quoted, "On Mon"}, {sig, "Regards"}}},
		"reply, wrote on two lines": {"Re: Notice", "The father was released.\n\nOn Mon, 7 Sep 2026 at 09:11, Door\n<door@c.example> wrote:\n> Which child?\n", []want{{body, "The father"}, {quoted, "On Mon"}}},
		"reply between the lines":   {"Re: Notice", "> Which child?\nAlfie, aged 6.\n> Where now?\nWith his aunt.\n", []want{{quoted, "Which"}, {body, "Alfie"}, {quoted, "Where"}, {body, "With"}}},
		"reply used to hand on":     {"RE: Notice", "Please see below.\n\n" + outlook, []want{{body, "Please see"}, {fwd, "From: PC 12"}}},
		"quote marks and no reply":  {"Notice", "> Occurrence: 1\n> Baby seen.\n", []want{{fwd, "Occurrence: 1"}}},
		"its signature":             {"FW: Notice", "Seen again.\n\n-----Original Message-----\nFrom: A\nSent: now\nTo: b\nSubject: c\n\nBaby seen.\n\nThanks\nPC 12 Hale\n", []want{{body, "Seen"}, {fwd, "-----Original"}, {sig, "Thanks"}}},
		"a form that says From":     {"Notice", "From: 12/09/2026 1800hrs\nTo: 12/09/2026 1900hrs\nPlace: home\nBaby seen.\n", []want{{body, "From: 12/09"}}},
		"wrote in a sentence":       {"Notice", "On Monday mum wrote: he hits me\nand more\n", []want{{body, "On Monday"}}},
		"a drawn line is no mail":   {"Notice", "Part one\n-----------\nPart two\n", []want{{body, "Part one"}}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			l := Read(crlf("From: a@b.example\nSubject: " + tt.subject + "\n\n" + tt.text))
			checkSections(t, l, tt.want)
		})
	}
}

func TestAnswerIsKnownByItsHeader(t *testing.T) {
	l := Read(crlf("From: a@b.example\nSubject: Notice\nIn-Reply-To: <1@c.example>\n\nThe father was released.\n\n> Where is he?\n"))
	wantText(t, l, triage.SectionQuoted, "Where is he?")
	l = Read(crlf("From: a@b.example\nSubject: FW: Notice\nIn-Reply-To: <1@c.example>\n\nThe father was released.\n\n> Where is he?\n"))
	wantText(t, l, triage.SectionForwarded, "Where is he?")
}

const forceFooter = `______________________________________________________________________
North Police Headquarters, PO Box 1, Fell Way, Northtown, NT1 9ZZ
Switchboard 01632 960100   In an emergency always dial 999
This e-mail may contain personal data and is for the addressee only. If you are not that person
please delete it and tell the sender.
`

func TestDisclaimers(t *testing.T) {
	const body, dis = triage.SectionBody, triage.SectionDisclaimer
	banner := "CAUTION: This email originated from outside of the organisation. Do not click links or open attachments unless you recognise the sender.\n\n"
	tests := map[string]struct {
		text string
		want []want
	}{
		"below a ruled line":         {"Baby seen.\n\n" + forceFooter, []want{{body, "Baby"}, {dis, "____"}}},
		"without a ruled line":       {"Baby seen.\n\nThis e-mail and any attachments are confidential and intended solely for the addressee. If you have received this in error please notify the sender and delete it.\n", []want{{body, "Baby"}, {dis, "This e-mail"}}},
		"in paragraphs":              {"Baby seen.\n\n" + forceFooter + "\nThe Force does not accept service of documents by e-mail.\n\nPlease consider the environment before printing this e-mail.\n", []want{{body, "Baby"}, {dis, "____"}}},
		"banner above":               {banner + "Baby seen with burns.\n", []want{{dis, "CAUTION"}, {body, "Baby"}}},
		"last words above, no gap":   {"Baby is with the aunt tonight.\nThis message is intended only for the addressee and may be confidential. If received in error please delete it.\n", []want{{body, "Baby"}, {dis, "This message"}}},
		"a correction by e-mail":     {"This email replaces the one sent in error last night, the date of birth was wrong.\n", []want{{body, "This email"}}},
		"one cue is no footer":       {"Baby seen.\n\nThe letter was marked confidential and mum tore it up in front of us.\n", []want{{body, "Baby"}}},
		"he told her to delete it":   {"Baby seen.\n\nHe made her delete it, said this message was confidential and she must destroy the phone.\n", []want{{body, "Baby"}}},
		"cues in a long story":       {"The child said her messages were monitored by her uncle. " + strings.Repeat("She was seen at home and spoke freely to the officer about school. ", 6) + "The phone was intercepted, she thinks, and the views of the family are confidential.\n", []want{{body, "The child"}}},
		"ruled line before the form": {"PPN\n----------------------\nOccurrence: 1\nBaby seen.\n", []want{{body, "PPN"}}},
		"text goes on below":         {forceFooter + "\nThe father came back at 2200hrs with a knife.\n", []want{{dis, "____"}, {body, "The father"}}},
		"Welsh":                      {"Baby seen.\n\nMae'r neges e-bost hon yn gyfrinachol. Croesawn ohebiaeth yn Gymraeg. We welcome correspondence in Welsh.\n", []want{{body, "Baby"}, {dis, "Mae"}}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			checkSections(t, Read(plainMail(tt.text)), tt.want)
		})
	}
}

func TestSignatures(t *testing.T) {
	const body, sig = triage.SectionBody, triage.SectionSignature
	tests := map[string]struct {
		text string
		want []want
	}{
		"sign-off":                    {"Baby seen.\n\nKind regards\n\nAnn Lee\nSafeguarding Unit\nTel: 01632 960100\n", []want{{body, "Baby"}, {sig, "Kind regards"}}},
		"sign-off, nothing below":     {"Baby seen.\n\nMany thanks,\n", []want{{body, "Baby"}, {sig, "Many thanks"}}},
		"mark":                        {"Baby seen.\n\n-- \nAnn Lee\nNorth Police\nwww.north.police.example\n", []want{{body, "Baby"}, {sig, "--"}}},
		"rank":                        {"Baby seen.\n\nPC 1234 Lee\nNorthtown NPT\n", []want{{body, "Baby"}, {sig, "PC 1234"}}},
		"rank, no number":             {"Baby seen.\n\nDS Lee, Northtown\n", []want{{body, "Baby"}, {sig, "DS Lee"}}},
		"telephone":                   {"Baby seen.\n\nRobbery Team 01632 960477\n", []want{{body, "Baby"}, {sig, "Robbery"}}},
		"a telephone in a request":    {"Baby seen.\n\nScene is held. Please ring CAIT on 01632 960488.\n", []want{{body, "Baby"}}},
		"what an officer does":        {"Baby seen.\n\nPC 1234 Lee to visit again tomorrow\n", []want{{body, "Baby"}}},
		"what an officer does, caps":  {"BABY SEEN.\n\nDS KHAN STRATEGY MEETING REQUESTED\n", []want{{body, "BABY"}}},
		"words behind the sign-off":   {"Baby seen.\n\nThanks\nPS mum says he hit her again\n", []want{{body, "Baby"}}},
		"form below the sign-off":     {"Please see below.\n\nRegards\nAnn Lee\n\nOccurrence: 13260000001\nChild: Zoe Hale\n", []want{{body, "Please"}, {sig, "Regards"}, {body, "Occurrence"}}},
		"shouting below the sign-off": {"SEE BELOW.\n\nTHANKS\nBABY TAKEN TO HOSPITAL\n", []want{{body, "SEE"}}},
		"officer of the form":         {"Baby seen.\n\nOfficer: PC 1234 Lee\n", []want{{body, "Baby"}}},
		"thanks in a sentence":        {"Thanks for ringing, the baby was seen.\n", []want{{body, "Thanks for"}}},
		"name block alone":            {"PC 1234 Lee\nNorthtown NPT\n", []want{{body, "PC 1234"}}},
		"a family's telephones":       {"Baby seen.\n\nGemma HALE 07700 900123\nLee HALE 07700 900456\n", []want{{body, "Baby"}}},
		"a mother's telephone":        {"Baby seen.\n\nThanks\nMum 07700 900123\n", []want{{body, "Baby"}}},
		"a child below the sign-off":  {"Please see below.\n\nThanks\nZoe HALE 01/02/2020\n", []want{{body, "Please"}}},
		"a heading below the name":    {"Please see below.\n\nThanks\nAnn\nCHILD\nSurname: HALE\n", []want{{body, "Please"}, {sig, "Thanks"}, {body, "CHILD\nSurname"}}},
		"names, then an office":       {"Seen and well.\n\nRobbery Team\nNorthtown\n01632 960477\n", []want{{body, "Seen"}, {sig, "Robbery"}}},
		"sent from":                   {"Baby seen.\n\nSent from my iPhone\n", []want{{body, "Baby"}, {sig, "Sent from"}}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			checkSections(t, Read(plainMail(tt.text)), tt.want)
		})
	}
}

// No line is lost by sorting lines into sections.
func TestEveryLineIsInASection(t *testing.T) {
	text := "One.\n\n> Two.\n\nThanks\nAnn Lee\n\n" + forceFooter + "\n-----Original Message-----\nFrom: a\nSent: b\nTo: c\nSubject: d\n\nThree.\n"
	l := Read(plainMail(text))
	checkLetter(t, l)
	for _, w := range words(text) {
		if !strings.Contains(strings.ToLower(l.Text), w) {
			t.Errorf("word %q is lost", w)
		}
	}
}

func TestIsSignOff(t *testing.T) {
	for s, want := range map[string]bool{
		"Regards": true, "Kind regards,": true, "Many thanks": true, "THANKS": true, "Thank you very much.": true, "Diolch": true, "Best wishes": true, "Yours sincerely": true,
		"": false, "Regards Ann": false, "Thanks to the neighbour": false, "Regards: none": false, "The team": false, "Best 2 of 3": false,
	} {
		if got := isSignOff(s); got != want {
			t.Errorf("isSignOff(%q) = %v", s, got)
		}
	}
}
