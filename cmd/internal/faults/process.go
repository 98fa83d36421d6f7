package faults

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"
)

// process is a server in a process of its own, which is started anew on the
// data it left, as an operator's supervisor would.
type process struct {
	name    string
	command func() *exec.Cmd
	ready   func(ctx context.Context, said <-chan string) error // waits until it serves
	log     string                                              // file of what it says on its standard error

	lock sync.Mutex
	cmd  *exec.Cmd
	gone chan struct{} // closed when cmd has ended

	deaths []string // ends that nobody brought about, after it served
}

// startPatience is how long a server may take to serve.
const startPatience = 60 * time.Second

// errStart says that a process ended before it served.
var errStart = errors.New("it ended before it served")

// start runs the process until it serves. One that cannot start, because what
// it needs is away, is tried again until ctx ends.
func (p *process) start(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startPatience)
	defer cancel()
	for {
		err := p.try(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("start %s: %w (%s)", p.name, err, p.lastWords())
		case <-time.After(100 * time.Millisecond):
		}
	}
}

func (p *process) try(ctx context.Context) error {
	cmd := p.command()
	log, err := os.OpenFile(p.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { _ = log.Close() }()
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	cmd.Stderr = log
	if err := cmd.Start(); err != nil {
		return err
	}
	said, gone := make(chan string, 16), make(chan struct{})
	go listen(bufio.NewScanner(out), said, func() { _ = cmd.Wait(); close(gone) })
	p.lock.Lock()
	p.cmd, p.gone = cmd, gone
	p.lock.Unlock()
	up := make(chan error, 1)
	wait, stop := context.WithCancel(ctx)
	defer stop()
	go func() { up <- p.ready(wait, said) }()
	select {
	case err = <-up:
	case <-gone:
		err = errStart
	}
	if err != nil {
		p.kill()
	}
	return err
}

// listen hands on what a process says, then waits for its end.
func listen(lines *bufio.Scanner, said chan<- string, end func()) {
	for lines.Scan() {
		select {
		case said <- lines.Text():
		default:
		}
	}
	close(said)
	end()
}

// serves waits for the line in which a child says where it listens.
func serves(use func(addr string)) func(context.Context, <-chan string) error {
	return func(ctx context.Context, said <-chan string) error {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case line, open := <-said:
			if addr, ok := strings.CutPrefix(line, "serving "); ok && open {
				use(addr)
				return nil
			}
			return errStart
		}
	}
}

// kill ends the process at once and returns when it has ended.
func (p *process) kill() {
	p.lock.Lock()
	cmd, gone := p.cmd, p.gone
	p.cmd = nil
	p.lock.Unlock()
	if cmd != nil {
		_ = cmd.Process.Kill()
		<-gone
	}
}

// pause stops the process where it stands until goOn.
func (p *process) pause() { p.signal(syscall.SIGSTOP) }
func (p *process) goOn()  { p.signal(syscall.SIGCONT) }

func (p *process) signal(s syscall.Signal) {
	p.lock.Lock()
	defer p.lock.Unlock()
	if p.cmd != nil {
		_ = p.cmd.Process.Signal(s)
	}
}

// revive starts a process that has ended by itself, and remembers that it has.
func (p *process) revive(ctx context.Context) error {
	p.lock.Lock()
	dead := false
	if p.cmd != nil {
		select {
		case <-p.gone:
			dead = true
		default:
		}
	}
	p.lock.Unlock()
	if !dead {
		return nil
	}
	p.deaths = append(p.deaths, fmt.Sprintf("%s ended by itself: %s", p.name, p.lastWords()))
	return p.start(ctx)
}

// lastWords is the end of what the process has said on its standard error.
func (p *process) lastWords() string {
	b, err := os.ReadFile(p.log)
	if err != nil {
		return "it said nothing"
	}
	lines := strings.Split(strings.TrimSpace(string(b)), "\n")
	return lines[len(lines)-1]
}
