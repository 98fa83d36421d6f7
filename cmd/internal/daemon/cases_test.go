package daemon_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/ppn-triage/ppn-triage/api/client"
	pb "github.com/ppn-triage/ppn-triage/api/triagev1"
)

// caseworld is a daemon with three children of three families in its queue.
type caseworld struct {
	t       *testing.T
	manager *client.Client
	items   []string // of the children's mails, by their number
	before  map[string]*pb.Item
}

func newCaseworld(t *testing.T) *caseworld {
	t.Helper()
	d := start(t, config(t.TempDir()))
	push(t, d.Addr().NATS, 0, 3)
	c, err := client.Dial(client.Options{Addr: d.Addr().GRPC, Actor: "maria", Role: "manager"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	w := &caseworld{t: t, manager: c, items: make([]string, 3), before: map[string]*pb.Item{}}
	for _, i := range settled(t, c, 3) {
		full := w.item(i.GetId())
		w.items[int(full.GetEntries()[0].GetSequence())-1] = i.GetId()
		w.before[i.GetId()] = full
	}
	return w
}

func (w *caseworld) item(id string) *pb.Item {
	w.t.Helper()
	i, err := w.manager.Queue.GetItem(w.t.Context(), &pb.GetItemRequest{ItemId: id})
	if err != nil {
		w.t.Fatal(err)
	}
	return i.GetItem()
}

// row is the child of a mail in the case system.
func (w *caseworld) row(n int, word string) *pb.CaseListRow {
	p := w.before[w.items[n]].GetChildren()[0].GetPerson()
	return &pb.CaseListRow{
		CaseId: fmt.Sprint("L", n), Given: p.GetGiven(), Family: p.GetFamily(), Dob: p.GetDob(),
		Address: &pb.Address{Line: p.GetAddress().GetLine(), Postcode: p.GetAddress().GetPostcode()}, Status: word, Worker: "A. Worker",
	}
}

// others are children that no notice is about.
func others(n int) (rows []*pb.CaseListRow) {
	for k := range n {
		rows = append(rows, &pb.CaseListRow{CaseId: fmt.Sprint("X", k), Given: "Elsewhere", Family: fmt.Sprint("Nobody", k), Dob: "2014-05-02", Status: "child_in_need"})
	}
	return rows
}

func head(asOf string, dry bool) *pb.CaseListHeader {
	return &pb.CaseListHeader{RequestId: uuid.NewString(), AsOf: asOf, DryRun: dry}
}

func (w *caseworld) send(h *pb.CaseListHeader, rows ...*pb.CaseListRow) (*pb.ImportCaseListResponse, error) {
	in, err := w.manager.Queue.ImportCaseList(w.t.Context())
	if err != nil {
		return nil, err
	}
	err = in.Send(&pb.ImportCaseListRequest{Part: &pb.ImportCaseListRequest_Header{Header: h}})
	for _, r := range rows {
		if err != nil {
			break
		}
		err = in.Send(&pb.ImportCaseListRequest{Part: &pb.ImportCaseListRequest_Row{Row: r}})
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	return in.CloseAndRecv()
}

// parts lists the parts of case lists in the log: "list part/parts".
func (w *caseworld) parts() (out []string) {
	w.t.Helper()
	ctx, cancel := context.WithCancel(w.t.Context())
	defer cancel()
	log, err := w.manager.Audit.ListEvents(ctx, &pb.ListEventsRequest{})
	if err != nil {
		w.t.Fatal(err)
	}
	for {
		m, err := log.Recv()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			w.t.Fatal(err)
		}
		for _, e := range m.GetCommit().GetEvents() {
			if r := e.GetCaseRows(); r != nil {
				out = append(out, fmt.Sprintf("%s %d/%d", r.GetListId(), r.GetPart(), r.GetParts()))
			}
		}
	}
}

// until waits for what the rescorer does.
func (w *caseworld) until(what string, id string, ok func(i *pb.Item) bool) *pb.Item {
	w.t.Helper()
	var i *pb.Item
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(30 * time.Millisecond) {
		if i = w.item(id); ok(i) {
			return i
		}
	}
	w.t.Fatalf("%s: the item stays as it was: child %v, %d points", what, i.GetChildren(), i.GetScore().GetPoints())
	return nil
}

func first(i *pb.Item) *pb.Child { return i.GetChildren()[0] }

// TestCaseList puts lists in force: each as a whole, each matched with the
// children of the queue, which are scored anew.
func TestCaseList(t *testing.T) {
	w := newCaseworld(t)
	plan, need := w.items[0], w.items[1]

	dry, err := w.send(head("2026-09-01", true), w.row(0, "child_protection"), others(1)[0])
	if err != nil || dry.GetRows() != 2 || dry.GetMatched() != 1 || fmt.Sprint(dry.GetItemIds()) != fmt.Sprint([]string{plan}) {
		t.Fatalf("a dry run = %v, %v; want one of two rows matched, item %s", dry, err, plan)
	}
	if got := w.parts(); got != nil {
		t.Errorf("a dry run left %v in the log", got)
	}

	h := head("2026-09-01", false)
	rows := append(others(3500), w.row(0, "child_protection"), w.row(1, "child_in_need"))
	if _, err := w.send(h, rows...); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		id, status string
		points     int32
	}{{plan, "child_protection", 1500}, {need, "child_in_need", 800}} {
		i := w.until("import", c.id, func(i *pb.Item) bool { return first(i).GetStatus() != "" })
		if ch := first(i); ch.GetStatus() != c.status || ch.GetStatusAsOf() != "2026-09-01" || !ch.GetStatusByList() || ch.GetWorker() != "A. Worker" {
			t.Errorf("after the import the child is %v", ch)
		}
		if more := i.GetScore().GetPoints() - w.before[c.id].GetScore().GetPoints(); more != c.points {
			t.Errorf("%s adds %d hundredths of a point, want %d", c.status, more, c.points)
		}
		if i.GetSummary().GetState() != pb.ItemState_ITEM_STATE_WAITING {
			t.Errorf("an item of a child with a worker is %s, want it to wait", i.GetSummary().GetState())
		}
	}
	once := w.parts()
	if len(once) != 3 {
		t.Errorf("3,502 rows came in parts %v, want three", once)
	}
	if _, err := w.send(h, rows...); err != nil {
		t.Errorf("the same request again = %v, want its first answer", err)
	}
	if again := w.parts(); len(again) != len(once) {
		t.Errorf("the same request again left %d parts, want the %d of the first", len(again), len(once))
	}

	if _, err := w.send(head("2026-08-31", false), w.row(2, "looked_after")); status.Code(err) != codes.InvalidArgument {
		t.Errorf("a list older than the one in force = %v, want InvalidArgument", err)
	}
	if _, err := w.send(head("2026-09-02", false), w.row(1, "looked_after")); err != nil {
		t.Fatal(err)
	}
	gone := w.until("a child gone from the list", plan, func(i *pb.Item) bool { return first(i).GetStatus() == "" || i.GetProposed() != nil })
	if p := gone.GetProposed(); p == nil && gone.GetScore().GetPoints() != w.before[plan].GetScore().GetPoints() {
		t.Errorf("a child that the list holds no more has %d points", gone.GetScore().GetPoints())
	}
	w.until("another status", need, func(i *pb.Item) bool {
		return first(i).GetStatus() == "looked_after" && i.GetScore().GetPoints()-w.before[need].GetScore().GetPoints() == 1500
	})
	if _, err := w.send(head("2026-09-03", false)); err != nil {
		t.Fatalf("an empty list = %v", err)
	}
	w.until("an empty list", need, func(i *pb.Item) bool { return first(i).GetStatus() == "" || i.GetProposed() != nil })
	if _, err := w.send(head("2026-09-04", false), w.row(1, "looked_after"), w.row(2, "looked_after")); err != nil {
		t.Fatal(err)
	}
	w.until("back on a list", need, func(i *pb.Item) bool { return first(i).GetStatus() == "looked_after" && i.GetProposed() == nil })
	w.until("new on a list", w.items[2], func(i *pb.Item) bool { return first(i).GetStatus() == "looked_after" })
}

// TestCaseListRefusals: a list with a bad row is refused as a whole, and what
// is said of the row holds no word of it.
func TestCaseListRefusals(t *testing.T) {
	w := newCaseworld(t)
	bad := func(change func(r *pb.CaseListRow)) *pb.CaseListRow {
		r := &pb.CaseListRow{CaseId: "CANARYID", Given: "CANARYGIVEN", Family: "CANARYFAMILY", Dob: "2014-05-02", Status: "none"}
		change(r)
		return r
	}
	for want, r := range map[string]*pb.CaseListRow{
		"case_id is missing":               bad(func(r *pb.CaseListRow) { r.CaseId = " " }),
		"given and family name":            bad(func(r *pb.CaseListRow) { r.Given, r.Family = "", " " }),
		"dob is no date":                   bad(func(r *pb.CaseListRow) { r.Dob = "31/31/2014 CANARY" }),
		"after the day of the list":        bad(func(r *pb.CaseListRow) { r.Dob = "2026-09-02" }),
		"closed_at is no date":             bad(func(r *pb.CaseListRow) { r.ClosedAt = "soon CANARY" }),
		"status is none of":                bad(func(r *pb.CaseListRow) { r.Status = "CANARY" }),
		"no NHS number":                    bad(func(r *pb.CaseListRow) { r.Nhs = "999 000 0019" }),
		"no unique pupil number":           bad(func(r *pb.CaseListRow) { r.Upn = "CANARY" }),
		"longer than 300 bytes":            bad(func(r *pb.CaseListRow) { r.Worker = strings.Repeat("CANARY", 60) }),
		"case_id stands on an earlier row": bad(func(r *pb.CaseListRow) { r.CaseId = "L0" }),
	} {
		_, err := w.send(head("2026-09-01", false), w.row(0, "child_protection"), r, w.row(1, "child_in_need"))
		if s := status.Convert(err); s.Code() != codes.InvalidArgument || !strings.Contains(s.Message(), "row 2") || !strings.Contains(s.Message(), want) || strings.Contains(fmt.Sprint(s.Message(), s.Details()), "CANARY") {
			t.Errorf("a bad second row = %v, want InvalidArgument for row 2 with %q and no word of it", err, want)
		}
		dry, err := w.send(head("2026-09-01", true), w.row(0, "child_protection"), r)
		if err != nil || len(dry.GetProblems()) != 1 || dry.GetProblems()[0].GetRow() != 2 || !strings.Contains(dry.GetProblems()[0].GetProblem(), want) {
			t.Errorf("a dry run = %v, %v; want one problem in row 2 with %q", dry, err, want)
		}
	}
	for want, h := range map[string]*pb.CaseListHeader{
		"request_id": {RequestId: "x", AsOf: "2026-09-01"},
		"as_of":      {RequestId: uuid.NewString(), AsOf: "01/09/2026"},
		"today at":   {RequestId: uuid.NewString(), AsOf: time.Now().AddDate(0, 0, 2).Format(time.DateOnly)},
	} {
		if _, err := w.send(h, w.row(0, "none")); status.Code(err) != codes.InvalidArgument || !strings.Contains(err.Error(), want) {
			t.Errorf("header %v = %v, want InvalidArgument with %q", h, err, want)
		}
	}
	if got := w.parts(); got != nil {
		t.Errorf("refused lists left %v in the log", got)
	}
}

// TestCaseListsAtOnce: of lists that come at once each is in force as a whole
// or not at all, and at least one is.
func TestCaseListsAtOnce(t *testing.T) {
	w := newCaseworld(t)
	var wg sync.WaitGroup
	answers := make([]error, 4)
	for n := range answers {
		wg.Go(func() {
			child := w.row(0, "child_in_need")
			child.CaseId = fmt.Sprint("C", n)
			_, answers[n] = w.send(head("2026-09-01", false), append([]*pb.CaseListRow{child}, others(3200)...)...)
		})
	}
	wg.Wait()
	done := map[string]bool{}
	for n, err := range answers {
		switch status.Code(err) {
		case codes.OK:
			done[fmt.Sprint("C", n)] = true
		case codes.FailedPrecondition, codes.Aborted: // another one began
		default:
			t.Errorf("list %d = %v", n, err)
		}
	}
	if len(done) == 0 {
		t.Fatalf("none of four lists came into force: %v", answers)
	}
	i := w.until("one list of four", w.items[0], func(i *pb.Item) bool { return first(i).GetCaseId() != "" })
	if got := first(i).GetCaseId(); !done[got] {
		t.Errorf("the list in force is %s, which was refused", got)
	}
}
