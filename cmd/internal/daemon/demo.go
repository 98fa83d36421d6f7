package daemon

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/ppn-triage/ppn-triage/api/client"
	pb "github.com/ppn-triage/ppn-triage/api/triagev1"
	"github.com/ppn-triage/ppn-triage/cmd/internal/cli"
	"github.com/ppn-triage/ppn-triage/triage/jet"
)

// demoPatience is how long the sample mails may take to be ranked.
const demoPatience = time.Minute

// Demo pushes the mails of a folder into an empty log, as the police would,
// waits until they are ranked, prints the queue and says what to type next.
func Demo(ctx context.Context, d *Daemon, dir string, w io.Writer) error {
	dr := d.doors[0]
	notices, _, err := dr.ends(ctx)
	if err != nil {
		return err
	}
	if notices == 0 {
		if err := pushAll(ctx, d, dir, dr.name); err != nil {
			return err
		}
	}
	c, err := client.Dial(client.Options{Addr: d.addrs.GRPC})
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }()
	list, err := settled(ctx, c)
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "\nThe queue of %s, most urgent first:\n\n", dr.name)
	cli.Queue(w, cli.Palette{}, list.GetItems(), time.Now(), 140)
	fmt.Fprintf(w, `
gRPC listens on %s, NATS on %s, metrics on http://%s/metrics.
Now try, in another terminal:

  ./bin/triageq list                         the queue
  ./bin/triageq next                         claim the first item and read it
  ./bin/noticepush --force wyp FILE.eml      push a mail as the police would
  ./bin/triageq watch                        see it arrive
  grpcurl -plaintext %s triage.v1.QueueService/ListItems

Ctrl-C ends it; the data stay in %s.
`, d.addrs.GRPC, d.addrs.NATS, d.addrs.Metrics, d.addrs.GRPC, d.cfg.Data)
	return nil
}

// pushAll pushes through NATS, over its own connection, as noticepush does.
func pushAll(ctx context.Context, d *Daemon, dir, door string) error {
	files, err := filepath.Glob(filepath.Join(dir, "*.eml"))
	if err != nil || len(files) == 0 {
		return fmt.Errorf("samples: no .eml files in %s", dir)
	}
	conn, err := jet.Connect(ctx, jet.Options{URL: d.addrs.NATS, Name: "samples"})
	if err != nil {
		return err
	}
	defer conn.Close()
	p, err := conn.Pusher(door)
	if err != nil {
		return err
	}
	for _, f := range files {
		mail, err := os.ReadFile(filepath.Clean(f))
		if err != nil {
			return fmt.Errorf("samples: %w", err)
		}
		if _, err := p.PublishNotice(ctx, "wyp", mail, ""); err != nil {
			return fmt.Errorf("samples: %w", err)
		}
	}
	return nil
}

// settled lists the queue once every mail has been taken in.
func settled(ctx context.Context, c *client.Client) (*pb.ListItemsResponse, error) {
	ctx, cancel := context.WithTimeout(ctx, demoPatience)
	defer cancel()
	for {
		list, err := c.Queue.ListItems(ctx, &pb.ListItemsRequest{PageSize: 100})
		if err == nil && list.GetUnreadNotices() == 0 && list.GetAppliedPosition() > 0 {
			return list, nil
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("the sample mails were not ranked in %s: %w", demoPatience, err)
		case <-time.After(100 * time.Millisecond):
		}
	}
}
