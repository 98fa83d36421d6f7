// Command triaged is the daemon: it takes in the notices of the log, keeps the
// ranked queue and serves it over gRPC.
package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"

	"github.com/ppn-triage/ppn-triage/cmd/internal/cli"
	"github.com/ppn-triage/ppn-triage/cmd/internal/daemon"
)

// flags override the environment, which overrides the configuration file.
type flags struct {
	Config      string   `help:"Configuration file (YAML)." type:"existingfile" env:"PPN_CONFIG" placeholder:"FILE"`
	CheckConfig bool     `help:"Check the configuration and the rules, then exit."`
	Role        string   `help:"worker, api or all." env:"PPN_ROLE"`
	FrontDoor   []string `help:"Front door to serve; may be repeated." env:"PPN_FRONT_DOOR" placeholder:"NAME"`
	Data        string   `help:"Folder of what the daemon keeps itself." env:"PPN_DATA" placeholder:"DIR"`
	Listen      string   `help:"Address of the gRPC API." env:"PPN_LISTEN" placeholder:"HOST:PORT"`
	NATSListen  string   `name:"nats-listen" help:"Address of the embedded NATS." env:"PPN_NATS_LISTEN" placeholder:"HOST:PORT"`
	Metrics     string   `name:"metrics-listen" help:"Address of metrics and health." env:"PPN_METRICS_LISTEN" placeholder:"HOST:PORT"`
	NATS        string   `name:"nats" help:"NATS servers instead of the embedded one." env:"PPN_NATS" placeholder:"URL"`
	NATSMonitor []string `name:"nats-monitor" help:"Monitoring port of a NATS server, to verify that it syncs; may be repeated." env:"PPN_NATS_MONITOR" placeholder:"URL"`
	Unverified  bool     `name:"accept-unverified-sync" help:"Go on although nobody says that the NATS servers sync."`
	Redis       string   `help:"Redis servers instead of the one in process." env:"PPN_REDIS" placeholder:"URL"`
	Samples     string   `help:"Into an empty log, push the mails of this folder, and print the queue." placeholder:"DIR"`
	LogLevel    string   `help:"debug, info, warn or error." enum:"debug,info,warn,error" default:"info" env:"PPN_LOG_LEVEL"`
	Version     bool     `help:"Print the version."`

	Serve   struct{}   `cmd:"" default:"1" help:"Run the daemon (the default)."`
	Doctor  struct{}   `cmd:"" help:"Look at the servers, their settings, disks, clocks and certificates, and say what to change. Exits with 1 if anything is wrong."`
	Restore restoreCmd `cmd:"" help:"Build the log's streams anew from the archive. All daemons must be stopped."`
}

// restoreCmd are the flags of triaged restore.
type restoreCmd struct {
	Streams     []string `arg:"" optional:"" enum:"notices,commits" help:"notices, commits. Defaults to those that are gone."`
	Replace     bool     `help:"Delete a stream that is there, after what only it holds was saved."`
	Credentials string   `name:"nats-credentials" type:"existingfile" help:"Credentials of an operator who may make and delete streams." placeholder:"FILE"`
	NKey        string   `name:"nats-nkey" type:"existingfile" help:"Or an operator's nkey seed." placeholder:"FILE"`
}

func (r *restoreCmd) run(ctx context.Context, cfg daemon.Config) error {
	if r.Credentials != "" || r.NKey != "" {
		cfg.NATS.Credentials, cfg.NATS.NKey = r.Credentials, r.NKey
	}
	return daemon.Restore(ctx, cfg, daemon.RestoreOptions{Streams: r.Streams, Replace: r.Replace}, os.Stdout)
}

func main() {
	if daemon.PDFChild() {
		return
	}
	var f flags
	command := kong.Parse(&f, kong.Name("triaged"), kong.Description("Reads police protection notices, ranks them by the risk to the child, and serves the queue."))
	if f.Version {
		fmt.Println(cli.Version())
		return
	}
	if err := run(&f, command.Command()); err != nil {
		fmt.Fprintln(os.Stderr, "triaged:", err)
		os.Exit(1)
	}
}

func run(f *flags, command string) error {
	var level slog.Level
	if err := level.UnmarshalText([]byte(f.LogLevel)); err != nil {
		return err
	}
	slog.SetDefault(slog.New(slog.NewJSONHandler(os.Stderr, &slog.HandlerOptions{Level: level})))
	cfg, err := f.config()
	if err != nil {
		return err
	}
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	switch {
	case command == "doctor":
		if wrong := daemon.Doctor(ctx, cfg, os.Stdout); wrong > 0 {
			return fmt.Errorf("doctor: %d to change", wrong)
		}
		return nil
	case strings.HasPrefix(command, "restore"):
		return f.Restore.run(ctx, cfg)
	}
	return f.serve(ctx, cfg)
}

func (f *flags) serve(ctx context.Context, cfg daemon.Config) error {
	d, err := daemon.New(cfg)
	if err != nil {
		return err
	}
	if f.CheckConfig {
		if _, err := daemon.CheckRules(cfg.Rules); err != nil {
			return err
		}
		fmt.Println("the configuration and the rules are good")
		return nil
	}
	if err := d.Start(ctx); err != nil {
		return err
	}
	defer d.Stop()
	if f.Samples != "" {
		if err := daemon.Demo(ctx, d, f.Samples, os.Stdout); err != nil {
			return err
		}
	}
	a := d.Addr()
	slog.Info("serving", "grpc", a.GRPC, "nats", a.NATS, "metrics", a.Metrics, "version", cli.Version())
	select {
	case <-ctx.Done():
		slog.Info("stopping")
		return nil
	case err := <-d.Ended():
		return err
	}
}

// config lays the flags and the environment over the file.
func (f *flags) config() (daemon.Config, error) {
	var c daemon.Config
	if f.Config != "" {
		var err error
		if c, err = daemon.Load(f.Config); err != nil {
			return c, err
		}
	}
	over(&c.Role, f.Role)
	over(&c.Data, f.Data)
	over(&c.GRPC.Listen, f.Listen)
	over(&c.NATS.Listen, f.NATSListen)
	over(&c.NATS.URL, f.NATS)
	over(&c.Redis.URL, f.Redis)
	over(&c.Metrics.Listen, f.Metrics)
	if len(f.FrontDoor) > 0 {
		c.FrontDoors = f.FrontDoor
	}
	if len(f.NATSMonitor) > 0 {
		c.NATS.Monitor = f.NATSMonitor
	}
	c.NATS.UnverifiedSync = c.NATS.UnverifiedSync || f.Unverified
	return c, nil
}

func over(field *string, flag string) {
	if flag != "" {
		*field = flag
	}
}
