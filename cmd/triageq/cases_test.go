package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"

	pb "github.com/ppn-triage/ppn-triage/api/triagev1"
)

const caseHead = "case_id,given,family,dob,nhs,upn,address,postcode,status,closed_at,worker\n"

// TestReadCases reads what spreadsheets write, and nothing else.
func TestReadCases(t *testing.T) {
	want := &pb.CaseListRow{
		CaseId: "L1", Given: "Zofia", Family: "Wójcik", Dob: "2017-06-12", Nhs: "999 000 0018", Address: &pb.Address{Line: "3 Mill Lane, Bradford", Postcode: "BD8 9TZ"},
		Status: "child_protection", ClosedAt: "2026-01-31", Worker: "A. Worker",
	}
	row := "L1, Zofia ,Wójcik,12/06/2017,999 000 0018,,\"3 Mill Lane, Bradford\",BD8 9TZ,Child protection,31/01/2026,A. Worker\n"
	for name, file := range map[string]string{
		"UTF-8":               caseHead + row,
		"UTF-8 with a mark":   "\ufeff" + caseHead + row,
		"Windows-1252":        caseHead + strings.ReplaceAll(row, "ó", "\xf3"),
		"lines of DOS":        strings.ReplaceAll(caseHead+row, "\n", "\r\n"),
		"dates of ISO 8601":   caseHead + strings.NewReplacer("12/06/2017", "2017-06-12", "31/01/2026", "2026-01-31").Replace(row),
		"heads with a blank":  strings.ReplaceAll(caseHead, ",", ", ") + row,
		"columns of an order": "worker,given,family,dob,nhs,upn,address,postcode,status,closed_at,case_id\nA. Worker,Zofia,Wójcik,12/06/2017,999 000 0018,,\"3 Mill Lane, Bradford\",BD8 9TZ,child_protection,31/01/2026,L1\n",
	} {
		rows, lines, err := readCases([]byte(file))
		if err != nil || !slices.Equal(lines, []int{2}) {
			t.Errorf("%s: readCases() = %d rows at %v, %v", name, len(rows), lines, err)
			continue
		}
		if d := cmp.Diff(want, rows[0], protocmp.Transform()); d != "" {
			t.Errorf("%s: -want +got %s", name, d)
		}
	}
}

// TestReadCasesRefuses names what is wrong with a file.
func TestReadCasesRefuses(t *testing.T) {
	for file, want := range map[string]string{
		"": "read the first row",
		strings.Replace(caseHead, "dob", "date_of_birth", 1): `"date_of_birth", which is no column`,
		strings.Replace(caseHead, ",worker", "", 1):          "does not name worker",
		strings.Replace(caseHead, "worker", "dob", 1):        "dob twice",
		strings.ReplaceAll(caseHead, ",", ";"):               "parted by commas",
		caseHead + "L1,Zofia\n":                              "wrong number of fields",
		"\xff\xfec\x00":                                      "CSV UTF-8",
		"PK\x03\x04":                                         "CSV UTF-8",
	} {
		if _, _, err := readCases([]byte(file)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("readCases(%.20q) = %v, want an error with %q", file, err, want)
		}
	}
}

// TestReadCasesKnowsLines: a row is found again where an address fills lines.
func TestReadCasesKnowsLines(t *testing.T) {
	file := caseHead + "L1,A,B,,,,\"3 Mill Lane\nBradford\",,none,,\nL2,A,C,32/13/2017,,,,,none,,\n"
	rows, lines, err := readCases([]byte(file))
	if err != nil || fmt.Sprint(lines) != "[2 4]" || rows[1].GetDob() != "32/13/2017" {
		t.Errorf("readCases() = %v at lines %v, %v; want lines 2 and 4, and a date that is none as it stands", rows, lines, err)
	}
}
