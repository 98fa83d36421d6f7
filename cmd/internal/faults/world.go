package faults

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/ppn-triage/ppn-triage/api/client"
	pb "github.com/ppn-triage/ppn-triage/api/triagev1"
	"github.com/ppn-triage/ppn-triage/cmd/internal/daemon"
	"github.com/ppn-triage/ppn-triage/triage"
	"github.com/ppn-triage/ppn-triage/triage/archive"
	"github.com/ppn-triage/ppn-triage/triage/queue"
	"github.com/ppn-triage/ppn-triage/triage/redisq"
	"github.com/ppn-triage/ppn-triage/triage/seal"
)

// checker compares everything there is with everything that was said.
type checker struct {
	*stage
	diary   *diary
	police  *police
	clients map[string]*client.Client // by node, past the links
	tool    string                    // path of auditreplay
}

// settlePatience is how long the service may take to be as if nothing had been.
const settlePatience = 2 * time.Minute

// checkWorld waits until the service has settled and returns what is wrong.
func (c *checker) checkWorld(ctx context.Context, tell func(string, ...any)) (*Report, error) {
	ctx, cancel := context.WithTimeout(ctx, settlePatience+time.Minute)
	defer cancel()
	for {
		if err := c.settle(ctx); err != nil {
			return nil, err
		}
		tell("the service has settled")
		r, err := c.compareAll(ctx)
		if err == nil || !errors.Is(err, errMoved) {
			return r, err
		}
	}
}

// settle waits until both daemons have taken in every mail and both archives
// hold both streams to their ends.
func (c *checker) settle(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, settlePatience)
	defer cancel()
	why := errors.New("no look yet")
	for ctx.Err() == nil {
		if why = c.settled(ctx); why == nil {
			return nil
		}
		rest(ctx, 200*time.Millisecond)
	}
	return fmt.Errorf("the service does not settle: %w", why)
}

func (c *checker) settled(ctx context.Context) error {
	notices, commits, err := c.end(ctx)
	if err != nil {
		return err
	}
	for _, node := range daemons {
		one, cancel := context.WithTimeout(ctx, oneCall)
		s, err := c.clients[node].Queue.GetQueueStats(one, &pb.GetQueueStatsRequest{})
		cancel()
		switch {
		case err != nil:
			return fmt.Errorf("%s: %w", node, err)
		case s.GetNotices() != notices || s.GetAppliedPosition() != commits || s.GetUnreadNotices() != 0 || s.GetDegraded():
			return fmt.Errorf("%s: %d of %d notices, at %d of %d, degraded %q", node, s.GetNotices(), notices, s.GetAppliedPosition(), commits, s.GetDegradedReason())
		}
		for kind, want := range map[string]uint64{"notices": notices, "commits": commits} {
			a, err := archive.OpenReadOnly(filepath.Join(c.archive(node), frontDoor, kind), "")
			if err != nil {
				return fmt.Errorf("archive of %s: %w", node, err)
			}
			last := a.Last()
			if err := a.Close(); err != nil || last != want {
				return fmt.Errorf("archive of %s: %d of %d %s (%w)", node, last, want, kind, err)
			}
		}
	}
	return nil
}

// compareAll is one look at everything. errMoved: look again.
func (c *checker) compareAll(ctx context.Context) (*Report, error) {
	e, err := c.gather(ctx)
	if err != nil {
		return nil, err
	}
	c.diary.lock.Lock()
	defer c.diary.lock.Unlock()
	r := &Report{Mails: len(c.police.accepted), Commits: len(e.commits), Internal: c.diary.internal}
	r.Wrong = append(r.Wrong, append(c.deaths(), c.diary.broken...)...)
	r.checkMails(e, c.police.accepted)
	r.checkDeeds(e, c.diary.deeds)
	r.checkLists(e, c.diary.listings)
	ledger := e.world.Ledger()
	if err := ledger.Check(); err != nil {
		r.wrong("the counts: %v", err)
	}
	for _, node := range daemons {
		if err := r.checkQueue(ctx, e, node, c.lister(node)); err != nil {
			return nil, fmt.Errorf("list of %s: %w", node, err)
		}
	}
	err = errors.Join(c.checkReceipts(ctx, r), c.checkRedis(ctx, r, e), c.checkArchives(ctx, r))
	if err != nil {
		return nil, err
	}
	notices, commits, err := c.end(ctx)
	if err == nil && (notices != uint64(len(e.notices)) || commits != uint64(len(e.commits))) {
		err = errMoved
	}
	return r, err
}

// lister shows a daemon's whole queue, page by page.
func (c *checker) lister(node string) func(context.Context) ([]row, error) {
	return func(ctx context.Context) (rows []row, err error) {
		for token := ""; ; {
			p, err := c.clients[node].Queue.ListItems(ctx, &pb.ListItemsRequest{PageSize: 170, PageToken: token})
			if err != nil {
				return nil, err
			}
			for _, i := range p.GetItems() {
				rows = append(rows, row{i.GetId(), i.GetVersion(), int(i.GetSummary().GetBand()), i.GetSummary().GetHeldBy()})
			}
			if token = p.GetNextPageToken(); token == "" {
				return rows, nil
			}
		}
	}
}

// checkReceipts finds a receipt for every accepted mail.
func (c *checker) checkReceipts(ctx context.Context, r *Report) error {
	conn, err := c.connect(ctx, nil)
	if err != nil {
		return err
	}
	defer conn.Close()
	p, err := conn.Pusher(frontDoor)
	if err != nil {
		return err
	}
	for _, m := range c.police.accepted {
		b, err := p.ReadOut(ctx, force, "receipt", m.seq)
		for wait := 0; errors.Is(err, triage.ErrNotFound) && wait < 100; wait++ { // the relay comes after the archive
			rest(ctx, 200*time.Millisecond)
			b, err = p.ReadOut(ctx, force, "receipt", m.seq)
		}
		switch {
		case errors.Is(err, triage.ErrNotFound):
			r.wrong("no receipt for mail %d", m.seq)
			return nil // one is enough; each has been waited for
		case err != nil:
			return err
		case !bytes.Contains(b, []byte(m.sha256)):
			r.wrong("the receipt for mail %d is of another mail", m.seq)
		}
	}
	return nil
}

// checkRedis compares what Redis holds with the log applied to an empty one.
func (c *checker) checkRedis(ctx context.Context, r *Report, e *evidence) error {
	var exports [2][]string
	for db := range exports {
		client, err := c.redis(ctx, db)
		if err != nil {
			return err
		}
		defer func() { _ = client.Close() }()
		store, err := c.store(client, e.identity)
		if err != nil {
			return err
		}
		if db == 1 {
			if err := client.FlushDB(ctx).Err(); err != nil {
				return err
			}
			for batch := range slices.Chunk(e.commits, 500) {
				if _, err := store.Apply(ctx, batch...); err != nil {
					return fmt.Errorf("rebuild: %w", err)
				}
			}
		}
		if exports[db], err = store.Export(ctx); err != nil {
			return err
		}
	}
	if d := difference(exports[0], exports[1]); d != "" {
		r.wrong("Redis is not what the log makes of an empty one: %s", d)
	}
	return nil
}

// store is the queue as the daemons keep it.
func (c *checker) store(client redisq.Client, identity string) (*redisq.Store, error) {
	rules, err := daemon.CheckRules("")
	if err != nil {
		return nil, err
	}
	b, err := os.ReadFile(c.indexKey())
	if err != nil {
		return nil, err
	}
	secret, err := hex.DecodeString(strings.TrimSpace(string(b)))
	if err != nil {
		return nil, err
	}
	sealer, err := c.sealer()
	if err != nil {
		return nil, err
	}
	return redisq.New(redisq.Options{
		Client: client, Namespace: "ppn:" + rules.Version, FrontDoor: frontDoor, Stream: identity, Secret: secret,
		Index: func(i *triage.Item) ([]byte, []string, error) {
			opened, err := sealer.Item(context.Background(), i)
			if err != nil {
				return nil, nil, err
			}
			return rules.Index(opened)
		},
		Place: func(i *triage.Item) (uint64, string) { k := queue.KeyOf(i); return k.Order(), k.Member() },
	})
}

// sealer opens the log by the data keys of an archive.
func (c *checker) sealer() (s seal.Sealer, err error) {
	m, _, err := seal.LoadMaster(c.masterKey(), false)
	if err != nil {
		return s, err
	}
	keys, err := archive.ReadKeys(filepath.Join(c.archive(nodeOne), frontDoor))
	if err != nil {
		return s, err
	}
	s.Ring, _, err = seal.OpenRing(context.Background(), m, keys)
	return s, err
}

// checkArchives has auditreplay prove both archives.
func (c *checker) checkArchives(ctx context.Context, r *Report) error {
	for _, node := range daemons {
		out, err := exec.CommandContext(ctx, c.tool, "verify", filepath.Join(c.archive(node), frontDoor), "--unsigned", "--fold", "--master-key", c.masterKey()).CombinedOutput() //nolint:gosec // our own tool
		if err != nil {
			r.lost("auditreplay does not accept the archive of %s: %v: %s", node, err, out)
		}
	}
	return nil
}
