package main

import (
	"bufio"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/ppn-triage/ppn-triage/deploy"
	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/archive"
	"github.com/ppn-triage/ppn-triage/triage/intake"
	"github.com/ppn-triage/ppn-triage/triage/queue"
	"github.com/ppn-triage/ppn-triage/triage/redisq"
	"github.com/ppn-triage/ppn-triage/triage/seal"
)

// rebuildCmd folds an export into an empty Redis, or into a file: the queue as
// the log makes it, line by line the same for the same log.
type rebuildCmd struct {
	Folder   string `arg:"" type:"existingdir" help:"Export, or a daemon's archive of one front door."`
	Redis    string `help:"Redis to fill, which must hold nothing of the front door. Defaults to one in process, with --out." xor:"to"`
	Out      string `type:"path" help:"File for what Redis would hold, a line a field." xor:"to"`
	IndexKey string `type:"existingfile" help:"File with the secret of the linking index, as the daemons have it."`
	sealFlags
}

func (c *rebuildCmd) Run(out io.Writer) error {
	ctx := context.Background()
	client, done, err := c.client(ctx)
	if err != nil {
		return err
	}
	defer done()
	x, err := openExport(c.Folder, out)
	if err != nil {
		return err
	}
	if err := x.unlock(c.sealFlags); err != nil {
		return err
	}
	store, err := c.store(client, x)
	if err != nil {
		return err
	}
	if at, err := store.Position(ctx); err != nil || at != 0 {
		return errors.Join(err, fmt.Errorf("rebuild: Redis holds the front door up to commit %d; it must be empty", at))
	}
	if err := fill(ctx, store, x); err != nil {
		return err
	}
	if c.Out == "" {
		fmt.Fprintf(out, "rebuilt up to commit %d\n", x.commits.Last())
		return nil
	}
	return c.write(ctx, store)
}

func (c *rebuildCmd) client(ctx context.Context) (redisq.Client, func(), error) {
	if c.Redis == "" && c.Out == "" {
		return nil, nil, errors.New("rebuild: name --redis or --out")
	}
	if c.Redis != "" && c.IndexKey == "" {
		return nil, nil, errors.New("rebuild: --redis needs --index-key: under another key the daemons would find none of the families")
	}
	if c.Redis == "" {
		client, _, stop, err := redisq.Embedded()
		return client, stop, err
	}
	client, err := redisq.Dial(ctx, redisq.DialOptions{URL: c.Redis})
	if err != nil {
		return nil, nil, err
	}
	return client, func() { _ = client.Close() }, nil
}

func (c *rebuildCmd) store(client redisq.Client, x *export) (*redisq.Store, error) {
	linking, err := intake.CompileLinking(deploy.Rules())
	if err != nil {
		return nil, err
	}
	secret := make([]byte, 32)
	if c.IndexKey != "" {
		b, err := os.ReadFile(filepath.Clean(c.IndexKey))
		if err != nil {
			return nil, err
		}
		if secret, err = hex.DecodeString(strings.TrimSpace(string(b))); err != nil || len(secret) < 16 {
			return nil, fmt.Errorf("index key %s: it must hold 16 bytes or more in hexadecimal", c.IndexKey)
		}
	}
	return redisq.New(redisq.Options{
		Client: client, Namespace: "ppn:" + linking.Version, FrontDoor: x.frontDoor, Stream: x.commits.Identity(), Secret: secret,
		Place: func(i *triage.Item) (uint64, string) { k := queue.KeyOf(i); return k.Order(), k.Member() },
		Index: func(i *triage.Item) (record []byte, keys []string, err error) {
			if x.sealer != nil {
				if i, err = x.sealer.Item(context.Background(), i); err != nil {
					return nil, nil, err
				}
			}
			return linking.Index(i)
		},
	})
}

// fill applies every commit, as the daemon does after Redis was wiped.
func fill(ctx context.Context, store *redisq.Store, x *export) error {
	var batch []triage.Commit
	flush := func() error {
		_, err := store.Apply(ctx, batch...)
		batch = batch[:0]
		return err
	}
	err := x.each(func(c *triage.Commit, _ archive.Record) error {
		if x.sealer == nil && seal.Holds(c) {
			return errSealed
		}
		if batch = append(batch, *c); len(batch) < step {
			return nil
		}
		return flush()
	})
	if err == nil && len(batch) > 0 {
		err = flush()
	}
	if err != nil {
		return fmt.Errorf("rebuild: %w", err)
	}
	return nil
}

func (c *rebuildCmd) write(ctx context.Context, store *redisq.Store) (err error) {
	lines, err := store.Export(ctx)
	if err != nil {
		return err
	}
	f, err := os.Create(filepath.Clean(c.Out))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	w := bufio.NewWriter(f)
	for _, l := range lines {
		if _, err := fmt.Fprintln(w, l); err != nil {
			return err
		}
	}
	return w.Flush()
}
