package daemon_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/ppn-triage/ppn-triage/api/client"
	pb "github.com/ppn-triage/ppn-triage/api/triagev1"
	"github.com/ppn-triage/ppn-triage/cmd/internal/daemon"
	"github.com/ppn-triage/ppn-triage/triage/jet"
)

// burn is an invented notice that stands at RED.
const burn = "From: PC 7719 Ogilvie <ppn@wyp.police.example>\r\nTo: frontdoor@council.example\r\nSubject: PPN 13260400001\r\nMessage-ID: <burn@wyp.police.example>\r\n\r\n" +
	"Occurrence: 13260400001\r\nChild: Tom SAMPLE, DOB 03/02/2021, of 3 Mill Lane, Bradford BD8 9TZ\r\nMother: Mia SAMPLE, DOB 04/05/1994\r\n\r\n" +
	"Circumstances: neighbour called police. Tom has a burn to his left hand. He told\r\nofficers that his dad Ned SAMPLE held it on the hob because he was naughty.\r\n" +
	"Dad has not been arrested and is still at the home address. Mother was present.\r\n"

// TestTheBell: out of hours a RED mail calls the first place, whose server is
// down, and at once the second; what is sent says where to look and names nobody;
// the answer silences it.
func TestTheBell(t *testing.T) {
	down := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) }))
	t.Cleanup(down.Close)
	var calls atomic.Int32
	heard := make(chan map[string]any, 10)
	up := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var body map[string]any
		if err := json.NewDecoder(r.Body).Decode(&body); err == nil && r.Method == http.MethodPost {
			calls.Add(1)
			heard <- body
		}
	}))
	t.Cleanup(up.Close)

	cfg := config(t.TempDir())
	cfg.Calendar.Hours = map[string]string{strings.ToLower(time.Now().AddDate(0, 0, 3).Weekday().String()): "08:30-17:00"} // closed now
	cfg.Bell.Places = []daemon.BellPlace{{Name: "first", Webhook: urlFile(t, down.URL)}, {Name: "second", Webhook: urlFile(t, up.URL)}}
	d := start(t, cfg)
	pushMail(t, d.Addr().NATS, []byte(burn))

	var call map[string]any
	select {
	case call = <-heard:
	case <-time.After(time.Minute):
		t.Fatal("nobody is called")
	}
	id := fmt.Sprint(call["item_id"])
	if call["band"] != "RED" || call["front_door"] != "bradford" || call["step"] != 2.0 || call["answer"] != "triageq answer "+id || call["due"] == nil {
		t.Errorf("the call is %v", call)
	}
	if words := strings.ToLower(fmt.Sprint(call)); strings.Contains(words, "sample") || strings.Contains(words, "tom") || strings.Contains(words, "burn") {
		t.Errorf("the call says whom or what it is about: %v", call)
	}
	night, err := client.Dial(client.Options{Addr: d.Addr().GRPC, Actor: "night", Role: "edt"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = night.Close() })
	within(t, "that the calls are counted", func() bool {
		return figure(t, d, "ppn_bell_calls_total", `"first"`, "failed") == 1 && figure(t, d, "ppn_bell_calls_total", `"second"`, "sent") == 1 && figure(t, d, "ppn_bell_waiting") == 1
	})
	eve := dial(t, d.Addr().GRPC, "eve")
	within(t, "that the outcome is in the log", func() bool { return len(bellTrail(t, eve)) == 4 })
	r, err := night.Queue.AnswerBell(t.Context(), &pb.AnswerBellRequest{RequestId: uuid.NewString(), ItemId: id})
	if b := r.GetItem().GetBell(); err != nil || b.GetAnsweredBy() != "night" || b.GetTo() != "second" || b.GetOutcome() != "sent" || b.GetCalls() != 1 {
		t.Fatalf("AnswerBell = %v, %v", b, err)
	}
	within(t, "silence", func() bool { return figure(t, d, "ppn_bell_waiting") == 0 })
	if n := calls.Load(); n != 1 {
		t.Errorf("the second place was called %d times", n)
	}
	want := []string{"first calling", "first failed", "second calling", "second sent", "answered by night"}
	if got := bellTrail(t, eve); !slices.Equal(got, want) {
		t.Errorf("on the trail stands %q, want %q", got, want)
	}
}

func urlFile(t *testing.T, url string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "webhook.url")
	if err := os.WriteFile(path, []byte(url+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func pushMail(t *testing.T, natsURL string, mail []byte) {
	t.Helper()
	conn, err := jet.Connect(t.Context(), jet.Options{URL: natsURL})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	p, err := conn.Pusher("bradford")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.PublishNotice(t.Context(), "wyp", mail, ""); err != nil {
		t.Fatal(err)
	}
}

// bellTrail lists what the log says of the bell.
func bellTrail(t *testing.T, c *client.Client) (out []string) {
	t.Helper()
	events, err := c.Audit.ListEvents(t.Context(), &pb.ListEventsRequest{})
	for err == nil {
		var r *pb.ListEventsResponse
		if r, err = events.Recv(); err != nil {
			break
		}
		for _, e := range r.GetCommit().GetEvents() {
			if b := e.GetBellRung(); b != nil {
				out = append(out, b.GetTo()+" "+b.GetOutcome())
			}
			if e.GetBellAnswered() != nil {
				out = append(out, "answered by "+r.GetCommit().GetActor().GetName())
			}
		}
	}
	return out
}
