package daemon

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ppn-triage/ppn-triage/triage/duty"
)

// relay is a mail server that takes one mail, or refuses the receiver.
func relay(t *testing.T, refuse bool) (addr string, got <-chan string) {
	t.Helper()
	lis, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = lis.Close() })
	heard := make(chan string, 1)
	go func() {
		conn, err := lis.Accept()
		if err != nil {
			return
		}
		defer func() { _ = conn.Close() }()
		heard <- converse(conn, refuse)
	}()
	return lis.Addr().String(), heard
}

func converse(conn net.Conn, refuse bool) string {
	said, data := "", false
	fmt.Fprint(conn, "220 relay.example\r\n")
	for lines := bufio.NewScanner(conn); lines.Scan(); {
		line := lines.Text()
		said += line + "\n"
		switch verb := strings.ToUpper(strings.SplitN(line, " ", 2)[0]); {
		case data && line == ".":
			data = false
			fmt.Fprint(conn, "250 taken\r\n")
		case data:
		case verb == "RCPT" && refuse:
			fmt.Fprint(conn, "550 nobody\r\n")
		case verb == "DATA":
			data = true
			fmt.Fprint(conn, "354 go on\r\n")
		case verb == "QUIT":
			fmt.Fprint(conn, "221 bye\r\n")
			return said
		default:
			fmt.Fprint(conn, "250 well\r\n")
		}
	}
	return said
}

var aCall = duty.Call{
	FrontDoor: "bradford", Item: "0191", Band: "RED", Due: time.Date(2026, 9, 7, 23, 0, 0, 0, time.UTC), Step: 3,
	Look: "triageq show 0191", Answer: "triageq answer 0191",
}

// TestTheBellByMail: the relay gets the call; one that refuses it, is silent or
// away is a failure within the time.
func TestTheBellByMail(t *testing.T) {
	addr, got := relay(t, false)
	if err := byMail(addr, "Triage <triage@council.example>", "manager@council.example")(t.Context(), aCall); err != nil {
		t.Fatal(err)
	}
	said := <-got
	for _, want := range []string{
		"MAIL FROM:<triage@council.example>", "RCPT TO:<manager@council.example>", "From: Triage <triage@council.example>", "To: manager@council.example",
		"Subject: RED waits in bradford: item 0191", "due 2026-09-07 23:00 UTC", "This is call 3.", "Look: triageq show 0191", "Answer: triageq answer 0191",
	} {
		if !strings.Contains(said, want) {
			t.Errorf("the relay was not told %q, but\n%s", want, said)
		}
	}
	addr, _ = relay(t, true)
	if err := byMail(addr, "triage@council.example", "manager@council.example")(t.Context(), aCall); err == nil {
		t.Error("a receiver that is refused is taken for one that was told")
	}
	mute, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr = mute.Addr().String()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := byMail(addr, "triage@council.example", "manager@council.example")(ctx, aCall); err == nil {
		t.Error("a relay that says nothing is taken for one that was told")
	}
	_ = mute.Close()
	if err := byMail(addr, "triage@council.example", "manager@council.example")(t.Context(), aCall); err == nil {
		t.Error("a relay that is away is taken for one that was told")
	}
}

// TestTheBellByWebhook: only 2xx has heard it, and no error holds the URL, which
// is a secret.
func TestTheBellByWebhook(t *testing.T) {
	for code, fails := range map[int]bool{200: false, 204: false, 302: true, 404: true, 500: true} {
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "/else")
			w.WriteHeader(code)
		}))
		err := byWebhook(srv.URL+"/s3cret")(t.Context(), aCall)
		if (err != nil) != fails || err != nil && strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%d gives %v", code, err)
		}
		srv.Close()
		if err := byWebhook(srv.URL+"/s3cret")(t.Context(), aCall); err == nil || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("a server that is away gives %v", err)
		}
	}
}

// TestTheBellRefuses a configuration by which nobody would be called, in words
// that name the place.
func TestTheBellRefuses(t *testing.T) {
	good := Bell{After: Duration(time.Minute), SMTP: "relay.example:25", From: "triage@council.example", Places: []BellPlace{{Name: "a", Webhook: "f"}, {Name: "b", Email: "b@council.example"}}}
	if err := good.validate(); err != nil {
		t.Errorf("a good one is refused: %v", err)
	}
	for want, change := range map[string]func(b *Bell){
		"after":             func(b *Bell) { b.After = 1 },
		"there twice":       func(b *Bell) { b.Places[1].Name = "a" },
		"one of them":       func(b *Bell) { b.Places[0].Webhook = "" },
		"email: no address": func(b *Bell) { b.Places[1].Email = "b" },
		"set smtp":          func(b *Bell) { b.SMTP = "" },
		"set from":          func(b *Bell) { b.From = "" },
		"bell: name":        func(b *Bell) { b.Places[0].Name = "" },
	} {
		b := good
		b.Places = append([]BellPlace(nil), good.Places...)
		change(&b)
		if err := b.validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
	path := filepath.Join(t.TempDir(), "url")
	for text, good := range map[string]bool{"https://ring.example/x\n": true, "http://127.0.0.1:1/x": true, "http://ring.example/s3cret": false, "": false, "s3cret": false} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := readWebhook(path); (err == nil) != good || err != nil && strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%q gives %v", text, err)
		}
	}
	if _, err := readWebhook(path + "x"); err == nil {
		t.Error("a file that is not there is read")
	}
}
