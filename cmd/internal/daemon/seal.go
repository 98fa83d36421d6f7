package daemon

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"path/filepath"

	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/archive"
	"github.com/ppn-triage/ppn-triage/triage/jet"
	"github.com/ppn-triage/ppn-triage/triage/seal"
)

var _ seal.Keys = (*jet.Log)(nil)

// openRing reads a front door's data keys. The master key is made on the first
// start; once it has wrapped keys, another in its place is refused, and so is
// none.
func (d *Daemon) openRing(ctx context.Context, frontDoor string, store seal.Keys) (*seal.Ring, error) {
	path := d.cfg.MasterKey
	used, err := seal.Used(ctx, store)
	if err != nil {
		return nil, err
	}
	m, made, err := seal.LoadMaster(path, !used)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("front door %s: the master key %s is missing; put back the copy that is kept elsewhere: without it nothing personal in the log can be read",
			frontDoor, path)
	}
	if err != nil {
		return nil, err
	}
	if made {
		slog.WarnContext(ctx, "a master key was made; keep a copy of it apart from the data, without it nobody can read what the log holds", "file", path)
	}
	r, again, err := seal.OpenRing(ctx, m, store)
	if errors.Is(err, seal.ErrMaster) {
		return nil, fmt.Errorf("front door %s: %s is not the master key that the log's data keys were wrapped with; every daemon needs the same file (master_key)", frontDoor, path)
	}
	if err == nil && again > 0 {
		slog.InfoContext(ctx, "data keys were wrapped anew by the first line of the master key's file; the other lines can be taken out", "front_door", frontDoor, "keys", again)
	}
	return r, err
}

// openSeal makes what seals and opens the front door's commits.
func (d *Daemon) openSeal(ctx context.Context, dr *door) error {
	ring, err := d.openRing(ctx, dr.name, dr.log)
	if err != nil {
		return err
	}
	lost := d.gauge.lost.WithLabelValues(dr.name)
	dr.sealer = seal.Sealer{Ring: ring, Lost: func(name string) {
		lost.Inc()
		slog.Error("a sealed value cannot be opened: its data key is not there", "front_door", dr.name, "key", name)
	}}
	return nil
}

// index makes an item's linking record from what can be read of it. While the
// log is folded anew, what was erased later is missing already: no alarm.
func (dr *door) index(of func(*triage.Item) ([]byte, []string, error)) func(*triage.Item) ([]byte, []string, error) {
	quiet := seal.Sealer{Ring: dr.sealer.Ring, People: true}
	return func(i *triage.Item) ([]byte, []string, error) {
		opened, err := quiet.Item(context.Background(), i)
		if err != nil {
			return nil, nil, err
		}
		return of(opened)
	}
}

// open returns a commit as it was before it was sealed, as far as it is not
// erased.
func (dr *door) open(ctx context.Context, c triage.Commit) (triage.Commit, error) {
	return seal.Sealer{Ring: dr.sealer.Ring}.Commit(ctx, c)
}

// openedLog is the log for who reads what people wrote in it.
type openedLog struct{ bothCopies }

// ReadCommits returns commits as they were before they were sealed.
func (o openedLog) ReadCommits(ctx context.Context, from uint64, max int) ([]triage.Commit, error) {
	commits, err := o.bothCopies.ReadCommits(ctx, from, max)
	for n := range commits {
		var oerr error
		if commits[n], oerr = o.open(ctx, commits[n]); oerr != nil {
			return commits[:n], oerr
		}
	}
	return commits, err
}

// openItem is open for an item.
func (dr *door) openItem(ctx context.Context, i *triage.Item) (*triage.Item, error) {
	return seal.Sealer{Ring: dr.sealer.Ring}.Item(ctx, i)
}

// forgetKeys takes out of this node's memory the keys that some node has erased
// since the last time.
func (dr *door) forgetKeys(ctx context.Context, at *uint64) (err error) {
	*at, err = dr.log.KeysSince(ctx, *at, func(name string, wrapped []byte) error {
		if len(wrapped) == 0 {
			dr.sealer.Ring.Forget(name)
		}
		return nil
	})
	return err
}

// keysCopy keeps the second copy of the data keys.
type keysCopy struct {
	dir   string
	since func(ctx context.Context, after uint64, visit func(string, []byte) error) (uint64, error)

	to *archive.Keys // nil while it cannot be written
	at uint64        // place in the stream of keys; 0: all of it is to be compared
}

func (c *keysCopy) open() (err error) {
	if c.to == nil {
		c.at = 0
		c.to, err = archive.OpenKeys(c.dir)
	}
	return err
}

// Follow takes over what has changed in the stream of keys, what was erased
// there too.
func (c *keysCopy) Follow(ctx context.Context) error {
	if err := c.open(); err != nil {
		return err
	}
	at, err := c.since(ctx, c.at, c.to.Take)
	if err == nil && at > c.at {
		err = c.to.Sync()
	}
	if errors.Is(err, archive.ErrUnwritable) {
		err = errors.Join(err, c.to.Close())
		c.to = nil // opened anew when there may be room again
	}
	if err == nil {
		c.at = at
	}
	return err
}

// openKeys opens the archive's data keys, with those that only the stream of
// keys holds, where that is there.
func (r *restoring) openKeys(ctx context.Context) (err error) {
	if r.keys, err = archive.OpenKeys(filepath.Join(r.daemon.cfg.Archive.Dir, r.door)); err != nil {
		return err
	}
	log, err := r.daemon.nats.OpenKeys(ctx, r.log)
	switch {
	case errors.Is(err, triage.ErrNotFound):
		err = nil
	case err == nil:
		err = errors.Join(log.EachKey(ctx, r.keys.Take), r.keys.Sync())
	}
	if err == nil {
		r.ring, err = r.daemon.openRing(ctx, r.door, r.keys)
	}
	if err != nil {
		return errors.Join(err, r.keys.Close())
	}
	return nil
}

// putKeys brings the stream of keys to where the archive's are.
func (r *restoring) putKeys(ctx context.Context, log *jet.Log) error {
	n := 0
	err := r.keys.EachKey(ctx, func(name string, wrapped []byte) error {
		if len(wrapped) == 0 {
			return log.EraseKey(ctx, name)
		}
		err := log.PutKey(ctx, name, wrapped)
		if errors.Is(err, triage.ErrState) { // it is there
			return nil
		}
		n++
		return err
	})
	if err == nil && n > 0 {
		r.say("keys: %d data keys were put back from the archive", n)
	}
	return err
}
