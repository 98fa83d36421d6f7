package faults

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/ppn-triage/ppn-triage/triage/jet"
	"github.com/ppn-triage/ppn-triage/triage/redisq"
)

// frontDoor is the one that everything happens at.
const frontDoor = "bradford"

// stage is every server of the play and the links between them.
type stage struct {
	dir   string
	nodes map[string]*process
	links map[string]*link
	disks bool // the folders that fill up are disks of their own

	busy map[string]*sync.Mutex // held by the fault that a node or link is under
	wg   sync.WaitGroup

	lock sync.Mutex
	nats string // address of the nats-server now
}

// Files and folders of the stage.
func (s *stage) path(parts ...string) string {
	return filepath.Join(append([]string{s.dir}, parts...)...)
}
func (s *stage) archive(node string) string { return s.path(node, "archive") }
func (s *stage) socket() string             { return s.path("redis", "s") }
func (s *stage) indexKey() string           { return s.path("index.key") }
func (s *stage) masterKey() string          { return s.path("master.key") }

// newStage brings up all servers in an empty folder. program is a path of the
// program that calls Child.
func newStage(ctx context.Context, dir, program string) (s *stage, err error) {
	s = &stage{dir: dir, nodes: map[string]*process{}, links: map[string]*link{}, busy: map[string]*sync.Mutex{"both": {}}}
	defer func() {
		if err != nil {
			s.close()
		}
	}()
	for _, folder := range []string{s.path(nodeNATS), s.path(nodeRedis), s.archive(nodeOne), s.archive(nodeTwo)} {
		if err := os.MkdirAll(folder, 0o700); err != nil {
			return nil, err
		}
	}
	s.disks = s.mount() == nil
	for _, name := range links {
		if s.links[name], err = newLink(ctx); err != nil {
			return nil, err
		}
		s.busy[name] = &sync.Mutex{}
	}
	for _, name := range nodes {
		s.busy[name] = &sync.Mutex{}
	}
	s.build(program)
	for _, name := range []string{nodeNATS, nodeRedis, nodeOne, nodeTwo} {
		if err := s.nodes[name].start(ctx); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// build says how each process is run.
func (s *stage) build(program string) {
	s.nodes[nodeNATS] = &process{
		command: func() *exec.Cmd { return asChild(program, nodeNATS, s.path(nodeNATS)) },
		ready: serves(func(addr string) {
			s.lock.Lock()
			s.nats = addr
			s.lock.Unlock()
			for _, name := range []string{"one-nats", "two-nats", "police-nats"} {
				s.links[name].lead("tcp", addr)
			}
		}),
	}
	s.nodes[nodeRedis] = &process{
		command: func() *exec.Cmd {
			return exec.Command("redis-server", "--port", "0", "--unixsocket", s.socket(), "--dir", s.path(nodeRedis), //nolint:gosec // our own arguments
				"--save", "", "--appendonly", "yes", "--appendfsync", "everysec", "--loglevel", "warning")
		},
		ready: func(ctx context.Context, _ <-chan string) error {
			for ctx.Err() == nil {
				if c, err := s.redis(ctx, 0); err == nil {
					return c.Close()
				}
				time.Sleep(10 * time.Millisecond)
			}
			return ctx.Err()
		},
	}
	for _, name := range []string{"one-redis", "two-redis"} {
		s.links[name].lead("unix", s.socket())
	}
	for _, name := range daemons {
		s.nodes[name] = &process{
			command: func() *exec.Cmd { return asChild(program, "triaged", s.config(name)) },
			ready:   serves(func(addr string) { s.links[name+"-api"].lead("tcp", addr) }),
		}
	}
	for name, p := range s.nodes {
		p.name, p.log = name, s.path(name+".log")
	}
}

// config writes a daemon's configuration and returns its path.
func (s *stage) config(node string) string {
	text := fmt.Sprintf("data: %q\nmaster_key: %q\nnats: {url: \"nats://%s\", accept_unverified_sync: true}\nredis: {url: \"redis://%s\", index_key_file: %q}\n"+
		"grpc: {listen: \"127.0.0.1:0\"}\nmetrics: {listen: \"127.0.0.1:0\"}\narchive: {dir: %q}\nscrub: {canary: -1s}\n",
		s.path(node, "data"), s.masterKey(), s.links[node+"-nats"].addr(), s.links[node+"-redis"].addr(), s.indexKey(), s.archive(node))
	path := s.path(node + ".yaml")
	_ = os.WriteFile(path, []byte(text), 0o600) // the daemon says if it cannot read it
	return path
}

// redis reaches the redis-server itself.
func (s *stage) redis(ctx context.Context, db int) (redisq.Client, error) {
	return redisq.Dial(ctx, redisq.DialOptions{URL: fmt.Sprintf("unix://%s?db=%d", s.socket(), db)})
}

// connect reaches the nats-server itself, or through a link.
func (s *stage) connect(ctx context.Context, through *link) (*jet.Conn, error) {
	s.lock.Lock()
	addr := s.nats
	s.lock.Unlock()
	if through != nil {
		addr = through.addr()
	}
	return jet.Connect(ctx, jet.Options{URL: "nats://" + addr, Name: "faults"})
}

// close ends every process that the stage has started.
func (s *stage) close() {
	s.wg.Wait()
	for _, k := range s.links {
		if k != nil {
			k.close()
		}
	}
	for _, p := range s.nodes {
		p.kill()
	}
	s.unmount()
}

// The folders that fill up, as disks of their own, where the system allows it.
const diskSize = "size=128m"

func (s *stage) disk(node string) string {
	if node == nodeNATS {
		return s.path(nodeNATS)
	}
	return s.archive(node)
}

func (s *stage) mount() error {
	for _, node := range []string{nodeNATS, nodeOne, nodeTwo} {
		if err := syscall.Mount("tmpfs", s.disk(node), "tmpfs", 0, diskSize); err != nil {
			s.unmount()
			return err
		}
	}
	return nil
}

func (s *stage) unmount() {
	for _, node := range []string{nodeNATS, nodeOne, nodeTwo} {
		_ = syscall.Unmount(s.disk(node), syscall.MNT_DETACH) // an error means that it is none
	}
}

// fill leaves no room on a disk, and returns what gives it back.
func (s *stage) fill(node string) (empty func() error, err error) {
	path := filepath.Join(s.disk(node), "filler")
	f, err := os.Create(path) //nolint:gosec // our own folder
	if err != nil {
		return nil, err
	}
	for _, size := range []int{1 << 20, 4 << 10} {
		for err = nil; err == nil; {
			_, err = f.Write(make([]byte, size))
		}
	}
	_ = f.Close()
	if !errors.Is(err, syscall.ENOSPC) {
		return nil, err
	}
	return func() error { return os.Remove(path) }, nil
}
