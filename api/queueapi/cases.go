package queueapi

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/google/uuid"
	"google.golang.org/grpc"

	"github.com/ppn-triage/ppn-triage/api/guard"
	pb "github.com/ppn-triage/ppn-triage/api/triagev1"
	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/link"
)

// partRows keeps a part of a case list far below the 1 MB of a commit.
const partRows = 1500

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
	case !isDay(h.GetAsOf()):
		return nil, invalid("header.as_of", "the day of the list, YYYY-MM-DD")
	}
	rows, problems, err := receiveCases(in)
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

func receiveCases(in grpc.ClientStreamingServer[pb.ImportCaseListRequest, pb.ImportCaseListResponse]) (rows []triage.CaseRow, problems []*pb.CaseListProblem, err error) {
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
		row, problem := readCase(m.GetRow())
		if problem != "" {
			problems = append(problems, &pb.CaseListProblem{Row: n, Problem: problem})
			continue
		}
		rows = append(rows, row)
	}
}

// readCase checks a row. What it says of a bad one holds no word of it.
func readCase(r *pb.CaseListRow) (triage.CaseRow, string) {
	statuses := []string{"child_protection", "looked_after", "child_in_need", "none"}
	switch {
	case blank(r.GetCaseId()):
		return triage.CaseRow{}, "case_id is missing"
	case blank(r.GetFamily()) && blank(r.GetGiven()):
		return triage.CaseRow{}, "given and family name are missing"
	case r.GetDob() != "" && !isDay(r.GetDob()):
		return triage.CaseRow{}, "dob is no date of the form YYYY-MM-DD"
	case r.GetClosedAt() != "" && !isDay(r.GetClosedAt()):
		return triage.CaseRow{}, "closed_at is no date of the form YYYY-MM-DD"
	case !slices.Contains(statuses, r.GetStatus()):
		return triage.CaseRow{}, "status is none of child_protection, looked_after, child_in_need, none"
	}
	return triage.CaseRow{
		Case: r.GetCaseId(), Given: r.GetGiven(), Family: r.GetFamily(), DOB: r.GetDob(), NHS: r.GetNhs(), UPN: r.GetUpn(),
		Address: triage.Address{Line: r.GetAddress().GetLine(), Postcode: r.GetAddress().GetPostcode()},
		Status:  r.GetStatus(), ClosedAt: r.GetClosedAt(), Worker: r.GetWorker(),
	}, ""
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
	list, parts := uuid.Must(uuid.NewV7()).String(), slices.Collect(slices.Chunk(rows, partRows))
	if len(parts) == 0 {
		parts = [][]triage.CaseRow{nil} // an empty list takes every status of the last one back
	}
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
