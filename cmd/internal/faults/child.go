package faults

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"strings"

	"github.com/ppn-triage/ppn-triage/cmd/internal/daemon"
	"github.com/ppn-triage/ppn-triage/triage/jet/embed"
)

// childEnv makes the program one of the servers: "nats <folder>" or
// "triaged <configuration file>".
const childEnv = "PPN_FAULTS_CHILD"

// Child runs the server that the environment asks for and never returns, or
// returns false at once. It is to be called first by the program whose path
// Options.Program holds.
func Child() bool {
	if daemon.PDFChild() {
		return true
	}
	what, arg, asked := strings.Cut(os.Getenv(childEnv), " ")
	if !asked {
		return false
	}
	_ = os.Unsetenv(childEnv) // its own children read PDFs
	slog.SetDefault(slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})))
	err := error(nil)
	switch what {
	case nodeNATS:
		err = serveNATS(arg)
	default:
		err = serveDaemon(arg)
	}
	fmt.Fprintln(os.Stderr, what, "ends:", err)
	os.Exit(1)
	return true
}

func asChild(program, what, arg string) *exec.Cmd {
	cmd := exec.Command(program) //nolint:gosec // our own program
	cmd.Env = append(os.Environ(), childEnv+"="+what+" "+arg)
	return cmd
}

// serveNATS runs a nats-server that syncs what it acknowledges.
func serveNATS(dir string) error {
	s, err := embed.Start(context.Background(), embed.Options{Dir: dir, Listen: "127.0.0.1:0", Log: slog.Default()})
	if err != nil {
		return err
	}
	fmt.Println("serving", strings.TrimPrefix(s.URL(), "nats://"))
	select {}
}

func serveDaemon(config string) error {
	cfg, err := daemon.Load(config)
	if err != nil {
		return err
	}
	d, err := daemon.New(cfg)
	if err != nil {
		return err
	}
	if err := d.Start(context.Background()); err != nil {
		return err
	}
	fmt.Println("serving", d.Addr().GRPC)
	return <-d.Ended()
}
