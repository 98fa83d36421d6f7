package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/ppn-triage/ppn-triage/api/client"
	pb "github.com/ppn-triage/ppn-triage/api/triagev1"
	"github.com/ppn-triage/ppn-triage/cmd/internal/daemon"
	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/archive"
	"github.com/ppn-triage/ppn-triage/triage/wire"
)

// desk is a person at the API.
type desk struct {
	*testing.T
	*client.Client
}

func deskOf(t *testing.T, d *daemon.Daemon, who string) desk {
	t.Helper()
	c, err := client.Dial(client.Options{Addr: d.Addr().GRPC, Actor: who, Role: "manager"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return desk{t, c}
}

func (d desk) must(err error) {
	d.Helper()
	if err != nil {
		d.Fatal(err)
	}
}

// queue is every item of the queue.
func (d desk) queue() (items []*pb.Item) {
	d.Helper()
	for token := ""; ; {
		r, err := d.Queue.ListItems(d.Context(), &pb.ListItemsRequest{PageSize: 50, PageToken: token})
		d.must(err)
		items = append(items, r.GetItems()...)
		if token = r.GetNextPageToken(); token == "" {
			return items
		}
	}
}

func (d desk) get(id string) *pb.Item {
	d.Helper()
	r, err := d.Queue.GetItem(d.Context(), &pb.GetItemRequest{ItemId: id})
	d.must(err)
	return r.GetItem()
}

// decide claims an item, reads its newest notice and decides on every child.
func (d desk) decide(id string) {
	d.Helper()
	claim, err := d.Queue.ClaimItem(d.Context(), &pb.ClaimItemRequest{ItemId: id, RequestId: uuid.NewString()})
	d.must(err)
	i := claim.GetItem()
	d.read(i)
	i = d.get(id)
	r := &pb.DecideItemRequest{ItemId: id, Token: i.GetClaim().GetToken(), Version: i.GetVersion(), RequestId: uuid.NewString()}
	for _, c := range i.GetOpen() {
		r.Decisions = append(r.Decisions, &pb.Decision{ChildId: c, Outcome: "no_further_action", Rationale: "seen at home and well", ParentSpoken: "yes"})
	}
	_, err = d.Queue.DecideItem(d.Context(), r)
	d.must(err)
}

// read opens the newest notice of an item.
func (d desk) read(i *pb.Item) {
	d.Helper()
	e := i.GetEntries()[len(i.GetEntries())-1]
	_, err := d.Notice.GetNotice(d.Context(), &pb.GetNoticeRequest{NoticeId: e.GetNoticeId(), ItemId: i.GetId()})
	d.must(err)
}

// busy is a service in which everything has happened that is worked out again:
// mails, corrections, a join, a split, a strike, a judged link, other rules.
func busy(t *testing.T) (d *daemon.Daemon, data string, decided string) {
	t.Helper()
	d, data = service(t)
	push(t, d, devMails(t))
	s := deskOf(t, d, "jo")
	items := s.queue()
	decided = items[0].GetId()
	s.decide(decided)
	s.read(s.get(decided)) // again: recorded beside the log
	var corrected, struck, split, linked bool
	for _, row := range items[1:] {
		i := s.get(row.GetId())
		many := len(i.GetEntries()) > 1
		switch {
		case !corrected && len(i.GetEntries()[0].GetReading().GetFacts()) > 0:
			corrected = true
			_, err := s.Queue.CorrectFact(t.Context(), &pb.CorrectFactRequest{
				ItemId: i.GetId(), Version: i.GetVersion(), NoticeId: i.GetEntries()[0].GetNoticeId(), Reason: "asked the officer", RequestId: uuid.NewString(),
				Polarity: pb.Polarity_POLARITY_ABSENT, Time: pb.FactTime_FACT_TIME_CURRENT, Holder: pb.Holder_HOLDER_HOME,
			})
			s.must(err)
		case !split && many:
			split = true
			_, err := s.Queue.SplitNotice(t.Context(), &pb.SplitNoticeRequest{
				ItemId: i.GetId(), Version: i.GetVersion(), NoticeId: i.GetEntries()[1].GetNoticeId(), Reason: "another family", RequestId: uuid.NewString(),
			})
			s.must(err)
		case !struck && many:
			struck = true
			_, err := s.Queue.StrikeNotice(t.Context(), &pb.StrikeNoticeRequest{
				ItemId: i.GetId(), Version: i.GetVersion(), NoticeId: i.GetEntries()[1].GetNoticeId(), Reason: "wrong child", RequestId: uuid.NewString(),
			})
			s.must(err)
		case !linked && len(i.GetLinks()) > 0:
			linked = true
			_, err := s.Queue.RejectLink(t.Context(), &pb.RejectLinkRequest{
				ItemId: i.GetId(), ToItemId: i.GetLinks()[0].GetToItemId(), Reason: "not the same", RequestId: uuid.NewString(),
			})
			s.must(err)
		}
	}
	items = s.queue()
	a, b := s.get(items[2].GetId()), s.get(items[len(items)-1].GetId())
	_, err := s.Queue.JoinItems(t.Context(), &pb.JoinItemsRequest{
		ItemId: a.GetId(), OtherItemId: b.GetId(), Version: a.GetVersion(), OtherVersion: b.GetVersion(), Reason: "one household", RequestId: uuid.NewString(),
	})
	s.must(err)
	if !corrected || !struck || !split || !linked {
		t.Fatal("the corpus lacks an item to correct, strike, split or judge")
	}
	s.caseList(items)
	otherRules(t, d, s)
	return d, data, decided
}

// caseList puts a list in force in which every child of the queue is known.
func (d desk) caseList(items []*pb.Item) {
	d.Helper()
	in, err := d.Queue.ImportCaseList(d.Context())
	d.must(err)
	d.must(in.Send(&pb.ImportCaseListRequest{Part: &pb.ImportCaseListRequest_Header{Header: &pb.CaseListHeader{RequestId: uuid.NewString(), AsOf: "2026-09-01"}}}))
	rows := 0
	for _, row := range items {
		for _, c := range d.get(row.GetId()).GetChildren() {
			p := c.GetPerson()
			if p.GetGiven() == "" || p.GetFamily() == "" || p.GetDob() == "" || p.GetDob() > "2026-09-01" {
				continue
			}
			rows++
			d.must(in.Send(&pb.ImportCaseListRequest{Part: &pb.ImportCaseListRequest_Row{Row: &pb.CaseListRow{
				CaseId: fmt.Sprint("L", rows), Given: p.GetGiven(), Family: p.GetFamily(), Dob: p.GetDob(), Status: "child_protection",
			}}}))
		}
	}
	out, err := in.CloseAndRecv()
	d.must(err)
	if out.GetMatched() == 0 || rows < 20 {
		d.Errorf("of %d children of the list %d are known", rows, out.GetMatched())
	}
}

// otherRules activates lighter rules and waits until all is scored by them.
func otherRules(t *testing.T, d *daemon.Daemon, s desk) {
	t.Helper()
	rs, err := compileRules(lighter(t))
	s.must(err)
	_, err = s.Rules.ActivateRuleset(t.Context(), &pb.ActivateRulesetRequest{Archive: rs.Bytes, RequestId: uuid.NewString()})
	s.must(err)
	push(t, d, devMails(t)[:5]) // resends, and the rescorer beside them
}

func exported(t *testing.T, d *daemon.Daemon, data string) (to, key string) {
	t.Helper()
	to, key = filepath.Join(t.TempDir(), "export"), filepath.Join(data, "master.key")
	must(t, "export", "--nats", d.Addr().NATS, "--to", to, "--master-key", key)
	return to, key
}

// TestReplayTheSame does a busy day again: nothing differs.
func TestReplayTheSame(t *testing.T) {
	d, data, _ := busy(t)
	to, key := exported(t, d, data)
	out := must(t, "replay", to, "--master-key", key)
	if !strings.Contains(out, "good: this program makes the same of everything") || !strings.Contains(out, "85 notices read, linked and scored again, 0 linked") {
		t.Errorf("replay =\n%s", out)
	}
	kinds := map[string]int{}
	for _, c := range commitsOf(t, to) {
		for _, e := range c.Events {
			switch e := e.(type) {
			case triage.ItemScored:
				if e.Rescore {
					kinds["rescored"]++
				}
			case triage.NoticeSplit, triage.ItemJoined, triage.FactCorrected, triage.NoticeStruck, triage.LinkJudged:
				kinds["amended"]++
			}
		}
	}
	if kinds["rescored"] < 5 || kinds["amended"] != 5 {
		t.Errorf("too little has happened to be done again: %v", kinds)
	}
	if out := must(t, "replay", filepath.Join(data, "archive", "bradford"), "--master-key", key); !strings.Contains(out, "good:") {
		t.Errorf("replay of the daemon's own archive =\n%s", out)
	}
}

// copied is an export to be damaged.
func copied(t *testing.T, whole string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(whole)); err != nil {
		t.Fatal(err)
	}
	return dir
}

// ran is what the program prints, and says of its failure.
func ran(t *testing.T, args ...string) (out, errs string) {
	t.Helper()
	_, out, errs = auditreplay(t, args...)
	return out, errs
}

// TestReplayErased: after an erasure the log still folds, verifies and is done
// again; whatever would be another for it is put down to it.
func TestReplayErased(t *testing.T) {
	d, data, decided := busy(t)
	s := deskOf(t, d, "jo")
	_, err := s.Queue.EraseItem(t.Context(), &pb.EraseItemRequest{ItemId: decided, Ground: "request", RequestId: uuid.NewString()})
	s.must(err)
	push(t, d, devMails(t)[:3]) // until the keys are deleted
	to, key := exported(t, d, data)
	must(t, "verify", to, "--fold", "--master-key", key)
	out := must(t, "replay", to, "--master-key", key)
	if strings.Contains(out, "(0 of them erased)") || !strings.Contains(out, "made again") {
		t.Errorf("nothing was erased, or nothing made again:\n%s", out)
	}
	for line := range strings.Lines(out) {
		if strings.Contains(line, ": none (") || strings.Contains(line, ": data (") || strings.Contains(line, ": program (") {
			t.Errorf("an erasure is put down to something else: %s", line)
		}
	}
	told := must(t, "explain", decided, "--export", to, "--master-key", key)
	if !strings.Contains(told, "erased (request): the words of its notices and the mails") || strings.Contains(told, "seen at home and well") || !strings.Contains(told, "decided on child c1 no_further_action") {
		t.Errorf("explain of an erased item =\n%s", told)
	}
	must(t, "at", to, time.Now().UTC().Format(time.RFC3339), "--json", "--master-key", key)
	must(t, "whatif", to, "--rules", lighter(t), "--all", "--reread", "--master-key", key)
}

func commitsOf(t *testing.T, dir string) (all []triage.Commit) {
	t.Helper()
	a, err := archive.OpenReadOnly(filepath.Join(dir, commitsDir), "")
	if err != nil {
		t.Fatal(err)
	}
	err = decoded(a, func(c *triage.Commit, _ archive.Record) error { all = append(all, *c); return nil })
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// recommit writes commits of an export anew.
func recommit(change func([]triage.Commit)) func(*testing.T, string) {
	return func(t *testing.T, dir string) {
		t.Helper()
		all := commitsOf(t, dir)
		change(all)
		rewrite(commitsDir, func(rs []archive.Record) []archive.Record {
			for n := range rs {
				b, err := wire.EncodeCommit(all[n])
				if err != nil {
					t.Fatal(err)
				}
				rs[n].Data = b
			}
			return rs
		})(t, dir)
	}
}

// events changes the events of one kind.
func events[E triage.Event](change func(e *E)) func([]triage.Commit) {
	return func(all []triage.Commit) {
		for _, c := range all {
			for n, e := range c.Events {
				if e, ok := e.(E); ok {
					change(&e)
					c.Events[n] = e
				}
			}
		}
	}
}

// first changes only the first of what it is given.
func first[E any](change func(*E)) func(*E) {
	done := false
	return func(e *E) {
		if !done {
			done = true
			change(e)
		}
	}
}

// TestReplayNamesTheCause plants each kind of difference.
func TestReplayNamesTheCause(t *testing.T) {
	whole := exportOf(t, devMails(t)[:12], nil)
	must(t, "replay", whole)
	raise := func(e *triage.ItemScored) { e.Score.Points++ }
	for name, c := range map[string]struct {
		damage func(*testing.T, string)
		want   []string
	}{
		"a score of nowhere": {recommit(events(first(raise))), []string{"ItemScored of item", "Score.Points: none (rules, program and mails are those of then)", "1 differences, cause none"}},
		"another version": {recommit(func(all []triage.Commit) {
			events(func(e *triage.NoticeRead) { e.Program = "v0" })(all)
			events(first(raise))(all)
		}), []string{"Score.Points: program (made by version v0, this is", "12 notices were read by version v0", "1 differences, cause program"}},
		"other rules": {recommit(events(first(func(e *triage.ItemScored) { e.Score.Ruleset = "0123456789abcdef" }))), []string{"Score.Ruleset: rules (scored by ruleset 0123456789ab, in force was "}},
		"another mail": {rewrite(noticesDir, func(rs []archive.Record) []archive.Record {
			rs[3].Data = append(rs[3].Data, " He held a knife to her throat."...)
			return rs
		}), []string{"NoticeRead: SHA256: data (the mails of notices [4] are not those that were read)"}},
		"an event that is not there": {recommit(func(all []triage.Commit) { all[2].Events = all[2].Events[:1] }), []string{"commit 3: ItemOpened of item", "only now: none"}},
	} {
		t.Run(name, func(t *testing.T) {
			dir := copied(t, whole)
			c.damage(t, dir)
			out, err := ran(t, "replay", dir)
			if !strings.Contains(err, "replay: ") {
				t.Errorf("replay ended with %q", err)
			}
			for _, want := range c.want {
				if !strings.Contains(out, want) {
					t.Errorf("no %q in\n%s", want, out)
				}
			}
		})
	}
}

// TestReplayWithoutMails: what has aged out is linked and scored as it was read.
func TestReplayWithoutMails(t *testing.T) {
	dir := copied(t, exportOf(t, devMails(t)[:20], nil))
	rewrite(noticesDir, func(rs []archive.Record) []archive.Record { return rs[15:] })(t, dir)
	if out := must(t, "replay", dir); !strings.Contains(out, "5 notices read, linked and scored again, 15 linked and scored as they were read then (0 of them erased)") {
		t.Errorf("replay =\n%s", out)
	}
	recommit(events(first(func(e *triage.ItemScored) { e.Score.Band = triage.Blue })))(t, dir)
	if out, _ := ran(t, "replay", dir); !strings.Contains(out, "commit 2 event 2: ItemScored") || !strings.Contains(out, "Score.Band") {
		t.Errorf("replay of another score =\n%s", out)
	}
}

// TestAt shows the queue before and after a decision.
func TestAt(t *testing.T) {
	d, data, decided := busy(t)
	to, key := exported(t, d, data)
	var before, after time.Time
	for _, c := range commitsOf(t, to) {
		for _, e := range c.Events {
			if e, ok := e.(triage.Decided); ok && string(e.Item) == decided {
				before, after = c.At.Add(-time.Nanosecond), c.At
			}
		}
	}
	out := must(t, "at", to, before.Format(time.RFC3339Nano))
	if !strings.Contains(out, decided) || !strings.Contains(out, "held by jo") || !strings.HasPrefix(out, "bradford at ") {
		t.Errorf("at, before the decision:\n%s", out)
	}
	if out := must(t, "at", to, after.Format(time.RFC3339Nano)); strings.Contains(out, decided) {
		t.Errorf("at, after the decision:\n%s", out)
	}
	if out := must(t, "at", to, before.Format(time.RFC3339Nano), "--json", "--master-key", key); !strings.Contains(out, `"id":"`+decided+`"`) {
		t.Errorf("at --json:\n%.300s", out)
	}
	if out := must(t, "at", to, "2001-01-01T00:00:00Z"); !strings.Contains(out, "after commit 0: 0 notices taken in, 0 items ever, 0 in the queue") {
		t.Errorf("at, before everything:\n%s", out)
	}
}

// TestExplainItem tells who saw, claimed and decided an item, on which words,
// and who looked at it again.
func TestExplainItem(t *testing.T) {
	d, data, decided := busy(t)
	to, key := exported(t, d, data)
	out := must(t, "explain", decided[:13], "--export", to, "--master-key", key)
	order := []string{"opened the item: new", "scored RED", "“", "jo (unverified): claimed it until", "opened the text of notice", "decided on child c1 no_further_action: seen at home and well",
		"parent spoken to: yes", "of its 1 notices the person had opened ", "looked at the", "now decided"}
	at := 0
	for _, want := range order {
		n := strings.Index(out[at:], want)
		if n < 0 {
			t.Fatalf("no %q after place %d of\n%s", want, at, out)
		}
		at += n
	}
	refused(t, `item "ffff": not found in this export`, "explain", "ffff", "--export", to)
	refused(t, "items begin so", "explain", "", "--export", to)
}

// TestReads lists first looks and later views.
func TestReads(t *testing.T) {
	d, data, decided := busy(t)
	to, _ := exported(t, d, data)
	out := must(t, "reads", to, "--by", "jo")
	if !strings.Contains(out, "notice, first look") || !strings.Contains(out, "jo (unverified)  manager  item ") {
		t.Errorf("reads =\n%s", out)
	}
	if out := must(t, "reads", to, "--by", "nobody"); strings.Count(out, "\n") != 1 {
		t.Errorf("reads of nobody =\n%s", out)
	}
	csv := must(t, "reads", to, "--id", decided, "--csv")
	if !strings.HasPrefix(csv, "when,who,verified,role,what,first,id\n") || strings.Count(csv, decided) != strings.Count(csv, "\n")-1 || strings.Count(csv, "\n") < 2 {
		t.Errorf("reads --csv =\n%s", csv)
	}
	if out := must(t, "reads", to, "--since", time.Now().Add(time.Hour).UTC().Format(time.RFC3339)); strings.Count(out, "\n") != 1 {
		t.Errorf("reads of the future =\n%s", out)
	}
}
