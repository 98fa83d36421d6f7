package main

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/goccy/go-yaml"
)

// parse reads a command line as the program would, without a file that is only
// there where it is installed.
func parse(t *testing.T, args []string) *flags {
	t.Helper()
	var f flags
	k, err := kong.New(&f, kong.Name("triaged"), kong.Exit(func(int) {}))
	if err != nil {
		t.Fatal(err)
	}
	for n, a := range args {
		if strings.HasPrefix(a, "/etc/") {
			args[n] = "main.go"
		}
	}
	if _, err := k.Parse(args); err != nil {
		t.Errorf("triaged %v: %v", args, err)
	}
	return &f
}

// TestTheUnit starts the program with flags that it knows, after a check of the
// configuration by the same.
func TestTheUnit(t *testing.T) {
	b, err := os.ReadFile("../../deploy/triaged.service")
	if err != nil {
		t.Fatal(err)
	}
	lines := map[string]*flags{}
	for _, m := range regexp.MustCompile(`(?m)^(ExecStart\w*)=\S*/triaged (.*)$`).FindAllStringSubmatch(string(b), -1) {
		lines[m[1]] = parse(t, strings.Fields(m[2]))
	}
	check, run := lines["ExecStartPre"], lines["ExecStart"]
	if check == nil || run == nil || !check.CheckConfig || run.CheckConfig || check.Config != run.Config || run.Data == "" {
		t.Errorf("the unit checks %+v and runs %+v", check, run)
	}
}

// TestTheContainer is started with flags that the program knows, by the
// Dockerfile and by compose.yaml.
func TestTheContainer(t *testing.T) {
	b, err := os.ReadFile("../../deploy/compose.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var c struct {
		Services map[string]struct{ Command []string }
	}
	if err := yaml.Unmarshal(b, &c); err != nil {
		t.Fatal(err)
	}
	f := parse(t, c.Services["triaged"].Command)
	if f.Data == "" || f.NATS == "" || f.Redis == "" || len(f.NATSMonitor) == 0 {
		t.Errorf("compose.yaml runs triaged with %+v", f)
	}
	if b, err = os.ReadFile("../../deploy/Dockerfile"); err != nil {
		t.Fatal(err)
	}
	cmd := regexp.MustCompile(`(?m)^CMD (\[.*\])$`).FindSubmatch(b)
	var args []string
	if cmd == nil || yaml.Unmarshal(cmd[1], &args) != nil || parse(t, args).Data == "" {
		t.Errorf("the Dockerfile runs triaged with %q", cmd)
	}
}
