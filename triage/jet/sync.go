package jet

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
)

// ErrSync is what every SyncError is.
var ErrSync = errors.New("it is not certain that the NATS server keeps what it acknowledges")

// SyncError says why VerifySync does not vouch for the servers and what the
// operator has to do.
type SyncError struct {
	Why, Mend string
	Err       error // cause, may be nil
}

func (e *SyncError) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("%v: %s: %v; %s", ErrSync, e.Why, e.Err, e.Mend)
	}
	return fmt.Sprintf("%v: %s; %s", ErrSync, e.Why, e.Mend)
}

func (e *SyncError) Unwrap() []error { return []error{ErrSync, e.Err} }

// jsServer is what one server says of itself.
type jsServer struct {
	ID, Name, Version string
	JS                jsInfo
}

// jsInfo is the part we read of the server's JSInfo, which /jsz and the system
// account's JSZ both answer with.
type jsInfo struct {
	ID       string `json:"server_id"`
	Disabled bool   `json:"disabled"`
	Config   struct {
		SyncAlways bool `json:"sync_always"`

		MaxStorage int64 `json:"max_storage"`
	} `json:"config"`
	Storage  int64 `json:"storage"`
	Reserved int64 `json:"reserved_storage"`
	Meta     *struct {
		Size int `json:"cluster_size"`
	} `json:"meta_cluster"`
	Accounts []struct {
		Streams []jsStream `json:"stream_detail"`
	} `json:"account_details"`
}

// wholeStory asks for the streams too.
const wholeStory = `{"accounts":true,"streams":true}`

const (
	mendSync   = "set `sync_interval: always` in the jetstream block of its configuration and restart it"
	mendUnsaid = "name the monitoring port of every server with --nats-monitor URL, or give a user of the system account"
)

// VerifySync asks every server with JetStream whether it writes to disk before
// it acknowledges, by the monitoring ports or the system account of Options.
// It returns nil only if all of the cluster said so and none is too old; else
// a SyncError.
func (c *Conn) VerifySync(ctx context.Context) error {
	servers, err := c.servers(ctx)
	if err != nil {
		return err
	}
	return judge(servers, c.nc.ConnectedServerId())
}

// servers asks every server that can be asked what it says of itself.
func (c *Conn) servers(ctx context.Context) ([]jsServer, error) {
	switch {
	case len(c.opts.Monitor) > 0:
		return c.askMonitors(ctx)
	case c.opts.System != User{}:
		return c.askSystem(ctx)
	}
	return nil, &SyncError{Why: "nobody can be asked whether it syncs always", Mend: mendUnsaid}
}

// judge is the verdict over what the servers said; connected is the id of the
// one we talk to, which must be among them.
func judge(servers []jsServer, connected string) error {
	seen, size, ours := map[string]bool{}, 1, false
	for _, s := range servers {
		if err := checkVersion(s.Name, s.Version); err != nil {
			return &SyncError{Why: "an old server", Mend: "upgrade it", Err: err}
		}
		ours = ours || s.ID == connected
		if s.JS.Disabled {
			continue
		}
		if !s.JS.Config.SyncAlways {
			return &SyncError{Why: fmt.Sprintf("server %s writes to disk every now and then only and loses acknowledged mails in a power cut", s.Name), Mend: mendSync}
		}
		seen[s.ID] = true
		if s.JS.Meta != nil {
			size = max(size, s.JS.Meta.Size)
		}
	}
	switch {
	case !ours:
		return &SyncError{Why: "the server that this program is connected to was not among those asked", Mend: mendUnsaid}
	case len(seen) == 0:
		return &SyncError{Why: "none of the servers asked has JetStream", Mend: mendUnsaid}
	case len(seen) < size:
		return &SyncError{Why: fmt.Sprintf("%d of the cluster's %d servers answered", len(seen), size), Mend: mendUnsaid}
	}
	return nil
}

// askMonitors asks /varz for the version and /jsz for the rest. What some have
// said is returned beside the error of the others.
func (c *Conn) askMonitors(ctx context.Context) (out []jsServer, trouble error) {
	client, err := c.monitorClient()
	if err != nil {
		return nil, &SyncError{Why: "the monitoring port cannot be asked", Mend: "check the certificate files", Err: err}
	}
	defer client.CloseIdleConnections()
	for _, base := range c.opts.Monitor {
		var varz struct {
			ID      string `json:"server_id"`
			Name    string `json:"server_name"`
			Version string `json:"version"`
		}
		var js jsInfo
		err := getJSON(ctx, client, base, "varz", &varz)
		if err == nil {
			err = getJSON(ctx, client, base, "jsz?accounts=true&streams=true", &js)
		}
		if err == nil && varz.ID != js.ID {
			err = errors.New("two servers answer on one address")
		}
		if err != nil {
			trouble = &SyncError{Why: "a monitoring port does not answer", Mend: "check the URL and `http:` in the server's configuration", Err: err}
			continue
		}
		out = append(out, jsServer{ID: varz.ID, Name: varz.Name, Version: varz.Version, JS: js})
	}
	return out, trouble
}

func (c *Conn) monitorClient() (*http.Client, error) {
	t := &http.Transport{}
	if c.opts.CA != "" {
		pem, err := os.ReadFile(c.opts.CA)
		if err != nil {
			return nil, err
		}
		pool := x509.NewCertPool()
		if !pool.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("no certificate in %s", c.opts.CA)
		}
		t.TLSClientConfig = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
	}
	return &http.Client{Timeout: 5 * time.Second, Transport: t}, nil
}

func getJSON(ctx context.Context, client *http.Client, base, path string, into any) error {
	u, err := url.Parse(strings.TrimSpace(base))
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return errors.New("not a http:// or https:// URL")
	}
	path, query, _ := strings.Cut(path, "?")
	u = u.JoinPath(path)
	u.RawQuery = query
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return err
	}
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", u.Redacted(), resp.Status)
	}
	if err := json.NewDecoder(io.LimitReader(resp.Body, 1<<20)).Decode(into); err != nil {
		return fmt.Errorf("%s: not the answer of a NATS server: %w", u.Redacted(), err)
	}
	return nil
}

// quiet is how long the system account's answers are waited for.
const quiet = time.Second

// askSystem asks all servers at once through the system account.
func (c *Conn) askSystem(ctx context.Context) ([]jsServer, error) {
	out, err := c.dialSystem(ctx)
	if err != nil {
		return nil, &SyncError{Why: "the system account cannot be asked", Mend: mendUnsaid, Err: err}
	}
	return out, nil
}

func (c *Conn) dialSystem(ctx context.Context) ([]jsServer, error) {
	opts, err := c.options(ctx, c.opts.System)
	if err != nil {
		return nil, err
	}
	closed := make(chan struct{})
	nc, err := nats.Connect(c.opts.URL, append(opts, nats.ClosedHandler(func(*nats.Conn) { close(closed) }))...)
	if err != nil {
		return nil, err
	}
	defer func() { nc.Close(); <-closed }()
	return c.ping(ctx, nc)
}

// ping collects the servers' answers until all have said what is wanted or
// nobody speaks any more.
func (c *Conn) ping(ctx context.Context, nc *nats.Conn) (out []jsServer, _ error) {
	sub, err := nc.SubscribeSync(nc.NewInbox())
	if err != nil {
		return nil, err
	}
	if err := nc.PublishRequest("$SYS.REQ.SERVER.PING.JSZ", sub.Subject, []byte(wholeStory)); err != nil {
		return nil, err
	}
	for {
		wait, cancel := context.WithTimeout(ctx, quiet)
		m, err := sub.NextMsgWithContext(wait)
		cancel()
		if err != nil && len(out) > 0 && ctx.Err() == nil {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		var answer struct {
			Server struct{ ID, Name, Ver string }
			Data   jsInfo
		}
		if err := json.Unmarshal(m.Data, &answer); err != nil {
			return nil, fmt.Errorf("not the answer of a NATS server: %w", err)
		}
		out = append(out, jsServer{ID: answer.Server.ID, Name: answer.Server.Name, Version: answer.Server.Ver, JS: answer.Data})
		if judge(out, c.nc.ConnectedServerId()) == nil {
			return out, nil
		}
	}
}
