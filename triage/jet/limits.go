package jet

import (
	"context"
	"fmt"
	"time"
)

// Room is what a server has set aside for the streams, in bytes.
type Room struct {
	Server   string
	Limit    int64 // max_file_store
	Reserved int64 // by streams with a size limit
	Used     int64
}

// nearlyFull is the part of the store at which there is time to give more.
const nearlyFull = 0.6

// Fault says what to change if the room is nearly used up, or promised twice.
func (r Room) Fault() error {
	switch {
	case r.Limit <= 0:
		return fmt.Errorf("server %s has no room for streams; set `max_file_store` in its jetstream block", r.Server)
	case float64(r.Used) > nearlyFull*float64(r.Limit):
		return fmt.Errorf("server %s uses %d %% of its max_file_store, and refuses mails when that is full; raise it, or give it a larger disk", r.Server, 100*r.Used/r.Limit)
	case r.Reserved > r.Limit:
		return fmt.Errorf("server %s has promised its streams %d MB of the %d MB of its max_file_store; raise it, or lower nats.max_bytes", r.Server, r.Reserved>>20, r.Limit>>20)
	}
	return nil
}

// Rooms asks every server that can be asked for its room.
func (c *Conn) Rooms(ctx context.Context) (rooms []Room, err error) {
	servers, err := c.servers(ctx)
	for _, s := range servers {
		if !s.JS.Disabled {
			rooms = append(rooms, Room{Server: s.Name, Limit: s.JS.Config.MaxStorage, Reserved: s.JS.Reserved, Used: s.JS.Storage})
		}
	}
	return rooms, err
}

// Payload says what to change if the server refuses the largest mails.
func (c *Conn) Payload() error {
	if got := c.nc.MaxPayload(); got < MaxPayload {
		return fmt.Errorf("server %s takes messages up to %d MB and mails have up to %d MB; set `max_payload: %dMB`", c.nc.ConnectedServerName(), got>>20, MaxNotice>>20, MaxPayload>>20)
	}
	return nil
}

// Copies says what to change if the cluster could keep more copies than asked
// for; one server keeps one.
func (c *Conn) Copies(ctx context.Context, replicas int) error {
	servers, err := c.servers(ctx)
	if err != nil {
		return err
	}
	size := 1
	for _, s := range servers {
		if s.JS.Meta != nil {
			size = max(size, s.JS.Meta.Size)
		}
	}
	replicas = max(replicas, 1)
	switch {
	case replicas > size:
		return fmt.Errorf("nats.replicas is %d and the cluster has %d servers; add servers, or lower it", replicas, size)
	case replicas%2 == 0:
		return fmt.Errorf("nats.replicas is %d: with an even number a majority is lost as soon as with one less; set 3", replicas)
	case size >= 3 && replicas < 3:
		return fmt.Errorf("nats.replicas is %d and the cluster has %d servers; set 3", replicas, size)
	}
	return nil
}

// Server names the server that the connection leads to.
func (c *Conn) Server() (name, version string) {
	return c.nc.ConnectedServerName(), c.nc.ConnectedServerVersion()
}

// Clock returns the server's time, and how long the answer took.
func (l *Log) Clock(ctx context.Context) (at time.Time, took time.Duration, err error) {
	began := time.Now()
	info, err := l.info(ctx, l.commits.name)
	if err != nil {
		return at, 0, err
	}
	return info.TimeStamp, time.Since(began), nil
}
