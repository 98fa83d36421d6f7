package daemon

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"

	"github.com/ppn-triage/ppn-triage/triage/jet"
	"github.com/ppn-triage/ppn-triage/triage/queue"
)

// Config is the whole configuration of a daemon. The zero value of a field
// means its default; Defaults lists them. Secrets are paths of files.
type Config struct {
	Role       string   `yaml:"role"`        // "worker", "api" or "all". Defaults to "all"
	FrontDoors []string `yaml:"front_doors"` // Defaults to bradford
	Data       string   `yaml:"data"`        // folder of everything the daemon keeps itself. Defaults to ./data
	GRPC       GRPC     `yaml:"grpc"`
	NATS       NATS     `yaml:"nats"`
	Redis      Redis    `yaml:"redis"`
	Metrics    Metrics  `yaml:"metrics"`
	Archive    Archive  `yaml:"archive"`
	Scrub      Scrub    `yaml:"scrub"`
	Rules      string   `yaml:"rules"`       // folder of rule files that start an empty log. Defaults to the ones built in
	SigningKey string   `yaml:"signing_key"` // file of the key that signs checkpoints. Defaults to one made in data

	MasterKey string `yaml:"master_key"` // file of the key that wraps the data keys, the same on every daemon. Defaults to one made in data

	CheckpointEvery Duration `yaml:"checkpoint_every"` // shortest time between two checkpoints. Defaults to 1m

	Claims    Claims       `yaml:"claims"`
	Retention Retention    `yaml:"retention"`
	Calendar  queue.Config `yaml:"calendar"`
	Bell      Bell         `yaml:"bell"`
	Traces    Traces       `yaml:"traces"`
}

// GRPC is where clients reach the API.
type GRPC struct {
	Listen     string            `yaml:"listen"`     // Defaults to 127.0.0.1:7443
	Cert       string            `yaml:"cert"`       // PEM file of the server's certificate
	Key        string            `yaml:"key"`        // PEM file of its key
	ClientCA   string            `yaml:"client_ca"`  // PEM file of the authority that signs people's certificates
	People     map[string]string `yaml:"people"`     // name in the certificate (URI, e-mail or DNS SAN) -> role
	Reflection bool              `yaml:"reflection"` // beyond loopback too; on loopback it is always on
}

// NATS is where the log is.
type NATS struct {
	URL            string   `yaml:"url"`    // servers, joined by commas. Defaults to the embedded server
	Listen         string   `yaml:"listen"` // of the embedded server. Defaults to 127.0.0.1:4222
	Credentials    string   `yaml:"credentials"`
	NKey           string   `yaml:"nkey"`
	CA             string   `yaml:"ca"`
	Cert           string   `yaml:"cert"`
	Key            string   `yaml:"key"`
	Monitor        []string `yaml:"monitor"`            // http URLs of the monitoring ports, to verify that the servers sync
	System         string   `yaml:"system_credentials"` // .creds file of a user of the system account
	SystemNKey     string   `yaml:"system_nkey"`        // or its nkey seed
	UnverifiedSync bool     `yaml:"accept_unverified_sync"`
	Replicas       int      `yaml:"replicas"`     // Defaults to 1
	KeepNotices    Duration `yaml:"keep_notices"` // Defaults to 120 days
	MaxBytes       int64    `yaml:"max_bytes"`    // Defaults to no limit but the server's
}

// Redis is where the queue and the linking index are.
type Redis struct {
	URL          string `yaml:"url"`      // redis://, rediss:// or unix://; several nodes joined by commas are a cluster. Defaults to in process
	Sentinel     string `yaml:"sentinel"` // name of the master; then url lists the sentinels
	Username     string `yaml:"username"`
	PasswordFile string `yaml:"password_file"`
	CA           string `yaml:"ca"`
	Cert         string `yaml:"cert"`
	Key          string `yaml:"key"`
	IndexKeyFile string `yaml:"index_key_file"` // secret of the linking index, the same on every daemon. Defaults to one made in data
	Namespace    string `yaml:"namespace"`      // first part of every key. Defaults to ppn
}

// Metrics is where operators look.
type Metrics struct {
	Listen string `yaml:"listen"` // metrics and health over HTTP. Defaults to 127.0.0.1:9464
}

// Archive is the second copy of the log.
type Archive struct {
	Dir string `yaml:"dir"` // its own disk or host. Defaults to archive in data
}

// Scrub is how often both copies of the log, the servers' settings and the
// whole way of a notice are looked at.
type Scrub struct {
	Look     Duration `yaml:"look"`      // at what the servers say. Defaults to 15s
	Canary   Duration `yaml:"canary"`    // from one canary notice to the next. Defaults to 30s; below zero is none
	FullRead Duration `yaml:"full_read"` // of both streams, and at the start. Defaults to 24h, which is the most
}

// longestFullRead is how long a hole may stand that no count shows.
const longestFullRead = 24 * time.Hour

// Claims bound how long and how many items one person holds.
type Claims struct {
	Lease Duration `yaml:"lease"` // Defaults to 20m
	Cap   int      `yaml:"cap"`   // Defaults to 5
}

// Retention says how long what is personal is kept after the last that happened
// to an item that has left the queue.
type Retention struct {
	Mail    Duration `yaml:"mail"`    // the words of notices, and mails in the archive. Defaults to 2880h, 120 days
	Linking Duration `yaml:"linking"` // whom they name: then a family is not found again. Defaults to 17544h, 731 days
	Audit   Duration `yaml:"audit"`   // what people wrote. Defaults to 61368h, 7 years
}

func (r Retention) validate() error {
	if r.Mail < Duration(time.Hour) || r.Linking < r.Mail || r.Audit < r.Linking {
		return errors.New("retention: an hour is the least, and mail <= linking <= audit")
	}
	return nil
}

// Traces are off unless an endpoint is set.
type Traces struct {
	Endpoint string `yaml:"endpoint"` // OTLP over gRPC, host:port
}

// Duration is a time span as people write it: "20m", "2880h".
type Duration time.Duration

// UnmarshalYAML reads a span, and names the line of one that is none.
func (d *Duration) UnmarshalYAML(n ast.Node) error {
	span, err := time.ParseDuration(strings.Trim(n.String(), `"' `))
	if err != nil {
		return fmt.Errorf("line %d: %s: no duration such as 20m or 2880h", n.GetToken().Position.Line, n.GetPath())
	}
	*d = Duration(span)
	return nil
}

// Load reads a configuration file. An unknown key or a value of the wrong kind
// is an error that names line and key.
func Load(path string) (Config, error) {
	var c Config
	b, err := os.ReadFile(filepath.Clean(path))
	if err != nil {
		return c, fmt.Errorf("read configuration: %w", err)
	}
	err = yaml.NewDecoder(bytes.NewReader(b), yaml.Strict()).Decode(&c)
	if err != nil && len(bytes.TrimSpace(b)) > 0 {
		return c, fmt.Errorf("configuration %s: %w", path, err)
	}
	return c, nil
}

// Defaults fills in what is not set.
func (c *Config) Defaults() {
	set(&c.Role, "all")
	if len(c.FrontDoors) == 0 {
		c.FrontDoors = []string{"bradford"}
	}
	set(&c.Data, "data")
	set(&c.GRPC.Listen, "127.0.0.1:7443")
	set(&c.NATS.Listen, "127.0.0.1:4222")
	set(&c.Metrics.Listen, "127.0.0.1:9464")
	set(&c.Archive.Dir, filepath.Join(c.Data, "archive"))
	set(&c.SigningKey, filepath.Join(c.Data, "checkpoint.key"))
	set(&c.CheckpointEvery, Duration(time.Minute))
	set(&c.MasterKey, filepath.Join(c.Data, "master.key"))
	set(&c.Redis.Namespace, "ppn")
	set(&c.Redis.IndexKeyFile, filepath.Join(c.Data, "index.key"))
	set(&c.Claims.Lease, Duration(20*time.Minute))
	set(&c.Claims.Cap, 5)
	set(&c.Bell.After, Duration(15*time.Minute))
	set(&c.Scrub.Look, Duration(15*time.Second))
	set(&c.Scrub.Canary, Duration(30*time.Second))
	set(&c.Scrub.FullRead, Duration(longestFullRead))
	const day = 24 * time.Hour
	set(&c.Retention.Mail, Duration(120*day))
	set(&c.Retention.Linking, Duration(731*day))
	set(&c.Retention.Audit, Duration(2557*day))
}

func set[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// Validate names everything that is wrong with the configuration at once.
func (c *Config) Validate() error {
	var errs []error
	no := func(format string, a ...any) { errs = append(errs, fmt.Errorf(format, a...)) }
	if !slices.Contains([]string{"worker", "api", "all"}, c.Role) {
		no("role %q: it is worker, api or all", c.Role)
	}
	seen := map[string]bool{}
	for _, fd := range c.FrontDoors {
		if err := jet.CheckToken("front door", fd); err != nil {
			errs = append(errs, err)
		}
		if seen[fd] {
			no("front door %s is there twice", fd)
		}
		seen[fd] = true
	}
	if time.Duration(c.Claims.Lease) < time.Minute || c.Claims.Cap < 1 {
		no("claims: a lease of a minute and a cap of 1 are the least")
	}
	if c.Scrub.Look < Duration(time.Second) || c.Scrub.Look > Duration(time.Minute) {
		no("scrub.look %s: from a second to a minute", time.Duration(c.Scrub.Look))
	}
	if c.Scrub.Canary >= 0 && c.Scrub.Canary < Duration(time.Second) || c.Scrub.Canary > Duration(time.Hour) {
		no("scrub.canary %s: from a second to an hour, or below zero for none", time.Duration(c.Scrub.Canary))
	}
	if c.Scrub.FullRead < Duration(time.Minute) || c.Scrub.FullRead > Duration(longestFullRead) {
		no("scrub.full_read %s: from a minute to a day", time.Duration(c.Scrub.FullRead))
	}
	if c.CheckpointEvery < 0 {
		no("checkpoint_every %s: below zero", time.Duration(c.CheckpointEvery))
	}
	if c.NATS.URL == "" && !loopback(c.NATS.Listen) {
		no("nats.listen %s: the embedded server knows no users and listens on loopback only; run nats-server with deploy/nats.conf and use --nats URL", c.NATS.Listen)
	}
	if !loopback(c.Metrics.Listen) {
		no("metrics.listen %s: it has no authentication and listens on loopback only; let a proxy or an agent on this host fetch it", c.Metrics.Listen)
	}
	errs = append(errs, c.GRPC.validate(), c.Retention.validate(), c.Bell.validate())
	if _, err := queue.NewCalendar(c.Calendar); err != nil {
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

func (g GRPC) validate() error {
	var errs []error
	if (g.Cert == "") != (g.Key == "") {
		errs = append(errs, errors.New("grpc: cert and key go together"))
	}
	if !loopback(g.Listen) && (g.Cert == "" || g.ClientCA == "" || len(g.People) == 0) {
		errs = append(errs, fmt.Errorf("grpc.listen %s is beyond this machine: set grpc.cert, grpc.key, grpc.client_ca and grpc.people (certificate name: role), or listen on 127.0.0.1", g.Listen))
	}
	for who, role := range g.People {
		if !slices.Contains([]string{"supervisor", "manager", "edt", "auditor", "operator", "police"}, role) {
			errs = append(errs, fmt.Errorf("grpc.people %s: no role %q; it is supervisor, manager, edt, auditor, operator or police", who, role))
		}
	}
	return errors.Join(errs...)
}

// loopback tells whether only this machine can reach an address.
func loopback(addr string) bool {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return false
	}
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
