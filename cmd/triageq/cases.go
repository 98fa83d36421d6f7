package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"

	pb "github.com/ppn-triage/ppn-triage/api/triagev1"
	"github.com/ppn-triage/ppn-triage/cmd/internal/cli"
)

type casesCmd struct {
	Import importCmd `cmd:"" help:"Put the case system's list in force: who is on a plan, looked after, in need, or closed. Takes the role of a manager."`
}

type importCmd struct {
	File   string `arg:"" type:"existingfile" help:"CSV file, one child a row. Its columns, in any order, each by its name in the first row: case_id, given, family, dob, nhs, upn, address, postcode, status (child_protection, looked_after, child_in_need or none), closed_at, worker. Dates are YYYY-MM-DD or DD/MM/YYYY."`
	DryRun bool   `help:"Say which rows cannot be used and which items would change, and change nothing."`
	AsOf   string `help:"Day of the list. Defaults to today." placeholder:"YYYY-MM-DD"`
}

// caseColumns are the columns of a case list: every one of them, and no other.
var caseColumns = []string{"case_id", "given", "family", "dob", "nhs", "upn", "address", "postcode", "status", "closed_at", "worker"}

// Run sends the list to the service, which checks every row and puts the list
// in force as a whole or not at all.
func (c *importCmd) Run(ctx context.Context, a *app) error {
	asOf := isoDay(c.AsOf)
	if asOf == "" {
		asOf = time.Now().In(cli.London).Format(time.DateOnly)
	}
	b, err := os.ReadFile(filepath.Clean(c.File))
	if err != nil {
		return fmt.Errorf("read the list: %w", err)
	}
	rows, lines, err := readCases(b)
	if err != nil {
		return fmt.Errorf("%s: %w", c.File, err)
	}
	in, err := a.Queue.ImportCaseList(ctx) // as long as it takes: a list of a large county is some minutes' work
	if err != nil {
		return err
	}
	head := &pb.CaseListHeader{FrontDoor: a.FrontDoor, RequestId: request(), AsOf: asOf, DryRun: c.DryRun}
	if err := a.sendCases(in, head, rows); err != nil {
		return err
	}
	done, err := in.CloseAndRecv()
	if err != nil {
		return err
	}
	if err := a.answered(done, func(s cli.Screen) { imported(s, head, done, lines) }); err != nil {
		return err
	}
	if n := len(done.GetProblems()); n > 0 {
		return fmt.Errorf("%d of %d rows cannot be used", n, len(rows))
	}
	return nil
}

// progressEvery is after how many rows a person hears that it goes on.
const progressEvery = 10_000

func (a *app) sendCases(in pb.QueueService_ImportCaseListClient, head *pb.CaseListHeader, rows []*pb.CaseListRow) error {
	err := in.Send(&pb.ImportCaseListRequest{Part: &pb.ImportCaseListRequest_Header{Header: head}})
	for n, r := range rows {
		if err != nil {
			break
		}
		err = in.Send(&pb.ImportCaseListRequest{Part: &pb.ImportCaseListRequest_Row{Row: r}})
		if sent := n + 1; sent%progressEvery == 0 || sent == len(rows) {
			fmt.Fprintf(a.err, "%d of %d rows sent\n", sent, len(rows))
		}
	}
	if errors.Is(err, io.EOF) { // refused: the answer says why
		return nil
	}
	return err
}

// imported says what became of a list.
func imported(s cli.Screen, head *pb.CaseListHeader, done *pb.ImportCaseListResponse, lines []int) {
	for _, p := range done.GetProblems() {
		s.Say("line %d: %s", lineOf(lines, p.GetRow()), p.GetProblem())
	}
	would := "change"
	if head.GetDryRun() {
		would = "would change"
		s.Say("Dry run: nothing was changed.")
	} else {
		s.Say("The list of %s is in force.", head.GetAsOf())
	}
	s.Say("%d rows; %d of them are a child of an item in the queue; %d items %s.", done.GetRows(), done.GetMatched(), len(done.GetItemIds()), would)
	for _, id := range done.GetItemIds() {
		s.Say("  %s", id)
	}
}

func lineOf(lines []int, row int32) int {
	if row < 1 || int(row) > len(lines) {
		return 0
	}
	return lines[row-1]
}

// readCases reads a case list and the line on which each row begins. What a row
// says is for the service to judge; only dates and statuses are put in its form.
func readCases(b []byte) (rows []*pb.CaseListRow, lines []int, err error) {
	text, err := readable(b)
	if err != nil {
		return nil, nil, err
	}
	r := csv.NewReader(strings.NewReader(text))
	r.ReuseRecord = true
	head, err := r.Read()
	if err != nil {
		return nil, nil, fmt.Errorf("read the first row: %w", err)
	}
	column, err := columns(head)
	if err != nil {
		return nil, nil, err
	}
	for {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			return rows, lines, nil
		}
		if err != nil {
			return nil, nil, err
		}
		line, _ := r.FieldPos(0)
		lines = append(lines, line)
		rows = append(rows, caseRow(func(name string) string { return strings.TrimSpace(record[column[name]]) }))
	}
}

func caseRow(of func(column string) string) *pb.CaseListRow {
	return &pb.CaseListRow{
		CaseId: of("case_id"), Given: of("given"), Family: of("family"), Dob: isoDay(of("dob")), Nhs: of("nhs"), Upn: of("upn"),
		Address: &pb.Address{Line: of("address"), Postcode: of("postcode")},
		Status:  strings.NewReplacer(" ", "_", "-", "_").Replace(strings.ToLower(of("status"))), ClosedAt: isoDay(of("closed_at")), Worker: of("worker"),
	}
}

// columns finds the columns by the names in the first row.
func columns(head []string) (map[string]int, error) {
	at := map[string]int{}
	for n, name := range head {
		name = strings.ToLower(strings.TrimSpace(name))
		switch _, twice := at[name]; {
		case !slices.Contains(caseColumns, name):
			return nil, fmt.Errorf("the first row names %q, which is no column of a case list; there are %s, parted by commas", name, strings.Join(caseColumns, ", "))
		case twice:
			return nil, fmt.Errorf("the first row names %s twice", name)
		}
		at[name] = n
	}
	for _, name := range caseColumns {
		if _, ok := at[name]; !ok {
			return nil, fmt.Errorf("the first row does not name %s", name)
		}
	}
	return at, nil
}

// readable decodes what spreadsheets write: UTF-8 with a mark or without, or
// Windows-1252, in which a name with an accent is no UTF-8.
func readable(b []byte) (string, error) {
	switch {
	case bytes.HasPrefix(b, []byte("\xff\xfe")), bytes.HasPrefix(b, []byte("\xfe\xff")), bytes.HasPrefix(b, []byte("PK\x03\x04")):
		return "", errors.New("this is no CSV file; save it as \"CSV UTF-8 (comma delimited)\"")
	case utf8.Valid(b):
		return string(bytes.TrimPrefix(b, []byte("\xef\xbb\xbf"))), nil
	}
	out, err := charmap.Windows1252.NewDecoder().Bytes(b)
	if err != nil {
		return "", fmt.Errorf("decode: %w", err)
	}
	return string(out), nil
}

// isoDay turns DD/MM/YYYY into YYYY-MM-DD. Anything else stays for the service
// to judge.
func isoDay(s string) string {
	if t, err := time.Parse("02/01/2006", s); err == nil {
		return t.Format(time.DateOnly)
	}
	return s
}
