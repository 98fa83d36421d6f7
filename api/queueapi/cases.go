package queueapi

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"google.golang.org/grpc"

	"github.com/ppn-triage/ppn-triage/api/guard"
	pb "github.com/ppn-triage/ppn-triage/api/triagev1"
	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/extract"
	"github.com/ppn-triage/ppn-triage/triage/link"
)

// A part of a case list stays far below the 1 MB of a commit.
const (
	partRows  = 1500
	partBytes = 512 << 10
)

// mostCases bounds a list: the children of a large county several times over.
const mostCases = 500_000

// ImportCaseList puts the case system's list into the log, in parts that take
// effect together with the last one; the items of the queue are scored anew
// after it. A list with a row that cannot be used is refused whole. A dry run
// says what would change and changes nothing.
func (s queueService) ImportCaseList(in grpc.ClientStreamingServer[pb.ImportCaseListRequest, pb.ImportCaseListResponse]) error {
	ctx := in.Context()
	out, err := s.importCases(ctx, in)
	if err != nil {
		return toStatus(ctx, err)
	}
	return in.SendAndClose(out)
}

func (s queueService) importCases(ctx context.Context, in grpc.ClientStreamingServer[pb.ImportCaseListRequest, pb.ImportCaseListResponse]) (*pb.ImportCaseListResponse, error) {
	m, err := in.Recv()
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	h := m.GetHeader()
	d, err := s.door(h.GetFrontDoor())
	switch {
	case err != nil:
		return nil, err
	case h == nil:
		return nil, invalid("header", "the first message holds it")
	case uuid.Validate(h.GetRequestId()) != nil:
		return nil, invalid("header.request_id", "a UUID, required")
	case !isDay(h.GetAsOf()) || h.GetAsOf() > s.cfg.Now().UTC().Add(time.Hour).Format(time.DateOnly): // in summer it is tomorrow here first
		return nil, invalid("header.as_of", "the day of the list, YYYY-MM-DD, today at the latest")
	}
	rows, problems, err := receiveCases(in, h.GetAsOf())
	if err != nil {
		return nil, err
	}
	out, err := d.compareCases(ctx, rows, h.GetAsOf())
	if err != nil {
		return nil, err
	}
	out.Problems = problems
	switch {
	case h.GetDryRun():
		return out, nil
	case len(problems) > 0:
		return nil, invalid("row", fmt.Sprintf("%d of %d rows cannot be used, the first is row %d: %s; a dry run names them all",
			len(problems), len(rows)+len(problems), problems[0].GetRow(), problems[0].GetProblem()))
	}
	return out, s.appendCases(ctx, d, h, rows)
}

func receiveCases(in grpc.ClientStreamingServer[pb.ImportCaseListRequest, pb.ImportCaseListResponse], asOf string) (rows []triage.CaseRow, problems []*pb.CaseListProblem, err error) {
	seen := map[string]bool{}
	for n := int32(1); ; n++ {
		m, err := in.Recv()
		if errors.Is(err, io.EOF) {
			return rows, problems, nil
		}
		if err != nil {
			return nil, nil, err
		}
		switch {
		case m.GetRow() == nil:
			return nil, nil, invalid("header", "only the first message holds it")
		case n > mostCases:
			return nil, nil, invalid("row", fmt.Sprintf("more than %d", mostCases))
		}
		row := caseRow(m.GetRow())
		problem := caseProblem(row, asOf)
		if problem == "" && seen[row.Case] {
			problem = "case_id stands on an earlier row too"
		}
		if seen[row.Case] = true; problem != "" {
			problems = append(problems, &pb.CaseListProblem{Row: n, Problem: problem})
			continue
		}
		rows = append(rows, row)
	}
}

func caseRow(r *pb.CaseListRow) triage.CaseRow {
	number := strings.NewReplacer(" ", "", "-", "")
	return triage.CaseRow{
		Case: strings.TrimSpace(r.GetCaseId()), Given: strings.TrimSpace(r.GetGiven()), Family: strings.TrimSpace(r.GetFamily()), DOB: r.GetDob(),
		NHS: number.Replace(r.GetNhs()), UPN: strings.ToUpper(number.Replace(r.GetUpn())),
		Address: triage.Address{Line: r.GetAddress().GetLine(), Postcode: r.GetAddress().GetPostcode()},
		Status:  r.GetStatus(), ClosedAt: r.GetClosedAt(), Worker: strings.TrimSpace(r.GetWorker()),
	}
}

// caseStatuses are the words of CaseRow.Status.
var caseStatuses = []string{"child_protection", "looked_after", "child_in_need", "none"}

// longestCase bounds a field of a case, in bytes.
const longestCase = 300

// caseProblem says why a row cannot be used, without a word of it; empty if it
// can be.
func caseProblem(r triage.CaseRow, asOf string) string {
	day := func(s string) bool { return s == "" || isDay(s) && s <= asOf }
	long := func(s string) bool { return len(s) > longestCase }
	switch {
	case r.Case == "":
		return "case_id is missing"
	case r.Given == "" && r.Family == "":
		return "given and family name are missing"
	case !day(r.DOB):
		return "dob is no date of the form YYYY-MM-DD, or after the day of the list"
	case !day(r.ClosedAt):
		return "closed_at is no date of the form YYYY-MM-DD, or after the day of the list"
	case r.NHS != "" && !extract.ValidNHS(r.NHS):
		return "nhs is no NHS number: ten digits, the last of which checks the others"
	case r.UPN != "" && !extract.ValidUPN(r.UPN):
		return "upn is no unique pupil number: a letter that checks the others, and twelve characters"
	case !slices.Contains(caseStatuses, r.Status):
		return "status is none of " + strings.Join(caseStatuses, ", ")
	case slices.ContainsFunc([]string{r.Case, r.Given, r.Family, r.Address.Line, r.Address.Postcode, r.Worker}, long):
		return fmt.Sprintf("a field is longer than %d bytes", longestCase)
	}
	return ""
}

func isDay(s string) bool {
	_, err := time.Parse(time.DateOnly, s)
	return err == nil
}

// compareCases says which items of the queue the list would change.
func (f *front) compareCases(ctx context.Context, rows []triage.CaseRow, asOf string) (*pb.ImportCaseListResponse, error) {
	snap, err := f.Queue.Load(ctx)
	if err != nil {
		return nil, err
	}
	rs, err := f.Rules(ctx, snap.Ledger)
	if err != nil {
		return nil, err
	}
	if asOf < snap.Ledger.Cases.AsOf {
		return nil, invalid("header.as_of", "older than the list in force, which is of "+snap.Ledger.Cases.AsOf)
	}
	list := rs.Linker.NewCases(rows, asOf)
	out, matched := &pb.ImportCaseListResponse{Rows: int32(len(rows))}, map[string]bool{}
	err = f.eachQueued(ctx, func(i *triage.Item) {
		if changes(list, i, matched) {
			out.ItemIds = append(out.ItemIds, string(i.ID))
		}
	})
	out.Matched = int32(len(matched))
	return out, err
}

func changes(list *link.Cases, i *triage.Item, matched map[string]bool) bool {
	marked, closed := list.Mark(i, i.Children)
	changed := closed != i.History.ClosedAt
	for n, c := range marked {
		if c.Case != "" {
			matched[c.Case] = true
		}
		changed = changed || c.Status != i.Children[n].Status || c.Worker != i.Children[n].Worker
	}
	return changed
}

// eachQueued visits every item of the queue, in no order that matters.
func (f *front) eachQueued(ctx context.Context, visit func(*triage.Item)) error {
	var last *triage.Row
	for {
		_, rows, err := f.Queue.Page(ctx, 0, 1<<53-1, last, 500)
		if err != nil {
			return err
		}
		for _, r := range rows {
			visit(r.Item)
		}
		if len(rows) < 500 {
			return nil
		}
		last = &rows[len(rows)-1]
	}
}

// appendCases appends the parts. A request_id that was used before gets its
// first answer: nothing is appended again.
func (s queueService) appendCases(ctx context.Context, d *front, h *pb.CaseListHeader, rows []triage.CaseRow) error {
	actor, ok := guard.Caller(ctx)
	if !ok {
		return fmt.Errorf("%w: no caller", triage.ErrInvalid)
	}
	if seq, err := d.Queue.Request(ctx, h.GetRequestId()); err != nil || seq != 0 {
		return err
	}
	list, parts := uuid.Must(uuid.NewV7()).String(), partsOf(rows)
	for n, part := range parts {
		_, _, err := d.Book.Append(ctx, tries, func(ctx context.Context, at uint64) (*triage.Commit, error) {
			snap, err := d.Queue.Load(ctx)
			if err != nil {
				return nil, err
			}
			if snap.Position != at {
				return nil, triage.ErrPosition
			}
			c := &triage.Commit{
				ID: uuid.Must(uuid.NewV7()).String(), Actor: actor, At: s.cfg.Now().UTC(), Through: snap.Ledger.Through,
				Events: []triage.Event{triage.CaseRows{List: list, AsOf: h.GetAsOf(), Part: n + 1, Parts: len(parts), Rows: part}},
			}
			if n == len(parts)-1 {
				c.RequestID = h.GetRequestId() // the list is in force: only now is the request done
			}
			return c, nil
		})
		if err != nil {
			return fmt.Errorf("case list part %d of %d: %w", n+1, len(parts), err)
		}
	}
	return nil
}

// partsOf cuts a list into what one commit holds each. A list without rows is
// one part: it takes every status of the last list back.
func partsOf(rows []triage.CaseRow) [][]triage.CaseRow {
	parts, size := [][]triage.CaseRow{nil}, 0
	for _, r := range rows {
		last := len(parts) - 1
		n := len(r.Case) + len(r.Given) + len(r.Family) + len(r.Address.Line) + len(r.Address.Postcode) + len(r.Worker) + 100
		if len(parts[last]) == partRows || size+n > partBytes {
			parts, size, last = append(parts, nil), 0, last+1
		}
		parts[last], size = append(parts[last], r), size+n
	}
	return parts
}
