package faults

import (
	"context"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// way is what a link does with bytes.
type way int32

const (
	pass   way = iota
	hold       // nothing passes; it does later
	slow       // everything passes late
	refuse     // no connection is taken
	deaf       // requests are thrown away: what was asked does not happen
	mute       // answers are thrown away: it happens and nobody is told
)

// link is a TCP proxy in front of a server. Its own address never changes, so
// that the server's may, with every start.
type link struct {
	listener net.Listener
	mode     atomic.Int32
	late     atomic.Int64 // ns that a slow link takes

	lock  sync.Mutex
	to    [2]string // network and address of the server
	conns map[net.Conn]bool
	wg    sync.WaitGroup
}

func newLink(ctx context.Context) (*link, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	k := &link{listener: l, conns: map[net.Conn]bool{}}
	k.wg.Go(func() { k.accept(ctx) })
	return k, nil
}

// addr is where clients find the link.
func (k *link) addr() string { return k.listener.Addr().String() }

// lead names the server. Connections to the one before stay.
func (k *link) lead(network, addr string) {
	k.lock.Lock()
	defer k.lock.Unlock()
	k.to = [2]string{network, addr}
}

// set changes what the link does. Bytes that were thrown away would leave a
// connection in the middle of a message, so those modes end by cutting all.
func (k *link) set(w way) {
	was := way(k.mode.Swap(int32(w)))
	if w == refuse || was == deaf || was == mute {
		k.cut()
	}
}

// cut ends every connection.
func (k *link) cut() {
	k.lock.Lock()
	defer k.lock.Unlock()
	for c := range k.conns {
		_ = c.Close()
	}
}

func (k *link) close() {
	_ = k.listener.Close()
	k.mode.Store(int32(refuse))
	k.cut()
	k.wg.Wait()
}

func (k *link) accept(ctx context.Context) {
	for {
		c, err := k.listener.Accept()
		if err != nil {
			return
		}
		k.wg.Go(func() { k.serve(ctx, c) })
	}
}

func (k *link) serve(ctx context.Context, c net.Conn) {
	defer func() { _ = c.Close() }()
	k.lock.Lock()
	to := k.to
	k.lock.Unlock()
	if way(k.mode.Load()) == refuse || to[0] == "" {
		return
	}
	var d net.Dialer
	s, err := d.DialContext(ctx, to[0], to[1])
	if err != nil {
		return
	}
	defer func() { _ = s.Close() }()
	k.keep(true, c, s)
	defer k.keep(false, c, s)
	var both sync.WaitGroup
	both.Go(func() { k.copy(s, c, deaf) })
	both.Go(func() { k.copy(c, s, mute) })
	both.Wait()
}

func (k *link) keep(on bool, conns ...net.Conn) {
	k.lock.Lock()
	defer k.lock.Unlock()
	for _, c := range conns {
		if on {
			k.conns[c] = true
		} else {
			delete(k.conns, c)
		}
	}
	if on && way(k.mode.Load()) == refuse { // it was made while the link was being cut
		for _, c := range conns {
			_ = c.Close()
		}
	}
}

// copy passes bytes on in the link's way; in mode lost they are thrown away.
func (k *link) copy(to, from net.Conn, lost way) {
	defer func() { _, _ = to.Close(), from.Close() }()
	buf := make([]byte, 32<<10)
	for {
		n, err := from.Read(buf)
		if err == io.EOF && n == 0 || err != nil && n == 0 {
			return
		}
		for way(k.mode.Load()) == hold {
			time.Sleep(5 * time.Millisecond)
		}
		switch way(k.mode.Load()) {
		case slow:
			time.Sleep(time.Duration(k.late.Load()))
		case lost:
			continue
		}
		if _, err := to.Write(buf[:n]); err != nil {
			return
		}
	}
}
