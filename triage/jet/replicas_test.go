package jet

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go/jetstream"
)

// TestACopyThatHasLostMessages is named by its own count, as a server showed it
// after one flipped bit in an older block: the others and the leader knew of
// nothing.
func TestACopyThatHasLostMessages(t *testing.T) {
	created := time.Date(2026, 9, 7, 8, 0, 0, 0, time.UTC)
	answer := func(stream, state string) jsServer {
		var s jsServer
		text := `{"account_details":[{"stream_detail":[{"name":"` + stream + `","created":"2026-09-07T08:00:00Z","state":` + state + `}]}]}`
		if err := json.Unmarshal([]byte(text), &s.JS); err != nil {
			t.Fatal(err)
		}
		return s
	}
	info := &jetstream.StreamInfo{Created: created, Config: jetstream.StreamConfig{Name: "A", Replicas: 3}}
	for _, tt := range []struct {
		stream, state, want string
		ages                bool
	}{
		{"A", `{"messages":301,"first_seq":1,"last_seq":301}`, "", false},
		{"A", `{"messages":0,"first_seq":0,"last_seq":0}`, "", false},
		{"A", `{"messages":259,"first_seq":1,"last_seq":301}`, "stream A on n1: 42 of its sequences 1 to 301 are missing", false},
		{"A", `{"messages":301,"first_seq":1,"last_seq":301,"num_deleted":2}`, "stream A on n1: 2 of its messages were deleted", false},
		{"A", `{"messages":200,"first_seq":102,"last_seq":301}`, "stream A on n1: its sequences 1 to 101 are missing", false},
		{"A", `{"messages":200,"first_seq":102,"last_seq":301}`, "", true},
	} {
		s := answer(tt.stream, tt.state)
		s.Name = "n1"
		got := ""
		for server, c := range copiesOf([]jsServer{answer("B", `{}`), s}, info) {
			if err := c.fault(server, tt.ages); err != nil {
				got = err.Error()
			}
		}
		if got != tt.want {
			t.Errorf("of %s: %q, want %q", tt.state, got, tt.want)
		}
	}
	other := *info
	other.Created = created.Add(time.Second)
	if c := copiesOf([]jsServer{answer("A", `{}`)}, &other); len(c) > 0 {
		t.Errorf("another stream's copies: %v", c)
	}
}

// TestPeersThatLag are told by the leader.
func TestPeersThatLag(t *testing.T) {
	info := &jetstream.StreamInfo{Config: jetstream.StreamConfig{Name: "A"}, Cluster: &jetstream.ClusterInfo{Replicas: []*jetstream.PeerInfo{
		{Name: "n1", Current: true}, {Name: "n2", Offline: true}, {Name: "n3", Lag: lagging + 1},
	}}}
	got := errors.Join(peers(info)...).Error()
	if got != "stream A: its copy on n2 is offline\nstream A: its copy on n3 is 1001 messages behind" {
		t.Errorf("peers = %q", got)
	}
}

// TestContiguousAsksTheMonitoringPorts, and says which of them is silent.
func TestContiguousAsksTheMonitoringPorts(t *testing.T) {
	ns := rawServer(t, server.Options{JetStream: true, StoreDir: t.TempDir(), SyncAlways: true, HTTPHost: "127.0.0.1", HTTPPort: -1})
	c := connect(t, Options{URL: ns.ClientURL(), Monitor: []string{"http://" + ns.MonitorAddr().String()}})
	l := openLog(t, c)
	push(t, l, 1, 3)
	if faults, err := l.Contiguous(testContext(t)); err != nil || len(faults) > 0 {
		t.Errorf("Contiguous = %v, %v", faults, err)
	}
	info, err := l.info(testContext(t), l.noticesName())
	if err != nil {
		t.Fatal(err)
	}
	servers, err := c.servers(testContext(t))
	if err != nil || len(copiesOf(servers, info)) != 1 {
		t.Errorf("the server's own copy was not found among %+v, %v", servers, err)
	}
	c.opts.Monitor = append(c.opts.Monitor, "http://127.0.0.1:1")
	faults, err := l.Contiguous(testContext(t))
	if err != nil || len(faults) != 1 || !strings.Contains(faults[0].Error(), "a monitoring port does not answer") {
		t.Errorf("Contiguous with a silent port = %v, %v", faults, err)
	}
}
