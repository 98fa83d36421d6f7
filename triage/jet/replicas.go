package jet

import (
	"context"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// jsStream is what one server says of its own copy of a stream.
type jsStream struct {
	Name    string    `json:"name"`
	Created time.Time `json:"created"`
	State   struct {
		Messages uint64 `json:"messages"`
		First    uint64 `json:"first_seq"`
		Last     uint64 `json:"last_seq"`
		Deleted  int    `json:"num_deleted"`
	} `json:"state"`
}

// Contiguous asks every server for its own count of notices and commits and
// returns what is wrong: messages that have vanished, from the front or from
// the middle; a copy that is gone or lags. A server that has lost messages
// without knowing it is only found by reading them all. Without monitoring ports
// or a system account the leader alone is asked.
func (l *Log) Contiguous(ctx context.Context) (faults []error, err error) {
	var servers []jsServer
	if o := l.conn.opts; len(o.Monitor) > 0 || o.System != (User{}) {
		if servers, err = l.conn.servers(ctx); err != nil {
			faults = append(faults, err)
		}
	}
	for _, s := range []stream{l.notices, l.commits} {
		info, err := l.current(ctx, s)
		if err != nil {
			return nil, err
		}
		ages := s.name == l.noticesName()
		copies := copiesOf(servers, info)
		if len(copies) == 0 {
			copies = map[string]jsStream{leader(info): leaders(info)}
		} else if len(copies) < info.Config.Replicas {
			faults = append(faults, fmt.Errorf("stream %s: %d of its %d copies answer", s.name, len(copies), info.Config.Replicas))
		}
		for server, c := range copies {
			faults = append(faults, c.fault(server, ages))
		}
		faults = append(faults, peers(info)...)
	}
	return present(faults), nil
}

// copiesOf finds a stream's copies among what the servers say.
func copiesOf(servers []jsServer, info *jetstream.StreamInfo) map[string]jsStream {
	out := map[string]jsStream{}
	for _, server := range servers {
		for _, account := range server.JS.Accounts {
			for _, s := range account.Streams {
				if s.Name == info.Config.Name && s.Created.Equal(info.Created) {
					out[server.Name] = s
				}
			}
		}
	}
	return out
}

func leader(info *jetstream.StreamInfo) string {
	if info.Cluster == nil {
		return "the server"
	}
	return info.Cluster.Leader
}

func leaders(info *jetstream.StreamInfo) (s jsStream) {
	s.Name = info.Config.Name
	s.State.Messages, s.State.First, s.State.Last, s.State.Deleted = info.State.Msgs, info.State.FirstSeq, info.State.LastSeq, info.State.NumDeleted
	return s
}

// fault says what a copy lacks by its own count.
func (s jsStream) fault(server string, ages bool) error {
	st := s.State
	switch {
	case !ages && st.First > 1:
		return fmt.Errorf("stream %s on %s: its sequences 1 to %d are missing", s.Name, server, st.First-1)
	case st.Messages > 0 && st.Messages != st.Last-st.First+1:
		return fmt.Errorf("stream %s on %s: %d of its sequences %d to %d are missing", s.Name, server, st.Last-st.First+1-st.Messages, st.First, st.Last)
	case st.Deleted > 0:
		return fmt.Errorf("stream %s on %s: %d of its messages were deleted", s.Name, server, st.Deleted)
	}
	return nil
}

// lagging is how many messages a copy may be behind at a moment.
const lagging = 1000

// peers says which copies the leader has lost sight of.
func peers(info *jetstream.StreamInfo) (faults []error) {
	if info.Cluster == nil {
		return nil
	}
	for _, p := range info.Cluster.Replicas {
		if p.Offline {
			faults = append(faults, fmt.Errorf("stream %s: its copy on %s is offline", info.Config.Name, p.Name))
		} else if p.Lag > lagging {
			faults = append(faults, fmt.Errorf("stream %s: its copy on %s is %d messages behind", info.Config.Name, p.Name, p.Lag))
		}
	}
	return faults
}

func present(errs []error) (out []error) {
	for _, err := range errs {
		if err != nil {
			out = append(out, err)
		}
	}
	return out
}
