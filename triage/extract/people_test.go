package extract_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/ppn-triage/ppn-triage/triage"
)

// note makes a letter of a subject and a body, sent on Monday 14 September
// 2026.
func note(subject, body string) *triage.Letter {
	l := &triage.Letter{Subject: subject, From: "ppn.bradford@westyorks.police.example", FromName: "Bradford PPN",
		Date: time.Date(2026, 9, 14, 9, 0, 0, 0, time.UTC), Kind: triage.LetterNotice}
	l.Text = subject + "\n" + body
	l.Sections = []triage.Section{{Kind: triage.SectionSubject, End: len(subject) + 1, Source: "subject"},
		{Kind: triage.SectionBody, Start: len(subject) + 1, End: len(l.Text), Source: "body"}}
	return l
}

// shownChildren writes each child as "Name dob", "? sex" for a placeholder,
// "unborn edd" for an unborn one; sorted.
func shownChildren(r triage.Reading) []string {
	out := []string{}
	for _, i := range r.Children() {
		p := r.People[i]
		switch {
		case p.Unborn:
			out = append(out, strings.TrimSpace("unborn "+p.EDD))
		case p.Placeholder:
			out = append(out, strings.TrimSpace("? "+p.Sex))
		case p.DOB == "" && p.BornFrom != "":
			out = append(out, fmt.Sprintf("%s %s..%s", fold(p.Name), p.BornFrom, p.BornTo))
		default:
			out = append(out, strings.TrimSpace(fold(p.Name)+" "+p.DOB))
		}
	}
	slices.Sort(out)
	return out
}

func TestPeopleForms(t *testing.T) {
	x := newReader(t)
	for _, c := range peopleCases {
		t.Run(c.name, func(t *testing.T) {
			rs := x.Read(note(c.subject, c.body))
			if len(rs) != 1 {
				t.Fatalf("Read gave %d readings, want 1", len(rs))
			}
			slices.Sort(c.want)
			if d := cmp.Diff(c.want, shownChildren(rs[0])); d != "" {
				t.Errorf("children (-want +got):\n%s", d)
			}
		})
	}
}

var peopleCases = []struct {
	name, subject, body string
	want                []string
}{
	// --- rows
	{"surname and forename rows", "", "Surname: WALSH\nForename(s): Ellie\nDate of Birth: 04/09/2012\nSex: F", []string{"ellie walsh 2012-09-04"}},
	{"forename first", "", "First name: Ellie\nLast name: Walsh\nD.O.B: 4.9.12\nGender: Female", []string{"ellie walsh 2012-09-04"}},
	{"two children in rows", "", "Child 1\nSurname: WALSH\nForename: Ellie\nDOB: 04/09/2012\n\nChild 2\nSurname: WALSH\nForename: Tom\nDOB: 05/10/2015", []string{"ellie walsh 2012-09-04", "tom walsh 2015-10-05"}},
	{"two children without headings", "", "Family name: KHAN\nGiven name(s): Aisha\nDOB: 04-09-2012\nFamily name: KHAN\nGiven name(s): Bilal\nDOB: 05-10-2015", []string{"aisha khan 2012-09-04", "bilal khan 2015-10-05"}},
	{"name rows of child and mother", "", "Subject child\nName: Ellie WALSH\nDOB: 04/09/2012\nMother\nName: Karen WALSH\nDOB: 01/02/1985", []string{"ellie walsh 2012-09-04"}},
	{"owner in the label", "", "Child's surname: WALSH\nChild's forename: Ellie\nChild's DOB: 04/09/2012\nMother's name: Karen WALSH\nMother's DOB: 01/02/1985", []string{"ellie walsh 2012-09-04"}},
	{"caps rows", "", "SURNAME: WALSH\nFORENAMES: ELLIE MAY\nDOB: 040912", []string{"ellie may walsh 2012-09-04"}},
	{"one line of rows", "", "Surname: WALSH   Forename: Ellie   DOB: 04/09/2012   Sex: F", []string{"ellie walsh 2012-09-04"}},
	{"tabbed rows", "", "Name\tEllie WALSH\nDOB\t04/09/2012\nRelationship\tdaughter", []string{"ellie walsh 2012-09-04"}},
	{"role row", "", "Name: Ellie WALSH\nRole: Child in household\nAge: 9\nName: Karen WALSH\nRole: Victim\nDOB: 01/02/1985", []string{"ellie walsh 2016-09-15..2017-09-14"}},
	{"name of child label", "", "Name of child: WALSH, Ellie\nDate of birth: 4th September 2012", []string{"ellie walsh 2012-09-04"}},
	{"value on the next line", "", "Child\n  Ellie WALSH, d.o.b. 4 September 2012, female, Y9 at Hallam High\nParents\n  Karen and Steve WALSH", []string{"ellie walsh 2012-09-04"}},
	// --- one line each
	{"surname first with comma", "", "CHILDREN\nWALSH, Ellie 04/09/2012 F\nWALSH, Tom 05/10/2015 M\nADULTS\nWALSH, Karen 01/02/1985 F", []string{"ellie walsh 2012-09-04", "tom walsh 2015-10-05"}},
	{"bullets", "", "Children in household:\n- Ellie WALSH (04/09/2012)\n- Tom WALSH (05/10/2015)", []string{"ellie walsh 2012-09-04", "tom walsh 2015-10-05"}},
	{"numbers", "", "1. Ellie WALSH DOB 04/09/2012\n2. Tom WALSH DOB 05/10/2015\n3. Karen WALSH DOB 01/02/1985", []string{"ellie walsh 2012-09-04", "tom walsh 2015-10-05"}},
	{"strokes", "", "PERSONS\n1) WALSH, Ellie / DOB 04/09/2012 / F / child of both\n2) WALSH, Karen / 01/02/1985 / F / IP", []string{"ellie walsh 2012-09-04"}},
	{"table with head", "", "Surname\tForename\tDOB\tSex\tRole\nWALSH\tEllie\t04/09/2012\tF\tChild\nWALSH\tKaren\t01/02/1985\tF\tMother", []string{"ellie walsh 2012-09-04"}},
	{"table with a name column", "", "Name\tDOB\tRelationship\tAddress\nEllie Walsh\t04/09/2012\tDaughter\t5 Holme Row, Bradford BD4 9QX\nKaren Walsh\t01/02/1985\tMother\tas above", []string{"ellie walsh 2012-09-04"}},
	{"spaced table", "", "Name              DOB          Sex\nEllie WALSH       04/09/2012   F\nTom WALSH         05/10/2015   M", []string{"ellie walsh 2012-09-04", "tom walsh 2015-10-05"}},
	{"bars", "", "| Name | DOB | Role |\n| Ellie WALSH | 04/09/2012 | child |\n| Karen WALSH | 01/02/1985 | mother |", []string{"ellie walsh 2012-09-04"}},
	{"capitals throughout", "", "IP KAREN WALSH 01/02/85\nPERP DEAN FROGGATT 30/08/83 EX PARTNER\nCH ELLIE WALSH 04/09/12 F\nCH TOM WALSH 05/10/15 M\n\nIP RANG AS PERP WAS AT THE DOOR. KIDS WERE IN BED.", []string{"ellie walsh 2012-09-04", "tom walsh 2015-10-05"}},
	{"capitals surname first", "PPN WALSH", "CHILD: WALSH ELLIE 04/09/2012 F\nIP: WALSH KAREN\nOTHER: FROGGATT DEAN", []string{"ellie walsh 2012-09-04"}},
	{"and between", "", "Children: Ellie WALSH 04/09/2012 and Tom WALSH 05/10/2015", []string{"ellie walsh 2012-09-04", "tom walsh 2015-10-05"}},
	{"shared surname", "", "Children: Ellie, Tom and Jack WALSH", []string{"ellie walsh", "jack walsh", "tom walsh"}},
	{"ages in brackets", "", "Children: Ellie WALSH (13), Tom WALSH (9)", []string{"ellie walsh 2012-09-15..2013-09-14", "tom walsh 2016-09-15..2017-09-14"}},
	{"forenames with ages", "", "Kids: Ellie (13) and Tom (9)", []string{"ellie 2012-09-15..2013-09-14", "tom 2016-09-15..2017-09-14"}},
	{"dash before the date", "", "Child – Ellie WALSH – 04/09/2012 – F", []string{"ellie walsh 2012-09-04"}},
	{"iso date", "", "Child: Ellie WALSH, born 2012-09-04", []string{"ellie walsh 2012-09-04"}},
	{"month name", "", "Child: Ellie WALSH 04 Sep 2012", []string{"ellie walsh 2012-09-04"}},
	{"ddmmyyyy", "", "Child: Ellie WALSH DOB 04092012", []string{"ellie walsh 2012-09-04"}},
	{"dotted short", "", "Child: Ellie WALSH b. 4.9.12", []string{"ellie walsh 2012-09-04"}},
	{"label twice named", "", "Young person: Ellie Walsh    Born: 04/09/2012    Gender: F", []string{"ellie walsh 2012-09-04"}},
	{"Welsh", "", "Plentyn / Child:   Ellie WALSH   DG/DOB: 04/09/2012   Benyw/Female\nRhieni / Parents:  Huw WALSH (44), Mair WALSH (41)", []string{"ellie walsh 2012-09-04"}},
	{"MERLIN subject", "MERLIN 26PAC100200", "SUBJECT   WALSH, Ellie\nDOB       04/09/2012     Sex F     SDE: W1\nCIRCS\nSubject was found.", []string{"ellie walsh 2012-09-04"}},
	{"ViST persons", "", "PERSON 1 (child, victim)\n  WALSH Ellie   04/09/2012   14yo female\nPERSON 2 (suspect)\n  FROGGATT Dean  1983  mothers partner", []string{"ellie walsh 2012-09-04"}},
	{"iVPD", "", "CONCERN REPORT\nNominal 1: Ellie WALSH\nDate of Birth: 04/09/2012\nRole: Child\nNominal 2: Karen WALSH\nDate of Birth: 01/02/1985\nRole: Parent", []string{"ellie walsh 2012-09-04"}},
	{"PVP", "", "PVP ref: PVP/26/00451\nVulnerable child: Ellie WALSH\nDate of birth: 04/09/2012\nSchool: Moor End Primary", []string{"ellie walsh 2012-09-04"}},
	{"apostrophe and hyphen", "", "Child: Niamh O'DONNELL-MCKAY 04/09/2012", []string{"donnell mckay niamh o 2012-09-04"}},
	{"curly apostrophe", "", "Child: Niamh O’DONNELL 04/09/2012", []string{"donnell niamh o 2012-09-04"}},
	{"Mc and Mac", "", "Child: Callum McALLISTER 04/09/2012\nMother: Jean MacDONALD 1985", []string{"callum mcallister 2012-09-04"}},
	{"diacritics", "", "Child: Łukasz WÓJCIK 04/09/2012\nSibling: Zuzana KOVÁČOVÁ 05/10/2015", []string{fold("Łukasz WÓJCIK") + " 2012-09-04", "kovacova zuzana 2015-10-05"}},
	{"particles", "", "Child: Maria DE SOUZA 04/09/2012\nChild: Zain ul HAQ 05/10/2015", []string{"de maria souza 2012-09-04", "haq ul zain 2015-10-05"}},
	{"names that are words", "", "Child: Hope GRACE 04/09/2012\nChild: May PRICE 05/10/2015", []string{"grace hope 2012-09-04", "may price 2015-10-05"}},
	{"alias", "", "Child: Mohammed HUSSAIN aka Mo, 04/09/2012", []string{"hussain mohammed 2012-09-04"}},
	{"school on the line", "", "Child: Ellie WALSH, 04/09/2012, Hallam High School, Y9", []string{"ellie walsh 2012-09-04"}},
	// --- prose
	{"their baby", "", "M/O is Karen WALSH, 22, F/O Steve WALSH was at work. With her was their baby, Ellie-Mae WALSH, dob 20/07/2026, so 8/52.", []string{"ellie mae walsh 2026-07-20"}},
	{"daughter with dob", "", "Caller was the mum, Karen WALSH (39). Daughter Ellie WALSH, dob 04/09/2012 was upstairs.", []string{"ellie walsh 2012-09-04"}},
	{"son born", "", "His son Tom WALSH born 05/10/2015 was in bed. Driver Steve WALSH (36) was alone.", []string{"tom walsh 2015-10-05"}},
	{"age after the name", "", "Present were IP's children Ellie, 13, and Tom, aged 9.", []string{"ellie 2012-09-15..2013-09-14", "tom 2016-09-15..2017-09-14"}},
	{"4yo", "", "Officers spoke to Tom WALSH (4yo) who was chatty.", []string{"tom walsh 2021-09-15..2022-09-14"}},
	{"months", "", "Baby Alfie WALSH, 18mths, was in his cot.", []string{"alfie walsh 2025-02-15..2025-03-14"}},
	{"weeks by fraction", "", "Child: Alfie WALSH 6/52", []string{"alfie walsh 2026-07-28..2026-08-03"}},
	{"months by fraction", "", "Child: Alfie WALSH 3/12 old", []string{"alfie walsh 2026-05-15..2026-06-14"}},
	{"name wrapped over lines", "", "Attended a report of a domestic at the home address where the IP was found together with Ellie\nWALSH 04/09/2012 who had been asleep in the back bedroom of the property throughout this.", []string{"ellie walsh 2012-09-04"}},
	{"teenage mother", "", "Mother: Kayla BRIGGS 04/02/2009\nChild: Ava BRIGGS 01/07/2026", []string{"ava briggs 2026-07-01", "briggs kayla 2009-02-04"}},
	{"adult son is no child", "", "Child: Ellie WALSH 04/09/2012\nOther: Craig WALSH 04/09/2001 (her brother)", []string{"ellie walsh 2012-09-04"}},
	{"exactly eighteen", "", "Child: Ellie WALSH 04/09/2012\nSibling: Craig WALSH 14/09/2008", []string{"ellie walsh 2012-09-04"}},
	{"friend in passing", "", "Child: Ellie WALSH 04/09/2012\n\nShe had been with her friend Jade HOLT (14) and another lad called Tank at the park.", []string{"ellie walsh 2012-09-04"}},
	{"cousin in passing", "", "Child: Ellie WALSH 04/09/2012\n\nShe went to the cinema with two cousins and her cousin Amy.", []string{"ellie walsh 2012-09-04"}},
	{"officer is nobody's child", "", "Child: Ellie WALSH 04/09/2012\nSeen by PC 4471 Harper 12/09/2026. DC Rowan Lister 14/09/2026 to review.", []string{"ellie walsh 2012-09-04"}},
	{"father and son of one name", "", "Child: MARSH David (junior) 25/01/2014\nFather: MARSH David (senior) 07/06/1986", []string{"david marsh 2014-01-25"}},
	{"twins", "", "Children: Zara and Zain ALI 16/08/2016 (twins)", []string{"ali zain 2016-08-16", "ali zara 2016-08-16"}},
	{"said twice", "PPN WALSH Ellie", "Child: Ellie WALSH 04/09/2012\n\nEllie was upstairs. ELLIE WALSH 04/09/2012 was later seen by Karen WALSH (mother).", []string{"ellie walsh 2012-09-04"}},
	{"an owner's name before a birthday", "", "IP Karen WALSH 01/02/1985. The kids in the house were Karen's: Ellie Walsh, d.o.b. 04/09/2012.", []string{"ellie walsh 2012-09-04"}},
	{"a possessive before a birthday apart", "", "IP Karen WALSH 01/02/1985. We went to Dean's, it was late. Her date of birth is 04/09/2012.\nChild: Ellie WALSH", []string{"ellie walsh 2012-09-04"}},
	// --- without names
	{"names not obtained", "", "Location: 5 Holme Row, Bradford BD4 9QX\nChildren: 3 x children, names not obtained\nIP Karen WALSH 01/02/1985", []string{"?", "?", "?"}},
	{"x2 children", "", "IP Karen WALSH 01/02/1985. x2 children asleep upstairs, details not taken.", []string{"?", "?"}},
	{"unknown with sex and age", "", "IP Karen WALSH 01/02/1985. 1 x unknown male child approx 4 at the window.", []string{"? M"}},
	{"her two", "", "IP Karen WALSH 01/02/1985 says her two were at her mum's.", []string{"?", "?"}},
	{"mother of three", "", "IP Karen WALSH 01/02/1985 is a mother of three children who were in bed.", []string{"?", "?", "?"}},
	{"no children", "", "IP Karen WALSH 01/02/1985. No children in the household. No kids present.", []string{}},
	{"neighbour's kids", "", "IP Karen WALSH 01/02/1985. Neighbour's kids were playing outside. Childrens services to be told.", []string{}},
	// --- unborn
	{"unborn with EDD", "", "CHILDREN:\nUNBORN WALSH EDD 13/11/2026", []string{"unborn 2026-11-13"}},
	{"UBB", "", "Child: UBB WALSH (EDD 13/11/2026)\nMother: Karen WALSH 01/02/1999", []string{"unborn 2026-11-13"}},
	{"pregnant mother", "", "IP Karen WALSH 01/02/1999 30/40 pregnant EDD 13/11/2026\nPerp Dean FROGGATT 1990", []string{"unborn 2026-11-13"}},
	{"pregnant in prose", "", "IP Karen WALSH 01/02/1999 is 20 weeks pregnant and was pushed.", []string{"unborn"}},
	{"not pregnant", "", "Child: Ellie WALSH 04/09/2012\nIP is not pregnant.", []string{"ellie walsh 2012-09-04"}},
}
