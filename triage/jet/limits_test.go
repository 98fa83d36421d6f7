package jet

import (
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// TestRoom names what is short before it is used up.
func TestRoom(t *testing.T) {
	for want, r := range map[string]Room{
		"":                           {"n1", 1000, 900, 600},
		"no room for streams":        {"n1", 0, 0, 0},
		"uses 61 % of its max_file":  {"n1", 1000, 0, 610},
		"promised its streams 2 MB":  {"n1", 1 << 20, 2 << 20, 0},
		"uses 100 % of its max_file": {"n1", 10, 20, 10},
	} {
		err := r.Fault()
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("Fault of %+v = %v, want %q", r, err, want)
		}
	}
}

// TestLimitsOfAServer are read from the server itself.
func TestLimitsOfAServer(t *testing.T) {
	ns := rawServer(t, server.Options{
		JetStream: true, StoreDir: t.TempDir(), JetStreamMaxStore: 10 << 20, MaxPayload: 1 << 20, SyncAlways: true, HTTPHost: "127.0.0.1", HTTPPort: -1,
	})
	c := connect(t, Options{URL: ns.ClientURL(), Monitor: []string{"http://" + ns.MonitorAddr().String()}})
	l, err := c.OpenLog(testContext(t), LogOptions{FrontDoor: "bradford", Codec: plain{}, MaxBytes: 3 << 20})
	if err != nil {
		t.Fatal(err)
	}
	push(t, l, 1, 20)
	rooms, err := c.Rooms(testContext(t))
	if err != nil || len(rooms) != 1 || rooms[0].Limit != 10<<20 || rooms[0].Reserved != 6<<20 || rooms[0].Used == 0 {
		t.Errorf("Rooms = %+v, %v", rooms, err)
	}
	wantWords(t, c.Payload(), "up to 1 MB", "set `max_payload: 32MB`")
	if err := c.Copies(testContext(t), 0); err != nil {
		t.Error(err)
	}
	wantWords(t, c.Copies(testContext(t), 3), "the cluster has 1 servers")
	at, took, err := l.Clock(testContext(t))
	if err != nil || time.Since(at) > took+time.Second || time.Until(at) > time.Second {
		t.Errorf("Clock = %v, %v, %v", at, took, err)
	}
}
