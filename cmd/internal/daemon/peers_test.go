package daemon_test

import (
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// TestNoConsumerKeepsAPosition: the log is read by position, so there is no
// consumer whose AckWait a BackOff could overrule (kannon PR #427), whose
// MaxDeliver could drop a mail that only timed out (murmur #34), or whose floor
// could hide new mails after a crash (nats-server #5412). A mail that its reader
// cannot get through is for a person: intake TestAReaderThatHangs and
// TestAReaderThatDies.
func TestNoConsumerKeepsAPosition(t *testing.T) {
	d := start(t, config(t.TempDir()))
	push(t, d.Addr().NATS, 0, 30)
	settled(t, dial(t, d.Addr().GRPC, "sup"), 30)
	nc, err := nats.Connect(d.Addr().NATS)
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	streams, consumers := js.ListStreams(t.Context()), 0
	for s := range streams.Info() {
		of, err := js.Stream(t.Context(), s.Config.Name)
		if err != nil {
			t.Fatal(err)
		}
		list := of.ListConsumers(t.Context())
		for c := range list.Info() {
			consumers++
			if c.Config.Durable != "" || c.Config.AckPolicy != jetstream.AckNonePolicy || len(c.Config.BackOff) > 0 {
				t.Errorf("%s has the consumer %+v: something hangs on acknowledgements", s.Config.Name, c.Config)
			}
		}
		if list.Err() != nil {
			t.Fatal(list.Err())
		}
	}
	if streams.Err() != nil || consumers == 0 {
		t.Errorf("%d consumers, %v; those that wake the readers should be there", consumers, streams.Err())
	}
}
