package daemon_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/redis/go-redis/v9"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/ppn-triage/ppn-triage/api/client"
	pb "github.com/ppn-triage/ppn-triage/api/triagev1"
	"github.com/ppn-triage/ppn-triage/cmd/internal/daemon"
	"github.com/ppn-triage/ppn-triage/triage/archive"
	"github.com/ppn-triage/ppn-triage/triage/redisq/redistest"
)

// canaries are words that stand for a family in the mails and in what people
// write, each in no other place of the world.
var canaries = []string{
	"Quoxley", "Zephanir", "Wibblethorpe", "ZZ97", "07700 900471", "07700900471", "2017-02-13", "13/02/2017", "13260987654", "Blorptree", "Snargle", // in mails
	"Drizzlewick", "Yandleton", // of an automatic mail, of an attachment
	"Plimsworth", "Grubblin", "Kerfuffin", "Murgatroy", // what people write
	"Ottavine", "Frobisherly", "Trundlemere", // of the case list
}

// find names the canaries in a text, in whatever case, also as base64.
func find(b []byte) (found []string) {
	low := bytes.ToLower(b)
	for _, c := range canaries {
		if bytes.Contains(low, []byte(strings.ToLower(c))) || bytes.Contains(b, []byte(base64.StdEncoding.EncodeToString([]byte(c))[:len(c)/3*4])) {
			found = append(found, c)
		}
	}
	return found
}

// loud is a writer that many write to.
type loud struct {
	lock sync.Mutex
	b    bytes.Buffer
}

func (l *loud) Write(p []byte) (int, error) {
	l.lock.Lock()
	defer l.lock.Unlock()
	return l.b.Write(p)
}

func (l *loud) take() []byte {
	l.lock.Lock()
	defer l.lock.Unlock()
	return slices.Clone(l.b.Bytes())
}

// cage is a service with canaries in it, and all that it lets out.
type cage struct {
	t          *testing.T
	cfg        daemon.Config
	d          *daemon.Daemon
	c          *client.Client
	log, spans *loud
	errs       *loud
	redis      *redis.Client
	js         jetstream.JetStream
}

func newCage(t *testing.T) *cage {
	t.Helper()
	k := &cage{t: t, cfg: config(t.TempDir()), log: &loud{}, spans: &loud{}, errs: &loud{}}
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewJSONHandler(k.log, &slog.HandlerOptions{Level: slog.LevelDebug})))
	t.Cleanup(func() { slog.SetDefault(before) })
	k.cfg.Redis.URL = redistest.URL(t)
	k.cfg.Traces.Endpoint = k.collector()
	k.d = start(t, k.cfg)
	var err error
	if k.c, err = client.Dial(client.Options{Addr: k.d.Addr().GRPC, Actor: "maria", Role: "manager"}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = k.c.Close() })
	opt, err := redis.ParseURL(k.cfg.Redis.URL)
	if err != nil {
		t.Fatal(err)
	}
	k.redis = redis.NewClient(opt)
	t.Cleanup(func() { _ = k.redis.Close() })
	conn, err := nats.Connect(k.d.Addr().NATS)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	if k.js, err = jetstream.New(conn); err != nil {
		t.Fatal(err)
	}
	return k
}

// collector takes in spans as they come, undecoded.
func (k *cage) collector() string {
	lis, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		k.t.Fatal(err)
	}
	srv := grpc.NewServer(grpc.UnknownServiceHandler(func(_ any, s grpc.ServerStream) error {
		var m emptypb.Empty
		if err := s.RecvMsg(&m); err != nil {
			return err
		}
		_, _ = k.spans.Write(m.ProtoReflect().GetUnknown())
		return s.SendMsg(&emptypb.Empty{})
	}))
	go func() { _ = srv.Serve(lis) }()
	k.t.Cleanup(srv.Stop)
	return lis.Addr().String()
}

var canaryMails = []string{
	"From: PC Snargle <snargle.quoxley@westyorks.police.example>\r\nTo: frontdoor@council.example\r\nSubject: PPN 13260987654 Zephanir QUOXLEY\r\nMessage-ID: <Quoxley1@westyorks.police.example>\r\n" +
		"Authentication-Results: mx.example; spf=pass smtp.mailfrom=snargle.quoxley@westyorks.police.example\r\n\r\n" +
		"PPN REF: 13260987654\r\nWHEN: 02/09/2026 18:40hrs\r\nWHERE: 12 Wibblethorpe Road, Bradford, ZZ97 4AB\r\nGRADING BY OFFICER: HIGH\r\nOFFICER: PC 4471 SNARGLE\r\n\r\n" +
		"PERSONS\r\n1) QUOXLEY, Zephanir / DOB 13/02/2017 / child / school Blorptree Primary / tel 07700 900471\r\n2) QUOXLEY, Barnabus / DOB 01/01/1985 / father\r\n\r\n" +
		"CIRCS\r\nThe father Barnabus Quoxley threatened to kill the mother and punched her. Zephanir was hit and has a bruise. They live on Wibblethorpe Road.\r\n\r\nRESULT\r\nFather arrested, Zephanir with her aunt in Wibblethorpe.\r\n",
	"From: PC Snargle <s@westyorks.police.example>\r\nTo: frontdoor@council.example\r\nSubject: PPN Quoxley again\r\nMessage-ID: <2@westyorks.police.example>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" +
		"--b\r\nContent-Type: text/plain\r\n\r\nPPN REF: 13260987655\r\nWHEN: 09/09/2026\r\nPERSONS\r\n1) QUOXLEY, Zephanir / DOB 13/02/2017 / child\r\nWHERE: 12 Wibblethorpe Road, Bradford, ZZ97 4AB\r\nCIRCS\r\nZephanir went missing from home.\r\n" +
		"--b\r\nContent-Type: application/pdf; name=\"Yandleton.pdf\"\r\nContent-Disposition: attachment; filename=\"Yandleton.pdf\"\r\n\r\n%PDF-1.4 Quoxley broken\r\n--b--\r\n",
	"From: Drizzlewick <drizzlewick@westyorks.police.example>\r\nTo: frontdoor@council.example\r\nSubject: Automatic reply: Drizzlewick is away\r\nAuto-Submitted: auto-replied\r\nMessage-ID: <Drizzlewick@police.example>\r\n\r\nDrizzlewick is away.\r\n",
	"From: x\r\nSubject: =?utf-8?B?UXVveGxleQ==?=\r\nContent-Type: multipart/mixed; boundary=Quoxley\r\n\r\n--Quoxley\r\nContent-Type: text/plain; charset=Wibblethorpe\r\n\r\nZephanir \xff\xfe Quoxley\r\n",
}

func (k *cage) push() {
	k.t.Helper()
	for _, m := range canaryMails {
		if _, err := k.js.Publish(k.t.Context(), "ppn.notice.bradford.wyp", []byte(m)); err != nil {
			k.t.Fatal(err)
		}
	}
}

// fails keeps what the caller is told of an error.
func (k *cage) fails(err error) {
	k.t.Helper()
	if err == nil {
		k.t.Error("a call was not refused")
		return
	}
	fmt.Fprintln(k.errs, err)
}

func (k *cage) must(err error) {
	k.t.Helper()
	if err != nil {
		k.t.Fatal(err)
	}
}

// live does everything that people do, right and wrong, with canaries in all
// that they write, and returns the items.
func (k *cage) live() (items []string) {
	k.t.Helper()
	ctx, q := k.t.Context(), k.c.Queue
	w := caseworld{t: k.t, manager: k.c}
	row := &pb.CaseListRow{CaseId: "Trundlemere-1", Given: "Ottavine", Family: "Quoxley", Dob: "2017-02-13", Status: "child_in_need", Worker: "Frobisherly", Address: &pb.Address{Line: "12 Wibblethorpe Road", Postcode: "ZZ97 4AB"}}
	if _, err := w.send(head("2026-09-01", false), row, &pb.CaseListRow{CaseId: "Trundlemere-2", Given: "Zephanir", Family: "Quoxley", Dob: "2017-02-13", Status: "none"}); err != nil {
		k.t.Fatal(err)
	}
	row.Nhs, row.Dob = "Wibblethorpe", "Quoxley"
	_, err := w.send(head("2026-09-01", false), row)
	k.fails(err)
	for _, i := range settled(k.t, k.c, 3) {
		id := i.GetId()
		items = append(items, id)
		claim, err := q.ClaimItem(ctx, &pb.ClaimItemRequest{RequestId: uuid.NewString(), ItemId: id})
		k.must(err)
		full, err := q.GetItem(ctx, &pb.GetItemRequest{ItemId: id})
		k.must(err)
		decide := &pb.DecideItemRequest{RequestId: uuid.NewString(), ItemId: id, Token: claim.GetToken()}
		for _, c := range full.GetItem().GetOpen() {
			decide.Decisions = append(decide.Decisions, &pb.Decision{ChildId: c, Outcome: "early_help", Rationale: "Plimsworth: Quoxley", SeenBy: "Plimsworth", Checks: []string{"Plimsworth"}, CaseId: "Plimsworth"})
		}
		_, err = q.DecideItem(ctx, decide)
		k.fails(err) // not opened
		for _, e := range full.GetItem().GetEntries() {
			_, err = k.c.Notice.GetNotice(ctx, &pb.GetNoticeRequest{NoticeId: e.GetNoticeId(), ItemId: id, RequestId: uuid.NewString()})
			k.must(err)
		}
		_, err = q.AskPolice(ctx, &pb.AskPoliceRequest{RequestId: uuid.NewString(), ItemId: id, Force: "Quoxley", Question: "Grubblin?"})
		k.fails(err)
		_, err = q.AskPolice(ctx, &pb.AskPoliceRequest{RequestId: uuid.NewString(), ItemId: id, Force: full.GetItem().GetEntries()[0].GetReading().GetForce(), Question: "Where is Grubblin?"})
		k.must(err)
		_, err = q.RecordInterim(ctx, &pb.RecordInterimRequest{RequestId: uuid.NewString(), ItemId: id, Words: "Kerfuffin rang", SafeWith: "Kerfuffin"})
		k.must(err)
		_, err = q.DecideItem(ctx, decide)
		k.must(err)
		_, err = q.PlaceHold(ctx, &pb.PlaceHoldRequest{RequestId: uuid.NewString(), ItemId: id, Reason: "Murgatroy"})
		k.must(err)
		_, err = q.EraseItem(ctx, &pb.EraseItemRequest{RequestId: uuid.NewString(), ItemId: id, Ground: "request"})
		k.fails(err)
		_, err = q.LiftHold(ctx, &pb.LiftHoldRequest{RequestId: uuid.NewString(), ItemId: id, Reason: "Murgatroy is over"})
		k.must(err)
		_, err = q.ExplainItem(ctx, &pb.ExplainItemRequest{ItemId: id})
		k.must(err)
	}
	_, err = q.ListItems(ctx, &pb.ListItemsRequest{PageToken: "Quoxley"})
	k.fails(err)
	_, err = q.GetItem(ctx, &pb.GetItemRequest{ItemId: "Quoxley"})
	k.fails(err)
	return items
}

// scan reports the canaries in what may never hold one.
func (k *cage) scan(when string, all map[string][]byte) {
	k.t.Helper()
	for what, b := range all {
		if len(b) == 0 {
			k.t.Errorf("%s: %s is empty: nothing was looked at", when, what)
		}
		for _, c := range find(b) {
			at := bytes.Index(bytes.ToLower(b), []byte(strings.ToLower(c)))
			k.t.Errorf("%s: %s holds %q: …%.120q", when, what, c, b[max(at-60, 0):])
		}
	}
}

// outlets are what leaves the service other than to its callers, and what is
// kept of the log: sealed from the first.
func (k *cage) outlets() map[string][]byte {
	k.t.Helper()
	res, err := http.Get("http://" + k.d.Addr().Metrics + "/metrics")
	k.must(err)
	metrics, err := io.ReadAll(res.Body)
	k.must(err)
	_ = res.Body.Close()
	all := map[string][]byte{"logs": k.log.take(), "traces": k.spans.take(), "errors": k.errs.take(), "metrics": metrics}
	for name := range k.js.StreamNames(k.t.Context()).Name() {
		st, err := k.js.Stream(k.t.Context(), name)
		k.must(err)
		info, err := st.Info(k.t.Context(), jetstream.WithSubjectFilter(">"))
		k.must(err)
		for s := range info.State.Subjects {
			all["subjects"] = append(all["subjects"], s+"\n"...)
		}
		if strings.Contains(name, "NOTICES") {
			continue // the mails as they came, until they age out
		}
		for seq := info.State.FirstSeq; seq <= info.State.LastSeq; seq++ {
			m, err := st.GetMsg(k.t.Context(), seq)
			if err == nil && !strings.Contains(m.Subject, ".feedback.") { // the force's own references and what it is asked, until they age out
				all["stream "+name] = append(append(all["stream "+name], m.Data...), '\n')
			}
		}
	}
	keys, err := k.redis.Keys(k.t.Context(), "*").Result()
	k.must(err)
	all["redis keys"] = []byte(strings.Join(keys, "\n"))
	for name, b := range files(k.t, k.cfg.Data) {
		all["file name "+name] = []byte(name)
		if strings.Contains(name, "archive") && !strings.HasSuffix(name, "lock") {
			all["file "+name] = b
		}
	}
	return all
}

// files are all files below a folder.
func files(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	all := map[string][]byte{}
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		all[strings.TrimPrefix(path, dir)] = b
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// values is everything that Redis holds.
func (k *cage) values() (all []byte) {
	k.t.Helper()
	lines, err := k.d.Export(k.t.Context(), "bradford")
	k.must(err)
	return []byte(strings.Join(lines, "\n"))
}

// forgotten waits until the keys of everything erased are gone, in both places.
func (k *cage) forgotten() {
	k.t.Helper()
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		r, err := archive.ReadKeys(filepath.Join(k.cfg.Data, "archive", "bradford"))
		k.must(err)
		left := 0
		k.must(r.EachKey(k.t.Context(), func(name string, wrapped []byte) error {
			if (name[0] == 'n' && name != "names" || name[0] == 'w') && len(wrapped) > 0 && name != "n3-t" { // the automatic mail's goes in time
				left++
			}
			return nil
		}))
		if left == 0 {
			return
		}
		if time.Now().After(end) {
			k.t.Fatalf("%d keys are left in the archive", left)
		}
	}
}

// aged lets a stream's messages age out, as they do after their time.
func (k *cage) aged(name string) {
	k.t.Helper()
	st, err := k.js.Stream(k.t.Context(), name)
	k.must(err)
	cfg := st.CachedInfo().Config
	cfg.MaxAge = 200 * time.Millisecond
	_, err = k.js.UpdateStream(k.t.Context(), cfg)
	k.must(err)
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		info, err := st.Info(k.t.Context())
		k.must(err)
		if info.State.Msgs == 0 {
			return
		}
		if time.Now().After(end) {
			k.t.Fatalf("%s does not age out", name)
		}
	}
}

// TestCanaries runs mails and people's words through the whole service: nothing
// of them is in what it lets out, and once they are erased, nowhere.
func TestCanaries(t *testing.T) {
	k := newCage(t)
	k.push()
	settled(t, k.c, len(canaryMails))
	items := k.live()
	quiet(t, k.d)
	if len(items) < 2 || len(find(k.values())) == 0 {
		t.Fatalf("%d items; the canaries in Redis are %v: they did not come in", len(items), find(k.values()))
	}
	show, err := k.c.Queue.GetItem(t.Context(), &pb.GetItemRequest{ItemId: items[0]})
	if err != nil || len(find([]byte(show.String()))) < 5 {
		t.Fatalf("a supervisor sees %v of %s, %v", find([]byte(show.String())), show, err)
	}
	time.Sleep(6 * time.Second) // spans go out every five seconds
	k.scan("before", k.outlets())

	for _, id := range items {
		_, err := k.c.Queue.EraseItem(t.Context(), &pb.EraseItemRequest{RequestId: uuid.NewString(), ItemId: id, Ground: "request"})
		k.must(err)
	}
	k.forgotten()
	quiet(t, k.d)
	before := export(t, k.cfg, k.d)
	k.must(k.redis.FlushAll(t.Context()).Err())
	settled(t, k.c, len(canaryMails))
	quiet(t, k.d)
	if after := export(t, k.cfg, k.d); !slices.Equal(before, after) {
		t.Errorf("Redis differs after a rebuild of what was erased: %d lines before, %d after", len(before), len(after))
	}
	all := k.outlets()
	all["redis values"] = k.values()
	k.scan("after the erasure", all)
	for _, id := range items {
		got, err := k.c.Queue.GetItem(t.Context(), &pb.GetItemRequest{ItemId: id})
		k.must(err)
		if found := find([]byte(got.String())); len(found) > 0 || got.GetItem().GetScore().GetBand() == 0 {
			t.Errorf("item %s shows %v", id, found)
		}
	}
	k.aged("PPN_NOTICES_BRADFORD")
	k.aged("PPN_OUT_BRADFORD")
	k.d.Stop()
	for name, b := range files(t, k.cfg.Data) {
		for _, c := range find(b) {
			t.Errorf("in the end: %s holds %q", name, c)
		}
	}
}
